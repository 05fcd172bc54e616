"""The catalogue and the planogram: unknown and impossible weights, names without barcodes, barcodes with two spellings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saunter.adapters.datasets.nanostore.barcodes import check_digit_fits, possible_numbers, stand_in_sku, upce_as_upca
from saunter.base.errors import InputProblems
from saunter.base.money import Money
from saunter.plan import Facing, Product, Tax, Weight


def exported(shop: Any, make: Any, products: list[Any], *places: Any) -> Any:
    shop.export([make.weights(1, make.start)], [])
    shop.documents("products.json", products)
    shop.documents("planogram.json", places or [make.facing("", (1, 1, 1))])
    return shop.load()


def test_a_product_keeps_its_digits_and_is_padded_to_fourteen(shop: Any, make: Any) -> None:
    plan = exported(shop, make, [make.product("036000291452", "Jam ", 300.5, 2.5)]).plan
    expected = Product("036000291452", "Jam", Money(250, "USD"), Weight(300.5), "00036000291452", "none")
    assert plan.products == {"036000291452": expected}
    assert plan.taxes == {"none": Tax("none", Decimal(0), included=True)}


@pytest.mark.parametrize("grams", [0, None, -5, "NaN", 1e9, 0.3, "heavy"])
def test_a_weight_that_is_zero_missing_or_impossible_is_unknown_and_said(shop: Any, make: Any, grams: Any) -> None:
    imported = exported(shop, make, [make.product("036000291452", "Jam", grams)])
    assert imported.plan.products["036000291452"].weight == Weight(None)
    said = make.said(imported)
    assert "products.json: 1 products have no usable weight (0 means unknown): 036000291452" in said
    assert any(line.startswith("products.json:1: product 036000291452: weight") for line in said) == (grams not in (0, None))


@pytest.mark.parametrize(("price", "minor"), [(None, 100), (0, 100), (1.995, 200), ("x", 100), (-1, 100), (3, 300)])
def test_a_price_that_is_missing_is_one_dollar(shop: Any, make: Any, price: Any, minor: int) -> None:
    imported = exported(shop, make, [make.product("036000291452", "Jam", 300, price)])
    assert imported.plan.products["036000291452"].price == Money(minor, "USD")


def test_repeated_rows_that_agree_are_silent_and_those_that_disagree_are_said(shop: Any, make: Any) -> None:
    rows = [
        make.product("036000291452", "Jam", 300),
        make.product("036000291452", "Jam", 300),
        make.product("012345678905", "Tea", 50),
    ]
    assert not any("disagree" in line for line in make.said(exported(shop, make, rows)))
    imported = exported(shop, make, [*rows, make.product("036000291452", "Marmalade", 310, 4)])
    assert imported.plan.products["036000291452"].weight == Weight(300.0)
    said = make.said(imported)
    assert any(
        line.startswith("products.json:4: product 036000291452 has rows that disagree on grams (300, 310): 300 was")
        for line in said
    )
    assert any("several names ('Jam', 'Marmalade'): the first was taken" in line for line in said)
    assert any("disagree on the price (1.00 USD, 4.00 USD): 1.00 USD was taken" in line for line in said)


def test_of_weights_that_disagree_the_one_most_rows_give_is_taken(shop: Any, make: Any) -> None:
    imported = exported(shop, make, [make.product("036000291452", "Jam", grams) for grams in (310, 300, 300)])
    assert imported.plan.products["036000291452"].weight == Weight(300.0)


def test_a_known_weight_beats_a_row_that_says_zero(shop: Any, make: Any) -> None:
    imported = exported(shop, make, [make.product("036000291452", "Jam", 0), make.product("036000291452", "Jam", 300)])
    assert imported.plan.products["036000291452"].weight == Weight(300.0)
    assert any("disagree on grams (0, 300): 300 was taken" in line for line in make.said(imported))


def test_barcodes_that_differ_in_leading_zeros_only_are_one_product_when_that_is_proven(shop: Any, make: Any) -> None:
    rows = [make.product("036000291452", "Jam", 300), make.product("36000291452", "Strawberry jam", 300)]
    imported = exported(shop, make, rows, make.facing("36000291452", (1, 1, 1)))
    assert list(imported.plan.products) == ["036000291452"]
    assert imported.plan.facings == (Facing("036000291452", ("g1s1p1",)),)
    assert any("are the same number up to leading zeros: one product" in line for line in make.said(imported))


def test_the_shops_own_short_numbers_stay_apart_when_their_names_differ(shop: Any, make: Any) -> None:
    imported = exported(shop, make, [make.product("17", "Soup", 300), make.product("017", "Salad", 200)])
    assert {sku: product.name for sku, product in imported.plan.products.items()} == {"17": "Soup", "017": "Salad"}
    said = make.said(imported)
    assert any("differ in leading zeros only, kept apart" in line for line in said)
    assert "products.json: 2 barcodes of at most 5 digits are the shop's own numbers: 017, 17" in said


def test_two_spellings_of_one_upce_symbol_are_reported_and_never_expanded(shop: Any, make: Any) -> None:
    imported = exported(shop, make, [make.product("120130", "Soda", 370), make.product("01201303", "Soda", 370)])
    assert {product.sku: product.gtin for product in imported.plan.products.values()} == {
        "120130": "00000000120130",
        "01201303": "00000001201303",
    }
    assert any("barcodes 120130 and 01201303 are one UPC-E symbol" in line for line in make.said(imported))


def test_two_barcodes_in_one_field_make_one_product_with_a_safe_key(shop: Any, make: Any) -> None:
    imported = exported(shop, make, [make.product("036000291452 012345678905", "Jam", 300)])
    (found,) = imported.plan.products.values()
    assert (found.sku[:26], found.gtin) == ("036000291452-012345678905-", "00036000291452")
    assert any("012345678905 is a second barcode of the same" in line for line in make.said(imported))


def test_wrong_check_digits_are_counted_and_kept(shop: Any, make: Any) -> None:
    imported = exported(shop, make, [make.product("036000291453", "Jam", 300)])
    assert imported.plan.products["036000291453"].gtin == "00036000291453"
    assert "products.json: 1 barcodes fail their check digit, digits kept as written: 036000291453" in make.said(imported)


def test_a_product_only_the_planogram_knows_is_added_with_unknown_weight(shop: Any, make: Any) -> None:
    imported = exported(shop, make, [make.product("012345678905", "Tea", 50)], make.facing("036000291452", (2, 1, 1), (2, 1, 2)))
    assert imported.plan.products["036000291452"].weight == Weight(None)
    assert imported.plan.facings == (Facing("036000291452", ("g2s1p1", "g2s1p2")),)
    expected = "planogram.json:1: product 036000291452 is in the planogram but not in the catalogue: added with unknown weight"
    assert expected in make.said(imported)


def test_several_planogram_rows_shelves_and_gaps_become_facings_of_neighbours(shop: Any, make: Any) -> None:
    rows = [
        make.facing("012345678905", (1, 1, 3), (1, 1, 1)),
        make.facing("012345678905", (2, 1, 2), (2, 2, 1), (2, 1, 1), (9, 9, 9)),
    ]
    imported = exported(shop, make, [make.product("012345678905", "Tea", 50)], *rows)
    assert imported.plan.facings == tuple(
        Facing("012345678905", plates) for plates in (("g1s1p1",), ("g1s1p3",), ("g2s1p1", "g2s1p2"), ("g2s2p1",))
    )
    said = make.said(imported)
    assert "planogram.json:2: product 012345678905 lies on several shelves in one row, split" in said
    assert "products.json: 1 places of products are no plate of the geometry, left out: g9s9p9" in said


def test_a_planogram_row_without_a_product_means_nothing_lies_there(shop: Any, make: Any) -> None:
    imported = exported(shop, make, [make.product("012345678905", "Tea", 50)], make.facing("", (1, 1, 1)), 7)
    assert imported.plan.facings == ()
    said = make.said(imported)
    assert "planogram.json: 1 planogram rows name no product: nothing is meant to lie there" in said
    assert "planogram.json:2: a int where a document should be, lost" in said


def test_a_plate_given_to_two_products_keeps_both_and_says_so(shop: Any, make: Any) -> None:
    rows = [make.facing("012345678905", (1, 1, 1)), make.facing("036000291452", (1, 1, 1))]
    imported = exported(shop, make, [make.product("012345678905", "Tea", 50), make.product("036000291452", "Jam", 300)], *rows)
    assert len(imported.plan.facings) == 2
    assert any(
        "1 plates hold several products, all kept: g1s1p1 (012345678905, 036000291452)" in line for line in make.said(imported)
    )


def test_the_csv_catalogue_takes_barcodes_from_the_same_name_in_any_spelling(shop: Any, make: Any) -> None:
    listed = [make.product("012345678905", "GREEN Tea", 50), make.product("036000291452", "Jam", 300)]
    shop.documents("products.jsonl", listed, shop.store)
    shop.csv("Green  tea ,1,1,1,51,1,x", "greentea,1,1,2,51,1,x", "Rye bread,-1,-1,-1,500,2,x")
    imported = shop.load()
    assert imported.plan.products["012345678905"].gtin == "00012345678905"
    assert imported.plan.facings == (Facing("012345678905", ("g1s1p1", "g1s1p2")),)
    stand_in = stand_in_sku("Rye bread")
    assert imported.plan.products[stand_in] == Product(stand_in, "Rye bread", Money(200, "USD"), Weight(500.0), "", "none")
    assert (
        "products.csv: 1 of 3 names have no barcode in products.jsonl; a stable sku was made from the name: Rye bread"
        in make.said(imported)
    )


def test_an_exact_name_is_preferred_to_one_that_only_sounds_alike(shop: Any, make: Any) -> None:
    listed = [make.product("012345678905", "Redcap", 250), make.product("036000291452", "Red Cap", 380)]
    shop.documents("products.jsonl", listed, shop.store)
    shop.csv("Red Cap,1,1,1,380,1,x", "Redcap,1,1,2,250,1,x")
    imported = shop.load()
    assert {sku: product.weight.mean_g for sku, product in imported.plan.products.items()} == {
        "036000291452": 380.0,
        "012345678905": 250.0,
    }


def test_a_name_with_two_barcodes_is_said(shop: Any, make: Any) -> None:
    shop.documents(
        "products.jsonl", [make.product("012345678905", "Tea", 50), make.product("036000291452", "Tea", 50)], shop.store
    )
    shop.csv("Tea,1,1,1,50,1,x")
    imported = shop.load()
    assert list(imported.plan.products) == ["012345678905"]
    assert any(
        "'Tea' has 2 barcodes (012345678905, 036000291452): 012345678905 was taken" in line for line in make.said(imported)
    )


def test_names_with_line_breaks_and_quotes_read_whole(shop: Any) -> None:
    shop.csv('"Juice, 10 ct\n\n",1,1,1,50,1,x', '"The ""best"" tea",1,1,2,50,1,x')
    assert [product.name for product in shop.load().plan.products.values()] == ["Juice, 10 ct", 'The "best" tea']


def test_a_quote_that_never_closes_costs_its_own_line_only(shop: Any, make: Any) -> None:
    rows = [f"Tea {number},1,1,1,50,1,x" for number in range(10)]
    rows[4] = 'Tea 4,1,1,1,50,1,"x'
    shop.csv(*rows)
    imported = shop.load()
    assert len(imported.plan.products) == 9
    assert any(line.startswith("products.csv:6: a quote never closes, line lost") for line in make.said(imported))


def test_damaged_rows_and_places_are_named_by_line(shop: Any, make: Any) -> None:
    shop.csv("Tea,1,1,1,50,1,x", "Jam,1,1", ",1,1,1,5,1,x", "Soup,a,1,1,50,1,x", "Rice,1,1,-1,50,1,x", "Corn,1,1,9,heavy,1,x")
    imported = shop.load()
    said = make.said(imported)
    assert "products.csv:3: row lost: it has another number of columns than the first line" in said
    assert "products.csv:4: row lost: it has no name" in said
    assert "products.csv:5: the place of 'Soup' is no three whole numbers: taken as on no shelf" in said
    assert "products.csv:6: the place of 'Rice' is half given (1, 1, -1): taken as on no shelf" in said
    assert "products.csv: 1 places of products are no plate of the geometry, left out: g1s1p9" in said
    assert [product.name for product in imported.plan.products.values()] == ["Tea", "Soup", "Rice", "Corn"]


def test_a_catalogue_without_its_columns_is_an_error(shop: Any) -> None:
    shop.csv()
    (shop.folder / "products.csv").write_text("Name;Weight\nTea;5\n")
    with pytest.raises(InputProblems, match="columns missing: name, gondola, shelf, plate, weight"):
        shop.load()


def test_stand_in_keys_are_stable_and_do_not_depend_on_case_or_spaces() -> None:
    assert stand_in_sku("Rye  Bread") == stand_in_sku(" rye bread") == "name-rye-bread-480f25"
    assert stand_in_sku("Rye Bread") != stand_in_sku("Rye-Bread")
    assert stand_in_sku("茶").startswith("name-")


def test_the_arithmetic_of_barcodes_follows_gs1() -> None:
    assert check_digit_fits("036000291452")
    assert not check_digit_fits("036000291453")
    assert [upce_as_upca(six, "0") for six in ("654321", "123453", "123444", "425261")] == [
        "065100004327",
        "012300000451",
        "012340000046",
        "042100005264",
    ]
    assert possible_numbers("120130") & possible_numbers("01201303")
    assert not possible_numbers("120130") & possible_numbers("01201304")
