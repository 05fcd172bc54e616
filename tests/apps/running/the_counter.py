"""A running shop in one thread for the tests: the real loop, books on disk, a provider that answers between turns."""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from tests.pipeline.the_stall import Provider, envelope, lived, stall

from saunter.adapters.storage import open_books, open_inputs
from saunter.apps.running.clocks import TurnClock
from saunter.apps.running.crash_points import CrashPoints
from saunter.apps.running.runner import Runner
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.ports.books import Books, Document
from saunter.records import (
    PURPOSES,
    AnyRecord,
    DisputeRaised,
    KeyIssued,
    KeyPresented,
    PaymentCommand,
    PaymentOutcome,
    Question,
    Receipt,
    StoreCommand,
    Verdict,
)
from saunter.simulation.table import START_NS

STORY = "00:00.0  p1 enters\n00:03.0  p1 takes 2 cola from s1s1p1\n00:06.0  p1 leaves\n"
TURN = SECOND // 2
#: The shop is told to open so early that it no longer waits for its plates when the first key is shown.
BEGINS = START_NS - 20 * SECOND
KINDS = ("shop", "visit", "bill", "question", "check", "alarm", "figures", "payment", "moment")


class Gone(BaseException):
    """The process was killed here."""


class Points(CrashPoints):
    """Counts the points, and kills at the `at`-th of all; 0: never."""

    def __init__(self, at: int = 0) -> None:
        super().__init__()
        self.at, self.count, self.names = at, 0, Counter[str]()

    def reached(self, name: str) -> None:
        self.count += 1
        self.names[name] += 1
        if self.count == self.at:
            raise Gone(name)


def world(text: str = STORY) -> list[AnyRecord]:
    """A party's key, and what the sensors say; the shop opens before."""
    at, code = START_NS - 2 * SECOND, hashlib.sha256(b"p1").hexdigest()
    inputs: list[AnyRecord] = [
        StoreCommand(envelope=envelope("staff", 0, BEGINS + SECOND), action="open"),
        KeyIssued(
            envelope=envelope("keys", 0, at), party="p1", code_hash=code, expires=at + 300 * SECOND, method="pm-p1",
            purposes=PURPOSES, notice="1",
        ),
        KeyPresented(envelope=envelope("codes", 0, at + 1), gate="door", code_hash=code),
    ]  # fmt: skip
    return [*inputs, *lived(text)]


class World:
    """Hands its records out by their arrival, and all of them again after a restart; disputes the first receipt, and answers
    the question about it. What it hears twice it answers once."""

    def __init__(self, records: Sequence[AnyRecord], *, disputes: bool = True) -> None:
        self.records, self.heard, self.disputes = list(records), list[AnyRecord](), disputes

    def until(self, now: int) -> list[AnyRecord]:
        return [record for record in self.records if record.envelope.arrived <= now]

    def hear(self, records: Sequence[AnyRecord]) -> None:
        known = {each.id for each in self.records}
        for record in records:
            self.heard.append(record)
            at = record.envelope.arrived + 2 * SECOND
            if isinstance(record, Receipt) and self.disputes:
                answer: AnyRecord = DisputeRaised(
                    envelope=envelope("disputes", 0, at), visit=record.visit, receipt=record.id, sku="cola", quantity=1,
                    claim="not taken",
                )  # fmt: skip
            elif isinstance(record, Question):
                answer = Verdict(
                    envelope=envelope("reviewers/r1", 0, at), question=record.id, reviewer="r1", answer="choice", choice=2,
                    seconds=2.0,
                )  # fmt: skip
            else:
                continue
            if answer.id not in known:
                self.records.append(answer)

    def is_over(self) -> bool:
        return False


@dataclass
class Ended:
    """What is left of a trade: the journal, the documents, what was not closed, what the provider did, batches, points."""

    journal: list[AnyRecord]
    documents: dict[str, list[Document]]
    outbox: list[str]
    sums: dict[str, int]
    points: Counter[str] = field(default_factory=Counter)
    lives: int = 1
    again: list[int] = field(default_factory=list)


@contextlib.contextmanager
def opened(folder: Path, source: Any, plan: Plan, points: CrashPoints, every: int, at: int) -> Iterator[Runner]:
    """One life of the shop's process, recovered from the folder."""
    with closing(open_books(str(folder / "books.db"), plan.store)) as books, \
         closing(open_inputs(str(folder / "inputs.db"), plan.store)) as inputs:  # fmt: skip
        yield Runner(plan, source, books, inputs, TurnClock(at, 1e12), points=points, snapshot_every=every, turn=TURN)


def everything(books: Books) -> tuple[list[AnyRecord], dict[str, list[Document]], list[str]]:
    """Journal, documents and open commands."""
    documents = {kind: sorted(books.documents(kind, limit=1000), key=lambda each: each.key) for kind in KINDS}
    return [record for _, record in books.records()], documents, [each.key for each in books.outgoing(2**62, 1000)]


def trade(
    folder: Path,
    kills: Sequence[int] = (),
    *,
    plan: Plan | None = None,
    every: int = 5 * SECOND,
    provider: Provider | None = None,
    seconds: float = 30,
    change: Callable[[Runner], None] = lambda runner: None,
) -> Ended:
    """Trades for a while, killed at the given counts of crash points, one per life."""
    plan, provider, source = plan or stall(), provider or Provider(), World(world())
    left, end = list(kills), START_NS + round(seconds * SECOND)
    waiting: list[PaymentOutcome] = []
    answered: set[tuple[str, int]] = set()
    ended = Ended([], {}, [], {})
    while True:
        points = Points(left.pop(0) if left else 0)
        with opened(folder, source, plan, points, every, BEGINS) as runner:
            try:
                ended.again.append(runner.recover())
                change(runner)
                runner.clock.time_ns = max(runner.clock.time_ns, runner.state.now)  # type: ignore[attr-defined]
                while runner.state.now < end:
                    _turn(runner, provider, waiting, answered)
            except Gone:
                ended.lives += 1
                ended.points += points.names
                continue
            ended.points += points.names
            ended.journal, ended.documents, ended.outbox = everything(runner.books)
            ended.sums = provider.sums()
            return ended


def _turn(runner: Runner, provider: Provider, waiting: list[PaymentOutcome], answered: set[tuple[str, int]]) -> None:
    """The provider's answers, told until they are durable; then a turn."""
    for outgoing in runner.books.outgoing(runner.state.now, 1000):
        command = msgspec.json.decode(outgoing.body, type=PaymentCommand)
        if (outgoing.key, outgoing.due) not in answered:
            answered.add((outgoing.key, outgoing.due))
            waiting += [
                msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, because=(command.id,)))
                for each in provider.answers(command)
            ]
    told, before = list(waiting), runner._inputs.last()
    for outcome in told:
        runner.tell_outcome(outcome)
    try:
        runner.turn()
    finally:
        if runner._inputs.last() > before:
            del waiting[: len(told)]
