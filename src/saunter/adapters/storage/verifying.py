"""Are the books whole? What a bookkeeper, or whoever restored a backup, asks before trusting them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec
from sqlalchemy import func, select

from saunter.adapters.storage.books import SqlBooks
from saunter.adapters.storage.constants import PAGE_ROWS, PROBLEMS_EACH_MAX
from saunter.adapters.storage.tables import DOCUMENT, JOURNAL, OUTBOX, PROGRESS
from saunter.adapters.storage.writing import readable
from saunter.base.errors import BooksError
from saunter.base.ids import record_id
from saunter.ports import documents
from saunter.records import AnyRecord, Correction, CorrectionLine, Receipt, ReceiptLine

#: Documents whose key is the id of the record that they began with.
_BY_RECORD: Final = ("question", "moment", "check")
_SUMS: Final = ("net_minor", "tax_minor", "total_minor")


def verify(books: SqlBooks) -> list[str]:
    """Everything that is wrong with a store's books, a sentence each; empty: they are whole.

    Gaps in the numbers of the journal and in the sequences of its streams, records that cannot be read or are not what the
    journal says they are, receipts and corrections that do not add up, corrections beyond their receipt, documents without
    their record. Reads everything, a page at a time; the shop may go on meanwhile.
    """
    checks = (_pages(books), _numbers(books), _gaps(books), _records(books), _documents(books))
    return [sentence for check in checks for sentence in _shortened(check)]


def _shortened(found: Iterator[str]) -> Iterator[str]:
    yield from islice(found, PROBLEMS_EACH_MAX)
    more = sum(1 for _ in found)
    if more:
        yield f"and {more} more like these"


def _pages(books: SqlBooks) -> Iterator[str]:
    """What SQLite itself says of its file."""
    if books.database.path is None:
        return
    with books.database.reading() as connection:
        rows = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    yield from (f"the file is damaged: {row}" for row in rows if row != "ok")


def _numbers(books: SqlBooks) -> Iterator[str]:
    """Every record and every command that was ever written is there."""
    with books.database.reading("REPEATABLE READ") as connection:
        told = connection.execute(select(PROGRESS).where(PROGRESS.c.store == books.store)).one()
        query = select(func.count(), func.coalesce(func.max(JOURNAL.c.number), 0)).where(JOURNAL.c.store == books.store)
        count, last = connection.execute(query).one()
        commands = select(func.coalesce(func.max(OUTBOX.c.number), 0)).where(OUTBOX.c.store == books.store)
        newest = connection.execute(commands).scalar_one()
    if (count, last) != (told.records, told.records):
        yield f"{told.records} records were written, but the journal holds {count}, the last with number {last}"
    if newest > told.commands:
        yield f"{told.commands} commands were written, but the outbox holds one with number {newest}"


def _gaps(books: SqlBooks) -> Iterator[str]:
    """Sequences that a stream should have between 0 and its last."""
    before = func.lag(JOURNAL.c.sequence, 1, -1).over(partition_by=JOURNAL.c.stream, order_by=JOURNAL.c.sequence)
    rows = select(JOURNAL.c.stream, JOURNAL.c.sequence, before.label("before")).where(JOURNAL.c.store == books.store).subquery()
    query = select(rows).where(rows.c.sequence != rows.c.before + 1).order_by(rows.c.stream, rows.c.sequence)
    with books.database.reading() as connection:
        found = connection.execute(query).all()
    for stream, sequence, last in found:
        missing = f"{last + 1}" if sequence == last + 2 else f"{last + 1} to {sequence - 1}"
        yield f"stream {stream} lacks {missing}"


def _records(books: SqlBooks) -> Iterator[str]:
    """Every record can be read and stands where it says, and what it says about money adds up."""
    given: dict[str, int] = {}
    after = 0
    query = select(JOURNAL).where(JOURNAL.c.store == books.store).order_by(JOURNAL.c.number).limit(PAGE_ROWS)
    while True:
        with books.database.reading() as connection:
            rows = connection.execute(query.where(JOURNAL.c.number > after)).all()
        for row in rows:
            id_ = record_id(row.stream, row.sequence)
            try:
                record = readable(row.body, id_)
            except BooksError as error:
                yield str(error)
                continue
            place = (record.envelope.store, record.id, type(record).__name__)
            if place != (row.store, id_, row.kind):
                yield f"{id_} holds another record: {place[2]} {place[1]} of store {place[0]}"
            yield from _money(books, record, given)
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1].number


def _money(books: SqlBooks, record: AnyRecord, given: dict[str, int]) -> Iterator[str]:
    """`given` sums what was given back of each receipt so far."""
    if isinstance(record, Receipt | Correction):
        yield from _sums(record)
    if isinstance(record, Correction):
        receipt = books.record(record.receipt)
        given[record.receipt] = given.get(record.receipt, 0) + record.total_minor
        if not isinstance(receipt, Receipt):
            yield f"correction {record.id} is of receipt {record.receipt}, which the journal does not have"
        elif given[record.receipt] > receipt.total_minor:
            yield f"corrections give back {given[record.receipt]} of receipt {receipt.id}, which came to {receipt.total_minor}"


def _sums(record: Receipt | Correction) -> Iterator[str]:
    lines: tuple[ReceiptLine | CorrectionLine, ...] = record.lines
    for line in lines:
        if line.net_minor + line.tax_minor != line.total_minor:
            net_and_tax = f"net {line.net_minor} and tax {line.tax_minor}"
            yield f"{record.id}: {net_and_tax} of {line.sku!r} do not make its total {line.total_minor}"
    for name in _SUMS:
        told, summed = getattr(record, name), sum(getattr(line, name) for line in lines)
        if told != summed:
            yield f"{record.id}: {name} says {told}, its lines sum to {summed}"


def _documents(books: SqlBooks) -> Iterator[str]:
    """Every document that stands for a record has it."""
    kinds = (*_BY_RECORD, "visit", "bill", "payment")
    query = select(DOCUMENT).where(DOCUMENT.c.store == books.store, DOCUMENT.c.kind.in_(kinds))
    query = query.order_by(DOCUMENT.c.kind, DOCUMENT.c.key)
    with books.database.reading() as connection:
        rows = connection.execution_options(yield_per=PAGE_ROWS).execute(query)
        for row in rows:
            wrong = _without_record(books, row.kind, row.key, row.body)
            if wrong:
                yield f"document {row.kind} {row.key}: {wrong}"


def _without_record(books: SqlBooks, kind: str, key: str, body: bytes) -> str:
    if kind in _BY_RECORD:
        return "" if books.record(key) else "the journal has no record of this id"
    if kind == "visit":
        return "" if next(books.about(visit=key, limit=1), None) else "the journal has no record of this visit"
    try:
        if kind == "bill":
            record: AnyRecord = msgspec.json.decode(body, type=documents.Bill).receipt
        else:
            record = msgspec.json.decode(body, type=documents.Money).payment
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"it cannot be read ({error})"
    return "" if books.record(record.id) == record else f"the journal does not hold {record.id} with the same content"
