"""State machines as tables, and the pages printed from them (DESIGN 4). The tables stand in their rooms."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from saunter.base.errors import Refused

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


def following(transitions: Mapping[State, Mapping[Event, State]], state: State, event: Event, what: str) -> State:
    """The state that follows by a table. An event that the table does not know in this state raises Refused, in words about
    `what` is in it ("a visit"), and says what it could take."""
    if event in transitions[state]:
        return transitions[state][event]
    allowed = ", ".join(transitions[state]) or "nothing any more"
    raise Refused(f"{what} that is {state} cannot take the event '{event}'; it takes {allowed}")


def diagram(transitions: Mapping[State, Mapping[Event, State]], first: State) -> list[str]:
    """The lines of a Mermaid diagram: every transition, where it begins, and the states that nothing leads out of."""
    arrows = [f"    {state} --> {to}: {event}" for state, events in transitions.items() for event, to in events.items()]
    ends = [f"    {state} --> [*]" for state, events in transitions.items() if not set(events.values()) - {state}]
    return ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *arrows, *ends, "```"]


def meanings(states: Mapping[State, str], events: Mapping[Event, str]) -> list[str]:
    """Two tables in Markdown: what each state and each event means."""
    return [
        "| state | meaning |",
        "|---|---|",
        *(f"| {state} | {meaning} |" for state, meaning in states.items()),
        "",
        "| event | meaning |",
        "|---|---|",
        *(f"| {event} | {meaning} |" for event, meaning in events.items()),
    ]
