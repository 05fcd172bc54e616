"""The shop with people in it: who comes in and goes out when, what each party holds, and what it truly owes."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import simpy

from saunter.base.ids import STAFF
from saunter.base.randomness import generator
from saunter.plan import Gate, Plan
from saunter.simulation.crowd import numbers
from saunter.simulation.crowd.hands import Deed, Hands
from saunter.simulation.crowd.lists import Line, Tastes
from saunter.simulation.crowd.people import Body, People
from saunter.simulation.crowd.scenario import Scenario
from saunter.simulation.floor import Point
from saunter.simulation.gestures import Dice
from saunter.simulation.stock import Piece

#: What a process of the pretend shop is: it yields simpy events.
Life = Generator[simpy.Event, Any, None]
#: The number under which staff acts.
STAFF_NUMBER: Final = 0


@dataclass(eq=False)
class Party:
    """Bodies that pay together. `lines` are still wanted, `held` pieces in their hands and bags, `owed` {sku: pieces}."""

    number: int
    bodies: list[Body]
    lines: list[Line]
    held: list[Piece] = field(default_factory=list)
    owed: dict[str, int] = field(default_factory=dict)
    ready: int = 0
    size: int = 1

    def gets(self, pieces: list[Piece]) -> None:
        """Pieces come into its hands, and on its bill."""
        self.held += pieces
        for piece in pieces:
            self.owed[piece.goods.sku] = self.owed.get(piece.goods.sku, 0) + 1

    def loses(self, piece: Piece) -> None:
        """A piece goes from its hands and its bill."""
        self.held.remove(piece)
        self.owed[piece.goods.sku] -= 1


@dataclass(frozen=True, slots=True)
class Passing:
    """A body of a party (number; 0 staff) goes through a gate at `at_s`."""

    at_s: float
    gate: str
    is_in: bool
    party: int
    body: Body


@dataclass(frozen=True, slots=True)
class Bill:
    """A party has left at `at_s` and truly owes these pieces {sku: pieces}."""

    at_s: float
    party: int
    owed: dict[str, int]


Told = Passing | Bill | Deed
#: What a party does before the gate: None lets it in at once; else a life that ends with whether it is let in.
Before = Callable[[Party], Generator[simpy.Event, Any, bool] | None]


class Shop:
    """A running shop. `live` begins everything; `tell` hears of passes, bills and deeds as they happen."""

    def __init__(
        self, plan: Plan, scenario: Scenario, seed: int, env: simpy.Environment, hands: Hands, tell: Callable[[Told], None]
    ) -> None:
        self.plan, self.scenario, self.seed, self.env, self.hands, self.tell = plan, scenario, seed, env, hands, tell
        self.people = People(plan, env)
        self.tastes = Tastes(plan, generator(seed, "tastes"))
        self.parties: dict[int, Party] = {}
        self.let_in = self.gone = self.turned_away = 0
        self.is_closed = False
        #: What parties do before the gate; None: they come in without a key.
        self.before: Before | None = None
        self._freed = env.event()
        self._shopping: Callable[[Party, Body, Dice], Life] | None = None

    def live(self, visits: int | None, shopping: Callable[[Party, Body, Dice], Life]) -> None:
        """Opens the doors: parties come until `visits` are inside or the scenario's minutes are over."""
        self._shopping = shopping
        self.env.process(self._arrivals(visits))

    @property
    def is_empty(self) -> bool:
        """Whether the doors are closed and every party has left."""
        return self.is_closed and not self.parties

    def door(self, *kinds: str) -> Point:
        """Where people come in or go out."""
        return self.hands.floor.door(*kinds)

    def _arrivals(self, visits: int | None) -> Life:
        """Parties come to the door as a Poisson process whose rate changes with the time of day (thinning, Lewis 1979)."""
        dice, end_s, scenario = generator(self.seed, "arrivals"), self.scenario.minutes * 60, self.scenario
        most = max(rate.per_hour for rate in scenario.arrivals) / 3600
        while most > 0 and (visits is None or self.let_in - self.turned_away < visits):
            yield self.env.timeout(float(dice.exponential(1 / most)))
            if self.env.now >= end_s:
                break
            if dice.random() * most * 3600 > scenario.per_hour(scenario.starts_min + self.env.now / 60):
                continue
            while len(self.parties) >= scenario.parties_max:
                yield self._freed
            self._comes()
        self.is_closed = True

    def _comes(self) -> None:
        """A party comes to the gate: straight in, or with a key first."""
        self.let_in += 1
        dice = generator(self.seed, "party", str(self.let_in))
        party = Party(self.let_in, [], self.tastes.list_for(dice))
        party.size = 1 + int(dice.choice(len(self.scenario.groups), p=self.scenario.groups))
        self.parties[party.number] = party
        life = self.before(party) if self.before else None
        if life is None:
            self._lets_in(party)
        else:
            self.env.process(self._lets_in_after(party, life))

    def _lets_in_after(self, party: Party, life: Generator[simpy.Event, Any, bool]) -> Life:
        if (yield from life):
            self._lets_in(party)
        else:
            self.turned_away += 1
            self._goes(party)

    def _lets_in(self, party: Party) -> None:
        for member in range(party.size):
            member_dice = generator(self.seed, "body", str(party.number), str(member))
            self.env.process(self._visits(party, member * numbers.GROUP_GAP_S, member_dice))

    def _visits(self, party: Party, after_s: float, dice: Dice) -> Life:
        """One body's visit, from gate to gate."""
        yield self.env.timeout(after_s)
        body = yield from self.comes_in(party.number, dice)
        party.bodies.append(body)
        yield from self.steps_aside(body, dice)
        if self._shopping is not None:
            yield from self._shopping(party, body, dice)
        party.ready += 1
        if party.ready < party.size:
            yield from self.steps_aside(body, dice)
        while party.ready < party.size:
            yield self.env.timeout(1.0)
        yield from self.goes_out(body)
        party.bodies.remove(body)
        party.size -= 1
        party.ready -= 1
        if party.size == 0:
            self.leaves(party)

    def comes_in(self, party: int, dice: Dice, through: Gate | None = None) -> Generator[simpy.Event, Any, Body]:
        """A body comes through the way in (or this gate) as soon as there is room; returns it."""
        gate = through or self.hands.floor.gate("in", "both")
        place = self.door("in", "both") if gate is None else (gate.x_m, gate.y_m)
        while any(math.dist(other.place, place) < numbers.DOOR_CLEAR_M for other in self.people.inside):
            yield self.env.timeout(0.5)
        body = self.people.comes(party, place, dice)
        if gate is not None:
            self.tell(Passing(self.env.now, gate.id, True, party, body))
        return body

    def steps_aside(self, body: Body, dice: Dice) -> Life:
        """A body that is new, or waits for its party, goes some steps into the shop, out of the way at the door."""
        middle, door = self.people.middle, np.array(self.door("in", "both"))
        inwards = (middle - door) / max(1e-9, float(np.hypot(*(middle - door))))
        aside = np.array([-inwards[1], inwards[0]]) * float(dice.uniform(*numbers.ASIDE_M))
        place = self.people.ways.outside((door + inwards * float(dice.uniform(*numbers.INSIDE_M)) + aside)[None, :], 0.3)[0]
        if self.people.holds(place):
            yield self.people.walks(body, (float(place[0]), float(place[1])))

    def goes_out(self, body: Body) -> Life:
        """A body walks out."""
        is_there = False
        while not is_there:
            is_there = yield self.people.walks(body, self.door("out", "both"))
        gate = self.hands.floor.gate("out", "both")
        if gate is not None:
            self.tell(Passing(self.env.now, gate.id, False, body.party, body))
        self.people.goes(body)

    def leaves(self, party: Party) -> None:
        """All bodies of a party are out: what it owes is known."""
        self.gone += 1
        owed = {sku: pieces for sku, pieces in sorted(party.owed.items()) if pieces > 0}
        self.tell(Bill(self.env.now, party.number, owed))
        self._goes(party)

    def _goes(self, party: Party) -> None:
        """A party is away from the gate; another one may come."""
        del self.parties[party.number]
        freed, self._freed = self._freed, self.env.event()
        freed.succeed()


def default_name(number: int) -> str:
    """What a party is called: p1, p2, ...; staff by its reserved name."""
    return f"p{number}" if number != STAFF_NUMBER else STAFF
