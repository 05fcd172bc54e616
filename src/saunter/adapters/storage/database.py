"""One database: how it is found by its address, made durable, and spoken to by several threads.

On SQLite one thread writes at a time and readers are not held up (WAL); every commit is on the disk when it returns
(`synchronous=FULL`). On PostgreSQL `synchronous_commit` is on whatever the server's default.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from saunter.adapters.storage.constants import BUSY_TIMEOUT_MS, CONNECT_TIMEOUT_S, CONNECTIONS_KEPT, CONNECTIONS_MORE_MAX
from saunter.base.errors import BooksError, InputProblems, Problem

_POSTGRES: Final = "postgresql+psycopg"
_BEGIN: Final = "saunter_begin"
_HOW: Final = "name a file, or a PostgreSQL database as postgresql+psycopg://user@host/database"


class Database:
    """One open database. `name` is how messages call it (no password in it); `path` its file, None for PostgreSQL."""

    def __init__(self, engine: Engine, name: str, path: Path | None) -> None:
        self.engine = engine
        self.name = name
        self.path = path
        self._lock = threading.Lock()
        self._writer = 0

    @contextmanager
    def reading(self, isolation: str = "") -> Iterator[Connection]:
        """A connection that sees one state of the database while it is held, where `isolation` or SQLite promise it."""
        with self.telling("read"), self.engine.connect() as connection:
            if isolation and self.path is None:
                connection.execution_options(isolation_level=isolation)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; an exception inside leaves everything as it was. A second one in the same thread raises ValueError."""
        if self._writer == threading.get_ident():
            raise ValueError("a transaction is open in this thread already: finish it first")
        with self._lock:
            self._writer = threading.get_ident()
            try:
                with self.telling("written"), self.engine.connect() as connection:
                    connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
                    with connection.begin():
                        yield connection
            finally:
                self._writer = 0

    @contextmanager
    def telling(self, done: str) -> Iterator[None]:
        """Turns what the database complains about into BooksError."""
        try:
            yield
        except DBAPIError as error:
            raise BooksError(f"{self.name} could not be {done}: {error.orig}") from error

    def close(self) -> None:
        """Let go of it. Closing it again does nothing."""
        self.engine.dispose()


def connected(address: str | Path, *, erasing: bool = False) -> Database:
    """The database of an address, whatever is in it; a file and its folder are made. `erasing`: what is deleted is overwritten.

    Raises InputProblems for an address that is none, BooksError when psycopg is missing.
    """
    place = place_of(address)
    return _file(place, erasing) if isinstance(place, Path) else _server(place)


def place_of(address: str | Path) -> Path | URL:
    """The file that an address names, or the PostgreSQL database. Raises InputProblems where it is neither."""
    if isinstance(address, Path) or "://" not in address:
        return _checked_path(str(address))
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise InputProblems([Problem("the address of a database", 0, str(error), _HOW)]) from None
    if url.drivername == "sqlite":
        return _checked_path(url.database or "")
    if url.drivername in ("postgres", "postgresql", _POSTGRES):
        return url.set(drivername=_POSTGRES)
    raise InputProblems([Problem(url.render_as_string(), 0, f"{url.drivername!r} is not a database that Saunter knows", _HOW)])


def _checked_path(path: str) -> Path:
    if path in ("", ".", ":memory:") or Path(path).is_dir():
        raise InputProblems([Problem("the address of a database", 0, f"{path!r} is not a file", _HOW)])
    return Path(path)


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what happens where the key is there already; both databases spell it alike."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def by_code_points(connection: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    """A text column as it is compared code point by code point: a PostgreSQL server may sort by its country's alphabet."""
    return column.collate("C" if connection.dialect.name == "postgresql" else "BINARY")


def make_file(path: Path) -> None:
    """An empty file that only its owner may read, with the folders it stands in; one that is there stays as it is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        remedy = "choose a place that you may write to"
        raise InputProblems([Problem(str(path), 0, f"the file cannot be opened: {error.strerror}", remedy)]) from None


def _file(path: Path, erasing: bool) -> Database:
    make_file(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        poolclass=QueuePool, pool_size=CONNECTIONS_KEPT, max_overflow=CONNECTIONS_MORE_MAX,
        hide_parameters=True,  # a fault is printed with all that led to it: tokens and addresses stay out of that
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say so
        for pragma in ("synchronous=FULL", "foreign_keys=ON", *(["secure_delete=ON"] if erasing else [])):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return Database(engine, path.name, path)


def _server(url: URL) -> Database:
    try:
        engine = create_engine(
            url, connect_args={"connect_timeout": CONNECT_TIMEOUT_S}, pool_pre_ping=True,
            pool_size=CONNECTIONS_KEPT, max_overflow=CONNECTIONS_MORE_MAX, hide_parameters=True,
        )  # fmt: skip
    except ModuleNotFoundError:
        raise BooksError("PostgreSQL needs psycopg, which is not installed: install saunter[postgres], or name a file") from None

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute("SET synchronous_commit TO on")
        connection.execute(f"SET lock_timeout TO {BUSY_TIMEOUT_MS}")
        connection.autocommit = False

    return Database(engine, url.set(query={}).render_as_string(), None)


def walled(database: Database) -> None:
    """Lets readers read while one writes (WAL). Raises BooksError where the file's disk cannot do that."""
    if database.path is None:
        return
    raw = database.engine.raw_connection()
    try:
        (mode,) = raw.driver_connection.execute("PRAGMA journal_mode=WAL").fetchone()  # type: ignore[union-attr]
    finally:
        raw.close()
    if mode != "wal":
        raise BooksError(f"{database.name} cannot keep a write-ahead log ({mode}): choose a folder on a local disk")
