"""The readings of an import in order of arrival, with ticks on a fixed grid and, where a party is declared, its gate passes."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from saunter.adapters.datasets.nanostore.channels import Channels
from saunter.adapters.datasets.nanostore.people import unpack_people
from saunter.adapters.datasets.nanostore.spool import Entry, Ordered, unpack_block
from saunter.base.time import MILLISECOND, SECOND
from saunter.records import Envelope, GatePass, PeopleFrame, Reading, Tick, WeightBlock

STORE: Final = "nanostore"
STREAM_PEOPLE: Final = "people"
STREAM_TICKS: Final = "ticks"
STREAM_GATE: Final = "gates/declared"
GATE: Final = "declared"
#: The spool's number for people; gondolas have their own number (0 or more).
PEOPLE: Final = -1
TICK_NS: Final = 100 * MILLISECOND
#: How long the ticks go on after the last reading: reorder window, exit grace, settlement.
TAIL_NS: Final = 3 * SECOND


@dataclass(frozen=True)
class Timeline:
    """What to emit: spooled readings, the channels that carry plates, and the declared party (empty: none)."""

    ordered: Ordered
    channels: Channels
    declared: str

    def __iter__(self) -> Iterator[Reading]:
        sequences: defaultdict[str, int] = defaultdict(int)
        columns = {gondola: self._columns(gondola) for gondola in self.channels.geometry.gondolas()}
        started, ended = self.ordered.started, self.ordered.ended
        if self.declared:
            yield self._pass("in", started, sequences)
        for entry in heapq.merge(self.ordered, _ticks(started, ended), key=lambda entry: entry.arrived):
            if entry.stream == _TICK and entry.arrived >= ended and self.declared and not sequences["out"]:
                sequences["out"] = 1
                yield self._pass("out", ended, sequences)
            yield self._record(entry, columns, sequences)

    def _columns(self, gondola: int) -> tuple[tuple[str, ...], list[int]]:
        """The plates of a gondola that have a channel, and their places among all its plates in a spooled block."""
        plates = sorted(self.channels.geometry.of_gondola(gondola))
        real = self.channels.real(gondola)
        return tuple(self.channels.geometry.plate_ids[key] for key in real), [plates.index(key) for key in real]

    def _record(
        self, entry: Entry, columns: dict[int, tuple[tuple[str, ...], list[int]]], sequences: defaultdict[str, int]
    ) -> Reading:
        if entry.stream == _TICK:
            return Tick(envelope=_envelope(STREAM_TICKS, entry, sequences))
        if entry.stream == PEOPLE:
            return PeopleFrame(envelope=_envelope(STREAM_PEOPLE, entry, sequences), people=unpack_people(entry.payload))
        times, grams, rate_hz = unpack_block(entry.payload)
        names, places = columns[entry.stream]
        if grams.shape[1] != len(names):
            grams = np.ascontiguousarray(grams[:, places])
        return WeightBlock(_envelope(f"weights/g{entry.stream}", entry, sequences), names, rate_hz, times, grams)

    def _pass(self, direction: str, when: int, sequences: defaultdict[str, int]) -> GatePass:
        entry = Entry(_TICK, when, when, b"")
        envelope = _envelope(STREAM_GATE, entry, sequences)
        return GatePass(envelope=envelope, gate=GATE, direction="in" if direction == "in" else "out", party=self.declared)


_TICK = -2


def _ticks(started: int, ended: int) -> Iterator[Entry]:
    when = -(-started // TICK_NS) * TICK_NS
    while when < ended + TAIL_NS + TICK_NS:
        yield Entry(_TICK, when, when, b"")
        when += TICK_NS


def _envelope(stream: str, entry: Entry, sequences: defaultdict[str, int]) -> Envelope:
    sequence = sequences[stream]
    sequences[stream] += 1
    return Envelope(store=STORE, stream=stream, sequence=sequence, happened=entry.happened, arrived=entry.arrived)
