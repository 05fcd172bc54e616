"""What hands do at shelves: pieces leave and come, plates feel it, arms go out, and the truth is told."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import simpy

from saunter.base.geometry import Array
from saunter.plan import Plan, Plate
from saunter.simulation import gestures, table
from saunter.simulation.crowd import numbers
from saunter.simulation.crowd.people import Body, Grasp
from saunter.simulation.floor import Floor
from saunter.simulation.gestures import Dice, Effect
from saunter.simulation.scales import Scale
from saunter.simulation.stock import Piece, Stock, footprint

TrueKind = Literal["take", "put back", "touch", "restock"]


@dataclass(frozen=True, slots=True)
class Deed:
    """What really happened at `at_s`: which party (number; 0 staff) did what as part of which behaviour, felt by which plates."""

    at_s: float
    party: int
    action: TrueKind
    sku: str
    quantity: int
    plates: tuple[str, ...]
    behaviour: str


@dataclass(frozen=True, slots=True)
class Grab:
    """How a hand takes: it rests `held_s` on the pieces first, and starts `after_s` later than it could."""

    held_s: float = 0.0
    after_s: float = 0.0
    is_left: bool | None = None


class Hands:
    """All hands in the shop. What they do begins now; plates must not yet have been weighed past now."""

    def __init__(
        self, plan: Plan, env: simpy.Environment, stock: Stock, scales: dict[str, Scale], tell: Callable[[Deed], None]
    ) -> None:
        self._plan, self._env, self._tell = plan, env, tell
        self.stock = stock
        self.floor = Floor(plan)
        self._scales = {shelf: scale for scale in scales.values() for shelf in scale.shelves}

    def lead_s(self) -> float:
        """How long after now a hand that goes out can be at a piece."""
        return table.REACH_S + table.GRIP_S

    def takes(
        self,
        body: Body,
        sku: str,
        quantity: int,
        behaviour: str,
        dice: Dice,
        *,
        how: Grab | None = None,
        plates: tuple[str, ...] = (),
    ) -> tuple[list[Piece], float]:
        """A body takes pieces; which ones, and when the hand is home (seconds). No pieces: there were not enough."""
        how = how or Grab()
        try:
            pieces = self.stock.take(sku, quantity, plates, dice)
        except LookupError:
            return [], self._env.now
        at_s = self._env.now + self.lead_s() + how.after_s
        home_s = at_s
        for shelf in dict.fromkeys(piece.shelf for piece in pieces):
            group = [piece for piece in pieces if piece.shelf == shelf]
            home_s = max(home_s, self._lifts(body, group, at_s, behaviour, how, dice))
        return pieces, home_s

    def puts(self, body: Body, piece: Piece, plates: tuple[str, ...], kind: TrueKind, behaviour: str, dice: Dice) -> float:
        """A body sets a piece down on plates; returns when the hand is home."""
        lying = self.stock.put(piece, plates, dice)
        at_s, grams = self._env.now + self.lead_s(), self._grams([lying])
        gesture = gestures.put(lying.shelf, grams, at_s, dice)
        self._feel(gesture.effects)
        self._says(gesture.half_s, body, kind, lying.goods.sku, 1, lying.shelf, grams, behaviour)
        return self._reaches(body, self._point(lying), at_s, gesture.end_s, lying.shelf, None)

    def touches(self, body: Body, plate: Plate, behaviour: str, dice: Dice) -> float:
        """A hand presses on a plate and lets go; returns when it is home."""
        at_s = self._env.now + self.lead_s()
        force_g = math.exp(float(dice.uniform(*np.log(numbers.TOUCH_G))))
        shares = footprint(self._plan, plate.shelf, plate.along_m + plate.width_m / 2, table.HAND_WIDTH_M)
        gesture = gestures.press(plate.shelf, shares * force_g, at_s, float(dice.uniform(*numbers.TOUCH_S)), dice)
        self._feel(gesture.effects)
        self._says(at_s, body, "touch", "", 0, plate.shelf, shares, behaviour)
        local = np.array([plate.width_m / 2, self.floor.behind_m(plate, 0.08), table.GRIP_HEIGHT_M])
        return self._reaches(body, plate.frame.apply(local), at_s, gesture.end_s, plate.shelf, None)

    def sets_down(self, body: Body, piece: Piece, behaviour: str) -> float:
        """A piece is set down on the floor beside a body, outside any plate; returns when the hand is home."""
        c, s = math.cos(body.heading), math.sin(body.heading)
        target = np.array([body.place[0] + 0.3 * c + 0.2 * s, body.place[1] + 0.3 * s - 0.2 * c, 0.15])
        at_s = self._env.now + self.lead_s()
        self._tell(Deed(at_s + 0.3, body.party, "put back", piece.goods.sku, 1, (), behaviour))
        return self._reaches(body, target, at_s, at_s + 0.6, "", None)

    def hides(self, body: Body) -> float:
        """A hand goes into the body's own bag, out of every camera's sight; returns when it is out again."""
        c, s = math.cos(body.heading), math.sin(body.heading)
        target = np.array([body.place[0] + 0.08 * c - 0.2 * s, body.place[1] + 0.08 * s + 0.2 * c, 0.85])
        start_s = self._env.now
        there_s, back_s = start_s + 0.4, start_s + 0.4 + numbers.BAG_S
        body.grasps.append(Grasp(start_s, there_s, back_s, back_s + 0.4, target, True, is_hidden=True))
        return back_s + 0.4

    def meets(self, giver: Body, taker: Body) -> float:
        """Two hands meet between two bodies; returns when both are home."""
        middle = np.array([*((giver.place + taker.place) / 2), 1.1])
        at_s = self._env.now + self.lead_s()
        return max(self._reaches(body, middle, at_s, at_s + 2 * table.GRIP_S, "", None) for body in (giver, taker))

    def _lifts(self, body: Body, group: list[Piece], at_s: float, behaviour: str, how: Grab, dice: Dice) -> float:
        shelf, grams, start_s = group[0].shelf, self._grams(group), at_s + how.held_s
        slowly, in_two = dice.random() < numbers.SLOW_SHARE, dice.random() < numbers.TWO_STEP_SHARE
        gesture = gestures.lift(shelf, grams, start_s, dice, slowly=bool(slowly), in_two_steps=bool(in_two))
        if how.held_s > 0:
            self._feel(gestures.hold(shelf, grams, at_s, how.held_s, dice).effects)
        self._feel(gesture.effects)
        self._says(gesture.half_s, body, "take", group[0].goods.sku, len(group), shelf, grams, behaviour)
        return self._reaches(body, self._point(group[0]), at_s, gesture.end_s, shelf, how.is_left)

    def _grams(self, pieces: list[Piece]) -> Array:
        return np.asarray(np.sum([self.stock.shares(piece) * piece.weight_g for piece in pieces], axis=0))

    def _point(self, piece: Piece) -> Array:
        """Where a hand grips a piece, metres in the shop frame."""
        under = self._plan.plates[self.stock.plate_under(piece)]
        x_m, y_m = piece.along_m - under.along_m, self.floor.behind_m(under, piece.behind_m)
        return under.frame.apply(np.array([x_m, y_m, table.GRIP_HEIGHT_M]))

    def _reaches(self, body: Body, target: Array, there_s: float, back_s: float, shelf: str, is_left: bool | None) -> float:
        there_s -= table.GRIP_S
        if is_left is None:
            c, s = math.cos(body.heading), math.sin(body.heading)
            is_left = bool((target[1] - body.place[1]) * c - (target[0] - body.place[0]) * s > 0)
            if any(grasp.is_left == is_left and grasp.end_s > there_s - table.REACH_S for grasp in body.grasps):
                is_left = not is_left
        end_s = back_s + table.REACH_S
        body.grasps.append(Grasp(there_s - table.REACH_S, there_s, back_s, end_s, target, is_left, shelf))
        return end_s

    def feels(self, effect: Effect) -> None:
        """The plates of a shelf feel something."""
        self._scales[effect.shelf].adds(effect)

    def _feel(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            self.feels(effect)

    def _says(
        self, at_s: float, body: Body, kind: TrueKind, sku: str, quantity: int, shelf: str, grams: Array, behaviour: str
    ) -> None:
        shares = grams / float(grams.sum())
        names = self._plan.shelves[shelf].plates
        plates = tuple(name for name, share in zip(names, shares, strict=True) if share >= table.TRUE_PLATE_SHARE)
        self._tell(Deed(at_s, body.party, kind, sku, quantity, plates, behaviour))
