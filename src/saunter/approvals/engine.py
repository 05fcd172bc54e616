"""The approvals room: what staff must agree to before a receipt is made. Age checks, and in mode assisted every bill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from saunter.approvals.constants import ASK_SHARE_MIN, GONE_SHARE
from saunter.approvals.table import BillEvent, BillState, CheckEvent, CheckState, bill_after, check_after
from saunter.base.errors import Refused
from saunter.base.forgetting import LastHeard, remembered_for
from saunter.base.snapshots import restored
from saunter.base.time import MILLISECOND
from saunter.plan.types import Plan
from saunter.records import (
    AgeCheckAsked,
    AgeCheckClosed,
    AgeChecked,
    BillConfirmed,
    Cart,
    Decision,
    Envelope,
    Record,
    Settlement,
    StoreChanged,
    StoreMode,
    Tick,
    VisitChanged,
)

CHECKS: Final = "approvals/checks"
CLOSED: Final = "approvals/closed"
BILLS: Final = "approvals/bills"
#: The state of the visit table that begins with the exit.
LEAVING: Final = "leaving"
#: Why a line is not charged, as the shopper reads it.
REASONS: Final = {
    CheckState.REFUSED: "needs a person's approval; refused. It is not charged: please leave it with the staff",
    CheckState.EXPIRED: "needs a person's approval; nobody could look in time. It is not charged: please leave it with the staff",
}
TAKEN_OFF: Final = "taken off by the person who looked at this bill"
#: What a bill waits for, in the words of `ports.documents.WAITS`.
WAITS: Final = {BillState.CHECKING: "an age check", BillState.CONFIRMING: "a confirmation"}


class _Check(msgspec.Struct, frozen=True, kw_only=True):
    """The newest age check of a visit about a product: its id, where it stands, when it was asked and closed by which record."""

    id: str
    state: CheckState
    asked: int
    closed: str = ""


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    """A decided bill that waits for staff. `assisted`: the shop was in that mode when it was decided."""

    settlement: Settlement
    state: BillState
    assisted: bool
    dropped: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot. `checks` by visit and sku, `visits` from the checks' ids to both; `left` is when
    visits left; `bills` wait, by visit; `released` maps visits to the settlements that were handed on. `heard` is when each of
    them last changed: what is long over is forgotten."""

    store: str
    mode: StoreMode
    sequence: dict[str, int] = msgspec.field(default_factory=lambda: {CHECKS: 0, CLOSED: 0, BILLS: 0})
    checks: dict[str, dict[str, _Check]] = msgspec.field(default_factory=dict)
    visits: dict[str, tuple[str, str]] = msgspec.field(default_factory=dict)
    left: dict[str, int] = msgspec.field(default_factory=dict)
    bills: dict[str, _Held] = msgspec.field(default_factory=dict)
    released: dict[str, str] = msgspec.field(default_factory=dict)
    heard: LastHeard = msgspec.field(default_factory=LastHeard)
    pending: list[AgeCheckAsked | AgeCheckClosed | Settlement] = msgspec.field(default_factory=list)


class ApprovalsEngine:
    """Settlements in, settlements that may be billed out; what staff refused or nobody agreed to is dropped from them.

    Carts tell when goods for adults are taken, so that staff are asked while the shopper is still there. Exactly at its deadline
    an answer is in time, judged by when it arrived. A settlement that nobody had to look at is handed on as it is; any other
    as a record of its own that names the checks and the confirmation behind it.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._wait = plan.policies.age_wait_ms * MILLISECOND
        self._remembered = remembered_for(plan.policies.dispute_days)
        self._memory = _Memory(store=plan.store, mode=plan.policies.mode)

    def receive(self, record: Record) -> None:
        """Take a Cart, VisitChanged, Settlement, AgeChecked, BillConfirmed or StoreChanged; others raise Refused, and so do a
        second settlement of a visit and answers to what is not, or no longer, asked. At a Tick what is long over is forgotten."""
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        match record:
            case Cart():
                self._watch(record)
            case VisitChanged():
                if record.state == LEAVING:
                    self._memory.left.setdefault(record.visit, record.happened)
                    self._memory.heard.hears(record.visit)
            case Settlement():
                self._hold(record)
            case AgeChecked():
                self._hear(record)
            case BillConfirmed():
                self._confirm(record)
            case StoreChanged():
                self._memory.mode = record.mode
            case Tick():
                self._forget(record.happened)
            case _:
                raise Refused(f"approvals takes carts, bills and what staff say, not {type(record).__name__}")

    def advance(self, to: int) -> list[Record]:
        """Checks asked and closed and settlements that may be billed since the last call, in order; `to` (ns UTC) is when it is
        said. Checks whose time was up before `to` expire."""
        for visit, sku, check in list(self._open()):
            deadline = self._deadline(visit, check)
            if deadline is not None and deadline < to:
                self._close(visit, sku, CheckEvent.TIME_UP, deadline)
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def charges(self) -> bool:
        """Whether receipts are charged now: not in mode shadow, where the shop decides and takes no money."""
        return self._memory.mode != "shadow"

    def mode(self) -> StoreMode:
        """The mode in which the shop settles now."""
        return self._memory.mode

    def waiting(self) -> dict[str, str]:
        """The visits whose bill waits for staff, oldest first, and for what: an age check, or a confirmation."""
        return {visit: WAITS[held.state] for visit, held in self._memory.bills.items()}

    def held(self, visit: str) -> Settlement | None:
        """The bill of a visit that waits, as it stands: without what was refused. Its id is what a BillConfirmed names."""
        held = self._memory.bills.get(visit)
        return None if held is None else msgspec.structs.replace(held.settlement, decisions=self._decisions(held))

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "approvals", self._plan.store)

    def _forget(self, to: int) -> None:
        """Visits that last changed long ago are forgotten, unless their bill waits; what was still asked about them is void."""
        for visit in self._memory.heard.passes(to, self._remembered):
            if visit in self._memory.bills:
                self._memory.heard.hears(visit)
                continue
            for _, sku, _ in list(self._open(visit)):
                self._close(visit, sku, CheckEvent.GONE, to)
            for check in self._memory.checks.pop(visit, {}).values():
                self._memory.visits.pop(check.id, None)
            self._memory.left.pop(visit, None)
            self._memory.released.pop(visit, None)

    # -- age checks ----------------------------------------------------------------------------------------------------

    def _watch(self, cart: Cart) -> None:
        """Ask about goods for adults as soon as they are probably in the cart; what falls out of it again is void."""
        if cart.visit in self._memory.bills or cart.visit in self._memory.released:
            return
        held = {line.sku: line.at_least[0] if line.at_least else 0.0 for line in cart.lines}
        for sku, probability in held.items():
            if probability >= ASK_SHARE_MIN:
                self._ask(cart.visit, cart.party, sku, probability, cart)
        for visit, sku, _ in list(self._open(cart.visit)):
            if held.get(sku, 0.0) < GONE_SHARE:
                self._close(visit, sku, CheckEvent.GONE, cart.envelope.arrived, cart.id)

    def _ask(self, visit: str, party: str, sku: str, probability: float, because: Record) -> None:
        """Ask once; again only if the goods had left the cart in between."""
        product = self._plan.products.get(sku)
        known = self._memory.checks.get(visit, {}).get(sku)
        if product is None or not product.minimum_age or (known is not None and known.state is not CheckState.VOID):
            return
        envelope = self._envelope(CHECKS, because.happened, because.envelope.arrived, (because.id,))
        self._memory.checks.setdefault(visit, {})[sku] = _Check(
            id=envelope.id, state=CheckState.ASKED, asked=because.envelope.arrived
        )
        self._memory.visits[envelope.id] = (visit, sku)
        self._memory.heard.hears(visit)
        self._memory.pending.append(
            AgeCheckAsked(
                envelope=envelope, visit=visit, party=party, sku=sku, name=product.name, minimum=product.minimum_age,
                probability=probability,
            )
        )  # fmt: skip

    def _hear(self, checked: AgeChecked) -> None:
        visit, sku = self._memory.visits.get(checked.check, ("", ""))
        check = self._memory.checks.get(visit, {}).get(sku)
        if check is None or check.id != checked.check:
            raise Refused(f"{checked.id}: age check {checked.check!r} is not asked, or was over long ago")
        event = CheckEvent.AGREES if checked.approved else CheckEvent.REFUSES
        check_after(check.state, event)
        deadline = self._deadline(visit, check)
        if deadline is not None and checked.envelope.arrived > deadline:
            raise Refused(f"{checked.id}: the time for age check {checked.check!r} was up; it counts as refused")
        self._close(visit, sku, event, checked.envelope.arrived, checked.id)

    def _deadline(self, visit: str, check: _Check) -> int | None:
        """The last instant for an answer: some time after the visit left or was decided; None while it still shops."""
        left = self._memory.left.get(visit)
        if left is None and visit in self._memory.bills:
            left = self._memory.bills[visit].settlement.envelope.arrived
        return None if left is None else max(left, check.asked) + self._wait

    def _close(self, visit: str, sku: str, event: CheckEvent, at: int, *because: str) -> None:
        check = self._memory.checks[visit][sku]
        state = check_after(check.state, event)
        envelope = self._envelope(CLOSED, at, at, (check.id, *because))
        self._memory.checks[visit][sku] = msgspec.structs.replace(check, state=state, closed=envelope.id)
        closed = AgeCheckClosed(envelope=envelope, check=check.id, visit=visit, sku=sku, outcome=state.value)  # type: ignore[arg-type]
        self._memory.pending.append(closed)
        if visit in self._memory.bills:
            self._go_on(visit)

    def _open(self, visit: str = "") -> Iterator[tuple[str, str, _Check]]:
        """The open checks of one visit, or of all."""
        for name in (visit,) if visit else self._memory.checks:
            for sku, check in self._memory.checks.get(name, {}).items():
                if check.state is CheckState.ASKED:
                    yield name, sku, check

    # -- bills ---------------------------------------------------------------------------------------------------------

    def _hold(self, settlement: Settlement) -> None:
        """A decided bill: checks of what it does not charge are void, and what it charges is asked about if nobody was yet."""
        visit = settlement.visit
        if visit in self._memory.bills or visit in self._memory.released:
            raise Refused(f"{settlement.id}: visit {visit!r} was decided before")
        charged = {decision.sku: decision.probability for decision in settlement.decisions if decision.action == "charge"}
        for _, sku, _ in list(self._open(visit)):
            if sku not in charged:
                self._close(visit, sku, CheckEvent.GONE, settlement.envelope.arrived, settlement.id)
        for sku, probability in charged.items():
            self._ask(visit, settlement.party, sku, probability, settlement)
        assisted = self._memory.mode == "assisted"
        self._memory.bills[visit] = _Held(settlement=settlement, state=BillState.DECIDED, assisted=assisted)
        self._go_on(visit)

    def _go_on(self, visit: str) -> None:
        """A bill whose checks are closed goes on: before a person in mode assisted, else it is handed on."""
        held = self._memory.bills[visit]
        if any(self._open(visit)):
            if held.state is BillState.DECIDED:
                state = bill_after(held.state, BillEvent.OPEN_CHECKS)
                self._memory.bills[visit] = msgspec.structs.replace(held, state=state)
        elif held.assisted:
            state = bill_after(held.state, BillEvent.NEEDS_A_PERSON)
            self._memory.bills[visit] = msgspec.structs.replace(held, state=state)
        else:
            self._release(held)

    def _confirm(self, confirmed: BillConfirmed) -> None:
        held = next((held for held in self._memory.bills.values() if held.settlement.id == confirmed.receipt), None)
        if held is None:
            raise Refused(f"{confirmed.id}: no bill {confirmed.receipt!r} waits for staff")
        if held.state is not BillState.CONFIRMING:
            raise Refused(f"{confirmed.id}: bill {confirmed.receipt!r} waits for {WAITS[held.state]} first")
        charged = {decision.sku for decision in self._decisions(held) if decision.action == "charge"}
        strange = [sku for sku in confirmed.dropped if sku not in charged]
        if strange:
            raise Refused(f"{confirmed.id}: bill {confirmed.receipt!r} does not charge {', '.join(map(repr, strange))}")
        self._release(msgspec.structs.replace(held, dropped=confirmed.dropped, because=(confirmed.id,)))

    def _release(self, held: _Held) -> None:
        """Hand a bill on, and forget the visit's checks."""
        bill_after(held.state, BillEvent.FREE)
        settlement = held.settlement
        checks = self._memory.checks.get(settlement.visit, {}).values()
        because = (*(check.closed for check in checks if check.state is not CheckState.VOID), *held.because)
        if because:
            place = settlement.envelope
            envelope = self._envelope(BILLS, place.happened, place.arrived, (settlement.id, *because))
            settlement = msgspec.structs.replace(settlement, envelope=envelope, decisions=self._decisions(held))
        self._memory.pending.append(settlement)
        self._memory.released[settlement.visit] = settlement.id
        self._memory.heard.hears(settlement.visit)
        self._memory.bills.pop(settlement.visit, None)
        self._memory.left.pop(settlement.visit, None)
        for check in self._memory.checks.pop(settlement.visit, {}).values():
            self._memory.visits.pop(check.id, None)

    def _decisions(self, held: _Held) -> tuple[Decision, ...]:
        """The bill's decisions, with what staff refused, nobody agreed to or a person took off turned into drops."""
        checks = self._memory.checks.get(held.settlement.visit, {})
        reasons = {sku: REASONS[check.state] for sku, check in checks.items() if check.state in REASONS}
        reasons |= dict.fromkeys(held.dropped, TAKEN_OFF)
        return tuple(
            msgspec.structs.replace(decision, action="drop", reason=reasons[decision.sku])
            if decision.action == "charge" and decision.sku in reasons
            else decision
            for decision in held.settlement.decisions
        )

    def _envelope(self, stream: str, happened: int, arrived: int, because: tuple[str, ...]) -> Envelope:
        sequence = self._memory.sequence[stream]
        self._memory.sequence[stream] = sequence + 1
        return Envelope(
            store=self._plan.store, stream=stream, sequence=sequence, happened=happened, arrived=arrived, because=because
        )
