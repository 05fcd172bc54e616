"""Where each table and key of a TOML text stands, so that a mistake can be shown at its line.

The scanner is only asked about texts that `tomllib` has already accepted; it keeps places, not values.
"""

from __future__ import annotations

import re
from bisect import bisect_right

#: A path into the parsed document: keys, and positions in arrays.
Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r'[ \t]*("(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+)[ \t]*')
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_BARE = re.compile(r"[^\s,\]}#]+(?: [0-9][^\s,\]}#]*)?")
#: No plan nests deeper; below this the place of the enclosing value is good enough.
_DEPTH_MAX = 12


class _Lost(Exception):
    """The text does not look as expected: keep the places found so far."""


class TomlLines:
    """The places of one TOML text. `line(path)` is the line of the nearest enclosing thing that has a place; 0: none."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._places: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._end = 0
        try:
            self._scan_document()
        except _Lost:
            return

    def line(self, path: Path) -> int:
        """The line (from 1) where `path` or the nearest thing around it was written; 0 when nothing of it was."""
        for length in range(len(path), 0, -1):
            place = self._places.get(path[:length])
            if place is not None:
                return bisect_right(self._breaks, place - 1) + 1
        return 0

    def _scan_document(self) -> None:
        table: Path = ()
        while self._skip_blank() < len(self._text):
            if self._text[self._end] == "[":
                table = self._scan_header()
            else:
                self._scan_pair(table)

    def _scan_header(self) -> Path:
        start = self._end
        is_array = self._text.startswith("[[", start)
        self._end += 2 if is_array else 1
        path: Path = ()
        *parents, last = self._scan_key()
        for part in parents:
            path = self._into_last((*path, part))
        path = (*path, last)
        if is_array:
            self._counts[path] = self._counts.get(path, 0) + 1
            self._places.setdefault(path, start)
        path = self._into_last(path)
        self._places.setdefault(path, start)
        self._end += 2 if is_array else 1
        return path

    def _into_last(self, path: Path) -> Path:
        count = self._counts.get(path)
        return path if count is None else (*path, count - 1)

    def _scan_pair(self, table: Path) -> None:
        start = self._end
        path = table
        for part in self._scan_key():
            path = (*path, part)
            self._places.setdefault(path, start)
        if not self._text.startswith("=", self._end):
            raise _Lost
        self._end += 1
        self._scan_value(path)

    def _scan_key(self) -> list[str]:
        parts: list[str] = []
        while True:
            match = self._take(_KEY)
            parts.append(match.group(1).strip("\"'"))
            if not self._text.startswith(".", self._end):
                return parts
            self._end += 1

    def _scan_value(self, path: Path) -> None:
        self._skip_blank()
        self._places.setdefault(path, self._end)
        if len(path) > _DEPTH_MAX:
            raise _Lost
        opening = self._text[self._end : self._end + 1]
        if opening == "[":
            self._scan_items(path, "]")
        elif opening == "{":
            self._scan_items(path, "}")
        else:
            self._take(_STRING if opening in "\"'" else _BARE)

    def _scan_items(self, path: Path, closing: str) -> None:
        self._end += 1
        position = 0
        while not self._text.startswith(closing, self._skip_blank()):
            if closing == "]":
                self._scan_value((*path, position))
            else:
                self._scan_pair(path)
            position += 1
            if self._text.startswith(",", self._skip_blank()):
                self._end += 1
        self._end += 1

    def _skip_blank(self) -> int:
        self._take(_BLANK)
        return self._end

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self._text, self._end)
        if match is None:
            raise _Lost
        self._end = match.end()
        return match
