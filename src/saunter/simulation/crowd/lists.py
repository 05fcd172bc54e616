"""What shoppers want: how many pieces, which products, how many of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from saunter.plan import Plan
from saunter.simulation.crowd import numbers
from saunter.simulation.gestures import Dice

#: The number of pieces on a list is this log-normal, rounded, at least 1, at most PIECES_MAX: mean 4.4, median 3, 95th
#: percentile 11, as the issue states for such shops; few basket sizes of real shops differ much in shape.
PIECES_MEDIAN: Final = 3.3
PIECES_LOG_SD: Final = 0.75
PIECES_MAX: Final = 25


@dataclass(frozen=True, slots=True)
class Line:
    """So many pieces of a product are wanted."""

    sku: str
    pieces: int


def list_size(dice: Dice) -> int:
    """How many pieces a party comes for."""
    return max(1, min(PIECES_MAX, round(PIECES_MEDIAN * math.exp(PIECES_LOG_SD * float(dice.standard_normal())))))


class Tastes:
    """How popular every product of a plan with a place on a shelf is."""

    def __init__(self, plan: Plan, dice: Dice) -> None:
        self.skus = tuple(dict.fromkeys(facing.sku for facing in plan.facings))
        ranks = dice.permutation(len(self.skus)) + 1.0
        self.chances = ranks**-numbers.POPULARITY_POWER / np.sum(ranks**-numbers.POPULARITY_POWER)

    def one(self, dice: Dice) -> str:
        """Something somebody may fancy."""
        return self.skus[int(dice.choice(len(self.skus), p=self.chances))]

    def list_for(self, dice: Dice) -> list[Line]:
        """A party's list."""
        left, lines = list_size(dice), list[Line]()
        while left > 0:
            pieces = min(left, 1 + int(dice.choice(len(numbers.LINE_PIECES), p=numbers.LINE_PIECES)))
            lines.append(Line(self.one(dice), pieces))
            left -= pieces
        return lines
