"""What holds of sensing whatever the signal: block borders, offsets and order of streams cannot matter; weight is kept."""

from __future__ import annotations

import math
import random

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.sensing.weighing import QUANTUM_G, RATE_HZ, START, Drawing, Said, blocks, board, felt, sd_g, sensed, total_g

from saunter.base.time import SECOND
from saunter.sensing import SensingEngine
from saunter.sensing import constants as c
from saunter.sensing.grid import CellGrid
from saunter.sensing.segmentation import steps

NAMES = tuple(f"a{number}" for number in range(1, 7))


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """A busy board: picks, presses, swings, spikes and ill plates, in any mixture."""
    drawing = Drawing(16.0, noise_g=draw(st.sampled_from([0.3, 1.0, 4.0])), seed=draw(st.integers(0, 5)))
    for _ in range(draw(st.integers(0, 4))):
        plate, at_s = draw(st.integers(0, 5)), draw(st.integers(80, 260)) / 20
        grams = draw(st.sampled_from([-900.0, -250.0, -30.0, 60.0, 400.0]))
        what = draw(st.sampled_from(["step", "step", "press", "shake", "spike", "ill"]))
        if what == "step":
            drawing.step(plate, at_s, grams, draw(st.sampled_from([0.0, 0.2, 1.0])))
        elif what == "press":
            drawing.press(plate, at_s, grams, draw(st.sampled_from([0.3, 1.5])))
        elif what == "shake":
            drawing.shake(range(6), at_s, grams, 9.0, 0.4)
        elif what == "spike":
            drawing.spike(plate, at_s, grams)
        else:
            drawing.constant(
                plate, at_s, at_s + draw(st.sampled_from([0.5, 7.0])), value_g=draw(st.sampled_from([None, math.nan]))
            )
    return drawing


def said_of(drawing: Drawing, lengths: list[int]) -> bytes:
    return msgspec.json.encode(sensed(board(), blocks(NAMES, drawing.times, drawing.read, lengths)))


@settings(max_examples=25)
@given(drawings(), st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_however_the_samples_are_chopped_into_blocks_the_room_says_the_same(drawing: Drawing, lengths: list[int]) -> None:
    assert said_of(drawing, lengths) == said_of(drawing, [12])


@settings(max_examples=15)
@given(drawings(), st.sampled_from([1, 7, 50, 100, 333, 1000]))
def test_however_often_the_clock_ticks_the_room_says_the_same_things(drawing: Drawing, every_ms: int) -> None:
    def told(every: int) -> list[object]:
        said = sensed(board(), blocks(NAMES, drawing.times, drawing.read, (12,)), every * 1_000_000, after_s=6.0)
        known = [msgspec.to_builtins(record) for record in said if record.happened < START + 15 * SECOND]
        for record in known:
            del record["envelope"]["arrived"]
        return known

    assert told(every_ms) == told(100)


@settings(max_examples=20)
@given(drawings(), st.integers(0, 5), st.integers(-20_000, 20_000))
def test_what_a_plate_weighs_by_itself_changes_nothing(drawing: Drawing, plate: int, quanta: int) -> None:
    """Plates are not zeroed: a whole number of quanta more on one of them leaves every step as it was, to a float32's rest."""
    drawing.grams -= drawing.grams.mean(axis=0).round()
    moved = drawing.read.copy()
    moved[:, plate] += quanta * QUANTUM_G
    before = sensed(board(), blocks(NAMES, drawing.times, drawing.read, (12,)))
    after = sensed(board(), blocks(NAMES, drawing.times, moved, (12,)))
    assert shapes(after) == shapes(before)
    for one, other in zip(before, after, strict=True):
        if hasattr(one, "delta_g"):
            np.testing.assert_allclose(one.delta_g, other.delta_g, atol=0.02)


def shapes(said: Said) -> list[tuple[object, ...]]:
    """What was said but for the grams."""
    return [
        (type(record).__name__, record.happened, getattr(record, "plates", None), getattr(record, "plate", None))
        for record in said
    ]


@settings(max_examples=20)
@given(
    grams=st.sampled_from([-15.0, -57.0, -250.0, -538.0, -1064.0, 330.0]),
    at_s=st.floats(6.0, 8.0),
    takes_s=st.floats(0.0, 1.0),
    noise_g=st.sampled_from([0.3, 0.76, 1.5]),
    seed=st.integers(0, 1000),
    plate=st.integers(0, 5),
)
def test_a_clean_pick_weighs_what_left_within_its_own_doubt(
    grams: float, at_s: float, takes_s: float, noise_g: float, seed: int, plate: int
) -> None:
    found = felt(Drawing(13.0, noise_g=noise_g, seed=seed).step(plate, at_s, grams, takes_s))
    assert abs(math.fsum(map(total_g, found)) - grams) <= 4 * math.sqrt(math.fsum(sd_g(step) ** 2 for step in found)) + QUANTUM_G
    assert len(found) == 1 or abs(grams) < 40.0 * takes_s  # slower than a hand: a rest cannot be told from the lift


@settings(max_examples=30)
@given(drawings())
def test_every_step_is_well_formed_and_told_in_order(drawing: Drawing) -> None:
    found = felt(drawing)
    for number, step in enumerate(found):
        assert step.envelope.sequence == number
        assert step.started <= step.happened <= step.settled <= step.envelope.arrived
        assert len(step.plates) == len(step.delta_g) == len(step.sd_g) == len(set(step.plates))
        assert list(step.plates) == sorted(step.plates)
        assert all(math.isfinite(delta) for delta in step.delta_g) and all(sd > 0 for sd in step.sd_g)
        assert set(step.doubtful) <= set(step.plates)


@settings(max_examples=40)
@given(
    levels=st.lists(st.sampled_from([0.0, -3.0, -50.0, -250.0, -400.0, 120.0]), min_size=1, max_size=4),
    rests=st.lists(st.integers(1, 14), min_size=4, max_size=4),
    after_g=st.sampled_from([0.0, -50.0, -400.0, 300.0]),
)
def test_the_steps_of_a_disturbance_add_up_to_its_whole_change(levels: list[float], rests: list[int], after_g: float) -> None:
    inner = [np.full(rest, level) for level, rest in zip(levels, rests, strict=False)]
    signal = np.concatenate([np.zeros(10), *inner, np.full(10, after_g)])
    found = steps(signal, first_cell=100, plate=0, before_g=0.0, after_g=after_g, noise_g=0.3)
    if abs(after_g) <= c.STEP_G_MIN:
        assert math.fsum(step.delta_g for step in found) == 0.0 or len(found) > 1
    assert abs(math.fsum(step.delta_g for step in found) - after_g) <= c.STEP_G_MIN * (len(found) + 1)
    assert all(100 <= step.started <= step.crossed <= step.settled <= 100 + len(signal) for step in found)


# -- the grid ----------------------------------------------------------------------------------------------------------


def laid(times: NDArray[np.int64], grams: NDArray[np.float64], lengths: list[int]) -> NDArray[np.float64]:
    grid = CellGrid(NAMES)
    for block in blocks(NAMES, times, grams, lengths):
        grid.add(block)
    assert grid.next_cell is not None
    return grid.look(grid.next_cell, grid.next_cell + 60)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 17), min_size=1, max_size=4), st.floats(0, 0.2))
def test_cells_are_the_same_for_all_block_lengths_even_with_gaps_and_clocks_that_step(
    seed: int, lengths: list[int], missing: float
) -> None:
    dice = random.Random(seed)
    times = np.cumsum([dice.choice([16, 17, 17, 17, 120, -5]) * 1_000_000 for _ in range(120)]).astype(np.int64) + START
    grams = np.array([[dice.gauss(0, 1) if dice.random() > missing else math.nan for _ in NAMES] for _ in times])
    np.testing.assert_array_equal(laid(times, grams, lengths), laid(times, grams, [len(times)]))


def test_streams_may_come_in_any_order() -> None:
    drawing = Drawing(10.0, plates=6).step(1, 6.0, -100.0).step(4, 6.0, -50.0)
    one = blocks(NAMES[:3], drawing.times, drawing.read[:, :3], (12,), "weights/one")
    two = blocks(NAMES[3:], drawing.times, drawing.read[:, 3:], (12,), "weights/two")
    pairs = list(zip(one, two, strict=True))
    forth = sensed(board(), [block for pair in pairs for block in pair])
    back = sensed(board(), [block for pair in pairs for block in pair[::-1]])
    assert msgspec.json.encode(forth) == msgspec.json.encode(back)
    assert [record.envelope.sequence for record in forth] == [0, 1]


def test_an_empty_block_is_no_news() -> None:
    engine = SensingEngine(board())
    times = np.empty(0, np.int64)
    drawing = Drawing(1.0 / RATE_HZ)
    (some,) = blocks(NAMES, drawing.times, drawing.read, (12,))
    empty = type(some)(some.envelope, NAMES, RATE_HZ, times, np.empty((0, 6), np.float32))
    engine.receive(empty)
    assert engine.advance(START + 10 * SECOND) == []
    assert engine.unsettled_since() is None
