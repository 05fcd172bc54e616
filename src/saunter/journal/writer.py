"""Writes a recording: the plan first, then records in the order they are given, in compressed chunks."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import IO, Any, BinaryIO, Final, cast

from mcap.writer import CompressionType, Writer

from saunter.base.ids import is_name
from saunter.base.limits import MESSAGE_BYTES_MAX, PLAN_FILE_BYTES_MAX
from saunter.journal import schemas, weights
from saunter.journal.layout import FORMAT, JSON_ENCODING, METADATA, PLAN_FILES, WEIGHTS_ENCODING, trouble_with
from saunter.records import AnyRecord, WeightBlock

#: Larger chunks pack better; what is in the unfinished one is lost when the power goes.
_CHUNK_BYTES: Final = 2**20
#: Channel numbers of an MCAP file have 16 bits.
_CHANNELS_MAX: Final = 60_000

_ChannelKey = tuple[str, str, tuple[str, ...]]


class RecordingWriter:
    """A recording being written to a binary stream, which stays the caller's to close.

    `plan_texts` holds the three files of the plan by name; `source` says in free words where the readings come from. Equal
    input gives equal bytes. Records are written as they come: give them in the order of arrival. Left by an exception, the
    context manager keeps what was written but no end mark, so readers say that the recording was cut off.
    """

    def __init__(self, stream: BinaryIO, store: str, plan_texts: Mapping[str, str], source: str = "") -> None:
        _check_head(store, plan_texts)
        self._store = store
        self._channels: dict[_ChannelKey, int] = {}
        self._schemas: dict[str, int] = {}
        self._finished = False
        self._output = _Output(stream)
        self._mcap = Writer(cast("IO[Any]", self._output), chunk_size=_CHUNK_BYTES, compression=CompressionType.ZSTD)
        self._mcap.start(profile="", library="saunter")
        self._mcap.add_metadata(METADATA, {"format": str(FORMAT), "store": store, "source": source})
        for name in PLAN_FILES:
            media_type = "application/toml" if name.endswith(".toml") else "text/csv"
            self._mcap.add_attachment(0, 0, name, media_type, plan_texts[name].encode())

    def write(self, record: AnyRecord) -> None:
        """Append one record. Raises ValueError, having written nothing, when it cannot be read back as it is."""
        if self._finished:
            raise ValueError("this recording is finished; nothing can be added")
        data = self._encoded(record)
        envelope = record.envelope
        self._mcap.add_message(
            channel_id=self._channel(record),
            log_time=max(0, envelope.arrived),
            publish_time=max(0, envelope.happened),
            sequence=envelope.sequence & 0xFFFFFFFF,
            data=data,
        )

    def flush(self) -> None:
        """Close the chunk in progress and hand everything to the stream: what was written so far survives a power cut."""
        self._mcap.flush()  # type: ignore[no-untyped-call]

    def finish(self) -> None:
        """Write what is pending, the index and the end mark. A second call does nothing."""
        if not self._finished:
            self._finished = True
            self._mcap.finish()  # type: ignore[no-untyped-call]
            self._output.flush()

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.finish()
        elif not self._finished:
            self._finished = True
            self.flush()

    def _encoded(self, record: AnyRecord) -> bytes:
        trouble = trouble_with(record)
        if record.envelope.store != self._store:
            trouble = f"it belongs to store {record.envelope.store!r}, this recording to {self._store!r}"
        if trouble:
            raise ValueError(f"record {record.id} cannot be recorded: {trouble}")
        if isinstance(record, WeightBlock):
            data = weights.pack(record)
        else:
            _check_version(record.id, type(record).__name__, record.envelope.version)
            data = schemas.encode(record)
        if len(data) > MESSAGE_BYTES_MAX:
            raise ValueError(f"record {record.id} is {len(data)} bytes, over the limit of {MESSAGE_BYTES_MAX}: split it")
        return data

    def _channel(self, record: AnyRecord) -> int:
        plates = record.plates if isinstance(record, WeightBlock) else ()
        key = (record.envelope.stream, type(record).__name__, plates)
        channel = self._channels.get(key)
        if channel is None:
            if len(self._channels) >= _CHANNELS_MAX:
                raise ValueError(f"a recording holds at most {_CHANNELS_MAX} channels; stream {key[0]} would need another")
            channel = self._channels[key] = self._new_channel(*key)
        return channel

    def _new_channel(self, stream: str, kind: str, plates: tuple[str, ...]) -> int:
        if kind == WeightBlock.__name__:
            metadata = {"plates": weights.plates_text(plates), "store": self._store}
            return self._mcap.register_channel(stream, WEIGHTS_ENCODING, schema_id=0, metadata=metadata)
        if kind not in self._schemas:
            self._schemas[kind] = self._mcap.register_schema(kind, "jsonschema", schemas.schema_text(kind))
        return self._mcap.register_channel(stream, JSON_ENCODING, schema_id=self._schemas[kind])


class _Output:
    """The stream as the mcap package wants it: its own position (a pipe has none), and every byte really taken."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._position = 0

    def write(self, data: bytes) -> int:
        """Write all of it, in as many goes as the stream needs; returns how many bytes that was."""
        rest = memoryview(data)
        while rest:
            taken = self._stream.write(rest)
            rest = rest[len(rest) if taken is None else taken :]
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        """Bytes written so far."""
        return self._position

    def flush(self) -> None:
        """Hand everything on to the system."""
        self._stream.flush()


def _check_head(store: str, plan_texts: Mapping[str, str]) -> None:
    if not is_name(store):
        raise ValueError(f"{store!r} cannot name a store: use 1-128 letters, digits, _ . - /")
    if set(plan_texts) != set(PLAN_FILES):
        raise ValueError(f"the plan in a recording is {', '.join(PLAN_FILES)}; got {', '.join(sorted(plan_texts)) or 'nothing'}")
    for name, text in plan_texts.items():
        if len(text.encode()) > PLAN_FILE_BYTES_MAX:
            raise ValueError(f"{name} is larger than the limit of {PLAN_FILE_BYTES_MAX} bytes")


def _check_version(name: str, kind: str, version: int) -> None:
    if version > schemas.KNOWN_VERSIONS[kind]:
        raise ValueError(f"record {name} cannot be recorded: schema version {version} of {kind} is not known here")
