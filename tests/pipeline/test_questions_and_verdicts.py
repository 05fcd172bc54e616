"""A doubt goes before a person and comes back as a receipt. The belief is a stand-in here: worlds that a verdict reweights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from tests.pipeline.playing import digest
from tests.settlement.beliefs import Did, World, cart, knowing, shop

from saunter.base.time import MILLISECOND, SECOND
from saunter.pipeline import Pipeline
from saunter.records import (
    Alarm,
    AnyRecord,
    Attribution,
    Envelope,
    GatePass,
    Question,
    QuestionClosed,
    Receipt,
    Share,
    Stamp,
    Tick,
    Verdict,
    VisitChanged,
)

HAM = Did("p1", "ham", 1)
WHOSE_HAM = (World(0.6, {"i:0": HAM}), World(0.4, {"i:0": Did("p2", "ham", 1)}))
SURE = (World(1.0, {"i:0": HAM}),)
TICK = 100 * MILLISECOND
#: p1 leaves after a second; two seconds of grace later its bill is due, and is heard of a window (1 s) after that.
LEFT, DUE = 10 * SECOND, 12 * SECOND


class Belief:
    """Stands in for the attribution room: says the cart of each visit from its worlds, and again after each verdict."""

    def __init__(self, worlds: Sequence[World]) -> None:
        self.worlds = list(worlds)
        self.settling: dict[str, VisitChanged] = {}
        self.questions: dict[str, Question] = {}
        self.said: list[Any] = []
        self.carts = 0

    def receive(self, record: object) -> None:
        if isinstance(record, Question):
            self.questions[record.id] = record
        elif isinstance(record, Verdict):
            choice = self.questions[record.question].choices[record.choice - 1]
            pieces = sum(change.quantity for change in choice.changes)
            did = Did(choice.party, choice.changes[0].sku, pieces) if pieces else Did()
            self.worlds = knowing(self.worlds, self.questions[record.question].interaction, did, accuracy=0.97)
            self._say()
        elif isinstance(record, VisitChanged) and record.state == "settling":
            self.said.append(attribution(record.happened, len(self.settling)))
            self.settling[record.party] = record
            self._say()
        elif isinstance(record, VisitChanged) and record.state == "settled":
            del self.settling[record.party]

    def _say(self) -> None:
        for change in self.settling.values():
            self.said.append(cart(self.worlds, change.party, at=change.happened, n=self.carts))
            self.carts += 1

    def advance(self, to: int) -> list[Any]:
        said, self.said = self.said, []
        return said


def attribution(at: int, n: int = 0) -> Attribution:
    place = Envelope(store="corner", stream="attribution/interactions", sequence=n, happened=at, arrived=at)
    shares = (Share(party="p1", probability=0.6), Share(party="p2", probability=0.4), Share(party="NOBODY", probability=0.0))
    return Attribution(
        envelope=place, interaction=f"i:{n}", shelf="s1", plates=("s1p1",), started=at - SECOND, settled=at, total_g=-1.0,
        candidates=(), shares=shares,
    )  # fmt: skip


def gate(direction: str, at: int, party: str = "p1", number: int = 0) -> GatePass:
    place = Envelope(store="corner", stream="gates", sequence=number, happened=at, arrived=at)
    return GatePass(envelope=place, gate="door", direction=direction, party=party)  # type: ignore[arg-type]


def verdict(at: int, choice: int = 1, *, question: str = "settlement/questions:0", reviewer: str = "r1", n: int = 0) -> Verdict:
    place = Envelope(store="corner", stream="verdicts", sequence=n, happened=at, arrived=at)
    answer = "choice" if choice else "cannot tell"
    return Verdict(envelope=place, question=question, answer=answer, choice=choice, reviewer=reviewer, seconds=5.0)


def lived(
    worlds: Sequence[World],
    verdicts: Iterable[Verdict] = (),
    *,
    tick: int = TICK,
    parties: Sequence[str] = ("p1",),
    **policies: Any,
) -> list[AnyRecord]:
    """Parties come, leave, and get their receipts: everything the shop says in 90 seconds."""
    pipeline, belief = Pipeline(shop(**policies)), Belief(worlds)
    pipeline.attribution = belief  # type: ignore[assignment]
    readings: list[Any] = [*verdicts]
    for n, party in enumerate(parties):
        readings += [gate("in", SECOND, party, 2 * n), gate("out", LEFT, party, 2 * n + 1)]
    readings += [
        Tick(envelope=Envelope(store="corner", stream="ticks", sequence=n, happened=n * tick, arrived=n * tick))
        for n in range(90 * SECOND // tick)
    ]
    readings.sort(key=lambda reading: (reading.envelope.arrived, isinstance(reading, Tick)))
    said = [record for reading in readings for record in pipeline.step(reading)]
    assert belief.settling == {}, "the belief keeps its worlds until it hears that the visit is settled"
    return said


def of(said: Iterable[AnyRecord], kind: type[Any]) -> list[Any]:
    return [record for record in said if isinstance(record, kind)]


def billed(said: Iterable[AnyRecord]) -> dict[str, int]:
    (receipt,) = of(said, Receipt)
    return {line.sku: line.quantity for line in receipt.lines}


def test_a_doubt_becomes_a_question_the_answer_a_stamped_receipt() -> None:
    said = lived(WHOSE_HAM, [verdict(DUE + 8 * SECOND)])
    (question,), (closed,), (receipt,), (stamp,) = (of(said, kind) for kind in (Question, QuestionClosed, Receipt, Stamp))
    assert (question.envelope.arrived, question.deadline) == (DUE, DUE + 45 * SECOND)
    assert (closed.question, closed.outcome, closed.choice, closed.verdict) == (question.id, "answered", 1, "verdicts:0")
    assert billed(said) == {"ham": 1}
    assert stamp.receipt == receipt.id
    assert receipt.envelope.arrived == DUE + 7 * SECOND
    assert of(said, Alarm) == []
    order = [type(record).__name__ for record in said[said.index(question) :]]
    assert order == ["Question", "QuestionClosed", "Cart", "Settlement", "Receipt", "Stamp", "VisitChanged"]


def test_the_other_answer_takes_the_ham_off_the_bill() -> None:
    assert billed(lived(WHOSE_HAM, [verdict(DUE + 8 * SECOND, 2)])) == {}


def test_without_an_answer_the_shopper_wins_within_a_minute_of_the_exit_and_somebody_hears_of_it() -> None:
    said = lived(WHOSE_HAM)
    assert billed(said) == {}
    (receipt,) = of(said, Receipt)
    assert LEFT + 45 * SECOND < receipt.envelope.arrived < LEFT + 60 * SECOND
    (alarm,) = of(said, Alarm)
    assert (alarm.name, alarm.subject) == ("question-expired", "settlement/questions:0")
    assert alarm.text.startswith("nobody answered about visit-p1 in time")


def test_who_cannot_tell_is_followed_by_somebody_else_and_after_two_the_ham_is_dropped() -> None:
    unsure = verdict(DUE + 5 * SECOND, 0)
    said = lived(WHOSE_HAM, [unsure, verdict(DUE + 9 * SECOND, 1, question="review/questions:0", reviewer="r2", n=1)])
    assert [question.id for question in of(said, Question)] == ["settlement/questions:0", "review/questions:0"]
    assert billed(said) == {"ham": 1}
    neither = [unsure, verdict(DUE + 9 * SECOND, 0, question="review/questions:0", reviewer="r2", n=1)]
    said = lived(WHOSE_HAM, neither)
    assert [closed.outcome for closed in of(said, QuestionClosed)] == ["cannot tell"]
    assert billed(said) == {}
    assert of(said, Receipt)[0].envelope.arrived < DUE + 9 * SECOND


def test_an_answer_after_the_receipt_is_kept_and_changes_nothing() -> None:
    said = lived(WHOSE_HAM, [verdict(DUE + 50 * SECOND)])
    assert billed(said) == {}
    assert [closed.outcome for closed in of(said, QuestionClosed)] == ["expired", "late"]


def test_two_answers_in_one_turn_settle_two_visits_and_nobody_is_told_to_settle_one_by_hand() -> None:
    mine, yours = Did("p1", "ham", 1), Did("p2", "ham", 1)
    both = [World(0.36, {"i:0": mine, "i:1": yours}), World(0.24, {"i:0": mine}), World(0.24, {"i:1": yours}), World(0.16, {})]
    answers = [
        verdict(DUE + 8 * SECOND - 2),
        verdict(DUE + 8 * SECOND - 1, question="settlement/questions:1", reviewer="r2", n=1),
    ]
    said = lived(both, answers, parties=("p1", "p2"))
    assert [(receipt.party, len(receipt.lines)) for receipt in of(said, Receipt)] == [("p1", 1), ("p2", 1)]
    assert of(said, Alarm) == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (verdict(DUE + SECOND, question="settlement/questions:9"), "question 'settlement/questions:9' was never put"),
        (verdict(DUE + 2 * SECOND, 7), "there is no choice 7, it has 1 to 2"),
        (verdict(DUE + 2 * SECOND, reviewer=""), "does not say which reviewer"),
    ],
)
def test_a_verdict_that_answers_nothing_is_an_alarm_and_the_question_stays(given: Verdict, told: str) -> None:
    said = lived(WHOSE_HAM, [given, verdict(DUE + 8 * SECOND, n=1)])
    (alarm,) = of(said, Alarm)
    assert alarm.name == "verdict-refused"
    assert told in alarm.text
    assert billed(said) == {"ham": 1}


def test_a_store_that_asks_nobody_refuses_verdicts_and_bills_at_once() -> None:
    said = lived(WHOSE_HAM, [verdict(DUE + SECOND)], review="none")
    assert [alarm.name for alarm in of(said, Alarm)] == ["verdict-refused"]
    assert billed(said) == {}
    assert of(said, Receipt)[0].envelope.arrived == DUE


def test_an_audit_comes_after_the_receipt_and_shows_where_the_shopper_may_have_been() -> None:
    said = lived(SURE, audit_share=1.0)
    (question,) = of(said, Question)
    assert question.purpose == "audit"
    assert question.text == "Did the shopper keep exactly this: 1 Ham?"
    assert [look.interaction for look in question.looks] == ["i:0"]
    assert said.index(question) > said.index(of(said, Receipt)[0])
    answered = lived(SURE, [verdict(DUE + 30 * SECOND, 2, question=question.id)], audit_share=1.0)
    (closed,) = of(answered, QuestionClosed)
    assert (closed.purpose, closed.outcome, closed.choice) == ("audit", "answered", 2)
    assert billed(answered) == {"ham": 1}
    assert of(lived(WHOSE_HAM, audit_share=1.0), Question)[0].purpose == "doubt"
    assert len(of(lived(WHOSE_HAM, audit_share=1.0), Question)) == 1


def test_ticks_far_apart_do_not_make_a_timely_answer_late() -> None:
    said = lived(WHOSE_HAM, [verdict(DUE + 44 * SECOND)], tick=30 * SECOND)
    assert [closed.outcome for closed in of(said, QuestionClosed)] == ["answered"]
    second = [verdict(DUE + 40 * SECOND, 0), verdict(DUE + 44 * SECOND, question="review/questions:0", reviewer="r2", n=1)]
    said = lived(WHOSE_HAM, second, tick=30 * SECOND, question_seconds=1.0)
    assert [closed.outcome for closed in of(said, QuestionClosed)] == ["answered"]


def test_the_order_in_which_verdicts_reach_the_shop_between_two_ticks_does_not_matter() -> None:
    given = [verdict(DUE + 8 * SECOND + 2, 1), verdict(DUE + 8 * SECOND + 1, 2, reviewer="r2", n=1)]
    first, second = lived(WHOSE_HAM, given), lived(WHOSE_HAM, reversed(given))
    assert digest(first) == digest(second)
    assert billed(first) == {}
