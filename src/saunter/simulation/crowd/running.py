"""A scenario as one stream of records in order of arrival, made as time goes: nothing that is over is kept."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import simpy

from saunter.base.errors import InputProblems, Problem, Refused
from saunter.base.randomness import generator
from saunter.base.time import MINUTE, from_seconds
from saunter.plan import Plan
from saunter.records import AnyRecord, Envelope, GatePass, Tick, TrueAction, TrueLine, TrueReceipt
from saunter.simulation import gestures, table
from saunter.simulation.crowd import numbers
from saunter.simulation.crowd.errands import Errands
from saunter.simulation.crowd.hands import Deed, Hands
from saunter.simulation.crowd.meetings import Meetings
from saunter.simulation.crowd.scenario import Scenario
from saunter.simulation.crowd.shop import STAFF_NUMBER, Bill, Life, Passing, Shop, Told, default_name
from saunter.simulation.crowd.sightings import CrowdTracker
from saunter.simulation.crowd.staff import Staff
from saunter.simulation.scales import Scale
from saunter.simulation.stock import Stock
from saunter.simulation.table import Preset

#: The world goes on this long after the last party has left: a receipt that is later than that counts as wrong (DESIGN 10).
AFTER_S: Final = 60.0
_BLOCK_S: Final = table.BLOCK_SAMPLES / table.SAMPLE_RATE_HZ
_TICKS_PER_BLOCK: Final = round(_BLOCK_S / table.TICK_S)
#: Midnight of the day on which table.START_NS lies: eight hours before.
_MIDNIGHT_NS: Final = table.START_NS - 8 * 60 * MINUTE


def simulate_scenario(plan: Plan, scenario: Scenario, seed: int, visits: int | None = None) -> Iterator[AnyRecord]:
    """Plays a scenario in a plan: all records in order of `arrived` (ties by stream), made while they are read.

    Streams as of `simulate`. Parties p1, p2, ... come until `visits` have been let in or the scenario's minutes are over;
    the stream ends AFTER_S after the last of them has left. Equal arguments give equal records. Raises InputProblems,
    before the first record, when the plan has nothing to sell.
    """
    problems = plan_problems(plan)
    if problems:
        raise InputProblems(problems)
    return Running(plan, scenario, seed, visits).records()


def plan_problems(plan: Plan) -> list[Problem]:
    """Why nobody could shop in a plan; empty: people can."""
    found = []
    if not plan.facings:
        found.append(Problem("planogram.csv", 0, "nothing has a place in this shop", "say which products lie on which plates"))
    return found


@dataclass(frozen=True, slots=True)
class Later:
    """A record that gets its place in its stream when it comes out, because earlier ones may still be made."""

    stream: str
    happened: int
    arrived: int
    make: Callable[[Envelope], AnyRecord]


class Running:
    """One run. `name_of` says what a party's number is called; nothing but names in gate passes and truth depends on it.
    `start_ns` (ns UTC) is when second 0 is; None: at the scenario's minute of a Monday that is always the same.
    """

    def __init__(
        self,
        plan: Plan,
        scenario: Scenario,
        seed: int,
        visits: int | None,
        name_of: Callable[[int], str] = default_name,
        start_ns: int | None = None,
    ) -> None:
        self._plan, self._seed, self._name_of = plan, seed, name_of
        preset = table.PRESETS[scenario.preset]
        self._start_ns = _MIDNIGHT_NS + from_seconds(scenario.starts_min * 60) if start_ns is None else start_ns
        self._env = simpy.Environment()
        stock = Stock(plan, preset, {}, seed)
        pieces = stock.pieces()
        self._scales = {
            fixture: Scale(plan, fixture, preset, pieces, seed)
            for fixture, facts in plan.fixtures.items()
            if any(plan.shelves[shelf].plates for shelf in facts.shelves)
        }
        self._hands = Hands(plan, self._env, stock, self._scales, self._tell)
        self.shop = Shop(plan, scenario, seed, self._env, self._hands, self._tell)
        self.errands = Errands(self.shop)
        self._tracker = CrowdTracker(plan, preset, self._start_ns, seed, name_of)
        self._outbox: list[tuple[int, str, int, AnyRecord | Later]] = []
        self._put = 0
        self._sequences: dict[str, int] = {}
        self._made, self._end_s = 0, float("inf")
        Meetings(self.shop, self.errands)
        Staff(self.shop, self.errands)
        self.shop.live(visits, self.errands.shopping)
        self._env.process(self._slams(preset))
        self._env.process(self._falls_silent(preset))
        self._env.process(self._moves())

    def records(self) -> Iterator[AnyRecord]:
        """The stream."""
        while not self.is_over:
            self.step()
            yield from self.due(self.made_ns)
        yield from self.due(2**62)

    @property
    def start_ns(self) -> int:
        """When second 0 is, ns UTC."""
        return self._start_ns

    @property
    def made_ns(self) -> int:
        """Up to when everything has happened, ns UTC; nothing made later arrives earlier."""
        return self._start_ns + from_seconds(self._made * _BLOCK_S)

    @property
    def is_over(self) -> bool:
        """Whether everybody left AFTER_S ago."""
        return self._made * _BLOCK_S >= self._end_s

    @property
    def waiting(self) -> int:
        """How many records are made and not yet out."""
        return len(self._outbox)

    def step(self) -> None:
        """One more block of time."""
        self._step(self._made)
        self._made += 1
        if not self.shop.is_empty:
            self._end_s = float("inf")
        elif self._end_s == float("inf"):
            self._end_s = self._made * _BLOCK_S + AFTER_S

    def due(self, before_ns: int) -> Iterator[AnyRecord]:
        """Everything made that arrives before an instant, in order of arrival, each once."""
        while self._outbox and self._outbox[0][0] < before_ns:
            what = heapq.heappop(self._outbox)[3]
            yield what.make(self._next(what.stream, what.happened, what.arrived)) if isinstance(what, Later) else what

    def says(self, later: Later) -> None:
        """Somebody in the world adds a record; it must not arrive before what is out already."""
        self._add(later.arrived, later.stream, later)

    def silences(self, fixture: str, from_s: float, to_s: float) -> None:
        """The controller of a fixture, or the people tracker (table.STREAM_PEOPLE), says nothing between these seconds."""
        if fixture != table.STREAM_PEOPLE and fixture not in self._scales:
            known = ", ".join([table.STREAM_PEOPLE, *self._scales])
            raise Refused(f"nothing of {fixture!r} could fall silent; choose one of {known}")
        self._env.process(self._silent(fixture, from_s, to_s))

    def _silent(self, fixture: str, from_s: float, to_s: float) -> Life:
        yield self._env.timeout(max(0.0, from_s - self._env.now))
        device = self._scales.get(fixture, self._tracker)
        device.falls_silent(self._env.now, to_s)

    def pending(self) -> int:
        """How many things are kept in mind now: effects, records on their way, hands that are out, bodies, parties."""
        hands = sum(len(body.grasps) for body in self.shop.people.inside)
        effects = sum(scale.pending for scale in self._scales.values())
        return len(self._outbox) + hands + effects + self._tracker.pending + len(self.shop.people.inside) + len(self.shop.parties)

    def _step(self, number: int) -> None:
        """One block of time: everything happens, then everything is weighed."""
        until_s = (number + 1) * _BLOCK_S
        self._env.run(until=until_s)
        for tick in range(number * _TICKS_PER_BLOCK, (number + 1) * _TICKS_PER_BLOCK):
            self._add_tick(tick)
        for scale in self._scales.values():
            block = scale.block(number, self._start_ns)
            if block is not None:
                self._add(block.envelope.arrived, block.envelope.stream, block)

    def _add_tick(self, number: int) -> None:
        at = self._start_ns + from_seconds(number * table.TICK_S)
        place = Envelope(store=self._plan.store, stream=table.STREAM_TICKS, sequence=number, happened=at, arrived=at)
        self._add(at, table.STREAM_TICKS, Tick(envelope=place))

    def _moves(self) -> Life:
        """Everybody moves, and the tracker looks, at its own rate."""
        number = 0
        while True:
            frame = self._tracker.looks(number, self._env.now, self.shop.people.inside)
            if frame is not None:
                self._add(frame.envelope.arrived, table.STREAM_PEOPLE, frame)
            number += 1
            yield self._env.timeout(number * numbers.STEP_S - self._env.now)
            self.shop.people.step()

    def _slams(self, preset: Preset) -> Life:
        """Doors slam, at random moments."""
        dice = generator(self._seed, "slams")
        shelves = {shelf.id: len(shelf.plates) for shelf in self._plan.shelves.values() if shelf.plates}
        while preset.slams_per_hour > 0:
            yield self._env.timeout(float(dice.exponential(3600 / preset.slams_per_hour)))
            for effect in gestures.slam(shelves, preset.slam_g * float(dice.uniform(0.2, 1.0)), self._env.now, dice).effects:
                self._hands.feels(effect)

    def _falls_silent(self, preset: Preset) -> Life:
        """Controllers lose their connection now and then."""
        dice, scales = generator(self._seed, "silences"), list(self._scales.values())
        while preset.silences_per_hour > 0 and scales:
            yield self._env.timeout(float(dice.exponential(3600 / preset.silences_per_hour)))
            scale = scales[int(dice.integers(len(scales)))]
            scale.falls_silent(self._env.now, self._env.now + float(dice.uniform(*table.SILENCE_S)))

    def _tell(self, told: Told) -> None:
        match told:
            case Passing():
                self._env.process(self._links(told, self._tracker.at_gate(told.body, self._plan.gates[told.gate])))
            case Deed():
                self._later(table.STREAM_ACTIONS, told.at_s, partial(self._true_action, told))
            case Bill():
                self._later(table.STREAM_RECEIPTS, told.at_s, partial(self._true_receipt, told))

    def _later(self, stream: str, at_s: float, make: Callable[[Envelope], AnyRecord]) -> None:
        at = self._start_ns + from_seconds(at_s)
        self.says(Later(stream, at, at, make))

    def _links(self, told: Passing, track: str) -> Life:
        """A gate asks the tracker who passed: of those who come in a moment later, when it has seen them."""
        yield self._env.timeout(table.GATE_LINK_S)
        track = self._tracker.at_gate(told.body, self._plan.gates[told.gate]) if told.is_in else track
        happened = self._start_ns + from_seconds(told.at_s)
        arrived = happened + from_seconds(table.GATE_LINK_S + table.GATE_LATENCY_S)
        gate_pass = GatePass(
            envelope=self._next(table.STREAM_GATES, happened, arrived),
            gate=told.gate,
            direction="in" if told.is_in else "out",
            party=self._name_of(told.party),
            track=track,
            staff=told.party == STAFF_NUMBER,
        )
        self._add(gate_pass.envelope.arrived, table.STREAM_GATES, gate_pass)

    def _add(self, arrived: int, stream: str, what: AnyRecord | Later) -> None:
        heapq.heappush(self._outbox, (arrived, stream, self._put, what))
        self._put += 1

    def _true_action(self, told: Deed, envelope: Envelope) -> TrueAction:
        return TrueAction(
            envelope=envelope,
            party=self._name_of(told.party),
            action=told.action,
            sku=told.sku,
            gtin=self._plan.products[told.sku].gtin if told.sku else "",
            quantity=told.quantity,
            plates=told.plates,
            behaviour=told.behaviour,
        )

    def _true_receipt(self, told: Bill, envelope: Envelope) -> TrueReceipt:
        name = self._name_of(told.party)
        products = [(self._plan.products[sku], pieces) for sku, pieces in told.owed.items()]
        lines = tuple(TrueLine(sku=p.sku, gtin=p.gtin, quantity=pieces, name=p.name) for p, pieces in products)
        return TrueReceipt(envelope=envelope, visit=f"visit-{name}", party=name, lines=lines)

    def _next(self, stream: str, happened: int, arrived: int) -> Envelope:
        sequence = self._sequences.get(stream, 0)
        self._sequences[stream] = sequence + 1
        return Envelope(store=self._plan.store, stream=stream, sequence=sequence, happened=happened, arrived=arrived)
