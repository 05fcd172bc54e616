"""The families of error: you broke the contract (`Refused`, `ValueError`), the world did (`InputProblems`, `BooksError`), or
the program itself is at fault (`BrokenBy`)."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

#: The name of the alarm about an input that broke the program and is left out since.
LEFT_OUT: Final = "input-left-out"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in something a person or a machine gave us, and what to do about it.

    `where` is a file name (or stream), `line` counts from 1 (0: the whole file), `what` says what is wrong in one
    sentence and `remedy` what to do next (may be empty when `what` already says it).
    """

    where: str
    line: int
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.where}:{self.line}" if self.line else self.where
        return f"{place}: {self.what}" + (f" -> {self.remedy}" if self.remedy else "")


class InputProblems(Exception):
    """The world gave us something unusable. Holds every mistake found, never only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Refused(Exception):
    """A room was given a record it cannot take (wrong order, unknown plate, illegal event). The room is unchanged."""


class BooksError(Exception):
    """What is written and what was read do not fit together: a database that is damaged, of another store or newer than this
    program, an id that stands there with other content, a disk that refuses. Nothing of the transaction was written."""


class BrokenBy(Exception):
    """The program broke, a fault of its own, while it took an input that had waited: which one, and how."""

    def __init__(self, record: str, fault: Exception) -> None:
        super().__init__(f"{record}: {described(fault)}")
        self.record, self.how = record, described(fault)


def described(fault: Exception) -> str:
    """A fault in one line: what it was and where."""
    *_, last = traceback.extract_tb(fault.__traceback__)
    return f"{type(fault).__name__} in {last.name}, line {last.lineno}: {fault}"


def left_out(record: str, how: str) -> str:
    """What that alarm says."""
    return f"the input {record} broke the program and is left out ({how}); send this text and the log of inputs to an engineer"
