"""A bookkeeper reads a receipt and lists every fault in it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.errors import Problem
from saunter.ledger import validate_receipt
from saunter.records import Decision, Envelope, Receipt, ReceiptLine

BREAD = ReceiptLine(
    sku="bread", gtin="", name="Bread", quantity=2, unit_price_minor=250, net_minor=467, tax_code="food", tax_rate="0.07",
    tax_minor=33, total_minor=500, probability=0.9, because=("shelves:1",),
)  # fmt: skip
MUG = ReceiptLine(
    sku="mug", gtin="", name="Mug", quantity=1, unit_price_minor=1000, net_minor=1000, tax_code="ny", tax_rate="0.08875",
    tax_minor=89, total_minor=1089, probability=0.8, because=("shelves:2",),
)  # fmt: skip


def receipt(*lines: ReceiptLine, **other: Any) -> Receipt:
    fields: dict[str, Any] = {
        "envelope": Envelope(store="corner", stream="ledger", sequence=7, happened=1, arrived=1),
        "visit": "visit-p1",
        "party": "p1",
        "currency": "EUR",
        "lines": lines,
        "net_minor": sum(line.net_minor for line in lines),
        "tax_minor": sum(line.tax_minor for line in lines),
        "total_minor": sum(line.total_minor for line in lines),
        "saving_minor": sum(line.saving_minor for line in lines),
    }
    return Receipt(**{**fields, **other})


def faults(*lines: ReceiptLine, **other: Any) -> list[str]:
    return [str(problem) for problem in validate_receipt(receipt(*lines, **other))]


def wrong(line: ReceiptLine, **fields: Any) -> ReceiptLine:
    return msgspec.structs.replace(line, **fields)


def test_a_sound_receipt_has_no_faults() -> None:
    assert validate_receipt(receipt(BREAD, MUG)) == ()
    assert validate_receipt(receipt()) == ()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (wrong(BREAD, quantity=0, net_minor=0, tax_minor=0, total_minor=0), "0 pieces"),
        (wrong(BREAD, net_minor=468), "net 468 and tax 33 do not make the total 500"),
        (wrong(BREAD, net_minor=466, tax_minor=34), "the tax 34 does not follow from 500 at 0.07"),
        (wrong(BREAD, net_minor=465, tax_minor=35), "the tax 35 does not follow from 500 at 0.07"),
        (wrong(MUG, tax_minor=88, total_minor=1088), "the tax 88 does not follow from 1000 at 0.08875"),
        (wrong(BREAD, unit_price_minor=249), "2 x 249 make 498, which is neither its net nor its total"),
        (wrong(BREAD, tax_rate="seven"), "'seven' is no tax rate such as 0.07"),
        (wrong(BREAD, tax_rate="NaN"), "'NaN' is no tax rate such as 0.07"),
        (wrong(BREAD, tax_rate="-0.07"), "'-0.07' is no tax rate such as 0.07"),
        (wrong(BREAD, tax_rate="7"), "'7' is no tax rate such as 0.07"),
        (wrong(BREAD, saving_minor=125, net_minor=350, tax_minor=25, total_minor=375), "a saving of 125 by 0 promotions"),
        (wrong(BREAD, promotions=("Sale",)), "a saving of 0 by 1 promotions"),
        (wrong(BREAD, saving_minor=1, promotions=("Sale",)), "2 x 250 less 1 make 499, which is neither its net nor its total"),
        (
            wrong(BREAD, saving_minor=-107, promotions=("Fee",), net_minor=567, tax_minor=40, total_minor=607),
            "a negative amount",
        ),
        (wrong(BREAD, probability=1.01), "1.01 is no probability"),
        (wrong(BREAD, probability=float("nan")), "nan is no probability"),
        (wrong(BREAD, because=()), "no cause"),
        (wrong(MUG, unit_price_minor=-1000, net_minor=-1000, tax_minor=-89, total_minor=-1089), "a negative amount"),
        (wrong(MUG, unit_price_minor=10**40), f"1 x {10**40} make more than the {10**13} that a line can come to"),
    ],
)
def test_each_fault_of_a_line_is_named_with_its_place(line: ReceiptLine, fault: str) -> None:
    sound = MUG if line.sku == "bread" else BREAD
    assert faults(sound, line) == [f"ledger:7:2: {line.sku!r}: {fault}"]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"visit": ""}, "it names no visit or no party"),
        ({"party": ""}, "it names no visit or no party"),
        ({"currency": "euro"}, "'euro' is not an ISO 4217 currency code such as EUR"),
        ({"net_minor": 466}, "net_minor says 466, its lines sum to 467"),
        ({"tax_minor": 34}, "tax_minor says 34, its lines sum to 33"),
        ({"saving_minor": 1}, "saving_minor says 1, its lines sum to 0"),
        ({"total_minor": 501}, "total_minor says 501, its lines sum to 500"),
        (
            {"dropped": (Decision(sku="soap", quantity=1, probability=0.9, action="charge", because=()),)},
            "the charge of 'soap' stands among what was dropped",
        ),
    ],
)
def test_each_fault_of_the_whole_receipt_is_named(fields: dict[str, Any], fault: str) -> None:
    assert faults(BREAD, **fields) == [f"ledger:7: {fault}"]


def test_a_product_on_two_lines_is_a_fault() -> None:
    assert faults(BREAD, BREAD) == ["ledger:7: product 'bread' stands on two lines"]


def test_all_faults_are_told_at_once() -> None:
    found = validate_receipt(receipt(wrong(BREAD, because=()), wrong(MUG, quantity=0), total_minor=1, visit=""))
    assert found == (
        Problem("ledger:7", 0, "it names no visit or no party"),
        Problem("ledger:7", 0, "total_minor says 1, its lines sum to 1589"),
        Problem("ledger:7", 1, "'bread': no cause"),
        Problem("ledger:7", 2, "'mug': 0 pieces"),
        Problem("ledger:7", 2, "'mug': 0 x 1000 make 0, which is neither its net nor its total"),
    )


@given(st.integers(), st.integers(), st.text(max_size=6) | st.decimals().map(str), st.integers())
def test_whatever_a_receipt_holds_nothing_is_raised(price: int, quantity: int, rate: str, tax: int) -> None:
    line = wrong(BREAD, unit_price_minor=price, quantity=quantity, tax_rate=rate, tax_minor=tax, net_minor=price * quantity)
    assert all(isinstance(problem, Problem) for problem in validate_receipt(receipt(line)))
