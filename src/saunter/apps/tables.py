"""Results as lines of text for people. Pure functions; what is printed where is the commands' business."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from saunter.apps.explaining import percent
from saunter.apps.scoring import Score
from saunter.base.money import Money
from saunter.base.time import format_iso
from saunter.records import Alarm, Receipt

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
        if receipt.dropped:
            pieces = sum(decision.quantity for decision in receipt.dropped)
            rows.append(f"  ({pieces} doubtful {'piece' if pieces == 1 else 'pieces'} not charged; --explain says why)")
        rows.append("")
    return rows


def withheld_lines(receipts: Sequence[Receipt], stamped: Collection[str]) -> list[str]:
    """The receipts that the guard did not agree to: in a shop they would not have been sent."""
    return [
        f"Withheld: the guard did not agree to the receipt of {receipt.party} (visit {receipt.visit})"
        for receipt in receipts
        if receipt.id not in stamped
    ]


def alarm_lines(alarms: Sequence[Alarm]) -> list[str]:
    """Alarms of one name together: when the first came, what they are about, and what to do. JSON has each by itself."""
    by_name: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        by_name.setdefault(alarm.name, []).append(alarm)
    rows = []
    for name, group in by_name.items():
        subjects = list(dict.fromkeys(alarm.subject for alarm in group))
        more = f" and {len(subjects) - SUBJECTS_SHOWN_MAX} more" if len(subjects) > SUBJECTS_SHOWN_MAX else ""
        about = ", ".join(subjects[:SUBJECTS_SHOWN_MAX]) + more
        rows.append(f"Alarm {name} from {format_iso(group[0].happened)[11:19]} on ({about}): {group[0].text}")
    return rows


def score_lines(score: Score) -> list[str]:
    """The figures against the truth, and the visits that were not exact."""
    rows = [
        f"unit F1 {score.unit_f1:.4f}, precision {score.precision:.4f}, recall {score.recall:.4f}, "
        f"exact receipts {score.exact:.4f} of {score.visits_counted} visits"
    ]
    rows += [
        f"  {visit.party} (visit {visit.visit or 'not charged'}): {visit.right} right, {visit.wrong} wrong, {visit.missed} missed"
        for visit in score.visits
        if not visit.exact
    ]
    return rows
