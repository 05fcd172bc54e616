"""`saunter simulate`: a recording with truth from a story, or one for each of some labelled real cases."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from saunter.apps.cases import RECORDING, Played, cases_of, played_cases, store_of, write_case
from saunter.apps.output import bad_input_exits, say, warn_problems
from saunter.apps.recording_files import write_recording
from saunter.apps.settings import data_folder
from saunter.apps.stories import is_scenario, no_story, played, scenario_of, scenario_shop, shop_of, story_of
from saunter.apps.tally import Tally
from saunter.base.errors import InputProblems, Problem
from saunter.plan import parse_plan
from saunter.simulation import PRESETS, simulate_scenario, story_problems

#: How a case's scales and cameras behave unless asked otherwise: as measured in that shop.
_NOISE: Final = "nanostore"


_Scenario = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A story (*.scn), a scenario (*.toml), or the name of a suite or a packaged story.",
        show_default=False,
    ),
]
_Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="OUT", help="The recording to write (.mcap); with --cases a folder.", show_default=False
    ),
]
_Seed = Annotated[int | None, typer.Option(metavar="N", help="Seed of the pretend world; else the story's own.")]
_Shop = Annotated[Path | None, typer.Option(metavar="DIR", help="The plan to play it in; else the shop the story names.")]
_Visits = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Of a scenario: close the door after N visits; else by its minutes.")
]
_Cases = Annotated[Path | None, typer.Option(metavar="CASES.json", help="Re-enact labelled real cases.")]
_Case = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this case of the file; may be repeated.")]
_Store = Annotated[
    Path | None, typer.Option(metavar="STOREDIR", help="Their shop; else beside the cases, else SAUNTER_DATA/nanostore/store.")
]
_Export = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write each case as a folder of database exports, below this one.")
]
_Noise = Annotated[str | None, typer.Option(metavar="PRESET", help=f"With --cases: {', '.join(PRESETS)}; else {_NOISE}.")]


@dataclass(frozen=True)
class _AboutCases:
    """The options that belong to labelled cases."""

    file: Path | None
    names: list[str]
    store: Path | None
    export: Path | None
    noise: str | None

    def given(self) -> list[str]:
        """Those that were given beside the file itself, as they are typed."""
        values = {"--case": self.names, "--store": self.store, "--export": self.export, "--noise": self.noise}
        return sorted(name for name, value in values.items() if value)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(name="simulate")(simulate_command)


def simulate_command(
    scenario: _Scenario = "", output: _Output = None, seed: _Seed = None, shop: _Shop = None, visits: _Visits = None,
    cases: _Cases = None, case: _Case = None, store: _Store = None, export: _Export = None, noise: _Noise = None,
) -> None:  # fmt: skip
    """A recording with truth from a story, a scenario, or labelled cases: what the sensors of a pretend shop would have said.

    Example: saunter simulate demo --seed 7 -o demo.mcap

    Example: saunter simulate rush --seed 1 --visits 20 -o noon.mcap

    Example: saunter simulate --cases ../shared/data/nanostore/cases.json --seed 1 -o cases
    """
    about_cases = _AboutCases(cases, case or [], store, export, noise)
    with bad_input_exits():
        _check(scenario, output, visits, shop, about_cases)
        if cases is not None:
            _write_cases(_ready(cases, about_cases), seed or 0, output, export)
        elif output is not None and is_scenario(scenario):
            _write_scenario(scenario, seed or 0, visits, shop, output)
        elif output is not None:
            _write_story(scenario, seed, shop, output)


def _check(scenario: str, output: Path | None, visits: int | None, shop: Path | None, about_cases: _AboutCases) -> None:
    """Every wrong combination of options at once, as InputProblems."""
    found, cases = [], about_cases.file
    if bool(scenario) == (cases is not None):
        found.append(
            Problem(
                "simulate",
                0,
                "what is to be simulated?",
                "give a suite, a scenario (.toml) or a story (.scn), or --cases CASES.json; one of them",
            )
        )
    if scenario and not is_scenario(scenario):
        found += _not_played(scenario, visits)
    if output is None and (cases is None or about_cases.export is None):
        found.append(Problem("simulate", 0, "no place to write to", "give -o OUT"))
    if cases is None:
        found += [Problem(name, 0, "belongs to labelled cases", "give --cases CASES.json too") for name in about_cases.given()]
    elif shop is not None:
        found.append(Problem("--shop", 0, "cases happen in the shop of their day", "name its folder with --store"))
    if found:
        raise InputProblems(found)


def _not_played(story: str, visits: int | None) -> list[Problem]:
    """Why what is no scenario is no story either, or is one that asks for too much."""
    absent = no_story(story)
    if absent is not None:
        return [absent]
    if visits is not None:
        return [Problem("--visits", 0, "a story says itself who comes", "give a scenario or a suite")]
    return []


def _ready(cases: Path, about_cases: _AboutCases) -> list[Played]:
    store = store_of(cases, about_cases.store, data_folder(os.environ))
    return list(played_cases(cases_of(cases, about_cases.names), store, about_cases.noise or _NOISE))


def _write_story(scenario: str, seed: int | None, shop: Path | None, output: Path) -> None:
    story = story_of(scenario)
    texts = shop_of(story, shop)
    plan, records = played(texts, story, story.seed if seed is None else seed)
    count = write_recording(output, records, plan.store, texts, f"simulated: {story.title}")
    say(f"{output}: {count} records of {story.title!r}; next: saunter replay {output} --truth")


def _write_scenario(name: str, seed: int, visits: int | None, shop: Path | None, output: Path) -> None:
    scenario = scenario_of(name)
    texts = scenario_shop(scenario, seed, shop)
    plan = parse_plan(texts)
    tally = Tally()
    records = tally.watched(simulate_scenario(plan, scenario, seed, visits))
    count = write_recording(output, records, plan.store, texts, f"simulated: {scenario.title}, seed {seed}")
    for line in tally.lines():
        say(line)
    say(f"{output}: {count} records of {scenario.title!r}; next: saunter replay {output} --truth")


def _write_cases(ready: list[Played], seed: int, output: Path | None, export: Path | None) -> None:
    single = output is not None and output.suffix == RECORDING
    if single and len(ready) > 1:
        what = f"{len(ready)} cases do not go into one recording"
        raise InputProblems([Problem(str(output), 0, what, "give a folder, or choose one with --case NAME")])
    unplayable = [problem for each in ready for problem in story_problems(each.plan, each.story, seed)]
    if unplayable:
        raise InputProblems(unplayable)
    if output is not None and not single:
        output.mkdir(parents=True, exist_ok=True)
    for each in ready:
        warn_problems(each.remarks)
        name = each.case.name
        recording = output if single or output is None else output / f"{name}{RECORDING}"
        folder = None if export is None else export / name
        count = write_case(each, seed, recording, folder)
        say(f"{name}: {count} records -> {', '.join(str(path) for path in (recording, folder) if path is not None)}")
