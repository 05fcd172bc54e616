"""Short ways through the whole shop for the tests: readings in, everything it said out, and questions about that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeVar

import msgspec

from saunter.base.time import SECOND
from saunter.pipeline import Pipeline
from saunter.plan import Plan, parse_plan
from saunter.records import (
    Alarm,
    AnyRecord,
    Attribution,
    Envelope,
    Reading,
    Receipt,
    Stamp,
    Tick,
    TrueAction,
    TrueReceipt,
)
from saunter.simulation import Story, shop_texts, simulate

#: Seconds after the last reading at which time passes once more: what the window holds back, then every waiting bill.
CLOSING_S = (1, 2, 3, 4, 5, 36, 37, 1000)
Kind = TypeVar("Kind")


@cache
def shop(name: str) -> Plan:
    """A made-up shop, loaded once."""
    return parse_plan(shop_texts(name))


def closing_ticks(store: str, last: int) -> Iterator[Tick]:
    """Time that passes after the last arrival, until every visit has settled."""
    for number, seconds in enumerate(CLOSING_S):
        now = last + seconds * SECOND
        yield Tick(envelope=Envelope(store=store, stream="closing", sequence=number, happened=now, arrived=now))


@dataclass(frozen=True)
class Played:
    """What went into a shop, what it said, and what was true. `ended` is the last arrival, ns UTC."""

    plan: Plan
    readings: tuple[Reading, ...]
    said: tuple[AnyRecord, ...]
    actions: tuple[TrueAction, ...]
    ended: int

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Everything of one kind that the shop said, in order."""
        return [record for record in self.said if isinstance(record, kind)]

    @property
    def receipts(self) -> list[Receipt]:
        """The receipts in the order they were made."""
        return self.of(Receipt)

    @property
    def bills(self) -> dict[str, dict[str, int]]:
        """What every party was charged: {party: {sku: pieces}}."""
        return {receipt.party: {line.sku: line.quantity for line in receipt.lines} for receipt in self.receipts}

    @property
    def stamped(self) -> list[str]:
        """The ids of the receipts that the guard agreed to."""
        return [stamp.receipt for stamp in self.of(Stamp)]

    @cached_property
    def attributions(self) -> dict[str, Attribution]:
        """The last word on every interaction."""
        return {record.interaction: record for record in self.of(Attribution)}

    @property
    def alarms(self) -> list[Alarm]:
        """The alarms that were raised while readings still came."""
        return [alarm for alarm in self.of(Alarm) if alarm.happened <= self.ended]

    @property
    def charged(self) -> dict[str, int]:
        """Pieces charged over all receipts, by product."""
        found: dict[str, int] = {}
        for bill in self.bills.values():
            for sku, pieces in bill.items():
                found[sku] = found.get(sku, 0) + pieces
        return found


def through(plan: Plan, records: Iterable[AnyRecord]) -> Played:
    """Feed records to a fresh shop, the truth withheld, and let time pass until everything is settled."""
    pipeline, said, readings, actions = Pipeline(plan), list[AnyRecord](), list[Reading](), list[TrueAction]()
    for record in records:
        if isinstance(record, TrueAction):
            actions.append(record)
        elif not isinstance(record, TrueReceipt):
            assert isinstance(record, Reading)
            readings.append(record)
            said += pipeline.step(record)
    ended = max(reading.envelope.arrived for reading in readings)
    for tick in closing_ticks(plan.store, ended):
        said += pipeline.step(tick)
    return Played(plan, tuple(readings), tuple(said), tuple(actions), ended)


def played(story: Story, seed: int) -> Played:
    """A story lived through by the pretend world and judged by the shop."""
    plan = shop(story.shop)
    return through(plan, simulate(plan, story, seed))


def digest(said: Iterable[AnyRecord]) -> str:
    """One number for everything that a shop said, to the last byte."""
    found = hashlib.sha256()
    for record in said:
        found.update(msgspec.json.encode(record))
        found.update(b"\n")
    return found.hexdigest()


def causes(known: Mapping[str, AnyRecord], beginnings: Iterable[str]) -> set[str]:
    """Every id that a walk down `because` meets, beginnings included; it ends at ids that `known` does not hold."""
    found: set[str] = set()
    waiting = list(beginnings)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if name in known:
                waiting += known[name].envelope.because
    return found
