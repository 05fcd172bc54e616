"""What a reviewer is shown and what a key says: no party anywhere, the right question first, one question to one person."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.in_memory import MemoryBooks
from tests.web.the_desk import corner_shop
from tests.web.the_morning import NOON, envelope, moment
from tests.web.the_review import NAMES, OTHER, PARTY, audit, chosen, doubt

from saunter.base.time import HOUR, SECOND
from saunter.ports.documents import Asked, Body, Sketch
from saunter.records import Verdict
from saunter.web.reviewer import views
from saunter.web.reviewer.leases import Leases
from saunter.web.reviewer.routes import look_seconds
from saunter.web.reviewer.tallies import Own, Tallies

LETTERS = {PARTY: "B", OTHER: "A"}


def asked(question: object, **changed: object) -> Asked:
    return msgspec.structs.replace(Asked(question=question, state="open"), **changed)  # type: ignore[arg-type]


def test_choices_call_people_by_the_letters_of_the_picture_and_not_by_the_questions_own() -> None:
    assert [(key.key, key.text, key.letter, views.said(key)) for key in views.keys(doubt(), LETTERS)] == [
        (1, "Person B took 1 Kestrel Cola 33 cl", "B", ("choice", 1)),
        (2, "Person A took 1 Kestrel Cola 33 cl", "A", ("choice", 2)),
        (3, "Somebody who is not in the picture took 1 Kestrel Cola 33 cl", "", ("choice", 3)),
        (4, "Nothing was taken or put back", "", ("choice", 4)),
        (5, "none of these", "", ("none of these", 0)),
        (0, "cannot tell", "", ("cannot tell", 0)),
    ]


def test_an_audit_has_no_key_for_none_of_these() -> None:
    assert [(key.key, key.text, key.kind) for key in views.keys(audit(), {})] == [
        (1, "Exactly this", "choice"),
        (2, "Something on the receipt was not taken", "choice"),
        (0, "cannot tell", "cannot tell"),
    ]


@pytest.mark.parametrize(
    ("label", "shown"), [(PARTY, "B"), ("A", "A"), ("STAFF", "staff"), ("UNREGISTERED", "?"), ("", ""), ("guest-unknown", "?")]
)
def test_a_body_is_marked_with_a_letter_or_a_role_never_with_a_party(label: str, shown: str) -> None:
    assert views.mark(label, LETTERS) == shown


def test_a_replay_holds_no_party_even_where_the_moment_does() -> None:
    made = moment(corner_shop(), "shelves/interactions:70", "cola", NOON, own=PARTY, other=OTHER, doubtful=True)
    bodies = (Body(PARTY, 1.0, 2.0, ((1.1, 2.2, 1.0),)), Body("guest-gone", 3.0, 1.0))
    made = msgspec.structs.replace(
        made, letters=LETTERS, sketches=(Sketch(0.5, bodies),), doubts=(f"{PARTY} and {PARTY}-2 and guest-gone were near",)
    )
    seen = views.seen(made, doubt(), corner_shop())
    assert seen.replay.frames == ((0.5, (Body("B", 1.0, 2.0, ((1.1, 2.2, 1.0),)), Body("?", 3.0, 1.0))),)
    assert seen.replay.payer == "B"
    assert (seen.replay.started_s, seen.replay.settled_s, seen.replay.duration_s) == (3.0, 4.0, 8.0)
    assert seen.doubts == (f"person B and {PARTY}-2 and somebody were near",)
    assert not any(name in views.data(seen.replay) for name in NAMES)


def test_data_in_a_page_cannot_end_its_element() -> None:
    replay = views.Replay(duration_s=1, started_s=0, settled_s=1, payer="</script><b>&", frames=())
    assert "<" not in views.data(replay)
    assert msgspec.json.decode(views.data(replay), type=views.Replay) == replay


@pytest.mark.parametrize(
    ("grams", "said"),
    [
        (-330.4, "The plates got 330 g lighter."),
        (52.0, "The plates got 52 g heavier."),
        (0.3, "In all, the weight did not change."),
    ],
)
def test_the_change_is_told_in_words(grams: float, said: str) -> None:
    assert views.change(grams) == said


def test_what_is_meant_to_lie_there_is_told_with_the_weight_of_a_piece() -> None:
    assert views.goods(("g1s1p1", "g1s1p2"), corner_shop()) == (views.Good("Kestrel Cola 33 cl", "352 g", "g1s1p1, g1s1p2"),)


def test_doubts_come_first_then_what_is_due_first() -> None:
    late, soon, check = asked(doubt(left_s=40)), asked(doubt(sequence=9, left_s=20)), asked(audit())
    assert views.in_order([check, late, soon]) == [soon, late, check]


def test_a_question_is_not_shown_to_whom_it_was_shown_before() -> None:
    again = asked(doubt(again="settlement/questions:7", not_to=("anna",), sequence=3))
    assert (views.may_see(again, "anna"), views.may_see(again, "ben")) == (False, True)
    assert views.first_id(again.question) == "settlement/questions:7"
    assert not views.may_see(asked(doubt(), state="answered"), "ben")
    assert not views.may_see(asked(doubt(), by=("ben",)), "ben")
    (row,) = views.queue([again], {}, "ben", NOON, 20).rows
    assert row == views.Row(id="settlement/questions:7", purpose="doubt", place="shelf g1s1", left_s=30, again=True)


def test_a_queue_says_what_is_free_and_lists_only_so_many() -> None:
    many = [asked(doubt(sequence=number, left_s=30 + number)) for number in range(5)]
    found = views.queue(many, {"settlement/questions:0": "anna", "settlement/questions:1": "ben"}, "ben", NOON, 3)
    assert (found.waiting, found.free) == (5, 4)
    assert [(row.taken, row.mine) for row in found.rows] == [(True, False), (False, True), (False, False)]


def test_the_deadline_is_never_told_as_less_than_nothing() -> None:
    assert views.left_s(doubt(left_s=30), NOON + 31 * SECOND) == 0
    assert views.left_s(doubt(left_s=30), NOON) == 30


def test_a_choice_of_no_party_keeps_its_words() -> None:
    assert views.called(chosen("", "right", "the shopper this receipt is for kept it"), LETTERS) == (
        "The shopper this receipt is for kept it"
    )


# -- one question, one reviewer ---------------------------------------------------------------------------------------------


def test_a_question_belongs_to_one_reviewer_until_the_lease_is_over() -> None:
    leases = Leases(lease_s=60)
    assert leases.take("q", "anna", 0.0)
    assert not leases.take("q", "ben", 59.9)
    assert leases.holder("q", 59.9) == "anna"
    assert leases.take("q", "ben", 60.0)  # exactly at the end it is free
    assert not leases.take("q", "anna", 61.0)


def test_renewing_keeps_when_the_look_began() -> None:
    leases = Leases(lease_s=60)
    assert leases.take("q", "anna", 0.0) and leases.take("q", "anna", 50.0)
    assert leases.holder("q", 100.0) == "anna"
    assert leases.seconds("q", "anna", 100.0) == 100.0
    assert leases.seconds("q", "ben", 100.0) == 0.0


def test_only_the_holder_can_let_a_question_go() -> None:
    leases = Leases()
    leases.take("q", "anna", 0.0)
    leases.release("q", "ben")
    assert leases.holder("q", 1.0) == "anna"
    leases.release("q", "anna")
    assert leases.holder("q", 1.0) == ""


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["anna", "ben", "cleo"]), st.floats(0, 30)), max_size=40))
def test_no_two_reviewers_ever_hold_the_same_question(steps: list[tuple[str, str, float]]) -> None:
    leases, at, until = Leases(lease_s=60), 0.0, dict[str, tuple[str, float]]()
    for question, reviewer, later in steps:
        at += later
        holder, ends = until.get(question, ("", 0.0))
        free = at >= ends or holder == reviewer
        assert leases.take(question, reviewer, at) == free
        if free:
            until[question] = (reviewer, at + 60)


@pytest.mark.parametrize(
    ("told", "held", "counts"),
    [(4.2, 9.0, 4.2), (99.0, 9.0, 9.0), (0.0, 9.0, 9.0), (-1.0, 9.0, 9.0), (5.0, 9999.0, 5.0), (0, 9999.0, 600.0)],
)
def test_a_look_is_as_long_as_the_page_says_but_never_longer_than_the_question_was_theirs(
    told: float, held: float, counts: float
) -> None:
    assert look_seconds(told, held) == counts


def test_a_look_that_is_no_number_counts_as_long_as_the_question_was_theirs() -> None:
    assert look_seconds(float("nan"), 9.0) == 9.0


# -- own figures ------------------------------------------------------------------------------------------------------------


def verdict(sequence: int, at: int, reviewer: str, answer: str, seconds: float) -> Verdict:
    return Verdict(
        envelope=envelope("web/verdicts", sequence, at), question="q", answer=answer, choice=int(answer == "choice"),
        reviewer=reviewer, seconds=seconds,
    )  # type: ignore[arg-type]  # fmt: skip


def test_own_figures_are_of_today_and_of_nobody_else() -> None:
    books, tallies = MemoryBooks(), Tallies("Europe/Dublin")
    books.append([
        verdict(0, NOON - 24 * HOUR, "anna", "choice", 50.0), verdict(1, NOON, "anna", "choice", 4.0),
        verdict(2, NOON, "ben", "choice", 1.0), verdict(3, NOON, "anna", "cannot tell", 8.0),
    ])  # fmt: skip
    assert tallies.own(books, "anna", NOON) == Own(answered=2, seconds_median=6.0, cannot_tell=1)
    assert tallies.own(books, "anna", NOON).cannot_tell_share == 0.5
    assert tallies.own(books, "cleo", NOON) == Own()
    books.append([verdict(4, NOON, "anna", "none of these", 20.0)])
    assert tallies.own(books, "anna", NOON).answered == 3


def test_a_new_day_begins_at_the_shops_midnight_with_empty_figures() -> None:
    books, tallies = MemoryBooks(), Tallies("Europe/Dublin")
    books.append([verdict(0, NOON, "anna", "choice", 4.0)])
    assert tallies.own(books, "anna", NOON + 11 * HOUR + 59 * 60 * SECOND).answered == 1
    assert tallies.own(books, "anna", NOON + 12 * HOUR).answered == 0
