"""Moving money: commands, the guard's stamps on them, what the provider said, and where each payment stands."""

from __future__ import annotations

from typing import Literal

from saunter.records.envelope import Record

#: What a provider can be asked to do. `authorise` holds an amount, `capture` takes (part of) it and ends the hold,
#: `release` ends the hold without taking, `refund` gives back (part of) what was taken, `look up` asks what became of a key.
PaymentAction = Literal["authorise", "capture", "release", "refund", "look up"]


class PaymentCommand(Record, frozen=True, kw_only=True):
    """One command to the payment provider. Sent at least once, carried out at most once: `key` is its idempotency key.

    `payment` is the shop's id of the payment (one per party), `method` the opaque id of what pays (only personal data knows
    its token), `reference` the provider's id of the payment (empty until authorised). `amount_minor` is a whole number of
    minor units; 0 for release and look up. A look-up names in `about` the key of the command whose outcome is unknown.
    `because` names what it follows from: an entry, a receipt, a correction, an unknown outcome.
    """

    payment: str
    party: str
    action: PaymentAction
    amount_minor: int
    currency: str
    key: str
    method: str = ""
    reference: str = ""
    about: str = ""


class CommandStamp(Record, frozen=True, kw_only=True):
    """The guard's consent to one command (a payment's or a gate's): without it nothing is sent."""

    command: str
    checks: tuple[str, ...]


class PaymentOutcome(Record, frozen=True, kw_only=True):
    """What the provider said about a command (by its `key`), or that it said nothing. An input; may come twice or late.

    done: carried out, over `amount_minor`; declined: refused for good, `reason` says why; unknown: no answer in time, it may
    or may not have been carried out; not found: the answer to a look-up for a key the provider never saw. `source` says how
    it came: the command's reply, a webhook, or a look-up.
    """

    payment: str
    key: str
    action: PaymentAction
    outcome: Literal["done", "declined", "unknown", "not found"]
    amount_minor: int = 0
    reference: str = ""
    reason: str = ""
    source: Literal["reply", "webhook", "look-up"] = "reply"


class PaymentChanged(Record, frozen=True, kw_only=True):
    """A payment entered a new state of the payment table, and the sums so far (minor units)."""

    payment: str
    party: str
    state: str
    currency: str
    authorised_minor: int
    captured_minor: int
    refunded_minor: int
    reference: str = ""
    reason: str = ""
