"""Tracked people: inches into metres, hands into wrists, states, and who counts as a party."""

from __future__ import annotations

from typing import Any

import pytest

from saunter.base.errors import InputProblems
from saunter.base.time import MINUTE
from saunter.records import JOINTS, GatePass, Joint, PeopleFrame, Person


def frames(shop: Any, make: Any, *targets: Any, party: str | None = None) -> tuple[list[PeopleFrame], list[str]]:
    shop.export([make.weights(1, make.start)], [make.people(make.start, *targets)])
    imported = shop.load(party=party)
    return make.of(imported.records, "people"), make.said(imported)


def joint(x: float, y: float, z: float, score: float = 0.5) -> Joint:
    return Joint(x * 0.0254, y * 0.0254, z * 0.0254, 0.0, score)


def test_a_target_becomes_a_person_whose_track_and_party_are_its_id_with_joints_in_metres(shop: Any, make: Any) -> None:
    parts = {"neck": make.point(40, -20, 55), "l_wrist": make.point(30, -10, 40, 0.9), "r_hip": make.point(41, -21, 35)}
    found, _ = frames(shop, make, make.person("332", **parts))
    joints = {
        "head": joint(40, -20, 60),
        "neck": joint(40, -20, 55),
        "left_wrist": joint(30, -10, 40, 0.9),
        "right_hip": joint(41, -21, 35),
    }
    assert [frame.people for frame in found] == [(Person(track="332", joints=joints, party="332"),)]
    assert set(joints) <= set(JOINTS)


def test_a_negative_target_id_names_its_party_unchanged(shop: Any, make: Any) -> None:
    found, said = frames(shop, make, make.person("-3727613894310139972"))
    assert [(person.track, person.party) for person in found[0].people] == [("-3727613894310139972",) * 2]
    assert "full_targets: 1 tracked parties, no gates: -3727613894310139972 (1 frames)" in said


def test_several_targets_stand_in_one_frame(shop: Any, make: Any) -> None:
    found, said = frames(shop, make, make.person("1"), make.person("2"))
    assert [person.party for person in found[0].people] == ["1", "2"]
    assert "full_targets: 2 tracked parties, no gates: 1 (1 frames), 2 (1 frames)" in said


def test_a_coordinate_that_protobuf_left_out_is_zero(shop: Any, make: Any) -> None:
    found, _ = frames(shop, make, make.person("1", neck=make.point(0, -20, 55)))
    assert found[0].people[0].joints["neck"] == joint(0, -20, 55)


def test_an_empty_point_means_the_joint_was_not_seen(shop: Any, make: Any) -> None:
    found, _ = frames(shop, make, make.person("1", neck={"point": {}, "score": 0.4}, l_elbow={}))
    assert list(found[0].people[0].joints) == ["head"]


def test_a_score_that_is_missing_is_zero(shop: Any, make: Any) -> None:
    found, _ = frames(shop, make, make.person("1", neck=make.point(1, 2, 3, 0.0)))
    assert found[0].people[0].joints["neck"].score == 0.0


def test_hands_repeat_the_wrists_and_are_dropped_where_wrists_exist(shop: Any, make: Any) -> None:
    left, right = make.point(30, -10, 40), make.point(50, -10, 40)
    found, said = frames(shop, make, make.person("1", hands=[right, left], l_wrist=left, r_wrist=right))
    assert set(found[0].people[0].joints) == {"head", "left_wrist", "right_wrist"}
    assert not any("hands" in line for line in said)


def test_hands_stand_in_for_wrists_that_are_missing(shop: Any, make: Any) -> None:
    hands = [make.point(30, -10, 40, 0.6), make.point(50, -10, 40, 0.9)]
    found, said = frames(shop, make, make.person("1", hands=hands))
    assert found[0].people[0].joints == {
        "head": joint(40, -20, 60),
        "right_wrist": joint(50, -10, 40, 0.9),
        "left_wrist": joint(30, -10, 40, 0.6),
    }
    assert "full_targets.json: 2 missing wrists taken from hands" in said


def test_with_one_wrist_known_only_the_other_hand_fills_in(shop: Any, make: Any) -> None:
    hands = [make.point(30, -10, 40), make.point(50, -10, 40), make.point(90, 0, 40, 0.1)]
    found, said = frames(shop, make, make.person("1", hands=hands, l_wrist=make.point(30, -10, 40)))
    assert found[0].people[0].joints["right_wrist"] == joint(50, -10, 40)
    assert "full_targets.json: 1 targets with hands that are neither wrist, left out" in said


@pytest.mark.parametrize(
    ("state", "kept"), [("TARGETSTATE_VALID_EXIT", 1), ("", 1), ("TARGETSTATE_LOST", 1), ("TARGETSTATE_INVALID", 0)]
)
def test_only_a_state_that_says_invalid_removes_a_person(shop: Any, make: Any, state: str, kept: int) -> None:
    found, said = frames(shop, make, make.person("1"), make.person("2", state=state))
    assert len(found[0].people) == 1 + kept
    surprising = not state.startswith("TARGETSTATE_VALID")
    assert any("targets in state" in line for line in said) == surprising


def test_points_of_faces_never_leave_the_importer(shop: Any, make: Any) -> None:
    found, said = frames(
        shop, make, make.person("1", l_eye=make.point(1, 1, 1), r_ear=make.point(1, 1, 1), nose=make.point(1, 1, 1))
    )
    assert list(found[0].people[0].joints) == ["head"]
    assert "full_targets.json: 3 points of faces, dropped" in said


def test_fields_that_are_no_known_joint_are_named(shop: Any, make: Any) -> None:
    _, said = frames(shop, make, make.person("1", tail=make.point(1, 1, 1)))
    assert "full_targets.json: fields of targets that are no known joint, dropped: tail (1)" in said


@pytest.mark.parametrize("wild", [1e9, float("nan"), float("inf")])
def test_a_joint_outside_the_world_is_dropped_and_counted(shop: Any, make: Any, wild: float) -> None:
    found, said = frames(shop, make, make.person("1", neck=make.point(wild, 1, 1)))
    assert list(found[0].people[0].joints) == ["head"]
    assert "full_targets.json: 1 joints that are not within 100 m of the shop, dropped" in said


@pytest.mark.parametrize("name", ["", "NOBODY", "two words"])
def test_a_target_without_a_usable_id_is_kept_but_names_no_party(shop: Any, make: Any, name: str) -> None:
    found, said = frames(shop, make, make.person("1"), make.person(name))
    assert [(person.track, person.party) for person in found[0].people] == [("1", "1"), ("unnamed-2", "")]
    assert "full_targets.json: 1 targets without a usable target_id, kept as tracks that name no party" in said


def test_a_damaged_target_costs_itself_only(shop: Any, make: Any) -> None:
    found, said = frames(shop, make, 7, make.person("1"), make.person("2", neck={"point": {"x": "far"}}), make.person("1"))
    assert [person.party for person in found[0].people] == ["1"]
    assert "full_targets.json:1: target 1 lost: not an object" in said
    assert "full_targets.json:1: target 3 lost: x is not a number: 'far'" in said
    assert "full_targets.json:1: target 1 stands twice in one document, the second was left out" in said


def test_a_tracker_that_saw_nobody_says_so_with_an_empty_frame(shop: Any, make: Any) -> None:
    shop.export([make.weights(1, make.start)], [make.people(make.start, make.person("1")), make.people(make.start + 1000)])
    imported = shop.load(party=None)
    assert [len(frame.people) for frame in make.of(imported.records, "people")] == [1, 0]


def test_a_tracked_party_is_there_from_its_first_sighting_to_its_last_and_none_is_declared(shop: Any, make: Any) -> None:
    seen = [make.people(make.start + MINUTE * number, make.person("1")) for number in range(3)]
    shop.export([make.weights(1, make.start)], seen)
    imported = shop.load(party="p1")
    passes = [record for record in imported.records if isinstance(record, GatePass)]
    assert [(each.gate, each.direction, each.party, each.track, each.happened) for each in passes] == [
        ("sighting", "in", "1", "1", make.start),
        ("sighting", "out", "1", "1", make.start + 2 * MINUTE),
    ]
    assert "--party: p1 is not used: full_targets says who was there" in make.said(imported)


@pytest.mark.parametrize("targets", [None, [], ["nobody"]])
def test_without_anybody_tracked_the_party_must_be_declared(shop: Any, make: Any, targets: list[str] | None) -> None:
    found = [make.people(make.start)] if targets else targets
    shop.export([make.weights(1, make.start)], found)
    with pytest.raises(InputProblems, match="--party ID"):
        shop.load(party=None)
    records = list(shop.load(party="p9").records)
    assert [record.party for record in records if isinstance(record, GatePass)] == ["p9", "p9"]
