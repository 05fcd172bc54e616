"""One reorder window: whatever the order of arrival, readings go on in the order they happened."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.limits import REORDER_RECORDS_MAX
from saunter.base.time import SECOND
from saunter.pipeline.reorder import PIECE, Reorder, pieces
from saunter.records import Envelope, GatePass, PeopleFrame, WeightBlock

START = 1_709_539_200 * SECOND


def frame(happened: int, sequence: int = 0, stream: str = "people") -> PeopleFrame:
    return PeopleFrame(
        envelope=Envelope(store="s", stream=stream, sequence=sequence, happened=happened, arrived=happened), people=()
    )


def gate(happened: int, sequence: int = 0) -> GatePass:
    envelope = Envelope(store="s", stream="gates", sequence=sequence, happened=happened, arrived=happened)
    return GatePass(envelope=envelope, gate="door", direction="in", party="p1")


def block(times: list[int], sequence: int = 0, stream: str = "weights/a") -> WeightBlock:
    envelope = Envelope(
        store="s", stream=stream, sequence=sequence, happened=times[0] if times else 0, arrived=times[-1] if times else 0
    )
    grams = np.arange(len(times), dtype=np.float32)[:, None]
    return WeightBlock(envelope, ("a1",), 60.0, np.array(times, np.int64), grams)


def test_readings_go_on_in_the_order_they_happened_ties_by_stream_and_sequence() -> None:
    reorder = Reorder()
    sent = [frame(START + 5, 1), gate(START + 5, 9), frame(START + 1, 0), frame(START + 5, 0), gate(START + 5, 8), gate(START, 7)]
    assert all(reorder.put(reading) for reading in sent)
    told = [reading.id for reading in reorder.release(START + 5)]
    assert told == ["gates:7", "people:0", "gates:8", "gates:9", "people:0", "people:1"]


def test_what_happened_exactly_at_the_edge_of_the_window_is_released_and_the_next_instant_waits() -> None:
    reorder = Reorder()
    reorder.put(frame(START, 0))
    reorder.put(frame(START + 1, 1))
    assert [reading.happened for reading in reorder.release(START)] == [START]
    assert reorder.waiting == 1


def test_a_reading_exactly_as_old_as_what_was_released_is_late_and_one_instant_younger_is_not() -> None:
    reorder = Reorder()
    list(reorder.release(START))
    assert not reorder.put(frame(START))
    assert reorder.put(frame(START + 1))
    assert reorder.waiting == 1


def test_weights_are_never_too_late_for_the_window_because_they_may_still_fill_gaps() -> None:
    reorder = Reorder()
    list(reorder.release(START + 10 * SECOND))
    assert reorder.put(block([START, START + 1]))
    assert [reading.happened for reading in reorder.release(START + 10 * SECOND)] == [START]


def test_time_that_goes_back_releases_nothing_and_forgets_nothing() -> None:
    reorder = Reorder()
    list(reorder.release(START))
    assert list(reorder.release(START - SECOND)) == []
    assert not reorder.put(frame(START))


def test_too_many_waiting_readings_are_released_early_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert REORDER_RECORDS_MAX > 10_000
    monkeypatch.setattr("saunter.pipeline.reorder.REORDER_RECORDS_MAX", 3)
    reorder = Reorder()
    for number in range(5):
        reorder.put(frame(START + number, number))
    assert [reading.envelope.sequence for reading in reorder.release(START - SECOND)] == [0, 1]
    assert reorder.waiting == 3


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["people", "gates", "x"]), st.integers(0, 3)), max_size=30),
    st.randoms(),
)
def test_every_order_of_arrival_gives_the_same_order_of_happening(rows: list[tuple[int, str, int]], dice: random.Random) -> None:
    unique = sorted(set(rows))
    mixed = [*unique]
    dice.shuffle(mixed)

    def released(order: list[tuple[int, str, int]]) -> list[tuple[int, str, int]]:
        reorder = Reorder()
        for happened, stream, sequence in order:
            assert reorder.put(frame(START + happened, sequence, stream))
        return [(each.happened - START, each.envelope.stream, each.envelope.sequence) for each in reorder.release(START + 9)]

    assert released(mixed) == released(unique) == unique


def test_a_long_block_is_cut_where_half_seconds_begin_and_nothing_of_it_is_lost() -> None:
    times = [START + number * 100_000_000 for number in range(25)]
    parts = list(pieces(block(times, sequence=4)))
    assert [int(time) for part in parts for time in part.times] == times
    assert [float(value) for part in parts for value in part.grams[:, 0]] == list(map(float, range(25)))
    assert all(part.happened == part.times[0] and part.times[-1] - part.times[0] < PIECE for part in parts)
    assert {part.envelope.sequence for part in parts} == {4}
    assert len(parts) == 5


@given(st.lists(st.integers(-50, 400), min_size=1, max_size=60))
def test_however_a_blocks_clock_runs_its_pieces_are_the_whole_of_it(steps_ms: list[int]) -> None:
    times = [START + 1_000_000 * moment for moment in np.cumsum(steps_ms).tolist()]
    parts = list(pieces(block(times)))
    assert [int(time) for part in parts for time in part.times] == times
    assert all(len(part.times) for part in parts)


def test_an_empty_block_has_no_pieces() -> None:
    assert list(pieces(block([]))) == []
