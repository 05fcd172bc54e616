"""The table of a visit.

Two rules of this file: every transition stands in `TRANSITIONS` and nowhere else, and what does not stand there is
illegal. The first part of `docs/states.md` is printed from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from saunter.base.states import diagram, following, meanings


class State(StrEnum):
    """Where a visit stands."""

    EXPECTED = "expected"
    SHOPPING = "shopping"
    LEAVING = "leaving"
    SETTLING = "settling"
    SETTLED = "settled"
    ABANDONED = "abandoned"
    UNBILLED = "unbilled"


class Event(StrEnum):
    """What can happen to a visit."""

    ENTERED = "entered"
    LEFT = "left"
    GRACE_OVER = "grace over"
    BILLED = "billed"
    REFUSED = "refused"
    LOST = "lost"
    SEEN_AGAIN = "seen again"


TRANSITIONS: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        State.EXPECTED: {Event.ENTERED: State.SHOPPING},
        State.SHOPPING: {Event.LEFT: State.LEAVING, Event.LOST: State.ABANDONED},
        State.LEAVING: {Event.GRACE_OVER: State.SETTLING},
        State.SETTLING: {Event.BILLED: State.SETTLED, Event.REFUSED: State.UNBILLED},
        State.SETTLED: {},
        State.ABANDONED: {Event.LEFT: State.LEAVING, Event.SEEN_AGAIN: State.SHOPPING},
        State.UNBILLED: {},
    }
)

STATE_MEANINGS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.EXPECTED: "the visit has an id and a party, nobody came in yet",
        State.SHOPPING: "the party is in the shop",
        State.LEAVING: "it has left; the sensors may still owe something for `exit_grace_ms`",
        State.SETTLING: "nothing more can come; the bill is being decided",
        State.SETTLED: "the receipt is made; the visit is over",
        State.ABANDONED: "it came in by a gate and was lost from sight for ten minutes; nobody saw it leave",
        State.UNBILLED: "it left, and no receipt that may be sent could be made; nothing is charged, a person settles it by hand",
    }
)

EVENT_MEANINGS: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.ENTERED: "a gate pass inwards or, without gates, the first sighting",
        Event.LEFT: "the last of the party passed a gate outwards or, without gates, was unseen for `sighting_timeout_ms`",
        Event.GRACE_OVER: "`exit_grace_ms` went by since it left",
        Event.BILLED: "the receipt came, with the guard's stamp",
        Event.REFUSED: "no bill could be made, or the guard held the receipt back: the alarm `bill-refused` says why",
        Event.LOST: "nobody of a party that came in by a gate was seen for ten minutes",
        Event.SEEN_AGAIN: "somebody of a lost party was sighted",
    }
)


def after(state: State, event: Event) -> State:
    """The state that follows; an event that the table does not know in this state raises Refused."""
    return following(TRANSITIONS, state, event, "a visit")


def document() -> str:
    """The first part of `docs/states.md`: the diagram and the meanings, from the table alone."""
    parts = [
        "# The states of visits, bills, payments, keys and the store",
        "",
        "Printed from the tables of the rooms, each named in its part; a test compares. After a change, print it again:",
        "",
        "    python -c 'from saunter import visit, settlement, payment, entry, opening;"
        " rooms = visit, settlement, payment, entry, opening;"
        ' print(*(room.document() for room in rooms), sep="\\n", end="")\' > docs/states.md',
        "",
        "## The states of a visit",
        "",
        *diagram(TRANSITIONS, State.EXPECTED),
        "",
        *meanings(STATE_MEANINGS, EVENT_MEANINGS),
        "",
        "Any other event in a state is refused and changes nothing.",
        "",
    ]
    return "\n".join(parts)
