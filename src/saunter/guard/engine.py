"""The guard: a second pair of eyes on every receipt. Knows only records, and trusts none of the rooms that made them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from saunter.base.errors import Refused
from saunter.base.snapshots import restored
from saunter.guard.checks import CHECKS, Known, is_threshold, objections
from saunter.records import Alarm, Envelope, Receipt, Record, Stamp

STREAM: Final = "guard"
REFUSAL: Final = "guard-refused"


class _Memory(msgspec.Struct, kw_only=True):
    """All that the guard remembers; its snapshot. `stamped` maps each billed visit to the id of its only receipt."""

    store: str
    sequence: int = 0
    stamped: dict[str, str] = msgspec.field(default_factory=dict)
    pending: list[Stamp | Alarm] = msgspec.field(default_factory=list)


class GuardEngine:
    """Receipts in; for each a Stamp, or an Alarm `guard-refused` that says why not. Without its stamp nothing is sent.

    `charge_threshold` is what the store asks of a charged line; `taxes_on_top` are the tax codes whose tax is added to the
    shelf price (a receipt does not say, and a tax added to a price that holds it already would look sound).
    """

    def __init__(self, store: str, currency: str, *, charge_threshold: float, taxes_on_top: Collection[str]) -> None:
        if not is_threshold(charge_threshold):
            raise ValueError(f"a charge threshold lies above 0 and up to 1, {charge_threshold!r} does not")
        self._store = store
        self._currency = currency
        self._charge_threshold = charge_threshold
        self._taxes_on_top = frozenset(taxes_on_top)
        self._memory = _Memory(store=store)
        self._receipts: set[str] = set()

    def receive(self, record: Record) -> None:
        """Take a Receipt, sound or not; any other kind raises Refused. One that was refused leaves its visit unbilled."""
        if not isinstance(record, Receipt):
            raise Refused(f"guard takes receipts, not {type(record).__name__}")
        found = objections(record, self._known())
        if found:
            self._memory.pending.append(self._alarm(record, found))
        else:
            self._memory.pending.append(self._stamp(record))
            self._memory.stamped[record.visit] = record.id
            self._receipts.add(record.id)
        self._memory.sequence += 1

    def advance(self, to: int) -> list[Record]:
        """The stamps and alarms since the last call, in the order of their receipts; `to` (ns UTC) is when they are said."""
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def snapshot(self) -> bytes:
        """All that the guard remembers, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "guard", self._store)
        self._receipts = set(self._memory.stamped.values())

    def _known(self) -> Known:
        return Known(
            store=self._store, currency=self._currency, charge_threshold=self._charge_threshold,
            taxes_on_top=self._taxes_on_top, stamped=self._memory.stamped, receipts=self._receipts,
        )  # fmt: skip

    def _stamp(self, receipt: Receipt) -> Stamp:
        return Stamp(envelope=self._envelope(receipt), receipt=receipt.id, visit=receipt.visit, checks=tuple(CHECKS))

    def _alarm(self, receipt: Receipt, found: tuple[str, ...]) -> Alarm:
        text = f"receipt {receipt.id} of {receipt.visit!r} is held back; look at it before anything is sent. " + " ".join(
            f"{objection}." for objection in found
        )
        return Alarm(envelope=self._envelope(receipt), name=REFUSAL, subject=receipt.id, text=text)

    def _envelope(self, receipt: Receipt) -> Envelope:
        return Envelope(
            store=self._store, stream=STREAM, sequence=self._memory.sequence,
            happened=receipt.happened, arrived=receipt.envelope.arrived, because=(receipt.id,),
        )  # fmt: skip
