"""The simpler methods are honest: each does well what its description says, and errs where its idea must."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from the_counter import Counter, counter

from saunter.apps.accuracy.baselines import BaselineEngine, nearest_engine, winner_engine
from saunter.apps.accuracy.baselines.movements import Movement
from saunter.apps.accuracy.baselines.steps import StepDetector
from saunter.apps.accuracy.baselines.windows import WindowDetector
from saunter.base.time import SECOND
from saunter.plan import Plan

Make = Callable[[Plan], BaselineEngine]
both = pytest.mark.parametrize("make", [nearest_engine, winner_engine])


def bills(make: Make, script: Counter) -> dict[str, dict[str, int]]:
    engine = make(counter())
    return {bill.party: bill.pieces for reading in script.readings() for bill in engine.step(reading)}


def movements(detector: StepDetector | WindowDetector, script: Counter) -> list[tuple[float, dict[str, float]]]:
    found: list[Movement] = [movement for block in script.blocks() for movement in detector.weigh(block)]
    return [
        (round(each.at / SECOND, 1), {p: round(g) for p, g in zip(each.plates, each.delta_g, strict=True) if abs(g) > 3})
        for each in found
    ]


@both
def test_whoever_has_a_hand_there_pays_for_what_is_shown_there(make: Make) -> None:
    script = Counter().reaches("p1", 5, 7, "c").reaches("p2", 10, 12, "d").changes(6, c=-402).changes(11, d=-110)
    assert bills(make, script) == {"p1": {"soup": 1}, "p2": {"tea": 1}}


@both
def test_two_pieces_at_once_are_two_pieces(make: Make) -> None:
    assert bills(make, Counter().reaches("p1", 5, 7, "c").changes(6, c=-799)) == {"p1": {"soup": 2}}


@both
def test_what_is_put_back_is_not_paid(make: Make) -> None:
    script = Counter().reaches("p1", 5, 12, "c").changes(6, c=-400).changes(10, c=400)
    assert bills(make, script) == {"p1": {}}


@both
def test_who_takes_nothing_gets_an_empty_bill_and_who_is_not_let_in_gets_none(make: Make) -> None:
    assert bills(make, Counter().reaches("p1", 5, 7, "c")) == {"p1": {}}
    assert bills(make, Counter().changes(6, c=-400)) == {}


@both
def test_a_bill_is_made_a_few_seconds_after_the_exit(make: Make) -> None:
    engine = make(counter())
    script = Counter(seconds=20.0).reaches("p1", 5, 7, "c").changes(6, c=-400)
    made = [bill for reading in script.readings() for bill in engine.step(reading)]
    assert [(bill.left, round(bill.at / SECOND)) for bill in made] == [(16 * SECOND, 20)]


@both
def test_the_last_take_before_the_door_is_not_lost(make: Make) -> None:
    assert bills(make, Counter(seconds=20.0).reaches("p1", 14, 15.9, "c").changes(15.5, c=-400)) == {"p1": {"soup": 1}}


@both
def test_a_press_that_goes_again_is_nothing(make: Make) -> None:
    script = Counter().reaches("p1", 5, 9, "c").presses_on(6, 7.5, "c", 150)
    assert bills(make, script) == {"p1": {}}


@both
def test_a_shopper_whose_track_breaks_is_still_who_it_was(make: Make) -> None:
    script = Counter().reaches("p1", 8, 12, "c").changes(10, c=-400)
    script.breaks["p1"] = 6.0
    assert bills(make, script) == {"p1": {"soup": 1}}


def test_the_nearest_person_is_wrong_when_somebody_else_is_nearer_and_that_is_its_idea() -> None:
    """p1 takes soup with a hand that no camera saw; p2 looks at the shelf."""
    script = Counter().reaches("p1", 1, 2, "a").reaches("p2", 5, 7, "c").changes(6, c=-400)
    assert bills(nearest_engine, script) == {"p1": {}, "p2": {"soup": 1}}


def test_the_nearest_weight_takes_misplaced_goods_for_what_belongs_there_and_the_winner_learns() -> None:
    """p1 takes soup and leaves it among the oats; p2 takes it from there."""
    script = (
        Counter(seconds=30.0).reaches("p1", 5, 7, "c").changes(6, c=-400).reaches("p1", 10, 12, "a").changes(11, a=400)
        .reaches("p2", 18, 20, "a").changes(19, a=-400)
    )  # fmt: skip
    assert bills(nearest_engine, script) == {"p1": {}, "p2": {"oats": 6}}
    assert bills(winner_engine, script) == {"p1": {}, "p2": {"soup": 1}}


def test_the_winner_tears_two_takes_of_one_moment_apart_where_the_planogram_does() -> None:
    script = Counter().reaches("p1", 5, 7, "c").changes(6, a=-60, d=-110)
    assert bills(winner_engine, script) == {"p1": {"oats": 1, "tea": 1}}


def test_a_step_over_two_plates_beside_each_other_is_one_movement() -> None:
    found = movements(StepDetector(counter()), Counter().changes(6, b=-500, c=-530))
    assert [plates for _, plates in found] == [{"b": -500, "c": -530}]


def test_steps_apart_in_place_time_or_direction_are_movements_of_their_own() -> None:
    found = movements(StepDetector(counter()), Counter().changes(6, a=-60, d=-110).changes(10, a=-60).changes(14, b=-300, c=300))
    assert sorted(str(plates) for _, plates in found) == sorted(
        ["{'a': -60}", "{'d': -110}", "{'a': -60}", "{'b': -300}", "{'c': 300}"]
    )


@pytest.mark.parametrize("make", [StepDetector, WindowDetector])
def test_a_quiet_shelf_says_nothing(make: Callable[[Plan], StepDetector | WindowDetector]) -> None:
    assert movements(make(counter()), Counter(noise_g=1.0)) == []


@pytest.mark.parametrize("make", [StepDetector, WindowDetector])
def test_the_moment_of_a_step_is_within_a_fifth_of_a_second(make: Callable[[Plan], StepDetector | WindowDetector]) -> None:
    [(at, plates)] = movements(make(counter()), Counter().changes(6.3, c=-400))
    assert at == pytest.approx(6.3, abs=0.2)
    assert plates == pytest.approx({"c": -400}, abs=5)


@pytest.mark.parametrize("make", [StepDetector, WindowDetector])
def test_a_plate_that_falls_silent_for_a_while_is_no_movement(make: Callable[[Plan], StepDetector | WindowDetector]) -> None:
    assert movements(make(counter()), Counter().is_silent(5, 8, "c")) == []


def test_the_winner_sees_no_event_below_twenty_grams_of_deviation() -> None:
    """A step of 30 g has a deviation of 15 g over the second around it; one of 60 g has 30 g."""
    assert movements(WindowDetector(counter()), Counter().changes(6, a=-30)) == []
    assert len(movements(WindowDetector(counter()), Counter().changes(6, a=-60))) == 1
