"""Who could have reached: the nearer the likelier, hands before bodies, and hidden people are not forgotten."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.attribution.counter import idle, instant, person, reaching, replaced
from tests.shelves.goods import explained, larder

from saunter.attribution import constants as c
from saunter.attribution.reach import Arm, Bodies, Reach, body_ratio, region
from saunter.base.time import SECOND
from saunter.records import Envelope, Interaction, Joint, PeopleFrame, Person

PLAN = larder()
#: A jam leaves the second plate, whose middle lies 0.15 m along the board, ten seconds after the beginning.
PICK = explained(PLAN, {"a2": -250.0})


def frames(people: list[Person], from_s: float, to_s: float, every_s: float = 0.1) -> list[PeopleFrame]:
    count = round((to_s - from_s) / every_s) + 1
    moments = [instant(from_s + number * every_s) for number in range(count)]
    return [
        PeopleFrame(
            envelope=Envelope(store="larder", stream="people", sequence=number, happened=at, arrived=at), people=tuple(people)
        )
        for number, at in enumerate(moments)
    ]


def reach(*seen: list[PeopleFrame], interaction: Interaction = PICK) -> dict[str, Reach]:
    bodies = Bodies(PLAN)
    for frame in sorted((frame for part in seen for frame in part), key=lambda frame: frame.happened):
        bodies.receive(frame)
    return bodies.reach(interaction)


@given(st.floats(0.0, 3.0), st.floats(0.0, 3.0))
def test_the_nearer_the_wrist_the_likelier(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert Arm(wrist_m=near).ratio(1.0) >= Arm(wrist_m=far).ratio(1.0) > 0
    assert Arm(palm_m=near).ratio(1.0) >= Arm(palm_m=far).ratio(1.0) > 0


@given(st.floats(c.BODY_M, 3.0), st.floats(c.BODY_M, 3.0))
def test_the_further_a_body_stands_beyond_arms_length_the_less_likely(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert body_ratio(near) >= body_ratio(far) > 0


def test_the_elbow_of_a_hidden_hand_tells_whether_it_reaches_in() -> None:
    """A forearm from the plate it speaks for the hand, a body's length away against it."""
    assert Arm(elbow_m=c.ELBOW_M).ratio(1.0) > 10 > 1 > Arm(elbow_m=1.2).ratio(1.0)


def test_a_forearm_tells_more_of_the_hand_than_the_wrist_alone() -> None:
    """A palm on the thing speaks for it more than a wrist there, a palm two hands away more against it."""
    assert Arm(palm_m=0.0).ratio(1.0) > Arm(wrist_m=0.0).ratio(1.0)
    assert Arm(palm_m=0.25).ratio(1.0) < Arm(wrist_m=0.25).ratio(1.0)


def test_an_elbow_near_the_thing_is_believed_less_when_the_arm_would_be_bent_back() -> None:
    stretched, hanging = Arm(elbow_m=c.ELBOW_M, bend=0.4), Arm(elbow_m=c.ELBOW_M, bend=2.2)
    assert stretched.ratio(1.0) > Arm(elbow_m=c.ELBOW_M).ratio(1.0) > 5 * hanging.ratio(1.0)


def test_a_hidden_arm_is_as_good_as_its_body() -> None:
    assert Arm().ratio(0.7) == 0.7


def arm(track: str, reaches: bool) -> Person:
    """Somebody at the second plate of board `a`: the arm over it, or hanging down; its wrist is never seen."""
    elbow = Joint(0.15, -0.31, 1.22) if reaches else Joint(0.15, -0.55, 1.05)
    joints = {"head": Joint(0.15, -0.6, 1.6), "right_shoulder": Joint(0.15, -0.55, 1.35), "right_elbow": elbow}
    return Person(track=track, joints=joints)


def test_an_arm_that_comes_and_goes_is_likelier_than_one_that_rests_there() -> None:
    """t1 leans on the board all the time; t2 stretches an arm out when the jam goes, and draws it back."""
    rests = frames([arm("t1", True)], 8.5, 11.5)
    acts = frames([arm("t2", False)], 8.5, 9.5) + frames([arm("t2", True)], 9.6, 10.4) + frames([arm("t2", False)], 10.5, 11.5)
    found = reach(rests, acts)
    assert found["t2"].log_ratio > found["t1"].log_ratio + 1.0


def test_an_elbow_that_is_hidden_now_and_then_is_no_motion() -> None:
    """The hand rests at the thing all along; sometimes the tracker loses the elbow, and the wrist is not taken for it."""
    both = {**arm("t1", True).joints, "right_wrist": Joint(0.15, -0.1, 1.1)}
    wrist_only = {name: joint for name, joint in both.items() if name != "right_elbow"}
    often = frames([Person(track="t1", joints=both)], 8.5, 11.5)
    seen = [
        msgspec.structs.replace(frame, people=(Person(track="t1", joints=wrist_only),)) if number % 3 == 1 else frame
        for number, frame in enumerate(often)
    ]
    assert reach(seen)["t1"].log_ratio == pytest.approx(reach(often)["t1"].log_ratio)


def test_an_arm_of_which_nothing_is_seen_afterwards_is_not_held_against_anybody() -> None:
    """The frames end with the lift: a long hold looks the same so far."""
    still = reach(frames([arm("t1", True)], 8.5, 10.2))["t1"]
    assert still.log_ratio > reach(frames([arm("t1", True)], 8.5, 11.5))["t1"].log_ratio + 1.0


def test_a_hand_that_is_there_all_along_is_likelier_than_one_that_passes() -> None:
    """Both come as near as 2 cm; one of them in a single frame."""
    near, far = (0.02, 0.2, 1.1), (0.02, -0.5, 1.1)
    stays = [person("stays", 0.02, -0.45, near)] * 7
    passes = [person("passes", 0.02, -0.45, near if number == 3 else far) for number in range(7)]
    bodies = Bodies(PLAN)
    for number in range(7):
        for frame in frames([stays[number], passes[number]], 9.7 + 0.1 * number, 9.7 + 0.1 * number):
            bodies.receive(frame)
    found = bodies.reach(PICK)
    assert found["stays"].log_ratio > found["passes"].log_ratio + 1.0


def test_a_hand_at_the_thing_speaks_for_it_and_one_across_the_shop_against_it() -> None:
    assert Arm(wrist_m=0.0).ratio(1.0) > 10 and Arm(wrist_m=1.5).ratio(1.0) < 0.1
    assert body_ratio(c.BODY_M) > 3 and body_ratio(2.5) < 0.1


@given(st.floats(0.0, 2.9), st.floats(0.01, 5.0))
def test_who_may_have_walked_meanwhile_is_told_less_surely(distance: float, walked: float) -> None:
    assert body_ratio(c.BODY_M, walked) < body_ratio(c.BODY_M)
    assert body_ratio(distance, walked) > 0


def test_hands_nearer_to_the_plate_rank_first_whatever_the_bodies_do() -> None:
    found = reach(frames([reaching("near", 0.15), person("far", 0.15, wrist=(0.75, 0.2, 1.1)), idle("idle", 0.2)], 9.0, 11.0))
    assert sorted(found, key=lambda track: -found[track].log_ratio)[0] == "near"
    assert found["near"].by == "wrist" and found["near"].distance_m == 0.0


def test_a_hand_above_the_board_is_nearer_than_one_under_it() -> None:
    above = reach(frames([person("t", 0.15, wrist=(0.15, 0.2, 1.1))], 9.5, 10.5))["t"]
    under = reach(frames([person("t", 0.15, wrist=(0.15, 0.2, 0.5))], 9.5, 10.5))["t"]
    assert above.log_ratio > under.log_ratio
    assert under.distance_m == pytest.approx(0.5)


def test_what_counts_is_where_the_hand_was_when_the_weight_went() -> None:
    """The hand is there when it happens; a second hand comes half a second later to look at the gap."""
    first = reach(frames([reaching("t", 0.15)], 9.6, 10.2) + frames([idle("t", 1.5)], 10.3, 11.0))["t"]
    late = reach(frames([idle("t", 1.5)], 9.0, 10.3) + frames([reaching("t", 0.15)], 10.4, 11.0))["t"]
    assert first.log_ratio > 2.0 > 0.0 > late.log_ratio


def test_without_wrists_the_body_tells() -> None:
    found = reach(frames([person("t1", 0.15), person("t2", 0.15, -2.0)], 9.5, 10.5))
    assert (found["t1"].by, found["t2"].by) == ("body", "body")
    assert found["t1"].log_ratio > 0 > found["t2"].log_ratio


def test_elbows_say_nothing_of_where_a_body_stands() -> None:
    plain = person("t", 0.15)
    stretched = Person(track="t", joints={**plain.joints, "left_elbow": Joint(9.0, 9.0, 1.0)})
    assert reach(frames([plain], 9.5, 10.5))["t"].distance_m == reach(frames([stretched], 9.5, 10.5))["t"].distance_m


def test_a_body_without_any_joint_is_nowhere() -> None:
    assert reach(frames([Person(track="t", joints={})], 9.5, 10.5)) == {}


def test_who_is_hidden_at_the_moment_is_doubted_but_not_forgotten() -> None:
    seen = reach(frames([person("t", 0.15)], 5.0, 11.0))["t"]
    gap = reach(frames([person("t", 0.15)], 5.0, 9.0) + frames([person("t", 0.15)], 11.2, 12.0))["t"]
    lost = reach(frames([person("t", 0.15)], 3.0, 6.0))["t"]
    assert gap.by == lost.by == "unseen" and gap.distance_m < 0
    assert seen.log_ratio > gap.log_ratio > lost.log_ratio


@given(st.floats(1.0, 25.0), st.floats(1.0, 25.0))
def test_the_longer_somebody_was_lost_the_less_it_was_them(one: float, other: float) -> None:
    short, long = sorted((one, other))
    ratios = [reach(frames([person("t", 0.15)], 9.0 - gap, 9.4 - gap))["t"].log_ratio for gap in (short, long)]
    assert ratios[0] >= ratios[1] - 1e-9


def test_who_came_into_view_later_was_not_there() -> None:
    assert reach(frames([reaching("t", 0.15)], 11.0, 12.0)) == {}


def test_over_a_long_doubtful_change_everybody_who_was_there_counts() -> None:
    """A plate was dead for ten seconds: one was there in the beginning, another when it came back."""
    dead = replaced(PICK, started=instant(4.0), settled=instant(14.0), doubtful=("a2",))
    early = frames([reaching("early", 0.15)], 4.0, 7.0) + frames([idle("early", 2.5)], 7.1, 15.0)
    late = frames([idle("late", 2.5)], 3.0, 9.9) + frames([reaching("late", 0.15)], 10.0, 15.0)
    found = reach(early, late, interaction=dead)
    assert found["early"].log_ratio > 0
    assert found["late"].log_ratio - found["early"].log_ratio < 3.0


def test_tracks_that_are_long_gone_are_forgotten() -> None:
    bodies = Bodies(PLAN)
    for frame in frames([reaching("t", 0.15)], 9.0, 10.0) + frames([idle("u", 3.0)], 10.0, 10.0 + 2.1 * c.HISTORY / SECOND, 1.0):
        bodies.receive(frame)
    assert "t" not in bodies.reach(PICK)


def test_places_older_than_the_memory_are_dropped() -> None:
    bodies = Bodies(PLAN)
    for frame in frames([reaching("t", 0.15)], 0.0, 1.0) + frames([idle("t", 3.0)], 1.0 + c.HISTORY / SECOND + 1.0, 60.0, 1.0):
        bodies.receive(frame)
    late = replaced(PICK, started=instant(0.4), settled=instant(0.6))
    assert bodies.reach(late).get("t", Reach(-math.inf, "", 0.0)).by != "wrist"


def test_the_space_of_a_change_lies_above_its_middle_and_is_as_wide_as_what_moved() -> None:
    space = region(PLAN, PICK, PICK.centre_m, PICK.extent_m)
    assert space.origin == pytest.approx(PLAN.plates["a2"].frame.translation)
    assert space.low == pytest.approx([0.0, 0.0, 0.0])
    assert space.high[:2] == pytest.approx([0.1, 0.4])
    assert 0.05 <= space.high[2] <= PLAN.plates["a2"].clearance_m


def test_hands_that_a_tracker_puts_a_mile_away_are_no_reason_to_stop() -> None:
    far = Person(track="t", joints={**person("t", 0.15).joints, "left_wrist": Joint(5e3, 0, 1), "right_wrist": Joint(5e3, 0, 1)})
    assert reach(frames([far], 9.5, 10.5))["t"].log_ratio < 0
