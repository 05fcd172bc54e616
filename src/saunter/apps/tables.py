"""Results as lines of text for people. Pure functions; what is printed where is the commands' business."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from saunter.apps.explaining import percent
from saunter.apps.open_visits import OpenVisit
from saunter.apps.output import count_of
from saunter.apps.scoring import Score
from saunter.base.money import Money
from saunter.base.time import format_iso
from saunter.records import Alarm, Receipt, ReceiptLine

#: Subjects of one kind of alarm that are named in the text.
SUBJECTS_SHOWN_MAX: Final = 8


def receipt_lines(receipts: Sequence[Receipt]) -> list[str]:
    """Each receipt with its lines, and how many doubtful pieces were not charged."""
    if not receipts:
        return ["No visit was settled: nobody came, nobody was seen to leave, or nobody could be seen."]
    rows: list[str] = []
    for receipt in receipts:
        rows.append(f"{receipt.party}  {Money(receipt.total_minor, receipt.currency)}  (visit {receipt.visit})")
        for line in receipt.lines:
            amount = Money(line.total_minor, receipt.currency)
            rows.append(f"  {line.quantity} x {line.name} [{line.sku}]  {amount}  {percent(line.probability)} sure")
            if line.saving_minor:
                rows.append(f"    {saving_text(line, receipt.currency)}")
        if receipt.dropped:
            pieces = sum(decision.quantity for decision in receipt.dropped)
            rows.append(f"  ({count_of(pieces, 'doubtful piece')} not charged; --explain says why)")
        rows.append("")
    return rows


def saving_text(line: ReceiptLine, currency: str) -> str:
    """What promotions took off a line, and which."""
    return f"saved {Money(line.saving_minor, currency)}: {', '.join(line.promotions)}"


def open_visit_lines(visits: Sequence[OpenVisit]) -> list[str]:
    """Each visit that nobody saw end: why it has no receipt, when its party was last seen, and what it would pay."""
    rows: list[str] = []
    for visit in visits:
        rows.append(
            f"{visit.party}  no receipt  (visit {visit.visit}): {visit.why}; last seen {format_iso(visit.last_seen)[11:19]}"
        )
        if visit.would_be is None:
            rows.append("  what it would pay could not be told")
        else:
            amount = Money(visit.would_be.total_minor, visit.would_be.currency)
            rows.append(f"  if it left now it would pay {amount}{_goods(visit.would_be)}")
        rows.append("")
    return rows


def _goods(receipt: Receipt) -> str:
    lines = [f"{line.quantity} x {line.name} [{line.sku}] {percent(line.probability)} sure" for line in receipt.lines]
    doubtful = sum(decision.quantity for decision in receipt.dropped)
    doubt = [f"{count_of(doubtful, 'doubtful piece')} not charged"] if doubtful else []
    return ": " + ", ".join((*lines, *doubt)) if lines or doubt else ": nothing was taken"


def withheld_lines(receipts: Sequence[Receipt], stamped: Collection[str]) -> list[str]:
    """The receipts that the guard did not agree to: in a shop they would not have been sent."""
    return [
        f"Withheld: the guard did not agree to the receipt of {receipt.party} (visit {receipt.visit})"
        for receipt in receipts
        if receipt.id not in stamped
    ]


def alarm_lines(alarms: Sequence[Alarm]) -> list[str]:
    """Alarms of one name together: how many, when the first came, what they are about. JSON has each by itself.

    Of several subjects only the first one's text is told, and said to be its own.
    """
    by_name: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        by_name.setdefault(alarm.name, []).append(alarm)
    return [_alarm_line(name, group) for name, group in by_name.items()]


def _alarm_line(name: str, group: Sequence[Alarm]) -> str:
    first, last = group[0], group[-1]
    subjects = list(dict.fromkeys(alarm.subject for alarm in group))
    times = "" if len(group) == 1 else f"{len(group)} times, "
    span = f"at {_clock(first)}" if len(group) == 1 else f"{_clock(first)} to {_clock(last)}"
    if len(subjects) == 1:
        return f"Alarm {name}, {times}{span} ({first.subject}): {last.text}"
    more = f" and {len(subjects) - SUBJECTS_SHOWN_MAX} more" if len(subjects) > SUBJECTS_SHOWN_MAX else ""
    about = ", ".join(subjects[:SUBJECTS_SHOWN_MAX]) + more
    return f"Alarm {name}, {times}{span}, about {len(subjects)}: {about}. The first of them, {first.subject}: {first.text}"


def _clock(alarm: Alarm) -> str:
    return format_iso(alarm.happened)[11:19]


def score_lines(score: Score) -> list[str]:
    """The figures against the truth, and the visits that were not exact."""
    rows = [
        f"unit F1 {score.unit_f1:.4f}, precision {score.precision:.4f}, recall {score.recall:.4f}, "
        f"exact receipts {score.exact:.4f} of {count_of(score.visits_counted, 'visit')}"
    ]
    rows += [
        f"  {visit.party} (visit {visit.visit or 'not charged'}): {visit.right} right, {visit.wrong} wrong, {visit.missed} missed"
        for visit in score.visits
        if not visit.exact
    ]
    return rows
