"""Where every body is and what its hands do, at any time: ways walked, reaches, and the names a tracker gives."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from saunter.base.errors import Refused
from saunter.base.geometry import Array
from saunter.plan import Plan, Plate
from saunter.simulation import table
from saunter.simulation.floor import Floor, Point, length_m


@dataclass(frozen=True, slots=True)
class Leg:
    """A walk along `path` from `start_s` to `end_s`; at its end the body turns to `heading` (radians)."""

    start_s: float
    end_s: float
    path: tuple[Point, ...]
    heading: float


@dataclass(frozen=True, slots=True)
class Reach:
    """A hand goes out from `start_s`, is at `target` (3,) metres (shop frame) from `there_s` to `back_s`, and home at `end_s`."""

    start_s: float
    there_s: float
    back_s: float
    end_s: float
    target: Array
    is_left: bool


@dataclass(eq=False)
class Body:
    """One body's whole way through the shop. `left_s` is infinite while it has not gone out."""

    party: str
    entered_s: float
    registered: bool
    legs: list[Leg]
    reaches: list[Reach] = field(default_factory=list)
    left_s: float = math.inf
    free_s: float = 0.0

    @property
    def place(self) -> Point:
        """Where its last walk ends."""
        return self.legs[-1].path[-1]


@dataclass(frozen=True, slots=True)
class Pass:
    """A body goes through a gate."""

    at_s: float
    gate: str
    is_in: bool
    body: Body


@dataclass(frozen=True, slots=True)
class Renaming:
    """From `at_s` on the tracker calls bodies, named by their place in the list of bodies, by new names."""

    at_s: float
    names: tuple[tuple[int, str], ...]


class Bodies:
    """All bodies. Methods are called in order of time; they raise Refused, in words, when there is no time to walk.

    `home` tells on which plates a product lies.
    """

    def __init__(self, plan: Plan, home: Callable[[str], tuple[str, ...]]) -> None:
        self._plan = plan
        self._home = home
        self.floor = Floor(plan)
        self.all: list[Body] = []
        self.passes: list[Pass] = []
        self.renamings: list[Renaming] = []
        self._by_party: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._named = 0

    def enters(self, party: str, at_s: float, *, registered: bool) -> None:
        """A body appears at a way in: a gate, or the door of a shop without gates."""
        gate, place = self.floor.gate("in", "both"), self.floor.door("in", "both")
        body = Body(party, at_s, registered, [Leg(at_s, at_s, (place,), 0.0)], free_s=at_s)
        self._by_party[party] = len(self.all)
        self.all.append(body)
        self._rename(at_s, self._by_party[party])
        if registered and gate is not None:
            self.passes.append(Pass(at_s, gate.id, True, body))

    def leaves(self, party: str, at_s: float) -> float:
        """A body sets off for a way out; returns when it is through."""
        body, gate = self._body(party), self.floor.gate("out", "both")
        out_s = self._walk(body, self.floor.door("out", "both"), at_s, None)
        body.left_s = out_s
        if body.registered and gate is not None:
            self.passes.append(Pass(out_s, gate.id, False, body))
        return out_s

    def walks(self, party: str, to: str, at_s: float) -> float:
        """A body sets off for something; returns when it is there."""
        body = self._body(party)
        place, heading = self._goal(body, to)
        return self._walk(body, place, at_s, heading)

    def reaches(self, party: str, plate: Plate, *, behind_m: float, x_m: float | None, start_s: float, end_s: float) -> None:
        """A hand is at a plate from `start_s` to `end_s`, `behind_m` from its front edge and `x_m` from its left (None: the
        middle); the body walks there in time if it is not there yet.
        """
        body = self._body(party)
        out_s = start_s - table.GRIP_S - table.REACH_S
        self._stands_at(body, plate, out_s, start_s)
        local = [plate.width_m / 2 if x_m is None else x_m, self.floor.behind_m(plate, behind_m), table.GRIP_HEIGHT_M]
        self._reach(body, plate.frame.apply(np.array(local)), start_s - table.GRIP_S, end_s)

    def hands(self, party: str, to: str, at_s: float) -> float:
        """Two bodies meet (the giver walks) and their hands touch at `at_s`; returns when the hands are home."""
        giver, taker = self._body(party), self._body(to)
        if math.dist(giver.place, taker.place) > 1.5 * table.HAND_OVER_M:
            place, heading = self._goal(giver, to)
            self._walk_in_time(giver, place, heading, at_s - table.GRIP_S - table.REACH_S, f"{party} to {to}")
        middle = [(a + b) / 2 for a, b in zip(giver.place, taker.place, strict=True)]
        for body in (giver, taker):
            self._reach(body, np.array([*middle, 1.1]), at_s - table.GRIP_S, at_s + table.GRIP_S)
        return at_s + table.GRIP_S + table.REACH_S

    def swap_tracks(self, first: str, second: str, at_s: float) -> None:
        """The tracker takes each for the other from now on."""
        a, b = self._by_party[first], self._by_party[second]
        self._names[a], self._names[b] = self._names[b], self._names[a]
        self.renamings.append(Renaming(at_s, ((a, self._names[a]), (b, self._names[b]))))

    def break_track(self, party: str, at_s: float) -> None:
        """The tracker gives a body a new name."""
        self._rename(at_s, self._by_party[party])

    def _rename(self, at_s: float, number: int) -> None:
        self._named += 1
        self._names[number] = f"t{self._named}"
        self.renamings.append(Renaming(at_s, ((number, self._names[number]),)))

    def _body(self, party: str) -> Body:
        if party not in self._by_party:
            raise Refused(f"{party} is not in the shop")
        return self.all[self._by_party[party]]

    def _goal(self, body: Body, to: str) -> tuple[Point, float | None]:
        """The place and heading that a walk ends at."""
        plan, words = self._plan, to.split()
        plates = [*self._home(to), *(plan.shelves[to].plates if to in plan.shelves else ()), *([to] if to in plan.plates else ())]
        if to in plan.fixtures and plan.fixtures[to].shelves:
            plates += plan.shelves[plan.fixtures[to].shelves[0]].plates
        if plates:
            return self._free_spot(body, plan.plates[plates[len(plates) // 2]])
        if to in plan.gates:
            return (plan.gates[to].x_m, plan.gates[to].y_m), None
        if to in self._by_party and to != body.party:
            return _beside(body.place, self.all[self._by_party[to]].place)
        if len(words) == 2:
            return (float(words[0]), float(words[1])), None
        raise Refused(
            f"{to!r} is nothing one can walk to; name a product with a place, a plate, shelf, fixture, gate, party or point"
        )

    def _stands_at(self, body: Body, plate: Plate, out_s: float, start_s: float) -> None:
        if body.legs[-1].end_s > start_s - table.GRIP_S:
            later = _late(body.legs[-1].end_s + table.GRIP_S - start_s)
            raise Refused(f"{body.party} is still walking at this moment; let it happen {later} later")
        if math.dist(body.place, self.floor.spots(plate)[0][0]) >= table.SIDE_REACH_M:
            place, heading = self._free_spot(body, plate)
            self._walk_in_time(body, place, heading, out_s, f"{body.party} to {plate.id}")

    def _walk_in_time(self, body: Body, place: Point, heading: float | None, latest_s: float, who_where: str) -> None:
        if place == body.place:
            return
        seconds = length_m(self.floor.path(body.place, place)) / table.WALK_MPS
        if latest_s - seconds < body.free_s:
            missing_s = body.free_s + seconds - latest_s
            raise Refused(f"there is no time to walk for {who_where} ({seconds:.1f} s); let it happen {_late(missing_s)} later")
        self._walk(body, place, latest_s - seconds, heading)

    def _walk(self, body: Body, place: Point, start_s: float, heading: float | None) -> float:
        start_s = max(start_s, body.free_s)
        path = self.floor.path(body.place, place)
        end_s = start_s + length_m(path) / table.WALK_MPS
        last = path[-2] if len(path) > 1 else path[-1]
        ahead = math.atan2(path[-1][1] - last[1], path[-1][0] - last[0])
        body.legs.append(Leg(start_s, end_s, tuple(path), ahead if heading is None else heading))
        body.free_s = end_s
        return end_s

    def _free_spot(self, body: Body, plate: Plate) -> tuple[Point, float]:
        others = [other.place for other in self.all if other is not body and math.isinf(other.left_s)]
        spots = self.floor.spots(plate)
        free = (spot for spot in spots if all(math.dist(spot[0], other) >= table.BODY_GAP_M for other in others))
        return next(free, spots[0])

    def _reach(self, body: Body, target: Array, there_s: float, back_s: float) -> None:
        leg, start_s = body.legs[-1], there_s - table.REACH_S
        side = (target[1] - leg.path[-1][1]) * math.cos(leg.heading) - (target[0] - leg.path[-1][0]) * math.sin(leg.heading)
        is_left = bool(side > 0)
        for other in body.reaches[-4:]:
            overlaps = start_s < other.end_s and other.is_left == is_left
            if overlaps and float(np.linalg.norm(other.target - target)) > 0.25 and there_s < other.back_s:
                is_left = not is_left
        body.reaches.append(Reach(start_s, there_s, back_s, back_s + table.REACH_S, target, is_left))
        body.free_s = max(body.free_s, back_s + table.REACH_S / 2)


def leg_at(body: Body, at_s: float) -> Leg:
    """The walk that a body is on, or was on last."""
    return body.legs[max(0, bisect_right(body.legs, at_s, key=lambda leg: leg.start_s) - 1)]


def place_at(leg: Leg, at_s: float) -> tuple[float, float, float]:
    """Floor point and heading of a body on, or after, a walk."""
    left_m = max(0.0, at_s - leg.start_s) * table.WALK_MPS
    if at_s >= leg.end_s:
        return (*leg.path[-1], leg.heading)
    for a, b in pairwise(leg.path):
        step_m = math.dist(a, b)
        if left_m <= step_m:
            u = left_m / step_m
            return a[0] + u * (b[0] - a[0]), a[1] + u * (b[1] - a[1]), math.atan2(b[1] - a[1], b[0] - a[0])
        left_m -= step_m
    return (*leg.path[-1], leg.heading)


def _beside(start: Point, other: Point) -> tuple[Point, float]:
    """A place before another body, facing it."""
    heading = math.atan2(other[1] - start[1], other[0] - start[0])
    return (other[0] - table.HAND_OVER_M * math.cos(heading), other[1] - table.HAND_OVER_M * math.sin(heading)), heading


def _late(seconds: float) -> str:
    return f"{max(0.1, math.ceil(seconds * 10) / 10):.1f} s"
