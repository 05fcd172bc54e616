"""A receipt line given back in part or in whole: exact, and never more than was charged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from saunter.base.money import Rounding
from saunter.ledger.pricing import tax_of
from saunter.plan.types import Tax
from saunter.records import CorrectionLine, Receipt, ReceiptLine


class Cost(NamedTuple):
    """What pieces of a line cost, in minor units."""

    net: int
    tax: int
    total: int


def cost_of(line: ReceiptLine, quantity: int, rounding: Rounding) -> Cost:
    """What the line costs if only `quantity` of its pieces are charged, 0 to all: nothing, to exactly the line.

    A saving is spread evenly over the pieces; what does not divide is rounded down, so that the odd unit is among the first
    that go back. Tax is taken anew on the rest by the named rule. More pieces never cost less, in net, tax or total.
    """
    if quantity >= line.quantity:
        return Cost(line.net_minor, line.tax_minor, line.total_minor)
    whole = line.unit_price_minor * line.quantity - line.saving_minor
    paid = whole * quantity // line.quantity
    tax = Tax(line.tax_code, Decimal(line.tax_rate), included=line.total_minor == whole)
    tax_minor = min(tax_of(paid, tax, rounding), line.tax_minor)
    net = paid - tax_minor if tax.included else paid
    return Cost(net, tax_minor, net + tax_minor)


def given_back(line: ReceiptLine, before: int, quantity: int, rounding: Rounding) -> CorrectionLine:
    """What `quantity` pieces of a line give back when `before` were given back already: what the line costs less."""
    left = line.quantity - before
    more, less = cost_of(line, left, rounding), cost_of(line, left - quantity, rounding)
    return CorrectionLine(
        sku=line.sku, name=line.name, quantity=quantity, net_minor=more.net - less.net, tax_minor=more.tax - less.tax,
        total_minor=more.total - less.total,
    )  # fmt: skip


def faults(receipt: Receipt, pieces: Mapping[str, int], before: Mapping[str, int]) -> Iterator[str]:
    """Why these pieces cannot be given back, each in words; `before` of them were already. Nothing if they can."""
    if not pieces:
        yield "it names no pieces"
    lines = {line.sku: line for line in receipt.lines}
    for sku, quantity in pieces.items():
        left = lines[sku].quantity - before.get(sku, 0) if sku in lines else 0
        if sku not in lines:
            yield f"the receipt has no line {sku!r}"
        elif type(quantity) is not int or quantity < 1:
            yield f"{quantity!r} pieces of {sku!r} are no count from 1"
        elif quantity > left:
            yield f"{quantity} pieces of {sku!r} are more than the {left} that were charged and not given back"
