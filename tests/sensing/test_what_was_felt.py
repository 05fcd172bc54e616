"""Picks of every kind, felt on a bare board: how much, where and when."""

from __future__ import annotations

import numpy as np
import pytest
from tests.sensing.weighing import (
    RATE_HZ,
    START,
    Drawing,
    blocks,
    board,
    felt,
    main_plate,
    sd_g,
    seconds_of,
    sensed,
    total_g,
)

from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.records import Envelope, PlateHealth, ShelfStep, WeightBlock
from saunter.sensing import SensingEngine


def test_a_pick_is_one_step_of_its_weight_where_and_when_it_was() -> None:
    (step,) = felt(Drawing(12.0).step(2, 6.0, -250.0))
    assert (main_plate(step), step.shelf, step.plates) == ("a3", "a", ("a1", "a2", "a3", "a4", "a5"))
    assert total_g(step) == pytest.approx(-250.0, abs=1.0)
    assert seconds_of(step) == pytest.approx(6.1, abs=0.1)
    assert step.started <= step.happened <= step.settled
    assert (step.settled - step.started) / SECOND == pytest.approx(0.2, abs=0.11)
    assert (step.doubtful, step.envelope.because) == ((), ())


@pytest.mark.parametrize("takes_s", [0.0, 0.1, 0.6, 1.2])
@pytest.mark.parametrize("grams", [-30.0, -250.0, 900.0])
def test_a_lift_however_slow_is_one_step(takes_s: float, grams: float) -> None:
    (step,) = felt(Drawing(14.0).step(1, 6.0, grams, takes_s))
    assert total_g(step) == pytest.approx(grams, abs=1.5)
    assert seconds_of(step) == pytest.approx(6.0 + takes_s / 2, abs=0.2 + takes_s / 2)


def test_what_leaves_more_slowly_than_any_hand_still_adds_up() -> None:
    steps = felt(Drawing(16.0).step(1, 6.0, -30.0, 4.0))
    assert sum(total_g(step) for step in steps) == pytest.approx(-30.0, abs=4.0)


@pytest.mark.parametrize("apart_s", [0.5, 0.8, 2.0])
def test_two_picks_from_one_plate_half_a_second_apart_are_two(apart_s: float) -> None:
    steps = felt(Drawing(12.0).step(2, 6.0, -330.0, 0.1).step(2, 6.0 + apart_s, -250.0, 0.1))
    assert [total_g(step) for step in steps] == [pytest.approx(-330.0, abs=2.0), pytest.approx(-250.0, abs=2.0)]
    assert seconds_of(steps[1]) - seconds_of(steps[0]) == pytest.approx(apart_s, abs=0.15)


def test_a_pick_is_told_within_a_second_and_a_half_of_its_end() -> None:
    (step,) = felt(Drawing(12.0).step(2, 6.0, -250.0))
    assert (step.envelope.arrived - step.settled) / SECOND <= 1.5


def test_two_picks_from_far_plates_in_the_same_instant_are_two() -> None:
    steps = felt(Drawing(12.0).step(0, 6.0, -330.0).step(5, 6.0, -250.0))
    assert {main_plate(step): round(total_g(step)) for step in steps} == {
        "a1": pytest.approx(-330, abs=2),
        "a6": pytest.approx(-250, abs=2),
    }


def test_one_thing_that_stood_on_two_plates_is_one_step_of_both() -> None:
    (step,) = felt(Drawing(12.0).step(2, 6.0, -130.0).step(3, 6.05, -120.0))
    assert dict(zip(step.plates, step.delta_g, strict=True))["a3"] == pytest.approx(-130.0, abs=1.0)
    assert dict(zip(step.plates, step.delta_g, strict=True))["a4"] == pytest.approx(-120.0, abs=1.0)


def test_two_shelves_never_share_a_step() -> None:
    plan = board(plates=3, shelves=2)
    drawing = Drawing(12.0, plates=6).step(2, 6.0, -130.0).step(3, 6.0, -120.0)
    steps = felt(drawing, plan=plan)
    assert [(step.shelf, main_plate(step)) for step in steps] == [("a", "a3"), ("b", "b1")]
    assert all({plate[0] for plate in step.plates} == {step.shelf} for step in steps)


def test_a_pick_while_the_board_swings_is_felt_within_its_doubt() -> None:
    drawing = Drawing(20.0).swing(range(6), 5.0, 9.0, 150.0, 7.5).step(2, 7.0, -400.0)
    steps = felt(drawing)
    assert sum(total_g(step) for step in steps) == pytest.approx(-400.0, abs=6.0)
    assert all(5.0 <= seconds_of(step) <= 9.5 for step in steps)


def test_a_pick_during_a_slam_is_felt_whole() -> None:
    steps = felt(Drawing(14.0).shake(range(6), 5.9, 80.0, 9.0, 0.3).step(2, 6.0, -400.0))
    assert sum(total_g(step) for step in steps) == pytest.approx(-400.0, abs=6.0)


def test_a_long_hold_and_then_a_lift_is_the_whole_weight_once() -> None:
    drawing = Drawing(25.0).press(2, 5.0, -120.0, 10.0, 0.3).step(2, 15.0, -400.0, 0.2)
    steps = felt(drawing)
    assert sum(total_g(step) for step in steps) == pytest.approx(-400.0, abs=4.0)


def test_a_leak_that_settles_before_the_held_plate_is_not_told_as_the_held_weight() -> None:
    """A half-lifted packet bends the board: its neighbours step by grams at once and rest, while the packet is still held."""
    drawing = Drawing(30.0, noise_g=0.3)
    drawing.step(2, 8.0, -200.0, 0.3).step(1, 8.0, -4.0, 0.2).step(3, 8.0, -4.0, 0.2)
    drawing.grams[:, 2] += 40.0 * np.sin(2 * np.pi * 0.5 * drawing.seconds) * ((drawing.seconds > 8.2) & (drawing.seconds < 18.0))
    drawing.step(2, 18.0, -300.0, 0.3).step(1, 18.0, -6.0, 0.2).step(3, 18.0, -6.0, 0.2)
    told = [delta for step in felt(drawing) for plate, delta in zip(step.plates, step.delta_g, strict=True) if plate == "a3"]
    assert sum(told) == pytest.approx(-500.0, abs=6.0)


def test_a_pick_and_a_put_down_beside_it_cancel_only_in_sum() -> None:
    steps = felt(Drawing(12.0).step(1, 6.0, -200.0).step(3, 6.4, 200.0))
    changes = [(plate, delta) for step in steps for plate, delta in zip(step.plates, step.delta_g, strict=True) if abs(delta) > 9]
    assert sorted(changes) == [("a2", pytest.approx(-200.0, abs=1.0)), ("a4", pytest.approx(200.0, abs=1.0))]


def test_the_lightest_goods_are_felt_on_a_quiet_plate() -> None:
    (step,) = felt(Drawing(12.0, noise_g=0.3).step(2, 6.0, -5.0, 0.1))
    assert total_g(step) == pytest.approx(-5.0, abs=1.0)


def test_on_a_loud_plate_the_doubt_grows_with_the_noise() -> None:
    quiet = felt(Drawing(20.0, noise_g=0.4).step(2, 10.0, -400.0))
    loud = felt(Drawing(20.0, noise_g=15.0).step(2, 10.0, -400.0))
    assert len(quiet) == len(loud) == 1
    assert sd_g(loud[0]) > 5 * sd_g(quiet[0])
    assert abs(total_g(loud[0]) + 400.0) <= 4 * sd_g(loud[0])


def test_a_take_beside_a_dead_plate_says_that_it_is_doubtful() -> None:
    drawing = Drawing(20.0).constant(3, 3.0, value_g=np.nan).step(2, 12.0, -100.0)
    (step,) = felt(drawing)
    assert step.doubtful == ("a4",)
    assert dict(zip(step.plates, step.sd_g, strict=True))["a4"] > 100


def test_a_take_while_the_controller_is_silent_for_two_seconds_is_felt_when_it_is_back() -> None:
    drawing = Drawing(16.0).step(2, 8.0, -300.0)
    sent = blocks([f"a{n}" for n in range(1, 7)], drawing.times, drawing.read, (12,))
    heard = [block for block in sent if not 7.0 <= (block.happened - START) / SECOND < 9.0]
    (step,) = [record for record in sensed(board(), heard) if isinstance(record, ShelfStep)]
    assert total_g(step) == pytest.approx(-300.0, abs=2.0)


@pytest.mark.parametrize("value_g", [np.nan, None])
def test_what_changed_while_a_plate_was_ill_is_doubtful_and_belongs_to_all_that_time(value_g: float | None) -> None:
    drawing = Drawing(40.0).step(2, 15.0, -300.0).constant(2, 5.0, 25.0, value_g=value_g)
    (step,) = felt(drawing)
    assert total_g(step) == pytest.approx(-300.0, abs=1.0)
    assert step.doubtful == ("a3",)
    assert (step.started - START) / SECOND <= 6.0
    assert (step.settled - START) / SECOND >= 24.0


def test_two_controllers_whose_clocks_start_apart_are_felt_together() -> None:
    plan = board(plates=3, shelves=2)
    drawing = Drawing(12.0, plates=6).step(0, 6.0, -100.0).step(3, 6.0, -200.0)
    first = blocks(("a1", "a2", "a3"), drawing.times, drawing.read[:, :3], (12,), "weights/one")
    second = blocks(("b1", "b2", "b3"), drawing.times + 110_000_000, drawing.read[:, 3:], (12,), "weights/two")
    sent = sorted([*first, *second], key=lambda block: block.happened)
    steps = [record for record in sensed(plan, sent) if isinstance(record, ShelfStep)]
    assert [(step.shelf, total_g(step)) for step in steps] == [
        ("a", pytest.approx(-100.0, abs=1.0)),
        ("b", pytest.approx(-200.0, abs=1.0)),
    ]


def test_a_controller_that_falls_silent_does_not_hold_up_the_others() -> None:
    plan = board(plates=3, shelves=2)
    drawing = Drawing(12.0, plates=6).step(0, 8.0, -100.0)
    first = blocks(("a1", "a2", "a3"), drawing.times, drawing.read[:, :3], (12,), "weights/one")
    second = blocks(("b1", "b2", "b3"), drawing.times, drawing.read[:, 3:], (12,), "weights/two")[:15]
    engine, said = SensingEngine(plan), []
    for block in sorted([*first, *second], key=lambda block: block.happened):
        engine.receive(block)
        said += engine.advance(block.happened)
    assert [step.shelf for step in said if isinstance(step, ShelfStep)] == ["a"]


def test_blocks_of_another_shop_are_refused_and_nothing_changes() -> None:
    engine = SensingEngine(board())
    envelope = Envelope(store="board", stream="weights/x", sequence=0, happened=START, arrived=START)
    strange = WeightBlock(envelope, ("z1",), RATE_HZ, np.array([START]), np.zeros((1, 1), np.float32))
    with pytest.raises(Refused, match="none of its plates is in the plan"):
        engine.receive(strange)
    assert engine.advance(START + SECOND) == []


def test_plates_the_plan_does_not_know_are_left_out_of_a_block() -> None:
    drawing = Drawing(12.0, plates=3).step(0, 6.0, -100.0).step(2, 6.0, -999.0)
    said = sensed(board(2), blocks(("a1", "a2", "z9"), drawing.times, drawing.read, (12,)))
    (step,) = [record for record in said if isinstance(record, ShelfStep)]
    assert total_g(step) == pytest.approx(-100.0, abs=1.0)
    assert step.plates == ("a1", "a2")


def test_a_block_far_ahead_of_the_shops_clock_is_refused() -> None:
    engine = SensingEngine(board(1))
    grams = np.zeros((3, 1), np.float32)
    for number, at in enumerate((START, START + 60 * SECOND)):
        envelope = Envelope(store="board", stream="weights/rack", sequence=number, happened=at, arrived=at)
        block = WeightBlock(envelope, ("a1",), RATE_HZ, at + np.arange(3, dtype=np.int64) * 16_000_000, grams)
        if number:
            with pytest.raises(Refused, match="ahead of the shop's clock"):
                engine.receive(block)
        else:
            engine.receive(block)


def test_samples_for_moments_already_judged_are_counted() -> None:
    engine, drawing = SensingEngine(board()), Drawing(12.0)
    sent = blocks([f"a{n}" for n in range(1, 7)], drawing.times, drawing.read, (12,))
    for block in sent[:20] + sent[21:]:
        engine.receive(block)
        engine.advance(block.happened)
    assert engine.late_samples == 0
    engine.receive(sent[20])
    assert engine.late_samples >= 10


def test_after_a_night_without_anything_the_levels_are_found_anew() -> None:
    first, second = Drawing(10.0, seed=1), Drawing(12.0, seed=2).step(2, 8.0, -300.0)
    names = [f"a{n}" for n in range(1, 7)]
    night = 8 * 3600 * SECOND
    sent = [*blocks(names, first.times, first.read, (12,)), *blocks(names, second.times + night, second.read, (12,))]
    engine, said = SensingEngine(board()), []
    for block in sent:
        said += engine.advance(block.happened - SECOND // 5)
        engine.receive(block)
    said += engine.advance(START + night + 14 * SECOND)
    steps = [record for record in said if isinstance(record, ShelfStep) and record.happened > START + night + 5 * SECOND]
    assert [total_g(step) for step in steps] == [pytest.approx(-300.0, abs=1.0)]
    assert {record.state for record in said if isinstance(record, PlateHealth)} <= {"silent", "live"}
