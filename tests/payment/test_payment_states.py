"""The state table of a payment and the page printed from it."""

from pathlib import Path

import pytest

from saunter.base.errors import Refused
from saunter.payment import TRANSITIONS, Event, State, after, document
from saunter.payment.alarms import ALARMS
from saunter.payment.table import AWAITED, EVENT_MEANINGS, STATE_MEANINGS, UNKNOWN

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_states_holds_the_table() -> None:
    assert document() in (DOCS / "states.md").read_text(encoding="utf-8")


def test_every_alarm_is_in_the_document() -> None:
    page = (DOCS / "money.md").read_text(encoding="utf-8")
    assert [name for name in ALARMS if f"| `{name}` |" not in page] == []


def test_every_state_and_event_has_a_row_and_a_meaning() -> None:
    assert set(TRANSITIONS) == set(State) == set(STATE_MEANINGS)
    assert {event for events in TRANSITIONS.values() for event in events} == set(Event) == set(EVENT_MEANINGS)


def test_every_state_can_be_reached() -> None:
    reached = {State.NONE}
    for _ in State:
        reached |= {to for state in reached for to in TRANSITIONS[state].values()}
    assert reached == set(State)


def test_every_command_may_stay_unanswered_and_an_unknown_outcome_is_only_left_by_being_known() -> None:
    asked = {
        to
        for events in TRANSITIONS.values()
        for event, to in events.items()
        if event in ("authorise", "capture", "release", "refund")
    }
    assert asked == AWAITED
    assert {TRANSITIONS[state][Event.NO_ANSWER] for state in AWAITED} == UNKNOWN
    for state in AWAITED:
        unknown = TRANSITIONS[state][Event.NO_ANSWER]
        known = {event: to for event, to in TRANSITIONS[state].items() if event is not Event.NO_ANSWER}
        assert TRANSITIONS[unknown] == {**known, Event.NOT_FOUND: state}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_does_not_know_is_refused_in_words(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        assert after(state, event) is TRANSITIONS[state][event]
    else:
        with pytest.raises(Refused, match=f"a payment that is {state} cannot take the event '{event}'"):
            after(state, event)
