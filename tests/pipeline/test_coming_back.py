"""A party that comes in again on the key of its last visit: a person is told, and the books stay whole."""

from __future__ import annotations

import msgspec
import pytest
from tests.pipeline import the_stall
from tests.pipeline.test_trading import COLA, a_day

from saunter.records import Alarm, GatePass, Receipt, Stamp, VisitChanged


def test_who_comes_in_again_on_an_old_key_is_billed_to_nobody_and_no_record_of_that_moment_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again = "00:20.0  p2 enters\n00:23.0  p2 takes 1 dark from s1s1p3\n00:26.0  p2 leaves\n"
    told = [
        msgspec.structs.replace(each, party="p1") if isinstance(each, GatePass) else each
        for each in the_stall.lived(COLA + again)
    ]
    monkeypatch.setattr(the_stall, "lived", lambda text: told)
    day = a_day()
    first, second = day.of(Receipt)
    assert (first.total_minor, second.total_minor) == (240, 195)
    assert [each.visit for each in day.of(Stamp)] == [first.visit, second.visit]
    assert [(each.visit, each.state) for each in day.of(VisitChanged)][-1] == (second.visit, "settled")
    assert [each.name for each in day.of(Alarm)] == ["unregistered-person", "payment-refused"]
    assert day.of(Alarm)[-1].subject == second.id
    assert day.provider.sums() == {"pay/p1": 240}
