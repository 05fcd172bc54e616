"""People around the pretend shop who answer what it asks: staff at the shelves, a manager at the desk, shoppers at home.

Like pretend reviewers they stand for somebody who was there, and therefore know the truth; nothing else may.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Final

import msgspec

from saunter.base.randomness import generator
from saunter.base.time import from_seconds
from saunter.records import (
    AgeCheckAsked,
    AgeCheckClosed,
    AgeChecked,
    AnyRecord,
    BillConfirmed,
    DisputeRaised,
    Envelope,
    Receipt,
    Settlement,
    Stamp,
    StoreChanged,
    StoreMode,
    TrueAction,
    TrueReceipt,
)
from saunter.simulation.crowd import numbers
from saunter.simulation.gestures import Dice

#: Where the answers stand: what staff found at age checks, what a manager let go, what shoppers say of their receipts.
STREAM_AGES: Final = "staff/ages"
STREAM_BILLS: Final = "staff/bills"
STREAM_DISPUTES: Final = "shoppers/disputes"
#: So many visits are remembered whose receipt has not come: those that never get one are forgotten in the end.
VISITS_KEPT: Final = 1000

#: Pieces by product.
_Pieces = dict[str, int]


class _Bill(msgspec.Struct, frozen=True):
    """A decided bill that a manager confirms: the settlement's id, what is dropped, how long it takes, whether it is begun."""

    id: str
    dropped: frozenset[str]
    takes_ns: int
    is_due: bool = False


class PeopleWhoAnswer:
    """A `Responder`. `disputes`: the share of shoppers with a wrong receipt who say so; `staff_delay_s`: how long staff and
    manager take on average, None: nobody of them answers.

    Whether and what somebody answers depends on the seed and on the visit and product it is about; when, also on when it was
    heard. Parties of `guests` answer for themselves.
    """

    def __init__(
        self, store: str, seed: int, *, mode: StoreMode, disputes: float, staff_delay_s: float | None, guests: Collection[str]
    ) -> None:
        self._store, self._seed, self._mode = store, seed, mode
        self._disputes, self._staff_delay_s, self._guests = disputes, staff_delay_s, guests
        self._coming: list[tuple[int, int, str, str, Callable[[Envelope], AnyRecord]]] = []
        self._void: set[str] = set()
        self._put = 0
        self._sequences: dict[str, int] = {}
        self._passed = -(2**63)
        self._true: dict[str, _Pieces] = {}
        self._put_back: dict[str, set[str]] = {}
        self._receipts: dict[str, Receipt] = {}
        self._bills: dict[str, _Bill] = {}
        self._checks: dict[str, dict[str, str]] = {}

    @property
    def pending(self) -> int:
        """How much is kept in mind: answers on their way, and what is remembered of visits."""
        kept = (self._coming, self._void, self._true, self._put_back, self._receipts, self._bills, self._checks)
        return sum(map(len, kept))

    @property
    def is_idle(self) -> bool:
        """Whether nobody is about to answer."""
        return not self._coming

    def hear(self, records: Iterable[AnyRecord]) -> None:
        """Take note of what the shop said, and of what truly happened; most of it passes by."""
        for record in records:
            match record:
                case TrueAction():
                    if record.action == "put back":
                        self._put_back.setdefault(record.party, set()).add(record.sku)
                case TrueReceipt():
                    self._true[record.party] = {line.sku: line.quantity for line in record.lines}
                    self._forget()
                case AgeCheckAsked():
                    self._checks.setdefault(record.visit, {})[record.sku] = "open"
                    self._puts_aside(record.visit)
                    self._looks_at(record)
                case AgeCheckClosed():
                    self._never(record.check)
                    self._checks.setdefault(record.visit, {})[record.sku] = record.outcome
                    self._goes_on(record)
                case StoreChanged():
                    self._mode = record.mode
                case Settlement():
                    self._considers(record)
                case Receipt():
                    self._receipts[record.visit] = record
                case Stamp():
                    self._gets(record)
                case _:
                    pass

    def due(self, before_ns: int) -> list[AnyRecord]:
        """Everything answered before an instant (ns UTC), in order, each once."""
        found: list[AnyRecord] = []
        while self._coming and self._coming[0][0] < before_ns:
            at, _, stream, key, make = heapq.heappop(self._coming)
            if key in self._void:
                self._void.discard(key)
                continue
            sequence = self._sequences.get(stream, 0)
            self._sequences[stream] = sequence + 1
            found.append(make(Envelope(store=self._store, stream=stream, sequence=sequence, happened=at, arrived=at)))
        self._passed = max(self._passed, before_ns)
        return found

    # -- staff ---------------------------------------------------------------------------------------------------------

    def _looks_at(self, asked: AgeCheckAsked) -> None:
        """A member of staff goes and asks for a proof of age."""
        if self._staff_delay_s is None:
            return
        dice = generator(self._seed, "age check", asked.visit, asked.sku)
        is_old_enough = bool(dice.random() >= numbers.TOO_YOUNG_SHARE)
        self._answers(
            self._heard(asked) + self._staff_ns(dice), STREAM_AGES, asked.id,
            lambda at: AgeChecked(envelope=_because(at, asked.id), check=asked.id, approved=is_old_enough, staff="staff-1"),
        )  # fmt: skip

    def _never(self, key: str) -> bool:
        """What was asked is over: nobody answers it any more. Whether somebody would have."""
        is_coming = any(answer[3] == key for answer in self._coming)
        if is_coming:
            self._void.add(key)
        return is_coming

    def _considers(self, bill: Settlement) -> None:
        """In assisted mode a manager looks at each visit's decided bill, once."""
        if self._mode != "assisted" or self._staff_delay_s is None or bill.visit in self._bills:
            return
        true, charged = self._true.get(bill.party), [each.sku for each in bill.decisions if each.action == "charge"]
        dice = generator(self._seed, "bill", bill.visit)
        wrong = [sku for sku in charged if true is not None and not true.get(sku)]
        dropped = frozenset(sku for sku in wrong if dice.random() < numbers.NOTICED_SHARE)
        self._bills[bill.visit] = _Bill(bill.id, dropped, self._staff_ns(dice))
        self._goes_on(bill)

    def _goes_on(self, heard: Settlement | AgeCheckClosed) -> None:
        """A bill is confirmed once no age check of its visit is open: until then the shop does not take it."""
        bill = self._bills.get(heard.visit)
        if bill is not None and not bill.is_due and not self._is_checking(heard.visit):
            self._bills[heard.visit] = msgspec.structs.replace(bill, is_due=True)
            self._answers(self._heard(heard) + bill.takes_ns, STREAM_BILLS, bill.id, partial(self._confirms, heard.visit, bill))

    def _puts_aside(self, visit: str) -> None:
        """A bill that was about to be confirmed waits for an age check that came up."""
        bill = self._bills.get(visit)
        if bill is not None and bill.is_due and self._never(bill.id):
            self._bills[visit] = msgspec.structs.replace(bill, is_due=False)

    def _is_checking(self, visit: str) -> bool:
        return "open" in self._checks.get(visit, {}).values()

    def _confirms(self, visit: str, bill: _Bill, envelope: Envelope) -> BillConfirmed:
        """What staff refused is off the bill already."""
        checks = self._checks.get(visit, {})
        dropped = tuple(sorted(sku for sku in bill.dropped if checks.get(sku, "approved") == "approved"))
        return BillConfirmed(envelope=_because(envelope, bill.id), receipt=bill.id, by="manager-1", dropped=dropped)

    def _staff_ns(self, dice: Dice) -> int:
        return from_seconds((self._staff_delay_s or 0.0) * float(dice.uniform(*numbers.STAFF_SPREAD)))

    # -- shoppers ------------------------------------------------------------------------------------------------------

    def _gets(self, stamp: Stamp) -> None:
        """A receipt that is sent reaches its shopper, who may look at it."""
        receipt = self._receipts.pop(stamp.visit, None)
        if receipt is None:
            return
        true, put_back = self._true.pop(receipt.party, None), self._put_back.pop(receipt.party, set())
        bill = self._bills.pop(stamp.visit, None)
        if bill is not None:
            self._never(bill.id)
        self._checks.pop(stamp.visit, None)
        if true is None or receipt.party in self._guests or self._mode == "shadow":
            return
        dice = generator(self._seed, "receipt", receipt.visit)
        charged = {line.sku: line.quantity for line in receipt.lines}
        at = self._heard(stamp) + from_seconds(float(dice.uniform(*numbers.RECEIPT_LOOK_S)))
        for sku, pieces in self._disputed(charged, true, dice).items():
            self._answers(at, STREAM_DISPUTES, "", partial(_dispute, receipt, sku, pieces, charged[sku], put_back))

    def _disputed(self, charged: _Pieces, true: _Pieces, dice: Dice) -> _Pieces:
        """What a shopper says was not taken: what is wrong, if it bothers; now and then something that is right."""
        bothers, is_false, which = dice.random(3)
        wrong = {sku: pieces - true.get(sku, 0) for sku, pieces in charged.items() if pieces > true.get(sku, 0)}
        if wrong:
            return wrong if bothers < self._disputes else {}
        if self._disputes > 0 and is_false < numbers.FALSE_DISPUTE_SHARE and charged:
            sku = sorted(charged)[int(which * len(charged))]
            return {sku: charged[sku]}
        return {}

    # -- all of them ---------------------------------------------------------------------------------------------------

    def _heard(self, record: AnyRecord) -> int:
        """When it was heard: not before what is answered already."""
        return max(record.envelope.arrived, self._passed)

    def _answers(self, at: int, stream: str, key: str, make: Callable[[Envelope], AnyRecord]) -> None:
        heapq.heappush(self._coming, (at, self._put, stream, key, make))
        self._put += 1

    def _forget(self) -> None:
        """The oldest visits are forgotten where too many are kept."""
        for kept in (self._true, self._put_back, self._receipts, self._bills, self._checks):
            while len(kept) > VISITS_KEPT:
                del kept[next(iter(kept))]


def _because(envelope: Envelope, id_: str) -> Envelope:
    return Envelope(
        store=envelope.store, stream=envelope.stream, sequence=envelope.sequence, happened=envelope.happened,
        arrived=envelope.arrived, because=(id_,),
    )  # fmt: skip


def _dispute(
    receipt: Receipt, sku: str, pieces: int, charged: int, put_back: Collection[str], envelope: Envelope
) -> DisputeRaised:
    return DisputeRaised(
        envelope=_because(envelope, receipt.id), visit=receipt.visit, receipt=receipt.id, sku=sku, quantity=pieces,
        claim="put back" if sku in put_back else "fewer taken" if pieces < charged else "not taken",
    )  # fmt: skip
