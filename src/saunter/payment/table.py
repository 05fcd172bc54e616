"""The table of a payment.

Two rules of this file: every transition stands in `TRANSITIONS` and nowhere else, and what does not stand there is
illegal. A part of `docs/states.md` is printed from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from saunter.base.states import diagram, following, meanings


class State(StrEnum):
    """Where a payment stands."""

    NONE = "none"
    AUTHORISING = "authorising"
    AUTHORISE_UNKNOWN = "authorise unknown"
    AUTHORISED = "authorised"
    DECLINED = "declined"
    CAPTURING = "capturing"
    CAPTURE_UNKNOWN = "capture unknown"
    CAPTURED = "captured"
    CAPTURE_FAILED = "capture failed"
    RELEASING = "releasing"
    RELEASE_UNKNOWN = "release unknown"
    RELEASED = "released"
    RELEASE_FAILED = "release failed"
    REFUNDING = "refunding"
    REFUND_UNKNOWN = "refund unknown"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund failed"


class Event(StrEnum):
    """What can happen to a payment: the shop gives a command, or the provider says what became of it."""

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    DONE = "done"
    ALL_BACK = "all back"
    DECLINED = "declined"
    NO_ANSWER = "no answer"
    NOT_FOUND = "not found"


TRANSITIONS: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        State.NONE: {Event.AUTHORISE: State.AUTHORISING},
        State.AUTHORISING: {
            Event.DONE: State.AUTHORISED, Event.DECLINED: State.DECLINED, Event.NO_ANSWER: State.AUTHORISE_UNKNOWN,
        },
        State.AUTHORISE_UNKNOWN: {
            Event.DONE: State.AUTHORISED, Event.DECLINED: State.DECLINED, Event.NOT_FOUND: State.AUTHORISING,
        },
        State.AUTHORISED: {Event.CAPTURE: State.CAPTURING, Event.RELEASE: State.RELEASING},
        State.DECLINED: {},
        State.CAPTURING: {
            Event.DONE: State.CAPTURED, Event.DECLINED: State.CAPTURE_FAILED, Event.NO_ANSWER: State.CAPTURE_UNKNOWN,
        },
        State.CAPTURE_UNKNOWN: {
            Event.DONE: State.CAPTURED, Event.DECLINED: State.CAPTURE_FAILED, Event.NOT_FOUND: State.CAPTURING,
        },
        State.CAPTURED: {Event.REFUND: State.REFUNDING},
        State.CAPTURE_FAILED: {},
        State.RELEASING: {
            Event.DONE: State.RELEASED, Event.DECLINED: State.RELEASE_FAILED, Event.NO_ANSWER: State.RELEASE_UNKNOWN,
        },
        State.RELEASE_UNKNOWN: {
            Event.DONE: State.RELEASED, Event.DECLINED: State.RELEASE_FAILED, Event.NOT_FOUND: State.RELEASING,
        },
        State.RELEASED: {},
        State.RELEASE_FAILED: {},
        State.REFUNDING: {
            Event.DONE: State.CAPTURED, Event.ALL_BACK: State.REFUNDED, Event.DECLINED: State.REFUND_FAILED,
            Event.NO_ANSWER: State.REFUND_UNKNOWN,
        },
        State.REFUND_UNKNOWN: {
            Event.DONE: State.CAPTURED, Event.ALL_BACK: State.REFUNDED, Event.DECLINED: State.REFUND_FAILED,
            Event.NOT_FOUND: State.REFUNDING,
        },
        State.REFUNDED: {},
        State.REFUND_FAILED: {Event.REFUND: State.REFUNDING},
    }
)  # fmt: skip

STATE_MEANINGS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.NONE: "nothing was asked of the provider yet",
        State.AUTHORISING: "the provider is asked to hold an amount",
        State.AUTHORISE_UNKNOWN: "no answer: the amount may be held or not; it is looked up",
        State.AUTHORISED: "the amount is held; nothing was taken",
        State.DECLINED: "the provider holds nothing; for an entry the gate stays shut",
        State.CAPTURING: "the provider is asked to take what the receipt says; the hold ends with it",
        State.CAPTURE_UNKNOWN: "no answer: it may have been taken or not; it is looked up, never asked under another key",
        State.CAPTURED: "it was taken",
        State.CAPTURE_FAILED: "the provider will not take it; a person must look",
        State.RELEASING: "the provider is asked to end the hold",
        State.RELEASE_UNKNOWN: "no answer: the hold may have ended or not; it is looked up",
        State.RELEASED: "the hold has ended; nothing was taken",
        State.RELEASE_FAILED: "the provider will not end the hold; a person must look",
        State.REFUNDING: "the provider is asked to give back what a correction says",
        State.REFUND_UNKNOWN: "no answer: it may have been given back or not; it is looked up",
        State.REFUNDED: "everything that was taken was given back",
        State.REFUND_FAILED: "the provider will not give it back; a person must look",
    }
)

EVENT_MEANINGS: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.AUTHORISE: "somebody is to come in, or a receipt is larger than the hold",
        Event.CAPTURE: "the receipt came",
        Event.RELEASE: "the receipt is of nothing, or the party did not come in after all, or was given up",
        Event.REFUND: "a receipt was corrected",
        Event.DONE: "the provider says that it was carried out",
        Event.ALL_BACK: "it was carried out, and with it all that was taken has been given back",
        Event.DECLINED: "the provider refuses for good",
        Event.NO_ANSWER: "the provider said nothing for `payment_wait_ms`, or the connection broke",
        Event.NOT_FOUND: "the look-up says that the command never came; it is given again under the same key",
    }
)

#: A command was given and its answer is awaited; or it did not come and is looked up.
AWAITED: Final = frozenset(state for state, events in TRANSITIONS.items() if Event.NO_ANSWER in events)
UNKNOWN: Final = frozenset(state for state, events in TRANSITIONS.items() if Event.NOT_FOUND in events)


def after(state: State, event: Event) -> State:
    """The state that follows; an event that the table does not know in this state raises Refused."""
    return following(TRANSITIONS, state, event, "a payment")


def document() -> str:
    """The part of `docs/states.md` about payments: the diagram and the meanings, from the table alone."""
    parts = [
        "## The states of a payment",
        "",
        "One payment per party, and a second one over the rest where a receipt is larger than the hold; printed from",
        "`saunter.payment.table`. Why an unknown outcome is a state of its own: [money.md](money.md).",
        "",
        *diagram(TRANSITIONS, State.NONE),
        "",
        *meanings(STATE_MEANINGS, EVENT_MEANINGS),
        "",
        "Any other event in a state is refused and changes nothing.",
        "",
    ]
    return "\n".join(parts)
