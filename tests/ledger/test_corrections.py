"""Pieces come off a receipt: exactly what they cost goes back, never more, and the receipt stays as it is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.test_savings import bundle, percent, settlement, shop

from saunter.base.errors import Refused
from saunter.base.money import Money, Rounding
from saunter.ledger import LedgerEngine
from saunter.ledger.correcting import Cost, cost_of, given_back
from saunter.plan.types import Plan, Product, Promotion, Tax, Weight
from saunter.records import Correction, CorrectionLine, Envelope, Receipt


def sold(*promotions: Promotion, **charges: int) -> tuple[LedgerEngine, Receipt]:
    """A shop that made one receipt."""
    engine = LedgerEngine(shop(*promotions))
    engine.receive(settlement(**charges))
    (receipt,) = engine.advance(60)
    assert isinstance(receipt, Receipt)
    return engine, receipt


def corrected(engine: LedgerEngine, receipt: Receipt, pieces: dict[str, int], **other: Any) -> Correction:
    told: dict[str, Any] = {"reason": "not taken", "because": ("disputes:0",), "at": 90, **other}
    return engine.correct(receipt, pieces, **told)


def refuses(engine: LedgerEngine, receipt: Receipt, pieces: dict[str, int], match: str) -> None:
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        corrected(engine, receipt, pieces)
    assert engine.snapshot() == before


def amounts(correction: Correction) -> list[tuple[str, int, int, int, int]]:
    return [(line.sku, line.quantity, line.net_minor, line.tax_minor, line.total_minor) for line in correction.lines]


def test_a_correction_is_a_record_of_its_own_and_the_receipt_stays_as_it_was() -> None:
    engine, receipt = sold(bread=2, mug=1)
    place = Envelope(
        store="corner", stream="corrections", sequence=0, happened=90, arrived=90, because=("ledger:0", "disputes:0")
    )
    assert corrected(engine, receipt, {"bread": 1, "mug": 1}) == Correction(
        envelope=place,
        visit="visit-p0",
        party="p1",
        receipt="ledger:0",
        currency="EUR",
        lines=(
            CorrectionLine(sku="bread", name="Bread", quantity=1, net_minor=233, tax_minor=17, total_minor=250),
            CorrectionLine(sku="mug", name="Mug", quantity=1, net_minor=1000, tax_minor=89, total_minor=1089),
        ),
        net_minor=1233,
        tax_minor=106,
        total_minor=1339,
        reason="not taken",
    )
    assert engine.advance(91) == []
    second = corrected(engine, receipt, {"bread": 1})
    assert (second.id, amounts(second)) == ("corrections:1", [("bread", 1, 234, 16, 250)])


def test_a_saving_is_spread_evenly_over_the_pieces_and_the_odd_cent_goes_back_first() -> None:
    engine, receipt = sold(bundle("three", "soap", minor=500), soap=3)
    assert [amounts(corrected(engine, receipt, {"soap": 1})) for _ in range(3)] == [
        [("soap", 1, 167, 0, 167)],
        [("soap", 1, 167, 0, 167)],
        [("soap", 1, 166, 0, 166)],
    ]


def test_a_percentage_comes_off_again_with_its_piece() -> None:
    engine, receipt = sold(percent("a", "mug"), mug=2)
    assert amounts(corrected(engine, receipt, {"mug": 1})) == [("mug", 1, 800, 71, 871)]


@pytest.mark.parametrize(
    ("pieces", "match"),
    [
        ({}, "it names no pieces"),
        ({"ghost": 1}, "the receipt has no line 'ghost'"),
        ({"bread": 0}, "0 pieces of 'bread' are no count from 1"),
        ({"bread": -1}, "-1 pieces of 'bread' are no count from 1"),
        ({"bread": 1.0}, "1.0 pieces of 'bread' are no count"),
        ({"bread": 3}, "3 pieces of 'bread' are more than the 2 that were charged and not given back"),
        ({"gift": 1}, "these pieces cost nothing"),
        ({"ghost": 1, "bread": 3}, "no line 'ghost'; 3 pieces of 'bread' are more than"),
    ],
)
def test_what_was_not_charged_is_not_given_back(pieces: dict[str, int], match: str) -> None:
    engine, receipt = sold(bread=2, gift=1)
    refuses(engine, receipt, pieces, match)


def test_what_was_given_back_is_not_given_back_again_even_after_a_restart() -> None:
    engine, receipt = sold(bread=2, soap=1)
    corrected(engine, receipt, {"bread": 1})
    again = LedgerEngine(shop())
    again.restore(engine.snapshot())
    for each in (engine, again):
        refuses(each, receipt, {"bread": 2}, "2 pieces of 'bread' are more than the 1 that were charged")
        corrected(each, receipt, {"soap": 1})
        corrected(each, receipt, {"bread": 1})
        refuses(each, receipt, {"bread": 1}, "1 pieces of 'bread' are more than the 0")
        refuses(each, receipt, {"soap": 1}, "1 pieces of 'soap' are more than the 0")
    assert engine.snapshot() == again.snapshot()


def test_a_receipt_that_this_shop_did_not_make_gives_nothing_back() -> None:
    engine, receipt = sold(bread=2)
    refuses(engine, msgspec.structs.replace(receipt, visit="visit-p9"), {"bread": 1}, "not one that this shop made")
    other = msgspec.structs.replace(receipt.envelope, sequence=7)
    refuses(engine, msgspec.structs.replace(receipt, envelope=other), {"bread": 1}, "not one that this shop made")
    castle = msgspec.structs.replace(receipt.envelope, store="castle")
    refuses(engine, msgspec.structs.replace(receipt, envelope=castle), {"bread": 1}, "not one that this shop made")


PRICES = st.sampled_from([0, 1, 2, 3, 99, 10**9]) | st.integers(0, 100_000)
RATES = st.sampled_from(["0", "0.07", "0.5", "1", "0.08875", "0.999999999"]).map(Decimal) | st.decimals(0, 1, places=5)
PERCENTAGES = st.builds(percent, st.just("a"), st.just("s"), off=st.sampled_from(["10", "33.3333", "99", "100"]))
BUNDLES = st.builds(bundle, st.just("a"), st.just("s"), pieces=st.integers(2, 4), minor=st.integers(0, 50_000))
OFFERS = st.none() | PERCENTAGES | BUNDLES


def one_line(price: int, rate: Decimal, included: bool, quantity: int, offer: Promotion | None, rounding: str) -> Receipt:
    product = Product("s", "S", Money(price, "EUR"), Weight(), tax_code="t")
    plan = Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
        cameras={}, products={"s": product}, facings=(), taxes={"t": Tax("t", rate, included)},
        promotions={} if offer is None else {offer.id: offer}, price_rounding=rounding,  # type: ignore[arg-type]
    )  # fmt: skip
    engine = LedgerEngine(plan)
    engine.receive(settlement(s=quantity))
    (receipt,) = engine.advance(60)
    assert isinstance(receipt, Receipt)
    return receipt


@settings(max_examples=200, deadline=None)
@given(PRICES, RATES, st.booleans(), st.integers(1, 12), OFFERS, st.sampled_from(["half_up", "half_even"]), st.data())
def test_whatever_is_given_back_in_whatever_steps_all_pieces_make_exactly_the_line(
    price: int, rate: Decimal, included: bool, quantity: int, offer: Promotion | None, rounding: str, data: st.DataObject
) -> None:
    (line,) = one_line(price, rate, included, quantity, offer, rounding).lines
    rule = Rounding[rounding.upper()]
    before, back = 0, Cost(0, 0, 0)
    while before < quantity:
        pieces = data.draw(st.integers(1, quantity - before))
        part = given_back(line, before, pieces, rule)
        assert min(part.net_minor, part.tax_minor, part.total_minor) >= 0
        assert part.net_minor + part.tax_minor == part.total_minor
        assert part.total_minor <= line.unit_price_minor * pieces * 2
        back = Cost(back.net + part.net_minor, back.tax + part.tax_minor, back.total + part.total_minor)
        assert back.total <= line.total_minor
        before += pieces
    assert back == Cost(line.net_minor, line.tax_minor, line.total_minor)


@settings(max_examples=100, deadline=None)
@given(PRICES, RATES, st.booleans(), st.integers(2, 12), st.sampled_from(["half_up", "half_even"]), st.data())
def test_without_savings_fewer_pieces_cost_exactly_what_they_would_have_cost(
    price: int, rate: Decimal, included: bool, quantity: int, rounding: str, data: st.DataObject
) -> None:
    fewer = data.draw(st.integers(1, quantity - 1))
    (line,) = one_line(price, rate, included, quantity, None, rounding).lines
    (asked,) = one_line(price, rate, included, fewer, None, rounding).lines
    assert cost_of(line, fewer, Rounding[rounding.upper()]) == Cost(asked.net_minor, asked.tax_minor, asked.total_minor)
    assert cost_of(line, 0, Rounding[rounding.upper()]) == Cost(0, 0, 0)
