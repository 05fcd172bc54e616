"""Every number of the shelves room that matters, with its unit and reason. None is fitted to a recording."""

from __future__ import annotations

from typing import Final

#: Catalogue weights are off by up to this, relative; any error within is as likely (its standard deviation is 4 %).
CATALOGUE_MAX: Final = 0.07
CATALOGUE_ERROR: Final = 0.04
#: Gain error of a plate, relative standard deviation (cheap half-bridge load cells; DESIGN and the recordings say 4 %).
GAIN_ERROR: Final = 0.04
#: How much pieces of one product differ, relative: filling tolerances (EU 76/211/EEC allows 1.5-9 %, producers hold 1 %).
PIECE_ERROR: Final = 0.012
#: How much of a weight neighbouring plates take up as the board bends, relative: 1-2 %, so half of that is uncertain.
LEAK: Final = 0.01
#: A catalogue entry is plainly wrong (another pack size, a typing error) this often; then the thing weighs anything
#: from a quarter to four times of it (single against four-pack), log-uniform.
WRONG_ENTRY: Final = 0.02
WRONG_FACTOR: Final = 4.0
#: ... of a product that was surely weighed since, singly, and agreed: only when another pack size has come in (guess).
WRONG_SINCE: Final = 0.001
#: Weights of things in shops span this range, grams; log-uniform where nothing is known.
WEIGHT_G_MIN: Final = 3.0
WEIGHT_G_MAX: Final = 5000.0
#: A plate counts as moved when it holds at least this part of the largest change (leak and bending stay below).
MOVED_PART: Final = 0.05
#: How far the middle of a piece lies beyond its facing's edge, metres, standard deviation: goods are set by hand to
#: 2-3 cm, and the neighbouring goods are in the way.
PLACE_SD_M: Final = 0.025
#: A piece of a facing lies anywhere on its shelf this often.
STRAY_PIECE: Final = 0.02
#: A piece's weight rests within this width, metres (standard deviation of its footprint over plates).
FOOTPRINT_SD_M: Final = 0.07
PIECES_MAX: Final = 6
PRODUCTS_MAX: Final = 3
#: What a change at a shelf is, before weighing it. Facings get the rest. Shop audits find 2-5 % of goods misplaced; what is
#: left astray while the shop watches is remembered where it lies (strays), and a third escapes it or lay there before.
PRIOR_ELSEWHERE: Final = 0.01
#: Of misplaced goods, one without any facing is this much rarer than one with.
UNFACED: Final = 0.1
PRIOR_UNKNOWN: Final = 0.004
PRIOR_TOUCHED: Final = 0.25
PRIOR_PASSING: Final = 0.15
#: A load that goes again is told from a mere touch when it is this many of a touch's deviations.
PASSING_SIGMAS: Final = 4.0
#: A product put back comes to its own facing this often, else anywhere.
PRIOR_HOME: Final = 0.8
#: One touch in ten shoves the goods harder and leaves four times as much.
HARD_TOUCH: Final = 0.1
HARD_FACTOR: Final = 4.0
#: After a touch the sum over the plates returns to within this, grams, and this part of the peak (friction of board and
#: goods; load cells themselves return better than that).
TOUCH_SD_G: Final = 1.5
TOUCH_PEAK_PART: Final = 0.01
#: Movements of one shelf that may belong together lie at most this far apart, seconds: a long hesitating hold.
JOIN_SECONDS: Final = 15.0
#: Side by side (a plate's width between them at most, metres) they may be one for this long, seconds.
BESIDE_M: Final = 0.01
BESIDE_SECONDS: Final = 1.0
#: ... and at most this many are joined.
JOINS_MAX: Final = 2
#: Candidates that leave the room, per span; the rest together are less likely than the last by this many nats.
CANDIDATES_MAX: Final = 24
NATS_DROPPED: Final = 14.0
#: A weight this many deviations from what is known is no chance (1 in 16,000); one believed less than SURE teaches no entry.
FAR_OFF: Final = 4.0
SURE: Final = 0.9
