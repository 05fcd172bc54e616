"""The shop's clock: the wall's, faster than the wall's, or one that only goes when it is told to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final, Protocol

from saunter.base.time import MILLISECOND, SECOND

#: How often the loop takes what has come, and time passes for the shop.
TURN: Final = 100 * MILLISECOND


class Clock(Protocol):
    """Shop time in ns UTC."""

    def now(self) -> int:
        """The shop's time."""

    def wait(self, until: int) -> None:
        """Returns when the shop's time is at least `until`."""


@dataclass
class WallClock:
    """Shop time that goes `speed` times as fast as the wall's, from `start` (ns UTC; the moment it is made, unless given)."""

    speed: float = 1.0
    start: int = field(default_factory=time.time_ns)
    _began: float = field(default_factory=time.monotonic)

    def now(self) -> int:
        """The shop's time."""
        return self.start + int((time.monotonic() - self._began) * self.speed * SECOND)

    def begin(self) -> None:
        """It is `start` now: whatever was prepared since the clock was made took no time of the shop's."""
        self._began = time.monotonic()

    def wait(self, until: int) -> None:
        """Sleeps."""
        while (left := until - self.now()) > 0:
            time.sleep(min(left / SECOND / self.speed, 0.2))


@dataclass
class TurnClock:
    """Shop time that leaps to the next turn as soon as the last is done: as fast as the machine can, but not faster than
    `speed_max` times the wall's clock, so that who answers from outside the process is not left behind."""

    time_ns: int
    speed_max: float = 30.0
    _leapt: float = field(default_factory=time.monotonic)

    def now(self) -> int:
        """The shop's time."""
        return self.time_ns

    def wait(self, until: int) -> None:
        """Leaps, once the turn has lasted as long as it must."""
        lasts = max(0, until - self.time_ns) / SECOND / self.speed_max
        time.sleep(max(0.0, lasts - (time.monotonic() - self._leapt)))
        self._leapt = time.monotonic()
        self.time_ns = max(self.time_ns, until)
