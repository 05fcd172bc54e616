"""Figures over many visits: sums and shares as defined, intervals around them, pictures that can be drawn of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from saunter.apps.accuracy.figures import calibration_interval, figures_of, trial_f1
from saunter.apps.accuracy.frontier import frontier_of
from saunter.apps.accuracy.ideas import Ideas
from saunter.apps.accuracy.intervals import weights_of
from saunter.apps.accuracy.outcomes import ActionOutcome, MethodOutcome, VisitOutcome, Word
from saunter.apps.accuracy.playing import TrialResult
from saunter.apps.accuracy.plots import write_plots
from saunter.apps.accuracy.report import Setup, suite_figures, suite_lines
from saunter.apps.accuracy.trials import Trial
from saunter.apps.accuracy.worst import worst_lines
from saunter.apps.calibration_file import FittedCalibration
from saunter.apps.machine import Machine
from saunter.base.errors import InputProblems
from saunter.learning import AuditTally

MACHINE = Machine(commit="abc", cpu="", cores=2, memory_gib=1.0, python="", system="")
SETUP = Setup(Ideas(), None, MACHINE)


def visit(party: str = "p1", right: int = 1, wrong: int = 0, missed: int = 0, **others: object) -> VisitOutcome:
    fields: dict[str, object] = {
        "exact": not (wrong or missed), "late": False, "true_minor": 100 * (right + missed), "over_minor": 100 * wrong,
        "under_minor": 100 * missed, "to_receipt_s": 5.0,
    }  # fmt: skip
    return VisitOutcome(party=party, right=right, wrong=wrong, missed=missed, **{**fields, **others})  # type: ignore[arg-type]


def result(*visits: VisitOutcome, name: str = "one", seed: int = 1, crash: str = "") -> TrialResult:
    actions = (ActionOutcome("swap", False), ActionOutcome("take", True))
    methods = {"saunter": MethodOutcome(visits, actions), "nearest": MethodOutcome((visit(wrong=1),), actions)}
    return TrialResult(Trial("nanostore", name, seed), methods, 60.0, crash=crash)


def test_shares_money_and_questions_are_pooled_over_all_visits() -> None:
    wrong = visit("p2", right=2, wrong=1, missed=1, questions=1, by_hand=True, to_receipt_s=9.0)
    found = figures_of([result(visit(right=3), wrong), result(visit(right=3))], "saunter", by_case=False)
    assert (found.visits, found.exact_receipts, found.precision, found.recall) == (3, 0.666667, 0.888889, 0.888889)
    assert found.unit_f1 == 0.888889
    assert (found.reviews_per_1000, found.touches_per_1000) == (333.333, 666.667)
    assert (found.overcharge_per_1000, found.undercharge_per_1000) == (111.111, 111.111)
    assert (found.time_to_receipt_median_s, found.time_to_receipt_p99_s) == (5.0, 9.0)
    assert found.mean_unit_f1 is None


def test_every_figure_lies_within_its_interval() -> None:
    visits = [visit(f"p{n}", right=n % 4, wrong=n % 3 == 0, missed=n % 5 == 0, questions=n % 7 == 0) for n in range(40)]
    found = figures_of([result(*visits)], "saunter", by_case=True)
    assert {"exact_receipts", "unit_f1", "overcharge_per_1000", "calibration_error", "mean_unit_f1"} <= found.intervals.keys()
    for name, (low, high) in found.intervals.items():
        assert low <= getattr(found, name) <= high, name


def test_the_mean_over_cases_counts_every_case_once_with_and_without_the_mismapped_one() -> None:
    results = [result(visit(), name="one"), result(visit(), visit(right=0, missed=1), name="one", seed=2),
               result(visit(right=0, wrong=1, missed=1), name="TEAM-P-2"), result(name="empty")]  # fmt: skip
    found = figures_of(results, "saunter", by_case=True)
    assert [(case.case, case.unit_f1) for case in found.cases or ()] == [("one", 0.833333), ("TEAM-P-2", 0.0), ("empty", 1.0)]
    assert (found.mean_unit_f1, found.mean_unit_f1_without_team_p_2) == (0.611111, 0.916667)
    assert trial_f1(MethodOutcome(())) == 1.0


def test_behaviours_tell_how_often_their_lines_came_out_wrong() -> None:
    found = figures_of([result(visit()), result(visit())], "saunter", by_case=False)
    assert [(each.behaviour, each.actions, each.wrong) for each in found.behaviours] == [("swap", 2, 1.0), ("take", 2, 0.0)]


def test_the_interval_of_the_calibration_error_holds_the_error_of_well_kept_probabilities_near_zero() -> None:
    words = tuple(Word(0.8, number % 5 != 0, True) for number in range(10))
    low, high = calibration_interval([visit(words=words) for _ in range(100)], weights_of(100))
    assert (low, high) == pytest.approx((0.0, 0.0), abs=0.09)
    far_low, _ = calibration_interval([visit(words=(Word(0.99, False, True),)) for _ in range(50)], weights_of(50))
    assert far_low == pytest.approx(0.99)


def test_asking_the_least_sure_lines_first_takes_errors_away_and_never_adds_one() -> None:
    visits = [
        visit(words=(Word(0.99, True, True), Word(0.6, False, True)), wrong=1),
        visit(words=(Word(0.97, True, True),)),
        visit(words=(Word(0.9, True, True),), missed=1, silent=1),
    ]
    points = frontier_of(visits)
    assert [(each.doubt, round(each.reviews_per_1000), round(each.errors_per_1000)) for each in points] == [
        (1.0, 0, 667), (0.4, 333, 333), (0.1, 667, 333), (0.03, 1000, 333), (0.01, 1333, 333),
    ]  # fmt: skip
    assert frontier_of([]) == ()


def test_overcharging_is_certified_by_the_audits_of_all_trials_together() -> None:
    """Two shops, 40 audits each; one found something charged that was not taken. The stricter shop's bound counts."""
    one = msgspec.structs.replace(result(visit()), audits=AuditTally(40, 1, 0, 2), overcharge_bound=0.01)
    other = msgspec.structs.replace(result(visit()), audits=AuditTally(40, 0, 1, 0), overcharge_bound=0.001)
    told = suite_figures("ordinary", [one, other], SETUP, 0).saunter.certificate
    assert told.startswith("not yet certified: 1 overcharged of 78 audited receipts, 2 more could not be told bound the rate by")
    assert "not 0.001" in told
    assert suite_figures("ordinary", [result(visit())], SETUP, 0).saunter.certificate == ""


def test_the_worst_visits_come_first_and_say_why() -> None:
    worse = visit("p9", wrong=2, told=("True: nothing.", "Charged: 2 x Tea."))
    found = suite_figures("nanostore", [result(visit("p2", missed=1), worse)], SETUP, 5)
    assert [each.party for each in found.saunter.worst] == ["p9", "p2"]
    assert worst_lines(found.saunter.worst)[:3] == [
        "1. one, seed 1, part 0, p9: 2 wrong, 0 missed", "   True: nothing.", "   Charged: 2 x Tea.",
    ]  # fmt: skip
    as_table = suite_lines("nanostore", found, worst_as_table=True)
    assert [row.split(" | ")[0] for row in as_table[-2:]] == ["| one 1/0 p9", "| one 1/0 p2"]


def test_a_crash_of_the_shop_is_told_and_a_trial_that_cannot_be_played_ends_the_bench() -> None:
    found = suite_figures("nanostore", [result(visit(), crash="KeyError: 't5' (engine.py, line 1)")], SETUP, 0)
    assert "The shop crashed: one, seed 1, part 0: KeyError: 't5' (engine.py, line 1)" in suite_lines("nanostore", found)
    with pytest.raises(InputProblems, match="no shop"):
        suite_figures("nanostore", [TrialResult(Trial("s", "n", 1), problems=("no shop",))], SETUP, 0)


def test_figures_say_which_calibration_was_used_and_how_the_belief_kept_its_word_without_it(tmp_path: Path) -> None:
    words = (Word(0.8, True, True, 0.99), Word(0.8, False, True, 0.99))
    fitted = FittedCalibration(slope=0.5, offset=0.0, verdict_labels=7, audit_labels=3, suite="ordinary", seeds=(5,))
    found = suite_figures("ordinary", [result(visit(words=words))], Setup(Ideas(), fitted, MACHINE), 0)
    ours = found.saunter
    assert ours.calibration_error == pytest.approx(0.5)  # two lines in two bins: 0.2 and 0.8 off
    assert ours.believed is not None
    assert ours.believed.error == pytest.approx(0.5)
    assert [each.said for each in ours.believed.bins] == [0.99, 0.99]
    assert msgspec.to_builtins(ours)["measured"]["calibration"]["audit_labels"] == 3
    assert "  before calibration the calibration error was 0.5000" in suite_lines("ordinary", found)
    _, picture, _ = write_plots(tmp_path, "ordinary", found, ())
    assert "grey: before calibration, 0.5000" in "".join(ET.fromstring(picture.read_text()).itertext())
    plain = suite_figures("ordinary", [result(visit(words=(Word(0.8, True, True),)))], SETUP, 0)
    assert "believed" not in msgspec.to_builtins(plain.saunter)


@pytest.mark.parametrize("visits", [(), (visit(words=(Word(0.9, True, True),)), visit(wrong=1, words=(Word(0.6, False, True),)))])
def test_pictures_are_sound_xml_and_other_files_are_not_written_over(tmp_path: Path, visits: tuple[VisitOutcome, ...]) -> None:
    figures = suite_figures("nanostore", [result(*visits)], Setup(Ideas(spread=False), None, MACHINE), 0)
    files = write_plots(tmp_path / "new", "nanostore", figures, frontier_of(visits))
    assert [file.name for file in files] == [f"nanostore-{name}.svg" for name in ("frontier", "calibration", "behaviours")]
    for file in files:
        words = "".join(ET.fromstring(file.read_text()).itertext())
        assert "without spread" in words
        assert f"{len(visits)} visits" in words
    assert write_plots(tmp_path / "new", "nanostore", figures, ()) == files
    files[0].write_text("my notes")
    with pytest.raises(InputProblems, match="not written over"):
        write_plots(tmp_path / "new", "nanostore", figures, ())
