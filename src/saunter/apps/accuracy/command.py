"""`saunter bench accuracy`: the command itself."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from saunter.apps.accuracy.frontier import frontier_of
from saunter.apps.accuracy.ideas import idea_names, ideas_without
from saunter.apps.accuracy.playing import WITHOUT_REVIEW, play
from saunter.apps.accuracy.plots import write_plots
from saunter.apps.accuracy.report import Setup, suite_figures, suite_lines
from saunter.apps.accuracy.running import watched
from saunter.apps.accuracy.suites import SUITES, suite_problems
from saunter.apps.accuracy.trials import Wanted
from saunter.apps.calibration_file import calibration_of, check_other_seeds, read_calibration
from saunter.apps.machine import this_machine
from saunter.apps.output import bad_input_exits, say, say_json, warn
from saunter.apps.settings import data_folder
from saunter.base.errors import InputProblems, Problem

_ALL: Final = ", ".join(SUITES)


def register(app: typer.Typer) -> None:
    """Add the command to the benches."""
    app.command(name="accuracy")(accuracy_command)


def accuracy_command(
    suite: Annotated[str, typer.Option(help=f"One of {_ALL}.")] = "nanostore",
    cases: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Labelled cases for the suite nanostore; else those of the data.")
    ] = None,
    visits: Annotated[int, typer.Option(min=0, max=1_000_000, help="Visits in all; 0: the suite's own size.")] = 0,
    seeds: Annotated[int, typer.Option(min=0, max=1000, help="Different worlds; 0: the suite's own number.")] = 0,
    first_seed: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="The first world's seed; for worlds nobody looked at.")
    ] = 1,
    worst: Annotated[int, typer.Option(min=0, max=1000, metavar="N", help="Tell of the N worst visits, and why.")] = 0,
    without: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help=f"Switch an idea off; may be repeated: {', '.join(idea_names())}.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Apply what `bench calibration` learned from other seeds.")
    ] = None,
    plots: Annotated[Path | None, typer.Option(metavar="DIR", help="Draw pictures (SVG) into this folder.")] = None,
    processes: Annotated[int, typer.Option(min=0, max=256, help="Trials played at the same time; 0: one per core.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")] = False,
) -> None:
    """How right the receipts are over a suite of visits, beside simpler methods on the same signals, with 95 % intervals.

    Example: saunter bench accuracy --suite nanostore --json
    """
    with bad_input_exits():
        _check(suite, cases)
        ideas = ideas_without(without or ())
        trials = SUITES[suite].trials(Wanted(data_folder(os.environ), cases, visits, seeds, first_seed))
        fitted = None if calibration is None else read_calibration(calibration)
        check_other_seeds(fitted, (trial.seed for trial in trials))
        playing = partial(play, ideas=ideas, calibration=calibration_of(fitted))
        results = list(watched(trials, processes or os.cpu_count() or 1, playing))
        figures = suite_figures(suite, results, Setup(ideas, fitted, this_machine()), worst)
        if plots is not None:
            unasked = [visit for result in results for visit in result.methods[WITHOUT_REVIEW].visits]
            for file in write_plots(plots, suite, figures, frontier_of(unasked)):
                warn(f"drawn: {file}")
    if as_json:
        say_json({suite: figures})
    else:
        for row in suite_lines(suite, figures):
            say(row)


def _check(suite: str, cases: Path | None) -> None:
    """Every wrong option at once, as InputProblems."""
    found = suite_problems(suite)
    if cases is not None and suite != "nanostore":
        found.append(Problem("--cases", 0, "labelled cases belong to the suite nanostore", "leave the option out"))
    if found:
        raise InputProblems(found)
