"""A made-up kiosk for the tests of the commands: two plates, two products, and a fake shop that bills what it is told."""

from __future__ import annotations

from decimal import Decimal

from saunter.base.geometry import from_heading
from saunter.base.money import Money
from saunter.base.time import SECOND, parse_iso
from saunter.plan import Facing, Fixture, Plan, Plate, Product, Shelf, Tax, Weight
from saunter.records import (
    Approach,
    Attribution,
    Candidate,
    Change,
    Decision,
    Envelope,
    Receipt,
    ReceiptLine,
    Share,
    VisitChanged,
)

NOON = parse_iso("2026-05-04T12:00:00Z")


def envelope(stream: str, second: float, sequence: int = 0) -> Envelope:
    instant = NOON + round(second * SECOND)
    return Envelope(store="kiosk", stream=stream, sequence=sequence, happened=instant, arrived=instant)


def kiosk() -> Plan:
    frame = from_heading(0.0, (1.0, 1.0, 0.0))
    plates = {
        name: Plate(name, "board", "rack", frame, width_m=0.1, depth_m=0.4, clearance_m=0.3, along_m=0.1 * place)
        for place, name in enumerate(("left", "right"))
    }
    return Plan(
        store="kiosk", name="The kiosk", currency="EUR", locale="en", timezone="UTC",
        floor_m=((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)), gates={}, cameras={},
        fixtures={"rack": Fixture("rack", "gondola", frame, 0.2, 0.4, 1.2, ("board",))},
        shelves={"board": Shelf("board", "rack", ("left", "right"))},
        plates=plates,
        products={
            "oats": Product("oats", "Oat bar", Money(199, "EUR"), Weight(50.0, 1.0), gtin="00000000012345", tax_code="food"),
            "milk": Product("milk", "Milk", Money(120, "EUR"), Weight(None)),
        },
        facings=(Facing("oats", ("left",)), Facing("milk", ("right",))),
        taxes={"food": Tax("food", Decimal("0.07"), included=True)},
    )  # fmt: skip


def took_oats(sequence: int = 0, **changes: object) -> Attribution:
    """p1 took two oat bars off the left plate; p2 stood by."""
    fields: dict[str, object] = {
        "envelope": envelope("attribution", 3.0, sequence),
        "interaction": f"shelves/interactions:{sequence}",
        "shelf": "board",
        "plates": ("left",),
        "started": NOON + 2 * SECOND,
        "settled": NOON + 4 * SECOND,
        "total_g": -99.2,
        "candidates": (
            Candidate(action="taken", changes=(Change(sku="oats", quantity=2),), probability=0.97),
            Candidate(action="taken", changes=(Change(sku="milk", quantity=1),), probability=0.0296),
            Candidate(action="touched", changes=(), probability=0.0004),
        ),
        "shares": (
            Share(party="NOBODY", probability=0.0),
            Share(party="p1", probability=0.9),
            Share(party="p2", probability=0.1),
        ),
        "near": (
            Approach(party="p1", by="right_wrist", distance_m=0.04),
            Approach(party="p2", by="head", distance_m=0.71),
            Approach(party="p3", by="", distance_m=-1.0),
        ),
        "doubts": ("two parties were in reach",),
    }
    return Attribution(**{**fields, **changes})  # type: ignore[arg-type]


def receipt_of(party: str = "p1", *, because: tuple[str, ...] = ("shelves/interactions:0",), second: float = 20.0) -> Receipt:
    """Two oat bars charged, one milk dropped."""
    line = ReceiptLine(
        sku="oats", gtin="00000000012345", name="Oat bar", quantity=2, unit_price_minor=199, net_minor=372, tax_code="food",
        tax_rate="0.07", tax_minor=26, total_minor=398, probability=0.874, because=because,
    )  # fmt: skip
    dropped = Decision(
        sku="milk", quantity=1, probability=0.3, action="drop", because=because, reason="in doubt, the shopper wins"
    )
    return Receipt(
        envelope=envelope("ledger", second), visit=f"visits/{party}", party=party, currency="EUR", lines=(line,),
        net_minor=372, tax_minor=26, total_minor=398, dropped=(dropped,),
    )  # fmt: skip


def change(party: str, state: str, second: float) -> VisitChanged:
    return VisitChanged(envelope=envelope("visits", second), visit=f"visits/{party}", party=party, state=state)
