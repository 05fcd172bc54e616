"""Who could have reached: from wrists, or the body alone, to the plates, over the whole time of a change."""

from __future__ import annotations

import math
import operator
from collections import deque
from dataclasses import dataclass, replace

from saunter.attribution import constants as c
from saunter.base.geometry import Point, beyond
from saunter.base.habits import PALM_M
from saunter.base.probability import log_sum
from saunter.base.time import to_seconds
from saunter.plan import Plan
from saunter.records import SIDES, Interaction, PeopleFrame, Place, Side


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
    """The space above the plates that changed: an oriented box of the shop frame, metres.

    `axes` are the rows of the rotation into the shop frame, `low` and `high` the box's corners in its own.
    """

    origin: Point
    axes: tuple[Point, Point, Point]
    low: Point
    high: Point

    def distance(self, x: float, y: float, z: float) -> float:
        """From a point of the shop to the box, metres; 0 inside."""
        (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = self.axes
        x, y, z = x - self.origin[0], y - self.origin[1], z - self.origin[2]
        along, deep, up = xx * x + yx * y + zx * z, xy * x + yy * y + zy * z, xz * x + yz * y + zz * z
        return math.hypot(
            max(self.low[0] - along, along - self.high[0], 0.0),
            max(self.low[1] - deep, deep - self.high[1], 0.0),
            max(self.low[2] - up, up - self.high[2], 0.0),
        )

    def middle(self) -> Point:
        """The middle of the box in the shop frame."""
        local = [0.5 * (low + high) for low, high in zip(self.low, self.high, strict=True)]
        x, y, z = (at + sum(map(operator.mul, axis, local)) for at, axis in zip(self.origin, self.axes, strict=True))
        return x, y, z


def region(plan: Plan, interaction: Interaction, centre_m: float, extent_m: float) -> Region:
    """The box above a stretch of the shelf, from its middle (metres along the shelf): as wide as what moved there, at most
    0.16 m more than its centre tells."""
    plate = plan.plates[interaction.plates[0]]
    half = min(extent_m / 2, 0.08)
    middle = centre_m - plate.along_m
    rows = plate.frame.rotation.tolist()
    x, y, z = plate.frame.translation.tolist()
    return Region(
        (x, y, z),
        (tuple(rows[0]), tuple(rows[1]), tuple(rows[2])),
        (middle - half, 0.0, 0.0),
        (middle + half, plate.depth_m, min(max(plate.clearance_m, 0.05), c.GRIP_M)),
    )


@dataclass(frozen=True, slots=True)
class Arm:
    """How an arm was held to the thing: distances in metres, the angle in radians; None: not seen.

    `palm_m` from where the palm must be, a little beyond the wrist along the forearm; `wrist_m` from the wrist where the
    elbow was hidden; `elbow_m` from the elbow where the wrist was hidden, and `bend` what the elbow would be bent by if the
    hand were at the thing. `moved_m` is how far the arm came from elsewhere, or went afterwards.
    """

    palm_m: float | None = None
    wrist_m: float | None = None
    elbow_m: float | None = None
    bend: float | None = None
    moved_m: float | None = None

    def ratio(self, by_body: float) -> float:
        """p(an arm is seen so | it did it) / p(... | it did something else); of an arm that was hidden the body's own."""
        return self._held(by_body) * _motion_ratio(self.moved_m)

    def _held(self, by_body: float) -> float:
        if self.palm_m is not None:
            return _hand_ratio(self.palm_m, c.PALM_SD_M)
        if self.wrist_m is not None:
            return _hand_ratio(self.wrist_m, c.WRIST_SD_M)
        return by_body if self.elbow_m is None else _elbow_ratio(self.elbow_m, self.bend)


def _motion_ratio(moved_m: float | None) -> float:
    """The ratio of an arm that moved so far: who takes or puts something comes with the hand and goes with it."""
    if moved_m is None:
        return 1.0
    if moved_m < c.STILL_M:
        return c.STILL_ACTING / c.STILL_ELSE
    return (1 - c.STILL_ACTING) / (1 - c.STILL_ELSE)


def _hand_ratio(distance_m: float, sd_m: float) -> float:
    """The ratio of a hand at a distance, give or take `sd_m`.

    An idle hand is anywhere in the room around: its distance grows with the square. A busy one, by coincidence at the same
    shelf, is at other goods anywhere on its face: its distance grows linearly.
    """
    near = math.sqrt(2 / math.pi) / sd_m * math.exp(-0.5 * (distance_m / sd_m) ** 2)
    stray = math.exp(-distance_m / c.WRIST_STRAY_M) / c.WRIST_STRAY_M
    idle = 3 * min(distance_m, c.IDLE_M) ** 2 / c.IDLE_M**3
    return ((1 - c.WRIST_STRAY) * near + c.WRIST_STRAY * stray) / ((1 - c.BUSY) * idle + c.BUSY * _busy(distance_m))


def _busy(distance_m: float) -> float:
    """Density per metre of a busy hand's distance; nearer than HAND_M nobody tells."""
    return 2 * max(distance_m, c.HAND_M) / c.BUSY_M**2 if distance_m < c.BUSY_M else 0.0


def _elbow_ratio(distance_m: float, bend: float | None) -> float:
    """The same for the elbow of a hand that is hidden: a forearm and a palm from what the hand is at, and not bent by much."""
    near = math.exp(-0.5 * ((distance_m - c.ELBOW_M) / c.ELBOW_SD_M) ** 2) / (c.ELBOW_SD_M * math.sqrt(2 * math.pi))
    stray = math.exp(-distance_m / c.WRIST_STRAY_M) / c.WRIST_STRAY_M
    idle = 3 * min(max(distance_m, c.ELBOW_SD_M), c.IDLE_M) ** 2 / c.IDLE_M**3
    reaching, resting = _bends(bend)
    return ((1 - c.WRIST_STRAY) * near * reaching + c.WRIST_STRAY * stray * resting) / (
        (1 - c.BUSY) * idle * resting + c.BUSY * _busy(min(distance_m, 0.5 * c.BUSY_M)) * reaching
    )


def _bends(bend: float | None) -> tuple[float, float]:
    """Densities of an elbow's bend towards the thing: of an arm that reaches for it, and of one that does something else,
    for which the thing lies in any direction."""
    if bend is None:
        return 1.0, 1.0
    reaching = math.sqrt(2 / math.pi) / c.BEND_SD * math.exp(-0.5 * (bend / c.BEND_SD) ** 2)
    return reaching, 0.5 * math.sin(min(max(bend, c.BEND_MIN), math.pi - c.BEND_MIN))


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

    def anytime(self, interaction: Interaction) -> dict[str, float]:
        """For a change that lasted longer than a moment, the log of each track's mean ratio over all its moments; else empty.

        Two who took one piece each, one after the other, may have moved the plate as one; when the second did, nobody knows.
        """
        whole = interaction.settled - interaction.started
        if whole <= 2 * c.MOMENT or interaction.doubtful:
            return {}
        steps = -(-whole // (2 * c.MOMENT))
        seen = [self.reach(interaction, at=interaction.started + number * whole // steps) for number in range(steps + 1)]
        tracks = dict.fromkeys(track for reaches in seen for track in reaches)
        log_count = math.log(len(seen))
        return {track: log_sum(each[track].log_ratio for each in seen if track in each) - log_count for track in tracks}

    def reach(self, interaction: Interaction, home: tuple[float, float] | None = None, at: int | None = None) -> dict[str, Reach]:
        """For every remembered track, how well it explains the change. Tracks that began later are left out.

        `home` (metres along the shelf) is the facing of one product of several that moved; without, all of the change counts.
        `at` is the moment looked at (ns UTC); without, when the larger part of the weight went.
        """
        left, right = home or (interaction.centre_m - interaction.extent_m / 2, interaction.centre_m + interaction.extent_m / 2)
        space = region(self._plan, interaction, 0.5 * (left + right), right - left)
        found = {}
        for track, seen in self._seen.items():
            reach = self._of(seen, space, interaction, interaction.happened if at is None else at)
            if reach is not None:
                found[track] = reach
        return found

    def _of(self, seen: deque[_Sighting], space: Region, interaction: Interaction, at: int) -> Reach | None:
        """By the wrists at the moment of the change; by the body while it lasted, where wrists were hidden."""
        within = _between(seen, interaction.started - c.MARGIN, interaction.settled + c.MARGIN)
        if not within:
            return self._unseen(seen, space, interaction)
        moment = _between(seen, at - c.MOMENT, at + c.MOMENT)
        if not moment or interaction.doubtful:
            moment = within
        body = min(_body_distances(moment, space))
        by_body = body_ratio(body)
        if body > c.ARM_M:  # no arm is that long: what its hands did elsewhere tells nothing more
            return Reach(math.log(by_body), "body", body)
        around = _between(seen, at - c.SWING, at + c.SWING)
        arms = [
            replace(self._arm([s.place for s in moment], side, space), moved_m=_moved(moment, around, side)) for side in SIDES
        ]
        log_ratio = math.log(0.5 * sum(arm.ratio(by_body) for arm in arms) + 1e-9)
        hands = [distance for arm in arms for distance in (arm.palm_m, arm.wrist_m) if distance is not None]
        return Reach(log_ratio, "wrist", min(hands)) if hands else Reach(log_ratio, "body", body)

    @staticmethod
    def _arm(places: list[Place], side: Side, space: Region) -> Arm:
        """How near an arm was for at least half of the frames that show it.

        A hand that acts is at the thing all along; one that passes is there in a frame or two.
        """
        arms = [place.arm(side) for place in places]
        palms = [beyond(wrist, elbow, PALM_M) for _, elbow, wrist in arms if wrist is not None and elbow is not None]
        if palms:
            return Arm(palm_m=_median(palms, space))
        wrists = [wrist for _, _, wrist in arms if wrist is not None]
        if wrists:
            return Arm(wrist_m=_median(wrists, space))
        elbows = [elbow for _, elbow, _ in arms if elbow is not None]
        if not elbows:
            return Arm()
        middle = space.middle()
        bends = sorted(
            _bend(shoulder, elbow, middle) for shoulder, elbow, _ in arms if elbow is not None and shoulder is not None
        )
        return Arm(elbow_m=_median(elbows, space), bend=bends[(len(bends) - 1) // 2] if bends else None)

    def _unseen(self, seen: deque[_Sighting], space: Region, interaction: Interaction) -> Reach | None:
        """A body that was hidden meanwhile: from where it was before, or comes out afterwards, it may have walked."""
        first, last = interaction.started - c.MARGIN, interaction.settled + c.MARGIN
        before = [sighting for sighting in seen if sighting.at < first]
        after = [sighting for sighting in seen if sighting.at > last]
        nearest = ([before[-1]] if before else []) + ([after[0]] if after else [])
        if not before:
            return None
        gap = min(to_seconds(max(first - s.at, s.at - last)) for s in nearest)
        distance = min(_body_distances(nearest, space))
        fade = math.exp(-gap / c.UNSEEN_FADE_S) if not after else 1.0
        ratio = c.UNSEEN * fade * body_ratio(distance, c.WALK_M_S * gap) + 1e-9
        return Reach(math.log(ratio), "unseen", -distance)


def _body_distances(sightings: list[_Sighting], space: Region) -> list[float]:
    """How far the bodies stood on the floor, metres."""
    return [space.distance(seen.place.x_m, seen.place.y_m, space.origin[2]) for seen in sightings]


def _median(points: list[Point], space: Region) -> float:
    """How near points were for at least half of the frames, metres."""
    return sorted(space.distance(*point) for point in points)[(len(points) - 1) // 2]


def _between(seen: deque[_Sighting], first: int, last: int) -> list[_Sighting]:
    """The sightings of a stretch of time; looked for from the newest, because that is where they are."""
    found = []
    for sighting in reversed(seen):
        if sighting.at < first:
            break
        if sighting.at <= last:
            found.append(sighting)
    return found[::-1]


def _bend(shoulder: Point, elbow: Point, thing: Point) -> float:
    """The angle (radians) between the upper arm and the way on from the elbow to the thing; 0: straight on."""
    upper = [there - here for here, there in zip(shoulder, elbow, strict=True)]
    rest = [there - here for here, there in zip(elbow, thing, strict=True)]
    lengths = math.hypot(*upper) * math.hypot(*rest)
    return math.acos(max(-1.0, min(1.0, sum(map(operator.mul, upper, rest)) / lengths))) if lengths > 0 else 0.0


def _moved(moment: list[_Sighting], around: list[_Sighting], side: Side) -> float | None:
    """How far an arm was, most of the time, from where it was at the moment: before or after it, whichever is more. By its
    elbow, or by its wrist where the elbow was hidden at the moment; never from the one to the other.

    None where it was not seen at the moment, or not often enough afterwards: a hand may rest long before it lifts.
    """
    part = "elbow" if any(f"{side}_elbow" in sighting.place.joints for sighting in moment) else "wrist"
    then = _joints(moment, f"{side}_{part}")
    before = _joints([s for s in around if s.at < moment[0].at], f"{side}_{part}")
    after = _joints([s for s in around if s.at > moment[-1].at], f"{side}_{part}")
    if not then or len(after) < c.SWING_FRAMES_MIN:
        return None
    centre = [sorted(values)[len(then) // 2] for values in zip(*then, strict=True)]
    return max(
        sorted(math.dist(centre, point) for point in points)[9 * len(points) // 10] for points in (before, after) if points
    )


def _joints(sightings: list[_Sighting], name: str) -> list[Point]:
    """Where one joint was whenever it was seen."""
    found = [joint for sighting in sightings if (joint := sighting.place.joints.get(name)) is not None]
    return [(joint.x_m, joint.y_m, joint.z_m) for joint in found]
