"""Ways through the shop that avoid the furniture: a graph of its corners, all shortest ways known beforehand."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

from saunter.base.geometry import Array, inside_polygon
from saunter.plan import Plan
from saunter.simulation.floor import CLEAR_M, Point, corners_of, footing_of

#: Who was pushed nearer to furniture than CLEAR_M begins its way this far outside of that.
_OFF_M: Final = 0.01


class Ways:
    """Ways over the floor, and what of it is furniture. Points are floor points in the shop frame, metres."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        fixtures = list(plan.fixtures.values())
        footings = [footing_of(plan, fixture) for fixture in fixtures]
        self._origins = np.array([fixture.frame.translation[:2] for fixture in fixtures]).reshape(-1, 2)
        self._turns = np.array([fixture.frame.rotation[:2, :2] for fixture in fixtures]).reshape(-1, 2, 2)
        self._low = np.array([[left, front] for left, _, front, _ in footings]).reshape(-1, 2)
        self._high = np.array([[right, back] for _, right, _, back in footings]).reshape(-1, 2)
        corners = [
            point
            for fixture, footing in zip(fixtures, footings, strict=True)
            for point in corners_of(fixture, footing)
            if inside_polygon(*point, plan.floor_m)
        ]
        nodes = np.array(corners, dtype=np.float64).reshape(-1, 2)
        self._nodes = nodes[self.clear(nodes, nodes)] if len(nodes) else nodes
        self._lengths, self._before = self._all_ways()

    def clear(self, starts: Array, goals: Array) -> NDArray[np.bool_]:
        """Whether each straight walk (n, 2) -> (n, 2) keeps CLEAR_M from all furniture (Liang and Barsky 1984)."""
        a, b = self._local(starts), self._local(goals)
        low, high = self._low - CLEAR_M, self._high + CLEAR_M
        step = b - a
        still = np.abs(step) < 1e-9
        safe = np.where(still, 1.0, step)
        first, second = (low - a) / safe, (high - a) / safe
        inside = (a > low) & (a < high)
        enter = np.where(still, np.where(inside, 0.0, 2.0), np.minimum(first, second)).max(axis=-1)
        leave = np.where(still, np.where(inside, 1.0, -1.0), np.maximum(first, second)).min(axis=-1)
        return np.asarray(~(np.maximum(enter, 0.0) < np.minimum(leave, 1.0)).any(axis=1))

    def path(self, start: Point, goal: Point) -> list[Point]:
        """The shortest way, without its start and with its goal; the straight line where there is none."""
        here = self.outside(np.array([start]), CLEAR_M + _OFF_M)
        start, there = (float(here[0, 0]), float(here[0, 1])), np.array([goal])
        if len(self._nodes) == 0 or bool(self.clear(here, there)[0]):
            return [goal]
        out = np.where(self.clear(here.repeat(len(self._nodes), 0), self._nodes), _far(self._nodes, start), np.inf)
        home = np.where(self.clear(self._nodes, there.repeat(len(self._nodes), 0)), _far(self._nodes, goal), np.inf)
        total = out[:, None] + self._lengths + home[None, :]
        first, last = np.unravel_index(int(np.argmin(total)), total.shape)
        if not np.isfinite(total[first, last]):
            return [goal]
        chain = [int(last)]
        while chain[-1] != first:
            chain.append(int(self._before[first, chain[-1]]))
        return [*((float(x), float(y)) for x, y in self._nodes[chain[::-1]]), goal]

    def length_m(self, start: Point, goal: Point) -> float:
        """How long the way is, metres."""
        way = np.array([start, *self.path(start, goal)])
        return float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())

    def outside(self, points: Array, margin_m: float) -> Array:
        """The points (n, 2), each moved out of furniture by the shortest way until it is `margin_m` from it."""
        for _ in range(2):
            local = self._local(points)
            gaps = np.stack([local - (self._low - margin_m), (self._high + margin_m) - local], axis=-1)
            within = (gaps > 0).all(axis=(2, 3))
            if not within.any():
                break
            for point, fixture in np.argwhere(within):
                axis, side = np.unravel_index(int(np.argmin(gaps[point, fixture])), (2, 2))
                push = np.zeros(2)
                push[axis] = gaps[point, fixture, axis, side] * (1.0 if side else -1.0)
                points[point] = points[point] + self._turns[fixture] @ push
        return points

    def _local(self, points: Array) -> Array:
        """Floor points (n, 2) in every fixture's own frame: (n, fixtures, 2)."""
        return np.asarray(np.einsum("nfi,fij->nfj", points[:, None, :] - self._origins, self._turns))

    def _all_ways(self) -> tuple[Array, NDArray[np.int32]]:
        n = len(self._nodes)
        if n == 0:
            return np.zeros((0, 0)), np.zeros((0, 0), dtype=np.int32)
        pairs = np.stack(np.meshgrid(np.arange(n), np.arange(n), indexing="ij"), axis=-1).reshape(-1, 2)
        seen = self.clear(self._nodes[pairs[:, 0]], self._nodes[pairs[:, 1]]).reshape(n, n)
        distances = np.linalg.norm(self._nodes[:, None] - self._nodes[None], axis=2)
        lengths, before = shortest_path(np.where(seen, distances, 0.0), return_predecessors=True)
        return np.asarray(lengths), np.asarray(before)


def _far(points: Array, point: Point) -> Array:
    return np.asarray(np.linalg.norm(points - np.array(point), axis=1))
