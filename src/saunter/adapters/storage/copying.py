"""Backup while the shop runs, and restore. A backup is always one SQLite file; nothing that is there is ever overwritten."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Table, select

from saunter.adapters.storage.constants import PAGE_ROWS
from saunter.adapters.storage.database import Database, connected, make_file, place_of
from saunter.adapters.storage.migrating import INPUTS_SCHEMA, Schema, kind_of, opened
from saunter.adapters.storage.tables import PROGRESS
from saunter.base.errors import BooksError


def backup(database: Database, schema: Schema, to: Path, store: str = "") -> None:
    """A consistent copy as an SQLite file, on the disk when this returns: of a file the whole file, of a PostgreSQL database
    the rows of `store` (all, where a schema knows no stores). The shop goes on writing meanwhile."""
    _refuse_to_overwrite(to)
    part = _part(to)
    try:
        if database.path is None:
            opened(part, schema).close()
            _copy_rows(database, schema, part, store)
        else:
            _copy_file(database.path, part)
        _settled(part, to)
    finally:
        _remove(part)


def restore(source: str | Path, to: str | Path) -> None:
    """Puts a backup of the books or of personal data in place and brings it up to date: as a new file, or in a PostgreSQL
    database that holds nothing yet of the backup's stores. The backup stays as it is.

    Raises BooksError when something is there already, or when the backup is damaged or is none.
    """
    schema = _kind_of_backup(Path(source))
    place = place_of(to)
    if isinstance(place, Path):
        _refuse_to_overwrite(place)
        part = _part(place)
        try:
            _copy_file(Path(source), part)
            opened(part, schema).close()
            _settled(part, place)
        finally:
            _remove(part)
        return
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "backup"
        _copy_file(Path(source), part)
        _fill_server(part, schema, str(to))


def _kind_of_backup(source: Path) -> Schema:
    """What a file holds, after a look at every page of it."""
    if not source.is_file():
        raise BooksError(f"there is no file {source.name}: name the one that `backup` wrote")
    tables: set[str] = set()
    with closing(sqlite3.connect(_as_it_is(source), uri=True)) as raw:
        try:
            faults = [row[0] for row in raw.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.DatabaseError as error:
            faults = [str(error)]
    if faults:
        raise BooksError(f"{source.name} is damaged, or no backup ({'; '.join(faults)}): restore another one")
    schema = kind_of(tables)
    if schema is None or schema is INPUTS_SCHEMA:
        raise BooksError(f"{source.name} is no backup of books or personal data")
    return schema


def _as_it_is(source: Path) -> str:
    """A file to be read only: a backup may lie on a disk that nobody can write to."""
    return source.absolute().as_uri() + "?mode=ro"


def _copy_file(source: Path, part: Path) -> None:
    """One state of an SQLite database, whoever writes to it meanwhile."""
    make_file(part)
    try:
        with closing(sqlite3.connect(_as_it_is(source), uri=True)) as live, closing(sqlite3.connect(part)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BooksError(f"{source.name} could not be copied: {error}") from error


def _copy_rows(database: Database, schema: Schema, part: Path, store: str) -> None:
    target = connected(part)
    try:
        with database.reading("REPEATABLE READ") as source, target.writing() as sink:
            for table in schema.tables.sorted_tables:
                _copy_table(source, sink, table, store)
        _unwalled(target)
    finally:
        target.close()


def _fill_server(part: Path, schema: Schema, to: str) -> None:
    source = opened(part, schema)
    try:
        target = opened(to, schema)
        try:
            with source.reading() as rows, target.writing() as sink:
                _refuse_what_is_there(rows, sink, schema, target.name)
                for table in schema.tables.sorted_tables:
                    _copy_table(rows, sink, table)
        finally:
            target.close()
    finally:
        source.close()


def _copy_table(source: Connection, sink: Connection, table: Table, store: str = "") -> None:
    """Row by row, a page in memory at a time."""
    query = select(table).where(table.c.store == store) if store and "store" in table.c else select(table)
    rows = source.execution_options(yield_per=PAGE_ROWS).execute(query)
    for page in rows.mappings().partitions():
        sink.execute(table.insert(), [dict(row) for row in page])


def _refuse_what_is_there(source: Connection, sink: Connection, schema: Schema, name: str) -> None:
    if "progress" in schema.tables.tables:
        stores = list(source.execute(select(PROGRESS.c.store)).scalars())
        there = list(sink.execute(select(PROGRESS.c.store).where(PROGRESS.c.store.in_(stores))).scalars())
    else:
        there = [table.name for table in schema.tables.sorted_tables if sink.execute(select(table).limit(1)).first()]
    if there:
        raise BooksError(f"{name} holds {', '.join(sorted(there))} already: nothing is overwritten, restore into an empty place")


def _refuse_to_overwrite(to: Path) -> None:
    there = [path for path in (to, *_beside(to)) if path.exists()]
    if there:
        raise BooksError(f"{there[0].name} is there already: nothing is overwritten, choose another name")


def _unwalled(database: Database) -> None:
    """One file without a log beside it, as backups are handed around."""
    raw = database.engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode=DELETE")
    finally:
        raw.close()


def _part(to: Path) -> Path:
    """Where a copy is made before it gets its name; what a broken attempt left there goes."""
    part = to.with_name(to.name + ".part")
    _remove(part)
    return part


def _settled(part: Path, to: Path) -> None:
    """Gives a whole copy its name, durably."""
    try:
        _flush(part)
        os.replace(part, to)
        _flush(to.parent)
    except OSError as error:
        raise BooksError(f"{to.name} could not be written: {error.strerror}") from error


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(part: Path) -> None:
    for path in (part, *_beside(part)):
        path.unlink(missing_ok=True)


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal")]
