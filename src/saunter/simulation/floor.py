"""Where people stand and how they walk: the front of a fixture, a free place there, a way around the furniture."""

from __future__ import annotations

import heapq
import math
from itertools import pairwise

import numpy as np

from saunter.base.geometry import Array, inside_polygon
from saunter.plan import Fixture, Gate, Plan, Plate
from saunter.simulation import table

Point = tuple[float, float]
#: What a fixture and its plates cover in the fixture's own frame: left, right, front and back, metres.
Footing = tuple[float, float, float, float]

#: A body's middle keeps this far from furniture when walking straight, and goes around corners this far from them (metres).
CLEAR_M = 0.2
CORNER_M = 0.35


class Floor:
    """The walkable shop. All points are floor points in the shop frame, metres."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._middle = tuple(np.mean(np.array(plan.floor_m), axis=0).tolist())
        self._fixtures = list(plan.fixtures.values())
        self._footings = {fixture.id: footing_of(plan, fixture) for fixture in self._fixtures}
        self._sides = {fixture.id: self._side(fixture) for fixture in self._fixtures}
        corners = [point for fixture in self._fixtures for point in corners_of(fixture, self._footings[fixture.id])]
        self._nodes = [point for point in corners if self._free(point)]
        self._seen = {
            (a, b): math.dist(self._nodes[a], self._nodes[b])
            for a in range(len(self._nodes))
            for b in range(len(self._nodes))
            if a != b and self._is_clear(self._nodes[a], self._nodes[b])
        }

    def gate(self, *kinds: str) -> Gate | None:
        """The first gate of one of these kinds."""
        return next((gate for gate in self._plan.gates.values() if gate.kind in kinds), None)

    def door(self, *kinds: str) -> Point:
        """Where people come in or go out: the first gate of these kinds; without one, the middle of the wall that is
        furthest from all furniture, because that is the side a shop opens to.
        """
        gate = self.gate(*kinds)
        if gate is not None:
            return gate.x_m, gate.y_m
        walls = zip(self._plan.floor_m, self._plan.floor_m[1:] + self._plan.floor_m[:1], strict=True)
        middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in walls]
        return max(middles, key=lambda middle: (round(self._clearance_m(middle), 3), -middle[0], -middle[1]))

    def _clearance_m(self, point: Point) -> float:
        """How far a floor point is from the nearest fixture."""
        return min((self._from_fixture_m(fixture, point) for fixture in self._fixtures), default=math.inf)

    def _from_fixture_m(self, fixture: Fixture, point: Point) -> float:
        x_m, y_m, _ = _local(fixture, point)
        left_m, right_m, front_m, back_m = self._footings[fixture.id]
        return math.hypot(max(left_m - x_m, x_m - right_m, 0.0), max(front_m - y_m, y_m - back_m, 0.0))

    def spots(self, plate: Plate) -> list[tuple[Point, float]]:
        """Places from which one reaches a plate, best first, each with the heading (radians) that faces the shelf."""
        fixture = self._plan.fixtures[plate.fixture]
        middle = plate.frame.apply(np.array([plate.width_m / 2, plate.depth_m / 2, 0.0]))
        along_m = float(((middle - fixture.frame.translation) @ fixture.frame.rotation)[0])
        side = self._sides[fixture.id]
        facing = fixture.frame.rotation @ np.array([0.0, side, 0.0])
        heading = math.atan2(facing[1], facing[0])
        found = []
        for step in (0.0, 1.0, -1.0, 2.0, -2.0):
            point = self._stand(fixture, along_m + step * table.SIDE_STEP_M, side)
            if inside_polygon(*point, self._plan.floor_m):
                found.append((point, heading))
        return found or [(self._stand(fixture, along_m, side), heading)]

    def behind_m(self, plate: Plate, behind_m: float) -> float:
        """The y in a plate's frame that lies `behind_m` from the edge where people stand."""
        return behind_m if self._sides[plate.fixture] > 0 else plate.depth_m - behind_m

    def path(self, start: Point, goal: Point) -> list[Point]:
        """A way from start to goal around the furniture, both included; the straight line where there is no way."""
        if self._is_clear(start, goal):
            return [start, goal]
        points = [*self._nodes, start, goal]
        first, last = len(points) - 2, len(points) - 1
        edges: dict[int, list[tuple[int, float]]] = {i: [] for i in range(len(points))}
        for (a, b), length in self._seen.items():
            edges[a].append((b, length))
        for node, point in enumerate(self._nodes):
            if self._is_clear(start, point):
                edges[first].append((node, math.dist(start, point)))
            if self._is_clear(point, goal):
                edges[node].append((last, math.dist(point, goal)))
        return [points[i] for i in _shortest(edges, first, last)] or [start, goal]

    def _side(self, fixture: Fixture) -> float:
        """+1 when people stand at local y = 0 and look along +y; -1 when they stand at y = depth."""
        near, far = (self._stand(fixture, fixture.width_m / 2, side) for side in (1.0, -1.0))
        is_far_only = inside_polygon(*far, self._plan.floor_m) and not inside_polygon(*near, self._plan.floor_m)
        is_near_only = inside_polygon(*near, self._plan.floor_m) and not inside_polygon(*far, self._plan.floor_m)
        if is_far_only or is_near_only:
            return -1.0 if is_far_only else 1.0
        is_near_blocked, is_far_blocked = (not self._is_clear(point, point) for point in (near, far))
        if is_near_blocked != is_far_blocked:
            return -1.0 if is_near_blocked else 1.0
        return 1.0 if math.dist(near, self._middle) <= math.dist(far, self._middle) else -1.0

    def _stand(self, fixture: Fixture, along_m: float, side: float) -> Point:
        """The floor point half a metre before the outermost edge of a fixture on one of its sides."""
        _, _, front_m, back_m = self._footings[fixture.id]
        y_m = front_m - table.STAND_M if side > 0 else back_m + table.STAND_M
        point = fixture.frame.apply(np.array([along_m, y_m, 0.0]))
        return float(point[0]), float(point[1])

    def _free(self, point: Point) -> bool:
        return inside_polygon(*point, self._plan.floor_m) and self._is_clear(point, point)

    def _is_clear(self, start: Point, goal: Point) -> bool:
        return not any(_crosses(fixture, self._footings[fixture.id], start, goal) for fixture in self._fixtures)


def length_m(path: list[Point]) -> float:
    """How long a way is, metres."""
    return sum(math.dist(a, b) for a, b in pairwise(path))


def footing_of(plan: Plan, fixture: Fixture) -> Footing:
    """What a fixture covers: its own box and the plates that stick out of it (a gondola may be no more than its back)."""
    points = [np.array([[0.0, 0.0, 0.0], [fixture.width_m, fixture.depth_m, 0.0]])]
    for plate in (plan.plates[plate] for shelf in fixture.shelves for plate in plan.shelves[shelf].plates):
        corners = plate.frame.apply(np.array([[0.0, 0.0, 0.0], [plate.width_m, plate.depth_m, 0.0]]))
        points.append((corners - fixture.frame.translation) @ fixture.frame.rotation)
    (left_m, front_m, _), (right_m, back_m, _) = np.vstack(points).min(axis=0), np.vstack(points).max(axis=0)
    return float(left_m), float(right_m), float(front_m), float(back_m)


def corners_of(fixture: Fixture, footing: Footing) -> list[Point]:
    """The four floor points by which one walks around a fixture, CORNER_M off its corners."""
    left_m, right_m, front_m, back_m = footing
    left_m, right_m, front_m, back_m = left_m - CORNER_M, right_m + CORNER_M, front_m - CORNER_M, back_m + CORNER_M
    local = [[left_m, front_m, 0.0], [right_m, front_m, 0.0], [right_m, back_m, 0.0], [left_m, back_m, 0.0]]
    return [(float(x), float(y)) for x, y, _ in fixture.frame.apply(np.array(local))]


def _local(fixture: Fixture, point: Point) -> Array:
    return (np.array([point[0], point[1], fixture.frame.translation[2]]) - fixture.frame.translation) @ fixture.frame.rotation


def _crosses(fixture: Fixture, footing: Footing, start: Point, goal: Point) -> bool:
    """Whether a straight walk touches the fixture's floor area widened by CLEAR_M (Liang and Barsky 1984)."""
    a, b = _local(fixture, start), _local(fixture, goal)
    enter, leave = 0.0, 1.0
    for axis, low, high in (
        (0, footing[0] - CLEAR_M, footing[1] + CLEAR_M),
        (1, footing[2] - CLEAR_M, footing[3] + CLEAR_M),
    ):
        step = float(b[axis] - a[axis])
        if abs(step) < 1e-9:
            if not low < a[axis] < high:
                return False
            continue
        first, second = sorted(((low - float(a[axis])) / step, (high - float(a[axis])) / step))
        enter, leave = max(enter, first), min(leave, second)
    return enter < leave


def _shortest(edges: dict[int, list[tuple[int, float]]], first: int, last: int) -> list[int]:
    """The shortest chain of nodes (Dijkstra 1959); empty when there is none."""
    best, before, queue = {first: 0.0}, dict[int, int](), [(0.0, first)]
    while queue:
        length, node = heapq.heappop(queue)
        if node == last:
            break
        for other, step in edges[node]:
            if length + step < best.get(other, math.inf):
                best[other], before[other] = length + step, node
                heapq.heappush(queue, (length + step, other))
    if last not in before:
        return []
    chain = [last]
    while chain[-1] != first:
        chain.append(before[chain[-1]])
    return chain[::-1]
