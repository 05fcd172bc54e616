"""What a whole shop's answers teach: told by its own records alone, held against what was said when somebody was asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from tests.review.test_review import place, receipt, verdict
from tests.settlement.beliefs import NOON, Did, World, cart, closed, shop

from saunter.apps.bench_rates import calibration as calibration_error
from saunter.base.calibration import IDENTITY, Calibration, log_odds, logistic
from saunter.base.randomness import generator
from saunter.base.time import SECOND
from saunter.learning import Label, Labels, fitted, labels_in
from saunter.records import AnyRecord, Cart, Question, Settlement, TrueReceipt
from saunter.review import ReviewEngine
from saunter.settlement import SettlementEngine, calibrated

HAM, OTHERS_HAM = Did("p1", "ham", 1), Did("p2", "ham", 1)


def numbered(record: Any, n: int) -> Any:
    """The same record with another place in its stream, so that ids of many visits differ."""
    return msgspec.structs.replace(record, envelope=msgspec.structs.replace(record.envelope, sequence=n))


def ham(sure: float, visit: str = "visit-p1", n: int = 0) -> Cart:
    """A final cart with a ham that p1 has with this probability, else p2."""
    made = cart([World(sure, {"i:0": HAM}), World(1.0 - sure, {"i:0": OTHERS_HAM})], n=n)
    doubts = tuple(msgspec.structs.replace(doubt, interaction=f"i:{visit}") for doubt in made.doubts)
    return msgspec.structs.replace(made, visit=visit, doubts=doubts)


def question(about: Cart) -> Question:
    engine = SettlementEngine(shop())
    engine.receive(about)
    (asked,) = engine.advance(NOON)
    assert isinstance(asked, Question)
    return asked


def test_an_answer_is_held_against_the_cart_for_which_it_was_asked_not_a_later_one() -> None:
    early, late = ham(0.6), ham(0.9, n=1)
    asked = question(early)
    news = closed(asked.id, "i:visit-p1")
    assert labels_in([early, asked, late, news]) == Labels(verdicts=(Label((0.6,), True),))


def test_of_two_answers_the_first_that_teaches_counts() -> None:
    made = ham(0.6)
    asked = question(made)
    expired, late = (closed(asked.id, "i:visit-p1", outcome, n=n) for n, outcome in enumerate(("expired", "late")))
    assert len(labels_in([made, asked, expired, late]).verdicts) == 1
    another = msgspec.structs.replace(late, choice=2)
    assert labels_in([made, asked, late, another]) == labels_in([made, asked, late])
    assert labels_in([made, asked, another, late]) == labels_in([made, asked, another])
    assert labels_in([made, asked, another]).verdicts == (Label((0.6,), False),)


def test_the_truth_teaches_nothing_and_neither_does_an_answer_to_nothing() -> None:
    truth = TrueReceipt(envelope=place("truth/receipts", 0), visit="visit-p1", party="p1", lines=())
    assert labels_in([truth, ham(0.6), closed("settlement/questions:7", "i:0")]) == Labels()
    assert labels_in([question(ham(0.6)), closed("settlement/questions:0", "i:visit-p1")]) == Labels()


def test_a_line_that_every_answer_leaves_sure_does_not_vouch_for_itself() -> None:
    water = Did("p1", "water", 1)
    worlds = [
        World(0.59, {"i:0": HAM, "i:1": water}), World(0.01, {"i:0": HAM}),
        World(0.37, {"i:0": OTHERS_HAM, "i:1": water}), World(0.03, {"i:0": OTHERS_HAM}),
    ]  # fmt: skip
    made = cart(worlds)
    about = next(doubt for doubt in made.doubts if doubt.interaction == "i:0")
    assert {line.sku for line in about.answers[0].lines} == {"ham", "water"}
    asked = msgspec.structs.replace(question(ham(0.6)), interaction="i:0")
    found = labels_in([made, asked, closed(asked.id, "i:0")])
    assert [label.all_true for label in found.verdicts] == [True]
    assert found.verdicts[0].said == (pytest.approx(0.6),)


# -- a shop that boasts ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """What a shop said in a day, and what was so: each cart's ham said with a probability, and whether p1 had it."""

    said: tuple[AnyRecord, ...]
    carts: tuple[Cart, ...]
    so: tuple[bool, ...]

    def error(self, calibration: Calibration) -> float:
        hams = [calibrated(each, calibration).lines[0].at_least[0] for each in self.carts]
        return calibration_error(hams, self.so).error


def a_day(seed: int, boast: float, visits: int = 1200) -> Day:
    """Visits with a ham each, in a shop whose log-odds are `boast` times what they should be; it asks, and audits half.

    Who answers is wrong once in fifty.
    """
    dice = generator(seed, "a day of hams")
    said, carts, so = list[AnyRecord](), list[Cart](), list[bool]()
    for number in range(visits):
        true = logistic(float(dice.normal(1.5, 1.2)))
        has, slips = dice.random() < true, dice.random() < 0.02
        made = ham(logistic(boast * log_odds(true)), f"visit-{number}", number)
        said += a_visit(made, 1 if has != slips else 2, number)
        carts.append(made)
        so.append(bool(has))
    return Day(tuple(said), tuple(carts), tuple(so))


def a_visit(made: Cart, right: int, number: int) -> list[AnyRecord]:
    """A visit from its final cart to its last answer; `right` is 1 if p1 has the ham and 2 if p2."""
    settlement, review = SettlementEngine(shop(question_cost="1.00")), ReviewEngine(shop(audit_share=0.5))
    settlement.receive(made)
    (said,) = settlement.advance(NOON)
    if isinstance(said, Question):
        (doubt,) = made.doubts
        choice = 1 + [answer.party for answer in doubt.answers].index(f"p{right}")
        return [made, *answered(review, numbered(said, number), choice)]
    assert isinstance(said, Settlement)
    charges = [(each.sku, each.probability) for each in said.decisions if each.action == "charge"]
    bill = numbered(receipt(made.visit, "p1", *charges), number)
    review.receive(bill)
    audits = [numbered(each, number) for each in review.advance(NOON) if isinstance(each, Question)]
    return [made, bill, *(record for audit in audits for record in answered(ReviewEngine(shop()), audit, right))]


def answered(review: ReviewEngine, asked: Question, choice: int) -> list[AnyRecord]:
    review.receive(asked)
    review.receive(verdict(choice, to=asked.id))
    return [asked, *review.advance(NOON + 6 * SECOND)]


@pytest.mark.slow
def test_a_shop_that_boasts_learns_from_its_answers_alone_to_say_less_on_other_days() -> None:
    labels = labels_in(a_day(1, boast=2.0).said)
    assert min(len(labels.verdicts), len(labels.audits)) > 100
    learned = fitted(labels.together)
    assert learned.slope < 0.75
    other = a_day(2, boast=2.0, visits=4000)
    assert other.error(IDENTITY) > 0.05
    assert other.error(learned) < other.error(IDENTITY) / 2


@pytest.mark.slow
def test_a_shop_that_keeps_its_word_goes_on_saying_about_the_same() -> None:
    learned = fitted(labels_in(a_day(3, boast=1.0).said).together)
    assert math.log(learned.slope) == pytest.approx(0.0, abs=0.15)
    assert learned.offset == pytest.approx(0.0, abs=0.25)
