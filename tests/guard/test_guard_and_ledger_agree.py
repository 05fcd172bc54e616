"""Two hands that never met: whatever settlement and ledger bill correctly, the guard stamps; a cent moved, it does not."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from saunter.base.money import Money
from saunter.guard import GuardEngine
from saunter.ledger import LedgerEngine
from saunter.plan.types import Plan, Product, Tax, Weight
from saunter.records import Alarm, Cart, CartLine, Envelope, Receipt, ReceiptLine, Stamp, VisitChanged
from saunter.settlement import SettlementEngine

GOODS = st.tuples(
    st.sampled_from([0, 1, 2, 10**9]) | st.integers(0, 10_000),
    st.decimals(0, 1, places=5) | st.sampled_from(["0", "0.5", "1", "0.07", "0.25"]).map(Decimal),
    st.booleans(),
    st.lists(st.sampled_from([1.0, 0.7, 0.699999, 0.05, 0.0]) | st.floats(0, 1), max_size=4),
)


def shop(goods: list[tuple[int, Decimal, bool, list[float]]], rounding: str) -> Plan:
    products = {
        f"s{n}": Product(f"s{n}", "", Money(price, "EUR"), Weight(), tax_code=f"t{n}") for n, (price, *_) in enumerate(goods)
    }
    taxes = {f"t{n}": Tax(f"t{n}", rate, included) for n, (_, rate, included, _) in enumerate(goods)}
    return Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
        cameras={}, products=products, facings=(), taxes=taxes, price_rounding=rounding,  # type: ignore[arg-type]
    )  # fmt: skip


def bill(goods: list[tuple[int, Decimal, bool, list[float]]], rounding: str) -> Receipt:
    plan = shop(goods, rounding)
    lines = tuple(
        CartLine(sku=f"s{n}", at_least=tuple(sorted(at_least, reverse=True)), because=(f"shelves:{n}",))
        for n, (*_, at_least) in enumerate(goods)
    )
    place = Envelope(store="corner", stream="attribution/carts", sequence=0, happened=1, arrived=1)
    settlement, ledger = SettlementEngine(plan), LedgerEngine(plan)
    settlement.receive(Cart(envelope=place, visit="visit-p1", party="p1", lines=lines, final=True))
    for decided in settlement.advance(2):
        ledger.receive(decided)
    (receipt,) = ledger.advance(3)
    assert isinstance(receipt, Receipt)
    return receipt


def answered(receipt: Receipt, goods: list[tuple[int, Decimal, bool, list[float]]]) -> Stamp | Alarm:
    return answered_by(receipt, {f"t{n}" for n, good in enumerate(goods) if not good[2]})


def answered_by(receipt: Receipt, on_top: set[str]) -> Stamp | Alarm:
    guard = GuardEngine("corner", "EUR", charge_threshold=0.7, taxes_on_top=on_top)
    place = Envelope(store="corner", stream="visit", sequence=0, happened=0, arrived=0)
    guard.receive(VisitChanged(envelope=place, visit=receipt.visit, party=receipt.party, state="settling"))
    guard.receive(receipt)
    (said,) = guard.advance(4)
    assert isinstance(said, Stamp | Alarm)
    return said


@settings(max_examples=150, deadline=None)
@given(st.lists(GOODS, max_size=5), st.sampled_from(["half_up", "half_even"]))
def test_what_is_billed_correctly_is_stamped(goods: list[tuple[int, Decimal, bool, list[float]]], rounding: str) -> None:
    said = answered(bill(goods, rounding), goods)
    assert isinstance(said, Stamp), said


@settings(max_examples=100, deadline=None)
@given(st.lists(GOODS, min_size=1, max_size=4), st.sampled_from([-2, -1, 1, 2]), st.data())
def test_one_cent_more_on_any_line_is_noticed_even_if_the_totals_follow(
    goods: list[tuple[int, Decimal, bool, list[float]]], shift: int, data: st.DataObject
) -> None:
    goods[0] = (*goods[0][:3], [1.0])
    receipt = bill(goods, "half_up")
    place = data.draw(st.integers(0, len(receipt.lines) - 1))
    raised = dearer(receipt.lines[place], shift)
    lines = (*receipt.lines[:place], raised, *receipt.lines[place + 1 :])
    tampered = msgspec.structs.replace(
        receipt, lines=lines, net_minor=receipt.net_minor + shift, total_minor=receipt.total_minor + shift
    )
    assert isinstance(answered(tampered, goods), Alarm)


def dearer(line: ReceiptLine, shift: int) -> ReceiptLine:
    return msgspec.structs.replace(line, net_minor=line.net_minor + shift, total_minor=line.total_minor + shift)
