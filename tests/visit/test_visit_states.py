"""The state table of a visit and the page printed from it."""

from pathlib import Path

import pytest

from saunter import entry, opening, payment, settlement, visit
from saunter.base.errors import Refused
from saunter.visit import TRANSITIONS, Event, State, after
from saunter.visit.table import EVENT_MEANINGS, STATE_MEANINGS

ROOT = Path(__file__).parents[2]


def test_the_page_of_states_is_printed_from_the_tables() -> None:
    rooms = (visit, settlement, payment, entry, opening)
    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == "\n".join(room.document() for room in rooms)


def test_every_state_and_event_has_a_row_and_a_meaning() -> None:
    assert set(TRANSITIONS) == set(State) == set(STATE_MEANINGS)
    assert {event for events in TRANSITIONS.values() for event in events} == set(Event) == set(EVENT_MEANINGS)


def test_every_state_can_be_reached_and_every_state_but_an_abandoned_one_leads_to_the_end() -> None:
    reached = {State.EXPECTED}
    for _ in State:
        reached |= {to for state in reached for to in TRANSITIONS[state].values()}
    assert reached == set(State)
    assert [state for state, events in TRANSITIONS.items() if not events] == [State.SETTLED, State.UNBILLED]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_does_not_know_is_refused_in_words(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        assert after(state, event) is TRANSITIONS[state][event]
    else:
        with pytest.raises(Refused, match=f"a visit that is {state} cannot take the event '{event}'"):
            after(state, event)
