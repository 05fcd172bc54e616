"""The settlement room: deciding the bill under doubt, before prices. Charge, drop, ask one question, or wait a bounded time."""

from __future__ import annotations

from typing import Final

import msgspec

from saunter.base.calibration import IDENTITY, Calibration
from saunter.base.errors import Refused
from saunter.base.forgetting import LastHeard, remembered_for
from saunter.base.snapshots import restored
from saunter.base.time import MILLISECOND
from saunter.plan.types import Plan
from saunter.records import CardPresented, Cart, Envelope, KeyIssued, Question, QuestionClosed, Record, Settlement, Tick
from saunter.settlement import wording
from saunter.settlement.calibrating import calibrated
from saunter.settlement.choosing import Ask, Bill, Settle, Step, Wait, cheapest
from saunter.settlement.losses import costs_of
from saunter.settlement.rules import check, decided
from saunter.settlement.table import Event, State, after

STREAM: Final = "settlement"
QUESTIONS: Final = "settlement/questions"
#: Expected losses are said with this many decimals of a minor unit: enough to rank, and equal on every machine.
LOSS_DECIMALS: Final = 3
#: Parties with a key that agreed to a look and have no bill yet: as many as there are keys (`entry.KEYS_MAX`). Beyond it the
#: oldest are forgotten, and nobody is asked about them.
AGREED_MAX: Final = 50_000
#: No instant is earlier: the clock before anything was received.
_BEGINNING: Final = -(2**63)


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot.

    `settled` maps each visit to the id of its settlement, `late` to what came too late for it. `bills` are those not yet
    settled, `asked` the questions before a person with their interactions. Once there are keys (`has_keys`),
    only parties that `agreed` are asked about. `heard` is when settled visits were last heard of: those long past are forgotten.
    """

    store: str
    clock: int = _BEGINNING
    sequence: int = 0
    questions: int = 0
    settled: dict[str, str] = msgspec.field(default_factory=dict)
    late: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    bills: dict[str, Bill] = msgspec.field(default_factory=dict)
    asked: dict[str, str] = msgspec.field(default_factory=dict)
    has_keys: bool = False
    agreed: LastHeard = msgspec.field(default_factory=LastHeard)
    heard: LastHeard = msgspec.field(default_factory=LastHeard)
    pending: list[Settlement | Question] = msgspec.field(default_factory=list)


class SettlementEngine:
    """Final carts in, one settlement per visit out; between them, where the plan allows review, questions and waiting.

    What became of a question comes back as a QuestionClosed, after the carts that its verdict changed. A settled visit is
    never decided again. `calibration` corrects what the belief says of its own sureness (default: believe it).
    """

    def __init__(self, plan: Plan, calibration: Calibration = IDENTITY) -> None:
        if not 0.0 < plan.policies.charge_threshold <= 1.0:
            raise ValueError(f"a charge threshold lies above 0 and up to 1, {plan.policies.charge_threshold!r} does not")
        self._plan = plan
        self._reviews = plan.policies.review == "questions"
        self._costs = costs_of(plan)
        self._threshold = self._costs.threshold if self._reviews else plan.policies.charge_threshold
        self._calibration = calibration
        self._remembered = remembered_for(plan.policies.dispute_days)
        self._memory = _Memory(store=plan.store)

    def receive(self, record: Record) -> None:
        """Take a Cart (one that is not final decides nothing), a QuestionClosed, or a key (KeyIssued, CardPresented).

        A key tells what its party agreed to: who did not agree to "review" is never asked about, doubtful lines are dropped.
        Nor is who has no key, in a shop with keys.
        At a Tick what was settled long ago is forgotten. A final cart of a settled visit, a faulty one, and news of a question
        that was never asked raise Refused.
        """
        if not isinstance(record, Cart | QuestionClosed | KeyIssued | CardPresented | Tick):
            raise Refused(f"settlement takes carts, keys and closed questions, not {type(record).__name__}")
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        if isinstance(record, KeyIssued | CardPresented):
            self._hear_key(record)
        elif isinstance(record, Tick):
            self._forget(record.happened)
        elif isinstance(record, QuestionClosed):
            self._hear_closed(record)
        elif record.final:
            self._hear_cart(record)

    def advance(self, to: int) -> list[Record]:
        """What was decided since the last call, bills and questions in order; `to` (ns UTC) is when it is said.

        Bills whose wait is over by `to` are among them.
        """
        self._memory.clock = max(to, self._memory.clock)
        for bill in list(self._memory.bills.values()):
            if bill.until <= to:
                self._over(bill, to)
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def waiting(self) -> tuple[str, ...]:
        """The visits whose bill is not settled yet, in the order of their first final carts."""
        return tuple(self._memory.bills)

    def is_settled(self, visit: str) -> bool:
        """Whether the visit's bill is decided: what is believed of it later changes nothing."""
        return visit in self._memory.settled

    def late_verdicts(self, visit: str) -> tuple[str, ...]:
        """The ids of the verdicts that came after the visit was settled: a refund may follow from them, nothing else."""
        return self._memory.late.get(visit, ())

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "settlement", self._plan.store)

    # -- what comes in -------------------------------------------------------------------------------------------------

    def _hear_key(self, key: KeyIssued | CardPresented) -> None:
        self._memory.has_keys = True
        self._memory.agreed.at.pop(key.party, None)
        if "review" in key.purposes:
            self._memory.agreed.hears(key.party)
        if len(self._memory.agreed.at) > AGREED_MAX:
            del self._memory.agreed.at[next(iter(self._memory.agreed.at))]

    def _hear_cart(self, cart: Cart) -> None:
        if cart.visit in self._memory.settled:
            raise Refused(f"{cart.id}: visit {cart.visit!r} is settled already, by {self._memory.settled[cart.visit]}")
        check(cart, self._plan.products)
        cart = calibrated(cart, self._calibration)
        bill = self._memory.bills.get(cart.visit)
        if bill is None:
            arrived = cart.envelope.arrived
            deadline = arrived + self._plan.policies.question_wait_ms * MILLISECOND
            self._decide(Bill(cart=cart, opened=arrived, deadline=deadline), arrived)
            return
        state = after(bill.state, Event.NEW_CART)
        bill = msgspec.structs.replace(bill, cart=cart, state=state)
        self._memory.bills[cart.visit] = bill
        if state is State.DECIDING:
            self._decide(bill, max(self._memory.clock, cart.envelope.arrived))

    def _hear_closed(self, closed: QuestionClosed) -> None:
        if closed.visit in self._memory.settled:
            after(State.SETTLED, Event.LATE_VERDICT)
            known = self._memory.late.get(closed.visit, ())
            if closed.outcome != "expired" and closed.verdict not in known:
                self._memory.late[closed.visit] = (*known, closed.verdict)
                self._memory.heard.hears(closed.visit)
            return
        if self._memory.asked.get(closed.interaction) != closed.question:
            raise Refused(f"{closed.id}: question {closed.question!r} of {closed.visit!r} is not before anybody")
        del self._memory.asked[closed.interaction]
        for bill in list(self._memory.bills.values()):
            if bill.question == closed.question:
                self._over(msgspec.structs.replace(bill, closed=(*bill.closed, closed.id)), closed.envelope.arrived)

    def _over(self, bill: Bill, at: int) -> None:
        """The question is closed or the wait is up: decide with what is known, and do not ask about the same again."""
        looked_at = (*bill.looked_at, bill.interaction) if bill.interaction else bill.looked_at
        state = after(bill.state, Event.OVER)
        if self._memory.asked.get(bill.interaction) == bill.question and bill.state is State.ASKED:
            del self._memory.asked[bill.interaction]
        bill = msgspec.structs.replace(bill, state=state, looked_at=looked_at, question="", interaction="")
        self._decide(bill, max(self._memory.clock, at))

    def _forget(self, to: int) -> None:
        """Settled visits of which nothing was heard for long are forgotten: no question about them is open any more. So is what
        parties agreed to of whom no bill came."""
        self._memory.agreed.passes(to, self._remembered)
        for visit in self._memory.heard.passes(to, self._remembered):
            del self._memory.settled[visit]
            self._memory.late.pop(visit, None)

    # -- what is decided -----------------------------------------------------------------------------------------------

    def _decide(self, bill: Bill, now: int) -> None:
        """One step of a bill that is being decided: it leaves this state in any case."""
        match self._cheapest(bill, now):
            case Settle():
                self._settle(msgspec.structs.replace(bill, state=after(bill.state, Event.SETTLES)))
            case Ask() as ask:
                self._ask(msgspec.structs.replace(bill, state=after(bill.state, Event.ASKS)), ask, now)
            case Wait() as wait:
                state = after(bill.state, Event.WAITS)
                self._memory.bills[bill.cart.visit] = msgspec.structs.replace(
                    bill, state=state, until=wait.until, question=wait.question, interaction=wait.interaction
                )

    def _cheapest(self, bill: Bill, now: int) -> Step:
        may_ask = not self._memory.has_keys or bill.cart.party in self._memory.agreed.at
        if not self._reviews or not may_ask:
            return Settle()
        return cheapest(bill, now, self._costs, self._plan.policies.questions_max, self._memory.asked)

    def _settle(self, bill: Bill) -> None:
        cart = bill.cart
        decisions = tuple(decision for line in cart.lines for decision in decided(line, self._threshold))
        envelope = Envelope(
            store=self._plan.store, stream=STREAM, sequence=self._memory.sequence,
            happened=cart.happened, arrived=cart.envelope.arrived, because=(cart.id, *bill.closed),
        )  # fmt: skip
        settlement = Settlement(envelope=envelope, visit=cart.visit, party=cart.party, decisions=decisions)
        self._memory.sequence += 1
        self._memory.settled[cart.visit] = settlement.id
        self._memory.heard.hears(cart.visit)
        self._memory.bills.pop(cart.visit, None)
        self._memory.agreed.at.pop(cart.party, None)
        self._memory.pending.append(settlement)

    def _ask(self, bill: Bill, ask: Ask, now: int) -> None:
        cart, doubt = bill.cart, ask.doubt
        envelope = Envelope(
            store=self._plan.store, stream=QUESTIONS, sequence=self._memory.questions,
            happened=cart.happened, arrived=now, because=(cart.id, doubt.interaction),
        )  # fmt: skip
        question = Question(
            envelope=envelope, purpose="doubt", visit=cart.visit, interaction=doubt.interaction, shelf=doubt.shelf,
            plates=doubt.plates, started=doubt.started, settled=doubt.settled, text=wording.asked(doubt),
            choices=wording.choices(doubt, cart.party, self._plan.products), deadline=bill.deadline,
            loss_removed=round(ask.removed, LOSS_DECIMALS), party=cart.party,
        )  # fmt: skip
        self._memory.questions += 1
        self._memory.asked[doubt.interaction] = question.id
        self._memory.pending.append(question)
        self._memory.bills[cart.visit] = msgspec.structs.replace(
            bill, question=question.id, interaction=doubt.interaction, until=bill.deadline, questions=bill.questions + 1
        )
