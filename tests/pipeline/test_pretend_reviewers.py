"""A busy hour with pretend reviewers: many visits in doubt at once, a queue, mistakes, and every receipt in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.pipeline.playing import digest
from tests.settlement.beliefs import Did, World, cart, knowing, shop

from saunter.base.randomness import generator
from saunter.base.time import SECOND
from saunter.pipeline import Pipeline
from saunter.records import (
    AnyRecord,
    Envelope,
    GatePass,
    Question,
    QuestionClosed,
    Receipt,
    Tick,
    TrueAction,
    TrueLine,
    TrueReceipt,
    Verdict,
    VisitChanged,
)
from saunter.simulation import Habits, SimulatedReviewers

PARTIES, EVERY_S = 60, 20
#: The moment of the doubtful grab in the carts of `beliefs`.
GRAB_NS = 900 * SECOND
ACCURACY = 0.97


@dataclass(frozen=True)
class Visitor:
    """Somebody who took a ham, or stood by while somebody else did; the belief says 70 % that it was this one."""

    party: str
    took: bool
    left: int


def visitors(seed: int) -> list[Visitor]:
    dice = generator(seed, "visitors")
    start = 1_000 * SECOND
    return [Visitor(f"p{n}", bool(dice.random() < 0.7), start + n * EVERY_S * SECOND) for n in range(PARTIES)]


class Beliefs:
    """Stands in for attribution: a belief of its own for every visitor."""

    def __init__(self, people: list[Visitor]) -> None:
        self.worlds = {
            each.party: [
                World(0.7, {name(each): Did(each.party, "ham", 1)}),
                World(0.3, {name(each): Did("somebody-else", "ham", 1)}),
            ]
            for each in people
        }
        self.settling: dict[str, VisitChanged] = {}
        self.questions: dict[str, Question] = {}
        self.said: list[Any] = []
        self.carts = 0

    def receive(self, record: object) -> None:
        if isinstance(record, Question):
            self.questions[record.id] = record
        elif isinstance(record, Verdict):
            question = self.questions[record.question]
            if record.choice:
                choice = question.choices[record.choice - 1]
                did = Did(choice.party, "ham", 1)
                self.worlds[question.party] = knowing(self.worlds[question.party], question.interaction, did, ACCURACY)
            self._say(question.party)
        elif isinstance(record, VisitChanged) and record.state == "settling":
            self.settling[record.party] = record
            self._say(record.party)

    def _say(self, party: str) -> None:
        self.said.append(cart(self.worlds[party], party, at=self.settling[party].happened, n=self.carts))
        self.carts += 1

    def advance(self, to: int) -> list[Any]:
        said, self.said = self.said, []
        return said


def name(visitor: Visitor) -> str:
    return f"i:{visitor.party[1:]}"


def truth(people: list[Visitor]) -> list[AnyRecord]:
    """Who really took each ham. All grabs of `beliefs` are at one place and time, so each has a plate of its own here."""
    found: list[AnyRecord] = []
    for number, each in enumerate(people):
        place = Envelope(store="corner", stream="truth/actions", sequence=number, happened=GRAB_NS, arrived=GRAB_NS)
        found.append(
            TrueAction(
                envelope=place, party=each.party if each.took else "somebody-else", action="take", sku="ham", gtin="", quantity=1,
                plates=(each.party,),
            )
        )  # fmt: skip
        lines = (TrueLine(sku="ham"),) if each.took else ()
        done = Envelope(store="corner", stream="truth/receipts", sequence=number, happened=each.left, arrived=each.left)
        found.append(TrueReceipt(envelope=done, visit=f"visit-{each.party}", party=each.party, lines=lines))
    return found


def gate(direction: str, at: int, party: str, number: int) -> GatePass:
    place = Envelope(store="corner", stream="gates", sequence=number, happened=at, arrived=at)
    return GatePass(envelope=place, gate="door", direction=direction, party=party)  # type: ignore[arg-type]


class Place:
    """Puts each question before the reviewers at the plate of its own visitor."""

    @staticmethod
    def own(record: AnyRecord) -> AnyRecord:
        if not isinstance(record, Question) or record.purpose == "audit":
            return record
        return type(record)(**{**{n: getattr(record, n) for n in record.__struct_fields__}, "plates": (record.party,)})


def busy_hour(seed: int, habits: Habits, **policies: Any) -> list[AnyRecord]:
    people = visitors(seed)
    pipeline, reviewers = Pipeline(shop(**policies)), SimulatedReviewers(seed, habits)
    pipeline.attribution = Beliefs(people)  # type: ignore[assignment]
    readings: list[Any] = [gate("in", each.left - 100 * SECOND, each.party, n) for n, each in enumerate(people)]
    readings += [gate("out", each.left, each.party, PARTIES + n) for n, each in enumerate(people)]
    end = people[-1].left + 120 * SECOND
    times = range(people[0].left - 101 * SECOND, end, SECOND // 2)
    readings += [
        Tick(envelope=Envelope(store="corner", stream="t", sequence=n, happened=at, arrived=at)) for n, at in enumerate(times)
    ]
    reviewers.hear(truth(people))
    said: list[AnyRecord] = []
    for reading in sorted(readings, key=lambda each: (each.envelope.arrived, isinstance(each, Tick))):
        if isinstance(reading, Tick):
            for verdict in reviewers.due(reading.happened):
                said += pipeline.step(verdict)
        heard = pipeline.step(reading)
        said += heard
        reviewers.hear(Place.own(record) for record in heard)
    return said


def wrong(said: list[AnyRecord], seed: int) -> tuple[int, int]:
    """Hams charged to who did not take one, and hams given away."""
    took = {each.party: each.took for each in visitors(seed)}
    receipts = [record for record in said if isinstance(record, Receipt)]
    assert len(receipts) == PARTIES
    over = sum(bool(receipt.lines) and not took[receipt.party] for receipt in receipts)
    return over, sum(not receipt.lines and took[receipt.party] for receipt in receipts)


@pytest.mark.slow
def test_two_reviewers_settle_sixty_doubtful_receipts_in_time_and_mostly_right() -> None:
    seed, habits = 4, Habits(reviewers=2, accuracy=ACCURACY)
    said = busy_hour(seed, habits)
    left = {each.party: each.left for each in visitors(seed)}
    waits = [(each.envelope.arrived - left[each.party]) / SECOND for each in said if isinstance(each, Receipt)]
    assert max(waits) < 59
    outcomes = [each.outcome for each in said if isinstance(each, QuestionClosed)]
    assert len(outcomes) == PARTIES
    assert outcomes.count("answered") >= 0.9 * PARTIES
    over, given_away = wrong(said, seed)
    without = wrong(busy_hour(seed, habits, review="none", charge_threshold=0.75), seed)
    assert without[1] > 30
    assert over <= 5
    assert given_away <= 5


@pytest.mark.slow
def test_one_reviewer_who_is_too_slow_for_the_queue_leaves_receipts_to_the_shoppers_favour_but_never_late() -> None:
    seed, habits = 4, Habits(reviewers=1, accuracy=1.0, cannot_tell=0.0, seconds=40.0)
    said = busy_hour(seed, habits)
    left = {each.party: each.left for each in visitors(seed)}
    assert max((each.envelope.arrived - left[each.party]) / SECOND for each in said if isinstance(each, Receipt)) < 59
    outcomes = [each.outcome for each in said if isinstance(each, QuestionClosed)]
    assert outcomes.count("expired") > 10
    over, given_away = wrong(said, seed)
    assert over == 0
    assert given_away > 5


@pytest.mark.slow
def test_the_same_seed_gives_the_same_hour() -> None:
    habits = Habits()
    assert digest(busy_hour(5, habits)) == digest(busy_hour(5, habits))
