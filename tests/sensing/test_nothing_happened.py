"""What shakes, drifts, spikes, freezes and dies on a shelf without anything being taken gives no step."""

from __future__ import annotations

import numpy as np
import pytest
from tests.sensing.weighing import RATE_HZ, START, Drawing, blocks, board, felt, sensed, total_g

from saunter.base.randomness import generator
from saunter.base.time import SECOND
from saunter.records import PlateHealth, ShelfStep
from saunter.sensing.grid import median_of_three

CALM_S = 12.0


@pytest.mark.parametrize("noise_g", [0.2, 0.76, 3.6, 17.0])
def test_plates_as_noisy_as_in_the_real_shop_are_quiet_for_a_minute(noise_g: float) -> None:
    assert felt(Drawing(60.0, noise_g=noise_g)) == []


def test_a_single_wild_sample_is_no_step() -> None:
    drawing = Drawing(CALM_S)
    for at_s, grams in ((3.0, 2000.0), (5.0, -700.0), (6.003, 60.0), (7.99, -50.0)):
        drawing.spike(1, at_s, grams)
    assert felt(drawing) == []


def test_the_median_of_three_swallows_a_spike_and_keeps_the_edge_of_a_step() -> None:
    spike = np.array([[5.0], [5.0], [900.0], [5.0], [5.0]])
    edge = np.array([[5.0], [5.0], [90.0], [90.0], [90.0]])
    assert median_of_three(spike).ravel().tolist() == [5.0, 5.0, 5.0]
    assert median_of_three(edge).ravel().tolist() == [5.0, 90.0, 90.0]


def test_a_converter_that_dithers_between_two_values_makes_no_steps() -> None:
    dice = generator(3, "dither")
    drawing = Drawing(CALM_S, noise_g=0.0, quantum_g=1.0)
    drawing.grams += 0.5 + dice.choice([-0.02, 0.02], drawing.grams.shape)
    assert felt(drawing) == []


@pytest.mark.parametrize("grams_per_minute", [3.0, -3.0, 30.0])
def test_a_plate_that_creeps_makes_no_steps(grams_per_minute: float) -> None:
    drawing = Drawing(60.0)
    drawing.grams[:, 2] += grams_per_minute * drawing.seconds / 60.0
    assert felt(drawing) == []


@pytest.mark.parametrize("hz", [7.0, 13.0, 20.0, 29.0])
def test_a_slam_that_shakes_all_plates_by_hundreds_of_grams_leaves_nothing(hz: float) -> None:
    drawing = Drawing(CALM_S).shake(range(6), 5.0, 300.0, hz, decay_s=0.5)
    assert [total_g(step) for step in felt(drawing)] == []


@pytest.mark.parametrize("hz", [7.3, 8.0])
def test_a_shelf_that_swings_under_a_leaning_shopper_leaves_nothing(hz: float) -> None:
    drawing = Drawing(15.0).swing(range(6), 5.0, 8.5, 400.0, hz)
    assert felt(drawing) == []


def test_a_fridge_that_shakes_all_day_long_makes_no_steps() -> None:
    assert felt(Drawing(30.0).swing(range(6), 0.0, 30.0, 40.0, 24.0)) == []


@pytest.mark.parametrize(("grams", "lasts_s"), [(500.0, 1.5), (-80.0, 0.3), (200.0, 4.0)])
def test_what_is_pressed_and_let_go_changes_nothing_in_the_end(grams: float, lasts_s: float) -> None:
    steps = felt(Drawing(CALM_S).press(2, 5.0, grams, lasts_s))
    assert sum(total_g(step) for step in steps) == pytest.approx(0.0, abs=2.0)
    assert steps == [] or lasts_s > 0.5


def test_a_plate_that_freezes_is_named_and_says_nothing() -> None:
    drawing = Drawing(20.0).constant(3, 4.0)
    said = sensed(board(), blocks([f"a{n}" for n in range(1, 7)], drawing.times, drawing.read, (12,)), after_s=1.0)
    assert [(record.plate, record.state) for record in said if isinstance(record, PlateHealth)] == [("a4", "frozen")]
    assert [record for record in said if isinstance(record, ShelfStep)] == []
    (named,) = [record for record in said if isinstance(record, PlateHealth)]
    assert named.envelope.arrived - START <= 14 * SECOND
    assert "a4" in named.text


def test_a_plate_that_dies_is_named_silent_and_says_nothing() -> None:
    drawing = Drawing(20.0).constant(3, 4.0, value_g=np.nan)
    said = sensed(board(), blocks([f"a{n}" for n in range(1, 7)], drawing.times, drawing.read, (12,)), after_s=1.0)
    assert [(record.plate, record.state) for record in said if isinstance(record, PlateHealth)] == [("a4", "silent")]
    assert [record for record in said if isinstance(record, ShelfStep)] == []


def test_a_plate_that_never_sends_anything_is_named_too() -> None:
    drawing = Drawing(20.0, plates=5)
    said = sensed(board(6), blocks([f"a{n}" for n in range(1, 6)], drawing.times, drawing.read, (12,)), after_s=1.0)
    assert [(record.plate, record.state) for record in said if isinstance(record, PlateHealth)] == [("a6", "silent")]


def test_a_plate_that_reads_the_same_value_from_the_beginning_is_named_frozen() -> None:
    drawing = Drawing(20.0).constant(0, 0.0, value_g=6067.42)
    said = sensed(board(), blocks([f"a{n}" for n in range(1, 7)], drawing.times, drawing.read, (12,)), after_s=1.0)
    assert [(record.plate, record.state) for record in said if isinstance(record, PlateHealth)] == [("a1", "frozen")]


def test_a_plate_that_recovers_with_the_same_load_is_live_again_without_a_step() -> None:
    drawing = Drawing(30.0).constant(3, 4.0, 16.0, value_g=np.nan)
    said = sensed(board(), blocks([f"a{n}" for n in range(1, 7)], drawing.times, drawing.read, (12,)), after_s=1.0)
    assert [(type(record).__name__, getattr(record, "state", "")) for record in said] == [
        ("PlateHealth", "silent"),
        ("PlateHealth", "live"),
    ]


@pytest.mark.parametrize("stuck_g", [-800.0, 300.0])
def test_a_plate_frozen_at_another_value_tells_only_what_is_different_after_it_recovered(stuck_g: float) -> None:
    """Stuck at a wrong value from second 4 to 16; meanwhile 250 g were taken. One change, and a doubtful one."""
    drawing = Drawing(30.0).step(3, 10.0, -250.0)
    before_g = float(drawing.grams[0, 3])
    drawing.constant(3, 4.0, 16.0, value_g=before_g + stuck_g)
    said = sensed(board(), blocks([f"a{n}" for n in range(1, 7)], drawing.times, drawing.read, (12,)), after_s=1.0)
    steps = [record for record in said if isinstance(record, ShelfStep)]
    assert [total_g(step) for step in steps] == [pytest.approx(-250.0, abs=3.0)]
    assert "a4" in steps[0].doubtful


def test_dropped_samples_and_blocks_make_no_steps() -> None:
    drawing, dice = Drawing(20.0), generator(5, "loss")
    grams = drawing.read.copy()
    grams[dice.random(grams.shape) < 0.02] = np.nan
    sent = blocks([f"a{n}" for n in range(1, 7)], drawing.times, grams, (12,))
    kept = [block for block in sent if dice.random() > 0.05]
    assert len(kept) < len(sent)
    assert [record for record in sensed(board(), kept) if isinstance(record, ShelfStep)] == []


@pytest.mark.parametrize("back_s", [0.005, 0.022, 0.2])
def test_a_clock_that_steps_back_makes_no_steps(back_s: float) -> None:
    drawing = Drawing(15.0)
    times = drawing.times.copy()
    times[round(7.0 * RATE_HZ) :] -= round(back_s * SECOND)
    sent = blocks([f"a{n}" for n in range(1, 7)], times, drawing.read, (12,))
    assert [record for record in sensed(board(), sent) if isinstance(record, ShelfStep)] == []
