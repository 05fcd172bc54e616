"""The same shop on an SQLite file and on a PostgreSQL server, where one answers at SAUNTER_POSTGRES."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

sys.path.insert(0, str(Path(__file__).parent))

from saunter.adapters.storage import SqlBooks, SqlPersonalData, open_books, open_personal

SERVER = os.environ.get("SAUNTER_POSTGRES") or "postgresql+psycopg://root@127.0.0.1:5432/test"
_COUNTER = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """A PostgreSQL database that answers."""
    url = make_url(SERVER)
    engine = create_engine(url, connect_args={"connect_timeout": 5})
    try:
        engine.connect().close()
    except OperationalError:
        pytest.skip("no PostgreSQL server answers at SAUNTER_POSTGRES (127.0.0.1:5432 where it is not set)")
    finally:
        engine.dispose()
    yield url


@pytest.fixture(scope="session")
def shared_schema(server: URL) -> Iterator[str]:
    """One empty schema for all tests that can tell their store from others."""
    yield from _schema(server)


@pytest.fixture
def own_schema(server: URL) -> Iterator[str]:
    """An empty schema for one test."""
    yield from _schema(server)


def _schema(server: URL) -> Iterator[str]:
    name = f"saunter_test_{os.getpid()}_{next(_COUNTER)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
        yield server.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where this test's books are: a file of its own, or the server. Together with `store` nobody else's."""
    return str(tmp_path / "books.db") if request.param == "sqlite" else request.getfixturevalue("shared_schema")


@pytest.fixture(params=["sqlite", "postgres"])
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it, not even tables."""
    return str(tmp_path / "fresh.db") if request.param == "sqlite" else request.getfixturevalue("own_schema")


@pytest.fixture
def store() -> str:
    """A store that no other test has."""
    return f"corner-{next(_COUNTER)}"


@pytest.fixture
def books(address: str, store: str) -> Iterator[SqlBooks]:
    """The empty books of a store."""
    opened = open_books(address, store)
    yield opened
    opened.close()


@pytest.fixture
def personal(empty_address: str) -> Iterator[SqlPersonalData]:
    """Personal data with nobody in it."""
    opened = open_personal(empty_address)
    yield opened
    opened.close()
