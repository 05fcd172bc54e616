"""One plate's disturbance cut into steps between plateaus: two picks half a second apart are two steps, a slow lift is one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from saunter.sensing import constants as c

Floats = NDArray[np.float64]

#: Cells of the shortest plateau (0.2 s): shorter rests are part of one movement.
PLATEAU_CELLS = 4
#: How much of the swing around a short rest stays in its mean: four cells average half a period of 2.5 Hz away.
RINGING = 0.15


@dataclass(frozen=True, slots=True)
class PlateStep:
    """One plate went from a level to another: grams after minus before, its standard deviation, and when (cells).

    `started` is the last cell on the old level, `settled` the first on the new, `crossed` where half of it was done;
    `peak_g` is how far it was from the nearer of both levels at most.
    """

    plate: int
    delta_g: float
    sd_g: float
    started: int
    crossed: int
    settled: int
    peak_g: float


@dataclass(frozen=True, slots=True)
class _Plateau:
    first: int
    last: int
    level_g: float
    error_g: float


def plateaus(signal: Floats, noise_g: float) -> list[tuple[int, int]]:
    """Stretches [first, last) of at least PLATEAU_CELLS cells in which the signal rests, in order, not overlapping."""
    if len(signal) < PLATEAU_CELLS:
        return []
    signal = signal - signal[0]
    windows = sliding_window_view(signal, PLATEAU_CELLS)
    half = PLATEAU_CELLS // 2
    slope = np.abs(windows[:, :half].mean(axis=1) - windows[:, half:].mean(axis=1))
    limit = c.CALM_SIGMAS * noise_g + c.CALM_ALLOWANCE_G
    restful = (windows.std(axis=1) <= limit) & (slope <= limit)
    means, sums = windows.mean(axis=1).tolist(), [0.0, *np.cumsum(signal).tolist()]
    found: list[tuple[int, int]] = []
    for start in np.flatnonzero(restful).tolist():
        first, last = found[-1] if found else (0, 0)
        if start > last or not found:
            found.append((start, start + PLATEAU_CELLS))
        elif abs(means[start] - (sums[last] - sums[first]) / (last - first)) <= limit:
            found[-1] = (first, start + PLATEAU_CELLS)
        elif start == last:
            found.append((start, start + PLATEAU_CELLS))
    return found


def steps(signal: Floats, first_cell: int, plate: int, before_g: float, after_g: float, noise_g: float) -> list[PlateStep]:
    """The steps within one disturbance of a plate.

    `signal` (cells,) grams starts at `first_cell` while the plate was still on `before_g` and ends while it rests on
    `after_g`. Plateaus closer together than the noise allows to tell are one; no net change gives no step.
    """
    error = noise_g * c.CHUNK_MEAN_FACTOR
    inner = [_plateau(signal, first, last, error) for first, last in plateaus(signal, noise_g)]
    rest = max(len(signal) - c.CALM_CHUNKS * c.CHUNK_CELLS, 0)
    first, last = _Plateau(-1, 0, before_g, error), _Plateau(rest, len(signal), after_g, error)
    chain = [first]
    for plateau in [*one_way(inner, before_g, after_g), last]:
        if abs(plateau.level_g - chain[-1].level_g) <= _tolerance(plateau, chain[-1]):
            chain[-1] = _joined(chain[-1], plateau)
        else:
            chain.append(plateau)
    found = [_step(signal, first_cell, plate, old, new) for old, new in pairwise(chain)]
    return [step for step in found if abs(step.delta_g) > c.STEP_G_MIN]


def one_way(plateaus: list[_Plateau], before_g: float, after_g: float) -> list[_Plateau]:
    """Only the rests that lie on the way: all before them nearer to the old level, all after them nearer to the new.

    Within one disturbance a hand that goes back and forth is one hand holding on; goods leave (or come) one way.
    """
    down = after_g < before_g
    levels = [plateau.level_g if down else -plateau.level_g for plateau in plateaus]
    lowest_so_far, highest_to_come = np.inf, -np.inf
    from_left = []
    for level in levels:
        lowest_so_far = min(lowest_so_far, level)
        from_left.append(level <= lowest_so_far + c.STEP_G_MIN)
    kept = []
    for plateau, level, ok in zip(reversed(plateaus), reversed(levels), reversed(from_left), strict=True):
        if level >= highest_to_come - c.STEP_G_MIN and ok:
            kept.append(plateau)
        highest_to_come = max(highest_to_come, level)
    return kept[::-1]


def _plateau(signal: Floats, first: int, last: int, error_g: float) -> _Plateau:
    """A rest within a disturbance. Its level is the less certain, the wilder the half second around it was."""
    around = signal[max(first - 2 * c.CHUNK_CELLS, 0) : last + 2 * c.CHUNK_CELLS]
    error = float(np.hypot(error_g, RINGING * float(around.std())))
    return _Plateau(first, last, float(signal[first:last].mean()), error)


def _tolerance(one: _Plateau, other: _Plateau) -> float:
    return max(c.STEP_G_MIN, c.SIGMAS * float(np.hypot(one.error_g, other.error_g)))


def _joined(one: _Plateau, other: _Plateau) -> _Plateau:
    """Two rests on one level: the better known level counts, and a rest too vague to say so does not stretch the other."""
    if other.error_g > 2 * one.error_g:
        return one
    if one.error_g > 2 * other.error_g:
        return other
    better = one if one.error_g <= other.error_g else other
    return _Plateau(one.first, max(one.last, other.last), better.level_g, better.error_g)


def _step(signal: Floats, first_cell: int, plate: int, old: _Plateau, new: _Plateau) -> PlateStep:
    """Between two rests: where the change lay (least squares), and where it began and ended (a tenth of it away)."""
    start, end = max(old.last, 0), min(max(new.first, old.last) + 1, len(signal))
    between = signal[start:end]
    delta = new.level_g - old.level_g
    from_old, from_new = np.abs(between - old.level_g), np.abs(between - new.level_g)
    cost = np.r_[0.0, np.cumsum(from_old**2)] + np.r_[np.cumsum(from_new[::-1] ** 2)[::-1], 0.0]
    crossed = int(np.argmin(cost))
    near = max(0.1 * abs(delta), c.STEP_G_MIN)
    began = np.flatnonzero(from_old[:crossed] <= near)
    arrived = np.flatnonzero(from_new[crossed:] <= near)
    started = int(began[-1]) if len(began) else 0
    settled = crossed + (int(arrived[0]) if len(arrived) else len(between) - crossed)
    peak = float(np.max(np.minimum(from_old, from_new), initial=0.0))
    sd = float(np.sqrt(old.error_g**2 + new.error_g**2 + (c.HYSTERESIS * peak) ** 2))
    offset = first_cell + start
    return PlateStep(plate, delta, sd, offset + started, offset + crossed, offset + settled, peak)
