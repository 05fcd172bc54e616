"""Whatever comes in whatever order: every visit is settled once, in time, and a restart changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.settlement.beliefs import NOON, Did, World, cart, closed, knowing, shop

from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.records import Cart, Question, QuestionClosed, Record, Settlement
from saunter.settlement import TRANSITIONS, Event, SettlementEngine, State, after
from saunter.settlement.table import EVENT_MEANINGS, STATE_MEANINGS

HAM, CHEESE = Did("p1", "ham", 1), Did("p1", "cheese", 1)
WORLDS = [
    World(a * b, {"i:0": ham, "i:1": cheese})
    for a, ham in ((0.6, HAM), (0.4, Did("p2", "ham", 1)))
    for b, cheese in ((0.7, CHEESE), (0.3, Did("p2", "cheese", 1)))
]
BELIEFS = [WORLDS, knowing(WORLDS, "i:0", HAM, 0.97), knowing(WORLDS, "i:1", CHEESE, 0.97), [World(1.0, {"i:0": HAM})]]

CARTS = st.builds(
    lambda worlds, party, awaited: cart(worlds, party, awaited_ms=awaited),
    st.sampled_from(BELIEFS),
    st.sampled_from(["p1", "p2"]),
    st.sampled_from([0, 0, 5000]),
)
NEWS = st.builds(
    closed,
    st.sampled_from([f"settlement/questions:{n}" for n in range(4)]),
    st.sampled_from(["i:0", "i:1"]),
    st.sampled_from(["answered", "cannot tell", "expired", "late"]),
    visit=st.sampled_from(["visit-p1", "visit-p2"]),
)
STEPS = st.lists(CARTS | NEWS | st.sampled_from([SECOND, 10 * SECOND, 45 * SECOND]), max_size=12)


def lived(steps: list[Cart | QuestionClosed | int], *, restarted: bool) -> tuple[list[Record], dict[str, int]]:
    """What an engine says, and when each visit's first final cart was taken."""
    engine, now, said, began = SettlementEngine(shop()), NOON, list[Record](), dict[str, int]()
    for step in steps:
        if restarted:
            fresh = SettlementEngine(shop())
            fresh.restore(engine.snapshot())
            engine = fresh
        if isinstance(step, int):
            now += step
            said += engine.advance(now)
            continue
        before = engine.snapshot()
        try:
            engine.receive(step)
        except Refused:
            assert engine.snapshot() == before
        else:
            if isinstance(step, Cart):
                began.setdefault(step.visit, now)
    return said + engine.advance(NOON + 3600 * SECOND), began


@pytest.mark.slow
@given(STEPS)
def test_every_visit_is_settled_exactly_once_and_in_time_and_restarts_change_nothing(
    steps: list[Cart | QuestionClosed | int],
) -> None:
    said, began = lived(steps, restarted=False)
    assert lived(steps, restarted=True)[0] == said
    settlements = [record for record in said if isinstance(record, Settlement)]
    assert sorted(settlement.visit for settlement in settlements) == sorted(began)
    questions = [record for record in said if isinstance(record, Question)]
    assert all(sum(question.visit == visit for question in questions) <= 2 for visit in began)
    asked = [(question.visit, question.interaction) for question in questions]
    assert len(set(asked)) == len(asked)
    places = [said.index(settlement) for settlement in settlements]
    for question in questions:
        (own,) = [place for place in places if said[place].visit == question.visit]  # type: ignore[attr-defined]
        assert said.index(question) < own


@given(st.sampled_from(BELIEFS), st.integers(0, 45), st.integers(0, 45))
def test_however_time_is_chopped_a_bill_that_nobody_answers_about_is_settled_at_its_deadline(
    worlds: list[World], first: int, second: int
) -> None:
    engine = SettlementEngine(shop())
    engine.receive(cart(worlds))
    said: list[Record] = []
    for seconds in sorted((first, second)):
        said += engine.advance(NOON + seconds * SECOND - 1)
    said += engine.advance(NOON + 45 * SECOND)
    assert [type(record) for record in said] in ([Settlement], [Question, Settlement])
    assert engine.waiting() == ()


def test_every_state_and_event_of_a_bill_has_a_row_and_a_meaning_and_every_way_ends_settled() -> None:
    assert set(TRANSITIONS) == set(State) == set(STATE_MEANINGS)
    assert {event for events in TRANSITIONS.values() for event in events} == set(Event) == set(EVENT_MEANINGS)
    reached = {State.DECIDING}
    for _ in State:
        reached |= {to for state in reached for to in TRANSITIONS[state].values()}
    assert reached == set(State)
    assert set(TRANSITIONS[State.SETTLED].values()) == {State.SETTLED}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_of_a_bill_does_not_know_is_refused_in_words(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        assert after(state, event) is TRANSITIONS[state][event]
    else:
        with pytest.raises(Refused, match=f"a bill that is {state} cannot take the event '{event}'"):
            after(state, event)
