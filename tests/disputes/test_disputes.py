"""A shopper says that a line is wrong: by rule, by a reviewer, or not at all; and in doubt the shopper wins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.errors import InputProblems, Refused
from saunter.base.money import Money
from saunter.base.time import HOUR, SECOND
from saunter.disputes import DisputesEngine, Event, State, after, document
from saunter.disputes import engine as room
from saunter.disputes.table import EVENT_MEANINGS, STATE_MEANINGS, TRANSITIONS
from saunter.ledger import LedgerEngine
from saunter.plan.types import Plan, Policies, Product, Weight
from saunter.records import (
    Attribution,
    Change,
    Choice,
    Correction,
    CorrectionLine,
    Decision,
    DisputeChanged,
    DisputeRaised,
    Envelope,
    Look,
    Question,
    QuestionClosed,
    Receipt,
    ReceiptLine,
    Record,
    Settlement,
    Share,
    Tick,
    Verdict,
)
from saunter.review import ReviewEngine

ROOT = Path(__file__).parents[2]
DAY = 24 * HOUR
NOON = 1000 * SECOND
#: sku: price, pieces, how sure.
GOODS = {"gum": (90, 1, 0.9), "cola": (200, 3, 0.95), "ham": (2500, 1, 0.9), "tea": (300, 2, 0.99), "gift": (0, 1, 0.9)}


def shop(**policies: Any) -> Plan:
    products = {sku: Product(sku, sku.title(), Money(price, "EUR"), Weight()) for sku, (price, *_) in GOODS.items()}
    return Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
        cameras={}, products=products, facings=(), taxes={}, policies=Policies(**policies),
    )  # fmt: skip


def place(stream: str, n: int, at: int = NOON, store: str = "corner", because: tuple[str, ...] = ()) -> Envelope:
    return Envelope(store=store, stream=stream, sequence=n, happened=at, arrived=at, because=because)


def receipt(n: int = 0, at: int = NOON) -> Receipt:
    lines = tuple(
        ReceiptLine(
            sku=sku, gtin="", name=sku.title(), quantity=pieces, unit_price_minor=price, net_minor=price * pieces, tax_code="",
            tax_rate="0", tax_minor=0, total_minor=price * pieces, probability=sure, because=(f"i:{sku}",),
        )
        for sku, (price, pieces, sure) in GOODS.items()
    )  # fmt: skip
    total = sum(line.total_minor for line in lines)
    dropped = (Decision(sku="mug", quantity=1, probability=0.4, action="drop", because=("i:mug",)),)
    return Receipt(
        envelope=place("ledger", n, at), visit=f"visit-p{n}", party=f"p{n}", currency="EUR", lines=lines, net_minor=total,
        tax_minor=0, total_minor=total, dropped=dropped,
    )  # fmt: skip


def dispute(sku: str, quantity: int = 1, *, n: int = 0, of: int = 0, at: int = NOON + SECOND, **other: Any) -> DisputeRaised:
    told: dict[str, Any] = {"visit": f"visit-p{of}", "receipt": f"ledger:{of}", "claim": "not taken", **other}
    return DisputeRaised(envelope=place("web/disputes", n, at), sku=sku, quantity=quantity, **told)


def closed(outcome: str = "answered", choice: int = 0, *, question: int = 0, n: int = 0, at: int = NOON + HOUR) -> QuestionClosed:
    return QuestionClosed(
        envelope=place("review/closed", n, at), question=f"disputes/questions:{question}", purpose="dispute", visit="visit-p0",
        interaction="", outcome=outcome, verdict="verdicts:0" if choice else "", choice=choice,  # type: ignore[arg-type]
    )  # fmt: skip


def desk(*records: Record, **policies: Any) -> DisputesEngine:
    """A room that was told one receipt and then these."""
    engine = DisputesEngine(shop(**policies))
    engine.receive(receipt())
    for record in records:
        engine.receive(record)
    return engine


def told(engine: DisputesEngine, to: int = NOON + DAY) -> list[tuple[str, str, int, str]]:
    """Where disputes stand, without the questions."""
    said = [record for record in engine.advance(to) if isinstance(record, DisputeChanged)]
    return [(each.sku, each.outcome, each.quantity, each.by) for each in said]


def reasons(engine: DisputesEngine) -> list[str]:
    return [record.reason for record in engine.advance(NOON + DAY) if isinstance(record, DisputeChanged)]


def refuses(engine: DisputesEngine, record: Record, match: str) -> None:
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        engine.receive(record)
    assert engine.snapshot() == before


# -- by rule -----------------------------------------------------------------------------------------------------------


def test_little_money_on_an_unsure_line_is_given_back_at_once() -> None:
    (changed,) = desk(dispute("gum")).advance(NOON + 2 * SECOND)
    assert changed == DisputeChanged(
        envelope=msgspec.structs.replace(
            place("disputes/changes", 0, NOON + SECOND, because=("web/disputes:0",)), arrived=NOON + 2 * SECOND
        ),
        dispute="web/disputes:0",
        visit="visit-p0",
        sku="gum",
        outcome="refunded",
        quantity=1,
        by="rule",
        reason="Given back at once; thank you for telling us.",
    )


def test_what_the_rule_gives_back_of_one_receipt_is_limited_in_total_to_the_cent() -> None:
    three = (dispute("gum"), dispute("cola", 3, n=1), dispute("gum", n=2))
    assert told(desk(*three[:2], dispute_rule_amount="6.90"))[:2] == [
        ("gum", "refunded", 1, "rule"),
        ("cola", "refunded", 3, "rule"),
    ]
    assert told(desk(*three[:2], dispute_rule_amount="6.89"))[:2] == [("gum", "refunded", 1, "rule"), ("cola", "asked", 0, "")]


def test_every_dispute_of_a_receipt_counts_towards_the_limit() -> None:
    three = (dispute("gum"), dispute("cola", n=1), dispute("tea", n=2))
    for limit, last in (("5.90", "refunded"), ("5.89", "asked")):
        engine = desk(*three, dispute_rule_amount=limit, dispute_rule_share=0.995)
        assert [outcome for _, outcome, _, _ in told(engine)] == ["refunded", "refunded", last]


def test_a_sure_line_is_looked_at_however_small_and_exactly_the_share_counts_as_sure() -> None:
    assert told(desk(dispute("tea"), dispute_rule_share=0.99)) == [("tea", "asked", 0, "")]
    assert told(desk(dispute("tea"), dispute_rule_share=0.990001)) == [("tea", "refunded", 1, "rule")]


# -- by a reviewer -----------------------------------------------------------------------------------------------------


def attribution(sku: str, started: int, n: int = 0) -> Attribution:
    return Attribution(
        envelope=place("attribution/interactions", n), interaction=f"i:{sku}", shelf="s1", plates=("s1p1",), started=started,
        settled=started + 5, total_g=-1.0, candidates=(), shares=(Share(party="p0", probability=1.0),),
    )  # fmt: skip


def test_more_money_is_asked_about_with_every_moment_behind_the_line_and_no_name() -> None:
    engine = DisputesEngine(shop())
    for n, started in enumerate((100, 200)):
        engine.receive(attribution("cola", started, n))
    engine.receive(attribution("ham", 50, 2))
    engine.receive(receipt())
    engine.receive(dispute("cola", 2, claim="put back", at=NOON + 2 * DAY))
    engine.receive(dispute("ham", n=1, at=NOON + 2 * DAY))
    said = engine.advance(NOON + 2 * DAY)
    assert [(each.outcome, each.reason) for each in said if isinstance(each, DisputeChanged)] == [
        ("refunded", "Given back at once; thank you for telling us."),
        ("asked", "Somebody looks at it now; you will hear within a day."),
    ]
    questions = [each for each in said if isinstance(each, Question)]
    assert questions == [
        Question(
            envelope=place("disputes/questions", 0, NOON + 2 * DAY, because=("ledger:0", "web/disputes:1")),
            purpose="dispute",
            visit="visit-p0",
            party="p0",
            interaction="",
            shelf="",
            plates=(),
            started=50,
            settled=55,
            text="The receipt charges 1 Ham. The shopper says: 1 of it was not taken. What happened?",
            choices=(
                Choice(
                    party="",
                    action="right",
                    changes=(Change(sku="ham", quantity=1),),
                    probability=0.9,
                    text="the shopper kept it",
                ),
                Choice(party="", action="too much", changes=(), probability=0.1, text="the shopper did not keep it"),
            ),
            deadline=NOON + 3 * DAY,
            looks=(Look(interaction="i:ham", shelf="s1", plates=("s1p1",), started=50, settled=55),),
        )
    ]


@pytest.mark.parametrize(
    ("answer", "outcome", "quantity", "by"),
    [
        (closed("answered", 1), "upheld", 0, "reviewer"),
        (closed("answered", 2), "refunded", 1, "reviewer"),
        (closed("cannot tell"), "refunded", 1, "rule"),
        (closed("none of these"), "refunded", 1, "rule"),
        (closed("expired"), "refunded", 1, "rule"),
    ],
)
def test_a_reviewer_settles_it_and_in_doubt_the_shopper_wins(
    answer: QuestionClosed, outcome: str, quantity: int, by: str
) -> None:
    engine = desk(dispute("ham"))
    assert told(engine) == [("ham", "asked", 0, "")]
    engine.receive(answer)
    assert told(engine) == [("ham", outcome, quantity, by)]


def test_a_second_view_that_comes_late_can_still_refund_and_never_take_back() -> None:
    engine = desk(dispute("ham"), closed("answered", 1))
    engine.receive(closed("late", 1, n=1))
    assert told(engine) == [("ham", "asked", 0, ""), ("ham", "upheld", 0, "reviewer")]
    engine.receive(closed("late", 2, n=2))
    engine.receive(closed("late", 1, n=3))
    engine.receive(closed("late", 2, n=4))
    assert told(engine) == [("ham", "refunded", 1, "reviewer")]
    refuses(engine, closed("answered", 1, n=5), "a dispute that is refunded cannot take the event 'kept'")


def test_what_was_given_back_meanwhile_is_not_given_back_twice() -> None:
    engine = desk(dispute("cola", 3), correction("cola", 2), dispute_rule_amount="0.00")
    engine.receive(closed("answered", 2))
    assert told(engine) == [("cola", "asked", 0, ""), ("cola", "refunded", 1, "reviewer")]
    other = desk(dispute("ham"), correction("ham", 1))
    other.receive(closed("answered", 2))
    assert told(other) == [("ham", "asked", 0, ""), ("ham", "refunded", 0, "reviewer")]


# -- what cannot be disputed -------------------------------------------------------------------------------------------


def correction(sku: str, quantity: int) -> Correction:
    line = CorrectionLine(sku=sku, name="", quantity=quantity, net_minor=1, tax_minor=0, total_minor=1)
    return Correction(
        envelope=place("corrections", 0), visit="visit-p0", party="p0", receipt="ledger:0", currency="EUR", lines=(line,),
        net_minor=1, tax_minor=0, total_minor=1, reason="",
    )  # fmt: skip


UNKNOWN = "This receipt can no longer be disputed here; please talk to the staff."


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (dispute("gum", of=9), UNKNOWN),
        (dispute("gum", receipt="ledger:9"), UNKNOWN),
        (dispute("mug"), "This receipt has no such line."),
        (dispute("gift"), "This line cost nothing, so there is nothing to give back."),
        (dispute("cola", 4), "The receipt charges only 3 of it."),
        (dispute("cola", 0), "Please say how many pieces it is about."),
        (dispute("cola", -1), "Please say how many pieces it is about."),
        (dispute("gum", at=NOON + 30 * DAY + 1), "A receipt can be disputed for 30 days; please talk to the staff."),
    ],
)
def test_what_cannot_be_disputed_is_refused_with_the_reason_in_words(raised: DisputeRaised, reason: str) -> None:
    engine = desk(raised)
    (changed,) = engine.advance(NOON + 2 * SECOND)
    assert isinstance(changed, DisputeChanged)
    assert (changed.outcome, changed.quantity, changed.by, changed.reason) == ("refused", 0, "", reason)


def test_the_last_instant_of_the_last_day_is_in_time() -> None:
    assert told(desk(dispute("gum", at=NOON + 30 * DAY))) == [("gum", "refunded", 1, "rule")]
    assert told(desk(dispute("gum", at=NOON), dispute_days=0)) == [("gum", "refunded", 1, "rule")]
    assert reasons(desk(dispute("gum", at=NOON + DAY + 1), dispute_days=1)) == [
        "A receipt can be disputed for 1 day; please talk to the staff."
    ]


def test_a_line_is_disputed_once_but_one_that_was_refused_may_be_put_right() -> None:
    engine = desk(dispute("cola", 9), dispute("cola", 1, n=1), dispute("cola", 1, n=2))
    assert reasons(engine) == [
        "The receipt charges only 3 of it.",
        "Given back at once; thank you for telling us.",
        "You told us about this line before; each line can be disputed once.",
    ]


def test_pieces_that_were_given_back_by_others_cannot_be_disputed_any_more() -> None:
    assert reasons(desk(correction("gum", 1), dispute("gum"))) == ["It was given back already."]
    assert reasons(desk(correction("cola", 2), dispute("cola", 2))) == ["The receipt charges only 1 of it."]
    assert told(desk(correction("cola", 2), dispute("cola", 1))) == [("cola", "refunded", 1, "rule")]


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (receipt(), "the receipt of visit 'visit-p0' was told before"),
        (dispute("gum"), "dispute web/disputes:0 was raised before"),
        (closed("answered", 1), "question 'disputes/questions:0' is about no dispute, or about one of long ago"),
        (Tick(envelope=place("ticks", 0)), "takes receipts, disputes and what follows from them, not Tick"),
        (msgspec.structs.replace(dispute("tea"), envelope=place("x", 0, store="castle")), "belongs to store 'castle'"),
    ],
)
def test_what_is_no_news_is_refused_and_changes_nothing(record: Record, match: str) -> None:
    refuses(desk(dispute("gum")), record, match)


# -- what is remembered ------------------------------------------------------------------------------------------------


def test_a_receipt_is_forgotten_when_it_can_no_longer_be_disputed_unless_a_dispute_is_open() -> None:
    last = NOON + 30 * DAY
    engine = desk(dispute("ham", at=last))
    engine.receive(receipt(1))
    assert [engine.disputable_until(visit) for visit in ("visit-p0", "visit-p1", "visit-p9")] == [last, last, 0]
    engine.advance(last)
    assert engine.receipt_of("visit-p1") == msgspec.structs.replace(receipt(1), dropped=())
    engine.advance(last + 1)
    engine.advance(last + 2)
    assert engine.receipt_of("visit-p1") is None
    assert engine.receipt_of("visit-p0") is not None
    engine.receive(closed("answered", 2, at=last + HOUR))
    assert told(engine, last + HOUR) == [("ham", "refunded", 1, "reviewer")]
    assert engine.receipt_of("visit-p0") is not None
    engine.advance(last + 2 * HOUR)
    assert engine.receipt_of("visit-p0") is None
    refuses(engine, closed("late", 2, n=1), "about no dispute, or about one of long ago")


def test_no_more_receipts_and_moments_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "RECEIPTS_MAX", 2)
    monkeypatch.setattr(room, "MOMENTS_MAX", 1)
    engine = DisputesEngine(shop())
    engine.receive(attribution("gum", 1))
    engine.receive(attribution("ham", 2, 1))
    engine.receive(receipt(0))
    engine.receive(dispute("ham"))
    (question,) = (each for each in engine.advance(NOON + 2 * SECOND) if isinstance(each, Question))
    assert [look.interaction for look in question.looks] == ["i:ham"]
    for n in (1, 2):
        engine.receive(receipt(n))
    assert [engine.receipt_of(f"visit-p{n}") is not None for n in range(3)] == [True, False, True]


STEPS = st.lists(
    st.one_of(
        st.builds(dispute, st.sampled_from([*GOODS, "mug"]), st.integers(0, 3), n=st.integers(0, 4), of=st.integers(0, 1)),
        st.builds(
            closed,
            st.sampled_from(["answered", "expired", "late"]),
            st.integers(1, 2),
            question=st.integers(0, 2),
            n=st.integers(0, 9),
        ),
        st.builds(correction, st.sampled_from(sorted(GOODS)), st.just(1)),
    ),
    max_size=10,
)


def played(steps: list[Record], *, restarted: bool) -> list[Record]:
    engine, said = desk(), []
    for step in steps:
        if restarted:
            fresh = DisputesEngine(shop())
            fresh.restore(engine.snapshot())
            engine = fresh
        try:
            engine.receive(step)
        except Refused:
            said += engine.advance(NOON + DAY)
    return said + engine.advance(NOON + DAY)


@given(STEPS)
def test_no_line_gives_back_more_than_it_charged_and_restarts_change_nothing(steps: list[Record]) -> None:
    said = played(steps, restarted=False)
    assert played(steps, restarted=True) == said
    changes = [each for each in said if isinstance(each, DisputeChanged)]
    for sku, (_, pieces, _) in GOODS.items():
        refunds = [each for each in changes if each.sku == sku and each.visit == "visit-p0" and each.outcome == "refunded"]
        assert len(refunds) <= 1
        assert all(0 <= each.quantity <= pieces for each in refunds)
    assert all(each.quantity == 0 for each in changes if each.outcome != "refunded")


@pytest.mark.parametrize(
    "damage", [lambda good: good[:-1], lambda good: b"\xff" + good, lambda good: good.replace(b"corner", b"castle")]
)
def test_a_damaged_or_foreign_snapshot_is_refused_and_changes_nothing(damage: Callable[[bytes], bytes]) -> None:
    engine = desk(dispute("ham"))
    before = engine.snapshot()
    with pytest.raises(InputProblems, match=r"disputes snapshot: .* -> "):
        engine.restore(damage(before))
    assert engine.snapshot() == before


# -- together with the rooms beside it ---------------------------------------------------------------------------------


def test_from_the_dispute_over_the_reviewer_to_the_money_back() -> None:
    plan = shop(review="questions", dispute_rule_amount="0.00")
    ledger, disputes, review = LedgerEngine(plan), DisputesEngine(plan), ReviewEngine(plan)
    bought = Decision(sku="cola", quantity=3, probability=0.95, action="charge", because=("i:cola",))
    ledger.receive(Settlement(envelope=place("settlement", 0), visit="visit-p0", party="p0", decisions=(bought,)))
    (made,) = ledger.advance(NOON)
    disputes.receive(made)
    disputes.receive(dispute("cola", 2))
    for record in disputes.advance(NOON + SECOND):
        if isinstance(record, Question):
            review.receive(record)
    (question,) = review.open_questions()
    at = NOON + 9 * SECOND
    verdict = Verdict(
        envelope=place("verdicts", 0, at), question=question.id, answer="choice", choice=2, reviewer="r1", seconds=5.0
    )
    review.receive(verdict)
    for record in review.advance(at):
        disputes.receive(record)
    (changed,) = disputes.advance(at)
    assert isinstance(changed, DisputeChanged)
    kept = disputes.receipt_of(changed.visit)
    assert kept is not None
    given = ledger.correct(kept, {changed.sku: changed.quantity}, reason=changed.reason, because=(changed.id,), at=at)
    assert (given.total_minor, [line.quantity for line in given.lines]) == (400, [2])
    disputes.receive(given)


def test_the_table_is_printed_into_the_document_and_leaves_nothing_out() -> None:
    assert document() in (ROOT / "docs" / "receipts.md").read_text(encoding="utf-8")
    assert list(TRANSITIONS) == list(STATE_MEANINGS) == list(State)
    assert list(EVENT_MEANINGS) == list(Event)


@given(st.sampled_from(State), st.sampled_from(Event))
def test_an_event_that_the_table_does_not_know_is_refused(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        assert after(state, event) in State
    else:
        with pytest.raises(Refused, match=f"a dispute that is {state} cannot take the event '{event}'"):
            after(state, event)
