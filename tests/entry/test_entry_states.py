"""The table of an entry key. The page printed from it is compared with the others of `docs/states.md`."""

from pathlib import Path
from typing import get_args

import pytest

from saunter.base.errors import Refused
from saunter.entry import TRANSITIONS, Event, State, after
from saunter.entry.table import EVENT_MEANINGS, STATE_MEANINGS
from saunter.records.entry import Denial


def test_every_state_and_event_has_a_row_and_a_meaning() -> None:
    assert set(TRANSITIONS) == set(State) == set(STATE_MEANINGS)
    assert {event for events in TRANSITIONS.values() for event in events} == set(Event) == set(EVENT_MEANINGS)


def test_a_key_is_admitted_only_after_it_was_authorised_and_never_again() -> None:
    into = [(state, event) for state, events in TRANSITIONS.items() for event, to in events.items() if to is State.ADMITTED]
    assert into == [(State.AUTHORISING, Event.AUTHORISED)]
    into = [(state, event) for state, events in TRANSITIONS.items() for event, to in events.items() if to is State.AUTHORISING]
    assert into == [(State.ISSUED, Event.PRESENTED)]
    assert State.ISSUED not in {to for events in TRANSITIONS.values() for to in events.values()}


def test_the_ends_of_a_key_are_used_denied_and_expired() -> None:
    assert [state for state, events in TRANSITIONS.items() if not events] == [State.USED, State.DENIED, State.EXPIRED]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_does_not_know_is_refused_in_words(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        assert after(state, event) is TRANSITIONS[state][event]
    else:
        with pytest.raises(Refused, match=f"a key that is {state} cannot take the event '{event}'"):
            after(state, event)


def test_the_document_gives_every_reason_for_which_a_gate_stays_shut() -> None:
    document = (Path(__file__).parents[2] / "docs" / "entry.md").read_text(encoding="utf-8")
    assert [denial for denial in get_args(Denial) if f"\n| {denial} | " not in document] == []
