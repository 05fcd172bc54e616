"""What the tracker behind the cameras says of the bodies in the shop: joints it sees, and the names it believes in."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from saunter.base.geometry import Array
from saunter.base.randomness import generator
from saunter.base.time import from_seconds
from saunter.plan import Gate, Plan
from saunter.records import Envelope, Joint, PeopleFrame, Person
from saunter.simulation import table
from saunter.simulation.crowd import numbers
from saunter.simulation.crowd.cameras import Cameras, Looked
from saunter.simulation.crowd.people import Body
from saunter.simulation.people import JOINT_NAMES, STANDING, WRISTS, reach_out
from saunter.simulation.table import Preset

_HEAD, _NECK, _FOOT = (JOINT_NAMES.index(name) for name in ("head", "neck", "foot"))
_HIPS = (JOINT_NAMES.index("left_hip"), JOINT_NAMES.index("right_hip"))
#: The points whose lines of sight are looked at: head, neck, both wrists, a hip; and which of them each joint goes with.
_LOOKED = (_HEAD, _NECK, *WRISTS, _HIPS[0])
_GOES_WITH = np.array([0, 1, 1, 1, 1, 1, 2, 3, 4, 4, 4])
#: Which of those points their own body may hide: the wrists.
_OWN_HIDDEN = np.array([False, False, True, True, False])
#: A tall body of scale 1 is this high (metres).
_HEIGHT_M = 1.7


@dataclass(eq=False)
class _Track:
    """What the tracker has of one body: its name for it (and whose it says it is, in a shop without gates), its errors, when
    it was last seen and last described.
    """

    name: str
    party: str
    jitter_m: Array
    counts: NDArray[np.int64]
    missed: NDArray[np.bool_]
    seen_s: float
    described_s: float = -math.inf
    place: Array = field(default_factory=lambda: np.zeros(2))
    before: Array | None = None


class CrowdTracker:
    """All cameras and the tracker behind them. It knows bodies, never parties; only where no gate leads in does it name them
    (as a badge would), by `name_of` a party's number.
    """

    def __init__(self, plan: Plan, preset: Preset, start_ns: int, seed: int, name_of: Callable[[int], str]) -> None:
        self._preset, self._sight, self._store = preset, preset.sight, plan.store
        self._cameras = Cameras(plan)
        self._fixture_of = {shelf.id: list(plan.fixtures).index(shelf.fixture) for shelf in plan.shelves.values()}
        self._dice = generator(seed, "crowd tracker")
        self._start_ns = start_ns + from_seconds(float(self._dice.uniform(0.0, self._sight.clock_offset_s)))
        self._name_of = None if any(gate.kind in ("in", "both") for gate in plan.gates.values()) else name_of
        self._tracks: dict[int, _Track] = {}
        self._met: set[tuple[int, int]] = set()
        self._named = self._sequence = self._arrived = 0
        self._silent_to_s = -math.inf

    @property
    def pending(self) -> int:
        """How many tracks and encounters are kept in mind."""
        return len(self._tracks) + len(self._met)

    def falls_silent(self, from_s: float, to_s: float) -> None:
        """Everything it sees is lost from now (`from_s`) until a second."""
        self._silent_to_s = max(self._silent_to_s, to_s)

    def looks(self, number: int, at_s: float, bodies: list[Body]) -> PeopleFrame | None:
        """Frame `number`, as the bodies are now; None: it is lost."""
        people = self._seen(number, at_s, bodies)
        latency_s = float(self._dice.uniform(*table.PEOPLE_LATENCY_S))
        if self._dice.random() < self._preset.frame_missed or at_s < self._silent_to_s:
            return None
        happened = self._start_ns + from_seconds(at_s)
        self._arrived = max(self._arrived + 1, happened + from_seconds(latency_s))
        envelope = Envelope(
            store=self._store, stream=table.STREAM_PEOPLE, sequence=self._sequence, happened=happened, arrived=self._arrived
        )
        self._sequence += 1
        return PeopleFrame(envelope=envelope, people=people)

    def at_gate(self, body: Body, gate: Gate) -> str:
        """Which track a gate takes a body for that passes, or passed a moment ago; empty: it cannot tell."""
        if self._sight.gate_track == "none":
            return ""
        if self._sight.gate_track == "own":
            return self._tracks[body.number].name if body.number in self._tracks else ""
        near = [(math.dist(track.place, (gate.x_m, gate.y_m)), number) for number, track in self._tracks.items()]
        distance_m, number = min(near, default=(math.inf, 0))
        return self._tracks[number].name if distance_m <= table.GATE_REACH_M else ""

    def _seen(self, number: int, at_s: float, bodies: list[Body]) -> tuple[Person, ...]:
        self._forget({body.number for body in bodies})
        if not bodies:
            return ()
        true = poses(bodies, at_s)
        tracks = [self._track(body, at_s) for body in bodies]
        if number % table.SEEN_EVERY == 0:
            self._look(bodies, tracks, true, at_s)
        self._meet(bodies)
        joints = self._blurred(tracks, true)
        missed = self._dice.random(len(bodies)) < self._preset.person_missed
        people = []
        for row, track in enumerate(tracks):
            if not missed[row] and track.counts[:2].any():
                self._goes_on(track, at_s)
                track.place = joints[row, _NECK, :2]
                people.append(self._person(track, joints[row], at_s, bodies[row]))
        return tuple(sorted(people, key=lambda person: (len(person.track), person.track)))

    def _track(self, body: Body, at_s: float) -> _Track:
        track = self._tracks.get(body.number)
        if track is None:
            shape = (len(JOINT_NAMES), 3)
            none = np.zeros(len(_LOOKED), dtype=np.int64)
            party = "" if self._name_of is None else self._name_of(body.party)
            track = _Track(self._name(), party, np.zeros(shape), none, np.zeros(2, dtype=np.bool_), at_s)
            track.place = body.place.copy()
            self._tracks[body.number] = track
        return track

    def _name(self) -> str:
        self._named += 1
        return f"t{self._named}"

    def _forget(self, inside: set[int]) -> None:
        for gone in [number for number in self._tracks if number not in inside]:
            del self._tracks[gone]
        self._met = {pair for pair in self._met if pair[0] in inside and pair[1] in inside}

    def _goes_on(self, track: _Track, at_s: float) -> None:
        """A body is seen: by its old name, or a new one when it was lost too long, or for no reason at all."""
        chance = self._sight.breaks_per_minute / 60 * numbers.STEP_S
        if at_s - track.seen_s > self._sight.kept_s or self._dice.random() < chance:
            track.name, track.described_s = self._name(), -math.inf
        track.seen_s = at_s

    def _look(self, bodies: list[Body], tracks: list[_Track], true: Array, at_s: float) -> None:
        """Works out which points which cameras see, and which wrists are missed anyway (in stretches of two frames)."""
        inside = np.full((len(bodies), len(_LOOKED)), -1, dtype=np.int64)
        hidden = np.zeros((len(bodies), 2), dtype=np.bool_)
        for row, body in enumerate(bodies):
            for grasp in body.grasps:
                if grasp.start_s < at_s < grasp.end_s:
                    side = 0 if grasp.is_left else 1
                    hidden[row, side] |= grasp.is_hidden
                    if grasp.shelf:
                        inside[row, 2 + side] = self._fixture_of[grasp.shelf]
        heights_m = np.array([_HEIGHT_M * body.scale for body in bodies])
        looked = Looked(true[:, _LOOKED], np.array([body.place for body in bodies]), heights_m, _OWN_HIDDEN, inside)
        counts = self._cameras.counts(looked)
        missed = (self._dice.random((len(bodies), 2)) < self._sight.wrist_missed) | hidden
        for row, track in enumerate(tracks):
            track.counts, track.missed = counts[row], missed[row]

    def _meet(self, bodies: list[Body]) -> None:
        """Encounters begin and end; at the end of one the tracker may take each for the other."""
        places = np.array([body.place for body in bodies])
        gaps = np.linalg.norm(places[:, None] - places[None], axis=2)
        numbers_of = [body.number for body in bodies]
        for row, column in np.argwhere(np.triu(gaps < table.ENCOUNTER_M, 1)):
            self._met.add((numbers_of[row], numbers_of[column]))
        row_of = {number: row for row, number in enumerate(numbers_of)}
        for one, other in sorted(self._met):
            a, b = row_of[one], row_of[other]
            if gaps[a, b] > table.PARTED_M:
                self._met.discard((one, other))
                factor = table.ALIKE_FACTOR if float(bodies[a].clothes @ bodies[b].clothes) > table.ALIKE else 1.0
                if self._dice.random() < self._sight.swap_per_encounter * factor:
                    first, second = self._tracks[one], self._tracks[other]
                    first.name, second.name = second.name, first.name
                    first.party, second.party = second.party, first.party

    def _blurred(self, tracks: list[_Track], true: Array) -> Array:
        """The joints with their errors: jitter, more of it where one camera sees, and pictures that are not of one moment."""
        fresh = self._dice.standard_normal(true.shape) * self._preset.jitter_sd_m
        skew_s = self._dice.standard_normal(len(tracks)) * self._sight.camera_skew_s
        keep = table.JITTER_CORRELATION
        jitter_m = keep * np.array([track.jitter_m for track in tracks]) + math.sqrt(1 - keep * keep) * fresh
        counts = np.array([track.counts for track in tracks])[:, _GOES_WITH]
        before = np.array([true[row] if track.before is None else track.before for row, track in enumerate(tracks)])
        moved = (true - before) / numbers.STEP_S * skew_s[:, None, None]
        joints = np.asarray(true + jitter_m * np.where(counts == 1, table.ONE_CAMERA_JITTER, 1.0)[:, :, None] + moved)
        for row, track in enumerate(tracks):
            track.jitter_m, track.before = jitter_m[row], true[row]
        return joints

    def _person(self, track: _Track, joints: Array, at_s: float, body: Body) -> Person:
        sd_m, points = self._preset.jitter_sd_m, np.round(joints, 3).tolist()
        seen = (track.counts > 0).tolist()
        seen[2], seen[3] = seen[2] and not track.missed[0], seen[3] and not track.missed[1]
        found = {
            name: Joint(point[0], point[1], point[2], sd_m, table.JOINT_SCORE)
            for name, point, with_ in zip(JOINT_NAMES, points, _GOES_WITH.tolist(), strict=True)
            if seen[with_]
        }
        return Person(track=track.name, party=track.party, joints=found, appearance=self._described(track, body, at_s))

    def _described(self, track: _Track, body: Body, at_s: float) -> tuple[float, ...]:
        """What the clothing looks like now; empty while the last description is still fresh."""
        if at_s - track.described_s < table.APPEARANCE_EVERY_S - 1e-6:
            return ()
        track.described_s = at_s
        noise = self._dice.standard_normal(table.APPEARANCE_NUMBERS) / math.sqrt(table.APPEARANCE_NUMBERS)
        look = body.clothes + self._sight.appearance_sd * noise
        return tuple(np.round(look / np.linalg.norm(look), 4).tolist())


def poses(bodies: list[Body], at_s: float) -> Array:
    """Where the joints of bodies truly are: (bodies, joints, 3) metres in the shop frame."""
    headings = np.array([body.heading for body in bodies])
    scales = np.array([body.scale for body in bodies])
    turns = np.zeros((len(bodies), 3, 3))
    turns[:, 0, 0] = turns[:, 1, 1] = np.cos(headings)
    turns[:, 0, 1], turns[:, 1, 0] = np.sin(headings), -np.sin(headings)
    turns[:, 2, 2] = 1.0
    joints = np.asarray((STANDING * scales[:, None, None]) @ turns)
    joints[:, :, :2] += np.array([body.place for body in bodies])[:, None, :]
    for row, body in enumerate(bodies):
        for grasp in body.grasps:
            if grasp.start_s < at_s < grasp.end_s:
                reach_out(joints[row], grasp, at_s)
    return joints
