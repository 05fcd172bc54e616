"""Staff agree to goods for adults, and in mode assisted to every bill, before a receipt is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.approvals import ApprovalsEngine, BillState, CheckState, document
from saunter.approvals.engine import REASONS, TAKEN_OFF
from saunter.approvals.table import (
    BILL_EVENTS,
    BILL_MEANINGS,
    BILLS,
    CHECK_EVENTS,
    CHECK_MEANINGS,
    CHECKS,
    BillEvent,
    CheckEvent,
    bill_after,
    check_after,
)
from saunter.base.errors import InputProblems, Refused
from saunter.base.money import Money
from saunter.base.time import SECOND
from saunter.guard import GuardEngine
from saunter.ledger import LedgerEngine
from saunter.plan.types import Plan, Policies, Product, Weight
from saunter.records import (
    AgeCheckAsked,
    AgeCheckClosed,
    AgeChecked,
    Alarm,
    BillConfirmed,
    Cart,
    CartLine,
    Decision,
    Envelope,
    Receipt,
    Record,
    Settlement,
    Stamp,
    StoreChanged,
    VisitChanged,
)

ROOT = Path(__file__).parents[2]
NOON = 1000 * SECOND
WAIT = 120 * SECOND
FLAGS = {"beer": ("age-16", "cold"), "gin": ("age-16", "age-18"), "gum": ()}


def shop(**policies: Any) -> Plan:
    products = {sku: Product(sku, sku.title(), Money(200, "EUR"), Weight(), flags=flags) for sku, flags in FLAGS.items()}
    return Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
        cameras={}, products=products, facings=(), taxes={}, policies=Policies(**policies),
    )  # fmt: skip


def place(stream: str, n: int, at: int = NOON, store: str = "corner", because: tuple[str, ...] = ()) -> Envelope:
    return Envelope(store=store, stream=stream, sequence=n, happened=at, arrived=at, because=because)


def cart(n: int = 0, *, at: int = NOON, visit: str = "visit-p1", **held: float) -> Cart:
    lines = tuple(CartLine(sku=sku, at_least=(chance, chance / 2), because=("i:0",)) for sku, chance in held.items())
    return Cart(envelope=place("attribution/carts", n, at), visit=visit, party="p1", lines=lines, final=False)


def left(at: int = NOON, visit: str = "visit-p1", state: str = "leaving") -> VisitChanged:
    return VisitChanged(envelope=place("visit", 0, at), visit=visit, party="p1", state=state)


def charge(sku: str, quantity: int = 1) -> Decision:
    return Decision(sku=sku, quantity=quantity, probability=0.9, action="charge", because=("i:0",), reason="sure")


def dropped(sku: str, reason: str, quantity: int = 1) -> Decision:
    return msgspec.structs.replace(charge(sku, quantity), action="drop", reason=reason)


def settlement(*decisions: Decision, n: int = 0, at: int = NOON, visit: str = "visit-p1") -> Settlement:
    return Settlement(envelope=place("settlement", n, at), visit=visit, party="p1", decisions=decisions)


def checked(approved: bool, *, check: int = 0, n: int = 0, at: int = NOON) -> AgeChecked:
    return AgeChecked(envelope=place("web/checks", n, at), check=f"approvals/checks:{check}", approved=approved, staff="s1")


def confirmed(*off: str, of: int = 0, n: int = 0) -> BillConfirmed:
    return BillConfirmed(envelope=place("web/bills", n), receipt=f"settlement:{of}", by="s1", dropped=off)


def mode(name: str) -> StoreChanged:
    return StoreChanged(envelope=place("opening", 0), state="open", mode=name)  # type: ignore[arg-type]


def desk(*records: Record, **policies: Any) -> ApprovalsEngine:
    engine = ApprovalsEngine(shop(**policies))
    for record in records:
        engine.receive(record)
    return engine


def said(engine: ApprovalsEngine, to: int = NOON) -> list[tuple[str, ...]]:
    """What the room says, in short: asked (sku), closed (sku, outcome), bill (charged skus)."""
    found: list[tuple[str, ...]] = []
    for record in engine.advance(to):
        match record:
            case AgeCheckAsked():
                found.append(("asked", record.sku))
            case AgeCheckClosed():
                found.append((record.outcome, record.sku))
            case Settlement():
                found.append(("bill", *(each.sku for each in record.decisions if each.action == "charge")))
    return found


def refuses(engine: ApprovalsEngine, record: Record, match: str) -> None:
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        engine.receive(record)
    assert engine.snapshot() == before


# -- asking while the shopper is there ---------------------------------------------------------------------------------


def test_staff_are_asked_as_soon_as_goods_for_adults_are_probably_in_the_cart() -> None:
    engine = desk(cart(0, gin=0.499999, gum=0.9))
    assert engine.advance(NOON) == []
    engine.receive(cart(1, gin=0.5, gum=0.9))
    assert engine.advance(NOON + SECOND) == [
        AgeCheckAsked(
            envelope=msgspec.structs.replace(
                place("approvals/checks", 0, because=("attribution/carts:1",)), arrived=NOON + SECOND
            ),
            visit="visit-p1",
            party="p1",
            sku="gin",
            name="Gin",
            minimum=18,
            probability=0.5,
        )
    ]


def test_a_visit_is_asked_about_a_product_once_however_often_the_cart_is_told() -> None:
    engine = desk(cart(0, gin=0.9), cart(1, gin=0.6), cart(2, gin=0.99, beer=0.7), cart(3, visit="visit-p2", gin=0.9))
    assert said(engine) == [("asked", "gin"), ("asked", "beer"), ("asked", "gin")]


@pytest.mark.parametrize(("probability", "outcome"), [(0.25, []), (0.249999, [("void", "gin")]), (None, [("void", "gin")])])
def test_what_falls_out_of_the_cart_needs_no_check_any_more(probability: float | None, outcome: list[tuple[str, str]]) -> None:
    engine = desk(cart(0, gin=0.9), cart(1, **({} if probability is None else {"gin": probability})))
    assert said(engine) == [("asked", "gin"), *outcome]


def test_goods_that_come_back_are_asked_about_anew_and_the_old_check_cannot_be_answered() -> None:
    engine = desk(cart(0, gin=0.9), cart(1), cart(2, gin=0.9))
    assert said(engine) == [("asked", "gin"), ("void", "gin"), ("asked", "gin")]
    refuses(engine, checked(True, check=0), "age check 'approvals/checks:0' is not asked, or was over long ago")
    engine.receive(checked(True, check=1))
    assert said(engine) == [("approved", "gin")]


def test_what_staff_said_holds_for_the_visit() -> None:
    engine = desk(cart(0, gin=0.9), checked(False), cart(1), cart(2, gin=0.9), settlement(charge("gin"), charge("gum")))
    assert said(engine) == [("asked", "gin"), ("refused", "gin"), ("bill", "gum")]


# -- bills -------------------------------------------------------------------------------------------------------------


def test_a_bill_that_needs_nobody_is_handed_on_as_it_is() -> None:
    bill = settlement(charge("gum"), dropped("gin", "in doubt"))
    assert desk(bill).advance(NOON) == [bill]
    assert desk(cart(0, gin=0.6), cart(1), bill).advance(NOON)[-1] == bill


def test_a_bill_waits_for_its_check_and_names_it_when_staff_agreed() -> None:
    engine = desk(cart(0, gin=0.9), left(), settlement(charge("gin"), charge("gum")))
    assert said(engine) == [("asked", "gin")]
    assert engine.waiting() == {"visit-p1": "an age check"}
    engine.receive(checked(True, at=NOON + SECOND))
    closed, bill = engine.advance(NOON + 2 * SECOND)
    assert isinstance(closed, AgeCheckClosed)
    assert (closed.outcome, closed.check, closed.envelope.because) == (
        "approved",
        "approvals/checks:0",
        ("approvals/checks:0", "web/checks:0"),
    )
    assert bill == Settlement(
        envelope=msgspec.structs.replace(
            place("approvals/bills", 0, because=("settlement:0", "approvals/closed:0")), arrived=NOON + 2 * SECOND
        ),
        visit="visit-p1",
        party="p1",
        decisions=(charge("gin"), charge("gum")),
    )
    assert engine.waiting() == {}


def test_what_staff_refuse_is_dropped_with_a_kind_reason_and_the_rest_is_charged() -> None:
    engine = desk(cart(0, gin=0.9), settlement(charge("gin", 2), charge("gum"), dropped("gin", "in doubt")), checked(False))
    (bill,) = (record for record in engine.advance(NOON) if isinstance(record, Settlement))
    reason = "needs a person's approval; refused. It is not charged: please leave it with the staff"
    assert bill.decisions == (dropped("gin", reason, 2), charge("gum"), dropped("gin", "in doubt"))


def test_one_refusal_of_two_leaves_the_other_open() -> None:
    engine = desk(cart(0, gin=0.9, beer=0.9), settlement(charge("gin"), charge("beer")), checked(False, check=0))
    assert said(engine) == [("asked", "gin"), ("asked", "beer"), ("refused", "gin")]
    engine.receive(checked(True, check=1))
    assert said(engine) == [("approved", "beer"), ("bill", "beer")]


def test_goods_for_adults_are_never_charged_without_an_answer_even_if_no_cart_told_of_them() -> None:
    engine = desk(settlement(charge("beer")))
    assert said(engine) == [("asked", "beer")]
    engine.receive(checked(True))
    assert said(engine) == [("approved", "beer"), ("bill", "beer")]
    void = desk(cart(0, gin=0.9), cart(1), settlement(charge("gin")))
    assert said(void) == [("asked", "gin"), ("void", "gin"), ("asked", "gin")]


def test_a_check_of_what_is_not_charged_in_the_end_is_void_and_holds_nothing_up() -> None:
    assert said(desk(cart(0, gin=0.6), settlement(dropped("gin", "in doubt"), charge("gum")))) == [
        ("asked", "gin"),
        ("void", "gin"),
        ("bill", "gum"),
    ]


def test_nobody_looks_in_time_and_it_counts_as_refused() -> None:
    engine = desk(cart(0, gin=0.9), left(NOON), settlement(charge("gin"), charge("gum"), at=NOON + 5 * SECOND))
    assert said(engine, NOON + WAIT) == [("asked", "gin")]
    expired, bill = engine.advance(NOON + WAIT + 1)
    assert isinstance(expired, AgeCheckClosed) and isinstance(bill, Settlement)
    assert (expired.outcome, expired.happened) == ("expired", NOON + WAIT)
    assert bill.decisions == (dropped("gin", REASONS[CheckState.EXPIRED]), charge("gum"))
    refuses(engine, checked(True), "age check 'approvals/checks:0' is not asked, or was over long ago")


def test_exactly_at_its_deadline_an_answer_is_in_time_and_later_it_is_refused() -> None:
    in_time = desk(cart(0, gin=0.9), left(), settlement(charge("gin")), checked(True, at=NOON + WAIT))
    assert said(in_time, NOON + WAIT + SECOND)[-1] == ("bill", "gin")
    late = desk(cart(0, gin=0.9), left(), settlement(charge("gin")))
    refuses(late, checked(True, at=NOON + WAIT + 1), "the time for age check 'approvals/checks:0' was up; it counts as refused")
    assert said(late, NOON + WAIT + SECOND)[-1] == ("bill",)


def test_as_long_as_the_shopper_is_there_a_check_waits() -> None:
    engine = desk(cart(0, gin=0.9), left(state="shopping"))
    assert said(engine, NOON + 100 * WAIT) == [("asked", "gin")]


def test_what_was_asked_after_the_exit_has_its_whole_time_from_then_and_without_an_exit_the_bill_counts() -> None:
    later = desk(left(NOON), settlement(charge("gin"), at=NOON + 60 * SECOND))
    assert said(later, NOON + WAIT + 60 * SECOND) == [("asked", "gin")]
    assert said(later, NOON + WAIT + 60 * SECOND + 1) == [("expired", "gin"), ("bill",)]
    without = desk(cart(0, gin=0.9), settlement(charge("gin"), at=NOON + 60 * SECOND))
    assert said(without, NOON + WAIT + 60 * SECOND + 1)[-1] == ("bill",)


def test_how_long_staff_have_is_policy() -> None:
    engine = desk(cart(0, gin=0.9), left(), settlement(charge("gin")), age_wait_ms=0)
    assert said(engine, NOON) == [("asked", "gin")]
    assert said(engine, NOON + 1) == [("expired", "gin"), ("bill",)]


# -- modes -------------------------------------------------------------------------------------------------------------


def test_in_mode_assisted_every_bill_waits_for_a_person_who_can_take_lines_off() -> None:
    engine = desk(settlement(charge("gum", 2), charge("beer")), mode="assisted")
    engine.receive(checked(True))
    assert said(engine) == [("asked", "beer"), ("approved", "beer")]
    assert engine.waiting() == {"visit-p1": "a confirmation"}
    engine.receive(confirmed("gum"))
    (bill,) = engine.advance(NOON)
    assert isinstance(bill, Settlement)
    assert bill.decisions == (dropped("gum", TAKEN_OFF, 2), charge("beer"))
    assert bill.envelope.because == ("settlement:0", "approvals/closed:0", "web/bills:0")


def test_a_person_may_let_a_bill_go_as_it_is_or_take_everything_off_it() -> None:
    for off, charged in (((), ("gum",)), (("gum",), ())):
        engine = desk(settlement(charge("gum")), confirmed(*off), mode="assisted")
        assert said(engine) == [("bill", *charged)]


def test_a_bill_keeps_the_mode_in_which_it_was_decided() -> None:
    engine = desk(
        mode("assisted"), settlement(charge("gum")), mode("automatic"), settlement(charge("gum"), visit="visit-p2", n=1)
    )
    assert said(engine) == [("bill", "gum")]
    assert engine.waiting() == {"visit-p1": "a confirmation"}
    engine.receive(confirmed())
    assert said(engine) == [("bill", "gum")]


def test_a_bill_of_mode_assisted_that_waits_for_a_check_still_goes_before_a_person_after_the_mode_changed() -> None:
    engine = desk(mode("assisted"), settlement(charge("gin")), mode("automatic"), checked(True))
    assert engine.waiting() == {"visit-p1": "a confirmation"}
    other = desk(settlement(charge("gin")), mode("assisted"), checked(True))
    assert other.waiting() == {}


def test_in_mode_shadow_everything_is_decided_and_nothing_charged() -> None:
    engine = desk(mode="shadow")
    assert (engine.charges(), engine.mode()) == (False, "shadow")
    engine.receive(settlement(charge("gum")))
    assert said(engine) == [("bill", "gum")]
    for name, charges in (("assisted", True), ("shadow", False), ("automatic", True)):
        engine.receive(mode(name))
        assert engine.charges() is charges
    assert desk().charges()


def test_the_person_sees_the_bill_as_it_stands_with_the_price_it_will_have() -> None:
    engine = desk(cart(0, gin=0.9), settlement(charge("gin"), charge("gum")), checked(False), mode="assisted")
    held = engine.held("visit-p1")
    assert held is not None
    ledger = LedgerEngine(shop())
    preview = ledger.preview(held)
    assert (preview.id, preview.total_minor, [each.sku for each in preview.dropped]) == ("settlement:0", 200, ["gin"])
    engine.receive(confirmed(of=0))
    (bill,) = (record for record in engine.advance(NOON) if isinstance(record, Settlement))
    ledger.receive(bill)
    (made,) = ledger.advance(NOON)
    assert isinstance(made, Receipt)
    assert made.lines == preview.lines
    guard = GuardEngine("corner", "EUR", charge_threshold=0.7, taxes_on_top=())
    guard.receive(VisitChanged(envelope=place("visit", 0), visit=made.visit, party=made.party, state="settling"))
    guard.receive(made)
    assert isinstance(guard.advance(NOON)[0], Stamp)
    assert engine.held("visit-p1") is None


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (settlement(charge("gum"), n=1), "settlement:1: visit 'visit-p1' was decided before"),
        (settlement(charge("gum"), n=1, visit="visit-p9"), "visit 'visit-p9' was decided before"),
        (checked(True, check=7), "age check 'approvals/checks:7' is not asked, or was over long ago"),
        (checked(True, check=1), "an age check that is approved cannot take the event 'agrees'; it takes nothing any more"),
        (confirmed(of=7), "no bill 'settlement:7' waits for staff"),
        (confirmed(of=0), "bill 'settlement:0' waits for an age check first"),
        (confirmed("gin", of=2), "bill 'settlement:2' does not charge 'gin'"),
        (
            Alarm(envelope=place("ticks", 0), name="plate-dead", subject="g1", text=""),
            "approvals takes carts, bills and what staff say, not Alarm",
        ),
        (msgspec.structs.replace(cart(), envelope=place("x", 0, store="castle")), "belongs to store 'castle'"),
    ],
)
def test_what_answers_nothing_is_refused_in_words_and_changes_nothing(record: Record, match: str) -> None:
    engine = desk(cart(0, gin=0.9), cart(1, visit="visit-p3", beer=0.9), checked(True, check=1), settlement(charge("gin")))
    engine.receive(settlement(charge("gum"), n=9, visit="visit-p9"))
    engine.receive(mode("assisted"))
    engine.receive(settlement(charge("gum"), n=2, visit="visit-p2"))
    refuses(engine, record, match)


def test_a_cart_told_after_the_bill_was_decided_changes_nothing() -> None:
    engine = desk(cart(0, gin=0.9), settlement(charge("gin")), settlement(charge("gum"), n=1, visit="visit-p2"))
    before = engine.snapshot()
    engine.receive(cart(1))
    engine.receive(cart(2, visit="visit-p2", gin=0.9))
    assert engine.snapshot() == before


STEPS = st.lists(
    st.one_of(
        st.builds(cart, st.integers(0, 9), gin=st.sampled_from([0.1, 0.5, 0.9]), beer=st.sampled_from([0.1, 0.9])),
        st.just(left()),
        st.builds(
            checked, st.booleans(), check=st.integers(0, 2), n=st.integers(0, 9), at=st.sampled_from([NOON, NOON + WAIT + 1])
        ),
        st.builds(lambda sku: settlement(charge("gum"), charge(sku)), st.sampled_from(["gin", "beer"])),
        st.builds(confirmed, n=st.integers(0, 9)),
        st.builds(mode, st.sampled_from(["shadow", "assisted", "automatic"])),
    ),
    max_size=9,
)


def played(steps: list[Record], *, restarted: bool) -> list[Record]:
    engine, found = desk(), []
    for step in steps:
        if restarted:
            fresh = ApprovalsEngine(shop())
            fresh.restore(engine.snapshot())
            engine = fresh
        try:
            engine.receive(step)
        except Refused:
            found += engine.advance(NOON)
    return found + engine.advance(NOON + 10 * WAIT)


@given(STEPS)
def test_nothing_for_adults_is_billed_without_approval_and_restarts_change_nothing(steps: list[Record]) -> None:
    found = played(steps, restarted=False)
    assert played(steps, restarted=True) == found
    approved = {each.sku for each in found if isinstance(each, AgeCheckClosed) and each.outcome == "approved"}
    bills = [each for each in found if isinstance(each, Settlement)]
    assert len(bills) <= 1
    for bill in bills:
        adult = {each.sku for each in bill.decisions if each.action == "charge"} - {"gum"}
        assert adult <= approved
    asked = [each.id for each in found if isinstance(each, AgeCheckAsked)]
    closed = [each.check for each in found if isinstance(each, AgeCheckClosed)]
    assert len(set(closed)) == len(closed)
    assert set(closed) <= set(asked)


@pytest.mark.parametrize(
    "damage", [lambda good: good[:-1], lambda good: b"\xff" + good, lambda good: good.replace(b"corner", b"castle")]
)
def test_a_damaged_or_foreign_snapshot_is_refused_and_changes_nothing(damage: Callable[[bytes], bytes]) -> None:
    engine = desk(cart(0, gin=0.9))
    before = engine.snapshot()
    with pytest.raises(InputProblems, match=r"approvals snapshot: .* -> "):
        engine.restore(damage(before))
    assert engine.snapshot() == before


def test_the_tables_are_printed_into_the_document_and_leave_nothing_out() -> None:
    assert document() in (ROOT / "docs" / "receipts.md").read_text(encoding="utf-8")
    assert list(CHECKS) == list(CHECK_MEANINGS) == list(CheckState)
    assert list(BILLS) == list(BILL_MEANINGS) == list(BillState)
    assert (list(CHECK_EVENTS), list(BILL_EVENTS)) == (list(CheckEvent), list(BillEvent))


@given(st.sampled_from(CheckState), st.sampled_from(CheckEvent), st.sampled_from(BillState), st.sampled_from(BillEvent))
def test_an_event_that_the_tables_do_not_know_is_refused(
    check: CheckState, answer: CheckEvent, bill: BillState, event: BillEvent
) -> None:
    if answer not in CHECKS[check]:
        with pytest.raises(Refused, match=f"an age check that is {check} cannot take the event '{answer}'"):
            check_after(check, answer)
    if event not in BILLS[bill]:
        with pytest.raises(Refused, match=f"a decided bill that is {bill} cannot take the event '{event}'"):
            bill_after(bill, event)
