"""Damage of any kind: the importer refuses with words or reads on, and every lost line is in the report."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from saunter.adapters.datasets.nanostore.documents import read_documents
from saunter.adapters.datasets.nanostore.report import Report
from saunter.base.errors import InputProblems
from saunter.plan import parse_plan, plan_differences, plan_texts
from saunter.records import PeopleFrame, WeightBlock

#: What falls into files: junk of every kind, and characters that JSON and CSV care about.
JUNK = st.one_of(
    st.sampled_from(
        ['"', "{", "}", "[", "]", ",", "\n", "\r", "\x00", "nan", "-1", "1e999", "9" * 30, "null", "true", "\u2028", "é"]
    ),
    st.text(max_size=8),
)
PLACE = st.floats(0, 1, exclude_max=True)
CELL = st.one_of(
    st.sampled_from(["", "nan", "-1", "1e999", "0x10", "1_0", "1,5", "9" * 25, "\uff11\uff12", "\x00", "1583056800.1"]),
    st.text(max_size=6),
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


class Bench:
    """A fresh folder for one example."""

    def __init__(self, make: Any) -> None:
        self.root = Path(tempfile.mkdtemp())
        self.shop = make.shop(self.root)

    def __enter__(self) -> Any:
        return self.shop

    def __exit__(self, *failure: object) -> None:
        shutil.rmtree(self.root)


def spoiled(content: bytes, place: float, junk: str, cut: int) -> bytes:
    """Some bytes replaced by junk."""
    start = int(place * len(content))
    return content[:start] + junk.encode("utf-8", "surrogatepass") + content[start + cut :]


def read(shop: Any) -> Any:
    """The import read to the end, or None where it was refused in words."""
    try:
        imported = shop.load()
    except InputProblems as refusal:
        assert refusal.problems
        assert all(problem.what and problem.where for problem in refusal.problems)
        return None
    assert plan_differences(imported.plan, parse_plan(plan_texts(imported.plan))) == ()
    assert all(str(problem).isprintable() for problem in imported.report)
    return imported, list(imported.records)


def export_files(make: Any) -> tuple[list[Any], list[Any]]:
    blocks = [make.weights(gondola, make.start + index * 200_000_000) for index in range(3) for gondola in (1, 2)]
    return blocks, [make.people(make.start + index * 100_000_000, make.person("7")) for index in range(4)]


NAMES = ("plate_data.json", "full_targets.json", "planogram.json", "products.json", "truth.json")
FILES = (*NAMES, "../store/Plates.json", "../store/Shelves.json", "../store/Gondolas.json")


@settings(max_examples=60)
@given(name=st.sampled_from(FILES), place=PLACE, junk=JUNK, cut=st.integers(0, 40), array=st.booleans())
def test_junk_anywhere_in_an_export_is_refused_or_reported_never_a_crash(
    make: Any, name: str, place: float, junk: str, cut: int, array: bool
) -> None:
    with Bench(make) as shop:
        shop.export(*export_files(make))
        (shop.folder / "truth.json").write_text(
            json.dumps({"events": [{"time": "2020-03-01_10-00-00", "shopper": "7", "products": [{}]}]})
        )
        path = shop.folder / name
        if array and name in NAMES[:4]:
            path.write_text(json.dumps([json.loads(line) for line in path.read_text().splitlines()]))
        path.write_bytes(spoiled(path.read_bytes(), place, junk, cut))
        read(shop)


@settings(max_examples=60)
@given(data=st.data(), value=VALUE)
def test_any_field_of_a_document_may_hold_anything(make: Any, data: st.DataObject, value: Any) -> None:
    with Bench(make) as shop:
        blocks, targets = export_files(make)
        document = data.draw(st.sampled_from([blocks[0], targets[0]]))
        keys: list[str] = []
        place: Any = document
        while isinstance(place, dict) and place and (not keys or data.draw(st.booleans(), label="deeper")):
            keys.append(data.draw(st.sampled_from(sorted(place))))
            holder, place = place, place[keys[-1]]
        holder[keys[-1]] = value
        shop.export(blocks, targets)
        read(shop)


@given(
    st.lists(
        st.tuples(st.booleans(), st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)),
        max_size=12,
    )
)
def test_every_line_of_json_lines_is_a_document_or_in_the_report(make: Any, lines: list[tuple[bool, str]]) -> None:
    with Bench(make) as shop:
        path = shop.folder / "x.json"
        content = ['{"n": 0}', *(json.dumps({"n": text}) if whole else text for whole, text in lines)]
        path.write_text("\n".join(content), encoding="utf-8")
        report = Report()
        found = {line for line, _ in read_documents(path, report)}
        lost = {problem.line for problem in report.problems()}
        written = {number for number, text in enumerate(content, 1) if text.encode().strip()}
        assert found | lost == written
        assert not found & lost


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 11), CELL, st.booleans()), min_size=1, max_size=6))
def test_every_line_of_a_channel_becomes_a_sample_or_is_in_the_report(make: Any, damage: list[tuple[int, str, bool]]) -> None:
    with Bench(make) as shop:
        shop.geometry()
        rows = [[f"{when / 1e9:.6f}", f"{grams}"] for when, grams in make.readings(12, 100.0)]
        for row, cell, first in damage:
            rows[row][0 if first else 1] = cell.replace("\n", " ").replace("\r", " ")
        shop.channel(1, 1, 1, [",".join(row) for row in rows])
        shop.products_csv("Tea,1,1,1,50,1,x")
        result = read(shop)
        if result is None:
            return
        imported, records = result
        samples = sum(len(record.times) for record in records if isinstance(record, WeightBlock))
        lost = {problem.line for problem in imported.report if problem.where.startswith("gondola_1") and problem.line}
        assert samples + len(lost) == 12


@settings(max_examples=60)
@given(st.integers(0, 5), st.integers(0, 6), st.one_of(CELL, JUNK))
def test_any_cell_of_the_catalogue_may_hold_anything_and_no_other_row_is_lost(
    make: Any, row: int, column: int, cell: str
) -> None:
    with Bench(make) as shop:
        rows = [[f"Product {number}", "1", "1", str(1 + number % 3), "50", "1", "x"] for number in range(6)]
        rows[row][column] = cell
        shop.geometry()
        shop.channel(1, 1, 1, make.readings(3, 100.0))
        text = "\n".join(["Name,Gondola,Shelf,Plate,Weight,Price,Image", *(",".join(cells) for cells in rows)])
        (shop.folder / "products.csv").write_bytes(text.encode("utf-8", "surrogatepass"))
        result = read(shop)
        assert result is not None
        names = {product.name for product in result[0].plan.products.values()}
        assert {f"Product {number}" for number in range(6) if number != row} <= names
        reported = any(problem.where == "products.csv" and problem.line >= row + 2 for problem in result[0].report)
        assert f"Product {row}" in names or column == 0 or reported


@settings(max_examples=25)
@given(st.permutations(range(12)))
def test_the_order_of_documents_in_the_files_does_not_matter(make: Any, order: list[int]) -> None:
    blocks = [make.weights(gondola, make.start + index * 200_000_000) for index in range(6) for gondola in (1, 2)]
    targets = [make.people(make.start + index * 70_000_000, make.person("7")) for index in range(12)]

    def emitted(places: list[int]) -> list[Any]:
        with Bench(make) as shop:
            shop.export([blocks[place] for place in places], [targets[place] for place in places])
            return [fingerprint(record) for record in shop.load().records]

    assert emitted(order) == emitted(list(range(12)))


def fingerprint(record: Any) -> tuple[Any, ...]:
    if isinstance(record, WeightBlock):
        return record.id, record.envelope.arrived, record.grams.tobytes(), record.times.tobytes()
    return record.id, record.envelope.arrived, record.people if isinstance(record, PeopleFrame) else None
