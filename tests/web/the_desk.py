"""A desk without a shop behind it: the corner shop one busy morning, everything that was told to it in `told`."""

from __future__ import annotations

import asyncio
import json
import re
import warnings
from collections.abc import AsyncIterator, Collection
from functools import cache
from pathlib import Path

import msgspec
from tests.web.in_memory import MemoryBooks, MemoryPersonalData
from tests.web.the_morning import NOON, documents_of_the_morning

from saunter.adapters.plans.folder import load_plan
from saunter.base.errors import Refused
from saunter.base.time import parse_iso
from saunter.plan import Plan
from saunter.ports.books import Agreement, Document, Member, Method, Shopper
from saunter.ports.desk import Live
from saunter.records import PURPOSES, AnyRecord, EntryDecided, Envelope
from saunter.web.app import create_app
from saunter.web.security import DEVICE, STAFF, fingerprint
from saunter.web.settings import Settings

with warnings.catch_warnings():  # starlette would rather have another client; this one is what we depend on anyway
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SHOP = Path(__file__).parents[2] / "src" / "saunter" / "simulation" / "shops" / "corner"
#: The wall's clock of every test.
WALL_S = 1_800_000_000.0
#: The shopper whose phone we hold: parties p1 (inside), p3 (settled), p5 (disputed); p2 and p4 are somebody else's.
SHOPPER = Shopper(subject="shopper-one", device_hash=fingerprint("phone one"), since=parse_iso("2026-11-01T09:00:00Z"))
OTHER = Shopper(subject="shopper-two", device_hash=fingerprint("phone two"), since=parse_iso("2026-11-02T09:00:00Z"))
ROLES = ("reviewer", "staff", "manager", "engineer")


@cache
def corner_shop() -> Plan:
    """The corner shop's plan, loaded once."""
    return load_plan(SHOP)


class PretendDesk:
    """Shows what it was given and remembers what it was told. `says`: what the shop answers, by kind of record told;
    `refuses`: why the shop refuses a kind; `silent`: kinds that it does not answer in time. `changes` are followed first; then
    the stream ends, or goes on if `stays`."""

    def __init__(self, *, empty: bool = False, stays: bool = False) -> None:
        self.plan = corner_shop()
        self.books = MemoryBooks()
        self.personal = MemoryPersonalData()
        self.told: list[AnyRecord] = []
        self.says: dict[str, list[AnyRecord]] = {}
        self.refuses: dict[str, str] = {}
        self.silent: set[str] = set()
        self.changes: list[Live] = []
        self.stays = stays
        self.at = NOON
        self._sequences: dict[str, int] = {}
        self._followers: list[tuple[frozenset[str], asyncio.Queue[Live], asyncio.AbstractEventLoop]] = []
        if not empty:
            self.books.put(documents_of_the_morning(self.plan))
            _people(self.personal)

    def now(self) -> int:
        return self.at

    def envelope(self, stream: str) -> Envelope:
        sequence = self._sequences.get(stream, -1) + 1
        self._sequences[stream] = sequence
        return Envelope(store=self.plan.store, stream=stream, sequence=sequence, happened=self.at, arrived=self.at)

    async def tell(self, record: AnyRecord, wait_s: float = 2.0) -> list[AnyRecord]:
        kind = type(record).__name__
        if kind in self.refuses:
            raise Refused(self.refuses[kind])
        if kind in self.silent:
            return []
        self.told.append(record)
        self.books.append([record])
        return [record, *self.says.get(kind, [])]

    def follow(self, topics: Collection[str]) -> AsyncIterator[Live]:
        queue: asyncio.Queue[Live] = asyncio.Queue()
        for change in self.changes:
            if change.topic in topics:
                queue.put_nowait(change)
        follower = (frozenset(topics), queue, asyncio.get_running_loop())
        self._followers.append(follower)
        return self._followed(follower)

    async def _followed(
        self, follower: tuple[frozenset[str], asyncio.Queue[Live], asyncio.AbstractEventLoop]
    ) -> AsyncIterator[Live]:
        try:
            while self.stays or not follower[1].empty():
                yield await follower[1].get()
        finally:
            self._followers.remove(follower)

    @property
    def followers(self) -> int:
        """How many follow changes right now."""
        return len(self._followers)

    def status(self) -> dict[str, str]:
        return {"inputs waiting": "0", "lag": "0.2 s", "last snapshot": "12 s ago", "outbox waiting": "1"}

    def change(self, change: Live) -> None:
        """Something changed just now. From any thread."""
        for topics, queue, loop in list(self._followers):
            if change.topic in topics:
                loop.call_soon_threadsafe(queue.put_nowait, change)

    def put(self, kind: str, key: str, document: msgspec.Struct, *, owner: str = "", state: str = "", at: int = 0) -> None:
        """Writes one document."""
        body = msgspec.json.encode(document)
        self.books.put([Document(kind=kind, key=key, body=body, owner=owner, state=state, at=at)])


def _people(personal: MemoryPersonalData) -> None:
    for shopper in (SHOPPER, OTHER):
        personal.keep_shopper(shopper)
        personal.keep_method(Method(method=f"method-{shopper.subject}", subject=shopper.subject, token="tok-x", last_four="4242"))
        personal.agree(Agreement(subject=shopper.subject, purposes=PURPOSES[:2], notice="1", language="en", at=shopper.since))
    for party, shopper in (("p1", SHOPPER), ("p2", OTHER), ("p3", SHOPPER), ("p4", OTHER), ("p5", SHOPPER)):
        personal.link(party, shopper.subject, NOON - 10 + int(party[1]))
    for role in ROLES:
        personal.keep_member(Member(name=role, staff=f"staff-{role}", role=role, password="not a hash"))
        personal.keep_session(fingerprint(f"session {role}"), role, int((WALL_S + 3600) * 1e9))


def client(desk: PretendDesk, role: str = "anyone", settings: Settings | None = None) -> TestClient:
    """A browser at the pages: nobody known ("anyone"), our shopper's phone ("shopper"), another's ("other"), or staff by role."""
    browser = TestClient(create_app(desk, settings or Settings(wall_s=lambda: WALL_S)), follow_redirects=False)
    if role in ROLES:
        browser.cookies.set(STAFF, f"session {role}")
    elif role in ("shopper", "other"):
        browser.cookies.set(DEVICE, "phone one" if role == "shopper" else "phone two")
    return browser


def form_token(browser: TestClient, place: str = "/") -> str:
    """The form token of this browser; it is on every page."""
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', browser.get(place).text)
    assert found, f"{place} has no form token"
    return found[1]


def admitted(gate: str = "door", party: str = "p9") -> EntryDecided:
    """What the shop says to a good code."""
    envelope = Envelope(store="corner", stream="entry/decisions", sequence=0, happened=NOON, arrived=NOON)
    return EntryDecided(envelope=envelope, gate=gate, party=party, outcome="admitted")


def events_of(text: str) -> list[tuple[str, object]]:
    """A stream of server-sent events as (name, data)."""
    return [(name, json.loads(data)) for name, data in re.findall(r"^event: (.*)\ndata: (.*)$", text, re.MULTILINE)]
