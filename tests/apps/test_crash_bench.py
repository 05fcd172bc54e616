"""A trading shop is killed a handful of times; nothing may be lost, doubled or unpaid, and every named point is reachable."""

from __future__ import annotations

import pytest

from saunter.apps.crash_bench import ANYWHERE, crash_bench
from saunter.apps.running.crash_points import CRASH_POINTS


@pytest.mark.slow
def test_a_handful_of_kills_loses_nothing_and_doubles_nothing() -> None:
    found = crash_bench(3, 1, 3, lambda text: None)
    document = found.document()
    assert found.kills == 3
    named = document["by_point"]
    assert isinstance(named, dict)
    assert set(named) == {*CRASH_POINTS, ANYWHERE}
    wrong = {name: document[name] for name in ("lost", "doubled", "changed", "unpaid", "unbalanced_minor_units")}
    assert wrong == dict.fromkeys(wrong, 0)
