"""The numbers of the entry room, each with its reason. `docs/entry.md` lists them."""

from __future__ import annotations

from typing import Final

from saunter.base.time import HOUR, SECOND

#: A payment still unclear after this many `payment_wait_ms` is given up: the provider was asked, and looked up twice.
PAYMENT_WAITS: Final = 3
#: Who was let in has this long to walk through the gate: doors stay open for ten seconds or so, but a pram or a lost purse
#: takes longer, and giving up too early makes a paying guest look like somebody without a key.
PASS_WITHIN: Final = 60 * SECOND
#: A key is remembered for this long after its end, so that its code stays used: no code lives nearly as long. A key whose
#: party is not known to have left counts as used after the same time.
REMEMBERED: Final = 24 * HOUR
#: A code that expired without being shown is remembered so long: whoever comes a little late is told why. It opened nothing
#: and opens nothing afterwards, and phones that lie open make a new one every few minutes: for a day they would fill the shop's
#: memory of keys, and nobody could be given one any more.
UNUSED_REMEMBERED: Final = 600 * SECOND
#: Keys known at a time, remembered ones too; more are refused. A shop with 2,000 visits a day knows about 5,000.
KEYS_MAX: Final = 50_000
