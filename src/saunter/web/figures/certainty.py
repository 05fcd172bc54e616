"""How sure a counted rate is: exact intervals, and a bound that may be looked at every day.

Written apart from `saunter.learning`, which pages may not reach into; a test compares the two.
"""

from __future__ import annotations

import math
from typing import Final

from scipy.special import betaincinv, betaln, gammaincinv

#: An interval misses the truth once in twenty, the usual 95 %.
ALPHA: Final = 0.05
#: The mixture of rates of the everyday bound: sharpest near 1 in 440, as in `saunter.learning.certifying`.
MIXTURE: Final = (0.5, 100.0)
#: Halvings in which the bound is looked for: to 1e-12.
_HALVINGS: Final = 40


def interval_of_share(part: int, whole: int) -> tuple[float, float]:
    """The exact 95 % interval of a share (Clopper and Pearson 1934); (0, 1) where nothing was counted."""
    if not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is no share")
    low = 0.0 if part == 0 else float(betaincinv(part, whole - part + 1, ALPHA / 2))
    high = 1.0 if part == whole else float(betaincinv(part + 1, whole - part, 1 - ALPHA / 2))
    return low, high


def interval_of_count(count: int) -> tuple[float, float]:
    """The exact 95 % interval of the mean behind a count of independent events (Garwood 1936)."""
    low = 0.0 if count == 0 else float(gammaincinv(count, ALPHA / 2))
    return low, float(gammaincinv(count + 1, 1 - ALPHA / 2))


def everyday_bound(errors: int, cases: int) -> float:
    """An upper bound on a rate that holds although people look after every case: with probability 95 % it is never below
    the truth (a confidence sequence by mixing, Robbins 1970; Ville 1939). 1 where nothing was counted."""
    low, high = errors / cases if cases else 1.0, 1.0
    mixed = betaln(errors + MIXTURE[0], cases - errors + MIXTURE[1]) - betaln(*MIXTURE)
    for _ in range(_HALVINGS if errors < cases else 0):
        middle = (low + high) / 2
        hit = errors * math.log(middle) if errors else 0.0
        missed = (cases - errors) * math.log1p(-middle) if middle < 1.0 else -math.inf
        if mixed - hit - missed < -math.log(ALPHA):
            low = middle
        else:
            high = middle
    return high
