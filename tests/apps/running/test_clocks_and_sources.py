"""The shop's clocks, and recordings that play as if they happened now."""

from __future__ import annotations

import numpy as np
import pytest
from tests.pipeline.the_stall import envelope, lived

from saunter.apps.running.clocks import TurnClock, WallClock
from saunter.apps.running.sources import RecordedSource, shifted
from saunter.base.time import SECOND
from saunter.records import Tick, WeightBlock

STORY = "00:00.0  p1 enters\n00:03.0  p1 leaves\n"


def test_a_wall_clock_goes_as_fast_as_it_is_told_and_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        wall[0] += seconds

    monkeypatch.setattr("saunter.apps.running.clocks.time.monotonic", lambda: wall[0])
    monkeypatch.setattr("saunter.apps.running.clocks.time.sleep", sleep)
    clock = WallClock(10.0, 5 * SECOND, 100.0)
    clock.wait(9 * SECOND)
    assert clock.now() == pytest.approx(9 * SECOND, abs=1000)
    assert sum(slept) == pytest.approx(0.4)
    assert max(slept) <= 0.2
    clock.wait(8 * SECOND)
    assert sum(slept) == pytest.approx(0.4)


def test_a_turn_clock_leaps_once_the_turn_has_lasted_and_never_back(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        wall[0] += seconds

    monkeypatch.setattr("saunter.apps.running.clocks.time.sleep", sleep)
    monkeypatch.setattr("saunter.apps.running.clocks.time.monotonic", lambda: wall[0])
    clock = TurnClock(0, 30.0, 100.0)
    clock.wait(3 * SECOND)
    clock.wait(SECOND)
    assert clock.now() == 3 * SECOND
    wall[0] += 0.04  # the turn itself took so long
    clock.wait(6 * SECOND)
    wall[0] += 5.0
    clock.wait(9 * SECOND)
    assert clock.now() == 9 * SECOND
    assert slept == pytest.approx([0.1, 0.0, 0.06, 0.0])


def test_a_recording_is_handed_out_by_arrival_each_record_once_and_its_clock_left_out() -> None:
    tick = Tick(envelope=envelope("ticks", 0, lived(STORY)[0].envelope.arrived))
    source = RecordedSource(iter([tick, *lived(STORY)]))
    middle = source.first + SECOND
    first, rest = list(source.until(middle)), list(source.until(2**62))
    assert all(record.envelope.arrived <= middle for record in first)
    assert [*first, *rest] == list(lived(STORY))
    assert source.is_over()
    assert source.last == lived(STORY)[-1].envelope.arrived
    assert source.until(2**62) == []
    source.hear(first)


def test_a_recording_of_last_year_plays_today_with_its_weights_as_far_apart_as_before() -> None:
    block = next(record for record in lived(STORY) if isinstance(record, WeightBlock))
    moved = shifted(block, 7 * SECOND)
    assert isinstance(moved, WeightBlock)
    assert moved.happened - block.happened == moved.envelope.arrived - block.envelope.arrived == 7 * SECOND
    assert np.array_equal(moved.times - block.times, np.full(len(block.times), 7 * SECOND))
    assert np.array_equal(moved.grams, block.grams)
    source = RecordedSource(iter(lived(STORY)), 7 * SECOND)
    assert source.first == lived(STORY)[0].envelope.arrived + 7 * SECOND
    assert source.until(source.first - 1) == []
    assert source.until(source.first)[0].envelope.arrived == source.first


def test_an_empty_recording_is_over_at_once() -> None:
    source = RecordedSource(iter([]))
    assert (source.is_over(), source.first, source.until(2**62)) == (True, 0, [])
