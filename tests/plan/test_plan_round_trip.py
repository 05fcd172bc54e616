"""A plan that is written and read again is the same shop, and written a second time it is the same text."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_shops import KIOSK, frames, kiosk, shops, vectors

from saunter.base.geometry import Transform, from_rodrigues
from saunter.plan import Fixture, Plan, parse_plan, plan_differences, plan_texts
from saunter.plan.rotations import heading_of, rodrigues_of


@given(shops())
def test_any_shop_comes_back_as_it_was(plan: Plan) -> None:
    texts = plan_texts(plan)
    again = parse_plan(texts)
    assert plan_differences(plan, again) == ()
    assert plan_texts(again) == texts


@given(shops())
def test_mappings_come_back_in_their_order(plan: Plan) -> None:
    again = parse_plan(plan_texts(plan))
    for name in ("gates", "fixtures", "shelves", "plates", "cameras", "products", "taxes", "promotions"):
        assert list(getattr(again, name)) == list(getattr(plan, name)), name


def test_equal_plates_are_written_as_a_number_and_others_one_by_one() -> None:
    store = plan_texts(parse_plan(KIOSK))["store.toml"]
    assert (
        store[store.index("[[fixtures]]") :]
        == """\
[[fixtures]]
id = "rack"
kind = "gondola"
position_m = [1, 2.5, 0]
size_m = [0.4, 0.3, 1.5]

[[fixtures.shelves]]
id = "low"
position_m = [0, 0, 0.4]
clearance_m = 0.3
plates = 4

[[fixtures.shelves]]
id = "high"
position_m = [0, 0, 0.9]
clearance_m = 0.3

[[fixtures.shelves.plates]]
id = "high-b"
position_m = [0.2, 0, 0]
size_m = [0.2, 0.3]

[[fixtures.shelves.plates]]
id = "high-a"
position_m = [0, 0, 0]
size_m = [0.2, 0.3]
"""
    )


def test_the_sheets_are_written_with_every_column() -> None:
    texts = plan_texts(parse_plan(KIOSK))
    assert (
        texts["catalogue.csv"]
        == """\
sku,gtin,name,price,tax_code,unit,grams,grams_sd,flags
tea,02000000000015,"Tea, black",2.50,food,piece,120,2,
oats,02000000000022,Oats,1.29,food,piece,512,,
salt,,Salt,0.45,food,piece,1010,,
"""
    )
    assert texts["planogram.csv"] == "sku,plates\ntea,lowp1 lowp2\noats,lowp3 lowp4\nsalt,high-a high-b\n"


def test_plates_of_unequal_depth_or_a_hair_apart_are_written_one_by_one_and_keep_their_order() -> None:
    plan = parse_plan(KIOSK)
    deeper = {**plan.plates, "lowp4": dataclasses.replace(plan.plates["lowp4"], depth_m=0.35)}
    hair = {**plan.plates, "high-b": dataclasses.replace(plan.plates["high-b"], along_m=0.0, frame=plan.plates["high-a"].frame)}
    hair["high-a"] = dataclasses.replace(plan.plates["high-a"], along_m=-1e-12)
    for plates in (deeper, hair):
        other = dataclasses.replace(plan, plates=plates)
        assert plan_differences(other, parse_plan(plan_texts(other))) == ()


def test_a_turned_fixture_is_written_as_a_heading_and_a_tipped_one_as_a_rotation() -> None:
    place = "position_m = [1.0, 2.5]\n"
    turned = kiosk(store=(place, place + "heading_deg = 30\n"))
    tipped = kiosk(store=(place, place + "rotation = [0.1, 0, 0.5]\n"))
    assert "\nheading_deg = 30\n" in plan_texts(parse_plan(turned))["store.toml"]
    assert "\nrotation = [0.1, 0, 0.5]\n" in plan_texts(parse_plan(tipped))["store.toml"]


@given(vectors)
def test_every_rotation_has_a_vector_that_gives_it_back(vector: tuple[float, float, float]) -> None:
    rotation = from_rodrigues(vector, (0.0, 0.0, 0.0)).rotation
    again = from_rodrigues(rodrigues_of(rotation), (0.0, 0.0, 0.0)).rotation
    assert np.abs(again - rotation).max() < 1e-11
    assert np.linalg.norm(rodrigues_of(rotation)) <= np.pi + 1e-11


@given(frames, st.sampled_from([1e-15, -1e-15]))
def test_noise_of_arithmetic_does_not_change_what_is_written(frame: Transform, noise: float) -> None:
    wobbly = frame.rotation + noise * np.array([[1.0, -1.0, 1.0], [1.0, 1.0, -1.0], [-1.0, 1.0, 1.0]])
    if heading_of(frame.rotation) is None:
        assert np.allclose(rodrigues_of(wobbly), rodrigues_of(frame.rotation), atol=1e-11)


@pytest.mark.parametrize("noise", [(1e-15, 0.0), (0.0, 1e-15)])
def test_a_half_turn_about_a_slanting_axis_is_always_written_the_same_way(noise: tuple[float, float]) -> None:
    quarter = np.pi / np.sqrt(2)
    for axis in ((quarter, -quarter, 0.0), (-quarter, quarter, 0.0)):
        rotation = from_rodrigues(axis, (0.0, 0.0, 0.0)).rotation + np.diag([*noise, 0.0])
        assert rodrigues_of(rotation) == pytest.approx((quarter, -quarter, 0.0), abs=1e-11)


def test_a_frame_that_is_a_mirror_cannot_be_written_and_names_the_fixture() -> None:
    plan = parse_plan(KIOSK)
    mirrored = dataclasses.replace(plan.fixtures["rack"], frame=Transform(np.diag([1.0, 1.0, -1.0]), np.zeros(3)))
    with pytest.raises(ValueError, match="the frame of fixture rack cannot be written: not a rotation"):
        plan_texts(dataclasses.replace(plan, fixtures={"rack": mirrored}))


def test_a_plan_that_contradicts_itself_is_not_written_with_a_shelf_or_plate_missing() -> None:
    plan = parse_plan(KIOSK)
    forgetful = dataclasses.replace(plan.fixtures["rack"], shelves=("low",))
    with pytest.raises(ValueError, match="disagree about high"):
        plan_texts(dataclasses.replace(plan, fixtures={"rack": forgetful}))
    bare = dataclasses.replace(plan.shelves["low"], plates=("lowp1", "lowp2", "lowp3"))
    with pytest.raises(ValueError, match="disagree about lowp4"):
        plan_texts(dataclasses.replace(plan, shelves={**plan.shelves, "low": bare}))


def test_differences_name_the_place_and_both_values() -> None:
    plan = parse_plan(KIOSK)
    rack: Fixture = plan.fixtures["rack"]
    other = dataclasses.replace(plan, fixtures={"rack": dataclasses.replace(rack, width_m=0.5)}, name="Stall", gates={})
    differences = plan_differences(plan, other)
    assert differences[:1] == ("name: Kiosk, Stall",)
    assert differences[1].startswith("gates.door: Gate(id='door'") and differences[1].endswith(", None")
    assert differences[2:] == ("fixtures.rack.width_m: 0.4, 0.5",)
    assert plan_differences(plan, plan) == ()
