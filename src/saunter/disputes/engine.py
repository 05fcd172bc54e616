"""The disputes room: a shopper says that a line is wrong; a rule or a reviewer settles it, and in doubt the shopper wins."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

from saunter.base.errors import Refused
from saunter.base.money import exponent
from saunter.base.snapshots import restored
from saunter.disputes import wording
from saunter.disputes.constants import DAY, MOMENTS_MAX, RECEIPTS_MAX
from saunter.disputes.table import Event, State, after
from saunter.plan.types import Plan
from saunter.records import (
    Attribution,
    Correction,
    DisputeChanged,
    DisputeRaised,
    Envelope,
    Look,
    Question,
    QuestionClosed,
    Receipt,
    ReceiptLine,
    Record,
)

CHANGES: Final = "disputes/changes"
QUESTIONS: Final = "disputes/questions"
By = Literal["rule", "reviewer", "staff", ""]


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt that can be disputed `until` (ns UTC): the moments behind it by interaction, the disputes about its lines
    by sku, the pieces given back by sku, and what was given back without a look (minor units)."""

    receipt: Receipt
    until: int
    looks: dict[str, Look]
    disputes: dict[str, str] = {}
    given: dict[str, int] = {}
    by_rule_minor: int = 0


class _Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute that was let in, and where it stands."""

    raised: DisputeRaised
    state: State


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot. `receipts` by visit, `disputes` by id, `asked` from questions to disputes."""

    store: str
    sequence: dict[str, int] = msgspec.field(default_factory=lambda: {CHANGES: 0, QUESTIONS: 0})
    receipts: dict[str, _Kept] = msgspec.field(default_factory=dict)
    disputes: dict[str, _Dispute] = msgspec.field(default_factory=dict)
    asked: dict[str, str] = msgspec.field(default_factory=dict)
    moments: dict[str, Look] = msgspec.field(default_factory=dict)
    pending: list[DisputeChanged | Question] = msgspec.field(default_factory=list)


class DisputesEngine:
    """Sent receipts and disputes in; out comes where each dispute stands, and questions to reviewers.

    A DisputeChanged that is `refunded` with a `quantity` above 0 is what is to be corrected: the ledger makes the correction
    of the receipt that `receipt_of` tells. Attributions are taken too (they say what there is to look at), corrections (what
    was given back by others), and what became of the questions.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._limit_minor = Decimal(plan.policies.dispute_rule_amount).scaleb(exponent(plan.currency))
        self._memory = _Memory(store=plan.store)

    def receive(self, record: Record) -> None:
        """Take a Receipt, Attribution, Correction, DisputeRaised or QuestionClosed; others raise Refused, and so do a receipt or
        dispute told twice and news of a question that was never asked. A dispute that cannot be raised is answered."""
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        match record:
            case Receipt():
                self._keep(record)
            case Attribution():
                self._remember(record)
            case Correction():
                self._note(record)
            case DisputeRaised():
                self._raise(record)
            case QuestionClosed():
                self._hear(record)
            case _:
                raise Refused(f"disputes takes receipts, disputes and what follows from them, not {type(record).__name__}")

    def advance(self, to: int) -> list[Record]:
        """What was decided or asked since the last call, in order; `to` (ns UTC) is when it is said. Receipts that can no longer
        be disputed are forgotten."""
        for visit in self._due(to):
            self._forget(visit)
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def receipt_of(self, visit: str) -> Receipt | None:
        """The receipt of a visit, without what was dropped: as long as it can be disputed, a dispute about it is open, and until
        the next `advance` after the one that told of its settling."""
        kept = self._memory.receipts.get(visit)
        return None if kept is None else kept.receipt

    def disputable_until(self, visit: str) -> int:
        """The last instant (ns UTC) at which lines of the visit's receipt can be disputed; 0: it is not known."""
        kept = self._memory.receipts.get(visit)
        return 0 if kept is None else kept.until

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "disputes", self._plan.store)

    # -- receipts and what is behind them ------------------------------------------------------------------------------

    def _keep(self, receipt: Receipt) -> None:
        if receipt.visit in self._memory.receipts:
            raise Refused(f"{receipt.id}: the receipt of visit {receipt.visit!r} was told before")
        causes = dict.fromkeys(cause for line in receipt.lines for cause in line.because)
        looks = {cause: self._memory.moments[cause] for cause in causes if cause in self._memory.moments}
        until = receipt.envelope.arrived + self._plan.policies.dispute_days * DAY
        slim = msgspec.structs.replace(receipt, dropped=())
        self._memory.receipts[receipt.visit] = _Kept(receipt=slim, until=until, looks=looks)
        if len(self._memory.receipts) > RECEIPTS_MAX:
            self._forget(next(visit for visit in self._memory.receipts if not self._is_needed(visit)))

    def _remember(self, told: Attribution) -> None:
        self._memory.moments.pop(told.interaction, None)
        self._memory.moments[told.interaction] = Look(
            interaction=told.interaction, shelf=told.shelf, plates=told.plates, started=told.started, settled=told.settled
        )
        if len(self._memory.moments) > MOMENTS_MAX:
            del self._memory.moments[next(iter(self._memory.moments))]

    def _note(self, correction: Correction) -> None:
        """Pieces given back, by whomever. One of a forgotten receipt changes nothing here."""
        kept = self._memory.receipts.get(correction.visit)
        if kept is None:
            return
        given = dict(kept.given)
        for line in correction.lines:
            given[line.sku] = given.get(line.sku, 0) + line.quantity
        self._memory.receipts[correction.visit] = msgspec.structs.replace(kept, given=given)

    def _due(self, to: int) -> list[str]:
        """The visits whose receipts can be forgotten. Receipts stand in the order they came in, so that few are looked at."""
        found: list[str] = []
        for visit, kept in self._memory.receipts.items():
            if kept.until >= to:
                break
            if not self._is_needed(visit):
                found.append(visit)
        return found

    def _is_needed(self, visit: str) -> bool:
        """Whether a dispute about the receipt is open, or what became of one is still to be told."""
        disputes = self._memory.receipts[visit].disputes.values()
        is_open = any(self._memory.disputes[id_].state is State.ASKED for id_ in disputes)
        return is_open or any(each.visit == visit for each in self._memory.pending)

    def _forget(self, visit: str) -> None:
        gone = set(self._memory.receipts.pop(visit).disputes.values())
        for id_ in gone:
            del self._memory.disputes[id_]
        self._memory.asked = {question: id_ for question, id_ in self._memory.asked.items() if id_ not in gone}

    # -- disputes ------------------------------------------------------------------------------------------------------

    def _raise(self, raised: DisputeRaised) -> None:
        if raised.id in self._memory.disputes:
            raise Refused(f"dispute {raised.id} was raised before")
        kept = self._memory.receipts.get(raised.visit)
        reason = self._refusal(raised, kept)
        if reason or kept is None:
            self._say(raised, after(State.RAISED, Event.INADMISSIBLE), reason, at=raised.envelope.arrived)
            return
        kept = msgspec.structs.replace(kept, disputes={**kept.disputes, raised.sku: raised.id})
        line = _line(kept.receipt, raised.sku)
        share_minor = -(-line.total_minor * raised.quantity // line.quantity)
        unsure = line.probability < self._plan.policies.dispute_rule_share
        if unsure and kept.by_rule_minor + share_minor <= self._limit_minor:
            kept = msgspec.structs.replace(kept, by_rule_minor=kept.by_rule_minor + share_minor)
            self._memory.receipts[raised.visit] = kept
            self._settle(raised, State.RAISED, Event.SMALL_AND_UNSURE, wording.BY_RULE, at=raised.envelope.arrived, by="rule")
        else:
            self._memory.receipts[raised.visit] = kept
            self._ask(raised, kept, line)

    def _refusal(self, raised: DisputeRaised, kept: _Kept | None) -> str:
        """Why it cannot be raised, in words for the shopper; empty if it can."""
        if kept is None or raised.receipt != kept.receipt.id:
            return wording.UNKNOWN
        if raised.envelope.arrived > kept.until:
            return wording.too_late(self._plan.policies.dispute_days)
        line = next((line for line in kept.receipt.lines if line.sku == raised.sku), None)
        given = kept.given.get(raised.sku, 0)
        return " ".join(wording.refusals(raised, line, given, before=raised.sku in kept.disputes))

    def _ask(self, raised: DisputeRaised, kept: _Kept, line: ReceiptLine) -> None:
        at = raised.envelope.arrived
        self._memory.disputes[raised.id] = _Dispute(raised=raised, state=after(State.RAISED, Event.NEEDS_A_LOOK))
        self._say(raised, State.ASKED, wording.ASKED, at=at)
        looks = sorted((kept.looks[cause] for cause in line.because if cause in kept.looks), key=lambda look: look.started)
        envelope = self._envelope(QUESTIONS, at, (kept.receipt.id, raised.id))
        question = wording.question(raised, kept.receipt, line, tuple(looks), envelope)
        self._memory.asked[question.id] = raised.id
        self._memory.pending.append(question)

    def _hear(self, closed: QuestionClosed) -> None:
        """A reviewer's answer, or that there is none. What comes after a dispute was settled may only refund."""
        dispute = self._memory.disputes.get(self._memory.asked.get(closed.question, ""))
        if dispute is None:
            raise Refused(f"{closed.id}: question {closed.question!r} is about no dispute, or about one of long ago")
        at = closed.envelope.arrived
        not_kept = closed.choice == wording.NOT_KEPT_CHOICE
        if closed.outcome == "late":
            if not_kept and dispute.state is State.UPHELD:
                self._settle(dispute.raised, dispute.state, Event.SECOND_VIEW, wording.UNDECIDED, closed.id, at=at, by="reviewer")
        elif closed.outcome != "answered":
            self._settle(dispute.raised, dispute.state, Event.UNDECIDED, wording.UNDECIDED, closed.id, at=at, by="rule")
        elif not_kept:
            self._settle(dispute.raised, dispute.state, Event.NOT_KEPT, wording.LOOKED, closed.id, at=at, by="reviewer")
        else:
            self._settle(dispute.raised, dispute.state, Event.KEPT, wording.UPHELD, closed.id, at=at, by="reviewer")

    def _settle(self, raised: DisputeRaised, state: State, event: Event, reason: str, *because: str, at: int, by: By) -> None:
        """The end of a dispute. Never more is given back than was charged and not given back meanwhile."""
        following = after(state, event)
        kept = self._memory.receipts[raised.visit]
        left = _line(kept.receipt, raised.sku).quantity - kept.given.get(raised.sku, 0)
        quantity = min(raised.quantity, left) if following is State.REFUNDED else 0
        if following is State.REFUNDED and not quantity:
            reason = wording.GIVEN
        self._memory.disputes[raised.id] = _Dispute(raised=raised, state=following)
        self._say(raised, following, reason, *because, at=at, by=by, quantity=quantity)

    def _say(
        self, raised: DisputeRaised, state: State, reason: str, *because: str, at: int, by: By = "", quantity: int = 0
    ) -> None:
        self._memory.pending.append(
            DisputeChanged(
                envelope=self._envelope(CHANGES, at, (raised.id, *because)), dispute=raised.id, visit=raised.visit,
                sku=raised.sku, outcome=state.value, quantity=quantity, by=by, reason=reason,  # type: ignore[arg-type]
            )
        )  # fmt: skip

    def _envelope(self, stream: str, at: int, because: tuple[str, ...]) -> Envelope:
        sequence = self._memory.sequence[stream]
        self._memory.sequence[stream] = sequence + 1
        return Envelope(store=self._plan.store, stream=stream, sequence=sequence, happened=at, arrived=at, because=because)


def _line(receipt: Receipt, sku: str) -> ReceiptLine:
    return next(line for line in receipt.lines if line.sku == sku)
