"""The NanoStore bench: wrong weights, other blocks, time errors; the real recording where it is present."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from the_loaf import LOAF, saunter

from saunter.apps.bench_nanostore import (
    BLOCK_SAMPLES,
    Case,
    differing_chops,
    rechopped,
    rescaled_plan,
    rescaled_result,
    run_case,
    tells_all,
    time_error_max_s,
)
from saunter.apps.bench_rates import wilson
from saunter.apps.bills import true_bills
from saunter.apps.stories import played
from saunter.base.time import SECOND
from saunter.plan import parse_plan
from saunter.records import (
    Attribution,
    Candidate,
    Change,
    Envelope,
    Reading,
    Tick,
    TrueAction,
    TrueReceipt,
    WeightBlock,
)
from saunter.simulation import parse_story, shop_texts

DATA = Path(os.environ.get("SAUNTER_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data")
RATE_HZ = 50.0
STEP_NS = SECOND // 50


def stamped(stream: str, number: int, when: int, arrived: int | None = None) -> Envelope:
    return Envelope(store="s", stream=stream, sequence=number, happened=when, arrived=when if arrived is None else arrived)


def block(number: int, times: list[int], plates: tuple[str, ...] = ("a", "b")) -> WeightBlock:
    grams = np.arange(len(times) * len(plates), dtype=np.float32).reshape(len(times), len(plates)) + 1000 * number
    when = np.array(times, dtype=np.int64) * STEP_NS
    return WeightBlock(stamped("weights/x", number, int(when[0]), int(when[-1])), plates, RATE_HZ, when, grams)


def sizes(readings: list[object]) -> list[list[int]]:
    return [(each.times // STEP_NS).tolist() for each in readings if isinstance(each, WeightBlock)]


def event(when_s: float, **pieces: int) -> Attribution:
    changes = tuple(Change(sku=sku, quantity=quantity) for sku, quantity in pieces.items())
    candidate = Candidate(action="taken", changes=changes, probability=0.9)
    return Attribution(
        envelope=stamped("attribution", 0, int(when_s * SECOND)), interaction=f"i{when_s}", shelf="s", plates=("a",),
        started=0, settled=0, total_g=-1.0, candidates=(candidate,), shares=(),
    )  # fmt: skip


def action(when_s: float, sku: str) -> TrueAction:
    envelope = stamped("truth/actions", 0, int(when_s * SECOND))
    return TrueAction(envelope=envelope, party="p1", action="take", sku=sku, gtin="", quantity=1, plates=("a",))


def loaf_case() -> Case:
    """A made-up recording: p1 takes a loaf and goes."""
    plan, records = played(shop_texts("corner"), parse_story(LOAF, "loaf.scn"), 3)
    told = list(records)
    readings = tuple(record for record in told if isinstance(record, Reading))
    truth = [record for record in told if isinstance(record, TrueReceipt)]
    return Case(plan, readings, true_bills(truth), tuple(record for record in told if isinstance(record, TrueAction)))


def test_blocks_are_cut_anew_and_arrive_with_their_last_sample() -> None:
    tick = Tick(envelope=stamped("ticks", 0, 3 * STEP_NS))
    found = rechopped([block(0, [0, 1, 2]), block(1, [3, 4, 5, 6]), tick], 3)
    assert sizes(found) == [[0, 1, 2], [3, 4, 5], [6]]
    assert [each.id for each in found] == ["weights/x:0", "ticks:0", "weights/x:1", "weights/x:2"]
    assert [each.envelope.arrived // STEP_NS for each in found] == [2, 3, 5, 6]


def test_no_sample_is_lost_or_moved_by_cutting() -> None:
    before = [block(0, [0, 1, 2]), block(1, [3, 4, 5, 6])]
    after = [each for each in rechopped(before, 2) if isinstance(each, WeightBlock)]
    assert np.array_equal(np.concatenate([each.grams for each in before]), np.concatenate([each.grams for each in after]))


def test_no_new_block_spans_a_hole_a_step_back_or_other_plates() -> None:
    across_a_hole = [block(0, [0, 1]), block(1, [40, 41])]
    assert sizes(rechopped(across_a_hole, 60)) == [[0, 1], [40, 41]]
    stepping_back = [block(0, [0, 1, 2]), block(1, [2, 3])]
    assert sizes(rechopped(stepping_back, 60)) == [[0, 1, 2], [2, 3]]
    other_plates = [block(0, [0, 1]), block(1, [2, 3], ("a",))]
    assert sizes(rechopped(other_plates, 60)) == [[0, 1], [2, 3]]


def test_every_product_is_wrong_by_its_own_factor_the_same_in_every_repetition() -> None:
    plan = parse_plan(shop_texts("corner"))
    factors = [
        wrong.weight.mean_g / plan.products[sku].weight.mean_g  # type: ignore[operator]
        for sku, wrong in rescaled_plan(plan, 4).products.items()
        if wrong.weight.mean_g is not None
    ]
    assert all(0.93 <= factor <= 1.07 for factor in factors)
    assert len(set(factors)) == len(factors) > 5
    assert rescaled_plan(plan, 4) == rescaled_plan(plan, 4) != rescaled_plan(plan, 5)


def test_a_weight_nobody_knows_stays_unknown() -> None:
    plan = parse_plan(shop_texts("corner"))
    wrong = rescaled_plan(plan, 0).products
    unknown = {sku for sku, product in plan.products.items() if product.weight.mean_g is None}
    assert {sku for sku, product in wrong.items() if product.weight.mean_g is None} == unknown
    assert list(wrong) == list(plan.products)


def test_the_time_error_is_that_of_the_worst_told_action() -> None:
    events = [event(10.4, bread=1), event(20.0, soup=1), event(30.0, bread=1)]
    assert time_error_max_s(events, [action(10, "bread"), action(19.25, "soup")]) == 0.75
    assert time_error_max_s(events, [action(10, "bread"), action(19, "milk")]) is None
    assert time_error_max_s(events, []) == 0.0


def test_events_are_right_when_each_action_is_told_and_nothing_else() -> None:
    actions = [action(10, "bread"), action(20, "soup")]
    assert tells_all([event(10, bread=1), event(20, soup=1)], actions)
    assert not tells_all([event(10, bread=1), event(20, milk=1)], actions)
    assert not tells_all([event(10, bread=1), event(20, soup=1), event(30, soup=1)], actions)


def test_without_the_recording_the_variable_that_names_it_is_told(tmp_path: Path) -> None:
    done = saunter("bench", "nanostore", "--json", "--data", tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "SAUNTER_DATA" in done.stderr and "cps-test-01" in done.stderr and "--data DIR" in done.stderr


@pytest.mark.slow
def test_a_made_up_loaf_is_exact_and_the_same_in_all_blocks() -> None:
    case = loaf_case()
    plain = run_case(case, case.plan, case.readings)
    assert plain.exact and len(plain.events) == 1
    assert list(differing_chops(case, plain)) == [(samples, False) for samples in BLOCK_SAMPLES]


@pytest.mark.slow
def test_another_record_anywhere_is_noticed() -> None:
    case = loaf_case()
    other = Case(rescaled_plan(case.plan, 0), case.readings, case.bills, case.actions)
    plain = run_case(case, case.plan, case.readings)
    assert all(differs for _, differs in differing_chops(other, plain))


@pytest.mark.slow
def test_a_run_that_charges_something_else_is_named_with_what_it_charged() -> None:
    case = loaf_case()
    good = run_case(case, case.plan, case.readings)
    nobody_there = run_case(case, case.plan, [])
    result = rescaled_result(case, [good, nobody_there])
    (failure,) = result.failures
    assert (result.runs, result.exact, result.events_right) == (2, wilson(1, 2), wilson(1, 2))
    assert (failure.run, failure.charged, failure.true, failure.events_above_touched) == (1, {}, {"bread": 1}, 0)


@pytest.mark.slow
def test_the_real_recording_is_measured_and_says_on_what() -> None:
    if not (DATA / "nanostore" / "cps-test-01").is_dir():
        pytest.skip("nanostore/cps-test-01 is not in SAUNTER_DATA, so there is nothing real to measure on")
    done = saunter("bench", "nanostore", "--json", "--rescalings", "2", "--data", DATA)
    said = json.loads(done.stdout)
    assert done.exit_code == 0, done.output
    assert (said["unit_f1"], said["exact"], said["events_above_touched"]) == (1.0, 1.0, 2)
    assert said["time_error_max_s"] <= 1.0
    assert said["chopping"] == {"identical": True, "block_samples": [1, 5, 31, 60], "differing": []}
    assert (said["rescaled"]["runs"], said["rescaled"]["exact"]["of"]) == (2, 2)
    assert said["real_time_factor"] > 1
    assert said["machine"]["cores"] >= 1


@pytest.mark.parametrize("name", ["speed", "nanostore", "stories"])
def test_every_bench_shows_an_example(name: str) -> None:
    done = saunter("bench", name, "--help")
    assert done.exit_code == 0
    assert f"Example: saunter bench {name}" in done.stdout
