"""A recording gives back exactly what was written; cut or damaged anywhere, it gives what is whole and owns up to the rest."""

from __future__ import annotations

import io
import typing
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saunter.base.errors import InputProblems, Problem
from saunter.journal import PLAN_FILES, Recording, RecordingWriter, open_recording, summarise
from saunter.journal.schemas import KINDS
from saunter.records import AnyRecord, Envelope, GatePass, Joint, PeopleFrame, Person, Tick, WeightBlock

PLAN = {name: f"# {name} of the corner shop\n" for name in PLAN_FILES}
INT64 = st.integers(-(2**63), 2**63 - 1)
STREAMS = st.sampled_from(["a", "weights/g1", "people", "truth/actions"])
ENVELOPES = st.builds(
    Envelope, store=st.just("corner"), stream=STREAMS, sequence=st.integers(0, 2**63 - 1), happened=INT64, arrived=INT64,
    because=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)  # fmt: skip
PLAIN = {int: INT64, float: st.floats(allow_nan=False, allow_infinity=False), str: st.text(max_size=8), bool: st.booleans()}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a record's field, from its type: a kind added tomorrow is tested the same day."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Envelope:
        return ENVELOPES
    if hint in PLAIN:
        return PLAIN[hint]
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[1:] == (...,):
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    if origin is typing.Union:
        return st.one_of(*map(values, arguments))
    assert issubclass(hint, msgspec.Struct), f"no values are known for {hint}"
    return structs(hint)


def structs(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.fixed_dictionaries({name: values(hints[name]) for name in kind.__struct_fields__}).map(lambda found: kind(**found))


@st.composite
def weight_blocks(draw: st.DrawFn) -> WeightBlock:
    plates = draw(st.sampled_from([("p1",), ("p1", "p2"), ("p2", "p1"), ("p1", "p2", 'é"p')]))
    times = draw(st.lists(INT64, max_size=4))
    bits = draw(st.binary(min_size=4 * len(times) * len(plates), max_size=4 * len(times) * len(plates)))
    grams = np.frombuffer(bits, "<f4").reshape(len(times), len(plates))
    envelope = msgspec.structs.replace(draw(ENVELOPES), because=())
    rate_hz = draw(st.floats(min_value=0, exclude_min=True, allow_infinity=False))
    return WeightBlock(envelope, plates, rate_hz, np.array(times, dtype=np.int64), grams)


RECORDS = st.one_of(weight_blocks(), *(structs(kind) for kind in KINDS.values()))


def plain(record: AnyRecord) -> object:
    if not isinstance(record, WeightBlock):
        return record
    return (record.envelope, record.plates, record.rate_hz, record.times.tolist(), record.grams.shape, record.grams.tobytes())


def written(records: Iterable[AnyRecord], flush_every: int = 0, plan: dict[str, str] = PLAN) -> bytes:
    stream = io.BytesIO()
    with RecordingWriter(stream, "corner", plan, "a test") as writer:
        for number, record in enumerate(records, 1):
            writer.write(record)
            if flush_every and number % flush_every == 0:
                writer.flush()
    return stream.getvalue()


class Pipe(io.BytesIO):
    """A stream that cannot go back, like a pipe."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


def read(data: bytes, stream_kind: type[io.BytesIO] = io.BytesIO) -> tuple[list[object], Recording]:
    recording = open_recording(stream_kind(data))
    return [plain(record) for record in recording.records()], recording


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=st.lists(RECORDS, max_size=6), flush_every=st.integers(0, 3), pipe=st.booleans())
def test_whatever_is_written_is_read_back_whole_and_in_order(records: list[AnyRecord], flush_every: int, pipe: bool) -> None:
    data = written(records, flush_every)
    found, recording = read(data, Pipe if pipe else io.BytesIO)
    assert found == [plain(record) for record in records]
    assert recording.problems == ()
    assert recording.complete
    assert dict(recording.plan_texts) == PLAN
    assert written(records, flush_every) == data
    assert sum(stream.messages for stream in recording.streams()) == len(records)


@pytest.mark.parametrize("kind", list(KINDS))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_kind_of_record_survives_the_recording(kind: str, data: st.DataObject) -> None:
    record = data.draw(structs(KINDS[kind]))
    found, recording = read(written([record]))
    assert found == [record]
    assert [(stream.topic, stream.kind, stream.messages) for stream in recording.streams()] == [(record.envelope.stream, kind, 1)]


def a_few_seconds() -> list[AnyRecord]:
    """Thirty records of four streams."""
    records: list[AnyRecord] = []
    for number in range(10):
        now = 1_700_000_000_000_000_000 + number * 100_000_000

        def at(stream: str, number: int = number, now: int = now) -> Envelope:
            return Envelope(store="corner", stream=stream, sequence=number, happened=now, arrived=now + 7)

        times = now + np.arange(3, dtype=np.int64) * 16_666_667
        grams = np.arange(6, dtype=np.float32).reshape(3, 2) + number
        people = (Person(track="1", joints={"head": Joint(float(number), 1.0, 1.7)}),)
        records.append(WeightBlock(at("weights/g1"), ("p1", "p2"), 60.0, times, grams))
        records.append(PeopleFrame(envelope=at("people"), people=people))
        records.append(
            GatePass(envelope=at("gates"), gate="door", direction="in", party="p1") if number == 0 else Tick(envelope=at("ticks"))
        )
    return records


WRITTEN = [plain(record) for record in a_few_seconds()]
WHOLE = written(a_few_seconds(), flush_every=7)
HEAD_END = WHOLE.index(b"\x06", WHOLE.index(b"planogram.csv of the corner shop"))


def assert_prefix(found: list[object]) -> None:
    assert found == WRITTEN[: len(found)]


@pytest.mark.slow
@pytest.mark.parametrize(("stream_kind", "stride"), [(io.BytesIO, 1), (Pipe, 7)])
def test_cut_at_any_byte_a_recording_gives_its_first_records_and_says_so(stream_kind: type[io.BytesIO], stride: int) -> None:
    counts = []
    for length in range(0, len(WHOLE), stride):
        try:
            found, recording = read(WHOLE[:length], stream_kind)
        except InputProblems:
            assert length < HEAD_END
            continue
        assert_prefix(found)
        assert any("cut off" in problem.what for problem in recording.problems)
        assert not recording.complete
        counts.append(len(found))
    assert counts == sorted(counts), "a longer piece of the file never gives fewer records"
    assert {0, 7, 14, 21, 28, 30} <= set(counts)


def test_a_recording_cut_inside_a_chunk_still_gives_the_whole_messages_at_the_beginning_of_that_chunk() -> None:
    frames = [noisy_frame(number) for number in range(3000)]
    data = written(frames)
    found, recording = read(data[: len(data) // 2])
    assert 500 < len(found) < 3000
    assert found == frames[: len(found)]
    assert f"{len(found)} messages up to there could be read" in recording.problems[0].what


def noisy_frame(number: int) -> PeopleFrame:
    noise = np.random.default_rng(number).normal(size=(3, 3)).tolist()
    people = tuple(Person(track=str(track), joints={"head": Joint(*place)}) for track, place in enumerate(noise))
    envelope = Envelope(store="corner", stream="people", sequence=number, happened=number, arrived=number)
    return PeopleFrame(envelope=envelope, people=people)


def is_subsequence(part: list[object], whole: list[object]) -> bool:
    rest = iter(whole)
    return all(any(item == other for other in rest) for item in part)


def assert_honest(data: bytes, stream_kind: type[io.BytesIO] = io.BytesIO) -> None:
    """Nothing but true records in their order; what is missing is reported."""
    try:
        found, recording = read(data, stream_kind)
    except InputProblems as error:
        assert error.problems
        return
    assert is_subsequence(found, WRITTEN)
    assert recording.problems or found == WRITTEN
    assert recording.messages_read == len(found)
    assert not recording.complete or found == WRITTEN


def damaged(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    spoilt = bytearray(data)
    for position, mask in changes:
        spoilt[position % len(spoilt)] ^= mask
    return bytes(spoilt)


CHANGES = st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(1, 255)), min_size=1, max_size=4)


@settings(max_examples=400, deadline=None)
@given(changes=CHANGES, pipe=st.booleans())
def test_damaged_bytes_never_crash_the_reader_nor_invent_or_hide_a_record(changes: list[tuple[int, int]], pipe: bool) -> None:
    assert_honest(damaged(WHOLE, changes), Pipe if pipe else io.BytesIO)


@settings(max_examples=200, deadline=None)
@given(changes=CHANGES, start=st.integers(0, len(WHOLE)), removed=st.integers(1, 300), added=st.binary(max_size=30))
def test_bytes_that_were_lost_or_slipped_in_never_crash_the_reader(
    changes: list[tuple[int, int]], start: int, removed: int, added: bytes
) -> None:
    spoilt = damaged(WHOLE, changes[:1])
    assert_honest(spoilt[:start] + added + spoilt[start + removed :])


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200), after=st.sampled_from([b"", WHOLE[:8], WHOLE[:HEAD_END]]))
def test_random_bytes_are_refused_with_a_sentence_or_reported(data: bytes, after: bytes) -> None:
    try:
        found, recording = read(after + data)
    except InputProblems as error:
        assert all(isinstance(problem, Problem) and problem.what and problem.remedy for problem in error.problems)
    else:
        assert found == []
        assert recording.problems


def chunk_spans() -> list[tuple[int, int]]:
    from mcap.reader import make_reader

    summary = make_reader(io.BytesIO(WHOLE)).get_summary()
    assert summary is not None
    return [(index.chunk_start_offset, index.chunk_start_offset + index.chunk_length) for index in summary.chunk_indexes]


@pytest.mark.slow
@pytest.mark.parametrize(("mask", "offset"), [(0x01, 0), (0x80, 1), (0xFF, 2)])
def test_one_damaged_byte_in_a_chunk_costs_that_chunk_alone_and_the_count_is_exact(mask: int, offset: int) -> None:
    for number, (start, end) in enumerate(chunk_spans()):
        others = WRITTEN[: 7 * number] + WRITTEN[7 * (number + 1) :]
        for position in range(start + offset, end, 3):
            found, recording = read(damaged(WHOLE, [(position, mask)]))
            assert found in (others, WRITTEN), f"byte {position}"
            assert len(found) + recording.messages_lost == len(WRITTEN), f"byte {position}"
            assert recording.problems or found == WRITTEN


@pytest.mark.slow
def test_one_damaged_byte_behind_the_head_never_costs_a_record_unless_it_is_counted() -> None:
    for position in range(HEAD_END, len(WHOLE), 2):
        found, recording = read(damaged(WHOLE, [(position, 0x55)]))
        assert len(found) + recording.messages_lost >= len(WRITTEN), f"byte {position}"
        assert recording.problems or found == WRITTEN


def test_a_recording_can_be_read_again_and_summed_up() -> None:
    recording = open_recording(io.BytesIO(damaged(WHOLE, [(chunk_spans()[1][0] + 60, 0xFF)])))
    first = [plain(record) for record in recording.records()]
    problems = recording.problems
    assert [plain(record) for record in recording.records()] == first
    assert recording.problems == problems
    assert len(problems) == 1
    summary = summarise(recording)
    assert (summary.messages_read, summary.messages_lost, summary.complete) == (23, 7, False)
    assert [(stream.topic, stream.kind, stream.messages) for stream in summary.streams] == [
        ("gates", "GatePass", 1), ("people", "PeopleFrame", 7), ("ticks", "Tick", 7), ("weights/g1", "WeightBlock", 8),
    ]  # fmt: skip


def test_a_price_damaged_in_the_plan_inside_is_never_believed() -> None:
    position = WHOLE.index(b"catalogue.csv of the corner shop") + 3
    found, recording = read(damaged(WHOLE, [(position, 0x01)]))
    assert found == WRITTEN
    assert dict(recording.plan_texts) == {name: text for name, text in PLAN.items() if name != "catalogue.csv"}
    assert ["catalogue.csv missing" in problem.what for problem in recording.problems] == [False, True]


def test_plate_names_damaged_in_the_index_are_not_used_for_the_chunks_that_survive() -> None:
    in_index = WHOLE.rindex(b'["p1","p2"]') + 3
    in_first_chunk = chunk_spans()[0][0] + 60
    found, recording = read(damaged(WHOLE, [(in_index, 0x01), (in_first_chunk, 0xFF)]))
    assert found == []
    assert recording.messages_lost == len(WRITTEN)
    found, recording = read(damaged(WHOLE, [(in_first_chunk, 0xFF)]))
    assert found == WRITTEN[7:]
    assert recording.messages_lost == 7


def test_a_damaged_chunk_at_the_very_end_of_a_cut_recording_is_still_counted() -> None:
    (start, _), (following, _) = chunk_spans()[1:3]
    found, recording = read(damaged(WHOLE, [(start + 60, 0xFF)])[:following])
    assert found == WRITTEN[:7]
    assert recording.messages_lost == 7
