"""How people shop and are built, where more than one room must assume the same: stated priors, not fitted to any recording."""

from __future__ import annotations

import math
from typing import Final

#: What a hand holds is this far beyond the wrist, along the forearm, metres: half a hand (hand length 0.19 m).
PALM_M: Final = 0.10
#: A wrist above this, metres, is that of no hand at the floor: a forearm that hangs straight down (a knee is as high). Nor does a
#: hand on a board above it look like one.
FLOOR_WRIST_M: Final = 0.45
#: One hand takes one piece mostly (six times in seven); each further piece of the same product at once is this likely.
FURTHER_PIECE: Final = 0.15
#: A hand takes a further piece of another product at the same instant and place this often.
OTHER_PRODUCT: Final = 0.04


def quantity_log_prior(pieces: int) -> float:
    """Log probability that one hand takes this many (>= 1) of a product at once (geometric)."""
    return math.log(1 - FURTHER_PIECE) + (pieces - 1) * math.log(FURTHER_PIECE)
