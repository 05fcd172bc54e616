"""Crowds: who comes, what they do, what it leads to; and that no sensor knows more than a sensor could."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
from collections import Counter
from functools import cache

import msgspec
import numpy as np
import pytest

from saunter.base.ids import STAFF
from saunter.base.randomness import generator
from saunter.plan import Plan, parse_plan
from saunter.records import AnyRecord, GatePass, PeopleFrame, Tick, TrueAction, TrueReceipt, WeightBlock
from saunter.simulation import SUITES, Scenario, shop_texts, simulate_scenario, suite, suite_plan_texts
from saunter.simulation.convenience import TWIN_G
from saunter.simulation.crowd.lists import list_size
from saunter.simulation.crowd.running import Running
from saunter.simulation.crowd.scenario import ODD, ORDINARY, Arrivals
from saunter.simulation.crowd.ways import Ways


@cache
def convenience(seed: int = 1) -> Plan:
    return parse_plan(suite_plan_texts("ordinary", seed))


def scenario(**changes: object) -> Scenario:
    quick = {"arrivals": (Arrivals(0.0, 900.0),), "staff": 1, "parties_max": 12}
    return dataclasses.replace(suite("adversarial"), **(quick | changes))  # type: ignore[arg-type]


@cache
def busy() -> tuple[AnyRecord, ...]:
    return tuple(simulate_scenario(convenience(), scenario(), 5, 10))


def of_kind(records: tuple[AnyRecord, ...], kind: type) -> list:
    return [record for record in records if isinstance(record, kind)]


def packed(record: AnyRecord) -> bytes:
    if isinstance(record, WeightBlock):
        return msgspec.json.encode(record.envelope) + record.times.tobytes() + record.grams.tobytes()
    return msgspec.json.encode(record)


@pytest.mark.parametrize("seed", range(3))
def test_six_facings_in_ten_have_another_product_within_ten_grams_on_their_shelf(seed: int) -> None:
    plan, twins = parse_plan(shop_texts("convenience", seed)), []
    for facings in plan.facings_by_shelf.values():
        grams = [plan.products[facing.sku].weight.mean_g for facing in facings]
        twins += [any(abs(a - b) <= TWIN_G for j, b in enumerate(grams) if j != i) for i, a in enumerate(grams)]
    assert np.mean(twins) == pytest.approx(0.6, abs=0.02)
    assert len(plan.plates) == 312
    assert {len(facing.plates) for facing in plan.facings} >= {1, 2}


@pytest.mark.parametrize("seed", range(3))
def test_beer_is_for_adults_only_and_nothing_else_is(seed: int) -> None:
    products = parse_plan(shop_texts("convenience", seed)).products.values()
    for_adults = [product for product in products if "age-18" in product.flags]
    assert {product.flags for product in products} == {(), ("age-18",)}
    assert 4 <= len(for_adults) <= 20
    assert for_adults == [product for product in products if " Beer " in product.name]


def test_lists_have_the_sizes_that_the_issue_states() -> None:
    dice = generator(1, "sizes")
    sizes = [list_size(dice) for _ in range(20_000)]
    assert np.mean(sizes) == pytest.approx(4.4, abs=0.1)
    assert np.median(sizes) == 3
    assert np.percentile(sizes, 95) == 11


@pytest.mark.slow
def test_records_come_in_order_of_arrival_and_each_stream_counts_up() -> None:
    keys = [(record.envelope.arrived, record.envelope.stream) for record in busy()]
    assert keys == sorted(keys)
    counts: dict[str, int] = {}
    for record in busy():
        assert record.envelope.sequence == counts.get(record.envelope.stream, 0)
        counts[record.envelope.stream] = record.envelope.sequence + 1


@pytest.mark.slow
def test_every_visit_enters_leaves_and_has_one_true_receipt() -> None:
    passes = [each for each in of_kind(busy(), GatePass) if each.party != STAFF]
    into, out = (Counter(each.party for each in passes if each.direction == way) for way in ("in", "out"))
    receipts = {receipt.party: receipt.visit for receipt in of_kind(busy(), TrueReceipt)}
    assert into == out
    assert receipts == {f"p{number}": f"visit-p{number}" for number in range(1, 11)}
    assert max(into.values()) > 1, "somebody came as a group"


@pytest.mark.slow
def test_a_true_receipt_is_what_was_taken_and_not_put_back() -> None:
    held: Counter[tuple[str, str]] = Counter()
    for action in of_kind(busy(), TrueAction):
        if action.party != STAFF and action.action != "touch":
            held[action.party, action.sku] += action.quantity * (1 if action.action == "take" else -1)
    owed = {(r.party, line.sku): line.quantity for r in of_kind(busy(), TrueReceipt) for line in r.lines}
    assert {key: pieces for key, pieces in held.items() if pieces} == owed


@pytest.mark.slow
def test_every_odd_behaviour_happens_and_a_thing_on_the_floor_lies_on_no_plate() -> None:
    records = tuple(simulate_scenario(convenience(), scenario(odd_share=1.0, parties_max=25), 3, 25))
    actions = of_kind(records, TrueAction)
    assert {action.behaviour for action in actions} >= {*ODD, "take"}
    assert {action.plates for action in actions if action.behaviour == "floor" and action.action == "put back"} == {()}
    assert all(action.plates for action in actions if action.behaviour != "floor")


@pytest.mark.slow
def test_who_takes_leaves_a_hole_of_that_weight_on_the_true_plates() -> None:
    plan = convenience()
    blocks: dict[str, list[WeightBlock]] = {}
    for block in of_kind(busy(), WeightBlock):
        blocks.setdefault(block.envelope.stream.removeprefix("weights/"), []).append(block)
    first = next(action for action in of_kind(busy(), TrueAction) if action.action == "take")
    plate = plan.plates[first.plates[0]]
    column, half = blocks[plate.fixture][0].plates.index(plate.id), first.happened

    def level(from_s: float, to_s: float) -> float:
        spans = [(b.times, b.grams[:, column]) for b in blocks[plate.fixture]]
        times, grams = (np.concatenate([span[side] for span in spans]) for side in (0, 1))
        return float(np.nanmedian(grams[(times > half + from_s * 1e9) & (times < half + to_s * 1e9)]))

    assert level(-3.0, -1.5) - level(1.5, 2.5) > 0.1 * (plan.products[first.sku].weight.mean_g or 0) * first.quantity


@pytest.mark.slow
def test_weights_and_people_do_not_depend_on_what_parties_are_called() -> None:
    usual = Running(convenience(), scenario(), 5, 3)
    other = Running(convenience(), scenario(), 5, 3, name_of=lambda number: f"z{99 - number}" if number else STAFF)
    kinds = (WeightBlock, PeopleFrame)
    mine, theirs = ([packed(each) for each in run.records() if isinstance(each, kinds)] for run in (usual, other))
    assert mine == theirs


def test_no_frame_names_a_party_where_gates_do() -> None:
    records = simulate_scenario(convenience(), scenario(staff=0), 5, 1)
    frames = of_kind(tuple(record for record in records), PeopleFrame)
    assert {person.party for frame in frames for person in frame.people} == {""}


@pytest.mark.slow
def test_what_is_kept_in_mind_does_not_grow_with_time() -> None:
    run, kept = Running(convenience(), scenario(minutes=60.0, parties_max=8), 5, None), []
    for record in run.records():
        if isinstance(record, Tick) and record.envelope.sequence % 20 == 0:
            kept.append(run.pending())
            if len(kept) == 180:
                break
    assert np.mean(kept[120:]) < 1.4 * np.mean(kept[60:120])
    assert max(kept) < 200


SCRIPT = """
import hashlib, msgspec
from saunter.plan import parse_plan
from saunter.records import WeightBlock
from saunter.simulation import simulate_scenario, suite, suite_plan_texts
digest = hashlib.sha256()
for record in simulate_scenario(parse_plan(suite_plan_texts("adversarial", 4)), suite("adversarial"), 4, 3):
    if isinstance(record, WeightBlock):
        digest.update(record.times.tobytes() + record.grams.tobytes())
    else:
        digest.update(msgspec.json.encode(record))
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    def digest(hash_seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    digests = {digest(hash_seed) for hash_seed in ("0", "1", "77")}
    assert len(digests) == 1
    assert digests != {hashlib.sha256().hexdigest()}


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_is_played_in_a_shop_that_loads_with_behaviours_that_exist(name: str) -> None:
    plan = parse_plan(suite_plan_texts(name, 2))
    assert plan.facings
    assert set(suite(name).ordinary) <= set(ORDINARY)
    assert set(suite(name).odd) <= set(ODD)


@pytest.mark.parametrize("start", [(2.7, 1.9), (3.9, 2.6), (2.4, 3.3)])
def test_who_was_pushed_against_a_shelf_still_finds_a_way_around_the_islands(start: tuple[float, float]) -> None:
    ways = Ways(convenience())
    way = np.array([start, *ways.path(start, (7.6, 2.1))])
    assert len(way) > 2
    assert ways.clear(way[1:-1], way[2:]).all()
