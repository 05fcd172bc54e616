"""The export folder: weight documents of whole gondolas, out of order, repeated, incomplete or damaged."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import numpy as np
import pytest

from saunter.base.errors import InputProblems
from saunter.base.time import HOUR, MILLISECOND, SECOND, format_iso
from saunter.records import PeopleFrame, WeightBlock

BLOCK = 200 * MILLISECOND


def blocks_in(imported: Any, gondola: int = 1) -> list[WeightBlock]:
    return [record for record in imported.records if record.envelope.stream == f"weights/g{gondola}"]


def two_blocks(make: Any) -> list[dict[str, Any]]:
    return [make.weights(1, make.start), make.weights(1, make.start + BLOCK)]


def test_the_header_stamps_the_last_sample_and_the_others_lie_before_it(shop: Any, make: Any) -> None:
    shop.export(two_blocks(make), [])
    block = blocks_in(shop.load())[0]
    assert block.times.tolist() == [make.start - round((11 - index) * SECOND / 60) for index in range(12)]
    assert block.envelope.happened == int(block.times[0])
    assert block.envelope.arrived == make.start
    assert block.rate_hz == 60.0
    assert block.plates == ("g1s1p1", "g1s1p2", "g1s1p3", "g1s2p1", "g1s2p2", "g1s2p3")
    assert block.grams[:, 5].tolist() == [100.0 + 0.25 * index for index in range(12)]


def test_two_blocks_that_follow_each_other_leave_one_even_clock(shop: Any, make: Any) -> None:
    shop.export(two_blocks(make), [])
    times = np.concatenate([block.times for block in blocks_in(shop.load())])
    assert set(np.diff(times).tolist()) <= {16_666_666, 16_666_667}


def test_documents_out_of_order_and_repeated_ones_give_the_same_readings(shop: Any, make: Any) -> None:
    documents = [make.weights(gondola, make.start + index * BLOCK) for index in range(6) for gondola in (1, 2)]
    shop.export(documents, [])
    tidy = [(record.id, record.envelope.arrived) for record in shop.load().records]
    shop.documents("plate_data.json", [*reversed(documents), documents[3], documents[3]])
    imported = shop.load()
    assert [(record.id, record.envelope.arrived) for record in imported.records] == tidy
    said = make.said(imported)
    assert "plate_data.json:13: repeats line 9, left out" in said
    assert "plate_data.json:14: repeats line 13, left out" in said
    assert "plate_data.json: 12 documents stand before an earlier one of their gondola; sorted by time" in said


def test_shapes_that_differ_keep_the_same_columns_with_holes(shop: Any, make: Any) -> None:
    small = np.full((12, 2, 3), 7.0, dtype="<f4")
    small[:, 0, :] = small[:, :, 0] = np.nan
    values = {"data": base64.b64encode(small.tobytes()).decode(), "shape": [12, 2, 3]}
    second = make.weights(1, make.start + BLOCK)
    second["document"]["plate_data"]["values"] = values
    shop.export([make.weights(1, make.start), second], [])
    blocks = blocks_in(shop.load())
    assert blocks[0].plates == blocks[1].plates
    assert np.isnan(blocks[1].grams[0]).tolist() == [False, False, True, True, True, True]


def test_padding_is_no_channel_but_a_value_beyond_the_geometry_is_reported(shop: Any, make: Any) -> None:
    wide = np.full((12, 4, 5), np.nan, dtype="<f4")
    wide[:, 1:3, 1:4] = 50.0
    wide[:, 1, 4] = 6067.42
    document = make.weights(1, make.start)
    document["document"]["plate_data"]["values"] = {"data": base64.b64encode(wide.tobytes()).decode(), "shape": [12, 4, 5]}
    shop.export([document], [])
    imported = shop.load()
    expected = "plate_data.json: 1 channels belong to no plate of the geometry and were dropped, 1 of them constant: g1s1 p4"
    assert expected in make.said(imported)
    assert len(blocks_in(imported)[0].plates) == 6


def test_a_gondola_without_documents_is_named_by_its_plates(shop: Any, make: Any) -> None:
    shop.export(two_blocks(make), [])
    said = make.said(shop.load())
    assert "plate_data.json: 6 plates of the geometry have no channel; the plan keeps them: g2s1 p1 2 3, g2s2 p1 2 3" in said


def test_fields_that_protobuf_leaves_out_are_filled_in_and_counted(shop: Any, make: Any) -> None:
    plain = make.weights(1, make.start)
    bare = make.weights(1, make.start + BLOCK)
    del bare["document"]["plate_data"]["values"]["shape"]
    del bare["document"]["plate_data"]["values"]["type"]
    del bare["document"]["plate_data"]["freq_samp"]
    del bare["document"]["plate_data"]["plate_id"]
    del bare["document"]["header"]["t_origin"]
    shop.export([plain, bare], [])
    imported = shop.load()
    said = make.said(imported)
    assert "plate_data.json: 1 documents without a shape; their gondola's usual one was used" in said
    assert "plate_data.json: 1 documents without a usable freq_samp; 60 Hz was used" in said
    assert "plate_data.json: 1 documents without t_origin; t_issue was used, about 0.1 s later" in said
    assert blocks_in(imported)[1].envelope.arrived == make.start + BLOCK + 96 * MILLISECOND


def test_the_database_timestamp_serves_when_the_header_is_empty(shop: Any, make: Any) -> None:
    document = make.weights(1, make.start, timestamp=(make.start + 96 * MILLISECOND) / SECOND)
    document["document"]["header"] = {}
    shop.export([document], [])
    assert abs(blocks_in(shop.load())[0].envelope.arrived - make.start - 96 * MILLISECOND) < 1000


def without_time(make: Any) -> dict[str, Any]:
    document: dict[str, Any] = make.weights(1, make.start)
    document["document"]["header"] = {"t_origin": ""}
    return document


def with_values(make: Any, **changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = make.weights(1, make.start)
    document["document"]["plate_data"]["values"] |= changes
    return document


SPOILED = [
    (lambda make: "{not json", "damaged JSON, lost (Expecting property name enclosed in double quotes)"),
    (lambda make: "[1, 2]", "a list where a document should be, lost"),
    (lambda make: "[" * 100_000, "damaged JSON, lost (RecursionError)"),
    (without_time, "weights lost: has no time (t_origin, t_issue, timestamp)"),
    (lambda make: make.weights(9, make.start), "weights lost: gondola 9 is not in the geometry"),
    (lambda make: with_values(make, data="@@@@"), "weights lost: values are no base64 text"),
    (lambda make: with_values(make, data="AAAA"), "weights lost: 3 bytes of values do not fill the shape [12, 3, 4]"),
    (lambda make: with_values(make, shape=[12, 3]), "weights lost: the shape [12, 3] is not [samples, shelves + 1, plates + 1]"),
    (lambda make: with_values(make, shape="x"), "weights lost: shape is not a list"),
    (lambda make: with_values(make, type="DATATYPE_INT8"), "weights lost: values are DATATYPE_INT8, not DATATYPE_FLOAT32"),
    (lambda make: with_values(make, data="", shape=[0, 3, 4]), "weights lost: holds no samples"),
    (lambda make: with_values(make, data="", shape=[12, 0, 4]), "weights lost: holds no samples"),
    (lambda make: with_values(make, data="", shape=None), "weights lost: holds no samples"),
    (lambda make: make.weights(1, make.start, document=7), "weights lost: document is not an object"),
    (lambda make: make.weights(1, 0), "weights lost: t_origin is not an instant: '1970-01-01T00:00:00.000Z'"),
]


@pytest.mark.parametrize(("spoil", "complaint"), SPOILED)
def test_a_damaged_document_is_named_by_its_line_and_costs_nothing_else(shop: Any, make: Any, spoil: Any, complaint: str) -> None:
    first, second = two_blocks(make)
    shop.export([first, spoil(make), second], [])
    imported = shop.load()
    assert f"plate_data.json:2: {complaint}" in make.said(imported)
    assert len(blocks_in(imported)) == 2


def test_a_document_of_another_year_is_left_out_so_the_clock_does_not_run_for_a_year(shop: Any, make: Any) -> None:
    shop.export([*two_blocks(make), make.weights(1, make.start + 9000 * HOUR)], [])
    imported = shop.load()
    complaint = "plate_data.json:3: its time lies more than 24 h from the middle of the recording, lost"
    assert any(line.startswith(complaint) for line in make.said(imported))
    assert imported.ended == make.start + BLOCK


def test_blocks_that_contradict_each_other_are_both_kept_and_said(shop: Any, make: Any) -> None:
    other = make.weights(1, make.start, np.full((12, 2, 3), 9.0, dtype="<f4"))
    full = np.full((12, 3, 4), 9.0, dtype="<f4")
    other["document"]["plate_data"]["values"] = {"data": base64.b64encode(full.tobytes()).decode(), "shape": [12, 3, 4]}
    shop.export([*two_blocks(make), other], [])
    imported = shop.load()
    said = make.said(imported)
    assert "plate_data.json: g1: 1 blocks overlap the one before them with other values, both kept" in said
    zero = "1 documents with values at shelf or plate number 0, which does not exist; these values were dropped"
    assert f"plate_data.json: {zero}" in said
    assert len(blocks_in(imported)) == 3


def test_a_slow_document_is_cut_so_that_no_sample_comes_late(shop: Any, make: Any) -> None:
    slow = make.weights(1, make.start)
    slow["document"]["plate_data"]["freq_samp"] = 4.0
    shop.export([slow], [])
    blocks = blocks_in(shop.load())
    assert [len(block.times) for block in blocks] == [3, 3, 3, 3]
    assert all(block.envelope.arrived - block.envelope.happened <= SECOND // 2 for block in blocks)


@pytest.mark.parametrize("form", ["lines", "lines.gz", "array", "array.gz", "pretty", "pretty array", "bom"])
def test_every_form_of_an_export_reads_the_same(shop: Any, make: Any, form: str) -> None:
    documents = [make.weights(gondola, make.start + index * BLOCK) for index in range(3) for gondola in (1, 2)]
    shop.export(documents, [])
    plain = [(record.id, record.envelope.happened) for record in shop.load().records]
    indent = 2 if "pretty" in form else None
    content = (
        json.dumps(documents, indent=indent)
        if "array" in form
        else "\n".join(json.dumps(one, indent=indent) for one in documents)
    )
    raw = (b"\xef\xbb\xbf" if form == "bom" else b"") + content.encode()
    (shop.folder / "plate_data.json").unlink()
    name = "plate_data.json" + (".gz" if form.endswith("gz") else "")
    (shop.folder / name).write_bytes(gzip.compress(raw) if form.endswith("gz") else raw)
    assert [(record.id, record.envelope.happened) for record in shop.load().records] == plain


@pytest.mark.parametrize("indent", [None, 1])
def test_damage_inside_an_array_costs_that_document_only(shop: Any, make: Any, indent: int | None) -> None:
    documents = [make.weights(1, make.start + index * BLOCK) for index in range(5)]
    shop.export(documents, [])
    content = json.dumps(documents, indent=indent).replace('"freq_samp": 60.0', '"freq_samp": 60.0.0', 1)
    (shop.folder / "plate_data.json").write_text(content)
    imported = shop.load()
    lost = [problem for problem in imported.report if problem.what.startswith("damaged JSON")]
    assert [problem.line for problem in lost] == [1 if indent is None else 2]
    assert len(blocks_in(imported)) == 4


def test_a_gzip_that_ends_early_keeps_the_documents_before_the_end(shop: Any, make: Any) -> None:
    dice = np.random.Generator(np.random.PCG64(1))
    documents = [make.weights(1, make.start + index * BLOCK, dice.normal(size=(12, 2, 3)).astype("<f4")) for index in range(40)]
    shop.export(documents, [])
    raw = gzip.compress((shop.folder / "plate_data.json").read_bytes())
    (shop.folder / "plate_data.json").unlink()
    (shop.folder / "plate_data.json.gz").write_bytes(raw[: len(raw) // 2])
    imported = shop.load()
    assert any(line.startswith("plate_data.json.gz: cut off or damaged") for line in make.said(imported))
    assert 10 < len(blocks_in(imported)) < 30


def test_a_second_file_of_one_collection_is_ignored_aloud(shop: Any, make: Any) -> None:
    shop.export(two_blocks(make), [])
    shop.documents("plate_data.jsonl", [])
    assert any("plate_data.jsonl: ignored: plate_data.json holds" in line for line in make.said(shop.load()))


def test_an_export_without_planogram_or_products_uses_the_shops_own_and_says_so(shop: Any, make: Any) -> None:
    shop.export(two_blocks(make), [])
    for name in ("planogram", "products"):
        (shop.folder / f"{name}.json").unlink()
    with pytest.raises(InputProblems, match=r"products\.json is missing"):
        shop.load()
    shop.documents("products.jsonl", [make.product("012345678905", "Tea", 50.0)], shop.store)
    shop.documents("planogram-2020-04.jsonl", [make.facing("012345678905", (1, 1, 1))], shop.store)
    imported = shop.load()
    assert [facing.sku for facing in imported.plan.facings] == ["012345678905"]
    assert any("the shop's own planogram-2020-04.jsonl was used" in line for line in make.said(imported))


def test_weights_that_are_all_damaged_are_an_error_that_lists_them(shop: Any) -> None:
    shop.export(["{bad", "x"], [])
    with pytest.raises(InputProblems) as caught:
        shop.load()
    assert [(problem.where, problem.line) for problem in caught.value.problems if problem.line] == [
        ("plate_data.json", 1),
        ("plate_data.json", 2),
    ]


def test_people_and_weights_are_merged_by_the_time_they_were_taken_not_stored(shop: Any, make: Any) -> None:
    targets = [make.people(make.start + index * 100 * MILLISECOND, make.person("42")) for index in (2, 0, 1)]
    shop.export(two_blocks(make), [target | {"date_time": {"$date": format_iso(make.start + 9 * SECOND)}} for target in targets])
    imported = shop.load(party=None)
    records = [record for record in imported.records if isinstance(record, WeightBlock | PeopleFrame)]
    assert [record.id for record in records] == ["people:0", "weights/g1:0", "people:1", "people:2", "weights/g1:1"]
    assert all(record.envelope.happened == record.envelope.arrived for record in records if isinstance(record, PeopleFrame))
