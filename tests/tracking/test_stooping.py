"""Hands at the floor: low, long enough, and away from every plate."""

from __future__ import annotations

from dataclasses import replace

from tests.shelves.goods import larder

from saunter.base.geometry import Point, from_heading
from saunter.base.time import MILLISECOND, SECOND
from saunter.plan import Plan, Plate
from saunter.records import Joint, Place
from saunter.tracking import constants as c
from saunter.tracking.stooping import Stoop, Stooping

#: The larder's boards hang 1 m and 1.4 m high.
PLAN = larder()


def stoops(hand: Point, seconds: float, plan: Plan = PLAN, elbow: Point | None = None) -> list[Stoop]:
    """A right hand is at a place for so long, ten frames a second, and then at its side."""
    watch = Stooping(plan)
    above = elbow or (hand[0], hand[1] - 0.05, hand[2] + 0.3)
    wrist = (hand[0], hand[1], hand[2] + 0.1)
    for number in range(round(10 * seconds)):
        place = Place("t1", 2.0, 2.0, {"right_wrist": Joint(*wrist), "right_elbow": Joint(*above)})
        watch.seen(number * 100 * MILLISECOND, place)
    end = round(10 * seconds) * 100 * MILLISECOND
    assert watch.over(end) == []
    return watch.over(end + c.FLOOR_TOLD)


def test_a_hand_at_the_floor_is_told_once_with_its_time_and_place() -> None:
    (stoop,) = stoops((2.3, 2.1, 0.15), 0.6)
    assert stoop.track == "t1" and (stoop.started, stoop.settled) == (0, SECOND // 2)
    assert abs(stoop.x_m - 2.3) < 0.03 and abs(stoop.y_m - 2.1) < 0.03


def test_a_hand_at_hip_height_is_not_at_the_floor() -> None:
    assert stoops((2.3, 2.1, 0.8), 0.6) == []


def test_a_hand_that_swings_past_the_floor_sets_nothing_down() -> None:
    assert stoops((2.3, 2.1, 0.15), 0.2) == []


def test_two_hands_in_two_frames_are_no_stoop_nor_are_glitches_far_apart() -> None:
    watch, low = Stooping(PLAN), {"right_wrist": Joint(2.3, 2.1, 0.2), "right_elbow": Joint(2.3, 2.1, 0.5)}
    both = {**low, "left_wrist": Joint(2.2, 2.1, 0.2), "left_elbow": Joint(2.2, 2.1, 0.5)}
    for number in range(2):
        watch.seen(number * 100 * MILLISECOND, Place("t1", 2.0, 2.0, both))
    for number in range(6):
        watch.seen((5 + 2 * number) * SECOND, Place("t1", 2.0, 2.0, low))
    assert watch.over(60 * SECOND) == []


def test_who_stoops_twice_is_told_twice() -> None:
    watch, low = Stooping(PLAN), {"right_wrist": Joint(2.3, 2.1, 0.2), "right_elbow": Joint(2.3, 2.1, 0.5)}
    for start in (0, 2):
        for number in range(6):
            watch.seen(start * SECOND + number * 100 * MILLISECOND, Place("t1", 2.0, 2.0, low))
    assert [(each.started, each.settled) for each in watch.over(60 * SECOND)] == [
        (0, SECOND // 2), (2 * SECOND, 2 * SECOND + SECOND // 2),
    ]  # fmt: skip


def test_who_sits_on_the_floor_sets_nothing_down() -> None:
    assert stoops((2.3, 2.1, 0.15), 12.0) == []


def test_a_hand_that_is_raised_is_not_at_the_floor_whatever_the_heights_say() -> None:
    """The elbow is below the wrist: a tracker whose heights mean nothing."""
    assert stoops((2.3, 2.1, 0.15), 0.6, elbow=(2.3, 2.1, 0.0)) == []


def test_a_hand_over_a_low_plate_is_at_its_goods() -> None:
    low = larder()
    plates = {name: _lowered(plate) for name, plate in low.plates.items()}
    assert stoops((0.15, 0.2, 0.2), 0.6, replace(low, plates=plates)) == []
    assert stoops((0.15, -0.4, 0.2), 0.6, replace(low, plates=plates)) != []


def _lowered(plate: Plate) -> Plate:
    x, y, _ = plate.frame.translation
    return replace(plate, frame=from_heading(0.0, (float(x), float(y), 0.1)))
