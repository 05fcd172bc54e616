"""`planogram.csv`: which product is meant to lie on which plates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

from saunter.base.errors import Problem
from saunter.plan.files import CATALOGUE_FILE, PLANOGRAM_FILE, STORE_FILE
from saunter.plan.layout import Layout
from saunter.plan.sheets import Row, Sheet, read_rows
from saunter.plan.types import Facing, Shelf

SHEET: Final = Sheet(PLANOGRAM_FILE, ("sku", "plates"))


def read_planogram(text: str, skus: Collection[str] | None, layout: Layout | None, problems: list[Problem]) -> tuple[Facing, ...]:
    """The facings in the order of the file. Nothing is checked against `skus` or `layout` when they are None: not readable."""
    facings: list[Facing] = []
    rows, _ = read_rows(SHEET, text, problems)
    for row in rows:
        found = [*_sku_problems(row, skus), *_plate_problems(row, layout)]
        problems.extend(found)
        plates = row["plates"].split()
        if not found and layout is not None and all(plate in layout.plates for plate in plates):
            shelf = layout.shelves[layout.plates[plates[0]].shelf]
            facings.append(Facing(row["sku"], _left_to_right(plates, shelf)))
    return tuple(facings)


def _left_to_right(plates: Collection[str], shelf: Shelf) -> tuple[str, ...]:
    """The plates in their order along the shelf."""
    wanted = set(plates)
    return tuple(plate for plate in shelf.plates if plate in wanted)


def _sku_problems(row: Row, skus: Collection[str] | None) -> list[Problem]:
    sku = row["sku"]
    if not sku:
        return [Problem(PLANOGRAM_FILE, row.line, "the sku is empty", "name the product that lies on these plates")]
    if skus is not None and sku not in skus:
        return [
            Problem(
                PLANOGRAM_FILE, row.line, f"the product {sku[:40]!r} is unknown", f"add it to {CATALOGUE_FILE} or correct the sku"
            )
        ]
    return []


def _plate_problems(row: Row, layout: Layout | None) -> list[Problem]:
    plates = row["plates"].split()
    if not plates:
        return [Problem(PLANOGRAM_FILE, row.line, f"no plates are named for {row['sku'][:40]!r}", "name them, or delete the row")]
    found: list[Problem] = []
    for plate, times in Counter(plates).items():
        if times > 1:
            found.append(Problem(PLANOGRAM_FILE, row.line, f"the plate {plate[:40]!r} is named {times} times", "name it once"))
    if layout is None:
        return found
    for plate in dict.fromkeys(plates):
        if not layout.may_have(plate):
            remedy = f"add it to {STORE_FILE} or correct the name; plates = 12 on shelf s1 gives s1p1 to s1p12"
            found.append(Problem(PLANOGRAM_FILE, row.line, f"the plate {plate[:40]!r} is unknown", remedy))
    shelves: dict[str, str] = {}
    for plate in plates:
        if plate in layout.plates:
            shelves.setdefault(layout.plates[plate].shelf, plate)
    if len(shelves) > 1:
        named = ", ".join(f"{plate} on {shelf}" for shelf, plate in shelves.items())
        found.append(Problem(PLANOGRAM_FILE, row.line, f"the plates lie on several shelves: {named}", "write one row per shelf"))
    return found
