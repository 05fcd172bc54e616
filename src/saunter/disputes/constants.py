"""The numbers of the disputes room, with units and reasons."""

from __future__ import annotations

from typing import Final

from saunter.base.time import HOUR

DAY: Final = 24 * HOUR
#: Nanoseconds after it was raised by which a reviewer settles a dispute; afterwards the shopper wins. The shopper waits, and a
#: day is what an audit gets as well.
DISPUTE_WITHIN: Final = 24 * HOUR
#: Receipts that can be disputed at once: 30 days of a shop with 1,600 sales a day. Beyond it the oldest are forgotten, and
#: whoever disputes one of them is sent to the staff.
RECEIPTS_MAX: Final = 50_000
#: Moments remembered until their receipts: two hours of a busy shop. Beyond it the oldest are forgotten.
MOMENTS_MAX: Final = 20_000
