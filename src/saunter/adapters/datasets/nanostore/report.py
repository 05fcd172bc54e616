"""What the importer met and how it handled it: every trap, every lost line, in the order it was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from saunter.base.errors import Problem
from saunter.base.limits import PROBLEMS_SHOWN_MAX

#: Names listed in the middle of a sentence; the rest are counted.
NAMES_SHOWN_MAX = 40
#: Names that end a sentence, and problems of one kind, when the report is told in brief: a screen holds it all.
BRIEF_NAMES_MAX = 5
BRIEF_OF_A_KIND_MAX = 3


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing met: its sentence ends with `names`, if there are any; `kind` empty: never grouped."""

    where: str
    line: int
    what: str
    remedy: str
    kind: str
    names: tuple[str, ...]

    def told(self, names_max: int | None) -> Problem:
        """The sentence with at most so many names, the rest counted; None: with all of them."""
        listed = f": {some(self.names, len(self.names) if names_max is None else names_max)}" if self.names else ""
        return Problem(self.where, self.line, self.what + listed, self.remedy)


class Report:
    """Collects problems. Of one kind in one file the first 100 are shown; the rest are counted with their first and last line."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._counts: dict[tuple[str, str], int] = {}
        self._overflow: dict[tuple[str, str], tuple[int, int]] = {}

    def add(self, where: str, what: str, remedy: str = "", line: int = 0, kind: str = "", names: Iterable[str] = ()) -> None:
        """One thing met. `kind` groups what may come in thousands (default: never grouped); `names` end the sentence."""
        where = _printable(where)
        entry = _Entry(where, line, _printable(what), remedy, kind, tuple(map(_printable, names)))
        if not kind:
            self._entries.append(entry)
            return
        key = (where, kind)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count <= PROBLEMS_SHOWN_MAX + 1:
            self._entries.append(entry)
        if count > PROBLEMS_SHOWN_MAX:
            first, last = self._overflow.get(key, (line, line))
            self._overflow[key] = (min(first, line), max(last, line))

    def problems(self) -> tuple[Problem, ...]:
        """All that was met, in the order it was met, with every name."""
        return tuple(self._told(PROBLEMS_SHOWN_MAX, None))

    def in_brief(self) -> tuple[Problem, ...]:
        """The same on one screen: the first few of each kind and the first few names, with how many more there are."""
        return tuple(self._told(BRIEF_OF_A_KIND_MAX, BRIEF_NAMES_MAX))

    def count(self, where: str, kind: str) -> int:
        """How many of a kind were met in a file."""
        return self._counts.get((where, kind), 0)

    def _told(self, of_a_kind_max: int, names_max: int | None) -> Iterator[Problem]:
        seen: dict[tuple[str, str], int] = {}
        for entry in self._entries:
            key = (entry.where, entry.kind)
            place = seen[key] = seen.get(key, 0) + 1
            if not entry.kind or place <= of_a_kind_max:
                yield entry.told(names_max)
            elif place == of_a_kind_max + 1:
                yield self._summary(key, of_a_kind_max)

    def _summary(self, key: tuple[str, str], told: int) -> Problem:
        where, kind = key
        what = f"{self._counts[key] - told} more of these ({kind})"
        if told < PROBLEMS_SHOWN_MAX:
            return Problem(where, 0, what)
        first, last = self._overflow[key]
        return Problem(where, first, f"{what}, lines {first} to {last}")


def _printable(text: str) -> str:
    """The text with a mark for every character a terminal or a file could choke on (files may hold anything)."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def some(names: Iterable[str], most: int = NAMES_SHOWN_MAX) -> str:
    """The names as one text, the first of them and how many more there are."""
    listed = list(names)
    shown = ", ".join(listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"
