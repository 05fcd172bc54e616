"""Weeks at the stall: what is long over is forgotten, late words about it are refused, and nothing else changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pipeline.playing import digest
from tests.pipeline.the_stall import stamped
from tests.pipeline.the_weeks import COLAS, Weeks, two_colas

from saunter.attribution import AttributionEngine
from saunter.base.errors import Refused
from saunter.base.time import HOUR, SECOND
from saunter.records import (
    Alarm,
    Correction,
    DisputeChanged,
    DisputeRaised,
    EntryDecided,
    GateCommand,
    PaymentCommand,
    Receipt,
    Record,
    VisitChanged,
)

DAY_S = 24 * 3600


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> Weeks:
    """p1000 came, disputed and left, and p1005 was lost; nine days after the shop has forgotten both."""
    two_colas(monkeypatch)
    weeks = Weeks(dispute_days=1)
    weeks.visits("p1000")
    weeks.disputes("p1000")
    weeks.visits("p1005", leaves=False)
    weeks.ticks(*[DAY_S] * 10)
    return weeks


@pytest.mark.slow
def test_what_the_rooms_know_stops_growing_but_for_the_marks_of_what_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    two_colas(monkeypatch)
    weeks = Weeks(dispute_days=1)
    number = weeks.lives(1000, 30)
    before = weeks.rooms()
    weeks.lives(number, 60)
    after = weeks.rooms()
    grown = {name: len(after[name]) - len(before[name]) - 0.02 * len(before[name]) for name in after}
    parties = 4 * 60
    assert {name: room for name, room in grown.items() if room > (8 * parties if name in ("guard", "visit") else 0)} == {}
    assert weeks.provider.held() == []
    assert {each.name for each in weeks.of(Alarm)} == {"visit-abandoned"}


def test_everything_about_a_party_is_gone_but_a_mark(over: Weeks) -> None:
    for name, room in over.rooms().items():
        assert b"p1000" not in room, name
        assert b"p1005" not in room, name


def said_of(weeks: Weeks, record: Record) -> str:
    """What the guard says of something, asked directly."""
    guard = weeks.shop.guard
    guard.receive(record)
    (said,) = guard.advance(weeks.now)
    assert isinstance(said, Alarm), said
    return said.text


@pytest.mark.parametrize("action", ["authorise", "capture", "release", "refund", "look up"])
def test_no_command_about_a_forgotten_party_is_stamped(over: Weeks, action: Any) -> None:
    old = next(each for each in over.of(PaymentCommand) if each.party == "p1000" and each.action == "capture")
    again = msgspec.structs.replace(old, action=action, envelope=over.place("x", ("y:1",)))
    wanted = "party 'p1000' was over and forgotten long ago; whoever comes again needs a new key"
    assert wanted in said_of(over, again)
    assert wanted in said_of(over, GateCommand(envelope=over.place("x", ("y:1",)), gate="door", party="p1000", people=1))


def test_no_receipt_for_a_forgotten_visit_is_stamped_whatever_is_told_again(over: Weeks) -> None:
    old = over.of(Receipt)[0]
    fresh = msgspec.structs.replace(old, envelope=over.place("ledger/again", ("settlement:9",)))
    told = "visit 'visit-p1000' is none of this party that is remembered, no bill of it is due"
    assert told in said_of(over, old)
    for change in [each for each in over.of(VisitChanged) if each.visit == "visit-p1000" and each.state != "settled"]:
        over.shop.guard.receive(change)
    assert told in said_of(over, fresh)


def test_a_correction_of_a_forgotten_receipt_is_refused_by_every_room(over: Weeks) -> None:
    receipt, correction = over.of(Receipt)[0], over.of(Correction)[0]
    with pytest.raises(Refused, match="or the time for corrections of it is over; nothing is given back"):
        over.shop.ledger.correct(receipt, {"cola": 1}, reason="late", because=("x",), at=over.now)
    with pytest.raises(Refused, match=r"which party 'p1000' was not charged, or long ago"):
        over.shop.payment.receive(correction)
    before = over.shop.guard.snapshot()
    over.shop.guard.receive(correction)
    assert over.shop.guard.snapshot() == before
    over.tell(DisputeRaised, visit=receipt.visit, receipt=receipt.id, sku="cola", quantity=1, claim="not taken")
    assert over.of(DisputeChanged)[-1].outcome == "refused"


def test_an_old_party_with_a_new_key_is_let_in_nowhere_and_nothing_is_held(over: Weeks) -> None:
    calls = len(over.provider.calls)
    said = over.comes("p1000")
    assert [each for each in stamped(said) if isinstance(each, GateCommand | PaymentCommand)] == []
    assert [each.outcome for each in said if isinstance(each, EntryDecided)] == ["authorising", "denied"]
    assert len(over.provider.calls) == calls
    assert "needs a new key" in over.of(Alarm)[-1].text
    over.ticks(*[DAY_S] * 12)
    assert over.shop.guard.snapshot().count(b"p1000") == 0


def test_who_was_lost_and_forgotten_and_leaves_weeks_later_is_told_and_charged_nothing(over: Weeks) -> None:
    over.walks("p1005", "out")
    assert over.of(Alarm)[-1].name == "reading-refused"
    assert "party 'p1005' has no visit that could end, or none since long ago" in over.of(Alarm)[-1].text
    assert over.provider.sums().get("pay/p1005", 0) == 0


def test_a_party_of_the_gates_own_keys_that_comes_again_has_a_visit_of_its_own_name(over: Weeks) -> None:
    over.walks("p1000", "in")
    assert over.of(VisitChanged)[-1].visit == "visit-p1000-2"


def test_late_news_of_the_provider_about_a_forgotten_payment_moves_nothing(over: Weeks) -> None:
    outcome = next(each for each in over.provider.done.values() if each.payment == "pay/p1000" and each.action == "capture")
    calls = len(over.provider.calls)
    over.take(msgspec.structs.replace(outcome, envelope=over.place("payments/outcomes"), source="webhook"))
    assert over.of(Alarm)[-1].name == "payment-contradiction"
    assert len(over.provider.calls) == calls


def test_a_dispute_of_the_last_moment_is_given_back_even_if_the_shop_then_slept_for_weeks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two_colas(monkeypatch)
    weeks = Weeks(dispute_days=1)
    weeks.visits("p1000")
    receipt = weeks.receipt_of("p1000")
    weeks.ticks(DAY_S - 700)
    weeks.tell(DisputeRaised, visit=receipt.visit, receipt=receipt.id, sku="cola", quantity=2, claim="not taken")
    weeks.ticks(40 * DAY_S, 2, DAY_S, 2, DAY_S)
    assert [each.outcome for each in weeks.of(DisputeChanged)] == ["asked", "refunded"]
    assert weeks.provider.sums()["pay/p1000"] == 0


def test_a_hold_whose_end_is_not_known_is_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    two_colas(monkeypatch)
    weeks = Weeks(dispute_days=1)
    weeks.provider.ill = {"release": ["lost"] * 2, "look up": ["lost"] * 400}
    weeks.visits("p1005", leaves=False)
    weeks.ticks(*[DAY_S] * 20)
    assert b"p1005" in weeks.shop.guard.snapshot()
    assert b"p1005" in weeks.shop.payment.snapshot()
    weeks.provider.ill = {}
    weeks.ticks(*[300] * 4)
    assert weeks.provider.held() == []
    weeks.ticks(*[DAY_S] * 12)
    assert b"p1005" not in weeks.shop.guard.snapshot()


def test_restored_rooms_forget_at_the_same_instants(monkeypatch: pytest.MonkeyPatch) -> None:
    two_colas(monkeypatch)
    weeks = Weeks(dispute_days=1)
    weeks.lives(1000, 6)
    for name in ("guard", "ledger", "settlement", "approvals"):
        room = getattr(weeks.shop, name)
        before = room.snapshot()
        room.restore(before)
        assert room.snapshot() == before
    weeks.shop.pipeline.visit.restore(weeks.shop.pipeline.visit.snapshot())
    other = Weeks(dispute_days=1)
    other.lives(1000, 6)
    for each in (weeks, other):
        each.ticks(*[DAY_S] * 5)
        each.lives(2000, 4)
    assert digest(weeks.said) == digest(other.said)
    assert weeks.rooms() == other.rooms()


# -- with and without forgetting ---------------------------------------------------------------------------------------


def remembering() -> Iterator[Any]:
    """Every room keeps everything for a thousand years."""
    for room in ("visit.engine", "settlement.engine", "ledger.engine", "approvals.engine", "guard.engine", "payment.engine"):
        yield patch(f"saunter.{room}.remembered_for", lambda days: 1000 * 365 * DAY_S * SECOND)
    yield patch("saunter.guard.books.UNUSED_REMEMBERED", 1000 * 365 * DAY_S * SECOND)
    yield patch("saunter.payment.engine.UNPAID_REMEMBERED", 1000 * 365 * DAY_S * SECOND)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("visits"), st.booleans()),
        st.tuples(st.just("again"), st.integers(0, 5)),
        st.tuples(st.just("disputes"), st.integers(0, 5)),
        st.tuples(st.just("goes"), st.integers(0, 5)),
        st.tuples(st.just("webhooks"), st.integers(0, 5)),
        st.tuples(st.just("waits"), st.sampled_from([1, 20, 24, 25, 100, 191, 192, 193, 500])),
    ),
    max_size=14,
)


def lived(steps: list[tuple[str, Any]], weeks: Weeks) -> Weeks:
    """What happens, step by step; parties are spoken of only within their days."""
    came: dict[str, int] = {}
    for kind, what in steps:
        recent = [party for party, at in came.items() if weeks.now - at < 6 * DAY_S * SECOND]
        party = recent[what % len(recent)] if recent and kind not in ("visits", "waits") else ""
        billed = any(each.party == party for each in weeks.of(Receipt))
        if kind == "visits":
            came[f"p{1000 + len(came)}"] = weeks.now
            weeks.visits(f"p{999 + len(came)}", leaves=what)
        elif kind == "waits":
            weeks.ticks(what * HOUR / SECOND)
        elif party and kind == "disputes" and billed:
            weeks.disputes(party) if not disputed(weeks, party) else None
        elif party and kind in ("goes", "again"):
            weeks.walks(party, "out" if kind == "goes" else "in")
            weeks.ticks(2, 2)
        elif party:
            for outcome in [each for each in weeks.provider.done.values() if each.payment == f"pay/{party}"]:
                weeks.take(msgspec.structs.replace(outcome, envelope=weeks.place("payments/outcomes"), source="webhook"))
    weeks.ticks(2, 700, 2)
    return weeks


def disputed(weeks: Weeks, party: str) -> bool:
    receipt = weeks.receipt_of(party)
    too_late = weeks.now - receipt.envelope.arrived > (DAY_S - 10) * SECOND
    return too_late or any(each.visit == receipt.visit for each in weeks.of(DisputeRaised)) or receipt.visit.count("-") > 1


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_within_the_days_nothing_is_different_for_a_shop_that_forgets(steps: list[tuple[str, Any]]) -> None:
    with patch.object(AttributionEngine, "_lines", staticmethod(lambda groups, party: (COLAS,))):
        forgets = lived(steps, Weeks(dispute_days=1))
        with ExitStack() as stack:
            for each in remembering():
                stack.enter_context(each)
            keeps = lived(steps, Weeks(dispute_days=1))
    assert Counter(type(each).__name__ for each in forgets.said) == Counter(type(each).__name__ for each in keeps.said)
    assert digest(forgets.said) == digest(keeps.said)
    assert forgets.provider.sums() == keeps.provider.sums()
