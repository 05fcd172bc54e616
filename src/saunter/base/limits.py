"""Every limit of the shop in one table: a name, a value, and why. Beyond one there is an error or an alarm, never silence."""

from __future__ import annotations

from typing import Final

#: Plates of one store. A convenience shop has 300, a supermarket aisle system 5,000.
PLATES_MAX: Final = 20_000
#: Samples in one weight block: ten seconds at 1 kHz; a larger block hides a stalled sender.
BLOCK_SAMPLES_MAX: Final = 100_000
#: People in one frame: more bodies than this do not fit in the largest shop we know.
PEOPLE_MAX: Final = 500
#: Bytes of one message of a recording (64 MiB): larger ones are damage, not data.
MESSAGE_BYTES_MAX: Final = 64 * 2**20
#: Bytes of one plan file (32 MiB): a catalogue of 200,000 products is 20 MB.
PLAN_FILE_BYTES_MAX: Final = 32 * 2**20
#: Records waiting for their turn in the reorder window before the oldest are released early with an alarm.
REORDER_RECORDS_MAX: Final = 200_000
#: Problems listed in one report; the rest are counted.
PROBLEMS_SHOWN_MAX: Final = 100
#: Metres from the origin of the shop frame along one axis: ten kilometres is a wrong unit, not a shop.
COORDINATE_M_MAX: Final = 10_000.0
#: Corners of a floor polygon: more are a scan, to be simplified before it becomes a plan.
FLOOR_CORNERS_MAX: Final = 1_000
