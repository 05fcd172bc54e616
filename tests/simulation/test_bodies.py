"""Bodies walk where one can walk, stand before shelves, and bring a wrist to what they take."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from tests.simulation.worlds import corner, played, seconds_of

from saunter.base.geometry import inside_polygon
from saunter.plan.parse import parse_plan
from saunter.records import AnyRecord, GatePass, PeopleFrame, Person
from saunter.simulation import parse_story, shop_texts, simulate
from saunter.simulation.floor import CLEAR_M, Floor, length_m
from saunter.simulation.people import pose
from saunter.simulation.schedule import Scheduler
from saunter.simulation.table import PRESETS

PLATES = ["g1s1p2", "g1s5p6", "g2s3p4", "g3s2p1", "g3s4p8", "g4s1p3", "g4s4p4", "g5s1p2", "g5s2p7"]


def frames(streams: dict[str, list[AnyRecord]]) -> list[PeopleFrame]:
    return [record for record in streams["people"] if isinstance(record, PeopleFrame)]


def seen(streams: dict[str, list[AnyRecord]], track: str, from_s: float, to_s: float) -> list[Person]:
    return [p for frame in frames(streams) if from_s <= seconds_of(frame) <= to_s for p in frame.people if p.track == track]


@pytest.mark.parametrize("plate", PLATES)
def test_one_stands_half_a_metre_before_a_shelf_on_the_open_side(plate: str) -> None:
    facts = corner().plates[plate]
    spots = Floor(corner()).spots(facts)
    assert all(inside_polygon(*spot, corner().floor_m) for spot, _ in spots)
    fixture = corner().fixtures[facts.fixture]
    x, y, _ = (np.array([*spots[0][0], 0.0]) - fixture.frame.translation) @ fixture.frame.rotation
    front_y = fixture.depth_m + 0.5 if fixture.id == "g5" else -0.5
    assert y == pytest.approx(front_y)
    assert x == pytest.approx(facts.along_m + facts.width_m / 2)


def test_a_table_moved_to_the_other_side_of_the_floor_is_served_from_its_other_side() -> None:
    texts = shop_texts("corner")
    moved = parse_plan(
        texts | {"store.toml": texts["store.toml"].replace("position_m = [2.5, 1.8, 0]", "position_m = [2.5, 3.0, 0]")}
    )
    assert [Floor(plan).spots(plan.plates["g5s1p1"])[0][0][1] for plan in (corner(), moved)] == pytest.approx([2.8, 2.5])


@pytest.mark.parametrize("plate", PLATES)
def test_a_wrist_is_a_hand_length_before_the_piece_when_it_is_lifted(plate: str) -> None:
    plan = corner()
    sku = next(facing.sku for facing in plan.facings if plate in facing.plates)
    text = f"story: x\n00:00.0 p1 enters\n00:10.0 p1 takes {sku} from {plate}\n00:14.0 p1 leaves\n"
    schedule = Scheduler(plan, parse_story(text, "x.scn"), 2).schedule
    body = schedule.bodies.all[0]
    reach = body.reaches[0]
    joints = pose(body, 10.05, 1.0)
    wrist = joints[6 if reach.is_left else 7]
    assert np.linalg.norm(wrist - reach.target) == pytest.approx(0.12, abs=0.01)
    shoulder = joints[2 if reach.is_left else 3]
    assert np.linalg.norm(shoulder - wrist) == pytest.approx(np.linalg.norm(shoulder - reach.target) - 0.12, abs=0.01)
    other = joints[7 if reach.is_left else 6]
    assert np.linalg.norm(other - reach.target) > 0.25
    held = plan.plates[plate]
    local = (reach.target - held.frame.translation) @ held.frame.rotation
    assert -0.1 <= local[0] <= held.width_m + 0.1 and 0 <= local[1] <= held.depth_m and 0 <= local[2] <= held.clearance_m
    assert np.allclose(pose(body, 10.05 + 3.0, 1.0)[6:8, 2], 0.90, atol=0.01)


@pytest.mark.parametrize("start", [(0.7, 0.6), (5.3, 0.6), (2.8, 3.0)])
@pytest.mark.parametrize("goal", [(3.1, 1.3), (5.0, 3.4), (1.2, 4.0)])
def test_ways_go_around_the_furniture(start: tuple[float, float], goal: tuple[float, float]) -> None:
    path = Floor(corner()).path(start, goal)
    assert path[0] == start and path[-1] == goal
    assert length_m(path) < 1.6 * math.dist(start, goal) + 0.5
    for (x1, y1), (x2, y2) in pairwise(path):
        for u in np.linspace(0, 1, 30):
            point = np.array([x1 + u * (x2 - x1), y1 + u * (y2 - y1), 0.0])
            assert inside_polygon(point[0], point[1], corner().floor_m)
            for fixture in corner().fixtures.values():
                x, y, _ = (point - fixture.frame.translation) @ fixture.frame.rotation
                size = (fixture.width_m, fixture.depth_m)
                assert not (1e-6 - CLEAR_M < x < size[0] + CLEAR_M - 1e-6 and 1e-6 - CLEAR_M < y < size[1] + CLEAR_M - 1e-6)


def test_nobody_walks_faster_than_people_do() -> None:
    text = "story: x\n00:00.0 p1 enters\n00:01.0 p1 walks to bread\n"
    text += "00:10.0 p1 takes soup\n00:16.0 p1 takes wrap\n00:20.0 p1 leaves\n"
    schedule = Scheduler(corner(), parse_story(text, "x.scn"), 2).schedule
    body = schedule.bodies.all[0]
    feet = np.array([pose(body, at_s, 1.0)[10, :2] for at_s in np.arange(0.0, body.left_s, 0.05)])
    speeds = np.hypot(*np.diff(feet, axis=0).T) / 0.05
    assert speeds.max() < 1.25


def test_two_hands_reach_to_two_shelves_at_once() -> None:
    text = "story: x\n00:00.0 p1 enters\n00:10.0 p1 takes yoghurt4 ; p1 takes cheddar from g3s3p3\n"
    schedule = Scheduler(corner(), parse_story(text, "x.scn"), 2).schedule
    reaches = schedule.bodies.all[0].reaches
    assert [reach.is_left for reach in reaches] in ([True, False], [False, True])


def test_two_parties_at_one_plate_do_not_stand_in_each_other() -> None:
    text = "story: x\n00:00.0 p1 enters\n00:01.0 p2 enters\n00:10.0 p1 takes lemonade from g1s2p2\n"
    text += "00:10.4 p2 takes lemonade from g1s2p2\n"
    first, second = Scheduler(corner(), parse_story(text, "x.scn"), 2).schedule.bodies.all
    assert 0.4 <= math.dist(first.place, second.place) <= 1.0


def test_there_must_be_time_to_walk() -> None:
    text = "story: x\n00:00.0 p1 enters\n00:10.0 p1 takes lemonade\n00:11.0 p1 takes wrap\n"
    problems = Scheduler(corner(), parse_story(text, "x.scn"), 2).problems
    assert [(problem.line, "there is no time to walk for p1 to g3s4p" in problem.what) for problem in problems] == [(4, True)]


CROSSING = """00:00.0 p1 enters
00:02.0 p2 enters
00:08.0 tracks of p1 and p2 swap
00:10.0 p1 leaves
00:20.0 p2 leaves
"""


def test_swapped_tracks_change_names_not_places_and_the_exit_gate_shows_it() -> None:
    streams = played(CROSSING)
    passes = [(record.direction, record.party, record.track) for record in streams["gates"] if isinstance(record, GatePass)]
    assert passes == [("in", "p1", "t1"), ("in", "p2", "t2"), ("out", "p1", "t2"), ("out", "p2", "t1")]
    assert seen(streams, "t2", 12, 15) == [] and seen(streams, "t1", 12, 15) != []


def test_an_exit_without_names_knows_only_the_track() -> None:
    passes = [(r.direction, r.party, r.track) for r in played("exits: unnamed\n" + CROSSING)["gates"] if isinstance(r, GatePass)]
    assert passes[2:] == [("out", "", "t2"), ("out", "", "t1")]


def test_a_broken_track_goes_on_under_a_new_name() -> None:
    streams = played("00:00.0 p1 enters\n00:05.0 track of p1 breaks\n00:10.0 p1 leaves\n")
    assert seen(streams, "t1", 5.01, 60) == [] and seen(streams, "t2", 0, 4.9) == []
    assert len(seen(streams, "t2", 5, 10)) > 50


def test_the_tracker_names_parties_only_where_there_are_no_gates() -> None:
    with_gates, without = played(CROSSING), played("gates: none\n" + CROSSING)
    assert {person.party for frame in frames(with_gates) for person in frame.people} == {""}
    assert "gates" not in without
    pairs = {(person.track, person.party) for frame in frames(without) for person in frame.people}
    assert pairs == {("t1", "p1"), ("t2", "p2")}


@pytest.mark.parametrize("preset", ["calm", "nanostore", "noisy"])
def test_joints_shake_and_hide_as_the_preset_says(preset: str) -> None:
    streams = played(f"noise: {preset}\n00:00.0 p1 enters\n02:00.0 p1 leaves\n")
    people = seen(streams, "t1", 1, 119)
    facts = PRESETS[preset]
    heads = np.array([(p.joints["head"].x_m, p.joints["head"].y_m) for p in people])
    assert heads.std(axis=0) == pytest.approx(facts.jitter_sd_m, rel=0.2)
    hidden = 1 - np.mean([("left_wrist" in p.joints) + ("right_wrist" in p.joints) for p in people]) / 2
    assert hidden == pytest.approx(facts.wrist_hidden, abs=0.02 + 0.5 * facts.wrist_hidden)
    assert len(people) == pytest.approx(118 * 12 * (1 - facts.person_missed) * (1 - facts.frame_missed), rel=0.02)


def test_positions_are_head_and_foot_and_no_people_is_no_stream() -> None:
    text = "00:00.0 p1 enters\n00:10.0 p1 leaves\n"
    assert {tuple(p.joints) for frame in frames(played("people: positions\n" + text)) for p in frame.people} == {("head", "foot")}
    streams = played("people: none\n" + text)
    assert "people" not in streams
    assert [record.track for record in streams["gates"] if isinstance(record, GatePass)] == ["", ""]


def test_staff_pass_as_staff_and_tailgaters_pass_unnoticed() -> None:
    text = (
        "story: x\n00:00.0 staff enters\n00:01.0 p1 enters\n00:02.0 p2 slips in\n00:09.0 staff leaves ; p1 leaves ; p2 leaves\n"
    )
    passes = [r for r in simulate(corner(), parse_story(text, "x.scn"), 1) if isinstance(r, GatePass)]
    assert [(r.direction, r.party, r.staff) for r in passes] == [
        ("in", "STAFF", True),
        ("in", "p1", False),
        ("out", "STAFF", True),
        ("out", "p1", False),
    ]
