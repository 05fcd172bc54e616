"""What a sound receipt looks like: every fault as data, so that a bookkeeper can read them all at once."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from saunter.base.errors import Problem
from saunter.base.money import Money, Rounding
from saunter.ledger.pricing import LINE_MINOR_MAX, tax_of
from saunter.plan.types import Tax
from saunter.records import Receipt, ReceiptLine


def validate_receipt(receipt: Receipt) -> tuple[Problem, ...]:
    """Every fault of a receipt: `where` is the receipt's id, `line` counts its lines from 1 (0: the receipt as a whole).

    Empty: the receipt is sound. Nothing is raised, whatever it holds.
    """
    whole = [Problem(receipt.id, 0, what) for what in _receipt_faults(receipt)]
    lines = [
        Problem(receipt.id, number, f"{line.sku!r}: {what}")
        for number, line in enumerate(receipt.lines, start=1)
        for what in _line_faults(line)
    ]
    return tuple(whole + lines)


def _receipt_faults(receipt: Receipt) -> Iterator[str]:
    if not receipt.visit or not receipt.party:
        yield "it names no visit or no party"
    try:
        Money(0, receipt.currency)
    except ValueError as error:
        yield str(error)
    for name in ("net_minor", "tax_minor", "total_minor", "saving_minor"):
        told, summed = getattr(receipt, name), sum(getattr(line, name) for line in receipt.lines)
        if told != summed:
            yield f"{name} says {told}, its lines sum to {summed}"
    skus = [line.sku for line in receipt.lines]
    yield from (f"product {sku!r} stands on two lines" for sku in dict.fromkeys(skus) if skus.count(sku) > 1)
    yield from (f"the charge of {each.sku!r} stands among what was dropped" for each in receipt.dropped if each.action != "drop")


def _line_faults(line: ReceiptLine) -> Iterator[str]:
    if line.quantity < 1:
        yield f"{line.quantity} pieces"
    if min(line.unit_price_minor, line.net_minor, line.tax_minor, line.total_minor, line.saving_minor) < 0:
        yield "a negative amount"
    if bool(line.saving_minor) != bool(line.promotions):
        yield f"a saving of {line.saving_minor} by {len(line.promotions)} promotions"
    if line.net_minor + line.tax_minor != line.total_minor:
        yield f"net {line.net_minor} and tax {line.tax_minor} do not make the total {line.total_minor}"
    if not 0.0 <= line.probability <= 1.0:
        yield f"{line.probability} is no probability"
    if not line.because:
        yield "no cause"
    yield from _tax_faults(line)


def _tax_faults(line: ReceiptLine) -> Iterator[str]:
    """The tax must follow from price, quantity and rate, within the price or on top of it, by one of the named roundings."""
    try:
        rate = Decimal(line.tax_rate)
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or not 0 <= rate <= 1:
        yield f"{line.tax_rate!r} is no tax rate such as 0.07"
        return
    paid_minor = line.unit_price_minor * line.quantity - line.saving_minor
    less = f" less {line.saving_minor}" if line.saving_minor else ""
    if abs(paid_minor) + abs(line.saving_minor) > LINE_MINOR_MAX:
        yield f"{line.quantity} x {line.unit_price_minor} make more than the {LINE_MINOR_MAX} that a line can come to"
    elif paid_minor not in (line.total_minor, line.net_minor):
        yield f"{line.quantity} x {line.unit_price_minor}{less} make {paid_minor}, which is neither its net nor its total"
    elif line.tax_minor not in _possible_taxes(paid_minor, line, rate):
        yield f"the tax {line.tax_minor} does not follow from {paid_minor} at {line.tax_rate}"


def _possible_taxes(paid_minor: int, line: ReceiptLine, rate: Decimal) -> set[int]:
    ways = ((True, line.total_minor), (False, line.net_minor))
    return {
        tax_of(paid_minor, Tax(line.tax_code, rate, included), rounding)
        for included, amount in ways
        if amount == paid_minor
        for rounding in Rounding
    }
