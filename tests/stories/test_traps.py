"""Traps in which somebody once paid for another, or for nothing: told as stories, each in several pretend worlds."""

from __future__ import annotations

import pytest
from tests.pipeline.playing import played
from tests.stories.test_stories import complaints

from saunter.simulation import parse_story

pytestmark = pytest.mark.slow
HEAD = "story: a trap\nshop: corner\nnoise: calm\n"
SEEDS = (1, 2, 3)

#: Taken while the plate said nothing; somebody else stands there when it speaks again.
ILL_PLATE = """
00:00.0  p1 enters
00:02.0  p2 enters
00:04.0  plate g1s5p1 {how}
00:20.0  p1 takes 1 syrup from g1s5p1
00:22.0  p1 walks to soup
00:26.0  p2 walks to syrup
00:32.0  plate g1s5p1 recovers
00:36.0  p1 leaves
00:38.0  p2 leaves
expect p1: 1 syrup
expect p2: nothing
expect doubt: p1 syrup
expect alarm: g1s5p1
"""

#: A visitor looks at what staff has just put there, and touches it.
RESTOCKED_BEFORE_MY_EYES = """
00:00.0  staff enters
00:02.0  p1 enters
00:06.0  p1 walks to lemonade
00:10.0  staff restocks 3 lemonade on g1s2p2
00:18.0  p1 presses g1s2p2 with 150 g for 1 s
00:22.0  p1 leaves ; staff leaves
expect p1: nothing
"""

#: Somebody stands beside another who takes, all day long, and takes nothing.
COMPANION = """
00:00.0  p1 enters
00:01.0  p2 enters
00:09.0  p1 takes 1 water from g1s3p2
00:10.0  p2 walks to water
00:15.0  p1 takes 1 cola from g1s1p2
00:17.0  p2 walks to cola
00:22.0  p1 takes 1 milk from g3s1p2
00:26.0  p1 leaves ; p2 leaves
expect p1: 1 water, 1 cola, 1 milk
expect p2: nothing
expect doubt: p1 water, p1 cola, p1 milk
"""

#: Taken by one, handed to another, and put back by that one: nobody has it.
HANDED_AND_PUT_BACK = """
00:00.0  p1 enters
00:02.0  p2 enters
00:09.0  p1 takes 1 brie from g3s3p5
00:10.0  p2 walks to brie
00:19.0  p1 hands brie to p2
00:22.0  p1 walks to soup
00:29.0  p2 puts back 1 brie on g3s3p5
00:33.0  p1 leaves
00:36.0  p2 leaves
expect p1: nothing
expect p2: nothing
"""

#: Taken and put back again and again by two hands from one plate.
TO_AND_FRO = """
00:00.0  p1 enters
00:02.0  p2 enters
00:08.0  p1 takes 1 water from g1s3p2
00:12.0  p1 puts back 1 water on g1s3p2
00:14.0  p1 walks to soup
00:20.0  p2 takes 1 water from g1s3p2
00:26.0  p2 puts back 1 water on g1s3p2
00:30.0  p1 leaves ; p2 leaves
expect p1: nothing
expect p2: nothing
"""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("how", ["dies", "freezes"])
def test_what_went_while_a_plate_was_ill_is_not_charged_to_who_stands_there_later(how: str, seed: int) -> None:
    story = parse_story(HEAD + ILL_PLATE.format(how=how), "ill-plate.scn")
    assert complaints(story, played(story, seed)) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "text",
    [RESTOCKED_BEFORE_MY_EYES, COMPANION, TO_AND_FRO, HANDED_AND_PUT_BACK],
    ids=["restocked", "companion", "to and fro", "handed over"],
)
def test_nobody_pays_for_what_another_did(text: str, seed: int) -> None:
    story = parse_story(HEAD + text, "trap.scn")
    assert complaints(story, played(story, seed)) == []
