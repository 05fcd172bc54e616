"""The tracking room: frames of tracked people and gate passes in, who-is-who evidence out."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from saunter.base.errors import Refused
from saunter.base.ids import STAFF
from saunter.base.probability import rounded
from saunter.base.time import SECOND, to_seconds
from saunter.plan import Plan
from saunter.records import (
    Continuation,
    Envelope,
    GatePass,
    PeopleFrame,
    Person,
    Place,
    Share,
    TrackLeft,
    TrackNamed,
    TracksMet,
    WhoIsWho,
)

WHO: Final = "tracking/who"
#: Two bodies whose middles are nearer than this touch (shoulder breadth is 0.45 m): a tracker may swap their names.
MEETING_M: Final = 0.4
#: They have parted when this far apart again; the pair then counts as having met once.
PARTED_M: Final = 0.9
#: How often a tracker swaps two anonymous tracks in such a meeting (multi-camera trackers lose about one identity in a
#: hundred close crossings), and how often a source that itself names the party of every body has mixed them up.
SWAP_ANONYMOUS: Final = 0.01
SWAP_NAMED: Final = 0.002
#: Bodies that stand keep their places in a tracker's prediction: swaps need somebody moving at this pace, m/s, both when
#: they meet and when they part; otherwise they are this much rarer.
MOVING_M_S: Final = 0.3
STANDING: Final = 0.1
#: A swap less likely than this is not worth a branch of the belief.
SWAP_MIN: Final = 0.005
#: How well motion tells: people keep their velocity within this many m/s over a short meeting, and lose it with time.
MOTION_SD_M_S: Final = 0.5
FORGETTING_M_S2: Final = 0.5
#: Velocities are measured over this time before and at the end of a meeting.
MOTION_SPAN: Final = SECOND // 2
#: No body moves faster than this in a shop, m/s, beyond what a tracker's positions jump about, metres.
RUN_M_S: Final = 4.0
JUMP_M: Final = 0.8
#: Two tracks that at once jump to where the other was have been swapped, but for this.
EXCHANGE: Final = 0.97
#: A new track that begins within this time and distance of a lost one may continue it: people walk up to 1.5 m/s.
LOST: Final = 20 * SECOND
WALK_M_S: Final = 1.5
NEAR_M: Final = 0.6
#: A new body is a new person this often, against being one that was lost nearby.
NEW_BODY: Final = 0.05
#: A track not seen for this long is lost.
UNSEEN: Final = SECOND
#: A gate pass without a track names a nameless track this near the gate, this soon.
GATE_M: Final = 2.5
GATE: Final = 5 * SECOND


_Velocities = tuple[tuple[float, float], tuple[float, float]]


@dataclass(slots=True)
class _Track:
    first: int
    last: int
    x_m: float
    y_m: float
    party: str
    named: bool
    continues: bool = False
    path: deque[tuple[int, float, float]] = field(default_factory=lambda: deque(maxlen=64))

    def moved(self, at: int, point: tuple[float, float]) -> None:
        """The track was seen here now."""
        self.last, (self.x_m, self.y_m) = at, point
        self.path.append((at, *point))
        while self.path[0][0] < at - 2 * MOTION_SPAN:
            self.path.popleft()

    def velocity(self) -> tuple[float, float]:
        """Metres per second over the last MOTION_SPAN; standing still when seen too shortly."""
        recent = [place for place in self.path if place[0] >= self.last - MOTION_SPAN]
        if len(recent) < 2 or recent[-1][0] == recent[0][0]:
            return 0.0, 0.0
        seconds = to_seconds(recent[-1][0] - recent[0][0])
        return (recent[-1][1] - recent[0][1]) / seconds, (recent[-1][2] - recent[0][2]) / seconds


@dataclass(frozen=True, slots=True)
class _Jump:
    """A track was here and is there, faster than anybody runs."""

    track: str
    was: tuple[float, float]
    now: tuple[float, float]


@dataclass(slots=True)
class _Meeting:
    """Two bodies close together: since when, how close at most, and how each was moving when it began."""

    since: int
    distance_m: float
    velocities: _Velocities


def swap_probability(prior: float, before: _Velocities, after: _Velocities, seconds: float) -> float:
    """How likely two tracks were swapped in a meeting of so many seconds, given how both moved before and after.

    Bodies keep moving as they did (a constant velocity with a normal error): names that reverse their motion while the
    bodies walk on have been swapped. The longer the meeting, the less motion tells.
    """
    sd = math.hypot(MOTION_SD_M_S, FORGETTING_M_S2 * seconds)
    kept = sum(math.dist(old, new) ** 2 for old, new in zip(before, after, strict=True))
    crossed = sum(math.dist(old, new) ** 2 for old, new in zip(before, after[::-1], strict=True))
    moving = all(max(math.hypot(*one), math.hypot(*other)) > MOVING_M_S for one, other in (before, after))
    prior = prior if moving else prior * STANDING
    log_odds = math.log(prior / (1 - prior)) + (kept - crossed) / (2 * sd**2)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


class TrackingEngine:
    """Names for tracks, meetings of tracks, and what gates say about them.

    The tracklets come from the source; this room adds what may be wrong about them: which party a track is, which lost
    track a new one continues, and where two may have been swapped.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._tracks: dict[str, _Track] = {}
        self._meetings: dict[tuple[str, str], _Meeting] = {}
        self._waiting: list[GatePass] = []
        self._said: list[WhoIsWho] = []
        self._sequence = 0

    def receive(self, record: PeopleFrame | GatePass) -> None:
        """Take a frame or a gate pass, in order of time. Refuses a pass through a gate that the plan does not know."""
        if isinstance(record, PeopleFrame):
            seen = zip(record.people, record.places, strict=True)
            jumped = [jump for person, place in seen if place and (jump := self._sight(record, person, place)) is not None]
            self._exchange(record, jumped)
            self._meet(record)
            self._match_passes(record.happened)
            return
        if record.gate not in self._plan.gates and self._plan.gates and record.gate not in ("declared", "sighting"):
            raise Refused(f"{record.id}: gate {record.gate!r} is not in the plan, which has {', '.join(self._plan.gates)}")
        self._pass(record)

    def advance(self, to: int) -> list[WhoIsWho]:
        """What was found since the last call."""
        said, self._said = self._said, []
        if len(self._tracks) > 64:
            self._tracks = {name: track for name, track in self._tracks.items() if to - track.last <= 3 * LOST}
            self._meetings = {pair: each for pair, each in self._meetings.items() if self._tracks.keys() >= {*pair}}
        return said

    def _sight(self, frame: PeopleFrame, person: Person, place: Place) -> _Jump | None:
        """Take in one body; tells when its track jumped further than a body can."""
        point = (place.x_m, place.y_m)
        known = self._tracks.get(person.track)
        if known is None or frame.happened - known.last > LOST:
            self._begin(frame, person, point)
            return None
        was = (known.x_m, known.y_m)
        possible = JUMP_M + RUN_M_S * to_seconds(frame.happened - known.last)
        known.moved(frame.happened, point)
        if person.party and person.party != known.party:
            known.party, known.named = person.party, True
            self._name(frame, person.track, (Share(party=person.party, probability=1.0),))
        return _Jump(person.track, was, point) if math.dist(was, point) > possible else None

    def _exchange(self, frame: PeopleFrame, jumped: list[_Jump]) -> None:
        """Pairs of tracks that changed places in one instant: their names were swapped."""
        for one, other in combinations(sorted(jumped, key=lambda jump: jump.track), 2):
            if math.dist(one.now, other.was) <= JUMP_M and math.dist(other.now, one.was) <= JUMP_M:
                self._swapped(frame, one.track, other.track, math.dist(one.was, other.was), EXCHANGE)

    def _begin(self, frame: PeopleFrame, person: Person, point: tuple[float, float]) -> None:
        track = _Track(frame.happened, frame.happened, *point, person.party, bool(person.party))
        continues = () if person.party else self._continuations(frame.happened, point)
        self._tracks[person.track] = track
        names = (Share(party=person.party, probability=1.0),) if person.party else ()
        track.continues = bool(continues)
        self._name(frame, person.track, names, continues)

    def _continuations(self, at: int, point: tuple[float, float]) -> tuple[Continuation, ...]:
        """Lost tracks that could be this body, by how well a walk explains the gap."""
        found: dict[str, float] = {}
        for name, track in self._tracks.items():
            gap = at - track.last
            if not UNSEEN / 4 < gap <= LOST or not (track.named or track.continues):
                continue
            sd = NEAR_M + 0.5 * WALK_M_S * to_seconds(gap)
            distance = math.hypot(track.x_m - point[0], track.y_m - point[1])
            found[name] = math.exp(-0.5 * (distance / sd) ** 2) / sd**2
        total = math.fsum(found.values())
        likely = {name: weight / (total + NEW_BODY) for name, weight in found.items() if weight / (total + NEW_BODY) > 0.01}
        return tuple(Continuation(track=name, probability=rounded(weight)) for name, weight in sorted(likely.items()))

    def _meet(self, frame: PeopleFrame) -> None:
        """Note who came close to whom, and who parted; in the order of their names."""
        present = {person.track for person in frame.people} & self._tracks.keys()
        for one, other in sorted({*self._near(present), *self._meeting(present)}):
            a, b = self._tracks[one], self._tracks[other]
            distance = math.hypot(a.x_m - b.x_m, a.y_m - b.y_m)
            meeting = self._meetings.get((one, other))
            if meeting is None and distance < MEETING_M:
                self._meetings[one, other] = _Meeting(frame.happened, distance, (a.velocity(), b.velocity()))
            elif meeting is not None and distance > PARTED_M:
                self._met(frame, one, other, self._meetings.pop((one, other)))
            elif meeting is not None:
                meeting.distance_m = min(distance, meeting.distance_m)

    def _near(self, present: Collection[str]) -> Iterator[tuple[str, str]]:
        """Pairs of tracks that may be closer than MEETING_M: a sweep along x instead of all pairs."""
        along = sorted((self._tracks[track].x_m, self._tracks[track].y_m, track) for track in present)
        for number, (x_m, y_m, one) in enumerate(along):
            for place in range(number + 1, len(along)):
                other_x, other_y, other = along[place]
                if other_x - x_m >= MEETING_M:
                    break
                if abs(other_y - y_m) < MEETING_M:
                    yield (one, other) if one < other else (other, one)

    def _meeting(self, present: Collection[str]) -> Iterator[tuple[str, str]]:
        return (pair for pair in self._meetings if pair[0] in present and pair[1] in present)

    def _met(self, frame: PeopleFrame, one: str, other: str, meeting: _Meeting) -> None:
        fixed = {person.track for person in frame.people if person.party}
        prior = SWAP_NAMED if {one, other} <= fixed else SWAP_ANONYMOUS
        after = (self._tracks[one].velocity(), self._tracks[other].velocity())
        chance = swap_probability(prior, meeting.velocities, after, to_seconds(frame.happened - meeting.since))
        if chance < SWAP_MIN:
            return
        self._swapped(frame, one, other, meeting.distance_m, chance)

    def _swapped(self, frame: PeopleFrame, one: str, other: str, distance_m: float, chance: float) -> None:
        self._said.append(
            TracksMet(
                envelope=self._envelope(frame),
                one=one,
                other=other,
                distance_m=round(distance_m, 3),
                swap_probability=rounded(chance),
            )
        )

    def _pass(self, gate: GatePass) -> None:
        party = STAFF if gate.staff else gate.party
        if gate.direction == "out":
            self._said.append(TrackLeft(envelope=self._envelope(gate), track=gate.track, party=party))
            self._tracks.pop(gate.track, None)
        elif gate.track:
            known = self._tracks.get(gate.track)
            if known is not None:
                known.party, known.named = party, True
            else:
                self._tracks[gate.track] = _Track(gate.happened, gate.happened, *self._gate_point(gate.gate), party, True)
            self._name(gate, gate.track, (Share(party=party, probability=1.0),))
        else:
            self._waiting.append(gate)

    def _gate_point(self, gate: str) -> tuple[float, float]:
        known = self._plan.gates.get(gate)
        return (known.x_m, known.y_m) if known else (0.0, 0.0)

    def _match_passes(self, now: int) -> None:
        """Give gate passes without a track to the nearest nameless body at that gate."""
        for gate in list(self._waiting):
            x, y = self._gate_point(gate.gate)
            near = sorted(
                (math.hypot(track.x_m - x, track.y_m - y), name)
                for name, track in self._tracks.items()
                if not track.named and abs(track.first - gate.happened) <= GATE and now - track.last <= UNSEEN
            )
            if near and near[0][0] <= GATE_M:
                party = STAFF if gate.staff else gate.party
                self._tracks[near[0][1]].party, self._tracks[near[0][1]].named = party, True
                self._name(gate, near[0][1], (Share(party=party, probability=1.0),))
                self._waiting.remove(gate)
            elif now - gate.happened > GATE:
                self._waiting.remove(gate)

    def _name(
        self, cause: PeopleFrame | GatePass, track: str, names: tuple[Share, ...], continues: tuple[Continuation, ...] = ()
    ) -> None:
        self._said.append(TrackNamed(envelope=self._envelope(cause), track=track, names=names, continues=continues))

    def _envelope(self, cause: PeopleFrame | GatePass) -> Envelope:
        self._sequence += 1
        return Envelope(
            store=self._plan.store,
            stream=WHO,
            sequence=self._sequence - 1,
            happened=cause.happened,
            arrived=cause.envelope.arrived,
            because=(cause.id,),
        )
