"""The whole result of a suite, for machines and for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from saunter.apps.accuracy.figures import Figures, figures_of
from saunter.apps.accuracy.ideas import Ideas
from saunter.apps.accuracy.playing import SAUNTER, TrialResult
from saunter.apps.accuracy.worst import worst_lines, worst_table, worst_visits
from saunter.apps.calibration_file import FittedCalibration
from saunter.apps.machine import Machine
from saunter.base.errors import InputProblems, Problem
from saunter.learning import AuditTally, certificate

#: Suites whose trials are labelled cases.
BY_CASE: Final = ("nanostore",)
#: The columns of the table for people: title, name of the figure, decimals.
_COLUMNS: Final = (
    ("exact", "exact_receipts", 4),
    ("precision", "precision", 4),
    ("recall", "recall", 4),
    ("unit F1", "unit_f1", 4),
    ("reviews", "reviews_per_1000", 1),
    ("over", "overcharge_per_1000", 2),
    ("under", "undercharge_per_1000", 2),
    ("p99 s", "time_to_receipt_p99_s", 1),
    ("calibration", "calibration_error", 4),
)


class Measured(msgspec.Struct, frozen=True):
    """What stands beside the figures: how much was played, by which ideas and calibration, and on what machine and commit.

    `crashes` names the trials that a fault of the shop cut short; every visit open then counts as never settled.
    """

    trials: int
    seeds: int
    shop_seconds: float
    without: tuple[str, ...]
    calibration: FittedCalibration | None
    crashes: tuple[str, ...]
    machine: Machine


@dataclass(frozen=True)
class Setup:
    """How a suite was played: with which ideas, with which calibration (None: the belief taken at its word), and where."""

    ideas: Ideas
    calibration: FittedCalibration | None
    machine: Machine


class SuiteFigures(msgspec.Struct, frozen=True):
    """Saunter's figures beside those of simpler methods on the same signals."""

    saunter: Figures
    baselines: dict[str, Figures]


def suite_figures(suite: str, results: Sequence[TrialResult], setup: Setup, worst: int) -> SuiteFigures:
    """All figures of a suite, with so many of Saunter's worst visits; raises InputProblems when a trial could not be played."""
    all_played(results)
    names = [name for name in results[0].methods if name != SAUNTER] if results else []
    by_case = suite in BY_CASE
    ours = msgspec.structs.replace(
        figures_of(results, SAUNTER, by_case),
        measured=measured_of(results, setup),
        certificate=certified(results),
        worst=worst_visits(((result.trial, result.methods[SAUNTER]) for result in results), worst),
    )
    return SuiteFigures(ours, {name: figures_of(results, name, by_case) for name in names})


def certified(results: Sequence[TrialResult]) -> str:
    """What the audits of all trials together show of overcharging, against the strictest bound of their shops."""
    bounds = [result.overcharge_bound for result in results if result.overcharge_bound < 1.0]
    return str(certificate(sum((result.audits for result in results), AuditTally()), min(bounds))) if bounds else ""


def all_played(results: Sequence[TrialResult]) -> None:
    """Raises InputProblems with every reason why a trial could not be played."""
    texts = dict.fromkeys(text for result in results for text in result.problems)
    if texts:
        raise InputProblems([Problem("bench accuracy", 0, text) for text in texts])


def measured_of(results: Sequence[TrialResult], setup: Setup) -> Measured:
    """How much was played, by which ideas, and on what."""
    seeds = len({result.trial.seed for result in results})
    shop_s = round(sum(result.shop_s for result in results), 1)
    return Measured(len(results), seeds, shop_s, setup.ideas.without, setup.calibration, crashes_of(results), setup.machine)


def crashes_of(results: Sequence[TrialResult]) -> tuple[str, ...]:
    """The trials that a fault of the shop cut short, each with the fault."""
    return tuple(f"{_named(result)}: {result.crash}" for result in results if result.crash)


def _named(result: TrialResult) -> str:
    return f"{result.trial.name}, seed {result.trial.seed}, part {result.trial.part}"


def suite_lines(suite: str, figures: SuiteFigures, worst_as_table: bool = False) -> list[str]:
    """The figures for people: a table of methods, the intervals of Saunter's, and cases and worst visits where there are any."""
    methods = {"saunter": figures.saunter, **figures.baselines}
    rows = [f"{suite}: {figures.saunter.visits} visits with something true or charged", _head()]
    rows += [_row(name, each) for name, each in methods.items()]
    measured = figures.saunter.measured
    rows += [f"The shop crashed: {crash}" for crash in measured.crashes] if isinstance(measured, Measured) else []
    rows += ["", "95 % intervals of saunter's:"]
    rows += [f"  {name} {_shown(figures.saunter, name)}" for name in figures.saunter.intervals]
    if figures.saunter.believed is not None:
        rows.append(f"  before calibration the calibration error was {figures.saunter.believed.error:.4f}")
    rows += ["", f"Overcharging, by random audits alone: {figures.saunter.certificate}"]
    rows += _case_rows(methods)
    worst = worst_table(figures.saunter.worst) if worst_as_table else worst_lines(figures.saunter.worst)
    return [*rows, "", *worst] if figures.saunter.worst else rows


def _head() -> str:
    return f"{'':<20}" + "".join(f"{title:>12}" for title, _, _ in _COLUMNS)


def _row(name: str, figures: Figures) -> str:
    return f"{name:<20}" + "".join(f"{getattr(figures, column):>12.{places}f}" for _, column, places in _COLUMNS)


def _shown(figures: Figures, name: str) -> str:
    low, high = figures.intervals[name]
    return f"{getattr(figures, name):.4f} ({low:.4f} to {high:.4f})"


def _case_rows(methods: Mapping[str, Figures]) -> list[str]:
    if methods["saunter"].cases is None:
        return []
    rows = ["", f"{'mean unit F1':<20}" + "".join(f"{name:>20}" for name in methods)]
    for key in ("mean_unit_f1", "mean_unit_f1_without_team_p_2"):
        title = {"mean_unit_f1": "all cases"}.get(key, "without TEAM-P-2")
        rows.append(f"{title:<20}" + "".join(f"{getattr(each, key):>20.4f}" for each in methods.values()))
    cases = zip(*(each.cases or () for each in methods.values()), strict=True)
    return rows + [f"{group[0].case:<20}" + "".join(f"{case.unit_f1:>20.4f}" for case in group) for group in cases]
