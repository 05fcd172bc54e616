"""The table of an entry key.

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
    """Where an entry key stands."""

    ISSUED = "issued"
    AUTHORISING = "authorising"
    ADMITTED = "admitted"
    INSIDE = "inside"
    USED = "used"
    DENIED = "denied"
    EXPIRED = "expired"


class Event(StrEnum):
    """What can happen to an entry key."""

    PRESENTED = "presented"
    REFUSED = "refused"
    LAPSED = "lapsed"
    AUTHORISED = "authorised"
    NOT_AUTHORISED = "not authorised"
    PASSED = "passed"
    STAYED_OUT = "stayed out"
    LEFT = "left"


TRANSITIONS: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        State.ISSUED: {Event.PRESENTED: State.AUTHORISING, Event.REFUSED: State.DENIED, Event.LAPSED: State.EXPIRED},
        State.AUTHORISING: {Event.AUTHORISED: State.ADMITTED, Event.NOT_AUTHORISED: State.DENIED},
        State.ADMITTED: {Event.PASSED: State.INSIDE, Event.STAYED_OUT: State.DENIED},
        State.INSIDE: {Event.PASSED: State.INSIDE, Event.LEFT: State.USED},
        State.USED: {},
        State.DENIED: {},
        State.EXPIRED: {},
    }
)

STATE_MEANINGS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.ISSUED: "a phone shows the code; a card at the gate passes through this at once",
        State.AUTHORISING: "it was accepted at a gate, and the payment provider is asked to hold an amount; places are kept",
        State.ADMITTED: "the gate was told to open; nobody has come through yet",
        State.INSIDE: "the first of the party came through the gate",
        State.USED: "the party left; a re-entry needs a new key",
        State.DENIED: "the gate stays shut for it, for good; what was held on the payment method is released",
        State.EXPIRED: "nobody showed it in time",
    }
)

EVENT_MEANINGS: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.PRESENTED: "it was shown at a gate that leads in, the shop lets people in, there is room, and the key is good",
        Event.REFUSED: 'the party did not agree to "run the shop", or is larger than `key_people_max`; a card: any reason',
        Event.LAPSED: "its `expires` came, or `code_lifetime_ms` went by",
        Event.AUTHORISED: "the amount is held, and the shop still lets people in",
        Event.NOT_AUTHORISED: "the payment was declined or stayed unclear, or the shop stopped letting people in meanwhile",
        Event.PASSED: "somebody of the party came in through a gate",
        Event.STAYED_OUT: "the gate was open for it, and nobody came",
        Event.LEFT: "the last of the party passed a gate outwards, or the visit says that it left",
    }
)


def after(state: State, event: Event) -> State:
    """The state that follows; an event that the table does not know in this state raises Refused."""
    return following(TRANSITIONS, state, event, "a key")


def document() -> str:
    """The part of `docs/states.md` about entry keys: the diagram and the meanings, from the table alone."""
    parts = [
        "## The states of an entry key",
        "",
        "Who comes in, and why not; printed from `saunter.entry.table`. How a gate decides: [entry.md](entry.md).",
        "",
        *diagram(TRANSITIONS, State.ISSUED),
        "",
        *meanings(STATE_MEANINGS, EVENT_MEANINGS),
        "",
        "A key shown at a gate that does not lead in, while the shop is closed, or while it is full, stays as it is: the same",
        "code may be shown again. Any other event in a state changes nothing.",
        "",
    ]
    return "\n".join(parts)
