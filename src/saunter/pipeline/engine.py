"""The whole shop as one function: a reading in, everything that follows from it out. The order of the rooms, nothing else."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from saunter.attribution import EVERYTHING, AttributionEngine, Switches
from saunter.base.calibration import IDENTITY, Calibration
from saunter.base.errors import LEFT_OUT, BrokenBy, Refused, left_out
from saunter.base.ids import STAFF, UNREGISTERED
from saunter.base.money import parse_money
from saunter.base.time import MILLISECOND, SECOND
from saunter.guard import GuardEngine
from saunter.ledger import LedgerEngine
from saunter.pipeline.reorder import Reorder, Waiting
from saunter.plan import Plan
from saunter.records import (
    Alarm,
    AnyRecord,
    Attribution,
    Cart,
    Envelope,
    GatePass,
    Interaction,
    PeopleFrame,
    PlateHealth,
    Question,
    QuestionClosed,
    Reading,
    Receipt,
    Record,
    Settlement,
    ShelfStep,
    Stamp,
    Tick,
    TrackLeft,
    Verdict,
    VisitChanged,
    WeightBlock,
)
from saunter.review import ReviewEngine
from saunter.sensing import SensingEngine
from saunter.settlement import SettlementEngine
from saunter.shelves import ShelvesEngine
from saunter.tracking import TrackingEngine
from saunter.visit import VisitEngine

ALARMS: Final = "alarms"
#: A bill waits at most this long for a shelf that has not come to rest since before the party left.
UNSETTLED_WAIT: Final = 8 * SECOND
#: A gate that is this sure of the track it saw leave is right where the belief says otherwise.
CONTRADICTING: Final = 0.9


class Approvals(Protocol):
    """Holds decided bills until a person agreed, where one must."""

    def receive(self, record: Record) -> None:
        """Take a Settlement; whoever composes the shop takes it out again when it may be billed."""


def anybody(party: str) -> bool:
    """Where nobody is asked what they agree to, the notice is at the door: any receipt may be audited."""
    return bool(party)


class Pipeline:
    """One shop. `step` takes readings in the order they arrived; time passes only through ticks.

    A tick at `now` releases everything that happened up to `now` minus the reorder window, in order. Same readings and
    ticks, same records out: chopped, shuffled within the window, on any machine. Verdicts are readings too: each takes
    its turn at the first tick after it arrived. `calibration` corrects what the belief says of its own sureness,
    `switches` leave ideas of the belief out. `approvals` may hold up decided bills until a person agreed (default: none
    needed); `may_look` tells whose receipts may be audited; `live` says carts that are not final, for pages.
    """

    def __init__(
        self,
        plan: Plan,
        calibration: Calibration = IDENTITY,
        *,
        switches: Switches = EVERYTHING,
        approvals: Approvals | None = None,
        may_look: Callable[[str], bool] = anybody,
        live: bool = False,
    ) -> None:
        self._plan = plan
        self._asks = plan.policies.review == "questions"
        self._window = plan.policies.reorder_window_ms * MILLISECOND
        self._reorder = Reorder()
        self.sensing = SensingEngine(plan)
        self.tracking = TrackingEngine(plan)
        self.shelves = ShelvesEngine(plan)
        self.attribution = AttributionEngine(plan, switches, live=live)
        self.approvals = approvals
        self._may_look = may_look
        self.visit = VisitEngine(plan)
        self.settlement = SettlementEngine(plan, calibration)
        self.review = ReviewEngine(plan)
        self.ledger = LedgerEngine(plan)
        self.guard = _guard_of(plan)
        self._due: list[VisitChanged] = []
        self._left_at: dict[str, int] = {}
        self._alarms = 0
        self._verdicts: list[tuple[int, str, int, int, Verdict]] = []
        self._late: dict[str, int] = {}
        self._late_weights = 0
        self._met: set[tuple[str, tuple[str, ...]]] = set()
        self._late_times = 0
        self._now = -(2**63)
        #: Readings that broke the program in an earlier life, by id, and how: whoever runs the pipeline says which.
        self.left_out: Mapping[str, str] = {}

    def step(self, record: Reading | Verdict) -> list[AnyRecord]:
        """Take one reading; what is now certain enough comes back, in order. Bad readings come back as alarms."""
        if isinstance(record, Tick):
            return self._tick(record)
        if isinstance(record, Verdict):
            place = record.envelope
            heapq.heappush(self._verdicts, (place.arrived, place.stream, place.sequence, len(self._verdicts), record))
            return []
        if self._reorder.put(record):
            return []
        return self._too_late(record)

    def _tick(self, tick: Tick) -> list[AnyRecord]:
        if tick.happened <= self._now:
            return []
        self._now = tick.happened
        for room in (self.visit, self.settlement, self.ledger, self.guard):  # what is long over is forgotten
            room.receive(tick)
        to = tick.happened - self._window
        said: list[AnyRecord] = []
        for reading in self._reorder.release(to):
            said += self._reading(reading)
        said += self._who(to)
        for observation in self.sensing.advance(to):
            said.append(observation)
            said += self._observe(observation)
        said += self._late_samples(to)
        said += self._visits(to)
        said += self._answers(tick.happened, to)
        said += self._reviewed(to)
        said += self._decided(to)
        said += self._bills(to)
        return said

    # -- readings ------------------------------------------------------------------------------------------------------

    def _reading(self, reading: Waiting) -> list[AnyRecord]:
        """A reading whose turn has come. One that broke the program before is left out; one that breaks it is named."""
        if reading.id in self.left_out:
            return [self._alarm(LEFT_OUT, reading.id, left_out(reading.id, self.left_out[reading.id]), reading.happened)]
        try:
            return self._take(reading)
        except Refused as refusal:
            return [self._alarm("reading-refused", reading.id, str(refusal), reading.happened)]
        except MemoryError:
            raise
        except Exception as fault:
            raise BrokenBy(reading.id, fault) from fault

    def _take(self, reading: Waiting) -> list[AnyRecord]:
        if isinstance(reading, WeightBlock):
            self.sensing.receive(reading)
            return self._strange_plates(reading)
        said: list[AnyRecord] = []
        if isinstance(reading, GatePass) and not reading.party:
            reading = self._named(reading)
        self.visit.receive(reading)
        said += self._visits(reading.happened)
        self.tracking.receive(reading)
        said += self._who(reading.happened)
        if isinstance(reading, PeopleFrame):
            self.attribution.receive(reading)
        return said

    def _strange_plates(self, block: WeightBlock) -> list[AnyRecord]:
        """Plates that the plan does not know are named, once per stream and list of plates; their weights are left out."""
        key = (block.envelope.stream, block.plates)
        if key in self._met:
            return []
        self._met.add(key)
        strange = [plate for plate in block.plates if plate not in self._plan.plates]
        if not strange:
            return []
        text = f"the plan has no plate {', '.join(strange)}: add them to store.toml or leave them out of the channel"
        return [self._alarm("plate-unknown", block.envelope.stream, text, block.happened, block.id)]

    def _named(self, reading: GatePass) -> GatePass:
        """A pass outwards that knows the track but no key: the belief says whose track it is."""
        if reading.direction == "in" or not reading.track:
            raise Refused(f"{reading.id}: a gate pass needs a party; a way out may name a track instead")
        party = self.attribution.party_of(reading.track)
        return msgspec.structs.replace(reading, party=party, staff=party == STAFF)

    def _who(self, to: int) -> list[AnyRecord]:
        """Who is who by now, for the belief; a gate that surely contradicts it is named before it is believed."""
        said: list[AnyRecord] = []
        for who in self.tracking.advance(to):
            said.append(who)
            if isinstance(who, TrackLeft) and who.track and who.probability >= CONTRADICTING:
                said += self._contradiction(who)
            self.attribution.receive(who)
        return said

    def _contradiction(self, left: TrackLeft) -> list[AnyRecord]:
        """The gate's key and the belief about the track disagree: somebody should look at both bills."""
        believed = self.attribution.party_of(left.track)
        if believed in (left.party, UNREGISTERED):
            return []
        text = f"{left.party} left with track {left.track}, which was taken for {believed}: look at what both were charged"
        return [self._alarm("gate-contradicts-track", left.track, text, left.happened, left.id)]

    def _observe(self, observation: ShelfStep | PlateHealth) -> list[AnyRecord]:
        if isinstance(observation, PlateHealth):
            if observation.state == "live":
                return []
            return [
                self._alarm(
                    f"plate-{observation.state}", observation.plate, observation.text, observation.happened, observation.id
                )
            ]
        self.shelves.receive(observation)
        said: list[AnyRecord] = []
        for interaction in self.shelves.advance(observation.envelope.arrived):
            said.append(interaction)
            self.ledger.receive(interaction)
            said += self._attribute(interaction)
        return said

    def _attribute(self, interaction: Interaction) -> list[AnyRecord]:
        self.attribution.receive(interaction)
        said: list[AnyRecord] = []
        for conclusion in self._concluded(interaction.envelope.arrived):
            said.append(conclusion)
            if isinstance(conclusion, Attribution):
                self.shelves.receive(conclusion)
        return said

    def _concluded(self, to: int) -> list[Attribution | Cart]:
        """What the belief has to say. Where receipts are audited, review remembers who may have been where."""
        said = self.attribution.advance(to)
        if self._asks:
            for conclusion in said:
                if isinstance(conclusion, Attribution):
                    self.review.receive(conclusion)
        return said

    def _too_late(self, record: Waiting) -> list[AnyRecord]:
        """The rule for what comes after the window: it is left out, counted, and named on the first of each hundred."""
        stream = record.envelope.stream
        self._late[stream] = self._late.get(stream, 0) + 1
        if self._late[stream] % 100 != 1:
            return []
        late = self._late[stream]
        text = f"{late} readings of {stream} came later than the reorder window; widen reorder_window_ms or mend the clock"
        return [self._alarm("late-readings", stream, text, record.happened, record.id)]

    def _late_samples(self, to: int) -> list[AnyRecord]:
        """Weights that came after their moment had been judged are left out; the first and each hundredth time is named."""
        if self.sensing.late_samples == self._late_weights:
            return []
        self._late_weights = self.sensing.late_samples
        self._late_times += 1
        if self._late_times % 100 != 1:
            return []
        text = (
            f"{self._late_weights} weight samples came later than the reorder window; widen reorder_window_ms or mend the clock"
        )
        return [self._alarm("late-readings", "weights", text, to)]

    # -- visits and money ----------------------------------------------------------------------------------------------

    def _visits(self, to: int) -> list[AnyRecord]:
        said: list[AnyRecord] = []
        for told in self.visit.advance(to):
            said.append(told)  # type: ignore[arg-type]
            if isinstance(told, VisitChanged):
                self.guard.receive(told)
                said += self._changed(told, to)
        return said

    def _changed(self, change: VisitChanged, to: int) -> list[Attribution | Cart]:
        """What the belief says when a visit enters another state; a bill that is due waits for its turn."""
        if change.state == "settling":
            self._due.append(change)
            return []
        if change.state == "leaving":
            self._left_at[change.visit] = change.happened
        self.attribution.receive(change)
        return self._concluded(to) if change.state != "settled" else []

    def _bills(self, to: int) -> list[AnyRecord]:
        """Bills that are due, once every shelf disturbed before the party left has come to rest (or has had its time)."""
        said: list[AnyRecord] = []
        unsettled = self.sensing.unsettled_since()
        waiting: list[VisitChanged] = []
        due, self._due = self._due, []
        for change in due:
            left = self._left_at.get(change.visit, change.happened)
            if unsettled is not None and unsettled < left and to - change.happened < UNSETTLED_WAIT:
                waiting.append(change)
                continue
            self._left_at.pop(change.visit, None)
            try:
                self._bill(change, to, said)
            except Refused as refusal:
                said += self._unbilled(change.visit, str(refusal), to, change.id)
        self._due = waiting + self._due
        return said

    def _unbilled(self, visit: str, why: str, to: int, *because: str) -> list[AnyRecord]:
        """A visit gets no receipt: a person must look, nothing is charged, and the shop goes on without it."""
        alarm = self._alarm("bill-refused", visit, f"{why}; nothing is charged for {visit}: settle it by hand", to, *because)
        try:
            self.visit.receive(alarm)
        except Refused:  # it does not wait for a bill: the alarm is all there is to say
            return [alarm]
        return [alarm, *self._visits(to)]

    def _bill(self, change: VisitChanged, to: int, said: list[AnyRecord]) -> None:
        """From the final cart to the stamped receipt, unless it is asked or waited about; what is concluded goes to `said`."""
        self.attribution.receive(change)
        self._carts(to, said)
        said += self._decided(to)

    def _carts(self, to: int, said: list[AnyRecord]) -> None:
        """Final carts go to settlement; one that an answer about another visit revised after the bill was decided is too late."""
        for conclusion in self._concluded(to):
            said.append(conclusion)
            if isinstance(conclusion, Cart) and not self.settlement.is_settled(conclusion.visit):
                try:
                    self.settlement.receive(conclusion)
                except Refused as refusal:
                    said += self._without(conclusion, str(refusal), to)

    def _without(self, cart: Cart, why: str, to: int) -> list[AnyRecord]:
        """A final cart that nothing can be decided from: a bill that waits already goes on without it."""
        if cart.visit not in self.settlement.waiting():
            return self._unbilled(cart.visit, why, to, cart.id)
        text = f"{why}; the bill of {cart.visit} that waits stands as it was"
        return [self._alarm("cart-refused", cart.visit, text, to, cart.id)]

    def _decided(self, to: int) -> list[AnyRecord]:
        """Bills that are decided become receipts; questions go before people."""
        said: list[AnyRecord] = []
        for decided in self.settlement.advance(to):
            if isinstance(decided, Question):
                said.append(decided)
                self.review.receive(decided)
                said += self._to_belief(decided)
            elif isinstance(decided, Settlement):
                said.append(decided)
                if self.approvals is None:
                    self._billed(decided, to, said)
                else:
                    self.approvals.receive(decided)
        return said

    def approved(self, settlement: Settlement) -> list[AnyRecord]:
        """A bill that waited for a person's approval goes its way now."""
        said: list[AnyRecord] = []
        self._billed(settlement, self._now - self._window, said)
        return said

    def _billed(self, settlement: Settlement, to: int, said: list[AnyRecord]) -> None:
        try:
            self._receipt(settlement, to, said)
        except Refused as refusal:
            said += self._unbilled(settlement.visit, str(refusal), to, settlement.id)

    def _receipt(self, settlement: Settlement, to: int, said: list[AnyRecord]) -> None:
        self.ledger.receive(settlement)
        for receipt in self.ledger.advance(to):
            assert isinstance(receipt, Receipt)
            self.guard.receive(receipt)
            answers = self.guard.advance(to)
            said += [receipt, *answers]  # type: ignore[list-item]
            if any(isinstance(answer, Stamp) and answer.receipt == receipt.id for answer in answers):
                self.visit.receive(receipt)
                if self._asks and self._may_look(receipt.party):
                    self.review.receive(receipt)
            else:
                said += self._unbilled(receipt.visit, f"the guard holds back receipt {receipt.id}", to, receipt.id)
        said += self._visits(to)

    # -- people ask and answer -----------------------------------------------------------------------------------------

    def _answers(self, now: int, to: int) -> list[AnyRecord]:
        """Verdicts that have arrived by now, in that order; none lets time pass a deadline that a later one may still meet."""
        said: list[AnyRecord] = []
        while self._verdicts and self._verdicts[0][0] <= now:
            arrived, *_, verdict = heapq.heappop(self._verdicts)
            try:
                self.review.receive(verdict)
                said += self._reviewed(min(to, arrived), verdict)
            except Refused as refusal:
                said.append(self._alarm("verdict-refused", verdict.question, str(refusal), verdict.happened, verdict.id))
        return said

    def _reviewed(self, to: int, verdict: Verdict | None = None) -> list[AnyRecord]:
        """What became of questions: an answer changes the belief, the belief the carts; bills are decided when all are heard."""
        said: list[AnyRecord] = []
        for told in self.review.advance(to):
            if isinstance(told, Question):
                said.append(told)
                if told.purpose == "doubt":
                    said += self._to_belief(told)
            elif isinstance(told, QuestionClosed):
                said.append(told)
                said += self._closed(told, verdict, to)
        return said

    def _closed(self, closed: QuestionClosed, verdict: Verdict | None, to: int) -> list[AnyRecord]:
        said: list[AnyRecord] = []
        if closed.outcome == "expired":
            text = f"nobody answered about {closed.visit} in time; see that enough reviewers look, or ask for less"
            said.append(self._alarm("question-expired", closed.question, text, to, closed.id))
        if closed.purpose != "doubt":
            return said
        if verdict is not None and closed.verdict == verdict.id and closed.outcome in ("answered", "none of these"):
            said += self._to_belief(verdict)
            self._carts(to, said)
        self.settlement.receive(closed)
        return said

    def _to_belief(self, record: Question | Verdict) -> list[AnyRecord]:
        """Questions and their answers reach the belief; what it cannot use is named, and the bill goes its way without."""
        try:
            self.attribution.receive(record)
        except Refused as refusal:
            return [self._alarm("evidence-refused", record.id, str(refusal), record.happened, record.id)]
        return []

    def _alarm(self, name: str, subject: str, text: str, happened: int, *because: str) -> Alarm:
        envelope = Envelope(
            store=self._plan.store, stream=ALARMS, sequence=self._alarms, happened=happened, arrived=self._now, because=because
        )
        self._alarms += 1
        return Alarm(envelope=envelope, name=name, subject=subject, text=text)


def run(plan: Plan, readings: Sequence[Reading]) -> list[AnyRecord]:
    """A whole list of readings through a fresh shop: handy for stories and examples."""
    shop = Pipeline(plan)
    return [record for reading in readings for record in shop.step(reading)]


__all__ = ["ALARMS", "GatePass", "Pipeline", "run"]


def _guard_of(plan: Plan) -> GuardEngine:
    """The guard of a shop, told what it cannot see in records: the plan's taxes, thresholds and days."""
    on_top = [code for code, tax in plan.taxes.items() if not tax.included]
    return GuardEngine(
        plan.store, plan.currency, charge_threshold=plan.policies.charge_threshold, taxes_on_top=on_top,
        hold_minor=parse_money(plan.policies.hold_amount, plan.currency).minor, dispute_days=plan.policies.dispute_days,
    )  # fmt: skip
