"""Hands at the floor: where a body may have set down what it held, away from every plate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saunter.base.geometry import Point, beyond, box_distance
from saunter.base.habits import FLOOR_WRIST_M, PALM_M
from saunter.plan import Plan, Plate
from saunter.records import SIDES, Place, Side
from saunter.tracking import constants as c


@dataclass(frozen=True, slots=True)
class Stoop:
    """A hand of `track` was near the floor from `started` to `settled` (ns UTC), at this place (metres)."""

    track: str
    started: int
    settled: int
    x_m: float
    y_m: float


@dataclass(slots=True)
class _Low:
    """A track's hand near the floor: since when, until when, in how many frames, and where it was seen there last."""

    started: int
    last: int
    frames: int
    place: Point

    def is_stoop(self) -> bool:
        """Whether it was there long enough, and not too long."""
        return self.frames >= c.FLOOR_FRAMES and self.last - self.started <= c.FLOOR_LONGEST

    def stoop(self, track: str) -> Stoop:
        """What is told of it."""
        return Stoop(track, self.started, self.last, round(self.place[0], 3), round(self.place[1], 3))


class Stooping:
    """Watches all hands; one is at the floor when it was there for FLOOR_FRAMES frames, and no longer than FLOOR_LONGEST."""

    def __init__(self, plan: Plan) -> None:
        self._plates = [plate for plate in plan.plates.values() if plate.frame.translation[2] < c.FLOOR_HAND_M + c.FLOOR_CLEAR_M]
        self._low: dict[str, _Low] = {}
        self._over: list[Stoop] = []

    def seen(self, at: int, place: Place) -> None:
        """Take in one body of a frame."""
        for side in SIDES:
            _, elbow, wrist = place.arm(side) if _is_low(place, side) else (None, None, None)
            if wrist is None or elbow is None or wrist[2] > elbow[2]:
                continue
            hand = beyond(wrist, elbow, PALM_M)
            if hand[2] < c.FLOOR_HAND_M and not self._is_at_a_plate(hand):
                self._note(at, place.track, hand)

    def _note(self, at: int, track: str, hand: Point) -> None:
        low = self._low.get(track)
        if low is None or at - low.last > c.FLOOR_GAP:
            if low is not None and low.is_stoop():
                self._over.append(low.stoop(track))
            self._low[track] = _Low(at, at, 1, hand)
        elif at > low.last:
            low.last, low.frames, low.place = at, low.frames + 1, hand

    def over(self, to: int) -> list[Stoop]:
        """Those that ended long enough before `to` (ns UTC) for every take before them to have been told; each once."""
        for track, low in list(self._low.items()):
            if to - low.last > c.FLOOR_GAP:
                del self._low[track]
                if low.is_stoop():
                    self._over.append(low.stoop(track))
        told = sorted(
            (each for each in self._over if to - each.settled >= c.FLOOR_TOLD), key=lambda each: (each.settled, each.track)
        )
        self._over = [each for each in self._over if to - each.settled < c.FLOOR_TOLD]
        return told

    def _is_at_a_plate(self, hand: Point) -> bool:
        return any(_is_near(plate, hand) for plate in self._plates)


def _is_low(place: Place, side: Side) -> bool:
    wrist = place.joints.get(f"{side}_wrist")
    return wrist is not None and wrist.z_m <= FLOOR_WRIST_M


def _is_near(plate: Plate, hand: Point) -> bool:
    high = np.array([plate.width_m, plate.depth_m, max(plate.clearance_m, c.FLOOR_CLEAR_M)])
    return float(box_distance(np.array(hand), plate.frame, np.zeros(3), high)) < c.FLOOR_CLEAR_M
