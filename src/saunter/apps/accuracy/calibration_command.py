"""`saunter bench calibration`: the command itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from saunter.apps.accuracy import options
from saunter.apps.accuracy.calibrating import Lessons, fitted_on, lessons_of
from saunter.apps.accuracy.running import watched
from saunter.apps.accuracy.suites import SUITES, suite_problems
from saunter.apps.accuracy.trials import Wanted
from saunter.apps.calibration_file import FittedCalibration
from saunter.apps.machine import this_machine
from saunter.apps.options import AsJson
from saunter.apps.output import bad_input_exits, json_bytes, refuse_to_replace, say, say_json, warn, written_whole
from saunter.apps.settings import data_folder
from saunter.base.errors import InputProblems

#: The share of the receipts nobody was asked about that are audited, so that sure lines are heard of as well. A running shop
#: audits far fewer; while it learns how sure it may be, a fifth costs about as many looks as its questions do.
AUDIT_SHARE: Final = 0.2


def register(app: typer.Typer) -> None:
    """Add the command to the benches."""
    app.command(name="calibration")(calibration_command)


def calibration_command(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Write the calibration to this JSON file.")],
    suite: options.SuiteName = "ordinary",
    visits: options.Visits = 0,
    seeds: options.Seeds = 0,
    first_seed: options.FirstSeed = 1,
    audit_share: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the receipts audited about which nobody was asked.")
    ] = AUDIT_SHARE,
    processes: options.Processes = 0,
    as_json: AsJson = False,
) -> None:
    """How far the belief's sureness can be trusted, learned from the answers of pretend reviewers alone.

    Example: saunter bench calibration --suite ordinary --first-seed 101 -o calibration.json
    """
    with bad_input_exits():
        if problems := suite_problems(suite):
            raise InputProblems(problems)
        refuse_to_replace(output, b"{", "JSON file")
        trials = SUITES[suite].trials(Wanted(data_folder(os.environ), None, visits, seeds, first_seed))
        lessons = list(watched(f"playing {len(trials)} trials", trials, processes, partial(lessons_of, audit_share=audit_share)))
        fitted = fitted_on(suite, lessons, this_machine().commit)
        with written_whole(output) as stream:
            stream.write(json_bytes(fitted))
    _warn(fitted, lessons)
    if as_json:
        say_json(fitted)
    else:
        say(f"slope {fitted.slope:g}, offset {fitted.offset:g}: {_meaning(fitted)}")
        say(f"learned from {fitted.verdict_labels} labels of verdicts and {fitted.audit_labels} of audits; written: {output}")


def _meaning(fitted: FittedCalibration) -> str:
    said = 0.95
    return f"what is said with {said:g} is worth {fitted.calibration.of(said):.4f}"


def _warn(fitted: FittedCalibration, lessons: Sequence[Lessons]) -> None:
    for each in lessons:
        if each.crash:
            warn(f"The shop crashed: {each.trial.name}, seed {each.trial.seed}, part {each.trial.part}: {each.crash}")
    for kind, count in (("verdicts", fitted.verdict_labels), ("audits", fitted.audit_labels)):
        if not count:
            warn(f"no labels came from {kind}: play more --visits, or raise --audit-share")
