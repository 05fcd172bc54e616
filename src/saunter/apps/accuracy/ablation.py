"""What each idea buys: the figures of the whole and of the whole without it, over the same visits. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from saunter.apps.accuracy.figures import Figures, figures_of
from saunter.apps.accuracy.ideas import Ideas
from saunter.apps.accuracy.intervals import Interval, bootstrap, weights_of
from saunter.apps.accuracy.playing import SAUNTER, TrialResult
from saunter.apps.accuracy.report import Setup, all_played, crashes_of, measured_of
from saunter.apps.machine import Machine

#: The columns of the table: title, name of the figure, decimals.
_COLUMNS: Final = (
    ("exact receipts", "exact_receipts", 3),
    ("precision", "precision", 3),
    ("recall", "recall", 3),
    ("unit F1", "unit_f1", 3),
    ("questions per 1,000", "reviews_per_1000", 0),
    ("overcharge per 1,000", "overcharge_per_1000", 1),
    ("calibration error", "calibration_error", 3),
)
#: Which trial, by its place in the run, and which party of it.
Visit = tuple[int, str]


class Paired(msgspec.Struct, frozen=True):
    """The same visits with and without an idea: how many became exact without it, and how many no longer are.

    `difference` is (gained - lost) / visits: below 0 the idea earns its keep. Its interval is a bootstrap over visits.
    """

    visits: int
    gained: int
    lost: int
    difference: float
    interval: Interval


class FiguresWithout(Figures, frozen=True, kw_only=True, omit_defaults=True):
    """The figures without an idea, and the difference of exact receipts, visit by visit."""

    paired: Paired
    crashes: tuple[str, ...] = ()


class Ablation(msgspec.Struct, frozen=True):
    """All ideas, and each of them switched off."""

    whole: Figures
    without: dict[str, FiguresWithout]


def ablation_of(
    whole: Sequence[TrialResult], without: Mapping[str, Sequence[TrialResult]], by_case: bool, machine: Machine
) -> Ablation:
    """The figures of every run beside those of the whole; raises InputProblems when a trial could not be played."""
    all_played([result for results in (whole, *without.values()) for result in results])
    measured = measured_of(whole, Setup(Ideas(), None, machine))
    figures = msgspec.structs.replace(figures_of(whole, SAUNTER, by_case), measured=measured)
    return Ablation(figures, {name: _figures_without(whole, results, by_case) for name, results in without.items()})


def _figures_without(whole: Sequence[TrialResult], without: Sequence[TrialResult], by_case: bool) -> FiguresWithout:
    figures = msgspec.structs.asdict(figures_of(without, SAUNTER, by_case))
    return FiguresWithout(**figures, paired=paired(exact_by_visit(whole), exact_by_visit(without)), crashes=crashes_of(without))


def exact_by_visit(results: Sequence[TrialResult]) -> dict[Visit, bool]:
    """Whether each visit's receipt is exact; visits with nothing true and nothing charged are not among them."""
    return {
        (number, visit.party): visit.exact for number, result in enumerate(results) for visit in result.methods[SAUNTER].visits
    }


def paired(whole: Mapping[Visit, bool], without: Mapping[Visit, bool]) -> Paired:
    """Both runs visit by visit. A visit that only one of them counts had nothing true, and was charged nothing by the other."""
    visits = sorted({**whole, **without})
    changes = [float(without.get(visit, True)) - float(whole.get(visit, True)) for visit in visits]
    gained, lost = sum(change > 0 for change in changes), sum(change < 0 for change in changes)
    count = max(1, len(visits))
    interval = bootstrap([changes], lambda sums: sums[0] / count, weights_of(len(visits)))
    return Paired(len(visits), gained, lost, round((gained - lost) / count, 6), interval)


def ablation_lines(suite: str, ablation: Ablation, markdown: bool) -> list[str]:
    """One table for people, a row per idea switched off; `markdown`: as it is written in a document."""
    rows = [_head(), _row("all ideas", ablation.whole, None)]
    rows += [_row(name, figures, figures.paired) for name, figures in ablation.without.items()]
    told = [f"The shop crashed without {name}: {text}" for name, each in ablation.without.items() for text in each.crashes]
    title = f"{suite}: {ablation.whole.visits} visits with something true or charged, 95 % intervals in brackets"
    return [title, "", *(_as_markdown(rows) if markdown else _aligned(rows)), *told]


def _head() -> list[str]:
    return ["without", *(title for title, _, _ in _COLUMNS), "visits gained, lost", "exact receipts, difference"]


def _row(name: str, figures: Figures, compared: Paired | None) -> list[str]:
    cells = [_cell(getattr(figures, column), figures.intervals[column], places) for _, column, places in _COLUMNS]
    if compared is None:
        return [name, *cells, "", ""]
    return [name, *cells, f"{compared.gained}, {compared.lost}", _cell(compared.difference, compared.interval, 3, "+")]


def _cell(value: float, interval: Interval, places: int, sign: str = "") -> str:
    low, high = interval
    return f"{value:{sign}.{places}f} ({low:{sign}.{places}f} to {high:{sign}.{places}f})"


def _as_markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:])]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
