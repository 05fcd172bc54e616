"""How commands speak: problems and progress on stderr, results on stdout, files written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from saunter.base.errors import BooksError, InputProblems, Problem
from saunter.base.limits import PROBLEMS_SHOWN_MAX

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: Exit status when something a person or a machine gave us was unusable.
BAD_INPUT: Final = 2
#: Exit status when a result was told, but of damaged input: something is missing in it.
DAMAGED: Final = 1

#: What to do when the system refuses to read something, by the number of its error.
_READ_REMEDIES: Final[Mapping[int, str]] = {
    errno.ENOENT: "check the spelling of the path",
    errno.EACCES: "check who may read or write it",
    errno.EPERM: "check who may read or write it",
    errno.EISDIR: "give a file, not a folder",
    errno.ENOTDIR: "give a folder, not a file",
}
#: What to do when it refuses to write; any other error: another place.
_WRITE_REMEDIES: Final[Mapping[int, str]] = {
    errno.ENOENT: "make its folder first, or check the spelling of the path",
    errno.ENOTDIR: "make its folder first, or check the spelling of the path",
    errno.EISDIR: "give the name of a file in it",
    errno.EACCES: "give a place that you may write to",
    errno.EPERM: "give a place that you may write to",
    errno.EROFS: "give a place that you may write to",
    errno.ENOSPC: "free some space, or give a place on another disk",
    errno.EDQUOT: "free some space, or give a place on another disk",
    errno.EFBIG: "free some space, or give a place on another disk",
    errno.ENAMETOOLONG: "give a shorter name",
}

#: A hidden file beside the result begins with so many characters of its name, so that it is never longer than names may be.
_NAME_KEPT: Final = 100


class CannotWrite(OSError):
    """The system did not let a result be written; names the file that a person asked for, never a hidden one beside it."""

    def __init__(self, error: OSError, path: Path) -> None:
        super().__init__(error.errno, error.strerror or str(error), str(path))


def count_of(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 visit`, `2 visits`, `2 boxes` (`many` where an s is not enough)."""
    return f"{number} {one if number == 1 else many or one + 's'}"


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
    except BooksError as error:
        warn(str(error))
        raise typer.Exit(BAD_INPUT) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        warn(str(problem_of(error)))
        raise typer.Exit(BAD_INPUT) from None


def problem_of(error: OSError) -> Problem:
    """What the operating system refused, as a problem a person can act on."""
    where = str(error.filename) if error.filename is not None else "the system"
    what, number = (error.strerror or str(error)).lower(), error.errno or 0
    if isinstance(error, CannotWrite):
        return Problem(where, 0, f"cannot be written: {what}", _WRITE_REMEDIES.get(number, "give another place"))
    return Problem(where, 0, what, _READ_REMEDIES.get(number, ""))


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes appear under `path` only once all are written; on any error nothing is left behind.

    Raises CannotWrite naming `path` when the system does not let it be written.
    """
    with _naming(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_NAME_KEPT]}.", suffix=".part")
    part = Path(name)
    try:
        with io.BufferedRandom(_Part(handle, path)) as stream:
            yield stream
            stream.flush()
            with _naming(path):
                os.fsync(stream.fileno())
        with _naming(path):
            part.chmod(0o666 & ~_umask())
            part.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise


class _Part(io.FileIO):
    """The bytes of a file that has not got its name yet; a refused write is told by the name it will have."""

    def __init__(self, handle: int, path: Path) -> None:
        super().__init__(handle, "r+b")
        self._path = path

    def write(self, data: ReadableBuffer) -> int:
        """As of any file, but a refusal names the result."""
        with _naming(self._path):
            return super().write(data)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Inside, what the system refuses is told as a write to `path`."""
    try:
        yield
    except OSError as error:
        raise CannotWrite(error, path) from None


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
    """Progress of a long command on stderr: a bar on a terminal, else a line every TOLD_EVERY_S. Use as a context manager.

    `advance_to` takes any growing number; `total` None shows only the elapsed time.
    """

    #: In a log file a line is enough this often, seconds.
    TOLD_EVERY_S: Final = 30.0

    def __init__(self, title: str, total: float | None = None) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task(title, total=total)
        self._is_terminal, self._title, self._total = console.is_terminal, title, total
        self._began = self._told = time.monotonic()

    def __enter__(self) -> Watcher:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance_to(self, done: float) -> None:
        """Shows that `done` of the total is behind us."""
        self._progress.update(self._task, completed=done)
        now = time.monotonic()
        if not self._is_terminal and now - self._told >= self.TOLD_EVERY_S:
            self._told = now
            part = f"{100 * done / self._total:.0f} %, " if self._total else ""
            warn(f"{self._title}: {part}{now - self._began:.0f} s")
