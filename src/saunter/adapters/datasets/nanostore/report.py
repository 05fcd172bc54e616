"""What the importer met and how it handled it: every trap, every lost line, in the order it was found."""

from __future__ import annotations

from collections.abc import Iterable

from saunter.base.errors import Problem
from saunter.base.limits import PROBLEMS_SHOWN_MAX

#: Names listed in one sentence; the rest are counted.
NAMES_SHOWN_MAX = 40


class Report:
    """Collects problems. Of one kind in one file the first 100 are shown; the rest are counted with their first and last line."""

    def __init__(self) -> None:
        self._entries: list[Problem | tuple[str, str]] = []
        self._counts: dict[tuple[str, str], int] = {}
        self._overflow: dict[tuple[str, str], tuple[int, int]] = {}

    def add(self, where: str, what: str, remedy: str = "", line: int = 0, kind: str = "") -> None:
        """One thing met. `kind` groups what may come in thousands (default: never grouped)."""
        where, what = _printable(where), _printable(what)
        if not kind:
            self._entries.append(Problem(where, line, what, remedy))
            return
        key = (where, kind)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count <= PROBLEMS_SHOWN_MAX:
            self._entries.append(Problem(where, line, what, remedy))
            return
        first, last = self._overflow.get(key, (line, line))
        if count == PROBLEMS_SHOWN_MAX + 1:
            self._entries.append(key)
        self._overflow[key] = (min(first, line), max(last, line))

    def problems(self) -> tuple[Problem, ...]:
        """All that was met, in the order it was met."""
        return tuple(entry if isinstance(entry, Problem) else self._summary(entry) for entry in self._entries)

    def count(self, where: str, kind: str) -> int:
        """How many of a kind were met in a file."""
        return self._counts.get((where, kind), 0)

    def _summary(self, key: tuple[str, str]) -> Problem:
        where, kind = key
        first, last = self._overflow[key]
        more = self._counts[key] - PROBLEMS_SHOWN_MAX
        return Problem(where, first, f"{more} more of these ({kind}), lines {first} to {last}")


def _printable(text: str) -> str:
    """The text with a mark for every character a terminal or a file could choke on (files may hold anything)."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def some(names: Iterable[str]) -> str:
    """The names as one text, the first 40 of them and how many more there are."""
    listed = list(names)
    shown = ", ".join(listed[:NAMES_SHOWN_MAX])
    return shown if len(listed) <= NAMES_SHOWN_MAX else f"{shown} and {len(listed) - NAMES_SHOWN_MAX} more"
