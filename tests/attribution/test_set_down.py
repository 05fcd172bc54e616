"""A hand at the floor: what was taken last may lie there, nothing else, and only where no shelf was touched meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.attribution.counter import Counter, chance, instant
from tests.shelves.goods import larder

from saunter.attribution import constants as c
from saunter.base.geometry import from_heading
from saunter.base.habits import FLOOR_WRIST_M
from saunter.plan import Plan
from saunter.records import Attribution, Cart, Envelope, HandAtFloor, Question, Verdict
from saunter.settlement.wording import asked, choices


def stoop(shop: Counter, track: str, from_s: float, to_s: float, number: int = 0) -> list[Attribution]:
    """A hand is at the floor; what the belief says of it."""
    place = Envelope(store="larder", stream="tracking/floor", sequence=number, happened=instant(to_s), arrived=instant(to_s))
    record = HandAtFloor(envelope=place, track=track, started=instant(from_s), settled=instant(to_s), x_m=2.0, y_m=2.0)
    shop.engine.receive(record)
    return [said for said in shop.engine.advance(instant(to_s)) if isinstance(said, Attribution)]


def test_what_was_taken_last_may_have_been_set_down() -> None:
    """p1 takes a jam, then a crate; a hand goes to the floor: the crate is in doubt, the jam is not."""
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "a1", 250.0, 10.0)
    shop.takes("t1", "b1", 1500.0, 20.0)
    (said,) = stoop(shop, "t1", 30.0, 30.5)
    assert said.plates == () and said.candidates[0].probability == pytest.approx(0.5, abs=0.02)
    cart = shop.leaves("p1", 60.0)
    assert chance(cart, "jam-red") > 0.95
    assert chance(cart, "crate") == pytest.approx(1 - c.SET_DOWN, abs=0.03)


def test_a_hand_that_holds_nothing_known_sets_nothing_down() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 250.0, 10.0)
    assert stoop(shop, "t2", 20.0, 20.5) == []
    assert stoop(shop, "nobody-knows", 20.0, 20.5) == []
    assert chance(shop.leaves("p1", 60.0), "jam-red") > 0.95


def test_what_was_taken_long_ago_is_in_the_bag() -> None:
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "a1", 250.0, 10.0)
    assert stoop(shop, "t1", 200.0, 200.5) == []


def boards_at(height_m: float) -> Plan:
    """The larder with board `a` at another height."""
    plan = larder()
    moved = {name: replace(plate, frame=from_heading(0.0, (plate.along_m, 0.0, height_m))) for name, plate in plan.plates.items()}
    return replace(plan, plates={**plan.plates, **{name: plate for name, plate in moved.items() if plate.shelf == "a"}})


@pytest.mark.parametrize(
    ("height_m", "is_set_down"), [(0.1, False), (FLOOR_WRIST_M, False), (FLOOR_WRIST_M + 0.01, True), (1.2, True)]
)
def test_a_hand_at_a_low_board_sets_nothing_down_and_a_higher_board_is_no_reason_to_stoop(
    height_m: float, is_set_down: bool
) -> None:
    """The hand is low just after a jam left a board. A low one: it only went there. A higher one: the jam may be on the floor."""
    shop = Counter(boards_at(height_m)).enters("p1", "t1")
    shop.takes("t1", "b1", 1500.0, 10.0)
    shop.takes("t1", "a1", 250.0, 20.0)
    assert bool(stoop(shop, "t1", 20.8, 21.5)) == is_set_down
    assert chance(shop.leaves("p1", 60.0), "jam-red") == pytest.approx(1 - c.SET_DOWN if is_set_down else 1.0, abs=0.03)


def test_where_it_is_open_who_stooped_each_has_the_thing_set_down_in_its_own_worlds() -> None:
    """t1 is p1 or p2, surely took a jam, and stoops: whoever it is holds one only by half."""
    shop = Counter().enters("p1").enters("p2").named("t1", {"p1": 0.6, "p2": 0.4})
    shop.takes("t1", "a1", 250.0, 10.0)
    stoop(shop, "t1", 20.0, 20.5)
    one, other = shop.leaves("p1", 40.0), shop.leaves("p2", 41.0)
    assert chance(one, "jam-red") + chance(other, "jam-red") == pytest.approx(1 - c.SET_DOWN, abs=0.05)


def test_a_track_whose_party_has_gone_in_some_worlds_stops_nothing() -> None:
    """t1 and t2 may have been swapped; p1 leaves and is billed; then t2 stoops."""
    shop = Counter().enters("p1", "t1").enters("p2", "t2").met("t1", "t2", 0.3)
    shop.takes("t2", "a1", 250.0, 10.0)
    shop.leaves("p1", 15.0)
    shop._visit("p1", "settled", 18.0)
    stoop(shop, "t2", 20.0, 20.5)
    assert 0.3 < chance(shop.leaves("p2", 40.0), "jam-red") < 0.7


def test_what_was_put_back_since_is_not_in_the_hand_but_what_was_taken_before_it_may_be() -> None:
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "a1", 250.0, 10.0)
    shop.takes("t1", "b1", 1500.0, 20.0)
    shop.takes("t1", "b1", -1500.0, 30.0)
    stoop(shop, "t1", 40.0, 40.5)
    cart = shop.leaves("p1", 60.0)
    assert chance(cart, "crate") < 0.05
    assert chance(cart, "jam-red") == pytest.approx(1 - c.SET_DOWN, abs=0.03)


def test_who_put_everything_back_sets_nothing_down() -> None:
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "a1", 250.0, 10.0)
    shop.takes("t1", "a1", -250.0, 20.0)
    assert stoop(shop, "t1", 30.0, 30.5) == []


def test_who_stoops_and_walks_out_has_the_bill_said_again_while_it_waits() -> None:
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "a1", 250.0, 10.0)
    assert chance(shop.leaves("p1", 20.0), "jam-red") > 0.95
    place = Envelope(store="larder", stream="tracking/floor", sequence=0, happened=instant(19.5), arrived=instant(22.5))
    shop.engine.receive(HandAtFloor(envelope=place, track="t1", started=instant(19.0), settled=instant(19.5), x_m=2.0, y_m=2.0))
    (cart,) = [said for said in shop.engine.advance(instant(23.0)) if isinstance(said, Cart)]
    assert chance(cart, "jam-red") == pytest.approx(1 - c.SET_DOWN, abs=0.03)


def test_a_person_can_be_asked_about_it_and_the_answer_counts() -> None:
    """Nothing was set down, says the reviewer: the jam is charged."""
    shop = Counter().enters("p1", "t1")
    shop.takes("t1", "a1", 250.0, 10.0)
    stoop(shop, "t1", 20.0, 20.5)
    cart = shop.leaves("p1", 40.0)
    (doubt,) = [each for each in cart.doubts if not each.shelf]
    assert asked(doubt) == "Was something set down on the floor?"
    offered = choices(doubt, "p1", shop.plan.products)
    assert sorted(choice.text for choice in offered) == [
        "the shopper this receipt is for set down 1 Jam-Red",
        "the shopper this receipt is for took and put back nothing",
    ]
    envelope = Envelope(store="larder", stream="q", sequence=0, happened=instant(43.0), arrived=instant(43.0))
    question = Question(
        envelope=envelope, purpose="doubt", visit=cart.visit, interaction=doubt.interaction, shelf="", plates=(),
        started=doubt.started, settled=doubt.settled, text="", choices=offered, deadline=instant(90.0),
    )  # fmt: skip
    shop.engine.receive(question)
    nothing = next(number for number, choice in enumerate(offered, start=1) if choice.action == "nothing")
    shop.engine.receive(Verdict(envelope=envelope, question=question.id, answer="choice", choice=nothing))
    carts = [said for said in shop.engine.advance(instant(44.0)) if isinstance(said, Cart)]
    assert chance(carts[-1], "jam-red") > 0.95
