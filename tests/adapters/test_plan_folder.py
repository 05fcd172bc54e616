"""A plan is a folder on disk; what cannot be read is told file by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from saunter.adapters.plans import load_plan, read_plan_texts, write_plan_texts
from saunter.base.errors import InputProblems
from saunter.base.limits import PLAN_FILE_BYTES_MAX

STALL = {
    "store.toml": """\
[store]
id = "stall"
name = "Ständ"
currency = "EUR"
locale = "de-DE"
timezone = "Europe/Berlin"

[floor]
polygon_m = [[0, 0], [2, 0], [2, 2]]
""",
    "catalogue.csv": "sku,name,price,grams\njam,Jam,3.50,450\n",
    "planogram.csv": "sku,plates\n",
}


def complaints(folder: Path, *, load: bool = False) -> list[str]:
    with pytest.raises(InputProblems) as caught:
        (load_plan if load else read_plan_texts)(folder)
    return [str(problem).replace(str(folder), "DIR") for problem in caught.value.problems]


def test_what_is_written_is_read_again_byte_for_byte(tmp_path: Path) -> None:
    folder = tmp_path / "plans" / "stall"
    texts = dict(STALL, **{"catalogue.csv": STALL["catalogue.csv"].replace("\n", "\r\n")})
    write_plan_texts(folder, texts)
    assert read_plan_texts(folder) == texts
    assert sorted(path.name for path in folder.iterdir()) == ["catalogue.csv", "planogram.csv", "store.toml"]
    assert load_plan(folder).name == "Ständ"


def test_writing_again_replaces_the_files(tmp_path: Path) -> None:
    write_plan_texts(tmp_path, STALL)
    write_plan_texts(tmp_path, {"planogram.csv": "sku,plates\n\n"})
    assert read_plan_texts(tmp_path) == dict(STALL, **{"planogram.csv": "sku,plates\n\n"})


def test_missing_files_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "store.toml").write_text(STALL["store.toml"], encoding="utf-8")
    assert complaints(tmp_path) == [
        "catalogue.csv: the file is missing in DIR -> a plan needs it; docs/plan.md shows one",
        "planogram.csv: the file is missing in DIR -> a plan needs it; docs/plan.md shows one",
    ]


def test_a_missing_folder_or_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    assert complaints(tmp_path / "x") == [
        "DIR: there is no such folder -> name the folder that holds store.toml, catalogue.csv, planogram.csv"
    ]
    (tmp_path / "store.toml").write_text("")
    assert complaints(tmp_path / "store.toml") == [
        "DIR: this is not a folder -> name the folder that holds store.toml, catalogue.csv, planogram.csv"
    ]


def test_other_encodings_are_told_with_the_line_of_the_first_odd_byte(tmp_path: Path) -> None:
    write_plan_texts(tmp_path, STALL)
    (tmp_path / "store.toml").write_bytes(STALL["store.toml"].encode("latin-1"))
    (tmp_path / "catalogue.csv").write_bytes(STALL["catalogue.csv"].encode("utf-16"))
    assert complaints(tmp_path) == [
        "store.toml:3: byte 0xE4 is not UTF-8 -> save the file as UTF-8; it looks like an older encoding",
        "catalogue.csv:1: the file is UTF-16 -> save it as UTF-8",
    ]


def test_a_file_that_is_too_large_or_no_file_is_told(tmp_path: Path) -> None:
    write_plan_texts(tmp_path, STALL)
    with (tmp_path / "catalogue.csv").open("wb") as file:
        file.truncate(PLAN_FILE_BYTES_MAX + 1)
    (tmp_path / "planogram.csv").unlink()
    (tmp_path / "planogram.csv").mkdir()
    assert complaints(tmp_path) == [
        "catalogue.csv: the file is larger than 33,554,432 bytes -> "
        "is it the right file? split the shop into several stores if it is",
        "planogram.csv: the file cannot be read: Is a directory -> look at DIR/planogram.csv and its permissions",
    ]


def test_loading_tells_what_cannot_be_read_and_what_is_wrong_in_the_rest(tmp_path: Path) -> None:
    write_plan_texts(tmp_path, dict(STALL, **{"catalogue.csv": "sku,name,price,grams\njam,Jam,cheap,450\n"}))
    (tmp_path / "planogram.csv").unlink()
    assert complaints(tmp_path, load=True) == [
        "planogram.csv: the file is missing in DIR -> a plan needs it; docs/plan.md shows one",
        "catalogue.csv:2: the price 'cheap' is not an amount -> write it like 1.99: digits and a point, no currency sign",
    ]


def test_a_file_name_that_no_plan_has_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a plan has no files prices\.csv"):
        write_plan_texts(tmp_path, dict(STALL, **{"prices.csv": ""}))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_is_told_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "catalogue.csv").mkdir()
    with pytest.raises(
        InputProblems, match=r"catalogue\.csv: the file cannot be written: .* -> choose a folder that you may write to"
    ):
        write_plan_texts(tmp_path, STALL)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalogue.csv", "store.toml"]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputProblems, match="cannot be written"):
        write_plan_texts(tmp_path / "file" / "plan", STALL)
