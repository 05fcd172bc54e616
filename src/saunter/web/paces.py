"""How often one device may ask: a bucket per device and pace that fills with time (the table is `access.RATES`)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from saunter.web.access import RATES, Pace
from saunter.web.constants import PACES_MAX


class Paces:
    """Remembers how much each device may still ask. `wall_s` is the clock it counts by."""

    def __init__(self, wall_s: Callable[[], float]) -> None:
        self._wall_s = wall_s
        self._left: OrderedDict[tuple[Pace, str], tuple[float, float]] = OrderedDict()

    def wait_s(self, pace: Pace, device: str) -> int:
        """Takes one request of a device: 0 where it may go on, otherwise how many seconds it should wait."""
        rate, now = RATES[pace], self._wall_s()
        left, at = self._left.pop((pace, device), (float(rate.burst), now))
        left = min(rate.burst, left + (now - at) * rate.per_s)
        may = left >= 1.0
        self._left[pace, device] = (left - 1.0 if may else left, now)
        if len(self._left) > PACES_MAX:
            self._left.popitem(last=False)
        return 0 if may else max(1, ceil((1.0 - left) / rate.per_s))
