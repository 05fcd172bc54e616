"""The books as they first were: progress, journal, documents and outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table("progress", _key("store"), _whole("heard"), _whole("records"), _whole("commands"))
    _journal()
    op.create_table(
        "document", _key("store"), _key("kind"), _key("key"), _text("owner"), _text("state"), _whole("at"), _blob("body")
    )
    op.create_index("document_at", "document", ["store", "kind", "at"])
    op.create_index("document_owner", "document", ["store", "kind", "owner", "at"])
    op.create_index("document_state", "document", ["store", "kind", "state", "at"])
    op.create_table(
        "outbox",
        _key("store"), _key("key"), _whole("number"), _text("kind"), _text("state"), _whole("due"), _whole("tries"),
        _blob("body"),
    )  # fmt: skip
    waiting = sa.text("state != 'closed'")
    op.create_index("outbox_open", "outbox", ["store", "number"], sqlite_where=waiting, postgresql_where=waiting)


def _journal() -> None:
    op.create_table(
        "journal",
        _key("store"), sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        _text("stream"), _whole("sequence"), _text("kind"), _whole("happened"), _text("visit"), _blob("body"),
        sa.UniqueConstraint("store", "stream", "sequence", name="journal_id"),
    )  # fmt: skip
    op.create_index("journal_kind", "journal", ["store", "kind", "number"])
    some = sa.text("visit != ''")
    op.create_index("journal_visit", "journal", ["store", "visit", "number"], sqlite_where=some, postgresql_where=some)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)
