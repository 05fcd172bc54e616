"""The readings of an import in order of arrival, with ticks on a fixed grid and the gate passes that stand for a presence.

The data has no gate events. A declared party is there from the first reading to the last; a tracked one from its first
sighting to its last, which only the whole file can tell: both are written as passes through gates that say so.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from saunter.adapters.datasets.nanostore.channels import Channels
from saunter.adapters.datasets.nanostore.people import unpack_people
from saunter.adapters.datasets.nanostore.spool import Entry, Ordered, unpack_block
from saunter.base.time import MILLISECOND, SECOND
from saunter.records import Envelope, GatePass, PeopleFrame, Reading, Tick, WeightBlock

STORE: Final = "nanostore"
STREAM_PEOPLE: Final = "people"
STREAM_TICKS: Final = "ticks"
DECLARED: Final = "declared"
SIGHTING: Final = "sighting"
#: The spool's number for people; gondolas have their own number (0 or more).
PEOPLE: Final = -1
TICK_NS: Final = 100 * MILLISECOND
#: How long the ticks go on after the last reading: the reorder window and what shelves need to come to rest. A replay
#: closes the shop after that by ticks of its own.
TAIL_NS: Final = 3 * SECOND


@dataclass(frozen=True)
class _Presence:
    """A party came or went."""

    when: int
    direction: Literal["in", "out"]
    party: str
    gate: str

    def precedes(self, arrived: int) -> bool:
        """Whether the pass comes before what arrives then: entering before what is of the same instant, leaving after."""
        return self.when <= arrived if self.direction == "in" else self.when < arrived


@dataclass(frozen=True)
class Timeline:
    """What to emit: spooled readings, the channels that carry plates, and the declared party (empty: none)."""

    ordered: Ordered
    channels: Channels
    declared: str

    def __iter__(self) -> Iterator[Reading]:
        sequences: defaultdict[str, int] = defaultdict(int)
        columns = {gondola: self._columns(gondola) for gondola in self.channels.geometry.gondolas()}
        passes = self._passes()
        ticks = _ticks(self.ordered.started, self.ordered.ended)
        waiting = 0
        for entry in heapq.merge(self.ordered, ticks, key=lambda entry: entry.arrived):
            while waiting < len(passes) and passes[waiting].precedes(entry.arrived):
                yield _gate_pass(passes[waiting], sequences)
                waiting += 1
            yield self._record(entry, columns, sequences)

    def _passes(self) -> list[_Presence]:
        """Who came and went when, in order; of equal instants those who come first."""
        whole = (self.ordered.started, self.ordered.ended)
        spans = {self.declared: whole} if self.declared else self._sightings()
        gate = DECLARED if self.declared else SIGHTING
        comings = [_Presence(first, "in", party, gate) for party, (first, _) in spans.items()]
        goings = [_Presence(last, "out", party, gate) for party, (_, last) in spans.items()]
        return sorted([*comings, *goings], key=lambda each: (each.when, each.direction, each.party))

    def _sightings(self) -> dict[str, tuple[int, int]]:
        """The first and the last instant at which each party was seen."""
        spans: dict[str, tuple[int, int]] = {}
        for entry in self.ordered:
            if entry.stream != PEOPLE:
                continue
            for person in unpack_people(entry.payload):
                if person.party:
                    first, last = spans.get(person.party, (entry.happened, entry.happened))
                    spans[person.party] = (min(first, entry.happened), max(last, entry.happened))
        return spans

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


def _gate_pass(presence: _Presence, sequences: defaultdict[str, int]) -> GatePass:
    entry = Entry(_TICK, presence.when, presence.when, b"")
    envelope = _envelope(f"gates/{presence.gate}", entry, sequences)
    track = presence.party if presence.gate == SIGHTING else ""
    return GatePass(envelope=envelope, gate=presence.gate, direction=presence.direction, party=presence.party, track=track)


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
