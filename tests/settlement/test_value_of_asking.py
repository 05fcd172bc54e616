"""What a question is worth: it never raises what is lost, and asking by value beats asking where one is least sure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.settlement.beliefs import NOTHING, PRICES, Did, World, cart, knowing, lines, shop

from saunter.base.randomness import generator
from saunter.records import Cart, Doubt
from saunter.settlement import CHOICES_MAX, Costs, best, costs_of
from saunter.settlement.rules import most

DOINGS = [NOTHING, *(Did(party, sku, 1) for party in ("p1", "p2") for sku in PRICES), Did("p1", "water", 2), Did("p1", "ham", 3)]
WORLDS = st.lists(
    st.builds(
        World,
        st.sampled_from([0.001, 0.05, 0.5, 1.0]) | st.floats(0.001, 1.0),
        st.fixed_dictionaries({"i:0": st.sampled_from(DOINGS), "i:1": st.sampled_from(DOINGS)}),
    ),
    min_size=2,
    max_size=12,
)


def lost(worlds: Sequence[World], truth: World, costs: Costs) -> float:
    """What p1's bill loses if this world is the true one and the bill is made from a belief."""
    bill = {sku: most(line, costs.threshold) for sku, line in lines(worlds, "p1").items()}
    taken = {sku: sum(did.pieces for did in truth.did.values() if (did.party, did.sku) == ("p1", sku)) for sku in PRICES}
    over = sum(PRICES[sku] * max(0, bill.get(sku, 0) - taken[sku]) for sku in PRICES)
    return costs.overcharge * over + sum(PRICES[sku] * max(0, taken[sku] - bill.get(sku, 0)) for sku in PRICES)


def expected(worlds: Sequence[World], costs: Costs, belief: Callable[[World], Sequence[World]]) -> float:
    """The mean of what is lost, over which world is true, when the bill is made from the belief that follows in it."""
    total = math.fsum(world.weight for world in worlds)
    return math.fsum(world.weight / total * lost(belief(world), world, costs) for world in worlds)


def answered(worlds: Sequence[World], name: str, truth: World) -> list[World]:
    return knowing(worlds, name, truth.did[name])


@pytest.mark.slow
@given(WORLDS, st.sampled_from([1.0, 4.0, 20.0]), st.sampled_from([0.5, 0.7, 0.9, 1.0]), st.sampled_from(["0.01", "25.00"]))
def test_a_question_that_is_asked_never_raises_what_is_lost_with_the_reviewers_time_paid(
    worlds: list[World], overcharge: float, threshold: float, hourly: str
) -> None:
    costs = costs_of(shop(overcharge_cost=overcharge, charge_threshold=threshold, reviewer_cost_per_hour=hourly))
    made = cart(worlds)
    assert costs.loss({line.sku: line for line in made.lines}) == pytest.approx(expected(worlds, costs, lambda _: worlds))
    asked = best(made, costs)
    assume(asked is not None)
    assert asked is not None
    after = expected(worlds, costs, lambda truth: answered(worlds, asked.doubt.interaction, truth))
    before = expected(worlds, costs, lambda _: worlds)
    if len(asked.doubt.answers) <= CHOICES_MAX:
        assert asked.removed == pytest.approx(before - after, abs=1e-6)
    assert after + costs.second * costs.seconds(asked.doubt) <= before + 1e-6


@pytest.mark.slow
@given(WORLDS, st.sampled_from([1.0, 4.0, 20.0]))
def test_where_the_threshold_is_just_the_cheapest_no_answer_is_worth_less_than_nothing(
    worlds: list[World], overcharge: float
) -> None:
    costs = costs_of(shop(overcharge_cost=overcharge, charge_threshold=0.01))
    made = cart(worlds)
    now = {line.sku: line for line in made.lines}
    assert all(costs.removed(now, doubt) >= -1e-6 for doubt in made.doubts)


@given(WORLDS)
def test_the_question_with_most_removed_per_second_is_asked(worlds: list[World]) -> None:
    costs = costs_of(shop(reviewer_cost_per_hour="1.00"))
    made = cart(worlds)
    now = {line.sku: line for line in made.lines}
    rates = {doubt.interaction: costs.removed(now, doubt) / costs.seconds(doubt) for doubt in made.doubts}
    asked = best(made, costs)
    worth = [rate for rate in rates.values() if rate > costs.second]
    assert (asked is None) == (not worth)
    if asked is not None:
        assert rates[asked.doubt.interaction] == max(worth)
        rest = best(made, costs, looked_at=(asked.doubt.interaction,))
        assert rest is None or rest.doubt is not asked.doubt


# -- a day of doubts ---------------------------------------------------------------------------------------------------


def doubtful_visit(number: int) -> list[World]:
    """A visit with one to three takes, each in doubt on its own: who it was, or whether anything was taken."""
    dice = generator(23, "visit", str(number))
    worlds = [World(1.0, {})]
    for take in range(int(dice.integers(1, 4))):
        sku = list(PRICES)[int(dice.integers(len(PRICES)))]
        sure = float(dice.uniform(0.4, 0.99))
        other = NOTHING if dice.random() < 0.5 else Did("p2", sku, 1)
        worlds = [
            World(world.weight * weight, {**world.did, f"i:{take}": did})
            for world in worlds
            for weight, did in ((sure, Did("p1", sku, 1)), (1.0 - sure, other))
        ]
    return worlds


def least_sure(made: Cart, _: Costs) -> Doubt | None:
    """The rule of thumb: ask where the likeliest answer is least likely, if it is below 95 %."""
    found = min(made.doubts, key=lambda doubt: doubt.answers[0].probability, default=None)
    return found if found is not None and found.answers[0].probability < 0.95 else None


def by_value(made: Cart, costs: Costs) -> Doubt | None:
    asked = best(made, costs)
    return asked.doubt if asked is not None else None


def a_day(rule: Callable[[Cart, Costs], Doubt | None], visits: int = 400) -> tuple[float, float]:
    """Loss removed (minor units) and seconds of reviewers, when each visit may ask one question."""
    costs = costs_of(shop())
    removed = seconds = 0.0
    for number in range(visits):
        worlds = doubtful_visit(number)
        doubt = rule(cart(worlds), costs)
        if doubt is not None:
            name = doubt.interaction
            before = expected(worlds, costs, lambda _, known=worlds: known)  # type: ignore[misc]
            removed += before - expected(worlds, costs, lambda truth, known=worlds, name=name: answered(known, name, truth))  # type: ignore[misc]
            seconds += costs.seconds(doubt)
    return removed, seconds


@pytest.mark.slow
def test_asking_by_value_removes_more_loss_per_reviewer_second_than_asking_where_one_is_least_sure() -> None:
    removed, seconds = a_day(by_value)
    thumb_removed, thumb_seconds = a_day(least_sure)
    assert removed > thumb_removed
    assert removed / seconds > 1.25 * thumb_removed / thumb_seconds
