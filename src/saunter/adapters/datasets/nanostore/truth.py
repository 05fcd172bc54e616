"""`truth.json`: what really happened, as labelled actions and the right receipt of every shopper."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from saunter.adapters.datasets.nanostore.barcodes import name_key, padded, possible_numbers
from saunter.adapters.datasets.nanostore.fields import Damaged, Fields, integer, listing, text, within_our_time
from saunter.adapters.datasets.nanostore.geometry import Geometry
from saunter.adapters.datasets.nanostore.report import Report
from saunter.base.errors import InputProblems, Problem
from saunter.base.ids import is_name
from saunter.base.time import MINUTE, SECOND, parse_iso
from saunter.plan import Product
from saunter.records import Envelope, TrueAction, TrueLine, TrueReceipt, Truth

STREAM_ACTIONS: Final = "truth/actions"
STREAM_RECEIPTS: Final = "truth/receipts"
_OFFSET = re.compile(r"(\d{1,4}):(\d\d)\s*\+\s*(.+)$")
_FORMS = ("%Y-%m-%d_%H-%M-%S", "%m_%d_%Y_%H:%M:%S")


@dataclass(frozen=True)
class _Action:
    when: int
    shopper: str
    put_back: bool
    plates: tuple[str, ...]
    barcode: str
    name: str
    quantity: int


def read_truth(
    path: Path, store: str, declared: str, products: dict[str, Product], *, geometry: Geometry, ended: int, report: Report
) -> tuple[Truth, ...]:
    """Actions in order of time, then a receipt per shopper. The declared party stands for the shopper when there is one only.

    Raises InputProblems when the file is no truth file at all; single events that make no sense are reported and left out.
    """
    actions = sorted(_actions(path, geometry, report), key=lambda action: action.when)
    shoppers = sorted({action.shopper for action in actions})
    party_of = {shopper: shopper for shopper in shoppers}
    if declared and len(shoppers) == 1:
        party_of[shoppers[0]] = declared
    catalogue = _Lookup(products, path.name, report)
    found: list[Truth] = [
        _true_action(action, catalogue, party_of[action.shopper], _envelope(store, STREAM_ACTIONS, sequence, action.when))
        for sequence, action in enumerate(actions)
    ]
    for sequence, shopper in enumerate(shoppers):
        mine = [action for action in actions if action.shopper == shopper]
        lines = _lines(mine, catalogue, shopper, path.name, report)
        envelope, party = _envelope(store, STREAM_RECEIPTS, sequence, ended), party_of[shopper]
        found.append(TrueReceipt(envelope=envelope, visit=f"visit-{party}", party=party, lines=lines))
    return tuple(found)


def _true_action(action: _Action, catalogue: _Lookup, party: str, envelope: Envelope) -> TrueAction:
    product, kind = catalogue.find(action.barcode, action.name), _kind(action)
    return TrueAction(
        envelope=envelope, party=party, action=kind, sku=product.sku, gtin=product.gtin, quantity=action.quantity,
        plates=action.plates,
    )  # fmt: skip


def _kind(action: _Action) -> Literal["take", "put back"]:
    return "put back" if action.put_back else "take"


def _envelope(store: str, stream: str, sequence: int, at: int) -> Envelope:
    return Envelope(store=store, stream=stream, sequence=sequence, happened=at, arrived=at)


def parse_label_time(label: str) -> int:
    """The instant of a label, UTC: `2020-01-28_22-24-15`, `1:52 + 2019-11-07_02-41-19` (offset plus base), `02_24_2020_10:00:00`.

    ISO-8601 is understood too. Raises Damaged.
    """
    match = _OFFSET.match(label.strip())
    shift = int(match[1]) * MINUTE + int(match[2]) * SECOND if match else 0
    base = match[3].strip() if match else label.strip()
    for form in _FORMS:
        try:
            moment = datetime.strptime(base, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return within_our_time(int(moment.timestamp()) * SECOND + shift)
    try:
        return within_our_time(parse_iso(base) + shift)
    except (ValueError, OverflowError):
        raise Damaged(f"{label[:60]!r} is not a time such as 2020-01-28_22-24-15") from None


def _actions(path: Path, geometry: Geometry, report: Report) -> list[_Action]:
    try:
        document = json.loads(path.read_bytes())
        events = listing(document, "events") if isinstance(document, dict) else None
    except (ValueError, RecursionError) as damage:
        raise InputProblems([Problem(path.name, 0, f"cannot be read: {damage}", "repair or remove it")]) from None
    if events is None:
        raise InputProblems([Problem(path.name, 0, "not an object with `events`", "repair or remove it")])
    found: list[_Action] = []
    for index, event in enumerate(events, 1):
        try:
            found += _of_event(event, geometry)
        except Damaged as damage:
            report.add(path.name, f"event {index} lost: {damage}", "", 0, "damaged events")
    return found


def _of_event(event: Any, geometry: Geometry) -> list[_Action]:
    if not isinstance(event, dict):
        raise Damaged("not an object")
    put_back = event.get("put_back", False)
    shopper = text(event, "shopper")
    if not isinstance(put_back, bool) or not is_name(shopper):
        raise Damaged("put_back is not true or false, or the shopper has no usable id")
    when = parse_label_time(text(event, "time"))
    plates = _plates(event, geometry)
    products = listing(event, "products")
    if not products or not all(isinstance(product, dict) for product in products):
        raise Damaged("names no products")
    return [
        _Action(when, shopper, put_back, plates, text(product, "barcode").strip(), text(product, "name"), _quantity(product))
        for product in products
    ]


def _quantity(product: Fields) -> int:
    quantity = integer(product, "quantity") or 1
    if quantity < 0:
        raise Damaged(f"{quantity} pieces")
    return quantity


def _plates(event: Fields, geometry: Geometry) -> tuple[str, ...]:
    numbers = [integer({"plate": plate}, "plate") for plate in listing(event, "plates")]
    gondola, shelf = integer(event, "gondola"), integer(event, "shelf")
    return tuple(geometry.plate_ids[gondola, shelf, plate] for plate in numbers if (gondola, shelf, plate) in geometry.plate_ids)


@dataclass(frozen=True)
class _Named:
    sku: str
    gtin: str
    name: str


class _Lookup:
    """Finds the product of a label: by barcode, else by padded barcode, else by name."""

    def __init__(self, products: dict[str, Product], where: str, report: Report) -> None:
        self._products = products
        self._where = where
        self._report = report
        self._by_name = {name_key(product.name): product for product in reversed(products.values())}
        self._by_number: dict[str, set[str]] = {}
        for product in products.values():
            for gtin in possible_numbers(product.sku) | possible_numbers(product.gtin):
                self._by_number.setdefault(gtin, set()).add(product.sku)

    def find(self, barcode: str, name: str) -> _Named:
        """The product, or what the label says of it where the catalogue has none (sku empty)."""
        product = self._products.get(barcode) or self._by_barcode(barcode) or self._by_name.get(name_key(name) or "none")
        if product is not None:
            return _Named(product.sku, product.gtin or padded(barcode), product.name)
        what = f"product {barcode or 'without barcode'} ({name[:60]!r}) is not in the catalogue, kept by its barcode alone"
        self._report.add(self._where, what, kind="unknown products")
        return _Named("", padded(barcode), name)

    def _by_barcode(self, barcode: str) -> Product | None:
        """The one product whose barcode stands for the same number; None where there is none or more than one."""
        skus = {sku for gtin in possible_numbers(barcode) for sku in self._by_number.get(gtin, ())}
        if len(skus) != 1:
            return None
        (sku,) = skus
        self._report.add(self._where, f"barcode {barcode} of a label is another way to write {sku}", kind=f"alias {barcode}")
        return self._products[sku]


def _lines(actions: list[_Action], catalogue: _Lookup, shopper: str, where: str, report: Report) -> tuple[TrueLine, ...]:
    held: dict[_Named, int] = {}
    for action in actions:
        product = catalogue.find(action.barcode, action.name)
        change: Literal[1, -1] = -1 if action.put_back else 1
        held[product] = held.get(product, 0) + change * action.quantity
    for product, quantity in held.items():
        if quantity < 0:
            what = f"shopper {shopper} put back {-quantity} more of {product.sku or product.gtin or product.name} than taken"
            report.add(where, f"{what}; the receipt has none", kind="impossible put-backs")
    return tuple(
        TrueLine(sku=product.sku, gtin=product.gtin, quantity=quantity, name=product.name)
        for product, quantity in held.items()
        if quantity > 0
    )
