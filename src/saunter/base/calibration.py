"""What a probability said by the belief is worth: a monotone map that learning fits and settlement applies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from saunter.base.probability import DECIMALS, rounded

#: Probabilities are said with six decimals, so that 1 means anything from here on, and 0 as much the other way.
_EDGE: Final = 0.5 * 10**-DECIMALS


@dataclass(frozen=True, slots=True)
class Calibration:
    """`log-odds of the truth = slope x log-odds said + offset` (Platt's logistic map): a slope below one says that the
    belief is surer than it should be. Monotone for every slope above zero; the identity changes nothing, to the last bit."""

    slope: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and self.slope > 0 and math.isfinite(self.offset)):
            raise ValueError(f"a calibration needs a finite slope above 0 and a finite offset, not {self.slope}, {self.offset}")

    def of(self, said: float) -> float:
        """What a probability that was said is worth, rounded as probabilities are that leave a room."""
        if self.slope == 1.0 and self.offset == 0.0:
            return said
        return rounded(logistic(self.slope * log_odds(said) + self.offset))


def log_odds(probability: float) -> float:
    """Log-odds in nats; 0 and 1 stand for the nearest that six decimals cannot tell from them."""
    inside = min(1.0 - _EDGE, max(_EDGE, probability))
    return math.log(inside) - math.log1p(-inside)


def logistic(value: float) -> float:
    """The probability of log-odds, without overflow."""
    if value >= 0:
        return 1.0 / (1.0 + math.exp(-value))
    return math.exp(value) / (1.0 + math.exp(value))


IDENTITY: Final = Calibration()
