"""The real shop: what the importer makes of `cps-test-01` and of the samples of the live formats."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saunter.adapters.datasets.nanostore import Imported, import_nanostore
from saunter.base.geometry import inside_polygon
from saunter.base.time import SECOND, format_iso, parse_iso
from saunter.records import GatePass, PeopleFrame, Tick, TrueAction, TrueReceipt, WeightBlock

DATA = Path(os.environ.get("SAUNTER_DATA") or Path(__file__).parents[3] / ".." / "shared" / "data")
CASE = DATA / "nanostore" / "cps-test-01"
FORMATS = DATA / "nanostore" / "formats"


@pytest.fixture(scope="module")
def case() -> tuple[Imported, list[Any]]:
    if not (CASE / "weights.tar.gz").is_file():
        pytest.skip("nanostore/cps-test-01/weights.tar.gz is not in SAUNTER_DATA")
    imported = import_nanostore(CASE, party="p1")
    return imported, list(imported.records)


@pytest.fixture(scope="module")
def sample() -> tuple[Imported, list[Any]]:
    if not (FORMATS / "plate_data.sample.jsonl").is_file():
        pytest.skip("nanostore/formats/plate_data.sample.jsonl is not in SAUNTER_DATA")
    imported = import_nanostore(FORMATS)
    return imported, list(imported.records)


def test_the_case_gives_every_sample_of_every_real_plate(case: tuple[Imported, list[Any]]) -> None:
    imported, records = case
    assert Counter(record.envelope.stream for record in records if not isinstance(record, Tick)) == {
        "weights/g1": 168, "weights/g2": 168, "weights/g3": 169, "weights/g4": 168, "weights/g5": 169, "gates/declared": 2,
    }  # fmt: skip
    blocks = [record for record in records if isinstance(record, WeightBlock)]
    assert {block.envelope.stream: len(block.plates) for block in blocks} == {
        "weights/g1": 72, "weights/g2": 54, "weights/g3": 60, "weights/g4": 54, "weights/g5": 54,
    }  # fmt: skip
    assert {len(block.times) for block in blocks} == {12}
    assert sum(block.grams.size for block in blocks) == 2016 * (72 + 54 + 54) + 2028 * (60 + 54)
    assert all(np.isfinite(block.grams).all() and block.rate_hz == 60.0 for block in blocks)
    assert len(imported.plan.plates) == 306


def test_the_case_arrives_in_order_and_nothing_is_late(case: tuple[Imported, list[Any]]) -> None:
    _, records = case
    arrivals = [record.envelope.arrived for record in records]
    assert arrivals == sorted(arrivals)
    assert all(0 <= record.envelope.arrived - record.envelope.happened < SECOND // 2 for record in records)


def test_the_traps_of_the_case_are_in_the_report(case: tuple[Imported, list[Any]]) -> None:
    said = [str(problem) for problem in case[0].report]
    for beginning in (
        "weights.tar.gz: 54 channels belong to no plate of the geometry and were dropped, 43 of them constant: g1s4 p13 14, g2s1",
        "weights.tar.gz: 12 plates of the geometry have no channel; the plan keeps them: g3s6 p1 2 3 4 5 6 7 8 9 10 11 12",
        "weights.tar.gz: gondolas start apart, each keeps its own clock (ms after the first): g1 109.9, g2 66.2, g3",
        "weights.tar.gz: gondolas differ in samples: g1 2016, g2 2016, g3 2028, g4 2016, g5 2028",
        "weights.tar.gz: the clock of g4 does not advance 1 time (at most 4.7 ms back), times kept",
        "products.jsonl: 61 barcodes of at most 5 digits are the shop's own numbers",
        "products.jsonl: 7 barcodes fail their check digit",
        "products.jsonl: 11 barcodes of six digits look like UPC-E without number system and check digit, kept so: 120130",
        "products.jsonl: barcodes 037000255741 and 37000255741 are the same number up to leading zeros",
        "products.csv: 151 of 391 names have no barcode in products.jsonl; a stable sku was made from the name",
        "products.csv: 10 products have no usable weight (0 means unknown)",
    ):
        assert any(line.startswith(beginning) for line in said), beginning


def test_what_is_on_the_shelves_of_the_case_has_a_barcode_and_a_place(case: tuple[Imported, list[Any]]) -> None:
    plan = case[0].plan
    on_shelves = {facing.sku for facing in plan.facings}
    assert sum(len(facing.plates) for facing in plan.facings) == 294
    assert all(plan.products[sku].price.minor > 0 for sku in on_shelves)
    with_barcode = sum(bool(plan.products[sku].gtin) for sku in on_shelves)
    assert with_barcode == len(on_shelves)


def test_the_truth_of_the_case_is_two_takes_and_one_receipt(case: tuple[Imported, list[Any]]) -> None:
    first, second, receipt = case[0].truth
    assert isinstance(first, TrueAction) and isinstance(second, TrueAction) and isinstance(receipt, TrueReceipt)
    assert [
        (action.party, action.action, action.gtin, action.plates, format_iso(action.happened)) for action in (first, second)
    ] == [
        ("p1", "take", "00071063437089", ("g2s5p4", "g2s5p5"), "2020-01-28T22:24:15.000Z"),
        ("p1", "take", "00632565000012", ("g1s5p10",), "2020-01-28T22:24:21.000Z"),
    ]
    assert (receipt.visit, receipt.party) == ("visit-p1", "p1")
    assert {(line.sku, line.quantity) for line in receipt.lines} == {("071063437089", 1), ("632565000012", 1)}
    assert {line.sku for line in receipt.lines} <= set(case[0].plan.products)


def test_the_declared_party_is_there_for_the_whole_case(case: tuple[Imported, list[Any]]) -> None:
    imported, records = case
    passes = [record for record in records if isinstance(record, GatePass)]
    assert [(gate.direction, gate.happened) for gate in passes] == [("in", imported.started), ("out", imported.ended)]


def test_the_samples_of_the_live_formats_run_from_end_to_end(sample: tuple[Imported, list[Any]]) -> None:
    _, records = sample
    assert Counter(type(record).__name__ for record in records if not isinstance(record, Tick)) == {
        "WeightBlock": 8,
        "PeopleFrame": 8,
        "GatePass": 2,
    }
    blocks = [record for record in records if record.envelope.stream == "weights/g1"]
    assert [len(block.plates) for block in blocks] == [72, 72]
    assert blocks[0].times[-1] == parse_iso("2020-04-22T05:06:36.859Z")
    assert blocks[1].times[0] - blocks[0].times[-1] == pytest.approx(SECOND / 60, abs=1_000_000)
    assert all(np.isfinite(record.grams).all() for record in records if isinstance(record, WeightBlock))


def test_the_tracked_person_of_the_sample_stands_before_the_gondolas(sample: tuple[Imported, list[Any]]) -> None:
    imported, records = sample
    frames = [record for record in records if isinstance(record, PeopleFrame)]
    people = [person for frame in frames for person in frame.people]
    assert {(person.track, person.party) for person in people} == {("3325379692103139202", "3325379692103139202")}
    for person in people:
        head = person.joints["head"]
        assert inside_polygon(head.x_m, head.y_m, imported.plan.floor_m)
        assert 1.4 < head.z_m < 2.0
        assert head.y_m < min(plate.frame.translation[1] for plate in imported.plan.plates.values() if plate.fixture == "g4")
        assert {"left_wrist", "right_wrist"} <= set(person.joints)


def test_products_only_the_sample_planogram_knows_are_added(sample: tuple[Imported, list[Any]]) -> None:
    plan = sample[0].plan
    assert len(plan.products) == 14
    assert len(plan.facings) == 7
    assert sum(product.weight.mean_g is None for product in plan.products.values()) == 6
