"""The shop of a day: geometry, catalogue and planogram as one plan, also for the labelled cases without public readings."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

from saunter.adapters.datasets.nanostore.catalogue import CURRENCY, TAX_CODE, Catalogue, facings_of
from saunter.adapters.datasets.nanostore.documents import find_export
from saunter.adapters.datasets.nanostore.geometry import Geometry, load_geometry
from saunter.adapters.datasets.nanostore.products import Places, csv_catalogue, export_catalogue
from saunter.adapters.datasets.nanostore.report import Report
from saunter.adapters.datasets.nanostore.timeline import STORE
from saunter.base.errors import InputProblems, Problem
from saunter.plan import Plan, Policies, Tax

#: The competition counts a missed item and a false one alike, so the likelier of the two is billed; no money is moved.
CHARGE_THRESHOLD: Final = 0.5
#: The tracker runs seconds behind the scales: what a party took just before it was last seen may still come.
LAST_SIGHTING_GRACE_MS: Final = 5000
#: The cases whose names begin so happened on the planogram of this file; all others on that of April 2020.
_TESTS: Final = "cps-test-"
_TESTS_FILE: Final = "products-tests-2-24.csv"
_APRIL_STEM: Final = "planogram-2020-04"


def assembled_plan(geometry: Geometry, catalogue: Catalogue, places: Places, report: Report) -> Plan:
    """One plan from the furniture, the products, and where they lie. There are no gates: the source has none."""
    return Plan(
        store=STORE,
        name="NanoStore",
        currency=CURRENCY,
        locale="en-US",
        timezone="America/Los_Angeles",
        floor_m=geometry.floor_m,
        gates={},
        fixtures=geometry.fixtures,
        shelves=geometry.shelves,
        plates=geometry.plates,
        cameras={},
        products=catalogue.products,
        facings=facings_of(places, geometry, catalogue.where, report),
        taxes={TAX_CODE: Tax(TAX_CODE, Decimal(0), included=True)},
        policies=Policies(charge_threshold=CHARGE_THRESHOLD, exit_grace_ms=LAST_SIGHTING_GRACE_MS),
    )


def day_of(case: str) -> str:
    """The day of a labelled case by its name, as `plan_of_day` takes it: `tests` or `2020-04`."""
    return "tests" if case.startswith(_TESTS) else "2020-04"


def plan_of_day(store: Path, day: str) -> tuple[Plan, tuple[Problem, ...]]:
    """The shop of a day from the folder with its geometry, and everything met in the files.

    Raises InputProblems when the folder lacks a file.
    """
    report = Report()
    products = find_export(store, "products", report)
    planogram = find_export(store, _APRIL_STEM, report)
    tests = store / _TESTS_FILE
    if day == "tests":
        _check(store, {_TESTS_FILE: tests.is_file(), "products.jsonl": products is not None})
        catalogue, places = csv_catalogue(tests, products, report)
    else:
        if products is None or planogram is None:
            _check(store, {"products.jsonl": products is not None, f"{_APRIL_STEM}.jsonl": planogram is not None})
            raise InputProblems([])
        catalogue, places = export_catalogue(products, planogram, report)
    plan = assembled_plan(load_geometry(store, report), catalogue, places, report)
    return plan, report.problems()


def _check(store: Path, files: dict[str, bool]) -> None:
    missing = [name for name, is_there in files.items() if not is_there]
    if missing:
        remedy = "give the folder with the geometry, products and planograms with --store STOREDIR"
        raise InputProblems([Problem(str(store), 0, f"{name} is missing", remedy) for name in missing])
