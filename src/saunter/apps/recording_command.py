"""`saunter recording info`: what is in a recording, and what could not be read."""

from __future__ import annotations

import typer

from saunter.apps.options import AsJson, RecordingFile
from saunter.apps.output import DAMAGED, bad_input_exits, say, say_json, warn_problems
from saunter.apps.shop import opened

app = typer.Typer(help="Look into a recording.", no_args_is_help=True)


def register(line: typer.Typer) -> None:
    """Add the commands to the command line."""
    line.add_typer(app, name="recording")


@app.callback()
def _recording() -> None:
    """Look into a recording."""


@app.command()
def info(
    file: RecordingFile,
    as_json: AsJson = False,
) -> None:
    """What is in a recording: its streams, times and plan, and whatever could not be read.

    Example: saunter recording info morning.mcap --json

    Exits with 0 when all of it is readable, with 1 when something is missing or damaged (the readable part is told anyway),
    with 2 when it is no recording.
    """
    from saunter.journal import summarise

    with bad_input_exits(), opened(file) as recording:
        summary = summarise(recording)
    if as_json:
        say_json(summary)
    else:
        say(str(summary))
    if not summary.complete:
        if as_json:
            warn_problems(summary.problems)
        raise typer.Exit(DAMAGED)
