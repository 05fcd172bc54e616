"""Fixtures, shelves and plates: from the tables of the file to frames in the shop."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from saunter.base.geometry import Array, Transform, from_heading, from_rodrigues
from saunter.base.ids import is_name
from saunter.base.limits import PLATES_MAX
from saunter.plan.schema import FixtureTable, PlateTable, ShelfTable
from saunter.plan.source import TomlSource
from saunter.plan.toml_lines import Path
from saunter.plan.types import Fixture, Plate, Shelf


@dataclass
class Layout:
    """What stands in the shop. `declared` also knows the plates of tables that have mistakes, so that a planogram which
    names them is not blamed; plates of the shelves in `unreadable` cannot even be counted.
    """

    fixtures: dict[str, Fixture] = field(default_factory=dict)
    shelves: dict[str, Shelf] = field(default_factory=dict)
    plates: dict[str, Plate] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)

    def may_have(self, plate: str) -> bool:
        """Whether the file declares the plate, or a part of it that cannot be read might."""
        return plate in self.declared or any(plate.startswith(shelf) for shelf in self.unreadable)


def read_layout(source: TomlSource) -> Layout:
    """All fixtures, shelves and plates of the file; mistakes are noted in `source`, and what has none is built."""
    layout = Layout()
    _declare(source, layout)
    total = len(layout.declared)
    if total > PLATES_MAX:
        source.mistake(("fixtures",), f"the plan has more than {PLATES_MAX:,} plates", "split the shop into several stores")
        layout.declared.clear()
        layout.unreadable.add("")
        return layout
    places: dict[tuple[str, str], Path] = {}
    for position, raw in source.tables("fixtures"):
        path: Path = ("fixtures", position)
        table = source.validated(FixtureTable, path, raw)
        if table is None:
            _claim_raw(source, places, path, raw)
        else:
            _build_fixture(source, layout, places, path, table)
    return layout


def placed(table: FixtureTable | ShelfTable | PlateTable) -> Transform:
    """The frame that a table's position and turn describe, in its parent's frame."""
    if table.rotation is not None:
        return from_rodrigues(table.rotation, table.position_m)
    return from_heading(table.heading_deg or 0.0, table.position_m)


def equal_plates(shelf: str, count: int, size_m: tuple[float, float]) -> tuple[PlateTable, ...]:
    """`count` equal plates side by side from the left end of a shelf of `size_m` (width, depth)."""
    width_m = size_m[0] / count if count else 0.0
    return tuple(
        PlateTable.model_construct(
            id=f"{shelf}p{number + 1}", position_m=(number * size_m[0] / count, 0.0, 0.0), size_m=(width_m, size_m[1]),
            heading_deg=None, rotation=None, clearance_m=None, along_m=None,
        )
        for number in range(count)
    )  # fmt: skip


def _declare(source: TomlSource, layout: Layout) -> None:
    """Collect the ids of all plates the file names, whatever else is wrong with it; stops beyond the limit."""
    for _, fixture in source.tables("fixtures"):
        shelves = fixture.get("shelves")
        for shelf in shelves if isinstance(shelves, list) else []:
            if isinstance(shelf, dict) and len(layout.declared) <= PLATES_MAX:
                _declare_shelf(shelf, layout)
        if not isinstance(shelves, list | None):
            layout.unreadable.add("")


def _declare_shelf(shelf: dict[str, Any], layout: Layout) -> None:
    shelf_id, plates = shelf.get("id"), shelf.get("plates", [])
    name = shelf_id.strip() if isinstance(shelf_id, str) else ""
    if isinstance(plates, list):
        ids = [plate.get("id") for plate in plates if isinstance(plate, dict)]
        layout.declared.update(plate.strip() for plate in ids if isinstance(plate, str))
    elif type(plates) is int and plates >= 0 and name:
        layout.declared.update(f"{name}p{number + 1}" for number in range(min(plates, PLATES_MAX + 1)))
    else:
        layout.unreadable.add(name)


def _claim_raw(source: TomlSource, places: dict[tuple[str, str], Path], path: Path, raw: dict[str, Any]) -> None:
    """Claim the ids of a fixture that has mistakes, so that using one again elsewhere is still noticed."""
    _claim_if_text(source, places, "fixture", raw.get("id"), path)
    shelves = raw.get("shelves")
    for row, shelf in enumerate(shelves if isinstance(shelves, list) else []):
        if isinstance(shelf, dict):
            shelf_path: Path = (*path, "shelves", row)
            _claim_if_text(source, places, "shelf", shelf.get("id"), shelf_path)
            plates = shelf.get("plates")
            for number, plate in enumerate(plates if isinstance(plates, list) else []):
                if isinstance(plate, dict):
                    _claim_if_text(source, places, "plate", plate.get("id"), (*shelf_path, "plates", number))


def _claim_if_text(source: TomlSource, places: dict[tuple[str, str], Path], kind: str, name: object, path: Path) -> None:
    if isinstance(name, str):
        claim(source, places, kind, name.strip(), path)


def claim(source: TomlSource, places: dict[tuple[str, str], Path], kind: str, name: str, path: Path) -> bool:
    """Whether an id is free; if another entry has it already, that is noted as a mistake of this one."""
    earlier = places.setdefault((kind, name), path)
    if earlier is path:
        return True
    remedy = f"every {kind} of a store needs its own id; rename one of them"
    source.mistake((*path, "id"), f"the id {name!r} is already used by the {kind} in line {source.line(earlier)}", remedy)
    return False


def _build_fixture(
    source: TomlSource, layout: Layout, places: dict[tuple[str, str], Path], path: Path, table: FixtureTable
) -> None:
    frame = placed(table)
    own = claim(source, places, "fixture", table.id, path)
    shelves: list[str] = []
    for row, shelf in enumerate(table.shelves):
        shelf_path = (*path, "shelves", row)
        if claim(source, places, "shelf", shelf.id, shelf_path):
            shelves.append(shelf.id)
            plates = _plates_of(source, shelf_path, table, shelf, frame)
            kept = [plate for position, plate in plates if claim(source, places, "plate", plate.id, position)]
            layout.plates.update((plate.id, plate) for plate in kept)
            left_to_right = tuple(plate.id for plate in sorted(kept, key=lambda plate: plate.along_m))
            layout.shelves[shelf.id] = Shelf(shelf.id, table.id, left_to_right)
    if own:
        width_m, depth_m, height_m = table.size_m
        layout.fixtures[table.id] = Fixture(table.id, table.kind, _frozen(frame), width_m, depth_m, height_m, tuple(shelves))


def _plates_of(
    source: TomlSource, path: Path, fixture: FixtureTable, shelf: ShelfTable, fixture_frame: Transform
) -> Iterable[tuple[Path, Plate]]:
    frame = placed(shelf).then(fixture_frame)
    plates_path = (*path, "plates")
    if isinstance(shelf.plates, tuple):
        paths: list[Path] = [(*plates_path, number) for number in range(len(shelf.plates))]
        tables = shelf.plates
    else:
        tables = equal_plates(shelf.id, shelf.plates, shelf.size_m or fixture.size_m[:2])
        paths = [(*plates_path, table.id) for table in tables]
        if tables and not is_name(tables[-1].id):
            source.mistake((*path, "id"), f"{shelf.id!r} is too long: no room for the plate's number", "shorten it")
    positions = frame.apply(np.array([table.position_m for table in tables], dtype=np.float64).reshape(-1, 3))
    rotation = _locked(frame.rotation)
    built = (_plate(fixture, shelf, table, rotation, row) for table, row in zip(tables, positions, strict=True))
    return zip(paths, built, strict=True)


def _plate(fixture: FixtureTable, shelf: ShelfTable, table: PlateTable, rotation: Array, origin: Array) -> Plate:
    if table.rotation is not None or table.heading_deg is not None:
        rotation = _locked(rotation @ placed(table).rotation)
    clearance_m = table.clearance_m if table.clearance_m is not None else shelf.clearance_m
    return Plate(
        table.id, shelf.id, fixture.id, Transform(rotation, _locked(origin)), table.size_m[0], table.size_m[1],
        clearance_m if clearance_m is not None else math.nan,
        table.position_m[0] if table.along_m is None else table.along_m,
    )  # fmt: skip


def _frozen(frame: Transform) -> Transform:
    return Transform(_locked(frame.rotation), _locked(frame.translation))


def _locked(array: Array) -> Array:
    """The array, never to be written to again: a plan does not change once loaded."""
    array.flags.writeable = False
    return array
