"""The documents of a database export: JSON lines, a JSON array, or pretty-printed; plain or gzip; as large as they like."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from saunter.adapters.datasets.nanostore.fields import Fields
from saunter.adapters.datasets.nanostore.report import Report
from saunter.base.limits import MESSAGE_BYTES_MAX

_CHUNK = 1 << 18
_SUFFIXES = (".json", ".jsonl", ".ndjson", ".sample.jsonl")
_BLANK = re.compile(r"[\s,\[\]\ufeff]*")
_NEXT = re.compile(r'\{\s*"_id"')
_NEXT_WITHOUT_ID = re.compile(r"(?<=\})\s*,\s*(?=\{)")


def find_export(folder: Path, stem: str, report: Report) -> Path | None:
    """The file of one collection: `stem` with .json, .jsonl, .ndjson or .sample.jsonl, also .gz; None when there is none."""
    names = [stem + suffix + packed for suffix in _SUFFIXES for packed in ("", ".gz")]
    found = [folder / name for name in names if (folder / name).is_file()]
    for ignored in found[1:]:
        report.add(
            ignored.name, f"ignored: {found[0].name} holds the same collection and was read instead", "keep only one of them"
        )
    return found[0] if found else None


def read_documents(path: Path, report: Report) -> Iterator[tuple[int, Fields]]:
    """Every document with its line (1-based). What is damaged is reported with its line and skipped; the rest is kept."""
    with open(path, "rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream = io.BufferedReader(_Forgiving(gzip.GzipFile(fileobj=raw) if packed else raw, path.name, report), _CHUNK)
        if _one_per_line(stream.peek(4096)[:4096]):
            yield from _lines(stream, path.name, report)
        else:
            yield from _values(stream, path.name, report)


class _Forgiving(io.RawIOBase):
    """A byte stream that ends, with a report, where a gzip file is damaged or cut off."""

    def __init__(self, inner: io.BufferedReader | gzip.GzipFile, where: str, report: Report) -> None:
        self._inner = inner
        self._where = where
        self._report = report
        self._ended = False

    def readable(self) -> bool:
        """Always: damage shows only while reading."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """The next bytes; none once the file has ended or turned out damaged, which is reported then."""
        try:
            # One raw read at a time: a longer read would lose what it had unpacked before the damage.
            piece = b"" if self._ended else self._inner.read1(len(buffer))
        except (EOFError, OSError, zlib.error) as damage:
            self._ended = True
            self._report.add(self._where, f"cut off or damaged ({damage}); what comes before was kept", "fetch the file again")
            return 0
        buffer[: len(piece)] = piece
        return len(piece)


def _one_per_line(start: bytes) -> bool:
    opening = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    first_line = opening.partition(b"\n")[0].strip()
    return not opening.startswith(b"[") and first_line != b"{"


def _lines(stream: IO[bytes], where: str, report: Report) -> Iterator[tuple[int, Fields]]:
    line = 0
    while raw := stream.readline(MESSAGE_BYTES_MAX + 1):
        line += 1
        if len(raw) > MESSAGE_BYTES_MAX:
            _skip_line(stream, raw)
            report.add(where, f"longer than {MESSAGE_BYTES_MAX} bytes, lost", "", line, "damaged documents")
            continue
        document = raw.removeprefix(b"\xef\xbb\xbf").strip()
        if document:
            yield from _one(document, where, line, report)


def _skip_line(stream: IO[bytes], raw: bytes) -> None:
    while raw and not raw.endswith(b"\n"):
        raw = stream.readline(_CHUNK)


def _one(document: bytes, where: str, line: int, report: Report) -> Iterator[tuple[int, Fields]]:
    try:
        value = json.loads(document)
    except (ValueError, RecursionError) as damage:
        report.add(where, f"damaged JSON, lost ({_reason(damage)})", "", line, "damaged documents")
        return
    if isinstance(value, dict):
        yield line, value
    else:
        report.add(where, f"a {type(value).__name__} where a document should be, lost", "", line, "damaged documents")


class _Text:
    """A growing window on decoded text that knows its line number."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
        self.text = ""
        self.line = 1
        self.ended = False

    def grow(self) -> bool:
        """Read as much again as there is, at least a chunk; False at the end of the file."""
        piece = self._stream.read(max(_CHUNK, len(self.text)))
        self.ended = not piece
        self.text += piece
        return bool(piece)

    def drop(self, length: int) -> None:
        """Forget the first `length` characters."""
        self.line += self.text.count("\n", 0, length)
        self.text = self.text[length:]


def _values(stream: IO[bytes], where: str, report: Report) -> Iterator[tuple[int, Fields]]:
    window = _Text(stream)
    while _advance_to_value(window):
        found = _decode(window)
        if found is None:
            _skip_damage(window, where, report)
            continue
        value, length = found
        line = window.line
        window.drop(length)
        if isinstance(value, dict):
            yield line, value
        else:
            report.add(where, f"a {type(value).__name__} where a document should be, lost", "", line, "damaged documents")


def _advance_to_value(window: _Text) -> bool:
    """Put the next value at the start of the window; False when the file is over."""
    while True:
        blank = _BLANK.match(window.text)
        window.drop(blank.end() if blank else 0)
        if window.text:
            return True
        if not window.grow():
            return False


def _decode(window: _Text) -> tuple[object, int] | None:
    """The value at the start of the window and its length; None when it is damaged (or longer than the limit)."""
    while True:
        try:
            value, length = json.JSONDecoder().raw_decode(window.text)
        except (ValueError, RecursionError) as damage:
            near_end = len(window.text) - getattr(damage, "pos", 0) < _CHUNK // 16 or "Unterminated" in str(damage)
            if window.ended or not near_end or len(window.text) > MESSAGE_BYTES_MAX or not window.grow():
                return None
        else:
            if length < len(window.text) or not window.grow():
                return value, length


def _skip_damage(window: _Text, where: str, report: Report) -> None:
    """Drop up to the next thing that looks like the start of a document, and report what was lost."""
    line, lost = window.line, 0
    while True:
        following = _NEXT.search(window.text, 1) or _NEXT_WITHOUT_ID.search(window.text, 1)
        if following:
            lost += following.start()
            window.drop(following.start())
            break
        keep = 0 if window.ended else min(len(window.text), 64)
        lost += len(window.text) - keep
        window.drop(len(window.text) - keep)
        if not window.grow():
            lost += len(window.text)
            window.drop(len(window.text))
            break
    report.add(where, f"damaged JSON, {lost} characters up to line {window.line} lost", "", line, "damaged documents")


def _reason(damage: Exception) -> str:
    return damage.msg if isinstance(damage, json.JSONDecodeError) else type(damage).__name__
