"""The numbers of the approvals room, with units and reasons."""

from __future__ import annotations

from typing import Final

#: Staff are asked as soon as the shopper holds the goods with at least this probability: more likely than not. Earlier would
#: send staff after people who only stood beside the beer; later leaves them less time before the exit.
ASK_SHARE_MIN: Final = 0.5
#: Goods have left the cart again when their probability falls below this: half of what asks, so that a belief that moves
#: about the threshold does not ask and take back over and over.
GONE_SHARE: Final = 0.25
