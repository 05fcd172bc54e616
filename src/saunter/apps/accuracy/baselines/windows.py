"""Event detection of the competition's winner: where the sum of a shelf's weights moves, by its one-second deviation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saunter.apps.accuracy.baselines.movements import Movement
from saunter.plan import Plan
from saunter.records import WeightBlock

Floats = NDArray[np.float64]

#: Samples in the moving window: one second at 60 Hz (as published).
WINDOW: Final = 60
#: A shelf is active while the standard deviation of its summed weights over the window exceeds this, grams (as published).
ACTIVE_G: Final = 20.0
#: Shorter activity is no event, windows (as published).
ACTIVE_WINDOWS: Final = 30
#: The window means before and after must differ by more than this, grams (as published).
CHANGE_G: Final = 10.0


@dataclass
class _Active:
    """A shelf that moves: the window means of its plates before it began, for how many windows, and the liveliest one."""

    before_g: Floats
    windows: int
    peak_g: float
    peak_at: int


@dataclass
class _Stream:
    """One controller's last samples: plates, their shelves as columns of ones, times and grams of the last window."""

    names: tuple[str, ...]
    shelves: tuple[str, ...]
    sums: Floats  # (plates, shelves) of zeros and ones
    offset: Floats
    times: NDArray[np.int64]
    grams: Floats
    active: dict[int, _Active]
    last_mean: Floats | None = None


class WindowDetector:
    """Moving mean and deviation over one second; an event lasts while its shelf is active, and changed the means by the
    difference of the window after it from the window before it (the published method took its own first and last window,
    which cost it a thirtieth of every weight)."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._streams: dict[str, _Stream] = {}

    def weigh(self, block: WeightBlock) -> list[Movement]:
        """The movements whose shelves came to rest within this block."""
        if not len(block.times):
            return []
        stream = self._streams.get(block.envelope.stream)
        if stream is None or stream.names != block.plates:
            stream = self._streams[block.envelope.stream] = self._fresh(block)
        last = stream.grams[-1:]
        grams = _filled(np.vstack((last, block.grams - stream.offset)))[len(last) :]
        times = np.concatenate((stream.times, block.times))
        grams = np.vstack((stream.grams, grams))
        stream.times, stream.grams = times[-(WINDOW - 1) :], grams[-(WINDOW - 1) :]
        if len(times) < WINDOW:
            return []
        return self._scan(stream, times[WINDOW // 2 :], grams)

    def _scan(self, stream: _Stream, middles: NDArray[np.int64], grams: Floats) -> list[Movement]:
        """Goes through the new windows; `middles` are the instants of their middles."""
        plate_means, shelf_sds = _moving(grams), _moving_sd(grams @ stream.sums)
        lively = shelf_sds > ACTIVE_G
        before = plate_means[:1] if stream.last_mean is None else stream.last_mean[None]
        befores, stream.last_mean = np.vstack((before, plate_means[:-1])), plate_means[-1]
        found: list[Movement] = []
        for shelf in sorted({*np.flatnonzero(lively.any(axis=0)).tolist(), *stream.active}):
            for window in range(len(plate_means)):
                sd_g, at = float(shelf_sds[window, shelf]), int(middles[window])
                active = stream.active.get(shelf)
                if lively[window, shelf] and active is None:
                    stream.active[shelf] = _Active(befores[window], 1, sd_g, at)
                elif lively[window, shelf] and active is not None:
                    active.windows += 1
                    if sd_g > active.peak_g:
                        active.peak_g, active.peak_at = sd_g, at
                elif active is not None:
                    del stream.active[shelf]
                    found += self._ended(stream, shelf, active, plate_means[window])
        return found

    def _ended(self, stream: _Stream, shelf: int, active: _Active, after_g: Floats) -> list[Movement]:
        delta_g = after_g - active.before_g
        mine = np.flatnonzero(stream.sums[:, shelf] > 0)
        if active.windows < ACTIVE_WINDOWS or abs(float(delta_g[mine].sum())) <= CHANGE_G:
            return []
        plates = tuple(stream.names[index] for index in mine.tolist())
        return [Movement(active.peak_at, stream.shelves[shelf], plates, tuple(delta_g[mine].tolist()))]

    def _fresh(self, block: WeightBlock) -> _Stream:
        known = [self._plan.plates[plate].shelf if plate in self._plan.plates else "" for plate in block.plates]
        shelves = tuple(dict.fromkeys(shelf for shelf in known if shelf))
        sums = np.array([[float(shelf == each) for each in shelves] for shelf in known]).reshape(len(known), len(shelves))
        offset = np.nan_to_num(block.grams[0].astype(np.float64))
        nothing = np.zeros((0, len(block.plates)))
        return _Stream(block.plates, shelves, sums, offset, np.zeros(0, dtype=np.int64), nothing, {})


def _filled(grams: Floats) -> Floats:
    """Missing samples take the last value there was, 0 where there was none: kinder than the published zeros."""
    if not np.isnan(grams).any():
        return grams
    rows = np.where(np.isnan(grams), 0, np.arange(len(grams))[:, None])
    rows = np.maximum.accumulate(rows, axis=0)
    return np.nan_to_num(np.take_along_axis(grams, rows, axis=0))


def _moving(values: Floats) -> Floats:
    """Means over WINDOW rows, one for each place the window fits."""
    sums = np.cumsum(np.vstack((np.zeros((1, values.shape[1])), values)), axis=0)
    return np.asarray((sums[WINDOW:] - sums[:-WINDOW]) / WINDOW)


def _moving_sd(values: Floats) -> Floats:
    """Standard deviations over WINDOW rows."""
    return np.sqrt(np.maximum(_moving(values * values) - _moving(values) ** 2, 0.0))
