"""Random audits: which receipts are looked at afterwards, and how they are asked about. No dice: the draw is a hash."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Final

from saunter.records import Choice, Envelope, Look, Question, Receipt
from saunter.review.constants import AUDIT_WITHIN

_WHOLE: Final = 2**64


def drawn(visit: str, store: str, salt: str, share: float) -> bool:
    """Whether a visit's receipt is audited. The same visit is drawn on every replay; without the salt nobody can tell
    which, so that it hangs together with nothing that happened in the visit."""
    digest = hashlib.sha256("\x1f".join((salt, store, visit)).encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * _WHOLE


def audit_of(receipt: Receipt, looks: Sequence[Look], envelope: Envelope) -> Question:
    """One question about a whole receipt: every moment of the visit is shown, one key says whether the receipt is right."""
    bill = ", ".join(f"{line.quantity} {line.name}" for line in receipt.lines) or "nothing"
    return Question(
        envelope=envelope, purpose="audit", visit=receipt.visit, party=receipt.party, interaction="", shelf="", plates=(),
        started=min((look.started for look in looks), default=receipt.happened),
        settled=max((look.settled for look in looks), default=receipt.happened),
        text=f"Did the shopper keep exactly this: {bill}?", choices=_choices(receipt),
        deadline=envelope.arrived + AUDIT_WITHIN, looks=tuple(looks),
    )  # fmt: skip


def _choices(receipt: Receipt) -> tuple[Choice, ...]:
    """Right, too much, missing, both; their probabilities as if lines were independent."""
    nothing_over = math.prod(line.probability for line in receipt.lines)
    nothing_missed = math.prod(1.0 - decision.probability for decision in receipt.dropped)
    return (
        _choice("right", nothing_over * nothing_missed, "exactly this"),
        _choice("too much", (1 - nothing_over) * nothing_missed, "something on the receipt was not taken"),
        _choice("missing", nothing_over * (1 - nothing_missed), "something that was taken is not on it"),
        _choice("both", (1 - nothing_over) * (1 - nothing_missed), "both: something wrong on it, something not on it"),
    )


def _choice(action: str, probability: float, text: str) -> Choice:
    return Choice(party="", action=action, changes=(), probability=round(probability, 6), text=text)  # type: ignore[arg-type]
