"""Which track went through a gate: by where everybody was at that moment, who is new and who is gone, and the gate's own word."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from saunter.base.time import to_seconds
from saunter.records import GatePass
from saunter.tracking import constants as c
from saunter.tracking.bodies import Track


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pass and the track that went through; `track` is empty where none was seen, `probability` how sure that is."""

    gate_pass: GatePass
    track: str
    probability: float


def chances(gate_pass: GatePass, point: tuple[float, float], tracks: Mapping[str, Track], now: int) -> dict[str, float]:
    """How well each track explains a pass (weights beside GATE_NONE): nearness at the moment, age or end, the gate's word."""
    found = {}
    for name, track in tracks.items():
        at, x_m, y_m = track.place_near(gate_pass.happened)
        gap_s = to_seconds(abs(at - gate_pass.happened))
        distance_m = math.hypot(x_m - point[0], y_m - point[1])
        if distance_m > c.GATE_M or gap_s > to_seconds(c.GATE):
            continue
        sd_m = math.hypot(c.GATE_SD_M, c.GATE_PACE_SD_M_S * gap_s)
        weight = math.exp(-0.5 * ((distance_m - c.GATE_PACE_M_S * gap_s) / sd_m) ** 2) * c.GATE_SD_M / sd_m
        weight *= 1.0 if _fits(gate_pass, track, now) else c.GATE_OLD if gate_pass.direction == "in" else c.GATE_STAYS
        weight *= 1.0 - track.continues if gate_pass.direction == "in" else 1.0
        found[name] = weight * (c.GATE_LINK if name == gate_pass.track else 1.0)
    return found


def _fits(gate_pass: GatePass, track: Track, now: int) -> bool:
    """Who comes in is new, who goes out is not seen any more."""
    if gate_pass.direction == "in":
        return track.first >= gate_pass.happened - c.GATE // 2
    return track.last < max(now - c.MOTION_SPAN, gate_pass.happened)


def chosen(gate_pass: GatePass, weights: Mapping[str, float]) -> Chosen:
    """The likeliest track of a pass, and how likely; ties go to the name that sorts first."""
    if not weights:
        return Chosen(gate_pass, "", 0.0)
    best = max(sorted(weights), key=lambda name: weights[name])
    return Chosen(gate_pass, best, weights[best] / (math.fsum(weights.values()) + c.GATE_NONE))


def exchanged(one: Chosen, other: Chosen, weights: Mapping[str, Mapping[str, float]]) -> float:
    """The probability that two passes were given each other's track; `weights` by the passes' ids."""
    mine, its = weights[one.gate_pass.id], weights[other.gate_pass.id]
    kept = mine.get(one.track, 0.0) * its.get(other.track, 0.0)
    crossed = mine.get(other.track, 0.0) * its.get(one.track, 0.0)
    return crossed / (kept + crossed) if crossed else 0.0
