"""Geometry: plates stand where gondola, shelf and plate frames put them, and every mistake in the files is said at once."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from saunter.adapters.datasets.nanostore import import_nanostore
from saunter.base.errors import InputProblems


def test_frames_chain_from_plate_to_shelf_to_gondola_to_shop(shop: Any) -> None:
    shop.csv()
    plan = shop.load().plan
    straight, turned = plan.plates["g1s2p3"], plan.plates["g2s1p3"]
    assert np.allclose(straight.frame.translation, (0.2, 0.1, 1.0))
    assert np.allclose(turned.frame.translation, (2.0 - 0.4, 0.5 - 0.2, 0.5))
    assert np.allclose(turned.frame.apply(np.array([0.1, 0.4, 0.0])), (2.0, 0.2, 0.5))
    assert (straight.width_m, straight.depth_m, straight.clearance_m, straight.along_m) == (0.1, 0.4, 0.25, 0.2)


def test_shelves_list_their_plates_from_left_to_right_and_fixtures_their_shelves(shop: Any) -> None:
    shop.csv()
    plan = shop.load().plan
    assert {name: shelf.plates for name, shelf in plan.shelves.items()} == {
        f"g{g}s{s}": tuple(f"g{g}s{s}p{p}" for p in (1, 2, 3)) for g in (1, 2) for s in (1, 2)
    }
    assert [(fixture.id, fixture.kind, fixture.shelves) for fixture in plan.fixtures.values()] == [
        ("g1", "gondola", ("g1s1", "g1s2")),
        ("g2", "gondola", ("g2s1", "g2s2")),
    ]


def test_the_floor_reaches_three_metres_before_the_fixtures_and_the_report_says_so(shop: Any, make: Any) -> None:
    shop.csv()
    imported = shop.load()
    (left, front), (right, _), (_, back), _ = imported.plan.floor_m
    assert np.allclose((left, front, right, back), (-1.4, -2.9, 2.03, 0.53), atol=0.011)
    assert any("the floor is the rectangle around all fixtures and 3 m before them" in line for line in make.said(imported))


def test_the_geometry_is_looked_for_where_told_then_beside_the_folder_then_in_the_data(shop: Any, make: Any) -> None:
    shop.csv()
    beside = shop.load().plan.plates.keys()
    moved = shop.root / "data" / "nanostore"
    moved.mkdir(parents=True)
    shop.store.rename(moved / "store")
    with pytest.raises(InputProblems, match="--store STOREDIR"):
        shop.load()
    assert shop.load(data=shop.root / "data").plan.plates.keys() == beside
    assert shop.load(store=moved / "store").plan.plates.keys() == beside
    with pytest.raises(InputProblems, match="--store STOREDIR"):
        shop.load(store=shop.root, data=shop.root / "data")


MISTAKES = [
    ("Plates", '"plates"', '"plates', "cannot be read"),
    ("Plates", '"plates"', '"dishes"', "holds no plates"),
    ("Plates", '"dim_x": 0.1', '"dim_x": 0', "entry 1 of plates: has no size"),
    ("Plates", '"plate_index": 3', '"plate_index": 2', "repeats the id (1, 1, 2)"),
    ("Plates", '"dim_x": 0.1', '"dim_x": "wide"', "dim_x is not a number: 'wide'"),
    ("Shelves", '"shelf_index": 2', '"shelf_index": 5', "plate 3 lies on gondola 1 shelf 2, which Shelves.json does not have"),
    ("Shelves", '"z": 0.5', '"z": 1e9', "a coordinate is not a number of metres within a kilometre"),
    ("Gondolas", '{"id": 2}', '{"id": 3}', "shelf 1 stands in gondola 2, which Gondolas.json does not have"),
]


@pytest.mark.parametrize(("name", "written", "wrong", "complaint"), MISTAKES)
def test_mistakes_in_the_geometry_stop_the_import_with_words(
    shop: Any, name: str, written: str, wrong: str, complaint: str
) -> None:
    shop.csv()
    path = shop.store / f"{name}.json"
    assert written in path.read_text()
    path.write_text(path.read_text().replace(written, wrong, 1))
    with pytest.raises(InputProblems) as caught:
        shop.load()
    assert complaint in str(caught.value)


def test_all_mistakes_are_said_at_once(shop: Any) -> None:
    shop.csv()
    (shop.store / "Gondolas.json").write_text("{")
    (shop.store / "Plates.json").write_text(json.dumps({"plates": [7, {"id": {}}]}))
    with pytest.raises(InputProblems) as caught:
        shop.load()
    assert {problem.where for problem in caught.value.problems} == {"Gondolas.json", "Shelves.json", "Plates.json"}


def test_ids_that_protobuf_left_out_are_zero(shop: Any, make: Any) -> None:
    shop.csv()
    sizes = {"dim_x": 0.1, "dim_y": 0.4, "dim_z": 0.2}
    for name, entry in (("Gondolas", {"id": {}}), ("Shelves", {"id": {"gondola_id": {}}}), ("Plates", {"id": {"shelf_id": {}}})):
        path = shop.store / f"{name}.json"
        content = json.loads(path.read_text())
        content[name.lower()].append(entry | {"coordinates": sizes})
        path.write_text(json.dumps(content))
    shop.channel(0, 0, 0, make.readings(3, 5.0))
    imported = import_nanostore(shop.folder, party="p1")
    assert imported.plan.plates["g0s0p0"].shelf == "g0s0"
    assert make.of(imported.records, "weights/g0")[0].plates == ("g0s0p0",)
