"""The tables of the three stores of data, as the newest migration leaves them. `migrations` makes them; a test compares."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, MetaData, Table, Text, UniqueConstraint

BOOKS: Final = MetaData()
PERSONAL: Final = MetaData()
INPUTS: Final = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _number(name: str = "number") -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _blob(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


#: One row per store: the last input made use of, and how many records and commands were ever written.
PROGRESS: Final = Table("progress", BOOKS, _key("store"), _whole("heard"), _whole("records"), _whole("commands"))
#: The journal. `body` is the record as JSON; what stands beside it is taken from it, to find it by.
JOURNAL: Final = Table(
    "journal", BOOKS,
    _key("store"), _number(), _text("stream"), _whole("sequence"), _text("kind"), _whole("happened"),
    _text("visit"), _blob("body"), _text("party"),
    UniqueConstraint("store", "stream", "sequence", name="journal_id"),
)  # fmt: skip
Index("journal_kind", JOURNAL.c.store, JOURNAL.c.kind, JOURNAL.c.number)
Index("journal_stream", JOURNAL.c.store, JOURNAL.c.stream, JOURNAL.c.number)
for _name in ("visit", "party"):
    _column = JOURNAL.c[_name]
    _some = _column != ""
    Index(f"journal_{_name}", JOURNAL.c.store, _column, JOURNAL.c.number, sqlite_where=_some, postgresql_where=_some)
#: What pages read.
DOCUMENT: Final = Table(
    "document", BOOKS, _key("store"), _key("kind"), _key("key"), _text("owner"), _text("state"), _whole("at"), _blob("body"),
)  # fmt: skip
Index("document_at", DOCUMENT.c.store, DOCUMENT.c.kind, DOCUMENT.c.at)
Index("document_owner", DOCUMENT.c.store, DOCUMENT.c.kind, DOCUMENT.c.owner, DOCUMENT.c.at)
Index("document_state", DOCUMENT.c.store, DOCUMENT.c.kind, DOCUMENT.c.state, DOCUMENT.c.at)
#: Commands to the outside, in the order in which they were decided.
OUTBOX: Final = Table(
    "outbox", BOOKS,
    _key("store"), _key("key"), _whole("number"), _text("kind"), _text("state"), _whole("due"), _whole("tries"), _blob("body"),
)  # fmt: skip
_open = OUTBOX.c.state != "closed"
Index("outbox_open", OUTBOX.c.store, OUTBOX.c.number, sqlite_where=_open, postgresql_where=_open)

SHOPPER: Final = Table(
    "shopper", PERSONAL, _key("subject"), _text("device_hash"), _text("language"), _text("email"), _whole("since"),
)  # fmt: skip
Index("shopper_device", SHOPPER.c.device_hash)
#: `number` counts up: the order in which they came.
METHOD: Final = Table(
    "method", PERSONAL, _key("method"), _whole("number"), _text("subject"), _text("token"), _text("last_four"), _text("brand"),
)  # fmt: skip
Index("method_subject", METHOD.c.subject, METHOD.c.number)
LINK: Final = Table("link", PERSONAL, _key("party"), _text("subject"), _whole("at"))
Index("link_subject", LINK.c.subject, LINK.c.at)
#: `purposes` is a JSON list.
AGREEMENT: Final = Table(
    "agreement", PERSONAL,
    _number(), _text("subject"), _text("purposes"), _text("notice"), _text("language"), _whole("at"),
)  # fmt: skip
Index("agreement_subject", AGREEMENT.c.subject, AGREEMENT.c.at)
MEMBER: Final = Table("member", PERSONAL, _key("name"), _text("staff"), _text("role"), _text("password"), _text("language"))
SESSION: Final = Table(
    "session", PERSONAL,
    _key("session_hash"),
    Column("name", Text, ForeignKey("member.name", ondelete="CASCADE"), nullable=False),
    _whole("until"),
)  # fmt: skip

#: One row: whose log it is, its last batch, and the last one forgotten.
LOG: Final = Table("log", INPUTS, _key("store"), _whole("last"), _whole("forgotten"))
BATCH: Final = Table("batch", INPUTS, _number(), _whole("checksum"), _blob("body"))
SNAPSHOT: Final = Table("snapshot", INPUTS, _number(), _whole("checksum"), _blob("body"))
LEFT_OUT: Final = Table("left_out", INPUTS, _key("id"), _text("why"))
