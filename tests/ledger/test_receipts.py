"""Settlements become receipts: prices, taxes and sums, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saunter.base.errors import InputProblems, Refused
from saunter.base.money import Money
from saunter.ledger import LedgerEngine, validate_receipt
from saunter.plan.types import Plan, Product, Tax, Weight
from saunter.records import Alarm, Decision, Envelope, Receipt, ReceiptLine, Record, Settlement

TAXES = {
    "food": Tax("food", Decimal("0.07"), included=True),
    "full": Tax("full", Decimal("0.19"), included=True),
    "ny": Tax("ny", Decimal("0.08875"), included=False),
    "half": Tax("half", Decimal("0.5"), included=False),
    "wild": Tax("wild", Decimal("1.5"), included=False),
    "endless": Tax("endless", Decimal("0.0123456789"), included=False),
    "nan": Tax("nan", Decimal("NaN"), included=False),
}


def product(sku: str, minor: int, tax_code: str = "", currency: str = "EUR", sold_by: str = "piece") -> Product:
    return Product(sku, sku.title(), Money(minor, currency), Weight(), gtin=f"gtin-{sku}", tax_code=tax_code, sold_by=sold_by)  # type: ignore[arg-type]


PRODUCTS = [
    product("bread", 250, "food"), product("soap", 199, "full"), product("mug", 1000, "ny"), product("gift", 0, "full"),
    product("pin", 1, "half"), product("stamp", 85), product("plum", 399, "food", sold_by="grams"),
    product("dollar", 100, currency="USD"),
    product("odd", 100, "luxury"), product("refund", -5), product("gold", 10**9 + 1), product("wild", 5, "wild"),
    product("endless", 5, "endless"), product("nan", 5, "nan"),
]  # fmt: skip


def shop(*products: Product, rounding: str = "half_up", taxes: dict[str, Tax] = TAXES) -> Plan:
    return Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
        cameras={}, products={each.sku: each for each in products or PRODUCTS}, facings=(), taxes=taxes, price_rounding=rounding,  # type: ignore[arg-type]
    )  # fmt: skip


def charge(sku: str, quantity: int = 1, probability: float = 0.9) -> Decision:
    return Decision(
        sku=sku, quantity=quantity, probability=probability, action="charge", because=(f"shelves:{sku}",), reason="sure"
    )


def drop(sku: str) -> Decision:
    return Decision(sku=sku, quantity=1, probability=0.4, action="drop", because=(f"shelves:{sku}",), reason="in doubt")


def settlement(*decisions: Decision, visit: str = "visit-p1", store: str = "corner", n: int = 0) -> Settlement:
    place = Envelope(store=store, stream="settlement", sequence=n, happened=40 + n, arrived=50 + n)
    return Settlement(envelope=place, visit=visit, party="p1", decisions=decisions)


def billed(plan: Plan, *decisions: Decision) -> Receipt:
    engine = LedgerEngine(plan)
    engine.receive(settlement(*decisions))
    (receipt,) = engine.advance(60)
    assert isinstance(receipt, Receipt)
    return receipt


def amounts(receipt: Receipt) -> list[tuple[int, int, int]]:
    return [(line.net_minor, line.tax_minor, line.total_minor) for line in receipt.lines]


def refuses(engine: LedgerEngine, record: Record, match: str) -> None:
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        engine.receive(record)
    assert engine.snapshot() == before


def test_a_settlement_becomes_a_receipt_with_tax_per_line_and_the_dropped_lines_beside() -> None:
    engine = LedgerEngine(shop())
    engine.receive(settlement(charge("bread", 2), drop("bread"), charge("mug", 3, 0.8), n=4))

    def line(
        sku: str, quantity: int, unit: int, net: int, code: str, rate: str, tax: int, total: int, sure: float
    ) -> ReceiptLine:
        return ReceiptLine(
            sku=sku, gtin=f"gtin-{sku}", name=sku.title(), quantity=quantity, unit_price_minor=unit, net_minor=net, tax_code=code,
            tax_rate=rate, tax_minor=tax, total_minor=total, probability=sure, because=(f"shelves:{sku}",),
        )  # fmt: skip

    place = Envelope(store="corner", stream="ledger", sequence=0, happened=44, arrived=70, because=("settlement:4",))
    assert engine.advance(70) == [
        Receipt(
            envelope=place,
            visit="visit-p1",
            party="p1",
            currency="EUR",
            lines=(
                line("bread", 2, 250, 467, "food", "0.07", 33, 500, 0.9),
                line("mug", 3, 1000, 3000, "ny", "0.08875", 266, 3266, 0.8),
            ),
            net_minor=3467,
            tax_minor=299,
            total_minor=3766,
            dropped=(drop("bread"),),
        )
    ]
    assert engine.advance(80) == []


def test_half_a_cent_of_tax_goes_by_the_rule_that_the_plan_names() -> None:
    assert amounts(billed(shop(rounding="half_up"), charge("pin"))) == [(1, 1, 2)]
    assert amounts(billed(shop(rounding="half_even"), charge("pin"))) == [(1, 0, 1)]
    assert amounts(billed(shop(rounding="half_even"), charge("pin", 3))) == [(3, 2, 5)]


def test_half_a_cent_of_tax_within_the_price_goes_by_the_rule_too() -> None:
    whole = {"whole": Tax("whole", Decimal("1"), included=True)}
    assert amounts(billed(shop(product("cup", 1, "whole"), rounding="half_up", taxes=whole), charge("cup"))) == [(0, 1, 1)]
    assert amounts(billed(shop(product("cup", 1, "whole"), rounding="half_even", taxes=whole), charge("cup"))) == [(1, 0, 1)]


def test_goods_without_a_tax_code_bear_no_tax_and_a_free_gift_costs_nothing() -> None:
    receipt = billed(shop(), charge("stamp", 2), charge("gift"))
    assert amounts(receipt) == [(170, 0, 170), (0, 0, 0)]
    assert [(line.tax_code, line.tax_rate) for line in receipt.lines] == [("", "0"), ("full", "0.19")]


def test_a_small_rate_is_printed_in_decimals_never_in_powers_of_ten() -> None:
    taxes = {"tiny": Tax("tiny", Decimal("1E-7"), included=False)}
    assert billed(shop(product("cup", 3, "tiny"), taxes=taxes), charge("cup")).lines[0].tax_rate == "0.0000001"


def test_somebody_who_took_nothing_gets_a_receipt_of_nothing() -> None:
    receipt = billed(shop(), drop("soap"))
    assert (receipt.lines, receipt.net_minor, receipt.tax_minor, receipt.total_minor) == ((), 0, 0, 0)
    assert receipt.dropped == (drop("soap"),)


def test_a_visit_is_billed_once() -> None:
    engine = LedgerEngine(shop())
    engine.receive(settlement(charge("bread")))
    for advanced in (False, True):
        if advanced:
            engine.advance(60)
        refuses(engine, settlement(charge("soap"), n=1), "visit 'visit-p1' has its receipt already, ledger:0")
    engine.receive(settlement(charge("soap"), visit="visit-p2", n=2))
    assert [record.id for record in engine.advance(70)] == ["ledger:1"]


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (settlement(charge("plum")), "product 'plum' is sold by grams, but carts count pieces"),
        (settlement(charge("ghost")), "product 'ghost' has no price"),
        (settlement(charge("dollar")), "priced in USD, the shop sells in EUR"),
        (settlement(charge("odd")), "the tax code 'luxury', which no tax of the plan has"),
        (settlement(charge("refund")), "costs -0.05 EUR; a price lies between 0"),
        (settlement(charge("gold")), "a price lies between 0 and 1000000000"),
        (settlement(charge("wild")), "has the rate 1.5; a rate lies from 0 to 1"),
        (settlement(charge("endless")), "has the rate 0.0123456789; a rate lies from 0 to 1 with at most 9 decimals"),
        (settlement(charge("nan")), "has the rate NaN"),
        (settlement(charge("bread", 0)), "0 pieces of 'bread'"),
        (settlement(charge("bread", -1)), "-1 pieces of 'bread'"),
        (settlement(charge("bread", 10_001)), "10001 pieces of 'bread' are not a count from 1 to 10000"),
        (settlement(charge("bread", 1.5)), "1.5 pieces of 'bread'"),  # type: ignore[arg-type]
        (settlement(charge("bread"), charge("bread")), "product 'bread' is charged twice"),
        (settlement(Decision(sku="soap", quantity=1, probability=0.9, action="charge", because=())), "'soap' has no cause"),
        (settlement(charge("plum"), charge("bread"), charge("ghost")), "'plum' is sold by grams.*; product 'ghost' has no price"),
        (settlement(charge("bread"), store="castle"), "belongs to store 'castle'"),
        (
            Alarm(
                envelope=Envelope(store="corner", stream="ticks", sequence=0, happened=0, arrived=0),
                name="plate-dead",
                subject="g1",
                text="",
            ),
            "takes settlements, not Alarm",
        ),
    ],
)
def test_what_cannot_be_billed_is_refused_with_every_reason_and_changes_nothing(record: Record, match: str) -> None:
    refuses(LedgerEngine(shop()), record, match)


PRICES = st.sampled_from([0, 1, 2, 3, 99, 10**9]) | st.integers(0, 100_000)
RATES = st.sampled_from(["0", "0.07", "0.19", "0.5", "1", "0.25", "0.08875", "0.000000001", "0.999999999"]).map(
    Decimal
) | st.decimals(0, 1, places=9)
LINES = st.lists(st.tuples(PRICES, RATES, st.booleans(), st.sampled_from([1, 2, 3, 10_000]) | st.integers(1, 50)), max_size=6)


@settings(max_examples=200, deadline=None)
@given(LINES, st.sampled_from(["half_up", "half_even"]))
def test_every_receipt_balances_to_the_cent(lines: list[tuple[int, Decimal, bool, int]], rounding: str) -> None:
    taxes = {f"t{n}": Tax(f"t{n}", rate, included) for n, (_, rate, included, _) in enumerate(lines)}
    products = [product(f"s{n}", price, f"t{n}") for n, (price, *_) in enumerate(lines)] or [product("unused", 1)]
    receipt = billed(
        shop(*products, rounding=rounding, taxes=taxes), *(charge(f"s{n}", quantity) for n, (*_, quantity) in enumerate(lines))
    )
    assert amounts(receipt) == [exact(price * quantity, rate, included, rounding) for price, rate, included, quantity in lines]
    assert receipt.net_minor + receipt.tax_minor == receipt.total_minor == sum(line.total_minor for line in receipt.lines)
    assert receipt.tax_minor == sum(line.tax_minor for line in receipt.lines)
    assert validate_receipt(receipt) == ()


def exact(shelf: int, rate: Decimal, included: bool, rounding: str) -> tuple[int, int, int]:
    """Net, tax and total by whole-number arithmetic alone."""
    part = Fraction(shelf) * Fraction(rate) / (1 + Fraction(rate) if included else 1)
    tax, rest = divmod(part.numerator * 2, part.denominator * 2)
    over = rest - part.denominator
    tax += over > 0 or (over == 0 and (rounding == "half_up" or tax % 2 == 1))
    return (shelf - tax, tax, shelf) if included else (shelf, tax, shelf + tax)


def test_a_restart_from_a_snapshot_continues_identically() -> None:
    engine, again = LedgerEngine(shop()), LedgerEngine(shop())
    engine.receive(settlement(charge("bread")))
    again.restore(engine.snapshot())
    for each in (engine, again):
        refuses(each, settlement(charge("soap"), n=1), "has its receipt already")
        each.receive(settlement(charge("mug"), visit="visit-p2", n=2))
    assert again.advance(60) == engine.advance(60) != []
    assert again.snapshot() == engine.snapshot()


@pytest.mark.parametrize(
    "damage", [lambda good: good[:-1], lambda good: b"\xff" + good, lambda good: good.replace(b"corner", b"castle")]
)
def test_a_damaged_or_foreign_snapshot_is_refused_and_changes_nothing(damage: Callable[[bytes], bytes]) -> None:
    engine = LedgerEngine(shop())
    engine.receive(settlement(charge("bread")))
    before = engine.snapshot()
    with pytest.raises(InputProblems, match=r"ledger snapshot: .* -> "):
        engine.restore(damage(before))
    assert engine.snapshot() == before
