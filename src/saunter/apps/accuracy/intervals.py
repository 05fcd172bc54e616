"""95 % intervals: a bootstrap over visits for sums of money and pieces, order statistics for times. Pure and seeded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from saunter.base.randomness import generator

Floats = NDArray[np.float64]
Interval = tuple[float, float]

#: So many visits are drawn anew, with replacement, so many times (Efron 1979; a thousand for percentile intervals).
RESAMPLES: Final = 1000
#: The two ends of a 95 % interval.
TAILS: Final = (0.025, 0.975)
_DECIMALS: Final = 6
#: The seed of the draws: the same visits give the same interval.
_SEED: Final = 1


def weights_of(cases: int, resamples: int = RESAMPLES) -> Floats:
    """How often each of `cases` was drawn in each resample: (resamples, cases), rows summing to `cases`."""
    if cases == 0:
        return np.zeros((resamples, 0))
    dice = generator(_SEED, "bootstrap", str(cases))
    return dice.multinomial(cases, np.full(cases, 1 / cases), size=resamples).astype(np.float64)


def bootstrap(columns: Sequence[Sequence[float]], figure: Callable[[Floats], Floats], weights: Floats) -> Interval:
    """The percentile interval of a figure of sums: `figure` maps sums (columns, resamples) to values (resamples,).

    `columns` hold one number per case; `weights` are those of `weights_of`. Of no cases nothing is known: 0 to 0.
    """
    if weights.shape[1] == 0:
        return (0.0, 0.0)
    sums = np.asarray(columns, dtype=np.float64) @ weights.T
    return ends(figure(sums))


def ends(values: Floats) -> Interval:
    """The percentiles of resampled values that enclose 95 % of them."""
    low, high = np.quantile(values, TAILS)
    return (round(float(low), _DECIMALS), round(float(high), _DECIMALS))


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed; 0 of none."""
    if not values:
        return 0.0
    rank = max(1, int(np.ceil(share * len(values) - 1e-9)))
    return sorted(values)[rank - 1]


def quantile_interval(values: Sequence[float], share: float) -> Interval:
    """The interval of a quantile by order statistics: ranks between which it lies with 95 % by the binomial law.

    Where there are too few values for an end, the smallest or largest value stands in for it.
    """
    if not values:
        return (0.0, 0.0)
    ordered, count = sorted(values), len(values)
    low = int(binom.ppf(TAILS[0], count, share))
    high = int(binom.ppf(TAILS[1], count, share)) + 1
    return (ordered[max(low, 1) - 1], ordered[min(high, count) - 1])


def ratio(part: Floats, whole: Floats, empty: float) -> Floats:
    """Part by whole, and `empty` where there is nothing to divide by."""
    return np.divide(part, whole, out=np.full_like(whole, empty), where=whole > 0)
