"""A plan written as its three texts: the inverse of `parse_plan`, always the same text for the same plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from saunter.base.money import to_decimal_text
from saunter.base.time import format_iso
from saunter.plan import catalogue, planogram
from saunter.plan.files import CATALOGUE_FILE, PLANOGRAM_FILE, STORE_FILE
from saunter.plan.sheets import Sheet
from saunter.plan.toml_text import Value, pairs, table
from saunter.plan.types import Plan, Product, Promotion
from saunter.plan.write_layout import fixture_lines

_DIVIDING = re.compile(r'[",\r\n]')


def plan_texts(plan: Plan) -> dict[str, str]:
    """The texts `store.toml`, `catalogue.csv` and `planogram.csv` of a plan, so that `parse_plan` gives it back.

    Frames, `along_m` and the widths of equal plates come back within a nanometre, everything else exactly; plates of a
    shelf come back sorted by `along_m`. The place and clearance of a shelf without plates are not part of a plan and are
    made up. Raises ValueError when the plan contradicts itself (a plate or shelf that its fixture does not list) or holds
    a frame that is not a rotation.
    """
    return {
        STORE_FILE: "\n".join(_store_lines(plan)) + "\n",
        CATALOGUE_FILE: _csv_text(catalogue.SHEET, (_product_values(product) for product in plan.products.values())),
        PLANOGRAM_FILE: _csv_text(
            planogram.SHEET, ({"sku": facing.sku, "plates": " ".join(facing.plates)} for facing in plan.facings)
        ),
    }


def _store_lines(plan: Plan) -> Iterator[str]:
    yield from table("[store]", id=plan.store, name=plan.name, currency=plan.currency, locale=plan.locale)
    yield from pairs(timezone=plan.timezone, price_rounding=plan.price_rounding)
    yield from table("\n[floor]", polygon_m=plan.floor_m)
    policies = {name: getattr(plan.policies, name) for name in plan.policies.__dataclass_fields__}
    yield from table("\n[policies]", **policies)
    for tax in plan.taxes.values():
        yield from table("\n[[taxes]]", code=tax.code, rate=_plain(tax.rate), included=tax.included)
    for promotion in plan.promotions.values():
        yield from table("\n[[promotions]]", **_promotion_values(promotion))
    for gate in plan.gates.values():
        yield from table("\n[[gates]]", id=gate.id, kind=gate.kind, position_m=(gate.x_m, gate.y_m))
    for camera in plan.cameras.values():
        yield from table(
            "\n[[cameras]]", id=camera.id, position_m=camera.position_m, target_m=camera.target_m, fov_deg=camera.fov_deg
        )
    yield from fixture_lines(plan)


def _promotion_values(promotion: Promotion) -> dict[str, Value]:
    """The keys of a promotion: of those that belong to a kind only its own."""
    limits = (("from", promotion.since), ("until", promotion.until))
    own: dict[str, Value] = {"id": promotion.id, "name": promotion.name, "skus": promotion.skus, "kind": promotion.kind}
    if promotion.kind == "percent":
        own["percent"] = _plain(promotion.percent)
    if promotion.kind in ("bundle", "cheapest free"):
        own["pieces"] = promotion.pieces
    own |= {key: to_decimal_text(money) for key, money in (("amount", promotion.amount), ("price", promotion.price)) if money}
    return own | {key: format_iso(instant) for key, instant in limits if instant is not None}


def _plain(value: Decimal) -> str:
    return format(value, "f")


def _product_values(product: Product) -> dict[str, str]:
    return {
        "sku": product.sku,
        "gtin": product.gtin,
        "name": product.name,
        "price": to_decimal_text(product.price),
        "tax_code": product.tax_code,
        "unit": product.sold_by,
        "grams": _grams(product.weight.mean_g),
        "grams_sd": _grams(product.weight.sd_g),
        "flags": " ".join(product.flags),
    }


def _grams(value: float | None) -> str:
    return "" if value is None else repr(float(value)).removesuffix(".0")


def _csv_text(sheet: Sheet, rows: Iterable[dict[str, str]]) -> str:
    lines = (",".join(_quoted(row[column]) for column in sheet.columns) for row in rows)
    return "".join(f"{line}\n" for line in (sheet.header, *lines))


def _quoted(value: str) -> str:
    """A value of a CSV row; quoted where a reader could take it apart, also at a lone carriage return."""
    return '"' + value.replace('"', '""') + '"' if _DIVIDING.search(value) else value
