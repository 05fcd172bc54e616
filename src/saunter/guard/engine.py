"""The guard: a second pair of eyes on every receipt and every command. Knows only records, and trusts no room that made them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from saunter.base.errors import Refused
from saunter.base.forgetting import remembered_for
from saunter.base.snapshots import restored
from saunter.guard.books import Books
from saunter.guard.checks import CHECKS, Known, is_threshold, objections
from saunter.guard.commands import GATE_CHECKS, PAYMENT_CHECKS, Seen, gate_objections, payment_objections
from saunter.records import (
    Alarm,
    CardPresented,
    CommandStamp,
    Correction,
    EntryDecided,
    Envelope,
    GateCommand,
    KeyIssued,
    PaymentCommand,
    PaymentOutcome,
    Receipt,
    Record,
    Stamp,
    StoreChanged,
    Tick,
    VisitChanged,
)

STREAM: Final = "guard"
REFUSAL: Final = "guard-refused"


class _Memory(msgspec.Struct, kw_only=True):
    """All that the guard remembers; its snapshot. `stamped` maps each billed visit to the id of its only receipt, `books` is
    what commands are checked against; in mode shadow nothing `charges`."""

    store: str
    sequence: int = 0
    charges: bool = True
    stamped: dict[str, str] = msgspec.field(default_factory=dict)
    books: Books = msgspec.field(default_factory=Books)
    pending: list[Stamp | CommandStamp | Alarm] = msgspec.field(default_factory=list)


class GuardEngine:
    """Receipts and commands in; for each a stamp, or an Alarm `guard-refused` that says why not. Without it nothing is sent.

    `charge_threshold` is what the store asks of a charged line; `taxes_on_top` are the tax codes whose tax is added to the
    shelf price (a receipt does not say, and a tax added to a price that holds it already would look sound). `hold_minor` is
    the most that may be held before the gate opens, in minor units; a shop that does not say may hold nothing. `dispute_days` are
    the days in which receipts can be disputed: what is longer over is forgotten, and nothing about it is believed anew.
    """

    def __init__(
        self, store: str, currency: str, *, charge_threshold: float, taxes_on_top: Collection[str], hold_minor: int = 0,
        dispute_days: int = 30,
    ) -> None:  # fmt: skip
        if not is_threshold(charge_threshold):
            raise ValueError(f"a charge threshold lies above 0 and up to 1, {charge_threshold!r} does not")
        if type(hold_minor) is not int or hold_minor < 0:
            raise ValueError(f"a hold is a whole number of minor units from 0 on, {hold_minor!r} is not")
        self._store = store
        self._currency = currency
        self._charge_threshold = charge_threshold
        self._taxes_on_top = frozenset(taxes_on_top)
        self._hold_minor = hold_minor
        self._remembered = remembered_for(dispute_days)
        self._memory = _Memory(store=store)
        self._receipts: set[str] = set()

    def receive(self, record: Record) -> None:
        """Take a Receipt, a PaymentCommand or a GateCommand, sound or not: each is answered. What they follow from (keys,
        entries, visits, corrections, outcomes, the shop's mode) is kept; any other kind raises Refused. A receipt held back
        leaves its visit unbilled. At a Tick parties that are long over are forgotten."""
        match record:
            case Receipt():
                self._answer_receipt(record)
            case PaymentCommand():
                self._answer_payment(record)
            case GateCommand():
                self._answer_gate(record)
            case StoreChanged():
                self._memory.charges = record.mode != "shadow"
            case Tick():
                self._forget(record.happened)
            case KeyIssued() | CardPresented() | EntryDecided() | VisitChanged() | Correction() | PaymentOutcome():
                if record.envelope.store != self._store:
                    raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._store!r}")
                self._memory.books.note(record, self._currency)
            case _:
                raise Refused(f"guard takes receipts, commands and what they follow from, not {type(record).__name__}")

    def advance(self, to: int) -> list[Record]:
        """The stamps and alarms since the last call, in the order of what they answer; `to` (ns UTC) is when they are said."""
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def snapshot(self) -> bytes:
        """All that the guard remembers, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "guard", self._store)
        self._receipts = set(self._memory.stamped.values())

    def _forget(self, to: int) -> None:
        for party in self._memory.books.passes(to, self._remembered):
            for visit in party.visits:
                self._receipts.discard(self._memory.stamped.pop(visit, ""))

    def _answer_receipt(self, receipt: Receipt) -> None:
        found = objections(receipt, self._known(receipt.party))
        if found:
            self._refuse(receipt, f"receipt {receipt.id} of {receipt.visit!r}", found)
            return
        stamp = Stamp(envelope=self._envelope(receipt), receipt=receipt.id, visit=receipt.visit, checks=tuple(CHECKS))
        self._memory.pending.append(stamp)
        self._memory.stamped[receipt.visit] = receipt.id
        self._receipts.add(receipt.id)
        self._memory.books.stamped_receipt(receipt, charged=self._memory.charges)

    def _answer_payment(self, command: PaymentCommand) -> None:
        found = payment_objections(command, self._seen())
        if found:
            self._refuse(command, f"the command {command.id} to {command.action} for {command.party!r}", found)
        else:
            self._stamp(command, tuple(PAYMENT_CHECKS))
            self._memory.books.stamped_command(command)

    def _answer_gate(self, command: GateCommand) -> None:
        found = gate_objections(command, self._seen())
        if found:
            self._refuse(command, f"the command {command.id} to open gate {command.gate!r} for {command.party!r}", found)
        else:
            self._stamp(command, tuple(GATE_CHECKS))
            self._memory.books.stamped_gate(command.party)

    def _known(self, party: str) -> Known:
        return Known(
            store=self._store, currency=self._currency, charge_threshold=self._charge_threshold,
            taxes_on_top=self._taxes_on_top, stamped=self._memory.stamped, receipts=self._receipts,
            visits=self._memory.books.of(party).visits,
        )  # fmt: skip

    def _seen(self) -> Seen:
        return Seen(store=self._store, currency=self._currency, hold_minor=self._hold_minor, books=self._memory.books)

    def _stamp(self, command: PaymentCommand | GateCommand, checks: tuple[str, ...]) -> None:
        self._memory.pending.append(CommandStamp(envelope=self._envelope(command), command=command.id, checks=checks))

    def _refuse(self, record: Record, what: str, found: tuple[str, ...]) -> None:
        objected = " ".join(f"{objection}." for objection in found)
        text = f"{what} is held back; look at it before anything is sent. {objected}"
        self._memory.pending.append(Alarm(envelope=self._envelope(record), name=REFUSAL, subject=record.id, text=text))

    def _envelope(self, record: Record) -> Envelope:
        sequence = self._memory.sequence
        self._memory.sequence += 1
        return Envelope(
            store=self._store, stream=STREAM, sequence=sequence,
            happened=record.happened, arrived=record.envelope.arrived, because=(record.id,),
        )  # fmt: skip
