"""Counting what the figures page shows: every rate there follows from these counts, and they from the journal alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from saunter.base.time import local_hour, to_seconds
from saunter.plan import Plan
from saunter.ports.documents import Counted
from saunter.records import (
    AgeChecked,
    AnyRecord,
    BillConfirmed,
    Correction,
    DisputeRaised,
    Question,
    QuestionClosed,
    Receipt,
    Stamp,
    Verdict,
    VisitChanged,
)

#: Times to receipt that are kept: enough for a 99th percentile.
WAITS_MAX: Final = 1000
#: What an audit's choices say, by number (review/auditing.py): the receipt is right, or holds something too much.
_RIGHT: Final = 1
_TOO_MUCH: Final = (2, 4)


def counted(before: Counted, records: Sequence[AnyRecord], now: int, left_of: Callable[[str], int], plan: Plan) -> Counted:
    """The counts with these records added, at `now` (ns UTC). `left_of` tells when a visit's party left (0: unknown). A
    receipt counts with the guard's stamp, which is said in the same breath; one that is held back is no sale."""
    counts, stamped = before, {record.receipt for record in records if isinstance(record, Stamp)}
    for record in records:
        if isinstance(record, Receipt) and record.id in stamped:
            counts = _billed(counts, record, now, left_of(record.visit), plan)
        elif isinstance(record, QuestionClosed):
            counts = _audited(counts, record)
        else:
            added = _added(record)
            counts = msgspec.structs.replace(counts, **{name: getattr(counts, name) + more for name, more in added.items()})
    return counts


def _added(record: AnyRecord) -> dict[str, int]:
    """What one record adds to the plain counts."""
    match record:
        case VisitChanged(state="shopping"):
            added = {"entered": 1}
        case Question():
            added = {"doubt": {"questions": 1}, "audit": {"audits": 1}}.get(record.purpose, {})
        case Verdict() | AgeChecked() | BillConfirmed():
            added = {"touches": 1}
        case DisputeRaised():
            added = {"disputes": 1, "touches": 1}
        case Correction():
            added = {"refunded_minor": record.total_minor}
        case _:
            added = {}
    return added


def _billed(counts: Counted, receipt: Receipt, at: int, left: int, plan: Plan) -> Counted:
    if not receipt.lines and not receipt.dropped:
        return counts
    pieces = str(sum(line.quantity for line in receipt.lines))
    hour = local_hour(left or receipt.happened, plan.timezone)
    waits = (*counts.waits_s, round(to_seconds(at - left), 2)) if left else counts.waits_s
    return msgspec.structs.replace(
        counts, visits=counts.visits + 1, sales_minor=counts.sales_minor + receipt.total_minor, waits_s=waits[-WAITS_MAX:],
        baskets={**counts.baskets, pieces: counts.baskets.get(pieces, 0) + 1},
        hours={**counts.hours, hour: counts.hours.get(hour, 0) + 1},
    )  # fmt: skip


def _audited(counts: Counted, closed: QuestionClosed) -> Counted:
    if closed.purpose != "audit" or closed.outcome != "answered":
        return counts
    right, over = counts.audits_right + (closed.choice == _RIGHT), counts.audits_over + (closed.choice in _TOO_MUCH)
    return msgspec.structs.replace(counts, audited=counts.audited + 1, audits_right=right, audits_over=over)
