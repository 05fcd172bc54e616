"""What staff see: the floor with letters, carts, tasks and alarms, all from the shop's documents. No name is in any of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

from saunter.base.ids import NOBODY, STAFF, UNREGISTERED
from saunter.plan import Plan
from saunter.ports.desk import FloorNow
from saunter.ports.documents import Bill, CartItem, Check, Visit
from saunter.web.floor import footprint
from saunter.web.marks import colour
from saunter.web.store.constants import NEAR_M

#: What staff read of a visit that has no receipt, by its state.
STANDINGS = {
    "expected": "expected", "shopping": "shopping", "abandoned": "lost from sight, nothing charged",
    "unbilled": "no receipt that can be sent, nothing charged",
}  # fmt: skip
#: States of a visit whose party is still in the shop.
INSIDE = ("expected", "shopping")
#: States of a visit that is over, with a receipt or without one.
OVER = ("settled", "abandoned", "unbilled")

#: States of a visit whose party left and whose receipt is not made yet.
LEAVING = ("leaving", "settling")

Place = Callable[[float, float], str]


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """A body on the map. `letter` and `colour` tell its party; staff and bodies of nobody have the colour 0."""

    letter: str
    colour: int
    who: str
    x: float
    y: float
    near: str
    hands: tuple[tuple[float, float], ...] = ()


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """The floor this instant for the map and for the table beside it."""

    at: int
    people: tuple[Dot, ...]
    plates: dict[str, str] = {}


class CartRow(msgspec.Struct, frozen=True, kw_only=True):
    """A party inside and what it probably holds."""

    visit: str
    letter: str
    colour: int
    people: int
    state: str
    entered: int
    goods: tuple[CartItem, ...]
    total_minor: int
    pieces: int
    checking: int


class GoneRow(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that left: where its receipt stands, in words."""

    visit: str
    left: int
    words: str
    total_minor: int
    helped: bool


class HeldBill(msgspec.Struct, frozen=True, kw_only=True):
    """A bill that waits for a person to let it go."""

    bill: Bill
    letter: str
    doubtful: tuple[str, ...]


def floor_now(now: FloorNow, letter: Callable[[str], str], near: Place) -> Floor:
    """The floor with letters instead of parties."""
    people = []
    for body in now.bodies:
        mark, who = _mark(body.label, letter)
        people.append(
            Dot(
                letter=mark, colour=colour(mark) if who == "shopper" else 0, who=who, near=near(body.x_m, body.y_m),
                x=round(body.x_m, 3), y=round(body.y_m, 3), hands=tuple((round(x, 3), round(y, 3)) for x, y, _ in body.hands),
            )
        )  # fmt: skip
    return Floor(at=now.at, people=tuple(people), plates=now.plates)


def _mark(label: str, letter: Callable[[str], str]) -> tuple[str, str]:
    if label == STAFF:
        return "S", "staff"
    if label == UNREGISTERED:
        return "!", "came in without a key"
    if label in ("", NOBODY):
        return "?", "not known yet"
    return letter(label), "shopper"


def places(plan: Plan) -> Place:
    """A function that says in words where a floor point is: at a gate, at a fixture, or in the aisle."""
    boxes = {fixture.id: footprint(plan, fixture) for fixture in plan.fixtures.values()}
    gates = [(gate.x_m, gate.y_m, gate.id) for gate in plan.gates.values()]

    def near(x_m: float, y_m: float) -> str:
        found = [(math.hypot(x_m - x, y_m - y), f"at gate {name}") for x, y, name in gates]
        found += [(_away(x_m, y_m, box), f"at fixture {name}") for name, box in boxes.items()]
        away, words = min(found, default=(math.inf, ""))
        return words if away <= NEAR_M else "in the aisle"

    return near


def _away(x_m: float, y_m: float, corners: Sequence[tuple[float, float]]) -> float:
    """Metres from a point to the edge of a footprint."""
    edges = zip(corners, [*corners[1:], corners[0]], strict=True)
    return min(_to_edge(x_m, y_m, a, b) for a, b in edges)


def _to_edge(x_m: float, y_m: float, a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else min(1.0, max(0.0, ((x_m - a[0]) * dx + (y_m - a[1]) * dy) / length))
    return math.hypot(x_m - a[0] - along * dx, y_m - a[1] - along * dy)


def carts(visits: Sequence[Visit], letter: Callable[[str], str]) -> tuple[CartRow, ...]:
    """The parties inside, the longest there first."""
    inside = sorted((visit for visit in visits if visit.state in INSIDE), key=lambda visit: (visit.entered, visit.visit))
    return tuple(_cart(visit, letter(visit.party)) for visit in inside)


def _cart(visit: Visit, letter: str) -> CartRow:
    return CartRow(
        visit=visit.visit, letter=letter, colour=colour(letter), people=visit.people, state=visit.state, entered=visit.entered,
        goods=visit.items, total_minor=sum(item.quantity * item.unit_price_minor for item in visit.items),
        pieces=sum(item.quantity for item in visit.items), checking=sum(item.checking for item in visit.items),
    )  # fmt: skip


def gone(visits: Sequence[Visit], most: int) -> tuple[GoneRow, ...]:
    """Visits that left or were lost from sight, the last first."""
    left = sorted(
        (visit for visit in visits if visit.state not in INSIDE), key=lambda each: (-(each.left or each.entered), each.visit)
    )
    return tuple(
        GoneRow(
            visit=visit.visit, left=visit.left or visit.entered, words=standing(visit), total_minor=visit.total_minor,
            helped=visit.helped,
        )
        for visit in left[:most]
    )  # fmt: skip


def standing(visit: Visit) -> str:
    """Where a visit's receipt stands, in words."""
    if visit.waits_for:
        return f"waits for {visit.waits_for}"
    if visit.state != "settled":
        return STANDINGS.get(visit.state, "being worked out")
    return f"payment {visit.payment}" if visit.payment else "settled"


def held(bills: Sequence[Bill], letter: Callable[[str], str], threshold: float) -> tuple[HeldBill, ...]:
    """Bills to confirm, the oldest first; lines that the shop is least sure of are named."""
    return tuple(
        HeldBill(
            bill=bill, letter=letter(bill.receipt.party),
            doubtful=tuple(line.sku for line in bill.receipt.lines if line.probability < threshold),
        )
        for bill in sorted(bills, key=lambda bill: (bill.at, bill.receipt.id))
    )  # fmt: skip


def open_checks(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Age checks to make, the oldest first: somebody stands there with the goods."""
    return tuple(
        sorted((check for check in checks if check.state == "open"), key=lambda check: (check.asked.happened, check.asked.id))
    )
