"""`saunter bench`: figures that anyone can measure again."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from saunter.apps.benching import Counted, Load, SpeedResult, result_lines, speed_result, timed_pass, timed_rooms
from saunter.apps.machine import this_machine
from saunter.apps.output import Watcher, bad_input_exits, say, say_json
from saunter.apps.recording_files import write_recording
from saunter.apps.replay_command import scored_replay
from saunter.apps.shop import opened, plan_of
from saunter.apps.stories import played
from saunter.pipeline import Pipeline
from saunter.plan import parse_plan
from saunter.simulation import generated_shop, load_story

app = typer.Typer(help="Measure Saunter; every figure in the docs comes from here.", no_args_is_help=True)


@app.callback()
def _bench() -> None:
    """Measure Saunter; every figure in the docs comes from here."""


@app.command()
def speed(
    seconds: Annotated[float, typer.Option(min=60.0, max=86_400.0, help="Shop time of the load.")] = 600.0,
    plates: Annotated[int, typer.Option(min=1, max=20_000, help="Weighing plates, each at 60 Hz.")] = 300,
    parties: Annotated[int, typer.Option(min=1, max=500, help="Parties in the shop, each with an interaction every 20 s.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of the made-up shop and load.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")] = False,
) -> None:
    """How many times faster than real time one core runs the shop, sensing to receipt, and where its time goes.

    Example: saunter bench speed --json --seconds 600

    The readings are made beforehand and written to a temporary recording; only the shop itself is timed.
    """
    with bad_input_exits(), tempfile.TemporaryDirectory(prefix="saunter-bench-") as folder:
        result = measure(Load(plates, parties, seconds, seed), Path(folder) / "load.mcap")
    if as_json:
        say_json(result)
    else:
        for row in result_lines(result):
            say(row)


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
