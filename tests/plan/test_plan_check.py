"""What loads but looks doubtful is told, with what to do about it; a sound plan draws no comment."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_shops import KIOSK, kiosk, shops

from saunter.plan import CameraView, Plan, camera_views, check_plan, describe_plan, parse_plan
from saunter.plan.check_goods import check_digit

CAMERA = '[[cameras]]\nid = "eye"\nposition_m = [{}]\ntarget_m = [{}]\nfov_deg = {}\n\n[[gates]]'


def doubts(**changes: tuple[str, str]) -> list[str]:
    return [str(problem) for problem in check_plan(parse_plan(kiosk(**changes)))]


def test_a_sound_kiosk_draws_no_comment() -> None:
    assert doubts() == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"catalogue": ("2000000000015", "2000000000016")},
            "catalogue.csv: tea: the check digit of gtin 02000000000016 should be 5 -> "
            "it is kept as it is; compare it with the package",
        ),
        (
            {"catalogue": ("2000000000015", "120130")},
            "catalogue.csv: tea: the gtin 00000000120130 has 6 digits, too few for a barcode with a check digit -> "
            "it is kept as it is; is it an in-house number, or a UPC-E without its check digit?",
        ),
        (
            {"catalogue": ("2000000000015", "2000000000022")},
            "catalogue.csv: the gtin 02000000000022 belongs to several products: tea, oats -> "
            "a scan cannot tell them apart: make them one product, or correct a gtin",
        ),
        (
            {"catalogue": ("piece,512,", "piece,0,")},
            "planogram.csv: oats lies on a shelf, but its weight is unknown (empty or 0) -> "
            "weigh a piece and write it into catalogue.csv; until it is learned, any weight there could be this product",
        ),
        (
            {"catalogue": ("piece,512,", "piece,30001,")},
            "catalogue.csv: oats: one piece weighs 30001 g, which is hardly meant -> "
            "grams are per piece and in grams; leave them empty when unknown",
        ),
        (
            {"catalogue": ("piece,512,", "piece,0.999,")},
            "catalogue.csv: oats: one piece weighs 0.999 g, which is hardly meant -> "
            "grams are per piece and in grams; leave them empty when unknown",
        ),
        (
            {"catalogue": ("piece,512,", "piece,512,300")},
            "catalogue.csv: oats: a spread of 300 g on a weight of 512 g says almost nothing -> "
            "grams_sd is one standard deviation between pieces; leave it empty when unknown",
        ),
        (
            {"catalogue": ("0.45,food", "0.45,")},
            "catalogue.csv: without a tax code: salt -> "
            "they are sold without tax; give them a tax_code (food) if that is not meant",
        ),
        (
            {"planogram": ("oats,lowp3 lowp4", "tea,lowp3 lowp4")},
            "planogram.csv: products that lie nowhere: oats -> add a row per shelf, or leave them out until they are sold",
        ),
        (
            {"planogram": ("oats,lowp3 lowp4", "oats,lowp3")},
            "planogram.csv: shelf low: no product is meant to lie on lowp4 -> "
            "add the facing; what is taken there is looked for among the products beside it",
        ),
        (
            {"planogram": ("oats,lowp3 lowp4", "oats,lowp3 lowp4\noats,lowp4")},
            "planogram.csv: oats is put on plate lowp4 by 2 rows -> name the plate once",
        ),
        (
            {"store": ('kind = "both"', 'kind = "in"')},
            'store.toml: no gate lets people leave -> add a [[gates]] table of kind "out" or "both"; '
            "without it a visit lasts from the first to the last sighting",
        ),
        (
            {"store": ("position_m = [1.0, 2.5]", "position_m = [3.75, 2.5]")},
            "store.toml: fixture rack reaches 0.15 m beyond the floor -> move or turn it, or correct the floor polygon",
        ),
        (
            {"store": ("position_m = [0, 0, 0.9]", "position_m = [0, 0, 2.1]")},
            "store.toml: shelf high: high-a, high-b up to 2.1 m high, above the 2 m that most people reach -> "
            "check position_m of the shelf and its fixture",
        ),
        (
            {"store": ("position_m = [0, 0, 0.9]", "position_m = [0, 0, -0.2]")},
            "store.toml: shelf high: high-a, high-b 0.2 m below the floor -> "
            "check position_m and rotation of the shelf and its fixture",
        ),
        (
            {"store": ("position_m = [0, 0, 0.9]", "position_m = [0, 0, 0.9]\nrotation = [0.7, 0, 0]")},
            "store.toml: shelf high: a plate is tilted by 40 degrees and weighs its load only in part -> "
            "check rotation of the shelf and its fixture: it is in radians",
        ),
        (
            {"store": ("position_m = [0.2, 0, 0]", "position_m = [0.19, 0, 0]")},
            "store.toml: plates on shelf high overlap: high-b and high-a -> "
            "two plates cannot be in one place: check position_m and size_m",
        ),
        (
            {"store": ("position_m = [0, 0, 0.9]", "position_m = [0, 0, 0.4]")},
            "store.toml: plates of the shelves low and high overlap: lowp1 and high-a, lowp2 and high-a, lowp3 and high-b, "
            "lowp4 and high-b -> two plates cannot be in one place: check position_m and size_m",
        ),
        (
            {"store": ("[[gates]]", CAMERA.format("0, 0, 2.5", "-5, -5, 2.5", 60))},
            "store.toml: camera eye sees 0% of the floor and 0 plates within 10 m -> check its position_m, target_m and fov_deg",
        ),
        (
            {"store": ("[[gates]]", CAMERA.format("0, 0, 2.5", "-5, -5, 2.5", 60))},
            "store.toml: no camera sees 100% of the floor -> add or turn a camera; each sees 10 m far",
        ),
    ],
)
def test_what_looks_doubtful_is_told(changes: dict[str, tuple[str, str]], told: str) -> None:
    assert told in doubts(**changes)


def test_a_shelf_without_plates_and_a_fixture_without_shelves_are_told() -> None:
    bare = kiosk(store=("plates = 4", "plates = 0"), planogram=("tea,lowp2 lowp1\noats,lowp3 lowp4\n", ""))
    told = [problem.what for problem in check_plan(parse_plan(bare))]
    assert told == ["shelf low has no plates: what is taken there is never noticed", "products that lie nowhere: tea, oats"]
    pillar = '[[fixtures]]\nid = "pillar"\nkind = "pillar"\nposition_m = [2, 1, -0.2]\nsize_m = [0.3, 0.3, 2]\n\n[[gates]]'
    assert [problem.what for problem in check_plan(parse_plan(kiosk(store=("[[gates]]", pillar))))] == [
        "fixture pillar reaches 0.2 m below the floor",
        "fixture pillar has no shelves",
    ]


@pytest.mark.parametrize(
    ("oats_g", "planogram", "told"),
    [
        (
            "130",
            ("", ""),
            "tea (120 g), oats (130 g) weigh nearly the same, 10 g apart -> the spread over the plates tells them apart, "
            "but a hand between tea and oats is doubtful: part them",
        ),
        (
            "115.5",
            ("", ""),
            "oats (115.5 g), tea (120 g) weigh nearly the same, 4.5 g apart -> the spread over the plates tells them "
            "apart, but a hand between oats and tea is doubtful: part them",
        ),
        (
            "120",
            ("lowp3 lowp4", "lowp2 lowp3 lowp4"),
            "oats (120 g), tea (120 g) weigh nearly the same, 0 g apart -> oats and tea share "
            "a plate, so only a camera, a tag or a person can tell: move one to another shelf",
        ),
        (
            "121",
            ("lowp3 lowp4", "lowp4"),
            "tea (120 g), oats (121 g) weigh nearly the same, 1 g apart -> the plate that moves tells them "
            "apart as long as they lie where they should",
        ),
    ],
)
def test_neighbours_of_nearly_equal_weight_are_told_with_what_tells_them_apart(
    oats_g: str, planogram: tuple[str, str], told: str
) -> None:
    found = doubts(catalogue=("512", oats_g), planogram=planogram)
    assert [line for line in found if "weigh nearly" in line] == [f"planogram.csv: shelf low: {told}"]


def test_more_than_ten_grams_apart_is_no_doubt() -> None:
    assert doubts(catalogue=("512", "130.1")) == []


def test_a_chain_of_close_weights_is_one_doubt() -> None:
    texts = kiosk(planogram=("salt,high-a high-b", "salt,lowp4"), catalogue=("512", "128"))
    texts["catalogue.csv"] = texts["catalogue.csv"].replace("1010", "137")
    found = [str(problem) for problem in check_plan(parse_plan(texts)) if "weigh nearly" in str(problem)]
    assert found == [
        "planogram.csv: shelf low: tea (120 g), oats (128 g), salt (137 g) weigh nearly the same, down to 8 g apart -> "
        "oats and salt share a plate, so only a camera, a tag or a person can tell: move one to another shelf"
    ]


def test_plates_may_touch_and_turned_neighbours_do_not_count_as_overlapping() -> None:
    assert doubts(store=("position_m = [1.0, 2.5]", "position_m = [2.0, 1.5]\nheading_deg = 33")) == []


@given(st.floats(-180, 180), st.floats(0.11, 1.0), st.floats(0, 2 * math.pi))
def test_plates_farther_apart_than_their_diagonal_never_overlap_and_the_same_place_always_does(
    heading_deg: float, apart: float, way: float
) -> None:
    plan = parse_plan(kiosk(store=("position_m = [1.0, 2.5]", f"position_m = [1.0, 2.5]\nheading_deg = {heading_deg!r}")))
    plate = plan.plates["lowp1"]
    diagonal_m = math.hypot(plate.width_m, plate.depth_m)
    step = (
        plate.frame.translation[0] + math.cos(way) * diagonal_m * (1 + apart),
        plate.frame.translation[1] + math.sin(way) * diagonal_m * (1 + apart),
    )
    for place, overlaps in (((*step, 0.4), False), (tuple(plate.frame.translation), True)):
        frame = dataclasses.replace(plate.frame, translation=plate.frame.translation * 0 + place)
        pair = {"lowp1": plate, "lowp2": dataclasses.replace(plan.plates["lowp2"], frame=frame)}
        told = [
            problem
            for problem in check_plan(dataclasses.replace(plan, plates=pair, shelves={}, facings=()))
            if "overlap" in problem.what
        ]
        assert bool(told) == overlaps


def test_a_camera_looking_straight_down_sees_the_rectangle_below_it() -> None:
    # 90 degrees from 1 m up: 2 m by 2 * 9 / 16 m of 4 m by 3 m, and nothing of the rack at (1.0-1.4, 2.5-2.8).
    plan = parse_plan(kiosk(store=("[[gates]]", CAMERA.format("2, 1.5, 1", "2, 1.5, 0", 90))))
    (view,) = camera_views(plan)
    assert view.floor_fraction == pytest.approx(2 * 2 * 9 / 16 / 12, rel=0.03)
    assert view.plates == 0
    above = parse_plan(kiosk(store=("[[gates]]", CAMERA.format("1.2, 2.65, 2.4", "1.2, 2.65, 0", 90))))
    assert camera_views(above)[0].plates == 6


def test_a_camera_does_not_see_beyond_its_range() -> None:
    far = parse_plan(kiosk(store=("[[gates]]", CAMERA.format("-20, 1.5, 2", "2, 1.5, 0", 90))))
    assert camera_views(far) == (CameraView("eye", 0.0, 0),)


def test_the_description_can_be_compared_with_the_shop() -> None:
    texts = kiosk(store=("[[gates]]", CAMERA.format("0, 0, 2.5", "2, 1.5", 100)))
    assert (
        describe_plan(parse_plan(texts))
        == """\
store      kiosk: Kiosk, EUR, en-IE, Europe/Dublin
floor      12.0 square metres, 4 m by 3 m
gates      door (both)
fixtures   1 (1 gondola) with 2 shelves
plates     6, 0.1 m to 0.2 m wide, 0.4 m to 0.9 m above the floor
products   3, 3 with a weight, 2 with a barcode
facings    3 of 3 products on 6 plates
taxes      food 10 %
camera     eye sees 98% of the floor and 6 plates
unseen     2% of the floor, counting 10 m from each camera and nothing in the way"""
    )


@given(shops())
def test_any_shop_can_be_checked_and_described(plan: Plan) -> None:
    assert all(problem.what and problem.remedy and problem.line == 0 for problem in check_plan(plan))
    assert describe_plan(plan).startswith(f"store      {plan.store}: ")


@pytest.mark.parametrize(("digits", "digit"), [("200000000001", 5), ("629104150021", 3), ("0000000", 0), ("9638507", 4)])
def test_check_digits_follow_the_gs1_rule(digits: str, digit: int) -> None:
    assert check_digit(digits) == digit


def test_an_empty_shop_is_told_what_it_lacks() -> None:
    empty = {
        "store.toml": KIOSK["store.toml"].split("[[taxes]]")[0],
        "catalogue.csv": "sku,name,price,grams\n",
        "planogram.csv": "sku,plates\n",
    }
    plan = parse_plan(empty)
    assert [problem.what for problem in check_plan(plan)] == ["no gate lets people enter", "no gate lets people leave"]
    assert "plates     none" in describe_plan(plan)
