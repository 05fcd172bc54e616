"""Weight blocks of many controllers laid onto one fixed grid of 50 ms cells, so that block borders cannot matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.records import WeightBlock
from saunter.sensing.constants import CELL, DELAY, HISTORY_CELLS, STALL

Floats = NDArray[np.float64]
#: Column numbers; where they follow each other a slice, which numpy reads and writes without copying.
Columns = NDArray[np.intp] | slice
#: Grams are taken as multiples of this power of two: their sums are then exact in any order, however blocks were cut.
FINEST_G = 2.0**-16


def median_of_three(samples: Floats) -> Floats:
    """(n, plates) -> (n-2, plates): each inner sample replaced by the median of itself and its neighbours.

    A single spike vanishes; edges of steps stay where they are.
    """
    before, here, after = samples[:-2], samples[1:-1], samples[2:]
    return np.maximum(np.minimum(before, here), np.minimum(np.maximum(before, here), after))


def _columns(numbers: list[int]) -> Columns:
    if numbers and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return slice(numbers[0], numbers[-1] + 1)
    return np.array(numbers, np.intp)


@dataclass
class _Stream:
    """What is remembered of one controller: columns, the last two samples, how far it has been laid, its sampling period."""

    plates: tuple[str, ...]
    known: Columns
    columns: Columns
    times: NDArray[np.int64]
    samples: Floats
    reached: int
    period: int = 0


class CellGrid:
    """A ring of cells (HISTORY_CELLS, plates): mean grams of each plate in each 50 ms, NaN where nothing was measured."""

    def __init__(self, plates: tuple[str, ...]) -> None:
        self.index: Mapping[str, int] = {plate: number for number, plate in enumerate(plates)}
        self._sums = np.zeros((HISTORY_CELLS, len(plates)))
        self._counts = np.zeros((HISTORY_CELLS, len(plates)))
        self._streams: dict[str, _Stream] = {}
        self._done: int | None = None
        self.late_samples = 0

    def add(self, block: WeightBlock) -> None:
        """Lay one block onto the grid. Samples older than what was already judged are counted as late and left out; after
        a silence the stream begins anew.

        Raises Refused when the block reaches further ahead than the ring remembers.
        """
        if len(block.times) == 0:
            return
        stream = self._stream(block)
        if self._done is None:
            self._done = int(block.times.min()) // CELL
        if int(block.times.max()) // CELL - self._done >= HISTORY_CELLS // 2:
            raise Refused(
                f"{block.id} reaches {HISTORY_CELLS * CELL / 2e9:.0f} s ahead of the shop's clock; send ticks in between"
            )
        if len(stream.times) and int(block.times[0]) - int(stream.times[-1]) > STALL:
            stream.times, stream.samples = stream.times[:0], stream.samples[:0]
        times = np.concatenate((stream.times, block.times))
        samples = np.concatenate((stream.samples, block.grams[:, stream.known].astype(np.float64)))
        stream.times, stream.samples = times[-2:], samples[-2:]
        stream.period = round(SECOND / block.rate_hz)
        if len(times) >= 3:
            stream.reached = max(stream.reached, int(times[:-1].max()))
            exact = np.rint(median_of_three(samples) * (1 / FINEST_G)) * FINEST_G
            self._lay(times[1:-1] // CELL, exact, stream.columns)

    def _stream(self, block: WeightBlock) -> _Stream:
        stream = self._streams.get(block.envelope.stream)
        if stream is None or stream.plates != block.plates:
            known = [number for number, plate in enumerate(block.plates) if plate in self.index]
            columns = [self.index[block.plates[number]] for number in known]
            empty = np.empty((0, len(known)))
            stream = _Stream(block.plates, _columns(known), _columns(columns), np.empty(0, np.int64), empty, 0)
            self._streams[block.envelope.stream] = stream
        return stream

    def _lay(self, cells: NDArray[np.int64], samples: Floats, columns: Columns) -> None:
        assert self._done is not None
        fresh = cells >= self._done
        if not fresh.all():
            self.late_samples += int((~fresh).sum())
            cells, samples = cells[fresh], samples[fresh]
        if len(cells) == 0:
            return
        starts = np.concatenate(([0], np.flatnonzero(cells[1:] != cells[:-1]) + 1))
        sums = np.add.reduceat(samples, starts, axis=0)
        counts: Floats | list[int] = np.diff(starts, append=len(cells)).tolist()
        if np.isnan(sums).any():
            missing = np.isnan(samples)
            sums = np.add.reduceat(np.where(missing, 0.0, samples), starts, axis=0)
            counts = np.add.reduceat((~missing).astype(np.float64), starts, axis=0)
        for row, grams, count in zip((cells[starts] % HISTORY_CELLS).tolist(), sums, counts, strict=True):
            self._sums[row, columns] += grams
            self._counts[row, columns] += count

    def reached(self, silent_before: int) -> int | None:
        """The instant up to which every controller heard from since `silent_before` has delivered; None if there is none."""
        live = [stream.reached for stream in self._streams.values() if stream.reached >= silent_before]
        return min(live, default=None)

    def delay(self) -> int:
        """How long after a moment its samples are laid, however they were chopped: two and a half samples of the slowest
        controller (a sample waits for the next one), at least DELAY."""
        return max((DELAY, *(5 * stream.period // 2 for stream in self._streams.values())))

    @property
    def next_cell(self) -> int | None:
        """The first cell not yet judged, counted from the epoch; None before the first sample."""
        return self._done

    def skip_to(self, cell: int) -> None:
        """Forget everything before `cell` at once: after a gap longer than the ring remembers."""
        self._sums[:] = 0.0
        self._counts[:] = 0.0
        self._done = cell

    def take(self, cells: int) -> Floats:
        """The next `cells` cells (cells, plates), judged from now on: samples for them that still come are late."""
        assert self._done is not None
        values = self.look(self._done, self._done + cells)
        self._done += cells
        ahead = np.arange(self._done + HISTORY_CELLS // 2 - cells, self._done + HISTORY_CELLS // 2) % HISTORY_CELLS
        self._sums[ahead] = 0.0
        self._counts[ahead] = 0.0
        return values

    def look(self, first: int, last: int) -> Floats:
        """Cells first..last-1 (cells, plates) without consuming them; only the last half ring is remembered."""
        rows = np.arange(first, last) % HISTORY_CELLS
        counts = self._counts[rows]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(counts > 0, self._sums[rows] / counts, np.nan)
