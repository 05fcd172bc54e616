"""One look tells why: who was mistaken for whom, what for what, and what no plate could feel."""

from __future__ import annotations

import pytest

from saunter.apps.accuracy.causes import NO_CAUSE, cause_of, exchanged
from saunter.apps.accuracy.outcomes import MethodOutcome, VisitOutcome
from saunter.apps.accuracy.trials import Trial
from saunter.apps.accuracy.worst import worst_table, worst_visits
from saunter.base.time import SECOND
from saunter.records import Approach, Attribution, Candidate, Change, Envelope, Share, TrueAction

AT_S = 50


def envelope(second: float) -> Envelope:
    at = round(second * SECOND)
    return Envelope(store="counter", stream="x", sequence=0, happened=at, arrived=at)


def visit(party: str, charged: dict[str, int], true: dict[str, int], late: bool = False, cause: str = "") -> VisitOutcome:
    return VisitOutcome(
        party=party, right=0, wrong=1, missed=1, exact=False, late=late, true_minor=300, over_minor=120, under_minor=80,
        to_receipt_s=5.0, charged=charged, true=true, cause=cause,
    )  # fmt: skip


def did(party: str, action: str, sku: str, quantity: int = 1, plates: tuple[str, ...] = ("c",), part_of: str = "") -> TrueAction:
    return TrueAction(
        envelope=envelope(AT_S), party=party, action=action, sku=sku, gtin="", quantity=quantity, plates=plates,  # type: ignore[arg-type]
        behaviour=part_of,
    )  # fmt: skip


def felt(who: dict[str, float], what: dict[tuple[str, int], float], at_s: float = AT_S, **wrists_m: float) -> Attribution:
    """A movement on plate c, each explanation of one product, and how near whose wrist came."""
    candidates = tuple(
        Candidate(action="taken" if number > 0 else "put back", changes=(Change(sku=sku, quantity=number),), probability=chance)
        for (sku, number), chance in what.items()
    )
    return Attribution(
        envelope=envelope(at_s), interaction="i", shelf="board", plates=("c",), started=round(at_s * SECOND),
        settled=round((at_s + 1) * SECOND), total_g=-400.0, candidates=candidates,
        shares=tuple(Share(party=party, probability=chance) for party, chance in who.items()),
        near=tuple(Approach(party=party, by="wrist", distance_m=metres) for party, metres in wrists_m.items()),
    )  # fmt: skip


SURE = {("soup", 1): 1.0}


def test_the_wrong_hand_is_told_with_how_near_each_hand_came() -> None:
    event = felt({"p3": 0.61, "p4": 0.39}, SURE, p3=0.04, p4=0.06)
    cause = "who: p3 0.61 (wrist 0.04 m), p4 0.39 (wrist 0.06 m), truly p4 (wrist 0.06 m)"
    assert cause_of(visit("p4", {}, {"soup": 1}), [event], [did("p4", "take", "soup")]) == cause
    assert cause_of(visit("p3", {"soup": 1}, {}), [event], [did("p4", "take", "soup")]) == cause


def test_the_wrong_product_is_told_with_its_odds() -> None:
    event = felt({"p3": 0.95}, {("c072", 3): 0.77, ("c071", 1): 0.13, ("c070", 1): 0.01})
    wrong = visit("p3", {"c072": 3}, {"c071": 1})
    assert cause_of(wrong, [event], [did("p3", "take", "c071")]) == "what: c072 x3 0.77, c071 x1 0.13, truly c071 x1"


@pytest.mark.parametrize("second", [AT_S - 6, AT_S + 6])
def test_what_moved_at_another_time_was_not_that(second: float) -> None:
    elsewhere = felt({"p3": 1.0}, SURE, at_s=second)
    found = cause_of(visit("p3", {}, {"soup": 1}), [elsewhere], [did("p3", "take", "soup", part_of="conceal")])
    assert found == "never felt: take soup x1 [conceal]"


def test_what_was_set_down_on_the_floor_no_plate_can_feel() -> None:
    actions = [did("p3", "take", "soup", part_of="floor"), did("p3", "put back", "soup", plates=(), part_of="floor")]
    assert cause_of(visit("p3", {"soup": 1}, {}), [felt({"p3": 1.0}, SURE)], actions) == "set down on the floor"


def test_a_put_back_that_was_taken_for_something_else_says_which_way() -> None:
    event = felt({"p3": 1.0}, {("tea", -2): 0.8, ("soup", -1): 0.2})
    found = cause_of(visit("p3", {"soup": 1}, {}), [event], [did("p3", "put back", "soup")])
    assert found == "what: tea x2 back 0.80, soup x1 back 0.20, truly soup x1 back"


def test_a_late_receipt_and_a_bill_that_nothing_explains_are_said_as_such() -> None:
    assert cause_of(visit("p3", {"soup": 1}, {"soup": 1}, late=True), [], []) == "late"
    understood = felt({"p3": 1.0}, SURE)
    assert cause_of(visit("p3", {}, {"soup": 1}), [understood], [did("p3", "take", "soup")]) == NO_CAUSE


def test_only_what_differs_is_told_as_exchanged() -> None:
    assert exchanged(visit("p3", {"tea": 1, "soup": 3}, {"tea": 1, "soup": 1, "oats": 2})) == "soup x2 instead of oats x2"
    assert exchanged(visit("p3", {}, {"oats": 1})) == "nothing instead of oats x1"


def test_the_table_has_a_row_for_each_visit_and_every_row_the_same_columns() -> None:
    wrong = visit("p3", {"soup": 1}, {"oats": 1}, cause="late")
    head, rule, row = worst_table(worst_visits([(Trial("rush", "rush", 7, part=2), MethodOutcome((wrong,)))], 5))
    assert row == "| rush 7/2 p3 | 1 | 1 | 120 | 80 | soup x1 instead of oats x1 | late |"
    assert head.count("|") == rule.count("|") == row.count("|")
