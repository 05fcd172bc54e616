"""The table of a bill under doubt.

Two rules of this file: every transition stands in `TRANSITIONS` and nowhere else, and what does not stand there is
illegal. The second part of `docs/states.md` is printed from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from saunter.base.states import diagram, following, meanings


class State(StrEnum):
    """Where the bill of a visit stands."""

    DECIDING = "deciding"
    ASKED = "asked"
    WAITING = "waiting"
    SETTLED = "settled"


class Event(StrEnum):
    """What can happen to the bill of a visit."""

    SETTLES = "settles"
    ASKS = "asks"
    WAITS = "waits"
    NEW_CART = "new cart"
    OVER = "over"
    LATE_VERDICT = "late verdict"


TRANSITIONS: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        State.DECIDING: {Event.SETTLES: State.SETTLED, Event.ASKS: State.ASKED, Event.WAITS: State.WAITING},
        State.ASKED: {Event.NEW_CART: State.ASKED, Event.OVER: State.DECIDING},
        State.WAITING: {Event.NEW_CART: State.DECIDING, Event.OVER: State.DECIDING},
        State.SETTLED: {Event.LATE_VERDICT: State.SETTLED},
    }
)

STATE_MEANINGS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.DECIDING: "a final cart is there; passed through at once",
        State.ASKED: "a person looks at a question of this visit",
        State.WAITING: "evidence is on its way: the cart says so, or another visit's question is about the same interaction",
        State.SETTLED: "the bill is decided and never raised again",
    }
)

EVENT_MEANINGS: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.SETTLES: "to charge what is sure and drop the rest is now the cheapest",
        Event.ASKS: "a question removes more expected loss than it costs, and there is time for it",
        Event.WAITS: "as much is at stake, and evidence is coming that costs nobody's time",
        Event.NEW_CART: "the belief changed and said the final cart again",
        Event.OVER: "the question is closed, or the time to wait is up",
        Event.LATE_VERDICT: "an answer came after the bill was decided; it is kept and may only refund",
    }
)


def after(state: State, event: Event) -> State:
    """The state that follows; an event that the table does not know in this state raises Refused."""
    return following(TRANSITIONS, state, event, "a bill")


def document() -> str:
    """The second part of `docs/states.md`: the diagram and the meanings, from the table alone."""
    parts = [
        "## The states of a bill",
        "",
        "While a visit is `settling`, its bill is decided; printed from `saunter.settlement.table`. How the cheapest is found:",
        '[settlement.md](settlement.md). Without review (`review = "none"`) every bill settles at once.',
        "",
        *diagram(TRANSITIONS, State.DECIDING),
        "",
        *meanings(STATE_MEANINGS, EVENT_MEANINGS),
        "",
        "Any other event in a state is refused and changes nothing.",
        "",
    ]
    return "\n".join(parts)
