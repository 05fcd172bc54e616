"""Why was this charged? The answer in words, from the records alone."""

from __future__ import annotations

import pytest
from the_kiosk import kiosk, receipt_of, took_oats

from saunter.apps.explaining import explain_event, explain_receipt, explain_unbilled, percent
from saunter.records import Candidate, Change, Share

WHY = [
    "12:00:03 plate left lost 99 g: 2 x Oat bar taken 97.0 % (by the catalogue 100 g).",
    "  Could also have been: 1 x Milk taken 3.0 %.",
    "  Who: p1 90 % (right wrist 0.04 m away), p2 10 % (head 0.71 m away), p3 was near (position unknown).",
    "  Doubted: two parties were in reach.",
]


def test_a_receipt_tells_plates_grams_alternatives_who_was_near_and_what_was_doubted() -> None:
    assert explain_receipt(receipt_of(), [took_oats()], kiosk()) == [
        "Receipt of p1 (visit visits/p1): 3.98 EUR",
        "  2 x Oat bar [oats]: 3.98 EUR (2 x 1.99 EUR), 87 % sure",
        *(f"    {row}" for row in WHY),
        "  Not charged: 1 x Milk [milk], 30 % sure; charging needs 70 % (in doubt, the shopper wins)",
        "    12:00:03 plate left lost 99 g: 1 x Milk taken 3.0 % (the catalogue has no weight for Milk).",
        "      Could also have been: 2 x Oat bar taken 97.0 %.",
        *(f"    {row}" for row in WHY[2:]),
    ]


def test_an_empty_receipt_says_that_nothing_was_taken() -> None:
    empty = receipt_of()
    empty = type(empty)(
        envelope=empty.envelope, visit=empty.visit, party="p1", currency="EUR", lines=(), net_minor=0, tax_minor=0, total_minor=0
    )
    assert explain_receipt(empty, [], kiosk()) == [
        "Receipt of p1 (visit visits/p1): 0.00 EUR",
        "  Nothing was taken, nothing is charged.",
    ]


def test_a_line_whose_cause_is_not_among_the_events_says_so_instead_of_staying_silent() -> None:
    text = explain_receipt(receipt_of(because=("elsewhere:7",)), [took_oats()], kiosk())
    assert "    Rests on elsewhere:7, which the recording's events do not hold." in text


def test_a_line_may_name_the_attribution_itself_and_is_explained_once_only() -> None:
    event = took_oats()
    text = explain_receipt(receipt_of(because=(event.id, event.interaction)), [event], kiosk())
    assert sum("lost 99 g: 2 x Oat bar" in row for row in text) == 1


def test_two_causes_of_one_line_are_told_in_the_order_of_time() -> None:
    back = took_oats(1, total_g=49.6, started=0, settled=1, plates=("left", "right"), doubts=(), near=(), shares=())
    early, late = explain_event(back, kiosk(), "oats")[0], WHY[0]
    text = explain_receipt(receipt_of(because=("shelves/interactions:1", "shelves/interactions:0")), [back, took_oats()], kiosk())
    assert [row.strip() for row in text if row.strip() in (early, late)][:2] == [late, early]


def test_a_lift_in_two_steps_is_told_as_one_movement() -> None:
    """Sixty grams go, then thirty-nine: together it was two bars; the first step does not speak for itself."""
    first = took_oats(0, total_g=-60.0, candidates=(Candidate(action="touched", changes=(), probability=1.0),))
    second = took_oats(1, total_g=-39.0, joins=(first.interaction,))
    text = explain_receipt(receipt_of(because=(first.interaction, second.interaction)), [first, second], kiosk())
    assert "    12:00:03 plate left lost 60 g: the beginning of the movement at 12:00:03." in text
    assert "      One movement with what was felt before: 60 g and 39 g, 99 g in all." in text


def test_a_hand_at_the_floor_is_told_without_grams() -> None:
    down = Candidate(action="put back", changes=(Change(sku="oats", quantity=-1),), probability=0.5)
    event = took_oats(candidates=(down,), plates=(), total_g=0.0)
    assert explain_event(event, kiosk())[0] == "12:00:03 a hand at the floor: 1 x Oat bar put back 50 %."


def test_what_was_put_back_moved_or_is_unknown_has_words_too() -> None:
    swapped = Candidate(
        action="moved", changes=(Change(sku="oats", quantity=-1), Change(sku="gone", quantity=1)), probability=1.0
    )
    strange = Candidate(action="unknown", changes=(), probability=0.0)
    event = took_oats(candidates=(strange, swapped), shares=(Share(party="NOBODY", probability=1.0),), near=(), doubts=())
    assert explain_event(event, kiosk()) == [
        "12:00:03 plate left lost 99 g: 1 x gone taken and 1 x Oat bar put back 100 % (the catalogue has no weight for gone).",
        "  Nothing else fits.",
        "  Who: nobody 100 %.",
    ]


def test_movements_on_no_receipt_are_told_but_touches_are_not() -> None:
    touched = took_oats(1, candidates=(Candidate(action="touched", changes=(), probability=1.0),))
    staff = took_oats(2, shares=(Share(party="STAFF", probability=1.0),), near=(), doubts=())
    text = explain_unbilled([receipt_of()], [took_oats(), touched, staff], kiosk())
    assert text[0] == "Movements on no receipt:"
    assert text[1:] == [f"  {WHY[0]}", f"  {WHY[1]}", "    Who: staff 100 %."]
    assert explain_unbilled([receipt_of()], [took_oats(), touched], kiosk()) == []


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "0 %"), (1.0, "100 %"), (0.0000001, "under 0.1 %"), (0.9999999, "over 99.9 %"), (0.001, "0.1 %"),
        (0.0499, "5.0 %"), (0.5, "50 %"), (0.999, "99.9 %"), (0.9, "90 %"), (0.901, "90.1 %"),
    ],
)  # fmt: skip
def test_certainty_is_never_overstated(probability: float, words: str) -> None:
    assert percent(probability) == words
