"""What a shelf alone makes of a change: by weight, by place, by how widely it lay."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shelves.goods import GOODS, START, all_explained, best, chances, explained, larder, step, without

from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.shelves import ShelvesEngine
from saunter.shelves.explaining import place_log_density, spread_log_factor
from saunter.shelves.movement import Part, Piece, from_step, joined

PLAN = larder()


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ({"a1": -250.0}, "1 jam-red"),
        ({"a1": -247.0, "a2": -4.0}, "1 jam-red"),
        ({"a1": -125.0, "a2": -125.0}, "1 jam-red"),
        ({"a3": -250.0}, "1 jam-black"),
        ({"a4": -250.0}, "1 jam-black"),
        ({"a5": -262.0}, "1 honey"),
        ({"a1": -500.0}, "2 jam-red"),
        ({"a1": -250.0, "a2": -500.0}, "3 jam-red"),
        ({"a7": -15.0}, "1 gum"),
        ({"a7": -45.0}, "3 gum"),
        ({"b1": -1500.0}, "1 crate"),
        ({"b3": -1000.0}, "1 flour"),
    ],
)
def test_what_left_is_told_by_grams_and_place(deltas: dict[str, float], expected: str) -> None:
    found = chances(explained(PLAN, deltas))
    assert max(found, key=lambda name: found[name]) == expected
    assert found[expected] > 0.7


@pytest.mark.parametrize(("catalogue", "real"), [(250.0, 233.0), (250.0, 267.0), (233.0, 250.0)])
def test_a_catalogue_that_is_seven_percent_off_does_not_mislead(catalogue: float, real: float) -> None:
    found = chances(explained(larder(jam_red=catalogue), {"a1": -real * 0.7, "a2": -real * 0.3}))
    assert found["1 jam-red"] > 0.8


def test_equal_weights_are_decided_by_the_spread_over_the_plates() -> None:
    middle = chances(explained(PLAN, {"a2": -125.0, "a3": -125.0}))
    left = chances(explained(PLAN, {"a1": -70.0, "a2": -180.0}))
    leaning = chances(explained(PLAN, {"a2": -200.0, "a3": -50.0}))
    right = chances(explained(PLAN, {"a3": -180.0, "a4": -70.0}))
    assert middle["1 jam-red"] == pytest.approx(middle["1 jam-black"], rel=0.01)
    assert left["1 jam-red"] > 0.95 > 0.05 > left.get("1 jam-black", 0.0)
    assert right["1 jam-black"] > 0.95 > 0.05 > right.get("1 jam-red", 0.0)
    assert left["1 jam-red"] > leaning["1 jam-red"] > middle["1 jam-red"] > leaning["1 jam-black"]


def test_a_slightly_heavier_neighbour_is_not_chosen_for_its_grams_alone() -> None:
    """At four percent of doubt about catalogue and gain, 12 g of 250 g say little: the place decides."""
    assert best(explained(PLAN, {"a4": -258.0})) == "1 jam-black"
    assert best(explained(PLAN, {"a5": -254.0})) == "1 honey"


def test_a_much_heavier_neighbour_is_chosen_though_the_place_is_a_bit_off() -> None:
    plan = larder(jam_red=250.0, jam_black=400.0)
    found = chances(explained(plan, {"a2": -210.0, "a3": -190.0}))
    assert found["1 jam-black"] > 0.8


def test_two_different_things_in_one_grab_are_told_by_where_each_lay() -> None:
    found = chances(explained(larder(jam_red=250.0, jam_black=400.0), {"a2": -250.0, "a3": -400.0}))
    assert max(found, key=lambda name: found[name]) == "1 jam-black + 1 jam-red"


def test_two_hands_at_two_places_of_a_board_are_two_movements_with_a_place_each() -> None:
    red, black = all_explained(PLAN, {"a1": -250.0, "a4": -250.0})
    assert (best(red), best(black)) == ("1 jam-red", "1 jam-black")
    assert (red.centre_m, black.centre_m) == (pytest.approx(0.05), pytest.approx(0.35))


def test_a_plate_of_which_nothing_is_known_does_not_part_a_movement() -> None:
    """Plate a2 was dead while something that rested on a1 to a3 went: it is one thing, not two."""
    sds = {"a1": 0.5, "a2": 1000.0, "a3": 0.5}
    (interaction,) = all_explained(PLAN, {"a1": -120.0, "a2": 0.0, "a3": -125.0}, sds)
    assert interaction.plates == ("a1", "a3")


def test_each_piece_of_a_grab_has_a_place_of_its_own() -> None:
    """One jam left each plate beside the border: two facings lost one each, and neither lost two."""
    found = chances(explained(PLAN, {"a2": -250.0, "a3": -250.0}))
    assert max(found, key=lambda name: found[name]) == "1 jam-black + 1 jam-red"


@pytest.mark.parametrize("grams", [-1.0, -2.5, 2.5, 3.0])
def test_a_few_grams_are_a_touch(grams: float) -> None:
    assert best(explained(PLAN, {"a1": grams}, peak_g=120.0)) == "touched"


def test_after_a_hard_shove_more_grams_are_still_a_touch() -> None:
    soft = chances(explained(PLAN, {"a7": -12.0}, peak_g=15.0))
    hard = chances(explained(PLAN, {"a7": -12.0}, peak_g=400.0))
    assert hard["touched"] > soft["touched"]
    assert soft["1 gum"] > soft["touched"]


def test_a_weight_that_nothing_has_is_unknown_or_passing_and_not_forced_on_a_product() -> None:
    """660 g at the honey: more than two and less than three of it, and the catalogue knows nothing else."""
    found = chances(explained(PLAN, {"a5": -660.0}))
    assert best(explained(PLAN, {"a5": -660.0})) in ("passing", "unknown")
    assert all(chance < 0.2 for name, chance in found.items() if name not in ("passing", "unknown"))


def test_a_product_of_unknown_weight_is_taken_from_its_own_place() -> None:
    found = chances(explained(PLAN, {"a8": -180.0}))
    assert found["1 ghost"] > 0.5
    assert "2 ghost" not in found


def test_something_without_a_facing_here_may_lie_here_all_the_same() -> None:
    found = chances(explained(without(PLAN, "jam-red"), {"a1": -1000.0}))
    assert found["1 flour"] > found.get("1 jam-black", 0.0)


def test_a_catalogue_entry_may_be_plainly_wrong_where_the_place_is_clear() -> None:
    found = chances(explained(larder(ghost=100.0), {"a8": -180.0}))
    assert found["1 ghost"] > 0.01


# -- put back ----------------------------------------------------------------------------------------------------------


def test_what_comes_home_is_a_put_back() -> None:
    found = chances(explained(PLAN, {"a1": 250.0}))
    assert max(found, key=lambda name: found[name]) == "-1 jam-red"
    assert all(not name[0].isdigit() for name in found)


def test_what_comes_to_a_strange_shelf_may_be_any_product_of_its_weight() -> None:
    found = chances(explained(PLAN, {"b3": 250.0}))
    assert found["-1 jam-red"] == pytest.approx(found["-1 jam-black"], rel=1e-3)
    assert found["-1 jam-red"] > 0.01


def test_losses_and_gains_far_apart_on_one_shelf_are_two_interactions() -> None:
    engine = ShelvesEngine(PLAN)
    engine.receive(step({"a1": -500.0, "a2": -2.0, "a6": 262.0}))
    found = engine.advance(START + 20 * SECOND)
    assert [(each.plates, round(each.total_g)) for each in found] == [(("a1",), -500), (("a6",), 262)]
    assert [best(each) for each in found] == ["2 jam-red", "-1 honey"]
    assert [each.id for each in found] == ["shelves/interactions:0", "shelves/interactions:1"]


def test_a_load_shifted_along_the_shelf_moves_no_product() -> None:
    found = explained(PLAN, {"a1": -250.0, "a2": 249.0})
    assert {candidate.changes for candidate in found.spans[0].candidates} == {()}


# -- holds and joins ---------------------------------------------------------------------------------------------------


def two_steps(plan: Plan, first: dict[str, float], second: dict[str, float], apart_s: float) -> ShelvesEngine:
    engine = ShelvesEngine(plan)
    engine.receive(step(first, at_s=10.0, sequence=0))
    engine.receive(step(second, at_s=10.0 + apart_s, sequence=1))
    return engine


def test_a_lift_in_two_steps_may_be_one_product() -> None:
    one, two = two_steps(PLAN, {"b3": -400.0}, {"b3": -600.0}, 1.0).advance(START)
    assert [span.joins for span in two.spans] == [(), (one.id,)]
    assert two.spans[1].total_g == pytest.approx(-1000.0)
    assert best(two, span=1) == "1 flour"


def test_what_is_lifted_and_set_down_again_is_a_touch_in_sum() -> None:
    _, two = two_steps(PLAN, {"a1": -250.0}, {"a1": 249.5}, 8.0).advance(START)
    assert best(two, span=1) == "touched"


@pytest.mark.parametrize(("apart_s", "spans"), [(15.0, 2), (15.5, 1)])
def test_movements_are_joined_up_to_a_long_hold_and_no_longer(apart_s: float, spans: int) -> None:
    _, two = two_steps(PLAN, {"a1": -100.0}, {"a1": -150.0}, apart_s).advance(START)
    assert len(two.spans) == spans


def test_movements_of_other_plates_or_shelves_are_not_joined() -> None:
    assert [len(each.spans) for each in two_steps(PLAN, {"a1": -100.0}, {"a5": -150.0}, 1.0).advance(START)] == [1, 1]
    assert [len(each.spans) for each in two_steps(PLAN, {"a1": -100.0}, {"b1": -150.0}, 1.0).advance(START)] == [1, 1]


def test_at_most_two_earlier_movements_are_joined() -> None:
    engine = ShelvesEngine(PLAN)
    for number in range(5):
        engine.receive(step({"a1": -50.0}, at_s=10.0 + number, sequence=number))
    last = engine.advance(START)[-1]
    assert [len(span.joins) for span in last.spans] == [0, 1, 2]


def test_a_leak_between_does_not_use_up_a_join() -> None:
    """Two holds of 250 g with leaks of 8 g after each: the last movement may still be joined with both holds."""
    engine = ShelvesEngine(PLAN)
    for number, grams in enumerate((-250.0, 8.0, 250.0, -8.0, -250.0)):
        engine.receive(step({"a1": grams}, at_s=10.0 + number, sequence=number, peak_g=5.0))
    first, _, second, _, last = engine.advance(START)
    assert [span.joins for span in last.spans] == [(), (second.id,), (first.id, second.id)]
    assert last.spans[2].total_g == pytest.approx(-250.0)


# -- form --------------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    deltas=st.dictionaries(
        st.sampled_from([f"a{n}" for n in range(1, 9)]),
        st.one_of(
            st.sampled_from([-250.0, -500.0, -15.0, 250.0, -0.1, -262.0]), st.floats(2.0, 3000.0), st.floats(-3000.0, -2.0)
        ),
        min_size=1,
        max_size=5,
    ),
    sd_g=st.sampled_from([0.1, 1.0, 20.0, 1000.0]),
    peak_g=st.floats(0.0, 2000.0),
)
def test_the_explanations_of_any_change_add_up_and_begin_with_the_likeliest(
    deltas: dict[str, float], sd_g: float, peak_g: float
) -> None:
    engine = ShelvesEngine(PLAN)
    engine.receive(step(dict(sorted(deltas.items())), sd_g=sd_g, peak_g=peak_g))
    for interaction in engine.advance(START):
        assert interaction.envelope.because == ("sensing/steps:0",)
        assert set(interaction.plates) <= set(deltas)
        for span in interaction.spans:
            each = [candidate.probability for candidate in span.candidates]
            assert math.fsum(each) == pytest.approx(1.0, abs=1e-4)
            assert each == sorted(each, reverse=True)
            assert len({(candidate.action, candidate.changes) for candidate in span.candidates}) == len(each)
            assert {"touched", "unknown"} <= {candidate.action for candidate in span.candidates}
            for candidate in span.candidates:
                assert all(change.sku in GOODS for change in candidate.changes)
                signs = {(change.quantity > 0) == (span.total_g < 0) for change in candidate.changes}
                assert signs <= {True}


def test_steps_of_unknown_plates_are_refused() -> None:
    engine = ShelvesEngine(PLAN)
    with pytest.raises(Refused, match="plates a9 are not in the plan"):
        engine.receive(step({"a1": -250.0, "a9": -250.0}))
    assert engine.advance(START) == []


def test_goods_sold_by_the_gram_are_no_pieces() -> None:
    from dataclasses import replace

    loose = {sku: replace(item, sold_by="grams") if sku == "jam-red" else item for sku, item in PLAN.products.items()}
    found = chances(explained(replace(PLAN, products=loose), {"a1": -250.0}))
    assert not any("jam-red" in name for name in found)


# -- how a weight lies -------------------------------------------------------------------------------------------------


def test_plates_that_only_bend_along_are_left_out() -> None:
    (movement,) = from_step(PLAN, step({"a1": -4.0, "a2": -300.0, "a3": -5.0}))
    assert [part.plate for part in movement.parts] == ["a2"]
    assert movement.main_plate == "a2"


def test_a_movement_is_split_from_left_to_right_by_weight() -> None:
    (movement,) = from_step(PLAN, step({"a1": -100.0, "a2": -300.0}))
    left, right = movement.pieces([200.0, 200.0])
    assert (left.grams, right.grams) == (pytest.approx(200.0), pytest.approx(200.0))
    assert left.centre_m == pytest.approx(0.10) and right.centre_m == pytest.approx(0.15)


@settings(max_examples=40)
@given(
    deltas=st.lists(st.floats(-900.0, -60.0), min_size=1, max_size=4),
    weights=st.lists(st.sampled_from([15.0, 250.0, 250.0, 1000.0]), min_size=1, max_size=3),
)
def test_the_pieces_of_a_movement_are_the_whole_of_it(deltas: list[float], weights: list[float]) -> None:
    (movement,) = from_step(PLAN, step({f"a{n}": delta for n, delta in enumerate(deltas, start=1)}))
    pieces = movement.pieces(weights)
    assert len(pieces) == len(weights)
    assert math.fsum(piece.grams for piece in pieces) == pytest.approx(abs(movement.total_g), rel=1e-6)
    centres = [round(piece.centre_m, 9) for piece in pieces]
    assert centres == sorted(centres)


def test_movements_joined_add_plate_by_plate() -> None:
    one = [Part("a1", -100.0, 3.0, 0.0, 0.1)]
    other = [Part("a2", -5.0, 1.0, 0.1, 0.2), Part("a1", 40.0, 4.0, 0.0, 0.1)]
    assert joined(one, other) == [Part("a1", -60.0, 5.0, 0.0, 0.1), Part("a2", -5.0, 1.0, 0.1, 0.2)]


def test_a_piece_is_likeliest_over_its_own_facing_and_never_impossible_elsewhere() -> None:
    at = [place_log_density(Piece(100.0, centre, 0.0), 0.2, 0.4, 0.8) for centre in (0.3, 0.4, 0.45, 0.5, 0.7)]
    assert at == sorted(at, reverse=True)
    assert at[-1] > math.log(0.001)


def test_one_piece_does_not_lie_wider_than_a_piece_does() -> None:
    assert spread_log_factor(Piece(100.0, 0.3, 0.05)) == 0.0
    assert spread_log_factor(Piece(100.0, 0.3, 0.15)) < -1.0
