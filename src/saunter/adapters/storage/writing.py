"""One transaction on the books: journal, documents, outbox and progress together, or nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, Final, NamedTuple, ParamSpec

from sqlalchemy import Connection, select, tuple_, update
from sqlalchemy.exc import DBAPIError

from saunter.adapters.storage.constants import LOOKUP_IDS
from saunter.adapters.storage.database import insert_into
from saunter.adapters.storage.tables import DOCUMENT, JOURNAL, OUTBOX, PROGRESS
from saunter.base.errors import BooksError, Refused
from saunter.base.ids import is_name
from saunter.journal import schemas
from saunter.journal.layout import Unreadable, trouble_with
from saunter.ports.books import Document, Outgoing
from saunter.records import AnyRecord, PeopleFrame, Tick, WeightBlock

_Arguments = ParamSpec("_Arguments")
#: Raw readings: they are short-lived, and may tell what a person looks like. They stay in the log of inputs.
_RAW: Final = (PeopleFrame, WeightBlock)


class _Entry(NamedTuple):
    """A record ready for the journal: where it stands, its JSON, and what it is found by."""

    stream: str
    sequence: int
    kind: str
    happened: int
    visit: str
    party: str
    body: bytes


def _inside(
    method: Callable[Concatenate[Transaction, _Arguments], None],
) -> Callable[Concatenate[Transaction, _Arguments], None]:
    """Refuses to work after the end, and remembers when the database refused: then the whole transaction is void."""

    @wraps(method)
    def guarded(self: Transaction, /, *arguments: _Arguments.args, **named: _Arguments.kwargs) -> None:
        if self.is_over:
            raise ValueError("the transaction is over: begin another one")
        try:
            method(self, *arguments, **named)
        except DBAPIError:
            self.is_broken = True
            raise

    return guarded


class Transaction:
    """What `SqlBooks.writing` hands out; see `ports.books.Writing`. `finish` writes the counters and ends it."""

    def __init__(self, connection: Connection, store: str) -> None:
        self._connection = connection
        self._store = store
        self.is_over = False
        self.is_broken = False
        # Whoever holds this row writes: numbers are given in the order in which transactions become visible.
        query = select(PROGRESS.c.heard, PROGRESS.c.records, PROGRESS.c.commands).where(PROGRESS.c.store == store)
        self._before = tuple(connection.execute(query.with_for_update()).one())
        self._heard, self._records, self._commands = self._before

    @_inside
    def append(self, records: Sequence[AnyRecord]) -> None:
        """Records for the journal, in order. Ticks are passed over: the books need no clock; other raw readings are Refused,
        and so is a record of another store. After any refusal nothing of this call is in the transaction."""
        entries: dict[tuple[str, int], _Entry] = {}
        for record in records:
            if not isinstance(record, Tick):
                entry = _entry(record, self._store)
                self._same(entries.setdefault((entry.stream, entry.sequence), entry).body, entry)
        for stream, sequence, body in self._there(list(entries)):
            self._same(body, entries.pop((stream, sequence)))
        if entries:
            first = self._records + 1
            rows = [{**entry._asdict(), "store": self._store, "number": n} for n, entry in enumerate(entries.values(), first)]
            self._connection.execute(JOURNAL.insert(), rows)
            self._records += len(entries)

    @_inside
    def put(self, documents: Sequence[Document]) -> None:
        """Documents by kind and key; newer ones replace older ones."""
        rows = {(each.kind, each.key): {"store": self._store, **_columns(each)} for each in documents}
        if not rows:
            return
        statement = insert_into(self._connection, DOCUMENT)
        fresh = {name: statement.excluded[name] for name in ("owner", "state", "at", "body")}
        keys = [DOCUMENT.c.store, DOCUMENT.c.kind, DOCUMENT.c.key]
        self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), list(rows.values()))

    @_inside
    def send(self, commands: Sequence[Outgoing]) -> None:
        """Commands for the outbox; one whose key is there already and not closed is due again, by its new `due`."""
        numbered = enumerate(commands, self._commands + 1)
        rows = [{"store": self._store, "number": number, **_columns(each)} for number, each in numbered]
        if rows:
            statement = insert_into(self._connection, OUTBOX)
            keys = [OUTBOX.c.store, OUTBOX.c.key]
            again = statement.on_conflict_do_update(
                index_elements=keys, set_={"due": statement.excluded.due}, where=OUTBOX.c.state != "closed"
            )
            self._connection.execute(again, rows)
            self._commands += len(rows)

    @_inside
    def close(self, keys: Sequence[str]) -> None:
        """The outcome of these commands is known; a key that is not in the outbox is passed over."""
        closing = update(OUTBOX).where(OUTBOX.c.store == self._store).values(state="closed")
        for start in range(0, len(keys), LOOKUP_IDS):
            self._connection.execute(closing.where(OUTBOX.c.key.in_(keys[start : start + LOOKUP_IDS])))

    @_inside
    def heard(self, number: int) -> None:
        """Everything up to this input has been made use of. It never goes back (ValueError)."""
        if number < self._heard:
            raise ValueError(f"inputs up to {self._heard} were made use of already: it cannot go back to {number}")
        self._heard = number

    def finish(self) -> None:
        """Writes the counters. Raises BooksError when the database refused something: then nothing may be committed."""
        self.is_over = True
        if self.is_broken:
            raise BooksError("the database refused a part of this transaction, so that nothing of it was written")
        counters = (self._heard, self._records, self._commands)
        if counters != self._before:
            heard, records, commands = counters
            kept = update(PROGRESS).where(PROGRESS.c.store == self._store)
            self._connection.execute(kept.values(heard=heard, records=records, commands=commands))

    def _there(self, ids: list[tuple[str, int]]) -> list[tuple[str, int, bytes]]:
        """Which of these ids the journal has, with their JSON."""
        query = select(JOURNAL.c.stream, JOURNAL.c.sequence, JOURNAL.c.body).where(JOURNAL.c.store == self._store)
        place = tuple_(JOURNAL.c.stream, JOURNAL.c.sequence)
        found: list[tuple[str, int, bytes]] = []
        for start in range(0, len(ids), LOOKUP_IDS):
            rows = self._connection.execute(query.where(place.in_(ids[start : start + LOOKUP_IDS])))
            found += [(row.stream, row.sequence, row.body) for row in rows]
        return found

    def _same(self, body: bytes, entry: _Entry) -> None:
        if body != entry.body and schemas.decode(body) != schemas.decode(entry.body):
            id_ = f"{entry.stream}:{entry.sequence}"
            raise BooksError(f"{id_} stands in the journal of {self._store!r} already, with other content: it is never edited")


def _entry(record: AnyRecord, store: str) -> _Entry:
    if isinstance(record, _RAW):
        raise Refused(f"{record.id} is a {type(record).__name__}: raw readings belong in the log of inputs, never in the journal")
    envelope = record.envelope
    if envelope.store != store:
        raise Refused(f"{record.id} belongs to store {envelope.store!r}, these books are of {store!r}")
    trouble = trouble_with(record) or ("" if is_name(envelope.stream) else f"its stream {envelope.stream!r} is no name")
    if trouble:
        raise Refused(f"{record.id} cannot stand in the journal: {trouble}")
    visit, party = getattr(record, "visit", ""), getattr(record, "party", "")
    kind = type(record).__name__
    return _Entry(envelope.stream, envelope.sequence, kind, envelope.happened, visit, party, schemas.encode(record))


def _columns(row: Document | Outgoing) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def readable(body: bytes, id_: str) -> AnyRecord:
    """The record of a row of the journal. Raises BooksError where this program cannot read it."""
    try:
        return schemas.decode(body)
    except Unreadable as error:
        raise BooksError(f"record {id_} of the journal cannot be read: {error.detail}") from None
