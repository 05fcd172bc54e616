"""Turns a story into what the sensors will meet: effects on plates, ways and reaches of bodies, gate passes, the truth.

One pass over the actions in order of time; every action that the shop cannot play (unknown product, empty shelf, no time
to walk there) becomes a problem with its line.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from saunter.base.errors import Problem, Refused
from saunter.base.geometry import Array
from saunter.base.ids import STAFF, UNREGISTERED
from saunter.base.randomness import generator
from saunter.plan import Plan
from saunter.simulation import gestures, table
from saunter.simulation.bodies import Bodies
from saunter.simulation.gestures import Effect, Gesture
from saunter.simulation.stock import Piece, Stock, footprint
from saunter.simulation.story import (
    Action,
    Enters,
    FallsSilent,
    Hands,
    Leans,
    Leaves,
    PlateBecomes,
    PlateState,
    Presses,
    PutsBack,
    Restocks,
    Slams,
    Story,
    Takes,
    TrackBreaks,
    TracksSwap,
    Walks,
)

TrueKind = Literal["take", "put back", "touch", "restock"]
_NO_PLATES: Final[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """What really happened at `at_s`, on the plates that felt it."""

    at_s: float
    party: str
    action: TrueKind
    sku: str
    quantity: int
    plates: tuple[str, ...] = ()


@dataclass
class Schedule:
    """Everything that will happen, in the order of the actions. `end_s`: when the last action is over."""

    stock_at_start: list[Piece]
    bodies: Bodies
    effects: list[Effect] = field(default_factory=list)
    plate_changes: list[tuple[float, str, PlateState]] = field(default_factory=list)
    silences: list[tuple[float, float, str]] = field(default_factory=list)
    truth: list[TrueEvent] = field(default_factory=list)
    end_s: float = 0.0


class Scheduler:
    """Plays the actions of a story in a plan once; `schedule` is the result, `problems` what could not be played.

    `unknown` are those of the problems that are about things the shop does not have.
    """

    def __init__(self, plan: Plan, story: Story, seed: int) -> None:
        self._plan = plan
        self._story = story
        self._seed = seed
        self.problems: list[Problem] = []
        self.unknown: list[Problem] = []
        self.stock = Stock(plan, table.PRESETS[story.noise], dict(story.weights_g), seed)
        self._place()
        self.schedule = Schedule(self.stock.pieces(), Bodies(plan, self.stock.home))
        self._held: dict[tuple[str, str], list[Piece]] = {}
        self._slipped = {action.party for action in story.actions if isinstance(action, Enters) and not action.registered}
        for number, action in enumerate(story.actions):
            self._play(number, action)

    def _problem(self, line: int, what: str, remedy: str = "") -> None:
        self.problems.append(Problem(self._story.name, line, what, remedy))

    def _place(self) -> None:
        dice = generator(self._seed, "placements")
        for placement in self._story.placements:
            unknown = self._unknown_plates(placement.plates) or ([] if placement.sku in self._plan.products else [placement.sku])
            if unknown:
                self._problem(placement.line, f"this shop has no {', '.join(unknown)}")
                self.unknown.append(self.problems[-1])
                continue
            for _ in range(placement.quantity):
                self.stock.put(self.stock.new(placement.sku), placement.plates, dice)

    def _play(self, number: int, action: Action) -> None:
        dice = generator(self._seed, "action", str(number))
        self.schedule.end_s = max(self.schedule.end_s, action.at_s)
        unknown = self._unknown(action)
        if unknown:
            self._problem(action.line, f"this shop has no {', '.join(unknown)}", "see the plan's store.toml and catalogue.csv")
            self.unknown.append(self.problems[-1])
            return
        try:
            self._happens(action, dice)
        except LookupError as error:
            self._problem(action.line, str(error.args[0]))
        except Refused as refused:
            self._problem(action.line, str(refused))

    def _happens(self, action: Action, dice: np.random.Generator) -> None:
        match action:
            case Takes():
                self._takes(action, dice)
            case PutsBack():
                self._puts_back(action, dice)
            case Restocks():
                self._restocks(action, dice)
            case Hands():
                self._hands(action)
            case Presses():
                self._presses(action, dice)
            case Leans():
                self._leans(action, dice)
            case Enters() | Leaves() | Walks() | TracksSwap() | TrackBreaks():
                self._moves(action)
            case _:
                self._befalls(action, dice)

    def _moves(self, action: Enters | Leaves | Walks | TracksSwap | TrackBreaks) -> None:
        """Somebody comes, goes or walks, or the tracker loses sight of who is who."""
        bodies = self.schedule.bodies
        match action:
            case Enters(party=party):
                bodies.enters(party, action.at_s, registered=action.registered)
            case Leaves(party=party):
                self._ends(bodies.leaves(party, action.at_s))
            case Walks(party=party, to=to):
                self._ends(bodies.walks(party, to, action.at_s))
            case TracksSwap(first=first, second=second):
                bodies.swap_tracks(first, second, action.at_s)
            case TrackBreaks(party=party):
                bodies.break_track(party, action.at_s)

    def _befalls(self, action: Action, dice: np.random.Generator) -> None:
        """What happens to the shop without anybody doing it."""
        match action:
            case Slams(force_g=force_g):
                shelves = {shelf.id: len(shelf.plates) for shelf in self._plan.shelves.values()}
                self._adds(gestures.slam(shelves, force_g, action.at_s, dice))
            case PlateBecomes(plate=plate, state=state):
                self.schedule.plate_changes.append((action.at_s, plate, state))
            case FallsSilent(fixture=fixture, seconds=seconds):
                self.schedule.silences.append((action.at_s, action.at_s + seconds, fixture))
                self._ends(action.at_s + seconds)
            case _:
                raise Refused(f"{type(action).__name__} is not something that the pretend shop can play")

    def _takes(self, action: Takes, dice: np.random.Generator) -> None:
        pieces = self.stock.take(action.sku, action.quantity, action.plates, dice)
        for shelf, group in _by_shelf(pieces).items():
            grams = self._grams(group)
            start_s = action.at_s + action.held_s
            gesture = gestures.lift(shelf, grams, start_s, dice, slowly=action.slowly, in_two_steps=action.in_two_steps)
            self._reaches(action.party, group[0], action.at_s, gesture.end_s)
            if action.held_s > 0:
                self._adds(gestures.hold(shelf, grams, action.at_s, action.held_s, dice))
            self._adds(gesture)
            self._true(TrueEvent(gesture.half_s, action.party, "take", action.sku, len(group)), shelf, grams)
        self._held.setdefault((action.party, action.sku), []).extend(pieces)

    def _puts_back(self, action: PutsBack, dice: np.random.Generator) -> None:
        plates = action.plates or self._home_of_one(action.sku, dice)
        held = self._held.get((action.party, action.sku), [])
        if len(held) < action.quantity:
            raise Refused(f"{action.party} holds {len(held)} {action.sku}, not {action.quantity}")
        group = [self.stock.put(held.pop(), plates, dice) for _ in range(action.quantity)]
        self._puts(group, action.at_s, action.party, "put back", dice)

    def _restocks(self, action: Restocks, dice: np.random.Generator) -> None:
        for count in range(action.quantity):
            plates = action.plates or self._home_of_one(action.sku, dice)
            piece = self.stock.put(self.stock.new(action.sku), plates, dice)
            self._puts([piece], action.at_s + count * table.RESTOCK_GAP_S, STAFF, "restock", dice)

    def _puts(self, group: list[Piece], at_s: float, party: str, kind: TrueKind, dice: np.random.Generator) -> None:
        grams, shelf = self._grams(group), group[0].shelf
        gesture = gestures.put(shelf, grams, at_s, dice)
        self._reaches(party, group[0], at_s, gesture.end_s)
        self._adds(gesture)
        self._true(TrueEvent(gesture.half_s, party, kind, group[0].goods.sku, len(group)), shelf, grams)

    def _hands(self, action: Hands) -> None:
        held = self._held.get((action.party, action.sku), [])
        if len(held) < action.quantity:
            raise Refused(f"{action.party} holds {len(held)} {action.sku}, not {action.quantity}")
        self._ends(self.schedule.bodies.hands(action.party, action.to, action.at_s))
        given = held[len(held) - action.quantity :]
        del held[len(held) - action.quantity :]
        self._held.setdefault((action.to, action.sku), []).extend(given)

    def _presses(self, action: Presses, dice: np.random.Generator) -> None:
        plates = [self._plan.plates[plate] for plate in action.plates]
        left_m, right_m = min(p.along_m for p in plates), max(p.along_m + p.width_m for p in plates)
        shares = footprint(self._plan, plates[0].shelf, (left_m + right_m) / 2, max(table.HAND_WIDTH_M, right_m - left_m - 0.1))
        middle = plates[len(plates) // 2]
        gesture = gestures.press(middle.shelf, shares * action.force_g, action.at_s, action.seconds, dice)
        self.schedule.bodies.reaches(action.party, middle, behind_m=0.05, x_m=None, start_s=action.at_s, end_s=gesture.end_s)
        self._adds(gesture)
        self._true(TrueEvent(action.at_s, action.party, "touch", "", 0), middle.shelf, shares)

    def _leans(self, action: Leans, dice: np.random.Generator) -> None:
        shelf = self._plan.shelves[action.shelf]
        shelves = {s: len(self._plan.shelves[s].plates) for s in self._plan.fixtures[shelf.fixture].shelves}
        gesture = gestures.lean(shelves, shelf.id, action.force_g, (action.at_s, action.at_s + action.seconds), dice)
        middle = self._plan.plates[shelf.plates[len(shelf.plates) // 2]]
        self.schedule.bodies.reaches(action.party, middle, behind_m=0.0, x_m=None, start_s=action.at_s, end_s=gesture.end_s)
        self._adds(gesture)
        name = self._name(action.party)
        self.schedule.truth.append(TrueEvent(action.at_s, name, "touch", "", 0, shelf.plates))

    def _grams(self, pieces: list[Piece]) -> Array:
        grams: Array = np.sum([self.stock.shares(piece) * piece.weight_g for piece in pieces], axis=0)
        return grams

    def _reaches(self, party: str, piece: Piece, start_s: float, end_s: float) -> None:
        plates = [self._plan.plates[plate] for plate in self._plan.shelves[piece.shelf].plates]
        under = min(plates, key=lambda plate: abs(plate.along_m + plate.width_m / 2 - piece.along_m))
        x_m = piece.along_m - under.along_m
        self.schedule.bodies.reaches(party, under, behind_m=piece.behind_m, x_m=x_m, start_s=start_s, end_s=end_s)

    def _home_of_one(self, sku: str, dice: np.random.Generator) -> tuple[str, ...]:
        """One plate of the product's facing, or two neighbours when a piece is wider than a plate."""
        home = self.stock.home(sku)
        if not home:
            raise LookupError(f"{sku} has no place in the planogram; say `on` which plates it goes")
        wide = min(len(home), 1 + int(self.stock.goods(sku).width_m > self._plan.plates[home[0]].width_m))
        first = int(dice.integers(0, len(home) - wide + 1))
        return home[first : first + wide]

    def _adds(self, gesture: Gesture) -> None:
        self.schedule.effects.extend(gesture.effects)
        self._ends(gesture.end_s)

    def _ends(self, at_s: float) -> None:
        self.schedule.end_s = max(self.schedule.end_s, at_s)

    def _true(self, event: TrueEvent, shelf: str, grams: Array) -> None:
        share = grams / float(grams.sum())
        plates = tuple(p for p, s in zip(self._plan.shelves[shelf].plates, share, strict=True) if s >= table.TRUE_PLATE_SHARE)
        self.schedule.truth.append(replace(event, party=self._name(event.party), plates=plates))

    def _name(self, party: str) -> str:
        return UNREGISTERED if party in self._slipped else party

    def _unknown_plates(self, plates: tuple[str, ...]) -> list[str]:
        unknown = [plate for plate in plates if plate not in self._plan.plates]
        if not unknown and len({self._plan.plates[plate].shelf for plate in plates}) > 1:
            return [f"shelf with all of {' '.join(plates)} on it"]
        return unknown

    def _unknown(self, action: Action) -> list[str]:
        """Which things an action names that the shop does not have."""
        found = self._unknown_plates(getattr(action, "plates", _NO_PLATES))
        known = (
            ("sku", self._plan.products),
            ("plate", self._plan.plates),
            ("shelf", self._plan.shelves),
            ("fixture", self._plan.fixtures),
        )
        for attribute, things in known:
            name = getattr(action, attribute, None)
            if name is not None and name not in things:
                found.append(f"{attribute} {name}")
        return found


def _by_shelf(pieces: list[Piece]) -> dict[str, list[Piece]]:
    groups: dict[str, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(piece.shelf, []).append(piece)
    return groups
