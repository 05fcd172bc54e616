"""Every mistake in a plan is told at once, with its file, its line and what to do."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_shops import KIOSK, complaints, kiosk, problems_of

from saunter.base.limits import PLAN_FILE_BYTES_MAX
from saunter.plan import PLAN_FILES
from saunter.plan.store import WALL_M
from saunter.plan.toml_lines import TomlLines


def test_mistakes_in_all_three_files_are_told_together_in_order() -> None:
    texts = kiosk(
        store=('kind = "both"', 'kind = "back"'),
        catalogue=("1.29,food", "1.299,drink"),
        planogram=("lowp3", "lowp9"),
    )
    assert complaints(texts) == [
        "store.toml:18: gate door: `kind`: input should be 'in', 'out' or 'both', but it is 'back' -> write it like "
        'kind = "both" for a gate (in, out or both); kind = "gondola" for a fixture',
        "catalogue.csv:3: the tax code 'drink' is unknown -> add a [[taxes]] table to store.toml; it knows: food",
        "catalogue.csv:3: the price '1.299' has more decimals than EUR has -> write it like 1.99",
        "planogram.csv:3: the plate 'lowp9' is unknown -> add it to store.toml or correct the name; "
        "plates = 12 on shelf s1 gives s1p1 to s1p12",
    ]


def test_missing_files_are_named_and_the_others_still_judged() -> None:
    texts = {"store.toml": kiosk(store=('"EUR"', '"Euro"'))["store.toml"], "planogramm.csv": ""}
    assert complaints(texts) == [
        "store.toml:4: 'Euro' is not an ISO 4217 currency code of three capital letters -> write it like currency = \"EUR\"",
        "catalogue.csv: the file is missing -> "
        "add it to the plan's folder: it lists the products; the header alone is enough to begin with",
        "planogram.csv: the file is missing -> add it to the plan's folder: it says which product lies where; "
        "the header alone is enough to begin with",
        "planogramm.csv: no plan has a file of this name -> a plan is store.toml, catalogue.csv, planogram.csv",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ('id = "kiosk"', 'id = "my kiosk"', 2, "'my kiosk' cannot be an id"),
        ('id = "kiosk"\n', "", 1, "`id` is missing"),
        ('locale = "en-IE"', 'lokale = "en-IE"', 5, "unknown key `lokale`"),
        ('timezone = "Europe/Dublin"', "timezone = 1", 6, "`timezone`: input should be a valid string, but it is 1"),
        ("[[0, 0], [4, 0], [4, 3], [0, 3]]", "[[0, 0], [4, 0]]", 9, "`polygon_m`: tuple should have at least 3 items"),
        ("[[0, 0], [4, 0], [4, 3], [0, 3]]", "[[0, 0], [4, 0], [0, 0]]", 9, "the floor has fewer than three different corners"),
        (
            "[[0, 0], [4, 0], [4, 3], [0, 3]]",
            "[[0, 0], [4, 3], [4, 0], [0, 3]]",
            9,
            "the wall after corner 1 meets the wall after corner 3",
        ),
        ("[[0, 0], [4, 0], [4, 3], [0, 3]]", "[[0, 0], [4, 0], [5, 0]]", 9, "the floor covers 0 square metres"),
        ("[4, 3]", "[4, 3, 0]", 9, "`polygon_m` has too many values"),
        ("[4, 3]", "[4]", 9, "`polygon_m` has too few values"),
        ("[4, 3]", "[4, 30000]", 9, "`polygon_m`: input should be less than or equal to 10000, but it is 30000"),
        ("[4, 3]", "[4, nan]", 9, "`polygon_m`: input should be a finite number, but it is nan"),
        ('rate = "0.10"', "rate = 0.10", 13, "tax food: `rate`: input should be a valid string, but it is 0.1"),
        ('rate = "0.10"', 'rate = "10"', 13, "tax food: a tax of 1000 % cannot be meant"),
        ('rate = "0.10"', 'rate = "ten"', 13, "tax food: 'ten' is not a decimal number such as 0.135"),
        ("included = true", 'included = "yes"', 14, "tax food: `included`: input should be a valid boolean, but it is 'yes'"),
        ("position_m = [2.0, 0.0]", "position_m = [2.0, -0.6]", 19, "gate door: the gate lies 0.60 m outside the floor"),
        (
            "position_m = [2.0, 0.0]",
            "position_m = [2.0, true]",
            19,
            "gate door: `position_m`: input should be a valid number, but it is True",
        ),
        (
            "size_m = [0.4, 0.3, 1.5]",
            "size_m = [0.4, -0.3, 1.5]",
            25,
            "fixture rack: `size_m`: input should be greater than 0, but it is -0.3",
        ),
        (
            "size_m = [0.4, 0.3, 1.5]",
            "size_m = [0.4, 0.3, 0]",
            25,
            "fixture rack: `size_m`: input should be greater than 0, but it is 0",
        ),
        ("size_m = [0.4, 0.3, 1.5]", "size_m = [0.4]", 25, "fixture rack: `size_m` has too few values"),
        (
            "position_m = [1.0, 2.5]",
            "position_m = [1.0, 2.5]\nheading_deg = 1\nrotation = [0, 0, 1]",
            21,
            "fixture rack: both `heading_deg` and",
        ),
        (
            "position_m = [1.0, 2.5]",
            "position_m = [1.0, 2.5]\nrotation = [0, 0, 90]",
            25,
            "fixture rack: a turn by 90 rad is more than a whole",
        ),
        (
            "plates = 4",
            "plates = -1",
            31,
            "fixture rack, shelf low: `plates`: input should be greater than or equal to 0, but it is -1",
        ),
        ("plates = 4", 'plates = "4"', 31, "fixture rack, shelf low: `plates`: input should be a valid integer, but it is '4'"),
        ("plates = 4", "plates = 30000", 21, "the plan has more than 20,000 plates"),
        ("clearance_m = 0.3\nplates = 4", "plates = 4", 27, "fixture rack, shelf low: `clearance_m` is missing"),
        ('id = "high"\n', 'id = "low"\n', 34, "fixture rack, shelf low: the id 'low' is already used by the shelf in line 27"),
        (
            'id = "high-a"',
            'id = "high-b"',
            44,
            "fixture rack, shelf high, plate high-b: the id 'high-b' is already used by the plate in line 38",
        ),
        (
            'id = "high-a"',
            'id = "lowp2"',
            44,
            "fixture rack, shelf high, plate lowp2: the id 'lowp2' is already used by the plate in line 31",
        ),
        ("[floor]", "[flor]", 8, "unknown key `flor`"),
        ("[floor]", "[[floor]]", 8, "`floor`: input should be a valid dictionary"),
        ("[[gates]]", "[gates]", 16, "`gates`: input should be a valid list"),
        ("[[taxes]]", "[[cameras]]", 11, "camera number 1: `id` is missing"),
        (
            "[[taxes]]",
            "[policies]\ncharge_threshold = 1.5\n[[taxes]]",
            12,
            "`charge_threshold`: input should be less than or equal to 1",
        ),
        (
            "[[taxes]]",
            "[policies]\nexit_grace_ms = 0.5\n[[taxes]]",
            12,
            "`exit_grace_ms`: input should be a valid integer, but it is 0.5",
        ),
        ("[[taxes]]", "[policies]\nexit_grace = 5\n[[taxes]]", 12, "unknown key `exit_grace`"),
        ("[[taxes]]", "[policies]\novercharge_cost = 0.5\n[[taxes]]", 12, "`overcharge_cost`: input should be greater than or"),
        (
            "[[taxes]]",
            "[policies]\nquestions_max = 10\n[[taxes]]",
            12,
            "`questions_max`: input should be less than or equal to 9",
        ),
        ("[[taxes]]", "[policies]\nreview = 'all'\n[[taxes]]", 12, "`review`: input should be 'none' or 'questions'"),
        (
            "[[taxes]]",
            "[policies]\nreviewer_cost_per_hour = '25 EUR'\n[[taxes]]",
            12,
            "'25 EUR' is not a decimal number such as 25.00",
        ),
        (
            "[[taxes]]",
            "[policies]\nquestion_cost = '-1.00'\n[[taxes]]",
            12,
            "'-1.00' is not a decimal number such as 25.00",
        ),
        ("[floor]", "[floor", 8, "this is not TOML: Expected ']' at the end of a table declaration"),
        ('id = "kiosk"', 'id = "kiosk', 2, "this is not TOML: Illegal character"),
    ],
)
def test_a_mistake_in_the_store_is_told_at_its_line(old: str, new: str, line: int, told: str) -> None:
    found = problems_of(kiosk(store=(old, new)))
    assert any(problem.where == "store.toml" and problem.line == line and problem.what.startswith(told) for problem in found), (
        found
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("oats,", "tea,", 3, "the sku 'tea' is already used in line 2"),
        ("oats,", ",", 3, "the sku is empty"),
        ("oats,", "o" * 129 + ",", 3, "the sku 'oooooooooooooooooooo' is too long or"),
        ("2000000000022", "20000000000220000", 3, "the gtin '20000000000220000' has 17 digits"),
        ("2000000000022", "X000", 3, "the gtin 'X000' is not made of digits"),
        ("2000000000022", "\u0661\u0662", 3, "the gtin '\u0661\u0662' is not made of digits"),
        ("1.29", "", 3, "the price is empty"),
        ("1.29", "-1.29", 3, "the price '-1.29' is not an amount"),
        ("1.29", '"1,29"', 3, "the price '1,29' is not an amount"),
        ("1.29", "1e9999999", 3, "the price '1e9999999' is not an amount"),
        ("1.29", "1,29", 3, "10 values where the header names 9 columns"),
        ("512,,", "512,,age18", 3, "the flag 'age18' names no age"),
        ("512,,", "512,,cold Age-18", 3, "the flag 'Age-18' names no age"),
        ("512,,", "512,,age-0", 3, "the flag 'age-0' names no age"),
        ("512,,", "512", 3, "7 values where the header names 9 columns"),
        ("512", "-512", 3, "grams '-512' is not a number of grams"),
        ("512", "1_000", 3, "grams '1_000' is not a number of grams"),
        ("512", "nan", 3, "grams 'nan' is not a number of grams"),
        ("512,,", "512,inf,", 3, "grams_sd 'inf' is not a number of grams"),
        ("Oats,1.29,food,piece", "Oats,1.29,food,kilo", 3, "the unit 'kilo' is unknown"),
        ("price", "prize", 1, "the column 'price' is missing"),
        ("price", "prize", 1, "column 4 has the unknown name 'prize'"),
        ("flags", "sku", 1, "the column 'sku' appears twice"),
        ('"Tea, black"', '"Tea, black', 2, "this row and what follows cannot be read as CSV"),
        ('"Tea, black"', '"Tea,\n\nblack",1', 2, "10 values where the header names 9 columns"),
        (KIOSK["catalogue.csv"], "", 1, "the file is empty"),
        (
            KIOSK["catalogue.csv"],
            "sku;name;price;grams\ntea;Tea;1;1\n",
            1,
            "the first line is not a header with commas between the columns",
        ),
    ],
)
def test_a_mistake_in_the_catalogue_is_told_at_its_line(old: str, new: str, line: int, told: str) -> None:
    found = problems_of(kiosk(catalogue=(old, new)))
    assert any(
        problem.where == "catalogue.csv" and problem.line == line and problem.what.startswith(told) for problem in found
    ), found


def test_a_value_beyond_the_last_named_column_is_told_and_not_dropped() -> None:
    texts = kiosk(catalogue=("flags\n", "flags,,\n"))
    texts["catalogue.csv"] = (
        texts["catalogue.csv"].replace(",2,\n", ",2,,,\n").replace("512,,\n", "512,,,age-18,\n").replace("1010,,\n", "1010,,,,\n")
    )
    assert complaints(texts) == [
        "catalogue.csv:3: 11 values where the header names 9 columns -> "
        'put a value that contains a comma in double quotes, such as "Salt, fine"'
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_lines_are_counted_alike_on_every_system(line_end: str) -> None:
    texts = kiosk(store=("included = true", "included = 1"), catalogue=("1010", "heavy"))
    found = problems_of({name: text.replace("\n", line_end) for name, text in texts.items()})
    assert [(problem.where, problem.line) for problem in found] == [("store.toml", 14), ("catalogue.csv", 4)]


def test_rows_after_a_name_over_two_lines_still_have_their_own_line() -> None:
    texts = kiosk(catalogue=('"Tea, black"', '"Tea,\nblack"'))
    assert complaints(texts) == []
    texts["catalogue.csv"] = texts["catalogue.csv"].replace("0.45", "cheap")
    assert [problem.line for problem in problems_of(texts)] == [5]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("tea,", "coffee,", ["planogram.csv:2: the product 'coffee' is unknown -> add it to catalogue.csv or correct the sku"]),
        ("tea,", ",", ["planogram.csv:2: the sku is empty -> name the product that lies on these plates"]),
        ("tea,lowp2 lowp1", "tea,", ["planogram.csv:2: no plates are named for 'tea' -> name them, or delete the row"]),
        ("tea,lowp2 lowp1", "tea,lowp1 lowp1", ["planogram.csv:2: the plate 'lowp1' is named 2 times -> name it once"]),
        (
            "tea,lowp2 lowp1",
            "tea,lowp2 high-a lowp1",
            ["planogram.csv:2: the plates lie on several shelves: lowp2 on low, high-a on high -> write one row per shelf"],
        ),
    ],
)
def test_a_mistake_in_the_planogram_is_told_at_its_line(old: str, new: str, told: list[str]) -> None:
    assert complaints(kiosk(planogram=(old, new))) == told


def test_one_broken_table_does_not_make_the_planogram_look_wrong() -> None:
    assert [problem.where for problem in problems_of(kiosk(store=("size_m = [0.4, 0.3, 1.5]", "size_m = 3")))] == ["store.toml"]
    assert [problem.where for problem in problems_of(kiosk(store=("plates = 4", 'plates = "four"')))] == ["store.toml"]
    assert [problem.where for problem in problems_of(kiosk(store=("[store]", "[store")))] == ["store.toml"]
    assert [problem.where for problem in problems_of(kiosk(catalogue=("1010", "heavy")))] == ["catalogue.csv"]
    assert [problem.where for problem in problems_of(kiosk(catalogue=("sku", "number")))] == ["catalogue.csv"] * 2
    assert [problem.where for problem in problems_of(kiosk(catalogue=('"Tea, black"', '"Tea, black')))] == ["catalogue.csv"]


def test_a_gate_may_sit_in_the_wall_but_not_beyond_it() -> None:
    assert complaints(kiosk(store=("position_m = [2.0, 0.0]", f"position_m = [2.0, -{WALL_M}]"))) == []
    assert len(complaints(kiosk(store=("position_m = [2.0, 0.0]", f"position_m = [2.0, -{WALL_M + 0.01}]")))) == 1


def test_a_file_beyond_the_limit_is_refused_before_it_is_read() -> None:
    texts = dict(KIOSK, **{"planogram.csv": " " * (PLAN_FILE_BYTES_MAX + 1)})
    assert complaints(texts) == [
        "planogram.csv: the file has 33,554,433 characters -> a plan file may have at most 33,554,432 bytes",
    ]


def test_too_many_plates_are_refused_before_they_are_made() -> None:
    shelf = '[[fixtures.shelves]]\nid = "{}"\nposition_m = [0, 0, 0]\nclearance_m = 1\nplates = 20000\n'
    many = KIOSK["store.toml"] + "".join(shelf.format(f"s{number}") for number in range(300))
    assert complaints(dict(KIOSK, **{"store.toml": many}))[0] == (
        "store.toml:21: the plan has more than 20,000 plates -> split the shop into several stores"
    )


def test_brackets_nested_without_end_are_a_mistake_and_no_crash() -> None:
    texts = dict(KIOSK, **{"store.toml": "floor = " + "[" * 100_000})
    assert complaints(texts)[0].startswith("store.toml: brackets are nested too deeply")


@given(st.dictionaries(st.sampled_from(PLAN_FILES), st.text(max_size=200)))
def test_no_text_whatever_makes_loading_crash(texts: dict[str, str]) -> None:
    assert problems_of(texts)


@given(st.sampled_from(PLAN_FILES), st.data())
def test_a_kiosk_with_a_piece_cut_out_or_put_in_loads_or_is_explained(name: str, data: st.DataObject) -> None:
    text = KIOSK[name]
    start = data.draw(st.integers(0, len(text)), "start")
    end = data.draw(st.integers(start, min(len(text), start + 30)), "end")
    put = data.draw(st.text(string.printable + "é\x00\ufeff", max_size=6), "put")
    for problem in problems_of(dict(KIOSK, **{name: text[:start] + put + text[end:]})):
        assert problem.what and problem.where in PLAN_FILES
        assert 0 <= problem.line <= (text + put).count("\n") + (text + put).count("\r") + 1


def test_lines_are_found_in_any_way_of_writing_toml() -> None:
    lines = TomlLines(
        'a = 1 # [not a table]\n"b c".d = """\n[neither]\n"""\n[[x]]\ny = [\n  1, # one\n  {z = 2, "w" = \'#\'},\n]\n'
        "[[x]]\n[[x.k]]\nq = 1979-05-27 07:32:00\n[[x.k]]\n[x.m]\nn = true\n"
    )
    places = [
        ("a",),
        ("b c", "d"),
        ("x", 0),
        ("x", 0, "y", 0),
        ("x", 0, "y", 1, "w"),
        ("x", 1),
        ("x", 1, "k", 0, "q"),
        ("x", 1, "k", 1),
    ]
    assert [lines.line(place) for place in places] == [1, 2, 5, 7, 8, 10, 12, 13]
    assert lines.line(("x", 1, "m", "n")) == 15
    assert lines.line(("x", 1, "k", 0, "missing")) == 11, "what is not written stands where its table begins"
    assert lines.line(("nowhere",)) == 0
