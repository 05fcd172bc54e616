"""A plan in a few lines that a shopkeeper can compare with the shop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from saunter.plan.polygons import area_m2
from saunter.plan.sight import CAMERA_RANGE_M, camera_views, plate_centres, unseen_fraction
from saunter.plan.types import Plan
from saunter.plan.words import counted, metres, percent


def describe_plan(plan: Plan) -> str:
    """What the plan holds: counts, sizes, what cameras see, how high the plates lie. One fact per line."""
    return "\n".join(_facts(plan))


def _facts(plan: Plan) -> Iterator[str]:
    yield f"store      {plan.store}: {plan.name}, {plan.currency}, {plan.locale}, {plan.timezone}"
    yield f"floor      {_floor(plan)}"
    yield f"gates      {', '.join(f'{gate.id} ({gate.kind})' for gate in plan.gates.values()) or 'none'}"
    yield f"fixtures   {_fixtures(plan)}"
    yield f"plates     {_plates(plan)}"
    yield f"products   {_products(plan)}"
    yield f"facings    {_facings(plan)}"
    taxes = (f"{tax.code} {percent(tax.rate)}" for tax in plan.taxes.values())
    yield f"taxes      {', '.join(taxes) or 'none'}"
    if plan.promotions:
        yield f"promotions {', '.join(promotion.name for promotion in plan.promotions.values())}"
    yield from _cameras(plan)


def _floor(plan: Plan) -> str:
    xs, ys = zip(*plan.floor_m, strict=True)
    return f"{area_m2(plan.floor_m):.1f} square metres, {metres(max(xs) - min(xs))} by {metres(max(ys) - min(ys))}"


def _fixtures(plan: Plan) -> str:
    kinds = Counter(fixture.kind for fixture in plan.fixtures.values())
    named = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    shelves = counted(len(plan.shelves), "shelf", "shelves")
    return f"{len(plan.fixtures):,}{f' ({named})' if named else ''} with {shelves}"


def _plates(plan: Plan) -> str:
    if not plan.plates:
        return "none"
    heights_m = plate_centres(plan)[:, 2]
    widths_m = [plate.width_m for plate in plan.plates.values()]
    width, height = _range(min(widths_m), max(widths_m)), _range(float(heights_m.min()), float(heights_m.max()))
    return f"{len(plan.plates):,}, {width} wide, {height} above the floor"


def _range(low_m: float, high_m: float) -> str:
    low, high = metres(low_m), metres(high_m)
    return low if low == high else f"{low} to {high}"


def _products(plan: Plan) -> str:
    products = plan.products.values()
    weighed = sum(product.weight.mean_g is not None for product in products)
    coded = sum(bool(product.gtin) for product in products)
    return f"{len(products):,}, {weighed:,} with a weight, {coded:,} with a barcode"


def _facings(plan: Plan) -> str:
    skus = {facing.sku for facing in plan.facings}
    plates = {plate for facing in plan.facings for plate in facing.plates}
    return f"{len(plan.facings):,} of {counted(len(skus), 'product')} on {counted(len(plates), 'plate')}"


def _cameras(plan: Plan) -> Iterator[str]:
    if not plan.cameras:
        yield "cameras    none"
        return
    for view in camera_views(plan):
        yield f"camera     {view.camera} sees {view.floor_fraction:.0%} of the floor and {counted(view.plates, 'plate')}"
    seen = f"counting {metres(CAMERA_RANGE_M)} from each camera and nothing in the way"
    yield f"unseen     {unseen_fraction(plan):.0%} of the floor, {seen}"
