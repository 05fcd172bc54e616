"""Doubts about what is sold and where it lies: barcodes, weights, facings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from saunter.base.errors import Problem
from saunter.plan.files import CATALOGUE_FILE, PLANOGRAM_FILE
from saunter.plan.types import Plan, Product
from saunter.plan.words import grams, listed

#: Products that differ by less are told apart by grams only with luck: catalogues lie by several per cent.
AMBIGUOUS_G: Final = 10.0
#: One piece that a shopper carries weighs between these.
LIGHTEST_G: Final = 1.0
HEAVIEST_G: Final = 30_000.0
#: A standard deviation beyond this fraction of the mean says that the two columns were mixed up.
_SPREAD_MAX: Final = 0.5
#: The shortest barcode with a check digit is a GTIN-8; leading zeros are padding.
_GTIN_DIGITS_MIN: Final = 8
_PAIRS_EXPLAINED_MAX: Final = 6
_NEXT_COMPARED: Final = 20


def goods_warnings(plan: Plan) -> Iterator[Problem]:
    """Doubts about the catalogue, then about the planogram."""
    for product in plan.products.values():
        if product.sold_by != "piece":
            what = f"{product.sku}: goods sold by weight are not recognised on shelves yet, and so never charged"
            yield _catalogue(what, "sell it by the piece, or at a till")
        yield from _barcode(product)
        yield from _weight(product)
    yield from _shared_barcodes(plan)
    yield from _untaxed(plan)
    yield from _facings(plan)
    for shelf in plan.shelves:
        yield from _ambiguous(plan, shelf)


def check_digit(digits: str) -> int:
    """The GS1 check digit that belongs after `digits` (all but the last of a GTIN): weights 3, 1, 3, ... from the right."""
    return -sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))) % 10


def _catalogue(what: str, remedy: str) -> Problem:
    return Problem(CATALOGUE_FILE, 0, what, remedy)


def _planogram(what: str, remedy: str) -> Problem:
    return Problem(PLANOGRAM_FILE, 0, what, remedy)


def _barcode(product: Product) -> Iterator[Problem]:
    digits = product.gtin.lstrip("0")
    if not product.gtin:
        return
    if len(digits) < _GTIN_DIGITS_MIN:
        what = f"{product.sku}: the gtin {product.gtin} has {len(digits)} digits, too few for a barcode with a check digit"
        yield _catalogue(what, "it is kept as it is; is it an in-house number, or a UPC-E without its check digit?")
    elif check_digit(product.gtin[:-1]) != int(product.gtin[-1]):
        what = f"{product.sku}: the check digit of gtin {product.gtin} should be {check_digit(product.gtin[:-1])}"
        yield _catalogue(what, "it is kept as it is; compare it with the package")


def _weight(product: Product) -> Iterator[Problem]:
    mean_g, sd_g = product.weight.mean_g, product.weight.sd_g
    if mean_g is not None and not LIGHTEST_G <= mean_g <= HEAVIEST_G:
        what = f"{product.sku}: one piece weighs {mean_g:g} g, which is hardly meant"
        yield _catalogue(what, "grams are per piece and in grams; leave them empty when unknown")
    if sd_g is not None and mean_g is None:
        yield _catalogue(f"{product.sku}: grams_sd is given without grams", "give the weight too, or leave both empty")
    elif sd_g is not None and mean_g is not None and sd_g > _SPREAD_MAX * mean_g:
        what = f"{product.sku}: a spread of {grams(sd_g)} on a weight of {grams(mean_g)} says almost nothing"
        yield _catalogue(what, "grams_sd is one standard deviation between pieces; leave it empty when unknown")


def _shared_barcodes(plan: Plan) -> Iterator[Problem]:
    owners: dict[str, list[str]] = {}
    for product in plan.products.values():
        if product.gtin:
            owners.setdefault(product.gtin, []).append(product.sku)
    for gtin, skus in owners.items():
        if len(skus) > 1:
            remedy = "a scan cannot tell them apart: make them one product, or correct a gtin"
            yield _catalogue(f"the gtin {gtin} belongs to several products: {listed(skus)}", remedy)


def _untaxed(plan: Plan) -> Iterator[Problem]:
    untaxed = [product.sku for product in plan.products.values() if not product.tax_code]
    if plan.taxes and untaxed:
        remedy = f"they are sold without tax; give them a tax_code ({listed(sorted(plan.taxes))}) if that is not meant"
        yield _catalogue(f"without a tax code: {listed(untaxed)}", remedy)


def _facings(plan: Plan) -> Iterator[Problem]:
    faced = dict.fromkeys(facing.sku for facing in plan.facings)
    unweighed = [sku for sku in faced if plan.products[sku].weight.mean_g is None and plan.products[sku].sold_by == "piece"]
    for sku in unweighed:
        remedy = "weigh a piece and write it into catalogue.csv; until it is learned, any weight there could be this product"
        yield _planogram(f"{sku} lies on a shelf, but its weight is unknown (empty or 0)", remedy)
    unfaced = [sku for sku in plan.products if sku not in faced]
    if unfaced:
        yield _planogram(
            f"products that lie nowhere: {listed(unfaced)}", "add a row per shelf, or leave them out until they are sold"
        )
    yield from _empty_plates(plan)
    yield from _repeated(plan)


def _empty_plates(plan: Plan) -> Iterator[Problem]:
    used = {plate for facing in plan.facings for plate in facing.plates}
    for shelf in plan.shelves.values():
        empty = [plate for plate in shelf.plates if plate not in used]
        if empty:
            what = f"shelf {shelf.id}: no product is meant to lie on {listed(empty)}"
            yield _planogram(what, "add the facing; what is taken there is looked for among the products beside it")


def _repeated(plan: Plan) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for facing in plan.facings:
        for plate in facing.plates:
            seen[facing.sku, plate] = seen.get((facing.sku, plate), 0) + 1
    for (sku, plate), times in seen.items():
        if times > 1:
            yield _planogram(f"{sku} is put on plate {plate} by {times} rows", "name the plate once")


def _ambiguous(plan: Plan, shelf: str) -> Iterator[Problem]:
    """Groups of products of one shelf in which each weighs nearly as much as the next."""
    places: dict[str, set[str]] = {}
    for facing in plan.facings_by_shelf[shelf]:
        places.setdefault(facing.sku, set()).update(facing.plates)
    weights = sorted((weight_g, sku) for sku in places if (weight_g := plan.products[sku].weight.mean_g) is not None)
    group: list[tuple[float, str]] = []
    for weight_g, sku in weights:
        if group and weight_g - group[-1][0] > AMBIGUOUS_G:
            yield from _group(plan, shelf, group, places)
            group = []
        group.append((weight_g, sku))
    yield from _group(plan, shelf, group, places)


def _group(plan: Plan, shelf: str, group: list[tuple[float, str]], places: dict[str, set[str]]) -> Iterator[Problem]:
    if len(group) < 2:
        return
    names = listed([f"{sku} ({grams(weight_g)})" for weight_g, sku in group])
    closest_g = min(after[0] - before[0] for before, after in pairwise(group))
    apart = f"{grams(closest_g)} apart" if len(group) == 2 else f"down to {grams(closest_g)} apart"
    order = plan.shelves[shelf].plates
    yield _planogram(f"shelf {shelf}: {names} weigh nearly the same, {apart}", _resolved(group, places, order))


def _resolved(group: list[tuple[float, str]], places: dict[str, set[str]], order: tuple[str, ...]) -> str:
    """What tells the products of a group apart, by whether they share plates, are neighbours or lie apart."""
    place_of = {plate: place for place, plate in enumerate(order)}
    same: list[str] = []
    beside: list[str] = []
    for one, other in _close_pairs(group):
        if places[one] & places[other]:
            same.append(f"{one} and {other}")
        elif any(abs(place_of[a] - place_of[b]) == 1 for a in places[one] for b in places[other]):
            beside.append(f"{one} and {other}")
    if same:
        return f"{_some(same)} share a plate, so only a camera, a tag or a person can tell: move one to another shelf"
    if beside:
        return f"the spread over the plates tells them apart, but a hand between {_some(beside)} is doubtful: part them"
    return "the plate that moves tells them apart as long as they lie where they should"


def _close_pairs(group: list[tuple[float, str]]) -> Iterator[tuple[str, str]]:
    """The pairs within the ambiguous weight, each product with the next few of the group, which is sorted by weight."""
    for place, (weight_g, sku) in enumerate(group):
        for other_g, other in group[place + 1 : place + 1 + _NEXT_COMPARED]:
            if other_g - weight_g <= AMBIGUOUS_G:
                yield sku, other


def _some(pairs: list[str]) -> str:
    more = len(pairs) - _PAIRS_EXPLAINED_MAX
    return "; ".join(pairs[:_PAIRS_EXPLAINED_MAX]) + (f" and {more:,} more pairs" if more > 0 else "")
