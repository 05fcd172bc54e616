"""One folder of the NanoStore into a plan, readings, truth, and a report of everything met on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from saunter.adapters.datasets.nanostore.catalogue import Catalogue
from saunter.adapters.datasets.nanostore.channels import Channels
from saunter.adapters.datasets.nanostore.days import assembled_plan
from saunter.adapters.datasets.nanostore.documents import find_export
from saunter.adapters.datasets.nanostore.geometry import Geometry, find_store, load_geometry
from saunter.adapters.datasets.nanostore.people import Sightings, read_people
from saunter.adapters.datasets.nanostore.products import Places, csv_catalogue, export_catalogue
from saunter.adapters.datasets.nanostore.report import Report
from saunter.adapters.datasets.nanostore.spool import Ordered, Spool
from saunter.adapters.datasets.nanostore.timeline import PEOPLE, STORE, Timeline
from saunter.adapters.datasets.nanostore.truth import read_truth
from saunter.adapters.datasets.nanostore.weights_csv import find_csv, read_csv_weights, weights_name
from saunter.adapters.datasets.nanostore.weights_export import describe_export_clocks, read_export_weights
from saunter.base.errors import InputProblems, Problem
from saunter.base.ids import RESERVED_PARTIES, is_name
from saunter.plan import Plan
from saunter.records import AnyRecord, Truth

_DECLARE: Final = "give --party ID to declare one party present for the whole recording, for example --party p1"


@dataclass(frozen=True)
class Imported:
    """What an import gives: the shop, its readings by arrival, every trap met, and the truth where it is known.

    `report` is all of what was met, `brief` the same on one screen. `records` reads from a temporary file while it is
    iterated, once. `started` and `ended` (ns UTC) span the readings.
    """

    plan: Plan
    records: Iterator[AnyRecord]
    report: tuple[Problem, ...]
    brief: tuple[Problem, ...]
    truth: tuple[Truth, ...]
    started: int
    ended: int


@dataclass(frozen=True)
class _Source:
    """What either layout gave."""

    where: str
    channels: Channels
    ordered: Ordered
    catalogue: Catalogue
    places: Places
    seen: Sightings | None


def import_nanostore(folder: Path, store: Path | None = None, data: Path | None = None, party: str | None = None) -> Imported:
    """Read a folder in either layout of the NanoStore (docs/nanostore.md).

    The geometry comes from `store`, else `folder/../store`, else `data/nanostore/store`. `party` declares one party present
    throughout; it is needed where no tracked people say who was there. Raises InputProblems with all that must be put right.
    """
    report = Report()
    export, channel_files = _layout(folder, party, report)
    geometry_folder = find_store(folder, store, data)
    geometry = load_geometry(geometry_folder, report)
    if export is not None:
        source = _read_export(folder, export, geometry_folder, geometry, report)
    else:
        source = _read_csv(folder, channel_files, geometry_folder, geometry, report)
    declared = _declared(party, source, folder, report)
    plan = assembled_plan(geometry, source.catalogue, source.places, report)
    truth = _truth(folder, declared, plan, geometry=geometry, source=source, report=report)
    _last_words(source, declared, report)
    ordered = source.ordered
    records = iter(Timeline(ordered, source.channels, declared))
    return Imported(plan, records, report.problems(), report.in_brief(), truth, ordered.started, ordered.ended)


def _layout(folder: Path, party: str | None, report: Report) -> tuple[Path | None, list[Path]]:
    """The weights of the layout this folder has; complains about the folder and the party before anything long begins."""
    problems = []
    if party is not None and (not is_name(party) or party in RESERVED_PARTIES):
        remedy = "use 1-128 letters, digits and _ . - /, for example --party p1"
        problems.append(Problem("--party", 0, f"{party!r} cannot name a party", remedy))
    export = find_export(folder, "plate_data", report) if folder.is_dir() else None
    channel_files = find_csv(folder) if folder.is_dir() else []
    if not export and not channel_files:
        remedy = "give a folder with weights.tar.gz and products.csv, or with plate_data.json and full_targets.json"
        problems.append(Problem(str(folder), 0, "no plate weights here" if folder.is_dir() else "no such folder", remedy))
    if export and channel_files:
        problems.append(
            Problem(str(folder), 0, f"holds both {export.name} and {channel_files[0].name}", "keep one layout per folder")
        )
    if channel_files and not export:
        if not (folder / "products.csv").is_file():
            problems.append(Problem(str(folder), 0, "products.csv is missing", "put it beside the weights"))
        if party is None:
            problems.append(Problem(str(folder), 0, "nothing here says who was in the shop", _DECLARE))
    if problems:
        raise InputProblems(problems)
    return export, channel_files


def _read_csv(folder: Path, files: list[Path], store: Path, geometry: Geometry, report: Report) -> _Source:
    spool = Spool()
    where = weights_name(files)
    channels = read_csv_weights(files, geometry, spool, report)
    ordered = _ordered(spool, dict.fromkeys(geometry.gondolas(), where), where, report)
    names_from = find_export(store, "products", report)
    if names_from is None:
        report.add(str(store), "no products.jsonl: no product gets a barcode", "put the shop's product list beside its geometry")
    catalogue, places = csv_catalogue(folder / "products.csv", names_from, report)
    return _Source(where, channels, ordered, catalogue, places, None)


def _read_export(folder: Path, weights: Path, store: Path, geometry: Geometry, report: Report) -> _Source:
    spool = Spool()
    channels = read_export_weights(weights, geometry, spool, report)
    targets = find_export(folder, "full_targets", report)
    seen = read_people(targets, PEOPLE, spool, report) if targets else None
    where = dict.fromkeys(geometry.gondolas(), weights.name) | {PEOPLE: targets.name if targets else ""}
    ordered = _ordered(spool, where, weights.name, report)
    starts, ends = (
        {gondola: ordered.of(gondola, column) for gondola in geometry.gondolas()} for column in ("happened", "arrived")
    )
    describe_export_clocks(starts, ends, weights.name, report)
    products = _beside_or_in_store(folder, store, "products", ("products",), report)
    planogram = _beside_or_in_store(folder, store, "planogram", ("planogram", "planogram-2020-04"), report)
    catalogue, places = export_catalogue(products, planogram, report)
    return _Source(weights.name, channels, ordered, catalogue, places, seen)


def _ordered(spool: Spool, where: dict[int, str], weights: str, report: Report) -> Ordered:
    ordered = spool.ordered(where, report)
    if not any(len(ordered.of(stream, "happened")) for stream in where if stream != PEOPLE):
        found = report.problems()
        raise InputProblems([*found, Problem(weights, 0, "no usable weights", "check that these are the files of this shop")])
    return ordered


def _beside_or_in_store(folder: Path, store: Path, stem: str, store_stems: tuple[str, ...], report: Report) -> Path:
    found = find_export(folder, stem, report)
    for name in store_stems if found is None else ():
        found = find_export(store, name, report)
        if found is not None:
            report.add(
                str(folder),
                f"no {stem}.json: the shop's own {found.name} was used",
                f"put the {stem} of that day beside the weights",
            )
            break
    if found is None:
        raise InputProblems(
            [Problem(str(folder), 0, f"{stem}.json is missing, and the store folder has none", f"export the {stem} too")]
        )
    return found


def _declared(party: str | None, source: _Source, folder: Path, report: Report) -> str:
    """The declared party where nobody was tracked, else empty: then every target is a party of its own."""
    seen = source.seen
    if seen is not None and seen.targets:
        if party is not None:
            report.add("--party", f"{party} is not used: full_targets says who was there")
        return ""
    if party is None:
        what = "full_targets.json is missing" if seen is None else "full_targets.json shows nobody"
        raise InputProblems([Problem(str(folder), 0, f"{what}, so nothing says who was in the shop", _DECLARE)])
    return party


def _truth(folder: Path, declared: str, plan: Plan, *, geometry: Geometry, source: _Source, report: Report) -> tuple[Truth, ...]:
    path = folder / "truth.json"
    if not path.is_file():
        return ()
    ordered = source.ordered
    truth = read_truth(path, STORE, declared, plan.products, geometry=geometry, ended=ordered.ended, report=report)
    outside = sum(not ordered.started <= record.happened <= ordered.ended for record in truth)
    if outside:
        report.add(path.name, f"{outside} labelled actions lie outside the recording", "is this the truth of another recording?")
    return truth


def _last_words(source: _Source, declared: str, report: Report) -> None:
    if declared:
        report.add("--party", f"{declared} is declared present from the first sample to the last; there are no gates")
    elif source.seen is not None:
        parties = ", ".join(f"{name or 'unnamed'} ({count} frames)" for name, count in list(source.seen.targets.items())[:20])
        report.add("full_targets", f"{len(source.seen.targets)} tracked parties, no gates: {parties}")
    report.add(
        source.where, "an import is a log stamped anew: everything arrives when its last part happened, in order of that time"
    )
    report.add(source.where, "plates are not zeroed: only differences of weight mean anything")
