"""A shopkeeper so small that tests can see through it: opens the gate for whoever shows a key, until it is told otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import cache

import msgspec

from saunter.base.time import SECOND
from saunter.plan import Plan, parse_plan
from saunter.records import (
    AnyRecord,
    CardPresented,
    EntryDecided,
    Envelope,
    GateCommand,
    KeyIssued,
    KeyPresented,
    WeightBlock,
)
from saunter.simulation import PretendShop, Scenario, shop_texts, suite
from saunter.simulation.crowd.scenario import Arrivals

STEP = SECOND // 10


@cache
def corner() -> Plan:
    """The made-up corner shop: one door, 152 plates."""
    return parse_plan(shop_texts("corner"))


def quiet(**changes: object) -> Scenario:
    """Two minutes in which a few parties come."""
    quick = {
        "arrivals": (Arrivals(0.0, 240.0),),
        "parties_max": 6,
        "minutes": 2.0,
        "staff": 0,
        "preset": "calm",
        "starts_min": 480.0,
    }
    return dataclasses.replace(suite("ordinary"), **(quick | changes))  # type: ignore[arg-type]


def empty() -> Scenario:
    """An hour in which nobody comes."""
    return quiet(arrivals=(Arrivals(0.0, 0.001),), minutes=60.0)


def place(stream: str, at: int, n: int = 0) -> Envelope:
    return Envelope(store="corner", stream=stream, sequence=n, happened=at, arrived=at)


class Gatekeeper:
    """Opens for every key whose method is not declined; `is_deaf`: for none."""

    def __init__(self, *, is_deaf: bool = False) -> None:
        self._keys: dict[str, KeyIssued] = {}
        self._is_deaf, self._said = is_deaf, 0

    def hears(self, records: Sequence[AnyRecord], now: int) -> list[AnyRecord]:
        """What it says to these."""
        said: list[AnyRecord] = []
        for record in records:
            if isinstance(record, KeyIssued):
                self._keys[record.code_hash] = record
            if isinstance(record, KeyPresented | CardPresented) and not self._is_deaf:
                key = self._keys.pop(record.code_hash) if isinstance(record, KeyPresented) else record
                said.append(self._decides(record.gate, key, now))
        return said

    def _decides(self, gate: str, key: KeyIssued | CardPresented, now: int) -> AnyRecord:
        self._said += 1
        envelope = place("entry", now, self._said - 1)
        if key.method.endswith("-declined"):
            return EntryDecided(envelope=envelope, gate=gate, party=key.party, outcome="denied", reason="payment declined")
        return GateCommand(envelope=envelope, gate=gate, party=key.party, people=key.people)


Also = Callable[[int, Sequence[AnyRecord]], Sequence[AnyRecord]]


def opened(
    shop: PretendShop, until_s: float = 3600.0, keeper: Gatekeeper | None = None, also: Also | None = None
) -> list[AnyRecord]:
    """Runs a shop until it is over or a second has come; `also` says what else the shop says to these records then."""
    keeper, told, now = keeper or Gatekeeper(), list[AnyRecord](), shop.start_ns
    while not shop.is_over() and now < shop.start_ns + until_s * SECOND:
        now += STEP
        records = shop.until(now)
        assert all(record.envelope.arrived <= now for record in records)
        told += records
        shop.hear([*keeper.hears(records, now), *(also(now, records) if also else ())])
    return told


def packed(record: AnyRecord) -> bytes:
    """All of a record, as bytes."""
    if isinstance(record, WeightBlock):
        return msgspec.json.encode(record.envelope) + record.times.tobytes() + record.grams.tobytes()
    return msgspec.json.encode(record)


def of_kind(records: Sequence[AnyRecord], *kinds: type) -> list:
    return [record for record in records if isinstance(record, kinds)]
