"""The settlement room: deciding the bill under doubt, before prices."""

from __future__ import annotations

from typing import Final

import msgspec

from saunter.base.errors import InputProblems, Problem, Refused
from saunter.plan.types import Plan
from saunter.records import Cart, Envelope, Record, Settlement
from saunter.settlement.rules import check, decided

STREAM: Final = "settlement"


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot. `settled` maps each visit to the id of its settlement."""

    store: str
    sequence: int = 0
    settled: dict[str, str] = msgspec.field(default_factory=dict)
    pending: list[Settlement] = msgspec.field(default_factory=list)


class SettlementEngine:
    """Final carts in, one settlement per visit out. A settled visit is never decided again."""

    def __init__(self, plan: Plan) -> None:
        if not 0.0 < plan.policies.charge_threshold <= 1.0:
            raise ValueError(f"a charge threshold lies above 0 and up to 1, {plan.policies.charge_threshold!r} does not")
        self._plan = plan
        self._memory = _Memory(store=plan.store)

    def receive(self, record: Record) -> None:
        """Take a Cart; one that is not final decides nothing. A second final cart, or a faulty one, raises Refused."""
        if not isinstance(record, Cart):
            raise Refused(f"settlement takes carts, not {type(record).__name__}")
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        if not record.final:
            return
        if record.visit in self._memory.settled:
            raise Refused(f"{record.id}: visit {record.visit!r} is settled already, by {self._memory.settled[record.visit]}")
        check(record, self._plan.products)
        self._settle(record)

    def advance(self, to: int) -> list[Record]:
        """The settlements decided since the last call, in the order of their carts; `to` (ns UTC) is when they are said."""
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        try:
            memory = msgspec.json.decode(snapshot, type=_Memory)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise InputProblems([Problem("settlement snapshot", 0, str(error), "replay the journal instead")]) from error
        if memory.store != self._plan.store:
            what = f"it is of store {memory.store!r}, this is {self._plan.store!r}"
            raise InputProblems([Problem("settlement snapshot", 0, what, "restore the snapshot of this store")])
        self._memory = memory

    def _settle(self, cart: Cart) -> None:
        threshold = self._plan.policies.charge_threshold
        decisions = tuple(decision for line in cart.lines for decision in decided(line, threshold))
        envelope = Envelope(
            store=self._plan.store, stream=STREAM, sequence=self._memory.sequence,
            happened=cart.happened, arrived=cart.envelope.arrived, because=(cart.id,),
        )  # fmt: skip
        settlement = Settlement(envelope=envelope, visit=cart.visit, party=cart.party, decisions=decisions)
        self._memory.sequence += 1
        self._memory.settled[cart.visit] = settlement.id
        self._memory.pending.append(settlement)
