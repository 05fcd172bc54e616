"""Numbers of the store's pages, each with its unit and reason."""

from __future__ import annotations

from typing import Final

#: Letters are free again as soon as a party is gone; more parties than this inside share the mark of the last.
LETTERS_MAX: Final = 26 * 27
#: Gate events shown: about what a person reads, newest first.
GATE_EVENTS_MAX: Final = 12
#: Visits, checks and bills read for a panel.
LISTED_MAX: Final = 200
#: New alarms read for the page: more than a shift leaves unseen; a thousand take some milliseconds.
ALARMS_READ_MAX: Final = 500
#: Alarms of one name that are told in words; older ones are counted, and stand in the list of all.
ALARMS_SHOWN_MAX: Final = 6
#: Alarms that somebody has seen to and that are still shown, to look again what was said.
SEEN_MAX: Final = 10
#: Alarms on one page of the list of all.
ALARMS_PAGE: Final = 50
#: Visits that left and are still shown below those inside: the last few, with their receipts.
GONE_MAX: Final = 12
#: Records looked at on the way from a receipt line down to its moments: a line follows from a few interactions, each from a
#: handful of records; beyond it the walk ends.
WALK_MAX: Final = 200
#: A body is "near" a fixture within this many metres of it; otherwise "in the aisle".
NEAR_M: Final = 1.0
