"""Tracked people of the export layout: `full_targets`, a document per moment with 3-D joints in inches."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from saunter.adapters.datasets.nanostore.documents import read_documents
from saunter.adapters.datasets.nanostore.fields import Damaged, Fields, instant, listing, number, part, text, within_our_time
from saunter.adapters.datasets.nanostore.report import Report
from saunter.adapters.datasets.nanostore.spool import Spool
from saunter.base.ids import RESERVED_PARTIES, is_name
from saunter.base.limits import PEOPLE_MAX
from saunter.base.time import from_seconds
from saunter.records import Joint, Person

INCH_M: Final = 0.0254
#: Nobody stands further than this from the origin of a convenience shop; such a joint is a failed triangulation.
_FAR_M: Final = 100.0
#: Two names for one hand lie this close together at most.
_SAME_HAND_M: Final = 0.02
_SIDED = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_JOINTS = {"head": "head", "neck": "neck", "foot": "foot"} | {
    f"{side[0]}_{name}": f"{side}_{name}" for side in ("left", "right") for name in _SIDED
}
_NO_JOINTS = {"target_id", "detection_metadata", "target_state", "hands"}
_FACE = ("eye", "ear", "nose", "mouth", "face")


@dataclass
class Sightings:
    """What was seen of whom: frames, sightings per target, and counts of what was handled."""

    frames: int = 0
    targets: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    strange: dict[str, int] = field(default_factory=dict)

    def note(self, what: str) -> None:
        """Count something handled the same way every time."""
        self.notes[what] = self.notes.get(what, 0) + 1


def read_people(path: Path, stream: int, spool: Spool, report: Report) -> Sightings:
    """Every document of `full_targets` into the spool as the people of one frame; damaged ones are reported by line."""
    seen = Sightings()
    encoder = msgspec.json.Encoder()
    last = 0
    for line, document in read_documents(path, report):
        try:
            when = _captured(document, seen)
            people = _people(document, seen, path.name, line, report)
        except Damaged as damage:
            report.add(path.name, f"people lost: {damage}", "", line, "damaged documents")
            continue
        if when < last:
            seen.note("documents stand before an earlier one; sorted by time")
        last = max(when, last)
        seen.frames += 1
        spool.add(stream, when, when, encoder.encode(people), line)
    for what, count in seen.notes.items():
        report.add(path.name, f"{count} {what}")
    if seen.strange:
        report.add(
            path.name,
            "fields of targets that are no known joint, dropped",
            names=(f"{name} ({n})" for name, n in seen.strange.items()),
        )
    return seen


def unpack_people(payload: bytes) -> tuple[Person, ...]:
    """The people of a spooled frame."""
    return msgspec.json.decode(payload, type=tuple[Person, ...])


def _captured(document: Fields, seen: Sightings) -> int:
    header = part(document, "document", "header")
    for name in ("t_origin", "t_issue"):
        when = instant(header, name)
        if when is not None:
            if name == "t_issue":
                seen.note("documents without t_origin; t_issue was used")
            return when
    epoch = number(document, "timestamp")
    if not math.isfinite(epoch) or epoch <= 0 or epoch > 1e10:
        raise Damaged("has no time (t_origin, t_issue, timestamp)")
    seen.note("documents without t_origin and t_issue; timestamp was used")
    return within_our_time(from_seconds(epoch))


def _people(document: Fields, seen: Sightings, where: str, line: int, report: Report) -> tuple[Person, ...]:
    if "document" not in document:
        raise Damaged("no document inside")
    targets = listing(part(document, "document", "targets"), "targets")
    if len(targets) > PEOPLE_MAX:
        raise Damaged(f"{len(targets)} targets, more than {PEOPLE_MAX} people in one frame")
    people: dict[str, Person] = {}
    for index, target in enumerate(targets, 1):
        try:
            person = _person(target, index, seen)
        except Damaged as damage:
            report.add(where, f"target {index} lost: {damage}", "", line, "damaged targets")
            continue
        if person is None:
            continue
        if person.track in people:
            report.add(
                where,
                f"target {person.track} stands twice in one document, the second was left out",
                "",
                line,
                "repeated targets",
            )
            continue
        people[person.track] = person
    return tuple(people.values())


def _person(target: Any, index: int, seen: Sightings) -> Person | None:
    if not isinstance(target, dict):
        raise Damaged("not an object")
    if not _valid(text(target, "target_state"), seen):
        return None
    name = text(part(target, "target_id"), "id")
    party = name if is_name(name) and name not in RESERVED_PARTIES else ""
    if not party:
        seen.note("targets without a usable target_id, kept as tracks that name no party")
    joints = _joints(target, seen)
    if not joints:
        seen.note("targets without a single joint, left out")
        return None
    seen.targets[party] = seen.targets.get(party, 0) + 1
    return Person(track=party or f"unnamed-{index}", joints=joints, party=party)


def _valid(state: str, seen: Sightings) -> bool:
    """Whether a target's state speaks of a person: TARGETSTATE_VALID_ENTRANCE does; only INVALID ones are left out."""
    short = state.removeprefix("TARGETSTATE_") or "(missing)"
    if "INVALID" in short:
        seen.note(f"targets in state {short[:40]}, left out")
        return False
    if not short.startswith("VALID"):
        seen.note(f"targets in state {short[:40]}, kept")
    return True


def _joints(target: Fields, seen: Sightings) -> dict[str, Joint]:
    joints: dict[str, Joint] = {}
    for name, value in target.items():
        if name in _NO_JOINTS:
            continue
        known = _JOINTS.get(name)
        if known is None:
            _note_strange(name, seen)
            continue
        joint = _joint(value, name, seen)
        if joint is not None:
            joints[known] = joint
    return _with_hands(joints, [_joint(value, "hands", seen) for value in listing(target, "hands")], seen)


def _note_strange(name: str, seen: Sightings) -> None:
    if any(word in name.lower() for word in _FACE):
        seen.note("points of faces, dropped")
    else:
        seen.strange[name[:40]] = seen.strange.get(name[:40], 0) + 1


def _joint(value: Any, name: str, seen: Sightings) -> Joint | None:
    """A joint in metres; None where the tracker saw none (an empty point: the export leaves out what it does not know)."""
    if not isinstance(value, dict):
        raise Damaged(f"{name} is not an object")
    point = part(value, "point")
    if not point:
        return None
    x_m, y_m, z_m = (number(point, axis) * INCH_M for axis in "xyz")
    score = number(value, "score")
    if not all(math.isfinite(coordinate) and abs(coordinate) <= _FAR_M for coordinate in (x_m, y_m, z_m)):
        seen.note(f"joints that are not within {_FAR_M:g} m of the shop, dropped")
        return None
    if not 0 <= score <= 1:
        seen.note("joints whose score is not between 0 and 1, clipped")
        score = min(1.0, max(0.0, score)) if math.isfinite(score) else 0.0
    return Joint(x_m, y_m, z_m, 0.0, score)


def _with_hands(joints: dict[str, Joint], hands: list[Joint | None], seen: Sightings) -> dict[str, Joint]:
    """`hands` repeats the wrists without saying which side: they fill in only for a wrist that is missing."""
    missing = [wrist for wrist in ("right_wrist", "left_wrist") if wrist not in joints]
    known = [joints[wrist] for wrist in ("right_wrist", "left_wrist") if wrist in joints]
    spare = [hand for hand in hands if hand is not None and all(_apart_m(hand, wrist) > _SAME_HAND_M for wrist in known)]
    spare.sort(key=lambda hand: -hand.score)
    for wrist, hand in zip(missing, spare, strict=False):
        joints[wrist] = hand
        seen.note("missing wrists taken from hands")
    if len(spare) > len(missing):
        seen.note("targets with hands that are neither wrist, left out")
    return joints


def _apart_m(one: Joint, other: Joint) -> float:
    return math.dist((one.x_m, one.y_m, one.z_m), (other.x_m, other.y_m, other.z_m))
