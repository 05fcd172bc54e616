"""Readings: what one device said, raw. Weight blocks stay arrays; people come from a tracker, never with a face."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from saunter.base.geometry import Point
from saunter.records.envelope import Envelope, Record

#: Joints a tracker may report. Eyes and ears have no name here on purpose: they are dropped where they arise.
JOINTS = (
    "head", "neck", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "foot",
)  # fmt: skip


class WeightBlock:
    """A run of samples of all plates behind one scale controller.

    `plates` names the columns; `times` (samples,) int64 nanoseconds UTC by the device's clock mapped to the shop's, not
    necessarily evenly spaced or increasing; `grams` (samples, plates) float32, NaN where there is no value. Plates are
    not zeroed: only differences mean anything. `rate_hz` is the nominal sampling rate.
    """

    __slots__ = ("envelope", "grams", "plates", "rate_hz", "times")

    def __init__(
        self, envelope: Envelope, plates: tuple[str, ...], rate_hz: float, times: NDArray[np.int64], grams: NDArray[np.float32]
    ) -> None:
        if grams.shape != (len(times), len(plates)):
            raise ValueError(f"grams have shape {grams.shape}, but {len(times)} times and {len(plates)} plates need that shape")
        self.envelope = envelope
        self.plates = plates
        self.rate_hz = rate_hz
        self.times = times
        self.grams = grams

    @property
    def id(self) -> str:
        """The id derived from the envelope."""
        return self.envelope.id

    @property
    def happened(self) -> int:
        """When its first sample was taken, nanoseconds UTC."""
        return self.envelope.happened


class Joint(msgspec.Struct, frozen=True, array_like=True):
    """A body point in the shop frame: metres, its standard deviation per axis in metres (0: not given), score in [0, 1]."""

    x_m: float
    y_m: float
    z_m: float
    sd_m: float = 0.0
    score: float = 1.0


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One body in one frame of a tracker.

    `track` is the tracker's own name for an unbroken sighting. `party` is set only where the source itself knows who it
    is (an importer's target id, a badge); empty: unknown, gate passes and tracking decide. `joints` holds what was seen.
    `appearance` describes the clothing as a unit vector (never a face), where the tracker has one; it is personal data,
    used while the visit is open and never written to the journal.
    """

    track: str
    joints: dict[str, Joint]
    party: str = ""
    appearance: tuple[float, ...] = ()


#: Joints that reach out: they do not tell where a body stands.
REACHING: Final = frozenset(("left_wrist", "right_wrist", "left_elbow", "right_elbow"))


#: A point of the shop frame, metres.
Side = Literal["left", "right"]
SIDES: Final[tuple[Side, Side]] = ("left", "right")
#: The joints of an arm, from the body outwards.
ARMS: Final[Mapping[Side, tuple[str, str, str]]] = {
    side: (f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist") for side in SIDES
}


class Place(msgspec.Struct, frozen=True):
    """Where one body of a frame is: its track, the floor point it stands on, and its joints (metres).

    The floor point is the mean of all joints but wrists and elbows; of those where nothing else was seen.
    """

    track: str
    x_m: float
    y_m: float
    joints: Mapping[str, Joint] = {}

    def arm(self, side: Side) -> tuple[Point | None, Point | None, Point | None]:
        """Shoulder, elbow and wrist of one arm; None: hidden."""
        shoulder, elbow, wrist = ARMS[side]
        return _point(self.joints.get(shoulder)), _point(self.joints.get(elbow)), _point(self.joints.get(wrist))


class PeopleFrame(Record, frozen=True, kw_only=True, dict=True):
    """All bodies a tracker saw at one instant; an empty tuple means it looked and saw nobody."""

    people: tuple[Person, ...]

    @cached_property
    def places(self) -> tuple[Place | None, ...]:
        """Where each of `people` is, in their order; None for a body without any joint."""
        return tuple(_place(person) for person in self.people)


def _place(person: Person) -> Place | None:
    x = y = arms_x = arms_y = 0.0
    steady = 0
    joints = person.joints
    for name, joint in joints.items():
        if name not in REACHING:
            x, y, steady = x + joint.x_m, y + joint.y_m + 0.0 * joint.z_m, steady + 1
        else:
            arms_x, arms_y = arms_x + joint.x_m, arms_y + joint.y_m + 0.0 * joint.z_m  # a z that is nowhere shows in the sum
    if not math.isfinite(x + y + arms_x + arms_y):
        return _place(_finite(person))
    if steady:
        return Place(person.track, x / steady, y / steady, joints)
    return Place(person.track, arms_x / len(joints), arms_y / len(joints), joints) if joints else None


def _finite(person: Person) -> Person:
    """The person without joints that are nowhere (a tracker's NaN)."""
    joints = {name: joint for name, joint in person.joints.items() if math.isfinite(joint.x_m + joint.y_m + joint.z_m)}
    return msgspec.structs.replace(person, joints=joints)


def _point(joint: Joint | None) -> Point | None:
    return None if joint is None else (joint.x_m, joint.y_m, joint.z_m)


class GatePass(Record, frozen=True, kw_only=True):
    """Somebody went through a gate: who pays (`party`), which way, and which track it was if the gate knows (else empty).

    `people` is how many bodies passed on this key; `staff` says the key is a member of staff's (its party is then STAFF).
    """

    gate: str
    direction: Literal["in", "out"]
    party: str
    track: str = ""
    people: int = 1
    staff: bool = False


class Tick(Record, frozen=True, kw_only=True):
    """Time passed: the shop's clock read `happened`. The only clock the pipeline knows, so timeouts replay as well."""


Reading = WeightBlock | PeopleFrame | GatePass | Tick
