"""The whole shop with its business around it: readings and what people tell it in, everything that follows out.

Where `Pipeline` ends at a stamped receipt, `Shop` goes on: who may come in, what is held and captured, what must be approved,
what is disputed and given back. The order is a table: which room hears which record."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol, cast

import msgspec

from saunter.approvals import BILLS, ApprovalsEngine
from saunter.base.calibration import IDENTITY, Calibration
from saunter.base.errors import Refused
from saunter.consent import ConsentEngine
from saunter.disputes import DisputesEngine
from saunter.entry import EntryEngine
from saunter.opening import OpeningEngine
from saunter.payment import PaymentEngine
from saunter.pipeline.engine import Pipeline
from saunter.plan import Plan
from saunter.records import (
    AgeCheckAsked,
    AgeCheckClosed,
    AgeChecked,
    Alarm,
    AlarmSeen,
    AnyRecord,
    Attribution,
    BillConfirmed,
    CardPresented,
    Cart,
    ConsentChanged,
    Correction,
    DisputeChanged,
    DisputeRaised,
    EntryDecided,
    Envelope,
    GateCommand,
    GatePass,
    KeyIssued,
    KeyPresented,
    PaymentChanged,
    PaymentCommand,
    PaymentOutcome,
    PersonErased,
    PlateHealth,
    Question,
    QuestionClosed,
    Reading,
    Receipt,
    Record,
    Settlement,
    Stamp,
    StoreChanged,
    StoreCommand,
    Tick,
    Told,
    Verdict,
    VisitChanged,
    WeightBlock,
)

ALARMS: Final = "trading/alarms"

#: Which rooms hear which record, in this order. What nobody hears is only logged. What visits do the guard hears in the pipeline,
#: before any receipt; ticks go to the rooms that forget what is long over (`Pipeline._tick`, `Shop.step`).
HEARD_BY: Final[Mapping[type, tuple[str, ...]]] = MappingProxyType(
    {
        KeyIssued: ("entry", "consent", "guard", "payment", "settlement"),
        KeyPresented: ("entry",),
        CardPresented: ("entry", "consent", "guard", "payment", "settlement"),
        EntryDecided: ("guard", "payment"),
        GateCommand: ("guard",),
        GatePass: ("entry",),
        WeightBlock: ("opening",),
        PaymentCommand: ("guard",),
        PaymentOutcome: ("guard", "payment"),
        PaymentChanged: ("entry",),
        VisitChanged: ("entry", "opening", "consent", "payment", "approvals"),
        PlateHealth: ("opening",),
        Cart: ("approvals",),
        AgeChecked: ("approvals",),
        BillConfirmed: ("approvals",),
        DisputeRaised: ("disputes",),
        Attribution: ("disputes",),
        Correction: ("guard", "payment", "disputes"),
        Alarm: ("payment",),
        AlarmSeen: (),
        StoreCommand: ("opening",),
        StoreChanged: ("guard", "entry", "approvals"),
        ConsentChanged: ("consent",),
        PersonErased: ("consent",),
    }
)
#: Rooms in the order in which they are asked what follows.
_ORDER: Final = ("opening", "consent", "entry", "payment", "guard", "approvals", "disputes")


class Room(Protocol):
    """An engine of two verbs."""

    def receive(self, record: Record) -> None:
        """Take one record, or refuse it."""

    def advance(self, to: int) -> list[Record]:
        """Let time pass."""


class Shop:
    """One running shop. `step` takes readings and whatever people, phones and providers tell, in the order of arrival.

    Same inputs, same records out, however they are chopped. What is told is answered at once, at its own arrival; what
    sensors say takes the reorder window. What is told goes to the first room that hears of such things; if that refuses it,
    nothing has changed and Refused is raised. A later room that refuses what the first took is an alarm.
    """

    def __init__(self, plan: Plan, calibration: Calibration = IDENTITY) -> None:
        self._plan = plan
        self.approvals = ApprovalsEngine(plan)
        self.pipeline = Pipeline(plan, calibration, approvals=self.approvals, may_look=self._may_look, live=True)
        self.entry, self.payment = EntryEngine(plan), PaymentEngine(plan)
        self.consent, self.opening, self.disputes = ConsentEngine(plan), OpeningEngine(plan), DisputesEngine(plan)
        self.ledger = self.pipeline.ledger
        self.settlement, self.guard, self.review = self.pipeline.settlement, self.pipeline.guard, self.pipeline.review
        self._receipts: dict[str, Receipt] = {}
        self._now = -(2**63)
        self._alarms = 0

    def step(self, record: Reading | Told) -> list[AnyRecord]:
        """One input; everything that follows from it, in order, the input itself first where it belongs in the journal."""
        said: list[AnyRecord] = []
        follows: list[AnyRecord] = []
        if isinstance(record, Reading | Verdict):
            said += [record] if isinstance(record, Verdict | GatePass) else []
            if isinstance(record, GatePass | WeightBlock):
                self._put(record, said)
            if isinstance(record, Tick):
                self._now = max(self._now, record.envelope.arrived)
                self.approvals.receive(record)
                self.payment.receive(record)
            follows = self.pipeline.step(record)
            if not follows and not isinstance(record, Tick | GatePass | Verdict):
                return said
        else:
            self._now = max(self._now, record.envelope.arrived)
            said.append(record)
            self._give(record, said)
        self._settle(deque(follows), said)
        return said

    def party_of(self, track: str) -> str:
        """Who a track is taken for."""
        return self.pipeline.attribution.party_of(track)

    # -- the round of the rooms ----------------------------------------------------------------------------------------

    def _settle(self, waiting: deque[AnyRecord], said: list[AnyRecord]) -> None:
        """Every record to whoever hears it, and what they say of it, until nobody has anything to say."""
        while True:
            while waiting:
                record = waiting.popleft()
                said.append(record)
                self._put(record, said)
                waiting.extend(self._composed(record))
            for name in _ORDER:
                waiting.extend(self._taken(cast(list[AnyRecord], self._room(name).advance(self._now))))
                if waiting:
                    break
            else:
                return

    def _put(self, record: AnyRecord, said: list[AnyRecord]) -> None:
        """A record to its rooms; one that refuses what the shop itself said is named, and the others go on."""
        for name in HEARD_BY.get(type(record), ()):
            said += self._heard(name, record)

    def _heard(self, name: str, record: AnyRecord) -> list[AnyRecord]:
        """A record to one room, which may refuse it: then an alarm names both."""
        try:
            self._room(name).receive(cast(Record, record))
        except Refused as refusal:
            return [self._alarm(f"{name}-refused", record, str(refusal))]
        return []

    def _give(self, record: Told, said: list[AnyRecord]) -> None:
        """Something told from outside: the first room to hear it decides whether it is taken at all."""
        first, *others = HEARD_BY[type(record)] or ("",)
        if first:
            self._room(first).receive(record)
        for name in others:
            said += self._heard(name, record)

    def _taken(self, records: list[AnyRecord]) -> list[AnyRecord]:
        """Approved bills go to the ledger; one that staff changed is a record of its own, any other was said before."""
        said: list[AnyRecord] = []
        for record in records:
            if not isinstance(record, Settlement) or record.envelope.stream == BILLS:
                said.append(record)
            if isinstance(record, Settlement):
                said += self.pipeline.approved(record)
        return said

    def _composed(self, record: AnyRecord) -> list[AnyRecord]:
        """What follows from a record by the order of the rooms, where no room says it by itself."""
        match record:
            case Receipt():
                self._receipts[record.visit] = record
            case Stamp():
                return self._stamped(self._receipts.pop(record.visit))
            case VisitChanged(state="unbilled"):
                self._receipts.pop(record.visit, None)
            case DisputeChanged(outcome="refunded") if record.quantity > 0:
                return self._corrected(record)
            case Question(purpose="dispute", again=""):
                return self._heard("review", record)
            case QuestionClosed(purpose="dispute"):
                return self._heard("disputes", record)
        return []

    def _stamped(self, receipt: Receipt) -> list[AnyRecord]:
        """A stamped receipt is charged, unless the shop only watches; then it comes to nothing, and what is held is let go.
        A room may refuse it (a party that came in again on its old key has its receipt): nothing else that is said is lost."""
        if not self.approvals.charges():
            return self._heard("payment", msgspec.structs.replace(receipt, lines=(), net_minor=0, tax_minor=0, total_minor=0))
        return [*self._heard("payment", receipt), *self._heard("disputes", receipt)]

    def _corrected(self, settled: DisputeChanged) -> list[AnyRecord]:
        """A dispute that is settled for the shopper gives money back by a record of its own."""
        receipt = self.disputes.receipt_of(settled.visit)
        assert receipt is not None, f"{settled.visit} was disputed without a receipt"
        pieces, reason = {settled.sku: settled.quantity}, f"disputed: {settled.reason or settled.by}"
        try:
            return [self.ledger.correct(receipt, pieces, reason=reason, because=(settled.id,), at=self._now)]
        except Refused as refusal:
            return [self._alarm("correction-refused", settled, str(refusal))]

    def _may_look(self, party: str) -> bool:
        """Whether a person may look at a party's visit."""
        return "review" in self.consent.purposes_of(party)

    def _room(self, name: str) -> Room:
        return cast(Room, getattr(self, name))

    def _alarm(self, name: str, record: AnyRecord, text: str) -> Alarm:
        self._alarms += 1
        happened = record.envelope.happened
        envelope = Envelope(
            store=self._plan.store,
            stream=ALARMS,
            sequence=self._alarms - 1,
            happened=happened,
            arrived=self._now,
            because=(record.id,),
        )
        return Alarm(envelope=envelope, name=name, subject=record.id, text=text)


__all__ = ["HEARD_BY", "AgeCheckAsked", "AgeCheckClosed", "Shop", "StoreChanged"]
