"""Rigid transforms, polygons and distances in the shop frame: metres, x and y on the floor, z up."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: A point of the shop frame, metres.
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Transform:
    """Where a child frame lies in its parent: `point_in_parent = rotation @ point_in_child + translation`.

    `rotation` is (3, 3) orthonormal, `translation` (3,) metres.
    """

    rotation: Array
    translation: Array

    def apply(self, points: Array) -> Array:
        """Points (..., 3) of the child frame, in the parent frame."""
        return points @ self.rotation.T + self.translation

    def then(self, parent: Transform) -> Transform:
        """This transform followed by the parent's own: child -> grandparent."""
        return Transform(parent.rotation @ self.rotation, parent.rotation @ self.translation + parent.translation)


def from_rodrigues(vector: tuple[float, float, float], translation: tuple[float, float, float]) -> Transform:
    """A transform from a Rodrigues rotation vector (axis times angle in radians; Rodrigues 1840) and a translation in metres."""
    axis = np.asarray(vector, dtype=np.float64)
    angle = float(np.linalg.norm(axis))
    rotation = np.eye(3)
    if angle > 1e-12:
        x, y, z = axis / angle
        skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        rotation = rotation + math.sin(angle) * skew + (1 - math.cos(angle)) * (skew @ skew)
    return Transform(rotation, np.asarray(translation, dtype=np.float64))


def from_heading(heading_deg: float, translation: tuple[float, float, float]) -> Transform:
    """A transform that turns about the vertical by `heading_deg` (counter-clockwise seen from above) and then shifts."""
    return from_rodrigues((0.0, 0.0, math.radians(heading_deg)), translation)


def box_distance(points: Array, box: Transform, low: Array, high: Array) -> Array:
    """Distance in metres from points (..., 3) of the shop frame to an oriented box; 0 inside.

    `box` maps the box frame into the shop frame; `low` and `high` (3,) are its corners in the box frame.
    """
    local = (points - box.translation) @ box.rotation
    outside = np.maximum(np.maximum(low - local, local - high), 0.0)
    return np.asarray(np.sqrt(np.sum(outside * outside, axis=-1)))


def beyond(point: Point, before: Point, by_m: float) -> Point:
    """The point `by_m` metres further on the way from `before` through `point`; `point` itself where the two are one."""
    length = math.dist(point, before)
    along = by_m / length if length > 0 else 0.0
    x, y, z = (here + along * (here - there) for here, there in zip(point, before, strict=True))
    return x, y, z


def inside_polygon(x: float, y: float, polygon: tuple[tuple[float, float], ...]) -> bool:
    """Whether a floor point lies in a simple polygon (even-odd rule; points on the border may go either way)."""
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
