"""The belief's arithmetic: worlds merge, prune, join and come apart, and no marginal moves beyond what is stated."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saunter.attribution import constants as c
from saunter.attribution.factoring import apart, dependences
from saunter.attribution.reporting import candidates_of, line_of, shares_of, words_of
from saunter.attribution.worlds import (
    Atom,
    Effect,
    Group,
    Happening,
    Loss,
    Passing,
    Stray,
    Trail,
    World,
    lost_to,
    together,
    walk,
)
from saunter.base.ids import NOBODY, STAFF

PARTIES, SKUS, TRACKS, SHELVES = ("p1", "p2", "p3"), ("jam", "tea"), ("t1", "t2"), ("a", "b")
Marginals = dict[Hashable, float]


def world(weight: float, **lines: int) -> World:
    """A world in which `p1_jam=2` says what is in the carts."""
    counts = {tuple(name.split("_")): pieces for name, pieces in lines.items() if pieces}
    return World(math.log(weight), counts)  # type: ignore[arg-type]


def marginals(groups: list[Group], of: Callable[[World], Hashable]) -> Marginals:
    """The distribution of something that a single group speaks of (others are silent about it)."""
    found: Marginals = {}
    for group in groups:
        mine: Marginals = {}
        for weight, each in zip(group.weights(), group.worlds, strict=True):
            mine[of(each)] = mine.get(of(each), 0.0) + weight
        if len(mine) > 1 or next(iter(mine)) not in (0, None, ()):
            assert not found, "two groups speak of one thing"
            found = mine
    return found


def pieces(groups: list[Group], atom: Atom) -> Marginals:
    return marginals(groups, lambda each: each.counts.get(atom, 0))


def who(groups: list[Group], track: str) -> Marginals:
    return marginals(groups, lambda each: each.who.get(track))


@st.composite
def groups(draw: st.DrawFn, atoms: tuple[Atom, ...] = tuple((party, sku) for party in PARTIES for sku in SKUS)) -> Group:
    """A few worlds over a few cart lines, tracks and shelves, some of which always agree and some never."""
    worlds = []
    lines = draw(st.lists(st.sampled_from(atoms), min_size=1, max_size=4, unique=True))
    tracks = draw(st.lists(st.sampled_from(TRACKS), max_size=2, unique=True))
    shelves = draw(st.lists(st.sampled_from(SHELVES), max_size=2, unique=True))
    for _ in range(draw(st.integers(1, 8))):
        counts = {line: count for line in lines if (count := draw(st.integers(0, 2)))}
        names = {track: draw(st.sampled_from(PARTIES)) for track in tracks}
        strays = tuple(Stray(shelf, 0.5, "jam", 1) for shelf in shelves if draw(st.booleans()))
        passing = tuple(Passing("i:1", shelf, 0) for shelf in shelves if draw(st.booleans()))
        weight = draw(st.sampled_from([1.0, 0.5, 0.1, 0.02, 0.004, 1e-5]))
        worlds.append(World(math.log(weight), counts, names, strays, passing))
    group = Group([])
    group.settle(worlds)
    group.losses.clear()
    return group


def assert_close(found: Marginals, wanted: Marginals, slack: float) -> None:
    for key in {*found, *wanted}:
        assert abs(found.get(key, 0.0) - wanted.get(key, 0.0)) <= slack, (key, found, wanted)


@settings(max_examples=80)
@given(groups())
def test_what_comes_apart_keeps_every_marginal(group: Group) -> None:
    """Exactly, but for what is taken for decided or is as good as gone, which is counted as lost."""
    parts = apart(group)
    slack = 1e-9 + c.NEGLIGIBLE
    for atom in group.atoms():
        assert_close(pieces(parts, atom) or {0: 1.0}, pieces([group], atom), slack)
    for track in group.tracks():
        assert_close(who(parts, track), who([group], track), slack)
    for part in parts:
        if not part.losses:
            for atom in part.atoms():
                assert_close(pieces([part], atom), pieces([group], atom), 1e-9)


@settings(max_examples=80)
@given(groups())
def test_every_thing_is_in_one_part_and_each_part_says_something_that_adds_up(group: Group) -> None:
    parts = apart(group)
    named = [("line", atom) for part in parts for atom in part.atoms()]
    named += [("track", track) for part in parts for track in part.tracks()]
    named += [("shelf", shelf) for part in parts for shelf in part.shelves()]
    assert len(named) == len(set(named))
    for part in parts:
        assert math.fsum(part.weights()) == pytest.approx(1.0, abs=1e-9)
        assert len({each.key() for each in part.worlds}) == len(part.worlds)
        assert part.atoms() or part.tracks() or part.shelves()


def test_lines_that_have_nothing_to_do_with_each_other_come_apart() -> None:
    worlds = [world(0.3 * 0.6, p1_jam=1, p2_tea=1), world(0.3 * 0.4, p1_jam=1), world(0.7 * 0.6, p2_tea=1), world(0.7 * 0.4)]
    parts = apart(Group(worlds))
    assert sorted(sorted(part.atoms()) for part in parts) == [[("p1", "jam")], [("p2", "tea")]]
    assert pieces(parts, ("p1", "jam"))[1] == pytest.approx(0.3)
    assert pieces(parts, ("p2", "tea"))[1] == pytest.approx(0.6)


def test_lines_of_one_jam_that_only_one_of_two_has_stay_together() -> None:
    (part,) = apart(Group([world(0.5, p1_jam=1), world(0.5, p2_jam=1)]))
    assert part.atoms() == {("p1", "jam"), ("p2", "jam")}


def test_lines_that_are_entangled_through_a_third_stay_together() -> None:
    """p1 and p2 hardly say anything of each other, but both hang on the track."""
    worlds = []
    for who_it_was, chance in (("p1", 0.5), ("p2", 0.5)):
        counts: dict[Atom, int] = {(who_it_was, "jam"): 1}
        worlds.append(World(math.log(chance), counts, {"t1": who_it_was}))
    (part,) = apart(Group(worlds))
    assert part.tracks() == {"t1"} and len(part.atoms()) == 2


@settings(max_examples=60)
@given(groups(atoms=(("p1", "jam"), ("p1", "tea"))), groups(atoms=(("p2", "jam"), ("p2", "tea"))))
def test_independent_groups_put_together_and_taken_apart_are_what_they_were(one: Group, other: Group) -> None:
    one.worlds = [World(each.log_weight, each.counts) for each in one.worlds]
    other.worlds = [World(each.log_weight, each.counts) for each in other.worlds]
    one.settle(one.worlds)
    other.settle(other.worlds)
    whole = together([one, other])
    assert math.fsum(whole.weights()) == pytest.approx(1.0, abs=1e-9)
    slack = 1e-9 + 2 * lost_to(whole.losses) + c.NEGLIGIBLE
    for group in (one, other):
        for atom in group.atoms():
            assert_close(pieces(apart(whole), atom) or {0: 1.0}, pieces([group], atom) or {0: 1.0}, slack)


def test_lines_that_stand_in_two_groups_add_up() -> None:
    one, other = Group([world(0.5, p1_jam=1), world(0.5)]), Group([world(0.5, p1_jam=1), world(0.5)])
    whole = together([one, other])
    whole.settle(whole.worlds)
    assert pieces([whole], ("p1", "jam")) == {
        0: pytest.approx(0.25),
        1: pytest.approx(0.5),
        2: pytest.approx(0.25),
    }
    assert line_of([one, other], "p1", "jam").at_least == (0.75, 0.25)


# -- dependence --------------------------------------------------------------------------------------------------------


def test_dependence_is_the_total_variation_from_independence() -> None:
    weights = np.array([0.25, 0.25, 0.25, 0.25])
    one, other = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    found = dependences([one, other, one], weights)
    assert found[0, 1] == pytest.approx(0.0, abs=1e-12)
    assert found[0, 2] == pytest.approx(0.5)
    np.testing.assert_allclose(found, found.T)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.floats(0.01, 1.0)), min_size=1, max_size=9))
def test_dependence_counts_as_one_would_by_hand(rows: list[tuple[int, int, float]]) -> None:
    total = math.fsum(weight for _, _, weight in rows)
    joint: dict[tuple[int, int], float] = {}
    for one, other, weight in rows:
        joint[one, other] = joint.get((one, other), 0.0) + weight / total
    left = {a: math.fsum(w for (x, _), w in joint.items() if x == a) for a in range(3)}
    right = {b: math.fsum(w for (_, y), w in joint.items() if y == b) for b in range(2)}
    by_hand = 0.5 * math.fsum(abs(joint.get((a, b), 0.0) - left[a] * right[b]) for a in left for b in right)
    labels = [np.array([row[place] for row in rows]) for place in (0, 1)]
    assert dependences(labels, np.array([weight / total for _, _, weight in rows]))[0, 1] == pytest.approx(by_hand, abs=1e-9)


# -- settling and losses -----------------------------------------------------------------------------------------------


def test_equal_worlds_merge_and_the_likelier_memory_stays() -> None:
    told, untold = Trail(Happening("i:1", "taken", (), ()), None), Trail(Happening("i:1", "touched", (), ()), None)
    group = Group([])
    group.settle([World(math.log(0.2), {("p1", "jam"): 1}, trail=untold), World(math.log(0.6), {("p1", "jam"): 1}, trail=told)])
    assert len(group.worlds) == 1 and group.worlds[0].trail == told
    assert group.weights() == [pytest.approx(1.0)]
    assert lost_to(group.losses) == 0.0


def test_hopeless_worlds_are_dropped_and_what_they_weighed_is_stated() -> None:
    group = Group([])
    group.settle([world(1.0, p1_jam=1), world(c.WEIGHT_MIN / 2, p2_jam=1)])
    assert [each.counts for each in group.worlds] == [{("p1", "jam"): 1}]
    assert lost_to(group.losses) == pytest.approx(c.WEIGHT_MIN / 2, rel=0.01)


def test_no_more_worlds_are_kept_than_the_limit_and_the_rest_is_stated() -> None:
    group, many = Group([]), 2 * c.WORLDS_MAX
    group.settle([World(0.0, {("p1", f"sku-{number}"): 1}) for number in range(many)])
    assert len(group.worlds) == c.WORLDS_MAX
    assert lost_to(group.losses) == pytest.approx(0.5, abs=1e-6)


def test_losses_are_counted_once_however_many_groups_remember_them() -> None:
    whole = Group([world(0.25, p1_jam=1, p2_tea=1), world(0.25, p1_jam=1), world(0.25, p2_tea=1), world(0.25)])
    whole.loses(0.03)
    parts = apart(whole)
    assert len(parts) == 2
    assert lost_to({loss: None for part in parts for loss in part.losses}) == pytest.approx(0.03)
    assert lost_to(together(parts).losses) == pytest.approx(0.03)


def test_groups_put_together_remember_the_losses_of_all() -> None:
    one, other = Group([world(0.5, p1_jam=1), world(0.5)]), Group([world(0.5, p2_tea=1), world(0.5)])
    one.loses(0.03)
    other.loses(0.05)
    assert lost_to(together([one, other]).losses) == pytest.approx(0.08)


@pytest.mark.parametrize(("doubt", "decided"), [(0.9 * c.NEGLIGIBLE, True), (1.1 * c.NEGLIGIBLE, False)])
def test_what_is_as_good_as_sure_is_decided_and_the_rest_is_stated_as_lost(doubt: float, decided: bool) -> None:
    (part,) = apart(Group([world(1 - doubt, p1_jam=1), world(doubt, p1_jam=2)]))
    assert pieces([part], ("p1", "jam")) == ({1: 1.0} if decided else {1: pytest.approx(1 - doubt), 2: pytest.approx(doubt)})
    assert lost_to(part.losses) == pytest.approx(doubt if decided else 0.0)


def test_losses_add_up_to_one_at_most_and_are_remembered_in_bounded_space() -> None:
    group = Group([world(1.0)])
    for _ in range(5 * c.LOSSES_MAX):
        group.loses(0.001)
    assert len(group.losses) <= c.LOSSES_MAX
    assert lost_to(group.losses) == pytest.approx(5 * c.LOSSES_MAX * 0.001)
    assert lost_to([Loss(0.7), Loss(0.8)]) == 1.0
    before = dict(group.losses)
    group.loses(0.0)
    assert group.losses == before


def test_what_happens_changes_carts_of_visitors_only_and_never_below_nothing() -> None:
    before = World(0.0, {("p1", "jam"): 1})
    effects = (Effect("p1", "jam", -2), Effect(STAFF, "tea", 3), Effect("p2", "tea", 2))
    after = before.after(-1.0, Happening("i:1", "moved", effects, ()), "s1", (), ())
    assert after.counts == {("p2", "tea"): 2}
    assert before.counts == {("p1", "jam"): 1}
    assert after.log_weight == -1.0


def test_a_memory_is_walked_from_the_newest() -> None:
    first, second = Happening("i:1", "taken", (), ()), Happening("i:2", "touched", (), ())
    trail = Trail(second, Trail(first, None))
    assert list(walk(trail)) == [second, first]


# -- what is said ------------------------------------------------------------------------------------------------------


def remembering(weight: float, *happenings: Happening) -> World:
    trail: Trail | None = None
    counts: dict[Atom, int] = {}
    for happening in happenings:
        trail = Trail(happening, trail)
        for effect in happening.effects:
            counts[effect.party, effect.sku] = counts.get((effect.party, effect.sku), 0) + effect.count
    return World(math.log(weight), counts, trail=trail)


TOOK_P1 = Happening("i:1", "taken", (Effect("p1", "jam", 1),), (("jam", 1),))
TOOK_P2 = Happening("i:1", "taken", (Effect("p2", "jam", 1),), (("jam", 1),))
TOOK_NOBODY = Happening("i:1", "taken", (), (("jam", 1),))
TOUCHED = Happening("i:1", "touched", (), ())


def test_shares_and_candidates_are_marginals_of_the_worlds() -> None:
    group = Group(
        [remembering(0.5, TOOK_P1), remembering(0.3, TOOK_P2), remembering(0.1, TOOK_NOBODY), remembering(0.1, TOUCHED)]
    )
    words = words_of(group)
    assert {share.party: share.probability for share in shares_of(words, "i:1", {"p3": 0.6, NOBODY: 0.4})} == {
        "p1": 0.5, "p2": 0.3, NOBODY: 0.14, "p3": 0.06,
    }  # fmt: skip
    assert [(each.action, each.probability) for each in candidates_of(words, "i:1")] == [("taken", 0.9), ("touched", 0.1)]


def test_a_movement_that_a_later_one_took_in_was_a_touch() -> None:
    whole = Happening("i:2", "taken", (Effect("p1", "jam", 1),), (("jam", 1),), joins=("i:1",))
    words = words_of(Group([remembering(1.0, whole)]))
    assert [each.action for each in candidates_of(words, "i:1")] == ["touched"]
    assert [each.action for each in candidates_of(words, "i:2")] == ["taken"]


def test_of_what_nobody_remembers_nobody_is_said_to_have_done_it() -> None:
    words = words_of(Group([remembering(1.0, TOUCHED)]))
    assert [(share.party, share.probability) for share in shares_of(words, "i:9", {})] == [(NOBODY, 1.0)]


def test_a_line_names_what_filled_it_oldest_first_and_how_much_of_it_each_carried() -> None:
    back = Happening("i:10", "put back", (Effect("p1", "jam", -1),), (("jam", -1),))
    twice = Happening("i:2", "taken", (Effect("p1", "jam", 2),), (("jam", 2),))
    line = line_of([Group([remembering(0.75, twice, back), remembering(0.25, twice)])], "p1", "jam")
    assert line.at_least == (1.0, 0.25)
    assert line.because == ("i:2", "i:10")
    assert line.cause_shares == (2.0, -0.75)
