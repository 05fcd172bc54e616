"""A plan's three files become one frozen shop."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal

import numpy as np
import pytest
from small_shops import KIOSK, complaints, kiosk

from saunter.base.money import Money
from saunter.plan import Facing, Gate, Plan, Policies, Product, Shelf, Tax, Weight, parse_plan


def test_the_kiosk_loads_as_it_is_written() -> None:
    plan = parse_plan(KIOSK)
    assert (plan.store, plan.name, plan.currency, plan.locale, plan.timezone) == (
        "kiosk",
        "Kiosk",
        "EUR",
        "en-IE",
        "Europe/Dublin",
    )
    assert plan.floor_m == ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))
    assert plan.gates == {"door": Gate("door", "both", 2.0, 0.0)}
    assert plan.taxes == {"food": Tax("food", Decimal("0.10"), True)}
    assert plan.shelves == {
        "low": Shelf("low", "rack", ("lowp1", "lowp2", "lowp3", "lowp4")),
        "high": Shelf("high", "rack", ("high-a", "high-b")),
    }
    assert plan.products == {
        "tea": Product("tea", "Tea, black", Money(250, "EUR"), Weight(120.0, 2.0), "02000000000015", "food"),
        "oats": Product("oats", "Oats", Money(129, "EUR"), Weight(512.0), "02000000000022", "food"),
        "salt": Product("salt", "Salt", Money(45, "EUR"), Weight(1010.0), "", "food"),
    }
    assert plan.facings == (
        Facing("tea", ("lowp1", "lowp2")),
        Facing("oats", ("lowp3", "lowp4")),
        Facing("salt", ("high-a", "high-b")),
    )
    assert (plan.policies, plan.price_rounding, plan.cameras) == (Policies(), "half_up", {})


def test_equal_plates_stand_side_by_side_and_plates_are_listed_from_left_to_right() -> None:
    plan = parse_plan(KIOSK)
    lefts = [plan.plates[plate].frame.translation.tolist() for plate in ("lowp1", "lowp2", "lowp3", "lowp4")]
    assert lefts == [pytest.approx([1.0 + step, 2.5, 0.4]) for step in (0.0, 0.1, 0.2, 0.3)]
    assert [
        (plate.along_m, plate.width_m, plate.depth_m, plate.clearance_m)
        for plate in plan.plates.values()
        if plate.shelf == "high"
    ] == [
        (0.2, 0.2, 0.3, 0.3),
        (0.0, 0.2, 0.3, 0.3),
    ]
    assert list(plan.plates)[-2:] == ["high-b", "high-a"], "the mapping keeps the order of the file"


def test_a_plate_stands_where_its_turned_fixture_puts_it() -> None:
    plan = parse_plan(kiosk(store=("position_m = [1.0, 2.5]\n", "position_m = [1.0, 2.5, 0.1]\nheading_deg = 90\n")))
    assert plan.plates["lowp4"].frame.translation == pytest.approx([1.0, 2.8, 0.5])
    assert plan.plates["lowp4"].frame.apply(np.array([0.0, 1.0, 0.0])) == pytest.approx([0.0, 2.8, 0.5]), "its depth points to -x"
    tipped = parse_plan(
        kiosk(store=("position_m = [1.0, 2.5]\n", "position_m = [1.0, 2.5]\nrotation = [1.5707963267948966, 0, 0]\n"))
    )
    assert tipped.plates["lowp1"].frame.translation == pytest.approx([1.0, 2.1, 0.0]), "up in the fixture is -y in the shop"


def test_a_plate_may_be_turned_on_its_shelf_and_then_says_where_it_lies_along_it() -> None:
    turned = "position_m = [0.2, 0, 0]\nheading_deg = 180\nalong_m = 0.05\nclearance_m = 0.7\n"
    plan = parse_plan(kiosk(store=("position_m = [0.2, 0, 0]\n", turned)))
    plate = plan.plates["high-b"]
    assert plate.frame.apply(np.array([0.2, 0.0, 0.0])) == pytest.approx([1.0, 2.5, 0.9])
    assert (plate.along_m, plate.clearance_m, plan.plates["high-a"].clearance_m) == (0.05, 0.7, 0.3)


def test_a_shelf_may_be_smaller_than_its_fixture_or_have_no_plates_yet() -> None:
    smaller = parse_plan(kiosk(store=("plates = 4", "plates = 4\nsize_m = [0.2, 0.1]")))
    assert [(plate.width_m, plate.depth_m) for plate in smaller.plates.values()][:1] == [(0.05, 0.1)]
    none = parse_plan(kiosk(store=("plates = 4", "plates = 0"), planogram=("tea,lowp2 lowp1\noats,lowp3 lowp4\n", "")))
    assert none.shelves["low"] == Shelf("low", "rack", ())


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text + "\n \n",
        lambda text: text.replace("\n", ",,\n") if text.startswith("sku") else text,
        lambda text: re.sub(r"(?<!\"),(?! black)", "  ,  ", text).replace(" = ", "   =  "),
    ],
    ids=["byte order mark", "Windows line ends", "blank lines", "blank end", "empty columns", "spaces"],
)
def test_what_editors_and_spreadsheets_add_does_not_matter(change: object) -> None:
    assert callable(change)
    changed = parse_plan({name: change(text) for name, text in KIOSK.items()})
    plain = parse_plan(KIOSK)
    assert (changed.products, changed.facings, list(changed.plates)) == (plain.products, plain.facings, list(plain.plates))


def test_columns_may_come_in_any_order_and_most_may_be_missing() -> None:
    texts = dict(
        KIOSK,
        **{"catalogue.csv": "Grams,PRICE,name,sku\n0,1,Tea,tea\n,2.5,Oats,oats\n1.5e1,.45,Salt,salt\n".replace(".45", "0.45")},
    )
    assert parse_plan(texts).products == {
        "tea": Product("tea", "Tea", Money(100, "EUR"), Weight()),
        "oats": Product("oats", "Oats", Money(250, "EUR"), Weight()),
        "salt": Product("salt", "Salt", Money(45, "EUR"), Weight(15.0)),
    }


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("120130", "00000000120130"),
        ("01201303", "00000001201303"),
        ("12", "00000000000012"),
        ("4 012345 678900", "04012345678900"),
        ("4-012345-678909", "04012345678909"),
        ("12345678901234", "12345678901234"),
        ("", ""),
    ],
)
def test_a_barcode_keeps_its_digits_whatever_they_are(written: str, kept: str) -> None:
    assert parse_plan(kiosk(catalogue=("2000000000015", written))).products["tea"].gtin == kept


def test_loose_goods_and_flags_are_read() -> None:
    loose = parse_plan(kiosk(catalogue=("salt,,Salt,0.45,food,piece,1010,,", "salt,,Salt,0.45,,Grams,,,age-18  bulky"))).products[
        "salt"
    ]
    assert (loose.sold_by, loose.tax_code, loose.weight, loose.flags) == ("grams", "", Weight(), ("age-18", "bulky"))


def test_a_yen_has_no_decimals_and_a_dinar_three() -> None:
    prices = ("2.50", "2.500")
    dinars = parse_plan(kiosk(store=('"EUR"', '"KWD"'), catalogue=prices))
    assert dinars.products["tea"].price == Money(2500, "KWD")
    assert complaints(kiosk(store=('"EUR"', '"JPY"'))) == [
        "catalogue.csv:2: the price '2.50' has more decimals than JPY has -> write it like 1",
        "catalogue.csv:3: the price '1.29' has more decimals than JPY has -> write it like 1",
        "catalogue.csv:4: the price '0.45' has more decimals than JPY has -> write it like 1",
    ]


def test_the_first_corner_of_the_floor_may_be_repeated_and_a_name_may_be_left_out() -> None:
    plan = parse_plan(kiosk(store=("[0, 3]]", "[0, 3], [0, 0]]")))
    assert len(plan.floor_m) == 4
    assert parse_plan(kiosk(store=('name = "Kiosk"\n', ""))).name == "kiosk"
    assert parse_plan(kiosk(store=('name = "Kiosk"\n', 'name = ""\n'))).name == ""


def test_every_policy_can_be_written_in_the_file() -> None:
    wanted = Policies(0.9, 500, 100, 60000, "holder", "questions", 2.5, "18.50", "0.75", 8.0, 30000, 3, 0.01, "pepper")
    lines = "".join(
        f"{entry.name} = {value!r}\n".replace("'", '"')
        for entry in dataclasses.fields(Policies)
        if (value := getattr(wanted, entry.name)) is not None
    )
    assert parse_plan(kiosk(store=("[[taxes]]", f"[policies]\n{lines}\n[[taxes]]"))).policies == wanted


def test_a_loaded_plan_cannot_be_changed_by_accident() -> None:
    plan: Plan = parse_plan(KIOSK)
    for frame in (plan.plates["lowp1"].frame, plan.fixtures["rack"].frame):
        with pytest.raises(ValueError, match="read-only"):
            frame.translation[0] = 5.0
        with pytest.raises(ValueError, match="read-only"):
            frame.rotation[0, 0] = 5.0


def test_goods_for_adults_know_from_which_age() -> None:
    plan = parse_plan(kiosk(catalogue=("512,,", "512,,age-16 cold age-18")))
    assert {sku: product.minimum_age for sku, product in plan.products.items()} == {"tea": 0, "oats": 18, "salt": 0}
