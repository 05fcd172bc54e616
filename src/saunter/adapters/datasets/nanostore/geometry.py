"""Where everything stands: Gondolas.json, Shelves.json and Plates.json become fixtures, shelves and plates in the shop frame."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from saunter.adapters.datasets.nanostore.fields import Damaged, Fields, integer, listing, number, part
from saunter.adapters.datasets.nanostore.report import Report
from saunter.base.errors import InputProblems, Problem
from saunter.base.geometry import Array, Transform, from_rodrigues
from saunter.base.limits import PLATES_MAX
from saunter.plan import Fixture, Plate, Shelf

FILES = ("Gondolas.json", "Shelves.json", "Plates.json")
#: How much floor before the fixtures belongs to the shop: the export does not say, three metres is an aisle and a half.
FRONT_MARGIN_M = 3.0

PlateKey = tuple[int, int, int]


@dataclass(frozen=True)
class Geometry:
    """The furniture of the shop. `plate_ids` maps (gondola, shelf, plate) as the data count them to our ids."""

    fixtures: dict[str, Fixture]
    shelves: dict[str, Shelf]
    plates: dict[str, Plate]
    plate_ids: dict[PlateKey, str]
    floor_m: tuple[tuple[float, float], ...]

    def of_gondola(self, gondola: int) -> dict[PlateKey, str]:
        """The plates of one gondola, by shelf and plate number."""
        return {key: plate for key, plate in self.plate_ids.items() if key[0] == gondola}

    def gondolas(self) -> tuple[int, ...]:
        """The numbers of the gondolas that have plates, ascending."""
        return tuple(sorted({key[0] for key in self.plate_ids}))


@dataclass(frozen=True)
class _Box:
    frame: Transform
    width_m: float
    depth_m: float
    height_m: float


def find_store(folder: Path, store: Path | None, data: Path | None) -> Path:
    """The folder with the geometry: the one given, else beside the recording, else in the data. Raises InputProblems."""
    candidates = [store] if store else [folder / ".." / "store"] + ([data / "nanostore" / "store"] if data else [])
    for candidate in candidates:
        if all((candidate / name).is_file() for name in FILES):
            return candidate
    looked = " nor ".join(str(candidate) for candidate in candidates)
    remedy = "give the folder that holds Gondolas.json, Shelves.json and Plates.json with --store STOREDIR"
    missing = ", ".join(name for name in FILES if not (candidates[0] / name).is_file())
    raise InputProblems([Problem(str(folder), 0, f"no geometry: {looked} lacks {missing}", remedy)])


def load_geometry(store: Path, report: Report) -> Geometry:
    """Read the three files. Raises InputProblems with every mistake found in them."""
    problems: list[Problem] = []
    gondolas = {key[0]: box for key, box in _boxes(store, FILES[0], "gondolas", 1, problems).items()}
    shelves = {key[:2]: box for key, box in _boxes(store, FILES[1], "shelves", 2, problems).items()}
    plates = _boxes(store, FILES[2], "plates", 3, problems)
    problems += _orphans(gondolas, shelves, plates)
    if not plates and not problems:
        problems.append(Problem(FILES[2], 0, "holds no plates"))
    if len(plates) > PLATES_MAX:
        problems.append(Problem(FILES[2], 0, f"{len(plates)} plates, more than the {PLATES_MAX} of one store"))
    if problems:
        raise InputProblems(problems)
    return _assembled(gondolas, shelves, plates, report)


def _orphans(
    gondolas: dict[int, _Box], shelves: dict[tuple[int, ...], _Box], plates: dict[tuple[int, ...], _Box]
) -> Iterable[Problem]:
    for key in shelves:
        if key[0] not in gondolas:
            yield Problem(FILES[1], 0, f"shelf {key[1]} stands in gondola {key[0]}, which {FILES[0]} does not have")
    for plate in plates:
        if plate[:2] not in shelves:
            yield Problem(
                FILES[2], 0, f"plate {plate[2]} lies on gondola {plate[0]} shelf {plate[1]}, which {FILES[1]} does not have"
            )


def _boxes(store: Path, name: str, group: str, depth: int, problems: list[Problem]) -> dict[tuple[int, ...], _Box]:
    try:
        document = json.loads((store / name).read_bytes())
        entries = listing(document if isinstance(document, dict) else {}, group)
    except (OSError, ValueError, RecursionError) as damage:
        problems.append(Problem(name, 0, f"cannot be read: {damage}", "give the shop's own file with --store"))
        return {}
    found: dict[tuple[int, ...], _Box] = {}
    for index, entry in enumerate(entries, 1):
        try:
            key, box = _key(entry, depth), _box(entry, depth)
        except Damaged as damage:
            problems.append(Problem(name, 0, f"entry {index} of {group}: {damage}"))
            continue
        if key in found:
            problems.append(Problem(name, 0, f"entry {index} of {group} repeats the id {key}", "keep one of them"))
        found[key] = box
    return dict(sorted(found.items()))


def _key(entry: Any, depth: int) -> tuple[int, ...]:
    if not isinstance(entry, dict):
        raise Damaged("not an object")
    return plate_key(part(entry, "id"))[:depth] if depth == 3 else _shelf_key(part(entry, "id"))[:depth]


def _shelf_key(fields: Fields) -> tuple[int, ...]:
    if "gondola_id" not in fields and "id" in fields:
        return (integer(fields, "id"),)
    return integer(part(fields, "gondola_id"), "id"), integer(fields, "shelf_index")


def plate_key(fields: Fields) -> PlateKey:
    """Gondola, shelf and plate number of an exported plate id; what is missing is 0. Raises Damaged."""
    shelf = part(fields, "shelf_id")
    return integer(part(shelf, "gondola_id"), "id"), integer(shelf, "shelf_index"), integer(fields, "plate_index")


def _box(entry: Fields, depth: int) -> _Box:
    coordinates = part(entry, "coordinates")
    turn, shift = part(coordinates, "transform", "rotation"), part(coordinates, "transform", "translation")
    sizes = [number(coordinates, name) for name in ("dim_x", "dim_y", "dim_z")]
    numbers = [number(turn, axis) for axis in "xyz"] + [number(shift, axis) for axis in "xyz"] + sizes
    if not all(math.isfinite(value) and abs(value) < 1000 for value in numbers):
        raise Damaged("a coordinate is not a number of metres within a kilometre")
    if sizes[0] <= 0 or sizes[1] <= 0 or (depth < 3 and sizes[2] <= 0):
        raise Damaged(f"has no size: {sizes}")
    frame = from_rodrigues((numbers[0], numbers[1], numbers[2]), (numbers[3], numbers[4], numbers[5]))
    return _Box(frame, *sizes)


def _assembled(
    gondolas: dict[int, _Box], shelves: dict[tuple[int, ...], _Box], plates: dict[tuple[int, ...], _Box], report: Report
) -> Geometry:
    plate_ids = {(key[0], key[1], key[2]): f"g{key[0]}s{key[1]}p{key[2]}" for key in plates}
    placed = {
        plate_ids[key[0], key[1], key[2]]: _placed(key, box, shelves[key[:2]], gondolas[key[0]]) for key, box in plates.items()
    }
    made_shelves = {f"g{key[0]}s{key[1]}": _shelf(key, placed) for key in shelves}
    empty = [name for name, shelf in made_shelves.items() if not shelf.plates]
    if empty:
        report.add(FILES[1], f"{len(empty)} shelves have no plates and were left out", names=empty)
    made_shelves = {name: shelf for name, shelf in made_shelves.items() if shelf.plates}
    fixtures = {f"g{number_}": _fixture(number_, box, made_shelves) for number_, box in gondolas.items()}
    floor = _floor(fixtures, placed)
    report.add(
        FILES[0],
        f"the export has no floor plan: the floor is the rectangle around all fixtures and {FRONT_MARGIN_M:g} m before them",
        "correct the polygon in store.toml if people are seen beyond it",
    )
    return Geometry(fixtures, made_shelves, placed, plate_ids, floor)


def _placed(key: tuple[int, ...], plate: _Box, shelf: _Box, gondola: _Box) -> Plate:
    return Plate(
        id=f"g{key[0]}s{key[1]}p{key[2]}",
        shelf=f"g{key[0]}s{key[1]}",
        fixture=f"g{key[0]}",
        frame=plate.frame.then(shelf.frame).then(gondola.frame),
        width_m=plate.width_m,
        depth_m=plate.depth_m,
        clearance_m=shelf.height_m,
        along_m=float(plate.frame.translation[0]),
    )


def _shelf(key: tuple[int, ...], plates: dict[str, Plate]) -> Shelf:
    name = f"g{key[0]}s{key[1]}"
    mine = sorted((plate for plate in plates.values() if plate.shelf == name), key=lambda plate: (plate.along_m, plate.id))
    return Shelf(name, f"g{key[0]}", tuple(plate.id for plate in mine))


def _fixture(gondola: int, box: _Box, shelves: dict[str, Shelf]) -> Fixture:
    name = f"g{gondola}"
    mine = tuple(shelf.id for shelf in shelves.values() if shelf.fixture == name)
    return Fixture(name, "gondola", box.frame, box.width_m, box.depth_m, box.height_m, mine)


def _floor(fixtures: dict[str, Fixture], plates: dict[str, Plate]) -> tuple[tuple[float, float], ...]:
    """The rectangle around every fixture, its plates, and the floor before it; the front is where the plates stick out."""
    corners: list[Array] = []
    for fixture in fixtures.values():
        local = [_plate_corners(plate, fixture.frame) for plate in plates.values() if plate.fixture == fixture.id]
        points = np.vstack([np.array([[0.0, 0.0, 0.0], [fixture.width_m, fixture.depth_m, 0.0]]), *local])
        low, high = points.min(axis=0), points.max(axis=0)
        if high[1] + low[1] > fixture.depth_m:
            high[1] += FRONT_MARGIN_M
        else:
            low[1] -= FRONT_MARGIN_M
        corners.append(fixture.frame.apply(np.array([[x, y, 0.0] for x in (low[0], high[0]) for y in (low[1], high[1])])))
    every = np.vstack(corners)
    (left, front), (right, back) = (
        (np.floor(every.min(axis=0)[:2] * 100) / 100).tolist(),
        (np.ceil(every.max(axis=0)[:2] * 100) / 100).tolist(),
    )
    return ((left, front), (right, front), (right, back), (left, back))


def _plate_corners(plate: Plate, fixture: Transform) -> Array:
    corners = plate.frame.apply(np.array([[0.0, 0.0, 0.0], [plate.width_m, plate.depth_m, 0.0]]))
    return (corners - fixture.translation) @ fixture.rotation
