"""Inputs that broke the program are remembered, so that a restart can leave them out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the table."""
    op.create_table("left_out", sa.Column("id", sa.Text, primary_key=True), sa.Column("why", sa.Text, nullable=False))
