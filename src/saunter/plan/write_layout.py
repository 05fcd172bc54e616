"""Fixtures, shelves and plates written back into tables.

A plan keeps every plate's frame in the shop and no frame of its shelf, so one is chosen: the frame of the leftmost
plate, moved to the left end of the shelf.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from saunter.base.geometry import Array, Transform
from saunter.plan.layout import equal_plates
from saunter.plan.rotations import POSITION_DECIMALS, heading_of, relative, rodrigues_of
from saunter.plan.toml_text import Value, pairs, table
from saunter.plan.types import Fixture, Plan, Plate, Shelf

_SAME_M = 1e-9
Numbers = tuple[float, float, float]


def fixture_lines(plan: Plan) -> Iterator[str]:
    """All fixtures of the plan as lines of TOML. Raises ValueError when a shelf or plate belongs to none that lists it."""
    _check_complete(plan)
    by_shelf: dict[str, list[Plate]] = {shelf: [] for shelf in plan.shelves}
    for plate in plan.plates.values():
        by_shelf[plate.shelf].append(plate)
    for fixture in plan.fixtures.values():
        yield from table("\n[[fixtures]]", id=fixture.id, kind=fixture.kind, position_m=_exact(fixture.frame.translation))
        turn = _turn(fixture.frame.rotation, f"fixture {fixture.id}")
        yield from pairs(**turn, size_m=(fixture.width_m, fixture.depth_m, fixture.height_m))
        for shelf in fixture.shelves:
            yield from _shelf_lines(fixture, plan.shelves[shelf], by_shelf[shelf])


def _check_complete(plan: Plan) -> None:
    listed = {shelf: fixture.id for fixture in plan.fixtures.values() for shelf in fixture.shelves}
    owners = {shelf.id: shelf.fixture for shelf in plan.shelves.values()}
    if listed != owners:
        odd = sorted(set(listed.items()) ^ set(owners.items()))
        raise ValueError(f"fixtures and shelves disagree about {', '.join(shelf for shelf, _ in odd)}")
    on_shelves = {plate: (shelf.id, shelf.fixture) for shelf in plan.shelves.values() for plate in shelf.plates}
    places = {plate.id: (plate.shelf, plate.fixture) for plate in plan.plates.values()}
    if on_shelves != places:
        plates = sorted(set(on_shelves.items()) ^ set(places.items()))
        raise ValueError(f"shelves and plates disagree about {', '.join(plate for plate, _ in plates)}")


def _shelf_lines(fixture: Fixture, shelf: Shelf, plates: list[Plate]) -> Iterator[str]:
    yield "\n[[fixtures.shelves]]"
    if not plates:
        yield from pairs(id=shelf.id, position_m=(0, 0, 0), clearance_m=fixture.height_m)
        return
    leftmost = next(plate for plate in plates if plate.id == shelf.plates[0])
    origin = leftmost.frame.apply(np.array([-leftmost.along_m, 0.0, 0.0]))
    frame = Transform(leftmost.frame.rotation, origin)
    place = relative(frame, fixture.frame)
    turn = _turn(place.rotation, f"shelf {shelf.id}")
    yield from pairs(id=shelf.id, position_m=_rounded(place.translation), **turn, clearance_m=leftmost.clearance_m)
    size_m = _equal_size(shelf, plates, frame)
    if size_m is None:
        yield from _plates_lines(shelf, plates, frame, leftmost.clearance_m)
        return
    if max(abs(size_m[0] - fixture.width_m), abs(size_m[1] - fixture.depth_m)) > _SAME_M:
        yield from pairs(size_m=size_m)
    yield from pairs(plates=len(plates))


def _equal_size(shelf: Shelf, plates: list[Plate], frame: Transform) -> tuple[float, float] | None:
    """Width and depth of the shelf when `plates = N` would describe exactly these plates; None when it would not."""
    first, last = plates[0], plates[-1]
    size_m = (round(last.along_m + last.width_m, POSITION_DECIMALS), first.depth_m)
    wanted = equal_plates(shelf.id, len(plates), size_m)
    for plate, table_ in zip(plates, wanted, strict=True):
        lengths = (plate.width_m - table_.size_m[0], plate.along_m - table_.position_m[0])
        if plate.id != table_.id or max(map(abs, lengths)) > _SAME_M:
            return None
        if plate.depth_m != first.depth_m or plate.clearance_m != first.clearance_m:
            return None
        off = plate.frame.translation - frame.apply(np.array(table_.position_m))
        if np.abs(off).max() > _SAME_M or np.abs(plate.frame.rotation - frame.rotation).max() > _SAME_M:
            return None
    return size_m


def _plates_lines(shelf: Shelf, plates: list[Plate], shelf_frame: Transform, clearance_m: float) -> Iterator[str]:
    places = {plate.id: relative(plate.frame, shelf_frame) for plate in plates}
    positions = {plate: _rounded(place.translation) for plate, place in places.items()}
    told = {plate.id for plate in plates if abs(positions[plate.id][0] - plate.along_m) > _SAME_M}
    read_as = sorted(plates, key=lambda plate: plate.along_m if plate.id in told else positions[plate.id][0])
    if tuple(plate.id for plate in read_as) != shelf.plates:
        told = set(places)
    for plate in plates:
        turn = _turn(places[plate.id].rotation, f"plate {plate.id}")
        yield from table("\n[[fixtures.shelves.plates]]", id=plate.id, position_m=positions[plate.id], **turn)
        yield from pairs(size_m=(plate.width_m, plate.depth_m))
        if plate.id in told:
            yield from pairs(along_m=plate.along_m)
        if plate.clearance_m != clearance_m:
            yield from pairs(clearance_m=plate.clearance_m)


def _turn(rotation: Array, whose: str) -> dict[str, Value]:
    """The key that describes a rotation; none for no turn."""
    heading = heading_of(_cleaned(rotation))
    if heading is not None:
        return {"heading_deg": heading} if heading else {}
    try:
        return {"rotation": rodrigues_of(rotation)}
    except ValueError as error:
        raise ValueError(f"the frame of {whose} cannot be written: {error}") from None


def _cleaned(rotation: Array) -> Array:
    """The rotation without the noise of having been multiplied out."""
    return np.where(np.abs(rotation) < 1e-13, 0.0, rotation)


def _exact(values: Array) -> Numbers:
    return float(values[0]), float(values[1]), float(values[2])


def _rounded(values: Array) -> Numbers:
    x, y, z = (round(value, POSITION_DECIMALS) + 0.0 for value in _exact(values))
    return x, y, z
