"""Brings a database to the tables that this program knows, whenever it is opened (Alembic; nobody needs an ini file)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, text

from saunter.adapters.storage.database import Database, connected, walled
from saunter.adapters.storage.tables import BOOKS, INPUTS, PERSONAL
from saunter.base.errors import BooksError


@dataclass(frozen=True, slots=True)
class Schema:
    """One of the three stores of data: its tables, its name in the folder of migrations, and what people call it."""

    name: str
    tables: MetaData
    called: str

    @property
    def version_table(self) -> str:
        """Where a database says which migration it is at."""
        return f"{self.name}_version"


BOOKS_SCHEMA: Final = Schema("books", BOOKS, "the books of a shop")
PERSONAL_SCHEMA: Final = Schema("personal", PERSONAL, "personal data")
INPUTS_SCHEMA: Final = Schema("inputs", INPUTS, "a log of inputs")
SCHEMAS: Final = (BOOKS_SCHEMA, PERSONAL_SCHEMA, INPUTS_SCHEMA)

_FOLDER: Final = Path(__file__).parent / "migrations"
#: Any number that nobody else uses: whoever migrates a PostgreSQL database holds this lock.
_MIGRATION_LOCK: Final = 0x5A_0B_00_C5


def opened(address: str | Path, schema: Schema) -> Database:
    """The database of an address, brought up to date. Raises BooksError where it holds something else or is too new."""
    database = connected(address, erasing=schema is not BOOKS_SCHEMA)
    try:
        with database.reading() as connection:
            current = _checked(connection, schema, database.name)
        walled(database)
        if current != head(schema):
            migrate(database, schema)
    except BaseException:
        database.close()
        raise
    return database


def migrate(database: Database, schema: Schema, to: str = "head") -> None:
    """Upgrades in one transaction: after a failure everything is as it was. `to` names a revision (the newest)."""
    script = _scripts(schema)
    with database.writing() as connection:
        if database.path is None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        _checked(connection, schema, database.name)
        steps = {"fn": lambda revision, _context: script._upgrade_revs(to, revision), "version_table": schema.version_table}
        context = MigrationContext.configure(connection=connection, opts=steps)
        with Operations.context(context):
            context.run_migrations()


def head(schema: Schema) -> str:
    """The newest revision that this program knows."""
    return str(_scripts(schema).get_current_head())


def kind_of(tables: Collection[str]) -> Schema | None:
    """Which of the three stores has these tables; None: none of them."""
    return next((schema for schema in SCHEMAS if schema.version_table in tables), None)


@cache
def _scripts(schema: Schema) -> ScriptDirectory:
    return ScriptDirectory(_FOLDER / schema.name, version_locations=[str(_FOLDER / schema.name)])


def _checked(connection: Connection, schema: Schema, name: str) -> str:
    """The revision of a database, empty for an empty one; BooksError where it is not ours to change."""
    tables = set(inspect(connection).get_table_names())
    if schema.version_table not in tables:
        if tables:
            raise BooksError(f"{name} holds {_contents(tables)}, not {schema.called}: give each a place of its own")
        return ""
    query = text(f"SELECT version_num FROM {schema.version_table}")  # a constant of this module, nobody's input
    current = str(connection.execute(query).scalar() or "")
    if current not in ("", *_known(schema)):
        raise BooksError(
            f"{name} was written by a newer version of Saunter (its tables are at {current!r}, this version knows "
            f"{head(schema)!r}): update Saunter, or restore a backup of before the update"
        )
    return current


def _contents(tables: Collection[str]) -> str:
    found = kind_of(tables)
    return found.called if found else f"tables of something else ({', '.join(sorted(tables)[:3])})"


def _known(schema: Schema) -> Iterator[str]:
    return (script.revision for script in _scripts(schema).walk_revisions())
