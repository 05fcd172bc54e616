"""The figures of one method over a suite (DESIGN 10), each with its 95 % interval. Pure functions over outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np

from saunter.apps.accuracy.intervals import (
    Floats,
    Interval,
    bootstrap,
    ends,
    quantile,
    quantile_interval,
    ratio,
    weights_of,
)
from saunter.apps.accuracy.outcomes import MethodOutcome, VisitOutcome
from saunter.apps.accuracy.playing import TrialResult
from saunter.apps.accuracy.worst import WorstVisit
from saunter.apps.bench_rates import BINS, Bin, Calibration, Rate, calibration, f1_rate, wilson

#: The case in which a whole gondola was mapped wrongly: figures are given with and without it.
MISMAPPED: Final = "TEAM-P-2"
_DECIMALS: Final = 6


class CaseFigures(msgspec.Struct, frozen=True):
    """A labelled case over all its worlds: mean unit F1, exact receipts, and pieces."""

    case: str
    unit_f1: float
    exact_receipts: float
    visits: int
    right: int
    wrong: int
    missed: int


class BehaviourFigures(msgspec.Struct, frozen=True):
    """How often the line behind a kind of action came out wrong on its party's receipt."""

    behaviour: str
    actions: int
    wrong: float
    interval: Interval


class Figures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One method's figures; `intervals` has the two ends for each of them by the same name.

    `believed` is the calibration of the same lines before they were calibrated, where they were.
    """

    visits: int
    exact_receipts: float
    precision: float
    recall: float
    unit_f1: float
    reviews_per_1000: float
    touches_per_1000: float
    overcharge_per_1000: float
    undercharge_per_1000: float
    time_to_receipt_median_s: float
    time_to_receipt_p99_s: float
    calibration_error: float
    intervals: dict[str, Interval]
    late_visits: int
    lines: int
    calibration_bins: tuple[Bin, ...] = ()
    believed: Calibration | None = None
    behaviours: tuple[BehaviourFigures, ...] = ()
    mean_unit_f1: float | None = None
    mean_unit_f1_without_team_p_2: float | None = None
    cases: tuple[CaseFigures, ...] | None = None
    worst: tuple[WorstVisit, ...] = ()
    certificate: str = ""
    measured: object = None


def figures_of(results: Sequence[TrialResult], method: str, by_case: bool) -> Figures:
    """All figures of one method over the trials of a suite; `by_case`: labelled cases, whose mean unit F1 is told as well."""
    outcomes = [result.methods[method] for result in results]
    visits = [visit for outcome in outcomes for visit in outcome.visits]
    weights = weights_of(len(visits))
    found = _Builder(visits, weights)
    pooled = found.figures(tuple(_behaviours(outcomes)))
    return _with_cases(pooled, results, method) if by_case else pooled


class _Builder:
    """Works out figures and intervals over the same visits and the same resamples of them."""

    def __init__(self, visits: Sequence[VisitOutcome], weights: Floats) -> None:
        self._visits, self._weights = visits, weights
        self.intervals: dict[str, Interval] = {}

    def figures(self, behaviours: tuple[BehaviourFigures, ...]) -> Figures:
        """Everything but the cases."""
        visits, waits, bins = self._visits, self._column("to_receipt_s"), _calibration(self._visits)
        right, wrong, missed = (sum(self._column(name)) for name in ("right", "wrong", "missed"))
        return Figures(
            visits=len(visits),
            exact_receipts=self._rate("exact_receipts", wilson(sum(visit.exact for visit in visits), len(visits))),
            precision=self._rate("precision", wilson(int(right), int(right + wrong))),
            recall=self._rate("recall", wilson(int(right), int(right + missed))),
            unit_f1=self._unit_f1(int(right), int(wrong), int(missed)),
            reviews_per_1000=self._per_1000("reviews_per_1000", self._column("questions")),
            touches_per_1000=self._per_1000("touches_per_1000", [v.questions + v.by_hand for v in visits]),
            overcharge_per_1000=self._money("overcharge_per_1000", "over_minor"),
            undercharge_per_1000=self._money("undercharge_per_1000", "under_minor"),
            time_to_receipt_median_s=self._wait("time_to_receipt_median_s", waits, 0.5),
            time_to_receipt_p99_s=self._wait("time_to_receipt_p99_s", waits, 0.99),
            calibration_error=self._calibration_error(bins.error),
            intervals=self.intervals,
            late_visits=sum(visit.late for visit in visits),
            lines=bins.lines,
            calibration_bins=bins.bins,
            believed=_believed(visits),
            behaviours=behaviours,
        )

    def _calibration_error(self, error: float) -> float:
        self.intervals["calibration_error"] = calibration_interval(self._visits, self._weights)
        return error

    def _column(self, name: str) -> list[float]:
        return [getattr(visit, name) for visit in self._visits]

    def _rate(self, name: str, rate: Rate) -> float:
        self.intervals[name] = (rate.low, rate.high)
        return rate.fraction

    def _unit_f1(self, right: int, wrong: int, missed: int) -> float:
        columns = [self._column(name) for name in ("right", "wrong", "missed")]
        self.intervals["unit_f1"] = bootstrap(
            columns, lambda sums: ratio(2 * sums[0], 2 * sums[0] + sums[1] + sums[2], 1.0), self._weights
        )
        return f1_rate(right, right + wrong, right + missed).fraction

    def _per_1000(self, name: str, counts: Sequence[float]) -> float:
        visits = len(self._visits)
        self.intervals[name] = bootstrap([counts], lambda sums: 1000 * sums[0] / visits, self._weights)
        return round(1000 * sum(counts) / visits, 3) if visits else 0.0

    def _money(self, name: str, column: str) -> float:
        part, whole = self._column(column), self._column("true_minor")
        self.intervals[name] = bootstrap([part, whole], lambda sums: ratio(1000 * sums[0], sums[1], 0.0), self._weights)
        return round(1000 * sum(part) / sum(whole), 3) if sum(whole) else 0.0

    def _wait(self, name: str, waits: Sequence[float], share: float) -> float:
        self.intervals[name] = quantile_interval(waits, share)
        return quantile(waits, share)


def _calibration(visits: Sequence[VisitOutcome]) -> Calibration:
    words = [word for visit in visits for word in visit.words]
    return calibration([word.said for word in words], [word.so for word in words])


def _believed(visits: Sequence[VisitOutcome]) -> Calibration | None:
    """How well the belief itself kept its word; None where nothing was calibrated."""
    words = [(word.believed, word.so) for visit in visits for word in visit.words if word.believed is not None]
    return calibration([said for said, _ in words], [so for _, so in words]) if words else None


def calibration_interval(visits: Sequence[VisitOutcome], weights: Floats) -> Interval:
    """The bootstrap interval of the calibration error: visits are drawn, their lines come along, bins are made anew."""
    words = [(word.said, word.so, number) for number, visit in enumerate(visits) for word in visit.words]
    if not words:
        return (0.0, 0.0)
    said, so, owner = (np.array(column) for column in zip(*sorted(words, key=lambda word: word[0]), strict=True))
    errors = [_weighted_error(said, so.astype(np.float64), row[owner.astype(np.intp)]) for row in weights]
    return ends(np.array(errors))


def _weighted_error(said: Floats, so: Floats, weight: Floats) -> float:
    """Expected calibration error of sorted lines with weights, in bins of equal mass (a line falls where its middle lies)."""
    total = float(weight.sum())
    if total == 0:
        return 0.0
    middle = (np.cumsum(weight) - weight / 2) / total
    place = np.minimum((middle * BINS).astype(np.intp), BINS - 1)
    gap = np.bincount(place, weights=weight * (said - so), minlength=BINS)
    return float(np.abs(gap).sum()) / total


def _behaviours(outcomes: Iterable[MethodOutcome]) -> Iterable[BehaviourFigures]:
    counts: dict[str, list[int]] = {}
    for action in (action for outcome in outcomes for action in outcome.actions):
        entry = counts.setdefault(action.behaviour, [0, 0])
        entry[0] += not action.right
        entry[1] += 1
    for behaviour, (wrong, actions) in sorted(counts.items()):
        rate = wilson(wrong, actions)
        yield BehaviourFigures(behaviour, actions, rate.fraction, (rate.low, rate.high))


def _with_cases(pooled: Figures, results: Sequence[TrialResult], method: str) -> Figures:
    by_case: dict[str, list[MethodOutcome]] = {}
    for result in results:
        by_case.setdefault(result.trial.name, []).append(result.methods[method])
    cases = tuple(_case(name, outcomes) for name, outcomes in by_case.items())
    rest = tuple(case for case in cases if case.case != MISMAPPED)
    means = {"mean_unit_f1": cases, "mean_unit_f1_without_team_p_2": rest}
    intervals = {name: _mean_interval([case.unit_f1 for case in chosen]) for name, chosen in means.items()}
    return msgspec.structs.replace(
        pooled,
        mean_unit_f1=_mean([case.unit_f1 for case in cases]),
        mean_unit_f1_without_team_p_2=_mean([case.unit_f1 for case in rest]),
        cases=cases,
        intervals={**pooled.intervals, **intervals},
    )


def _case(name: str, outcomes: Sequence[MethodOutcome]) -> CaseFigures:
    visits = [visit for outcome in outcomes for visit in outcome.visits]
    return CaseFigures(
        case=name,
        unit_f1=_mean([trial_f1(outcome) for outcome in outcomes]),
        exact_receipts=_mean([float(visit.exact) for visit in visits]),
        visits=len(visits),
        right=sum(visit.right for visit in visits),
        wrong=sum(visit.wrong for visit in visits),
        missed=sum(visit.missed for visit in visits),
    )


def trial_f1(outcome: MethodOutcome) -> float:
    """Unit F1 of one trial as the competition scored a case: 1 where nothing was true and nothing charged."""
    right = sum(visit.right for visit in outcome.visits)
    others = sum(visit.wrong + visit.missed for visit in outcome.visits)
    return 2 * right / (2 * right + others) if right + others else 1.0


def _mean_interval(values: Sequence[float]) -> Interval:
    """A bootstrap over cases: the worlds of one case are no independent witnesses."""
    return bootstrap([values], lambda sums: sums[0] / len(values), weights_of(len(values)))


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), _DECIMALS) if values else 1.0
