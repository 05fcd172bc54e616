"""What cameras see and a tracker believes: lines of sight, breaks after occlusion, swaps after encounters, gates."""

from __future__ import annotations

import dataclasses
import math
from functools import cache

import numpy as np
import pytest

from saunter.plan import Camera, Plan, parse_plan
from saunter.records import PeopleFrame
from saunter.simulation import shop_texts, table
from saunter.simulation.crowd.cameras import Cameras, Looked
from saunter.simulation.crowd.people import Body, Grasp
from saunter.simulation.crowd.sightings import CrowdTracker

#: A camera in a corner below the ceiling, and one that looks straight down on the middle of the front aisle.
CORNER = Camera("corner", (0.2, 0.2, 2.6), (5.0, 3.0, 0.8), 100.0)
FAR = (9.0, 0.5)


@cache
def one_camera(*cameras: Camera) -> Plan:
    plan = parse_plan(shop_texts("convenience", 1))
    return dataclasses.replace(plan, cameras={camera.id: camera for camera in cameras or (CORNER,)})


def count(points: list[tuple[float, float, float]], places: list[tuple[float, float]], fixture: int = -1) -> int:
    """How many cameras see the first point of the first body; the others stand at `places[1:]`."""
    n = len(places)
    looked = Looked(
        np.array([points[:1]] * n), np.array(places), np.full(n, 1.7), np.array([True]), np.full((n, 1), fixture, dtype=np.int64)
    )
    return int(Cameras(one_camera()).counts(looked)[0, 0])


def body(number: int, x_m: float, y_m: float, style: float = 0.0) -> Body:
    clothes = np.zeros(table.APPEARANCE_NUMBERS)
    clothes[0], clothes[1] = math.cos(style), math.sin(style)
    return Body(number, number + 1, np.array([x_m, y_m]), 1.2, 1.0, clothes)


def tracker(**changes: object) -> CrowdTracker:
    sure = {"wrist_missed": 0.0, "breaks_per_minute": 0.0, "swap_per_encounter": 0.0, "gate_track": "nearest"} | changes
    calm = table.PRESETS["calm"]
    sight = dataclasses.replace(calm.sight, **sure)
    preset = dataclasses.replace(calm, sight=sight, person_missed=0.0, frame_missed=0.0)
    return CrowdTracker(one_camera(), preset, 0, 1, str)


def frames(of: CrowdTracker, steps: list[list[Body]]) -> list[PeopleFrame]:
    found = [of.looks(number, number / 12, bodies) for number, bodies in enumerate(steps)]
    return [frame for frame in found if frame is not None]


def test_a_point_in_the_open_is_seen_and_one_behind_an_island_is_not() -> None:
    assert count([(2.0, 1.0, 1.2)], [(2.2, 1.0)]) == 1
    assert count([(4.6, 2.5, 0.9)], [(4.8, 2.5)]) == 0


def test_somebody_in_between_hides_a_point() -> None:
    assert count([(2.4, 1.1, 1.0)], [(2.6, 1.2)]) == 1
    assert count([(2.4, 1.1, 1.0)], [(2.6, 1.2), (2.0, 0.92)]) == 0


def test_a_hand_in_a_shelf_is_seen_from_the_front_only_and_not_below_a_board() -> None:
    plan = one_camera()
    fixture, plate = list(plan.fixtures).index("g1"), plan.plates["g1s4p3"]
    hand = plate.frame.apply(np.array([0.1, 0.15, 0.08]))
    deep = plan.plates["g1s1p3"].frame.apply(np.array([0.1, 0.35, 0.3]))
    stands = [(2.2, float(hand[1]) + 0.3)]
    assert count([tuple(hand)], stands, fixture) == 1
    assert count([tuple(deep)], stands, fixture) == 0
    behind = list(plan.fixtures).index("g2")
    back = plan.plates["g2s4p3"].frame.apply(np.array([0.1, 0.15, 0.08]))
    assert count([tuple(back)], [(4.2, 2.0)], behind) == 0


def test_a_hand_in_a_bag_is_seen_by_nobody() -> None:
    open_handed, hiding = body(0, 2.0, 1.0), body(1, 2.0, 1.6)
    hiding.grasps.append(Grasp(-1.0, -0.5, 9.0, 10.0, np.array([2.1, 1.7, 0.9]), True, is_hidden=True))
    for each in (open_handed, hiding):
        each.heading = math.atan2(-1.0, -1.0)
    people = frames(tracker(), [[open_handed, hiding]] * 6)[-1].people
    assert ["left_wrist" in person.joints for person in people] == [True, False]


def test_who_was_out_of_sight_too_long_has_a_new_name_afterwards() -> None:
    seen, hidden = body(0, 2.0, 1.0), body(0, 0.15, 5.5)  # beside the camera's picture
    short, long = ([[seen]] * 12 + [[hidden]] * gap + [[seen]] * 12 for gap in (12, 48))
    for steps, names in ((short, 1), (long, 2)):
        tracks = {person.track for frame in frames(tracker(), steps) for person in frame.people}
        assert len(tracks) == names


@pytest.mark.parametrize(("probability", "swapped"), [(0.0, False), (1.0, True)])
def test_two_who_met_are_swapped_as_often_as_the_preset_says(probability: float, swapped: bool) -> None:
    apart, near = [body(0, 1.5, 1.0), body(1, 2.5, 1.0, 1.5)], [body(0, 1.9, 1.0), body(1, 2.2, 1.0, 1.5)]
    said = frames(tracker(swap_per_encounter=probability), [apart] * 6 + [near] * 6 + [apart] * 6)
    at = [{person.track: person.joints["neck"].x_m for person in frame.people} for frame in (said[3], said[-1])]
    assert (at[0]["t1"] < at[0]["t2"]) is True
    assert (at[1]["t1"] > at[1]["t2"]) is swapped


def test_an_appearance_is_a_unit_vector_of_the_clothing_and_comes_twice_a_second() -> None:
    somebody = body(0, 2.0, 1.0)
    looks = [frame.people[0].appearance for frame in frames(tracker(), [[somebody]] * 25)]
    described = [np.array(look) for look in looks if look]
    assert len(described) in (4, 5)
    assert all(np.linalg.norm(look) == pytest.approx(1.0, abs=1e-3) and look @ somebody.clothes > 0.9 for look in described)


def test_a_gate_names_the_nearest_body_even_if_it_is_the_wrong_one_and_nobody_when_all_are_far() -> None:
    gate = one_camera().gates["in"]
    passing, pushing = body(0, 1.0, 1.1), body(1, 1.05, 0.35)
    crowd = tracker()
    frames(crowd, [[passing, pushing]] * 4)
    assert crowd.at_gate(passing, gate) == "t2"
    own, none = tracker(gate_track="own"), tracker(gate_track="none")
    for each in (own, none):
        frames(each, [[passing, pushing]] * 4)
    assert (own.at_gate(passing, gate), none.at_gate(passing, gate)) == ("t1", "")
    far = tracker()
    frames(far, [[body(0, *FAR)]] * 4)
    assert far.at_gate(passing, gate) == ""
