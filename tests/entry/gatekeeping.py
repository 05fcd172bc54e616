"""A small shop with a door in, a door out and three places, and the records that reach its entry room."""

from __future__ import annotations

import hashlib

from saunter.base.time import SECOND
from saunter.entry import EntryEngine
from saunter.plan.types import Gate, Plan, Policies
from saunter.records import (
    PURPOSES,
    Alarm,
    CardPresented,
    EntryDecided,
    Envelope,
    GateCommand,
    GatePass,
    KeyIssued,
    KeyPresented,
    PaymentChanged,
    Record,
    StoreChanged,
    VisitChanged,
)

#: The policies of the shop, in nanoseconds: how long a code lives, and how long a payment may be unclear.
LIFETIME = 300 * SECOND
UNCLEAR = 15 * SECOND
#: A minute to walk through, and the reorder window.
PASS_WITHIN = 61 * SECOND


def shop(*, gates: bool = True, capacity: int = 3, people_max: int = 2) -> Plan:
    doors = {"door": Gate("door", "both", 0.0, 0.0), "way-out": Gate("way-out", "out", 1.0, 0.0)} if gates else {}
    return Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates=doors, fixtures={}, shelves={},
        plates={}, cameras={}, products={}, facings=(), taxes={},
        policies=Policies(capacity=capacity, key_people_max=people_max, code_lifetime_ms=300_000, payment_wait_ms=5000),
    )  # fmt: skip


def envelope(stream: str, at: int, store: str = "corner") -> Envelope:
    return Envelope(store=store, stream=stream, sequence=at, happened=at, arrived=at)


def hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def issued(at: int, party: str, **more: object) -> KeyIssued:
    """A key whose code is called like its party."""
    facts = {
        "code_hash": hashed(party), "expires": at + LIFETIME, "method": f"pm-{party}", "purposes": PURPOSES, "notice": "1",
    } | more  # fmt: skip
    return KeyIssued(envelope=envelope("keys", at), party=party, **facts)  # type: ignore[arg-type]


def shown(at: int, code: str, gate: str = "door") -> KeyPresented:
    return KeyPresented(envelope=envelope("codes", at), gate=gate, code_hash=hashed(code))


def card(at: int, party: str, gate: str = "door", **more: object) -> CardPresented:
    facts = {"method": f"pm-{party}", "purposes": PURPOSES, "notice": "1"} | more
    return CardPresented(envelope=envelope("cards", at), gate=gate, party=party, **facts)  # type: ignore[arg-type]


def payment(at: int, party: str, state: str = "authorised") -> PaymentChanged:
    return PaymentChanged(
        envelope=envelope("payment", at), payment=f"pay/{party}", party=party, state=state, currency="EUR",
        authorised_minor=5000 if state == "authorised" else 0, captured_minor=0, refunded_minor=0,
    )  # fmt: skip


def passed(at: int, party: str, direction: str = "in", people: int = 1, **more: object) -> GatePass:
    return GatePass(
        envelope=envelope("gates", at), gate="door", direction=direction, party=party, people=people, **more  # type: ignore[arg-type]
    )  # fmt: skip


def visit(at: int, party: str, state: str) -> VisitChanged:
    return VisitChanged(envelope=envelope("visit", at), visit=f"visit-{party}", party=party, state=state)


def store(at: int, state: str) -> StoreChanged:
    return StoreChanged(envelope=envelope("store", at), state=state, mode="automatic")  # type: ignore[arg-type]


def opened(**more: object) -> EntryEngine:
    """The entry room of a shop that is open."""
    engine = EntryEngine(shop(**more))  # type: ignore[arg-type]
    engine.receive(store(0, "open"))
    return engine


def told(records: list[Record]) -> list[str]:
    """What was said, as short sentences."""
    return [sentence(record) for record in records]


def sentence(record: Record) -> str:
    if isinstance(record, EntryDecided):
        return " ".join(word for word in (record.party or "somebody", record.outcome, record.reason) if word)
    if isinstance(record, GateCommand):
        return f"{record.gate} opens for {record.people} of {record.party}"
    assert isinstance(record, Alarm)
    return f"{record.name}: {record.subject}"


def heard(engine: EntryEngine, *records: Record) -> list[str]:
    """What the room says to these records, each followed by letting time pass to it."""
    said: list[Record] = []
    for record in records:
        engine.receive(record)
        said += engine.advance(record.envelope.arrived)
    return told(said)


def inside(*parties: str, **more: object) -> EntryEngine:
    """An open shop which these parties walked into, each on a key of its own."""
    engine = opened(**more)
    for party in parties:
        heard(engine, issued(1, party), shown(2, party), payment(3, party), passed(4, party))
    return engine
