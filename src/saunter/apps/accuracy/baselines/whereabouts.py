"""Who was where: the last seconds of the tracker's frames, and the likeliest party behind each track."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saunter.base.ids import UNREGISTERED
from saunter.base.time import MILLISECOND, SECOND
from saunter.plan import Plan
from saunter.records import GatePass, PeopleFrame, Person, TrackNamed
from saunter.tracking import TrackingEngine

Points = NDArray[np.float64]

#: Frames are kept this long: events are decided at most a few seconds after they began.
KEPT: Final = 20 * SECOND
#: A track counts as present at an instant when it was seen within this time of it (trackers miss single frames).
SEEN_WITHIN: Final = 500 * MILLISECOND
#: A track that nobody named is taken for the nearest one lost within this time, if a brisk walk (m/s) from there explains it,
#: give or take so many metres: the greedy rule of simple trackers.
LOST_WITHIN: Final = 30 * SECOND
WALK_M_S: Final = 2.0
SLACK_M: Final = 1.5
#: The joints that reach: both wrists, and the head where no wrist is seen.
WRISTS: Final = ("left_wrist", "right_wrist")
HEAD: Final = "head"


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody and how far from a place, metres."""

    party: str
    distance_m: float


class Whereabouts:
    """Keeps recent frames; names tracks by Saunter's own tracking room, of which it takes the likeliest word as certain.

    Where that room leaves a track nameless, the nearest lost one goes on in it. That is more than a tracker alone would give
    a simple method: broken tracks are continued, gate passes matched.
    """

    def __init__(self, plan: Plan) -> None:
        self._tracking = TrackingEngine(plan)
        self._frames: deque[PeopleFrame] = deque()
        self._party: dict[str, str] = {}
        self._last: dict[str, tuple[int, float, float]] = {}

    def receive(self, record: PeopleFrame | GatePass) -> None:
        """A frame or a pass, in order of time."""
        self._tracking.receive(record)
        for said in self._tracking.advance(record.happened):
            # A track keeps its name when it is seen again, such as behind the gate it left by.
            if isinstance(said, TrackNamed) and (said.names or said.track not in self._party):
                self._party[said.track] = self._named(said)
        if isinstance(record, PeopleFrame):
            self._keep_up(record)
            self._frames.append(record)
            while self._frames[0].happened < record.happened - KEPT:
                self._frames.popleft()

    def party_of(self, track: str) -> str:
        """Who a track is; UNREGISTERED when nothing named it."""
        return self._party.get(track, UNREGISTERED)

    def nearest(self, at: int, distance_m: Callable[[Points], Points]) -> Near | None:
        """Whose wrist (head, where a body shows no wrist) was nearest at an instant; ties go to the earlier party name."""
        found = [
            Near(self.party_of(person.track), float(np.min(distance_m(points))))
            for person in self._present(at)
            if len(points := reaching(person))
        ]
        return min(found, key=lambda near: (near.distance_m, near.party), default=None)

    def _keep_up(self, frame: PeopleFrame) -> None:
        """Bodies move on; a new one that nobody named continues the nearest lost one."""
        here = {person.track: _middle(person) for person in frame.people if person.joints}
        for track, (x_m, y_m) in here.items():
            if track not in self._last and self.party_of(track) == UNREGISTERED:
                self._party[track] = self._continued(frame.happened, x_m, y_m, here)
        self._last.update({track: (frame.happened, x_m, y_m) for track, (x_m, y_m) in here.items()})

    def _continued(self, at: int, x_m: float, y_m: float, here: Container[str]) -> str:
        lost = []
        for track, (seen, was_x_m, was_y_m) in self._last.items():
            gap, away_m = at - seen, math.hypot(x_m - was_x_m, y_m - was_y_m)
            known = track not in here and self.party_of(track) != UNREGISTERED
            if known and gap <= LOST_WITHIN and away_m <= SLACK_M + WALK_M_S * gap / SECOND:
                lost.append((away_m, track))
        return self.party_of(min(lost)[1]) if lost else UNREGISTERED

    def _named(self, said: TrackNamed) -> str:
        options = [(share.probability, share.party) for share in said.names]
        options += [(each.probability, self.party_of(each.track)) for each in said.continues]
        return max(options, default=(0.0, UNREGISTERED))[1]

    def _present(self, at: int) -> Iterator[Person]:
        """Every track seen around an instant, as in its nearest frame."""
        best: dict[str, tuple[int, Person]] = {}
        for frame in self._frames:
            away = abs(frame.happened - at)
            if away <= SEEN_WITHIN:
                for person in frame.people:
                    if person.track not in best or away < best[person.track][0]:
                        best[person.track] = (away, person)
        return (person for _, person in best.values())


def _middle(person: Person) -> tuple[float, float]:
    """Where a body stands: below its head, or below whatever was seen of it."""
    joint = person.joints.get(HEAD) or next(iter(person.joints.values()))
    return joint.x_m, joint.y_m


def reaching(person: Person) -> Points:
    """The points a body could reach with, (n, 3) metres: its wrists, else its head, else whatever was seen."""
    joints = person.joints
    chosen = [joints[name] for name in WRISTS if name in joints] or [joints[HEAD]] if HEAD in joints else list(joints.values())
    return np.array([(joint.x_m, joint.y_m, joint.z_m) for joint in chosen]).reshape(-1, 3)
