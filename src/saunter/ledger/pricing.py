"""One line priced and taxed, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal, localcontext
from typing import Final

from saunter.base.money import Rounding, round_minor
from saunter.ledger.prices import PriceVersion
from saunter.ledger.savings import NO_SAVING, Saving
from saunter.plan.types import Product, Tax
from saunter.records import Decision, ReceiptLine

#: Pieces of one product on one receipt: more than a shopper and a trolley can carry out; beyond it something is broken.
QUANTITY_MAX: Final = 10_000
#: Minor units of one price: ten million euros in cents. Dearer goods are not sold from a shelf.
PRICE_MINOR_MAX: Final = 10**9
#: Minor units that one line can come to.
LINE_MINOR_MAX: Final = QUANTITY_MAX * PRICE_MINOR_MAX
#: Decimals of a tax rate. Real ones have at most five (0.08875 in New York City).
RATE_DECIMALS_MAX: Final = 9
#: Digits of the arithmetic. A line has at most 13 digits and a rate 9 decimals, so that every tax is told from a tie
#: between two minor units: a tax that is not a tie lies at least 1/(2 x 2 x 10^9) away from it.
_EXACT: Final = Context(prec=60)

#: Goods without a tax code bear no tax.
UNTAXED: Final = Tax(code="", rate=Decimal(0), included=True)


def faults(decision: Decision, version: PriceVersion, currency: str) -> Iterator[str]:
    """Why a charge cannot be priced, each in words; nothing if it can."""
    product = version.products.get(decision.sku)
    if type(decision.quantity) is not int or not 0 < decision.quantity <= QUANTITY_MAX:
        yield f"{decision.quantity!r} pieces of {decision.sku!r} are not a count from 1 to {QUANTITY_MAX}"
    if not decision.because:
        yield f"the charge for {decision.sku!r} has no cause"
    if product is None:
        yield f"product {decision.sku!r} has no price"
        return
    if product.sold_by == "grams":
        yield f"product {decision.sku!r} is sold by grams, but carts count pieces; sell it by the piece or not at all"
    if product.price.currency != currency:
        yield f"product {decision.sku!r} is priced in {product.price.currency}, the shop sells in {currency}"
    if not 0 <= product.price.minor <= PRICE_MINOR_MAX:
        yield f"product {decision.sku!r} costs {product.price}; a price lies between 0 and {PRICE_MINOR_MAX} minor units"
    yield from _tax_faults(product, version)


def _tax_faults(product: Product, version: PriceVersion) -> Iterator[str]:
    if not product.tax_code:
        return
    tax = version.taxes.get(product.tax_code)
    if tax is None:
        yield f"product {product.sku!r} has the tax code {product.tax_code!r}, which no tax of the plan has"
    elif not tax.rate.is_finite() or not 0 <= tax.rate <= 1 or tax.rate != round(tax.rate, RATE_DECIMALS_MAX):
        yield f"tax {tax.code!r} has the rate {tax.rate}; a rate lies from 0 to 1 with at most {RATE_DECIMALS_MAX} decimals"


def priced(decision: Decision, version: PriceVersion, rounding: Rounding, saving: Saving = NO_SAVING) -> ReceiptLine:
    """The receipt line of a charge without faults: tax is taken on what is left after savings and rounded once per line, by
    the named rule."""
    product = version.products[decision.sku]
    tax = version.taxes[product.tax_code] if product.tax_code else UNTAXED
    paid_minor = product.price.times(decision.quantity).minor - saving.minor
    tax_minor = tax_of(paid_minor, tax, rounding)
    net_minor = paid_minor - tax_minor if tax.included else paid_minor
    return ReceiptLine(
        sku=product.sku, gtin=product.gtin, name=product.name, quantity=decision.quantity, unit_price_minor=product.price.minor,
        net_minor=net_minor, tax_code=tax.code, tax_rate=format(tax.rate, "f"), tax_minor=tax_minor,
        total_minor=net_minor + tax_minor, probability=decision.probability, because=decision.because,
        saving_minor=saving.minor, promotions=saving.promotions,
    )  # fmt: skip


def tax_of(paid_minor: int, tax: Tax, rounding: Rounding) -> int:
    """The tax in minor units on shelf prices less savings: `p r / (1 + r)` within the price, or `p r` on top of it."""
    with localcontext(_EXACT):
        amount = Decimal(paid_minor) * tax.rate
        return round_minor(amount / (1 + tax.rate) if tax.included else amount, rounding)
