"""Floor polygons: area, self-crossing, and how far a point lies outside. Metres."""

from __future__ import annotations

import math

import numpy as np

from saunter.base.geometry import Array, inside_polygon

Polygon = tuple[tuple[float, float], ...]
Point = tuple[float, float]


def area_m2(polygon: Polygon) -> float:
    """The area of a simple polygon in square metres (shoelace formula), whichever way round it is drawn."""
    pairs = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return abs(math.fsum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def outside_m(x: float, y: float, polygon: Polygon) -> float:
    """How far a floor point lies outside the polygon, metres; 0 inside and on the border."""
    if inside_polygon(x, y, polygon):
        return 0.0
    edges = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return min(_edge_distance((x, y), start, end) for start, end in edges)


def inside_many(points: Array, polygon: Polygon) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which of the floor points (n, 2) lie in the polygon (even-odd rule)."""
    inside = np.zeros(len(points), dtype=np.bool_)
    x, y = points[:, 0], points[:, 1]
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if y1 != y2:
            inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside


def crossing_edges(polygon: Polygon) -> tuple[int, int] | None:
    """The first two edges (numbered from 0 by their first corner) that cross or touch though they are no neighbours."""
    count = len(polygon)
    ends = polygon[1:] + polygon[:1]
    for first in range(count):
        for second in range(first + 2, count):
            neighbours = first == 0 and second == count - 1
            if not neighbours and _meet(polygon[first], ends[first], polygon[second], ends[second]):
                return first, second
    return None


def _edge_distance(point: Point, start: Point, end: Point) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length
    along = min(1.0, max(0.0, along))
    return math.dist(point, (start[0] + along * dx, start[1] + along * dy))


def _side(a: Point, b: Point, c: Point) -> float:
    """Positive when c lies to the left of the line from a to b, zero on it."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the closed segments ab and cd have a point in common."""
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return False
    return _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0
