"""The numbers of the opening room, each with its reason. `docs/entry.md` lists them."""

from __future__ import annotations

from typing import Final

from saunter.base.time import MINUTE, SECOND

#: Plates not heard this long after the store began to open are named, and it opens without them: a live scale answers at once,
#: and sensing tells a silent or frozen one within ten seconds.
OPENING_WITHIN: Final = 15 * SECOND
#: A closing store waits this long for the last visit: longer than a shopper fills a basket, and staff can look meanwhile.
CLOSING_WITHIN: Final = 30 * MINUTE
#: Plates named in one reason; the rest are counted, and the store page shows them all.
NAMED_MAX: Final = 10
