"""Personal data as it first was: shoppers, payment methods, links to visits, agreements, staff and their sign-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table("shopper", _key("subject"), _text("device_hash"), _text("language"), _text("email"), _whole("since"))
    op.create_index("shopper_device", "shopper", ["device_hash"])
    op.create_table(
        "method", _key("method"), _whole("number"), _text("subject"), _text("token"), _text("last_four"), _text("brand")
    )
    op.create_index("method_subject", "method", ["subject", "number"])
    op.create_table("link", _key("party"), _text("subject"), _whole("at"))
    op.create_index("link_subject", "link", ["subject", "at"])
    op.create_table(
        "agreement", sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        _text("subject"), _text("purposes"), _text("notice"), _text("language"), _whole("at"),
    )  # fmt: skip
    op.create_index("agreement_subject", "agreement", ["subject", "at"])
    op.create_table("member", _key("name"), _text("staff"), _text("role"), _text("password"), _text("language"))
    owner = sa.ForeignKey("member.name", ondelete="CASCADE")
    op.create_table("session", _key("session_hash"), sa.Column("name", sa.Text, owner, nullable=False), _whole("until"))


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
