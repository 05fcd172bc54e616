"""What the room will not take, and what it keeps through a restart: nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.payment.till import PLAN, Till, receipt_of

from saunter.base.errors import InputProblems, Refused
from saunter.base.time import SECOND
from saunter.payment import PaymentEngine
from saunter.records import Alarm, CardPresented, Envelope, KeyIssued, Receipt, Stamp


def place(store: str = "corner", sequence: int = 99) -> Envelope:
    return Envelope(store=store, stream="inputs", sequence=sequence, happened=0, arrived=0)


def key(party: str, method: str = "card-1", store: str = "corner") -> KeyIssued:
    return KeyIssued(envelope=place(store), party=party, code_hash="", expires=0, method=method)


def dollars(receipt: Receipt) -> Receipt:
    return msgspec.structs.replace(receipt, currency="USD")


def billed(total: int = 300) -> Till:
    till = Till().shopping()
    till.receipt(total)
    till.outcome("done")
    return till


STAMP = Stamp(envelope=place(), receipt="", visit="", checks=())


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda till: till.engine.receive(STAMP), "payment takes keys, entries, visits, .* not Stamp"),
        (lambda till: till.engine.receive(key("p2", store="castle")), "inputs:99 belongs to store 'castle', this is 'corner'"),
        (lambda till: till.engine.receive(key("STAFF")), "'STAFF' is no party that can pay"),
        (lambda till: till.engine.receive(key("")), "'' is no party that can pay"),
        (lambda till: till.engine.receive(key("p1/more")), "'p1/more' is no party that can pay"),
        (lambda till: till.engine.receive(key("p1", "card-2")), "party 'p1' pays with another method already"),
        (lambda till: till.entry("authorising", party="p2"), "party 'p2' has no method to pay with; a key or a card must"),
        (lambda till: till.engine.receive(receipt_of(place(), "p1", 200)), "party 'p1' has its receipt already, ledger:6"),
        (lambda till: till.engine.receive(receipt_of(place(), "p2", -1)), "inputs:99 is over -1 EUR, not a sum in EUR"),
        (lambda till: till.engine.receive(dollars(receipt_of(place(), "p2", 1))), "inputs:99 is over 1 USD, not a sum in EUR"),
        (lambda till: till.correct(301), r"gives back 301 minor units of EUR, 300 of EUR are left of receipt ledger:6"),
        (lambda till: till.correct(0), r"gives back 0 minor units of EUR, 300 of EUR are left of receipt ledger:6"),
        (lambda till: till.correct(1.0), r"gives back 1\.0 minor units of EUR, 300 of EUR are left of receipt ledger:6"),  # type: ignore[arg-type]
        (lambda till: till.correct(1, currency="USD"), "gives back 1 minor units of USD, 300 of EUR are left"),
        (lambda till: till.correct(1, receipt="ledger:5"), "corrects 'ledger:5', which party 'p1' was not charged, or long ago"),
        (lambda till: till.correct(1, "p2"), "corrects '', which party 'p2' was not charged, or long ago"),
    ],
)  # fmt: skip
def test_what_breaks_the_shops_own_books_is_refused_and_changes_nothing(act: Callable[[Till], Any], words: str) -> None:
    till = billed()
    before = till.engine.snapshot()
    with pytest.raises(Refused, match=words):
        act(till)
    assert till.engine.snapshot() == before


def test_all_corrections_together_never_exceed_the_receipt_and_none_counts_twice() -> None:
    till = billed()
    till.correct(200)
    with pytest.raises(Refused, match="gives back 101 minor units of EUR, 100 of EUR are left"):
        till.correct(101)
    till.sequence -= 2
    with pytest.raises(Refused, match="was taken before"):
        till.correct(50)


def test_a_card_at_the_gate_is_a_method_as_a_key_is() -> None:
    till = Till()
    till.engine.receive(CardPresented(envelope=place(), gate="in", party="p1", method="card-9"))
    till.entry("authorising")
    assert till.given[0].method == "card-9"


def test_a_command_that_the_guard_holds_back_was_never_carried_out() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    refused = Alarm(envelope=place(), name="guard-refused", subject=till.given[0].id, text="")
    assert till.take(refused) == ["pay/p1 is declined 0/0/0 (held back by the guard)"]
    assert till.take(refused) == []


def test_a_command_held_back_when_it_is_given_again_may_have_been_carried_out_the_first_time() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    till.outcome("unknown")
    till.outcome("not found")
    assert till.take(Alarm(envelope=place(), name="guard-refused", subject=till.given[-1].id, text="")) == []
    assert till.take(Alarm(envelope=place(), name="plate-dead", subject=till.given[0].id, text="")) == []
    assert till.outcome("done") == ["pay/p1 is authorised 5000/0/0"]


@pytest.mark.parametrize(
    "damage", [lambda good: good[:-1], lambda good: b"\xff" + good, lambda good: good.replace(b"corner", b"castle")]
)
def test_a_damaged_or_foreign_snapshot_is_refused_and_nothing_is_forgotten(damage: Callable[[bytes], bytes]) -> None:
    till = billed()
    before = till.engine.snapshot()
    with pytest.raises(InputProblems, match=r"payment snapshot: .* -> "):
        till.engine.restore(damage(before))
    assert till.engine.snapshot() == before


def test_a_snapshot_with_unsaid_commands_and_unknown_outcomes_continues_identically() -> None:
    till = Till().shopping()
    till.receipt(6000)
    till.outcome("unknown", payment="pay/p1/more")
    till.engine.receive(key("p2"))
    again = PaymentEngine(PLAN)
    again.restore(till.engine.snapshot())
    for seconds in (0, 4, 5, 6, 60):
        assert again.advance(seconds * SECOND) == till.engine.advance(seconds * SECOND)
    assert again.snapshot() == till.engine.snapshot()


def test_a_party_whose_code_nobody_showed_is_forgotten_after_a_day_and_one_that_was_billed_is_not() -> None:
    till = billed()
    till.key("p2")
    till.later(86400)
    assert b'"p2"' in till.engine.snapshot()
    till.later(86400)
    assert b'"p2"' not in till.engine.snapshot()
    assert b'"p1"' in till.engine.snapshot()


def test_parties_long_gone_are_forgotten_but_never_a_hold_or_an_unknown_outcome() -> None:
    till = billed()
    till.shopping("p2")
    till.shopping("p3")
    till.receipt(100, "p3")
    for _ in range(38):
        till.later(86400)
    assert b'"p1"' in till.engine.snapshot()
    till.later(86400)
    assert b'"p1"' not in till.engine.snapshot()
    assert b'"p2"' in till.engine.snapshot()
    assert b'"p3"' in till.engine.snapshot()
    with pytest.raises(Refused, match="was not charged, or long ago"):
        till.correct(1)
