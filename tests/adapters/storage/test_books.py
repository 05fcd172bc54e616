"""The contract of a shop's books, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from the_corner import block, document, entered, frame, one_of_every_kind, pages_of, place, receipt, tick

from saunter.adapters.storage import BooksError, SqlBooks, open_books
from saunter.adapters.storage import writing as transactions
from saunter.base.errors import Refused
from saunter.ports.books import Books, Outgoing, Place, Writing
from saunter.records import AnyRecord, PeopleFrame, Tick, WeightBlock


def told(books: Books, *records: AnyRecord) -> None:
    with books.writing() as writing:
        writing.append(records)


def ids(books: Books, **chosen: object) -> list[tuple[int, str]]:
    return [(number, record.id) for number, record in books.records(**chosen)]  # type: ignore[arg-type]


def command(key: str, due: int = 0) -> Outgoing:
    return Outgoing(key=key, kind="payment", body=b'{"key":"' + key.encode() + b'"}', due=due)


def test_empty_books_know_nothing(books: SqlBooks) -> None:
    as_port: Books = books
    assert (as_port.progress(), list(as_port.records()), as_port.last_sequences(), as_port.outgoing(2**62)) == (0, [], {}, [])
    assert as_port.record("visits:0") is None and as_port.document("visit", "v") is None and as_port.documents("visit") == []


def test_everything_of_a_transaction_is_there_afterwards_also_for_who_opens_the_books_again(
    books: SqlBooks, address: str, store: str
) -> None:
    with books.writing() as writing:
        port: Writing = writing
        port.append([entered(0, store), receipt(1, store)])
        port.put([document("visit", "visit-p1", b'{"a":1}', owner="p1", state="inside", at=40)])
        port.send([command("k1", due=5)])
        port.heard(7)
    again = open_books(address, store)
    assert list(again.records()) == [(1, entered(0, store)), (2, receipt(1, store))]
    assert again.documents("visit") == [document("visit", "visit-p1", b'{"a":1}', owner="p1", state="inside", at=40)]
    assert again.outgoing(5) == [command("k1", due=5)] and again.progress() == 7
    assert again.last_sequences() == {"ledger": 1, "visits": 0}
    again.close()


def test_after_an_exception_everything_is_as_it_was(books: SqlBooks, store: str) -> None:
    told(books, entered(0, store))
    with pytest.raises(ZeroDivisionError), books.writing() as writing:
        writing.append([entered(1, store)])
        writing.put([document()])
        writing.send([command("k1")])
        writing.heard(3)
        raise ZeroDivisionError
    assert (ids(books), books.documents("visit"), books.outgoing(9), books.progress()) == ([(1, "visits:0")], [], [], 0)
    told(books, entered(1, store))
    assert ids(books) == [(1, "visits:0"), (2, "visits:1")]


def test_a_transaction_that_is_over_takes_nothing(books: SqlBooks, store: str) -> None:
    with books.writing() as writing:
        pass
    with pytest.raises(ValueError, match="over"):
        writing.append([entered(0, store)])


def test_a_transaction_within_a_transaction_is_refused_rather_than_waited_for_forever(books: SqlBooks, store: str) -> None:
    with books.writing() as writing:
        with pytest.raises(ValueError, match="open in this thread already"), books.writing():
            pass
        writing.append([entered(0, store)])
    assert ids(books) == [(1, "visits:0")]


def test_what_the_database_refused_cannot_be_swallowed(books: SqlBooks, store: str) -> None:
    told(books, entered(0, store))
    with pytest.raises(BooksError, match="nothing of it was written"), books.writing() as writing:
        writing.append([entered(1, store)])
        writing._records = 0  # as if another process had written meanwhile
        with pytest.raises(DBAPIError):
            writing.append([entered(2, store)])
    assert ids(books) == [(1, "visits:0")]


def test_the_same_record_again_is_passed_over(books: SqlBooks, store: str) -> None:
    told(books, entered(0, store), entered(0, store))
    told(books, entered(0, store), entered(1, store))
    assert ids(books) == [(1, "visits:0"), (2, "visits:1")]


def test_a_record_that_was_written_by_an_older_version_without_a_field_of_today_is_the_same(
    books: SqlBooks, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorter = msgspec.json.encode(
        {key: value for key, value in msgspec.to_builtins(receipt(0, store)).items() if key != "dropped"}
    )
    with monkeypatch.context() as patch:
        patch.setattr(transactions.schemas, "encode", lambda record: shorter)
        told(books, receipt(0, store))
    told(books, receipt(0, store))
    assert list(books.records()) == [(1, receipt(0, store))]


def test_the_same_id_with_other_content_is_an_error_and_changes_nothing(books: SqlBooks, store: str) -> None:
    told(books, entered(0, store))
    for records in ([entered(1, store), entered(0, store, state="gone")], [entered(1, store), entered(1, store, state="gone")]):
        with pytest.raises(BooksError, match=r"visits:[01] stands in the journal of .* already, with other content"):
            told(books, *records)
    with books.writing() as writing:
        with pytest.raises(BooksError):
            writing.append([entered(1, store), entered(0, store, state="gone")])
        writing.heard(1)
    assert list(books.records()) == [(1, entered(0, store))] and books.progress() == 1


@pytest.mark.parametrize("raw", [frame, block])
def test_raw_readings_never_come_into_the_journal(books: SqlBooks, store: str, raw: object) -> None:
    with pytest.raises(Refused, match=r"raw readings belong in the log of inputs"):
        told(books, entered(0, store), raw(0, store))  # type: ignore[operator]
    assert ids(books) == []


def test_ticks_are_passed_over(books: SqlBooks, store: str) -> None:
    told(books, tick(0, store), entered(0, store), tick(1, store))
    assert ids(books) == [(1, "visits:0")]


def test_every_other_kind_of_record_comes_back_from_the_journal(books: SqlBooks, store: str) -> None:
    raw = (PeopleFrame, WeightBlock, Tick)
    kinds = [record for record in one_of_every_kind() if not isinstance(record, raw)]
    moved = [
        msgspec.structs.replace(record, envelope=place(number, "all", store))  # type: ignore[type-var]
        for number, record in enumerate(kinds)
    ]
    told(books, *moved)
    assert list(books.records()) == list(enumerate(moved, start=1))
    assert {type(record) for _, record in books.records(kinds=["Receipt"])} == {type(receipt(0))}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (entered(0, "elsewhere"), "belongs to store 'elsewhere'"),
        (entered(-1, "STORE"), "sequence -1"),
        (entered(2**63, "STORE"), "is not a number from 0"),
        (entered(0, "STORE", stream="a b"), "'a b' is no name"),
    ],
)
def test_records_that_cannot_stand_in_these_books_are_refused(books: SqlBooks, store: str, wrong: AnyRecord, why: str) -> None:
    assert isinstance(wrong, type(entered(0)))
    if wrong.envelope.store == "STORE":
        wrong = msgspec.structs.replace(wrong, envelope=msgspec.structs.replace(wrong.envelope, store=store))
    with pytest.raises(Refused, match=why):
        told(books, wrong)


def test_the_journal_is_read_from_a_number_by_kind_by_stream_and_so_many(
    books: SqlBooks, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saunter.adapters.storage.books.PAGE_ROWS", 2)
    told(books, *(entered(n, store) if n % 3 else receipt(n, store) for n in range(10)))
    everything = [(n + 1, f"visits:{n}" if n % 3 else f"ledger:{n}") for n in range(10)]
    receipts = [found for found in everything if found[1].startswith("ledger")]
    assert ids(books) == everything
    assert ids(books, after=4, limit=3) == everything[4:7]
    assert ids(books, kinds=["Receipt"]) == ids(books, stream="ledger") == receipts
    assert ids(books, kinds=["Receipt"], after=1, limit=2) == receipts[1:3]
    assert ids(books, kinds=["VisitChanged", "Receipt", "Receipt"]) == everything
    assert ids(books, kinds=["VisitChanged", "Receipt"], limit=5) == everything[:5]
    assert ids(books, kinds=["Receipt"], stream="visits") == ids(books, kinds=["Cart"]) == ids(books, after=10) == []


def test_a_reader_that_goes_on_from_its_last_number_misses_nothing_that_is_written_meanwhile(
    books: SqlBooks, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saunter.adapters.storage.books.PAGE_ROWS", 2)
    told(books, receipt(0, store), *(entered(n, store) for n in range(3)))
    reading = books.records(kinds=["Receipt", "VisitChanged"])
    found = [next(reading)[0], next(reading)[0]]
    told(books, receipt(1, store), entered(3, store))
    found += [number for number, _ in reading]
    found += [number for number, _ in books.records(after=found[-1], kinds=["Receipt", "VisitChanged"])]
    assert found == [1, 2, 3, 4, 5, 6]


def test_records_are_found_by_their_id_their_visit_and_their_party(books: SqlBooks, store: str) -> None:
    told(books, entered(0, store), entered(1, store, party="p2"), receipt(2, store))
    assert books.record("ledger:2") == receipt(2, store)
    assert [books.record(wrong) for wrong in ("ledger:3", "ledger", "ledger:x", ":2", "ledger:\u00b2", f"ledger:{2**63}")] == [
        None
    ] * 6
    assert [record.id for _, record in books.about(visit="visit-2")] == ["ledger:2"]
    assert [record.id for _, record in books.about(party="p2")] == ["visits:1", "ledger:2"]
    assert [record.id for _, record in books.about(visit="visit-p2", party="p2")] == ["visits:1"]


def test_a_newer_document_replaces_the_older_one(books: SqlBooks) -> None:
    with books.writing() as writing:
        writing.put([document(body=b"1"), document(body=b"2", owner="p1")])
        writing.put([document(body=b"3", state="gone", at=9)])
        writing.put([])
    assert books.documents("visit") == [document(body=b"3", state="gone", at=9)]
    assert books.document("visit", "visit-p1") == document(body=b"3", state="gone", at=9)
    assert books.document("bill", "visit-p1") is None


def test_documents_are_listed_newest_first_and_paged(books: SqlBooks) -> None:
    made = [document("bill", f"v{n}", owner=f"p{n % 2}", state="sent" if n > 2 else "held", at=n) for n in range(6)]
    with books.writing() as writing:
        writing.put([*made, document("bill", "a", at=5)])

    def keys(**chosen: object) -> list[str]:
        return [found.key for found in books.documents("bill", **chosen)]  # type: ignore[arg-type]

    assert keys() == ["a", "v5", "v4", "v3", "v2", "v1", "v0"]
    assert keys(limit=2) == ["a", "v5"] and keys(after=made[5].place, limit=2) == ["v4", "v3"]
    assert keys(owner="p1") == ["v5", "v3", "v1"] and keys(state="held") == ["v2", "v1", "v0"]
    assert keys(owner="p0", state="sent", after=made[4].place) == []


def test_documents_of_one_instant_are_neither_skipped_nor_doubled_at_a_pages_edge(books: SqlBooks) -> None:
    order = ["B-2", "Z", "a", "aB", "a_1", "ä", "B"]  # at 7: by code points, not by any country's alphabet; then "B" at 6
    with books.writing() as writing:
        writing.put([document("bill", key, at=6 if key == "B" else 7) for key in reversed(order)])
    for size in range(1, len(order) + 1):
        pages = pages_of(books, "bill", size)
        assert [key for page in pages for key in page] == order, f"in pages of {size}"
        assert all(len(page) == size for page in pages[:-1])


def test_a_server_that_sorts_by_a_countrys_alphabet_lists_documents_in_the_same_order(own_schema: str) -> None:
    books = open_books(own_schema, "corner")
    with books.database.writing() as connection:
        connection.execute(text('ALTER TABLE document ALTER COLUMN key TYPE text COLLATE "en-x-icu"'))
    with books.writing() as writing:
        writing.put([document("bill", key) for key in ("a", "B", "_")])
    assert pages_of(books, "bill", 1) == [["B"], ["_"], ["a"]]
    books.close()


def test_a_place_whose_document_is_gone_or_went_up_is_still_a_place(books: SqlBooks) -> None:
    with books.writing() as writing:
        writing.put([document("bill", "a", at=7), document("bill", "c", at=7), document("bill", "z", at=0)])
        writing.put([document("bill", "b", at=7)])
    edge = document("bill", "b", at=7).place
    with books.writing() as writing:
        writing.put([document("bill", "b", at=9)])
    assert [each.key for each in books.documents("bill", after=edge)] == ["c", "z"]
    assert [each.key for each in books.documents("bill", after=Place(0, ""))] == ["z"]


def test_commands_wait_are_tried_again_and_are_never_sent_once_closed(books: SqlBooks) -> None:
    with books.writing() as writing:
        writing.send([command("late", due=50), command("b"), command("a", due=10), command("b", due=5)])
    assert [each.key for each in books.outgoing(4)] == []
    assert [each.key for each in books.outgoing(49)] == ["b", "a"]
    assert [each.key for each in books.outgoing(50)] == ["late", "b", "a"]
    assert [each.key for each in books.outgoing(50, limit=2)] == ["late", "b"]
    books.tried("b", due=70)
    books.tried("b", due=60)
    assert [each.key for each in books.outgoing(59)] == ["late", "a"]
    assert books.outgoing(60)[1] == msgspec.structs.replace(command("b"), state="sent", due=60, tries=2)
    with books.writing() as writing:
        writing.close(["b", "never seen"])
        writing.send([command("b")])
    books.tried("b", due=0)
    assert [each.key for each in books.outgoing(2**62)] == ["late", "a"]


def test_a_command_that_nobody_sent_cannot_have_been_tried(books: SqlBooks) -> None:
    with pytest.raises(ValueError, match="no command 'k9'"):
        books.tried("k9", due=1)


def test_progress_never_goes_back(books: SqlBooks) -> None:
    for number in (3, 3, 5):
        with books.writing() as writing:
            writing.heard(number)
    with pytest.raises(ValueError, match="cannot go back to 4"), books.writing() as writing:
        writing.heard(4)
    assert books.progress() == 5


def test_stores_in_one_database_know_nothing_of_each_other(books: SqlBooks, address: str, store: str) -> None:
    other = open_books(address, f"{store}-too")
    for each, party in ((books, "p1"), (other, "p2")):
        with each.writing() as writing:
            writing.append([entered(0, each.store, party=party)])
            writing.put([document(body=party.encode())])
            writing.send([command("k")])
            writing.heard(int(party[1]))
    books.tried("k", 1)
    with books.writing() as writing:
        writing.close(["k"])
    assert (list(other.records()), other.record("visits:0")) == (
        [(1, entered(0, other.store, party="p2"))],
        entered(0, other.store, party="p2"),
    )
    assert [found.body for found in other.documents("visit")] == [b"p2"]
    assert (other.outgoing(1), other.progress(), other.last_sequences()) == ([command("k")], 2, {"visits": 0})
    other.close()


def test_readers_are_not_held_up_by_a_writer_and_see_what_was_committed(books: SqlBooks, store: str) -> None:
    told(books, entered(0, store))
    with books.writing() as writing, ThreadPoolExecutor(1) as pool:
        writing.append([entered(1, store)])
        assert pool.submit(ids, books).result(timeout=5) == [(1, "visits:0")]
    assert len(ids(books)) == 2


@pytest.mark.slow
def test_several_threads_write_without_losing_or_doubling_anything(books: SqlBooks, store: str) -> None:
    start = threading.Barrier(4)

    def work(thread: int) -> None:
        start.wait()
        for n in range(15):
            told(books, *(entered(3 * n + k, store, stream=f"t{thread}") for k in range(3)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    found = ids(books)
    assert [number for number, _ in found] == list(range(1, 181))
    assert sorted(id_ for _, id_ in found) == sorted(f"t{thread}:{n}" for thread in range(4) for n in range(45))


@pytest.mark.slow
def test_two_programs_that_write_the_same_books_wait_for_each_other(books: SqlBooks, address: str, store: str) -> None:
    programs = [books, open_books(address, store)]
    start = threading.Barrier(2)

    def work(program: int) -> None:
        start.wait()
        for n in range(20):
            told(programs[program], entered(n, store, stream=f"t{program}"))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert [number for number, _ in ids(books)] == list(range(1, 41))
    programs[1].close()


def test_a_store_needs_a_name(address: str) -> None:
    with pytest.raises(ValueError, match="no id of a store"):
        open_books(address, "corner shop")
