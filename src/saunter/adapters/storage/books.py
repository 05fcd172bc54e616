"""One store's books in one database: journal, documents, outbox and progress. SQLite or PostgreSQL by the address alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, or_, select, update

from saunter.adapters.storage.constants import PAGE_ROWS
from saunter.adapters.storage.copying import backup
from saunter.adapters.storage.database import Database, by_code_points, insert_into
from saunter.adapters.storage.migrating import BOOKS_SCHEMA, opened
from saunter.adapters.storage.tables import DOCUMENT, JOURNAL, OUTBOX, PROGRESS
from saunter.adapters.storage.writing import Transaction, readable
from saunter.base.ids import is_name, record_id
from saunter.ports.books import Document, Outgoing, Place
from saunter.records import AnyRecord

Numbered = tuple[int, AnyRecord]


def open_books(url_or_path: str | Path, store: str) -> SqlBooks:
    """The books of a store: an SQLite file, or `postgresql+psycopg://...`, where several stores may share one database.

    They are made where there are none, and brought up to date. Raises InputProblems for an address that is none, BooksError
    where the database holds something else, is damaged, or is newer than this program.
    """
    if not is_name(store):
        raise ValueError(f"{store!r} is no id of a store: use 1 to 128 of letters, digits and _ . - /")
    database = opened(url_or_path, BOOKS_SCHEMA)
    try:
        return SqlBooks(database, store)
    except BaseException:
        database.close()
        raise


def stores_of(url_or_path: str | Path) -> list[str]:
    """The stores whose books are in a database, by name; none in one that was never used. Raises as `open_books` does."""
    database = opened(url_or_path, BOOKS_SCHEMA)
    try:
        with database.reading() as connection:
            return list(connection.execute(select(PROGRESS.c.store).order_by(PROGRESS.c.store)).scalars())
    finally:
        database.close()


class SqlBooks:
    """See `ports.books.Books`. Reads see what was committed, also inside `writing()`; nobody waits for a reader."""

    def __init__(self, database: Database, store: str) -> None:
        self.database = database
        self.store = store
        with database.reading() as connection:
            known = connection.execute(select(PROGRESS.c.store).where(PROGRESS.c.store == store)).scalar()
        if known is None:
            with database.writing() as connection:
                statement = insert_into(connection, PROGRESS).values(store=store, heard=0, records=0, commands=0)
                connection.execute(statement.on_conflict_do_nothing(index_elements=[PROGRESS.c.store]))

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction; an exception inside leaves everything as it was. Durable when it ends."""
        with self.database.writing() as connection:
            transaction = Transaction(connection, self.store)
            try:
                yield transaction
            finally:
                transaction.is_over = True
            transaction.finish()

    def progress(self) -> int:
        """The last input that was made use of; 0: none."""
        return self._count(PROGRESS.c.heard)

    def records(self, after: int = 0, kinds: Sequence[str] = (), stream: str = "", limit: int = 0) -> Iterator[Numbered]:
        """Records of the journal with their numbers (from 1, without gaps), in order, up to the last one there was when reading
        began. Few are in memory at a time, and nothing is held open between them."""
        where = [JOURNAL.c.stream == stream] if stream else []
        runs = [[*where, JOURNAL.c.kind == kind] for kind in dict.fromkeys(kinds)]
        return self._found(runs if kinds else [where], after, limit)

    def about(self, *, visit: str = "", party: str = "", after: int = 0, limit: int = 0) -> Iterator[Numbered]:
        """Records that name this visit, or this party, or both where both are given; as `records`."""
        chosen = ((JOURNAL.c.visit, visit), (JOURNAL.c.party, party))
        return self._found([[column == value for column, value in chosen if value]], after, limit)

    def record(self, id_: str) -> AnyRecord | None:
        """The record of this id, if the journal has it."""
        stream, _, sequence = id_.rpartition(":")
        if not (sequence.isascii() and sequence.isdigit()) or int(sequence) >= 2**63:
            return None
        place = (JOURNAL.c.store == self.store, JOURNAL.c.stream == stream, JOURNAL.c.sequence == int(sequence))
        with self.database.reading() as connection:
            body = connection.execute(select(JOURNAL.c.body).where(*place)).scalar()
        return None if body is None else readable(body, id_)

    def last_sequences(self) -> dict[str, int]:
        """The highest sequence of every stream in the journal."""
        query = select(JOURNAL.c.stream, func.max(JOURNAL.c.sequence)).where(JOURNAL.c.store == self.store)
        with self.database.reading() as connection:
            rows = connection.execute(query.group_by(JOURNAL.c.stream).order_by(JOURNAL.c.stream)).all()
        return {row[0]: row[1] for row in rows}

    def document(self, kind: str, key: str) -> Document | None:
        """One document."""
        query = select(DOCUMENT).where(DOCUMENT.c.store == self.store, DOCUMENT.c.kind == kind, DOCUMENT.c.key == key)
        with self.database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _document(row)

    def documents(
        self, kind: str, *, owner: str = "", state: str = "", limit: int = 100, after: Place | None = None
    ) -> list[Document]:
        """Documents of a kind, newest `at` first, then by key, whatever language the database sorts in; `after` pages on."""
        query = select(DOCUMENT).where(DOCUMENT.c.store == self.store, DOCUMENT.c.kind == kind)
        for column, value in ((DOCUMENT.c.owner, owner), (DOCUMENT.c.state, state)):
            query = query.where(column == value) if value else query
        with self.database.reading() as connection:
            key = by_code_points(connection, DOCUMENT.c.key)
            if after is not None:
                query = query.where(DOCUMENT.c.at <= after.at, or_(DOCUMENT.c.at < after.at, key > after.key))
            rows = connection.execute(query.order_by(DOCUMENT.c.at.desc(), key).limit(limit)).all()
        return [_document(row) for row in rows]

    def outgoing(self, now: int, limit: int = 100) -> list[Outgoing]:
        """Commands that are not closed and due by `now` (ns UTC), in the order in which they were decided."""
        query = select(OUTBOX).where(OUTBOX.c.store == self.store, OUTBOX.c.state != "closed", OUTBOX.c.due <= now)
        with self.database.reading() as connection:
            rows = connection.execute(query.order_by(OUTBOX.c.number).limit(limit)).all()
        return [Outgoing(key=r.key, kind=r.kind, body=r.body, state=r.state, due=r.due, tries=r.tries) for r in rows]

    def tried(self, key: str, due: int) -> None:
        """A command was given to the provider (once more); unless it is closed it is due again at `due` (ns UTC).

        Raises ValueError for a key that is not in the outbox."""
        closed = OUTBOX.c.state == "closed"
        state, later = case((closed, "closed"), else_="sent"), case((closed, OUTBOX.c.due), else_=due)
        tried = update(OUTBOX).where(OUTBOX.c.store == self.store, OUTBOX.c.key == key)
        with self.database.writing() as connection:
            done = connection.execute(tried.values(tries=OUTBOX.c.tries + 1, state=state, due=later))
            if done.rowcount != 1:
                raise ValueError(f"the outbox holds no command {key!r}")

    def backup(self, to: str) -> None:
        """A consistent copy while the shop runs, always an SQLite file: of PostgreSQL this store's rows. A file that is there
        already is not overwritten (BooksError)."""
        backup(self.database, BOOKS_SCHEMA, Path(to), self.store)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def _count(self, column: ColumnElement[int]) -> int:
        with self.database.reading() as connection:
            return int(connection.execute(select(column).where(PROGRESS.c.store == self.store)).scalar_one())

    def _found(self, runs: Sequence[Sequence[ColumnElement[bool]]], after: int, limit: int) -> Iterator[Numbered]:
        """What any of these conditions finds, in order. All runs end at the same record: else one that is read to its end
        before another could miss what is written meanwhile, and whoever reads on from the last number would never see it."""
        until = self._count(PROGRESS.c.records)
        page = min(limit, PAGE_ROWS) if limit else PAGE_ROWS
        rows = merge(*(self._run(where, after, until, page) for where in runs), key=attrgetter("number"))
        for row in islice(rows, limit or None):
            yield row.number, readable(row.body, record_id(row.stream, row.sequence))

    def _run(self, where: Sequence[ColumnElement[bool]], after: int, until: int, page: int) -> Iterator[Any]:
        query = select(JOURNAL.c.number, JOURNAL.c.stream, JOURNAL.c.sequence, JOURNAL.c.body)
        query = query.where(JOURNAL.c.store == self.store, JOURNAL.c.number <= until, *where)
        rows: Sequence[Any] = ()
        while after < until:
            with self.database.reading() as connection:
                rows = connection.execute(query.where(JOURNAL.c.number > after).order_by(JOURNAL.c.number).limit(page)).all()
            yield from rows
            after = rows[-1].number if len(rows) == page else until


def _document(row: Row[Any]) -> Document:
    return Document(kind=row.kind, key=row.key, body=row.body, owner=row.owner, state=row.state, at=row.at)
