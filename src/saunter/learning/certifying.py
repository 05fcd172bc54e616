"""What random audits alone can show about wrong charges. Verdicts and disputes are selected, audits are a sample."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from scipy.special import betaincinv, betaln

from saunter.records import Question, QuestionClosed

#: How often a bound may be wrong: one in twenty, the usual 95 %.
ALPHA: Final = 0.05
#: Where the confidence sequence is sharpest: its mixture over rates is Beta(1/2, 100), which has its middle near 1 in 440. Any
#: mixture gives a valid bound; this one wastes least on shops that are worth certifying.
MIXTURE: Final = (0.5, 100.0)
#: Halvings of the interval in which a bound is looked for: to 1e-12, far finer than any number of audits can tell.
_HALVINGS: Final = 40
#: Audits beyond which nobody is told to wait: a million audits at 2 per 1,000 sales are half a billion sales.
NEEDED_MAX: Final = 1_000_000


def clopper_pearson_upper(errors: int, audits: int, alpha: float = ALPHA) -> float:
    """The exact upper bound on a rate after a number of audits fixed beforehand (Clopper and Pearson 1934): the rate at which
    so few errors would be seen with probability alpha. 1 when there were no audits."""
    _check(errors, audits)
    return 1.0 if errors == audits else float(betaincinv(errors + 1, audits - errors, 1.0 - alpha))


def anytime_upper(errors: int, audits: int, alpha: float = ALPHA) -> float:
    """An upper bound that may be looked at after every audit: with probability 1 - alpha it is never below the true rate.

    A confidence sequence by the method of mixtures (Robbins 1970): under the true rate p the likelihood of the audits mixed
    over `MIXTURE`, divided by their likelihood under p, is a martingale that begins at 1; it ever reaches 1 / alpha with
    probability alpha at most (Ville 1939). The bound is the largest p that it has not spoken against.
    """
    _check(errors, audits)
    low, high = errors / audits if audits else 1.0, 1.0
    mixed = betaln(errors + MIXTURE[0], audits - errors + MIXTURE[1]) - betaln(*MIXTURE)
    for _ in range(_HALVINGS if errors < audits else 0):
        middle = (low + high) / 2
        if mixed - _log_likelihood(errors, audits, middle) < -math.log(alpha):
            low = middle
        else:
            high = middle
    return high


def _log_likelihood(errors: int, audits: int, rate: float) -> float:
    hit = errors * math.log(rate) if errors else 0.0
    missed = (audits - errors) * math.log1p(-rate) if rate < 1.0 else -math.inf
    return hit + missed


def _check(errors: int, audits: int) -> None:
    if not 0 <= errors <= audits:
        raise ValueError(f"{errors} errors in {audits} audits cannot be")


@dataclass(frozen=True, slots=True)
class AuditTally:
    """What random audits found: receipts looked at, those on which something was not taken, those that missed something,
    and those that nobody could tell."""

    audits: int = 0
    overcharged: int = 0
    missing: int = 0
    untold: int = 0

    def __add__(self, other: AuditTally) -> AuditTally:
        """What both found together."""
        return AuditTally(
            self.audits + other.audits,
            self.overcharged + other.overcharged,
            self.missing + other.missing,
            self.untold + other.untold,
        )

    @property
    def told(self) -> int:
        """The audits that say something."""
        return self.audits - self.untold


def tally(questions: Iterable[Question], closings: Iterable[QuestionClosed]) -> AuditTally:
    """The tally of audits from what the review room said. An answer that came late counts as well as one in time: nothing
    waited for it. An audit that is still open counts for nothing, and of two answers the first."""
    asked = {question.id: question for question in questions if question.purpose == "audit" and not question.again}
    found: dict[str, str] = {}
    for closed in closings:
        if closed.question in asked and found.get(closed.question, "") == "":
            choices = asked[closed.question].choices
            found[closed.question] = choices[closed.choice - 1].action if closed.choice else ""
    kinds = list(found.values())
    over = kinds.count("too much") + kinds.count("both")
    return AuditTally(len(kinds), over, kinds.count("missing") + kinds.count("both"), kinds.count(""))


@dataclass(frozen=True, slots=True)
class Certificate:
    """What can be said of the share of receipts that charge something not taken. `upper` bounds it with confidence 1 - alpha,
    however often one looks; `lowest` is the bound that as many audits without any error would show; `needed` is how many
    audits without an error certify `bound` (0: more than a million)."""

    state: Literal["certified", "not yet certified"]
    bound: float
    upper: float
    lowest: float
    needed: int
    audits: AuditTally

    def __str__(self) -> str:
        if not self.audits.told:
            return f"not yet certified: no audit has told anything yet; {self.needed or 'over a million'} clean ones would do"
        seen = f"{self.audits.overcharged} overcharged of {self.audits.told} audited receipts"
        if self.audits.untold:
            seen += f", {self.audits.untold} more could not be told"
        if self.state == "certified":
            return f"certified: at most {self.bound:g} of receipts overcharge ({seen}, bound {self.upper:.2g})"
        return (
            f"not yet certified: {seen} bound the rate by {self.upper:.2g}, not {self.bound:g}; "
            f"the lowest rate that {self.audits.told} audits can show is {self.lowest:.2g}"
        )


def certificate(audits: AuditTally, bound: float, alpha: float = ALPHA) -> Certificate:
    """Whether random audits alone show that at most `bound` of the receipts overcharge; ValueError if that is no share.

    Audits that nobody could tell are left out and counted in the text: the certificate speaks of receipts that can be told.
    """
    if not 0.0 < bound < 1.0:
        raise ValueError(f"a bound lies between 0 and 1, {bound!r} does not")
    upper = anytime_upper(audits.overcharged, audits.told, alpha)
    lowest = anytime_upper(0, audits.told, alpha)
    state: Literal["certified", "not yet certified"] = "certified" if upper <= bound else "not yet certified"
    return Certificate(state, bound, upper, lowest, _needed(bound, alpha), audits)


def _needed(bound: float, alpha: float) -> int:
    """The fewest audits without an error that show the bound; 0 when a million do not."""
    low, high = 0, NEEDED_MAX
    if anytime_upper(0, high, alpha) > bound:
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if anytime_upper(0, middle, alpha) <= bound else (middle, high)
    return high
