"""What is charged and what is dropped: the rule, and the numbers behind it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Final

from saunter.base.errors import Refused
from saunter.base.ids import RESERVED_PARTIES
from saunter.records import Cart, CartLine, Decision, Doubt

#: Pieces less likely than this are noise of the belief (one in twenty), not doubt worth a person's reading.
MENTION_THRESHOLD: Final = 0.05
#: How far the answers of a doubt may be from summing to one: a rare answer or two may be left out.
ANSWERS_TOLERANCE: Final = 2e-3
#: Probabilities are rounded to six decimals one by one, so that two equal ones may come out one unit apart.
TOLERANCE: Final = 1.5e-6

SURE: Final = "sure enough"
DOUBTFUL: Final = "in doubt, the shopper wins"


def decided(line: CartLine, charge_threshold: float) -> Iterator[Decision]:
    """The decisions on one product: charge as many pieces as are sure enough, drop those that are worth mentioning.

    Exactly at a threshold counts as reaching it. Nothing is yielded for pieces that hardly anyone believes in.
    """
    sure = most(line, charge_threshold)
    doubtful = max(0, most(line, MENTION_THRESHOLD) - sure)
    if sure:
        yield Decision(
            sku=line.sku, quantity=sure, probability=line.at_least[sure - 1], action="charge", because=line.because, reason=SURE
        )
    if doubtful:
        yield Decision(
            sku=line.sku, quantity=doubtful, probability=line.at_least[sure], action="drop", because=line.because, reason=DOUBTFUL
        )


def most(line: CartLine, threshold: float) -> int:
    """How many pieces are sure enough: the largest k with P(at least k pieces) >= threshold; 0 if there is none."""
    return max((pieces for pieces, probability in enumerate(line.at_least, start=1) if probability >= threshold), default=0)


def check(cart: Cart, skus: Collection[str]) -> None:
    """Raise Refused naming every fault of a cart at once: a reserved party, unknown or repeated products, no probabilities."""
    faults = [fault for line in cart.lines for fault in _line_faults(line, skus)]
    listed = [line.sku for line in cart.lines]
    faults += [fault for doubt in cart.doubts for fault in _doubt_faults(doubt, skus)]
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


def _doubt_faults(doubt: Doubt, skus: Collection[str]) -> Iterator[str]:
    where = f"the doubt about {doubt.interaction}"
    chances = [answer.probability for answer in doubt.answers]
    if not all(0.0 <= chance <= 1.0 for chance in chances) or abs(math.fsum(chances) - 1.0) > ANSWERS_TOLERANCE:
        yield f"{where} has answers that do not sum to one: {chances}"
    if doubt.settled < doubt.started:
        yield f"{where} ends before it begins"
    yield from (f"{where}: {fault}" for answer in doubt.answers for line in answer.lines for fault in _line_faults(line, skus))
