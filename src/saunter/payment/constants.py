"""The numbers of the payment room, with their units and reasons."""

from __future__ import annotations

from typing import Final

from saunter.base.time import HOUR, MINUTE, SECOND

#: ns. Pause after the first look-up of an unknown outcome: a shopper may be waiting at the gate for it.
LOOK_UP_PAUSE: Final = 1 * SECOND
#: Each further pause is this many times the one before: a provider that is down is not hammered.
LOOK_UP_GROWTH: Final = 2
#: ns. The longest pause between look-ups: they never end, and an hour of outage costs a dozen of them.
LOOK_UP_PAUSE_MAX: Final = 5 * MINUTE
#: ns. An outcome unknown for this long since its command was given is told to a person; look-ups go on.
UNKNOWN_ALARM_AFTER: Final = 2 * MINUTE
#: ns. How long a party is remembered for which nothing was ever held or billed: longer than any code lives. Most codes are never
#: shown, because phones that lie open renew theirs.
UNPAID_REMEMBERED: Final = 24 * HOUR
