"""`saunter simulate`: a recording with truth from a story, or one for each of some labelled real cases."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from saunter.apps.cases import RECORDING, Played, cases_of, played_cases, store_of, write_case
from saunter.apps.output import bad_input_exits, say, warn_problems
from saunter.apps.recording_files import write_recording
from saunter.apps.settings import data_folder
from saunter.apps.stories import is_scenario, played, scenario_of, scenario_shop, shop_of, story_of
from saunter.apps.tally import Tally
from saunter.base.errors import InputProblems, Problem
from saunter.plan import parse_plan
from saunter.simulation import PRESETS, simulate_scenario, story_problems

#: How a case's scales and cameras behave unless asked otherwise: as measured in that shop.
_NOISE: Final = "nanostore"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(name="simulate")(simulate_command)


def simulate_command(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO",
            help="A story (*.scn), a scenario (*.toml), or the name of a suite or a packaged story.",
            show_default=False,
        ),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="OUT", help="The recording to write (.mcap); with --cases a folder.", show_default=False
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of the pretend world; else the story's own.")] = None,
    shop: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The plan to play it in; else the shop the story names.")
    ] = None,
    visits: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Of a scenario: close the door after N visits; else by its minutes.")
    ] = None,
    cases: Annotated[Path | None, typer.Option(metavar="CASES.json", help="Re-enact labelled real cases.")] = None,
    case: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this case of the file; may be repeated.")] = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="STOREDIR", help="Their shop; else beside the cases, else SAUNTER_DATA/nanostore/store."),
    ] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write each case as a folder of database exports, below this one.")
    ] = None,
    noise: Annotated[
        str | None, typer.Option(metavar="PRESET", help=f"With --cases: {', '.join(PRESETS)}; else {_NOISE}.")
    ] = None,
) -> None:
    """A recording with truth from a story, a scenario, or labelled cases: what the sensors of a pretend shop would have said.

    Example: saunter simulate demo --seed 7 -o demo.mcap

    Example: saunter simulate rush --seed 1 --visits 20 -o noon.mcap

    Example: saunter simulate --cases ../shared/data/nanostore/cases.json --seed 1 -o cases
    """
    with bad_input_exits():
        about_cases = {"--case": case, "--store": store, "--export": export, "--noise": noise}
        _check(scenario, cases, output, export, {name for name, value in about_cases.items() if value}, shop)
        if cases is not None:
            chosen = cases_of(cases, case or [])
            ready = played_cases(chosen, store_of(cases, store, data_folder(os.environ)), noise or _NOISE)
            _write_cases(list(ready), seed or 0, output, export)
        elif output is not None and is_scenario(scenario):
            _write_scenario(scenario, seed or 0, visits, shop, output)
        elif output is not None:
            if visits is not None:
                raise InputProblems([Problem("--visits", 0, "a story says itself who comes", "give a scenario or a suite")])
            _write_story(scenario, seed, shop, output)


def _check(
    scenario: str, cases: Path | None, output: Path | None, export: Path | None, about_cases: set[str], shop: Path | None
) -> None:
    """Every wrong combination of options at once, as InputProblems."""
    found = []
    if bool(scenario) == (cases is not None):
        found.append(Problem("simulate", 0, "what is to be simulated?", "give a story or --cases CASES.json, not both"))
    if output is None and (cases is None or export is None):
        found.append(Problem("simulate", 0, "no place to write to", "give -o OUT"))
    if cases is None:
        found += [Problem(name, 0, "belongs to labelled cases", "give --cases CASES.json too") for name in sorted(about_cases)]
    elif shop is not None:
        found.append(Problem("--shop", 0, "cases happen in the shop of their day", "name its folder with --store"))
    if found:
        raise InputProblems(found)


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
