"""A ledger that makes wrong receipts, or none: no money moves, nothing stays held, staff are told, and the shop goes on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.pipeline.the_stall import Day, stall

from saunter.base.errors import Refused
from saunter.ledger import LedgerEngine
from saunter.pipeline.engine import Pipeline
from saunter.pipeline.showing import Showing
from saunter.ports import documents as d
from saunter.ports.books import Document
from saunter.records import (
    Alarm,
    BillConfirmed,
    Cart,
    DisputeChanged,
    DisputeRaised,
    PaymentCommand,
    Question,
    Receipt,
    Settlement,
    Stamp,
    VisitChanged,
)

TWO = (
    "00:00.0  p1 enters\n00:01.0  p2 enters\n00:04.0  p1 takes 2 cola from s1s1p1\n00:09.0  p2 takes 1 dark from s1s1p3\n"
    "00:14.0  p1 leaves\n00:20.0  p2 leaves\n"
)
AS_USUAL = LedgerEngine._receipt


def too_much(self: LedgerEngine, settlement: Settlement, envelope: Any) -> Receipt:
    """The bill of p1 is a cent too high; the others are as they should be."""
    receipt = AS_USUAL(self, settlement, envelope)
    more = 1 if settlement.party == "p1" else 0
    return msgspec.structs.replace(receipt, total_minor=receipt.total_minor + more)


def none_at_all(self: LedgerEngine, settlement: Settlement, envelope: Any) -> Receipt:
    """Nothing can be priced for p1."""
    if settlement.party == "p1":
        raise Refused("the price list is torn")
    return AS_USUAL(self, settlement, envelope)


@pytest.fixture(params=[too_much, none_at_all], ids=["a wrong receipt", "no receipt"])
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A ledger that is broken for p1."""
    monkeypatch.setattr(LedgerEngine, "_receipt", request.param)
    return request.param


def two_shop(**policies: Any) -> Day:
    day = Day(stall(**policies)).opens()
    day.comes("p1")
    day.comes("p2")
    day.shops(TWO, after_s=20.0)
    return day


def states(day: Day, visit: str) -> list[str]:
    return [each.state for each in day.of(VisitChanged) if each.visit == visit]


def test_a_visit_without_a_sound_receipt_stays_unbilled_its_hold_ends_and_no_money_moves(broken: Any) -> None:
    day = two_shop()
    assert states(day, "visit-p1") == ["shopping", "leaving", "settling", "unbilled"]
    told = [each for each in day.of(Alarm) if each.name == "bill-refused"]
    assert [each.subject for each in told] == ["visit-p1"]
    assert told[0].text.endswith("nothing is charged for visit-p1: settle it by hand")
    assert [(each.action, each.amount_minor) for each in day.of(PaymentCommand) if each.party == "p1"] == [
        ("authorise", 5000), ("release", 0),
    ]  # fmt: skip
    assert day.provider.held() == []
    assert day.provider.sums() == {"pay/p1": 0, "pay/p2": 195}


def test_the_shop_goes_on_for_everybody_else(broken: Any) -> None:
    day = two_shop()
    assert states(day, "visit-p2") == ["shopping", "leaving", "settling", "settled"]
    assert [each.visit for each in day.of(Stamp)] == ["visit-p2"]
    assert day.shop.pipeline.visit.open_visits() == ()
    assert not any(day.shop.pipeline.attribution._belief.holding("p1"))
    assert day.shop._receipts == {}


def test_what_was_held_back_is_never_disputed_nor_audited(broken: Any) -> None:
    day = two_shop(review="questions", audit_share=1.0)
    day.tell(DisputeRaised, visit="visit-p1", receipt="ledger:0", sku="cola", quantity=1, claim="not taken")
    assert [each.outcome for each in day.of(DisputeChanged)] == ["refused"]
    assert [each.visit for each in day.of(Question)] == ["visit-p2"]


def shown(day: Day) -> dict[tuple[str, str], Document]:
    """What pages read in the end: what each instant said is one transaction."""
    kept: dict[tuple[str, str], Document] = {}
    showing = Showing(day.plan, lambda kind, key: kept.get((kind, key)), lambda party: f"visit-{party}", day.shop.ledger.preview)
    for at in dict.fromkeys(each.envelope.arrived for each in day.said):
        said = [each for each in day.said if each.envelope.arrived == at]
        kept |= {(each.kind, each.key): each for each in showing.show(said, at)}
    return kept


def test_pages_show_the_visit_unbilled_with_an_alarm_and_no_receipt(broken: Any) -> None:
    kept = shown(two_shop())
    visit = msgspec.json.decode(kept["visit", "visit-p1"].body, type=d.Visit)
    assert (visit.state, visit.receipt, visit.total_minor, visit.settled) == ("unbilled", "", 0, 0)
    assert kept["visit", "visit-p1"].state == "unbilled"
    assert ("bill", "visit-p1") not in kept
    assert ("bill", "visit-p2") in kept
    assert kept["alarm", "bill-refused visit-p1"].state == "new"


def test_a_bill_that_a_person_agreed_to_and_the_guard_holds_back_is_told_as_never_charged(monkeypatch: Any) -> None:
    day = two_shop(mode="assisted")
    monkeypatch.setattr(LedgerEngine, "_receipt", too_much)
    held = next(each for each in day.of(Settlement) if each.party == "p1")
    day.tell(BillConfirmed, receipt=held.id, by="m1")
    day.passes(10)
    monkeypatch.undo()
    kept = shown(day)
    assert states(day, "visit-p1")[-1] == "unbilled"
    assert msgspec.json.decode(kept["bill", "visit-p1"].body, type=d.Bill).state == "withdrawn"
    assert [each for each in day.provider.held() if each == "pay/p1"] == []


def test_a_later_cart_that_cannot_be_used_leaves_the_bill_that_waits_as_it_is() -> None:
    day = Day(stall(mode="assisted")).opens()
    pipeline: Pipeline = day.shop.pipeline
    cart = Cart(envelope=day.place("carts"), visit="visit-p1", party="p1", lines=(), final=True)
    pipeline.settlement._memory.bills["visit-p1"] = object()  # type: ignore[assignment]
    (alarm,) = pipeline._without(cart, "it is torn", day.now)
    assert isinstance(alarm, Alarm)
    assert (alarm.name, alarm.text) == ("cart-refused", "it is torn; the bill of visit-p1 that waits stands as it was")
