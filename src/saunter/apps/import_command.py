"""`saunter import`: recordings from other people's data."""

from __future__ import annotations

import heapq
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from saunter.apps.options import AsJson
from saunter.apps.output import bad_input_exits, say, say_json
from saunter.apps.recording_files import write_recording
from saunter.apps.settings import data_folder
from saunter.base.errors import Problem
from saunter.records import AnyRecord

if TYPE_CHECKING:
    from saunter.adapters.datasets.nanostore import Imported


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


_Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder of the NanoStore, in either of its layouts.")]
_Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The recording to write (.mcap).")]
_Store = Annotated[
    Path | None,
    typer.Option(metavar="STOREDIR", help="The shop's geometry; else DIR/../store, else SAUNTER_DATA/nanostore/store."),
]
_Party = Annotated[str | None, typer.Option(metavar="ID", help="Declare one party present for the whole recording.")]
_Verbose = Annotated[bool, typer.Option("--verbose", help="List everything met in the files, not the first few of a kind.")]

app = typer.Typer(help="Make a recording of other people's data.", no_args_is_help=True)


def register(line: typer.Typer) -> None:
    """Add the commands to the command line."""
    line.add_typer(app, name="import")


@app.callback()
def _import() -> None:
    """Make a recording of other people's data."""


@app.command()
def nanostore(
    folder: _Folder, output: _Output, store: _Store = None, party: _Party = None, verbose: _Verbose = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
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
        texts, source = plan_texts(imported.plan), f"NanoStore, {folder.resolve().name}"
        count = write_recording(output, records, imported.plan.store, texts, source)
    if as_json:
        say_json(ImportView(str(output), count, len(truth), tuple(map(_met, imported.report))))
    else:
        _tell(imported, verbose)
        say(f"{output}: {count} records, {len(truth)} of them truth; next: saunter replay {output}{' --truth' if truth else ''}")


def _met(problem: Problem) -> Met:
    return Met(problem.where, problem.line, problem.what, problem.remedy)


def _tell(imported: Imported, verbose: bool) -> None:
    for problem in imported.report if verbose else imported.brief:
        say(str(problem))
    if not verbose and imported.brief != imported.report:
        say("Some lists are cut short; --verbose prints them whole.")


def _arrival(record: AnyRecord) -> int:
    return record.envelope.arrived
