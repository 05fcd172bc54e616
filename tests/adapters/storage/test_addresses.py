"""Where the books are is one setting; a wrong one is told with what to write instead."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from saunter.adapters.storage import BooksError, open_books
from saunter.adapters.storage.database import connected
from saunter.base.errors import InputProblems


@pytest.mark.parametrize("address", ["", ".", ":memory:", "sqlite://", "mysql://shop", "postgresql+asyncpg://shop", "://"])
def test_an_address_that_is_none_says_how_to_write_one(address: str) -> None:
    with pytest.raises(
        InputProblems, match=r"-> name a file, or a PostgreSQL database as postgresql\+psycopg://user@host/database"
    ):
        open_books(address, "corner")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputProblems, match="is not a file"):
        open_books(tmp_path, "corner")


def test_a_file_in_a_place_where_nobody_can_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputProblems, match="choose a place that you may write to"):
        open_books(tmp_path / "file" / "books.db", "corner")


def test_a_file_may_be_written_as_a_url_too(tmp_path: Path) -> None:
    open_books(f"sqlite:///{tmp_path}/a/books.db", "corner").close()
    assert (tmp_path / "a" / "books.db").is_file()


def test_postgres_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(BooksError, match=r"install saunter\[postgres\], or name a file"):
        open_books("postgresql://127.0.0.1/test", "corner")


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    with pytest.raises(BooksError, match="could not be read") as caught:
        open_books("postgresql://shop:hush@127.0.0.1:1/test", "corner")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_all_usual_spellings_of_postgres_are_understood(server: URL, scheme: str) -> None:
    database = connected(server.set(drivername=scheme).render_as_string(hide_password=False))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    database.close()


def test_a_file_is_synced_at_every_commit_and_read_while_it_is_written(tmp_path: Path) -> None:
    books = open_books(tmp_path / "books.db", "corner")
    with books.database.reading() as connection:
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode", "foreign_keys")]
    assert told == [2, "wal", 1]
    books.close()
