"""The one reorder window: readings wait here until nothing earlier can come, then go on in the order they happened."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numpy as np

from saunter.base.limits import REORDER_RECORDS_MAX
from saunter.base.time import SECOND
from saunter.records import Envelope, GatePass, PeopleFrame, WeightBlock

Waiting = PeopleFrame | GatePass | WeightBlock
#: Longer weight blocks are cut into pieces of this many nanoseconds, so that none reaches far beyond its beginning.
PIECE = SECOND // 2


class Reorder:
    """A heap of readings by (happened, stream, sequence). What comes later than the window is late: handed out at once
    if the rooms can still use it (weights fill gaps), otherwise counted and named."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, str, int, int, Waiting]] = []
        self._released = -(2**63)
        self._count = 0

    def put(self, record: Waiting) -> bool:
        """Let a reading wait for its turn. False when it is late: everything up to after it was released before."""
        if isinstance(record, WeightBlock):
            for piece in pieces(record):
                self._push(piece)
            return True
        if record.happened <= self._released:
            return False
        self._push(record)
        return True

    def _push(self, record: Waiting) -> None:
        self._count += 1
        heapq.heappush(self._heap, (record.happened, record.envelope.stream, record.envelope.sequence, self._count, record))

    def release(self, to: int) -> Iterator[Waiting]:
        """Everything that happened up to `to`, in order; and the oldest beyond the limit on waiting readings."""
        while self._heap and (self._heap[0][0] <= to or len(self._heap) > REORDER_RECORDS_MAX):
            yield heapq.heappop(self._heap)[4]
        self._released = max(self._released, to)

    @property
    def waiting(self) -> int:
        """How many readings wait."""
        return len(self._heap)


def pieces(block: WeightBlock) -> Iterator[WeightBlock]:
    """A weight block cut at multiples of PIECE of its own time, in order; usually the block itself."""
    if len(block.times) == 0:
        return
    first, last = int(block.times[0]), int(block.times[-1])
    if last - first <= PIECE:
        yield block
        return
    cuts = np.flatnonzero(np.diff(block.times // PIECE) > 0) + 1
    for start, end in zip((0, *cuts.tolist()), (*cuts.tolist(), len(block.times)), strict=True):
        old = block.envelope
        envelope = Envelope(
            store=old.store, stream=old.stream, sequence=old.sequence, happened=int(block.times[start]), arrived=old.arrived
        )
        yield WeightBlock(envelope, block.plates, block.rate_hz, block.times[start:end], block.grams[start:end])
