"""Tracks get names from gates and sources; where two meet, break or jump the room says how sure it still is."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.errors import Refused
from saunter.base.geometry import from_heading
from saunter.base.ids import STAFF
from saunter.base.time import SECOND
from saunter.plan import Fixture, Gate, Plan
from saunter.records import Envelope, GatePass, Joint, PeopleFrame, Person, TrackLeft, TrackNamed, TracksMet, WhoIsWho
from saunter.tracking import TrackingEngine
from saunter.tracking.constants import (
    GATE,
    GATE_M,
    LOST,
    MEETING_M,
    PARTED_M,
    SWAP_ANONYMOUS,
    SWAP_NAMED,
)
from saunter.tracking.meetings import swap_probability

START = 1_709_539_200 * SECOND
RATE_HZ = 10
DOOR = (0.0, 0.0)
Velocity = tuple[float, float]
Place = tuple[float, float]

HALL = Plan(
    store="hall", name="The hall", currency="EUR", locale="en", timezone="UTC",
    floor_m=((-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)), gates={"door": Gate("door", "both", *DOOR)}, cameras={},
    fixtures={"rack": Fixture("rack", "gondola", from_heading(0.0, (0.0, 8.0, 0.0)), 1.0, 0.4, 1.2, ())},
    shelves={}, plates={}, products={}, facings=(), taxes={},
)  # fmt: skip


def body(track: str, place: Place, party: str = "") -> Person:
    return Person(track=track, joints={"head": Joint(*place, 1.6), "foot": Joint(*place, 0.0)}, party=party)


class Hall:
    """A tracker's frames and a door's passes, told in seconds."""

    def __init__(self, plan: Plan = HALL) -> None:
        self.engine = TrackingEngine(plan)
        self.said: list[WhoIsWho] = []
        self._sequence = 0

    def _envelope(self, stream: str, at_s: float) -> Envelope:
        self._sequence += 1
        at = START + round(at_s * SECOND)
        return Envelope(store="hall", stream=stream, sequence=self._sequence, happened=at, arrived=at)

    def frame(self, at_s: float, *people: Person) -> Hall:
        self.engine.receive(PeopleFrame(envelope=self._envelope("people", at_s), people=people))
        self.said += self.engine.advance(START + round(at_s * SECOND))
        return self

    def walk(self, from_s: float, to_s: float, *ways: tuple[str, Place, Velocity], party: str = "") -> Hall:
        """Bodies walk from a place with a velocity, ten frames a second."""
        for number in range(round((to_s - from_s) * RATE_HZ) + 1):
            t = number / RATE_HZ
            people = [body(track, (x + vx * t, y + vy * t), party) for track, (x, y), (vx, vy) in ways]
            self.frame(from_s + t, *people)
        return self

    def passes(
        self, at_s: float, party: str, direction: str = "in", track: str = "", staff: bool = False, gate: str = "door"
    ) -> Hall:
        envelope = self._envelope("gates", at_s)
        self.engine.receive(
            GatePass(envelope=envelope, gate=gate, direction=direction, party=party, track=track, staff=staff)  # type: ignore[arg-type]
        )
        self.said += self.engine.advance(envelope.happened)
        return self

    @property
    def meetings(self) -> list[TracksMet]:
        return [record for record in self.said if isinstance(record, TracksMet)]

    @property
    def names(self) -> dict[str, dict[str, float]]:
        """The last word on every track: party or earlier track -> probability."""
        found: dict[str, dict[str, float]] = {}
        for record in self.said:
            if isinstance(record, TrackNamed):
                found[record.track] = {share.party: share.probability for share in record.names}
                found[record.track] |= {item.track: item.probability for item in record.continues}
        return found


# -- the chance of a swap ----------------------------------------------------------------------------------------------

VELOCITIES = st.tuples(st.floats(-2, 2), st.floats(-2, 2))
PAIRS = st.tuples(VELOCITIES, VELOCITIES)


@given(PAIRS, PAIRS, st.floats(0.0, 20.0), st.floats(0.001, 0.2))
def test_it_does_not_matter_which_of_two_tracks_is_named_first(
    before: tuple[Velocity, Velocity], after: tuple[Velocity, Velocity], seconds: float, prior: float
) -> None:
    one = swap_probability(prior, before, after, seconds)
    other = swap_probability(prior, before[::-1], after[::-1], seconds)
    assert one == pytest.approx(other, abs=1e-9)
    assert 0.0 < one < 1.0


@given(PAIRS, PAIRS, st.floats(0.0, 20.0))
def test_to_keep_and_to_swap_are_each_others_opposite(
    before: tuple[Velocity, Velocity], after: tuple[Velocity, Velocity], seconds: float
) -> None:
    """With an even prior, exchanging the names afterwards exchanges the chances (where both count as moving)."""
    moving = all(max(math.hypot(*one), math.hypot(*other)) > 0.3 for one, other in (before, after))
    if moving:
        kept = swap_probability(0.5, before, after, seconds)
        assert swap_probability(0.5, before, after[::-1], seconds) == pytest.approx(1 - kept, abs=1e-9)


def test_who_walks_on_as_before_was_not_swapped_and_who_turns_on_the_spot_was() -> None:
    east, west = (1.2, 0.0), (-1.2, 0.0)
    assert swap_probability(0.01, (east, west), (east, west), 0.5) < 0.001
    assert swap_probability(0.01, (east, west), (west, east), 0.5) > 0.9


def test_the_longer_a_meeting_the_less_motion_tells() -> None:
    east, west = (1.2, 0.0), (-1.2, 0.0)
    chances = [swap_probability(0.01, (east, west), (west, east), seconds) for seconds in (0.5, 2.0, 5.0, 20.0)]
    assert chances == sorted(chances, reverse=True)
    assert chances[-1] == pytest.approx(0.01, abs=0.02)


def test_bodies_that_stand_are_swapped_more_rarely() -> None:
    still = ((0.0, 0.0), (0.0, 0.0))
    assert (
        swap_probability(0.01, still, still, 1.0)
        < 0.002
        < swap_probability(0.01, ((1.0, 0.0), (0.9, 0.1)), ((1.0, 0.0),) * 2, 1.0)
    )


# -- meetings ----------------------------------------------------------------------------------------------------------


def test_two_who_walk_past_each_other_at_arms_length_never_met() -> None:
    hall = Hall().walk(0.0, 6.0, ("t1", (-3.0, 0.0), (1.0, 0.0)), ("t2", (3.0, 0.6), (-1.0, 0.0)))
    assert hall.meetings == []


def test_two_who_brush_past_and_walk_on_keep_their_names_almost_surely() -> None:
    hall = Hall().walk(0.0, 6.0, ("t1", (-3.0, 0.0), (1.0, 0.0)), ("t2", (3.0, 0.1), (-1.0, 0.0)))
    assert all(meeting.swap_probability < 0.02 for meeting in hall.meetings)


def test_two_who_come_together_and_go_back_as_the_other_came_were_probably_swapped() -> None:
    """To the tracker t1 turned round in the crowd; more likely the bodies walked on and the names were exchanged."""
    hall = Hall().walk(0.0, 2.9, ("t1", (-3.0, 0.0), (1.0, 0.0)), ("t2", (3.0, 0.1), (-1.0, 0.0)))
    hall.walk(3.0, 6.0, ("t1", (0.0, 0.0), (-1.0, 0.0)), ("t2", (0.0, 0.1), (1.0, 0.0)))
    (meeting,) = hall.meetings
    assert (meeting.one, meeting.other) == ("t1", "t2")
    assert meeting.swap_probability > 0.5
    assert 0.0 <= meeting.distance_m < MEETING_M


def test_a_meeting_is_told_once_when_it_is_over() -> None:
    hall = Hall().walk(0.0, 3.0, ("t1", (-1.0, 0.0), (0.3, 0.0)), ("t2", (1.0, 0.0), (-0.3, 0.0)))
    assert hall.meetings == []
    hall.walk(3.1, 8.0, ("t1", (-0.1, 0.0), (-0.5, 0.0)), ("t2", (0.1, 0.0), (0.5, 0.0)))
    assert len(hall.meetings) == 1
    hall.walk(8.1, 9.0, ("t1", (-2.6, 0.0), (0.0, 0.0)), ("t2", (2.6, 0.0), (0.0, 0.0)))
    assert len(hall.meetings) == 1


def side_by_side(nearest_m: float, one: str = "", other: str = "") -> Hall:
    """Two walk along, come as near as this, and draw apart again: their motion says nothing about a swap."""
    hall = Hall()
    for number in range(61):
        t = number / RATE_HZ
        gap_m = max(nearest_m, 1.2 - 0.5 * t, 1.2 - 0.5 * (6.0 - t))
        hall.frame(t, body("t1", (t, 0.0), one), body("t2", (t, gap_m), other))
    return hall


@pytest.mark.parametrize(("nearest_m", "met"), [(MEETING_M - 0.01, True), (MEETING_M + 0.01, False)])
def test_a_meeting_needs_touching_bodies(nearest_m: float, met: bool) -> None:
    assert [meeting.distance_m for meeting in side_by_side(nearest_m).meetings] == ([pytest.approx(nearest_m)] if met else [])


def test_where_motion_says_nothing_the_tracker_is_believed_as_far_as_trackers_are() -> None:
    (meeting,) = side_by_side(0.3).meetings
    assert SWAP_ANONYMOUS / 2 < meeting.swap_probability < 3 * SWAP_ANONYMOUS


def test_a_source_that_names_everybody_itself_mixes_them_up_more_rarely() -> None:
    named = [meeting.swap_probability for meeting in side_by_side(0.3, "p1", "p2").meetings]
    half = [meeting.swap_probability for meeting in side_by_side(0.3, "p1").meetings]
    assert max(named, default=0.0) < 3 * SWAP_NAMED < half[0]
    assert SWAP_NAMED < SWAP_ANONYMOUS


def test_two_tracks_that_exchange_their_places_in_one_frame_were_swapped() -> None:
    """No body jumps two metres in a tenth of a second; two at once, each to where the other was, are two wrong names."""
    hall = Hall().walk(0.0, 2.0, ("t1", (0.0, 0.0), (0.5, 0.0)), ("t2", (3.0, 2.0), (0.0, 0.0)))
    hall.walk(2.1, 4.0, ("t1", (3.0, 2.0), (0.0, 0.0)), ("t2", (1.05, 0.0), (0.5, 0.0)))
    (meeting,) = hall.meetings
    assert ({meeting.one, meeting.other}, meeting.swap_probability > 0.9) == ({"t1", "t2"}, True)


def test_a_body_that_runs_has_not_jumped() -> None:
    hall = Hall().walk(0.0, 3.0, ("t1", (-4.0, 0.0), (3.0, 0.0)), ("t2", (4.0, 2.0), (-3.0, 0.0)))
    assert hall.meetings == []


# -- names -------------------------------------------------------------------------------------------------------------


def test_a_gate_that_knows_the_track_names_it_at_once() -> None:
    hall = Hall().passes(0.0, "p1", track="t1")
    assert hall.names == {"t1": {"p1": 1.0}}


def test_a_gate_that_knows_no_track_names_the_nearest_nameless_body() -> None:
    hall = Hall().frame(0.0, body("far", (4.0, 4.0)), body("near", (0.4, 0.3))).passes(0.1, "p1")
    hall.frame(0.2, body("far", (4.0, 4.0)), body("near", (0.5, 0.4)))
    assert hall.names["near"] == {"p1": 1.0}
    assert hall.names["far"] == {}


def test_a_body_seen_shortly_after_the_pass_is_named_by_it() -> None:
    hall = Hall().passes(0.0, "p1").frame(1.5, body("t1", (0.5, 0.5)))
    assert hall.names["t1"] == {"p1": 1.0}


@pytest.mark.parametrize(("after_s", "named"), [(GATE / SECOND - 0.5, True), (GATE / SECOND + 0.5, False)])
def test_a_pass_is_matched_soon_or_never(after_s: float, named: bool) -> None:
    hall = Hall().passes(0.0, "p1").frame(after_s, body("t1", (0.5, 0.5)))
    assert (hall.names["t1"].get("p1", 0.0) > 0.5) == named


@pytest.mark.parametrize(("distance_m", "named"), [(1.2, True), (GATE_M - 0.1, False), (GATE_M + 0.1, False)])
def test_a_pass_is_matched_to_who_can_have_come_so_far_or_not_at_all(distance_m: float, named: bool) -> None:
    """One second after the pass: 1.2 m is a second's walk, 2.4 m is a run, and beyond the gate's reach nobody is looked for."""
    hall = Hall().passes(0.0, "p1").frame(1.0, body("t1", (distance_m, 0.0)))
    assert (hall.names["t1"].get("p1", 0.0) > 0.9) == named


def test_two_passes_name_two_bodies_in_the_order_they_walk_on() -> None:
    """p1 passed one second before p2: who is further in is p1."""
    hall = Hall().passes(0.0, "p1").passes(1.0, "p2").frame(1.1, body("t1", (0.1, 0.0)), body("t2", (1.1, 0.0)))
    hall.frame(1.9, body("t1", (0.9, 0.0)), body("t2", (1.9, 0.0)))
    assert {track: set(names) for track, names in hall.names.items()} == {"t1": {"p2"}, "t2": {"p1"}}


def test_two_who_come_in_together_are_named_with_the_doubt_which_is_which() -> None:
    hall = Hall().passes(0.0, "p1").passes(0.1, "p2")
    for number in range(12):
        hall.frame(0.1 * number, body("t1", (0.1 * number, 0.0)), body("t2", (0.1 * number, 0.5)))
    assert {party for names in hall.names.values() for party in names} == {"p1", "p2"}
    (meeting,) = [record for record in hall.meetings if {record.one, record.other} == {"t1", "t2"}]
    assert 0.1 < meeting.swap_probability <= 0.5


def test_a_gate_that_names_the_wrong_track_of_two_is_not_believed_over_what_was_seen() -> None:
    """Somebody stands at the door since long; p1 comes in past them, and the gate takes the one who stands there."""
    hall = Hall().walk(0.0, 9.0, ("t1", (0.5, 0.3), (0.0, 0.0)))
    hall.passes(9.05, "p1", track="t1")
    for number in range(15):
        hall.frame(9.1 + 0.1 * number, body("t1", (0.5, 0.3)), body("t2", (0.1 + 0.1 * number, 0.0)))
    assert hall.names["t2"].get("p1", 0.0) > hall.names["t1"].get("p1", 0.0)


def test_who_is_still_seen_inside_did_not_leave() -> None:
    """p1 walks out past p2, who stands at the door; the gate takes p2's track. t1 is gone, t2 is not."""
    hall = Hall().passes(0.0, "p1", track="t1").passes(0.0, "p2", track="t2")
    for number in range(21):
        hall.frame(5.0 + 0.1 * number, body("t1", (2.0 - 0.1 * number, 0.0)), body("t2", (0.4, 0.3)))
    hall.passes(7.05, "p1", "out", "t2")
    for number in range(15):
        hall.frame(7.1 + 0.1 * number, body("t2", (0.4, 0.3)))
    (left,) = [record for record in hall.said if isinstance(record, TrackLeft)]
    assert (left.party, left.track) == ("p1", "t1")
    assert left.probability > 0.7


def test_a_key_of_staff_names_staff() -> None:
    hall = Hall().passes(0.0, "p9", track="t1", staff=True).passes(30.0, "p8", staff=True).frame(30.2, body("t2", (0.1, 0.1)))
    assert hall.names == {"t1": {STAFF: 1.0}, "t2": {STAFF: 1.0}}


def test_a_source_that_knows_the_party_names_the_track_itself_and_may_think_better_of_it() -> None:
    hall = Hall().frame(0.0, body("t1", (1.0, 1.0), "p1")).frame(0.1, body("t1", (1.0, 1.0), "p2"))
    assert hall.names == {"t1": {"p2": 1.0}}


def test_who_goes_out_is_told_with_the_track_the_gate_knows() -> None:
    hall = Hall().passes(0.0, "p1", track="t1").passes(9.0, "p1", "out", "t1").passes(9.5, "p2", "out")
    left = [(record.party, record.track) for record in hall.said if isinstance(record, TrackLeft)]
    assert left == [("p1", "t1"), ("p2", "")]


def test_a_gate_that_the_plan_does_not_know_is_refused() -> None:
    with pytest.raises(Refused, match="gate 'hatch' is not in the plan, which has door"):
        Hall().passes(0.0, "p1", gate="hatch")
    assert Hall(replace(HALL, gates={})).passes(0.0, "p1", track="t1", gate="hatch").names == {"t1": {"p1": 1.0}}


# -- lost and found ----------------------------------------------------------------------------------------------------


def lost_and_found(gap_s: float, away_m: float, others: tuple[Place, ...] = ()) -> dict[str, float]:
    """t1 of p1 is lost, and after a while a new track begins somewhere: who that may be."""
    hall = Hall().passes(0.0, "p1", track="t1").walk(0.1, 3.0, ("t1", (1.0, 1.0), (0.0, 0.0)))
    for number, place in enumerate(others):
        hall.passes(0.0, f"q{number}", track=f"o{number}").walk(0.1, 3.0, (f"o{number}", place, (0.0, 0.0)))
    return hall.frame(3.0 + gap_s, body("t9", (1.0 + away_m, 1.0))).names["t9"]


def test_a_new_track_where_one_was_just_lost_probably_continues_it() -> None:
    assert lost_and_found(0.8, 0.2)["t1"] > 0.9


def test_the_further_away_the_less_it_is_the_same_body() -> None:
    """Away from the door: nobody can have come in there."""
    chances = [lost_and_found(2.0, away_m).get("t1", 0.0) for away_m in (2.0, 3.0, 4.0, 6.0, 8.0)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.8 and chances[-1] < 0.1


def test_by_the_door_a_new_body_is_likelier_than_in_the_middle_of_the_shop() -> None:
    assert lost_and_found(2.0, 0.0)["t1"] < lost_and_found(2.0, 2.0)["t1"]


def test_of_two_lost_nearby_either_may_go_on() -> None:
    found = lost_and_found(1.0, 0.5, others=((2.0, 1.0),))
    assert found["t1"] == pytest.approx(found["o0"], abs=0.05)
    assert sum(found.values()) <= 1.0


def test_after_a_long_time_a_new_track_is_a_new_body() -> None:
    assert lost_and_found(LOST / SECOND + 1.0, 0.0) == {}


def test_a_track_still_in_view_is_not_continued_by_another() -> None:
    hall = Hall().passes(0.0, "p1", track="t1").walk(0.1, 3.0, ("t1", (1.0, 1.0), (0.0, 0.0)))
    hall.frame(3.1, body("t1", (1.0, 1.0)), body("t9", (1.3, 1.0)))
    assert hall.names["t9"] == {}


@given(st.lists(st.tuples(st.sampled_from(["t1", "t2", "t3", "t4"]), st.floats(-3, 3), st.floats(0.1, 6.0)), max_size=12))
def test_names_and_continuations_never_add_up_to_more_than_one(rows: list[tuple[str, float, float]]) -> None:
    hall, now = Hall().passes(0.0, "p1", track="t1").passes(0.0, "p2", track="t2"), 0.0
    for track, x_m, later_s in rows:
        now += later_s
        hall.frame(now, body(track, (x_m, 0.5)))
    assert all(sum(names.values()) <= 1.0 + 1e-6 for names in hall.names.values())
    assert [record.envelope.sequence for record in hall.said] == list(range(len(hall.said)))
    assert all(record.envelope.because for record in hall.said)


# -- places ------------------------------------------------------------------------------------------------------------


def test_a_body_without_joints_is_not_placed_and_named_by_no_gate() -> None:
    hall = Hall().passes(0.0, "p1").frame(0.5, Person(track="t1", joints={}))
    assert hall.names == {}


def test_bodies_have_parted_when_an_arm_fits_between_them_twice() -> None:
    assert MEETING_M < PARTED_M


# -- looks -------------------------------------------------------------------------------------------------------------

RED, BLUE = (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0)
REDDISH = (0.98, 0.199, 0.0, 0.0)


def dressed(track: str, place: Place, look: tuple[float, ...]) -> Person:
    joints = {"head": Joint(*place, 1.6), "foot": Joint(*place, 0.0)}
    return Person(track=track, joints=joints, appearance=look)


def crossing(before: dict[str, tuple[float, ...]], after: dict[str, tuple[float, ...]]) -> Hall:
    """Two stand together, shuffle about and part slowly: motion says nothing, their clothes may."""
    hall = Hall()
    for number in range(90):
        t = number / RATE_HZ
        gap_m = max(0.3, 1.5 - 0.5 * t, 0.3 + 0.4 * (t - 4.0))
        looks = before if t < 4.0 else after
        hall.frame(t, dressed("t1", (3.0, 3.0), looks["t1"]), dressed("t2", (3.0 + gap_m, 3.0), looks["t2"]))
    return hall


def test_two_who_part_in_each_others_clothes_were_swapped() -> None:
    (meeting,) = crossing({"t1": RED, "t2": BLUE}, {"t1": BLUE, "t2": RED}).meetings
    assert meeting.swap_probability > 0.9


def test_two_who_part_in_their_own_clothes_were_not_swapped() -> None:
    assert crossing({"t1": RED, "t2": BLUE}, {"t1": RED, "t2": BLUE}).meetings == []


def test_clothes_that_nearly_match_leave_it_to_how_often_trackers_err() -> None:
    found = crossing({"t1": RED, "t2": REDDISH}, {"t1": RED, "t2": REDDISH}).meetings
    assert all(meeting.swap_probability < 3 * SWAP_ANONYMOUS for meeting in found)


def test_who_looks_like_a_third_after_a_meeting_was_not_swapped_with_the_second() -> None:
    """t1 comes out of it in green: it was swapped with somebody else, and t2, still in blue, with nobody."""
    green = (0.0, 0.0, 1.0, 0.0)
    found = crossing({"t1": RED, "t2": BLUE}, {"t1": green, "t2": BLUE}).meetings
    assert all(meeting.swap_probability < 3 * SWAP_ANONYMOUS for meeting in found)


def test_of_two_lost_nearby_the_one_in_the_same_clothes_goes_on() -> None:
    hall = Hall().passes(0.0, "p1", track="t1").passes(0.0, "p2", track="t2")
    for number in range(30):
        hall.frame(0.1 * number, dressed("t1", (4.0, 4.0), RED), dressed("t2", (4.6, 4.0), BLUE))
    hall.frame(4.5, dressed("t9", (4.3, 4.0), BLUE))
    assert hall.names["t9"]["t2"] > 0.9


def test_a_track_that_breaks_without_a_gap_goes_on_under_its_new_name() -> None:
    hall = Hall().passes(0.0, "p1", track="t1").walk(0.1, 3.0, ("t1", (4.0, 4.0), (0.0, 0.0)))
    hall.frame(3.1, body("t2", (4.0, 4.0)))
    assert hall.names["t2"]["t1"] > 0.9


def test_a_tracker_that_changes_how_it_describes_clothes_stops_nothing() -> None:
    """From one version to the next the vector has three numbers instead of four, and once it is nonsense."""
    short, nonsense = (1.0, 0.0, 0.0), (float("nan"), 1.0, 0.0, 0.0)
    hall = crossing({"t1": RED, "t2": BLUE}, {"t1": short, "t2": nonsense})
    assert all(meeting.swap_probability < 3 * SWAP_ANONYMOUS for meeting in hall.meetings)


def test_a_swap_is_not_forgotten_because_one_of_the_two_leaves_at_once() -> None:
    """t1 comes out of the meeting in blue and goes straight through the gate: t2 is told to be t1's body all the same."""
    hall = crossing({"t1": RED, "t2": BLUE}, {"t1": BLUE, "t2": RED})
    whole = hall.meetings[0].swap_probability
    cut = Hall()
    for number in range(72):
        t = number / RATE_HZ
        gap_m = max(0.3, 1.5 - 0.5 * t, 0.3 + 0.4 * (t - 4.0))
        looks = (RED, BLUE) if t < 4.0 else (BLUE, RED)
        cut.frame(t, dressed("t1", (0.3, 0.3), looks[0]), dressed("t2", (0.3 + gap_m, 0.3), looks[1]))
    cut.frame(7.2, dressed("t2", (1.8, 0.3), RED)).passes(7.3, "p1", "out", "t1")
    for number in range(10):
        cut.frame(7.4 + 0.1 * number, dressed("t2", (1.8, 0.3), RED))
    assert whole > 0.9
    assert [meeting.swap_probability > 0.5 for meeting in cut.meetings] == [True]


def test_gates_without_any_tracker_do_not_pile_up() -> None:
    hall = Hall()
    for number in range(500):
        hall.passes(float(number), f"p{number}")
    assert len(hall.engine._waiting) < 50
