"""State machines as tables, and the pages printed from them (DESIGN 4). The tables stand in their rooms."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


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
