"""What the tracker behind the ceiling cameras says of the bodies in the shop."""

from __future__ import annotations

import numpy as np

from saunter.base.geometry import Array
from saunter.base.randomness import generator
from saunter.base.time import from_seconds
from saunter.plan import Plan
from saunter.records import Envelope, Joint, PeopleFrame, Person
from saunter.simulation import table
from saunter.simulation.crowd.people import Body
from saunter.simulation.people import JOINT_NAMES, STANDING, WRISTS, reach_out
from saunter.simulation.table import Preset


class CrowdTracker:
    """All cameras and the tracker behind them."""

    def __init__(self, plan: Plan, preset: Preset, start_ns: int, seed: int) -> None:
        self._plan, self._preset, self._start_ns = plan, preset, start_ns
        self._dice = generator(seed, "crowd tracker")
        self._names: dict[int, str] = {}
        self._jitter_m: dict[int, Array] = {}
        self._named = self._sequence = self._arrived = 0

    def looks(self, number: int, at_s: float, bodies: list[Body]) -> PeopleFrame | None:
        """Frame `number`, as the bodies are now; None: it is lost."""
        people = self._seen(at_s, bodies)
        latency_s = float(self._dice.uniform(*table.PEOPLE_LATENCY_S))
        if self._dice.random() < self._preset.frame_missed:
            return None
        happened = self._start_ns + from_seconds(at_s)
        self._arrived = max(self._arrived + 1, happened + from_seconds(latency_s))
        envelope = Envelope(
            store=self._plan.store, stream=table.STREAM_PEOPLE, sequence=self._sequence, happened=happened, arrived=self._arrived
        )
        self._sequence += 1
        return PeopleFrame(envelope=envelope, people=people)

    def at_gate(self, body: Body) -> str:
        """Which track the gate takes a body for."""
        return self._names.get(body.number, "")

    def _seen(self, at_s: float, bodies: list[Body]) -> tuple[Person, ...]:
        if not bodies:
            return ()
        joints = poses(bodies, at_s)
        joints += self._dice.standard_normal(joints.shape) * self._preset.jitter_sd_m
        hidden = self._dice.random((len(bodies), 2)) < self._preset.wrist_hidden
        missed = self._dice.random(len(bodies)) < self._preset.person_missed
        points = np.round(joints, 4).tolist()
        people = []
        for row, body in enumerate(bodies):
            if body.number not in self._names:
                self._named += 1
                self._names[body.number] = f"t{self._named}"
            if not missed[row]:
                gone = {WRISTS[side] for side in (0, 1) if hidden[row, side]}
                people.append(self._person(self._names[body.number], points[row], gone))
        return tuple(people)

    def _person(self, track: str, points: list[list[float]], gone: set[int]) -> Person:
        sd_m = self._preset.jitter_sd_m
        joints = {
            name: Joint(points[index][0], points[index][1], points[index][2], sd_m, table.JOINT_SCORE)
            for index, name in enumerate(JOINT_NAMES)
            if index not in gone
        }
        return Person(track=track, joints=joints)


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
