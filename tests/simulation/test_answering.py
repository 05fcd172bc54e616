"""Staff, manager and shoppers of the pretend world: who answers, what, and when."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from tests.simulation.shopkeeping import place

from saunter.base.time import SECOND
from saunter.records import (
    AgeCheckAsked,
    AgeCheckClosed,
    AgeChecked,
    AnyRecord,
    BillConfirmed,
    Decision,
    DisputeRaised,
    Receipt,
    ReceiptLine,
    Settlement,
    Stamp,
    StoreChanged,
    TrueAction,
    TrueLine,
    TrueReceipt,
)
from saunter.simulation.answering import STREAM_AGES, STREAM_DISPUTES, VISITS_KEPT, PeopleWhoAnswer
from saunter.simulation.crowd import numbers

NOON = 1_000 * SECOND
LATER = NOON + 3600 * SECOND


def people(
    *, mode: str = "automatic", disputes: float = 1.0, delay_s: float | None = 6.0, guests: Collection[str] = ()
) -> PeopleWhoAnswer:
    return PeopleWhoAnswer("corner", 1, mode=mode, disputes=disputes, staff_delay_s=delay_s, guests=guests)  # type: ignore[arg-type]


def asked(n: int = 0, at: int = NOON) -> AgeCheckAsked:
    return AgeCheckAsked(
        envelope=place("approvals", at, n),
        visit=f"visit-p{n}",
        party=f"p{n}",
        sku="beer",
        name="Beer",
        minimum=18,
        probability=0.9,
    )


def line(sku: str, pieces: int) -> ReceiptLine:
    return ReceiptLine(
        sku=sku, gtin="", name=sku, quantity=pieces, unit_price_minor=100, net_minor=100 * pieces, tax_code="", tax_rate="0",
        tax_minor=0, total_minor=100 * pieces, probability=0.9, because=(),
    )  # fmt: skip


def receipt(party: str = "p1", **pieces: int) -> Receipt:
    total = 100 * sum(pieces.values())
    return Receipt(
        envelope=place("receipts", NOON, int(party[1:])), visit=f"visit-{party}", party=party, currency="EUR",
        lines=tuple(line(sku, n) for sku, n in pieces.items()), net_minor=total, tax_minor=0, total_minor=total,
    )  # fmt: skip


def stamp(of: Receipt) -> Stamp:
    return Stamp(envelope=place("guard", NOON + SECOND, of.envelope.sequence), receipt=of.id, visit=of.visit, checks=())


def truth(party: str = "p1", **pieces: int) -> TrueReceipt:
    lines = tuple(TrueLine(sku=sku, quantity=n) for sku, n in pieces.items())
    return TrueReceipt(envelope=place("truth/receipts", NOON), visit=f"visit-{party}", party=party, lines=lines)


def settlement(party: str = "p1", **pieces: int) -> Settlement:
    decisions = tuple(Decision(sku=sku, quantity=n, probability=0.9, action="charge", because=()) for sku, n in pieces.items())
    return Settlement(envelope=place("settlement", NOON), visit=f"visit-{party}", party=party, decisions=decisions)


def assisted(mode: str = "assisted") -> StoreChanged:
    return StoreChanged(envelope=place("opening", NOON), state="open", mode=mode)  # type: ignore[arg-type]


def disputes_of(who: PeopleWhoAnswer, *heard: AnyRecord) -> list[tuple[str, int, str]]:
    who.hear(heard)
    found = who.due(LATER)
    assert all(isinstance(each, DisputeRaised) and each.envelope.stream == STREAM_DISPUTES for each in found)
    return [(each.sku, each.quantity, each.claim) for each in found if isinstance(each, DisputeRaised)]


def test_staff_go_and_look_and_say_so_after_a_few_seconds() -> None:
    who = people()
    who.hear([asked()])
    assert who.due(NOON + round(6.0 * numbers.STAFF_SPREAD[0] * SECOND)) == []
    assert not who.is_idle
    (answer,) = who.due(NOON + round(6.0 * numbers.STAFF_SPREAD[1] * SECOND) + 1)
    assert isinstance(answer, AgeChecked)
    assert (answer.check, answer.staff, answer.envelope.stream, answer.envelope.because) == (
        "approvals:0", "staff-1", STREAM_AGES, ("approvals:0",),
    )  # fmt: skip
    assert who.is_idle


def test_some_are_too_young_and_it_does_not_depend_on_when_they_are_asked() -> None:
    first, second = people(), people(delay_s=20.0)
    first.hear([asked(n) for n in range(400)])
    second.hear([asked(n, NOON + n * SECOND) for n in reversed(range(400))])
    found = [{each.check: each.approved for each in who.due(LATER) if isinstance(each, AgeChecked)} for who in (first, second)]
    assert found[0] == found[1]
    assert list(found[0].values()).count(False) / 400 == pytest.approx(numbers.TOO_YOUNG_SHARE, abs=0.03)


def test_answers_count_up_in_the_order_of_their_time() -> None:
    who = people()
    who.hear([asked(n) for n in range(20)])
    answers = who.due(LATER)
    assert [each.envelope.sequence for each in answers] == list(range(20))
    assert [each.envelope.arrived for each in answers] == sorted(each.envelope.arrived for each in answers)


def test_a_check_that_is_over_is_answered_by_nobody_and_nobody_answers_where_people_at_pages_do() -> None:
    who = people()
    who.hear([asked(0), asked(1)])
    who.hear(
        [AgeCheckClosed(envelope=place("approvals", NOON, 9), check="approvals:0", visit="visit-p0", sku="beer", outcome="void")]
    )
    assert [each.check for each in who.due(LATER) if isinstance(each, AgeChecked)] == ["approvals:1"]
    assert who.is_idle
    nobody = people(delay_s=None)
    nobody.hear([asked()])
    assert nobody.due(LATER) == []


def test_what_is_heard_late_is_answered_later_still() -> None:
    who = people()
    who.due(NOON + 500 * SECOND)
    who.hear([asked()])
    (answer,) = who.due(LATER)
    assert answer.envelope.arrived > NOON + 500 * SECOND


def test_a_shopper_disputes_what_was_not_taken() -> None:
    bill = receipt(ham=1, cola=3, gum=1, rice=2)
    put_back = TrueAction(
        envelope=place("truth/actions", NOON), party="p1", action="put back", sku="rice", gtin="", quantity=2, plates=("s1",)
    )
    found = disputes_of(people(), put_back, truth(cola=1, gum=1), bill, stamp(bill))
    assert sorted(found) == [("cola", 2, "fewer taken"), ("ham", 1, "not taken"), ("rice", 2, "put back")]


def test_nobody_disputes_before_the_receipt_is_sent_nor_what_is_right_or_missing_on_it() -> None:
    bill = receipt(ham=1)
    assert disputes_of(people(), truth(), bill) == []
    assert disputes_of(people(), truth(ham=1, cola=2), bill, stamp(bill)) == []


@pytest.mark.parametrize("who", [people(disputes=0.0), people(guests={"p1"}), people(mode="shadow")])
def test_who_does_not_bother_or_answers_at_a_page_or_is_not_charged_disputes_nothing(who: PeopleWhoAnswer) -> None:
    bill = receipt(ham=1)
    assert disputes_of(who, truth(), bill, stamp(bill)) == []


def test_as_many_bother_as_are_said_to_and_very_few_dispute_what_is_right() -> None:
    wrong, right = people(disputes=0.3), people(disputes=0.3)
    for n in range(1000):
        bill = receipt(f"p{n}", ham=1)
        wrong.hear([truth(f"p{n}"), bill, stamp(bill)])
        right.hear([truth(f"p{n}", ham=1), bill, stamp(bill)])
    assert len(wrong.due(LATER)) / 1000 == pytest.approx(0.3, abs=0.04)
    assert 0 < len(right.due(LATER)) < 15


def confirmed(who: PeopleWhoAnswer, before: int = LATER) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.receipt, each.dropped) for each in who.due(before) if isinstance(each, BillConfirmed)]


def test_in_assisted_mode_a_manager_confirms_each_decided_bill_once_and_drops_what_was_not_taken() -> None:
    who = people(mode="assisted")
    who.hear([truth(cola=1), settlement(ham=1, cola=1)])
    assert confirmed(who) == [("settlement:0", ("ham",))]
    bill = receipt(cola=1)
    who.hear([settlement(cola=1), bill])
    assert confirmed(who, 2 * LATER) == []
    assert disputes_of(who, stamp(bill)) == []
    assert who.pending == 0


def test_a_bill_that_somebody_at_the_page_confirmed_first_is_not_confirmed_again() -> None:
    who, bill = people(mode="assisted"), receipt(cola=1)
    who.hear([truth(cola=1), settlement(cola=1), bill, stamp(bill)])
    assert confirmed(who) == []
    assert who.pending == 0


def test_in_other_modes_nobody_confirms() -> None:
    who = people()
    who.hear([settlement(cola=1)])
    assert confirmed(who) == []
    who.hear([assisted(), settlement(cola=1)])
    assert confirmed(who, 2 * LATER) == [("settlement:0", ())]


@pytest.mark.parametrize("asked_first", [True, False])
def test_a_bill_is_confirmed_when_its_age_check_is_over_and_what_staff_refused_is_off_it_already(
    asked_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "NOTICED_SHARE", 1.0)
    who, beer = people(mode="assisted"), settlement("p0", beer=1, ham=1)
    who.hear([truth("p0"), asked(), beer] if asked_first else [truth("p0"), beer, asked()])
    assert confirmed(who) == []
    over = AgeCheckClosed(
        envelope=place("approvals", LATER, 9), check="approvals:0", visit="visit-p0", sku="beer", outcome="refused"
    )
    who.hear([over])
    assert confirmed(who, 2 * LATER) == [("settlement:0", ("ham",))]


def test_visits_that_never_get_a_receipt_are_forgotten() -> None:
    who = people()
    who.hear([truth(f"p{n}") for n in range(VISITS_KEPT + 50)])
    assert who.pending == VISITS_KEPT
