"""What a doubtful bill is expected to lose, in minor units, and what a look at it costs. Expectations, not money: floats."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from saunter.base.money import exponent
from saunter.base.time import to_seconds
from saunter.plan.types import Plan
from saunter.records import Answer, CartLine, Doubt
from saunter.settlement.rules import most

#: Answers that a reviewer can be shown: keys 1 to 8; key 9 is "none of these", key 0 "cannot tell".
CHOICES_MAX: Final = 8
_HOUR_S: Final = 3600.0

Lines = Mapping[str, CartLine]


@dataclass(frozen=True, slots=True)
class Costs:
    """What the store loses by what. `prices` by product, `second` of a reviewer and what a `question` costs beside these
    seconds are in minor units of the shop's currency.

    A piece charged to somebody who did not take it costs `overcharge` times its price, one given away its price. Pieces are
    charged from `threshold` on: the store's own, or where charging becomes the cheaper of the two, whichever is higher.
    """

    prices: Mapping[str, int]
    overcharge: float
    threshold: float
    second: float
    question: float
    look_seconds: float

    def loss(self, lines: Lines) -> float:
        """The expected loss of charging and dropping these lines as the threshold says."""
        return math.fsum(self._line_loss(line) for line in lines.values())

    def _line_loss(self, line: CartLine) -> float:
        charged = most(line, self.threshold)
        over = math.fsum(1.0 - chance for chance in line.at_least[:charged])
        return self.prices[line.sku] * (self.overcharge * over + math.fsum(line.at_least[charged:]))

    def seconds(self, doubt: Doubt) -> float:
        """How long a reviewer is expected to be busy with a question: watching what happened, then answering."""
        return self.look_seconds + to_seconds(doubt.settled - doubt.started)

    def asking(self, seconds: float) -> float:
        """The whole cost of a question that keeps a reviewer busy for so many seconds."""
        return self.question + self.second * seconds

    def removed(self, lines: Lines, doubt: Doubt) -> float:
        """The expected value of knowing the answer: loss(now) - sum of p(answer) loss(lines if it was so).

        Exact for the answers given. Those that do not fit on the keys share one: knowing that it was none of the others.
        """
        shown, rest = doubt.answers[:CHOICES_MAX], doubt.answers[CHOICES_MAX:]
        cases = [(answer.probability, changed(lines, answer)) for answer in shown]
        if rest:
            cases.append((math.fsum(answer.probability for answer in rest), mixed(lines, rest)))
        total = math.fsum(chance for chance, _ in cases)
        return self.loss(lines) - math.fsum(chance * self.loss(after) for chance, after in cases) / total


def costs_of(plan: Plan) -> Costs:
    """The costs that a plan's policies state."""
    policies = plan.policies
    minor = exponent(plan.currency)
    return Costs(
        prices={sku: product.price.minor for sku, product in plan.products.items()},
        overcharge=policies.overcharge_cost,
        threshold=max(policies.charge_threshold, policies.overcharge_cost / (1 + policies.overcharge_cost)),
        second=float(Decimal(policies.reviewer_cost_per_hour).scaleb(minor)) / _HOUR_S,
        question=float(Decimal(policies.question_cost).scaleb(minor)),
        look_seconds=policies.question_seconds,
    )


def by_sku(lines: Iterable[CartLine]) -> dict[str, CartLine]:
    """Lines by their product."""
    return {line.sku: line for line in lines}


def changed(lines: Lines, answer: Answer) -> Lines:
    """The cart if it was as this answer says."""
    return {**lines, **by_sku(answer.lines)}


def mixed(lines: Lines, answers: Iterable[Answer]) -> Lines:
    """The cart if it was one of several answers, nobody knows which: chances of pieces weighted by the answers' own."""
    cases = [(answer.probability, changed(lines, answer)) for answer in answers]
    total = math.fsum(chance for chance, _ in cases) or 1.0
    found: dict[str, CartLine] = {}
    for sku in dict.fromkeys(sku for _, case in cases for sku in case):
        rows = [(chance / total, case[sku].at_least) for chance, case in cases if sku in case]
        pieces = max(len(row) for _, row in rows)
        at_least = [math.fsum(chance * row[k] for chance, row in rows if k < len(row)) for k in range(pieces)]
        found[sku] = CartLine(sku=sku, at_least=tuple(at_least), because=())
    return found
