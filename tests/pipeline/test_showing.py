"""What pages read: every document follows from the journal, each once, with the newest word in it."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from tests.pipeline.test_trading import ENERGY, a_day, answer, asked_day, dispute
from tests.pipeline.the_stall import Day, envelope, stall

from saunter.base.time import SECOND
from saunter.pipeline.showing import Notes, Showing
from saunter.plan import Plan
from saunter.ports import documents as d
from saunter.ports.books import Document
from saunter.records import (
    AgeChecked,
    Alarm,
    AlarmSeen,
    AnyRecord,
    BillConfirmed,
    Cart,
    CartLine,
    PaymentChanged,
    Question,
    Settlement,
    StoreCommand,
    VisitChanged,
)

Doc = TypeVar("Doc", bound=msgspec.Struct)


class Pages:
    """Documents as the books would hold them, written record by record."""

    def __init__(self, plan: Plan | None = None, day: Day | None = None) -> None:
        self.kept: dict[tuple[str, str], Document] = {}
        preview = day.shop.ledger.preview if day else None
        self.showing = Showing(plan or stall(), lambda kind, key: self.kept.get((kind, key)), self.visit_of, preview)  # type: ignore[arg-type]
        self.now = 1

    def visit_of(self, party: str) -> str:
        return next((key for (kind, key), each in self.kept.items() if kind == "visit" and each.owner == party), "")

    def reads(self, *said: AnyRecord) -> Pages:
        for record in said:
            self.now = max(self.now, record.envelope.arrived)
            shown = self.showing.show([record], self.now)
            assert len({(each.kind, each.key) for each in shown}) == len(shown)
            self.kept |= {(each.kind, each.key): each for each in shown}
        return self

    def one(self, kind: str, type_: type[Doc], key: str = "") -> Doc:
        (found,) = [each for (of, name), each in self.kept.items() if of == kind and key in ("", name)]
        return msgspec.json.decode(found.body, type=type_)


def pages_of(day: Day) -> Pages:
    return Pages(day.plan, day).reads(*day.said)


def test_a_day_is_shown_from_the_gate_to_the_paid_receipt() -> None:
    day = a_day(people=2)
    pages = pages_of(day)
    visit, bill, shop = pages.one("visit", d.Visit), pages.one("bill", d.Bill), pages.one("shop", d.Shop)
    assert (visit.state, visit.people, visit.gate, visit.total_minor, visit.payment) == ("settled", 2, "door", 240, "captured")
    assert visit.entered < visit.left < visit.settled
    assert (bill.state, bill.due_minor, bill.payment, bill.names) == ("sent", 240, "captured", {"cola": "Kestrel Cola 33 cl"})
    assert bill.disputable_until == bill.at + 30 * 24 * 3600 * SECOND
    assert (shop.state, shop.inside) == ("open", 0)
    assert pages.one("payment", d.Money).payment.captured_minor == 240
    assert pages.showing.notes == Notes()


def test_all_at_once_shows_the_same_as_one_after_the_other() -> None:
    day = a_day()
    pages, together = pages_of(day), Pages(day.plan, day)
    shown = together.showing.show(day.said, pages.now)
    assert {(each.kind, each.key) for each in shown} == set(pages.kept)
    bills = [msgspec.json.decode(each.body, type=d.Bill) for each in shown if each.kind == "bill"]
    assert [(each.state, each.due_minor, each.payment) for each in bills] == [("sent", 240, "captured")]


def test_while_people_are_inside_the_shop_says_how_many_and_who_left_is_not_inside_while_the_receipt_waits() -> None:
    day = a_day(people=2)
    pages, told = Pages(day.plan, day), []
    for record in day.said:
        pages.reads(record)
        if isinstance(record, VisitChanged):
            told.append((record.state, pages.one("shop", d.Shop).inside))
    assert told == [("shopping", 2), ("leaving", 0), ("settling", 0), ("settled", 0)]


def test_a_dispute_stands_on_its_bill_and_what_is_given_back_comes_off_what_is_due() -> None:
    day = a_day()
    dispute(day)
    (asked,) = pages_of(day).one("bill", d.Bill).disputes
    assert (asked.outcome, asked.quantity, asked.settled, asked.raised > 0) == ("asked", 1, 0, True)
    answer(day, 2)
    bill = pages_of(day).one("bill", d.Bill)
    assert [(each.outcome, each.quantity, each.by) for each in bill.disputes] == [("refunded", 1, "reviewer")]
    assert (bill.due_minor, [each.total_minor for each in bill.corrections], bill.helped) == (120, [120], True)
    question = pages_of(day).one("question", d.Asked)
    assert (question.state, question.by, question.choice) == ("answered", ("r1",), 2)


def test_two_disputes_of_one_bill_stand_side_by_side_and_both_come_off() -> None:
    day = Day().opens()
    day.comes()
    day.shops(
        "00:00.0  p1 enters\n00:03.0  p1 takes 2 cola from s1s1p1\n00:07.0  p1 takes 1 box from s1s1p5\n00:11.0  p1 leaves\n"
    )
    dispute(day)
    answer(day, 2)
    dispute(day, sku="box")
    answer(day, 2)
    bill = pages_of(day).one("bill", d.Bill)
    assert [(each.sku, each.outcome) for each in bill.disputes] == [("cola", "refunded"), ("box", "refunded")]
    assert bill.disputes[0].settled < bill.disputes[1].settled
    assert [each.total_minor for each in bill.corrections] == [120, 790]
    assert bill.due_minor == bill.receipt.total_minor - 120 - 790 == 120


def test_a_bill_that_was_never_charged_says_so() -> None:
    assert pages_of(a_day(plan=stall(mode="shadow"))).one("bill", d.Bill).state == "shadow"


def test_a_bill_that_waits_for_a_person_is_shown_as_it_would_be() -> None:
    day = a_day(plan=stall(mode="assisted"))
    pages = pages_of(day)
    assert pages.one("visit", d.Visit).waits_for == "a confirmation"
    assert (pages.one("bill", d.Bill).state, pages.one("bill", d.Bill).receipt.total_minor) == ("held", 240)
    day.tell(BillConfirmed, receipt=day.of(Settlement)[0].id)
    assert pages_of(day).one("bill", d.Bill).state == "sent"
    assert pages_of(day).one("visit", d.Visit).waits_for == ""


def test_an_age_check_is_shown_open_and_closed_and_the_visit_waits_for_it() -> None:
    day = a_day(ENERGY)
    assert pages_of(day).one("visit", d.Visit).waits_for == "an age check"
    check = pages_of(day).one("check", d.Check)
    assert (check.state, check.asked.minimum) == ("open", 16)
    day.tell(AgeChecked, check=check.asked.id, approved=False)
    pages = pages_of(day)
    assert (pages.one("check", d.Check).state, pages.one("visit", d.Visit).waits_for) == ("refused", "")
    assert pages.one("bill", d.Bill).dropped[0].sku == "energy"


def test_a_visit_that_somebody_is_asked_about_says_that_a_person_helps() -> None:
    day = asked_day("run the shop", "review")
    asked = next(number for number, each in enumerate(day.said) if isinstance(each, Question))
    waiting = Pages(day.plan, day).reads(*day.said[: asked + 1]).one("visit", d.Visit, day.of(Question)[0].visit)
    assert (waiting.waits_for, waiting.helped) == ("a reviewer", True)
    pages = pages_of(day)
    visits = [msgspec.json.decode(each.body, type=d.Visit) for (kind, _), each in pages.kept.items() if kind == "visit"]
    assert [each.helped for each in visits].count(True) >= 1
    assert {each.waits_for for each in visits} == {""}


def test_a_second_payment_has_a_document_of_its_own_and_leaves_the_visits_alone() -> None:
    pages = pages_of(a_day())
    more = PaymentChanged(
        envelope=envelope("payment", 99, pages.now), payment="pay/p1/more", party="p1", state="declined", currency="EUR",
        authorised_minor=0, captured_minor=0, refunded_minor=0,
    )  # fmt: skip
    pages.reads(more)
    assert pages.one("payment", d.Money, "pay/p1/more").payment.state == "declined"
    assert (pages.one("visit", d.Visit).payment, pages.one("bill", d.Bill).payment) == ("captured", "captured")


def test_an_alarm_is_counted_seen_and_new_again_when_it_is_raised_again() -> None:
    def raised(number: int) -> Alarm:
        return Alarm(envelope=envelope("alarms", number, number), name="late", subject="gates", text=f"the {number}. time")

    pages = Pages().reads(raised(3), raised(5))
    alarm = pages.one("alarm", d.Warning)
    assert (alarm.times, alarm.first, alarm.last, alarm.text, alarm.state) == (2, 3, 5, "the 5. time", "new")
    seen = AlarmSeen(envelope=envelope("staff", 0, 6), name="late", subject="gates")
    assert pages.reads(seen).one("alarm", d.Warning).state == "seen"
    assert pages.reads(raised(7)).one("alarm", d.Warning).state == "new"
    unknown = AlarmSeen(envelope=envelope("staff", 1, 8), name="nothing", subject="nobody")
    assert len(pages.reads(unknown).kept) == 1


def line(*at_least: float, sku: str = "cola") -> CartLine:
    known: dict[str, Any] = {"sku": sku, "at_least": at_least}
    others = {each.name: () for each in msgspec.structs.fields(CartLine) if each.required and each.name not in known}
    return CartLine(**known, **others)


def test_a_live_cart_shows_what_is_sure_and_what_is_being_checked_and_hides_the_rest() -> None:
    pages = Pages()
    came = VisitChanged(envelope=envelope("visit", 0, 5), visit="v1", party="p1", state="shopping")
    lines = (line(1.0, 0.7, 0.69, 0.1), line(0.09, sku="box"), line(0.4, sku="milk"), line(1.0, sku="unknown"))
    cart = Cart(envelope=envelope("carts", 0, 6), visit="v1", party="p1", lines=lines, final=False)
    visit = pages.reads(came, cart).one("visit", d.Visit)
    assert [(each.sku, each.quantity, each.checking, each.probability) for each in visit.items] == [
        ("cola", 2, 2, 0.7), ("milk", 0, 1, 0.4)
    ]  # fmt: skip


def test_the_shops_page_says_when_it_opened_and_in_which_mode() -> None:
    day = Day().opens()
    day.tell(StoreCommand, action="assisted")
    shop = pages_of(day).one("shop", d.Shop)
    assert (shop.mode, shop.opened > 0, shop.name) == ("assisted", True, "The Stall")
