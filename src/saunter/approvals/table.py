"""The tables of what staff must agree to: an age check, and a bill that waits for staff.

Two rules of this file: every transition stands in `CHECKS` or `BILLS` and nowhere else, and what does not stand there is
illegal. A part of `docs/receipts.md` is printed from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from saunter.base.states import diagram, following, meanings


class CheckState(StrEnum):
    """Where an age check stands; all but the first are outcomes of AgeCheckClosed."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    VOID = "void"
    EXPIRED = "expired"


class CheckEvent(StrEnum):
    """What can happen to an age check."""

    AGREES = "agrees"
    REFUSES = "refuses"
    GONE = "gone"
    TIME_UP = "time up"


class BillState(StrEnum):
    """Where a decided bill stands before its receipt is made."""

    DECIDED = "decided"
    CHECKING = "checking"
    CONFIRMING = "confirming"
    RELEASED = "released"


class BillEvent(StrEnum):
    """What can happen to a decided bill."""

    OPEN_CHECKS = "open checks"
    NEEDS_A_PERSON = "needs a person"
    FREE = "free"


CHECKS: Final[Mapping[CheckState, Mapping[CheckEvent, CheckState]]] = MappingProxyType(
    {
        CheckState.ASKED: {
            CheckEvent.AGREES: CheckState.APPROVED,
            CheckEvent.REFUSES: CheckState.REFUSED,
            CheckEvent.GONE: CheckState.VOID,
            CheckEvent.TIME_UP: CheckState.EXPIRED,
        },
        CheckState.APPROVED: {},
        CheckState.REFUSED: {},
        CheckState.VOID: {},
        CheckState.EXPIRED: {},
    }
)

BILLS: Final[Mapping[BillState, Mapping[BillEvent, BillState]]] = MappingProxyType(
    {
        BillState.DECIDED: {
            BillEvent.OPEN_CHECKS: BillState.CHECKING,
            BillEvent.NEEDS_A_PERSON: BillState.CONFIRMING,
            BillEvent.FREE: BillState.RELEASED,
        },
        BillState.CHECKING: {BillEvent.NEEDS_A_PERSON: BillState.CONFIRMING, BillEvent.FREE: BillState.RELEASED},
        BillState.CONFIRMING: {BillEvent.FREE: BillState.RELEASED},
        BillState.RELEASED: {},
    }
)

CHECK_MEANINGS: Final[Mapping[CheckState, str]] = MappingProxyType(
    {
        CheckState.ASKED: "staff are to look whether the shopper is old enough",
        CheckState.APPROVED: "the goods may be sold in this visit",
        CheckState.REFUSED: "the goods are not sold in this visit, whatever happens later",
        CheckState.VOID: "the goods left the cart again; if they come back, a new check is asked",
        CheckState.EXPIRED: "nobody looked in time; as refused",
    }
)

CHECK_EVENTS: Final[Mapping[CheckEvent, str]] = MappingProxyType(
    {
        CheckEvent.AGREES: "staff say the shopper is old enough",
        CheckEvent.REFUSES: "staff say the shopper is not, or they cannot tell",
        CheckEvent.GONE: "the goods are hardly in the cart any more, or the decided bill does not charge them",
        CheckEvent.TIME_UP: "`age_wait_ms` went by since the visit left (or since staff were asked, if that was later)",
    }
)

BILL_MEANINGS: Final[Mapping[BillState, str]] = MappingProxyType(
    {
        BillState.DECIDED: "settlement decided it; passed through at once",
        BillState.CHECKING: "an age check of the visit is open",
        BillState.CONFIRMING: "decided in mode assisted: a person looks at it and lets it go, or drops lines",
        BillState.RELEASED: "it may be billed",
    }
)

BILL_EVENTS: Final[Mapping[BillEvent, str]] = MappingProxyType(
    {
        BillEvent.OPEN_CHECKS: "goods of the bill are for adults and nobody has agreed or refused yet",
        BillEvent.NEEDS_A_PERSON: "no check is open (any more), and the shop was in mode assisted when the bill was decided",
        BillEvent.FREE: "no check is open (any more), and the bill needs no person or has been confirmed",
    }
)


def check_after(state: CheckState, event: CheckEvent) -> CheckState:
    """The state of a check that follows; an event that the table does not know in this state raises Refused."""
    return following(CHECKS, state, event, "an age check")


def bill_after(state: BillState, event: BillEvent) -> BillState:
    """The state of a bill that follows; an event that the table does not know in this state raises Refused."""
    return following(BILLS, state, event, "a decided bill")


def document() -> str:
    """A part of `docs/receipts.md`: the diagrams and the meanings, from the tables alone."""
    parts = [
        "## The states of an age check and of a decided bill",
        "",
        "Printed from `saunter.approvals.table`; a test compares.",
        "",
        *diagram(CHECKS, CheckState.ASKED),
        "",
        *meanings(CHECK_MEANINGS, CHECK_EVENTS),
        "",
        *diagram(BILLS, BillState.DECIDED),
        "",
        *meanings(BILL_MEANINGS, BILL_EVENTS),
        "",
        "Any other event in a state is refused and changes nothing.",
        "",
    ]
    return "\n".join(parts)
