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
@given(
    WORLDS,
    st.sampled_from([1.0, 4.0, 20.0]),
    st.sampled_from([0.5, 0.7, 0.9, 1.0]),
    st.sampled_from([("0.01", "0.00"), ("25.00", "0.00"), ("25.00", "1.00")]),
)
def test_a_question_that_is_asked_never_raises_what_is_lost_with_its_whole_cost_paid(
    worlds: list[World], overcharge: float, threshold: float, paid: tuple[str, str]
) -> None:
    hourly, question = paid
    policies = {"reviewer_cost_per_hour": hourly, "question_cost": question}
    costs = costs_of(shop(overcharge_cost=overcharge, charge_threshold=threshold, **policies))
    made = cart(worlds)
    assert costs.loss({line.sku: line for line in made.lines}) == pytest.approx(expected(worlds, costs, lambda _: worlds))
    asked = best(made, costs)
    assume(asked is not None)
    assert asked is not None
    after = expected(worlds, costs, lambda truth: answered(worlds, asked.doubt.interaction, truth))
    before = expected(worlds, costs, lambda _: worlds)
    if len(asked.doubt.answers) <= CHOICES_MAX:
        assert asked.removed == pytest.approx(before - after, abs=1e-6)
    assert after + costs.asking(costs.seconds(asked.doubt)) <= before + 1e-6


@pytest.mark.slow
@given(WORLDS, st.sampled_from([1.0, 4.0, 20.0]))
def test_where_the_threshold_is_just_the_cheapest_no_answer_is_worth_less_than_nothing(
    worlds: list[World], overcharge: float
) -> None:
    costs = costs_of(shop(overcharge_cost=overcharge, charge_threshold=0.01))
    made = cart(worlds)
    now = {line.sku: line for line in made.lines}
    assert all(costs.removed(now, doubt) >= -1e-6 for doubt in made.doubts)


@given(WORLDS, st.sampled_from(["0.00", "3.00"]))
def test_of_the_questions_worth_their_cost_the_one_with_most_removed_per_second_is_asked(
    worlds: list[World], question: str
) -> None:
    costs = costs_of(shop(reviewer_cost_per_hour="1.00", question_cost=question))
    made = cart(worlds)
    now = {line.sku: line for line in made.lines}
    rates = {doubt.interaction: costs.removed(now, doubt) / costs.seconds(doubt) for doubt in made.doubts}
    asked = best(made, costs)
    worth = [rates[each.interaction] for each in made.doubts if costs.removed(now, each) > costs.asking(costs.seconds(each))]
    assert (asked is None) == (not worth)
    if asked is not None:
        assert rates[asked.doubt.interaction] == max(worth)
        rest = best(made, costs, looked_at=(asked.doubt.interaction,))
        assert rest is None or rest.doubt is not asked.doubt


@given(WORLDS, st.integers(0, 3000), st.integers(0, 3000))
def test_where_a_question_costs_more_nothing_is_asked_that_was_not_asked_before(
    worlds: list[World], cents: int, more: int
) -> None:
    cheaper, dearer = (costs_of(shop(question_cost=f"{each // 100}.{each % 100:02d}")) for each in (cents, cents + more))
    assert best(cart(worlds), dearer) is None or best(cart(worlds), cheaper) is not None


def test_a_question_that_removes_just_what_it_costs_is_not_asked() -> None:
    made = cart([World(0.5, {"i:0": Did("p1", "ham", 1)}), World(0.5, {"i:0": NOTHING})])
    for question, asked in (("12.49", True), ("12.50", False)):  # a ham of 25.00 in even doubt
        costs = costs_of(shop(reviewer_cost_per_hour="0.00", question_cost=question))
        assert (best(made, costs) is not None) is asked


def test_a_dear_question_lets_cheap_doubts_be_and_still_asks_what_removes_most_per_second() -> None:
    worlds = [
        World(1.0, {"i:0": ham, "i:1": water, "i:2": cheese})
        for ham in (NOTHING, Did("p1", "ham", 1))
        for water in (NOTHING, Did("p1", "water", 1))
        for cheese in (NOTHING, Did("p1", "cheese", 1))
    ]
    costs = costs_of(shop(question_cost="2.00"))
    in_turn, looked_at = [], list[str]()
    while (asked := best(cart(worlds), costs, looked_at)) is not None:
        in_turn.append(asked.doubt.interaction)
        looked_at.append(asked.doubt.interaction)
    assert in_turn == ["i:0", "i:2"]


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
