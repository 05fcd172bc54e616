"""The shop of a day, and labelled cases re-enacted in it by the command: recordings, exports, and the truth beside them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from saunter.adapters.datasets.nanostore import day_of, plan_of_day
from saunter.apps.main import app
from saunter.base.errors import InputProblems
from saunter.plan import Facing
from saunter.simulation import case_story, parse_cases, plan_with_labels, story_problems

DATA = Path(os.environ.get("SAUNTER_DATA") or Path(__file__).parents[3] / ".." / "shared" / "data")
REAL = DATA / "nanostore"


def saunter(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def store(shop: Any, make: Any) -> Path:
    """Two days of a small shop: tea and jam have changed places between them."""
    shop.geometry()
    folder: Path = shop.store
    rows = ["Name,Gondola,Shelf,Plate,Weight,Price", "Tea,1,1,1,150,1", "Tea,1,1,2,150,1", "Jam,2,1,1,300,1", "Bun,1,2,1,80,1"]
    (folder / "products-tests-2-24.csv").write_text("\n".join(rows) + "\n")
    shop.documents("products.jsonl", [make.product("012345678905", "Tea", 150), make.product("36000291452", "Jam", 300)], folder)
    places = [make.facing("36000291452", (1, 1, 1), (1, 1, 2)), make.facing("012345678905", (2, 1, 1))]
    shop.documents("planogram-2020-04.jsonl", places, folder)
    return folder


def event(time: str, barcode: str, name: str, plates: list[int], **changes: Any) -> dict[str, Any]:
    products = [{"barcode": barcode, "name": name, "weight_g": 0}]
    place = {"gondola": 1, "shelf": 1, "plates": plates}
    return {"time": time, "put_back": False, "shopper": "-77"} | place | {"products": products} | changes


@pytest.fixture
def cases(shop: Any, store: Path) -> Path:
    path: Path = shop.root / "cases.json"
    tea = event("2019-11-07_02-35-28", "012345678905", "Tea", [1, 2])
    bun = event("2019-11-07_02-35-36", "777", "Bun", [1], shelf=2)
    jam = event("0:10 + 2020-04-18_00-04-07", "36000291452", "Jam", [2, 3], shopper="88")
    path.write_text(json.dumps([{"case": "cps-test-7", "events": [tea, bun]}, {"case": "TEAM-1", "events": [jam]}]))
    return path


def test_each_day_has_its_own_catalogue_and_planogram(store: Path) -> None:
    tests, _ = plan_of_day(store, day_of("cps-test-7"))
    april, _ = plan_of_day(store, day_of("TEAM-8-1"))
    (bun,) = [sku for sku in tests.products if sku.startswith("name-bun-")]
    assert list(tests.products) == ["012345678905", "36000291452", bun]
    assert tests.facings == (
        Facing("012345678905", ("g1s1p1", "g1s1p2")), Facing(bun, ("g1s2p1",)), Facing("36000291452", ("g2s1p1",)),
    )  # fmt: skip
    assert list(april.products) == ["012345678905", "36000291452"]
    assert april.facings == (Facing("36000291452", ("g1s1p1", "g1s1p2")), Facing("012345678905", ("g2s1p1",)))


@pytest.mark.parametrize(
    ("name", "day"), [("products.jsonl", "tests"), ("products-tests-2-24.csv", "tests"), ("planogram-2020-04.jsonl", "2020-04")]
)
def test_a_file_that_a_day_needs_and_the_folder_lacks_is_named(store: Path, name: str, day: str) -> None:
    (store / name).unlink()
    with pytest.raises(InputProblems, match=f"{name} is missing.*--store STOREDIR"):
        plan_of_day(store, day)


def test_every_case_becomes_a_recording_and_an_export_with_the_truth_beside_each(cases: Path, tmp_path: Path) -> None:
    made = saunter(
        "simulate", "--cases", cases, "--seed", "3", "--noise", "calm", "-o", tmp_path / "r", "--export", tmp_path / "e"
    )
    assert made.exit_code == 0, made.output
    assert "cps-test-7: 'Bun' has no barcode in the plan, it is 777 now" in made.stderr
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == [
        "TEAM-1.mcap", "TEAM-1.truth.json", "cps-test-7.mcap", "cps-test-7.truth.json",
    ]  # fmt: skip
    truth = json.loads((tmp_path / "e" / "cps-test-7.truth.json").read_text())
    lines = [
        {"sku": "012345678905", "gtin": "00012345678905", "quantity": 1, "name": "Tea"},
        {"sku": "777", "gtin": "00000000000777", "quantity": 1, "name": "Bun"},
    ]
    assert truth == {"receipts": [{"visit": "visit--77", "party": "-77", "lines": lines}]}
    assert truth == json.loads((tmp_path / "r" / "cps-test-7.truth.json").read_text())


def test_a_case_comes_out_right_through_export_import_and_replay(cases: Path, store: Path, tmp_path: Path) -> None:
    saunter("simulate", "--cases", cases, "--case", "cps-test-7", "--noise", "calm", "--export", tmp_path)
    imported = saunter("import", "nanostore", tmp_path / "cps-test-7", "--store", store, "-o", tmp_path / "c.mcap")
    assert imported.exit_code == 0, imported.output
    done = saunter("replay", tmp_path / "c.mcap", "--truth", tmp_path / "cps-test-7.truth.json", "--json")
    said = json.loads(done.stdout)
    assert (said["unit_f1"], said["exact"]) == (1.0, 1.0)
    assert [receipt["party"] for receipt in said["receipts"]] == ["-77"]


def test_the_same_seed_gives_the_same_export_and_another_one_another(cases: Path, tmp_path: Path) -> None:
    written = []
    for number, seed in enumerate(("1", "1", "2")):
        folder = tmp_path / str(number)
        assert saunter("simulate", "--cases", cases, "--case", "TEAM-1", "--seed", seed, "--export", folder).exit_code == 0
        written.append([(path.name, path.read_bytes()) for path in sorted((folder / "TEAM-1").iterdir())])
    assert written[0] == written[1]
    assert written[0] != written[2]


def test_one_case_goes_into_one_recording(cases: Path, tmp_path: Path) -> None:
    made = saunter("simulate", "--cases", cases, "--case", "TEAM-1", "-o", tmp_path / "one.mcap")
    assert made.exit_code == 0, made.output
    assert sorted(path.name for path in tmp_path.glob("one.*")) == ["one.mcap", "one.truth.json"]


@pytest.mark.parametrize(
    ("words", "mistakes"),
    [
        ((), ["what is to be simulated? -> give a suite, a scenario (.toml)", "no place to write to -> give -o OUT"]),
        (("demo", "--cases", "CASES", "-o", "x"), ["or --cases CASES.json; one of them"]),
        (("demo", "-o", "x", "--export", "y", "--case", "z"), ["--case: belongs to labelled cases", "--export: belongs to"]),
        (("--cases", "CASES", "-o", "x", "--shop", "y"), ["--shop: cases happen in the shop of their day"]),
        (("--cases", "CASES", "-o", "x.mcap"), ["x.mcap: 2 cases do not go into one recording -> give a folder, or choose one"]),
        (("--cases", "CASES", "-o", "x", "--case", "nix"), ["there is no case nix -> choose from TEAM-1, cps-test-7"]),
        (
            ("--cases", "CASES", "-o", "x", "--noise", "loud"),
            ["noise 'loud' is not known -> choose one of calm, nanostore, noisy"],
        ),
        (("--cases", "absent.json", "-o", "x"), ["absent.json: no such file or directory"]),
    ],
)
def test_wrong_options_are_said_and_nothing_is_written(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], mistakes: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = saunter("simulate", *(str(cases) if word == "CASES" else word for word in words))
    assert done.exit_code == 2
    assert all(mistake in done.stderr for mistake in mistakes), done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_every_real_labelled_case_can_be_played_on_the_planogram_of_its_day() -> None:
    if not (REAL / "cases.json").is_file():
        pytest.skip("nanostore/cases.json is not in SAUNTER_DATA")
    cases = parse_cases((REAL / "cases.json").read_text(), "cases.json")
    touches = {}
    for day in ("tests", "2020-04"):
        mine = [case for case in cases if day_of(case.name) == day]
        plan, _ = plan_with_labels(plan_of_day(REAL / "store", day)[0], mine)
        for case in mine:
            story, said = case_story(case, plan)
            assert story_problems(plan, story, 1) == []
            touches[case.name] = len(said)
    assert len(touches) == 20
    assert {name: count for name, count in touches.items() if count} == {"TEAM-P-2": 1, "cps-test-21": 1, "cps-test-23": 2}
