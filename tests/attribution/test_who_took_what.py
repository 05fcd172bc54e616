"""Who took what: hands, bodies, put-backs, swaps and gates, told as stories before one larder."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.attribution.counter import Counter, chance, holds, idle, instant, moved, person, reaching, replaced, resting, shares
from tests.shelves.goods import explained

from saunter.base.errors import Refused
from saunter.base.ids import NOBODY, STAFF, UNREGISTERED
from saunter.records import Cart, Envelope, Tick, VisitChanged


def test_the_party_whose_hand_was_there_took_it() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    said = shop.takes("t1", "a1", 250.0, 10.0, others=[idle("t2", 2.0)])
    assert moved(said) == "1 jam-red"
    assert shares(said)["p1"] > 0.99
    assert NOBODY in shares(said)
    assert (said.near[0].party, said.near[0].by) == ("p1", "wrist")
    assert holds(shop.leaves("p1", 20.0)) == {"jam-red": 1}
    assert holds(shop.leaves("p2", 20.0)) == {}


def test_one_party_alone_whom_no_camera_sees_took_it() -> None:
    shop = Counter().enters("p1")
    said = shop.felt({"a1": -250.0}, 10.0)
    assert shares(said)["p1"] > 0.99
    assert holds(shop.leaves("p1", 20.0)) == {"jam-red": 1}


def test_of_two_parties_whom_no_camera_sees_neither_is_charged() -> None:
    shop = Counter().enters("p1").enters("p2")
    said = shop.felt({"a1": -250.0}, 10.0)
    assert shares(said)["p1"] == pytest.approx(shares(said)["p2"])
    assert holds(shop.leaves("p1", 20.0)) == holds(shop.leaves("p2", 20.0)) == {}


def test_two_hands_at_one_plate_leave_it_open_who_it_was() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    said = shop.takes("t1", "a1", 250.0, 10.0, others=[reaching("t2", 0.05)])
    assert shares(said)["p1"] == pytest.approx(shares(said)["p2"], abs=0.01)
    assert "the hands of p1 and p2 were all near" in said.doubts
    one, other = shop.leaves("p1", 20.0), shop.leaves("p2", 20.0)
    assert chance(one, "jam-red") + chance(other, "jam-red") < 1.0 + 1e-3
    assert holds(one) == holds(other) == {}


def test_positions_alone_tell_who_stood_before_the_shelf() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.seen([person("t1", 0.1), person("t2", 0.1, -2.5)], 9.0, 11.0)
    said = shop.felt({"a1": -250.0}, 10.0)
    assert shares(said)["p1"] > 0.8
    assert said.near[0].by == "body"


def test_when_nobody_was_near_nobody_pays() -> None:
    shop = Counter().enters("p1", "t1")
    shop.seen([idle("t1", 6.0, -6.0)], 9.0, 11.0)
    said = shop.felt({"a1": -250.0}, 10.0)
    assert holds(shop.leaves("p1", 20.0), at_least=0.99) == {}
    assert said.doubts


def test_who_came_after_it_was_gone_did_not_take_it() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2", at_s=12.0)
    shop.seen([reaching("t1", 0.05)], 9.0, 11.0)
    shop.seen([reaching("t2", 0.05)], 12.0, 14.0)
    assert "p2" not in shares(shop.felt({"a1": -250.0}, 10.0))


def test_who_left_before_it_happened_did_not_take_it() -> None:
    shop = Counter().enters("p1").enters("p2")
    shop._visit("p1", "leaving", 8.0)
    assert set(shares(shop.felt({"a1": -250.0}, 10.0))) == {"p2", NOBODY}


def test_staff_and_strangers_have_no_cart() -> None:
    shop = Counter().enters("p1", "t1").named("t2", {STAFF: 1.0}).named("t3", {UNREGISTERED: 1.0})
    by_staff = shop.takes("t2", "a1", 250.0, 10.0, others=[idle("t1", 2.0)])
    by_stranger = shop.takes("t3", "b3", 1000.0, 20.0, others=[idle("t1", 2.0)])
    assert max(shares(by_staff), key=shares(by_staff).__getitem__) == STAFF
    assert max(shares(by_stranger), key=shares(by_stranger).__getitem__) == UNREGISTERED
    assert holds(shop.leaves("p1", 30.0)) == {}


# -- put-backs ---------------------------------------------------------------------------------------------------------


def test_what_is_put_back_leaves_the_cart_it_was_in() -> None:
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "a1", 500.0, 10.0)
    said = shop.takes("t1", "a1", -250.0, 20.0)
    assert (moved(said), max(shares(said), key=shares(said).__getitem__)) == ("-1 jam-red", "p1")
    assert holds(shop.leaves("p1", 30.0)) == {"jam-red": 1}


def test_nothing_is_put_back_from_a_cart_that_does_not_hold_it() -> None:
    """A jam comes from nowhere while p1, who holds flour, stands there: its cart stays as it is, and never owes the shop."""
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "b3", 1000.0, 10.0)
    said = shop.takes("t1", "a1", -250.0, 20.0)
    cart = shop.leaves("p1", 30.0)
    assert holds(cart) == {"flour": 1}
    assert all(value >= 0 for line in cart.lines for value in line.at_least)
    assert shares(said).get("p1", 0.0) < 0.999 or moved(said) == "touched"


def test_a_put_back_is_more_likely_by_who_holds_it_than_by_who_stands_nearer() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 250.0, 10.0, others=[idle("t2", 2.0)])
    shop.takes("t2", "a1", -250.0, 20.0, others=[reaching("t1", 0.15)])
    assert chance(shop.leaves("p1", 30.0), "jam-red") < 0.3
    assert holds(shop.leaves("p2", 30.0)) == {}


def test_what_was_handed_over_and_put_back_by_the_other_is_taken_off_the_takers_bill() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 250.0, 10.0, others=[idle("t2", 2.0)])
    shop.takes("t2", "a1", -250.0, 30.0, others=[idle("t1", 2.0)])
    assert chance(shop.leaves("p1", 40.0), "jam-red") < 0.5
    assert holds(shop.leaves("p2", 40.0)) == {}


def test_of_two_who_hold_the_same_the_one_whose_hand_puts_it_back_is_relieved() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 250.0, 10.0, others=[idle("t2", 2.0)])
    shop.takes("t2", "a1", 250.0, 30.0, others=[idle("t1", 2.0)])
    shop.takes("t1", "a1", -250.0, 50.0, others=[idle("t2", 2.0)])
    assert chance(shop.leaves("p1", 60.0), "jam-red") < 0.1
    assert holds(shop.leaves("p2", 60.0)) == {"jam-red": 1}


def test_a_thing_left_on_a_strange_shelf_is_taken_from_there_by_its_own_name() -> None:
    """p1 leaves the 1000 g flour among the jams; a kilogram taken there is that flour, not four jams."""
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "b3", 1000.0, 10.0, others=[idle("t2", 2.0)])
    shop.takes("t1", "a3", -1000.0, 20.0, others=[idle("t2", 2.0)])
    said = shop.takes("t2", "a3", 1000.0, 40.0, others=[idle("t1", 2.0)])
    assert moved(said) == "1 flour"
    assert holds(shop.leaves("p2", 50.0)) == {"flour": 1}
    assert holds(shop.leaves("p1", 50.0)) == {}


def test_a_hold_that_goes_back_puts_nothing_into_a_cart() -> None:
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "a1", 250.0, 10.0)
    shop.takes("t1", "a1", -249.7, 16.0)
    assert holds(shop.leaves("p1", 30.0), at_least=0.1) == {}


def test_a_press_that_lets_go_at_once_is_only_a_touch() -> None:
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "a1", -400.0, 10.0)
    said = shop.takes("t1", "a1", 400.2, 12.0)
    assert moved(said) == "touched"
    assert holds(shop.leaves("p1", 30.0), at_least=0.1) == {}


def test_a_lift_in_two_steps_is_one_thing() -> None:
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "b3", 400.0, 10.0)
    shop.takes("t1", "b3", 600.0, 11.5)
    assert holds(shop.leaves("p1", 30.0)) == {"flour": 1}


# -- who is who --------------------------------------------------------------------------------------------------------


def test_after_a_likely_swap_the_things_taken_before_and_after_move_together() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 250.0, 10.0, others=[idle("t2", 2.0)])
    shop.met("t1", "t2", 0.5, at_s=15.0)
    shop.takes("t1", "b3", 1000.0, 20.0, others=[idle("t2", 2.0)])
    one, other = shop.leaves("p1", 30.0), shop.leaves("p2", 30.0)
    assert chance(one, "jam-red") > 0.98
    assert chance(one, "flour") == pytest.approx(0.5, abs=0.02)
    assert chance(other, "flour") == pytest.approx(0.5, abs=0.02)
    assert "flour" not in holds(one) and "flour" not in holds(other)


@pytest.mark.parametrize(("left_as", "payer"), [("p1", "p1"), ("p2", "p2")])
def test_the_gate_tells_afterwards_who_a_swapped_track_was(left_as: str, payer: str) -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2").met("t1", "t2", 0.5, at_s=5.0)
    shop.takes("t1", "b3", 1000.0, 20.0, others=[idle("t2", 2.0)])
    shop.gate_saw(left_as, "t1", 28.0)
    carts = {"p1": shop.leaves("p1", 30.0), "p2": shop.leaves("p2", 30.0)}
    assert {party for party, cart in carts.items() if holds(cart)} == {payer}


def test_a_swap_that_is_all_but_excluded_changes_no_bill() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2").met("t1", "t2", 0.001, at_s=5.0)
    shop.takes("t1", "b3", 1000.0, 20.0, others=[idle("t2", 2.0)])
    assert holds(shop.leaves("p1", 30.0)) == {"flour": 1}


def test_two_sure_swaps_are_none() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2").met("t1", "t2", 0.999999, 4.0).met("t1", "t2", 0.999999, 5.0)
    assert (shop.engine.party_of("t1"), shop.engine.party_of("t2")) == ("p1", "p2")


def test_a_track_that_continues_a_lost_one_takes_for_the_same_party() -> None:
    shop = Counter().enters("p1", "t1").named("t9", {}, continues={"t1": 0.95}, at_s=8.0)
    shop.takes("t9", "b3", 1000.0, 20.0)
    assert chance(shop.leaves("p1", 30.0), "flour") == pytest.approx(0.95, abs=0.03)


def test_a_new_body_that_is_hardly_an_old_one_is_a_stranger() -> None:
    shop = Counter().enters("p1", "t1").named("t9", {}, continues={"t1": 0.1}, at_s=8.0)
    assert shop.engine.party_of("t9") == UNREGISTERED
    shop.takes("t9", "b3", 1000.0, 20.0)
    assert holds(shop.leaves("p1", 30.0)) == {}


def test_an_unknown_track_is_a_strangers() -> None:
    assert Counter().engine.party_of("never-seen") == UNREGISTERED


def test_a_track_named_anew_takes_for_its_new_party_only() -> None:
    shop = Counter().enters("p1", "t1").enters("p2").named("t1", {"p2": 1.0}, at_s=8.0)
    shop.takes("t1", "b3", 1000.0, 20.0)
    assert holds(shop.leaves("p2", 30.0)) == {"flour": 1}


# -- carts and bills ---------------------------------------------------------------------------------------------------


def test_a_party_that_came_back_has_an_empty_cart_again() -> None:
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "b3", 1000.0, 10.0)
    assert holds(shop.leaves("p1", 20.0)) == {"flour": 1}
    shop.enters("p1", "t2", at_s=100.0)
    shop.takes("t2", "a1", 250.0, 110.0)
    assert holds(shop.leaves("p1", 120.0)) == {"jam-red": 1}


def test_a_bill_of_a_party_that_is_not_in_the_shop_is_refused() -> None:
    with pytest.raises(Refused, match="'p7' is not in the shop"):
        Counter().leaves("p7", 10.0)


def test_records_it_has_no_use_for_and_unknown_shelves_are_refused() -> None:
    shop = Counter()
    with pytest.raises(Refused, match="no use for Tick"):
        shop.engine.receive(Tick(envelope=Envelope(store="larder", stream="t", sequence=0, happened=1, arrived=1)))  # type: ignore[arg-type]
    with pytest.raises(Refused, match="shelf 'z' is not in the plan"):
        shop.engine.receive(replaced(explained(shop.plan, {"a1": -250.0}), shelf="z"))


def test_the_causes_of_a_line_are_the_interactions_that_filled_and_emptied_it() -> None:
    shop = Counter().enters("p1", "t1")
    first = shop.takes("t1", "a1", 500.0, 10.0)
    shop.takes("t1", "b3", 1000.0, 20.0)
    last = shop.takes("t1", "a1", -250.0, 40.0)
    (line,) = [line for line in shop.leaves("p1", 60.0).lines if line.sku == "jam-red"]
    assert line.because == (first.interaction, last.interaction)
    assert line.cause_shares == (pytest.approx(2.0, abs=0.05), pytest.approx(-1.0, abs=0.05))


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["t1", "t2", "t3"]),
        st.sampled_from(["a1", "a2", "a3", "a5", "a7", "b1", "b3"]),
        st.sampled_from([250.0, -250.0, 500.0, -500.0, 262.0, 15.0, -15.0, 1000.0, -1000.0, 1500.0, 3.0]),
        st.sampled_from(["", "met", "near", "lost"]),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=25)
@given(ACTS)
def test_whatever_happens_shares_add_up_carts_are_never_negative_and_more_is_never_likelier(
    acts: list[tuple[str, str, float, str]],
) -> None:
    shop, tracks = Counter().enters("p1", "t1").enters("p2", "t2").enters("p3", "t3"), ("t1", "t2", "t3")
    for number, (track, plate, grams, extra) in enumerate(acts):
        at_s, here = 10.0 + 9 * number, shop.plan.plates[plate].frame.translation[0] + 0.05
        if extra == "met":
            shop.met(track, "t2" if track != "t2" else "t1", 0.3, at_s=at_s - 3)
        others = [reaching(each, here) if extra == "near" else idle(each, 2.0) for each in tracks if each != track]
        said = shop.takes(track, plate, grams, at_s, others=[] if extra == "lost" else others)
        assert sum(shares(said).values()) == pytest.approx(1.0, abs=2e-3)
        assert NOBODY in shares(said)
        assert sum(candidate.probability for candidate in said.candidates) == pytest.approx(1.0, abs=2e-2)
    assert 0.0 <= shop.engine.lost_probability() <= 1.0
    for party in ("p1", "p2", "p3"):
        cart = shop.leaves(party, 10.0 + 9 * len(acts) + 5)
        assert 0.0 <= cart.lost_probability <= 1.0 and cart.final
        for line in cart.lines:
            assert list(line.at_least) == sorted(line.at_least, reverse=True)
            assert all(0.0 < value <= 1.0 for value in line.at_least)
            assert line.because and len(line.because) == len(line.cause_shares)
    assert shop.engine.advance(0) == []


def test_a_track_that_may_have_been_somebody_who_left_may_still_be_swapped_with_another() -> None:
    """t1 is p1 or p2; p1 leaves and is billed; then t1 and t3 meet: in the worlds where t1 was p1 it is nobody we know."""
    shop = Counter().enters("p1").enters("p2").enters("p3", "t3").named("t1", {"p1": 0.5, "p2": 0.5})
    shop.leaves("p1", 10.0)
    shop._visit("p1", "settled", 13.0)
    shop.met("t1", "t3", 0.3, at_s=15.0)
    said = shop.takes("t3", "a1", 250.0, 20.0)
    assert shares(said)["p3"] > 0.6


# -- crowds ------------------------------------------------------------------------------------------------------------


def test_two_pieces_in_one_hand_are_not_shared_with_who_merely_stands_near() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 500.0, 10.0, others=[person("t2", 0.5)])
    assert chance(shop.leaves("p1", 20.0), "jam-red", 2) > 0.85


def test_two_hands_at_one_plate_and_two_pieces_gone_are_mostly_one_each() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 500.0, 10.0, others=[reaching("t2", 0.05)])
    one, other = shop.leaves("p1", 20.0), shop.leaves("p2", 21.0)
    assert chance(one, "jam-red") > 0.7 and chance(other, "jam-red") > 0.7
    assert chance(one, "jam-red", 2) < 0.3 and chance(other, "jam-red", 2) < 0.3


def test_two_hands_at_two_products_in_one_moment_take_one_each() -> None:
    """A red and a black jam go in one step; p1's hand is over the red ones, p2's over the black ones."""
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    there = [reaching("t1", 0.12), reaching("t2", 0.38)]
    shop.seen([resting(each) for each in there], 9.0, 9.4).seen(there, 9.5, 10.5)
    shop.seen([resting(each) for each in there], 10.6, 11.0)
    shop.felt({"a2": -250.0, "a3": -250.0}, 10.0)
    one, other = shop.leaves("p1", 20.0), shop.leaves("p2", 21.0)
    assert chance(one, "jam-red") > 0.8 and chance(other, "jam-black") > 0.8
    assert chance(one, "jam-black") < 0.2 and chance(other, "jam-red") < 0.2


def test_two_who_take_one_after_the_other_share_a_movement_that_never_came_to_rest() -> None:
    """Two jams leave a plate within two seconds: p1's hand is there at first, p2's at the end; the larger part went at first."""
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    one, other = reaching("t1", 0.05), reaching("t2", 0.05)
    shop.seen([resting(one), resting(other)], 8.5, 9.4).seen([one, resting(other)], 9.5, 10.2)
    shop.seen([resting(one), resting(other)], 10.3, 10.9).seen([resting(one), other], 11.0, 11.8)
    shop.seen([resting(one), resting(other)], 11.9, 13.0)
    whole = explained(shop.plan, {"a1": -500.0})
    shop.told(replaced(whole, started=instant(9.8), settled=instant(11.6)))
    carts = shop.leaves("p1", 20.0), shop.leaves("p2", 21.0)
    assert all(chance(cart, "jam-red") > 0.7 and chance(cart, "jam-red", 2) < 0.3 for cart in carts)


def test_who_may_be_one_of_two_and_came_late_to_a_long_movement_is_not_overlooked() -> None:
    """Two jams go within four seconds. p1 took the first; t2, who is p2 or p3, steps up for the last: p1 is not charged both."""
    shop = Counter().enters("p1", "t1").enters("p2").enters("p3").named("t2", {"p2": 0.6, "p3": 0.4})
    one, other = reaching("t1", 0.05), reaching("t2", 0.05)
    shop.seen([resting(one), idle("t2", 2.5)], 8.5, 9.4).seen([one, idle("t2", 2.5)], 9.5, 10.2)
    shop.seen([resting(one), idle("t2", 2.5)], 10.3, 12.0).seen([resting(one), resting(other)], 12.1, 12.8)
    shop.seen([resting(one), other], 12.9, 13.8).seen([resting(one), resting(other)], 13.9, 15.0)
    whole = explained(shop.plan, {"a1": -500.0})
    shop.told(replaced(whole, started=instant(9.8), settled=instant(13.6)))
    assert chance(shop.leaves("p1", 20.0), "jam-red", 2) < 0.4


def test_who_has_left_takes_no_part_in_a_movement_that_ends_later() -> None:
    """t1 moves the flour a little and leaves, p1 is billed; t2 takes it away: it is p2's."""
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "b3", 360.0, 10.0, others=[idle("t2", 3.0)])
    shop.leaves("p1", 11.0)
    shop._visit("p1", "settled", 14.0)
    shop.takes("t2", "b3", 640.0, 15.0)
    assert chance(shop.leaves("p2", 30.0), "flour") > 0.9
    assert all("p1" not in {party for party, _ in group.atoms()} for group in shop.engine._belief.groups)


def test_a_lift_in_three_steps_is_one_piece_and_not_two() -> None:
    """A load that may have passed is one way to read what a line says already: the third step makes it no second piece."""
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "b3", 360.0, 10.0)
    shop.takes("t1", "b3", 617.0, 12.0)
    shop.takes("t1", "b3", 23.0, 14.0)
    cart = shop.leaves("p1", 20.0)
    assert chance(cart, "flour") > 0.9 and chance(cart, "flour", 2) < 0.05


def test_a_gate_that_proves_a_swap_nobody_saw_names_the_other_of_the_two_from_then_on() -> None:
    """p1 goes out with the track that was surely p2's: the track taken for p1 is p2's."""
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.seen([idle("t1", 0.3), idle("t2", 1.0)], 8.0, 10.0)
    shop.gate_saw("p1", "t2", 10.1)
    said = shop.takes("t1", "a1", 250.0, 15.0)
    assert shares(said)["p2"] > 0.9
    assert holds(shop.leaves("p2", 25.0)) == {"jam-red": 1}


def test_a_stranger_who_sets_goods_down_empties_nobodys_cart() -> None:
    """p1 took a jam and walked on; later somebody without a name sets one down: rather lost staff than the jam of p1."""
    shop = Counter().enters("p1", "t1").named("t2", {UNREGISTERED: 1.0})
    shop.takes("t1", "a1", 250.0, 10.0, others=[idle("t2", 2.0)])
    shop.takes("t2", "a1", -250.0, 60.0, others=[idle("t1", 6.0, -6.0)])
    assert holds(shop.leaves("p1", 70.0)) == {"jam-red": 1}


def test_who_has_left_takes_nothing_more_while_the_bill_still_waits() -> None:
    """p1 is out; its track goes on for a moment at the shelf (a tracker's mistake): that is nobody's cart."""
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "b3", 1000.0, 10.0, others=[idle("t2", 2.0)])
    shop._visit("p1", "leaving", 20.0)
    said = shop.takes("t1", "a1", 250.0, 30.0, others=[idle("t2", 2.0)])
    assert "p1" not in shares(said)
    shop._visit("p1", "settling", 35.0)
    (cart,) = [record for record in shop.engine.advance(0) if isinstance(record, Cart)]
    assert holds(cart) == {"flour": 1}


def test_who_comes_back_before_the_last_bill_is_made_has_two_visits_and_two_carts() -> None:
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "b3", 1000.0, 10.0)
    shop._visit("p1", "leaving", 20.0)
    again = Envelope(store="larder", stream="visit", sequence=900, happened=instant(21.0), arrived=instant(21.0))
    shop.engine.receive(VisitChanged(envelope=again, visit="visit-p1-2", party="p1", state="shopping"))
    shop._visit("p1", "settling", 22.0)
    (first,) = [record for record in shop.engine.advance(0) if isinstance(record, Cart)]
    shop.takes("t1", "a1", 250.0, 30.0)
    due = Envelope(store="larder", stream="visit", sequence=901, happened=instant(40.0), arrived=instant(40.0))
    shop.engine.receive(VisitChanged(envelope=due, visit="visit-p1-2", party="p1", state="settling"))
    (second,) = [record for record in shop.engine.advance(0) if isinstance(record, Cart)]
    assert (first.visit, holds(first)) == ("visit-p1", {"flour": 1})
    assert (second.visit, holds(second)) == ("visit-p1-2", {"jam-red": 1})
