"""What each camera can see and how high each plate lies, from geometry alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saunter.base.geometry import Array
from saunter.plan.polygons import inside_many
from saunter.plan.types import Camera, Plan

#: Here a person of 1.7 m is 65 picture lines high (640 x 360, 80 degrees); farther away hands are a few pixels.
CAMERA_RANGE_M: Final = 10.0
#: Pictures are at least as wide as 16:9; the vertical field of view follows from the horizontal one.
PICTURE_HEIGHT_PER_WIDTH: Final = 9 / 16
#: Points looked at within the rectangle around the floor.
_FLOOR_POINTS: Final = 50_000
_SPACING_M_MIN: Final = 0.05


@dataclass(frozen=True, slots=True)
class CameraView:
    """What one camera sees: the fraction of the floor, and how many plates, within its field of view and range.

    Fixtures that stand in the way are not considered: the true view is smaller.
    """

    camera: str
    floor_fraction: float
    plates: int


def camera_views(plan: Plan) -> tuple[CameraView, ...]:
    """The view of every camera, in the order of the plan."""
    floor, plates = floor_points(plan), plate_centres(plan)
    return tuple(
        CameraView(camera.id, float(np.mean(_seen(camera, floor))) if len(floor) else 0.0, int(np.sum(_seen(camera, plates))))
        for camera in plan.cameras.values()
    )


def unseen_fraction(plan: Plan) -> float:
    """The fraction of the floor that no camera has within its field of view and range; 1 without cameras."""
    floor = floor_points(plan)
    seen = np.zeros(len(floor), dtype=np.bool_)
    for camera in plan.cameras.values():
        seen |= _seen(camera, floor)
    return float(np.mean(~seen)) if len(floor) else 1.0


def floor_points(plan: Plan) -> Array:
    """A grid of points (n, 3) on the floor inside the polygon, metres: 5 cm apart, wider in a large shop."""
    corners = np.array(plan.floor_m, dtype=np.float64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    spacing_m = max(_SPACING_M_MIN, math.sqrt(float(np.prod(high - low)) / _FLOOR_POINTS))
    columns, rows = (np.arange(low[axis] + spacing_m / 2, high[axis], spacing_m) for axis in (0, 1))
    points = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    kept = points[inside_many(points, plan.floor_m)]
    return np.column_stack([kept, np.zeros(len(kept))])


def plate_centres(plan: Plan) -> Array:
    """The middle of every plate's surface (plates, 3) in the shop frame, metres, in the order of the plan."""
    corners = [plate.frame.translation for plate in plan.plates.values()]
    halves = [
        plate.frame.rotation[:, 0] * (plate.width_m / 2) + plate.frame.rotation[:, 1] * (plate.depth_m / 2)
        for plate in plan.plates.values()
    ]
    return (np.array(corners, dtype=np.float64) + np.array(halves, dtype=np.float64)).reshape(-1, 3)


def _seen(camera: Camera, points: Array) -> NDArray[np.bool_]:
    """Which points (n, 3) lie in the camera's picture and range. Pinhole model, picture upright."""
    position = np.array(camera.position_m)
    forward = np.array(camera.target_m) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    length = float(np.linalg.norm(right))
    right = right / length if length > 1e-9 else np.array([1.0, 0.0, 0.0])
    down = np.cross(forward, right)
    offset = points - position
    depth, across, below = offset @ forward, offset @ right, offset @ down
    half_width = math.tan(math.radians(camera.fov_deg) / 2)
    near = np.einsum("ij,ij->i", offset, offset) <= CAMERA_RANGE_M**2
    within = (np.abs(across) <= depth * half_width) & (np.abs(below) <= depth * half_width * PICTURE_HEIGHT_PER_WIDTH)
    return np.asarray(near & within & (depth > 0))
