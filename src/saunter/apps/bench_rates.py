"""How sure a measured figure is: fractions with their 95 % intervals, and how well probabilities were kept. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final

import msgspec
import numpy as np

#: The two-sided 95 % point of the normal distribution.
_Z: Final = 1.959963984540054
#: The calibration error is told over this many bins, each with the same number of lines.
BINS: Final = 10
_DECIMALS: Final = 6


class Rate(msgspec.Struct, frozen=True):
    """A fraction of `of` cases, with its 95 % interval from `low` to `high`. Of no cases it is 1, and anything could be true."""

    fraction: float
    low: float
    high: float
    of: int

    def __str__(self) -> str:
        return f"{self.fraction:.4f} ({self.low:.4f} to {self.high:.4f}, of {self.of})"


class Bin(msgspec.Struct, frozen=True):
    """Lines of about the same probability: how many, what was said of them on average, and how often it was so."""

    lines: int
    said: float
    true: float


class Calibration(msgspec.Struct, frozen=True):
    """Expected calibration error over bins of equal mass: the mean distance of what was said from what was so."""

    error: float
    lines: int
    bins: tuple[Bin, ...]


def wilson(part: int, whole: int) -> Rate:
    """`part` of `whole` with Wilson's score interval (1927), cases taken as independent."""
    if whole == 0:
        return Rate(1.0, 0.0, 1.0, 0)
    share, square = part / whole, _Z * _Z
    centre = (share + square / (2 * whole)) / (1 + square / whole)
    reach = _Z / (1 + square / whole) * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    low, high = (0.0 if part == 0 else centre - reach), (1.0 if part == whole else centre + reach)
    return Rate(round(share, _DECIMALS), round(low, _DECIMALS), round(high, _DECIMALS), whole)


def f1_rate(right: int, charged: int, true: int) -> Rate:
    """F1 of `right` pieces among the `charged` and the `true` ones.

    F1 grows with the share j of right pieces among all that were charged, true or both, as 2j / (1 + j): its interval is
    Wilson's for j, carried over. `of` counts those pieces.
    """
    overlap = wilson(right, charged + true - right)
    return Rate(_doubled(overlap.fraction), _doubled(overlap.low), _doubled(overlap.high), overlap.of)


def calibration(said: Sequence[float], so: Sequence[bool]) -> Calibration:
    """How far probabilities lie from what came true; both sequences run in parallel.

    Equal probabilities that fall on both sides of a bin's edge keep the order given.
    """
    if not said:
        return Calibration(0.0, 0, ())
    order = np.argsort(np.asarray(said), kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    means = [(len(part), _mean(said, part), _mean(so, part)) for part in parts]
    error = sum(lines * abs(given - true) for lines, given, true in means) / len(said)
    bins = tuple(Bin(lines, round(given, _DECIMALS), round(true, _DECIMALS)) for lines, given, true in means)
    return Calibration(round(error, _DECIMALS), len(said), bins)


def _doubled(overlap: float) -> float:
    return round(2 * overlap / (1 + overlap), _DECIMALS)


def _mean(values: Sequence[float], part: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> float:
    return sum(float(values[index]) for index in part) / len(part)
