"""A stall so small that a day in it takes a blink: one shelf, a gate, and a till whose provider does as it is told."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import msgspec

from saunter.base.time import SECOND
from saunter.pipeline.trading import Shop
from saunter.plan import Plan, parse_plan
from saunter.records import (
    PURPOSES,
    AnyRecord,
    Envelope,
    GateCommand,
    KeyIssued,
    KeyPresented,
    PaymentCommand,
    PaymentOutcome,
    Purpose,
    Reading,
    StoreCommand,
    Tick,
    Told,
)
from saunter.simulation import parse_story, simulate
from saunter.simulation.table import START_NS

STEP = SECOND // 10
Kind = TypeVar("Kind")

_STORE = """
[store]
id = "stall"
name = "The Stall"
currency = "EUR"
locale = "en-IE"
timezone = "Europe/Dublin"

[floor]
polygon_m = [[0, 0], [4, 0], [4, 3], [0, 3]]

[[taxes]]
code = "standard"
rate = "0.23"
included = true

[[gates]]
id = "door"
kind = "both"
position_m = [1.0, 0.3]

[[fixtures]]
id = "s1"
kind = "gondola"
position_m = [1.5, 2.6, 0]
heading_deg = 0
size_m = [1.2, 0.4, 1.6]

[[fixtures.shelves]]
id = "s1s1"
position_m = [0, 0, 1.0]
clearance_m = 0.3
plates = 5
"""
_CATALOGUE = """sku,gtin,name,price,tax_code,unit,grams,grams_sd,flags
cola,2900000100077,Kestrel Cola 33 cl,1.20,standard,piece,352,2.5,
energy,2900000100848,Voltaire Energy 25 cl,1.75,standard,piece,276,2,age-16
dark,2900000101753,Saltmill Dark Chocolate 100 g,1.95,standard,piece,104,1,
milk,2900000101821,Saltmill Milk Chocolate 100 g,1.95,standard,piece,104,1,
box,2900000101968,Saltmill Box of Nine,7.90,standard,piece,512,3,
"""
_PLANOGRAM = "sku,plates\ncola,s1s1p1\nenergy,s1s1p2\ndark,s1s1p3\nmilk,s1s1p4\nbox,s1s1p5\n"


@cache
def _stall() -> Plan:
    return parse_plan({"store.toml": _STORE, "catalogue.csv": _CATALOGUE, "planogram.csv": _PLANOGRAM})


def stall(**policies: Any) -> Plan:
    """The stall with other policies."""
    return replace(_stall(), policies=replace(_stall().policies, **policies))


@cache
def lived(text: str) -> tuple[AnyRecord, ...]:
    """What sensors say while a story happens; the clock of a recording is left out."""
    story = parse_story(f"story: At the stall\nshop: corner\nnoise: calm\nseed: 1\n{text}", "stall.scn")
    return tuple(each for each in simulate(_stall(), story, 1) if isinstance(each, Reading) and not isinstance(each, Tick))


def envelope(stream: str, number: int, at: int, because: tuple[str, ...] = ()) -> Envelope:
    return Envelope(store="stall", stream=stream, sequence=number, happened=at, arrived=at, because=because)


class Provider:
    """A payment provider in memory: carries out every key once. `ill` maps actions to how the next answers go wrong, in turn:
    `unknown` (carried out, nobody hears), `lost` (never came), `twice` (told two times), `late` (told by the next command),
    `declined`."""

    def __init__(self, **ill: list[str]) -> None:
        self.ill = {action.replace("_", " "): list(ways) for action, ways in ill.items()}
        self.done: dict[str, PaymentOutcome] = {}
        self.calls: list[PaymentCommand] = []
        self.late: list[PaymentOutcome] = []

    def send(self, command: PaymentCommand, token: str = "") -> PaymentOutcome:
        """As `ports.payments.PaymentProvider`: one answer."""
        return self.answers(command)[0]

    def answers(self, command: PaymentCommand) -> list[PaymentOutcome]:
        """All that is heard about a command."""
        self.calls.append(command)
        late, self.late = self.late, []
        way = self.ill.get(command.action, []).pop(0) if self.ill.get(command.action) else ""
        unknown = self._said(command, "unknown")
        if way == "lost":
            return [*late, unknown]
        said = self._carries_out(command, "declined" if way == "declined" else "done")
        if way == "unknown":
            return [*late, unknown]
        if way == "late":
            self.late = [said]
            return [*late, unknown]
        return [*late, said, said] if way == "twice" else [*late, said]

    def sums(self) -> dict[str, int]:
        """What is captured less what was given back, and what is held still, by payment."""
        found: Counter[str] = Counter()
        for outcome in self.done.values():
            if outcome.outcome == "done":
                sign = {"capture": 1, "refund": -1}.get(outcome.action, 0)
                found[outcome.payment] += sign * outcome.amount_minor
        return dict(found)

    def held(self) -> list[str]:
        """Payments whose hold has not ended."""
        done = [each for each in self.done.values() if each.outcome == "done"]
        ended = {each.payment for each in done if each.action in ("capture", "release")}
        return [each.payment for each in done if each.action == "authorise" and each.payment not in ended]

    def _carries_out(self, command: PaymentCommand, outcome: Any) -> PaymentOutcome:
        if command.action == "look up":
            known = self.done.get(command.about)
            found = known or self._said(command, "not found")
            return msgspec.structs.replace(found, key=command.about, source="look-up")
        return self.done.setdefault(command.key, self._said(command, outcome))

    @staticmethod
    def _said(command: PaymentCommand, outcome: Any) -> PaymentOutcome:
        amount = command.amount_minor if outcome == "done" else 0
        key = command.about or command.key
        return PaymentOutcome(
            envelope=envelope("payments", 0, 0), payment=command.payment, key=key, action=command.action, outcome=outcome,
            amount_minor=amount, reference=f"ref-{command.payment}" if outcome == "done" else "",
        )  # fmt: skip


class Day:
    """A shop, its till, and time. `said` is everything in order; whatever a command's stamp lets out goes to the provider."""

    def __init__(self, plan: Plan | None = None, provider: Provider | None = None, *, shop: Shop | None = None) -> None:
        self.plan = plan or stall()
        self.shop = shop or Shop(self.plan)
        self.provider = provider or Provider()
        self.now = START_NS - 60 * SECOND
        self.said: list[AnyRecord] = []
        self.opened: list[GateCommand] = []
        self._numbers: Counter[str] = Counter()
        self._commands: dict[str, AnyRecord] = {}

    def place(self, stream: str, because: tuple[str, ...] = ()) -> Envelope:
        """The next place in a stream, now."""
        self._numbers[stream] += 1
        return envelope(stream, self._numbers[stream] - 1, self.now, because)

    def take(self, record: Reading | Told) -> list[AnyRecord]:
        """One input, and the provider's answers to what follows."""
        heard = self.shop.step(record)
        self.said += heard
        for outcome in self._sent(heard):
            heard = [*heard, *self.take(msgspec.structs.replace(outcome, envelope=self.place("payments/outcomes")))]
        return heard

    def tell(self, kind: Callable[..., Any], **fields: Any) -> list[AnyRecord]:
        """Somebody tells the shop something, now."""
        return self.take(kind(envelope=self.place(f"told/{kind.__name__}"), **fields))

    def passes(self, seconds: float) -> list[AnyRecord]:
        """Time goes by, a tick after the other; few where nothing happens."""
        before, until = len(self.said), self.now + round(seconds * SECOND)
        step = STEP if seconds <= 60 else SECOND if seconds <= 1000 else 300 * SECOND
        while self.now < until:
            self.now = min(self.now + step, until)
            self.take(Tick(envelope=self.place("ticks")))
        return self.said[before:]

    def opens(self) -> Day:
        """The shop opens; its plates are heard later."""
        self.tell(StoreCommand, action="open")
        self.passes(20)
        return self

    def comes(self, party: str = "p1", purposes: Iterable[Purpose] = PURPOSES, people: int = 1) -> list[AnyRecord]:
        """A party gets a key and shows it at the door."""
        code, expires = hashlib.sha256(party.encode()).hexdigest(), self.now + 300 * SECOND
        issued = self.tell(
            KeyIssued, party=party, code_hash=code, expires=expires, method=f"pm-{party}", people=people,
            purposes=tuple(purposes), notice="1",
        )  # fmt: skip
        return [*issued, *self.tell(KeyPresented, gate="door", code_hash=code)]

    def shops(self, text: str, after_s: float = 6.0) -> list[AnyRecord]:
        """What the sensors say of a story, and some time for the bill."""
        before, waiting = len(self.said), list(lived(text))
        start = max(self.now, START_NS)
        end = waiting[-1].envelope.arrived + round(after_s * SECOND)
        assert self.now <= START_NS, "one story a day"
        for at in range(start, end + STEP, STEP):
            self.now = at
            while waiting and waiting[0].envelope.arrived <= at:
                self.take(waiting.pop(0))  # type: ignore[arg-type]
            self.take(Tick(envelope=self.place("ticks")))
        return self.said[before:]

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Everything of one kind that was said."""
        return [record for record in self.said if isinstance(record, kind)]

    def _sent(self, heard: Iterable[AnyRecord]) -> list[PaymentOutcome]:
        found: list[PaymentOutcome] = []
        for command in stamped(heard):
            if isinstance(command, GateCommand):
                self.opened.append(command)
            else:
                found += self.provider.answers(command)
        return found


def stamped(said: Iterable[AnyRecord]) -> list[PaymentCommand | GateCommand]:
    """The commands that the guard let out, in the order of their stamps."""
    from saunter.records import CommandStamp

    commands = {each.id: each for each in said if isinstance(each, PaymentCommand | GateCommand)}
    return [commands[each.command] for each in said if isinstance(each, CommandStamp) and each.command in commands]
