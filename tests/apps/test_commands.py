"""The commands as a shopkeeper types them: a small story simulated, replayed, scored and explained; mistakes said clearly."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from the_loaf import LOAF, saunter

from saunter.plan import plan_texts
from saunter.simulation import shop_texts

SOURCES = sorted((Path(__file__).parents[2] / "src").rglob("*.py"))
#: Options in the source that are not the command line's: git's, and those of the payment provider, which is a program of its own.
OF_OTHER_PROGRAMS = {
    "--stop-with-stdin",
    "--short",
    "--porcelain",
    "--untracked-files",
    "--database",
    "--faults",
    "--delay-s",
    "--webhook",
}


@pytest.fixture(scope="module")
def loaf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording in which p1 takes a loaf and goes."""
    folder = tmp_path_factory.mktemp("loaf")
    (folder / "loaf.scn").write_text(LOAF)
    made = saunter("simulate", folder / "loaf.scn", "--seed", "3", "-o", folder / "loaf.mcap")
    assert made.exit_code == 0, made.output
    return folder / "loaf.mcap"


def truth_file(folder: Path, *lines: dict[str, object], **receipt: str) -> Path:
    path = folder / "true.json"
    path.write_text(json.dumps({"receipts": [{**receipt, "lines": lines}]}))
    return path


def test_replay_prints_the_receipt_of_the_loaf_as_json_and_nothing_else(loaf: Path) -> None:
    done = saunter("replay", loaf, "--json")
    said = json.loads(done.stdout)
    assert done.exit_code == 0
    (receipt,) = said["receipts"]
    assert (receipt["party"], receipt["total"], receipt["currency"], receipt["stamped"]) == ("p1", "2.80", "EUR", True)
    (line,) = receipt["lines"]
    assert {key: line[key] for key in ("sku", "gtin", "name", "quantity", "unit_price", "total")} == {
        "sku": "bread", "gtin": "02900000103856", "name": "Corner Loaf", "quantity": 1, "unit_price": "2.80", "total": "2.80",
    }  # fmt: skip
    assert 0.7 <= line["probability"] <= 1
    assert "unit_f1" not in said
    assert said["real_time_factor"] > 0
    assert said["problems"] == []


def test_the_event_behind_the_line_says_what_when_where_and_who(loaf: Path) -> None:
    said = json.loads(saunter("replay", loaf, "--json").stdout)
    (cause,) = said["receipts"][0]["lines"][0]["because"]
    event = next(event for event in said["events"] if event["id"] == cause)
    assert event["kind"] == "taken"
    assert set(event["plates"]) & {"g5s1p5", "g5s1p6", "g5s1p7"}
    assert -900 < event["grams"] < -730
    assert event["candidates"][0]["changes"] == [{"sku": "bread", "name": "Corner Loaf", "quantity": 1}]
    assert max(event["shares"], key=lambda share: share["probability"])["party"] == "p1"
    assert "NOBODY" in {share["party"] for share in event["shares"]}
    assert sum(share["probability"] for share in event["shares"]) == pytest.approx(1, abs=1e-3)
    assert event["at"].endswith("Z")
    assert event["started"] <= event["at"] <= event["settled"]
    assert [event["at"] for event in said["events"]] == sorted(event["at"] for event in said["events"])


@pytest.mark.parametrize(
    "order", [("{}", "--truth"), ("--truth", "{}"), ("--truth", "--explain", "{}"), ("{}", "--truth", "--explain")]
)
def test_bare_truth_scores_against_the_recording_itself_wherever_it_stands(loaf: Path, order: tuple[str, ...]) -> None:
    said = json.loads(saunter("replay", "--json", *(word.format(loaf) for word in order)).stdout)
    assert [said[key] for key in ("unit_f1", "precision", "recall", "exact", "visits_counted")] == [1, 1, 1, 1, 1]
    assert [(visit["party"], visit["right"], visit["exact"]) for visit in said["visits"]] == [("p1", 1, True)]


def test_truth_in_a_file_is_used_instead_and_may_disagree(loaf: Path, tmp_path: Path) -> None:
    two = truth_file(tmp_path, {"gtin": "2900000103856", "quantity": 2}, party="p1")
    said = json.loads(saunter("replay", loaf, "--truth", two, "--json").stdout)
    assert (said["unit_f1"], said["precision"], said["recall"], said["exact"]) == (pytest.approx(2 / 3), 1, 0.5, 0)
    nameless = truth_file(tmp_path, {"sku": "bread"})
    assert json.loads(saunter("replay", loaf, "--truth", nameless, "--json").stdout)["exact"] == 1
    stranger = truth_file(tmp_path, {"sku": "bread"}, party="target-1")
    assert json.loads(saunter("replay", loaf, "--truth", stranger, "--json").stdout)["unit_f1"] == 0


def test_the_receipts_written_beside_can_serve_as_the_truth(loaf: Path, tmp_path: Path) -> None:
    out = tmp_path / "receipts.json"
    assert saunter("replay", loaf, "--receipts", out).exit_code == 0
    said = json.loads(saunter("replay", loaf, "--truth", out, "--json").stdout)
    assert (said["unit_f1"], said["exact"]) == (1, 1)
    assert json.loads(out.read_text())["receipts"] == said["receipts"]


def test_explain_tells_plates_grams_and_who(loaf: Path) -> None:
    done = saunter("replay", loaf, "--explain")
    assert "Receipt of p1 (visit " in done.stdout
    assert "1 x Corner Loaf [bread]: 2.80 EUR" in done.stdout
    assert "1 x Corner Loaf taken" in done.stdout
    assert "(by the catalogue 815 g)" in done.stdout
    assert "Who: p1" in done.stdout
    as_json = json.loads(saunter("replay", loaf, "--explain", "--json").stdout)
    assert "\n".join(as_json["explanation"]) in done.stdout


def test_the_same_recording_gives_the_same_words_twice(loaf: Path) -> None:
    one, other = (json.loads(saunter("replay", loaf, "--json").stdout) for _ in range(2))
    for each in (one, other):
        del each["real_time_factor"], each["cpu_seconds"]
    assert one == other


def test_the_same_story_and_seed_give_the_same_bytes(loaf: Path, tmp_path: Path) -> None:
    made = saunter("simulate", loaf.with_name("loaf.scn"), "--seed", "3", "-o", tmp_path / "again.mcap")
    assert made.exit_code == 0
    assert (tmp_path / "again.mcap").read_bytes() == loaf.read_bytes()
    saunter("simulate", loaf.with_name("loaf.scn"), "--seed", "4", "-o", tmp_path / "other.mcap")
    assert (tmp_path / "other.mcap").read_bytes() != loaf.read_bytes()


def test_recording_info_tells_the_streams(loaf: Path) -> None:
    said = json.loads(saunter("recording", "info", loaf, "--json").stdout)
    assert said["complete"] is True
    assert {stream["kind"] for stream in said["streams"]} == {
        "WeightBlock", "PeopleFrame", "GatePass", "Tick", "TrueAction", "TrueReceipt",
    }  # fmt: skip
    told = saunter("recording", "info", loaf)
    assert told.exit_code == 0
    assert "store     corner" in told.stdout


def test_of_a_recording_cut_off_the_whole_part_is_replayed_and_the_loss_is_said(loaf: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(loaf.read_bytes()[: loaf.stat().st_size * 2 // 3])
    info = saunter("recording", "info", cut, "--json")
    replayed = saunter("replay", cut, "--json")
    assert info.exit_code == replayed.exit_code == 1
    assert json.loads(info.stdout)["complete"] is False
    assert json.loads(replayed.stdout)["problems"]
    assert "cut.mcap" in replayed.stderr


@pytest.mark.slow
def test_the_module_itself_is_the_same_command_line() -> None:
    done = subprocess.run([sys.executable, "-m", "saunter", "replay", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.strip().startswith("Usage: saunter replay ")


def test_a_plan_that_is_fine_is_described(tmp_path: Path) -> None:
    for name, text in shop_texts("corner").items():
        (tmp_path / name).write_text(text)
    done = saunter("plan", "check", tmp_path)
    assert done.exit_code == 0
    assert "The plan can be used" in done.stdout


def test_every_mistake_of_a_plan_is_named_with_its_file_and_line(tmp_path: Path) -> None:
    texts = shop_texts("corner")
    (tmp_path / "store.toml").write_text(texts["store.toml"])
    (tmp_path / "catalogue.csv").write_text(
        texts["catalogue.csv"].replace("cola,2900000100077,Kestrel Cola 33 cl,1.20", "cola,,Cola,cheap")
    )
    (tmp_path / "planogram.csv").write_text(texts["planogram.csv"] + "unicorn,g1s1p1\n")
    done = saunter("plan", "check", tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "catalogue.csv:2: " in done.stderr
    assert f"planogram.csv:{len(texts['planogram.csv'].splitlines()) + 1}: " in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("replay", "absent.mcap"), "absent.mcap: no such file or directory -> check the spelling of the path"),
        (("replay", "."), "is a directory"),
        (("replay", "noise.mcap"), "noise.mcap"),
        (("replay", "loaf.mcap", "--truth", "noise.mcap"), "noise.mcap: this is no truth file"),
        (("replay", "loaf.mcap", "--truth", "absent.json"), "absent.json: no such file"),
        (("replay", "loaf.mcap", "--receipts", "no/where.json"), "no"),
        (("recording", "info", "noise.mcap"), "noise.mcap"),
        (("plan", "check", "absent"), "there is no such folder"),
        (("simulate", "absent.scn", "-o", "x.mcap"), "absent.scn: there is no such file -> give a story's file (*.scn)"),
        (
            ("simulate", "rushh", "--visits", "5", "-o", "x.mcap"),
            "rushh: there is neither a suite nor a file of this name -> give a story's file (*.scn), a scenario (*.toml), "
            "a suite (ordinary, rush, adversarial), or `demo`",
        ),
        (("simulate", "demo", "--visits", "5", "-o", "x.mcap"), "--visits: a story says itself who comes"),
        (("simulate", "bad.scn", "-o", "x.mcap"), "bad.scn:2: "),
        (("simulate", "loaf.scn", "--shop", "absent", "-o", "x.mcap"), "there is no such folder"),
        (("simulate", "loaf.scn", "-o", "no/x.mcap"), "no"),
        (("import", "nanostore", "absent", "-o", "x.mcap"), "absent"),
        (("import", "nanostore", ".", "-o", "x.mcap", "--party", "NOBODY"), "'NOBODY' cannot name a party"),
    ],
)  # fmt: skip
def test_bad_input_is_said_clearly_with_status_two_and_leaves_no_file(
    loaf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "loaf.mcap").write_bytes(loaf.read_bytes())
    (tmp_path / "loaf.scn").write_text(LOAF)
    (tmp_path / "noise.mcap").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "bad.scn").write_text("story: Bad\n00:01.0 p1 flies to the moon\n")
    monkeypatch.chdir(tmp_path)
    done = saunter(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"loaf.mcap", "loaf.scn", "noise.mcap", "bad.scn"}


@pytest.mark.slow
def test_an_import_tells_the_first_few_and_all_on_request(tmp_path: Path) -> None:
    folder = Path(os.environ.get("SAUNTER_DATA") or Path(__file__).parents[3] / "shared" / "data") / "nanostore" / "cps-test-01"
    if not folder.is_dir():
        pytest.skip("nanostore/cps-test-01 is not in SAUNTER_DATA, so there is nothing to import")
    command = ("import", "nanostore", folder, "--party", "p1", "-o", tmp_path / "cps.mcap")
    brief, whole, as_json = (saunter(*command, *more) for more in ((), ("--verbose",), ("--json",)))
    assert "Some lists are cut short; --verbose prints them whole." in brief.stdout
    assert max(map(len, brief.stdout.splitlines())) < 400
    said = json.loads(as_json.stdout)
    assert next(f"{each['where']}: {each['what']}" for each in said["report"] if "no price" in each["what"]) in whole.stdout
    assert len(whole.stdout.splitlines()) == len(said["report"]) + 1
    assert said["records"] > said["truth"] > 0


def test_bare_truth_without_truth_in_the_recording_says_to_name_a_file(loaf: Path, tmp_path: Path) -> None:
    from saunter.apps.recording_files import write_recording
    from saunter.apps.shop import opened, plan_of
    from saunter.records import Truth

    blind = tmp_path / "blind.mcap"
    with opened(loaf) as recording:
        plan = plan_of(recording, "loaf")
        seen = (record for record in recording.records() if not isinstance(record, Truth))
        write_recording(blind, seen, plan.store, plan_texts(plan), "")
    done = saunter("replay", blind, "--truth", "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"{blind}: this recording has no truth channels to score against -> name a file of true receipts: --truth FILE\n"
    )
    assert json.loads(saunter("replay", blind, "--json").stdout)["receipts"][0]["total"] == "2.80"


@pytest.mark.parametrize(
    "command",
    ["replay", "simulate", "demo", "plan check", "recording info", "import nanostore", "bench speed", "bench ablation"],
)  # fmt: skip
def test_every_command_shows_an_example(command: str) -> None:
    done = saunter(*command.split(), "--help")
    assert done.exit_code == 0
    assert f"Example: saunter {command}" in done.stdout


@pytest.mark.slow
def test_the_speed_bench_measures_and_says_on_what() -> None:
    done = saunter("bench", "speed", "--seconds", "60", "--plates", "12", "--parties", "1", "--json")
    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert said["load"] == {"plates": 12, "parties": 1, "seconds": 60.0, "seed": 1}
    assert said["real_time_factor"] >= said["real_time_factor_with_decoding"] > 0
    assert set(said["rooms"]) == {
        "sensing", "tracking", "shelves", "attribution", "visit", "settlement", "review", "ledger", "guard", "pipeline",
    }  # fmt: skip
    assert said["rooms"]["sensing"] > 0
    assert sum(said["rooms"].values()) < 20 * said["step_cpu_seconds"]
    assert said["receipts"] == 1
    assert said["peak_memory_mib"] > 10
    assert [note["shop_seconds"] for note in said["memory"]] == sorted(note["shop_seconds"] for note in said["memory"])
    assert said["machine"]["cores"] >= 1


@pytest.mark.slow
def test_the_tour_shows_receipts_beside_the_truth_and_why() -> None:
    done = saunter("tour")
    assert done.exit_code == 0, done.stderr
    assert "really taken" in done.stdout
    assert "Who: p1" in done.stdout
    assert "unit F1" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("seed", [(), ("--seed", "7")])
def test_the_tour_shows_a_charge_a_put_back_a_swap_and_an_honest_doubt(seed: tuple[str, ...]) -> None:
    told = saunter("tour", *seed).stdout
    assert "1 x Kestrel Cola 33 cl [cola]: 1.20 EUR" in told
    assert "1 x Cricket Chips Salted 150 g put back" in told
    assert "Not charged: 1 x Saltmill Milk Chocolate 100 g [choc-milk], 50 % sure" in told
    assert "p4: 6.20 EUR, right but for what was in doubt and not charged" in told
    for party, total in (("p1", "4.55"), ("p2", "2.65"), ("p3", "5.65")):
        assert f"{party}: {total} EUR, exact" in told


MISTAKEN = """\
story: Mistaken at every stage
shop: corner
00:00.0 p1 enters ; p2 enters ; p3 enters
00:02.0 p1 flies to cola
00:03.0 p4 takes cola
00:04.0 p2 takes unicorn
00:05.0 p2 takes cola from zz9
00:06.0 p3 takes bread
00:06.5 p3 takes water
00:07.0 p1 puts back 5 soup
expect alarm: zz8
"""


def test_mistakes_of_sentences_of_parties_of_the_shop_and_of_time_are_told_in_one_go(tmp_path: Path) -> None:
    (tmp_path / "bad.scn").write_text(MISTAKEN)
    done = saunter("simulate", tmp_path / "bad.scn", "-o", tmp_path / "bad.mcap")
    assert done.exit_code == 2
    places = [row.partition(": ")[0].removeprefix("bad.scn:") for row in done.stderr.splitlines()]
    assert places == ["bad.scn", "4", "5", "6", "7", "9"], done.stderr
    for words in ("no plate zz8", "'p1 flies to cola'", "p4 is not in the shop", "no sku unicorn", "no zz9", "p3"):
        assert words in done.stderr
    (tmp_path / "bad.scn").write_text(MISTAKEN.replace("shop: corner", "shop: moon"))
    done = saunter("simulate", tmp_path / "bad.scn", "-o", tmp_path / "bad.mcap")
    assert "there is no made-up shop of this name" in done.stderr
    assert "bad.scn:4: " in done.stderr


def test_every_option_that_a_message_names_exists() -> None:
    named = {option for path in SOURCES for option in re.findall(r"(?<![\\w-])--[a-z][a-z-]+", path.read_text(encoding="utf-8"))}
    commands = (
        "replay", "simulate", "demo", "tour", "run", "plan check", "recording info", "import nanostore", "bench speed",
        "bench stories", "bench nanostore", "bench accuracy", "bench ablation", "bench calibration", "bench crash",
        "bench receipt", "bench web", "staff add", "staff list", "backup", "restore", "books check", "",
    )  # fmt: skip
    known = {option for each in commands for option in re.findall(r"--[a-z][a-z-]+", saunter(*each.split(), "--help").stdout)}
    assert named - known <= OF_OTHER_PROGRAMS
