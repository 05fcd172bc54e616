"""What the guard asks of a receipt, in one table. Written apart from the ledger, with other arithmetic (fractions)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from saunter.base.ids import RESERVED_PARTIES
from saunter.records import Receipt, ReceiptLine

_HALF: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Known:
    """What the guard was told or remembers.

    `taxes_on_top` are the codes whose tax comes on top of the shelf price; every other tax is within it. `stamped` maps
    each visit that has its receipt to the receipt's id, `receipts` are all those ids. `visits` say where each visit of the
    receipt's party stands.
    """

    store: str
    currency: str
    charge_threshold: float
    taxes_on_top: Collection[str]
    stamped: Mapping[str, str]
    receipts: Collection[str]
    visits: Mapping[str, str]


Check = Callable[[Receipt, Known], Iterator[str]]


def _is_ours(receipt: Receipt, known: Known) -> Iterator[str]:
    if receipt.envelope.store != known.store:
        yield f"it is of store {receipt.envelope.store!r}, not {known.store!r}"
    if receipt.currency != known.currency:
        yield f"it is in {receipt.currency!r}, the shop sells in {known.currency}"


def _is_somebodys(receipt: Receipt, known: Known) -> Iterator[str]:
    if not receipt.visit:
        yield "it names no visit"
    if not receipt.party or receipt.party in RESERVED_PARTIES:
        yield f"{receipt.party!r} is no party that pays"


def _is_the_first(receipt: Receipt, known: Known) -> Iterator[str]:
    if receipt.visit in known.stamped:
        yield f"visit {receipt.visit!r} was billed before, by {known.stamped[receipt.visit]}"
    if receipt.id in known.receipts:
        yield f"the receipt id {receipt.id} was stamped before"


def _is_due(receipt: Receipt, known: Known) -> Iterator[str]:
    state = known.visits.get(receipt.visit, "none of this party that is remembered")
    if state != "settling":
        yield f"visit {receipt.visit!r} is {state}, no bill of it is due"


def _has_causes(receipt: Receipt, known: Known) -> Iterator[str]:
    if not receipt.envelope.because:
        yield "the receipt follows from nothing"
    yield from (f"{line.sku!r} is charged without a cause" for line in receipt.lines if not all(line.because or ("",)))


def _counts_pieces(receipt: Receipt, known: Known) -> Iterator[str]:
    for line in receipt.lines:
        if type(line.quantity) is not int or line.quantity <= 0:
            yield f"{line.quantity!r} pieces of {line.sku!r}"
    listed = [line.sku for line in receipt.lines]
    yield from (f"{sku!r} is charged on two lines" for sku in dict.fromkeys(listed) if listed.count(sku) > 1)


def _is_sure_enough(receipt: Receipt, known: Known) -> Iterator[str]:
    for line in receipt.lines:
        if not known.charge_threshold <= line.probability <= 1.0:
            yield f"{line.sku!r} is charged at {line.probability}, the shop asks for {known.charge_threshold} to 1"


def _is_never_negative(receipt: Receipt, known: Known) -> Iterator[str]:
    if min(receipt.net_minor, receipt.tax_minor, receipt.total_minor, receipt.saving_minor) < 0:
        yield "the receipt has a negative amount"
    for line in receipt.lines:
        if min(line.unit_price_minor, line.net_minor, line.tax_minor, line.total_minor, line.saving_minor) < 0:
            yield f"{line.sku!r} has a negative amount"


def _is_whole(receipt: Receipt, known: Known) -> Iterator[str]:
    for line in receipt.lines:
        amounts = (line.unit_price_minor, line.net_minor, line.tax_minor, line.total_minor, line.saving_minor)
        if any(type(amount) is not int for amount in amounts):
            yield f"{line.sku!r} has an amount that is no whole number of minor units"
    sums = (receipt.net_minor, receipt.tax_minor, receipt.total_minor, receipt.saving_minor)
    if any(type(amount) is not int for amount in sums):
        yield "the receipt has an amount that is no whole number of minor units"


def _balances(receipt: Receipt, known: Known) -> Iterator[str]:
    for line in receipt.lines:
        if line.net_minor + line.tax_minor != line.total_minor:
            yield f"{line.sku!r}: {line.net_minor} + {line.tax_minor} is not {line.total_minor}"
    if receipt.net_minor + receipt.tax_minor != receipt.total_minor:
        yield f"{receipt.net_minor} + {receipt.tax_minor} is not {receipt.total_minor}"


def _sums_its_lines(receipt: Receipt, known: Known) -> Iterator[str]:
    sums = {
        "net": (receipt.net_minor, sum(line.net_minor for line in receipt.lines)),
        "tax": (receipt.tax_minor, sum(line.tax_minor for line in receipt.lines)),
        "total": (receipt.total_minor, sum(line.total_minor for line in receipt.lines)),
        "saving": (receipt.saving_minor, sum(line.saving_minor for line in receipt.lines)),
    }
    yield from (f"its {name} is {told}, the lines make {summed}" for name, (told, summed) in sums.items() if told != summed)


def _saves_no_more_than_prices(receipt: Receipt, known: Known) -> Iterator[str]:
    for line in receipt.lines:
        shelf = line.unit_price_minor * line.quantity
        if line.saving_minor > max(0, shelf):
            yield f"{line.sku!r} saves {line.saving_minor} of {shelf}"
        if (line.saving_minor != 0) != any(line.promotions):
            yield f"{line.sku!r} saves {line.saving_minor} by {', '.join(line.promotions) or 'no promotion'}"


def _follows_from_prices(receipt: Receipt, known: Known) -> Iterator[str]:
    for line in receipt.lines:
        rate = _rate(line.tax_rate)
        if rate is None:
            yield f"{line.sku!r} has {line.tax_rate!r} as its tax rate"
        elif not _adds_up(line, rate, on_top=line.tax_code in known.taxes_on_top):
            less = f" less {line.saving_minor}" if line.saving_minor else ""
            priced = f"{line.quantity} x {line.unit_price_minor}{less} at {line.tax_rate}"
            yield f"{line.sku!r}: its amounts do not follow from {priced}"


def _rate(text: str) -> Fraction | None:
    """A rate from 0 to 1 written in decimals; None if the text is anything else."""
    whole, _, decimals = text.partition(".")
    digits = whole + decimals
    if not digits.isdecimal() or not digits.isascii():
        return None
    rate = Fraction(int(digits), 10 ** len(decimals))
    return rate if rate <= 1 else None


def _adds_up(line: ReceiptLine, rate: Fraction, *, on_top: bool) -> bool:
    """Whether the shelf prices less what is saved are the line's net (tax on top) or total (tax within), and the tax is at
    most half a unit off."""
    paid = line.unit_price_minor * line.quantity - line.saving_minor
    if on_top:
        return line.net_minor == paid and abs(line.tax_minor - paid * rate) <= _HALF
    return line.total_minor == paid and abs(line.tax_minor - paid * rate / (1 + rate)) <= _HALF


#: Every check by the name that a stamp carries. A receipt must pass all of them.
CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "of this shop and in its currency": _is_ours,
        "of a visit and a party that pays": _is_somebodys,
        "the first of its visit": _is_the_first,
        "of a visit that waits for its bill": _is_due,
        "every line has a cause": _has_causes,
        "whole pieces, one line per product": _counts_pieces,
        "every line is sure enough": _is_sure_enough,
        "amounts are whole minor units": _is_whole,
        "no amount is negative": _is_never_negative,
        "net and tax make the total": _balances,
        "totals are the sums of the lines": _sums_its_lines,
        "savings lie within the price and have a name": _saves_no_more_than_prices,
        "amounts follow from price, quantity and tax": _follows_from_prices,
    }
)


def is_threshold(value: float) -> bool:
    """Whether a number can be a charge threshold: finite, more than 0 and at most 1."""
    return math.isfinite(value) and 0.0 < value <= 1.0


def objections(receipt: Receipt, known: Known) -> tuple[str, ...]:
    """Everything that speaks against sending the receipt, check by check; empty: nothing does."""
    return tuple(f"{name}? No: {fault}" for name, check in CHECKS.items() for fault in check(receipt, known))
