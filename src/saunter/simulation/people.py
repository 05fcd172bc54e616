"""What a tracker sends: bodies with jittering joints, hidden wrists, missed frames, and the names it believes in."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from saunter.base.geometry import Array
from saunter.base.ids import STAFF
from saunter.base.randomness import generator
from saunter.base.time import from_seconds
from saunter.plan import Plan
from saunter.records import Envelope, Joint, PeopleFrame, Person
from saunter.simulation import table
from saunter.simulation.bodies import Bodies, Body, leg_at, place_at
from saunter.simulation.story import Story

#: Joints of a standing body 1.7 m tall: metres forward, to the left, and up.
_STANDING = {
    "head": (0.03, 0.0, 1.60),
    "neck": (0.0, 0.0, 1.45),
    "left_shoulder": (0.0, 0.18, 1.40),
    "right_shoulder": (0.0, -0.18, 1.40),
    "left_elbow": (0.02, 0.23, 1.12),
    "right_elbow": (0.02, -0.23, 1.12),
    "left_wrist": (0.12, 0.24, 0.90),
    "right_wrist": (0.12, -0.24, 0.90),
    "left_hip": (0.0, 0.12, 0.95),
    "right_hip": (0.0, -0.12, 0.95),
    "foot": (0.0, 0.0, 0.0),
}
#: The joints of a body in the order in which arrays hold them.
JOINT_NAMES: Final = tuple(_STANDING)
#: Those joints (joints, 3) of a body at the origin that looks along x.
STANDING: Final = np.array([_STANDING[name] for name in JOINT_NAMES])
#: How far each joint goes along when the body bends towards something: 1 all the way, 0 not at all.
_BENDS = np.array([1.0, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 0.3, 0.3, 0.0])
#: Where the wrists are among the joints, left and right.
WRISTS: Final = (JOINT_NAMES.index("left_wrist"), JOINT_NAMES.index("right_wrist"))
_BY_KIND = {"joints": tuple(range(len(JOINT_NAMES) - 1)), "positions": (JOINT_NAMES.index("head"), JOINT_NAMES.index("foot"))}
#: Reaches looked at from the latest that began: nobody has more hands than these at work at once.
_REACHES_SEEN = 6


class ArmsReach(Protocol):
    """A hand goes out from `start_s`, is at `target` (3,) from `there_s` to `back_s`, and home at `end_s`."""

    @property
    def start_s(self) -> float:
        """See the class."""

    @property
    def there_s(self) -> float:
        """See the class."""

    @property
    def back_s(self) -> float:
        """See the class."""

    @property
    def end_s(self) -> float:
        """See the class."""

    @property
    def target(self) -> Array:
        """See the class."""

    @property
    def is_left(self) -> bool:
        """Which arm."""


class Tracker:
    """All cameras and the tracker behind them. `frames` is the stream of what it sends."""

    def __init__(self, plan: Plan, story: Story, bodies: Bodies, seed: int) -> None:
        self._preset, self._store, self._bodies = table.PRESETS[story.noise], plan.store, bodies.all
        self._dice = generator(seed, "people")
        self._joints = _BY_KIND["positions" if story.people == "positions" else "joints"]
        self._names_parties = story.gates == "none"
        self._size = [float(generator(seed, "body", body.party).uniform(*table.BODY_SCALE)) for body in self._bodies]
        self._jitter_m = np.zeros((len(self._bodies), len(JOINT_NAMES), 3))
        self._hidden: NDArray[np.bool_] = np.zeros((len(self._bodies), len(WRISTS)), dtype=bool)
        self._renamings = deque(sorted(bodies.renamings, key=lambda renaming: renaming.at_s))
        self._track: dict[int, str] = {}
        self._party_of_track: dict[str, str] = {}

    def frames(self, start_ns: int, end_s: float) -> Iterator[PeopleFrame]:
        """The tracker's frames in order of arrival, from second 0 to `end_s`."""
        sequence, arrived = 0, start_ns
        for number in range(int(end_s * table.PEOPLE_RATE_HZ)):
            at_s = number / table.PEOPLE_RATE_HZ
            people = self._seen(at_s)
            latency_s = float(self._dice.uniform(*table.PEOPLE_LATENCY_S))
            if self._dice.random() < self._preset.frame_missed:
                continue
            happened = start_ns + from_seconds(at_s)
            arrived = max(arrived + 1, happened + from_seconds(latency_s))
            envelope = Envelope(
                store=self._store, stream=table.STREAM_PEOPLE, sequence=sequence, happened=happened, arrived=arrived
            )
            yield PeopleFrame(envelope=envelope, people=people)
            sequence += 1

    def _seen(self, at_s: float) -> tuple[Person, ...]:
        self._rename(at_s)
        inside = [number for number, body in enumerate(self._bodies) if body.entered_s <= at_s <= body.left_s]
        if not inside:
            return ()
        joints = np.stack([pose(self._bodies[number], at_s, self._size[number]) for number in inside]) + self._shaken(inside)
        hidden, missed = self._hide(inside), self._dice.random(len(inside)) < self._preset.person_missed
        points = np.round(joints, 4).tolist()
        people = [self._person(n, points[i], hidden[i]) for i, n in enumerate(inside) if not missed[i]]
        return tuple(sorted(people, key=lambda person: (len(person.track), person.track)))

    def _person(self, number: int, points: list[list[float]], hidden: NDArray[np.bool_]) -> Person:
        sd_m, track = self._preset.jitter_sd_m, self._track[number]
        gone = {WRISTS[side] for side in range(len(WRISTS)) if hidden[side]}
        joints = {
            JOINT_NAMES[j]: Joint(points[j][0], points[j][1], points[j][2], sd_m, table.JOINT_SCORE)
            for j in self._joints
            if j not in gone
        }
        return Person(track=track, joints=joints, party=self._party_of_track[track] if self._names_parties else "")

    def _rename(self, at_s: float) -> None:
        while self._renamings and self._renamings[0].at_s <= at_s:
            for number, name in self._renamings.popleft().names:
                self._track[number] = name
                body = self._bodies[number]
                known = body.party if body.registered or body.party == STAFF else ""
                self._party_of_track.setdefault(name, known)

    def _shaken(self, inside: list[int]) -> Array:
        fresh = self._dice.standard_normal((len(inside), len(JOINT_NAMES), 3)) * self._preset.jitter_sd_m
        keep = table.JITTER_CORRELATION
        self._jitter_m[inside] = keep * self._jitter_m[inside] + math.sqrt(1 - keep * keep) * fresh
        return np.asarray(self._jitter_m[inside])

    def _hide(self, inside: list[int]) -> NDArray[np.bool_]:
        """Wrists come and go out of sight in stretches of HIDDEN_S on average, hidden for the preset's share of the time."""
        share, appears = self._preset.wrist_hidden, 1 / (table.HIDDEN_S * table.PEOPLE_RATE_HZ)
        dice = self._dice.random((len(inside), len(WRISTS)))
        hides = appears * share / (1 - share)
        self._hidden[inside] = np.where(self._hidden[inside], dice >= appears, dice < hides)
        return np.asarray(self._hidden[inside])


def pose(body: Body, at_s: float, size: float) -> Array:
    """Where a body's joints truly are: (joints, 3) metres in the shop frame; `size` 1 is 1.7 m tall."""
    x_m, y_m, heading = place_at(leg_at(body, at_s), at_s)
    c, s = math.cos(heading), math.sin(heading)
    joints: Array = STANDING * size @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) + np.array([x_m, y_m, 0.0])
    last = bisect_right(body.reaches, at_s, key=lambda reach: reach.start_s)
    for reach in body.reaches[max(0, last - _REACHES_SEEN) : last]:
        if reach.start_s < at_s < reach.end_s:
            reach_out(joints, reach, at_s)
    return joints


def reach_out(joints: Array, reach: ArmsReach, at_s: float) -> None:
    """Moves one arm (and bends the body) towards the target, as far as the reach has come at that time."""
    out = (at_s - reach.start_s) / (reach.there_s - reach.start_s)
    home = (reach.end_s - at_s) / (reach.end_s - reach.back_s)
    u = min(1.0, max(0.0, min(out, home)))
    u = u * u * (3 - 2 * u)
    shoulder, elbow, wrist = (
        JOINT_NAMES.index(("left_" if reach.is_left else "right_") + part) for part in ("shoulder", "elbow", "wrist")
    )
    away = reach.target - joints[shoulder]
    distance_m = float(np.linalg.norm(away))
    towards = away / distance_m
    bend_m = max(0.0, distance_m - table.HAND_LENGTH_M - table.ARM_M)
    joints += _BENDS[:, None] * (u * bend_m * towards)
    goal = reach.target - table.HAND_LENGTH_M * towards
    joints[wrist] += u * (goal - joints[wrist])
    joints[elbow] += u * ((joints[shoulder] + joints[wrist]) / 2 - np.array([0.0, 0.0, 0.06]) - joints[elbow])
