"""What the shop and the embedded provider say to each other, and how webhooks are signed. One place for both ends."""

from __future__ import annotations

import hmac
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from saunter.base.time import SECOND

#: Headers of a webhook: seconds since 1970 UTC when it was sent, and `v1=` with the HMAC-SHA256 (hex) of `<seconds>.<body>`.
TIMESTAMP: Final = "saunter-timestamp"
SIGNATURE: Final = "saunter-signature"
#: Seconds. A webhook older (or newer) than this is refused: whoever recorded one cannot play it back tomorrow.
WEBHOOK_AGE_MAX_S: Final = 300
#: Minor units of one command: ten million euros are no shopping.
AMOUNT_MINOR_MAX: Final = 10**9

Text = Annotated[str, Meta(min_length=1, max_length=300)]


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One command to the provider: POST /commands. `token` (authorise only) stands for the card and is never stored."""

    key: Text
    payment: Text
    action: Literal["authorise", "capture", "release", "refund"]
    amount_minor: Annotated[int, Meta(ge=0, le=AMOUNT_MINOR_MAX)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    token: Annotated[str, Meta(max_length=300)] = ""
    reference: Annotated[str, Meta(max_length=300)] = ""

    def __repr__(self) -> str:
        """Everything but the token: an order may be printed."""
        return f"Order({self.action} {self.amount_minor} {self.currency}, key={self.key!r}, payment={self.payment!r})"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command: the reply, the answer to a look-up (GET /commands?key=...), and the body of a webhook."""

    key: str
    outcome: Literal["done", "declined", "not found"]
    payment: str = ""
    action: Literal["authorise", "capture", "release", "refund", "look up"] = "look up"
    amount_minor: int = 0
    currency: str = ""
    reference: str = ""
    reason: str = ""


def signature(secret: bytes, timestamp_s: int, body: bytes) -> str:
    """The signature of a webhook sent at an instant (whole seconds UTC)."""
    return "v1=" + hmac.digest(secret, b"%d." % timestamp_s + body, "sha256").hex()


def check_signature(secret: bytes, timestamp: str, told: str, body: bytes, now: int) -> None:
    """Raises ValueError unless the body was signed with the secret, not longer ago than `WEBHOOK_AGE_MAX_S` (`now` in ns UTC)."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 20):
        raise ValueError(f"the webhook has no {TIMESTAMP} in whole seconds; pass the request's headers on unchanged")
    if not secret or not hmac.compare_digest(signature(secret, int(timestamp), body).encode(), told.encode()):
        raise ValueError("the webhook's signature is wrong; both sides must use the same secret, and the body as it was sent")
    if abs(now - int(timestamp) * SECOND) > WEBHOOK_AGE_MAX_S * SECOND:
        raise ValueError(f"the webhook was signed more than {WEBHOOK_AGE_MAX_S} s from now; check both clocks")
