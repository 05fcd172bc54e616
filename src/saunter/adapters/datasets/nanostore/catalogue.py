"""Products and facings from either layout: weights that are unknown, rows that disagree, names without barcodes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from saunter.adapters.datasets.nanostore.barcodes import Identity
from saunter.adapters.datasets.nanostore.geometry import Geometry, PlateKey
from saunter.adapters.datasets.nanostore.report import Report, some
from saunter.base.money import Money, exponent
from saunter.plan import Facing, Product, Weight

CURRENCY: Final = "USD"
TAX_CODE: Final = "none"
#: A product without a price costs one dollar, as nearly all of this catalogue do.
_PRICE_DEFAULT: Final = Decimal(1)
_PRICE_MAX: Final = Decimal(100_000)
#: Nothing packaged weighs less than a gram, and a plate's quantum is a quarter of one: such a number is not grams.
_WEIGHT_MIN_G: Final = 1.0
#: What one person may lift at work (25 kg, EU guidance): heavier is not taken from a shelf.
_WEIGHT_MAX_G: Final = 25_000.0


@dataclass(frozen=True)
class Row:
    """One row of a catalogue as written. `weight` and `price` are texts; empty: the source says nothing."""

    line: int
    identity: Identity
    name: str
    weight: str
    price: str


@dataclass
class Catalogue:
    """Products in the making, keyed by sku in the order of the file."""

    where: str
    report: Report
    products: dict[str, Product] = field(default_factory=dict)

    def add_unknown(self, identity: Identity, where: str, line: int) -> None:
        """A product that only the planogram knows: its weight and name are unknown."""
        what = f"product {identity.sku} is in the planogram but not in the catalogue: added with unknown weight"
        self.report.add(where, what, "", line, "products without a catalogue row")
        self.products[identity.sku] = Product(identity.sku, identity.sku, _default_price(), Weight(), identity.gtin, TAX_CODE)


def build_catalogue(rows: Iterable[Row], where: str, report: Report) -> Catalogue:
    """One product per sku; repeated rows that disagree are reported with what was chosen."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.identity.sku, []).append(row)
    catalogue = Catalogue(where, report)
    unknown: list[str] = []
    unpriced: list[str] = []
    for sku, group in groups.items():
        weight = _weight(group, where, report)
        price = _price(group, where, report)
        if weight is None:
            unknown.append(sku)
        if price is None:
            unpriced.append(sku)
        _compare_names(group, where, report)
        name = next((row.name for row in group if row.name), sku)
        catalogue.products[sku] = Product(sku, name, price or _default_price(), Weight(weight), group[0].identity.gtin, TAX_CODE)
    if unknown:
        report.add(where, f"{len(unknown)} products have no usable weight (0 means unknown)", names=unknown)
    if unpriced:
        report.add(where, f"{len(unpriced)} products have no price, {_PRICE_DEFAULT} {CURRENCY} was set", names=unpriced)
    return catalogue


def _weight(group: list[Row], where: str, report: Report) -> float | None:
    usable: Counter[float] = Counter()
    for row in group:
        grams = _grams(row, where, report)
        if grams is not None:
            usable[grams] += 1
    given = {row.weight for row in group}
    chosen = max(usable, key=lambda grams: (usable[grams], grams >= 5 * _WEIGHT_MIN_G)) if usable else None
    if len({_comparable(text) for text in given}) > 1:
        taken = "unknown" if chosen is None else f"{chosen:g}"
        what = f"product {group[0].identity.sku} has rows that disagree on grams ({some(sorted(given))}): {taken} was taken"
        report.add(where, what, "weigh it and correct catalogue.csv", group[-1].line, "rows that disagree")
    return chosen


def _comparable(text: str) -> float | str:
    try:
        return float(text or "0")
    except ValueError:
        return text


def _grams(row: Row, where: str, report: Report) -> float | None:
    """The grams of a row, None where unknown (zero or nothing) or unusable (reported)."""
    if not row.weight.strip():
        return None
    try:
        grams = float(row.weight)
    except ValueError:
        grams = math.nan
    if grams == 0:
        return None
    if _WEIGHT_MIN_G <= grams <= _WEIGHT_MAX_G:
        return grams
    if not math.isfinite(grams):
        why = "is no number"
    else:
        why = "is negative" if grams < 0 else f"is not between {_WEIGHT_MIN_G:g} and {_WEIGHT_MAX_G:g} g"
    what = f"product {row.identity.sku}: weight {row.weight[:40]!r} {why}, taken as unknown"
    report.add(where, what, "weigh it and correct catalogue.csv", row.line, "impossible weights")
    return None


def _price(group: list[Row], where: str, report: Report) -> Money | None:
    prices = [price for row in group if (price := _amount(row, where, report)) is not None]
    if len(set(prices)) > 1:
        shown = some(sorted({str(price) for price in prices}))
        what = f"product {group[0].identity.sku} has rows that disagree on the price ({shown}): {prices[0]} was taken"
        report.add(where, what, "correct catalogue.csv", group[-1].line, "rows that disagree")
    return prices[0] if prices else None


def _amount(row: Row, where: str, report: Report) -> Money | None:
    if not row.price.strip():
        return None
    try:
        amount = Decimal(row.price.strip())
    except InvalidOperation:
        amount = Decimal("nan")
    if amount == 0:
        return None
    if not amount.is_finite() or not 0 < amount <= _PRICE_MAX:
        what = f"product {row.identity.sku}: price {row.price[:40]!r} is no amount up to {_PRICE_MAX}, left out"
        report.add(where, what, "correct catalogue.csv", row.line, "impossible prices")
        return None
    minor = amount.scaleb(exponent(CURRENCY))
    whole = minor.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if whole != minor:
        what = f"product {row.identity.sku}: price {row.price[:40]} rounded half up to whole cents"
        report.add(where, what, "", row.line, "rounded prices")
    return Money(int(whole), CURRENCY) if whole else None


def _default_price() -> Money:
    return Money(int(_PRICE_DEFAULT.scaleb(exponent(CURRENCY))), CURRENCY)


def _compare_names(group: list[Row], where: str, report: Report) -> None:
    names = list(dict.fromkeys(row.name for row in group if row.name))
    if len(names) > 1:
        what = f"product {group[0].identity.sku} has several names ({', '.join(map(repr, names[:5]))}): the first was taken"
        report.add(where, what, "", group[-1].line, "rows that disagree")


def facings_of(places: Mapping[str, Iterable[PlateKey]], geometry: Geometry, where: str, report: Report) -> tuple[Facing, ...]:
    """Facings from the plates of each sku: one for every run of neighbouring plates of one shelf, left to right."""
    facings: list[Facing] = []
    lost: list[PlateKey] = []
    owners: dict[PlateKey, list[str]] = {}
    for sku, keys in places.items():
        known = sorted({key for key in keys if key in geometry.plate_ids})
        lost += sorted({key for key in keys if key not in geometry.plate_ids})
        for key in known:
            owners.setdefault(key, []).append(sku)
        facings += [Facing(sku, run) for run in _runs(known, geometry)]
    if lost:
        report.add(
            where,
            f"{len(lost)} places of products are no plate of the geometry, left out",
            names=(f"g{g}s{s}p{p}" for g, s, p in lost),
        )
    shared = {key: skus for key, skus in owners.items() if len(skus) > 1}
    if shared:
        names = (f"{geometry.plate_ids[key]} ({', '.join(skus)})" for key, skus in shared.items())
        report.add(where, f"{len(shared)} plates hold several products, all kept", names=names)
    return tuple(sorted(facings, key=lambda facing: (_place(facing.plates[0], geometry), facing.sku)))


def _place(plate: str, geometry: Geometry) -> tuple[int, int]:
    shelf = geometry.plates[plate].shelf
    return list(geometry.shelves).index(shelf), geometry.shelves[shelf].plates.index(plate)


def _runs(keys: list[PlateKey], geometry: Geometry) -> Iterable[tuple[str, ...]]:
    """Maximal runs of neighbours: plates that follow each other from left to right on one shelf."""
    ids = sorted((geometry.plate_ids[key] for key in keys), key=lambda plate: _place(plate, geometry))
    run: list[str] = []
    for plate in ids:
        shelf, place = _place(plate, geometry)
        if run and _place(run[-1], geometry) != (shelf, place - 1):
            yield tuple(run)
            run = []
        run.append(plate)
    if run:
        yield tuple(run)
