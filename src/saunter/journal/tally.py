"""Counting what a recording holds, stream by stream."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from saunter.records import AnyRecord


class StreamInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of one kind on one topic: how many, the first and last arrival (ns UTC), their bytes when unpacked."""

    topic: str
    kind: str
    messages: int
    first: int
    last: int
    bytes: int


@dataclass(slots=True)
class _Count:
    first: int
    last: int
    messages: int = 0
    bytes: int = 0


class Tally:
    """Running counts by topic and kind."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], _Count] = {}
        self.messages = 0

    def add(self, topic: str, record: AnyRecord, size: int) -> None:
        """One more record of `size` bytes."""
        arrived = record.envelope.arrived
        key = (topic, type(record).__name__)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = _Count(arrived, arrived)
        elif arrived < count.first:
            count.first = arrived
        elif arrived > count.last:
            count.last = arrived
        count.messages += 1
        count.bytes += size
        self.messages += 1

    def streams(self) -> tuple[StreamInfo, ...]:
        """The counts, sorted by topic and kind."""
        return tuple(
            StreamInfo(topic=topic, kind=kind, messages=count.messages, first=count.first, last=count.last, bytes=count.bytes)
            for (topic, kind), count in sorted(self._counts.items())
        )
