"""A backup is a consistent copy of a shop that goes on, and restoring overwrites nothing."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from the_corner import bill, document, entered, receipt, tick

from saunter.adapters.storage import BooksError, SqlBooks, open_books, open_inputs, open_personal, restore, verify
from saunter.ports.books import Outgoing, Shopper


def fill(books: SqlBooks) -> None:
    with books.writing() as writing:
        writing.append([entered(n, books.store) for n in range(30)])
        writing.append([receipt(0, books.store)])
        writing.put([document(), bill(receipt(0, books.store))])
        writing.send([Outgoing(key="k1", kind="payment", body=b"{}"), Outgoing(key="k2", kind="gate", body=b"{}", due=9)])
        writing.close(["k1"])
        writing.heard(4)


def contents(books: SqlBooks) -> tuple[object, ...]:
    documents = [books.documents(kind) for kind in ("visit", "bill")]
    return list(books.records()), documents, books.outgoing(99), books.progress(), verify(books)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "monday.db"


def test_a_backup_is_one_file_with_everything_of_the_store(books: SqlBooks, copy: Path, store: str) -> None:
    fill(books)
    other = open_books(copy.parent / "other.db", "other")
    other.close()
    books.backup(str(copy))
    assert sorted(file.name for file in copy.parent.iterdir()) == ["monday.db", "other.db"]
    again = open_books(copy, store)
    assert contents(again) == contents(books)
    with again.writing() as writing:
        writing.append([entered(30, store)])
        writing.send([Outgoing(key="k1", kind="payment", body=b"{}"), Outgoing(key="k3", kind="payment", body=b"{}")])
    assert [each.key for each in again.outgoing(99)] == ["k2", "k3"] and verify(again) == []
    again.close()


def test_a_backup_overwrites_nothing(books: SqlBooks, copy: Path) -> None:
    copy.parent.mkdir()
    copy.write_text("precious")
    with pytest.raises(BooksError, match=r"monday\.db is there already: nothing is overwritten"):
        books.backup(str(copy))
    assert copy.read_text() == "precious" and len(list(copy.parent.iterdir())) == 1


def test_what_a_broken_attempt_left_behind_does_not_disturb_the_next(books: SqlBooks, copy: Path, store: str) -> None:
    copy.parent.mkdir()
    copy.with_name("monday.db.part").write_text("half a backup")
    fill(books)
    books.backup(str(copy))
    assert [file.name for file in copy.parent.iterdir()] == ["monday.db"]
    again = open_books(copy, store)
    assert contents(again) == contents(books)
    again.close()


@pytest.mark.slow
def test_a_backup_of_a_shop_that_goes_on_holds_whole_transactions_only(books: SqlBooks, copy: Path, store: str) -> None:
    stop = threading.Event()

    def trade() -> None:
        number = 0
        while not stop.is_set():
            with books.writing() as writing:
                writing.append([entered(7 * number + k, store) for k in range(7)])
                writing.put([document(body=str(number).encode())])
                writing.heard(number + 1)
            number += 1

    shop = threading.Thread(target=trade)
    shop.start()
    try:
        while books.progress() < 3:
            pass
        books.backup(str(copy))
    finally:
        stop.set()
        shop.join()
    again = open_books(copy, store)
    heard = again.progress()
    found = again.document("visit", "visit-p1")
    assert heard >= 3 and found is not None and found.body == str(heard - 1).encode()
    assert sum(1 for _ in again.records()) == 7 * heard
    assert [problem for problem in verify(again) if "document" not in problem] == []
    again.close()


def test_a_backup_is_restored_as_a_new_file(books: SqlBooks, copy: Path, tmp_path: Path, store: str) -> None:
    fill(books)
    books.backup(str(copy))
    before = copy.read_bytes()
    copy.chmod(0o400)
    restore(copy, tmp_path / "new" / "books.db")
    assert copy.read_bytes() == before
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["books.db"]
    again = open_books(tmp_path / "new" / "books.db", store)
    assert contents(again) == contents(books)
    again.close()


@pytest.mark.slow
def test_a_backup_of_a_file_becomes_the_books_on_a_server_and_back(tmp_path: Path, own_schema: str) -> None:
    books = open_books(tmp_path / "books.db", "corner")
    fill(books)
    books.backup(str(tmp_path / "copy.db"))
    restore(str(tmp_path / "copy.db"), own_schema)
    served = open_books(own_schema, "corner")
    assert contents(served) == contents(books)
    served.backup(str(tmp_path / "back.db"))
    back = open_books(tmp_path / "back.db", "corner")
    assert contents(back) == contents(books)
    with pytest.raises(BooksError, match=r"holds corner already: nothing is overwritten"):
        restore(tmp_path / "copy.db", own_schema)
    for each in (books, served, back):
        each.close()


@pytest.mark.slow
def test_a_server_with_another_store_takes_a_backup_and_keeps_the_other(tmp_path: Path, own_schema: str) -> None:
    here, there = open_books(tmp_path / "books.db", "corner"), open_books(own_schema, "elsewhere")
    fill(here)
    fill(there)
    here.backup(str(tmp_path / "copy.db"))
    restore(tmp_path / "copy.db", own_schema)
    served = open_books(own_schema, "corner")
    assert contents(served) == contents(here) and len(list(there.records())) == 31
    served.backup(str(tmp_path / "one_store.db"))
    with closing(sqlite3.connect(tmp_path / "one_store.db")) as raw:
        tables = ("progress", "journal", "document", "outbox")
        assert {row for table in tables for row in raw.execute(f"SELECT DISTINCT store FROM {table}")} == {("corner",)}
    for each in (here, there, served):
        each.close()


def test_personal_data_is_restored_only_where_there_is_none(tmp_path: Path, own_schema: str) -> None:
    personal = open_personal(tmp_path / "personal.db")
    personal.keep_shopper(Shopper(subject="s1", device_hash="d1"))
    personal.backup(str(tmp_path / "copy.db"))
    restore(tmp_path / "copy.db", own_schema)
    served = open_personal(own_schema)
    assert served.shopper("s1") == personal.shopper("s1")
    with pytest.raises(BooksError, match="holds shopper already"):
        restore(tmp_path / "copy.db", own_schema)
    served.close()
    personal.close()


def test_restoring_overwrites_no_file(books: SqlBooks, copy: Path, tmp_path: Path) -> None:
    books.backup(str(copy))
    for name in ("books2.db", "books2.db-wal"):
        there = tmp_path / name
        there.write_text("precious")
        with pytest.raises(BooksError, match="is there already: nothing is overwritten"):
            restore(copy, tmp_path / "books2.db")
        assert there.read_text() == "precious"
        there.unlink()


def test_what_is_no_whole_backup_is_not_restored(tmp_path: Path) -> None:
    to = tmp_path / "to.db"
    with pytest.raises(BooksError, match=r"there is no file missing\.db"):
        restore(tmp_path / "missing.db", to)
    (tmp_path / "notes").write_text("bread, milk\n" * 100)
    with pytest.raises(BooksError, match="notes is damaged, or no backup"):
        restore(tmp_path / "notes", to)
    log = open_inputs(tmp_path / "inputs.db", "corner")
    log.append([tick(0)])
    log.close()
    with pytest.raises(BooksError, match="is no backup of books or personal data"):
        restore(tmp_path / "inputs.db", to)
    assert not to.exists()


def test_a_damaged_backup_is_not_restored(tmp_path: Path) -> None:
    books = open_books(tmp_path / "books.db", "corner")
    fill(books)
    books.backup(str(tmp_path / "copy.db"))
    books.close()
    content = bytearray((tmp_path / "copy.db").read_bytes())
    content[4096:8192] = b"\xff" * 4096
    (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(BooksError, match=r"copy\.db is damaged"):
        restore(tmp_path / "copy.db", tmp_path / "to.db")
    assert not (tmp_path / "to.db").exists()
