"""The tables of the store. The page printed from them is compared with the others of `docs/states.md`."""

from typing import get_args

import pytest

from saunter.base.errors import Refused
from saunter.opening import MODES, TRANSITIONS, Event, State, after, commands
from saunter.opening.table import EVENT_MEANINGS, STATE_MEANINGS
from saunter.records import StoreMode, StoreState


def test_every_state_and_event_has_a_row_and_a_meaning() -> None:
    assert set(TRANSITIONS) == set(State) == set(STATE_MEANINGS)
    assert {event for events in TRANSITIONS.values() for event in events} == set(Event) == set(EVENT_MEANINGS)


def test_the_tables_speak_the_words_of_the_records() -> None:
    assert tuple(state.value for state in State) == get_args(StoreState)
    assert tuple(MODES) == get_args(StoreMode)
    actions = {"open", "close", *MODES}
    assert {action for state in State for mode in MODES for action in commands(state, mode)} == actions


def test_a_store_can_always_be_opened_or_closed_and_only_closes_by_way_of_closing() -> None:
    assert all({Event.OPEN, Event.CLOSE} & set(events) for events in TRANSITIONS.values())
    assert [state for state, events in TRANSITIONS.items() if State.CLOSED in events.values()] == [State.CLOSING]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_does_not_know_is_refused_in_words(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        assert after(state, event) is TRANSITIONS[state][event]
    else:
        with pytest.raises(Refused, match=f"a store that is {state} cannot take the event '{event}'; it takes "):
            after(state, event)
