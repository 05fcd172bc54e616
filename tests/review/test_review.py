"""Questions before people: who answers what, what expires, who is asked again, and which receipts are audited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.settlement.beliefs import NOON, shop

from saunter.base.errors import InputProblems, Refused
from saunter.base.time import HOUR, SECOND
from saunter.records import (
    Attribution,
    Choice,
    Decision,
    Envelope,
    Question,
    QuestionClosed,
    Receipt,
    ReceiptLine,
    Record,
    Share,
    Tick,
    Verdict,
)
from saunter.review import Figures, ReviewEngine, drawn, pressed
from saunter.review.constants import CLOSED_MAX, OPEN_MAX

DEADLINE = NOON + 45 * SECOND


def place(stream: str, n: int, at: int = NOON, store: str = "corner") -> Envelope:
    return Envelope(store=store, stream=stream, sequence=n, happened=at, arrived=at)


def question(n: int = 0, *, visit: str = "visit-p1", deadline: int = DEADLINE) -> Question:
    choices = tuple(Choice(party=party, action="taken", changes=(), probability=0.5, text=party) for party in ("p1", "p2"))
    return Question(
        envelope=place("settlement/questions", n), purpose="doubt", visit=visit, interaction=f"i:{n}", shelf="s1",
        plates=("s1p1",), started=0, settled=1, text="?", choices=choices, deadline=deadline,
    )  # fmt: skip


def verdict(
    choice: int = 1, *, to: str = "settlement/questions:0", by: str = "r1", at: int = NOON + 5 * SECOND, n: int = 0, **other: Any
) -> Verdict:
    answer = other.pop("answer", "choice" if choice else "cannot tell")
    return Verdict(
        envelope=place("verdicts", n, at), question=to, answer=answer, choice=choice, reviewer=by, seconds=4.0, **other
    )


def asked(*questions: Question, **policies: Any) -> ReviewEngine:
    engine = ReviewEngine(shop(**policies))
    for each in questions or (question(),):
        engine.receive(each)
    return engine


def outcomes(engine: ReviewEngine, to: int = NOON + 6 * SECOND) -> list[tuple[str, str, str, int]]:
    said = [record for record in engine.advance(to) if isinstance(record, QuestionClosed)]
    return [(each.question, each.outcome, each.verdict, each.choice) for each in said]


def refuses(engine: ReviewEngine, record: Record, match: str) -> None:
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        engine.receive(record)
    assert engine.snapshot() == before


def test_an_answer_closes_its_question() -> None:
    engine = asked()
    engine.receive(verdict(2))
    assert outcomes(engine) == [("settlement/questions:0", "answered", "verdicts:0", 2)]
    assert engine.open_questions() == ()


def test_none_of_these_closes_it_too() -> None:
    engine = asked()
    engine.receive(verdict(0, answer="none of these"))
    assert outcomes(engine) == [("settlement/questions:0", "none of these", "verdicts:0", 0)]


@pytest.mark.parametrize(
    ("key", "said"), [(0, ("cannot tell", 0)), (1, ("choice", 1)), (2, ("choice", 2)), (3, ("none of these", 0))]
)
def test_one_key_is_one_answer(key: int, said: tuple[str, int]) -> None:
    assert pressed(question(), key) == said


@pytest.mark.parametrize("key", [-1, 4, 9])
def test_a_key_without_a_meaning_is_refused(key: int) -> None:
    with pytest.raises(Refused, match=f"key {key} means nothing at question settlement/questions:0: it has 2 choices"):
        pressed(question(), key)


def test_exactly_at_the_deadline_is_in_time_and_a_nanosecond_later_is_late() -> None:
    in_time, late = asked(), asked()
    in_time.receive(verdict(at=DEADLINE))
    assert [outcome for _, outcome, _, _ in outcomes(in_time, DEADLINE + SECOND)] == ["answered"]
    late.receive(verdict(at=DEADLINE + 1))
    assert [outcome for _, outcome, _, _ in outcomes(late, DEADLINE + SECOND)] == ["expired", "late"]


def test_nobody_answers_and_the_question_expires_once() -> None:
    engine = asked()
    assert outcomes(engine, DEADLINE) == []
    assert outcomes(engine, DEADLINE + 1) == [("settlement/questions:0", "expired", "", 0)]
    assert outcomes(engine, DEADLINE + HOUR) == []


def test_who_cannot_tell_hands_over_to_one_other_person() -> None:
    engine = asked()
    engine.receive(verdict(0))
    (again,) = engine.advance(NOON + 6 * SECOND)
    assert isinstance(again, Question)
    assert (again.again, again.not_to, again.deadline) == ("settlement/questions:0", ("r1",), DEADLINE)
    assert again.envelope.because == ("settlement/questions:0", "verdicts:0")
    assert engine.open_questions() == (msgspec.structs.replace(again, envelope=engine.open_questions()[0].envelope),)
    refuses(engine, verdict(1, to=again.id, n=1), "r1 could not tell review/questions:0 before")
    engine.receive(verdict(0, to=again.id, by="r2", n=2))
    assert outcomes(engine) == [("settlement/questions:0", "cannot tell", "verdicts:2", 0)]


def test_without_time_for_a_second_look_cannot_tell_is_the_last_word() -> None:
    engine = asked(question_seconds=15.0)
    engine.receive(verdict(0, at=DEADLINE - 15 * SECOND + 1))
    assert [outcome for _, outcome, _, _ in outcomes(engine)] == ["cannot tell"]
    other = asked(question_seconds=15.0)
    other.receive(verdict(0, at=DEADLINE - 15 * SECOND))
    assert outcomes(other) == []


def test_the_same_answer_twice_counts_once_and_another_persons_comes_late() -> None:
    engine = asked()
    engine.receive(verdict(1))
    assert len(outcomes(engine)) == 1
    for _ in range(2):
        engine.receive(verdict(1))
        engine.receive(verdict(2, n=1))
    assert outcomes(engine) == []
    for _ in range(2):
        engine.receive(verdict(2, by="r2", n=2))
    assert outcomes(engine) == [("settlement/questions:0", "late", "verdicts:2", 2)]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (verdict(to="settlement/questions:7"), "'settlement/questions:7' was never put, or long ago"),
        (verdict(3), "there is no choice 3, it has 1 to 2"),
        (verdict(0, answer="choice"), "there is no choice 0"),
        (verdict(1, answer="cannot tell"), "'cannot tell' comes with choice 0, not 1"),
        (verdict(9, by=""), "no choice 9, .*; it does not say which reviewer"),
        (msgspec.structs.replace(verdict(), seconds=float("nan")), "nan seconds is no time to look"),
        (msgspec.structs.replace(verdict(), seconds=-1.0), "-1.0 seconds"),
        (msgspec.structs.replace(verdict(), envelope=place("verdicts", 0, store="castle")), "belongs to store 'castle'"),
        (question(), "was put before"),
        (Tick(envelope=place("ticks", 0)), "takes questions, verdicts, attributions and receipts, not Tick"),
    ],
)
def test_what_answers_nothing_is_refused_in_words_and_changes_nothing(given: Record, match: str) -> None:
    refuses(asked(), given, match)


def test_a_late_answer_must_be_an_answer_too() -> None:
    engine = asked()
    engine.receive(verdict())
    refuses(engine, verdict(5, by="r2", n=1), "there is no choice 5")


def test_each_reviewer_has_figures() -> None:
    engine = asked(question(0), question(1))
    engine.receive(verdict(1, by="r2"))
    engine.receive(verdict(0, to="settlement/questions:1", by="r1", n=1))
    engine.receive(verdict(2, by="r1", n=2))
    assert engine.figures() == (
        Figures(reviewer="r1", looked=2, cannot_tell=1, late=1, seconds=8.0),
        Figures(reviewer="r2", looked=1, cannot_tell=0, late=0, seconds=4.0),
    )


def test_the_doubt_that_is_due_first_is_looked_at_first() -> None:
    engine = asked(question(0, deadline=NOON + 9 * SECOND), question(1, deadline=NOON + 8 * SECOND), audit_share=1.0)
    engine.receive(receipt("visit-p9"))
    assert [each.id for each in engine.open_questions()] == [
        "settlement/questions:1",
        "settlement/questions:0",
        "review/questions:0",
    ]


def disputed(n: int = 0, **other: Any) -> Question:
    changed = {"envelope": place("disputes/questions", n), "purpose": "dispute", "interaction": "", "shelf": "", **other}
    return msgspec.structs.replace(question(n), **changed)


def test_a_dispute_comes_between_doubts_and_audits_however_soon_it_is_due() -> None:
    engine = asked(disputed(deadline=NOON + 8 * SECOND), question(0, deadline=NOON + 9 * SECOND), audit_share=1.0)
    engine.receive(receipt("visit-p9"))
    assert [each.id for each in engine.open_questions()] == [
        "settlement/questions:0",
        "disputes/questions:0",
        "review/questions:0",
    ]


def test_a_dispute_is_answered_handed_over_and_expires_like_any_question() -> None:
    engine = asked(disputed(0), disputed(1), disputed(2))
    engine.receive(verdict(2, to="disputes/questions:0"))
    engine.receive(verdict(0, to="disputes/questions:1", n=1))
    said = engine.advance(DEADLINE + 1)
    assert [(each.question, each.purpose, each.outcome, each.choice) for each in said if isinstance(each, QuestionClosed)] == [
        ("disputes/questions:0", "dispute", "answered", 2),
        ("disputes/questions:1", "dispute", "expired", 0),
        ("disputes/questions:2", "dispute", "expired", 0),
    ]
    (again,) = (each for each in said if isinstance(each, Question))
    assert (again.purpose, again.again, again.not_to) == ("dispute", "disputes/questions:1", ("r1",))


def test_a_disputed_line_has_two_choices_and_no_other() -> None:
    with pytest.raises(Refused, match="key 3 means nothing"):
        pressed(disputed(), 3)


def test_a_dispute_does_not_keep_a_receipt_from_being_audited() -> None:
    engine = asked(disputed(), audit_share=1.0)
    engine.receive(receipt())
    assert [type(record).__name__ for record in engine.advance(NOON)] == ["Question"]


def test_who_is_free_gets_what_can_still_be_answered_and_was_not_seen_before() -> None:
    engine = asked(question(0, deadline=NOON + 20 * SECOND), question(1), question_seconds=10.0)
    assert engine.next_for("r1", NOON + 10 * SECOND) == question(0, deadline=NOON + 20 * SECOND)
    assert engine.next_for("r1", NOON + 10 * SECOND + 1) == question(1)
    assert engine.next_for("r1", NOON + 36 * SECOND) is None
    engine.receive(verdict(0, to="settlement/questions:1"))
    engine.receive(verdict(1, n=1))
    assert engine.next_for("r1", NOON + 6 * SECOND) is None
    second = engine.next_for("r2", NOON + 6 * SECOND)
    assert second is not None
    assert second.again == "settlement/questions:1"


def test_more_questions_than_people_could_look_at_are_given_up_at_once() -> None:
    engine = asked(*(question(n) for n in range(OPEN_MAX + 1)))
    assert outcomes(engine) == [(f"settlement/questions:{OPEN_MAX}", "expired", "", 0)]
    assert len(engine.open_questions()) == OPEN_MAX


def test_what_was_closed_long_ago_is_forgotten() -> None:
    engine = ReviewEngine(shop())
    for n in range(CLOSED_MAX + 1):
        engine.receive(question(n))
        engine.receive(verdict(to=f"settlement/questions:{n}", n=n))
    refuses(engine, verdict(by="r2"), "never put, or long ago")
    engine.receive(verdict(to="settlement/questions:1", n=1))


# -- audits ------------------------------------------------------------------------------------------------------------


def receipt(visit: str = "visit-p1", party: str = "p1", *lines: tuple[str, float], dropped: tuple[float, ...] = ()) -> Receipt:
    made = tuple(
        ReceiptLine(
            sku=sku, gtin="", name=sku.title(), quantity=1, unit_price_minor=100, net_minor=100, tax_code="", tax_rate="0",
            tax_minor=0, total_minor=100, probability=chance, because=("i:0",),
        )
        for sku, chance in lines
    )  # fmt: skip
    left = tuple(Decision(sku="gum", quantity=1, probability=chance, action="drop", because=("i:0",)) for chance in dropped)
    total = 100 * len(made)
    return Receipt(
        envelope=place("ledger", 0, NOON), visit=visit, party=party, currency="EUR", lines=made, net_minor=total, tax_minor=0,
        total_minor=total, dropped=left,
    )  # fmt: skip


def attribution(n: int, started: int, **shares: float) -> Attribution:
    return Attribution(
        envelope=place("attribution/interactions", n), interaction=f"i:{n}", shelf="s1", plates=("s1p1",), started=started,
        settled=started + 1, total_g=-1.0, candidates=(),
        shares=tuple(Share(party=party, probability=share) for party, share in shares.items()),
    )  # fmt: skip


def audit(engine: ReviewEngine) -> Question:
    (found,) = engine.advance(NOON)
    assert isinstance(found, Question)
    return found


def test_an_audit_shows_every_moment_that_may_have_been_the_shoppers() -> None:
    engine = ReviewEngine(shop(audit_share=1.0))
    engine.receive(attribution(2, 300, p1=0.6, p2=0.4))
    engine.receive(attribution(1, 100, p1=0.02, p2=0.98))
    engine.receive(attribution(3, 200, p1=0.009, p2=0.991))
    engine.receive(attribution(4, 250, NOBODY=1.0))
    engine.receive(receipt("visit-p1", "p1", ("ham", 0.9), dropped=(0.2,)))
    found = audit(engine)
    assert [look.interaction for look in found.looks] == ["i:1", "i:2"]
    assert (found.purpose, found.visit, found.party, found.started, found.settled) == ("audit", "visit-p1", "p1", 100, 301)
    assert found.text == "Did the shopper keep exactly this: 1 Ham?"
    assert [(choice.action, choice.probability) for choice in found.choices] == [
        ("right", pytest.approx(0.72)),
        ("too much", pytest.approx(0.08)),
        ("missing", pytest.approx(0.18)),
        ("both", pytest.approx(0.02)),
    ]
    assert found.deadline == NOON + 24 * HOUR
    with pytest.raises(Refused, match="key 5 means nothing"):
        pressed(found, 5)
    engine.receive(receipt("visit-p2", "p2"))
    assert [look.interaction for look in audit(engine).looks] == ["i:1", "i:3", "i:2"]


def test_the_last_word_on_an_interaction_counts() -> None:
    engine = ReviewEngine(shop(audit_share=1.0))
    engine.receive(attribution(1, 100, p1=0.9))
    engine.receive(attribution(1, 100, p2=1.0))
    engine.receive(attribution(2, 100, p1=0.9))
    engine.receive(attribution(2, 100, NOBODY=1.0))
    engine.receive(receipt())
    assert audit(engine).looks == ()


def test_a_receipt_about_which_somebody_was_asked_is_not_audited() -> None:
    engine = asked(question(), audit_share=1.0)
    engine.receive(verdict())
    engine.receive(receipt())
    assert [type(record).__name__ for record in engine.advance(NOON)] == ["QuestionClosed"]


def test_a_share_of_the_visits_is_drawn_always_the_same_and_by_the_salt_alone() -> None:
    visits = [f"visit-{number}" for number in range(20_000)]
    first = [visit for visit in visits if drawn(visit, "corner", "pepper", 0.02)]
    assert first == [visit for visit in visits if drawn(visit, "corner", "pepper", 0.02)]
    assert 330 < len(first) < 470  # 400, four standard deviations of 20 either way
    other = [visit for visit in visits if drawn(visit, "corner", "paprika", 0.02)]
    assert len(set(first) & set(other)) < 30  # 8 expected of independent draws
    assert set(first) < {visit for visit in visits if drawn(visit, "corner", "pepper", 0.04)}
    assert not any(drawn(visit, "corner", "pepper", 0.0) for visit in visits)
    assert all(drawn(visit, "corner", "pepper", 1.0) for visit in visits)


# -- restarts ----------------------------------------------------------------------------------------------------------


STEPS = st.lists(
    st.builds(
        verdict,
        st.integers(0, 2),
        to=st.sampled_from(["settlement/questions:0", "settlement/questions:1", "review/questions:0"]),
        by=st.sampled_from(["r1", "r2", "r3"]),
        at=st.sampled_from([NOON + 5 * SECOND, DEADLINE, DEADLINE + 1]),
        n=st.integers(0, 3),
    ),
    max_size=6,
)


def fed(engine: ReviewEngine, steps: list[Verdict], restarted: bool) -> list[Record]:
    said: list[Record] = []
    for step in steps:
        if restarted:
            fresh = ReviewEngine(shop())
            fresh.restore(engine.snapshot())
            engine = fresh
        try:
            engine.receive(step)
        except Refused:
            said += engine.advance(NOON)
    return said + engine.advance(DEADLINE + HOUR)


@given(STEPS)
def test_every_question_is_closed_exactly_once_and_restarts_change_nothing(steps: list[Verdict]) -> None:
    said = fed(asked(question(0), question(1)), steps, restarted=False)
    assert fed(asked(question(0), question(1)), steps, restarted=True) == said
    closed = [each for each in said if isinstance(each, QuestionClosed)]
    assert sorted(each.question for each in closed if each.outcome != "late") == [f"settlement/questions:{n}" for n in (0, 1)]


@pytest.mark.parametrize(
    "damage", [lambda good: good[:-1], lambda good: b"\xff" + good, lambda good: good.replace(b"corner", b"castle")]
)
def test_a_damaged_or_foreign_snapshot_is_refused_and_changes_nothing(damage: Callable[[bytes], bytes]) -> None:
    engine = asked()
    before = engine.snapshot()
    with pytest.raises(InputProblems, match=r"review snapshot: .* -> "):
        engine.restore(damage(before))
    assert engine.snapshot() == before
