"""A till for the tests: keys, receipts and outcomes go in by short verbs; everything said comes out as lines that read aloud.

The guard stands beside it as in a shop: it sees everything, and a command that it does not stamp fails the test.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import msgspec

from saunter.base.time import SECOND
from saunter.guard import GuardEngine
from saunter.payment import PaymentEngine
from saunter.plan.types import Plan, Policies
from saunter.records import (
    Alarm,
    CommandStamp,
    Correction,
    EntryDecided,
    Envelope,
    KeyIssued,
    PaymentChanged,
    PaymentCommand,
    PaymentOutcome,
    Receipt,
    ReceiptLine,
    Record,
    Stamp,
    Tick,
    VisitChanged,
)

PLAN = Plan(
    store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
    cameras={}, products={}, facings=(), taxes={}, policies=Policies(hold_amount="50.00", payment_wait_ms=5000),
)  # fmt: skip


def plan(**policies: Any) -> Plan:
    return replace(PLAN, policies=replace(PLAN.policies, **policies))


def receipt_of(envelope: Envelope, party: str, total: int) -> Receipt:
    line = ReceiptLine(
        sku="tea", gtin="", name="Tea", quantity=1, unit_price_minor=total, net_minor=total, tax_code="", tax_rate="0",
        tax_minor=0, total_minor=total, probability=1.0, because=("shelves:1",),
    )  # fmt: skip
    return Receipt(
        envelope=envelope, visit=f"visit-{party}", party=party, currency="EUR", lines=(line,) if total else (), net_minor=total,
        tax_minor=0, total_minor=total,
    )  # fmt: skip


class Till:
    """The payment room and the guard. `now_s` is the time of what comes in; `given` are all commands, in order."""

    def __init__(self, shop: Plan = PLAN) -> None:
        self.engine = PaymentEngine(shop)
        self.guard = GuardEngine("corner", "EUR", charge_threshold=0.7, taxes_on_top=(), hold_minor=5000)
        self.now_s = 0.0
        self.sequence = 0
        self.visits = 0
        self.given: list[PaymentCommand] = []
        self.changes: list[PaymentChanged] = []
        self.receipts: dict[str, str] = {}

    def envelope(self, stream: str = "inputs", because: tuple[str, ...] = ("tick:0",)) -> Envelope:
        self.sequence += 1
        at = round(self.now_s * SECOND)
        return Envelope(store="corner", stream=stream, sequence=self.sequence, happened=at, arrived=at, because=because)

    def take(self, record: Record) -> list[str]:
        """A record comes in; what is said at once."""
        if isinstance(record, KeyIssued | EntryDecided | VisitChanged | Correction | PaymentOutcome):
            self.guard.receive(record)
        elif isinstance(record, Receipt):
            self.guard.receive(self.change("settling", record.visit, record.party))
            self.sequence -= 1
            self.guard.receive(record)
            (stamp,) = self.guard.advance(record.envelope.arrived)
            assert isinstance(stamp, Stamp), stamp
        self.engine.receive(record)
        return self.later(0)

    def later(self, seconds: float) -> list[str]:
        """Time passes; what is said by then."""
        self.now_s += seconds
        at = round(self.now_s * SECOND)
        tick = Tick(envelope=Envelope(store="corner", stream="ticks", sequence=0, happened=at, arrived=at))
        self.engine.receive(tick)
        self.guard.receive(tick)
        said = self.engine.advance(round(self.now_s * SECOND))
        for record in said:
            if isinstance(record, PaymentCommand):
                self.guard.receive(record)
                (stamp,) = self.guard.advance(record.envelope.arrived)
                assert isinstance(stamp, CommandStamp), stamp
                self.given.append(record)
            elif isinstance(record, PaymentChanged):
                self.changes.append(record)
        return [line(record) for record in said]

    def key(self, party: str = "p1", method: str = "card-1") -> list[str]:
        issued = KeyIssued(envelope=self.envelope(), party=party, code_hash="", expires=10**18, method=method)
        return self.take(issued)

    def entry(self, outcome: Literal["authorising", "admitted", "denied"], reason: Any = "", party: str = "p1") -> list[str]:
        return self.take(EntryDecided(envelope=self.envelope(), gate="in", party=party, outcome=outcome, reason=reason))

    def visit(self, state: str, party: str = "p1", visit: str = "") -> list[str]:
        return self.take(self.change(state, visit or f"visit-{party}", party))

    def change(self, state: str, visit: str = "visit-p1", party: str = "p1") -> VisitChanged:
        """The next word about a visit, now."""
        self.visits += 1
        envelope = msgspec.structs.replace(self.envelope("visit"), sequence=self.visits)
        return VisitChanged(envelope=envelope, visit=visit, party=party, state=state)

    def receipt(self, total: int, party: str = "p1") -> list[str]:
        receipt = receipt_of(self.envelope("ledger"), party, total)
        self.receipts[party] = receipt.id
        return self.take(receipt)

    def correct(self, total: int, party: str = "p1", **other: Any) -> list[str]:
        fields: dict[str, Any] = {"receipt": self.receipts.get(party, ""), "currency": "EUR", "total_minor": total}
        return self.take(
            Correction(
                envelope=self.envelope("corrections"), visit=f"visit-{party}", party=party, lines=(), net_minor=total,
                tax_minor=0, reason="", **{**fields, **other},
            )
        )  # fmt: skip

    def outcome(self, outcome: Any, number: int = 1, payment: str = "pay/p1", **other: Any) -> list[str]:
        """What the provider says about the last command of a payment that moves money, or another by its `action`."""
        action = other.pop("action", None)
        commands = [each for each in self.given if each.payment == payment and each.action == (action or each.action)]
        command = [each for each in commands if each.action != "look up"][-1]
        fields = {
            "key": command.key, "action": command.action, "amount_minor": command.amount_minor if outcome == "done" else 0,
            "reference": f"ref-{payment}" if outcome == "done" else "",
        }  # fmt: skip
        said: list[str] = []
        for _ in range(number):
            said += self.take(
                PaymentOutcome(envelope=self.envelope("payments"), payment=payment, outcome=outcome, **{**fields, **other})
            )
        return said

    def shopping(self, party: str = "p1") -> Till:
        """A party came in, its hold is there."""
        self.key(party)
        self.entry("authorising", party=party)
        self.outcome("done", payment=f"pay/{party}")
        self.entry("admitted", party=party)
        self.visit("shopping", party)
        return self


def line(record: Record) -> str:
    """A record in one line: a command with its key, a change with its three sums, an alarm with its words."""
    if isinstance(record, PaymentCommand):
        return f"{record.action} {record.amount_minor} [{record.key}]" + (f" about [{record.about}]" if record.about else "")
    if isinstance(record, PaymentChanged):
        sums = f"{record.authorised_minor}/{record.captured_minor}/{record.refunded_minor}"
        return f"{record.payment} is {record.state} {sums}" + (f" ({record.reason})" if record.reason else "")
    assert isinstance(record, Alarm)
    return f"alarm {record.name} {record.subject}: {record.text}"
