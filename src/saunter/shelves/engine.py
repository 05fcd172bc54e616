"""The shelves room: shelf steps in, interactions out; what was attributed comes back and teaches the weights."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.records import Attribution, Envelope, Interaction, ShelfStep, Span
from saunter.shelves import constants as c
from saunter.shelves.explaining import Explainer
from saunter.shelves.movement import Movement, Part, from_parts, from_step, joined
from saunter.shelves.weights import WeightBook

INTERACTIONS = "shelves/interactions"
#: Interactions remembered to learn from when they are attributed; older ones teach nothing.
REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class _Recent:
    id: str
    settled: int
    parts: tuple[Part, ...]
    peak_g: float
    may_pass: bool

    @property
    def total_g(self) -> float:
        """Grams after minus before over all its plates."""
        return math.fsum(part.delta_g for part in self.parts)


class ShelvesEngine:
    """What each shelf alone makes of its steps.

    `receive` takes ShelfStep and Attribution records, `advance` returns the interactions found since. A movement is
    explained alone and joined with up to two recent ones of its plates: a hold, a press, a lift in two steps.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._book = WeightBook(plan)
        self._explainer = Explainer(plan, self._book)
        self._recent: dict[str, deque[_Recent]] = {}
        self._movements: dict[str, Movement] = {}
        self._found: list[Interaction] = []
        self._sequence = 0

    @property
    def book(self) -> WeightBook:
        """The learned weights."""
        return self._book

    def receive(self, record: ShelfStep | Attribution) -> None:
        """Take a step of a shelf, or learn from what one was attributed to. Refuses steps of unknown plates."""
        if isinstance(record, Attribution):
            self._learn(record)
            return
        unknown = [plate for plate in record.plates if plate not in self._plan.plates]
        if unknown:
            raise Refused(f"{record.id}: plates {', '.join(unknown)} are not in the plan")
        if not any(record.delta_g):
            raise Refused(f"{record.id}: nothing changed on any plate; a step of a shelf needs a change")
        for movement in from_step(self._plan, record):
            self._found.append(self._interaction(record, movement))

    def advance(self, to: int) -> list[Interaction]:
        """The interactions found since the last call, in order of time."""
        found, self._found = self._found, []
        return found

    def _interaction(self, step: ShelfStep, movement: Movement) -> Interaction:
        envelope = self._envelope(step)
        self._remember(envelope.id, movement)
        place = movement.whole()
        interaction = Interaction(
            envelope=envelope,
            shelf=step.shelf,
            plates=tuple(part.plate for part in movement.parts),
            total_g=round(movement.total_g, 3),
            sd_g=round(movement.sd_g, 3),
            centre_m=round(place.centre_m, 4),
            extent_m=round(movement.parts[-1].right_m - movement.parts[0].left_m, 4),
            started=step.started,
            settled=step.settled,
            spans=(
                Span(joins=(), total_g=round(movement.total_g, 3), candidates=tuple(self._explainer.explain(movement))),
                *self._joins(step, movement),
            ),
            doubtful=step.doubtful,
        )
        may_pass = any(candidate.action == "passing" for candidate in interaction.spans[0].candidates)
        recent = self._recent.setdefault(step.shelf, deque(maxlen=8))
        recent.append(_Recent(envelope.id, step.settled, movement.parts, movement.peak_g, may_pass))
        return interaction

    def _envelope(self, step: ShelfStep) -> Envelope:
        self._sequence += 1
        return Envelope(
            store=self._plan.store,
            stream=INTERACTIONS,
            sequence=self._sequence - 1,
            happened=step.happened,
            arrived=step.envelope.arrived,
            because=(step.id,),
        )

    def _joins(self, step: ShelfStep, movement: Movement) -> list[Span]:
        """This movement joined with the one before it on its plates, and with the two before.

        Mere touches and leaks between them are taken in by the way: nothing that they left is counted twice.
        """
        spans: list[Span] = []
        parts: Sequence[Part] = movement.parts
        joins: tuple[str, ...] = ()
        peak, largest_g = movement.peak_g, abs(movement.total_g)
        for earlier in reversed(self._recent.get(step.shelf, ())):
            near = step.started - earlier.settled <= c.JOIN_SECONDS * SECOND
            if len(joins) == c.JOINS_MAX or not near:
                break
            if not _may_be_one(earlier, parts, step.started):
                continue
            parts = joined(earlier.parts, parts)
            peak, largest_g = max(peak, earlier.peak_g), max(largest_g, abs(earlier.total_g))
            if not earlier.may_pass or abs(earlier.total_g) < c.MOVED_PART * largest_g:
                continue
            joins = (earlier.id, *joins)
            whole = _one_movement(step.shelf, parts, peak)
            spans.append(Span(joins=joins, total_g=round(whole.total_g, 3), candidates=tuple(self._explainer.explain(whole))))
        return spans

    def _remember(self, interaction: str, movement: Movement) -> None:
        self._movements[interaction] = movement
        if len(self._movements) > REMEMBERED:
            del self._movements[next(iter(self._movements))]

    def _learn(self, attribution: Attribution) -> None:
        """A single product, surely known, teaches what its pieces weigh there; part of a longer movement weighs nothing known."""
        movement = self._movements.pop(attribution.interaction, None)
        best = max(attribution.candidates, key=lambda item: item.probability, default=None)
        if movement is None or best is None or len(best.changes) != 1 or attribution.joins:
            return
        change = best.changes[0]
        self._book.learn(
            change.sku, movement.main_plate, abs(change.quantity), abs(movement.total_g), movement.sd_g, best.probability
        )


def _may_be_one(earlier: _Recent, parts: Sequence[Part], started: int) -> bool:
    """Whether two movements share a plate, or lie side by side right after each other (a thing over plates that settle apart)."""
    if {part.plate for part in earlier.parts} & {part.plate for part in parts}:
        return True
    gap_m = max(parts[0].left_m - earlier.parts[-1].right_m, earlier.parts[0].left_m - parts[-1].right_m)
    return gap_m <= c.BESIDE_M and started - earlier.settled <= c.BESIDE_SECONDS * SECOND


def _one_movement(shelf: str, parts: Sequence[Part], peak_g: float) -> Movement:
    """All parts as one movement even if signs differ: over a whole hold only the sum counts."""
    found = from_parts(shelf, parts, peak_g)
    if len(found) == 1:
        return found[0]
    total = sum(part.delta_g for run in found for part in run.parts)
    same = [run for run in found if (run.total_g > 0) == (total > 0)]
    return Movement(shelf, tuple(part for run in same for part in run.parts), peak_g, False)
