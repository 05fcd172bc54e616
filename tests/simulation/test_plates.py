"""Plates feel what lies on them: weight is neither made nor lost, and noise is as the table of presets says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.worlds import corner, level, played, weights

from saunter.records import WeightBlock
from saunter.simulation import table
from saunter.simulation.scales import channels, scale_of_story
from saunter.simulation.schedule import Scheduler
from saunter.simulation.stock import footprint
from saunter.simulation.story import Enters, Presses, PutsBack, Slams, Story, Takes

QUIET = "00:00.0 p1 enters\n00:{:02d}.0 p1 leaves\n"


@given(st.sampled_from(sorted(corner().shelves)), st.floats(-0.2, 1.6), st.floats(0.02, 0.3))
def test_a_load_is_shared_by_the_plates_of_its_shelf_and_nothing_is_lost(shelf: str, along_m: float, width_m: float) -> None:
    shares = footprint(corner(), shelf, along_m, width_m)
    assert shares.shape == (len(corner().shelves[shelf].plates),)
    assert np.all(shares >= 0) and shares.sum() == pytest.approx(1.0)


def test_a_piece_in_the_middle_of_a_plate_leaks_one_to_two_percent_to_each_neighbour() -> None:
    shares = footprint(corner(), "g1s1", 3.5 * 0.15, 0.06)
    assert shares[3] > 0.93
    assert all(0.01 <= shares[near] <= 0.02 for near in (2, 4))


STEPS = st.lists(
    st.tuples(st.sampled_from(["lemonade", "orangeade", "cola", "cereal"]), st.integers(1, 2), st.booleans()), max_size=6
)


@settings(max_examples=15)
@given(STEPS, st.integers(0, 50))
def test_the_sum_over_all_plates_changes_by_exactly_what_the_pieces_weigh(steps: list[tuple[str, int, bool]], seed: int) -> None:
    actions, held, at_s = [Enters(at_s=0.0, party="p1")], dict[str, int](), 10.0
    for sku, quantity, back in steps:
        if back and held.get(sku):
            actions.append(PutsBack(at_s=at_s, party="p1", sku=sku, quantity=min(quantity, held[sku])))
            held[sku] -= min(quantity, held[sku])
        else:
            actions.append(Takes(at_s=at_s, party="p1", sku=sku, quantity=quantity))
            held[sku] = held.get(sku, 0) + quantity
        at_s += 10.0
    actions += [
        Slams(at_s=at_s, force_g=80.0),
        Presses(at_s=at_s + 3, party="p1", plates=("g1s1p1",), force_g=300.0, seconds=1.0),
    ]
    story = Story(title="x", actions=tuple(actions))
    scheduler = Scheduler(corner(), story, seed)
    assert scheduler.problems == []
    before = {piece.number: piece for piece in scheduler.schedule.stock_at_start}
    after = {piece.number: piece for piece in scheduler.stock.pieces()}
    gone_g = sum(piece.weight_g for number, piece in before.items() if number not in after)
    assert len(before) - len(after) == sum(held.values())
    change_g = 0.0
    for fixture in corner().fixtures:
        scale = scale_of_story(corner(), fixture, story, scheduler.schedule, seed)
        first = scale.loads(np.array([0.0]))[0]
        last = scale.loads(np.array([at_s + 10.0, at_s + 10.1]))[-1]
        change_g += float(((last - first) / channels(corner(), fixture, table.PRESETS["calm"], seed).gain).sum())
    assert change_g == pytest.approx(-gone_g, abs=1e-6)


def test_a_pick_shows_as_its_weight_where_it_stood_and_a_put_back_where_it_was_put() -> None:
    streams = played(
        "00:00.0 p1 enters\n00:10.0 p1 takes 1 lemonade from g1s2p2\n"
        "00:15.0 p1 puts back 1 lemonade on g1s2p8\n00:19.0 p1 leaves\n"
    )
    shelf = corner().shelves["g1s2"].plates
    taken = sum(level(streams, plate, 12, 13) - level(streams, plate, 7, 9) for plate in shelf)
    back = {plate: level(streams, plate, 17, 19) - level(streams, plate, 12, 13) for plate in shelf}
    assert taken == pytest.approx(-528, rel=0.04)
    assert sum(back.values()) == pytest.approx(528, rel=0.04)
    assert max(back, key=lambda plate: back[plate]) == "g1s2p8"
    assert level(streams, "g3s1p1", 17, 19) == pytest.approx(level(streams, "g3s1p1", 7, 9), abs=1.0)


def test_hands_slams_presses_and_leaning_leave_nothing_behind() -> None:
    press, lean = "00:06.0 p1 presses g1s1p2 with 500 g for 1.5 s\n", "00:12.0 p1 leans on g1s1 with 400 g for 2 s\n"
    streams = played("00:00.0 p1 enters\n" + press + "00:09.0 slam 200 g\n" + lean + "00:20.0 p1 leaves\n")
    assert level(streams, "g1s1p2", 6.3, 7.2) - level(streams, "g1s1p2", 2, 5) > 200
    seconds, grams = weights(streams, "g1s1p2")
    swinging = grams[(seconds > 12.5) & (seconds < 13.5)]
    assert np.ptp(swinging) > 150
    shaken = [
        np.ptp(weights(streams, plate)[1][(seconds > 9.0) & (seconds < 9.6)])
        for plate in ("g1s1p1", "g1s3p4", "g1s5p8", "g1s2p1")
    ]
    assert max(shaken) > 5
    for plate in corner().shelves["g1s1"].plates:
        assert level(streams, plate, 16, 20) == pytest.approx(level(streams, plate, 2, 5), abs=1.0)


@pytest.mark.parametrize("preset", sorted(table.PRESETS))
def test_channels_are_as_different_as_the_preset_says(preset: str) -> None:
    wanted = table.PRESETS[preset]
    facts = [channels(corner(), fixture, wanted, seed) for fixture in corner().fixtures for seed in range(20)]
    sd_g = np.concatenate([one.sd_g for one in facts])
    for probability, quantile_g in zip(table.SD_PROBABILITIES[:6], wanted.sd_g[:6], strict=True):
        assert np.quantile(sd_g, probability) == pytest.approx(quantile_g, rel=0.10)
    gain = np.concatenate([one.gain for one in facts])
    assert gain.std() == pytest.approx(wanted.gain_sd, rel=0.15)
    assert np.abs(gain - 1).max() <= wanted.gain_error_max + 1e-9
    drift_g = np.abs(np.concatenate([one.drift_g for one in facts]) * np.random.default_rng(1).standard_normal(len(gain)))
    assert np.median(drift_g) == pytest.approx(wanted.drift_median_g, rel=0.25)
    assert np.quantile(drift_g, 0.95) == pytest.approx(6 * wanted.drift_median_g, rel=0.25)


@pytest.mark.parametrize("preset", sorted(table.PRESETS))
def test_every_channel_is_as_noisy_over_a_second_as_it_was_drawn(preset: str) -> None:
    streams = played(f"noise: {preset}\npeople: none\n" + QUIET.format(20), seed=3)
    ratios = []
    for fixture in corner().fixtures:
        drawn_g = channels(corner(), fixture, table.PRESETS[preset], 3).sd_g
        grams = np.concatenate([block.grams for block in streams[f"weights/{fixture}"] if isinstance(block, WeightBlock)])
        seconds = grams[: len(grams) // 60 * 60].reshape(-1, 60, grams.shape[1])
        measured_g = np.nanmedian(seconds.std(axis=1), axis=0)
        ratios += list(measured_g[measured_g > 0] / drawn_g[measured_g > 0])
    assert np.median(ratios) == pytest.approx(1.0, abs=0.08)
    assert np.quantile(ratios, [0.05, 0.95]) == pytest.approx([0.85, 1.15], abs=0.15)


def test_readings_come_in_whole_quanta_and_never_rest_like_a_frozen_plate() -> None:
    streams = played("noise: nanostore\npeople: none\n" + QUIET.format(20))
    block = streams["weights/g1"][5]
    assert isinstance(block, WeightBlock) and block.grams.dtype == np.float32
    live = block.grams[:, block.plates.index("g1s1p1")].astype(float) / table.QUANTUM_G
    assert np.allclose(live, np.rint(live), atol=0.01)
    for plate in [plate for facing in corner().facings for plate in facing.plates]:
        _, grams = weights(streams, plate)
        runs = np.diff(np.flatnonzero(np.concatenate([[True], np.diff(grams) != 0, [True]])))
        assert runs.max() <= 0.25 * table.SAMPLE_RATE_HZ, plate


def test_dead_plates_give_nothing_frozen_ones_one_value_and_unused_ones_the_constant() -> None:
    lines = "plate g2s1p1 is unused\n00:00.0 p1 enters\n00:05.0 plate g2s1p2 dies ; plate g2s1p3 freezes ; plate g2s1p4 dies\n"
    streams = played("people: none\n" + lines + "00:08.0 plate g2s1p4 recovers\n00:12.0 p1 leaves\n")
    seconds, unused = weights(streams, "g2s1p1")
    assert np.all(unused == np.float32(table.UNUSED_G))
    late = seconds > 5.1
    dead, frozen, lazarus = (weights(streams, f"g2s1p{n}")[1] for n in (2, 3, 4))
    assert np.all(np.isnan(dead[late])) and not np.any(np.isnan(dead[seconds < 4.9]))
    assert len(set(frozen[late])) == 1 and len(set(frozen[seconds < 4.9])) > 3
    assert np.all(np.isnan(lazarus[(seconds > 5.1) & (seconds < 7.9)])) and not np.any(np.isnan(lazarus[seconds > 8.1]))


def test_a_silent_fixture_sends_no_blocks_and_the_others_do() -> None:
    streams = played("people: none\n00:00.0 p1 enters\n00:05.0 fixture g4 is silent for 3 s\n00:10.0 p1 leaves\n")
    seconds, _ = weights(streams, "g4s1p1")
    assert np.diff(seconds).max() == pytest.approx(3.0, abs=0.3)
    assert np.diff(weights(streams, "g1s1p1")[0]).max() < 0.02
    assert [block.envelope.sequence for block in streams["weights/g4"]] == list(range(len(streams["weights/g4"])))


def test_fixtures_keep_their_own_time_within_the_preset() -> None:
    streams = played("noise: nanostore\npeople: none\n" + QUIET.format(20))
    starts = [weights(streams, f"{fixture}s1p1")[0][0] for fixture in corner().fixtures]
    assert len(set(starts)) == len(starts)
    assert min(starts) >= 0 and max(starts) <= 0.110 + 1 / 60 + table.CLOCK_STEP_S
    for fixture in corner().fixtures:
        blocks = [block for block in streams[f"weights/{fixture}"] if isinstance(block, WeightBlock)]
        assert {block.grams.shape[0] for block in blocks} == {table.BLOCK_SAMPLES}
        assert all(block.rate_hz == table.SAMPLE_RATE_HZ for block in blocks)


def test_a_clock_of_a_noisy_shop_steps_back_now_and_then() -> None:
    story = Story(title="x", noise="noisy", people="none", actions=(Enters(at_s=0.0, party="p1"), Slams(at_s=600.0, force_g=1.0)))
    scheduler = Scheduler(corner(), story, 1)
    times = np.concatenate(
        [block.times for block in scale_of_story(corner(), "g4", story, scheduler.schedule, 1).blocks(table.START_NS, 600.0)]
    )
    back = np.diff(times) < 0
    assert 1 <= back.sum() <= 20
    assert np.diff(times).min() >= -6_000_000
