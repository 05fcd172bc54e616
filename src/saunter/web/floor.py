"""The shop's floor and the fronts of its furniture as SVG, from the plan: what the store's map and every replay stand on.

A floor is drawn from above, x to the right and y up, a hundred units to the metre; a front is drawn as one sees it who stands
before it. Scripts place people on it with the numbers in the `data-` attributes, nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import numpy as np
from markupsafe import Markup

from saunter.base.geometry import Array
from saunter.plan import Fixture, Gate, Plan, Plate
from saunter.web.svg import element, picture

#: Drawing units per metre, and the margin around a drawing in units.
SCALE: Final = 100.0
MARGIN: Final = 30.0

Point = tuple[float, float]


def floor_map(plan: Plan, name: str, title: str, *, lit: Collection[str] = (), inside: Iterable[object] = ()) -> Markup:
    """The floor with walls, fixtures, plates and gates; `lit` plates stand out. `inside` is drawn on top.

    An empty group with `data-people` waits for the people; each plate has its id in `data-plate`.
    """
    left, top, size = _frame(plan)
    said = f"{len(plan.fixtures)} fixtures, {len(plan.gates)} gates; metres, seen from above"
    shapes = [
        element("polygon", {"class": "floor", "points": _path(_on(plan.floor_m, left, top))}),
        *(_fixture(plan, fixture, left, top) for fixture in plan.fixtures.values()),
        *(_plate(plate, left, top, plate.id in lit) for plate in plan.plates.values()),
        *(_label(plan, fixture, left, top) for fixture in plan.fixtures.values()),
        *(_gate(gate, left, top) for gate in plan.gates.values()),
        *inside,
        element("g", {"class": "people", "data-people": ""}),
    ]
    return picture(name, size, title, said, *shapes, kind="floor-map", left=left, top=top, scale=SCALE, margin=MARGIN)


def front(plan: Plan, name: str, shelf: str, asked: Collection[str]) -> Markup:
    """The front of the furniture that a shelf belongs to: its boards and plates, those asked about strong. Empty markup where
    the plan knows no such shelf. Hands are placed by the fixture's own axes, which stand in the `data-` attributes."""
    if shelf not in plan.shelves:
        return Markup("")
    fixture = plan.fixtures[plan.shelves[shelf].fixture]
    boxes = {plate.id: _box(plan, fixture, plate) for plate in _plates(plan, fixture)}
    left = min([0.0, *(box[0] for box in boxes.values())])
    right = max([fixture.width_m, *(box[2] for box in boxes.values())])
    high = max([fixture.height_m, *(box[3] for box in boxes.values())])
    size = ((right - left) * SCALE + 2 * MARGIN, high * SCALE + 2 * MARGIN)
    shapes = [_back(size), *(_front_plate(plan, plate, box, left, high, asked) for plate, box in boxes.items())]
    shapes.append(element("g", {"class": "people", "data-people": ""}))
    title = f"Front of {fixture.kind} {fixture.id}"
    said = f"shelf {shelf}, plates {', '.join(asked) or 'none'} marked"
    origin, turn = fixture.frame.translation, fixture.frame.rotation
    return picture(
        name, size, title, said, *shapes, kind="front-map", left=left, top=high, scale=SCALE, margin=MARGIN,
        origin=_numbers(origin), along=_numbers(turn[:, 0]), away=_numbers(turn[:, 1]),
    )  # fmt: skip


def footprint(plan: Plan, fixture: Fixture) -> list[Point]:
    """The four floor points that a fixture and the plates sticking out of it cover."""
    points = [np.array([[0.0, 0.0, 0.0], [fixture.width_m, fixture.depth_m, 0.0]])]
    for plate in _plates(plan, fixture):
        points.append(_local(fixture, _corners(plate)))
    low, high = np.vstack(points).min(axis=0), np.vstack(points).max(axis=0)
    local = [[low[0], low[1], 0.0], [high[0], low[1], 0.0], [high[0], high[1], 0.0], [low[0], high[1], 0.0]]
    return [(float(x), float(y)) for x, y, _ in fixture.frame.apply(np.array(local))]


def _frame(plan: Plan) -> tuple[float, float, tuple[float, float]]:
    """Left and top in metres, and the size of the drawing in units: floor, furniture and gates fit in."""
    points = [*plan.floor_m, *((gate.x_m, gate.y_m) for gate in plan.gates.values())]
    for fixture in plan.fixtures.values():
        points += footprint(plan, fixture)
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    size = ((max(xs) - min(xs)) * SCALE + 2 * MARGIN, (max(ys) - min(ys)) * SCALE + 2 * MARGIN)
    return min(xs), max(ys), size


def _on(points: Iterable[Point], left: float, top: float) -> list[Point]:
    return [((x - left) * SCALE + MARGIN, (top - y) * SCALE + MARGIN) for x, y in points]


def _path(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _fixture(plan: Plan, fixture: Fixture, left: float, top: float) -> Markup:
    return element("polygon", {"class": "fixture", "points": _path(_on(footprint(plan, fixture), left, top))})


def _label(plan: Plan, fixture: Fixture, left: float, top: float) -> Markup:
    points = _on(footprint(plan, fixture), left, top)
    middle = sum(x for x, _ in points) / 4, sum(y for _, y in points) / 4
    return element("text", {"class": "place", "x": middle[0], "y": middle[1] + 5, "text-anchor": "middle"}, fixture.id)


def _plate(plate: Plate, left: float, top: float, is_lit: bool) -> Markup:
    points = _on([(float(x), float(y)) for x, y, _ in _corners(plate)], left, top)
    kind = "plate lit" if is_lit else "plate"
    return element("polygon", {"class": kind, "points": _path(points), "data-plate": plate.id})


def _gate(gate: Gate, left: float, top: float) -> Markup:
    ((x, y),) = _on([(gate.x_m, gate.y_m)], left, top)
    mark = {"in": "in", "out": "out", "both": "in and out"}[gate.kind]
    shape = element("rect", {"class": "gate", "x": x - 30, "y": y - 6, "width": 60, "height": 12, "rx": 6, "data-gate": gate.id})
    label = element("text", {"class": "place", "x": x, "y": y + 26, "text-anchor": "middle"}, gate.id)
    return element("g", None, element("title", None, f"gate {gate.id}, {mark}"), shape, label)


def _plates(plan: Plan, fixture: Fixture) -> list[Plate]:
    return [plan.plates[plate] for shelf in fixture.shelves for plate in plan.shelves[shelf].plates]


def _corners(plate: Plate) -> Array:
    wide, deep = plate.width_m, plate.depth_m
    return plate.frame.apply(np.array([[0.0, 0.0, 0.0], [wide, 0.0, 0.0], [wide, deep, 0.0], [0.0, deep, 0.0]]))


def _local(fixture: Fixture, points: Array) -> Array:
    return (points - fixture.frame.translation) @ fixture.frame.rotation


def _box(plan: Plan, fixture: Fixture, plate: Plate) -> tuple[float, float, float, float]:
    """A plate with the air above it as seen from the front: left, bottom, right, top in metres."""
    local = _local(fixture, _corners(plate))
    bottom = float(local[:, 2].mean())
    return float(local[:, 0].min()), bottom, float(local[:, 0].max()), bottom + plate.clearance_m


def _back(size: tuple[float, float]) -> Markup:
    box = {"x": MARGIN, "y": MARGIN, "width": size[0] - 2 * MARGIN, "height": size[1] - 2 * MARGIN}
    return element("rect", {"class": "fixture", **box})


def _front_plate(
    plan: Plan, plate: str, box: tuple[float, float, float, float], left: float, high: float, asked: Collection[str]
) -> Markup:
    (x1, y1), (x2, y2) = _on([(box[0], box[3]), (box[2], box[1])], left, high)
    kind = "cell lit" if plate in asked else "cell"
    wide = max(x2 - x1, 0.1)
    goods = ", ".join(plan.products[sku].name for sku in meant_on(plan, plate))
    said = element("title", None, f"plate {plate}: {goods or 'nothing meant to lie here'}")
    cell = {"class": kind, "x": x1, "y": y1, "width": wide, "height": max(y2 - y1, 0.1), "data-plate": plate}
    board = element("line", {"class": "board", "x1": x1, "x2": x2, "y1": y2, "y2": y2})
    return element("rect", cell, said) + board


def meant_on(plan: Plan, plate: str) -> list[str]:
    """The products that are meant to lie on a plate, as the plan's facings say."""
    return [facing.sku for facing in plan.facings if plate in facing.plates and facing.sku in plan.products]


def _numbers(values: Array) -> str:
    return " ".join(f"{float(value):.4f}" for value in values)


def placed(plan: Plan, points: Iterable[Point]) -> list[Point]:
    """Floor points (metres) in the units of `floor_map`'s drawing: for what is drawn `inside` it."""
    left, top, _ = _frame(plan)
    return _on(points, left, top)
