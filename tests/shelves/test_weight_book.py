"""What each product really weighs is learned from what was surely taken, and from nothing else."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shelves.goods import START, best, chances, explained, larder, step, taught

from saunter.base.randomness import generator
from saunter.records import Interaction
from saunter.shelves import ShelvesEngine
from saunter.shelves import constants as c
from saunter.shelves.weights import WeightBook


def book(**grams: float | None) -> WeightBook:
    return WeightBook(larder(**grams))


def weight_g(known: WeightBook, sku: str, plate: str) -> float:
    piece = known.piece(sku, plate)
    assert piece is not None
    return piece.mean_g


def doubt(known: WeightBook, sku: str, plate: str) -> float:
    piece = known.piece(sku, plate)
    assert piece is not None
    return piece.shared


def test_a_new_book_says_what_the_catalogue_says() -> None:
    assert weight_g(book(), "jam-red", "a1") == 250.0
    assert doubt(book(), "jam-red", "a1") == pytest.approx(math.hypot(0.04, 0.04), rel=0.01)
    assert book().piece("ghost", "a8") is None


@pytest.mark.parametrize("factor", [0.93, 0.98, 1.04, 1.07])
def test_after_a_few_sure_takes_the_weight_is_known_whatever_the_catalogue_says(factor: float) -> None:
    known, dice = book(), generator(2, "pieces")
    before = doubt(known, "jam-red", "a1")
    for _ in range(20):
        known.learn("jam-red", "a1", 1, 250.0 * factor * dice.normal(1.0, 0.01), 0.5, 1.0)
    assert weight_g(known, "jam-red", "a1") == pytest.approx(250.0 * factor, rel=0.007)
    assert doubt(known, "jam-red", "a1") < 0.25 * before


def test_what_one_plate_teaches_is_half_believed_of_another() -> None:
    """An error seen on one plate may be the catalogue's, then it holds everywhere, or that plate's own."""
    known = book()
    for _ in range(10):
        known.learn("jam-red", "a1", 1, 265.0, 0.5, 1.0)
    assert 255.0 < weight_g(known, "jam-red", "a2") < 260.0
    assert doubt(known, "jam-red", "a2") > doubt(known, "jam-red", "a1")


def test_several_pieces_at_once_teach_the_weight_of_one() -> None:
    known = book()
    for _ in range(10):
        known.learn("jam-red", "a1", 3, 3 * 260.0, 0.5, 1.0)
    assert weight_g(known, "jam-red", "a1") == pytest.approx(260.0, rel=0.01)


def test_the_weight_of_an_unknown_product_is_that_of_its_first_sure_sighting() -> None:
    known = book()
    known.learn("ghost", "a8", 1, 180.0, 0.5, 0.6)
    assert known.piece("ghost", "a8") is None
    known.learn("ghost", "a8", 1, 180.0, 0.5, 0.95)
    assert weight_g(known, "ghost", "a8") == 180.0
    for _ in range(10):
        known.learn("ghost", "a8", 1, 184.0, 0.5, 1.0)
    assert weight_g(known, "ghost", "a8") == pytest.approx(183.5, abs=1.0)


def test_a_plainly_wrong_entry_is_replaced_when_twice_it_was_surely_that_product() -> None:
    known = book(flour=250.0)
    known.learn("flour", "b3", 1, 1000.0, 0.5, 0.8)
    known.learn("flour", "b3", 1, 1000.0, 0.5, 0.99)
    assert weight_g(known, "flour", "b3") == 250.0, "one may be a mistake of the belief"
    known.learn("flour", "b3", 1, 1010.0, 0.5, 0.99)
    assert weight_g(known, "flour", "b3") == 1005.0


def test_two_strange_weights_that_disagree_replace_nothing() -> None:
    known = book(flour=1000.0)
    for grams in (420.0, 580.0, 300.0, 700.0):
        known.learn("flour", "b3", 1, grams, 0.5, 0.99)
    assert weight_g(known, "flour", "b3") == 1000.0


def test_what_is_hardly_believed_teaches_nothing() -> None:
    known = book()
    known.learn("jam-red", "a1", 1, 262.0, 0.5, 0.49)
    assert weight_g(known, "jam-red", "a1") == 250.0


def test_the_surer_a_sighting_the_more_it_teaches() -> None:
    learned = []
    for probability in (0.5, 0.7, 0.9, 1.0):
        known = book()
        known.learn("jam-red", "a1", 1, 262.0, 2.0, probability)
        learned.append(weight_g(known, "jam-red", "a1"))
    assert learned == sorted(learned) and learned[0] < learned[-1]


@given(
    grams=st.lists(st.floats(225.0, 275.0), min_size=1, max_size=12),
    sd_g=st.floats(0.1, 30.0),
    probability=st.floats(0.5, 1.0),
)
def test_what_is_learned_lies_between_what_was_said_and_what_was_weighed_and_doubt_only_shrinks(
    grams: list[float], sd_g: float, probability: float
) -> None:
    known = book()
    doubts = [doubt(known, "jam-red", "a1")]
    for weighed in grams:
        known.learn("jam-red", "a1", 1, weighed, sd_g, probability)
        doubts.append(doubt(known, "jam-red", "a1"))
    if doubts == sorted(doubts, reverse=True):
        assert min(250.0, *grams) - 1e-6 <= weight_g(known, "jam-red", "a1") <= max(250.0, *grams) + 1e-6
    else:
        assert probability > 0.9, "only a sure sighting begins anew"


# -- through the room --------------------------------------------------------------------------------------------------


def taken(engine: ShelvesEngine, grams: float, number: int, plate: str = "a1") -> Interaction:
    engine.receive(step({plate: -grams}, at_s=10.0 + 60 * number, sequence=number))
    (interaction,) = engine.advance(START)
    return interaction


def test_sure_attributions_teach_the_room_and_neighbours_are_told_apart_better() -> None:
    """The red jam really weighs 236 g, the honey 262 g: after some takes 236 g is no honey any more, wherever it lies."""
    engine = ShelvesEngine(larder())
    for number in range(8):
        engine.receive(taught(taken(engine, 236.0, number), "jam-red"))
    assert weight_g(engine.book, "jam-red", "a1") == pytest.approx(236.0, abs=2.0)
    engine.receive(step({"a1": -472.0}, at_s=900.0, sequence=99))
    (two,) = engine.advance(START)
    assert best(two) == "2 jam-red"


def test_what_was_weighed_before_has_no_plainly_wrong_entry_any_more() -> None:
    """The first 750 g from the jams may be one jam four times as heavy as the label says; after a sure jam it is three jams."""
    engine = ShelvesEngine(larder())
    before = chances(taken(engine, 750.0, 0))
    engine.receive(taught(taken(engine, 250.0, 1), "jam-red"))
    after = chances(taken(engine, 750.0, 2))
    assert before["1 jam-red"] > 10 * after.get("1 jam-red", 0.0)
    assert after["3 jam-red"] > before["3 jam-red"]


def test_several_pieces_at_once_prove_no_entry() -> None:
    known = book()
    known.learn("jam-red", "a1", 2, 500.0, 0.5, 0.99)
    known.learn("jam-red", "a1", 1, 250.0, 0.5, 0.8)
    assert not known.is_known("jam-red")


def test_doubtful_or_mixed_attributions_teach_nothing() -> None:
    engine = ShelvesEngine(larder())
    engine.receive(taught(taken(engine, 240.0, 0), "jam-red", probability=0.4))
    assert weight_g(engine.book, "jam-red", "a1") == 250.0


def test_part_of_a_longer_movement_teaches_nothing() -> None:
    """A lift in two steps: the second 600 g alone are no weight of anything."""
    engine = ShelvesEngine(larder())
    told = taught(taken(engine, 600.0, 0, "b3"), "flour")
    engine.receive(msgspec.structs.replace(told, joins=("shelves/interactions:9",)))
    assert weight_g(engine.book, "flour", "b3") == 1000.0


def test_one_interaction_teaches_once_however_often_it_is_said_again() -> None:
    engine = ShelvesEngine(larder())
    interaction = taken(engine, 262.0, 0)
    engine.receive(taught(interaction, "jam-red"))
    once = weight_g(engine.book, "jam-red", "a1")
    for _ in range(5):
        engine.receive(taught(interaction, "jam-red"))
    assert 250.0 < once == weight_g(engine.book, "jam-red", "a1")


def test_an_attribution_of_something_never_felt_here_teaches_nothing() -> None:
    engine, other = ShelvesEngine(larder()), ShelvesEngine(larder())
    engine.receive(taught(taken(other, 262.0, 0), "jam-red"))
    assert weight_g(engine.book, "jam-red", "a1") == 250.0


def test_the_pastry_of_the_day_is_learned_and_then_counted() -> None:
    engine = ShelvesEngine(larder())
    engine.receive(taught(taken(engine, 180.0, 0, "a8"), "ghost", probability=0.95))
    found = chances(taken(engine, 361.0, 1, "a8"))
    assert found["2 ghost"] > 0.7
    assert "2 ghost" not in chances(explained(larder(), {"a8": -361.0}))


def test_the_doubts_of_the_room_have_the_reasons_they_name() -> None:
    assert pytest.approx(c.CATALOGUE_MAX / math.sqrt(3), rel=0.02) == c.CATALOGUE_ERROR
    assert 0 < c.PIECE_ERROR < c.CATALOGUE_ERROR
