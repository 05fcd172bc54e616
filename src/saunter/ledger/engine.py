"""The ledger room: settlements become receipts, exact to the minor unit."""

from __future__ import annotations

from typing import Final

import msgspec

from saunter.base.errors import Refused
from saunter.base.money import Rounding
from saunter.base.snapshots import restored
from saunter.ledger.prices import PriceBook
from saunter.ledger.pricing import faults, priced
from saunter.plan.types import Plan
from saunter.records import Decision, Envelope, Receipt, ReceiptLine, Record, Settlement

STREAM: Final = "ledger"


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot. `billed` maps each visit to the id of its receipt."""

    store: str
    sequence: int = 0
    billed: dict[str, str] = msgspec.field(default_factory=dict)
    pending: list[Receipt] = msgspec.field(default_factory=list)


class LedgerEngine:
    """Settlements in, one receipt per visit out. Taxes are rounded per line by the plan's `price_rounding`; totals are sums."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._prices = PriceBook.of_plan(plan)
        self._rounding = Rounding[plan.price_rounding.upper()]
        self._memory = _Memory(store=plan.store)

    def receive(self, record: Record) -> None:
        """Take a Settlement. A second one for a visit, or one that cannot be priced, raises Refused naming every reason."""
        if not isinstance(record, Settlement):
            raise Refused(f"ledger takes settlements, not {type(record).__name__}")
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        if record.visit in self._memory.billed:
            raise Refused(f"{record.id}: visit {record.visit!r} has its receipt already, {self._memory.billed[record.visit]}")
        self._bill(record, self._lines(record))

    def advance(self, to: int) -> list[Record]:
        """The receipts made since the last call, in the order of their settlements; `to` (ns UTC) is when they are said."""
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "ledger", self._plan.store)

    def _lines(self, settlement: Settlement) -> tuple[ReceiptLine, ...]:
        """The priced lines of what is charged. A plan has one price version so far, so that the settlement's time will do."""
        charges = _charges(settlement)
        version = self._prices.at(settlement.happened)
        found = [fault for charge in charges for fault in faults(charge, version, self._plan.currency)]
        skus = [charge.sku for charge in charges]
        found += [f"product {sku!r} is charged twice" for sku in dict.fromkeys(skus) if skus.count(sku) > 1]
        if found:
            raise Refused(f"settlement {settlement.id} of {settlement.visit!r} cannot be billed: {'; '.join(found)}")
        return tuple(priced(charge, version, self._rounding) for charge in charges)

    def _bill(self, settlement: Settlement, lines: tuple[ReceiptLine, ...]) -> None:
        envelope = Envelope(
            store=self._plan.store, stream=STREAM, sequence=self._memory.sequence,
            happened=settlement.happened, arrived=settlement.envelope.arrived, because=(settlement.id,),
        )  # fmt: skip
        receipt = Receipt(
            envelope=envelope, visit=settlement.visit, party=settlement.party, currency=self._plan.currency, lines=lines,
            net_minor=sum(line.net_minor for line in lines), tax_minor=sum(line.tax_minor for line in lines),
            total_minor=sum(line.total_minor for line in lines),
            dropped=tuple(decision for decision in settlement.decisions if decision.action == "drop"),
        )  # fmt: skip
        self._memory.sequence += 1
        self._memory.billed[settlement.visit] = receipt.id
        self._memory.pending.append(receipt)


def _charges(settlement: Settlement) -> tuple[Decision, ...]:
    return tuple(decision for decision in settlement.decisions if decision.action == "charge")
