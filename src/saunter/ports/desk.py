"""What pages can see of a running shop and ask of it. The web knows nothing else: it never steps the shop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Protocol

import msgspec

from saunter.plan import Plan
from saunter.ports.books import Books, PersonalData
from saunter.ports.documents import Body
from saunter.records import AnyRecord, Envelope


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """Something that just changed. `topic` is what clients follow, `body` its JSON.

    Topics: `floor` (a FloorNow, up to ten times a second), `shop`, `alarms`, `checks`, `questions`, `figures`, `visits`
    (any document of that kind changed: the document's JSON), `gates` (an EntryDecided: the record's JSON) and `party/<id>`
    (the visit's or bill's document of one party). `key` is the document's: a newer one replaces it.
    """

    topic: str
    kind: str
    body: bytes
    key: str = ""


class FloorNow(msgspec.Struct, frozen=True, kw_only=True):
    """The floor this instant: bodies (labelled with the party they are taken for, or empty), plates that changed just now."""

    at: int
    bodies: tuple[Body, ...]
    plates: dict[str, str] = {}
    """Plate id -> "moving", "changed", "silent" or "frozen"; quiet plates are left out."""


class Desk(Protocol):
    """A running shop as its pages see it. Instants are ns UTC of the shop's clock, which may run faster than the wall's."""

    plan: Plan
    books: Books
    personal: PersonalData

    def now(self) -> int:
        """The shop's clock."""

    def envelope(self, stream: str) -> Envelope:
        """The next envelope of an input stream (`web/<something>`): store, a sequence of its own, happened and arrived now."""

    async def tell(self, record: AnyRecord, wait_s: float = 2.0) -> list[AnyRecord]:
        """Gives the shop an input: durable before this returns, then taken in turn. Returns what the shop said to it (the record
        itself first where it belongs in the journal), once all of it is in the books; an empty list: it has not answered within
        `wait_s` seconds, and may still take it. Raises Refused when the shop refuses it, with the reason."""

    def follow(self, topics: Collection[str]) -> AsyncIterator[Live]:
        """Changes as they come, from the moment of this call on; a client too slow for them loses the oldest `floor` first,
        never the newest document."""

    def status(self) -> dict[str, str]:
        """Facts for engineers: queue lengths, lag, last snapshot, by name."""
