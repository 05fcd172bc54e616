"""A bill in doubt: charged, dropped, asked about or waited for, whichever is the cheapest."""

from __future__ import annotations

import pytest
from tests.settlement.beliefs import NOON, Did, World, cart, closed, knowing, shop

from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.records import Question, Record, Settlement
from saunter.settlement import SettlementEngine, State, best, cheapest, costs_of
from saunter.settlement.choosing import Bill, Settle

HAM, WATER = Did("p1", "ham", 1), Did("p1", "water", 1)
#: p1 or p2 took the ham; p1 surely took water.
WHOSE_HAM = [World(0.6, {"i:0": HAM, "i:1": WATER}), World(0.4, {"i:0": Did("p2", "ham", 1), "i:1": WATER})]


def charged(settlement: Record) -> dict[str, int]:
    assert isinstance(settlement, Settlement)
    return {each.sku: each.quantity for each in settlement.decisions if each.action == "charge"}


def asked(engine: SettlementEngine, to: int = NOON) -> Question:
    (question,) = engine.advance(to)
    assert isinstance(question, Question)
    return question


def refuses(engine: SettlementEngine, record: Record, match: str) -> None:
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        engine.receive(record)
    assert engine.snapshot() == before


def test_whoever_may_have_taken_the_ham_is_asked_about_and_the_answer_settles_the_bill() -> None:
    engine = SettlementEngine(shop())
    engine.receive(cart(WHOSE_HAM))
    question = asked(engine)
    assert (question.purpose, question.visit, question.party, question.interaction) == ("doubt", "visit-p1", "p1", "i:0")
    assert question.text == "What happened at shelf s1?"
    assert [choice.text for choice in question.choices] == ["the shopper this receipt is for took 1 Ham", "shopper B took 1 Ham"]
    assert question.deadline == NOON + 45 * SECOND
    assert question.loss_removed == pytest.approx(0.6 * 2500)
    assert engine.advance(NOON + 10 * SECOND) == []
    engine.receive(cart(knowing(WHOSE_HAM, "i:0", HAM, accuracy=0.97), at=NOON + 11 * SECOND, n=1))
    assert engine.advance(NOON + 11 * SECOND) == []
    engine.receive(closed(question.id, "i:0"))
    (settlement,) = engine.advance(NOON + 12 * SECOND)
    assert charged(settlement) == {"ham": 1, "water": 1}
    assert settlement.envelope.because == ("attribution/carts:1", "review/closed:0")


def test_the_same_shop_without_review_drops_the_ham_at_once() -> None:
    engine = SettlementEngine(shop(review="none"))
    engine.receive(cart(WHOSE_HAM, awaited_ms=5000))
    (settlement,) = engine.advance(NOON)
    assert charged(settlement) == {"water": 1}


def test_a_gum_in_doubt_is_not_worth_a_look() -> None:
    worlds = [World(0.9, {"i:0": Did("p1", "gum", 1)}), World(0.1, {"i:0": Did("p2", "gum", 1)})]
    engine = SettlementEngine(shop(reviewer_cost_per_hour="100.00"))
    engine.receive(cart(worlds))
    assert charged(*engine.advance(NOON)) == {"gum": 1}


def test_a_piece_below_the_charge_threshold_is_never_charged_without_an_answer() -> None:
    for outcome in ("cannot tell", "expired"):
        engine = SettlementEngine(shop(charge_threshold=0.7, overcharge_cost=1.0))
        engine.receive(cart(WHOSE_HAM))
        engine.receive(closed(asked(engine).id, "i:0", outcome))
        assert charged(*engine.advance(NOON + SECOND)) == {"water": 1}


def test_where_wrong_charges_cost_much_more_is_asked_of_a_charge() -> None:
    worlds = [World(0.88, {"i:0": HAM}), World(0.12, {})]
    for overcharge, bill in ((4.0, {"ham": 1}), (9.0, {})):
        engine = SettlementEngine(shop(overcharge_cost=overcharge, questions_max=0))
        engine.receive(cart(worlds))
        assert charged(*engine.advance(NOON)) == bill


def test_nobody_waits_longer_than_the_plan_says_for_an_answer_that_does_not_come() -> None:
    engine = SettlementEngine(shop(question_wait_ms=30000))
    engine.receive(cart(WHOSE_HAM))
    asked(engine)
    assert engine.advance(NOON + 30 * SECOND - 1) == []
    assert engine.waiting() == ("visit-p1",)
    assert charged(*engine.advance(NOON + 30 * SECOND)) == {"water": 1}
    assert engine.waiting() == ()


def test_a_question_that_could_not_be_answered_in_time_is_not_asked() -> None:
    engine = SettlementEngine(shop(question_wait_ms=15999, question_seconds=15.0))
    engine.receive(cart(WHOSE_HAM))
    assert charged(*engine.advance(NOON)) == {"water": 1}
    in_time = SettlementEngine(shop(question_wait_ms=16000, question_seconds=15.0))
    in_time.receive(cart(WHOSE_HAM))
    assert asked(in_time).deadline == NOON + 16 * SECOND


def test_two_doubts_are_asked_one_after_the_other_and_not_more_than_the_plan_allows() -> None:
    worlds = [
        World(weight * other, {"i:0": ham, "i:1": cheese})
        for weight, ham in ((0.5, HAM), (0.5, Did("p2", "ham", 1)))
        for other, cheese in ((0.5, Did("p1", "cheese", 1)), (0.5, Did()))
    ]
    for most, expected in ((1, {"ham": 1}), (2, {"ham": 1, "cheese": 1})):
        engine = SettlementEngine(shop(questions_max=most, question_wait_ms=60000))
        engine.receive(cart(worlds))
        assert asked(engine).interaction == "i:0"
        after = knowing(worlds, "i:0", HAM)
        engine.receive(cart(after, n=1))
        engine.receive(closed("settlement/questions:0", "i:0"))
        if most == 2:
            assert asked(engine, NOON + 5 * SECOND).interaction == "i:1"
            engine.receive(cart(knowing(after, "i:1", Did("p1", "cheese", 1)), n=2))
            engine.receive(closed("settlement/questions:1", "i:1", n=1))
        assert charged(*engine.advance(NOON + 6 * SECOND)) == expected


def test_two_visits_in_doubt_about_one_grab_share_one_question() -> None:
    engine = SettlementEngine(shop())
    engine.receive(cart(WHOSE_HAM))
    engine.receive(cart(WHOSE_HAM, "p2", at=NOON + SECOND, n=1))
    question = asked(engine, NOON + SECOND)
    after = knowing(WHOSE_HAM, "i:0", Did("p2", "ham", 1))
    engine.receive(cart(after, n=2))
    engine.receive(cart(after, "p2", n=3))
    engine.receive(closed(question.id, "i:0"))
    bills = {settlement.party: charged(settlement) for settlement in engine.advance(NOON + 9 * SECOND)}  # type: ignore[attr-defined]
    assert bills == {"p1": {"water": 1}, "p2": {"ham": 1}}


def test_a_question_that_got_lost_holds_up_nobody_after_its_time() -> None:
    engine = SettlementEngine(shop())
    engine.receive(cart(WHOSE_HAM))
    asked(engine)
    assert len(engine.advance(NOON + 45 * SECOND)) == 1
    engine.receive(cart(WHOSE_HAM, "p2", at=NOON + 46 * SECOND, n=1))
    assert asked(engine, NOON + 46 * SECOND).visit == "visit-p2"


def test_evidence_on_its_way_is_waited_for_half_the_time_before_a_person_is_asked() -> None:
    engine = SettlementEngine(shop(question_wait_ms=60000))
    engine.receive(cart(WHOSE_HAM, awaited_ms=3_600_000))
    assert engine.advance(NOON + 30 * SECOND - 1) == []
    assert asked(engine, NOON + 30 * SECOND).deadline == NOON + 60 * SECOND
    soon = SettlementEngine(shop())
    soon.receive(cart(WHOSE_HAM, awaited_ms=2000))
    assert soon.advance(NOON + SECOND) == []
    soon.receive(cart(knowing(WHOSE_HAM, "i:0", HAM), at=NOON + SECOND, n=1))
    assert charged(*soon.advance(NOON + SECOND)) == {"ham": 1, "water": 1}


def test_a_bill_waits_for_evidence_only_where_more_is_at_stake_than_a_question_costs() -> None:
    even = [World(0.5, {"i:0": HAM}), World(0.5, {"i:0": Did("p2", "ham", 1)})]
    for question_cost, said in (("12.49", []), ("12.50", ["settlement:0"])):  # half a ham of 25.00 is at stake
        engine = SettlementEngine(shop(reviewer_cost_per_hour="0.00", question_cost=question_cost))
        engine.receive(cart(even, awaited_ms=5000))
        assert [each.id for each in engine.advance(NOON)] == said


def test_a_sure_bill_waits_for_nothing() -> None:
    engine = SettlementEngine(shop())
    engine.receive(cart([World(1.0, {"i:0": HAM})], awaited_ms=5000))
    assert charged(*engine.advance(NOON)) == {"ham": 1}


def test_what_comes_too_late_is_kept_and_changes_no_bill() -> None:
    engine = SettlementEngine(shop())
    engine.receive(cart(WHOSE_HAM))
    question = asked(engine)
    engine.receive(closed(question.id, "i:0", "expired"))
    assert len(engine.advance(NOON + SECOND)) == 1
    late = closed(question.id, "i:0", "late", n=7)
    for _ in range(2):
        engine.receive(late)
        assert engine.advance(NOON + 2 * SECOND) == []
    assert engine.late_verdicts("visit-p1") == ("verdicts:7",)
    refuses(engine, cart(knowing(WHOSE_HAM, "i:0", HAM), n=4), "settled already")


def test_news_of_a_question_that_nobody_was_asked_is_refused() -> None:
    engine = SettlementEngine(shop())
    refuses(engine, closed("settlement/questions:0", "i:0"), "is not before anybody")
    engine.receive(cart(WHOSE_HAM))
    refuses(engine, closed("settlement/questions:5", "i:0"), "is not before anybody")


def test_answers_that_do_not_sum_to_one_are_refused_with_the_cart() -> None:
    broken = cart([World(0.5, {"i:0": HAM}), World(0.5, {})])
    (doubt,) = broken.doubts
    half = type(doubt)(**{**{name: getattr(doubt, name) for name in doubt.__struct_fields__}, "answers": doubt.answers[:1]})
    faulty = type(broken)(**{**{name: getattr(broken, name) for name in broken.__struct_fields__}, "doubts": (half,)})
    refuses(SettlementEngine(shop()), faulty, r"the doubt about i:0 has answers that do not sum to one: \[0.5\]")


def test_nobody_is_named_in_a_question() -> None:
    parties = [f"anna-{number}" for number in range(9)]
    worlds = [World(1.0, {"i:0": Did(party, "ham", 1)}) for party in parties] + [World(0.1, {"i:0": Did("STAFF", "ham", 1)})]
    engine = SettlementEngine(shop())
    engine.receive(cart(worlds, parties[0]))
    question = asked(engine)
    assert len(question.choices) == 8
    assert not [choice.text for choice in question.choices if "anna" in choice.text]
    assert [choice.text for choice in question.choices[:3]] == [
        "the shopper this receipt is for took 1 Ham",
        "shopper B took 1 Ham",
        "shopper C took 1 Ham",
    ]


def test_what_does_not_fit_on_the_keys_counts_as_knowing_only_that_it_was_none_of_these() -> None:
    plan, others = shop(), [Did(f"p{number}", "ham", 1) for number in range(2, 10)]
    ham, cheese = World(0.9, {"i:0": HAM}), World(0.05, {"i:0": Did("p1", "cheese", 1)})
    for rare in ([ham], [ham, cheese]):
        made = cart([*(World(1.0, {"i:0": did}) for did in others), *rare])
        found = best(made, costs_of(plan))
        assert found is not None
        if len(rare) == 2:
            assert 0 < found.removed < costs_with_all(plan, made) - 1
        else:
            assert found.removed == pytest.approx(costs_with_all(plan, made))


def costs_with_all(plan: object, made: object) -> float:
    """The value of an answer if all answers had a key of their own."""
    costs = costs_of(plan)  # type: ignore[arg-type]
    lines = {line.sku: line for line in made.lines}  # type: ignore[attr-defined]
    (doubt,) = made.doubts  # type: ignore[attr-defined]
    given = [{**lines, **{line.sku: line for line in answer.lines}} for answer in doubt.answers]
    return costs.loss(lines) - sum(
        answer.probability * costs.loss(case) for answer, case in zip(doubt.answers, given, strict=True)
    )


@pytest.mark.parametrize("at", [NOON, NOON + 20 * SECOND, NOON + 45 * SECOND])
def test_a_restart_in_the_middle_of_a_question_continues_identically(at: int) -> None:
    engine, again = SettlementEngine(shop()), SettlementEngine(shop())
    engine.receive(cart(WHOSE_HAM))
    engine.receive(cart(WHOSE_HAM, "p2", n=1))
    again.restore(engine.snapshot())
    assert again.advance(at) == engine.advance(at) != []
    again.restore(engine.snapshot())
    if at < NOON + 45 * SECOND:
        for each in (engine, again):
            each.receive(cart(knowing(WHOSE_HAM, "i:0", HAM), n=2))
            each.receive(closed("settlement/questions:0", "i:0"))
    assert again.advance(at + 60 * SECOND) == engine.advance(at + 60 * SECOND)
    assert again.snapshot() == engine.snapshot()


def test_a_bill_is_settled_when_no_question_is_worth_it() -> None:
    made = cart([World(1.0, {"i:0": HAM})])
    bill = Bill(cart=made, opened=NOON, deadline=NOON + 45 * SECOND)
    assert bill.state is State.DECIDING
    assert isinstance(cheapest(bill, NOON, costs_of(shop()), 2, {}), Settle)
