"""What is charged and what is dropped: the rule, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from saunter.base.errors import Refused
from saunter.base.ids import RESERVED_PARTIES
from saunter.records import Cart, CartLine, Decision

#: Pieces less likely than this are noise of the belief (one in twenty), not doubt worth a person's reading.
MENTION_THRESHOLD: Final = 0.05
#: Probabilities are rounded to six decimals one by one, so that two equal ones may come out one unit apart.
TOLERANCE: Final = 1.5e-6

SURE: Final = "sure enough"
DOUBTFUL: Final = "in doubt, the shopper wins"


def decided(line: CartLine, charge_threshold: float) -> Iterator[Decision]:
    """The decisions on one product: charge as many pieces as are sure enough, drop those that are worth mentioning.

    Exactly at a threshold counts as reaching it. Nothing is yielded for pieces that hardly anyone believes in.
    """
    sure = _most(line, charge_threshold)
    doubtful = max(0, _most(line, MENTION_THRESHOLD) - sure)
    if sure:
        yield Decision(
            sku=line.sku, quantity=sure, probability=line.at_least[sure - 1], action="charge", because=line.because, reason=SURE
        )
    if doubtful:
        yield Decision(
            sku=line.sku, quantity=doubtful, probability=line.at_least[sure], action="drop", because=line.because, reason=DOUBTFUL
        )


def _most(line: CartLine, threshold: float) -> int:
    """The largest k with P(at least k pieces) >= threshold; 0 if there is none."""
    return max((pieces for pieces, probability in enumerate(line.at_least, start=1) if probability >= threshold), default=0)


def check(cart: Cart, skus: Collection[str]) -> None:
    """Raise Refused naming every fault of a cart at once: a reserved party, unknown or repeated products, no probabilities."""
    faults = [fault for line in cart.lines for fault in _line_faults(line, skus)]
    listed = [line.sku for line in cart.lines]
    faults += [f"product {sku!r} stands on two lines" for sku in dict.fromkeys(listed) if listed.count(sku) > 1]
    if cart.party in RESERVED_PARTIES or not cart.party:
        faults.append(f"{cart.party!r} is no party that pays")
    if not cart.visit:
        faults.append("it names no visit")
    if faults:
        raise Refused(f"cart {cart.id} of {cart.visit!r} cannot be settled: {'; '.join(faults)}")


def _line_faults(line: CartLine, skus: Collection[str]) -> Iterator[str]:
    if line.sku not in skus:
        yield f"product {line.sku!r} is not in the catalogue"
    if not all(0.0 <= probability <= 1.0 for probability in line.at_least):
        yield f"product {line.sku!r} has something that is no probability: {line.at_least}"
    elif any(more > fewer + TOLERANCE for fewer, more in zip(line.at_least, line.at_least[1:], strict=False)):
        yield f"product {line.sku!r}: more pieces cannot be more likely than fewer: {line.at_least}"
    if line.at_least and not line.because:
        yield f"product {line.sku!r} has no cause"
