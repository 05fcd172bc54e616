"""Reads a recording: the plan at once, the records as a stream, and says of everything it could not read what and how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import BinaryIO

from saunter.base.errors import Problem
from saunter.journal.channels import channel_of
from saunter.journal.framing import MAGIC, Piece, pieces
from saunter.journal.head import Head, check_magic, check_marks, read_head
from saunter.journal.index import Index, load_index
from saunter.journal.report import Report
from saunter.journal.tally import StreamInfo
from saunter.journal.walk import Walk
from saunter.records import AnyRecord


def open_recording(stream: BinaryIO, where: str = "recording") -> Recording:
    """Open a recording that begins where the stream begins; `where` names it in problems (a file name).

    Only the head is read. Raises `InputProblems` when it is no recording or of a newer format. A stream that cannot seek can
    be read once, and after damage not beyond it.
    """
    index = Index()
    if stream.seekable():
        index = load_index(stream)
        stream.seek(0)
    check_magic(stream, where)
    report = Report(where)
    upcoming = pieces(stream, len(MAGIC), index.landmarks)
    head = read_head(upcoming, report)
    check_marks(head.marks, where)
    return Recording(stream, head, index, upcoming, report)


class Recording:
    """An opened recording.

    `store` and `source` as the writer gave them, `format` the layout's version, `plan_texts` the plan's files by name (a
    missing one is among `problems`). Reading again starts over, and so do the counts.
    """

    def __init__(self, stream: BinaryIO, head: Head, index: Index, upcoming: Iterator[Piece], report: Report) -> None:
        self.store: str = head.marks["store"]
        self.source: str = head.marks.get("source", "")
        self.format: int = int(head.marks["format"])
        self.plan_texts: Mapping[str, str] = MappingProxyType(head.plan_texts)
        self._stream = stream
        self._head_report = report
        self._index = index
        self._channels = {entry.id: channel_of(entry, self.store) for entry in (*index.channels, *head.channels)}
        self._start = head.first.start if head.first else head.end
        self._upcoming: Iterator[Piece] | None = None
        if not stream.seekable():
            self._upcoming = chain([head.first] if head.first else [], upcoming)
        self._walk = self._new_walk()

    def records(self) -> Iterator[AnyRecord]:
        """Every readable record in the order of the file, one chunk in memory at a time; anything else becomes a problem.

        Raises ValueError on a second call if the stream cannot seek. Read one iterator at a time.
        """
        source = self._pieces()
        walk = self._walk = self._new_walk()
        for piece in source:
            yield from walk.receive(piece)
        walk.finish()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read so far: complete once `records` is used up."""
        return self._walk.report.problems()

    @property
    def messages_read(self) -> int:
        """Records given out so far in this pass."""
        return self._walk.tally.messages

    @property
    def messages_lost(self) -> int:
        """Messages known to be lost so far in this pass; how many a cut took is not known."""
        return self._walk.report.lost

    @property
    def complete(self) -> bool:
        """Whether this pass reached the end mark and nothing was lost or wrong."""
        return self._walk.closed and not self.problems

    def streams(self) -> tuple[StreamInfo, ...]:
        """What this pass has read so far, by topic and kind; empty before `records` is used."""
        return self._walk.tally.streams()

    def _pieces(self) -> Iterator[Piece]:
        if self._stream.seekable():
            self._stream.seek(self._start)
            return pieces(self._stream, self._start, self._index.landmarks)
        if self._upcoming is None:
            raise ValueError("this recording comes from a stream that cannot seek and was read already; open it again")
        upcoming, self._upcoming = self._upcoming, None
        return upcoming

    def _new_walk(self) -> Walk:
        return Walk(self.store, dict(self._channels), self._index, self._start, self._head_report.copy())
