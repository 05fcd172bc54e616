"""The numbers that anybody may see, from what the shop counted."""

from __future__ import annotations

from typing import Final

import msgspec

from saunter.ports.desk import Desk
from saunter.ports.documents import Bill, Counted
from saunter.web.figures.views import waits
from saunter.web.rendering import document, documents, shop_now

#: Receipts shown on the first page of a pretend shop.
LAST_BILLS: Final = 6


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """The shop in a few numbers; what nothing was counted for yet is None. Rates are per 1,000 visits."""

    inside: int
    visits: int
    median_s: float | None
    slow_s: float | None
    reviews: float | None
    touches: float | None


def numbers(desk: Desk) -> Numbers:
    """The numbers now."""
    counted = document(desk, "figures", desk.plan.store, Counted) or Counted()
    waited = waits(counted.waits_s)
    return Numbers(
        inside=shop_now(desk).inside, visits=counted.visits, median_s=waited.median_s if waited else None,
        slow_s=waited.p99_s if waited else None, reviews=_rate(counted.questions + counted.audits, counted.visits),
        touches=_rate(counted.touches, counted.visits),
    )  # fmt: skip


def last_bills(desk: Desk) -> list[Bill]:
    """The newest receipts that went out, or would have in a shop that practises."""
    return [bill for bill in documents(desk, "bill", Bill, limit=2 * LAST_BILLS) if bill.state != "held"][:LAST_BILLS]


def _rate(count: int, visits: int) -> float | None:
    return round(1000 * count / visits, 1) if visits else None
