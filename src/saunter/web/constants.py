"""Numbers of the pages that decide something, each with its unit and reason."""

from __future__ import annotations

from typing import Final

#: Bytes of one request's body: the longest form is a bill to confirm, with the products of a whole basket.
BODY_BYTES_MAX: Final = 64 * 1024
#: Characters of a path and query together; the longest id of the shop has 128.
TARGET_CHARACTERS_MAX: Final = 2_000
#: Seconds between signs of life on a silent stream of changes: below the 60 s after which proxies hang up.
KEEPALIVE_S: Final = 15.0
#: Live streams that one device may hold open: a few tabs and a reconnect that overlaps.
STREAMS_PER_DEVICE_MAX: Final = 8
#: Devices whose pace is remembered; the longest unseen is forgotten first. About 200 bytes each.
PACES_MAX: Final = 50_000
#: Seconds that a member of staff stays signed in: one shift.
SESSION_S: Final = 10 * 3600
#: Seconds that a phone is remembered: browsers cap cookies at 400 days.
DEVICE_S: Final = 365 * 24 * 3600
#: Characters of a name or a password at sign-in: argon2 would hash a megabyte just as willingly.
SIGN_IN_CHARACTERS_MAX: Final = 200
#: Characters of one field of a shopper's form; none of them needs more than a token's eighty.
FIELD_CHARACTERS_MAX: Final = 200
#: Seconds that a page waits until what it told stands in the books: a turn is a tenth of a second, a slow disk adds a second.
ANSWER_WAIT_S: Final = 5.0
#: Seconds that a gate waits for a payment to be reserved before it says "in a moment"; people stand before it.
GATE_WAIT_S: Final = 6.0
