"""What shoppers agreed to, from when on, and what the shop may do with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.errors import InputProblems, Refused
from saunter.base.time import HOUR
from saunter.consent import (
    NOTHING,
    RULES,
    Agreement,
    ConsentEngine,
    limits,
    may_be_asked,
    may_be_counted,
    may_enter,
    may_teach,
)
from saunter.plan.types import Plan
from saunter.records import (
    PURPOSES,
    CardPresented,
    ConsentChanged,
    Envelope,
    KeyIssued,
    PersonErased,
    Purpose,
    Record,
    Tick,
    VisitChanged,
)

PLAN = Plan(
    store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
    cameras={}, products={}, facings=(), taxes={},
)  # fmt: skip


def envelope(stream: str, at: int, store: str = "corner") -> Envelope:
    return Envelope(store=store, stream=stream, sequence=at, happened=at, arrived=at)


def agreed(at: int, subject: str, *purposes: Purpose, notice: str = "2", store: str = "corner") -> ConsentChanged:
    place = envelope("consent", at, store)
    return ConsentChanged(envelope=place, subject=subject, purposes=purposes, notice=notice, language="de")


def erased(at: int, subject: str) -> PersonErased:
    return PersonErased(envelope=envelope("erasures", at), subject=subject)


def key(at: int, party: str, *purposes: Purpose) -> KeyIssued:
    return KeyIssued(
        envelope=envelope("keys", at), party=party, code_hash="0" * 64, expires=at, method="pm", purposes=purposes, notice="2"
    )


def card(at: int, party: str, *purposes: Purpose) -> CardPresented:
    return CardPresented(envelope=envelope("cards", at), gate="door", party=party, method="pm", purposes=purposes)


def visit(at: int, party: str, state: str) -> VisitChanged:
    return VisitChanged(envelope=envelope("visit", at), visit=f"visit-{party}", party=party, state=state)


def told(*records: Record) -> ConsentEngine:
    engine = ConsentEngine(PLAN)
    for record in records:
        engine.receive(record)
        assert engine.advance(record.envelope.arrived) == []
    return engine


# -- the table ----------------------------------------------------------------------------------------------------------


def test_every_purpose_has_a_rule_in_the_order_in_which_they_are_asked() -> None:
    assert tuple(RULES) == PURPOSES
    assert all(rule.allows and rule.without for rule in RULES.values())


def test_only_running_the_shop_is_needed_to_enter() -> None:
    assert may_enter(("run the shop",))
    assert not may_enter(("review", "training", "analytics"))
    assert not may_enter(())


def test_without_review_nobody_is_asked_and_without_training_and_analytics_nothing_is_learned_or_counted() -> None:
    rules = (may_be_asked, may_teach, may_be_counted)
    assert [rule(PURPOSES) for rule in rules] == [True, True, True]
    assert [rule(("run the shop",)) for rule in rules] == [False, False, False]
    assert [rule(("run the shop", "review")) for rule in rules] == [True, False, False]
    assert [rule(("run the shop", "training")) for rule in rules] == [False, True, False]
    assert [rule(("run the shop", "analytics")) for rule in rules] == [False, False, True]


@given(st.sets(st.sampled_from(PURPOSES[1:])))
def test_no_other_purpose_counts_without_the_first(purposes: set[Purpose]) -> None:
    assert not any(rule(purposes) for rule in (may_enter, may_be_asked, may_teach, may_be_counted))


def test_the_limits_say_what_happens_without_what_was_not_agreed_to() -> None:
    assert limits(PURPOSES) == ()
    assert limits(("run the shop", "training")) == (RULES["review"].without, RULES["analytics"].without)
    assert limits(()) == tuple(rule.without for rule in RULES.values())


# -- agreements ---------------------------------------------------------------------------------------------------------


def test_who_never_agreed_agrees_to_nothing() -> None:
    engine = told()
    assert engine.agreement("s1") == NOTHING
    assert not any(engine.holds("s1", purpose) for purpose in PURPOSES)


def test_an_agreement_holds_from_its_own_instant_until_it_is_changed() -> None:
    engine = told(agreed(10, "s1", "review", "run the shop"), agreed(20, "s1", "run the shop", notice="3"))
    assert [engine.holds("s1", "review", at) for at in (9, 10, 19, 20)] == [False, True, True, False]
    assert engine.holds("s1", "run the shop")
    assert not engine.holds("s1", "review")
    assert engine.history("s1") == (
        Agreement(since=10, purposes=("run the shop", "review"), notice="2", language="de"),
        Agreement(since=20, purposes=("run the shop",), notice="3", language="de"),
    )


def test_all_can_be_withdrawn_at_once_and_given_again() -> None:
    engine = told(agreed(10, "s1", *PURPOSES), agreed(20, "s1", notice=""))
    assert engine.agreement("s1").purposes == ()
    engine.receive(agreed(30, "s1", *PURPOSES))
    assert engine.holds("s1", "analytics")


def test_what_one_shopper_withdraws_another_keeps() -> None:
    engine = told(agreed(10, "s1", *PURPOSES), agreed(11, "s2", *PURPOSES), agreed(12, "s1"))
    assert (engine.holds("s1", "run the shop"), engine.holds("s2", "run the shop")) == (False, True)


def test_a_change_that_comes_late_takes_its_place_and_does_not_undo_a_withdrawal() -> None:
    engine = told(agreed(20, "s1"), agreed(10, "s1", *PURPOSES))
    assert not engine.holds("s1", "run the shop")
    assert engine.holds("s1", "run the shop", 15)


def test_of_two_changes_in_one_instant_the_later_record_holds() -> None:
    engine = told(agreed(10, "s1", *PURPOSES), agreed(10, "s1", "run the shop"))
    assert engine.agreement("s1").purposes == ("run the shop",)


def test_an_agreement_by_an_older_notice_is_told_apart() -> None:
    engine = told(agreed(10, "s1", "run the shop", notice="2"))
    assert engine.is_current("s1", "2")
    assert not engine.is_current("s1", "3")
    assert not engine.is_current("s2", "2")


def test_after_erasure_nothing_is_left_and_nothing_can_be_agreed_to_under_that_id() -> None:
    engine = told(agreed(10, "s1", *PURPOSES), erased(20, "s1"), erased(30, "s1"))
    assert (engine.agreement("s1"), engine.history("s1")) == (NOTHING, ())
    assert not engine.holds("s1", "run the shop", 15)
    before = engine.snapshot()
    with pytest.raises(Refused, match="subject 's1' was erased and is nobody's any more; a new account brings a new id"):
        engine.receive(agreed(15, "s1", *PURPOSES))
    assert engine.snapshot() == before


# -- visits -------------------------------------------------------------------------------------------------------------


def test_a_visit_keeps_what_was_agreed_to_when_its_key_was_made() -> None:
    engine = told(agreed(1, "s1", *PURPOSES), key(2, "p1", "review", "run the shop"), card(3, "p2", "run the shop"))
    engine.receive(agreed(4, "s1"))
    engine.receive(erased(5, "s1"))
    engine.receive(key(6, "p1"))
    assert engine.purposes_of("p1") == ("run the shop", "review")
    assert engine.purposes_of("p2") == ("run the shop",)
    assert engine.purposes_of("p9") == ()


def test_a_shop_without_keys_of_its_own_leaves_the_notice_to_the_door() -> None:
    assert told(visit(1, "p1", "shopping")).purposes_of("p1") == PURPOSES


def test_a_visit_is_forgotten_two_days_after_its_last_change_and_not_before() -> None:
    engine = told(key(0, "p1", "run the shop"), visit(HOUR, "p1", "settled"))
    engine.advance(49 * HOUR - 1)
    assert engine.purposes_of("p1") == ("run the shop",)
    engine.advance(49 * HOUR)
    assert engine.purposes_of("p1") == ()
    assert b"p1" not in engine.snapshot()


# -- what cannot be -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (agreed(9, "s 1"), "'s 1' is not an opaque id"),
        (agreed(9, "s1", "run the shop", notice=""), "an agreement names the version of the notice"),
        (agreed(9, "4242424242424242", "review", notice=""), "names the version .*; subject looks like a card number"),
        (agreed(9, "s1", store="castle"), "belongs to store 'castle'"),
        (erased(9, ""), "'' is not an opaque id"),
        (key(9, "STAFF"), "'STAFF' is not the id of a party"),
        (Tick(envelope=envelope("ticks", 9)), "consent takes agreements, erasures, keys and visits, not Tick"),
    ],
)
def test_what_cannot_be_is_refused_with_every_reason_and_changes_nothing(record: Record, match: str) -> None:
    engine = told(agreed(1, "s1", *PURPOSES))
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        engine.receive(record)
    assert engine.snapshot() == before


@pytest.mark.parametrize("damage", [lambda good: good[:-1], lambda good: good.replace(b"corner", b"castle")])
def test_a_damaged_or_foreign_snapshot_is_refused_with_advice_and_changes_nothing(damage: Callable[[bytes], bytes]) -> None:
    engine = told(agreed(1, "s1", *PURPOSES), key(2, "p1"))
    before = engine.snapshot()
    with pytest.raises(InputProblems, match=r"consent snapshot: .* -> "):
        engine.restore(damage(before))
    assert engine.snapshot() == before


CHANGES = st.lists(
    st.tuples(st.sampled_from(["s1", "s2"]), st.integers(0, 5), st.none() | st.sets(st.sampled_from(PURPOSES))), max_size=20
)


@given(CHANGES)
def test_what_holds_is_what_was_said_last_and_a_restart_forgets_nothing(
    changes: list[tuple[str, int, set[Purpose] | None]],
) -> None:
    engine = ConsentEngine(PLAN)
    last: dict[str, tuple[int, set[Purpose]]] = {}
    gone: set[str] = set()
    for subject, at, purposes in changes:
        if purposes is None:
            engine.receive(erased(at, subject))
            gone.add(subject)
        elif subject not in gone:
            engine.receive(agreed(at, subject, *sorted(purposes)))
            if at >= last.get(subject, (0, set()))[0]:
                last[subject] = (at, purposes)
        again = ConsentEngine(PLAN)
        again.restore(engine.snapshot())
        assert again.snapshot() == engine.snapshot()
        engine = again
    for subject in ("s1", "s2"):
        expected = set() if subject in gone else last.get(subject, (0, set()))[1]
        assert {purpose for purpose in PURPOSES if engine.holds(subject, purpose)} == expected


def test_the_document_prints_the_table_of_purposes() -> None:
    document = (Path(__file__).parents[2] / "docs" / "entry.md").read_text(encoding="utf-8")
    rows = [f"| {purpose} | {rule.allows} | {rule.without} |" for purpose, rule in RULES.items()]
    assert "\n".join(["| purpose | allows | without it |", "|---|---|---|", *rows]) in document
