"""What a running shop is fed from: a recording, at its own pace or faster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from saunter.records import AnyRecord, Reading, Tick, Truth, Verdict, WeightBlock


class RecordedSource:
    """A recording, handed out by when its readings arrived. Its ticks are left out: a running shop has its own clock.

    `shift` (ns) moves all its instants: a recording of last year plays today. Memory holds one record ahead.
    """

    def __init__(self, records: Iterator[AnyRecord], shift: int = 0) -> None:
        self._records = (
            record for record in records if isinstance(record, Reading | Verdict | Truth) and not isinstance(record, Tick)
        )
        self._shift = shift
        self._next: AnyRecord | None = next(self._records, None)
        self.first = self._next.envelope.arrived + shift if self._next else 0
        self.last = self._next.envelope.arrived + shift if self._next else 0

    def until(self, now: int) -> Sequence[AnyRecord]:
        """Everything that arrived up to now."""
        found = []
        while self._next is not None and self._next.envelope.arrived + self._shift <= now:
            found.append(shifted(self._next, self._shift))
            self.last = found[-1].envelope.arrived
            self._next = next(self._records, None)
        return found

    def hear(self, records: Sequence[AnyRecord]) -> None:
        """A recording answers nothing."""

    def is_over(self) -> bool:
        """Whether all of it was handed out."""
        return self._next is None


def shifted(record: AnyRecord, by: int) -> AnyRecord:
    """The same record at another time (ns); weights keep their samples' distances."""
    if not by:
        return record
    envelope = record.envelope
    moved = msgspec.structs.replace(envelope, happened=envelope.happened + by, arrived=envelope.arrived + by)
    if isinstance(record, WeightBlock):
        return WeightBlock(moved, record.plates, record.rate_hz, record.times + by, record.grams)
    return msgspec.structs.replace(record, envelope=moved)
