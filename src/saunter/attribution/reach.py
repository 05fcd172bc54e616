"""Who could have reached: from wrists, or the body alone, to the plates, over the whole time of a change."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from saunter.attribution import constants as c
from saunter.base.geometry import box_distance
from saunter.base.time import to_seconds
from saunter.plan import Plan
from saunter.records import Interaction, PeopleFrame, Place, Point

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reach:
    """How well a track explains a change: log of the likelihood ratio against somebody who did something else.

    `distance_m` is the closest approach of `by` ("wrist", "body"; "unseen" with a negative distance).
    """

    log_ratio: float
    by: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class Region:
    """The space above the plates that changed: an oriented box of the shop frame."""

    plate: str
    low: Floats
    high: Floats


def region(plan: Plan, interaction: Interaction) -> Region:
    """The box above the middle of the change: as wide as what moved, at most 0.16 m more than its centre tells."""
    plate = plan.plates[interaction.plates[0]]
    half = min(interaction.extent_m / 2, 0.08)
    middle = interaction.centre_m - plate.along_m
    low = np.array([middle - half, 0.0, 0.0])
    high = np.array([middle + half, plate.depth_m, min(max(plate.clearance_m, 0.05), c.GRIP_M)])
    return Region(plate.id, low, high)


def wrist_ratio(distance_m: float) -> float:
    """p(a hand's closest wrist at this distance | it did it) / p(... | it did something else).

    An idle hand is anywhere in the room around: its distance grows with the square. A busy one, by coincidence at the same
    shelf, is at other goods anywhere on its face: its distance grows linearly.
    """
    near = math.sqrt(2 / math.pi) / c.WRIST_SD_M * math.exp(-0.5 * (distance_m / c.WRIST_SD_M) ** 2)
    stray = math.exp(-distance_m / c.WRIST_STRAY_M) / c.WRIST_STRAY_M
    idle = 3 * min(distance_m, c.IDLE_M) ** 2 / c.IDLE_M**3
    return ((1 - c.WRIST_STRAY) * near + c.WRIST_STRAY * stray) / ((1 - c.BUSY) * idle + c.BUSY * _busy(distance_m))


def _busy(distance_m: float) -> float:
    """Density per metre of a busy hand's distance; nearer than HAND_M nobody tells."""
    return 2 * max(distance_m, c.HAND_M) / c.BUSY_M**2 if distance_m < c.BUSY_M else 0.0


def elbow_ratio(distance_m: float) -> float:
    """The same for the elbow of a hand that is hidden: a forearm and a hand from what the hand is at."""
    near = math.exp(-0.5 * ((distance_m - c.ELBOW_M) / c.ELBOW_SD_M) ** 2) / (c.ELBOW_SD_M * math.sqrt(2 * math.pi))
    stray = math.exp(-distance_m / c.WRIST_STRAY_M) / c.WRIST_STRAY_M
    idle = 3 * min(max(distance_m, c.ELBOW_SD_M), c.IDLE_M) ** 2 / c.IDLE_M**3
    return ((1 - c.WRIST_STRAY) * near + c.WRIST_STRAY * stray) / (
        (1 - c.BUSY) * idle + c.BUSY * _busy(min(distance_m, 0.5 * c.BUSY_M))
    )


def hand_ratio(wrist_m: float | None, elbow_m: float | None, by_body: float) -> float:
    """The ratio of one hand: by its wrist, where that was hidden by its elbow, else by the body's."""
    if wrist_m is not None:
        return wrist_ratio(wrist_m)
    return by_body if elbow_m is None else elbow_ratio(elbow_m)


def body_ratio(distance_m: float, walked_m: float = 0.0) -> float:
    """The same for the floor distance of a body, which may have walked on since it was seen; idle ones are spread evenly over
    the floor, so that their distance grows linearly."""
    sd = math.hypot(c.BODY_SD_M, walked_m)
    near = math.exp(-0.5 * ((distance_m - c.BODY_M) / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
    stray = (1.0 if distance_m < c.FAR_M else 0.05) / c.FAR_M
    idle = 2 * min(max(distance_m, c.BODY_SD_M), c.FAR_M) / c.FAR_M**2
    return ((1 - c.BODY_STRAY) * near + c.BODY_STRAY * stray) / idle


@dataclass(slots=True)
class _Sighting:
    at: int
    place: Place


class Bodies:
    """Where every track was in the last seconds: wrists and a point for the body, per frame."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._seen: dict[str, deque[_Sighting]] = {}
        self._tidied = 0

    def receive(self, frame: PeopleFrame) -> None:
        """Remember where everybody was."""
        at, oldest = frame.happened, frame.happened - c.HISTORY
        for place in frame.places:
            if place is not None:
                seen = self._seen.setdefault(place.track, deque())
                seen.append(_Sighting(at, place))
                while seen[0].at < oldest:
                    seen.popleft()
        if at >= self._tidied + c.HISTORY:
            self._tidied = at
            self._seen = {track: seen for track, seen in self._seen.items() if seen[-1].at >= oldest}

    def seen_since(self, instant: int) -> set[str]:
        """The tracks seen at or after an instant (ns UTC)."""
        return {track for track, seen in self._seen.items() if seen[-1].at >= instant}

    def reach(self, interaction: Interaction) -> dict[str, Reach]:
        """For every remembered track, how well it explains the change. Tracks that began later are left out."""
        space = region(self._plan, interaction)
        found = {}
        for track, seen in self._seen.items():
            reach = self._of(seen, space, interaction)
            if reach is not None:
                found[track] = reach
        return found

    def _of(self, seen: deque[_Sighting], space: Region, interaction: Interaction) -> Reach | None:
        """By the wrists at the moment of the change; by the body while it lasted, where wrists were hidden."""
        within = _between(seen, interaction.started - c.MARGIN, interaction.settled + c.MARGIN)
        if not within:
            return self._unseen(seen, space, interaction)
        moment = _between(seen, interaction.happened - c.MOMENT, interaction.happened + c.MOMENT)
        if not moment or interaction.doubtful:
            moment = within
        body = min(self._body_distances(moment, space))
        by_body = body_ratio(body)
        if body > c.FAR_M:  # no arm is that long: what its hands did elsewhere tells nothing more
            return Reach(math.log(by_body), "body", body)
        wrists_and_elbows = [[s.place.wrists[side] for s in moment] for side in (0, 1)] + [
            [s.place.elbows[side] for s in moment] for side in (0, 1)
        ]
        distances = self._distances(wrists_and_elbows, space)
        wrists, elbows = distances[:2], distances[2:]
        ratios = [hand_ratio(wrist, elbow, by_body) for wrist, elbow in zip(wrists, elbows, strict=True)]
        log_ratio = math.log(0.5 * sum(ratios) + 1e-9)
        seen_hands = [wrist for wrist in wrists if wrist is not None]
        return Reach(log_ratio, "wrist", min(seen_hands)) if seen_hands else Reach(log_ratio, "body", body)

    def _distances(self, joints: list[list[Point | None]], space: Region) -> list[float | None]:
        """How near each joint was for at least half of the frames that show it, metres; None when it was hidden all the time.

        A hand that acts is at the thing all along; one that passes is there in a frame or two.
        """
        seen = [[point for point in points if point is not None] for points in joints]
        flat = [point for points in seen for point in points]
        if not flat:
            return [None] * len(joints)
        plate = self._plan.plates[space.plate]
        found = iter(box_distance(np.array(flat), plate.frame, space.low, space.high).tolist())
        ordered = [sorted(islice(found, len(points))) for points in seen]
        return [distances[(len(distances) - 1) // 2] if distances else None for distances in ordered]

    def _unseen(self, seen: deque[_Sighting], space: Region, interaction: Interaction) -> Reach | None:
        """A body that was hidden meanwhile: from where it was before, or comes out afterwards, it may have walked."""
        first, last = interaction.started - c.MARGIN, interaction.settled + c.MARGIN
        before = [sighting for sighting in seen if sighting.at < first]
        after = [sighting for sighting in seen if sighting.at > last]
        nearest = ([before[-1]] if before else []) + ([after[0]] if after else [])
        if not before:
            return None
        gap = min(to_seconds(max(first - s.at, s.at - last)) for s in nearest)
        distance = min(self._body_distances(nearest, space))
        fade = math.exp(-gap / c.UNSEEN_FADE_S) if not after else 1.0
        ratio = c.UNSEEN * fade * body_ratio(distance, c.WALK_M_S * gap) + 1e-9
        return Reach(math.log(ratio), "unseen", -distance)

    def _body_distances(self, sightings: list[_Sighting], space: Region) -> list[float]:
        plate = self._plan.plates[space.plate]
        points = np.array([(s.place.x_m, s.place.y_m, plate.frame.translation[2]) for s in sightings])
        return [float(distance) for distance in box_distance(points, plate.frame, space.low, space.high)]


def _between(seen: deque[_Sighting], first: int, last: int) -> list[_Sighting]:
    """The sightings of a stretch of time; looked for from the newest, because that is where they are."""
    found = []
    for sighting in reversed(seen):
        if sighting.at < first:
            break
        if sighting.at <= last:
            found.append(sighting)
    return found[::-1]
