"""Small exact tools for belief: log densities, normalising, rounding where probabilities leave a room."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

Key = TypeVar("Key")

#: Probabilities leave a room rounded to this many decimals, so replays agree on every machine (DESIGN 4).
DECIMALS: Final = 6
LOG_ZERO: Final = -1e30


def log_sum(values: Iterable[float]) -> float:
    """log(sum(exp(values))) without overflow; `LOG_ZERO` of an empty sum."""
    items = list(values)
    top = max(items, default=LOG_ZERO)
    if top <= LOG_ZERO:
        return LOG_ZERO
    return top + math.log(sum(math.exp(value - top) for value in items))


def log_add(one: float, other: float) -> float:
    """log(exp(one) + exp(other)) without overflow."""
    high, low = (one, other) if one >= other else (other, one)
    return high + math.log1p(math.exp(low - high))


def normal_log_density(error: float, sd: float) -> float:
    """Log density of a zero-mean normal with standard deviation `sd` (> 0) at `error`, in nats per unit of error."""
    return -0.5 * (error / sd) ** 2 - math.log(sd) - 0.9189385332046727


def normalised(weights: Mapping[Key, float]) -> dict[Key, float]:
    """The same keys with weights that sum to one; an empty or all-zero mapping raises ValueError."""
    total = math.fsum(weights.values())
    if not total > 0:
        raise ValueError("weights that sum to nothing cannot be normalised")
    return {key: weight / total for key, weight in weights.items()}


def rounded(probability: float) -> float:
    """A probability as it leaves a room: clipped to [0, 1] and rounded to six decimals."""
    return round(min(1.0, max(0.0, probability)), DECIMALS)
