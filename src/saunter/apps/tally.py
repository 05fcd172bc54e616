"""Counts what a simulated scenario holds while it is written: so that one can see whether the pretend world is plausible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from saunter.base.ids import STAFF
from saunter.base.time import MINUTE, SECOND
from saunter.records import AnyRecord, GatePass, PeopleFrame, TrueAction, TrueReceipt
from saunter.simulation import ODD, SHOPPERS_BEHAVIOURS


class Tally:
    """`watched` passes records through and counts them; `lines` tells the result in words."""

    def __init__(self) -> None:
        self._actions: Counter[str] = Counter()
        self._pieces: list[int] = []
        self._inside: Counter[str] = Counter()
        self._entered: dict[str, int] = {}
        self._stays_s: list[float] = []
        self._parties_most = self._bodies = self._bodies_most = 0
        self._frames = self._wrists = self._sighted = 0
        self._tracks: set[str] = set()
        self._gates_without = self._passes = 0
        self._first = self._last = 0

    def watched(self, records: Iterator[AnyRecord]) -> Iterator[AnyRecord]:
        """The same records."""
        for record in records:
            self._first = self._first or record.envelope.arrived
            self._last = record.envelope.arrived
            match record:
                case PeopleFrame():
                    self._frame(record)
                case GatePass():
                    self._gate_pass(record)
                case TrueAction():
                    self._actions[record.behaviour] += 1
                case TrueReceipt():
                    self._pieces.append(sum(line.quantity for line in record.lines))
                case _:
                    pass
            yield record

    def lines(self) -> list[str]:
        """What was counted, a line each."""
        return [self._visits(), self._deeds(), self._seen()]

    def _frame(self, frame: PeopleFrame) -> None:
        self._frames += 1
        self._sighted += len(frame.people)
        self._bodies_most = max(self._bodies_most, len(frame.people))
        for person in frame.people:
            self._tracks.add(person.track)
            self._wrists += ("left_wrist" in person.joints) + ("right_wrist" in person.joints)

    def _gate_pass(self, passed: GatePass) -> None:
        self._passes += 1
        self._gates_without += not passed.track
        is_in = passed.direction == "in"
        self._bodies += is_in
        if passed.party == STAFF:
            return
        self._inside[passed.party] += 1 if is_in else -1
        self._entered.setdefault(passed.party, passed.happened)
        if self._inside[passed.party] <= 0:
            del self._inside[passed.party]
            self._stays_s.append((passed.happened - self._entered[passed.party]) / SECOND)
        self._parties_most = max(self._parties_most, len(self._inside))

    def _visits(self) -> str:
        pieces, stays_s = self._pieces or [0], self._stays_s or [0.0]
        minutes = (self._last - self._first) / MINUTE
        return (
            f"{len(self._pieces)} visits in {minutes:.1f} min, at most {self._parties_most} parties and {self._bodies_most} seen"
            f" bodies at once; pieces bought: mean {np.mean(pieces):.2f}, median {np.median(pieces):g},"
            f" 95 % {np.percentile(pieces, 95):g}; stay: median {np.median(stays_s):.0f} s,"
            f" 95 % {np.percentile(stays_s, 95):.0f} s"
        )

    def _deeds(self) -> str:
        mine = {name: count for name, count in self._actions.items() if name in SHOPPERS_BEHAVIOURS}
        total, odd = sum(mine.values()), sum(count for name, count in mine.items() if name in ODD)
        minutes = max(1e-9, (self._last - self._first) / MINUTE)
        each = ", ".join(f"{name} {count}" for name, count in sorted(self._actions.items()))
        return f"{total / minutes:.1f} actions of shoppers per minute, {odd / max(1, total):.1%} of them odd: {each}"

    def _seen(self) -> str:
        per_body = len(self._tracks) / max(1, self._bodies)
        return (
            f"wrists seen in {self._wrists / max(1, 2 * self._sighted):.1%} of sightings; {len(self._tracks)} tracks of"
            f" {self._bodies} bodies ({per_body:.2f} each); gate passes without a track {self._gates_without} of {self._passes}"
        )
