"""The provider's own ledger in SQLite: every command carried out once, every movement, and the webhooks still to be sent.

One transaction per command, durable before it is answered (`synchronous=FULL`): a kill at any moment loses nothing that was
answered, and what was not answered can be looked up.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from saunter.adapters.payments.embedded.faults import FUNDS_MINOR, TOKENS
from saunter.adapters.payments.wire import Answer, Order

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS commands (key TEXT PRIMARY KEY, content TEXT NOT NULL, answer BLOB NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY, reference TEXT NOT NULL, currency TEXT NOT NULL, token TEXT NOT NULL, is_held INTEGER NOT NULL,
    authorised INTEGER NOT NULL, captured INTEGER NOT NULL, refunded INTEGER NOT NULL,
    CHECK (captured <= authorised AND refunded <= captured AND refunded >= 0)
);
CREATE TABLE IF NOT EXISTS movements (
    number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, payment TEXT NOT NULL, action TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS webhooks (
    number INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0
);
"""


class KeyReused(Exception):
    """A key came again with other content: somebody is wrong, and nothing was carried out."""


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger. A release moves nothing: its amount is the hold that ended."""

    number: int
    key: str
    payment: str
    action: str
    amount_minor: int
    currency: str
    at: int


class _Account(msgspec.Struct, kw_only=True):
    """One payment as the provider knows it. `token` is kept only where it is one of the special ones."""

    id: str
    reference: str
    currency: str
    token: str
    is_held: int = 0
    authorised: int = 0
    captured: int = 0
    refunded: int = 0


class Ledger:
    """The provider's ledger in one file; may be used from several threads."""

    def __init__(self, path: str | Path) -> None:
        self._lock = threading.Lock()
        Path(path).touch(mode=0o600)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10.0)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(_SCHEMA)

    def carry_out(self, order: Order, now: int, *, refused: str = "", webhooks: tuple[int, ...] = ()) -> Answer:
        """Carries out an order once; again, it only repeats the answer. `refused` declines it with that reason.

        `webhooks` are the instants (ns UTC) at which its webhook is due. KeyReused: the key was another command's.
        """
        content = _content(order)
        with self._transaction() as cursor:
            known = cursor.execute("SELECT content, answer FROM commands WHERE key = ?", (order.key,)).fetchone()
            if known is not None:
                if known[0] != content:
                    raise KeyReused(f"the key {order.key!r} was used for another command; nothing was carried out")
                return msgspec.json.decode(known[1], type=Answer)
            answer = _decide(cursor, order, now, refused)
            body = msgspec.json.encode(answer)
            cursor.execute("INSERT INTO commands VALUES (?, ?, ?, ?)", (order.key, content, body, now))
            cursor.executemany("INSERT INTO webhooks (body, due) VALUES (?, ?)", [(body, due) for due in webhooks])
        return answer

    def look_up(self, key: str) -> Answer:
        """What became of a key; "not found" if it never came."""
        with self._lock:
            known = self._database.execute("SELECT answer FROM commands WHERE key = ?", (key,)).fetchone()
        return Answer(key=key, outcome="not found") if known is None else msgspec.json.decode(known[0], type=Answer)

    def token_of(self, payment: str) -> str:
        """The special token that a payment was authorised with; empty: an ordinary one."""
        with self._lock:
            found = self._database.execute("SELECT token FROM payments WHERE id = ?", (payment,)).fetchone()
        return "" if found is None else str(found[0])

    def movements(self) -> list[Movement]:
        """Everything that was carried out, in order."""
        names = Movement.__struct_fields__
        with self._lock:
            rows = self._database.execute(f"SELECT {', '.join(names)} FROM movements ORDER BY number").fetchall()
        return [Movement(**dict(zip(names, row, strict=True))) for row in rows]

    def due_webhooks(self, now: int) -> list[tuple[int, bytes, int]]:
        """Webhooks to be sent by now: number, body, and how often each was tried."""
        query = "SELECT number, body, tries FROM webhooks WHERE due <= ? ORDER BY due, number LIMIT 100"
        with self._lock:
            return self._database.execute(query, (now,)).fetchall()

    def webhook_tried(self, number: int, again: int | None) -> None:
        """A webhook was taken (`again` None), or is due again at an instant."""
        with self._transaction() as cursor:
            if again is None:
                cursor.execute("DELETE FROM webhooks WHERE number = ?", (number,))
            else:
                cursor.execute("UPDATE webhooks SET tries = tries + 1, due = ? WHERE number = ?", (again, number))

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        with self._lock:
            cursor = self._database.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    cursor.execute("ROLLBACK")
                raise
            finally:
                cursor.close()


def _decide(cursor: sqlite3.Cursor, order: Order, now: int, refused: str) -> Answer:
    """Checks an order against its payment and moves the money, or declines."""
    names = _Account.__struct_fields__
    row = cursor.execute(f"SELECT {', '.join(names)} FROM payments WHERE id = ?", (order.payment,)).fetchone()
    account = None if row is None else _Account(**dict(zip(names, row, strict=True)))
    reason = refused or _ACTIONS[order.action][0](order, account)
    if reason:
        return Answer(
            key=order.key, outcome="declined", payment=order.payment, action=order.action, currency=order.currency, reason=reason,
            reference="" if account is None else account.reference,
        )  # fmt: skip
    moved = account or _opened(order)
    amount = _ACTIONS[order.action][1](order, moved)
    values = [getattr(moved, name) for name in names]
    cursor.execute(f"INSERT OR REPLACE INTO payments ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", values)
    cursor.execute(
        "INSERT INTO movements (key, payment, action, amount_minor, currency, at) VALUES (?, ?, ?, ?, ?, ?)",
        (order.key, order.payment, order.action, amount, order.currency, now),
    )
    return Answer(
        key=order.key, outcome="done", payment=order.payment, action=order.action, amount_minor=amount, currency=order.currency,
        reference=moved.reference,
    )  # fmt: skip


def _opened(order: Order) -> _Account:
    reference = "emb_" + hashlib.sha256(order.payment.encode()).hexdigest()[:16]
    return _Account(
        id=order.payment, reference=reference, currency=order.currency, token=order.token if order.token in TOKENS else ""
    )


def _may_authorise(order: Order, account: _Account | None) -> str:
    if account is not None:
        return "the payment was authorised before"
    if order.token == "tok_declined":
        return "the card was declined"
    if order.token == "tok_insufficient_funds" and order.amount_minor > FUNDS_MINOR:
        return "insufficient funds"
    return "" if order.token else "no token was given"


def _may_capture(order: Order, account: _Account | None) -> str:
    if account is None or not account.is_held:
        return "nothing is held"
    if account.token == "tok_capture_declined":
        return "the card was declined"
    if not 0 < order.amount_minor <= account.authorised:
        return f"{order.amount_minor} cannot be taken of {account.authorised} held"
    return _fits(order, account)


def _may_release(order: Order, account: _Account | None) -> str:
    if account is None or not account.is_held:
        return "nothing is held"
    return "the hold cannot be ended" if account.token == "tok_release_declined" else _fits(order, account)


def _may_refund(order: Order, account: _Account | None) -> str:
    left = 0 if account is None else account.captured - account.refunded
    if account is None or not 0 < order.amount_minor <= left:
        return f"{order.amount_minor} cannot be given back of {left} taken"
    return "the card takes no refunds" if account.token == "tok_refund_declined" else _fits(order, account)


def _fits(order: Order, account: _Account) -> str:
    if order.currency != account.currency:
        return f"the payment is in {account.currency}, not in {order.currency}"
    return "" if order.reference in ("", account.reference) else f"the payment is {account.reference}, not {order.reference}"


def _authorise(order: Order, account: _Account) -> int:
    account.authorised, account.is_held = order.amount_minor, 1
    return order.amount_minor


def _capture(order: Order, account: _Account) -> int:
    account.captured, account.is_held = order.amount_minor, 0
    return order.amount_minor


def _release(order: Order, account: _Account) -> int:
    account.is_held = 0
    return account.authorised


def _refund(order: Order, account: _Account) -> int:
    account.refunded += order.amount_minor
    return order.amount_minor


_May = Callable[[Order, _Account | None], str]
#: For each action: why it may not be done (empty: it may), and what it moves.
_ACTIONS: Final[dict[str, tuple[_May, Callable[[Order, _Account], int]]]] = {
    "authorise": (_may_authorise, _authorise),
    "capture": (_may_capture, _capture),
    "release": (_may_release, _release),
    "refund": (_may_refund, _refund),
}


def _content(order: Order) -> str:
    """A digest of all that an order says, its token too: the same key must come with the same content."""
    return hashlib.sha256(msgspec.json.encode(order)).hexdigest()
