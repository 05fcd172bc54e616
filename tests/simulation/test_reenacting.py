"""Labelled cases played again by pretend bodies: what the labels say happens, and what they leave open is decided and said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.worlds import corner

from saunter.base.time import SECOND
from saunter.plan import Plan, Weight
from saunter.records import GatePass, PeopleFrame, TrueAction, TrueReceipt
from saunter.simulation import case_story, plan_with_labels, simulate, story_problems
from saunter.simulation.cases import Case, CaseEvent, Labelled
from saunter.simulation.reenacting import HAND_S, WAIT_MAX_S
from saunter.simulation.story import Enters, Leaves, Placement, Presses, PutsBack, Story, Takes

START = 1_573_093_000 * SECOND
COLA, TONIC, CHIPS = (Labelled(sku, sku, None) for sku in ("cola", "tonic", "chips"))


def event(
    second: int, *products: Labelled, shopper: str = "-77", put_back: bool = False, place: tuple[int, int, tuple[int, ...]]
) -> CaseEvent:
    return CaseEvent(START + second * SECOND, 1, shopper, put_back, *place, products)


def told(*events: CaseEvent, plan: Plan | None = None) -> tuple[Story, list[str]]:
    numbered = tuple(replace(event, number=number) for number, event in enumerate(events, 1))
    story, report = case_story(Case("a-case", numbered), plan or corner())
    assert story_problems(plan or corner(), story, 1) == []
    return story, [str(problem) for problem in report]


def done(story: Story) -> list[Takes | PutsBack | Presses]:
    return [action for action in story.actions if isinstance(action, Takes | PutsBack | Presses)]


COLA_HOME, CHIPS_HOME, TONIC_HOME = (1, 1, (1, 2)), (2, 2, (2, 3)), (1, 1, (7,))


def test_a_shopper_comes_in_takes_what_is_labelled_where_it_is_labelled_and_leaves() -> None:
    story, said = told(event(0, COLA, place=COLA_HOME), event(9, CHIPS, CHIPS, place=CHIPS_HOME))
    enters, _, cola, chips, leaves = story.actions
    assert said == []
    assert (enters, leaves) == (Enters(at_s=3.0, party="-77"), Leaves(at_s=leaves.at_s, party="-77"))
    assert cola == Takes(at_s=cola.at_s, party="-77", sku="cola", plates=("g1s1p1", "g1s1p2"))
    assert chips == Takes(at_s=cola.at_s + 9.0, party="-77", sku="chips", quantity=2, plates=("g2s2p2", "g2s2p3"))
    assert story.true_receipts == {"-77": {"chips": 2, "cola": 1}}


def test_labels_out_of_order_are_played_in_order_of_time() -> None:
    story, _ = told(event(12, CHIPS, place=CHIPS_HOME), event(0, COLA, place=COLA_HOME))
    assert [action.sku for action in done(story) if isinstance(action, Takes)] == ["cola", "chips"]


def test_actions_of_one_labelled_second_keep_their_order_and_wait_for_the_hand() -> None:
    story, _ = told(
        event(0, COLA, place=COLA_HOME),
        event(0, COLA, place=COLA_HOME, put_back=True),
        event(0, TONIC, place=TONIC_HOME),
    )
    actions = done(story)
    assert [type(action) for action in actions] == [Takes, PutsBack, Takes]
    assert actions[1].at_s - actions[0].at_s == pytest.approx(HAND_S)
    assert actions[2].at_s - actions[1].at_s >= HAND_S
    assert story.true_receipts == {"-77": {"tonic": 1}}


def test_an_hour_between_two_labels_is_cut_short() -> None:
    story, _ = told(event(0, COLA, place=COLA_HOME), event(3600, TONIC, place=TONIC_HOME))
    first, second = done(story)
    assert second.at_s - first.at_s == pytest.approx(WAIT_MAX_S)


def test_what_the_planogram_has_elsewhere_lies_where_the_label_says_and_the_planogram_stays() -> None:
    story, said = told(event(0, CHIPS, place=COLA_HOME))
    assert (story.placements, said) == ((Placement("chips", 1, ("g1s1p1", "g1s1p2")),), [])
    records = list(simulate(corner(), story, 1))
    (action,) = [record for record in records if isinstance(record, TrueAction)]
    assert (action.sku, set(action.plates)) == ("chips", {"g1s1p1", "g1s1p2"})


def test_where_label_and_planogram_overlap_the_thing_lies_on_the_common_plates() -> None:
    story, _ = told(event(0, COLA, place=(1, 1, (3, 4))))
    assert [action.plates for action in done(story)] == [("g1s1p3",)]


def test_what_one_leaves_on_a_wrong_shelf_another_takes_from_there_and_only_then() -> None:
    place = (2, 2, (1, 2, 3))
    story, said = told(
        event(0, COLA, place=COLA_HOME),
        event(8, COLA, place=place, put_back=True),
        event(8, COLA, place=place, shopper="88"),
    )
    take, put, again = done(story)
    assert isinstance(take, Takes) and isinstance(put, PutsBack) and isinstance(again, Takes)
    assert [placement.sku for placement in story.placements] == ["cola"], "one cola is in play, not two"
    assert again.at_s >= put.at_s + HAND_S
    assert (said, story.true_receipts) == ([], {"-77": {}, "88": {"cola": 1}})


def test_who_puts_back_what_they_do_not_hold_only_touches() -> None:
    story, said = told(event(0, COLA, place=COLA_HOME), event(5, TONIC, place=TONIC_HOME, put_back=True))
    assert said == ["a-case: event 2: -77 puts back 1 tonic and holds 0: played as a touch"]
    assert [type(action) for action in done(story)] == [Takes, Presses]
    assert story.true_receipts == {"-77": {"cola": 1}}


@pytest.mark.parametrize(
    ("products", "why"),
    [
        ((), "the label names no product: played as a touch"),
        (
            (Labelled("UNKOWN", "UNKNOWN", None),),
            "nobody knows what has no weight to play it with: played as a touch, not in the truth",
        ),
        ((Labelled("4711", "Scent", None),), "4711 (Scent) has no weight to play it with: played as a touch, not in the truth"),
    ],
)
def test_what_nobody_named_or_weighed_is_a_touch_and_said(products: tuple[Labelled, ...], why: str) -> None:
    story, said = told(event(0, *products, place=COLA_HOME))
    assert (said, [type(action) for action in done(story)]) == ([f"a-case: event 1: {why}"], [Presses])
    assert story.true_receipts == {"-77": {}}


def test_plates_that_the_shop_does_not_have_are_said() -> None:
    story, said = told(event(0, COLA, place=(1, 1, (2, 99))), event(4, COLA, place=(9, 1, (1,))))
    assert said == ["a-case: event 1: the plan has no g1s1p99", "a-case: event 2: the plan has no g9s1p1: left out"]
    assert story.true_receipts == {"-77": {"cola": 1}}


def test_a_case_of_which_nothing_can_be_played_says_so_and_is_no_story() -> None:
    story, report = case_story(Case("empty", (event(0, COLA, place=(9, 1, (1,))),)), corner())
    assert [str(problem) for problem in report] == ["empty: event 1: the plan has no g9s1p1: left out"]
    assert [problem.what for problem in story_problems(corner(), story, 1)] == ["nothing happens in this story"]


def test_labelled_plates_are_alive_even_where_the_planogram_has_nothing() -> None:
    plan = replace(corner(), facings=tuple(facing for facing in corner().facings if facing.sku != "tonic"))
    story, _ = told(event(0, COLA, place=TONIC_HOME), plan=plan)
    assert story.plates == {"g1s1p7": "live"}


def test_a_product_that_only_a_label_knows_joins_the_catalogue_with_its_labelled_weight() -> None:
    scent = Labelled("4711", "Scent", 90.0)
    case = Case("a-case", (event(0, scent, place=COLA_HOME),))
    plan, said = plan_with_labels(corner(), [case])
    product = plan.products["4711"]
    assert (product.name, product.gtin, product.weight, product.price) == (
        "Scent", "00000000004711", Weight(90.0), corner().products["cola"].price.__class__(100, "EUR"),
    )  # fmt: skip
    assert [str(problem) for problem in said] == ["a-case: 4711 (Scent) is not in the plan: added with its labelled 90 g"]
    assert plan.facings == corner().facings
    assert case_story(case, plan)[0].true_receipts == {"-77": {"4711": 1}}


def test_a_product_without_barcode_takes_that_of_the_label_of_its_name_or_of_its_weight_and_place() -> None:
    nameless = {sku: replace(product, gtin="") for sku, product in corner().products.items()}
    plan = replace(corner(), products=nameless)
    by_name = event(0, Labelled("029", "kestrel COLA 33cl", None), place=(5, 1, (1,)))
    by_weight = event(1, Labelled("030", "Some Tonic", 354.0), place=TONIC_HOME)
    learned, said = plan_with_labels(plan, [Case("a-case", (by_name, by_weight))])
    assert [str(problem) for problem in said] == [
        "a-case: 'Kestrel Cola 33 cl' has no barcode in the plan, it is 029 now",
        "a-case: 'Brackwater Tonic 33 cl' has no barcode in the plan, it is 030 now",
    ]
    assert "cola" not in learned.products
    assert [facing.plates for facing in learned.facings if facing.sku == "030"] == [("g1s1p7", "g1s1p8")]
    story, _ = told(by_name, by_weight, plan=learned)
    assert story.true_receipts == {"-77": {"029": 1, "030": 1}}


def test_the_tracker_names_the_shoppers_and_there_are_no_gate_passes() -> None:
    story, _ = told(event(0, COLA, place=COLA_HOME, shopper="-5"), event(1, COLA, place=COLA_HOME, shopper="6"))
    records = list(simulate(corner(), story, 1))
    seen = {person.party for record in records if isinstance(record, PeopleFrame) for person in record.people}
    assert seen == {"-5", "6"}
    assert not [record for record in records if isinstance(record, GatePass)]
    assert {record.party for record in records if isinstance(record, TrueReceipt)} == {"-5", "6"}


events = st.builds(
    event,
    st.integers(0, 40),
    st.sampled_from([COLA, TONIC, CHIPS, Labelled("UNKOWN", "", None)]),
    shopper=st.sampled_from(["1", "2", "-3"]),
    put_back=st.booleans(),
    place=st.tuples(st.integers(1, 3), st.integers(1, 2), st.sampled_from([(1,), (2, 3), (4, 5, 6), (7,)])),
)


@settings(max_examples=25)
@given(st.lists(events, min_size=1, max_size=12), st.integers(0, 3))
def test_any_case_can_be_played_and_its_bill_is_what_was_taken_less_what_was_held_and_put_back(
    labelled: list[CaseEvent], seed: int
) -> None:
    story, _ = case_story(Case("any", tuple(labelled)), corner())
    assert story_problems(corner(), story, seed) == []
    held: Counter[tuple[str, str]] = Counter()
    for each in sorted(labelled, key=lambda each: each.at):
        for product in each.products:
            key = (each.shopper, product.barcode)
            if product.is_named and (not each.put_back or held[key]):
                held[key] += -1 if each.put_back else 1
    bills: dict[str, dict[str, int]] = {each.shopper: {} for each in labelled}
    for (shopper, sku), quantity in held.items():
        bills[shopper] |= {sku: quantity} if quantity else {}
    assert story.true_receipts == bills
