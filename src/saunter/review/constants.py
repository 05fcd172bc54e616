"""The numbers of the review room, with units and reasons."""

from __future__ import annotations

from typing import Final

from saunter.base.time import HOUR

#: Questions before people at once. A reviewer answers a few hundred in an hour; more waiting than this is a fault of the
#: belief or of the staffing, and what comes on top is given up at once, with an alarm.
OPEN_MAX: Final = 500
#: Closed questions that are remembered, so that an answer given twice or late is known as such: about a day of a chain.
CLOSED_MAX: Final = 10_000
#: Moments remembered for audits: two hours of a busy shop. Beyond it the oldest are forgotten.
MOMENTS_MAX: Final = 20_000
#: Nanoseconds after the receipt by which an audit is answered: clips are kept a day.
AUDIT_WITHIN: Final = 24 * HOUR
#: An audit shows every moment that was this shopper's with at least this probability: a hundredth is more than what the
#: belief leaves to everybody who merely stood near.
MOMENT_SHARE_MIN: Final = 0.01
