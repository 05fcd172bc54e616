"""The tracking room: frames of tracked people and gate passes in, who-is-who evidence out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from saunter.base.errors import Refused
from saunter.base.ids import STAFF
from saunter.base.probability import rounded
from saunter.base.time import to_seconds
from saunter.plan import Plan
from saunter.records import (
    Continuation,
    Envelope,
    GatePass,
    HandAtFloor,
    PeopleFrame,
    Person,
    Place,
    Share,
    TrackLeft,
    TrackNamed,
    TracksMet,
    WhoIsWho,
)
from saunter.tracking import constants as c
from saunter.tracking.bodies import Look, Scatter, Track, as_vector
from saunter.tracking.gates import Chosen, chances, chosen, exchanged
from saunter.tracking.meetings import Judged, Meetings
from saunter.tracking.stooping import Stooping

WHO: Final = "tracking/who"
FLOOR: Final = "tracking/floor"


@dataclass(frozen=True, slots=True)
class _Jump:
    """A track was here and is there, faster than anybody runs."""

    track: str
    was: tuple[float, float]
    now: tuple[float, float]


class TrackingEngine:
    """Names for tracks, meetings of tracks, and what gates say about them.

    The tracklets come from the source; this room adds what may be wrong about them: which party a track is, which lost
    track a new one continues, and where two may have been swapped.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._tracks: dict[str, Track] = {}
        self._scatter = Scatter()
        self._meetings = Meetings(self._scatter)
        self._waiting: list[GatePass] = []
        self._stooping = Stooping(plan)
        self._said: list[WhoIsWho] = []
        self._sequence = self._stoops = 0

    def receive(self, record: PeopleFrame | GatePass) -> None:
        """Take a frame or a gate pass, in order of time. Refuses a pass through a gate that the plan does not know."""
        if isinstance(record, PeopleFrame):
            self._frame(record)
            return
        if record.gate not in self._plan.gates and self._plan.gates and record.gate not in ("declared", "sighting"):
            raise Refused(f"{record.id}: gate {record.gate!r} is not in the plan, which has {', '.join(self._plan.gates)}")
        self._pass(record)

    def advance(self, to: int) -> list[WhoIsWho]:
        """What was found since the last call; passes that have waited long enough are judged."""
        for gate in [gate for gate in self._waiting if gate.direction == "out" and to - gate.happened >= c.GATE_WAIT]:
            self._waiting.remove(gate)
            self._goes_out(gate, to)
        self._waiting = [gate for gate in self._waiting if to - gate.happened <= 2 * c.GATE]
        said: list[WhoIsWho] = [*self._said, *self._stooped(to)]
        self._said = []
        if len(self._tracks) > 64:
            gone = [name for name, track in self._tracks.items() if to - track.last > 3 * c.LOST]
            self._meetings.forget(gone, self._tracks)  # whatever they met is long judged
            for name in gone:
                del self._tracks[name]
        return said

    def _stooped(self, to: int) -> list[HandAtFloor]:
        found = []
        for stoop in self._stooping.over(to):
            envelope = Envelope(store=self._plan.store, stream=FLOOR, sequence=self._stoops, happened=stoop.settled, arrived=to)
            self._stoops += 1
            found.append(
                HandAtFloor(
                    envelope=envelope,
                    track=stoop.track,
                    started=stoop.started,
                    settled=stoop.settled,
                    x_m=stoop.x_m,
                    y_m=stoop.y_m,
                )
            )
        return found

    # -- frames --------------------------------------------------------------------------------------------------------

    def _frame(self, record: PeopleFrame) -> None:
        seen = zip(record.people, record.places, strict=True)
        jumped = [jump for person, place in seen if place and (jump := self._sight(record, person, place)) is not None]
        self._exchange(record, jumped)
        present = {person.track for person in record.people} & self._tracks.keys()
        known = {person.track for person in record.people if person.party}
        for judged in self._meetings.seen(record.happened, present, self._tracks, known):
            self._met(record, judged)
        self._match_passes(record)

    def _sight(self, frame: PeopleFrame, person: Person, place: Place) -> _Jump | None:
        """Take in one body; tells when its track jumped further than a body can."""
        self._stooping.seen(frame.happened, place)
        point = (place.x_m, place.y_m)
        known = self._tracks.get(person.track)
        if known is None or frame.happened - known.last > c.LOST:
            self._begin(frame, person, point)
            return None
        was = (known.x_m, known.y_m)
        possible = c.JUMP_M + c.RUN_M_S * to_seconds(frame.happened - known.last)
        jumped = math.dist(was, point) > possible
        if jumped:
            known.path.clear()
        known.moved(frame.happened, point)
        self._look(known, frame.happened, person)
        if person.party and person.party != known.party:
            known.party, known.named = person.party, True
            self._name(frame, person.track, (Share(party=person.party, probability=1.0),))
        return _Jump(person.track, was, point) if jumped else None

    def _look(self, track: Track, at: int, person: Person) -> None:
        vector = as_vector(person.appearance)
        if vector is None:
            return
        if track.looks:
            self._scatter.learn(track.looks[-1][1], vector)
        track.looks.append((at, vector))

    def _exchange(self, frame: PeopleFrame, jumped: list[_Jump]) -> None:
        """Pairs of tracks that changed places in one instant: their names were swapped."""
        for one, other in combinations(sorted(jumped, key=lambda jump: jump.track), 2):
            if math.dist(one.now, other.was) <= c.JUMP_M and math.dist(other.now, one.was) <= c.JUMP_M:
                pair = (one.track, other.track)
                self._met(frame, Judged(pair, math.dist(one.was, other.was), c.EXCHANGE))
                self._meetings.exchanged(pair, self._tracks)

    def _begin(self, frame: PeopleFrame, person: Person, point: tuple[float, float]) -> None:
        track = Track(frame.happened, frame.happened, *point, person.party, bool(person.party))
        track.moved(frame.happened, point)
        self._look(track, frame.happened, person)
        missing = self._tracks.keys() - {each.track for each in frame.people}
        continues = () if person.party else self._continuations(frame.happened, point, track.look(), missing)
        self._tracks[person.track] = track
        names = (Share(party=person.party, probability=1.0),) if person.party else ()
        track.continues = math.fsum(each.probability for each in continues)
        self._name(frame, person.track, names, continues)

    def _continuations(
        self, at: int, point: tuple[float, float], look: Look | None, missing: set[str]
    ) -> tuple[Continuation, ...]:
        """Tracks missing from this frame that could be this body, by how well a walk explains the gap, and by looks."""
        found: dict[str, float] = {}
        for name in sorted(missing):
            track = self._tracks[name]
            gap = at - track.last
            if not 0 < gap <= c.LOST or not (track.named or track.continues):
                continue
            sd = c.NEAR_M + 0.5 * c.WALK_M_S * to_seconds(gap)
            distance = math.hypot(track.x_m - point[0], track.y_m - point[1])
            log_weight = -0.5 * (distance / sd) ** 2 - 2 * math.log(sd) + self._scatter.log_same(track.look(), look)
            found[name] = math.exp(log_weight) * (1.0 if gap > c.UNSEEN / 4 else c.JUST_MISSED)
        total = math.fsum(found.values()) + self._new_body(point)
        return tuple(
            Continuation(track=name, probability=rounded(weight / total))
            for name, weight in found.items()
            if weight / total > 0.01
        )

    def _new_body(self, point: tuple[float, float]) -> float:
        """The weight of somebody new: people come in by gates, where the plan names any."""
        gates = [gate for gate in self._plan.gates.values() if gate.kind in ("in", "both")]
        if not gates or any(math.hypot(gate.x_m - point[0], gate.y_m - point[1]) <= c.GATE_M for gate in gates):
            return c.NEW_BODY
        return c.NEW_BODY_INSIDE

    def _met(self, cause: PeopleFrame | GatePass, judged: Judged) -> None:
        self._said.append(
            TracksMet(
                envelope=self._envelope(cause),
                one=judged.pair[0],
                other=judged.pair[1],
                distance_m=round(judged.distance_m, 3),
                swap_probability=rounded(judged.swap_probability),
            )
        )

    # -- gates ---------------------------------------------------------------------------------------------------------

    def _pass(self, gate: GatePass) -> None:
        known = self._tracks.get(gate.track) if gate.track else None
        if gate.direction == "out":
            if self._is_contested(gate):
                self._waiting.append(gate)
            else:
                self._goes_out(gate, gate.happened)
        elif gate.track and known is None and not self._nameless(gate):
            self._tracks[gate.track] = Track(gate.happened, gate.happened, *self._point(gate), _party(gate), True)
            self._name(gate, gate.track, (Share(party=_party(gate), probability=1.0),))
        else:
            self._waiting.append(gate)

    def _point(self, gate: GatePass) -> tuple[float, float]:
        known = self._plan.gates.get(gate.gate)
        return (known.x_m, known.y_m) if known else (0.0, 0.0)

    def _nameless(self, gate: GatePass) -> dict[str, float]:
        """The tracks that nobody has named yet and that may have come in with this pass."""
        fresh = {name: track for name, track in self._tracks.items() if not track.named}
        return chances(gate, self._point(gate), fresh, gate.happened)

    def _is_contested(self, gate: GatePass) -> bool:
        """Whether others are so near the gate that one must see first who has gone."""
        weights = chances(gate, self._point(gate), self._tracks, gate.happened)
        weights.pop(gate.track, None)
        return math.fsum(weights.values()) > c.GATE_NONE

    def _goes_out(self, gate: GatePass, now: int) -> None:
        """Tell which track left with a party; one nobody saw near is left to the gate's own word."""
        choice = chosen(gate, chances(gate, self._point(gate), self._tracks, now))
        if gate.track and not choice.track:
            choice = Chosen(gate, gate.track, 1.0)
        track = choice.track if choice.probability >= 0.5 else ""
        left = TrackLeft(
            envelope=self._envelope(gate),
            track=track,
            party=_party(gate),
            probability=rounded(choice.probability if track else 1.0),
        )
        if track in self._tracks and self._tracks[track].last < max(now - c.MOTION_SPAN, gate.happened + 1):
            for judged in self._meetings.forget([track], self._tracks):
                self._met(gate, judged)
            del self._tracks[track]
        self._said.append(left)

    def _match_passes(self, frame: PeopleFrame) -> None:
        """Give passes inwards to nameless bodies at their gates: at once where it is clear, else a moment later."""
        weights: dict[str, dict[str, float]] = {}
        given: list[Chosen] = []
        for gate in [gate for gate in self._waiting if gate.direction == "in"]:
            weights[gate.id] = self._nameless(gate)
            taken = {choice.track for choice in given}
            choice = chosen(gate, {name: weight for name, weight in weights[gate.id].items() if name not in taken})
            is_clear = choice.probability >= c.GATE_SURE and (not gate.track or gate.track in self._tracks)
            is_ripe = is_clear or frame.happened - gate.happened >= c.GATE_WAIT
            if choice.track and choice.probability >= 0.5 and is_ripe:
                given.append(choice)
            elif frame.happened - gate.happened > c.GATE:
                self._waiting.remove(gate)
        for choice in given:
            self._waiting.remove(choice.gate_pass)
            self._comes_in(choice)
        for one, other in combinations(given, 2):
            chance = exchanged(one, other, weights)
            if chance >= c.SWAP_MIN:
                self._met(frame, Judged((one.track, other.track), 0.0, chance))

    def _comes_in(self, choice: Chosen) -> None:
        party, track = _party(choice.gate_pass), self._tracks[choice.track]
        track.party, track.named = party, True
        probability = 1.0 if choice.probability >= c.GATE_SURE else rounded(choice.probability)
        self._name(choice.gate_pass, choice.track, (Share(party=party, probability=probability),))

    # -- records -------------------------------------------------------------------------------------------------------

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


def _party(gate: GatePass) -> str:
    return STAFF if gate.staff else gate.party
