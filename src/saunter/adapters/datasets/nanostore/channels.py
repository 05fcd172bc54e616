"""Which channels carry a plate, and what they look like: dropped, absent, frozen, and each gondola's clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from saunter.adapters.datasets.nanostore.geometry import Geometry, PlateKey
from saunter.adapters.datasets.nanostore.report import Report
from saunter.adapters.datasets.nanostore.spool import BLOCK_SPAN_NS_MAX
from saunter.base.time import MILLISECOND


@dataclass
class Range:
    """The smallest and largest value of a channel, and how many values it had."""

    low_g: float = float("inf")
    high_g: float = float("-inf")
    values: int = 0

    def include(self, grams: NDArray[np.float32]) -> None:
        """Widen by some samples; NaN does not count."""
        known = grams[np.isfinite(grams)]
        if len(known):
            self.widen(float(known.min()), float(known.max()), len(known))

    def widen(self, low_g: float, high_g: float, values: int) -> None:
        """Widen by `values` samples between two values; no samples change nothing."""
        if values:
            self.low_g = min(self.low_g, low_g)
            self.high_g = max(self.high_g, high_g)
            self.values += values

    @property
    def frozen(self) -> bool:
        """Whether it had many values and all the same."""
        return self.values > 1 and self.low_g == self.high_g


@dataclass
class Channels:
    """The ranges of every channel met, real or not, by (gondola, shelf, plate)."""

    geometry: Geometry
    ranges: dict[PlateKey, Range] = field(default_factory=dict)

    def include(self, key: PlateKey, grams: NDArray[np.float32]) -> None:
        """Note some samples of a channel."""
        self.ranges.setdefault(key, Range()).include(grams)

    def widen(self, key: PlateKey, low_g: float, high_g: float, values: int) -> None:
        """Note that a channel exists and had `values` samples between two values."""
        self.ranges.setdefault(key, Range()).widen(low_g, high_g, values)

    def real(self, gondola: int) -> tuple[PlateKey, ...]:
        """The channels of a gondola that carry a plate, in the order of shelf and plate."""
        return tuple(key for key in sorted(self.geometry.of_gondola(gondola)) if key in self.ranges)

    def describe(self, where: str, report: Report) -> None:
        """Report what was dropped, what is absent, and what never moved."""
        known = self.geometry.plate_ids
        dropped = sorted(key for key in self.ranges if key not in known)
        if dropped:
            same = sum(self.ranges[key].frozen for key in dropped)
            what = f"{len(dropped)} channels belong to no plate of the geometry and were dropped, {same} of them constant"
            report.add(where, what, names=listed(dropped))
        absent = sorted(key for key in known if key not in self.ranges)
        if absent:
            report.add(where, f"{len(absent)} plates of the geometry have no channel; the plan keeps them", names=listed(absent))
        frozen = sorted(key for key in self.ranges if key in known and self.ranges[key].frozen)
        if frozen:
            report.add(
                where, f"{len(frozen)} real plates repeat one value throughout (frozen?), kept as they are", names=listed(frozen)
            )
        mute = sorted(key for key in self.ranges if key in known and not self.ranges[key].values)
        if mute:
            report.add(where, f"{len(mute)} real plates have a channel without a single value", names=listed(mute))


def listed(keys: Iterable[PlateKey]) -> tuple[str, ...]:
    """Channels by shelf: (`g2s1 p10 11 12`, `g3s6 p1`)."""
    by_shelf: dict[tuple[int, int], list[int]] = {}
    for gondola, shelf, plate in keys:
        by_shelf.setdefault((gondola, shelf), []).append(plate)
    return tuple(f"g{gondola}s{shelf} p{' '.join(map(str, plates))}" for (gondola, shelf), plates in by_shelf.items())


def describe_clocks(clocks: dict[int, NDArray[np.int64]], where: str, report: Report) -> None:
    """Report how the gondolas' clocks differ: starts, lengths, steps back, holes. They are kept as they are."""
    clocks = {gondola: times for gondola, times in clocks.items() if len(times)}
    if not clocks:
        return
    starts = {gondola: int(times[0]) for gondola, times in clocks.items()}
    first = min(starts.values())
    if max(starts.values()) > first:
        apart = ", ".join(f"g{gondola} {(start - first) / MILLISECOND:.1f}" for gondola, start in starts.items())
        report.add(where, f"gondolas start apart, each keeps its own clock (ms after the first): {apart}")
    if len({len(times) for times in clocks.values()}) > 1:
        report.add(
            where, "gondolas differ in samples: " + ", ".join(f"g{gondola} {len(times)}" for gondola, times in clocks.items())
        )
    for gondola, times in clocks.items():
        _describe_steps(gondola, np.diff(times), where, report)


def _describe_steps(gondola: int, steps: NDArray[np.int64], where: str, report: Report) -> None:
    back = steps[steps <= 0]
    if len(back):
        worst = -int(back.min()) / MILLISECOND
        times = f"{len(back)} {'time' if len(back) == 1 else 'times'}"
        report.add(where, f"the clock of g{gondola} does not advance {times} (at most {worst:.1f} ms back), times kept")
    holes = steps[steps > BLOCK_SPAN_NS_MAX]
    if len(holes):
        longest = int(holes.max()) / MILLISECOND
        report.add(where, f"g{gondola} has {len(holes)} holes longer than half a second, the longest {longest:.0f} ms")
