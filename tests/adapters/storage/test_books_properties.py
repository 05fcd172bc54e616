"""Whatever is written, and wherever it fails: the books hold exactly what was committed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from the_corner import document, entered, pages_of

from saunter.adapters.storage import BooksError, SqlBooks, open_books, verify
from saunter.ports.books import Outgoing

_COUNTER = itertools.count()
KEYS = st.sampled_from("abcd")
STEPS = st.one_of(
    st.tuples(st.just("append"), st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["inside", "gone"])), max_size=4)),
    st.tuples(st.just("put"), st.lists(st.tuples(KEYS, st.binary(max_size=3)), max_size=3)),
    st.tuples(st.just("send"), st.lists(KEYS, max_size=3)),
    st.tuples(st.just("close"), st.lists(KEYS, max_size=2)),
    st.tuples(st.just("heard"), st.integers(0, 5)),
    st.tuples(st.just("fail"), st.none()),
)


class Expected:
    """The books as a few dictionaries; a step that must fail raises."""

    def __init__(self, journal: dict[int, str], documents: dict[str, bytes], outbox: dict[str, str], heard: int) -> None:
        self.journal, self.documents, self.outbox, self.heard = journal, documents, outbox, heard

    def copy(self) -> Expected:
        return Expected(dict(self.journal), dict(self.documents), dict(self.outbox), self.heard)

    def take(self, verb: str, what: object) -> None:
        if verb == "append":
            for sequence, state in what:  # type: ignore[attr-defined]
                if self.journal.setdefault(sequence, state) != state:
                    raise BooksError
        elif verb == "put":
            self.documents |= dict(what)  # type: ignore[call-overload]
        elif verb == "send":
            self.outbox = {**dict.fromkeys(what, "waiting"), **self.outbox}  # type: ignore[call-overload]
        elif verb == "close":
            self.outbox |= {key: "closed" for key in what if key in self.outbox}  # type: ignore[attr-defined]
        elif verb == "heard":
            if what < self.heard:  # type: ignore[operator]
                raise ValueError
            self.heard = what  # type: ignore[assignment]
        else:
            raise ZeroDivisionError


def play(books: SqlBooks, transaction: list[tuple[str, object]]) -> None:
    with books.writing() as writing:
        for verb, what in transaction:
            if verb == "append":
                writing.append([entered(n, books.store, state=state) for n, state in what])  # type: ignore[attr-defined]
            elif verb == "put":
                writing.put([document("visit", key, body) for key, body in what])  # type: ignore[attr-defined]
            elif verb == "send":
                writing.send([Outgoing(key=key, kind="payment", body=b"{}") for key in what])  # type: ignore[attr-defined]
            elif verb == "fail":
                raise ZeroDivisionError
            else:
                getattr(writing, verb)(what)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.lists(STEPS, max_size=5), max_size=6))
def test_any_transactions_with_failures_in_the_middle_leave_exactly_the_committed_ones(
    address: str, transactions: list[list[tuple[str, object]]]
) -> None:
    books = open_books(address, f"played-{next(_COUNTER)}")
    expected = Expected({}, {}, {}, 0)
    for transaction in transactions:
        hoped = expected.copy()
        try:
            for verb, what in transaction:
                hoped.take(verb, what)
        except (BooksError, ValueError, ZeroDivisionError) as error:
            with pytest.raises(type(error)):
                play(books, transaction)
        else:
            play(books, transaction)
            expected = hoped
    assert {record.envelope.sequence: record.state for _, record in books.records()} == expected.journal  # type: ignore[union-attr]
    assert [number for number, _ in books.records()] == list(range(1, len(expected.journal) + 1))
    assert {each.key: each.body for each in books.documents("visit")} == expected.documents
    assert {each.key for each in books.outgoing(0)} == {key for key, state in expected.outbox.items() if state != "closed"}
    assert books.progress() == expected.heard
    assert not [problem for problem in verify(books) if "were written" in problem]
    books.close()


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.dictionaries(st.text("aB_-é/😀", min_size=1, max_size=3), st.integers(0, 2), max_size=9),
    st.integers(1, 4),
    st.sampled_from(["", "p1"]),
)
def test_pages_of_documents_put_together_are_the_whole_list_however_many_share_an_instant(
    address: str, made: dict[str, int], size: int, owner: str
) -> None:
    books = open_books(address, f"paged-{next(_COUNTER)}")
    with books.writing() as writing:
        writing.put([document("visit", key, owner=f"p{at % 2}", at=at) for key, at in made.items()])
    paged = [key for page in pages_of(books, "visit", size, owner) for key in page]
    assert paged == sorted((key for key in made if not owner or made[key] % 2), key=lambda key: (-made[key], key))
    books.close()
