"""Weight blocks as packed bytes: header, clocks, grams, all little-endian (`docs/recording.md`, "Weight blocks")."""

from __future__ import annotations

import math
import struct
from typing import Final

import msgspec
import numpy as np

from saunter.base.limits import BLOCK_SAMPLES_MAX, PLATES_MAX
from saunter.journal.layout import Unreadable
from saunter.records import Envelope, WeightBlock

MAGIC: Final = b"SWB1"
#: magic, samples, plates, rate in Hz, sequence, happened, arrived.
_HEADER: Final = struct.Struct("<4sIIdqqq")
_PLATES: Final = msgspec.json.Decoder(tuple[str, ...])


def pack(block: WeightBlock) -> bytes:
    """The bytes of a block. Its plates and store stand in the channel's metadata, not in the message.

    Raises ValueError when something of the block would be lost: reasons, a schema version, a rate that is no rate, a size
    beyond the limits.
    """
    samples, plates = block.grams.shape
    _check(block, samples, plates)
    envelope = block.envelope
    header = _HEADER.pack(MAGIC, samples, plates, block.rate_hz, envelope.sequence, envelope.happened, envelope.arrived)
    times = np.ascontiguousarray(block.times, dtype="<i8")
    return b"".join((header, times.tobytes(), np.ascontiguousarray(block.grams, dtype="<f4").tobytes()))


def unpack(data: memoryview, store: str, stream: str, plates: tuple[str, ...]) -> WeightBlock:
    """The block of a message; its arrays are copies, aligned and writable. Raises `Unreadable` naming the damage."""
    samples, columns, rate_hz, sequence, happened, arrived = _header(data)
    if columns != len(plates):
        raise Unreadable("plates", f"a weight block has {columns} plates, but its channel names {len(plates)}")
    if samples > BLOCK_SAMPLES_MAX or len(data) != _HEADER.size + 8 * samples + 4 * samples * columns:
        raise Unreadable("damaged", f"a weight block of {len(data)} bytes says it has {samples} samples of {columns} plates")
    if not (math.isfinite(rate_hz) and rate_hz > 0):
        raise Unreadable("rate", f"a weight block says it was sampled at {rate_hz} Hz")
    times = np.frombuffer(data, "<i8", samples, _HEADER.size).astype(np.int64)
    grams = np.frombuffer(data, "<f4", samples * columns, _HEADER.size + 8 * samples).astype(np.float32)
    envelope = Envelope(store=store, stream=stream, sequence=sequence, happened=happened, arrived=arrived)
    return WeightBlock(envelope, plates, rate_hz, times, grams.reshape(samples, columns))


def plates_text(plates: tuple[str, ...]) -> str:
    """Plate ids as they stand in a channel's metadata: a JSON list."""
    return msgspec.json.encode(plates).decode()


def parse_plates(text: str) -> tuple[str, ...]:
    """Plate ids of a channel's metadata. Raises `Unreadable` when the text is not a list of distinct ids."""
    try:
        plates = _PLATES.decode(text)
    except (msgspec.DecodeError, RecursionError):
        plates = ()
    if not plates or len(set(plates)) != len(plates) or len(plates) > PLATES_MAX:
        detail = "the channel's metadata `plates` is not a JSON list of distinct plate ids"
        raise Unreadable("plates", detail, "docs/recording.md says how to write it")
    return plates


def _header(data: memoryview) -> tuple[int, int, float, int, int, int]:
    if len(data) < _HEADER.size or bytes(data[: len(MAGIC)]) != MAGIC:
        raise Unreadable("damaged", f"a message of {len(data)} bytes does not begin like a weight block ({MAGIC.decode()})")
    _, samples, columns, rate_hz, sequence, happened, arrived = _HEADER.unpack_from(data)
    return samples, columns, rate_hz, sequence, happened, arrived


def _check(block: WeightBlock, samples: int, plates: int) -> None:
    if block.envelope.because or block.envelope.version != 1:
        raise ValueError(f"weight block {block.id} carries reasons or a schema version; the packed form has no room for them")
    if not (math.isfinite(block.rate_hz) and block.rate_hz > 0):
        raise ValueError(f"weight block {block.id} says it was sampled at {block.rate_hz} Hz")
    if samples > BLOCK_SAMPLES_MAX or not 0 < plates <= PLATES_MAX or len(set(block.plates)) != plates:
        raise ValueError(
            f"weight block {block.id} has {samples} samples of {plates} plates; "
            f"it needs distinct plates, at most {PLATES_MAX} of them, and at most {BLOCK_SAMPLES_MAX} samples: split it"
        )
