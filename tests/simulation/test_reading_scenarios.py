"""A scenario is a small text; every mistake in it is told at once."""

from __future__ import annotations

import pytest

from saunter.base.errors import InputProblems
from saunter.simulation import parse_scenario

GOOD = """
title = "A quiet morning"
shop = "convenience"
preset = "calm"
starts_at = "09:00"
minutes = 30
parties_max = 10
staff = 1
groups = [0.8, 0.2]
odd_share = 0.05

[[arrivals]]
at = "09:00"
per_hour = 60

[[arrivals]]
at = "10:00"
per_hour = 120

[ordinary]
take = 6
touch = 1

[odd]
swap = 1
"""


def test_a_whole_scenario_is_read() -> None:
    scenario = parse_scenario(GOOD, "morning.toml")
    assert (scenario.title, scenario.preset, scenario.starts_min, scenario.groups) == (
        "A quiet morning",
        "calm",
        540.0,
        (0.8, 0.2),
    )
    assert dict(scenario.ordinary) == {"take": 6.0, "touch": 1.0}


@pytest.mark.parametrize(("minute", "per_hour"), [(0, 60), (540, 60), (570, 90), (600, 120), (900, 120)])
def test_between_two_times_of_day_the_rate_of_arrivals_changes_evenly(minute: float, per_hour: float) -> None:
    assert parse_scenario(GOOD, "morning.toml").per_hour(minute) == per_hour


def test_every_mistake_is_told_at_once() -> None:
    text = """
shop = "moon"
preset = "loud"
starts_at = "25:00"
minutes = -1
parties_max = 2.5
groups = [0.5, 0.1]
odd_share = 2
colour = "red"
[[arrivals]]
at = "10:00"
per_hour = "many"
[[arrivals]]
at = "09:00"
per_hour = 5
where = 1
[ordinary]
fly = 1
[odd]
swap = 0
"""
    with pytest.raises(InputProblems) as caught:
        parse_scenario(text, "bad.toml")
    told = "\n".join(str(problem.what) for problem in caught.value.problems)
    keys = ["shop", "preset", "starts_at", "minutes", "parties_max", "groups", "odd_share", "colour"]
    words = [*keys, "arrivals are not in order", "ordinary has no weight", "odd has no weight"]
    for word in (*words, "arrivals 1, per_hour", "arrivals 2, where", "ordinary, fly"):
        assert word in told


@pytest.mark.parametrize(
    "text", ["", "title =", "arrivals = []", "[ordinary]\ntake = true\n[[arrivals]]\nat='09:00'\nper_hour=1"]
)
def test_half_a_scenario_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(InputProblems) as caught:
        parse_scenario(text, "half.toml")
    assert all(problem.remedy for problem in caught.value.problems)
