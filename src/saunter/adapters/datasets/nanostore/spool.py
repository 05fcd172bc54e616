"""Readings on their way from the source's order to the order of arrival: payloads on disk, a small index in memory."""

from __future__ import annotations

import struct
import tempfile
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saunter.adapters.datasets.nanostore.report import Report
from saunter.base.time import HOUR, SECOND

#: Held in memory before the spool moves to a temporary file.
_MEMORY_BYTES = 64 << 20
#: A recording is at most this far from its middle; beyond it a clock is damaged, or the export should be cut into days.
SPAN_HOURS_MAX = 24
#: No block may span more: with a reorder window of 1 s its first sample must not be late when its last one arrives.
BLOCK_SPAN_NS_MAX = SECOND // 2

_HEAD = struct.Struct("<id")


@dataclass(frozen=True)
class Entry:
    """One spooled reading: which stream, when, and its payload."""

    stream: int
    happened: int
    arrived: int
    payload: bytes


class Spool:
    """Takes readings in any order; gives them back by arrival. About 60 bytes of memory per reading."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115 - lives as long as its readings
        self._columns = {name: array("q") for name in ("stream", "happened", "arrived", "offset", "length", "line", "check")}
        self._size = 0

    def __del__(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._columns["stream"])

    def add(self, stream: int, happened: int, arrived: int, payload: bytes, line: int = 0) -> None:
        """Keep one reading of a stream; `line` is where it stood in its file."""
        row = (stream, happened, arrived, self._size, len(payload), line, zlib.crc32(payload))
        for column, value in zip(self._columns.values(), row, strict=True):
            column.append(value)
        self._file.write(payload)
        self._size += len(payload)

    def ordered(self, where: dict[int, str], report: Report) -> Ordered:
        """The readings by arrival, without repeated ones and without those whose clock is impossible; both are reported.

        `where` names the file of each stream (several streams may share one).
        """
        columns = {name: np.frombuffer(column, dtype=np.int64) for name, column in self._columns.items()}
        order = np.lexsort((np.arange(len(self)), columns["check"], columns["happened"], columns["stream"], columns["arrived"]))
        keep = _plausible(columns, where, report)
        keep &= _first_of_equals(order, columns, where, report)
        return Ordered(self, columns, order[keep[order]])

    def read(self, offset: int, length: int) -> bytes:
        """A payload by its place."""
        self._file.seek(offset)
        return self._file.read(length)


@dataclass(frozen=True)
class Ordered:
    """Readings by arrival, then stream, then the source's order."""

    spool: Spool
    columns: dict[str, NDArray[np.int64]]
    order: NDArray[np.int64]

    def __iter__(self) -> Iterator[Entry]:
        names = ("stream", "happened", "arrived", "offset", "length")
        for row in self.order.tolist():
            stream, happened, arrived, offset, length = (int(self.columns[name][row]) for name in names)
            yield Entry(stream, happened, arrived, self.spool.read(offset, length))

    def __len__(self) -> int:
        return len(self.order)

    @property
    def started(self) -> int:
        """When the first thing in it happened, ns UTC."""
        return int(self.columns["happened"][self.order].min())

    @property
    def ended(self) -> int:
        """When the last thing in it happened, ns UTC."""
        return int(self.columns["arrived"][self.order].max())

    def of(self, stream: int, column: str) -> NDArray[np.int64]:
        """One column of the index for one stream, in the source's order."""
        rows = np.sort(self.order[self.columns["stream"][self.order] == stream])
        chosen: NDArray[np.int64] = self.columns[column][rows]
        return chosen


def _plausible(columns: dict[str, NDArray[np.int64]], where: dict[int, str], report: Report) -> NDArray[np.bool_]:
    arrived = columns["arrived"]
    if not len(arrived):
        return np.zeros(0, dtype=np.bool_)
    middle = int(np.sort(arrived)[len(arrived) // 2])
    plausible: NDArray[np.bool_] = np.abs(arrived - middle) <= SPAN_HOURS_MAX * HOUR
    for row in np.flatnonzero(~plausible).tolist():
        what = f"its time lies more than {SPAN_HOURS_MAX} h from the middle of the recording, lost"
        remedy = "if the clock is right, import one day at a time"
        report.add(where[int(columns["stream"][row])], what, remedy, int(columns["line"][row]), "impossible times")
    return plausible


def _first_of_equals(
    order: NDArray[np.int64], columns: dict[str, NDArray[np.int64]], where: dict[int, str], report: Report
) -> NDArray[np.bool_]:
    keep = np.ones(len(order), dtype=np.bool_)
    if len(order) < 2:
        return keep
    same = np.ones(len(order) - 1, dtype=np.bool_)
    for name in ("arrived", "stream", "happened", "length", "check"):
        values = columns[name][order]
        same &= values[1:] == values[:-1]
    for place in (np.flatnonzero(same) + 1).tolist():
        row, earlier = int(order[place]), int(order[place - 1])
        keep[row] = False
        what = f"repeats line {int(columns['line'][earlier])}, left out"
        report.add(where[int(columns["stream"][row])], what, "", int(columns["line"][row]), "repeated readings")
    return keep


def pack_block(times: NDArray[np.int64], grams: NDArray[np.float32], rate_hz: float) -> bytes:
    """A weight block as bytes: how many samples, the rate, the times, the grams row by row."""
    return _HEAD.pack(len(times), rate_hz) + times.astype("<i8").tobytes() + np.ascontiguousarray(grams, dtype="<f4").tobytes()


def unpack_block(payload: bytes) -> tuple[NDArray[np.int64], NDArray[np.float32], float]:
    """Times, grams and rate of a packed block."""
    samples, rate_hz = _HEAD.unpack_from(payload)
    times = np.frombuffer(payload, dtype="<i8", count=samples, offset=_HEAD.size).astype(np.int64)
    grams = np.frombuffer(payload, dtype="<f4", offset=_HEAD.size + 8 * samples).astype(np.float32)
    return times, grams.reshape(samples, -1), float(rate_hz)


def blocks_of(times: NDArray[np.int64], samples_max: int) -> list[slice]:
    """Runs of at most `samples_max` samples that span at most half a second and jump neither forth nor back by more."""
    cuts = [0]
    first = last = int(times[0]) if len(times) else 0
    for index, when in enumerate(times.tolist()):
        if index - cuts[-1] >= samples_max or abs(when - last) > BLOCK_SPAN_NS_MAX or abs(when - first) > BLOCK_SPAN_NS_MAX:
            cuts.append(index)
            first = when
        last = when
    return [slice(start, stop) for start, stop in zip(cuts, [*cuts[1:], len(times)], strict=True) if stop > start]
