"""`saunter import`: recordings from other people's data."""

from __future__ import annotations

import heapq
import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from saunter.apps.output import bad_input_exits, say, say_json
from saunter.apps.recording_files import write_recording
from saunter.apps.settings import data_folder
from saunter.records import AnyRecord


class Met(msgspec.Struct, frozen=True):
    """One thing met in the files: where (`line` 0: the whole file), what it was and how it was handled, what a person may do."""

    where: str
    line: int
    what: str
    remedy: str


class ImportView(msgspec.Struct, frozen=True):
    """All that `saunter import nanostore --json` prints: the recording written, how many records, how many of them truth."""

    recording: str
    records: int
    truth: int
    report: tuple[Met, ...]


app = typer.Typer(help="Make a recording of other people's data.", no_args_is_help=True)


@app.callback()
def _import() -> None:
    """Make a recording of other people's data."""


@app.command()
def nanostore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of the NanoStore, in either of its layouts.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The recording to write (.mcap).")],
    store: Annotated[
        Path | None,
        typer.Option(metavar="STOREDIR", help="The shop's geometry; else DIR/../store, else SAUNTER_DATA/nanostore/store."),
    ] = None,
    party: Annotated[str | None, typer.Option(metavar="ID", help="Declare one party present for the whole recording.")] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="List everything met in the files, not the first few of a kind.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")] = False,
) -> None:
    """A recording from the NanoStore's files, with its plan and, where the files know it, the truth.

    Example: saunter import nanostore ../shared/data/nanostore/cps-test-01 --party p1 -o cps.mcap

    Prints what it met in the files and how it handled it: the first few of each kind, all of it with --verbose or --json.
    """
    from saunter.adapters.datasets.nanostore import import_nanostore
    from saunter.plan import plan_texts

    with bad_input_exits():
        imported = import_nanostore(folder, store, data_folder(os.environ), party)
        truth = sorted(imported.truth, key=_arrival)
        records = heapq.merge(imported.records, truth, key=_arrival)
        plan = imported.plan
        count = write_recording(output, records, plan.store, plan_texts(plan), f"NanoStore, {folder.resolve().name}")
    if as_json:
        report = tuple(Met(each.where, each.line, each.what, each.remedy) for each in imported.report)
        say_json(ImportView(str(output), count, len(truth), report))
        return
    for problem in imported.report if verbose else imported.brief:
        say(str(problem))
    if not verbose and imported.brief != imported.report:
        say("Some lists are cut short; --verbose prints them whole.")
    say(f"{output}: {count} records, {len(truth)} of them truth; next: saunter replay {output}{' --truth' if truth else ''}")


def _arrival(record: AnyRecord) -> int:
    return record.envelope.arrived
