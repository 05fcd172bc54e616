"""The loop of a running shop: inputs are made durable, then taken; what follows goes into the books in one transaction, then out.

Kill it anywhere: on the next start the newest snapshot and the inputs after it give exactly the state that was lost, and
everything that is in the books already is passed over."""

from __future__ import annotations

import pickle
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from saunter import __version__
from saunter.apps.running.clocks import TURN, Clock
from saunter.apps.running.crash_points import CrashPoints
from saunter.apps.running.hub import Hub
from saunter.apps.running.watching import Watching
from saunter.base.calibration import IDENTITY, Calibration
from saunter.base.errors import LEFT_OUT, BrokenBy, InputProblems, Problem, Refused, described, left_out
from saunter.base.time import SECOND
from saunter.pipeline.moments import Lookback, Moments
from saunter.pipeline.showing import Notes, Showing
from saunter.pipeline.trading import Shop
from saunter.plan import Plan
from saunter.ports.books import Books, InputLog, Outgoing
from saunter.ports.documents import Moment
from saunter.ports.sources import Source
from saunter.records import (
    Alarm,
    AnyRecord,
    Attribution,
    CommandStamp,
    Envelope,
    GateCommand,
    PaymentCommand,
    PaymentOutcome,
    PeopleFrame,
    Question,
    Receipt,
    Settlement,
    Tick,
    Truth,
    WeightBlock,
)

TICKS: Final = "clock/ticks"
#: A snapshot is taken this often (shop time): what has to be taken again after a crash, at about a hundred times real time.
SNAPSHOT_EVERY: Final = 120 * SECOND
#: Raw inputs older than this are forgotten at a snapshot.
INPUTS_KEPT: Final = 3600 * SECOND
#: Inputs from pages and providers that wait for the loop; beyond it whoever tells one more is told to come again.
TOLD_MAX: Final = 10_000
#: Why a shop cannot go on from what is left of its inputs, and what to do.
FORGOTTEN: Final = "no snapshot of it is of this version ({version}), and of its inputs only those from batch {first} on are left"
GO_ON: Final = "start the version that ran it last, let it close and everything be paid; then open in a new data folder"
#: Where the loop itself says something.
LOOP: Final = "loop"


@dataclass
class State:
    """Everything that a snapshot holds: the shop; the last minute of weights and people, and moments that become of it; what
    documents need to be told; how far every input stream was heard; the keys of look-ups on their way, by id; plates that are
    silent or frozen; the clock; and when earlier snapshots were taken, after which batch."""

    shop: Shop
    lookback: Lookback
    moments: Moments
    notes: Notes = field(default_factory=Notes)
    seen: dict[str, int] = field(default_factory=dict)
    look_ups: dict[str, str] = field(default_factory=dict)
    plates: dict[str, str] = field(default_factory=dict)
    ticks: int = 0
    alarms: int = 0
    now: int = -(2**63)
    saves: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def new(cls, plan: Plan, calibration: Calibration) -> State:
        """A shop that has not heard of anything yet."""
        shop, lookback = Shop(plan, calibration), Lookback(plan)
        return cls(shop, lookback, Moments(plan, lookback, shop.party_of))


@dataclass
class Answer:
    """Whoever told an input hears what the shop said to it, once that is in the books."""

    done: Callable[[list[AnyRecord] | Refused], None]


def newest(inputs: InputLog, store: str) -> tuple[int, State | None]:
    """The newest snapshot that this program can go on from, and the batch it was taken after; 0 and None: there is none."""
    for number, snapshot in inputs.snapshots():
        version, of, state = pickle.loads(snapshot)
        if (version, of) == (__version__, store):
            return number, state
    return 0, None


def heard_so_far(inputs: InputLog, store: str) -> tuple[dict[str, int], int]:
    """How far every input stream was heard, and the shop's time then (ns UTC; 0: nothing was)."""
    number, state = newest(inputs, store)
    seen, now = (dict(state.seen), state.now) if state else ({}, 0)
    for _, batch in inputs.read(number):
        for record in batch:
            seen[record.envelope.stream] = max(record.envelope.sequence, seen.get(record.envelope.stream, -1))
            now = max(now, record.happened) if isinstance(record, Tick) else now
    return seen, now


class Runner:
    """One store's writer. `turn` takes what has come and lets time pass; `run` does so until it is told to stop."""

    def __init__(
        self,
        plan: Plan,
        source: Source,
        books: Books,
        inputs: InputLog,
        clock: Clock,
        *,
        hub: Hub | None = None,
        points: CrashPoints | None = None,
        calibration: Calibration = IDENTITY,
        wake: Callable[[], None] = lambda: None,
        snapshot_every: int = SNAPSHOT_EVERY,
        turn: int = TURN,
    ) -> None:
        self.plan, self.books, self.clock = plan, books, clock
        self._watching = Watching(hub or Hub())
        self.hub = self._watching.hub
        self._source, self._inputs, self._points, self.wake = source, inputs, points or CrashPoints(), wake
        self._snapshot_every, self._turn = snapshot_every, turn
        self.state = State.new(plan, calibration)
        self._left_out = self.state.shop.pipeline.left_out = inputs.left_out()
        self._showing = Showing(plan, books.document, self._visit_of, self._preview, self.state.notes)
        self._told: deque[tuple[AnyRecord, Answer | None]] = deque()
        self._lock = threading.Lock()
        self._sequences: dict[str, int] = {}
        self._saved_at = 0
        self.stopping = threading.Event()
        self.turns = 0
        self.late_s = 0.0

    # -- from outside --------------------------------------------------------------------------------------------------

    def envelope(self, stream: str, because: tuple[str, ...] = ()) -> Envelope:
        """The next envelope of an input stream, at the shop's time."""
        now = self.clock.now()
        with self._lock:
            number = self._sequences.get(stream, self.state.seen.get(stream, -1)) + 1
            self._sequences[stream] = number
        return Envelope(store=self.plan.store, stream=stream, sequence=number, happened=now, arrived=now, because=because)

    def tell(self, record: AnyRecord, answer: Answer | None = None) -> None:
        """An input from a page, a phone or the provider: it takes its turn. Raises Refused when too many wait already."""
        if len(self._told) >= TOLD_MAX:
            raise Refused("the shop has more to do than it can; try again in a moment")
        self._told.append((record, answer))

    def tell_outcome(self, outcome: PaymentOutcome) -> None:
        """What the provider said: it gets its place in the log here."""
        because = outcome.envelope.because
        self.tell(msgspec.structs.replace(outcome, envelope=self.envelope("payments/outcomes", because)))

    @property
    def waiting(self) -> int:
        """How many told inputs wait for their turn."""
        return len(self._told)

    # -- the loop ------------------------------------------------------------------------------------------------------

    def run(self, over: Callable[[], bool] = lambda: False) -> None:
        """Turns until it is told to stop (`stopping`) or `over` says so; then a snapshot."""
        while not self.stopping.is_set() and not over():
            self.turn()
        self.save()

    def turn(self) -> None:
        """Waits for the next turn and takes everything that has come by then."""
        due = max(self.state.now + self._turn, self.clock.now() // self._turn * self._turn)
        self.clock.wait(due)
        told = [self._told.popleft() for _ in range(len(self._told))]
        batch = self._new(self._source.until(due))
        batch += [record for record, _ in told]
        batch.append(self._tick(due))
        self._points.reached("before-inputs-logged")
        number = self._inputs.append(batch)
        self._points.reached("after-inputs-logged")
        replies = self._taken(batch)
        said = [record for reply in replies if not isinstance(reply, Refused) for record in reply]
        self._write(number, said)
        self._source.hear(_public(said))
        by_id = {record.id: reply for record, reply in zip(batch, replies, strict=True)}
        for record, answer in told:
            if answer is not None:
                answer.done(by_id[record.id])
        self.turns += 1
        self.late_s = max(0.0, (self.clock.now() - due) / SECOND)
        if self.state.now - self._saved_at >= self._snapshot_every:
            self.save()

    def recover(self) -> int:
        """After a start: the newest usable snapshot, then every input since. Returns how many batches were taken again.

        Raises InputProblems where inputs since then are forgotten: a shop that remembers half of its day would go on wrongly."""
        after = self._restore()
        first, _ = next(self._inputs.read(after), (self._inputs.last() + 1, []))
        if first != after + 1:
            raise InputProblems([Problem("the log of inputs", 0, FORGOTTEN.format(version=__version__, first=first), GO_ON)])
        progress, again = self.books.progress(), 0
        for number, batch in self._inputs.read(after):
            said = [record for reply in self._taken(batch) if not isinstance(reply, Refused) for record in reply]
            if number > progress:
                self._write(number, said)
            else:
                self._pass_over(said)
            self._source.hear(_public(said))
            again += 1
        self._saved_at = self.state.now
        self.wake()
        return again

    def save(self) -> None:
        """A snapshot of everything, after the last batch."""
        self._points.reached("before-snapshot")
        number, saves = self._inputs.last(), self.state.saves
        if number:
            saves.append((self.state.now, number))
            old = [after for at, after in saves if at <= self.state.now - INPUTS_KEPT]
            self.state.saves = saves[len(old) :]
            self._inputs.save(number, pickle.dumps((__version__, self.plan.store, self.state), protocol=pickle.HIGHEST_PROTOCOL))
            if old:
                self._inputs.forget(old[-1] + 1)
        self._saved_at = self.state.now
        self._points.reached("after-snapshot")

    def _restore(self) -> int:
        number, state = newest(self._inputs, self.plan.store)
        if state is not None:
            self.state = state
            self.state.shop.pipeline.left_out = self._left_out
            self._showing.notes = state.notes
        return number

    # -- one batch -----------------------------------------------------------------------------------------------------

    def _new(self, records: Sequence[AnyRecord]) -> list[AnyRecord]:
        """Sources may say again what was logged before a crash, bring a clock of their own, and tell truths not for the shop."""
        found, ids = list[AnyRecord](), set[str]()
        for record in records:
            place = record.envelope
            is_new = place.sequence > self.state.seen.get(place.stream, -1) and place.id not in ids
            if is_new and not isinstance(record, Truth | Tick):
                found.append(record)
                ids.add(place.id)
        return found

    def _pass_over(self, said: Sequence[AnyRecord]) -> None:
        """What is in the books already changes only what is remembered beside them."""
        for record in said:
            self.state.notes.note(record)
        self._look(said, self.state.now)
        self._outgoing(said)
        self._closed(said)

    def _tick(self, due: int) -> Tick:
        envelope = Envelope(store=self.plan.store, stream=TICKS, sequence=self.state.ticks, happened=due, arrived=due)
        return Tick(envelope=envelope)

    def _taken(self, batch: Sequence[AnyRecord]) -> list[list[AnyRecord] | Refused]:
        """What the shop says to each input of a batch, or why it refuses it."""
        replies: list[list[AnyRecord] | Refused] = []
        for record in batch:
            envelope = record.envelope
            self.state.seen[envelope.stream] = max(envelope.sequence, self.state.seen.get(envelope.stream, -1))
            if isinstance(record, Tick):
                self.state.ticks, self.state.now = envelope.sequence + 1, envelope.happened
            replies.append(self._reply(record))
        said = [record for reply in replies if isinstance(reply, list) for record in reply]
        self._watching.note(said, self.state.plates, self.state.now)
        return replies

    def _reply(self, record: AnyRecord) -> list[AnyRecord] | Refused:
        """What the shop says to one input, or why it refuses it. An input that broke the program before is left out, and
        somebody is told: a shop must not end again and again by the same reading."""
        if record.id in self._left_out:
            return [self._alarm(LEFT_OUT, record, left_out(record.id, self._left_out[record.id]))]
        try:
            self.state.lookback.note(record)
            return self.state.shop.step(record)  # type: ignore[arg-type]
        except Refused as refusal:
            return [self._alarm("turn-refused", record, str(refusal))] if isinstance(record, Tick) else refusal
        except MemoryError:
            raise
        except BrokenBy as broken:
            self._inputs.leave_out(broken.record, broken.how)
            raise
        except Exception as fault:
            if not isinstance(record, Tick):  # time cannot be left out: whatever broke would break at the next turn
                self._inputs.leave_out(record.id, described(fault))
            raise

    def _alarm(self, name: str, record: AnyRecord, text: str) -> Alarm:
        at, number = record.envelope.arrived, self.state.alarms
        self.state.alarms += 1
        place = Envelope(store=self.plan.store, stream=LOOP, sequence=number, happened=at, arrived=at, because=(record.id,))
        return Alarm(envelope=place, name=name, subject=record.id, text=text)

    def _write(self, number: int, said: Sequence[AnyRecord]) -> None:
        """Everything that was said, in one transaction; then whoever looks is told."""
        now = self.state.now
        moments = self._look(said, now)
        documents = self._showing.show(said, now, moments) if said or moments else []
        if said or documents:
            outgoing = self._outgoing(said)
            self._points.reached("before-books-commit")
            with self.books.writing() as writing:
                writing.append([record for record in said if not isinstance(record, WeightBlock | PeopleFrame | Tick)])
                self._points.reached("inside-books-commit")
                writing.put(documents)
                writing.send(outgoing)
                writing.close(self._closed(said))
                writing.heard(number)
            self._points.reached("after-books-commit")
            if outgoing:
                self.wake()
        self._watching.tell(said, documents, self.state.lookback, self.state.plates, self.state.shop.party_of)

    def _closed(self, said: Sequence[AnyRecord]) -> list[str]:
        """Keys of commands that are never sent again: their outcome is known, or they were look-ups and have been answered."""
        outcomes = [record for record in said if isinstance(record, PaymentOutcome)]
        known = [outcome.key for outcome in outcomes if outcome.outcome in ("done", "declined")]
        causes = [cause for outcome in outcomes for cause in outcome.envelope.because]
        return [*known, *(self.state.look_ups.pop(cause) for cause in causes if cause in self.state.look_ups)]

    def _look(self, said: Sequence[AnyRecord], now: int) -> list[Moment]:
        found = []
        for record in said:
            if isinstance(record, Attribution) and (changed := self.state.moments.receive(record)) is not None:
                found.append(changed)
            elif isinstance(record, Question) and (shown := self.state.moments.at_once(record.interaction)) is not None:
                found.append(shown)
        return [*found, *self.state.moments.advance(now)]

    def _outgoing(self, said: Sequence[AnyRecord]) -> list[Outgoing]:
        """Stamped commands for the outbox. What the guard does not stamp never gets there."""
        commands = {record.id: record for record in said if isinstance(record, PaymentCommand)}
        stamped = [commands[each.command] for each in said if isinstance(each, CommandStamp) and each.command in commands]
        self.state.look_ups |= {each.id: each.key for each in stamped if each.action == "look up"}
        now = self.state.now
        return [Outgoing(key=each.key, kind="payment", body=msgspec.json.encode(each), due=now) for each in stamped]

    def _preview(self, settlement: Settlement) -> Receipt:
        return self.state.shop.ledger.preview(settlement)

    def _visit_of(self, party: str) -> str:
        found = self.books.documents("visit", owner=party, limit=1)
        return found[0].key if found else ""


def _public(said: Sequence[AnyRecord]) -> list[AnyRecord]:
    """What the outside hears: everything but gate commands without the guard's stamp."""
    stamped = {record.command for record in said if isinstance(record, CommandStamp)}
    return [record for record in said if not isinstance(record, GateCommand) or record.id in stamped]
