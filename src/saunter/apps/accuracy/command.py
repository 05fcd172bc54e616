"""`saunter bench accuracy`: the command itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import typer

from saunter.apps.accuracy import options
from saunter.apps.accuracy.frontier import frontier_of
from saunter.apps.accuracy.ideas import ideas_without
from saunter.apps.accuracy.playing import WITHOUT_REVIEW, TrialResult, play
from saunter.apps.accuracy.plots import write_plots
from saunter.apps.accuracy.report import Setup, SuiteFigures, suite_figures, suite_lines
from saunter.apps.accuracy.running import watched
from saunter.apps.accuracy.suites import SUITES, suite_problems
from saunter.apps.accuracy.trials import Wanted
from saunter.apps.calibration_file import calibration_of, check_other_seeds, read_calibration
from saunter.apps.machine import this_machine
from saunter.apps.options import AsJson, Calibration
from saunter.apps.output import bad_input_exits, say, say_json, warn
from saunter.apps.settings import data_folder
from saunter.base.errors import InputProblems, Problem


def register(app: typer.Typer) -> None:
    """Add the command to the benches."""
    app.command(name="accuracy")(accuracy_command)


def accuracy_command(
    suite: options.SuiteName = "nanostore", cases: options.Cases = None, visits: options.Visits = 0,
    seeds: options.Seeds = 0, first_seed: options.FirstSeed = 1, worst: options.Worst = 0,
    worst_table: options.WorstTable = False, without: options.Without = None, calibration: Calibration = None,
    plots: options.Plots = None, processes: options.Processes = 0, as_json: AsJson = False,
) -> None:  # fmt: skip
    """How right the receipts are over a suite of visits, beside simpler methods on the same signals, with 95 % intervals.

    Example: saunter bench accuracy --suite nanostore --json
    """
    with bad_input_exits():
        check_suite(suite, cases)
        ideas = ideas_without(without or ())
        trials = SUITES[suite].trials(Wanted(data_folder(os.environ), cases, visits, seeds, first_seed))
        fitted = None if calibration is None else read_calibration(calibration)
        check_other_seeds(fitted, (trial.seed for trial in trials))
        playing = partial(play, ideas=ideas, calibration=calibration_of(fitted))
        results = list(watched(f"playing {len(trials)} trials", trials, processes, playing))
        figures = suite_figures(suite, results, Setup(ideas, fitted, this_machine()), worst)
        _draw(plots, suite, figures, results)
    if as_json:
        say_json({suite: figures})
    else:
        _tell(suite_lines(suite, figures, worst_table))
        if worst and not figures.saunter.worst:
            say("No visit came out wrong.")


def check_suite(suite: str, cases: Path | None = None) -> None:
    """Every wrong option at once, as InputProblems."""
    found = suite_problems(suite)
    if cases is not None and suite != "nanostore":
        found.append(Problem("--cases", 0, "labelled cases belong to the suite nanostore", "leave the option out"))
    if found:
        raise InputProblems(found)


def _draw(plots: Path | None, suite: str, figures: SuiteFigures, results: Sequence[TrialResult]) -> None:
    if plots is not None:
        unasked = [visit for result in results for visit in result.methods[WITHOUT_REVIEW].visits]
        for file in write_plots(plots, suite, figures, frontier_of(unasked)):
            warn(f"drawn: {file}")


def _tell(rows: Sequence[str]) -> None:
    for row in rows:
        say(row)
