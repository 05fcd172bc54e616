"""What the demo's panel shows: the goods by shelf, and what one's own body is doing. It is the pretend world's truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from saunter.plan import Plan
from saunter.ports.books import Shopper
from saunter.ports.desk import Desk
from saunter.ports.walking import OnShelf, Walk, Walker

#: The newest codes of a phone among which its body is looked for: codes renew themselves, so the body's is seldom the newest.
RECENT_PARTIES_MAX: Final = 20
#: Commands that may wait for a body: what is tapped in a hurry, not more than a visit is long.
QUEUE_MAX: Final = 10
#: Kinds of fixture that have a name of their own in `words`; any other is just a shelf.
KINDS: Final = ("fridge", "gondola", "table")


class Ware(msgspec.Struct, frozen=True, kw_only=True):
    """A product to take; `is_adult`: somebody of the staff will come by."""

    sku: str
    name: str
    price_minor: int
    pieces: int
    is_adult: bool


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A fixture with its goods, as somebody who browses comes past it."""

    fixture: str
    kind: str
    number: int
    wares: tuple[Ware, ...]


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """One's own body: its party, where it is, what it truly holds as (sku, name, pieces), and the products sold out."""

    party: str
    walk: Walk
    held: tuple[tuple[str, str, int], ...]
    sold_out: tuple[str, ...]


def places_of(plan: Plan, stock: Sequence[OnShelf]) -> list[Place]:
    """The goods by fixture, in the order of the shelves; fixtures of one kind are numbered."""
    found: list[Place] = []
    for fixture in dict.fromkeys(each.fixture for each in stock):
        kind = plan.fixtures[fixture].kind if plan.fixtures[fixture].kind in KINDS else "shelf"
        number = 1 + sum(place.kind == kind for place in found)
        wares = tuple(_ware(plan, each) for each in stock if each.fixture == fixture)
        found.append(Place(fixture=fixture, kind=kind, number=number, wares=wares))
    return found


def mine_of(desk: Desk, walker: Walker, shopper: Shopper) -> Mine | None:
    """The body that this phone steers; None: nobody has come to the gate for it yet."""
    for party in desk.personal.parties(shopper.subject, RECENT_PARTIES_MAX):
        walk = walker.walk(party)
        if walk is not None:
            products = desk.plan.products
            held = tuple((sku, products[sku].name, pieces) for sku, pieces in sorted(walk.held.items()))
            sold_out = tuple(each.sku for each in walker.stock() if not each.pieces)
            return Mine(party=party, walk=walk, held=held, sold_out=sold_out)
    return None


def ways_in(plan: Plan) -> list[str]:
    """The gates that lead in."""
    return [gate.id for gate in plan.gates.values() if gate.kind in ("in", "both")]


def _ware(plan: Plan, each: OnShelf) -> Ware:
    product = plan.products[each.sku]
    return Ware(
        sku=each.sku, name=each.name, price_minor=product.price.minor, pieces=each.pieces, is_adult=product.minimum_age > 0
    )
