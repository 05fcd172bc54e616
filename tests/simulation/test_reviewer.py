"""Pretend reviewers: right as often as they should be, one question at a time, and the same on every run."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence

import msgspec
import pytest
from tests.pipeline.the_stall import stall

from saunter.base.time import SECOND
from saunter.disputes import DisputesEngine
from saunter.records import (
    Change,
    Choice,
    DisputeRaised,
    Envelope,
    Question,
    QuestionClosed,
    Receipt,
    ReceiptLine,
    TrueAction,
    TrueLine,
    TrueReceipt,
    Verdict,
)
from saunter.simulation import Habits, SimulatedReviewers
from saunter.simulation.watching import HELD, MARGIN, disputed, watched

NOON = 1_000 * SECOND
ALWAYS_RIGHT = Habits(reviewers=1, accuracy=1.0, cannot_tell=0.0, spread=0.0)


def place(stream: str, n: int, at: int) -> Envelope:
    return Envelope(store="corner", stream=stream, sequence=n, happened=at, arrived=at)


def choice(party: str, **changes: int) -> Choice:
    listed = tuple(Change(sku=sku, quantity=pieces) for sku, pieces in changes.items())
    action = "nothing" if not changes else "taken" if min(changes.values()) > 0 else "put back"
    return Choice(party=party, action=action, changes=listed, probability=0.3, text="")  # type: ignore[arg-type]


CHOICES = (choice("p1", ham=1), choice("p2", ham=1), choice("NOBODY"), choice("p1", ham=-1), choice("p1", cola=1, ham=-1))
P1_TOOK, P2_TOOK, NOTHING, P1_PUT_BACK, P1_SWAPPED = range(1, 6)


def question(
    n: int = 0, *, at: int = NOON, deadline_s: int = 45, choices: Sequence[Choice] = CHOICES, not_to: tuple[str, ...] = ()
) -> Question:
    """About what happened from 60 to 58 seconds before noon."""
    return Question(
        envelope=place("settlement/questions", n, at), purpose="doubt", visit="visit-p1", interaction="i:0", shelf="s1",
        plates=("s1p1", "s1p2"), started=NOON - 60 * SECOND, settled=NOON - 58 * SECOND, text="", choices=tuple(choices),
        deadline=at + deadline_s * SECOND, not_to=not_to,
    )  # fmt: skip


def did(
    party: str, action: str, sku: str = "ham", pieces: int = 1, *, at_s: float = -59.0, plate: str = "s1p1", n: int = 0
) -> TrueAction:
    return TrueAction(
        envelope=place("truth/actions", n, NOON + round(at_s * SECOND)), party=party, action=action, sku=sku, gtin="",  # type: ignore[arg-type]
        quantity=pieces, plates=(plate,),
    )  # fmt: skip


def answers(reviewers: SimulatedReviewers, before_s: float = 3600.0) -> list[Verdict]:
    return reviewers.due(NOON + round(before_s * SECOND))


@pytest.mark.parametrize(
    ("truth", "right"),
    [
        ([did("p1", "take")], P1_TOOK),
        ([did("p2", "take")], P2_TOOK),
        ([did("p3", "take")], 0),
        ([did("p1", "take", pieces=2)], 0),
        ([did("p1", "take", "cola")], 0),
        ([did("p1", "put back")], P1_PUT_BACK),
        ([did("p1", "put back"), did("p1", "take", "cola", at_s=-58.5, plate="s1p2")], P1_SWAPPED),
        ([], NOTHING),
        ([did("p1", "touch", "", 0)], NOTHING),
        ([did("p2", "touch", "", 0), did("p1", "take")], P1_TOOK),
        ([did("p1", "take"), did("p1", "put back", at_s=-58.2)], NOTHING),
        ([did("p1", "take", plate="s1p9")], NOTHING),
        ([did("p1", "take", at_s=-90.0), did("p2", "take", at_s=-20.0)], NOTHING),
        ([did("p1", "take"), did("p1", "take", "gum", at_s=-58.5, plate="s1p2")], P1_TOOK),
        ([did("p2", "take", at_s=-61.4), did("p1", "take", at_s=-59.0)], P1_TOOK),
        ([did("STAFF", "restock", pieces=6)], 0),
    ],
)
def test_a_reviewer_sees_what_truly_happened(truth: list[TrueAction], right: int) -> None:
    assert watched(question(), truth) == right


def test_a_grab_just_outside_the_movement_is_seen_and_one_further_off_is_another() -> None:
    edge_s = MARGIN / SECOND
    for at_s, right in (
        (-60 - edge_s, P1_TOOK),
        (-60 - edge_s - 0.01, NOTHING),
        (-58 + edge_s, P1_TOOK),
        (-57.99 + edge_s, NOTHING),
    ):
        assert watched(question(), [did("p1", "take", at_s=at_s)]) == right


def test_a_lift_that_goes_back_later_is_the_lift_where_it_can_be_said_and_nothing_where_it_cannot() -> None:
    truth = [did("p1", "take"), did("p1", "put back", at_s=-40.0)]
    assert watched(question(), truth) == P1_TOOK
    others = (choice("p2", ham=1), choice("NOBODY"))
    assert watched(question(choices=others), truth) == 2
    assert watched(question(choices=others), [did("p1", "take"), did("p1", "put back", at_s=-57.9 + HELD / SECOND)]) == 0
    assert watched(question(choices=others), [did("p1", "take"), did("p2", "put back", at_s=-40.0)]) == 0


def test_who_is_asked_whether_one_shopper_took_something_says_no_when_another_did() -> None:
    """All choices are about p1; p2 took the ham. p1 took nothing there: that is an answer, not none of these."""
    about_p1 = (choice("p1", ham=1), choice("p1"))
    assert watched(question(choices=about_p1), [did("p2", "take")]) == 2
    assert watched(question(choices=about_p1), [did("p1", "take")]) == 1
    assert watched(question(choices=about_p1), [did("p1", "take", pieces=2)]) == 0
    assert watched(question(choices=about_p1), [did("p1", "take", pieces=2), did("p1", "put back", pieces=2, at_s=-40.0)]) == 2


def test_an_answer_comes_after_the_time_of_a_look_and_only_once() -> None:
    reviewers = SimulatedReviewers(7, ALWAYS_RIGHT)
    reviewers.hear([did("p2", "take"), question()])
    assert answers(reviewers, 8.0) == []
    (given,) = answers(reviewers, 8.1)
    assert (given.question, given.answer, given.choice) == ("settlement/questions:0", "choice", P2_TOOK)
    assert (given.reviewer, given.seconds, given.envelope.arrived) == ("reviewer-1", 8.0, NOON + 8 * SECOND)
    assert given.envelope.because == ("settlement/questions:0",)
    assert answers(reviewers) == []


def test_one_reviewer_takes_questions_one_after_the_other_and_two_take_them_side_by_side() -> None:
    for reviewers, times in ((1, [8, 16, 24]), (2, [8, 8, 16]), (3, [8, 8, 8])):
        people = SimulatedReviewers(7, Habits(reviewers=reviewers, accuracy=1.0, cannot_tell=0.0, spread=0.0))
        people.hear([question(n) for n in range(3)])
        assert [round((given.happened - NOON) / SECOND) for given in answers(people)] == times


def test_what_is_due_first_is_looked_at_first_and_what_an_average_look_would_answer_too_late_not_at_all() -> None:
    reviewers = SimulatedReviewers(7, ALWAYS_RIGHT)
    reviewers.hear([question(n, deadline_s=seconds) for n, seconds in enumerate((32, 20, 16, 24, 39))])
    given = answers(reviewers)
    assert [each.question[-1] for each in given] == ["2", "1", "3", "0"]
    assert [(each.happened - NOON) // SECOND for each in given] == [8, 16, 24, 32]


def test_a_closed_question_is_nobodys_work_any_more() -> None:
    reviewers = SimulatedReviewers(7, ALWAYS_RIGHT)
    reviewers.hear([question(0, deadline_s=20), question(1)])
    assert answers(reviewers, 1.0) == []
    reviewers.hear(
        QuestionClosed(
            envelope=place("review/closed", n, NOON), question=f"settlement/questions:{n}", purpose="doubt", visit="visit-p1",
            interaction="i:0", outcome="expired",
        )
        for n in (0, 1)
    )  # fmt: skip
    assert [given.question[-1] for given in answers(reviewers)] == ["0"]


def test_a_second_opinion_is_somebody_elses() -> None:
    reviewers = SimulatedReviewers(7, Habits(reviewers=2, accuracy=1.0, cannot_tell=0.0))
    reviewers.hear([question(not_to=("reviewer-1",))])
    assert [given.reviewer for given in answers(reviewers)] == ["reviewer-2"]
    alone = SimulatedReviewers(7, ALWAYS_RIGHT)
    alone.hear([question(not_to=("reviewer-1",))])
    assert answers(alone) == []


@pytest.mark.slow
def test_they_are_as_often_right_unsure_and_quick_as_stated() -> None:
    reviewers = SimulatedReviewers(3, Habits(reviewers=1, accuracy=0.9, cannot_tell=0.1, seconds=6.0))
    reviewers.hear([did("p1", "take"), *(question(n, deadline_s=10**6) for n in range(2000))])
    given = answers(reviewers, 10.0**6)
    told = [each for each in given if each.answer != "cannot tell"]
    assert len(given) == 2000
    assert 1 - len(told) / 2000 == pytest.approx(0.1, abs=0.027)  # four standard errors
    assert sum(each.choice == P1_TOOK for each in told) / len(told) == pytest.approx(0.9, abs=0.029)
    assert statistics.mean(each.seconds for each in given) == pytest.approx(6.0, abs=0.29)
    assert {each.choice for each in told} == {0, 1, 2, 3, 4, 5}
    assert all((each.answer == "choice") == (each.choice > 0) for each in given)


def test_the_same_question_gets_the_same_answer_whatever_else_is_asked_and_however_often_one_looks() -> None:
    alone, busy, often = (SimulatedReviewers(11, Habits(reviewers=1)) for _ in range(3))
    alone.hear([question(5)])
    busy.hear([question(n, deadline_s=10**4) for n in range(8)])
    often.hear([question(n, deadline_s=10**4) for n in range(8)])
    (given,) = answers(alone)
    same = {each.question: each for each in answers(busy)}
    assert (same[given.question].answer, same[given.question].choice, same[given.question].seconds) == (
        given.answer,
        given.choice,
        given.seconds,
    )
    steps = [each for second in range(3601) for each in answers(often, second)]
    assert steps == list(same.values())


# -- audits ------------------------------------------------------------------------------------------------------------

AUDIT = tuple(
    Choice(party="", action=action, changes=(), probability=0.25, text="")  # type: ignore[arg-type]
    for action in ("right", "too much", "missing", "both")
)


def audit(n: int = 0) -> Question:
    return Question(
        envelope=place("review/questions", n, NOON), purpose="audit", visit="visit-p1", party="p1", interaction="", shelf="",
        plates=(), started=0, settled=0, text="", choices=AUDIT, deadline=NOON + 10**6 * SECOND,
    )  # fmt: skip


def receipt(**lines: int) -> Receipt:
    made = tuple(
        ReceiptLine(
            sku=sku, gtin=f"{len(sku):014}", name=sku, quantity=pieces, unit_price_minor=1, net_minor=pieces, tax_code="",
            tax_rate="0", tax_minor=0, total_minor=pieces, probability=1.0, because=("i:0",),
        )
        for sku, pieces in lines.items()
    )  # fmt: skip
    return Receipt(
        envelope=place("ledger", 0, NOON), visit="visit-p1", party="p1", currency="EUR", lines=made, net_minor=0, tax_minor=0,
        total_minor=0,
    )  # fmt: skip


def true_receipt(*lines: TrueLine) -> TrueReceipt:
    return TrueReceipt(envelope=place("truth/receipts", 0, NOON), visit="visit-p1", party="p1", lines=lines)


@pytest.mark.parametrize(
    ("true", "right"),
    [
        ([TrueLine(sku="ham", quantity=2)], 1),
        ([TrueLine(gtin=f"{3:014}", quantity=2)], 1),
        ([TrueLine(sku="ham", quantity=1), TrueLine(sku="ham", quantity=1)], 1),
        ([TrueLine(sku="ham", quantity=1)], 2),
        ([], 2),
        ([TrueLine(sku="ham", quantity=3)], 3),
        ([TrueLine(sku="ham", quantity=2), TrueLine(sku="gum")], 3),
        ([TrueLine(sku="gum")], 4),
    ],
)
def test_an_audit_compares_the_receipt_with_what_was_kept(true: list[TrueLine], right: int) -> None:
    reviewers = SimulatedReviewers(7, ALWAYS_RIGHT)
    reviewers.hear([receipt(ham=2), audit()])
    assert answers(reviewers, 60.0) == []
    reviewers.hear([true_receipt(*true)])
    (given,) = answers(reviewers, 120.0)
    assert (given.answer, given.choice) == ("choice", right)


def test_a_wrong_answer_to_an_audit_is_one_of_its_choices() -> None:
    reviewers = SimulatedReviewers(7, Habits(reviewers=1, accuracy=0.0, cannot_tell=0.0))
    reviewers.hear([receipt(ham=2), true_receipt(TrueLine(sku="ham", quantity=2)), *(audit(n) for n in range(60))])
    assert {given.choice for given in answers(reviewers)} == {2, 3, 4}


def test_doubts_come_before_audits() -> None:
    reviewers = SimulatedReviewers(7, ALWAYS_RIGHT)
    reviewers.hear([receipt(), true_receipt(), audit(), question()])
    assert [given.question for given in answers(reviewers)] == ["settlement/questions:0", "review/questions:0"]


@pytest.mark.parametrize(
    "wrong", [{"reviewers": 0}, {"accuracy": 1.1}, {"cannot_tell": -0.1}, {"seconds": 0.0}, {"spread": -1.0}]
)
def test_impossible_habits_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="at least one reviewer"):
        Habits(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("true", "named", "right"),
    [({"ham": 2}, "ham", 1), ({"ham": 1}, "ham", 2), ({}, "ham", 2), ({"ham": 2}, "cola", 2), ({"ham": 2}, "", 2)],
)
def test_a_reviewer_of_a_dispute_says_whether_the_shopper_kept_what_is_charged(
    true: dict[str, int], named: str, right: int
) -> None:
    changes = (Change(sku=named, quantity=1),) if named else ()
    kept = Choice(party="", action="right", changes=changes, probability=0.5, text="")
    asked = question(choices=(kept, Choice(party="", action="too much", changes=(), probability=0.5, text="")))
    bill = receipt(ham=2, cola=1)
    owed = tuple(TrueLine(sku=sku, quantity=pieces) for sku, pieces in true.items())
    truth = TrueReceipt(envelope=place("truth/receipts", 0, NOON), visit="visit-p1", party="p1", lines=owed)
    assert disputed(asked, bill, truth) == right


@pytest.mark.parametrize(("true", "outcome"), [(2, "upheld"), (1, "refunded"), (0, "refunded")])
def test_a_dispute_as_the_shop_asks_it_is_answered_by_the_truth(true: int, outcome: str) -> None:
    room, reviewers = DisputesEngine(dataclasses.replace(stall(), store="corner")), SimulatedReviewers(1, ALWAYS_RIGHT)
    bill = receipt(cola=2)
    room.receive(bill)
    room.receive(
        DisputeRaised(
            envelope=place("d", 0, NOON + 1), visit=bill.visit, receipt=bill.id, sku="cola", quantity=1,
            claim="not taken",
        )
    )  # fmt: skip
    asked = next(each for each in room.advance(NOON + 1) if isinstance(each, Question))
    reviewers.hear([bill, true_receipt(*(TrueLine(sku="cola", quantity=true),) if true else ()), asked])
    (given,) = reviewers.due(NOON + 3600 * SECOND)
    closed = QuestionClosed(
        envelope=place("review/closed", 0, given.happened), question=asked.id, purpose="dispute",
        visit=bill.visit, interaction="", outcome="answered", verdict=given.id, choice=given.choice,
    )  # fmt: skip
    room.receive(closed)
    (changed,) = room.advance(given.happened)
    assert getattr(changed, "outcome", "") == outcome


def test_what_was_charged_and_owed_half_a_day_ago_is_forgotten() -> None:
    def heard(after_h: int) -> list[Verdict]:
        reviewers, at = SimulatedReviewers(1, ALWAYS_RIGHT), NOON + after_h * 3600 * SECOND
        reviewers.hear([receipt(ham=1), true_receipt(TrueLine(sku="ham"))])
        reviewers.hear(did("p9", "take", at_s=after_h * 3600.0, n=n) for n in range(1000))
        right = Choice(party="p1", action="right", changes=(), probability=0.9, text="")
        reviewers.hear([msgspec.structs.replace(question(at=at, choices=(right,)), purpose="audit")])
        return reviewers.due(at + 60 * SECOND)

    assert [len(heard(after_h)) for after_h in (3, 12)] == [1, 0]
