"""Codes and cards at a gate: who is let in, who is told why not, and what is told to nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.entry.gatekeeping import (
    LIFETIME,
    PASS_WITHIN,
    UNCLEAR,
    card,
    envelope,
    hashed,
    heard,
    inside,
    issued,
    opened,
    passed,
    payment,
    shop,
    shown,
    store,
    told,
    visit,
)

from saunter.base.errors import InputProblems, Refused
from saunter.base.time import HOUR, SECOND
from saunter.entry import EntryEngine, State
from saunter.entry.constants import UNUSED_REMEMBERED
from saunter.records import EntryDecided, Envelope, GateCommand, Record, Tick


def states(engine: EntryEngine) -> dict[str, State]:
    return {key.party: key.state for key in engine.known_keys()}


def test_a_code_is_shown_an_amount_is_held_the_gate_opens_and_the_party_walks_in() -> None:
    engine = opened()
    assert heard(engine, issued(10, "p1"), shown(20, "p1")) == ["p1 authorising"]
    assert heard(engine, payment(30, "p1")) == ["p1 admitted", "door opens for 1 of p1"]
    assert heard(engine, passed(40, "p1"), visit(41, "p1", "shopping")) == []
    assert (states(engine), engine.inside()) == ({"p1": State.INSIDE}, 1)
    assert heard(engine, passed(50, "p1", "out"), visit(51, "p1", "leaving")) == []
    assert (states(engine), engine.inside()) == ({"p1": State.USED}, 0)


def test_every_decision_is_a_whole_record_that_names_its_causes() -> None:
    engine = opened()
    for record in (issued(10, "p1", people=2), shown(20, "p1"), payment(30, "p1")):
        engine.receive(record)

    def place(sequence: int, happened: int, *because: str) -> Envelope:
        return Envelope(store="corner", stream="entry", sequence=sequence, happened=happened, arrived=35, because=because)

    assert engine.advance(35) == [
        EntryDecided(envelope=place(0, 20, "codes:20", "keys:10"), gate="door", party="p1", outcome="authorising"),
        EntryDecided(envelope=place(1, 30, "payment:30", "codes:20"), gate="door", party="p1", outcome="admitted"),
        GateCommand(envelope=place(2, 30, "entry:1", "codes:20"), gate="door", party="p1", people=2),
    ]


def test_a_card_at_the_gate_is_a_key_that_is_shown_at_once() -> None:
    engine = opened()
    assert heard(engine, card(10, "p1", people=2)) == ["p1 authorising"]
    assert heard(engine, payment(20, "p1")) == ["p1 admitted", "door opens for 2 of p1"]
    assert heard(engine, passed(30, "p1", people=2)) == []


def test_a_code_that_nobody_issued_is_unknown_and_names_nobody() -> None:
    assert heard(opened(), shown(10, "p9")) == ["somebody denied unknown code"]


def test_a_scanner_that_reads_twice_while_the_payment_is_asked_changes_nothing() -> None:
    engine = opened()
    assert heard(engine, issued(1, "p1"), shown(2, "p1"), shown(3, "p1"), payment(4, "p1"), card(5, "p2"), card(6, "p2")) == [
        "p1 authorising", "p1 admitted", "door opens for 1 of p1", "p2 authorising",
    ]  # fmt: skip


def test_a_code_lets_in_once_and_whoever_shows_it_again_touches_nothing_that_is_held_for_its_party() -> None:
    engine = opened()
    heard(engine, issued(1, "p1"), shown(2, "p1"), payment(3, "p1"))
    assert heard(engine, shown(4, "p1")) == ["somebody denied code used"]
    heard(engine, passed(5, "p1"))
    assert heard(engine, shown(6, "p1")) == ["somebody denied code used"]
    heard(engine, passed(7, "p1", "out"))
    assert heard(engine, shown(8, "p1"), payment(9, "p1")) == ["somebody denied code used"]


def test_a_card_shown_twice_is_inside_already_and_used_afterwards() -> None:
    engine = opened()
    heard(engine, card(1, "p1"), payment(2, "p1"))
    assert heard(engine, card(3, "p1")) == ["somebody denied already inside"]
    heard(engine, passed(4, "p1"), passed(5, "p1", "out"))
    assert heard(engine, card(6, "p1")) == ["somebody denied code used"]


def test_a_code_expires_exactly_when_it_says() -> None:
    for at, said in ((99, ["p1 authorising"]), (100, ["somebody denied code expired"])):
        engine = opened()
        assert heard(engine, issued(10, "p1", expires=100), shown(at, "p1")) == said


def test_a_code_lives_no_longer_than_the_shop_allows_whatever_its_phone_says() -> None:
    for at, said in ((9 + LIFETIME, ["p1 authorising"]), (10 + LIFETIME, ["somebody denied code expired"])):
        engine = opened()
        assert heard(engine, issued(10, "p1", expires=10 * LIFETIME), shown(at, "p1")) == said


def test_a_code_that_expired_on_its_way_lets_nobody_in() -> None:
    assert heard(opened(), issued(10, "p1", expires=5), shown(10, "p1")) == ["somebody denied code expired"]


def test_codes_that_nobody_shows_leave_the_memory_of_keys_soon_after_they_expired() -> None:
    engine = opened()
    for number in range(5):
        engine.receive(issued(number, f"p{number}"))
    assert heard(engine, shown(4 + LIFETIME, "p4")) == ["somebody denied code expired"]
    engine.advance(3 + LIFETIME + UNUSED_REMEMBERED)
    assert [key.party for key in engine.known_keys()] == ["p4"]
    assert heard(engine, shown(3 + LIFETIME + UNUSED_REMEMBERED, "p4")) == ["somebody denied code expired"]
    assert heard(engine, shown(4 + LIFETIME + UNUSED_REMEMBERED, "p4")) == ["somebody denied unknown code"]
    assert engine.known_keys() == ()


def test_without_consent_to_run_the_shop_there_is_no_entry_and_the_key_is_gone() -> None:
    engine = opened()
    assert heard(engine, issued(1, "p1", purposes=("review", "training", "analytics")), shown(2, "p1")) == [
        "p1 denied no consent"
    ]
    assert heard(engine, shown(3, "p1")) == ["somebody denied no consent"]
    assert heard(engine, card(4, "p2", purposes=())) == ["p2 denied no consent"]


def test_run_the_shop_is_all_that_entry_asks_for() -> None:
    assert heard(opened(), issued(1, "p1", purposes=("run the shop",)), shown(2, "p1")) == ["p1 authorising"]


def test_a_key_for_more_than_the_shop_allows_is_denied_and_one_for_exactly_so_many_is_not() -> None:
    assert heard(opened(people_max=2), issued(1, "p1", people=3), shown(2, "p1")) == ["p1 denied too many people"]
    assert heard(opened(people_max=2), issued(1, "p1", people=2), shown(2, "p1")) == ["p1 authorising"]


@pytest.mark.parametrize("state", ["closed", "opening", "closing"])
def test_only_an_open_or_degraded_shop_lets_in_and_a_code_keeps_until_then(state: str) -> None:
    engine = opened()
    assert heard(engine, issued(1, "p1"), store(2, state), shown(3, "p1")) == ["p1 denied shop closed"]
    assert heard(engine, store(4, "degraded"), shown(5, "p1")) == ["p1 authorising"]


def test_a_shop_of_which_nothing_was_heard_is_closed() -> None:
    assert heard(EntryEngine(shop()), card(1, "p1")) == ["p1 denied shop closed"]


def test_a_card_that_comes_at_the_wrong_moment_is_held_to_the_terminal_again_and_makes_a_new_key() -> None:
    engine = EntryEngine(shop())
    assert heard(engine, card(1, "p1"), store(2, "open"), card(3, "p1")) == [
        "p1 denied shop closed",
        "somebody denied shop closed",
    ]
    assert heard(engine, card(4, "p2")) == ["p2 authorising"]
    assert states(engine) == {"p1": State.DENIED, "p2": State.AUTHORISING}


def test_nobody_is_let_in_when_the_shop_closes_while_the_payment_is_asked() -> None:
    engine = opened()
    assert heard(engine, card(1, "p1"), store(2, "closing"), payment(3, "p1")) == ["p1 authorising", "p1 denied shop closed"]


def test_a_gate_that_leads_out_is_the_wrong_gate_and_the_code_keeps() -> None:
    engine = opened()
    assert heard(engine, issued(1, "p1"), shown(2, "p1", "way-out")) == ["p1 denied wrong gate"]
    assert heard(engine, shown(3, "p1")) == ["p1 authorising"]


def test_a_declined_payment_keeps_the_gate_shut_for_good() -> None:
    engine = opened()
    assert heard(engine, card(1, "p1"), payment(2, "p1", "declined")) == ["p1 authorising", "p1 denied payment declined"]
    assert heard(engine, payment(3, "p1"), card(4, "p1")) == ["somebody denied payment declined"]


@pytest.mark.parametrize("state", ["authorising", "unknown", "released", "captured"])
def test_other_news_of_a_payment_opens_no_gate(state: str) -> None:
    assert heard(opened(), card(1, "p1"), payment(2, "p1", state)) == ["p1 authorising"]


def test_a_payment_that_stays_unclear_is_given_up_exactly_after_three_waits() -> None:
    for at, said in ((0, ["p1 admitted", "door opens for 1 of p1"]), (1, ["p1 denied payment unclear"])):
        engine = opened()
        heard(engine, card(1, "p1"))
        assert heard(engine, payment(UNCLEAR + at, "p1")) == said


def test_who_is_let_in_and_never_walks_through_is_denied_again_so_that_the_hold_is_released() -> None:
    engine = opened()
    heard(engine, issued(1, "p1"), shown(2, "p1"), payment(3, "p1"))
    assert told(engine.advance(2 + PASS_WITHIN)) == []
    [denied] = engine.advance(3 + PASS_WITHIN)
    assert denied == EntryDecided(
        envelope=Envelope(
            store="corner", stream="entry", sequence=3, happened=3 + PASS_WITHIN, arrived=3 + PASS_WITHIN,
            because=("entry:1", "codes:2"),
        ),
        gate="door", party="p1", outcome="denied", reason="code expired",
    )  # fmt: skip
    assert engine.places_taken() == 0
    assert heard(engine, shown(4 + PASS_WITHIN, "p1")) == ["somebody denied code expired"]


def test_a_visit_that_began_keeps_the_hold_even_if_the_gate_missed_the_pass() -> None:
    engine = opened()
    heard(engine, card(1, "p1"), payment(2, "p1"), visit(3, "p1", "shopping"))
    assert told(engine.advance(HOUR)) == []
    assert states(engine) == {"p1": State.INSIDE}


def test_a_re_entry_needs_a_new_key() -> None:
    engine = inside("p1")
    heard(engine, passed(5, "p1", "out"))
    assert heard(engine, shown(6, "p1")) == ["somebody denied code used"]
    assert heard(engine, issued(7, "p2"), shown(8, "p2")) == ["p2 authorising"]


# -- room ---------------------------------------------------------------------------------------------------------------


def test_when_all_places_are_taken_the_next_waits_with_the_same_code() -> None:
    engine = inside("p1", "p2", capacity=3)
    assert heard(engine, issued(10, "p3", people=2), shown(11, "p3")) == ["p3 denied shop full"]
    assert heard(engine, passed(12, "p1", "out"), shown(13, "p3")) == ["p3 authorising"]


def test_places_are_kept_for_whoever_is_being_let_in_and_free_again_when_it_is_denied() -> None:
    engine = opened(capacity=1)
    assert heard(engine, card(1, "p1"), card(2, "p2")) == ["p1 authorising", "p2 denied shop full"]
    assert heard(engine, payment(3, "p1", "declined"), card(4, "p3")) == ["p1 denied payment declined", "p3 authorising"]
    assert heard(engine, payment(5, "p3"), card(6, "p4")) == ["p3 admitted", "door opens for 1 of p3", "p4 denied shop full"]


def test_a_group_takes_the_places_of_its_key_until_it_left() -> None:
    engine = opened()
    heard(engine, card(1, "p1", people=2), payment(2, "p1"), passed(3, "p1"))
    assert (engine.inside(), engine.places_taken()) == (1, 2)
    heard(engine, passed(4, "p1"), passed(5, "p1", "out"))
    assert (engine.inside(), engine.places_taken()) == (1, 2)
    heard(engine, passed(6, "p1", "out"))
    assert (engine.inside(), engine.places_taken()) == (0, 0)


def test_a_party_that_no_gate_and_no_visit_saw_leave_gives_its_place_back_after_a_day() -> None:
    engine = opened(capacity=1)
    heard(engine, card(1, "p1"))
    heard(engine, payment(2, "p1"), passed(3, "p1"))
    assert (engine.inside(), engine.places_taken()) == (1, 1)
    engine.advance(25 * HOUR)
    assert (engine.inside(), engine.places_taken()) == (0, 0)


def test_who_came_in_by_other_ways_takes_a_place_and_who_is_lost_from_sight_does_not() -> None:
    engine = opened(capacity=1)
    heard(engine, visit(1, "p8", "shopping"))
    assert heard(engine, card(2, "p1")) == ["p1 denied shop full"]
    heard(engine, visit(3, "p8", "abandoned"))
    assert heard(engine, card(4, "p2")) == ["p2 authorising"]
    heard(engine, visit(5, "p8", "shopping"), visit(6, "p8", "leaving"))
    assert engine.places_taken() == 1


# -- what cannot be -----------------------------------------------------------------------------------------------------


def refuses(engine: EntryEngine, record: Record, match: str) -> None:
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        engine.receive(record)
    assert engine.snapshot() == before


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (issued(9, "p1"), "its code belongs to another key|party 'p1' has a key already; every key brings a fresh one"),
        (issued(9, "p2", code_hash=hashed("p1")), "its code belongs to another key already; draw a fresh one"),
        (issued(9, "p 2"), "'p 2' is not the id of a party"),
        (issued(9, "STAFF"), "'STAFF' is not the id of a party"),
        (issued(9, "p2", people=0), "a key lets in at least one, not 0"),
        (issued(9, "p2", method=""), "it has no payment method"),
        (issued(9, "p2", code_hash="4711"), "not a SHA-256 .* never send the code itself"),
        (issued(9, "p2", method="4242 4242 4242 4242", people=-1), "at least one, not -1; method looks like a card number"),
        (card(9, "p2", method="4242424242424242"), "method looks like a card number"),
        (card(9, "p2", gate="window"), "the plan has no gate 'window'; it has door, way-out"),
        (card(9, "p1"), "party 'p1' has a key already"),
        (shown(9, "p1", "window"), "the plan has no gate 'window'"),
        (passed(9, "p1", people=0), "0 people cannot pass a gate"),
        (Tick(envelope=envelope("ticks", 9)), "entry takes keys, cards, payments, passes, visits and the store, not Tick"),
        (Tick(envelope=envelope("ticks", 9, "castle")), "belongs to store 'castle'"),
    ],
)
def test_what_cannot_be_is_refused_with_every_reason_and_changes_nothing(record: Record, match: str) -> None:
    refuses(inside("p1"), record, match)


def test_a_code_itself_is_never_taken_for_its_hash() -> None:
    record = shown(9, "p1")
    refuses(opened(), type(record)(envelope=record.envelope, gate="door", code_hash="7F" * 32), "not a SHA-256")


def test_a_refusal_does_not_repeat_a_card_number() -> None:
    with pytest.raises(Refused) as refusal:
        opened().receive(card(9, "p2", method="4242424242424242"))
    assert "4242" not in str(refusal.value)


def test_a_used_code_is_remembered_for_a_day() -> None:
    engine = inside("p1")
    heard(engine, passed(5, "p1", "out"))
    refuses(engine, issued(4 + 24 * HOUR, "p1"), "belongs to another key|has a key already")
    assert heard(engine, shown(4 + 24 * HOUR, "p1"), shown(5 + 24 * HOUR, "p1")) == [
        "somebody denied code used", "somebody denied unknown code",
    ]  # fmt: skip
    assert engine.known_keys() == ()
    assert hashed("p1").encode() not in engine.snapshot()


def test_a_party_that_was_never_seen_to_leave_is_forgotten_in_the_end() -> None:
    engine = inside("p1")
    engine.advance(50 * HOUR)
    assert engine.known_keys() == ()


def test_what_came_earlier_than_the_room_has_heard_counts_now() -> None:
    engine = opened()
    heard(engine, issued(1, "p1"), shown(2 * SECOND, "p1"), payment(3 * SECOND, "p1"))
    engine.receive(passed(SECOND, "p1"))
    assert engine.advance(SECOND) == []
    assert [(key.state, key.since) for key in engine.known_keys()] == [(State.INSIDE, 3 * SECOND)]


@pytest.mark.parametrize(
    "damage",
    [
        lambda good: good[:-1],
        lambda good: b"\xff" + good,
        lambda good: good.replace(b"inside", b"asleep"),
        lambda good: good.replace(b"corner", b"castle"),
    ],
)
def test_a_damaged_or_foreign_snapshot_is_refused_with_advice_and_changes_nothing(damage: Callable[[bytes], bytes]) -> None:
    engine = inside("p1")
    before = engine.snapshot()
    with pytest.raises(InputProblems, match=r"entry snapshot: .* -> "):
        engine.restore(damage(before))
    assert engine.snapshot() == before
