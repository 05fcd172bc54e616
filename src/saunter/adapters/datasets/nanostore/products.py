"""Reads the two catalogues and the two planograms: `products.csv` of the CSV layout, `products` and `planogram` of the export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from saunter.adapters.datasets.nanostore.barcodes import Identity, identify, name_keys, stand_in_sku
from saunter.adapters.datasets.nanostore.catalogue import Catalogue, Row, build_catalogue
from saunter.adapters.datasets.nanostore.documents import read_documents
from saunter.adapters.datasets.nanostore.fields import Damaged, listing, part, text
from saunter.adapters.datasets.nanostore.geometry import PlateKey, plate_key
from saunter.adapters.datasets.nanostore.report import Report
from saunter.base.errors import InputProblems, Problem
from saunter.base.limits import PLAN_FILE_BYTES_MAX

#: A name may break over a few lines inside quotes; more is a stray quote.
_LINES_PER_ROW_MAX: Final = 6
_NAME_MAX: Final = 300

Places = dict[str, list[PlateKey]]


@dataclass(frozen=True)
class Listing:
    """One product document as written."""

    line: int
    barcode: str
    name: str
    weight: str
    price: str


def clean(name: str) -> str:
    """A name on one line, single spaces, nothing unprintable."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:_NAME_MAX]


def read_listings(path: Path, report: Report) -> list[Listing]:
    """Every document of `products`; damaged ones are reported by line."""
    found = []
    for line, document in read_documents(path, report):
        try:
            about = part(document, "metadata")
            barcode = text(part(document, "product_id"), "id").strip()
            name = clean(text(about, "name"))
            if not barcode and not name:
                raise Damaged("has neither a barcode nor a name")
            found.append(Listing(line, barcode, name, text(about, "weight"), text(about, "price")))
        except Damaged as damage:
            report.add(path.name, f"product lost: {damage}", "", line, "damaged documents")
    return found


def read_planogram(path: Path, report: Report) -> list[tuple[int, str, list[PlateKey]]]:
    """Line, barcode and plates of every document of `planogram` that names a product."""
    found = []
    empty = 0
    for line, document in read_documents(path, report):
        try:
            barcode = text(part(document, "planogram_product_id"), "id").strip()
            keys = [_key(plate) for plate in listing(document, "plate_ids")]
        except Damaged as damage:
            report.add(path.name, f"planogram row lost: {damage}", "", line, "damaged documents")
            continue
        if not barcode:
            empty += 1
        elif not keys:
            report.add(path.name, f"product {barcode} without plates, left out", "", line, "planogram rows without plates")
        else:
            if len({key[:2] for key in keys}) > 1:
                report.add(
                    path.name,
                    f"product {barcode} lies on several shelves in one row, split",
                    "",
                    line,
                    "rows over several shelves",
                )
            found.append((line, barcode, keys))
    if empty:
        report.add(path.name, f"{empty} planogram rows name no product: nothing is meant to lie there")
    return found


def _key(plate: object) -> PlateKey:
    if not isinstance(plate, dict):
        raise Damaged("a plate id is not an object")
    return plate_key(plate)


def export_catalogue(products: Path, planogram: Path, report: Report) -> tuple[Catalogue, Places]:
    """Products and places of the export layout. A product only the planogram knows is added with unknown weight."""
    listings = read_listings(products, report)
    rows = read_planogram(planogram, report)
    pairs = [(item.barcode, item.name) for item in listings] + [(barcode, "") for _, barcode, _ in rows]
    identities = identify(pairs, products.name, report)
    catalogue = build_catalogue(_identified(listings, identities), products.name, report)
    places: Places = {}
    for line, barcode, keys in rows:
        identity = identities[barcode]
        if identity.sku not in catalogue.products:
            catalogue.add_unknown(identity, planogram.name, line)
        places.setdefault(identity.sku, []).extend(keys)
    return catalogue, places


def _identified(listings: list[Listing], identities: dict[str, Identity]) -> Iterator[Row]:
    for item in listings:
        identity = identities[item.barcode] if item.barcode else Identity(stand_in_sku(item.name), "")
        yield Row(item.line, identity, item.name, item.weight, item.price)


@dataclass(frozen=True)
class _CsvRow:
    line: int
    name: str
    place: PlateKey | None
    weight: str
    price: str


def csv_catalogue(path: Path, names_from: Path | None, report: Report) -> tuple[Catalogue, Places]:
    """Products and places of the CSV layout, with the barcodes that another catalogue gives to the same names."""
    rows = _read_csv(path, report)
    known = _by_name(names_from, report) if names_from else {}
    chosen = {row.name: next((known[key] for key in name_keys(row.name) if key in known), []) for row in rows}
    identities = {name: _barcode_of(name, found, path.name, report) for name, found in chosen.items()}
    without = [name for name, found in chosen.items() if not found]
    if without:
        what = f"{len(without)} of {len(chosen)} names have no barcode in {names_from.name if names_from else 'any catalogue'}"
        report.add(path.name, f"{what}; a stable sku was made from the name", names=without)
    catalogue = build_catalogue(
        (Row(row.line, identities[row.name], row.name, row.weight, row.price) for row in rows), path.name, report
    )
    places: Places = {}
    for row in rows:
        if row.place is not None:
            places.setdefault(identities[row.name].sku, []).append(row.place)
    return catalogue, places


def _by_name(path: Path, report: Report) -> dict[str, list[Identity]]:
    listings = [item for item in read_listings(path, report) if item.barcode]
    identities = identify([(item.barcode, item.name) for item in listings], path.name, report)
    found: dict[str, list[Identity]] = {}
    for item in listings:
        for key in dict.fromkeys(name_keys(item.name)):
            same = found.setdefault(key, [])
            if identities[item.barcode] not in same:
                same.append(identities[item.barcode])
    return found


def _barcode_of(name: str, found: list[Identity], where: str, report: Report) -> Identity:
    if not found:
        return Identity(stand_in_sku(name), "")
    if len(found) > 1:
        codes = ", ".join(identity.sku for identity in found)
        what = f"{name!r} has {len(found)} barcodes ({codes}): {found[0].sku} was taken"
        report.add(where, what, "correct catalogue.csv if it is another one", kind="ambiguous names")
    return found[0]


def _read_csv(path: Path, report: Report) -> list[_CsvRow]:
    if path.stat().st_size > PLAN_FILE_BYTES_MAX:
        raise InputProblems([Problem(path.name, 0, f"larger than {PLAN_FILE_BYTES_MAX} bytes", "this is not a catalogue")])
    raw = path.read_bytes()
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        content = raw.decode("utf-8-sig", "replace")
        report.add(path.name, "holds bytes that are not UTF-8; they read as \N{REPLACEMENT CHARACTER}", "save it as UTF-8")
    rows = list(_rows(content.replace("\r\n", "\n").replace("\r", "\n").split("\n"), path.name, report))
    header = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    missing = [name for name in ("name", "gondola", "shelf", "plate", "weight") if name not in header]
    if missing:
        remedy = "the first line must be Name,Gondola,Shelf,Plate,Weight,Price (more columns are ignored)"
        raise InputProblems([Problem(path.name, 1, f"columns missing: {', '.join(missing)}", remedy)])
    found = []
    for line, cells in rows[1:]:
        row = _csv_row(line, dict(zip(header, cells, strict=False)), len(cells) == len(header), path.name, report)
        if row is not None:
            found.append(row)
    return found


def _rows(lines: list[str], where: str, report: Report) -> Iterator[tuple[int, list[str]]]:
    """Rows with their first line. A quote that never closes costs its own line, not the rest of the file."""
    index = 0
    while index < len(lines):
        taken, cells = _one_row(lines, index)
        if cells is None:
            report.add(where, f"a quote never closes, line lost: {lines[index][:50]!r}", "", index + 1, "damaged rows")
        elif any(cell.strip() for cell in cells):
            yield index + 1, cells
        index += taken


def _one_row(lines: list[str], index: int) -> tuple[int, list[str] | None]:
    for taken in range(1, _LINES_PER_ROW_MAX + 1):
        piece = "\n".join(lines[index : index + taken])
        if piece.count('"') % 2 == 0:
            return taken, _cells(piece)
        if index + taken >= len(lines):
            break
    return 1, None


def _cells(piece: str) -> list[str] | None:
    try:
        rows = list(csv.reader(io.StringIO(piece, newline="")))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else ([] if not rows else None)


def _csv_row(line: int, cells: dict[str, str], complete: bool, where: str, report: Report) -> _CsvRow | None:
    name = clean(cells.get("name", ""))
    if not complete or not name:
        what = "has no name" if complete else "has another number of columns than the first line"
        report.add(where, f"row lost: it {what}", "", line, "damaged rows")
        return None
    return _CsvRow(line, name, _place(cells, name, line, where, report), cells["weight"], cells.get("price", ""))


def _place(cells: dict[str, str], name: str, line: int, where: str, report: Report) -> PlateKey | None:
    """Gondola, shelf and plate; None where the product is on no shelf (-1) or the row does not say it in whole numbers."""
    try:
        gondola, shelf, plate = (int(cells[column]) for column in ("gondola", "shelf", "plate"))
    except ValueError:
        what = f"the place of {name!r} is no three whole numbers: taken as on no shelf"
        report.add(where, what, "", line, "damaged places")
        return None
    numbers = (gondola, shelf, plate)
    if all(number == -1 for number in numbers):
        return None
    if any(number < 0 for number in numbers):
        report.add(where, f"the place of {name!r} is half given {numbers}: taken as on no shelf", "", line, "damaged places")
        return None
    return numbers
