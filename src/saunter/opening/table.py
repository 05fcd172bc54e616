"""The tables of the store: whether it is open, and in which mode it settles.

Two rules of this file: every transition stands in `TRANSITIONS` and `MODES` and nowhere else, and what does not stand there is
illegal. A part of `docs/states.md` is printed from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from saunter.base.states import diagram, following, meanings
from saunter.records import StoreMode


class State(StrEnum):
    """Where the store stands; the same words as `StoreState`."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    DEGRADED = "degraded"
    CLOSING = "closing"


class Event(StrEnum):
    """What can happen to the store."""

    OPEN = "open"
    CLOSE = "close"
    ALL_LIVE = "all plates live"
    PLATES_MISSING = "plates missing"
    NOBODY_INSIDE = "nobody inside"
    GIVEN_UP = "given up"


TRANSITIONS: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        State.CLOSED: {Event.OPEN: State.OPENING},
        State.OPENING: {Event.ALL_LIVE: State.OPEN, Event.PLATES_MISSING: State.DEGRADED, Event.CLOSE: State.CLOSING},
        State.OPEN: {Event.PLATES_MISSING: State.DEGRADED, Event.CLOSE: State.CLOSING},
        State.DEGRADED: {Event.PLATES_MISSING: State.DEGRADED, Event.ALL_LIVE: State.OPEN, Event.CLOSE: State.CLOSING},
        State.CLOSING: {Event.NOBODY_INSIDE: State.CLOSED, Event.GIVEN_UP: State.CLOSED, Event.OPEN: State.OPENING},
    }
)

STATE_MEANINGS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.CLOSED: "nobody is let in; readings and bills are still worked on",
        State.OPENING: "the plates are listened to; nobody is let in yet",
        State.OPEN: "shoppers are let in, and every plate is live",
        State.DEGRADED: "shoppers are let in; some plates are silent or frozen, and what is reachable there is doubtful",
        State.CLOSING: "nobody is let in any more; who is inside finishes the visit",
    }
)

EVENT_MEANINGS: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.OPEN: "somebody said so",
        Event.CLOSE: "somebody said so",
        Event.ALL_LIVE: "every plate of the plan was heard and is live",
        Event.PLATES_MISSING: "a plate turned silent or frozen, another did, or some were not heard within `OPENING_WITHIN`",
        Event.NOBODY_INSIDE: "the last visit left, or nobody was inside",
        Event.GIVEN_UP: "`CLOSING_WITHIN` went by with somebody still inside",
    }
)

#: What the shop does with a decided bill. Each may be changed to each of the others at any time, for the bills to come.
MODES: Final[Mapping[StoreMode, str]] = MappingProxyType(
    {
        "shadow": "bills are decided and shown, nothing is charged",
        "assisted": "a person confirms each bill before it is charged",
        "automatic": "bills are charged as they are decided",
    }
)


def after(state: State, event: Event) -> State:
    """The state that follows; an event that the table does not know in this state raises Refused."""
    return following(TRANSITIONS, state, event, "a store")


def commands(state: State, mode: StoreMode) -> tuple[str, ...]:
    """What somebody can tell the store now: to open or to close it, and the modes that it is not in."""
    actions = [event.value for event in TRANSITIONS[state] if event in (Event.OPEN, Event.CLOSE)]
    return (*actions, *(other for other in MODES if other != mode))


def document() -> str:
    """The part of `docs/states.md` about the store: the diagram and the meanings, from the tables alone."""
    parts = [
        "## The states of the store",
        "",
        "Open or not, printed from `saunter.opening.table`. What the states mean at a gate: [entry.md](entry.md).",
        "",
        *diagram(TRANSITIONS, State.CLOSED),
        "",
        *meanings(STATE_MEANINGS, EVENT_MEANINGS),
        "",
        "Any other event in a state is refused and changes nothing.",
        "",
        "In which mode it settles is changed by a command alone, to any other, at any time:",
        "",
        "| mode | meaning |",
        "|---|---|",
        *(f"| {mode} | {meaning} |" for mode, meaning in MODES.items()),
        "",
    ]
    return "\n".join(parts)
