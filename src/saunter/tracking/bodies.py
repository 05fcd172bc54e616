"""One body as its tracker sees it: where it was in the last seconds, and what its clothing looks like."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from saunter.base.time import SECOND, to_seconds
from saunter.tracking import constants as c

Vector = NDArray[np.float64]
#: Places are remembered this long: a gate's pass is judged a while after it, and velocities over the last half second.
_PATH = 3 * SECOND


@dataclass(frozen=True, slots=True)
class Look:
    """Some looks at one body: their mean, and how many count as independent."""

    mean: Vector
    count: int


@dataclass(slots=True)
class Track:
    """What the room knows of one track. `party` is what named it surely; empty: a gate or the belief must say. `continues` is
    the probability that it goes on where a named one was lost."""

    first: int
    last: int
    x_m: float
    y_m: float
    party: str
    named: bool
    continues: float = 0.0
    path: deque[tuple[int, float, float]] = field(default_factory=lambda: deque(maxlen=64))
    looks: deque[tuple[int, Vector]] = field(default_factory=lambda: deque(maxlen=16))

    def moved(self, at: int, point: tuple[float, float]) -> None:
        """The track was seen here now."""
        self.last, (self.x_m, self.y_m) = at, point
        self.path.append((at, *point))
        while self.path[0][0] < at - _PATH:
            self.path.popleft()

    def velocity(self) -> tuple[float, float]:
        """Metres per second over the last MOTION_SPAN; standing still when seen too shortly."""
        recent = [place for place in self.path if place[0] >= self.last - c.MOTION_SPAN]
        if len(recent) < 2 or recent[-1][0] == recent[0][0]:
            return 0.0, 0.0
        seconds = to_seconds(recent[-1][0] - recent[0][0])
        return (recent[-1][1] - recent[0][1]) / seconds, (recent[-1][2] - recent[0][2]) / seconds

    def place_near(self, at: int) -> tuple[int, float, float]:
        """Where it was at an instant, or as near to it in time as is remembered: (ns, metres, metres)."""
        return min(self.path, key=lambda place: (abs(place[0] - at), place[0]), default=(self.last, self.x_m, self.y_m))

    def forget_looks(self, before: int) -> None:
        """What it looked like earlier may have been another body."""
        while self.looks and self.looks[0][0] < before:
            self.looks.popleft()

    def look(self, since: int = 0) -> Look | None:
        """What it looks like by the looks since an instant; None without any."""
        recent = [vector for at, vector in self.looks if at >= since and len(vector) == len(self.looks[-1][1])]
        if not recent:
            return None
        return Look(np.mean(recent, axis=0), min(len(recent), c.LOOKS_INDEPENDENT))


class Scatter:
    """How much two looks at one body differ, measured on the tracks themselves: a robust deviation per number of the vector."""

    def __init__(self) -> None:
        self._squares: deque[float] = deque([c.LOOK_SD**2] * c.LOOK_SD_COUNT, maxlen=101)

    def learn(self, one: Vector, other: Vector) -> None:
        """Two looks at one track right after each other."""
        if len(one) == len(other):
            self._squares.append(float(np.sum((one - other) ** 2)) / 2)

    def variance(self, one: Look, other: Look) -> float:
        """Of each number of the difference of two looks of the same body."""
        return max(float(np.median(self._squares)), c.LOOK_SD_MIN**2) / len(one.mean) * (1 / one.count + 1 / other.count)

    def distance(self, one: Look, other: Look) -> float:
        """Half the squared distance in deviations: -ln p(these two looks | one body), up to a constant; 0 if not comparable."""
        if len(one.mean) != len(other.mean):
            return 0.0
        return float(np.sum((one.mean - other.mean) ** 2)) / (2 * self.variance(one, other))

    def log_swapped(self, before: Sequence[Look], after: Sequence[Look]) -> float:
        """Ln p(looks after | two were swapped) / p(... | they were not).

        Each comparison counts for UNLIKE_NATS at most: a body that looks like neither (it was swapped with a third) says little.
        """
        if len({len(look.mean) for look in (*before, *after)}) > 1:
            return 0.0
        kept = self._robust(before[0], after[0]) + self._robust(before[1], after[1])
        crossed = self._robust(before[0], after[1]) + self._robust(before[1], after[0])
        return kept - crossed

    def log_same(self, one: Look | None, other: Look | None) -> float:
        """Ln p(looks | the same body) / p(looks | another): at most ALIKE_NATS, because people dress alike."""
        if one is None or other is None or len(one.mean) != len(other.mean):
            return 0.0
        return c.ALIKE_NATS - self._robust(one, other)

    def _robust(self, one: Look, other: Look) -> float:
        """How many nats more two looks are apart than those of one body are by chance: 0 to UNLIKE_NATS.

        With k numbers twice the distance of one body's looks is chi-square with k degrees of freedom: two deviations are chance.
        """
        numbers = len(one.mean)
        return min(c.UNLIKE_NATS, max(0.0, self.distance(one, other) - 0.5 * numbers - 2 * math.sqrt(0.5 * numbers)))


def as_vector(numbers: Sequence[float]) -> Vector | None:
    """An appearance as the room compares it: of length 1; None where there is none."""
    if not numbers:
        return None
    vector = np.array(numbers, dtype=np.float64)
    length = float(np.linalg.norm(vector))
    return vector / length if math.isfinite(length) and length > 0 else None
