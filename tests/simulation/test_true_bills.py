"""The truth is kept by the books: pieces never appear from nothing, and somebody pays for each that left the shop."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.errors import Refused
from saunter.simulation.story import Action, Enters, Hands, Leaves, PutsBack, Restocks, Story, Takes, book
from saunter.simulation.till import Till

PARTIES = ["p1", "p2", "p3", "STAFF"]
SKUS = ["cola", "gum"]
parties, skus, quantities = st.sampled_from(PARTIES), st.sampled_from(SKUS), st.integers(1, 3)
ACTIONS = st.one_of(
    st.builds(Enters, at_s=st.just(0.0), party=parties, registered=st.booleans()),
    st.builds(Leaves, at_s=st.just(0.0), party=parties),
    st.builds(Takes, at_s=st.just(0.0), party=parties, sku=skus, quantity=quantities),
    st.builds(PutsBack, at_s=st.just(0.0), party=parties, sku=skus, quantity=quantities),
    st.builds(Hands, at_s=st.just(0.0), party=parties, to=parties, sku=skus, quantity=quantities),
    st.builds(Restocks, at_s=st.just(0.0), party=st.just("STAFF"), sku=skus, quantity=quantities),
)


@given(st.lists(ACTIONS, max_size=60), st.sampled_from(["taker", "holder"]))
def test_whatever_is_tried_no_cart_is_negative_and_no_piece_is_lost(tried: list[Action], hand_over: str) -> None:
    till, out, inside, visitors = Till(hand_over), Counter[str](), set[str](), set[str]()  # type: ignore[arg-type]
    held: Counter[tuple[str, str]] = Counter()
    entered = set()
    for action in [Enters(at_s=0.0, party="p1"), *tried]:
        try:
            book(till, action)
        except Refused:
            assert {key: till.holds(*key) for key in held} == dict(held), "a refused action changed the books"
            continue
        match action:
            case Enters(party=party, registered=registered):
                assert party not in inside
                entered.add(party)
                inside.add(party)
                visitors |= {party} if registered and party != "STAFF" else set()
            case Leaves(party=party):
                inside.remove(party)
            case Takes(party=party, sku=sku, quantity=n):
                out[sku] += n
                held[party, sku] += n
            case PutsBack(party=party, sku=sku, quantity=n):
                out[sku] -= n
                held[party, sku] -= n
            case Hands(party=party, to=to, sku=sku, quantity=n):
                held[party, sku] -= n
                held[to, sku] += n
        assert all(count >= 0 for count in held.values()) and all(count >= 0 for count in out.values())
    billed = Counter[str]()
    for lines in till.bills().values():
        assert all(count > 0 for count in lines.values())
        billed.update(lines)
    assert set(till.bills()) == visitors
    assert all(billed[sku] <= out[sku] for sku in SKUS)
    if entered == visitors:
        assert {sku: billed[sku] for sku in SKUS} == {sku: out[sku] for sku in SKUS}


def handed(hand_over: str) -> Story:
    return Story(
        title="handed over",
        hand_over=hand_over,  # type: ignore[arg-type]
        actions=(
            Enters(at_s=0.0, party="p1"),
            Enters(at_s=0.0, party="p2"),
            Takes(at_s=5.0, party="p1", sku="cola", quantity=2),
            Hands(at_s=9.0, party="p1", to="p2", sku="cola"),
            Takes(at_s=12.0, party="p2", sku="cola"),
            PutsBack(at_s=15.0, party="p2", sku="cola"),
        ),
    )


def test_what_is_handed_over_is_paid_by_whom_the_store_says() -> None:
    assert handed("taker").true_receipts == {"p1": {"cola": 2}, "p2": {}}
    assert handed("holder").true_receipts == {"p1": {"cola": 1}, "p2": {"cola": 1}}


def test_staff_and_tailgaters_get_no_bill() -> None:
    actions = (
        Enters(at_s=0.0, party="STAFF"),
        Enters(at_s=0.0, party="p1"),
        Enters(at_s=0.0, party="p2", registered=False),
        Takes(at_s=1.0, party="STAFF", sku="cola"),
        Takes(at_s=2.0, party="p2", sku="cola"),
        Leaves(at_s=3.0, party="STAFF"),
        Enters(at_s=4.0, party="STAFF"),
    )
    assert Story(title="x", actions=actions).true_receipts == {"p1": {}}


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (Takes(at_s=1.0, party="p9", sku="cola"), "p9 is not in the shop yet"),
        (Enters(at_s=1.0, party="p1"), "p1 enters a second time"),
        (PutsBack(at_s=1.0, party="p1", sku="cola", quantity=3), "p1 holds 2 cola and cannot give away 3"),
        (Hands(at_s=1.0, party="p1", to="p1", sku="cola"), "p1 cannot hand something to itself"),
        (Takes(at_s=1.0, party="p2", sku="cola"), "p2 has left already"),
    ],
)
def test_what_cannot_be_is_a_problem_of_the_story(action: Action, why: str) -> None:
    start = (Enters(at_s=0.0, party="p1"), Enters(at_s=0.0, party="p2"), Takes(at_s=0.5, party="p1", sku="cola", quantity=2))
    story = Story(title="x", actions=(*start, Leaves(at_s=0.6, party="p2"), replace(action, line=4)))
    assert [(problem.line, problem.what[: len(why)]) for problem in story.problems()] == [(4, why)]
    assert story.true_receipts == {"p1": {"cola": 2}, "p2": {}}
