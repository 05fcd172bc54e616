"""A story played: everything in order, the same every time, the truth beside it, and fast."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.worlds import corner, played, seconds_of

from saunter.base.errors import InputProblems
from saunter.plan.parse import parse_plan
from saunter.records import AnyRecord, TrueAction, TrueLine, TrueReceipt, WeightBlock
from saunter.simulation import (
    demo_text,
    generated_shop,
    load_story,
    parse_story,
    read_story,
    shop_names,
    shop_texts,
    simulate,
    story_problems,
)
from saunter.simulation.load import CONTESTED_EVERY, PACE_S
from saunter.simulation.story import Enters, Leaves, PutsBack, Takes, Walks
from saunter.simulation.table import AFTER_S, START_NS

STORIES = sorted((Path(__file__).parents[2] / "stories").glob("*.scn"))

BUSY = """noise: nanostore
00:00.0 staff enters
00:01.0 p1 enters
00:02.0 p2 slips in
00:10.0 p1 takes 2 chips
00:12.0 staff restocks 2 soup
00:13.0 p1 presses g2s2p4 with 100 g for 0.5 s
00:15.0 p1 puts back 1 chips on g2s2p5
00:16.0 p2 takes 1 milk
00:20.0 p1 leaves
"""


def fingerprint(record: AnyRecord) -> bytes:
    if isinstance(record, WeightBlock):
        return msgspec.json.encode(record.envelope) + record.times.tobytes() + record.grams.tobytes()
    return msgspec.json.encode(record)


def test_the_same_seed_gives_the_same_records_and_another_seed_others() -> None:
    story = parse_story("story: x\n" + BUSY, "x.scn")
    first, again, other = ([fingerprint(r) for r in simulate(corner(), story, seed)] for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.slow
def test_hash_seeds_of_python_change_nothing() -> None:
    code = (
        "import hashlib;from saunter.plan.parse import parse_plan;from saunter.simulation import *\n"
        "plan=parse_plan(shop_texts('corner'));story=parse_story(demo_text(),'demo');h=hashlib.sha256()\n"
        "for r in simulate(plan,story,1): h.update(r.grams.tobytes() if hasattr(r,'grams') else repr(r).encode())\n"
        "print(h.hexdigest())"
    )
    path = ":".join(sys.path)
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        for seed in ("0", "1", "77")
    ]
    assert len({run.stdout for run in runs}) == 1


def test_records_come_in_order_of_arrival_and_count_up_in_every_stream() -> None:
    story = parse_story("story: x\n" + BUSY, "x.scn")
    records = list(simulate(corner(), story, 1))
    arrived = [record.envelope.arrived for record in records]
    assert arrived == sorted(arrived)
    streams: dict[str, list[int]] = {}
    for record in records:
        assert record.envelope.store == "corner" and record.envelope.because == ()
        streams.setdefault(record.envelope.stream, []).append(record.envelope.sequence)
    assert set(streams) == {
        "people",
        "gates",
        "ticks",
        "truth/actions",
        "truth/receipts",
        *(f"weights/g{n}" for n in range(1, 6)),
    }
    assert all(numbers == list(range(len(numbers))) for numbers in streams.values())


def test_ticks_come_each_tenth_of_a_second_until_five_seconds_after_the_last_action() -> None:
    streams = played("00:00.0 p1 enters\n00:12.3 slam 10 g\n")
    ticks = [seconds_of(record) for record in streams["ticks"]]
    assert ticks == pytest.approx([n / 10 for n in range(len(ticks))])
    assert ticks[-1] == pytest.approx(12.3 + 2.5 + AFTER_S, abs=0.1)


def test_the_truth_says_who_did_what_where_and_what_each_visitor_owes() -> None:
    streams = played(BUSY)
    actions = [record for record in streams["truth/actions"] if isinstance(record, TrueAction)]
    said = [(r.party, r.action, r.sku, r.quantity) for r in actions]
    assert said == [
        ("p1", "take", "chips", 2),
        ("STAFF", "restock", "soup", 1),
        ("p1", "touch", "", 0),
        ("STAFF", "restock", "soup", 1),
        ("p1", "put back", "chips", 1),
        ("UNREGISTERED", "take", "milk", 1),
    ]
    assert [round(seconds_of(r), 0) for r in actions] == [10, 12, 13, 13, 15, 16]
    assert "g2s2p5" in actions[4].plates and set(actions[0].plates) <= {"g2s2p1", "g2s2p2", "g2s2p3", "g2s2p4"}
    chips = corner().products["chips"]
    (receipt,) = streams["truth/receipts"]
    assert isinstance(receipt, TrueReceipt) and (receipt.visit, receipt.party) == ("visit-p1", "p1")
    assert receipt.lines == (TrueLine(sku="chips", gtin=chips.gtin, quantity=1, name=chips.name),)


def test_what_this_shop_cannot_play_is_told_all_at_once_before_anything_happens() -> None:
    text = """story: x
moonlight really weighs 3 g
1 cola lies on g9s9p9
00:00.0 p1 enters
00:10.0 p1 takes 1 moonlight
00:20.0 p1 takes 1 cola from g1s1p1 g2s1p1
00:30.0 p1 takes 99 cola
00:40.0 p1 walks to narnia
00:41.0 p1 leans on g7 with 10 g for 1 s
"""
    with pytest.raises(InputProblems) as caught:
        simulate(corner(), parse_story(text, "x.scn"), 1)
    found = [(problem.line, problem.what) for problem in caught.value.problems]
    assert found[:4] == [
        (0, "this shop has no product moonlight"),
        (3, "this shop has no g9s9p9"),
        (5, "this shop has no sku moonlight"),
        (6, "this shop has no shelf with all of g1s1p1 g2s1p1 on it"),
    ]
    assert found[4][0] == 7 and found[4][1].endswith("cola in the shop, not 99")
    assert [line for line, _ in found[5:]] == [8, 9]


SCRAPS = (
    "p1 enters", "p1 leaves", "p1 takes cola", "p1 puts back cola", "p1 hands cola to p2", "p2 enters", "p2 takes unicorn",
    "p1 flies", "tracks of p1 and p2 swap", "track of p2 breaks", "p1 presses g1s1p1 with 9 g for 1 s", "p1 walks to p2",
    "slam 60 g",
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SCRAPS), max_size=8))
def test_any_jumble_of_sentences_is_playable_or_told_with_one_complaint_a_line_and_never_a_crash(jumble: list[str]) -> None:
    text = "story: x\n" + "".join(f"00:{3 * n:02}.0 {scrap}\n" for n, scrap in enumerate(jumble))
    problems = story_problems(corner(), read_story(text, "x.scn"), 1)
    lines = [problem.line for problem in problems if problem.line]
    assert lines == sorted(set(lines))
    assert [problem for problem in problems if "flies" in problem.what] or "p1 flies" not in jumble


def test_a_story_and_its_plan_must_agree_who_pays_for_what_is_handed_over() -> None:
    story = parse_story("story: x\nhand-over: holder\n00:00.0 p1 enters\n", "x.scn")
    assert [problem.what for problem in story_problems(corner(), story, 1)] == [
        "the story says `hand-over: holder`, but the plan's policy is taker"
    ]
    plan = replace(corner(), policies=replace(corner().policies, hand_over="holder"))
    assert story_problems(plan, story, 1) == []


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [0, 5])
def test_every_story_of_the_house_can_be_played_with_any_seed(path: Path, seed: int) -> None:
    assert story_problems(corner(), parse_story(path.read_text(encoding="utf-8"), path.name), seed) == []


@pytest.mark.slow
def test_the_demo_plays_through_and_its_truth_is_what_its_story_expects() -> None:
    story = parse_story(demo_text(), "demo.scn")
    receipts = [record for record in simulate(corner(), story, story.seed) if isinstance(record, TrueReceipt)]
    assert {r.party: {line.sku: line.quantity for line in r.lines} for r in receipts} == story.expected


def test_the_corner_shop_is_a_small_shop_with_look_alikes() -> None:
    plan = corner()
    assert shop_names() == ("corner",)
    assert (len(plan.fixtures), len(plan.shelves), len(plan.plates)) == (5, 20, 152)
    assert len(plan.products) >= 60 and {facing.sku for facing in plan.facings} == set(plan.products)
    assert [sku for sku, product in plan.products.items() if product.weight.mean_g is None] == ["pastry"]
    with pytest.raises(InputProblems, match="choose one of corner"):
        shop_texts("supermarket")


@pytest.mark.parametrize("plates", [1, 2, 13, 60, 61, 300, 1000])
def test_generated_shops_have_just_as_many_plates_as_asked_for(plates: int) -> None:
    plan = parse_plan(generated_shop(plates, 4))
    assert len(plan.plates) == plates
    assert {plate for facing in plan.facings for plate in facing.plates} == set(plan.plates)
    assert generated_shop(plates, 4) == generated_shop(plates, 4) != generated_shop(plates, 5)


@pytest.mark.parametrize("parties", [1, 2, 10])
def test_a_load_keeps_its_pace_and_a_tenth_of_it_is_contested(parties: int) -> None:
    plan = parse_plan(generated_shop(300, 1))
    story = load_story(parties, 1800.0, 3, plan)
    assert story_problems(plan, story, 3) == []
    steps = [action for action in story.actions if isinstance(action, Takes | PutsBack)]
    assert len(steps) == pytest.approx(parties * 1800 / PACE_S, rel=0.08)
    assert sum(isinstance(action, PutsBack) for action in steps) > 0.2 * len(steps)
    contested = [action for action in story.actions if isinstance(action, Walks)]
    assert len(contested) <= len(steps) / CONTESTED_EVERY + 1
    assert len(contested) >= (0.5 * len(steps) / CONTESTED_EVERY if parties > 1 else 0)
    assert (
        sum(isinstance(action, Enters) for action in story.actions)
        == sum(isinstance(a, Leaves) for a in story.actions)
        == parties * 3
    ), "nobody stays for longer than ten minutes: after half an hour three times as many have come and gone"


def test_a_full_shop_is_full_from_the_beginning_and_everybody_finds_something() -> None:
    plan = parse_plan(generated_shop(500, 1))
    story = load_story(100, 120.0, 1, plan)
    assert story_problems(plan, story, 1) == []
    assert max(action.at_s for action in story.actions if isinstance(action, Enters)) <= PACE_S
    assert sum(isinstance(action, Takes | PutsBack) for action in story.actions) == 100 * 4


def test_a_shop_that_so_many_would_empty_says_so() -> None:
    plan = parse_plan(generated_shop(24, 1))
    with pytest.raises(InputProblems, match="give more plates, fewer parties or less time"):
        load_story(20, 3600.0, 1, plan)


@pytest.mark.slow
def test_three_hundred_plates_and_ten_parties_play_twenty_times_faster_than_time() -> None:
    plan = parse_plan(generated_shop(300, 1))
    story = load_story(10, 90.0, 3, plan)
    best = 0.0
    for _ in range(2):
        started = time.perf_counter()
        last = max(record.envelope.happened for record in simulate(plan, story, 1))
        best = max(best, (last - START_NS) / 1e9 / (time.perf_counter() - started))
    assert best > 20


@pytest.mark.slow
def test_memory_stays_flat_while_a_story_plays() -> None:
    plan = parse_plan(generated_shop(60, 1))
    records = simulate(plan, load_story(3, 240.0, 3, plan), 1)
    tracemalloc.start()
    sizes = []
    for number, record in enumerate(records):
        if number % 1000 == 999:
            sizes.append(tracemalloc.get_traced_memory()[0])
        del record
    tracemalloc.stop()
    assert len(sizes) >= 5
    assert max(sizes[1:]) - sizes[1] < 100_000
    assert np.isfinite(sizes).all()
