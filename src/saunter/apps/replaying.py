"""Feeds a recording to the shop as it happened, lets time pass where the recording has no clock, and keeps what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from saunter.apps.open_visits import OpenVisit
from saunter.base.errors import Problem, Refused
from saunter.base.limits import PROBLEMS_SHOWN_MAX
from saunter.base.time import MILLISECOND, MINUTE, SECOND
from saunter.records import (
    Alarm,
    AnyRecord,
    Attribution,
    Envelope,
    Interaction,
    Observation,
    Reading,
    Receipt,
    Stamp,
    Tick,
    Truth,
    Verdict,
    VisitChanged,
)

#: The stream of ticks that replay adds; a recording's own ticks keep theirs.
TICK_STREAM: Final = "replay/ticks"
#: Without ticks in the recording, time passes in steps of this length.
TICK_EVERY: Final = 100 * MILLISECOND
#: Across a silence longer than this, time passes in one leap: nothing is waiting any more that a finer step would tell apart.
SILENCE_STEPPED_MAX: Final = 30 * MINUTE
#: After the last reading: single seconds for what the reorder window and the levels still hold back, then steps of five
#: past the sighting timeout (so that a receipt comes no later than a running shop would make it), then leaps beyond the
#: longest wait of the visit table, so that every visit settles.
CLOSING: Final = (*(SECOND,) * 5, *(5 * SECOND,) * 12, 15 * MINUTE, 15 * MINUTE)
#: The alarm that every plate raises when a recording simply ends.
SILENCE: Final = "plate-silent"
#: What else its end alone raises: whom nobody saw leave by then is named among the open visits.
_ENDINGS: Final = frozenset({SILENCE, "visit-abandoned"})
#: The latest instant that 64 bits of nanoseconds can say.
_INSTANT_MAX: Final = 2**63 - 1

Step = Callable[[Reading], Sequence[AnyRecord]]
CpuClock = Callable[[], float]


class Responder(Protocol):
    """Somebody beside the shop who hears what it says and may answer: a reviewer, or one who only listens.

    The answers are readings of their own, put in between the recording's by when they `arrived`.
    """

    def hear(self, records: Sequence[AnyRecord]) -> None:
        """What the shop said to one reading, in order; called after every reading that made it say something.

        Truth is heard too, as it streams by: a pretend reviewer stands for somebody who sees the video.
        """

    def due(self, before_ns: int) -> Sequence[Reading | Verdict]:
        """The answers that arrive before `before_ns` (ns UTC) and were not handed out yet, in order of arrival."""


class Silence:
    """Nobody is there to answer."""

    def hear(self, records: Sequence[AnyRecord]) -> None:
        """Nothing is done with it."""

    def due(self, before_ns: int) -> Sequence[Reading | Verdict]:
        """No answers, ever."""
        return ()


@dataclass
class Replayed:
    """What a recording gave: the shop's conclusions in the order they were said, and what went wrong on the way.

    `stamped` are the ids of the receipts that the guard agreed to; another one would never be sent. `attributions` holds
    the latest word on each interaction, in the order the interactions were first spoken of. `open_visits` (whoever replays
    fills it in) are the visits that nobody saw end. `refused` counts readings that
    the shop refused; the first of them are among `problems`. `closing` says that the last reading is through. `first` and
    `last` are the arrivals that the recording spans (ns UTC), `readings` how many there were. `cpu_s` are the process's
    CPU seconds, reading from disk and decoding included; `step_cpu_s` those inside the shop alone.
    """

    receipts: list[Receipt] = field(default_factory=list)
    stamped: set[str] = field(default_factory=set)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    attributions: dict[str, Attribution] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)
    visits: list[VisitChanged] = field(default_factory=list)
    open_visits: tuple[OpenVisit, ...] = ()
    alarms: list[Alarm] = field(default_factory=list)
    truth: list[Truth] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    closing: bool = False
    parties: list[str] = field(default_factory=list)
    refused: int = 0
    readings: int = 0
    first: int = 0
    last: int = 0
    cpu_s: float = 0.0
    step_cpu_s: float = 0.0

    @property
    def closed_at(self) -> int:
        """The last instant that the shop was told of (ns UTC): the last arrival and all the time that passed after it."""
        return min(self.last + sum(CLOSING), _INSTANT_MAX)

    @property
    def shop_s(self) -> float:
        """Seconds of shop time from the first arrival to the last."""
        return (self.last - self.first) / SECOND

    @property
    def real_time_factor(self) -> float:
        """Seconds of shop time per CPU second of this process, decoding included; 0 where no CPU time could be measured."""
        return self.shop_s / self.cpu_s if self.cpu_s > 0 else 0.0

    def hear(self, conclusions: Iterable[AnyRecord]) -> None:
        """Keep what the shop said."""
        for record in conclusions:
            if isinstance(record, Receipt):
                self.receipts.append(record)
            elif isinstance(record, Stamp):
                self.stamped.add(record.receipt)
            elif isinstance(record, Attribution):
                self.attributions[record.interaction] = record
            elif isinstance(record, Interaction):
                self.interactions[record.id] = record
            elif isinstance(record, VisitChanged):
                self._hear_of_visit(record)
            elif isinstance(record, Alarm):
                self._hear_alarm(record)
            elif isinstance(record, Observation):
                self.observations[record.id] = record

    def refuse(self, reading: Reading, why: Refused) -> None:
        """Keep that the shop refused a reading, and why."""
        self.refused += 1
        if self.refused <= PROBLEMS_SHOWN_MAX:
            self.problems.append(Problem(reading.envelope.stream, 0, f"{reading.id} was refused: {why}"))

    def _hear_alarm(self, alarm: Alarm) -> None:
        """Silence after the last reading is the recording's end, not the shop's."""
        if not (self.closing and alarm.name in _ENDINGS):
            self.alarms.append(alarm)

    def _hear_of_visit(self, change: VisitChanged) -> None:
        self.visits.append(change)
        if change.party not in self.parties:
            self.parties.append(change.party)


def replay(
    records: Iterable[AnyRecord], step: Step, has_ticks: bool, store: str, cpu_clock: CpuClock, into: Replayed | None = None
) -> Iterator[Replayed]:
    """Feed every reading to `step`, then let enough time pass that every visit settles.

    Yields the same growing result after each reading (to show progress by) and a last time when all is settled.
    `has_ticks` says whether the recording brings its own. Truth never reaches the shop; conclusions that a recording may
    hold are not fed back. `cpu_clock` tells the process's CPU seconds. `into` is what keeps the conclusions (default: all).
    """
    player = Player(step, has_ticks, store, cpu_clock, into)
    for record in records:
        if player.take(record):
            yield player.result
    player.close()
    yield player.result


class Player:
    """Plays a recording to one shop, a record at a time; several players may take the same records side by side.

    Arguments as for `replay`. `responder` hears what the shop says, and its answers come in by their time of arrival,
    before the first reading that does not arrive earlier. `closing` are the steps (ns) in which time passes at the end.
    """

    def __init__(
        self,
        step: Step,
        has_ticks: bool,
        store: str,
        cpu_clock: CpuClock,
        into: Replayed | None = None,
        *,
        responder: Responder | None = None,
        closing: Sequence[int] = CLOSING,
    ) -> None:
        self.result = Replayed() if into is None else into
        self._step, self._has_ticks, self._clock, self._closing = step, has_ticks, cpu_clock, closing
        self._responder = Silence() if responder is None else responder
        self._ticker = _Ticker(store)
        self._began = cpu_clock()

    def take(self, record: AnyRecord) -> bool:
        """One record of the recording; whether it was a reading. Truth is kept, everything else is passed over."""
        if isinstance(record, Truth):
            self.result.truth.append(record)
            self._responder.hear((record,))
        if not isinstance(record, Reading):
            return False
        _note_arrival(self.result, record)
        for tick in () if self._has_ticks else self._ticker.up_to(record.envelope.arrived):
            self._feed(tick)
        self._feed(record)
        self.result.cpu_s = self._clock() - self._began
        return True

    def close(self) -> None:
        """The recording is over: time passes until every visit has settled."""
        result = self.result
        result.closing = True
        for tick in self._ticker.closing(result.last, self._closing) if result.readings else ():
            self._feed(tick)
        result.cpu_s = self._clock() - self._began
        if result.refused > PROBLEMS_SHOWN_MAX:
            what = f"{result.refused} readings were refused in all; the first are listed"
            result.problems.append(Problem("replay", 0, what))

    def _feed(self, reading: Reading) -> None:
        """What was answered before this reading, then the reading itself."""
        while answers := self._responder.due(reading.envelope.arrived):
            for answer in answers:
                self._put(cast(Reading, answer))
        self._put(reading)

    def _put(self, reading: Reading) -> None:
        before = self._clock()
        said: Sequence[AnyRecord] = ()
        try:
            said = self._step(reading)
        except Refused as why:
            self.result.refuse(reading, why)
        self.result.step_cpu_s += self._clock() - before
        if said:
            self.result.hear(said)
            self._responder.hear(said)


def _note_arrival(result: Replayed, reading: Reading) -> None:
    arrived = reading.envelope.arrived
    result.first = arrived if result.readings == 0 else min(result.first, arrived)
    result.last = arrived if result.readings == 0 else max(result.last, arrived)
    result.readings += 1


class _Ticker:
    """Makes the ticks that a recording lacks: on a grid of 100 ms, never going back."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._sequence = 0
        self._next: int | None = None

    def up_to(self, arrived: int) -> Iterator[Tick]:
        """The ticks due before something arrives; none before the first arrival."""
        if self._next is None:
            self._next = (arrived // TICK_EVERY + 1) * TICK_EVERY
        if arrived - self._next > SILENCE_STEPPED_MAX:
            yield self._tick(arrived)
            self._next = (arrived // TICK_EVERY + 1) * TICK_EVERY
        while self._next <= arrived:
            yield self._tick(self._next)
            self._next += TICK_EVERY

    def closing(self, last: int, pauses: Sequence[int]) -> Iterator[Tick]:
        """The ticks after the last arrival."""
        now = last
        for pause in pauses:
            now = min(now + pause, _INSTANT_MAX)
            yield self._tick(now)

    def _tick(self, now: int) -> Tick:
        envelope = Envelope(store=self._store, stream=TICK_STREAM, sequence=self._sequence, happened=now, arrived=now)
        self._sequence += 1
        return Tick(envelope=envelope)
