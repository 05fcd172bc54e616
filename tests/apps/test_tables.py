"""Results as lines for people: receipts, alarms of one kind together, figures, and what the guard held back."""

from __future__ import annotations

from msgspec.structs import replace
from the_kiosk import envelope, kiosk, receipt_of

from saunter.apps.reporting import receipt_view
from saunter.apps.scoring import Bill, Item, score
from saunter.apps.tables import alarm_lines, receipt_lines, score_lines, withheld_lines
from saunter.apps.tour_command import _table
from saunter.records import Alarm


def test_a_receipt_is_told_with_its_lines_and_what_was_not_charged() -> None:
    assert receipt_lines([receipt_of()]) == [
        "p1  3.98 EUR  (visit visits/p1)",
        "  2 x Oat bar [oats]  3.98 EUR  87 % sure",
        "  (1 doubtful piece not charged; --explain says why)",
        "",
    ]


def test_what_a_promotion_saved_is_told_under_its_line_and_to_machines() -> None:
    receipt = receipt_of()
    line = replace(receipt.lines[0], saving_minor=50, promotions=("2 for less",))
    receipt = replace(receipt, lines=(line,), saving_minor=50, dropped=())
    assert receipt_lines([receipt])[1:3] == ["  2 x Oat bar [oats]  3.98 EUR  87 % sure", "    saved 0.50 EUR: 2 for less"]
    view = receipt_view(receipt, kiosk(), True)
    assert (view.saving, view.lines[0].saving, view.lines[0].promotions) == ("0.50", "0.50", ("2 for less",))
    cells = [list(column.cells) for column in _table(receipt, None, "exact").columns]
    assert str(cells[0][1]) == "  saved 0.50 EUR: 2 for less"


def test_a_shop_that_settled_nobody_says_so() -> None:
    assert receipt_lines([]) == ["No visit was settled: nobody came, nobody was seen to leave, or nobody could be seen."]


def test_a_receipt_without_the_guards_stamp_is_told_as_withheld() -> None:
    receipt = receipt_of()
    assert withheld_lines([receipt], {receipt.id}) == []
    assert withheld_lines([receipt], set()) == ["Withheld: the guard did not agree to the receipt of p1 (visit visits/p1)"]


def test_alarms_of_one_name_are_told_together_with_the_plates_they_are_about() -> None:
    def alarm(second: float, name: str, subject: str) -> Alarm:
        return Alarm(envelope=envelope("alarms", second), name=name, subject=subject, text=f"look at {subject}")

    alarms = [alarm(n, "plate-silent", f"p{n}") for n in range(10)] + [alarm(11, "late", "gates"), alarm(12, "late", "gates")]
    assert alarm_lines(alarms) == [
        "Alarm plate-silent, 10 times, 12:00:00 to 12:00:09, about 10: p0, p1, p2, p3, p4, p5, p6, p7 and 2 more. "
        "The first of them, p0: look at p0",
        "Alarm late, 2 times, 12:00:11 to 12:00:12 (gates): look at gates",
    ]
    assert alarm_lines(alarms[-1:]) == ["Alarm late, at 12:00:12 (gates): look at gates"]


def test_figures_name_the_visits_that_were_not_exact() -> None:
    right, wrong = Bill("v1", "p1", (Item("oats"),)), Bill("v2", "p2", (Item("milk"),))
    assert score_lines(score([right, wrong], [right, Bill("v2", "p2", (Item("oats"),))])) == [
        "unit F1 0.5000, precision 0.5000, recall 0.5000, exact receipts 0.5000 of 2 visits",
        "  p2 (visit v2): 0 right, 1 wrong, 1 missed",
    ]
    assert score_lines(score([right], [right]))[0].endswith("exact receipts 1.0000 of 1 visit")
