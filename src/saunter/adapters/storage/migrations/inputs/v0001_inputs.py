"""The log of inputs as it first was: batches of readings, and snapshots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table("log", sa.Column("store", sa.Text, primary_key=True), _whole("last"), _whole("forgotten"))
    for name in ("batch", "snapshot"):
        op.create_table(
            name,
            sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
            _whole("checksum"), sa.Column("body", sa.LargeBinary, nullable=False),
        )  # fmt: skip


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
