"""Steady levels of all plates, chunk by chunk, and the disturbances between them. Vectorised over plates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saunter.sensing import constants as c

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Episode:
    """One plate left its level and found one again. `first`/`last` are cells (last exclusive); levels in grams.

    `cut` says that it did not come to rest and was ended by the limit.
    """

    plate: int
    first: int
    last: int
    before_g: float
    after_g: float
    noise_g: float
    cut: bool


class Levels:
    """The level of every plate and whether it is being disturbed.

    The state machine of a plate: unknown -> steady <-> disturbed. Its noise is measured on the signal: the median of the
    chunk variances of the last 20 s, so a slam does not raise it and a shaking fridge does.
    """

    def __init__(self, plates: int) -> None:
        self.level = np.full(plates, np.nan)
        self.noise = np.full(plates, c.NOISE_FLOOR_G)
        self._last_value = np.full(plates, np.nan)
        self._last_mean = np.full(plates, np.nan)
        self._variances = np.full((c.NOISE_CHUNKS, plates), np.nan)
        self._opened = np.full(plates, -1, np.int64)
        self._calm_run = np.zeros(plates, np.int64)
        self._chunks = 0

    @property
    def opened(self) -> NDArray[np.int64]:
        """(plates,) the first cell of each plate's running disturbance; -1 where it is steady."""
        return self._opened

    def hold(self, plates: NDArray[np.bool_]) -> None:
        """Forget the running disturbance of these plates: they are dead or frozen, their values mean nothing."""
        self._opened[plates] = -1
        self._calm_run[plates] = 0

    def advance(self, cells: Floats, first_cell: int, muted: NDArray[np.bool_]) -> list[Episode]:
        """Take one chunk (CHUNK_CELLS, plates) starting at `first_cell`; returns the disturbances that ended with it.

        Gaps are bridged with the last value. `muted` plates (frozen or silent) keep their level and say nothing.
        """
        filled = self._bridged(cells)
        mean, spread = filled.mean(axis=0), filled.std(axis=0)
        self._learn_noise(spread)
        tolerance = np.maximum(c.STEP_G_MIN, c.SIGMAS * self.noise * c.CHUNK_MEAN_FACTOR)
        still = np.abs(mean - self._last_mean) <= np.maximum(1.0, c.CALM_SIGMAS * self.noise * c.CHUNK_MEAN_FACTOR)
        calm = (spread <= c.CALM_SIGMAS * self.noise + c.CALM_ALLOWANCE_G) & still & ~muted
        self._calm_run = np.where(calm, self._calm_run + 1, 0)
        self._settle_unknown(mean)
        with np.errstate(invalid="ignore"):
            away = (np.abs(mean - self.level) > tolerance) & ~muted
        steady = self._opened < 0
        self._opened[steady & away] = first_cell
        self._calm_run[steady & away] = 0
        follow = steady & ~away & calm
        self.level[follow] += c.DRIFT_GAIN * (mean[follow] - self.level[follow])
        ended = self._close(mean, first_cell + c.CHUNK_CELLS)
        self._last_mean = mean
        return ended

    def _bridged(self, cells: Floats) -> Floats:
        gaps = np.isnan(cells)
        if gaps.any():
            cells = cells.copy()
            previous = self._last_value
            for row, gap in zip(cells, gaps, strict=True):
                row[gap] = previous[gap]
                previous = row
        self._last_value = cells[-1].copy()
        return cells

    def _learn_noise(self, spread: Floats) -> None:
        self._variances[self._chunks % c.NOISE_CHUNKS] = np.where(
            spread > 0, spread**2 * c.CHUNK_CELLS / (c.CHUNK_CELLS - 1), np.nan
        )
        self._chunks += 1
        if self._chunks <= 8 or self._chunks % 4 == 0:
            known = self._variances[: min(self._chunks, c.NOISE_CHUNKS)]
            ordered = np.sort(known, axis=0)
            count = (~np.isnan(known)).sum(axis=0)
            middle = ordered[np.maximum(count - 1, 0) // 2, np.arange(known.shape[1])]
            variance = np.where(count > 0, np.nan_to_num(middle), 0.0) / c.CHI_SQUARE_MEDIAN
            self.noise = np.maximum(np.sqrt(variance), c.NOISE_FLOOR_G)

    def _settle_unknown(self, mean: Floats) -> None:
        fresh = np.isnan(self.level) & (self._calm_run >= c.CALM_CHUNKS)
        self.level[fresh] = mean[fresh]

    def _close(self, mean: Floats, last: int) -> list[Episode]:
        running = self._opened >= 0
        if not running.any():
            return []
        rested = running & (self._calm_run >= c.CALM_CHUNKS)
        longest = round(c.EPISODE_SECONDS_MAX / (c.CELL / 1e9))
        cut = running & ~rested & (last - self._opened >= longest)
        ended = []
        for plate in np.flatnonzero(rested | cut).tolist():
            after = 0.5 * (mean[plate] + self._last_mean[plate])
            ended.append(
                Episode(
                    plate,
                    int(self._opened[plate]),
                    last,
                    float(self.level[plate]),
                    float(after),
                    float(self.noise[plate]),
                    bool(cut[plate]),
                )
            )
            self.level[plate] = after
            self._opened[plate] = -1
        return ended
