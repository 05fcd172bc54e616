"""What an idea buys: the same visits with and without it, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest
from typer.testing import CliRunner

from saunter.apps.accuracy import ablation_command
from saunter.apps.accuracy.ablation import Ablation, ablation_lines, ablation_of, paired
from saunter.apps.accuracy.ideas import Ideas, idea_names
from saunter.apps.accuracy.outcomes import MethodOutcome, VisitOutcome
from saunter.apps.accuracy.playing import SAUNTER, TrialResult
from saunter.apps.accuracy.trials import Trial
from saunter.apps.machine import this_machine
from saunter.apps.main import app
from saunter.base.errors import InputProblems


def visit(party: str, exact: bool) -> VisitOutcome:
    return VisitOutcome(
        party=party, right=1, wrong=int(not exact), missed=0, exact=exact, late=False, true_minor=100,
        over_minor=100 * (not exact), under_minor=0, to_receipt_s=5.0,
    )  # fmt: skip


def result(seed: int, crash: str = "", **exact: bool) -> TrialResult:
    visits = tuple(visit(party, good) for party, good in exact.items())
    return TrialResult(Trial("rush", "rush", seed), {SAUNTER: MethodOutcome(visits)}, crash=crash)


def ablation() -> Ablation:
    """Without `joins` p2 of the first trial is right, and two visits are wrong."""
    whole = [result(1, p1=True, p2=False), result(2, p1=True, p2=True)]
    without = [result(1, p1=False, p2=True), result(2, "KeyError: 't5'", p1=True, p2=False)]
    return ablation_of(whole, {"joins": without}, False, this_machine())


def test_visits_are_compared_one_by_one_and_not_only_in_sum() -> None:
    found = ablation()
    compared = found.without["joins"].paired
    assert (found.whole.exact_receipts, found.without["joins"].exact_receipts) == (0.75, 0.5)
    assert (compared.visits, compared.gained, compared.lost, compared.difference) == (4, 1, 2, -0.25)
    assert compared.interval[0] < -0.25 < compared.interval[1]


def test_a_visit_that_only_one_of_the_two_counts_was_charged_nothing_by_the_other_and_rightly() -> None:
    assert paired({}, {(0, "p1"): False}).lost == 1
    assert paired({(0, "p1"): False}, {}).gained == 1
    assert paired({}, {}).difference == 0.0


def test_the_same_visits_twice_differ_by_nothing() -> None:
    same = {(0, "p1"): True, (0, "p2"): False}
    assert paired(same, same).interval == (0.0, 0.0)


def test_a_trial_that_could_not_be_played_is_said_whichever_idea_was_off() -> None:
    broken = TrialResult(Trial("rush", "rush", 1), problems=("no such shop",))
    with pytest.raises(InputProblems, match="no such shop"):
        ablation_of([result(1, p1=True)], {"joins": [broken]}, False, this_machine())


@pytest.mark.parametrize("markdown", [True, False])
def test_people_get_one_row_for_the_whole_and_one_per_idea(markdown: bool) -> None:
    title, _, *rows = ablation_lines("rush", ablation(), markdown)
    assert title.startswith("rush: 4 visits")
    whole, without, crash = rows[-3:]
    assert "all ideas" in whole and "0.750 (" in whole
    assert "joins" in without and "1, 2" in without and "-0.250 (" in without
    assert crash == "The shop crashed without joins: rush, seed 2, part 0: KeyError: 't5'"
    assert len({row.count("|") for row in rows[:-1]}) == 1
    assert ("|" in whole) is markdown


def test_every_idea_is_switched_off_by_itself_on_the_same_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[tuple[Trial, Ideas]] = []

    def plays(title: str, jobs: Sequence[tuple[Trial, Ideas]], processes: int, play: object) -> list[TrialResult]:
        played.extend(jobs)
        return [result(trial.seed, p1=ideas.joins) for trial, ideas in jobs]

    monkeypatch.setattr(ablation_command, "watched", plays)
    done = CliRunner().invoke(app, ["bench", "ablation", "--suite", "rush", "--visits", "4", "--seeds", "2", "--json"])
    assert done.exit_code == 0, done.stderr
    found: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]] = json.loads(done.stdout)["rush"]
    assert [ideas.without for _, ideas in played[::2]] == [(), *((name,) for name in idea_names())]
    assert [trial for trial, _ in played[::2]] == [played[0][0]] * (1 + len(idea_names()))
    assert {name: each["paired"]["lost"] for name, each in found["without"].items()} == {
        name: 2 * (name == "joins") for name in idea_names()
    }


def test_unknown_ideas_and_suites_are_named() -> None:
    done = CliRunner().invoke(app, ["bench", "ablation", "--ideas", "luck"])
    assert (done.exit_code, "--ideas: there is no idea luck" in done.stderr) == (2, True)
    assert CliRunner().invoke(app, ["bench", "ablation", "--suite", "holiday"]).exit_code == 2
