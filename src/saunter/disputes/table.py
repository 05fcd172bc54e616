"""The table of a dispute about one line of a receipt.

Two rules of this file: every transition stands in `TRANSITIONS` and nowhere else, and what does not stand there is
illegal. A part of `docs/receipts.md` is printed from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from saunter.base.states import diagram, following, meanings


class State(StrEnum):
    """Where a dispute stands; all but the first are outcomes of DisputeChanged."""

    RAISED = "raised"
    REFUSED = "refused"
    ASKED = "asked"
    REFUNDED = "refunded"
    UPHELD = "upheld"


class Event(StrEnum):
    """What can happen to a dispute."""

    INADMISSIBLE = "inadmissible"
    SMALL_AND_UNSURE = "small and unsure"
    NEEDS_A_LOOK = "needs a look"
    NOT_KEPT = "not kept"
    KEPT = "kept"
    UNDECIDED = "undecided"
    SECOND_VIEW = "second view"


TRANSITIONS: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        State.RAISED: {
            Event.INADMISSIBLE: State.REFUSED,
            Event.SMALL_AND_UNSURE: State.REFUNDED,
            Event.NEEDS_A_LOOK: State.ASKED,
        },
        State.REFUSED: {},
        State.ASKED: {Event.NOT_KEPT: State.REFUNDED, Event.KEPT: State.UPHELD, Event.UNDECIDED: State.REFUNDED},
        State.REFUNDED: {},
        State.UPHELD: {Event.SECOND_VIEW: State.REFUNDED},
    }
)

STATE_MEANINGS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.RAISED: "a shopper says that pieces of a line were not kept; passed through at once",
        State.REFUSED: "it cannot be raised: too late, no such line, disputed before; the reason is told",
        State.ASKED: "a reviewer looks at the moments behind the line",
        State.REFUNDED: "the pieces are given back by a correction",
        State.UPHELD: "the receipt was right and stays",
    }
)

EVENT_MEANINGS: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.INADMISSIBLE: "it is outside what the policy lets be disputed",
        Event.SMALL_AND_UNSURE: "the line was less sure than `dispute_rule_share`, and with it no more than `dispute_rule_amount`"
        " of this receipt is given back without a look",
        Event.NEEDS_A_LOOK: "any other dispute",
        Event.NOT_KEPT: "a reviewer says that the shopper did not keep it",
        Event.KEPT: "a reviewer says that the shopper kept it",
        Event.UNDECIDED: "reviewers could not tell, or nobody looked in time: in doubt the shopper wins",
        Event.SECOND_VIEW: "another reviewer's answer came late and says that it was not kept: now it is in doubt",
    }
)


def after(state: State, event: Event) -> State:
    """The state that follows; an event that the table does not know in this state raises Refused."""
    return following(TRANSITIONS, state, event, "a dispute")


def document() -> str:
    """A part of `docs/receipts.md`: the diagram and the meanings, from the table alone."""
    parts = [
        "## The states of a dispute",
        "",
        "Printed from `saunter.disputes.table`; a test compares.",
        "",
        *diagram(TRANSITIONS, State.RAISED),
        "",
        *meanings(STATE_MEANINGS, EVENT_MEANINGS),
        "",
        "Any other event in a state is refused and changes nothing.",
        "",
    ]
    return "\n".join(parts)
