"""What a reviewer is asked about a disputed line, and what the shopper is told. Nobody is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from saunter.disputes.constants import DISPUTE_WITHIN
from saunter.records import Change, Choice, DisputeRaised, Envelope, Look, Question, Receipt, ReceiptLine

KEPT: Final = "the shopper kept it"
NOT_KEPT: Final = "the shopper did not keep it"
#: The keys of the two choices.
KEPT_CHOICE: Final = 1
NOT_KEPT_CHOICE: Final = 2

BY_RULE: Final = "Given back at once; thank you for telling us."
ASKED: Final = "Somebody looks at it now; you will hear within a day."
LOOKED: Final = "Somebody looked at it again: you are right, it is given back."
UNDECIDED: Final = "It could not be told for sure, so it is given back."
UPHELD: Final = "Somebody looked at it again: it was taken and kept. If you disagree, please talk to the staff."
GIVEN: Final = "It was given back already."
UNKNOWN: Final = "This receipt can no longer be disputed here; please talk to the staff."
NO_LINE: Final = "This receipt has no such line."
FREE: Final = "This line cost nothing, so there is nothing to give back."
AGAIN: Final = "You told us about this line before; each line can be disputed once."
UNCOUNTED: Final = "Please say how many pieces it is about."

_CLAIMS: Final = {
    "not taken": ("was not taken", "were not taken"),
    "fewer taken": ("was charged but not taken", "were charged but not taken"),
    "put back": ("was put back", "were put back"),
}


def question(raised: DisputeRaised, receipt: Receipt, line: ReceiptLine, looks: tuple[Look, ...], envelope: Envelope) -> Question:
    """The question about a disputed line: two choices, every moment behind the line to look at."""
    return Question(
        envelope=envelope, purpose="dispute", visit=receipt.visit, party=receipt.party, interaction="", shelf="", plates=(),
        started=min((look.started for look in looks), default=receipt.happened),
        settled=max((look.settled for look in looks), default=receipt.happened),
        text=asked(raised, line), choices=_choices(raised, line), deadline=envelope.arrived + DISPUTE_WITHIN, looks=looks,
    )  # fmt: skip


def asked(raised: DisputeRaised, line: ReceiptLine) -> str:
    """The question in words."""
    claim = _CLAIMS[raised.claim][raised.quantity > 1]
    return f"The receipt charges {line.quantity} {line.name}. The shopper says: {raised.quantity} of it {claim}. What happened?"


def _choices(raised: DisputeRaised, line: ReceiptLine) -> tuple[Choice, ...]:
    """The first choice says that the disputed pieces were taken for good, the second that they were not."""
    kept = (Change(sku=line.sku, quantity=raised.quantity),)
    return (
        Choice(party="", action="right", changes=kept, probability=line.probability, text=KEPT),
        Choice(party="", action="too much", changes=(), probability=round(1.0 - line.probability, 6), text=NOT_KEPT),
    )


def refusals(raised: DisputeRaised, line: ReceiptLine | None, given: int, *, before: bool) -> Iterator[str]:
    """Why a line cannot be disputed, in words for the shopper; `given` pieces of it were given back, `before`: it was disputed
    before. Nothing if it can."""
    if line is None:
        yield NO_LINE
    elif before:
        yield AGAIN
    elif not line.total_minor:
        yield FREE
    elif given >= line.quantity:
        yield GIVEN
    elif raised.quantity < 1:
        yield UNCOUNTED
    elif raised.quantity > line.quantity - given:
        yield f"The receipt charges only {line.quantity - given} of it."


def too_late(days: int) -> str:
    """What a shopper is told whose receipt is older than the policy allows."""
    return f"A receipt can be disputed for {days} {'day' if days == 1 else 'days'}; please talk to the staff."
