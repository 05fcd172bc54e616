"""A trading shop is killed fifty times; nothing may be lost, doubled or unpaid, and every named point is reachable."""

from __future__ import annotations

import pytest

from saunter.apps.crash_bench import ANYWHERE, crash_bench
from saunter.apps.running.crash_points import CRASH_POINTS

#: Kills of this test; the release run in docs/figures has a thousand.
KILLS = 50


@pytest.mark.slow
def test_fifty_kills_lose_nothing_and_double_nothing() -> None:
    found = crash_bench(KILLS, 4, 3, lambda text: None)
    document = found.document()
    assert found.kills == KILLS and found.runs > 0
    named = document["by_point"]
    assert isinstance(named, dict)
    assert set(named) == {*CRASH_POINTS, ANYWHERE} and sum(named.values()) == KILLS
    assert all(named.values()), f"points that were never hit: {[name for name, times in named.items() if not times]}"
    wrong = {name: document[name] for name in ("lost", "doubled", "changed", "unpaid", "unbalanced_minor_units")}
    assert wrong == dict.fromkeys(wrong, 0)
