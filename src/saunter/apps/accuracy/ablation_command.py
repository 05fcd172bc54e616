"""`saunter bench ablation`: the command itself."""

from __future__ import annotations

import os
from collections.abc import Sequence

import typer

from saunter.apps.accuracy import options
from saunter.apps.accuracy.ablation import Ablation, ablation_lines, ablation_of
from saunter.apps.accuracy.command import check_suite
from saunter.apps.accuracy.ideas import Ideas, idea_names, ideas_without
from saunter.apps.accuracy.playing import TrialResult, play_alone
from saunter.apps.accuracy.report import BY_CASE
from saunter.apps.accuracy.running import watched
from saunter.apps.accuracy.suites import SUITES
from saunter.apps.accuracy.trials import Trial, Wanted
from saunter.apps.machine import this_machine
from saunter.apps.options import AsJson
from saunter.apps.output import bad_input_exits, say, say_json
from saunter.apps.settings import data_folder


def register(app: typer.Typer) -> None:
    """Add the command to the benches."""
    app.command(name="ablation")(ablation_command)


def ablation_command(
    suite: options.SuiteName = "ordinary",
    visits: options.Visits = 0,
    seeds: options.Seeds = 0,
    first_seed: options.FirstSeed = 1,
    ideas: options.IdeaNames = None,
    processes: options.Processes = 0,
    markdown: options.Markdown = False,
    as_json: AsJson = False,
) -> None:
    """What each idea buys: Saunter with all of them and with each one switched off, on the same visits of the same worlds.

    Example: saunter bench ablation --suite adversarial --visits 80 --seeds 4 --first-seed 201 --markdown
    """
    with bad_input_exits():
        check_suite(suite)
        names = tuple(dict.fromkeys(ideas or idea_names()))
        shops = {"": Ideas(), **{name: ideas_without([name], "--ideas") for name in names}}
        trials = SUITES[suite].trials(Wanted(data_folder(os.environ), None, visits, seeds, first_seed))
        whole, *without = played_with(trials, list(shops.values()), processes)
        found = ablation_of(whole, dict(zip(names, without, strict=True)), suite in BY_CASE, this_machine())
    _tell(suite, found, as_json, markdown)


def played_with(trials: Sequence[Trial], shops: Sequence[Ideas], processes: int) -> list[list[TrialResult]]:
    """All trials by each shop, in the order of the shops; no core rests between two of them."""
    jobs = [(trial, ideas) for ideas in shops for trial in trials]
    results = list(watched(f"playing {len(trials)} trials {len(shops)} times", jobs, processes, _play))
    return [results[number * len(trials) : (number + 1) * len(trials)] for number in range(len(shops))]


def _play(job: tuple[Trial, Ideas]) -> TrialResult:
    trial, ideas = job
    return play_alone(trial, ideas)


def _tell(suite: str, found: Ablation, as_json: bool, markdown: bool) -> None:
    if as_json:
        say_json({suite: found})
    else:
        for row in ablation_lines(suite, found, markdown):
            say(row)
