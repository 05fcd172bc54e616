"""Databases of yesterday are brought up to date when they are opened; those of tomorrow are refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, text
from the_corner import entered, receipt

from saunter.adapters.storage import BooksError, open_books, open_inputs, open_personal, verify
from saunter.adapters.storage.database import Database, connected
from saunter.adapters.storage.migrating import BOOKS_SCHEMA, SCHEMAS, Schema, head, migrate, opened
from saunter.adapters.storage.tables import JOURNAL
from saunter.journal import schemas
from saunter.records import Receipt, VisitChanged


def of_the_first_version(address: str, records: list[VisitChanged | Receipt]) -> None:
    """Books as the first version made them, with records in them."""
    database = connected(address)
    migrate(database, BOOKS_SCHEMA, "0001")
    with database.writing() as connection:
        connection.execute(text("INSERT INTO progress (store, heard, records) VALUES ('corner', 3, :n)"), {"n": len(records)})
        for number, record in enumerate(records, start=1):
            place = {"store": "corner", "number": number, "stream": record.envelope.stream, "sequence": record.envelope.sequence}
            found_by = {"kind": type(record).__name__, "happened": record.happened, "visit": record.visit}
            connection.execute(insert(JOURNAL).values(**place, **found_by, body=schemas.encode(record)))
    database.close()


def test_books_of_the_first_version_are_brought_up_to_date_with_all_that_is_in_them(
    empty_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [entered(0), receipt(0), entered(1, party=""), entered(2, party="p2"), receipt(1)]
    of_the_first_version(empty_address, records)
    books = open_books(empty_address, "corner")
    assert [record for _, record in books.records()] == records
    assert [record for _, record in books.about(party="p2")] == [entered(2, party="p2")]
    assert [record for _, record in books.about(party="p0")] == [receipt(0)]
    assert [number for number, _ in books.records(stream="ledger")] == [2, 5]
    with books.writing() as writing:
        writing.append([entered(0), entered(3, party="p2")])
    assert [number for number, _ in books.about(party="p2")] == [4, 6]
    assert books.progress() == 3 and verify(books) == []
    books.close()


@pytest.mark.slow
def test_a_long_journal_is_brought_up_to_date_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "books.db")
    of_the_first_version(path, [entered(n, party=f"p{n % 7}") for n in range(1203)])
    books = open_books(path, "corner")
    assert [sum(1 for _ in books.about(party=f"p{n}")) for n in range(7)] == [172] * 6 + [171]
    books.close()


def test_a_migration_that_fails_leaves_everything_as_it_was(empty_address: str) -> None:
    of_the_first_version(empty_address, [entered(0)])
    database = connected(empty_address)
    with database.writing() as connection:
        connection.execute(text("UPDATE journal SET body = :damaged"), {"damaged": b"{"})
    with pytest.raises(Exception, match="truncated"):
        migrate(database, BOOKS_SCHEMA)
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM books_version")).scalar() == "0001"
        assert "party" not in {column["name"] for column in inspect(connection).get_columns("journal")}
    database.close()


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_migrations_make_exactly_the_tables_that_the_program_uses(empty_address: str, schema: Schema) -> None:
    database = opened(empty_address, schema)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": schema.version_table})
        assert compare_metadata(context, schema.tables) == []
    database.close()


def test_books_of_a_newer_program_are_refused(empty_address: str) -> None:
    open_books(empty_address, "corner").close()
    alter(empty_address, "UPDATE books_version SET version_num = '0099'")
    with pytest.raises(
        BooksError, match=r"newer version of Saunter \(its tables are at '0099', this version knows '0002'\): update"
    ):
        open_books(empty_address, "corner")


def alter(address: str, statement: str) -> None:
    database = connected(address)
    with database.writing() as connection:
        connection.execute(text(statement))
    database.close()


def test_opening_again_changes_nothing(empty_address: str) -> None:
    open_books(empty_address, "corner").close()
    database = connected(empty_address)
    before = versions(database)
    open_books(empty_address, "corner").close()
    assert versions(database) == before == [head(BOOKS_SCHEMA)]
    database.close()


def versions(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(text("SELECT version_num FROM books_version")).scalars())


def test_the_three_stores_of_data_are_never_mixed(tmp_path: Path, empty_address: str) -> None:
    open_books(empty_address, "corner").close()
    with pytest.raises(BooksError, match="holds the books of a shop, not personal data: give each a place of its own"):
        open_personal(empty_address)
    open_personal(tmp_path / "personal.db").close()
    with pytest.raises(BooksError, match=r"personal\.db holds personal data, not a log of inputs"):
        open_inputs(tmp_path / "personal.db", "corner")


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE songs (title)")
    before = path.read_bytes()
    with pytest.raises(BooksError, match=r"holds tables of something else \(songs\), not the books of a shop"):
        open_books(path, "corner")
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("bread, milk\n" * 100)
    with pytest.raises(BooksError, match=r"notes\.txt could not be read: file is not a database"):
        open_books(tmp_path / "notes.txt", "corner")
