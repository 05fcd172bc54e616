"""Who is who: what tracking says about bodies. Doubt is part of it; the joint belief decides."""

from __future__ import annotations

import msgspec

from saunter.records.decisions import Share
from saunter.records.envelope import Record


class Continuation(msgspec.Struct, frozen=True, kw_only=True):
    """A track may be the same body as an earlier, lost track, with this probability."""

    track: str
    probability: float


class TrackNamed(Record, frozen=True, kw_only=True):
    """Who a track may be: parties it was named by (gate, source) and lost tracks it may continue.

    `names` and `continues` together sum to at most one; the rest is UNREGISTERED.
    """

    track: str
    names: tuple[Share, ...]
    continues: tuple[Continuation, ...] = ()


class TracksMet(Record, frozen=True, kw_only=True):
    """Two bodies came so close that a tracker may have swapped their names; `swap_probability` says how likely."""

    one: str
    other: str
    distance_m: float
    swap_probability: float


class TrackLeft(Record, frozen=True, kw_only=True):
    """The gate saw this party leave, with this track if anybody knows (else empty), as sure as `probability` says: evidence
    for who the track was."""

    track: str
    party: str
    probability: float = 1.0


class HandAtFloor(Record, frozen=True, kw_only=True):
    """A hand of this body stayed near the floor, away from every plate, from `started` to `settled` (ns UTC): something that
    it held may have been set down there. The place is of the hand, metres in the shop frame."""

    track: str
    started: int
    settled: int
    x_m: float
    y_m: float


WhoIsWho = TrackNamed | TracksMet | TrackLeft | HandAtFloor
