"""The frame of every baseline: readings in order of time, movements to the cashier, a bill for whoever has left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from saunter.apps.accuracy.baselines.movements import Carts, Cashier, Detector, Movement, Pieces
from saunter.apps.accuracy.baselines.whereabouts import Whereabouts
from saunter.base.errors import Refused
from saunter.base.ids import RESERVED_PARTIES
from saunter.base.time import MILLISECOND, SECOND
from saunter.pipeline.reorder import Reorder
from saunter.plan import Plan
from saunter.records import GatePass, PeopleFrame, Reading, Tick, WeightBlock

#: A bill waits this long after the exit for weights to come to rest: the slowest detector looks back one second, and a lift
#: takes up to one more. Long enough that no event of a shopper at the door is lost.
REST: Final = 3 * SECOND


@dataclass(frozen=True, slots=True)
class Billed:
    """A settled bill: what a party pays for, when it had left, and when the bill was made (ns UTC)."""

    party: str
    pieces: Pieces
    left: int
    at: int


class BaselineEngine:
    """A whole shop by one simple method: `step` takes readings in order of arrival and gives the bills that are ready.

    Time passes only through ticks, with the same reorder window as Saunter's. Everybody let in by a gate gets a bill once
    as many bodies have left on the key as came in.
    """

    def __init__(self, plan: Plan, detector: Detector, cashier: Cashier) -> None:
        self._window = plan.policies.reorder_window_ms * MILLISECOND
        self._reorder = Reorder()
        self._detector, self._cashier = detector, cashier
        self._where = Whereabouts(plan)
        self._carts = Carts()
        self._inside: dict[str, int] = {}
        self._leaving: dict[str, int] = {}

    def step(self, reading: Reading) -> list[Billed]:
        """Take one reading; the bills that are settled by it."""
        if not isinstance(reading, Tick):
            self._reorder.put(reading)
            return []
        to = reading.happened - self._window
        movements: list[Movement] = []
        for record in self._reorder.release(to):
            if isinstance(record, WeightBlock):
                movements += self._detector.weigh(record)
            else:
                self._see(record)
        for movement in sorted(movements, key=lambda each: (each.at, each.shelf, each.plates)):
            self._cashier.book(movement, self._where, self._carts)
        return self._bills(to, reading.envelope.arrived)

    def _see(self, record: PeopleFrame | GatePass) -> None:
        named = isinstance(record, PeopleFrame) or bool(record.party)
        if named:
            try:
                self._where.receive(record)
            except Refused:  # a gate that the plan does not know names nobody
                return
        if isinstance(record, GatePass):
            self._passed(record)

    def _passed(self, gate: GatePass) -> None:
        party = gate.party or self._where.party_of(gate.track)
        if gate.staff or party in RESERVED_PARTIES:
            return
        if gate.direction == "in":
            self._inside[party] = self._inside.get(party, 0) + gate.people
        elif party in self._inside:
            self._inside[party] -= gate.people
            if self._inside[party] <= 0:
                self._leaving[party] = gate.happened

    def _bills(self, to: int, now: int) -> list[Billed]:
        ready = [party for party, left in self._leaving.items() if left + REST <= to]
        return [Billed(party, dict(self._carts.of(party)), self._leaving.pop(party), now) for party in ready]
