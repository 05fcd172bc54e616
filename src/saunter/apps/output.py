"""How commands speak: problems and progress on stderr, results on stdout, files written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from saunter.base.errors import InputProblems, Problem
from saunter.base.limits import PROBLEMS_SHOWN_MAX

#: Exit status when something a person or a machine gave us was unusable.
BAD_INPUT: Final = 2


def say(text: str = "") -> None:
    """One piece of the result, on stdout. Control characters (terminal escapes in a product's name) are shown, not obeyed."""
    sys.stdout.write(visible(text) + "\n")


def warn(text: str) -> None:
    """One remark beside the result, on stderr."""
    sys.stderr.write(visible(text) + "\n")


def visible(text: str) -> str:
    """The text with control characters other than line breaks and tabs replaced by their escapes, lone surrogates too."""
    shown = "".join(mark if mark in "\n\t" or mark.isprintable() else repr(mark)[1:-1] for mark in text)
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


def say_json(value: object) -> None:
    """A result for machines: one indented JSON document on stdout and nothing else."""
    sys.stdout.write(json_bytes(value).decode())


def json_bytes(value: object) -> bytes:
    """One indented JSON document, ending with a line break."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def warn_problems(problems: Iterable[Problem]) -> None:
    """Every problem on stderr, one per line; beyond the limit the rest are counted."""
    items = tuple(problems)
    for problem in items[:PROBLEMS_SHOWN_MAX]:
        warn(str(problem))
    if len(items) > PROBLEMS_SHOWN_MAX:
        warn(f"... and {len(items) - PROBLEMS_SHOWN_MAX} more problems")


@contextmanager
def bad_input_exits() -> Iterator[None]:
    """Inside, unusable input ends the command with its problems on stderr and status 2, never with a traceback."""
    try:
        yield
    except InputProblems as error:
        warn_problems(error.problems)
        raise typer.Exit(BAD_INPUT) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        warn(str(problem_of(error)))
        raise typer.Exit(BAD_INPUT) from None


def problem_of(error: OSError) -> Problem:
    """What the operating system refused, as a problem a person can act on."""
    where = str(error.filename) if error.filename is not None else "the system"
    remedies = {
        FileNotFoundError: "check the spelling of the path",
        PermissionError: "check who may read or write it",
        IsADirectoryError: "give a file, not a folder",
        NotADirectoryError: "give a folder, not a file",
    }
    return Problem(where, 0, (error.strerror or str(error)).lower(), remedies.get(type(error), ""))


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes appear under `path` only once all are written; on any error nothing is left behind.

    Raises OSError naming the folder when it cannot be written to.
    """
    if path.is_dir():
        raise IsADirectoryError(21, "is a folder", str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise


def refuse_to_replace(path: Path, beginning: bytes, kind: str) -> None:
    """Nothing of another kind is written over: an existing file must begin like what would replace it, or be empty.

    Raises InputProblems naming the file and what to do.
    """
    if not path.is_file():
        return
    with path.open("rb") as stream:
        found = stream.read(len(beginning))
    if found and found != beginning:
        what = f"exists and is no {kind}, so it is not written over"
        raise InputProblems([Problem(str(path), 0, what, "give another name, or remove the file first")])


def _umask() -> int:
    """The process's mask for new files; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


class Watcher:
    """Progress of a long command: a bar on stderr when that is a terminal, silence otherwise. Use as a context manager.

    `advance_to` takes any growing number; `total` None shows only the elapsed time.
    """

    def __init__(self, title: str, total: float | None = None) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task(title, total=total)

    def __enter__(self) -> Watcher:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance_to(self, done: float) -> None:
        """Shows that `done` of the total is behind us."""
        self._progress.update(self._task, completed=done)
