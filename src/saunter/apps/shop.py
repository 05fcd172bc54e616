"""Opening what commands work on: recordings with their plans, and plan folders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from saunter.base.errors import InputProblems, Problem
from saunter.journal import Recording, open_recording
from saunter.plan import Plan, parse_plan
from saunter.records import Tick


@contextmanager
def opened(path: Path) -> Iterator[Recording]:
    """A recording for reading, named by its path in problems; raises InputProblems or OSError when it is none."""
    with path.open("rb") as stream:
        yield open_recording(_seekable(stream, path), str(path))


def plan_of(recording: Recording, where: str) -> Plan:
    """The plan inside a recording; every mistake in it as InputProblems, naming the recording."""
    try:
        return parse_plan(recording.plan_texts)
    except InputProblems as error:
        found = [Problem(f"{where}, {each.where}", each.line, each.what, each.remedy) for each in error.problems]
        raise InputProblems([*found, *recording.problems]) from None


def has_ticks(recording: Recording) -> bool:
    """Whether a recording brings the shop's clock; reads as far as the first tick, or all of it."""
    return any(isinstance(record, Tick) for record in recording.records())


def _seekable(stream: BinaryIO, path: Path) -> BinaryIO:
    if not stream.seekable():
        raise InputProblems([Problem(str(path), 0, "a recording cannot be read from a pipe", "save it to a file first")])
    return stream
