"""Where a body stands, as every room sees it."""

from __future__ import annotations

import msgspec
import pytest

from saunter.records import Envelope, Joint, PeopleFrame, Person, Place


def frame(*people: Person) -> PeopleFrame:
    return PeopleFrame(envelope=Envelope(store="s", stream="people", sequence=0, happened=1, arrived=1), people=people)


def test_a_body_stands_where_its_trunk_is_not_where_its_hands_are() -> None:
    joints = {"head": Joint(1.0, 1.0, 1.6), "foot": Joint(1.2, 1.0, 0.0), "left_wrist": Joint(5.0, 5.0, 1.0)}
    (place,) = frame(Person(track="t", joints=joints)).places
    assert place is not None
    assert (place.x_m, place.y_m) == (pytest.approx(1.1), 1.0)
    assert place.arm("left") == (None, None, (5.0, 5.0, 1.0)) and place.arm("right") == (None, None, None)


def test_of_a_body_of_which_only_arms_were_seen_these_tell_where_it_is() -> None:
    joints = {"left_wrist": Joint(5.0, 4.0, 1.0), "left_elbow": Joint(5.2, 4.0, 1.1)}
    (place,) = frame(Person(track="t", joints=joints)).places
    assert place is not None
    assert place == Place("t", pytest.approx(5.1), 4.0, joints)
    assert place.arm("left") == (None, (5.2, 4.0, 1.1), (5.0, 4.0, 1.0))


def test_a_body_without_joints_is_nowhere_and_keeps_its_turn() -> None:
    seen = Person(track="u", joints={"head": Joint(1.0, 2.0, 1.6)})
    assert frame(Person(track="t", joints={}), seen).places == (None, Place("u", 1.0, 2.0, seen.joints))


def test_what_was_worked_out_of_a_frame_is_not_written_with_it() -> None:
    told = frame(Person(track="t", joints={"head": Joint(1.0, 2.0, 1.6)}))
    before = msgspec.json.encode(told)
    assert told.places
    assert msgspec.json.encode(told) == before


def test_joints_that_are_nowhere_are_left_out() -> None:
    nowhere = float("nan")
    joints = {
        "head": Joint(1.0, 2.0, 1.6),
        "foot": Joint(nowhere, 2.0, 0.0),
        "left_wrist": Joint(1.2, 2.0, nowhere),
        "left_shoulder": Joint(1.0, 2.0, nowhere),
        "right_wrist": Joint(1.1, 2.0, 1.0),
    }
    (place,) = frame(Person(track="t", joints=joints)).places
    assert place == Place("t", 1.0, 2.0, {"head": joints["head"], "right_wrist": joints["right_wrist"]})
    assert frame(Person(track="t", joints={"head": Joint(nowhere, 0.0, 0.0)})).places == (None,)
