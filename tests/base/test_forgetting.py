"""What is over is forgotten in order, and what is used up is never taken for fresh."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.forgetting import MARK_BYTES, LastHeard, UsedUp, remembered_for
from saunter.base.time import HOUR

NAMES = st.text("pqr-12", min_size=1, max_size=4)


def test_what_was_silent_long_enough_by_the_tick_before_is_told_once_the_oldest_first() -> None:
    heard = LastHeard()
    assert heard.passes(100, 10) == []
    heard.hears("p1")
    heard.hears("p2")
    assert heard.passes(105, 10) == []
    heard.hears("p1")
    heard.hears("p3")
    assert heard.passes(110, 10) == []
    assert heard.passes(115, 10) == ["p2"]
    assert heard.passes(116, 10) == ["p1", "p3"]
    assert heard.passes(999, 10) == []


def test_however_far_time_leaps_what_follows_from_the_tick_is_heard_before_anything_is_forgotten() -> None:
    heard = LastHeard()
    heard.passes(100, 10)
    heard.hears("p1")
    assert heard.passes(10**9, 10) == []
    heard.hears("p1")
    assert heard.passes(10**9 + 9, 10) == []
    assert heard.passes(10**9 + 10, 10) == []
    assert heard.passes(10**9 + 11, 10) == ["p1"]


def test_what_was_heard_before_the_first_tick_counts_as_heard_at_it() -> None:
    heard = LastHeard()
    heard.hears("p1")
    assert heard.passes(100, 10) == []
    assert heard.passes(110, 10) == []
    assert heard.passes(111, 10) == ["p1"]


def test_a_dispute_of_the_last_moment_has_a_week_beyond_its_days() -> None:
    assert remembered_for(30) == 37 * 24 * HOUR


@given(st.lists(NAMES), st.lists(NAMES))
def test_exactly_what_was_added_is_used_up_and_it_costs_eight_characters_each(used: list[str], asked: list[str]) -> None:
    marks = UsedUp()
    for name in used:
        marks.add(name)
    again = msgspec.json.decode(msgspec.json.encode(marks), type=UsedUp)
    assert [name in again for name in asked + used] == [name in used for name in asked + used]
    assert len(again.marks) == len(set(used)) * MARK_BYTES
    assert len(msgspec.json.encode(marks)) == len('{"marks":""}') + 8 * len(set(used))


@given(st.permutations(["p1", "p2", "p3", "p4", "p5"]))
def test_the_order_in_which_ids_are_used_up_leaves_no_trace(names: list[str]) -> None:
    marks, others = UsedUp(), UsedUp()
    for name in names:
        marks.add(name)
    for name in sorted(names):
        others.add(name)
    assert marks == others
