"""Prices and taxes by version in time: the price at the take holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from saunter.base.errors import Refused
from saunter.base.time import format_iso
from saunter.plan.types import Plan, Product, Promotion, Tax

#: A version effective from here holds since before any shop opened.
ALWAYS: Final = -(2**63)


@dataclass(frozen=True)
class PriceVersion:
    """The catalogue, taxes and promotions that hold from `effective_from` (ns UTC, itself included) until the next version.
    A promotion holds within its own times only."""

    effective_from: int
    products: Mapping[str, Product]
    taxes: Mapping[str, Tax]
    promotions: Mapping[str, Promotion] = field(default_factory=dict)


class PriceBook:
    """All price versions of a shop. None, or two that begin at one instant, raise ValueError."""

    def __init__(self, versions: Iterable[PriceVersion]) -> None:
        self._versions = tuple(sorted(versions, key=lambda version: version.effective_from))
        self._starts = [version.effective_from for version in self._versions]
        if not self._starts:
            raise ValueError("a price book needs at least one version")
        if len(set(self._starts)) < len(self._starts):
            raise ValueError("two price versions begin at the same instant; which one holds would be chance")

    @classmethod
    def of_plan(cls, plan: Plan) -> PriceBook:
        """The book of a plan that has one version only: it always held."""
        return cls([PriceVersion(ALWAYS, plan.products, plan.taxes, plan.promotions)])

    def at(self, instant: int) -> PriceVersion:
        """The version that holds at an instant (ns UTC); Refused when the first begins later."""
        position = bisect_right(self._starts, instant)
        if not position:
            raise Refused(f"no price was in force at {format_iso(instant)}; the first holds from {format_iso(self._starts[0])}")
        return self._versions[position - 1]
