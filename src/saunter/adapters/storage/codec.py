"""Every kind of record as bytes and back, exactly: what the log of inputs holds. Weight blocks stay arrays.

MessagePack, because JSON has no word for a joint that is nowhere (NaN). The journal holds JSON instead, which anybody can read
(`journal.schemas`); raw readings never get there.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, Final

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from saunter.adapters.storage.constants import COMPRESSION_LEVEL
from saunter.base.errors import BooksError
from saunter.journal.schemas import KINDS, KNOWN_VERSIONS
from saunter.records import AnyRecord, Envelope, WeightBlock


class _Block(msgspec.Struct, frozen=True, kw_only=True, tag="WeightBlock", tag_field="kind"):
    """A weight block as it is written: arrays as little-endian bytes, int64 and float32."""

    envelope: Envelope
    plates: tuple[str, ...]
    rate_hz: float
    times: bytes
    grams: bytes


_ANY: Final = reduce(or_, KINDS.values(), _Block)
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final[msgspec.msgpack.Decoder[Any]] = msgspec.msgpack.Decoder(_ANY)
_BATCH_DECODER: Final[msgspec.msgpack.Decoder[Any]] = msgspec.msgpack.Decoder(list[_ANY])  # type: ignore[valid-type]
_REMEDY: Final = "it is damaged, or a newer version of Saunter wrote it"


def encode_record(record: AnyRecord) -> bytes:
    """A record of any kind as bytes, nothing lost. Raises ValueError for a weight block whose arrays are of wider types."""
    return _ENCODER.encode(_written(record))


def decode_record(data: bytes) -> AnyRecord:
    """The record of `encode_record`; arrays are writable copies. Raises BooksError for anything else."""
    try:
        return _read(_DECODER.decode(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BooksError(f"a record of the log of inputs cannot be read ({error}): {_REMEDY}") from None


def encode_batch(records: Sequence[AnyRecord]) -> bytes:
    """Records in their order as one compressed blob."""
    return compressed(_ENCODER.encode([_written(record) for record in records]))


def decode_batch(data: bytes) -> list[AnyRecord]:
    """The records of `encode_batch`. Raises BooksError for anything else."""
    try:
        return [_read(each) for each in _BATCH_DECODER.decode(decompressed(data))]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BooksError(f"a batch of the log of inputs cannot be read ({error}): {_REMEDY}") from None


def compressed(data: bytes) -> bytes:
    """The bytes, smaller (zstd)."""
    return zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(data)


def decompressed(data: bytes) -> bytes:
    """The bytes of `compressed`; ValueError if they are not."""
    try:
        return zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None


def checksum(data: bytes) -> int:
    """What tells a damaged blob from a whole one (CRC-32)."""
    return zlib.crc32(data)


def _written(record: AnyRecord) -> object:
    if not isinstance(record, WeightBlock):
        return record
    return _Block(
        envelope=record.envelope, plates=record.plates, rate_hz=record.rate_hz,
        times=_packed(record, record.times, "<i8"), grams=_packed(record, record.grams, "<f4"),
    )  # fmt: skip


def _packed(block: WeightBlock, values: NDArray[Any], type_: str) -> bytes:
    if not np.can_cast(values.dtype, type_, "safe"):
        raise ValueError(f"weight block {block.id} holds {values.dtype} where {np.dtype(type_)} fits: convert it where it arises")
    return np.ascontiguousarray(values, dtype=type_).tobytes()


def _read(found: Any) -> AnyRecord:
    kind = type(found).__name__ if not isinstance(found, _Block) else WeightBlock.__name__
    if found.envelope.version > KNOWN_VERSIONS[kind]:
        raise ValueError(f"a {kind} has schema version {found.envelope.version}, this program knows {KNOWN_VERSIONS[kind]}")
    if not isinstance(found, _Block):
        record: AnyRecord = found
        return record
    times = np.frombuffer(found.times, "<i8").astype(np.int64)
    grams = np.frombuffer(found.grams, "<f4").astype(np.float32).reshape(len(times), len(found.plates))
    return WeightBlock(found.envelope, found.plates, found.rate_hz, times, grams)
