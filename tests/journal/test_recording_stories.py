"""What happens to a shopkeeper's recording: power cuts, strangers' files, newer versions, and mistakes of the writer."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
from collections.abc import Callable
from typing import Any

import lz4.frame
import numpy as np
import pytest
import zstandard
from mcap.writer import CompressionType, Writer

from saunter.base.errors import InputProblems, Problem
from saunter.base.limits import PEOPLE_MAX
from saunter.journal import PLAN_FILES, Recording, RecordingWriter, StreamInfo, open_recording, summarise
from saunter.journal.schemas import KINDS, encode, schema_text
from saunter.records import Envelope, Joint, PeopleFrame, Person, ShelfStep, Tick, WeightBlock

PLAN = {"store.toml": "[store]\n", "catalogue.csv": "sku\n", "planogram.csv": "sku,plates\n"}
SECOND = 1_000_000_000


def envelope(stream: str, sequence: int = 0, **fields: Any) -> Envelope:
    return Envelope(
        store="corner", stream=stream, sequence=sequence, happened=sequence * SECOND, arrived=sequence * SECOND + 5, **fields
    )


def tick(sequence: int) -> Tick:
    return Tick(envelope=envelope("ticks", sequence))


def block(sequence: int, plates: tuple[str, ...] = ("p1", "p2"), samples: int = 3) -> WeightBlock:
    grams = np.full((samples, len(plates)), 100.0 + sequence, dtype=np.float32)
    return WeightBlock(envelope("weights/g1", sequence), plates, 60.0, np.arange(samples, dtype=np.int64), grams)


def step(**fields: Any) -> ShelfStep:
    given = {"envelope": envelope("shelves/steps"), "shelf": "s1", "plates": ("p1",), "delta_g": (-99.0,), "sd_g": (0.5,)}
    return ShelfStep(**{**given, "started": 0, "settled": SECOND, **fields})


def foreign(fill: Callable[[Writer], None], marks: dict[str, str] | None = None, **options: Any) -> io.BytesIO:
    """A file written with the mcap package alone; `marks` of the metadata record, None for none."""
    stream = io.BytesIO()
    writer = Writer(stream, **options)
    writer.start()
    if marks is not None:
        writer.add_metadata("saunter", marks)
        for name, text in PLAN.items():
            writer.add_attachment(0, 0, name, "text/plain", text.encode())
    fill(writer)
    writer.finish()
    stream.seek(0)
    return stream


GOOD = {"format": "1", "store": "corner", "source": ""}


def nothing(_: Writer) -> None:
    return


def json_messages(*messages: dict[str, Any], topic: str = "ticks") -> Callable[[Writer], None]:
    def fill(writer: Writer) -> None:
        channel = writer.register_channel(topic, "json", 0)
        for message in messages:
            writer.add_message(channel, 0, json.dumps(message).encode(), 0)

    return fill


def tick_message(sequence: int = 0, **fields: Any) -> dict[str, Any]:
    head = {"store": "corner", "stream": "ticks", "sequence": sequence, "happened": 0, "arrived": 0}
    return {"kind": "Tick", "envelope": {**head, **fields}}


def everything(stream: io.BytesIO) -> tuple[list[Any], Recording]:
    recording = open_recording(stream, "shop.mcap")
    return list(recording.records()), recording


def refusal(stream: io.BytesIO) -> tuple[Problem, ...]:
    with pytest.raises(InputProblems) as caught:
        open_recording(stream, "shop.mcap")
    return caught.value.problems


IMPORT = "import the shop's own files with `saunter import`, or write a recording as docs/recording.md says"


def test_a_picture_an_empty_file_and_the_first_bytes_of_a_recording_are_refused_each_in_its_own_words() -> None:
    assert refusal(io.BytesIO(b"GIF89a...")) == (
        Problem("shop.mcap", 0, "this is not an MCAP file (it begins with b'GIF89a..')", IMPORT),
    )
    remedy = "was the program that writes it still at the beginning?"
    assert refusal(io.BytesIO(b"")) == (Problem("shop.mcap", 0, "the file is empty", remedy),)
    assert refusal(io.BytesIO(b"\x89MCA")) == (
        Problem("shop.mcap", 0, "the file is cut off after 4 bytes", "fetch the whole file"),
    )
    assert "a version of MCAP that Saunter does not read" in refusal(io.BytesIO(b"\x89MCAP1\r\n"))[0].what


def test_a_robots_mcap_file_is_not_taken_for_a_shop() -> None:
    what = "no metadata record 'saunter' before the first message: not a Saunter recording, or its beginning is damaged"
    assert refusal(foreign(json_messages({"speed": 1}, topic="/odometry"))) == (Problem("shop.mcap", 0, what, IMPORT),)


def test_a_recording_of_a_later_format_is_refused_and_all_mistakes_of_the_mark_are_told_at_once() -> None:
    what = "the recording has format 2, newer than 1, the newest this version of Saunter reads"
    newer = Problem("shop.mcap", 0, what, "read it with a newer version of Saunter")
    assert refusal(foreign(nothing, {**GOOD, "format": "2"})) == (newer,)
    both = refusal(foreign(nothing, {"format": "one", "store": "my shop!"}))
    assert [problem.what.split(";")[0] for problem in both] == [
        "the metadata record 'saunter' has format 'one'",
        "the metadata record 'saunter' has store 'my shop!'",
    ]


def test_a_record_of_a_newer_schema_is_left_out_counted_and_the_reason_is_told_once() -> None:
    messages = [tick_message(0), tick_message(1, version=3), tick_message(2, version=3), tick_message(3)]
    records, recording = everything(foreign(json_messages(*messages), GOOD))
    assert [record.envelope.sequence for record in records] == [0, 3]
    what = "a Tick has schema version 3, but this version of Saunter knows only up to 1"
    again = ", and 1 more like it; 2 messages lost"
    assert recording.problems == (
        Problem("shop.mcap", 0, f"stream ticks: {what}{again}", "read it with a newer version of Saunter"),
    )
    assert (recording.messages_read, recording.messages_lost, recording.complete) == (2, 2, False)


def test_a_newer_schema_is_recognised_even_where_its_fields_no_longer_fit() -> None:
    message = {**tick_message(version=2), "kind": "GatePass", "gates": ["a", "b"]}
    records, recording = everything(foreign(json_messages(message), GOOD))
    assert records == []
    assert "a GatePass has schema version 2" in recording.problems[0].what


def test_kinds_nobody_knows_are_reported_once_per_topic_and_the_rest_is_read() -> None:
    messages = [{"kind": "Smell", "envelope": {}}, tick_message(), {"kind": "Smell", "envelope": {}}]
    records, recording = everything(foreign(json_messages(*messages), GOOD))
    assert len(records) == 1
    assert [str(problem) for problem in recording.problems] == [
        "shop.mcap: stream ticks: a message has the kind 'Smell', which this version does not know, and 1 more like it; "
        "2 messages lost -> read it with a newer version of Saunter"
    ]


def test_messages_that_are_no_records_are_counted_stream_by_stream() -> None:
    def fill(writer: Writer) -> None:
        pictures = writer.register_channel("camera", "jpeg", 0)
        scales = writer.register_channel("weights/g1", "saunter-weights", 0, {"plates": '["p1", "p1"]'})
        words = writer.register_channel("ticks", "json", 0)
        for channel, data in ((pictures, b"\xff\xd8"), (scales, b"SWB1"), (words, b"not json"), (words, b'{"kind": "Tick"}')):
            writer.add_message(channel, 0, data, 0)

    records, recording = everything(foreign(fill, GOOD))
    assert (records, recording.messages_lost) == ([], 4)
    assert [problem.what.split(" (")[0] for problem in recording.problems] == [
        "stream camera: messages are encoded as 'jpeg'; a recording knows 'json' and 'saunter-weights'; 1 message lost",
        "stream weights/g1: the channel's metadata `plates` is not a JSON list of distinct plate ids; 1 message lost",
        "stream ticks: a message is not a record in JSON",
    ]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ((b"SWB2", 1, 1, 60.0), "does not begin like a weight block"),
        ((b"SWB1", 2, 1, 60.0), "says it has 2 samples of 1 plates"),
        ((b"SWB1", 2**32 - 1, 1, 60.0), "says it has 4294967295 samples"),
        ((b"SWB1", 1, 2, 60.0), "has 2 plates, but its channel names 1"),
        ((b"SWB1", 1, 1, 0.0), "sampled at 0.0 Hz"),
        ((b"SWB1", 1, 1, float("nan")), "sampled at nan Hz"),
    ],
)
def test_a_weight_block_that_contradicts_itself_is_not_read(header: tuple[Any, ...], words: str) -> None:
    def fill(writer: Writer) -> None:
        channel = writer.register_channel("weights/g1", "saunter-weights", 0, {"plates": '["p1"]'})
        writer.add_message(channel, 0, struct.pack("<4sIIdqqqqf", *header, 0, 0, 0, 0, 1.0), 0)

    records, recording = everything(foreign(fill, GOOD))
    assert (records, recording.messages_lost) == ([], 1)
    assert words in recording.problems[0].what


def test_a_record_on_the_wrong_topic_or_of_another_store_is_read_and_told() -> None:
    records, recording = everything(foreign(json_messages(tick_message(stream="clock"), tick_message(store="other")), GOOD))
    assert [record.envelope.id for record in records] == ["clock:0", "ticks:0"]
    assert [problem.what for problem in recording.problems] == [
        "stream ticks: the envelope of a record says stream 'clock'; the envelope is believed",
        "stream ticks: a record belongs to store 'other', the recording to 'corner'",
    ]


def test_a_missing_or_late_plan_is_told_and_the_records_are_read_all_the_same() -> None:
    def fill(writer: Writer) -> None:
        writer.add_metadata("saunter", GOOD)
        writer.add_attachment(0, 0, "store.toml", "text/plain", b"[store]\n")
        writer.add_attachment(0, 0, "notes.txt", "text/plain", b"a rainy day")
        json_messages(tick_message())(writer)
        writer.flush()
        writer.add_attachment(0, 0, "catalogue.csv", "text/plain", b"sku\n")

    records, recording = everything(foreign(fill))
    assert len(records) == 1
    assert dict(recording.plan_texts) == {"store.toml": "[store]\n"}
    assert [problem.what.split(" stands at")[0] for problem in recording.problems] == [
        "the plan inside is not complete: catalogue.csv, planogram.csv missing before the first message",
        "catalogue.csv",
    ]


@pytest.mark.parametrize("compression", list(CompressionType))
@pytest.mark.parametrize("chunked", [True, False])
def test_recordings_of_other_programs_may_be_packed_in_any_way_that_mcap_knows(
    compression: CompressionType, chunked: bool
) -> None:
    fill = json_messages(*(tick_message(number) for number in range(50)))
    records, recording = everything(foreign(fill, GOOD, compression=compression, use_chunking=chunked, chunk_size=500))
    assert [record.envelope.sequence for record in records] == list(range(50))
    assert recording.complete


def chunk_record(compression: str, packed: bytes, size: int) -> bytes:
    fields = struct.pack("<QQQI", 0, 0, size, 0) + struct.pack("<I", len(compression)) + compression.encode()
    body = fields + struct.pack("<Q", len(packed)) + packed
    return struct.pack("<BQ", 6, len(body)) + body


@pytest.mark.parametrize(
    ("compression", "packed", "size"),
    [
        ("zstd", zstandard.compress(bytes(2**28)), 100),
        ("lz4", lz4.frame.compress(bytes(2**26)), 100),
        ("zstd", zstandard.compress(b""), 2**40),
        ("brotli", b"", 0),
    ],
)
def test_a_small_chunk_that_swells_without_end_does_not_fill_the_memory(compression: str, packed: bytes, size: int) -> None:
    whole = foreign(nothing, GOOD).getvalue()
    data_end = whole.index(struct.pack("<BQ", 15, 4))
    tracemalloc.start()
    records, recording = everything(io.BytesIO(whole[:data_end] + chunk_record(compression, packed, size)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert records == []
    assert "damaged" in recording.problems[0].what
    assert peak < 2**24


def test_a_stream_that_changes_its_plates_goes_on_under_the_same_name() -> None:
    stream = io.BytesIO()
    lists = [("p1", "p2"), ("p1",), ("p1", "p2")]
    with RecordingWriter(stream, "corner", PLAN) as writer:
        for number, plates in enumerate(lists):
            writer.write(block(number, plates))
    stream.seek(0)
    records, recording = everything(stream)
    assert [record.plates for record in records] == lists
    assert [record.envelope.stream for record in records] == ["weights/g1"] * 3
    assert recording.streams() == (
        StreamInfo(
            topic="weights/g1", kind="WeightBlock", messages=3, first=5, last=2 * SECOND + 5, bytes=3 * (44 + 24) + 2 * 24 + 12
        ),
    )


def test_the_arrays_of_a_block_are_the_readers_own_to_change() -> None:
    stream = io.BytesIO()
    with RecordingWriter(stream, "corner", PLAN) as writer:
        writer.write(block(0, ("p1", "p2", "p3")))
    stream.seek(0)
    ((record,), _) = everything(stream)
    for array in (record.times, record.grams):
        assert array.flags.writeable and array.flags.aligned and array.flags.c_contiguous
    assert (record.times.dtype, record.grams.dtype) == (np.int64, np.float32)


REFUSED = {
    "nan": (lambda: step(delta_g=(float("nan"),)), "not finite"),
    "infinite": (lambda: step(peak_g=float("inf")), "not finite"),
    "other store": (lambda: Tick(envelope=Envelope(store="b", stream="t", sequence=0, happened=0, arrived=0)), "store 'b'"),
    "newer": (lambda: Tick(envelope=envelope("ticks", version=9)), "schema version 9"),
    "sequence": (lambda: Tick(envelope=envelope("ticks", -1)), "its sequence -1"),
    "time": (lambda: Tick(envelope=envelope("ticks", 2**62)), "64 bits"),
    "crowd": (
        lambda: PeopleFrame(envelope=envelope("people"), people=(Person(track="1", joints={}),) * (PEOPLE_MAX + 1)),
        "501 people",
    ),
    "plates twice": (lambda: block(0, ("p1", "p1")), "distinct plates"),
    "no plates": (lambda: block(0, ()), "distinct plates"),
    "too long": (lambda: block(0, ("p1",), 100_001), "split it"),
    "reasons": (lambda: WeightBlock(envelope("w", because=("x:1",)), ("p1",), 60.0, *_empty()), "carries reasons"),
    "rate": (lambda: WeightBlock(envelope("w"), ("p1",), float("nan"), *_empty()), "nan Hz"),
}


def _empty() -> tuple[Any, Any]:
    return np.zeros(0, dtype=np.int64), np.zeros((0, 1), dtype=np.float32)


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_could_not_be_read_back_is_refused_by_the_writer_and_leaves_no_trace(name: str) -> None:
    make, words = REFUSED[name]
    stream, clean = io.BytesIO(), io.BytesIO()
    with RecordingWriter(stream, "corner", PLAN) as writer:
        writer.write(tick(0))
        with pytest.raises(ValueError, match=words):
            writer.write(make())
        writer.write(tick(1))
    with RecordingWriter(clean, "corner", PLAN) as writer:
        writer.write(tick(0))
        writer.write(tick(1))
    assert stream.getvalue() == clean.getvalue()


def test_a_product_called_null_is_no_reason_to_refuse_a_record() -> None:
    stream = io.BytesIO()
    with RecordingWriter(stream, "corner", PLAN) as writer:
        writer.write(step(shelf="null"))
    stream.seek(0)
    assert everything(stream)[0] == [step(shelf="null")]


def test_a_recording_without_its_whole_plan_or_with_a_nameless_store_is_never_begun() -> None:
    for store, plan in (("corner", {"store.toml": ""}), ("my shop!", PLAN), ("corner", {**PLAN, "notes.txt": ""})):
        stream = io.BytesIO()
        with pytest.raises(ValueError):
            RecordingWriter(stream, store, plan)
        assert stream.getvalue() == b""


def test_a_finished_recording_takes_nothing_more() -> None:
    stream = io.BytesIO()
    writer = RecordingWriter(stream, "corner", PLAN)
    writer.finish()
    size = len(stream.getvalue())
    writer.finish()
    with pytest.raises(ValueError, match="finished"):
        writer.write(tick(0))
    assert len(stream.getvalue()) == size


def test_when_the_importer_stumbles_what_it_had_written_is_kept_but_does_not_pass_for_a_whole_recording() -> None:
    stream = io.BytesIO()
    with pytest.raises(ZeroDivisionError), RecordingWriter(stream, "corner", PLAN) as writer:
        writer.write(tick(0))
        writer.write(tick(1 // 0))
    stream.seek(0)
    records, recording = everything(stream)
    assert records == [tick(0)]
    (problem,) = recording.problems
    end = len(stream.getvalue())
    assert (
        problem.what
        == f"the file has no end mark: it is cut off (or damaged) behind byte {end}; 1 message up to there could be read"
    )


def test_the_same_people_give_the_same_bytes_in_whatever_order_their_joints_were_found() -> None:
    def bytes_of(names: list[str]) -> bytes:
        stream = io.BytesIO()
        joints = dict.fromkeys(names, Joint(1.0, 2.0, 3.0))
        with RecordingWriter(stream, "corner", PLAN, "x") as writer:
            writer.write(PeopleFrame(envelope=envelope("people"), people=(Person(track="1", joints=joints),)))
        return stream.getvalue()

    assert bytes_of(["head", "neck"]) == bytes_of(["neck", "head"])


def test_a_recording_from_a_pipe_can_be_read_once() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    stream = io.BytesIO()
    with RecordingWriter(stream, "corner", PLAN) as writer:
        writer.write(tick(0))
    recording = open_recording(Pipe(stream.getvalue()))
    assert list(recording.records()) == [tick(0)]
    with pytest.raises(ValueError, match="cannot seek"):
        list(recording.records())


def test_the_summary_says_what_a_person_asks_first() -> None:
    stream = io.BytesIO()
    with RecordingWriter(stream, "corner", PLAN, "made up") as writer:
        for number in range(3):
            writer.write(tick(number))
    summary = summarise(open_recording(stream))
    assert str(summary).splitlines() == [
        "store     corner",
        "source    made up",
        f"plan      {', '.join(PLAN_FILES)}",
        "from      1970-01-01T00:00:00.000000005Z",
        "to        1970-01-01T00:00:02.000000005Z",
        "messages  3 read, 0 lost",
        f"  ticks  Tick                  3          {sum(len(encode(tick(number))) for number in range(3))} bytes",
    ]


def test_schemas_are_what_foxglove_asks_for() -> None:
    def nodes(node: Any) -> list[dict[str, Any]]:
        if isinstance(node, dict):
            return [node, *(inner for part in node.values() for inner in nodes(part))]
        return [inner for part in node for inner in nodes(part)] if isinstance(node, list) else []

    for kind in KINDS:
        schema = json.loads(schema_text(kind))
        assert (schema["type"], schema["title"]) == ("object", kind)
        references = [node["$ref"] for node in nodes(schema) if "$ref" in node]
        assert all(reference.removeprefix("#/$defs/") in schema["$defs"] for reference in references)
        assert not any("prefixItems" in node for node in nodes(schema))
        assert all(node["type"] == "string" for node in nodes(schema) if "enum" in node)


@pytest.mark.slow
def test_memory_stays_flat_however_long_the_recording(tmp_path: Any) -> None:
    def peak_of(blocks: int) -> int:
        path = tmp_path / f"{blocks}.mcap"
        tracemalloc.start()
        with path.open("wb") as stream, RecordingWriter(stream, "corner", PLAN) as writer:
            for number in range(blocks):
                noise = np.random.default_rng(number).normal(size=(12, 72)).astype(np.float32)
                plates = tuple(f"p{plate}" for plate in range(72))
                writer.write(WeightBlock(envelope("weights/g1", number), plates, 60.0, np.zeros(12, dtype=np.int64), noise))
        with path.open("rb") as stream:
            assert sum(1 for _ in open_recording(stream).records()) == blocks
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    assert peak_of(4000) < 1.2 * peak_of(1000) + 2**20
