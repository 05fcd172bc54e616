"""Books that are whole say nothing; whatever is missing or does not add up is named."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import text
from the_corner import bill, correction, document, entered, line, place, receipt

from saunter.adapters.storage import SqlBooks, verify
from saunter.ports import documents
from saunter.records import PaymentChanged


def alter(books: SqlBooks, statement: str, **values: object) -> None:
    with books.database.writing() as connection:
        assert connection.execute(text(f"{statement} AND store = :store"), {"store": books.store, **values}).rowcount > 0


def paid(store: str) -> PaymentChanged:
    return PaymentChanged(
        envelope=place(0, "payments", store), payment="pay-1", party="p1", state="captured", currency="EUR",
        authorised_minor=500, captured_minor=500, refunded_minor=0,
    )  # fmt: skip


@pytest.fixture
def trading(books: SqlBooks, store: str) -> SqlBooks:
    """The books of a good day: visits, two receipts, one of them corrected twice, and their documents."""
    with books.writing() as writing:
        writing.append([entered(n, store) for n in range(5)])
        receipts = [receipt(0, store), receipt(1, store, (line(), line("milk", 100, 7, 107)))]
        writing.append([*receipts, correction(0, receipts[1], 250), correction(1, receipts[1], 357), paid(store)])
        money = msgspec.json.encode(documents.Money(payment=paid(store), at=1))
        writing.put([document(), *map(bill, receipts), document("payment", "pay-1", money)])
        writing.put([document("moment", "visits:3"), document("alarm", "anything"), document("question", "visits:4")])
    return books


def test_whole_books_are_whole(trading: SqlBooks) -> None:
    assert verify(trading) == []


def test_empty_books_are_whole(books: SqlBooks) -> None:
    assert verify(books) == []


def test_records_that_vanished_are_missed_in_the_numbers_and_in_their_stream(trading: SqlBooks) -> None:
    alter(trading, "DELETE FROM journal WHERE stream = 'visits' AND sequence IN (0, 2)")
    assert verify(trading) == [
        "10 records were written, but the journal holds 8, the last with number 10",
        "stream visits lacks 0",
        "stream visits lacks 2",
    ]


def test_a_record_that_vanished_from_the_end_is_missed_too(trading: SqlBooks) -> None:
    alter(trading, "DELETE FROM journal WHERE stream = 'payments'")
    assert verify(trading) == [
        "10 records were written, but the journal holds 9, the last with number 9",
        "document payment pay-1: the journal does not hold payments:0 with the same content",
    ]


def test_a_stream_that_jumps_is_told(books: SqlBooks, store: str) -> None:
    with books.writing() as writing:
        writing.append([entered(3, store), entered(9, store)])
    assert verify(books) == ["stream visits lacks 0 to 2", "stream visits lacks 4 to 8"]


def test_of_many_gaps_some_are_told_and_the_rest_is_counted(books: SqlBooks, store: str) -> None:
    with books.writing() as writing:
        writing.append([entered(2 * n + 1, store) for n in range(53)])
    assert len(verify(books)) == 51 and verify(books)[-1] == "and 3 more like these"


def test_records_that_cannot_be_read_or_are_not_what_they_are_called_are_told(trading: SqlBooks, store: str) -> None:
    alter(trading, "UPDATE journal SET body = :body WHERE stream = 'visits' AND sequence = 1", body=b"{")
    foreign = msgspec.json.encode(entered(2, "elsewhere"))
    alter(trading, "UPDATE journal SET body = :body WHERE stream = 'visits' AND sequence = 2", body=foreign)
    alter(trading, "UPDATE journal SET kind = 'Cart' WHERE stream = 'visits' AND sequence = 3")
    first, *others = verify(trading)
    assert first.startswith("record visits:1 of the journal cannot be read: a message is not a record in JSON")
    assert others == [
        "visits:2 holds another record: VisitChanged visits:2 of store elsewhere",
        "visits:3 holds another record: VisitChanged visits:3 of store " + store,
    ]


def test_receipts_that_do_not_add_up_are_told(books: SqlBooks, store: str) -> None:
    with books.writing() as writing:
        writing.append([receipt(0, store, total_minor=499), receipt(1, store, (line(net=468),)), receipt(2, store)])
    assert verify(books) == [
        "ledger:0: total_minor says 499, its lines sum to 500",
        "ledger:1: net 468 and tax 33 of 'bread' do not make its total 500",
    ]


def test_giving_back_more_than_was_charged_is_told_and_so_is_giving_back_of_nothing(books: SqlBooks, store: str) -> None:
    charged, never = receipt(0, store), receipt(1, store)
    with books.writing() as writing:
        writing.append([charged, correction(0, charged, 500), correction(1, charged, 1), correction(2, never, 5)])
    assert verify(books) == [
        "corrections give back 501 of receipt ledger:0, which came to 500",
        "correction corrections:2 is of receipt ledger:1, which the journal does not have",
    ]


def test_documents_without_their_record_are_told(books: SqlBooks, store: str) -> None:
    with books.writing() as writing:
        writing.append([receipt(0, store)])
        changed = msgspec.structs.replace(receipt(0, store), party="p9")
        writing.put([document(), bill(changed), document("check", "approvals:0"), document("bill", "v", b"{}")])
    found = verify(books)
    assert found[0].startswith("document bill v: it cannot be read (Object missing required field")
    assert found[1:] == [
        "document bill visit-0: the journal does not hold ledger:0 with the same content",
        "document check approvals:0: the journal has no record of this id",
        "document visit visit-p1: the journal has no record of this visit",
    ]


def test_commands_beyond_what_was_counted_are_told(trading: SqlBooks) -> None:
    with trading.database.writing() as connection:
        row = {"store": trading.store, "body": b"{}"}
        connection.execute(text("INSERT INTO outbox (store, key, number, body) VALUES (:store, 'k', 4, :body)"), row)
    assert verify(trading) == ["0 commands were written, but the outbox holds one with number 4"]
