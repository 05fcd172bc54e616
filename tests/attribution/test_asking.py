"""What a person is asked about a cart, and what an answer changes: told as stories before one larder."""

from __future__ import annotations

import math

import pytest
from tests.attribution.counter import Counter, chance, holds, idle, reaching

from saunter.records import Cart, Choice, Doubt, Envelope, Question, Verdict, VisitChanged


def contested() -> Counter:
    """Two hands were at the plate when the jam went."""
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 250.0, 10.0, others=[reaching("t2", 0.05)])
    return shop


def question(cart: Cart, doubt: Doubt) -> Question:
    choices = tuple(
        Choice(party=a.party, action=a.action, changes=a.changes, probability=a.probability, text="...") for a in doubt.answers
    )
    return Question(
        envelope=Envelope(store="larder", stream="questions", sequence=0, happened=cart.happened, arrived=cart.happened),
        purpose="doubt",
        visit=cart.visit,
        interaction=doubt.interaction,
        shelf=doubt.shelf,
        plates=doubt.plates,
        started=doubt.started,
        settled=doubt.settled,
        text="what did this shopper do?",
        choices=choices,
        deadline=cart.happened,
    )


def verdict(asked: Question, answer: str = "choice", choice: int = 0) -> Verdict:
    envelope = Envelope(store="larder", stream="verdicts", sequence=0, happened=asked.happened, arrived=asked.happened)
    return Verdict(envelope=envelope, question=asked.id, answer=answer, choice=choice)  # type: ignore[arg-type]


def after(shop: Counter, asked: Question, said: Verdict) -> list[Cart]:
    shop.engine.receive(asked)
    shop.engine.receive(said)
    return [record for record in shop.engine.advance(said.happened) if isinstance(record, Cart)]


def numbered(asked: Question, action: str) -> int:
    return 1 + [choice.action for choice in asked.choices].index(action)


def test_a_doubtful_line_says_what_could_be_asked_and_what_each_answer_would_make_of_it() -> None:
    cart = contested().leaves("p1", 20.0)
    (doubt,) = cart.doubts
    assert doubt.plates == ("a1",)
    assert {answer.action for answer in doubt.answers} == {"taken", "nothing"}
    assert math.fsum(answer.probability for answer in doubt.answers) == pytest.approx(1.0, abs=1e-5)
    taken, nothing = (next(a for a in doubt.answers if a.action == action) for action in ("taken", "nothing"))
    assert [(change.sku, change.quantity) for change in taken.changes] == [("jam-red", 1)]
    assert taken.lines[0].at_least == (1.0,)
    assert nothing.lines[0].at_least == ()


def test_the_answers_together_say_what_the_cart_says() -> None:
    """The law of total probability: the cart is the mixture of what it would be under each answer."""
    cart = contested().leaves("p1", 20.0)
    (doubt,) = cart.doubts
    mixed = math.fsum(
        answer.probability * next((line.at_least[0] for line in answer.lines if line.sku == "jam-red" and line.at_least), 0.0)
        for answer in doubt.answers
    )
    assert mixed == pytest.approx(chance(cart, "jam-red"), abs=0.01)


def test_of_a_sure_cart_hardly_anything_could_be_asked() -> None:
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 250.0, 10.0, others=[idle("t2", 2.0)])
    cart = shop.leaves("p1", 20.0)
    assert holds(cart) == {"jam-red": 1}
    assert all(doubt.answers[0].action == "taken" and doubt.answers[0].probability > 0.97 for doubt in cart.doubts)
    assert shop.leaves("p2", 30.0).doubts == ()


def test_a_verdict_settles_the_line_for_both_who_were_near() -> None:
    shop = contested()
    cart = shop.leaves("p1", 20.0)
    asked = question(cart, cart.doubts[0])
    (again,) = after(shop, asked, verdict(asked, choice=numbered(asked, "taken")))
    assert holds(again, at_least=0.97) == {"jam-red": 1}
    assert chance(shop.leaves("p2", 30.0), "jam-red") < 0.03


def test_a_verdict_of_nothing_leaves_it_to_the_other() -> None:
    shop = contested()
    cart = shop.leaves("p1", 20.0)
    asked = question(cart, cart.doubts[0])
    (again,) = after(shop, asked, verdict(asked, choice=numbered(asked, "nothing")))
    assert chance(again, "jam-red") < 0.03
    assert holds(shop.leaves("p2", 30.0), at_least=0.9) == {"jam-red": 1}


def test_who_cannot_tell_changes_nothing() -> None:
    shop = contested()
    cart = shop.leaves("p1", 20.0)
    asked = question(cart, cart.doubts[0])
    (again,) = after(shop, asked, verdict(asked, "cannot tell"))
    assert again.lines == cart.lines


def test_none_of_these_speaks_against_every_choice() -> None:
    """Both offered answers were wrong: the belief keeps its doubt, rather than being sure of what was denied."""
    shop = contested()
    cart = shop.leaves("p1", 20.0)
    asked = question(cart, cart.doubts[0])
    (again,) = after(shop, asked, verdict(asked, "none of these"))
    assert 0.1 < chance(again, "jam-red") < 0.9


def test_a_hold_and_what_follows_are_asked_about_as_one() -> None:
    """A load goes, and a minute's fraction later as much comes back: one episode, whose answer is what remains of it."""
    shop = Counter().enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 250.0, 10.0, others=[reaching("t2", 0.05)])
    shop.takes("t1", "a1", -235.0, 14.0, others=[reaching("t2", 0.05)])
    cart = shop.leaves("p1", 40.0)
    for doubt in cart.doubts:
        assert doubt.started <= doubt.settled
        assert any(answer.action == "nothing" for answer in doubt.answers)


def test_a_verdict_after_the_bill_is_settled_changes_nothing() -> None:
    shop = contested()
    cart = shop.leaves("p1", 20.0)
    asked = question(cart, cart.doubts[0])
    shop.engine.receive(asked)
    settled = VisitChanged(envelope=shop._envelope("visit", 25.0), visit="visit-p1", party="p1", state="settled")
    shop.engine.receive(settled)
    shop.engine.receive(verdict(asked, choice=1))
    assert [record for record in shop.engine.advance(settled.happened) if isinstance(record, Cart)] == []


def test_a_verdict_on_a_question_that_nobody_asked_changes_nothing() -> None:
    shop = contested()
    cart = shop.leaves("p1", 20.0)
    shop.engine.receive(verdict(question(cart, cart.doubts[0]), choice=1))
    assert shop.engine.advance(cart.happened) == []
