"""Somebody walks in without a key that is for it: noticed, named, and said what to do. Other shops are left in peace."""

from __future__ import annotations

import pytest
from tests.entry.gatekeeping import (
    PASS_WITHIN,
    UNCLEAR,
    card,
    envelope,
    heard,
    inside,
    issued,
    opened,
    passed,
    payment,
    shown,
    store,
    told,
    visit,
)

from saunter.entry import EntryEngine, State
from saunter.records import Alarm, Record


def alarms(engine: EntryEngine, *records: Record) -> list[tuple[str, str]]:
    """The subjects and texts of the alarms that these records raise."""
    for record in records:
        engine.receive(record)
    return [(each.subject, each.text) for each in engine.advance(0) if isinstance(each, Alarm)]


@pytest.mark.parametrize("party", ["", "UNREGISTERED", "NOBODY", "p9"])
def test_a_body_without_a_key_is_noticed_at_the_gate(party: str) -> None:
    subject = "p9" if party == "p9" else "door"
    text = (
        "1 person came in at door without a key: welcome them at the gate and help them to one, or let them pay at a staffed till"
    )
    engine = inside("p1")
    engine.receive(passed(9, party))
    [alarm] = engine.advance(9)
    place = envelope("entry", 3)
    assert alarm == Alarm(
        envelope=type(place)(store="corner", stream="entry", sequence=3, happened=9, arrived=9, because=("gates:9",)),
        name="unregistered-person", subject=subject, text=text,
    )  # fmt: skip
    assert engine.inside() == 2


def test_the_track_of_a_tailgater_is_named_if_the_gate_saw_it() -> None:
    [(subject, _)] = alarms(inside("p1"), passed(9, "", track="body-4"))
    assert subject == "body-4"


def test_a_tailgater_takes_a_place_until_somebody_without_a_key_leaves_or_the_shop_is_closed() -> None:
    engine = inside("p1")
    heard(engine, passed(9, ""), passed(10, "UNREGISTERED"))
    assert engine.places_taken() == 3
    heard(engine, passed(11, "", "out"))
    assert engine.places_taken() == 2
    heard(engine, store(12, "closing"))
    assert engine.places_taken() == 2
    heard(engine, store(13, "closed"))
    assert (engine.places_taken(), engine.inside()) == (1, 1)


def test_more_bodies_than_the_key_lets_in_are_noticed_however_they_come() -> None:
    engine = opened()
    heard(engine, card(1, "p1", people=2), payment(2, "p1"))
    assert alarms(engine, passed(3, "p1", people=2)) == []
    text = "1 person came in at door as p1, 3 in all on a key for 2: ask who pays for those who came along"
    assert alarms(engine, passed(4, "p1")) == [("p1", text)]
    assert engine.inside() == 3


def test_one_of_a_group_who_steps_out_and_in_again_needs_a_new_key() -> None:
    engine = opened()
    heard(engine, card(1, "p1", people=2), payment(2, "p1"), passed(3, "p1", people=2), passed(4, "p1", "out"))
    assert heard(engine, passed(5, "p1")) == ["unregistered-person: p1"]


def test_a_party_that_walks_in_on_a_key_that_was_not_accepted_is_noticed_with_the_reason() -> None:
    engine = opened()
    heard(engine, card(1, "p1"), payment(2, "p1", "declined"))
    text = (
        "1 person came in at door as p1, whose key is denied (payment declined): ask them to come back to the gate, "
        "or let them pay at a staffed till"
    )
    assert alarms(engine, passed(3, "p1")) == [("p1", text)]


def test_a_party_that_never_showed_its_key_or_whose_key_is_over_is_noticed() -> None:
    engine = inside("p1")
    assert heard(engine, passed(5, "p1", "out"), passed(6, "p1")) == ["unregistered-person: p1"]
    assert heard(engine, issued(7, "p2"), passed(8, "p2")) == ["unregistered-person: p2"]


def test_a_key_for_two_that_one_used_lets_nobody_in_afterwards() -> None:
    engine = opened()
    heard(engine, card(1, "p1", people=2), payment(2, "p1"), passed(3, "p1"), passed(4, "p1", "out"))
    assert heard(engine, passed(5, "p1")) == ["unregistered-person: p1"]


def test_a_party_that_did_not_wait_for_its_payment_is_noticed_and_stays_on_its_key() -> None:
    engine = opened()
    assert heard(engine, card(1, "p1"), passed(2, "p1")) == ["p1 authorising", "unregistered-person: p1"]
    assert heard(engine, payment(3, "p1")) == ["p1 admitted", "door opens for 1 of p1"]
    assert told(engine.advance(10 * PASS_WITHIN)) == []
    assert [key.state for key in engine.known_keys()] == [State.INSIDE]


def test_a_hold_that_stayed_unclear_is_given_up_though_the_party_is_in() -> None:
    engine = opened()
    heard(engine, card(1, "p1"), passed(2, "p1"))
    assert told(engine.advance(1 + UNCLEAR)) == ["p1 denied payment unclear"]


@pytest.mark.parametrize(
    "record", [passed(9, "STAFF"), passed(9, "badge-7", staff=True), passed(9, "p9", "out"), passed(9, "", "out")]
)
def test_staff_and_whoever_leaves_raise_no_alarm_and_take_no_place(record: Record) -> None:
    engine = inside("p1")
    assert heard(engine, record) == []
    assert engine.places_taken() == 1


def test_a_shop_whose_gates_have_keys_of_their_own_hears_nothing_of_this_room() -> None:
    engine = opened()
    said = heard(
        engine, passed(1, "p1"), visit(2, "p1", "shopping"), passed(3, ""), passed(4, "p1", "out"), visit(5, "p1", "leaving")
    )
    assert said == []
    assert heard(engine, issued(6, "p2"), passed(7, "p1")) == ["unregistered-person: p1"]


def test_a_shop_without_gates_hears_nothing_of_strangers() -> None:
    engine = opened(gates=False)
    assert heard(engine, issued(1, "p1"), passed(2, "p2"), shown(3, "p1", "anywhere")) == ["p1 authorising"]
