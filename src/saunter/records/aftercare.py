"""After the receipt: disputes line by line, corrections that give money back, and checks that only staff can make."""

from __future__ import annotations

from typing import Literal

import msgspec

from saunter.records.envelope import Record


class DisputeRaised(Record, frozen=True, kw_only=True):
    """A shopper says that pieces of one line of a receipt were not taken. An input; no free text, it could name people."""

    visit: str
    receipt: str
    sku: str
    quantity: int
    claim: Literal["not taken", "fewer taken", "put back"]


class DisputeChanged(Record, frozen=True, kw_only=True):
    """Where a dispute stands. `dispute` is the id of its DisputeRaised; `quantity` pieces were given back (0: none).

    asked: a reviewer looks; refunded, upheld: settled, `by` the store's rule, a reviewer or staff; refused: it cannot be
    raised (too late, no such line, disputed before), `reason` says why, in words for the shopper.
    """

    dispute: str
    visit: str
    sku: str
    outcome: Literal["asked", "refunded", "upheld", "refused"]
    quantity: int = 0
    by: Literal["rule", "reviewer", "staff", ""] = ""
    reason: str = ""


class CorrectionLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one receipt line that are given back; amounts are whole minor units above 0, tax within `total_minor`."""

    sku: str
    name: str
    quantity: int
    net_minor: int
    tax_minor: int
    total_minor: int


class Correction(Record, frozen=True, kw_only=True):
    """A receipt corrected downwards by a record of its own; the receipt itself never changes. The sum is refunded."""

    visit: str
    party: str
    receipt: str
    currency: str
    lines: tuple[CorrectionLine, ...]
    net_minor: int
    tax_minor: int
    total_minor: int
    reason: str


class AgeCheckAsked(Record, frozen=True, kw_only=True):
    """Somebody probably took goods that only adults may buy: a member of staff is to look before the receipt is made.

    The check's id is this record's id. `minimum` is the age in years.
    """

    visit: str
    party: str
    sku: str
    name: str
    minimum: int
    probability: float


class AgeChecked(Record, frozen=True, kw_only=True):
    """What staff found: old enough, or not (then the line is removed). An input. `staff` is an opaque id."""

    check: str
    approved: bool
    staff: str = ""


class AgeCheckClosed(Record, frozen=True, kw_only=True):
    """A check is over: approved, refused (the line goes), void (the goods left the cart again), or expired (as refused)."""

    check: str
    visit: str
    sku: str
    outcome: Literal["approved", "refused", "void", "expired"]
