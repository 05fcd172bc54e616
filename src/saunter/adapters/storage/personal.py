"""The erasable store: who is behind an opaque id. A database of its own, so that backups and rights are its own too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Table, delete, func, select, text

from saunter.adapters.storage.copying import backup
from saunter.adapters.storage.database import Database, insert_into
from saunter.adapters.storage.migrating import PERSONAL_SCHEMA, opened
from saunter.adapters.storage.tables import AGREEMENT, LINK, MEMBER, METHOD, SESSION, SHOPPER
from saunter.base.cards import looks_like_card_number
from saunter.base.errors import BooksError
from saunter.ports.books import Agreement, Member, Method, Shopper
from saunter.records import Purpose

_Kind = TypeVar("_Kind", bound=msgspec.Struct)
_PURPOSES: Final = msgspec.json.Decoder(tuple[Purpose, ...])
#: Every table that says something about a shopper, found by `subject`.
_ABOUT: Final = (SHOPPER, METHOD, LINK, AGREEMENT)


def open_personal(url_or_path: str | Path) -> SqlPersonalData:
    """Personal data: an SQLite file whose deleted rows are overwritten, or `postgresql+psycopg://...`. Made where there is none.

    Raises InputProblems for an address that is none, BooksError where something else is there, or something newer.
    """
    return SqlPersonalData(opened(url_or_path, PERSONAL_SCHEMA))


class SqlPersonalData:
    """See `ports.books.PersonalData`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def keep_shopper(self, shopper: Shopper) -> None:
        """A new shopper, or a changed one (by `subject`)."""
        _named(shopper.subject)
        _refuse_cards(shopper, "email")
        with self.database.writing() as connection:
            _keep(connection, SHOPPER, "subject", msgspec.structs.asdict(shopper))

    def shopper(self, subject: str) -> Shopper | None:
        """A shopper by opaque id."""
        return self._one(SHOPPER, Shopper, subject=subject)

    def by_device(self, device_hash: str) -> Shopper | None:
        """The shopper whose device this is; the newest, where a device was handed on."""
        query = select(SHOPPER).where(SHOPPER.c.device_hash == device_hash, SHOPPER.c.device_hash != "")
        with self.database.reading() as connection:
            row = connection.execute(query.order_by(SHOPPER.c.since.desc(), SHOPPER.c.subject)).first()
        return None if row is None else _struct(Shopper, row)

    def keep_method(self, method: Method) -> None:
        """A payment method; a token or anything else that looks like a card number raises ValueError."""
        _refuse_cards(method, "method", "token", "last_four", "brand")
        if method.last_four and not (len(method.last_four) == 4 and method.last_four.isascii() and method.last_four.isdigit()):
            raise ValueError("last_four is four digits, no more of a card's number is kept; leave it empty where there is none")
        with self.database.writing() as connection:
            number = _next(connection, METHOD)
            _keep(connection, METHOD, "method", {**msgspec.structs.asdict(method), "number": number})

    def method(self, method: str) -> Method | None:
        """A payment method by opaque id."""
        return self._one(METHOD, Method, method=method)

    def methods(self, subject: str) -> list[Method]:
        """A shopper's payment methods, newest first."""
        query = select(METHOD).where(METHOD.c.subject == subject).order_by(METHOD.c.number.desc())
        return [_struct(Method, row) for row in self._all(query)]

    def link(self, party: str, subject: str, at: int) -> None:
        """This party is a visit of this shopper."""
        _named(subject)
        with self.database.writing() as connection:
            _keep(connection, LINK, "party", {"party": party, "subject": subject, "at": at})

    def subject_of(self, party: str) -> str:
        """Whose visit a party is; empty: nobody's (a card at the gate, or erased)."""
        with self.database.reading() as connection:
            return connection.execute(select(LINK.c.subject).where(LINK.c.party == party)).scalar() or ""

    def parties(self, subject: str, limit: int = 100, before: int = 2**62) -> list[str]:
        """A shopper's visits as party ids, newest first; only those linked before an instant (ns UTC)."""
        query = select(LINK.c.party).where(LINK.c.subject == subject, LINK.c.at < before)
        return [row.party for row in self._all(query.order_by(LINK.c.at.desc(), LINK.c.party).limit(limit))]

    def unlink(self, parties: Sequence[str]) -> None:
        """These parties are nobody's visits: their codes were never used."""
        if parties:
            with self.database.writing() as connection:
                connection.execute(delete(LINK).where(LINK.c.party.in_(parties)))

    def agree(self, agreement: Agreement) -> None:
        """What a shopper agreed to; earlier agreements are kept beside it."""
        _named(agreement.subject)
        purposes = msgspec.json.encode(agreement.purposes).decode()
        with self.database.writing() as connection:
            row = {**msgspec.structs.asdict(agreement), "purposes": purposes, "number": _next(connection, AGREEMENT)}
            connection.execute(AGREEMENT.insert(), row)

    def agreements(self, subject: str) -> list[Agreement]:
        """All of a shopper's agreements, newest first."""
        query = select(AGREEMENT).where(AGREEMENT.c.subject == subject)
        rows = self._all(query.order_by(AGREEMENT.c.at.desc(), AGREEMENT.c.number.desc()))
        return [_struct(Agreement, row, purposes=_PURPOSES.decode(row.purposes)) for row in rows]

    def erase(self, subject: str) -> None:
        """Everything about a shopper is gone: account, device, methods, links to visits, agreements. Erasing again is fine.

        In an SQLite file it is overwritten, also in the log beside it; BooksError when a reader prevented that: erase again.
        """
        _named(subject)
        with self.database.writing() as connection:
            for table in _ABOUT:
                connection.execute(delete(table).where(table.c.subject == subject))
        _scrub(self.database)

    def keep_member(self, member: Member) -> None:
        """A member of staff, new or changed (by `name`)."""
        with self.database.writing() as connection:
            _keep(connection, MEMBER, "name", msgspec.structs.asdict(member))

    def member(self, name: str) -> Member | None:
        """A member of staff by sign-in name."""
        return self._one(MEMBER, Member, name=name)

    def members(self) -> list[Member]:
        """All members of staff, by name."""
        return sorted((_struct(Member, row) for row in self._all(select(MEMBER))), key=lambda member: member.name)

    def keep_session(self, session_hash: str, name: str, until: int) -> None:
        """A sign-in that holds until `until` (ns UTC). Raises ValueError where no member of staff has this name."""
        if self.member(name) is None:
            raise ValueError(f"no member of staff is called {name!r}")
        with self.database.writing() as connection:
            _keep(connection, SESSION, "session_hash", {"session_hash": session_hash, "name": name, "until": until})

    def session(self, session_hash: str, now: int) -> Member | None:
        """Who is signed in; None where it is over. Sign-ins that are over are deleted when one of them is met."""
        query = select(MEMBER, SESSION.c.until).join(SESSION, SESSION.c.name == MEMBER.c.name)
        with self.database.reading() as connection:
            row = connection.execute(query.where(SESSION.c.session_hash == session_hash)).one_or_none()
        if row is None or row.until > now:
            return None if row is None else _struct(Member, row)
        with self.database.writing() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.until <= now))
        return None

    def end_session(self, session_hash: str) -> None:
        """Signs out."""
        with self.database.writing() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.session_hash == session_hash))

    def backup(self, to: str) -> None:
        """A consistent copy as an SQLite file, which is personal data too: who is erased afterwards is still in it."""
        backup(self.database, PERSONAL_SCHEMA, Path(to))

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def _all(self, query: Any) -> list[Row[Any]]:
        with self.database.reading() as connection:
            return list(connection.execute(query).all())

    def _one(self, table: Table, kind: type[_Kind], **key: str) -> _Kind | None:
        with self.database.reading() as connection:
            row = connection.execute(select(table).filter_by(**key)).one_or_none()
        return None if row is None else _struct(kind, row)


def _named(subject: str) -> None:
    if not subject:
        raise ValueError("an empty subject is nobody: name the opaque id of a shopper")


def _refuse_cards(holder: msgspec.Struct, *fields: str) -> None:
    found = [field for field in fields if looks_like_card_number(getattr(holder, field))]
    if found:  # the number itself stays out of the message, which may end in a log
        raise ValueError(f"{' and '.join(found)} looks like a card number, which is kept nowhere: give the provider's token")


def _keep(connection: Connection, table: Table, key: str, row: dict[str, Any]) -> None:
    statement = insert_into(connection, table)
    fresh = {name: statement.excluded[name] for name in row if name not in (key, "number")} or {key: statement.excluded[key]}
    connection.execute(statement.on_conflict_do_update(index_elements=[table.c[key]], set_=fresh), row)


def _next(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()) + 1


def _struct(kind: type[_Kind], row: Row[Any], **other: Any) -> _Kind:
    known = {name: getattr(row, name) for name in kind.__struct_fields__}
    return kind(**{**known, **other})


def _scrub(database: Database) -> None:
    """Overwrites what was deleted: pages that wait in SQLite's log beside the file, rows that PostgreSQL keeps as dead."""
    if database.path is None:
        names = ", ".join(table.name for table in _ABOUT)
        with database.telling("cleaned"), database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(f"VACUUM {names}"))
        return
    raw = database.engine.raw_connection()
    try:
        (busy, _, _) = raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # type: ignore[union-attr]
    finally:
        raw.close()
    if busy:
        raise BooksError("the rows are deleted, but somebody reads the file, so that they stand in its log still: erase again")
