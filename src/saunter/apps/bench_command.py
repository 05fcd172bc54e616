"""`saunter bench`: figures that anyone can measure again."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from saunter.apps import bench_trade
from saunter.apps.accuracy import ablation_command as ablation
from saunter.apps.accuracy import calibration_command
from saunter.apps.accuracy import command as accuracy
from saunter.apps.bench_nanostore import (
    BLOCK_SAMPLES,
    NanostoreResult,
    differing_chops,
    load_case,
    nanostore_lines,
    nanostore_result,
    rescaled_result,
    rescaled_runs,
    run_case,
)
from saunter.apps.bench_stories import Job, StoriesResult, jobs_of, plays, stories_lines, stories_result
from saunter.apps.benching import Counted, Load, SpeedResult, result_lines, speed_result, timed_pass, timed_rooms
from saunter.apps.machine import this_machine
from saunter.apps.options import AsJson
from saunter.apps.output import Watcher, bad_input_exits, say, say_json
from saunter.apps.recording_files import write_recording
from saunter.apps.replay_command import scored_replay
from saunter.apps.settings import data_folder
from saunter.apps.shop import opened, plan_of
from saunter.apps.stories import played
from saunter.pipeline import Pipeline
from saunter.plan import parse_plan
from saunter.simulation import generated_shop, load_story

Result = TypeVar("Result")

app = typer.Typer(help="Measure Saunter; every figure in the docs comes from here.", no_args_is_help=True)
accuracy.register(app)
calibration_command.register(app)
ablation.register(app)
bench_trade.register(app)


def register(line: typer.Typer) -> None:
    """Add the commands to the command line."""
    line.add_typer(app, name="bench")


@app.callback()
def _bench() -> None:
    """Measure Saunter; every figure in the docs comes from here."""


@app.command()
def speed(
    seconds: Annotated[float, typer.Option(min=60.0, max=86_400.0, help="Shop time of the load.")] = 600.0,
    plates: Annotated[int, typer.Option(min=1, max=20_000, help="Weighing plates, each at 60 Hz.")] = 300,
    parties: Annotated[int, typer.Option(min=1, max=500, help="Parties in the shop, each with an interaction every 20 s.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of the made-up shop and load.")] = 1,
    as_json: AsJson = False,
) -> None:
    """How many times faster than real time one core runs the shop, sensing to receipt, and where its time goes.

    Example: saunter bench speed --json --seconds 600

    The readings are made beforehand and written to a temporary recording; only the shop itself is timed.
    """
    with bad_input_exits(), tempfile.TemporaryDirectory(prefix="saunter-bench-") as folder:
        result = measure(Load(plates, parties, seconds, seed), Path(folder) / "load.mcap")
    _show(result, result_lines(result), as_json)


@app.command()
def nanostore(
    rescalings: Annotated[int, typer.Option(min=1, max=10_000, help="Runs with wrong catalogue weights, seeded 0, 1, ...")] = 40,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder of real data; else SAUNTER_DATA.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A real recording through the shop: as it is, with every catalogue weight 7 % wrong at most, and in other blocks.

    Example: saunter bench nanostore --json --rescalings 40
    """
    with bad_input_exits():
        result = measure_nanostore(data_folder(os.environ) if data is None else data, rescalings)
    _show(result, nanostore_lines(result), as_json)


@app.command()
def stories(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of stories (*.scn).")] = Path("stories"),
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Worlds per story: its own seed and others.")] = 3,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Stories played at the same time.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Every story in several pretend worlds: how right the receipts are, and how well their doubts are kept.

    Example: saunter bench stories --json --seeds 3
    """
    with bad_input_exits():
        result = measure_stories(jobs_of(folder, seeds), processes)
    _show(result, stories_lines(result), as_json)


def measure_nanostore(data: Path, rescalings: int) -> NanostoreResult:
    """Every replay of the real recording below `data`, one after another."""
    case = load_case(data)
    plain = run_case(case, case.plan, case.readings)
    with Watcher("wrong weights", rescalings) as watcher:
        runs = list(_watched(rescaled_runs(case, rescalings), watcher))
    with Watcher("other blocks", len(BLOCK_SAMPLES)) as watcher:
        chops = list(_watched(differing_chops(case, plain), watcher))
    return nanostore_result(case, plain, rescaled_result(case, runs), chops, this_machine())


def measure_stories(jobs: Sequence[Job], processes: int) -> StoriesResult:
    """Every job played and judged."""
    with Watcher("playing the stories", len(jobs)) as watcher:
        done = list(_watched(plays(jobs, processes), watcher))
    return stories_result(jobs, done, this_machine())


def measure(load: Load, file: Path) -> SpeedResult:
    """Make the load's recording in `file`, run it through a fresh shop, then once more with every room timed."""
    _write_load(load, file)
    with opened(file) as recording:
        plan = plan_of(recording, str(file))
        counted = Counted()
        with Watcher("timing the shop", load.seconds) as watcher:
            for counted in timed_pass(recording.records(), Pipeline(plan), plan.store, time.process_time, load.seconds):
                watcher.advance_to(counted.shop_s)
        rooms: dict[str, float] = {}
        with Watcher("timing each room", counted.readings) as watcher:
            for done in timed_rooms(recording.records(), Pipeline(plan), time.process_time, rooms):
                watcher.advance_to(done)
    scored = scored_replay(counted, None, "load")
    return speed_result(counted, rooms, load, (scored.unit_f1, scored.exact), this_machine())


def _write_load(load: Load, file: Path) -> None:
    texts = generated_shop(load.plates, load.seed)
    story = load_story(load.parties, load.seconds, load.seed, parse_plan(texts))
    plan, records = played(texts, story, load.seed)
    write_recording(file, records, plan.store, texts, story.title)


def _show(result: object, rows: Iterable[str], as_json: bool) -> None:
    if as_json:
        say_json(result)
    else:
        for row in rows:
            say(row)


def _watched(results: Iterable[Result], watcher: Watcher) -> Iterator[Result]:
    """The same results, each shown as progress once it is there."""
    for done, result in enumerate(results, start=1):
        watcher.advance_to(done)
        yield result
