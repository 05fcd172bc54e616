"""Who was where: the last seconds of the tracker's frames, and the likeliest party behind each track."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
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

    That is more than a tracker alone would give a simple method: broken tracks are continued, gate passes matched.
    """

    def __init__(self, plan: Plan) -> None:
        self._tracking = TrackingEngine(plan)
        self._frames: deque[PeopleFrame] = deque()
        self._party: dict[str, str] = {}

    def receive(self, record: PeopleFrame | GatePass) -> None:
        """A frame or a pass, in order of time."""
        self._tracking.receive(record)
        for said in self._tracking.advance(record.happened):
            # A track keeps its name when it is seen again, such as behind the gate it left by.
            if isinstance(said, TrackNamed) and (said.names or said.track not in self._party):
                self._party[said.track] = self._named(said)
        if isinstance(record, PeopleFrame):
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


def reaching(person: Person) -> Points:
    """The points a body could reach with, (n, 3) metres: its wrists, else its head, else whatever was seen."""
    joints = person.joints
    chosen = [joints[name] for name in WRISTS if name in joints] or [joints[HEAD]] if HEAD in joints else list(joints.values())
    return np.array([(joint.x_m, joint.y_m, joint.z_m) for joint in chosen]).reshape(-1, 3)
