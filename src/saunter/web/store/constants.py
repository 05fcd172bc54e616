"""Numbers of the store's pages, each with its unit and reason."""

from __future__ import annotations

from typing import Final

#: Letters are free again as soon as a party is gone; more parties than this inside share the mark of the last.
LETTERS_MAX: Final = 26 * 27
#: Gate events shown: about what a person reads, newest first.
GATE_EVENTS_MAX: Final = 12
#: Visits, alarms, checks and bills read for a panel.
LISTED_MAX: Final = 200
#: Alarms shown; older ones are counted.
ALARMS_MAX: Final = 30
#: Visits that left and are still shown below those inside: the last few, with their receipts.
GONE_MAX: Final = 12
#: Records looked at on the way from a receipt line down to its moments: a line follows from a few interactions, each from a
#: handful of records; beyond it the walk ends.
WALK_MAX: Final = 200
#: A body is "near" a fixture within this many metres of it; otherwise "in the aisle".
NEAR_M: Final = 1.0
