"""The bodies in the shop and how they move: each on its way, around the furniture and around each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import simpy

from saunter.base.geometry import Array, inside_polygon
from saunter.plan import Plan
from saunter.simulation import table
from saunter.simulation.crowd import numbers
from saunter.simulation.crowd.ways import Ways
from saunter.simulation.floor import Point
from saunter.simulation.gestures import Dice


@dataclass(frozen=True, slots=True)
class Grasp:
    """A hand goes out from `start_s`, is at `target` (3,) from `there_s` to `back_s`, and home at `end_s`.

    `shelf` it goes into (empty: none). `is_hidden`: the body turns so that no camera sees the wrist (a hand into a bag).
    """

    start_s: float
    there_s: float
    back_s: float
    end_s: float
    target: Array
    is_left: bool
    shelf: str = ""
    is_hidden: bool = False


@dataclass(eq=False)
class Body:
    """One body: where it is, where it goes, what its hands do. `number` counts all bodies, `party` is its party's number.

    `party` 0 is staff. `clothes` is what its clothing looks like, a unit vector. `way` are the corners still ahead;
    `arrived` fires when it stands at the last one (value True) or has given up (False).
    """

    number: int
    party: int
    place: Array
    speed_mps: float
    scale: float
    clothes: Array
    heading: float = 0.0
    velocity: Array = field(default_factory=lambda: np.zeros(2))
    way: list[Point] = field(default_factory=list)
    facing: float | None = None
    arrived: simpy.Event | None = None
    grasps: list[Grasp] = field(default_factory=list)
    goal: Point = (0.0, 0.0)
    best_m: float = math.inf
    best_s: float = 0.0
    new_ways: int = 0

    @property
    def is_walking(self) -> bool:
        """Whether it is on its way somewhere."""
        return bool(self.way)


class People:
    """All bodies inside, moved together every STEP_S."""

    def __init__(self, plan: Plan, env: simpy.Environment) -> None:
        self._env, self._floor_m = env, plan.floor_m
        self.ways = Ways(plan)
        self.middle: Array = np.mean(np.array(plan.floor_m), axis=0)
        self.inside: list[Body] = []
        self.made = 0

    def comes(self, party: int, place: Point, dice: Dice) -> Body:
        """A new body stands at a place."""
        low, high = numbers.WALK_RANGE_MPS
        speed_mps = float(np.clip(dice.normal(table.WALK_MPS, numbers.WALK_SD_MPS), low, high))
        body = Body(
            self.made, party, np.array(place), speed_mps, float(dice.uniform(*table.BODY_SCALE)), clothes(dice), goal=place
        )
        self.made += 1
        self.inside.append(body)
        return body

    def goes(self, body: Body) -> None:
        """A body is out of the shop."""
        self.inside.remove(body)

    def walks(self, body: Body, goal: Point, facing: float | None = None) -> simpy.Event:
        """A body sets off; the event fires when it is there (True) or has given up (False); then it turns to `facing`."""
        body.goal, body.facing = goal, facing
        body.way = self.ways.path((float(body.place[0]), float(body.place[1])), goal)
        body.best_m, body.best_s, body.new_ways = math.inf, self._env.now, 0
        body.arrived = self._env.event()
        return body.arrived

    def is_free(self, spot: Point, body: Body) -> bool:
        """Whether nobody else stands at a spot or is on the way to it."""
        return all(other is body or math.dist(other.goal, spot) >= table.BODY_GAP_M for other in self.inside)

    def holds(self, place: Array) -> bool:
        """Whether a place is on the shop's floor."""
        return inside_polygon(float(place[0]), float(place[1]), self._floor_m)

    def step(self) -> None:
        """Everybody moves for STEP_S."""
        for body in self.inside:
            body.grasps = [grasp for grasp in body.grasps if grasp.end_s > self._env.now - 1.0]
        movers = [index for index, body in enumerate(self.inside) if body.is_walking]
        if not movers:
            return
        places = np.array([body.place for body in self.inside])
        wanted = np.array([_wanted(self.inside[index]) for index in movers])
        speeds = np.array([self.inside[index].speed_mps for index in movers])
        velocities = wanted + _pushes(places, np.array(movers))
        lengths = np.maximum(np.linalg.norm(velocities, axis=1), 1e-9)
        velocities *= np.minimum(1.0, 1.3 * speeds / lengths)[:, None]
        moved = _apart(places, np.array(movers), places[movers] + velocities * numbers.STEP_S)
        moved = self.ways.outside(moved, numbers.FURNITURE_M)
        for row, index in enumerate(movers):
            self._settle(self.inside[index], moved[row], velocities[row])

    def _settle(self, body: Body, place: Array, velocity: Array) -> None:
        """One body is where it has moved to; it may be there, or stuck."""
        if not self.holds(place):
            place = body.place
        body.velocity, body.place = (place - body.place) / numbers.STEP_S, place
        if float(np.hypot(*velocity)) > 0.2:
            body.heading = _turned(body.heading, math.atan2(velocity[1], velocity[0]))
        left_m = math.dist(body.place, body.way[0])
        if left_m < (numbers.GOAL_REACHED_M if len(body.way) == 1 else numbers.CORNER_REACHED_M):
            body.way.pop(0)
            body.best_m, body.best_s = math.inf, self._env.now
            if not body.way:
                self._arrive(body, True)
        elif left_m < body.best_m - 0.1:
            body.best_m, body.best_s = left_m, self._env.now
        elif self._env.now - body.best_s > numbers.STUCK_S:
            self._unstick(body)

    def _unstick(self, body: Body) -> None:
        body.best_m, body.best_s = math.inf, self._env.now
        body.new_ways += 1
        if math.dist(body.place, body.goal) < numbers.NEAR_ENOUGH_M:
            self._arrive(body, True)
        elif body.new_ways > numbers.NEW_WAYS_MAX:
            self._arrive(body, False)
        else:
            body.way = self.ways.path((float(body.place[0]), float(body.place[1])), body.goal)

    def _arrive(self, body: Body, is_there: bool) -> None:
        body.way, body.velocity = [], np.zeros(2)
        body.goal = (float(body.place[0]), float(body.place[1]))
        if body.facing is not None and is_there:
            body.heading = body.facing
        if body.arrived is not None:
            arrived, body.arrived = body.arrived, None
            arrived.succeed(is_there)


def clothes(dice: Dice) -> Array:
    """What clothing looks like: one of table.CLOTHES styles and something of one's own, as a unit vector."""
    style = int(dice.integers(table.CLOTHES))
    angles = np.arange(table.APPEARANCE_NUMBERS) * (style + 1) * math.pi / table.APPEARANCE_NUMBERS
    look = np.cos(angles) / np.linalg.norm(np.cos(angles)) + table.CLOTHES_OWN * dice.standard_normal(
        table.APPEARANCE_NUMBERS
    ) / math.sqrt(table.APPEARANCE_NUMBERS)
    return np.asarray(look / np.linalg.norm(look))


def _wanted(body: Body) -> Array:
    away = np.array(body.way[0]) - body.place
    distance_m = max(1e-9, float(np.hypot(*away)))
    speed_mps = body.speed_mps if len(body.way) > 1 else min(body.speed_mps, distance_m / numbers.STEP_S)
    return np.asarray(away / distance_m * speed_mps)


def _pushes(places: Array, movers: Array) -> Array:
    """How others make the movers give way, metres per second (movers, 2)."""
    away = places[movers][:, None, :] - places[None, :, :]
    gaps = np.linalg.norm(away, axis=2)
    gaps[np.arange(len(movers)), movers] = np.inf
    near = gaps < numbers.PUSH_REACH_M
    size = np.where(near, numbers.PUSH_MPS * np.exp((numbers.CONTACT_M - gaps) / numbers.PUSH_FALL_M), 0.0)
    unit = away / np.maximum(gaps, 1e-9)[:, :, None]
    c, s = math.cos(numbers.PUSH_TURN), math.sin(numbers.PUSH_TURN)
    turned = np.stack([c * unit[:, :, 0] + s * unit[:, :, 1], -s * unit[:, :, 0] + c * unit[:, :, 1]], axis=2)
    return np.asarray((size[:, :, None] * turned).sum(axis=1))


def _apart(places: Array, movers: Array, moved: Array) -> Array:
    """Movers that would touch somebody are set back to CONTACT_M from where that body was."""
    away = moved[:, None, :] - places[None, :, :]
    gaps = np.linalg.norm(away, axis=2)
    gaps[np.arange(len(movers)), movers] = np.inf
    lack = np.maximum(0.0, numbers.CONTACT_M - gaps)
    unit = away / np.maximum(np.where(np.isfinite(gaps), gaps, 1.0), 1e-9)[:, :, None]
    return np.asarray(moved + (lack[:, :, None] * unit).sum(axis=1) * 0.5)


def _turned(heading: float, towards: float) -> float:
    """A body turns by at most 90 degrees in a third of a second."""
    turn = (towards - heading + math.pi) % (2 * math.pi) - math.pi
    return heading + max(-0.4, min(0.4, turn))
