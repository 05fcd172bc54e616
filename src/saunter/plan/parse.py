"""The three texts of a plan folder, read into one `Plan`, or every mistake in them at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from saunter.base.errors import InputProblems, Problem
from saunter.base.limits import PLAN_FILE_BYTES_MAX
from saunter.plan.catalogue import read_catalogue
from saunter.plan.files import CATALOGUE_FILE, PLAN_FILES, PLANOGRAM_FILE, STORE_FILE
from saunter.plan.planogram import read_planogram
from saunter.plan.promotions import strange_goods
from saunter.plan.schema import StoreTable
from saunter.plan.store import StoreReading, read_store
from saunter.plan.types import Facing, Plan, Product

_BYTE_ORDER_MARK: Final = "\ufeff"
_WHAT: Final = {
    STORE_FILE: "it describes the floor, the gates and the shelves",
    CATALOGUE_FILE: "it lists the products; the header alone is enough to begin with",
    PLANOGRAM_FILE: "it says which product lies where; the header alone is enough to begin with",
}


def parse_plan(texts: Mapping[str, str]) -> Plan:
    """The shop that the texts `store.toml`, `catalogue.csv` and `planogram.csv` (keys of `texts`) describe.

    Raises `InputProblems` with every mistake of all three files, in the order of the files and their lines. Other keys
    of `texts` are mistakes too, so that a misspelt file name is noticed.
    """
    problems: list[Problem] = []
    usable = _usable(texts, problems)
    store = read_store(usable[STORE_FILE]) if STORE_FILE in usable else StoreReading()
    problems.extend(store.problems)
    products, facings = _read_sheets(usable, store, problems)
    if problems or store.store is None:
        raise InputProblems(_in_order(problems))
    return _assembled(store.store, store, products, facings)


def _usable(texts: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    for name in sorted(set(texts) - set(PLAN_FILES)):
        problems.append(Problem(name, 0, "no plan has a file of this name", f"a plan is {', '.join(PLAN_FILES)}"))
    usable: dict[str, str] = {}
    for name in PLAN_FILES:
        if name not in texts:
            problems.append(Problem(name, 0, "the file is missing", f"add it to the plan's folder: {_WHAT[name]}"))
        elif len(texts[name]) > PLAN_FILE_BYTES_MAX:
            what = f"the file has {len(texts[name]):,} characters"
            problems.append(Problem(name, 0, what, f"a plan file may have at most {PLAN_FILE_BYTES_MAX:,} bytes"))
        else:
            usable[name] = texts[name].removeprefix(_BYTE_ORDER_MARK)
    return usable


def _read_sheets(
    usable: Mapping[str, str], store: StoreReading, problems: list[Problem]
) -> tuple[dict[str, Product], tuple[Facing, ...]]:
    products: dict[str, Product] = {}
    skus: Mapping[str, int] | None = None
    if CATALOGUE_FILE in usable:
        currency = store.store.currency if store.store is not None else ""
        catalogue = read_catalogue(usable[CATALOGUE_FILE], currency, store.tax_codes if store.is_toml else None)
        problems.extend(catalogue.problems)
        products = catalogue.products
        skus = catalogue.declared if catalogue.is_whole else None
        problems.extend(strange_goods(store.promotions, skus))
    facings: tuple[Facing, ...] = ()
    if PLANOGRAM_FILE in usable:
        facings = read_planogram(usable[PLANOGRAM_FILE], skus, store.layout if store.is_toml else None, problems)
    return products, facings


def _in_order(problems: list[Problem]) -> list[Problem]:
    rank = {name: number for number, name in enumerate(PLAN_FILES)}
    return sorted(dict.fromkeys(problems), key=lambda problem: (rank.get(problem.where, len(rank)), problem.line))


def _assembled(table: StoreTable, store: StoreReading, products: dict[str, Product], facings: tuple[Facing, ...]) -> Plan:
    return Plan(
        store=table.id,
        name=table.name if "name" in table.model_fields_set else table.id,
        currency=table.currency,
        locale=table.locale,
        timezone=table.timezone,
        floor_m=store.floor_m,
        gates=store.gates,
        fixtures=store.layout.fixtures,
        shelves=store.layout.shelves,
        plates=store.layout.plates,
        cameras=store.cameras,
        products=products,
        facings=facings,
        taxes=store.taxes,
        policies=store.policies,
        price_rounding=table.price_rounding,
        promotions=store.promotions.sound,
    )
