"""Records are found by their party, and one stream is read without walking through all others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

#: Records looked through at a time, so that a long journal does not have to fit in memory.
_PAGE = 500
_JOURNAL = sa.table(
    "journal", sa.column("store", sa.Text), sa.column("number", sa.BigInteger), sa.column("body", sa.LargeBinary),
    sa.column("party", sa.Text),
)  # fmt: skip


class _Glance(msgspec.Struct):
    """As much of a record as this step needs."""

    party: str = ""


def upgrade() -> None:
    """Adds the column, fills it from the records, and makes the indexes."""
    op.add_column("journal", sa.Column("party", sa.Text, nullable=False, server_default=""))
    connection = op.get_bind()
    fill = sa.update(_JOURNAL).where(_JOURNAL.c.store == sa.bindparam("s"), _JOURNAL.c.number == sa.bindparam("n"))
    for rows in _pages(connection):
        parties = [{"s": row.store, "n": row.number, "p": _party(row.body)} for row in rows]
        if named := [each for each in parties if each["p"]]:
            connection.execute(fill.values(party=sa.bindparam("p")), named)
    some = sa.text("party != ''")
    op.create_index("journal_party", "journal", ["store", "party", "number"], sqlite_where=some, postgresql_where=some)
    op.create_index("journal_stream", "journal", ["store", "stream", "number"])


def _party(body: bytes) -> str:
    return msgspec.json.decode(body, type=_Glance).party


def _pages(connection: sa.Connection) -> Iterator[Sequence[sa.Row[tuple[str, int, bytes, str]]]]:
    store, number = "", -1
    place = sa.tuple_(_JOURNAL.c.store, _JOURNAL.c.number)
    while True:
        query = sa.select(_JOURNAL).where(place > sa.tuple_(sa.literal(store), sa.literal(number)))
        rows = connection.execute(query.order_by(_JOURNAL.c.store, _JOURNAL.c.number).limit(_PAGE)).all()
        if not rows:
            return
        yield rows
        store, number = rows[-1].store, rows[-1].number
