"""How right are the receipts? Unit F1 per party and product, exact receipts per visit."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.apps.scoring import Bill, Item, digits, name_parties, score


def bill(party: str, *items: Item, visit: str = "", in_time: bool = True) -> Bill:
    return Bill(visit or f"{party}/1", party, items, in_time)


OATS, OATS_TWICE = Item("oats"), Item("oats", quantity=2)
MILK = Item("milk")


def test_everything_right_is_one_everywhere() -> None:
    found = score([bill("p1", OATS, MILK)], [bill("p1", MILK, OATS)])
    assert (found.unit_f1, found.precision, found.recall, found.exact, found.visits_counted) == (1, 1, 1, 1, 1)


def test_an_item_on_the_wrong_receipt_is_one_miss_and_one_false_item() -> None:
    found = score([bill("p1"), bill("p2", OATS)], [bill("p1", OATS), bill("p2")])
    assert [(visit.party, visit.right, visit.wrong, visit.missed) for visit in found.visits] == [("p1", 0, 0, 1), ("p2", 0, 1, 0)]
    assert (found.unit_f1, found.precision, found.recall, found.exact) == (0, 0, 0, 0)


def test_a_second_piece_too_many_costs_precision_only() -> None:
    found = score([bill("p1", OATS_TWICE)], [bill("p1", OATS)])
    assert (found.unit_f1, found.precision, found.recall, found.exact) == (pytest.approx(2 / 3), 0.5, 1, 0)


def test_an_empty_true_receipt_answered_empty_scores_one_and_does_not_count_towards_exact() -> None:
    found = score([bill("p1")], [bill("p1")])
    assert (found.unit_f1, found.precision, found.recall, found.exact, found.visits_counted) == (1, 1, 1, 1, 0)
    mixed = score([bill("p1"), bill("p2")], [bill("p1"), bill("p2", OATS)])
    assert (mixed.exact, mixed.visits_counted) == (0, 1)


def test_an_empty_true_receipt_with_something_charged_scores_nothing() -> None:
    found = score([bill("p1", OATS)], [bill("p1")])
    assert (found.unit_f1, found.precision, found.recall, found.exact) == (0, 0, 1, 0)


def test_a_visit_that_nobody_charged_is_missed_and_a_made_up_visitor_is_false() -> None:
    found = score([bill("ghost", OATS)], [bill("p1", OATS)])
    assert (found.unit_f1, found.exact, found.visits_counted) == (0, 0, 2)


def test_a_receipt_that_came_too_late_is_not_exact_although_its_items_are_right() -> None:
    found = score([bill("p1", OATS, in_time=False)], [bill("p1", OATS)])
    assert (found.unit_f1, found.exact) == (1, 0)


def test_the_barcode_decides_where_both_sides_have_one_whatever_the_leading_zeros() -> None:
    ours = Item("our-number", "00041508922487")
    assert score([bill("p1", ours)], [bill("p1", Item("their-number", "41508922487"))]).unit_f1 == 1
    assert score([bill("p1", ours)], [bill("p1", Item("our-number", "41508922488"))]).unit_f1 == 0


def test_the_sku_decides_where_one_side_has_no_barcode() -> None:
    assert score([bill("p1", Item("oats", "123"))], [bill("p1", Item("oats"))]).unit_f1 == 1
    assert score([bill("p1", Item("oats", "123"))], [bill("p1", Item("", "999"))]).unit_f1 == 0
    assert score([bill("p1", Item(""))], [bill("p1", Item(""))]).unit_f1 == 0


def test_barcodes_pair_before_skus_so_that_no_right_piece_is_used_up_by_a_weaker_match() -> None:
    ours = [Item("oats", "111"), Item("oats")]
    theirs = [Item("oats"), Item("oats", "111")]
    assert score([bill("p1", *ours)], [bill("p1", *theirs)]).exact == 1


def test_the_same_product_on_two_lines_is_the_same_as_on_one() -> None:
    assert score([bill("p1", OATS, OATS)], [bill("p1", OATS_TWICE)]).exact == 1


def test_two_visits_of_one_party_pair_by_id_else_in_order() -> None:
    true = [bill("p1", OATS, visit="morning"), bill("p1", MILK, visit="evening")]
    by_id = [bill("p1", MILK, visit="evening"), bill("p1", OATS, visit="morning")]
    in_order = [bill("p1", OATS, visit="v-1"), bill("p1", MILK, visit="v-2")]
    swapped = [bill("p1", MILK, visit="v-1"), bill("p1", OATS, visit="v-2")]
    assert [score(charged, true).exact for charged in (by_id, in_order, swapped)] == [1, 1, 0]
    assert score(swapped, true).unit_f1 == 1


@pytest.mark.parametrize(
    ("gtin", "compared"), [("", ""), ("0", "0"), ("0000", "0"), ("00012", "12"), ("12-0", "120"), ("none", ""), ("٣", "")]
)
def test_barcodes_compare_by_their_digits(gtin: str, compared: str) -> None:
    assert digits(gtin) == compared


def test_a_true_receipt_without_a_party_belongs_to_the_only_one_there_is() -> None:
    assert name_parties([bill("", OATS)], ["p7", "p7"], "truth.json") == ((Bill("/1", "p7", (OATS,)),), ())


def test_a_true_receipt_without_a_party_is_a_question_when_several_were_in_the_shop() -> None:
    named, problems = name_parties([bill("", OATS)], ["p1", "p2"], "truth.json")
    assert named == ()
    assert [str(problem) for problem in problems] == [
        'truth.json: the true receipt of visit /1 names no party, and there are 2 in the recording -> add "party", one of: p1, p2'
    ]


def test_a_named_party_is_never_renamed_even_when_both_are_alone() -> None:
    assert name_parties([bill("target-9", OATS)], ["p1"], "truth.json") == ((bill("target-9", OATS),), ())


items = st.builds(Item, sku=st.sampled_from(["a", "b", "c"]), quantity=st.integers(1, 3))
shops = st.lists(st.builds(bill, st.sampled_from(["p1", "p2", "p3"]), items, items), max_size=5)


def units(bills: list[Bill]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for each in bills:
        for item in each.items:
            found[each.party, item.sku] += item.quantity
    return found


@given(shops, shops)
def test_unit_f1_is_that_of_the_multisets_of_party_and_product(charged: list[Bill], true: list[Bill]) -> None:
    ours, theirs = units(charged), units(true)
    right = (ours & theirs).total()
    expected = 2 * right / (ours.total() + theirs.total()) if ours or theirs else 1.0
    assert score(charged, true).unit_f1 == pytest.approx(expected)


@given(shops)
def test_the_truth_itself_is_exact_and_scores_one(true: list[Bill]) -> None:
    found = score(true, true)
    assert (found.unit_f1, found.precision, found.recall, found.exact) == (1, 1, 1, 1)


@given(shops, shops)
def test_swapping_what_was_charged_and_what_is_true_swaps_precision_and_recall(charged: list[Bill], true: list[Bill]) -> None:
    one, other = score(charged, true), score(true, charged)
    assert (one.unit_f1, one.precision, one.recall, one.exact) == (other.unit_f1, other.recall, other.precision, other.exact)


@given(shops, shops)
def test_every_piece_is_counted_once_and_every_figure_is_a_fraction(charged: list[Bill], true: list[Bill]) -> None:
    found = score(charged, true)
    assert all(0 <= figure <= 1 for figure in (found.unit_f1, found.precision, found.recall, found.exact))
    assert sum(visit.right + visit.wrong for visit in found.visits) == units(charged).total()
    assert sum(visit.right + visit.missed for visit in found.visits) == units(true).total()
