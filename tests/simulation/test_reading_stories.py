"""Stories are plain text: what a shopkeeper writes is what happens, and every slip of the pen is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.errors import InputProblems
from saunter.simulation.grammar import SETTINGS, parse_story
from saunter.simulation.phrases import PHRASES, actions
from saunter.simulation.shops import demo_text
from saunter.simulation.story import (
    Enters,
    FallsSilent,
    Hands,
    Leans,
    Leaves,
    Placement,
    PlateBecomes,
    Presses,
    PutsBack,
    Quiet,
    Restocks,
    Slams,
    Story,
    Takes,
    TrackBreaks,
    TracksSwap,
    Walks,
)

REPOSITORY = Path(__file__).parents[2]
STORIES = sorted((REPOSITORY / "stories").glob("*.scn"))

WHOLE = """
# a comment
story: Everything at once
shop: corner
noise: noisy
seed: 7
people: positions
exits: unnamed
hand-over: holder
cola really weighs 380.5 g
2 gum lie on g1s2p3 g1s2p4
plate g9s9p9 is dead
00:00.0  p1 enters ; p2 slips in
00:01.5  staff enters   # who fills the shelves
00:02.0  p1 walks to cola ; p2 walks to 2.5 1
00:05.0  p1 takes cola
00:09.0  p1 takes 2 cola, gum and 1 chips from g1s2p3 g1s2p4 slowly in two steps
00:10.0  p1 holds 1 bar for 2.5 s, then takes it
00:11.0  p1 holds soap on a1 for 1 s, then puts it back
00:15.0  p1 puts back cola on g1s3p4 ; p1 hands 2 cola to p2
00:21.0  p1 presses g1s2p3 with 300 g for 1.5 s ; p2 leans on g1s2 with 250 g for 2 s
00:26.0  slam 60 g ; plate g1s2p3 dies ; plate g1s2p4 freezes ; plate g1s2p4 recovers ; fixture g1 is silent for 2 s
00:27.0  staff restocks 6 cola
00:30.0  tracks of p1 and p2 swap ; track of p1 breaks
1:00:40.0  p1 leaves
expect p1: 1 gum, 1 chips, 1 bar
expect doubt: p1 chips, p1 bar
expect quiet: 00:20.0 to 00:25.5 on g1s2p3
expect quiet: 00:00 to 00:04
expect alarm: g9s9p9
"""


def test_a_story_says_what_happens_and_what_is_expected() -> None:
    story = parse_story(WHOLE, "whole.scn")
    grab = {"at_s": 9.0, "line": 17, "party": "p1", "plates": ("g1s2p3", "g1s2p4"), "slowly": True, "in_two_steps": True}
    assert story == Story(
        title="Everything at once",
        name="whole.scn",
        shop="corner",
        noise="noisy",
        seed=7,
        people="positions",
        exits="unnamed",
        hand_over="holder",
        weights_g={"cola": 380.5},
        placements=(Placement("gum", 2, ("g1s2p3", "g1s2p4"), 11),),
        plates={"g9s9p9": "dead"},
        stated={"p1": {"gum": 1, "chips": 1, "bar": 1}},
        doubts=frozenset({("p1", "chips"), ("p1", "bar")}),
        quiet=(Quiet(20.0, 25.5, ("g1s2p3",)), Quiet(0.0, 4.0)),
        alarms=("g9s9p9",),
        actions=(
            Enters(at_s=0.0, line=13, party="p1"),
            Enters(at_s=0.0, line=13, party="p2", registered=False),
            Enters(at_s=1.5, line=14, party="STAFF"),
            Walks(at_s=2.0, line=15, party="p1", to="cola"),
            Walks(at_s=2.0, line=15, party="p2", to="2.5 1"),
            Takes(at_s=5.0, line=16, party="p1", sku="cola"),
            Takes(sku="cola", quantity=2, **grab),
            Takes(sku="gum", **grab),
            Takes(sku="chips", **grab),
            Takes(at_s=10.0, line=18, party="p1", sku="bar", held_s=2.5),
            Takes(at_s=11.0, line=19, party="p1", sku="soap", plates=("a1",)),
            PutsBack(at_s=12.0, line=19, party="p1", sku="soap", plates=("a1",)),
            PutsBack(at_s=15.0, line=20, party="p1", sku="cola", plates=("g1s3p4",)),
            Hands(at_s=15.0, line=20, party="p1", to="p2", sku="cola", quantity=2),
            Presses(at_s=21.0, line=21, party="p1", plates=("g1s2p3",), force_g=300.0, seconds=1.5),
            Leans(at_s=21.0, line=21, party="p2", shelf="g1s2", force_g=250.0, seconds=2.0),
            Slams(at_s=26.0, line=22, force_g=60.0),
            PlateBecomes(at_s=26.0, line=22, plate="g1s2p3", state="dead"),
            PlateBecomes(at_s=26.0, line=22, plate="g1s2p4", state="frozen"),
            PlateBecomes(at_s=26.0, line=22, plate="g1s2p4", state="live"),
            FallsSilent(at_s=26.0, line=22, fixture="g1", seconds=2.0),
            Restocks(at_s=27.0, line=23, party="STAFF", sku="cola", quantity=6),
            TracksSwap(at_s=30.0, line=24, first="p1", second="p2"),
            TrackBreaks(at_s=30.0, line=24, party="p1"),
            Leaves(at_s=3640.0, line=25, party="p1"),
        ),
    )


def test_every_mistake_is_named_at_once_with_its_line() -> None:
    text = """shop: corner
noise: loud
colour: blue
seed: many
00:05.0 p1 enters
00:03.0 p2 enters
00:06.0 p1 juggles cola
00:07.0 p1 takes 0 cola
00:75.0 p1 takes cola
00:08.0 p1 puts back 1 cola ; p3 takes gum
what is this
expect p1: some things
expect doubt: p1
expect quiet: soon
expect p4: nothing
"""
    with pytest.raises(InputProblems) as caught:
        parse_story(text, "bad.scn")
    found = [(problem.where, problem.line, problem.what) for problem in caught.value.problems]
    assert found == [
        ("bad.scn", 0, "the story has no title"),
        ("bad.scn", 0, "a bill is expected for p4, who never enters"),
        ("bad.scn", 2, "'loud' is not a value of noise; choose calm or nanostore or noisy"),
        ("bad.scn", 3, "'colour' is not a setting; there are story, shop, noise, seed, people, gates, exits, hand-over"),
        ("bad.scn", 4, "'many' is not a seed; give a whole number"),
        ("bad.scn", 6, "this happens before the line above it; put the lines in order of time"),
        ("bad.scn", 7, "'p1 juggles cola' is not a sentence that a story knows"),
        ("bad.scn", 8, "0 cola is not a number of pieces from 1 to 100"),
        ("bad.scn", 9, "75.0 seconds is more than a minute"),
        ("bad.scn", 10, "p3 is not in the shop yet; add a line `p3 enters`"),
        ("bad.scn", 11, "'what is this' is not a statement that a story knows"),
        ("bad.scn", 12, "'some things' is not a number and a product such as `2 cola`"),
        ("bad.scn", 13, "'p1' is not a party and a product such as `p1 cola`"),
        ("bad.scn", 14, "'soon' is not a span such as `00:20.0 to 00:25.0 on g1s2p3`"),
    ]


def test_an_unknown_sentence_is_answered_with_the_nearest_known_one() -> None:
    with pytest.raises(InputProblems, match="did you mean something like `p1 puts back 1 cola on g1s3p4`"):
        parse_story("story: x\n00:00.0 p1 puts 1 cola back to g1s3p4", "x.scn")


def test_an_expectation_may_differ_from_the_truth_only_where_doubt_is_declared() -> None:
    text = "story: x\n00:00.0 p1 enters\n00:05.0 p1 takes 2 cola\nexpect p1: 1 cola\n"
    with pytest.raises(InputProblems, match="p1 is expected to pay for 1 cola, but by the story holds 2"):
        parse_story(text, "x.scn")
    story = parse_story(text + "expect doubt: p1 cola\n", "x.scn")
    assert (story.expected, story.true_receipts) == ({"p1": {"cola": 1}}, {"p1": {"cola": 2}})


def test_complaints_name_every_line_that_is_not_as_expected() -> None:
    text = "story: x\n00:00.0 p1 enters ; p2 enters\n00:05.0 p1 takes 2 cola, gum\n00:07.0 p2 takes tea\nexpect doubt: p1 cola\n"
    story = parse_story(text, "x.scn")
    assert story.complaints({"p1": {"gum": 1}, "p2": {"tea": 1}}) == []
    assert story.complaints({"p1": {"gum": 1, "cola": 2}, "p2": {"tea": 1}}) == []
    assert story.complaints({"p1": {"cola": 3}, "p3": {"tea": 1}}) == [
        "p1 should pay for 0 to 2 cola, not 3",
        "p1 should pay for 1 gum, not 0",
        "p2 should pay for 1 tea, not 0",
        "p3 should pay for 0 tea, not 1",
    ]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_every_story_of_the_house_can_be_read(path: Path) -> None:
    story = parse_story(path.read_text(encoding="utf-8"), path.name)
    assert story.title and set(story.expected) == set(story.true_receipts)


def test_the_demo_has_several_parties_a_put_back_and_a_swap() -> None:
    story = parse_story(demo_text(), "demo.scn")
    kinds = {type(action) for action in story.actions}
    assert len(story.true_receipts) >= 3 and {PutsBack, TracksSwap, Restocks, Slams} <= kinds
    assert story.doubts == {("p4", "choc-milk")} and story.expected == story.true_receipts


def test_the_manual_shows_every_sentence_and_every_setting() -> None:
    manual = (REPOSITORY / "docs" / "stories.md").read_text(encoding="utf-8")
    missing = [phrase.example for phrase in PHRASES if f"`{phrase.example}`" not in manual]
    missing += [key for key, values in SETTINGS.items() if any(f"`{word}`" not in manual for word in (f"{key}:", *values))]
    assert missing == []


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.example)
def test_every_example_is_understood_as_its_own_kind_of_sentence(phrase: object) -> None:
    assert actions(1.0, 1, phrase.example) == phrase.build(1.0, 1, phrase.pattern.fullmatch(phrase.example))  # type: ignore[attr-defined]


WORDS = [
    "p1",
    "p2",
    "staff",
    "takes",
    "puts back",
    "enters",
    "cola",
    "2",
    "from",
    "g1s1p1",
    "expect",
    ":",
    "doubt",
    "quiet",
    ";",
    ",",
    "and",
]
WORDS += [
    "00:01.0",
    "00:00",
    "99:99",
    "#",
    "story:",
    "noise:",
    "holds",
    "for 3 s, then takes it",
    "swap",
    "lies on",
    "\n",
    "\n",
    "\n",
    "é",
    "-",
]


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join) | st.text(max_size=80))
def test_no_text_whatever_makes_the_reader_stumble(text: str) -> None:
    try:
        story = parse_story(text, "any.scn")
    except InputProblems as caught:
        assert all(problem.what and problem.where == "any.scn" for problem in caught.problems)
        assert all(0 <= problem.line <= len(text.splitlines()) for problem in caught.problems)
    else:
        assert story.actions


def test_what_only_follows_from_a_sentence_nobody_understood_is_not_held_against_the_story() -> None:
    text = "story: x\n00:00.0 p1 entres\n00:05.0 p1 takes cola\n00:07.0 p2 takes cola\nexpect p1: 1 cola\n"
    with pytest.raises(InputProblems) as caught:
        parse_story(text, "x.scn")
    assert [(each.line, each.what) for each in caught.value.problems] == [
        (2, "'p1 entres' is not a sentence that a story knows"),
        (4, "p2 is not in the shop yet; add a line `p2 enters`"),
    ]
