"""Dead and frozen plates: noticed within ten seconds and named (promise 5)."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from saunter.sensing import constants as c

LIVE, FROZEN, SILENT = 0, 1, 2
STATES: Final[tuple[Literal["live", "frozen", "silent"], ...]] = ("live", "frozen", "silent")


class Health:
    """Watches every plate for samples and for the faintest change.

    A live load cell never repeats one value for long: a plate whose value stands still longer than FROZEN is frozen, one
    without samples for SILENT is silent. Where most plates of the shop stand still most of the time the scales are coarse
    (they show whole grams or more); then standing still says nothing.
    """

    def __init__(self, plates: int) -> None:
        self._value = np.full(plates, np.nan)
        self._still = np.zeros(plates, np.int64)
        self._missing = np.zeros(plates, np.int64)
        self._ever_varied = np.zeros(plates, np.bool_)
        self.state = np.zeros(plates, np.int64)
        self._still_share = 0.0
        self._cells = 0
        #: (plates,) cells counted from the first: when the plate was last well before its last illness, and when it got well.
        self.well_until = np.full(plates, -1, np.int64)
        self.well_again = np.full(plates, -1, np.int64)

    def advance(self, cells: NDArray[np.float64]) -> NDArray[np.intp]:
        """Take one chunk (CHUNK_CELLS, plates); returns the plates whose state changed."""
        missing = np.isnan(cells)
        gone = missing.all(axis=0)
        self._missing = np.where(gone, self._missing + len(cells), 0)
        with np.errstate(invalid="ignore"):
            same = ((cells == self._value) | missing).all(axis=0)
        self._ever_varied |= ~same & ~np.isnan(self._value)
        self._still = np.where(gone, self._still, np.where(same, self._still + len(cells), 0))
        self._value = np.where(missing[-1], self._value, cells[-1])
        silent = self._missing >= c.SILENT // c.CELL
        if not gone.all():
            self._still_share += c.STILL_GAIN * (float(same[~gone].mean()) - self._still_share)
        frozen = (self._still >= c.FROZEN // c.CELL) & ~silent & (not self.coarse)
        state = np.where(silent, SILENT, np.where(frozen, FROZEN, LIVE))
        changed = np.flatnonzero(state != self.state)
        self._cells += len(cells)
        fell_ill = (self.state == LIVE) & (state != LIVE)
        self.well_until = np.where(fell_ill, self._cells - np.maximum(self._missing, self._still), self.well_until)
        self.well_again = np.where((self.state != LIVE) & (state == LIVE), self._cells - len(cells), self.well_again)
        self.state = state
        return changed

    @property
    def coarse(self) -> bool:
        """Whether the scales of this shop show so coarse a weight that most of them stand still."""
        return self._still_share > c.COARSE_SHARE

    def illness(self, plate: int, first: int, last: int) -> tuple[int, int] | None:
        """The last illness of a plate, as cells from its last good value to its recovery, if it got well in first..last."""
        again = int(self.well_again[plate])
        return (int(self.well_until[plate]), again) if again >= 0 and first <= again <= last else None

    @property
    def cells(self) -> int:
        """How many cells were seen."""
        return self._cells

    @property
    def suspicious(self) -> NDArray[np.bool_]:
        """(plates,) a value that used to vary has stood perfectly still, or away, for half a second: wait before believing it."""
        stopped = self._ever_varied & (self._still >= 2 * c.CHUNK_CELLS) & (not self.coarse)
        return np.asarray(stopped | (self._missing >= 2 * c.CHUNK_CELLS))
