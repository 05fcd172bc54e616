"""What `saunter recording info` tells: one whole pass over a recording, condensed."""

from __future__ import annotations

import msgspec

from saunter.base.errors import Problem
from saunter.base.time import format_iso
from saunter.journal.reader import Recording
from saunter.journal.tally import StreamInfo


class RecordingSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A recording in a few numbers; ready for JSON. `first` and `last` are the earliest and latest arrival (0: no records)."""

    store: str
    source: str
    format: int
    plan_files: tuple[str, ...]
    streams: tuple[StreamInfo, ...]
    messages_read: int
    messages_lost: int
    first: int
    last: int
    complete: bool
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def summarise(recording: Recording) -> RecordingSummary:
    """Read everything once, keep nothing, and say what is there and what is not."""
    for _ in recording.records():
        pass
    streams = recording.streams()
    return RecordingSummary(
        store=recording.store,
        source=recording.source,
        format=recording.format,
        plan_files=tuple(recording.plan_texts),
        streams=streams,
        messages_read=recording.messages_read,
        messages_lost=recording.messages_lost,
        first=min((stream.first for stream in streams), default=0),
        last=max((stream.last for stream in streams), default=0),
        complete=recording.complete,
        problems=recording.problems,
    )


def _lines(summary: RecordingSummary) -> list[str]:
    lines = [
        f"store     {summary.store}",
        f"source    {summary.source or '(not said)'}",
        f"plan      {', '.join(summary.plan_files)}",
    ]
    if summary.streams:
        lines.append(f"from      {format_iso(summary.first)}")
        lines.append(f"to        {format_iso(summary.last)}")
    lines.append(f"messages  {summary.messages_read} read, {summary.messages_lost} lost")
    width = max((len(stream.topic) for stream in summary.streams), default=0)
    lines.extend(
        f"  {stream.topic:<{width}}  {stream.kind:<13} {stream.messages:>9} {stream.bytes:>12} bytes"
        for stream in summary.streams
    )
    lines.extend(str(problem) for problem in summary.problems)
    return lines
