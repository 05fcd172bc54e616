"""Learning how sure to be from pretend days, writing it down, and applying it on others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from the_loaf import LOAF, saunter

from saunter.apps.accuracy.calibrating import Lessons, audited, fitted_on
from saunter.apps.accuracy.outcomes import Charge, Word, words_of
from saunter.apps.accuracy.suites import SUITES, Suite
from saunter.apps.accuracy.trials import Stage, Trial, Wanted
from saunter.apps.calibration_file import FittedCalibration, calibration_of, check_other_seeds, read_calibration
from saunter.apps.output import json_bytes
from saunter.apps.stories import played, shop_of, story_of
from saunter.base.calibration import IDENTITY, Calibration
from saunter.base.errors import InputProblems
from saunter.learning import Label, Labels
from saunter.plan import parse_plan
from saunter.simulation import SimulatedReviewers, suite_plan_texts

NOTHING_CHANGES = {"schema": 1, "slope": 1.0, "offset": 0.0, "verdict_labels": 0, "audit_labels": 0, "suite": "", "seeds": []}


def written(file: Path, **changes: object) -> Path:
    file.write_text(json.dumps({**NOTHING_CHANGES, **changes}))
    return file


def lessons(seed: int, verdicts: Sequence[Label] = (), audits: Sequence[Label] = (), **others: Any) -> Lessons:
    return Lessons(Trial("ordinary", "ordinary", seed), Labels(tuple(verdicts), tuple(audits)), **others)


def test_a_calibration_that_was_written_is_read_again(tmp_path: Path) -> None:
    fitted = FittedCalibration(
        slope=0.8, offset=-0.1, verdict_labels=40, audit_labels=9, suite="ordinary", seeds=(101, 102), commit="abc"
    )
    (tmp_path / "c.json").write_bytes(json_bytes(fitted))
    assert read_calibration(tmp_path / "c.json") == fitted
    assert calibration_of(fitted) == Calibration(0.8, -0.1)
    assert calibration_of(None) == IDENTITY


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"schema": 2}, "Invalid enum value 2 - at `$.schema`"),
        ({"slope": 0.0}, "Expected `float` > 0.0 - at `$.slope`"),
        ({"slope": "steep"}, "Expected `float`, got `str` - at `$.slope`"),
        ({"audit_labels": -1}, "at `$.audit_labels`"),
        ({"receipts": []}, "unknown field `receipts`"),
    ],
)
def test_a_file_that_holds_no_calibration_is_refused_with_what_to_do(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    with pytest.raises(InputProblems) as refused:
        read_calibration(written(tmp_path / "c.json", **changes))
    (problem,) = refused.value.problems
    assert str(problem).startswith(f"{tmp_path / 'c.json'}: this is no calibration: ")
    assert told in str(problem)
    assert problem.remedy == "make one with: saunter bench calibration -o FILE"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1]", b"{"])
def test_what_is_no_json_of_it_at_all_is_refused_too(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.json").write_bytes(content)
    with pytest.raises(InputProblems, match="this is no calibration"):
        read_calibration(tmp_path / "c.json")


def test_worlds_that_taught_are_not_judged() -> None:
    fitted = FittedCalibration(slope=1.0, offset=0.0, verdict_labels=0, audit_labels=0, suite="ordinary", seeds=(4, 5, 6))
    check_other_seeds(None, [4])
    check_other_seeds(fitted, [1, 2, 3, 7])
    with pytest.raises(InputProblems, match=r"learned from seeds 5, 6, which are to be played -> calibrate on other seeds"):
        check_other_seeds(fitted, [6, 5, 7, 6])


def test_all_trials_teach_together_and_are_counted_by_kind() -> None:
    unsure, sure = Label((0.9,), False), Label((0.999,), True)
    fitted = fitted_on("ordinary", [lessons(8, [unsure] * 30), lessons(7, [unsure], [sure] * 4)], "abc")
    assert (fitted.verdict_labels, fitted.audit_labels, fitted.seeds, fitted.commit) == (31, 4, (7, 8), "abc")
    assert fitted.calibration.of(0.9) < 0.5


def test_without_any_answer_there_is_nothing_to_learn_from() -> None:
    with pytest.raises(InputProblems, match="nobody answered a question or an audit"):
        fitted_on("ordinary", [lessons(1)], "")
    with pytest.raises(InputProblems, match="no shop"):
        fitted_on("ordinary", [lessons(1, [Label((0.5,), True)], problems=("no shop",))], "")


def test_only_the_share_of_audits_differs_in_a_shop_that_learns() -> None:
    plan = parse_plan(suite_plan_texts("ordinary", 1))
    assert audited(plan, 0.3).policies.audit_share == 0.3
    assert audited(audited(plan, 0.3), plan.policies.audit_share) == plan


def test_a_word_keeps_what_was_believed_before_it_was_calibrated() -> None:
    charge = Charge({"tea": 1}, 0, {"tea": (0.8,)}, {"tea": (0.97, 0.04)})
    assert list(words_of(charge, {"tea": 1})) == [Word(0.8, True, True, 0.97)]


def test_the_commands_refuse_a_bad_calibration_and_seeds_that_taught(tmp_path: Path) -> None:
    bad = written(tmp_path / "bad.json", slope=-1.0)
    for words in (("bench", "accuracy", "--suite", "ordinary"), ("replay", tmp_path / "any.mcap")):
        done = saunter(*words, "--calibration", bad)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "this is no calibration" in done.stderr
    same = written(tmp_path / "same.json", suite="ordinary", seeds=[3])
    done = saunter("bench", "accuracy", "--suite", "ordinary", "--seeds", "2", "--first-seed", "2", "--calibration", same)
    assert done.exit_code == 2
    assert "calibrate on other seeds" in done.stderr
    assert "absent.json" in saunter("replay", tmp_path / "any.mcap", "--calibration", tmp_path / "absent.json").stderr


def test_nothing_is_played_for_a_file_that_may_not_be_written_or_a_suite_that_is_not_there(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("my notes")
    done = saunter("bench", "calibration", "-o", notes)
    assert (done.exit_code, notes.read_text()) == (2, "my notes")
    done = saunter("bench", "calibration", "--suite", "holiday", "-o", tmp_path / "new.json")
    assert (done.exit_code, "there is no suite holiday" in done.stderr) == (2, True)


@pytest.mark.slow
def test_a_calibration_that_changes_nothing_gives_the_same_receipts_to_the_byte(tmp_path: Path) -> None:
    story, recording = tmp_path / "loaf.scn", tmp_path / "loaf.mcap"
    story.write_text(LOAF)
    assert saunter("simulate", story, "-o", recording).exit_code == 0
    receipts = []
    for name, calibration in (("plain", None), ("same", {}), ("other", {"offset": -3.0})):
        options = () if calibration is None else ("--calibration", written(tmp_path / "c.json", **calibration))
        assert saunter("replay", recording, "--receipts", tmp_path / f"{name}.json", *options).exit_code == 0
        receipts.append((tmp_path / f"{name}.json").read_bytes())
    assert receipts[0] == receipts[1] != receipts[2]


@pytest.fixture
def loaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite of one story, in a shop that asks and audits."""
    (tmp_path / "loaf.scn").write_text(LOAF)
    story = story_of(str(tmp_path / "loaf.scn"))

    def trials(wanted: Wanted) -> list[Trial]:
        return [Trial("loaves", "loaf", seed) for seed in range(wanted.first_seed, wanted.first_seed + wanted.seeds)]

    @contextmanager
    def staged(trial: Trial) -> Iterator[Stage]:
        plan, records = played(shop_of(story, None), story, trial.seed)
        yield Stage(replace(plan, policies=replace(plan.policies, review="questions")), records, SimulatedReviewers(trial.seed))

    monkeypatch.setitem(SUITES, "loaves", Suite(trials, staged))


@pytest.mark.slow
@pytest.mark.usefixtures("loaves")
def test_what_some_worlds_teach_is_applied_to_others_and_stands_beside_the_figures(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    common = ("--suite", "loaves", "--seeds", "2", "--processes", "1", "--json")
    taught = saunter("bench", "calibration", *common, "--audit-share", "1", "-o", file)
    assert taught.exit_code == 0, taught.output
    assert taught.stdout.encode() == file.read_bytes()
    fitted = read_calibration(file)
    assert (fitted.verdict_labels, fitted.audit_labels, fitted.suite, fitted.seeds) == (0, 2, "loaves", (1, 2))
    assert "no labels came from verdicts" in taught.stderr
    accuracy = ("bench", "accuracy", "--first-seed", "3", *common)
    plain, same, other = (
        json.loads(saunter(*accuracy, *options).stdout)["loaves"]["saunter"]
        for options in ((), ("--calibration", written(tmp_path / "same.json")), ("--calibration", written(file, offset=-2.0)))
    )
    assert same["measured"].pop("calibration") == {**NOTHING_CHANGES, "commit": ""}
    assert plain["measured"].pop("calibration") is None
    for each in (plain, same):
        each["measured"].pop("machine")
    assert plain == same
    assert other["measured"]["calibration"]["offset"] == -2.0
    assert other["believed"]["bins"] == plain["calibration_bins"]
    assert other["calibration_error"] > plain["calibration_error"]


@pytest.mark.slow
@pytest.mark.usefixtures("loaves")
def test_a_shop_without_audits_and_doubts_teaches_nothing(tmp_path: Path) -> None:
    done = saunter("bench", "calibration", "--suite", "loaves", "--seeds", "1", "--processes", "1", "--audit-share", "0",
                   "-o", tmp_path / "c.json")  # fmt: skip
    assert done.exit_code == 2
    assert "raise --audit-share" in done.stderr
    assert not (tmp_path / "c.json").exists()
