"""The log of inputs: what the shop was told, raw, durable before it is processed, and the snapshots to go on from.

Always a local SQLite file: readings are short-lived, and waiting for another machine before each of them would slow the shop.
Looks of clothing are in it, so what is forgotten is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from saunter.adapters.storage.codec import checksum, compressed, decode_batch, decompressed, encode_batch
from saunter.adapters.storage.constants import FORGET_BATCHES, PAGE_BATCHES, SNAPSHOTS_KEPT
from saunter.adapters.storage.database import Database, place_of
from saunter.adapters.storage.migrating import INPUTS_SCHEMA, opened
from saunter.adapters.storage.tables import BATCH, LEFT_OUT, LOG, SNAPSHOT
from saunter.base.errors import BooksError, InputProblems, Problem, Refused
from saunter.base.ids import is_name
from saunter.records import AnyRecord


def open_inputs(path: str | Path, store: str) -> SqlInputLog:
    """The log of inputs of one store in a local SQLite file, made where there is none.

    Raises InputProblems for what is no file, BooksError where the file holds something else, or another store's log.
    """
    if not is_name(store):
        raise ValueError(f"{store!r} is no id of a store: use 1 to 128 of letters, digits and _ . - /")
    if not isinstance(place_of(path), Path):
        what = "the log of inputs is always a local file, for it is written before every reading is used"
        raise InputProblems([Problem("the address of a database", 0, what, "name a file on a local disk")])
    database = opened(path, INPUTS_SCHEMA)
    try:
        return SqlInputLog(database, store)
    except BaseException:
        database.close()
        raise


class SqlInputLog:
    """See `ports.books.InputLog`."""

    def __init__(self, database: Database, store: str) -> None:
        self.database = database
        self.store = store
        with database.reading() as connection:
            found = connection.execute(select(LOG.c.store)).scalar()
        if found is None:
            with database.writing() as connection:
                connection.execute(LOG.insert(), {"store": store})
        elif found != store:
            raise BooksError(f"{database.name} is the log of store {found!r}, not of {store!r}: give each store its own file")

    def append(self, records: Sequence[AnyRecord]) -> int:
        """Logs a batch durably and returns its number (from 1, without gaps). A record of another store is Refused."""
        foreign = [record.id for record in records if record.envelope.store != self.store]
        if foreign:
            raise Refused(f"{', '.join(foreign[:3])} belong to another store than {self.store!r}")
        body = encode_batch(records)
        with self.database.writing() as connection:
            number = int(connection.execute(update(LOG).values(last=LOG.c.last + 1).returning(LOG.c.last)).scalar_one())
            connection.execute(BATCH.insert(), {"number": number, "checksum": checksum(body), "body": body})
        return number

    def read(self, after: int = 0) -> Iterator[tuple[int, list[AnyRecord]]]:
        """Batches after a number, in order, up to the last; few are in memory at a time. A damaged or missing one raises
        BooksError; those that were forgotten are passed over."""
        after = max(after, self._counted(LOG.c.forgotten))
        query = select(BATCH).order_by(BATCH.c.number).limit(PAGE_BATCHES)
        while True:
            with self.database.reading() as connection:
                rows = connection.execute(query.where(BATCH.c.number > after)).all()
            for row in rows:
                if row.number != after + 1:
                    raise BooksError(f"batch {after + 1} of the log of inputs is missing")
                yield row.number, decode_batch(self._whole(row, "batch"))
                after = row.number
            if len(rows) < PAGE_BATCHES:
                return

    def last(self) -> int:
        """The number of the last batch; 0: none."""
        return self._counted(LOG.c.last)

    def save(self, number: int, snapshot: bytes) -> None:
        """The shop's state after a batch, written atomically; the two newest that are whole are kept.

        Raises ValueError for a batch that is not there yet, or when batches after it are forgotten."""
        body = compressed(snapshot)
        whole = [each for each, _ in self.snapshots()]
        with self.database.writing() as connection:
            log = connection.execute(select(LOG)).one()
            if not log.forgotten <= number <= log.last:
                held = f"the log holds those from {log.forgotten + 1} to {log.last}"
                raise ValueError(f"nobody could go on from a snapshot after batch {number}: {held}")
            connection.execute(delete(SNAPSHOT).where(SNAPSHOT.c.number == number))
            connection.execute(SNAPSHOT.insert(), {"number": number, "checksum": checksum(body), "body": body})
            newer, older = SNAPSHOT.c.number.in_([number, *whole]), SNAPSHOT.c.number.desc()
            kept = (
                connection.execute(select(SNAPSHOT.c.number).where(newer).order_by(older).limit(SNAPSHOTS_KEPT)).scalars().all()
            )
            connection.execute(delete(SNAPSHOT).where(SNAPSHOT.c.number.not_in(kept)))

    def snapshots(self) -> list[tuple[int, bytes]]:
        """Snapshots with their numbers, newest first; a damaged one is passed over."""
        with self.database.reading() as connection:
            numbers = connection.execute(select(SNAPSHOT.c.number).order_by(SNAPSHOT.c.number.desc())).scalars().all()
        found = ((number, self._snapshot(number)) for number in numbers)
        return [(number, snapshot) for number, snapshot in found if snapshot is not None]

    def forget(self, before: int) -> None:
        """Forgets batches below a number; those that the oldest snapshot needs are kept whatever is said, and all of them
        where there is no snapshot."""
        while self._forget_some(before):
            pass

    def leave_out(self, record: str, why: str) -> None:
        """An input broke the program: durably, it is not to be taken again. The first reason counts."""
        if record not in self.left_out():
            with self.database.writing() as connection:
                connection.execute(LEFT_OUT.insert(), {"id": record, "why": why})

    def left_out(self) -> dict[str, str]:
        """Inputs that are not to be taken, and why, by id."""
        with self.database.reading() as connection:
            return {row.id: row.why for row in connection.execute(select(LEFT_OUT))}

    def close(self) -> None:
        """Let go of the files."""
        self.database.close()

    def _forget_some(self, before: int) -> bool:
        """One transaction of it; whether something was forgotten."""
        with self.database.writing() as connection:
            oldest = connection.execute(select(func.min(SNAPSHOT.c.number))).scalar()
            forgotten = int(connection.execute(select(LOG.c.forgotten)).scalar_one())
            to = min(before - 1, oldest or 0, forgotten + FORGET_BATCHES)
            if to <= forgotten:
                return False
            connection.execute(delete(BATCH).where(BATCH.c.number <= to))
            connection.execute(update(LOG).values(forgotten=to))
        return True

    def _snapshot(self, number: int) -> bytes | None:
        """One snapshot; None where its bytes are not what they were, or its page of the file cannot be read at all."""
        try:
            with self.database.reading() as connection:
                row = connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.number == number)).one_or_none()
        except BooksError:
            return None
        return decompressed(row.body) if row is not None and checksum(row.body) == row.checksum else None

    def _counted(self, column: Any) -> int:
        with self.database.reading() as connection:
            return int(connection.execute(select(column)).scalar_one())

    def _whole(self, row: Row[Any], what: str) -> bytes:
        body: bytes = row.body
        if checksum(body) != row.checksum:
            raise BooksError(f"{what} {row.number} of the log of inputs is damaged (its checksum says so)")
        return body
