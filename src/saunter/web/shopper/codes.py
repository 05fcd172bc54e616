"""One-use entry codes: made for a phone, known to the shop by their hash alone."""

from __future__ import annotations

import secrets
from typing import Final

import segno
from markupsafe import Markup

from saunter.base.time import HOUR, MILLISECOND
from saunter.ports.books import Method, Shopper
from saunter.ports.desk import Desk
from saunter.records import CodeReply, KeyIssued
from saunter.web.security import fingerprint, fresh_id
from saunter.web.telling import told

#: Letters of a code: none that look alike. Sixteen of them are 73 bits: nobody guesses one within its minutes.
LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
CODE_LETTERS: Final = 16
_GROUP: Final = 4
#: Nobody comes in later than this after a code ran out: it was shown before, and a gate waits for a payment for minutes at most.
LAST_ENTRY: Final = HOUR
#: So many of the newest links beyond that are looked through whenever a code is made, which makes one.
UNUSED_AT_ONCE: Final = 10


def fresh_code() -> str:
    """A new code, in groups that a person can type: `ABCD-EFGH-JKMN-PQRS`."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS)).upper()
    return "-".join(letters[start : start + _GROUP] for start in range(0, CODE_LETTERS, _GROUP))


def hash_of(code: str) -> str:
    """What is kept of a code, however its letters were typed."""
    return fingerprint("".join(letter for letter in code.lower() if letter in LETTERS))


def picture_of(code: str) -> Markup:
    """The code as a QR picture (SVG); it is read out beside it, so it is hidden from screen readers."""
    svg = segno.make(code, error="m", micro=False).svg_inline(border=2, dark="#10150f", light="#ffffff", omitsize=True)
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))


async def issue(desk: Desk, shopper: Shopper, method: Method, people: int) -> CodeReply:
    """Makes a key for a fresh party and tells the shop; what was agreed to at this moment travels with it. Raises as `told`."""
    agreement = next(iter(desk.personal.agreements(shopper.subject)), None)
    code, party, now = fresh_code(), fresh_id("party"), desk.now()
    key = KeyIssued(
        envelope=desk.envelope("web/keys"), party=party, code_hash=hash_of(code), method=method.method, people=people,
        expires=now + desk.plan.policies.code_lifetime_ms * MILLISECOND,
        purposes=agreement.purposes if agreement else (), notice=agreement.notice if agreement else "",
        language=agreement.language if agreement else shopper.language,
    )  # fmt: skip
    await told(desk, key)
    desk.personal.link(party, shopper.subject, now)  # before anybody has seen the code, and never for one that was refused
    _forget_unused(desk, shopper, key.expires - now)
    return CodeReply(code, key.expires, party)


def _forget_unused(desk: Desk, shopper: Shopper, lifetime: int) -> None:
    """Parties of codes that ran out long ago and let nobody in: a phone that lies open draws one every few minutes, and they
    must not push receipts out of its history."""
    old = desk.personal.parties(shopper.subject, UNUSED_AT_ONCE, before=desk.now() - lifetime - LAST_ENTRY)
    desk.personal.unlink([party for party in old if not desk.books.documents("visit", owner=party, limit=1)])
