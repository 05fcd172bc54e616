"""The ledger room: settlements become receipts, and pieces that come off them corrections, exact to the minor unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from saunter.base.errors import Refused
from saunter.base.forgetting import LastHeard, remembered_for
from saunter.base.money import Rounding
from saunter.base.snapshots import restored
from saunter.ledger.correcting import faults as correction_faults
from saunter.ledger.correcting import given_back
from saunter.ledger.prices import PriceBook, PriceVersion
from saunter.ledger.pricing import faults, priced
from saunter.ledger.savings import NO_SAVING, Basket, savings
from saunter.plan.types import Plan, Promotion
from saunter.records import (
    Correction,
    CorrectionLine,
    Decision,
    Envelope,
    Interaction,
    Receipt,
    ReceiptLine,
    Record,
    Settlement,
    Tick,
)

STREAM: Final = "ledger"
CORRECTIONS: Final = "corrections"
#: Takes whose instants are remembered, where promotions come and go: two hours of a busy shop. Beyond it the oldest are
#: forgotten, and what they hold for counts as taken when the bill was decided.
TAKES_MAX: Final = 20_000


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot. `billed` maps each visit to the id of its receipt, `given` each corrected receipt
    to the pieces given back by sku; `taken` is when interactions began (kept only where promotions come and go). `heard` is when
    visits were last billed or corrected: receipts that nobody can dispute any more are forgotten."""

    store: str
    sequence: int = 0
    billed: dict[str, str] = msgspec.field(default_factory=dict)
    pending: list[Receipt] = msgspec.field(default_factory=list)
    corrections: int = 0
    given: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    taken: dict[str, int] = msgspec.field(default_factory=dict)
    heard: LastHeard = msgspec.field(default_factory=LastHeard)


class LedgerEngine:
    """Settlements in, one receipt per visit out. Savings of single pieces and taxes of lines are rounded by the plan's
    `price_rounding`; totals are sums. Interactions are taken as well: a promotion holds for what was taken while it held."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._prices = PriceBook.of_plan(plan)
        self._rounding = Rounding[plan.price_rounding.upper()]
        self._remembered = remembered_for(plan.policies.dispute_days)
        self._memory = _Memory(store=plan.store)
        limited = (promotion.since is not None or promotion.until is not None for promotion in plan.promotions.values())
        self._minds_takes = any(limited)

    def receive(self, record: Record) -> None:
        """Take a Settlement or an Interaction. A second settlement of a visit, or one that cannot be priced, raises Refused
        naming every reason. At a Tick receipts that were made and corrected long ago are forgotten."""
        if not isinstance(record, Settlement | Interaction | Tick):
            raise Refused(f"ledger takes settlements, not {type(record).__name__}")
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        if isinstance(record, Interaction):
            self._remember(record)
        elif isinstance(record, Tick):
            self._forget(record.happened)
        elif record.visit in self._memory.billed:
            raise Refused(f"{record.id}: visit {record.visit!r} has its receipt already, {self._memory.billed[record.visit]}")
        else:
            self._bill(record)

    def advance(self, to: int) -> list[Record]:
        """The receipts made since the last call, in the order of their settlements; `to` (ns UTC) is when they are said."""
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def preview(self, settlement: Settlement) -> Receipt:
        """The receipt that a settlement would become, for bills that still wait for a person. Nothing is billed; it stands in
        the settlement's own place, so that its id is the settlement's. Refused as in `receive`."""
        return self._receipt(settlement, settlement.envelope)

    def correct(
        self, receipt: Receipt, pieces: Mapping[str, int], *, reason: str, because: tuple[str, ...], at: int
    ) -> Correction:
        """Give back pieces (by sku) of a receipt of this shop, as a record of its own; `at` is now (ns UTC), `because` names what
        it follows from. Pieces that were not charged or were given back before, and those that cost nothing, raise Refused."""
        if self._memory.billed.get(receipt.visit) != receipt.id or receipt.envelope.store != self._plan.store:
            what = f"receipt {receipt.id} of {receipt.visit!r} is not one that this shop made"
            raise Refused(f"{what}, or the time for corrections of it is over; nothing is given back")
        before = self._memory.given.get(receipt.id, {})
        found = list(correction_faults(receipt, pieces, before))
        if found:
            raise Refused(f"nothing of receipt {receipt.id} can be given back: {'; '.join(found)}")
        lines = tuple(
            given_back(line, before.get(line.sku, 0), pieces[line.sku], self._rounding)
            for line in receipt.lines
            if line.sku in pieces
        )
        if not sum(line.total_minor for line in lines):
            raise Refused(f"nothing of receipt {receipt.id} can be given back: these pieces cost nothing")
        given = {sku: before.get(sku, 0) + pieces.get(sku, 0) for sku in (*before, *pieces)}
        return self._correction(receipt, lines, given, reason, because, at)

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "ledger", self._plan.store)

    def _forget(self, to: int) -> None:
        """Receipts that were made, and last corrected, so long ago that no dispute about them can be open."""
        for visit in self._memory.heard.passes(to, self._remembered):
            self._memory.given.pop(self._memory.billed.pop(visit), None)

    def _remember(self, interaction: Interaction) -> None:
        if not self._minds_takes:
            return
        self._memory.taken[interaction.id] = interaction.started
        if len(self._memory.taken) > TAKES_MAX:
            del self._memory.taken[next(iter(self._memory.taken))]

    def _lines(self, settlement: Settlement) -> tuple[ReceiptLine, ...]:
        """The priced lines of what is charged. A plan has one price version so far, so that the settlement's time will do."""
        charges = _charges(settlement)
        version = self._prices.at(settlement.happened)
        found = [fault for charge in charges for fault in faults(charge, version, self._plan.currency)]
        skus = [charge.sku for charge in charges]
        found += [f"product {sku!r} is charged twice" for sku in dict.fromkeys(skus) if skus.count(sku) > 1]
        if found:
            raise Refused(f"settlement {settlement.id} of {settlement.visit!r} cannot be billed: {'; '.join(found)}")
        baskets = [
            Basket(version.products[charge.sku], charge.quantity, self._in_force(charge, version, settlement.happened))
            for charge in charges
        ]
        saved = savings(baskets, self._rounding)
        return tuple(priced(charge, version, self._rounding, saved.get(charge.sku, NO_SAVING)) for charge in charges)

    def _in_force(self, charge: Decision, version: PriceVersion, decided: int) -> tuple[Promotion, ...]:
        """The promotions for a charge: those that held at one of its takes. Which take a piece is from may be in doubt, and in
        doubt the shopper wins. Without a known take the instant of the bill counts."""
        instants = [self._memory.taken[cause] for cause in charge.because if cause in self._memory.taken] or [decided]
        return tuple(
            promotion
            for promotion in version.promotions.values()
            if charge.sku in promotion.skus and any(promotion.holds(instant) for instant in instants)
        )

    def _receipt(self, settlement: Settlement, envelope: Envelope) -> Receipt:
        lines = self._lines(settlement)
        return Receipt(
            envelope=envelope, visit=settlement.visit, party=settlement.party, currency=self._plan.currency, lines=lines,
            net_minor=sum(line.net_minor for line in lines), tax_minor=sum(line.tax_minor for line in lines),
            total_minor=sum(line.total_minor for line in lines), saving_minor=sum(line.saving_minor for line in lines),
            dropped=tuple(decision for decision in settlement.decisions if decision.action == "drop"),
        )  # fmt: skip

    def _bill(self, settlement: Settlement) -> None:
        envelope = Envelope(
            store=self._plan.store, stream=STREAM, sequence=self._memory.sequence,
            happened=settlement.happened, arrived=settlement.envelope.arrived, because=(settlement.id,),
        )  # fmt: skip
        receipt = self._receipt(settlement, envelope)
        self._memory.sequence += 1
        self._memory.billed[settlement.visit] = receipt.id
        self._memory.heard.hears(settlement.visit)
        self._memory.pending.append(receipt)

    def _correction(
        self, receipt: Receipt, lines: tuple[CorrectionLine, ...], given: dict[str, int],
        reason: str, because: tuple[str, ...], at: int,
    ) -> Correction:  # fmt: skip
        envelope = Envelope(
            store=self._plan.store, stream=CORRECTIONS, sequence=self._memory.corrections, happened=at, arrived=at,
            because=(receipt.id, *because),
        )  # fmt: skip
        self._memory.corrections += 1
        self._memory.given[receipt.id] = given
        self._memory.heard.hears(receipt.visit)
        return Correction(
            envelope=envelope, visit=receipt.visit, party=receipt.party, receipt=receipt.id, currency=receipt.currency,
            lines=lines, net_minor=sum(line.net_minor for line in lines), tax_minor=sum(line.tax_minor for line in lines),
            total_minor=sum(line.total_minor for line in lines), reason=reason,
        )  # fmt: skip


def _charges(settlement: Settlement) -> tuple[Decision, ...]:
    return tuple(decision for decision in settlement.decisions if decision.action == "charge")
