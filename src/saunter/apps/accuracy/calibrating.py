"""Calibrating on pretend days: the suite is played, pretend reviewers answer, and only their answers teach."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from saunter.apps.accuracy.playing import CLOSING, Careful
from saunter.apps.accuracy.suites import SUITES
from saunter.apps.accuracy.trials import Stage, Trial
from saunter.apps.calibration_file import FittedCalibration
from saunter.apps.replaying import Player, Replayed
from saunter.base.errors import InputProblems, Problem
from saunter.learning import Labels, fitted, labels_in
from saunter.pipeline import Pipeline
from saunter.plan import Plan
from saunter.records import AnyRecord, Cart, Question, QuestionClosed, Receipt


class Lessons(msgspec.Struct, frozen=True):
    """What one trial taught. `problems`: why it could not be played. `crash`: where a fault stopped the shop."""

    trial: Trial
    labels: Labels = Labels()
    problems: tuple[str, ...] = ()
    crash: str = ""


@dataclass
class Noted(Replayed):
    """Keeps what can be learned from, and nothing else that the shop says."""

    teaching: list[AnyRecord] = field(default_factory=list)

    def hear(self, conclusions: Iterable[AnyRecord]) -> None:
        """Keep final carts, receipts, questions, and what became of them."""
        for record in conclusions:
            if isinstance(record, Receipt | Question | QuestionClosed) or (isinstance(record, Cart) and record.final):
                self.teaching.append(record)


def lessons_of(trial: Trial, audit_share: float) -> Lessons:
    """A trial played with its pretend reviewers, by a shop that takes its belief at its word."""
    try:
        with SUITES[trial.suite].staged(trial) as stage:
            return _played(trial, stage, audited(stage.plan, audit_share))
    except InputProblems as error:
        return Lessons(trial, problems=tuple(map(str, error.problems)))


def audited(plan: Plan, share: float) -> Plan:
    """The same shop with this share of the receipts audited about which nobody was asked."""
    return replace(plan, policies=replace(plan.policies, audit_share=share))


def _played(trial: Trial, stage: Stage, plan: Plan) -> Lessons:
    noted, step = Noted(), Careful(Pipeline(plan).step)
    player = Player(step, True, plan.store, time.process_time, noted, responder=stage.reviewer, closing=CLOSING)
    for record in stage.records:
        player.take(record)
    player.close()
    return Lessons(trial, labels_in(noted.teaching), crash=step.crash)


def fitted_on(suite: str, lessons: Sequence[Lessons], commit: str) -> FittedCalibration:
    """The calibration that all trials together teach; raises InputProblems when one could not be played or none taught."""
    texts = dict.fromkeys(text for each in lessons for text in each.problems)
    if texts:
        raise InputProblems([Problem("bench calibration", 0, text) for text in texts])
    labels = Labels(
        tuple(label for each in lessons for label in each.labels.verdicts),
        tuple(label for each in lessons for label in each.labels.audits),
    )
    if not labels.together:
        what = "nobody answered a question or an audit, so that there is nothing to learn from"
        raise InputProblems([Problem("bench calibration", 0, what, "play more --visits, or raise --audit-share")])
    found = fitted(labels.together)
    return FittedCalibration(
        slope=found.slope,
        offset=found.offset,
        verdict_labels=len(labels.verdicts),
        audit_labels=len(labels.audits),
        suite=suite,
        seeds=tuple(sorted({each.trial.seed for each in lessons})),
        commit=commit,
    )
