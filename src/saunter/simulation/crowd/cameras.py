"""Who sees what: lines of sight from the plan's cameras to points of bodies, through fixtures and other people."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saunter.base.geometry import Array, inside_polygon
from saunter.plan import Camera, Plan
from saunter.simulation import table
from saunter.simulation.floor import footing_of

#: Farther away than this hands are a few picture points (as the plan's own check of cameras has it), metres.
RANGE_M: Final = 10.0
#: Pictures are at least as wide as 16:9.
_HIGH_PER_WIDE: Final = 9 / 16
#: A line of sight that ends this near before the point it goes to is not blocked by what the point touches (share of its length).
_NEAR_END: Final = 0.995


@dataclass(frozen=True, slots=True)
class Looked:
    """Points looked for: `points` (n, k, 3); bodies at `places` (n, 2), `heights_m` (n,).

    `is_own_hidden` (k,): whether a body hides this point of its own. `fixtures` (n, k): the index in the plan's fixtures of
    the one a point is inside of, as a hand is; -1 for none.
    """

    points: Array
    places: Array
    heights_m: Array
    is_own_hidden: NDArray[np.bool_]
    fixtures: NDArray[np.int64]


class Cameras:
    """All cameras of a shop; without any in the plan, one at every knot of a grid below the ceiling."""

    def __init__(self, plan: Plan) -> None:
        cameras = list(plan.cameras.values()) or list(_ceiling(plan))
        self._eyes = np.array([camera.position_m for camera in cameras], dtype=np.float64)
        self._axes = np.array([_axes(camera) for camera in cameras])
        half = np.tan(np.radians([min(camera.fov_deg, 170.0) for camera in cameras]) / 2)
        self._half = np.stack([half, half * _HIGH_PER_WIDE], axis=1)
        fixtures = list(plan.fixtures.values())
        footings = [footing_of(plan, fixture) for fixture in fixtures]
        self._frames = np.array([fixture.frame.rotation for fixture in fixtures]).reshape(-1, 3, 3)
        self._origins = np.array([fixture.frame.translation for fixture in fixtures]).reshape(-1, 3)
        self._low = np.array([[left, front, 0.0] for left, _, front, _ in footings]).reshape(-1, 3)
        self._high = np.array([[right, back, f.height_m] for f, (_, right, _, back) in zip(fixtures, footings, strict=True)])
        self._high = self._high.reshape(-1, 3)
        self._boards_m = [_boards(plan, fixture.shelves, fixture.frame.translation[2]) for fixture in fixtures]
        self._eyes_local = np.einsum("cfi,fij->cfj", self._eyes[:, None] - self._origins, self._frames)
        self._starts = np.moveaxis(self._eyes_local, 2, 0)

    def counts(self, looked: Looked) -> NDArray[np.int64]:
        """How many cameras see each point: (n, k)."""
        n, k, _ = looked.points.shape
        flat, own = looked.points.reshape(-1, 3), looked.fixtures.reshape(-1)
        seen = self._in_picture(flat)
        point, camera = np.nonzero(seen)
        seen[point, camera] = ~self._behind_fixtures(flat, own, point, camera)
        point, camera = np.nonzero(seen)
        seen[point, camera] = ~self._behind_people(looked, point, camera)
        for index in np.flatnonzero(own >= 0):
            if seen[index].any():
                seen[index] &= self._into_shelf(flat[index], int(own[index]))
        return np.asarray(seen.sum(axis=1).reshape(n, k))

    def _in_picture(self, points: Array) -> NDArray[np.bool_]:
        """Which points (p, 3) lie in each camera's picture and range: (p, cameras). Pinhole cameras."""
        offset = points[:, None, :] - self._eyes[None]
        forward, right, down = np.einsum("pci,cai->apc", offset, self._axes)
        near = np.einsum("pci,pci->pc", offset, offset) <= RANGE_M**2
        within = (np.abs(right) <= forward * self._half[:, 0]) & (np.abs(down) <= forward * self._half[:, 1])
        return np.asarray(near & within & (forward > 0))

    def _behind_fixtures(
        self, points: Array, own: NDArray[np.int64], point: NDArray[np.int64], camera: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which lines of sight (pairs of point and camera, (m,)) a fixture blocks; a hand's own one is looked into instead."""
        ends = np.einsum("pfi,fij->jpf", points[:, None] - self._origins, self._frames)[:, point]
        starts = self._starts[:, camera]
        enter, leave = np.zeros(ends.shape[1:]), np.full(ends.shape[1:], _NEAR_END)
        for axis in range(3):
            step = ends[axis] - starts[axis]
            step[np.abs(step) < 1e-9] = 1e-9
            first, second = (self._low[:, axis] - starts[axis]) / step, (self._high[:, axis] - starts[axis]) / step
            np.maximum(enter, np.minimum(first, second), out=enter)
            np.minimum(leave, np.maximum(first, second), out=leave)
        blocked = enter < leave
        rows = np.flatnonzero(own[point] >= 0)
        blocked[rows, own[point[rows]]] = False
        return np.asarray(blocked.any(axis=1))

    def _behind_people(self, looked: Looked, point: NDArray[np.int64], camera: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which lines of sight (pairs of point and camera, (m,)) somebody stands in."""
        k, m = looked.points.shape[1], np.arange(len(point))
        ends, eyes = looked.points.reshape(-1, 3)[point], self._eyes[camera]
        x, y, z = ((ends - eyes)[:, axis, None] for axis in range(3))
        squared = np.maximum(x * x + y * y, 1e-9)
        away_x = looked.places[None, :, 0] - eyes[:, 0, None]
        away_y = looked.places[None, :, 1] - eyes[:, 1, None]
        u = np.clip((away_x * x + away_y * y) / squared, 0.0, _NEAR_END)
        gap = (away_x - u * x) ** 2 + (away_y - u * y) ** 2
        radius = np.full(gap.shape, table.BODY_RADIUS_M)
        radius[m, point // k] = np.where(looked.is_own_hidden[point % k], table.TRUNK_RADIUS_M, 0.0)
        return np.asarray(((gap < radius * radius) & (eyes[:, 2, None] + u * z < looked.heights_m)).any(axis=1))

    def _into_shelf(self, point: Array, fixture: int) -> NDArray[np.bool_]:
        """Which cameras see a hand inside a fixture: past its boards, its back and its sides: (cameras,)."""
        end = (point - self._origins[fixture]) @ self._frames[fixture]
        start = self._eyes_local[:, fixture]
        low, high = self._low[fixture], self._high[fixture]
        step = end - start
        seen = np.ones(len(start), dtype=np.bool_)
        for axis, value in [(2, board) for board in self._boards_m[fixture]] + [(1, high[1]), (0, low[0]), (0, high[0])]:
            crosses = (start[:, axis] - value) * (end[axis] - value) < 0
            u = (value - start[:, axis]) / np.where(np.abs(step[:, axis]) < 1e-9, 1e-9, step[:, axis])
            at = start + u[:, None] * step
            others = [other for other in range(3) if other != axis]
            inside = ((at[:, others] >= low[others]) & (at[:, others] <= high[others])).all(axis=1)
            seen &= ~(crosses & inside)
        return seen


def _boards(plan: Plan, shelves: tuple[str, ...], floor_m: float) -> list[float]:
    """The heights of a fixture's boards in its own frame, metres."""
    plates = [plan.plates[plate] for shelf in shelves for plate in plan.shelves[shelf].plates[:1]]
    return [float(plate.frame.translation[2]) - float(floor_m) for plate in plates]


def _axes(camera: Camera) -> Array:
    """Forward, right and down of a camera (3, 3), the picture upright."""
    forward = np.array(camera.target_m) - np.array(camera.position_m)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    length = float(np.linalg.norm(right))
    right = right / length if length > 1e-9 else np.array([1.0, 0.0, 0.0])
    return np.array([forward, right, np.cross(forward, right)])


def _ceiling(plan: Plan) -> Iterator[Camera]:
    """Cameras that look straight down, over the whole floor."""
    corners = np.array(plan.floor_m)
    low, high = corners.min(axis=0), corners.max(axis=0)
    columns, rows = (max(1, math.ceil((high[axis] - low[axis]) / table.CAMERA_GRID_M)) for axis in (0, 1))
    for column in range(columns):
        for row in range(rows):
            x = float(low[0] + (column + 0.5) * (high[0] - low[0]) / columns)
            y = float(low[1] + (row + 0.5) * (high[1] - low[1]) / rows)
            if inside_polygon(x, y, plan.floor_m):
                yield Camera(f"ceiling-{column}-{row}", (x, y, table.CAMERA_HEIGHT_M), (x, y, 0.0), table.CAMERA_FOV_DEG)
