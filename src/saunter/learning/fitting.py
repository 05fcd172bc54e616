"""Fitting what the belief's sureness is worth: Platt's logistic map in log-odds, kept near the identity by a stated prior."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from saunter.base.calibration import Calibration, log_odds
from saunter.learning.labels import Label

#: Slope and offset are kept to so many decimals: finer than any number of labels can tell, and equal on every machine.
FIT_DECIMALS: Final = 4
#: Whoever answers is wrong this often, as the belief takes it too (`attribution`'s REVIEWER_ERROR). Without it, slips about
#: lines that are sure would be blamed on the belief.
ANSWER_ERROR: Final = 0.02

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prior:
    """How far from the identity a calibration is thought to be before any label: normal, in log(slope) and in offset (nats).

    A belief made of likelihoods is taken to be about right: two times in three its log-odds are within a quarter of what
    they should be, and shifted by less than half a nat. Stated, not fitted: so few labels change little.
    """

    log_slope_sd: float = 0.25
    offset_sd: float = 0.5


def fitted(labels: Iterable[Label], prior: Prior | None = None, answer_error: float = ANSWER_ERROR) -> Calibration:
    """The most probable calibration given labels and prior; without labels the identity.

    Maximises sum log P(label) - (log slope)^2 / 2 sd^2 - offset^2 / 2 sd^2, where a label of several things has P(all true) as
    the product q of theirs, and is the wrong way round with probability e = `answer_error`: P(label true) = e + (1 - 2e) q
    (Platt 1999, with groups, slips and a prior).
    """
    labels = [label for label in labels if label.said]
    if not labels:
        return Calibration()
    flat = np.array([log_odds(said) for label in labels for said in label.said])
    starts = np.cumsum([0, *(len(label.said) for label in labels[:-1])])
    so = np.array([label.all_true for label in labels])
    sds = np.array([(prior or Prior()).log_slope_sd, (prior or Prior()).offset_sd])
    best = minimize(_surprise, np.zeros(2), args=(flat, starts, so, sds, answer_error), method="L-BFGS-B", jac=True).x
    return Calibration(round(math.exp(best[0]), FIT_DECIMALS), round(float(best[1]), FIT_DECIMALS) + 0.0)


def _surprise(
    values: Array, flat: Array, starts: NDArray[np.intp], so: NDArray[np.bool_], sds: Array, slips: float
) -> tuple[float, Array]:
    """Negative log posterior of (log slope, offset) and its gradient. `flat` are the log-odds said, label after label."""
    slope, offset = math.exp(values[0]), values[1]
    odds = slope * flat + offset
    log_true = np.add.reduceat(-np.logaddexp(0.0, -odds), starts)
    each = 1.0 / (1.0 + np.exp(np.clip(odds, -700.0, 700.0)))
    by_slope = np.add.reduceat(each * slope * flat, starts)
    by_offset = np.add.reduceat(each, starts)
    chance = np.maximum(slips + (1.0 - 2.0 * slips) * np.where(so, np.exp(log_true), -np.expm1(log_true)), 1e-300)
    weight = np.where(so, 1.0, -1.0) * (1.0 - 2.0 * slips) * np.exp(log_true) / chance
    surprise = -float(np.sum(np.log(chance))) + 0.5 * float(np.sum((values / sds) ** 2))
    gradient = -np.array([np.sum(weight * by_slope), np.sum(weight * by_offset)]) + values / sds**2
    return surprise, gradient
