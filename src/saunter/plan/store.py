"""`store.toml`: everything of the shop but what it sells."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from saunter.base.errors import Problem
from saunter.plan.files import STORE_FILE
from saunter.plan.layout import Layout, claim, read_layout
from saunter.plan.polygons import Polygon, area_m2, crossing_edges, outside_m
from saunter.plan.promotions import Promotions, read_promotions
from saunter.plan.schema import CameraTable, FloorTable, GateTable, PoliciesTable, Shape, StoreTable, TaxTable
from saunter.plan.source import TomlSource
from saunter.plan.toml_lines import Path
from saunter.plan.types import Camera, Gate, Policies, Tax

#: A gate is drawn at the door, which sits in the wall around the floor: so far outside the polygon it may lie.
WALL_M: Final = 0.5
#: A floor smaller than this is a wrong unit or a polygon folded onto itself.
_FLOOR_M2_MIN: Final = 0.1


@dataclass
class StoreReading:
    """What could be read of `store.toml`. `store` and `floor_m` are missing only when `problems` says why."""

    problems: list[Problem] = field(default_factory=list)
    is_toml: bool = False
    store: StoreTable | None = None
    floor_m: Polygon = ()
    gates: dict[str, Gate] = field(default_factory=dict)
    cameras: dict[str, Camera] = field(default_factory=dict)
    taxes: dict[str, Tax] = field(default_factory=dict)
    tax_codes: set[str] = field(default_factory=set)
    policies: Policies = field(default_factory=Policies)
    promotions: Promotions = field(default_factory=Promotions)
    layout: Layout = field(default_factory=Layout)


def read_store(text: str) -> StoreReading:
    """Judge the whole text; every mistake is in `problems` and all that is sound is in the other fields."""
    source = TomlSource(STORE_FILE, text)
    reading = StoreReading(problems=source.problems, is_toml=not source.problems)
    if not reading.is_toml:
        return reading
    source.validated(Shape, (), source.raw)
    store, floor = source.raw.get("store"), source.raw.get("floor")
    if isinstance(store, dict):
        reading.store = source.validated(StoreTable, ("store",), store)
    if isinstance(floor, dict):
        reading.floor_m = _floor(source, floor)
    reading.policies = _policies(source)
    _read_taxes(source, reading)
    reading.promotions = read_promotions(source, reading.store.currency if reading.store is not None else "")
    _read_gates(source, reading)
    _read_cameras(source, reading)
    reading.layout = read_layout(source)
    return reading


def _floor(source: TomlSource, raw: dict[str, object]) -> Polygon:
    table = source.validated(FloorTable, ("floor",), raw)
    if table is None:
        return ()
    polygon = table.polygon_m[:-1] if table.polygon_m[0] == table.polygon_m[-1] else table.polygon_m
    path: Path = ("floor", "polygon_m")
    crossing = crossing_edges(polygon)
    if len(polygon) < 3:
        source.mistake(
            path, "the floor has fewer than three different corners", "walk around the floor and name every corner once"
        )
    elif crossing is not None:
        first, second = (edge + 1 for edge in crossing)
        remedy = "name the corners in the order in which one walks around the floor"
        source.mistake(path, f"the wall after corner {first} meets the wall after corner {second}", remedy)
    elif area_m2(polygon) < _FLOOR_M2_MIN:
        remedy = "give the corners in metres, in the order in which one walks around the floor"
        source.mistake(path, f"the floor covers {area_m2(polygon):.3g} square metres", remedy)
    else:
        return polygon
    return ()


def _policies(source: TomlSource) -> Policies:
    raw = source.raw.get("policies", {})
    table = source.validated(PoliciesTable, ("policies",), raw) if isinstance(raw, dict) else None
    return Policies(**table.model_dump()) if table is not None else Policies()


def _read_taxes(source: TomlSource, reading: StoreReading) -> None:
    places: dict[tuple[str, str], Path] = {}
    for position, raw in source.tables("taxes"):
        path: Path = ("taxes", position)
        code = raw.get("code")
        if isinstance(code, str):
            reading.tax_codes.add(code.strip())
        table = source.validated(TaxTable, path, raw)
        if table is not None and claim(source, places, "tax", table.code, path):
            reading.taxes[table.code] = Tax(table.code, Decimal(table.rate), table.included)


def _read_gates(source: TomlSource, reading: StoreReading) -> None:
    places: dict[tuple[str, str], Path] = {}
    for position, raw in source.tables("gates"):
        path: Path = ("gates", position)
        table = source.validated(GateTable, path, raw)
        if table is not None and claim(source, places, "gate", table.id, path):
            x_m, y_m = table.position_m
            reading.gates[table.id] = Gate(table.id, table.kind, x_m, y_m)
            away_m = outside_m(x_m, y_m, reading.floor_m) if reading.floor_m else 0.0
            if away_m > WALL_M:
                remedy = f"move the gate to the edge of the floor (at most {WALL_M} m outside) or correct the floor polygon"
                source.mistake((*path, "position_m"), f"the gate lies {away_m:.2f} m outside the floor", remedy)


def _read_cameras(source: TomlSource, reading: StoreReading) -> None:
    places: dict[tuple[str, str], Path] = {}
    for position, raw in source.tables("cameras"):
        path: Path = ("cameras", position)
        table = source.validated(CameraTable, path, raw)
        if table is not None and claim(source, places, "camera", table.id, path):
            reading.cameras[table.id] = Camera(table.id, table.position_m, table.target_m, table.fov_deg)
