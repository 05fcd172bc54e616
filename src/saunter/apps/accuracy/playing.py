"""One trial through Saunter and through every baseline at once: the same readings, in one pass, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from traceback import extract_tb
from typing import Final

import msgspec

from saunter.apps.accuracy.baselines import BaselineEngine, Billed, nearest_engine, winner_engine
from saunter.apps.accuracy.ideas import Ideas, pipeline_with, switches_of
from saunter.apps.accuracy.outcomes import Charge, MethodOutcome, answers_of, outcome_of
from saunter.apps.accuracy.suites import SUITES
from saunter.apps.accuracy.trials import Stage, Trial
from saunter.apps.accuracy.worst import explained
from saunter.apps.bench_stories import LINE_PROBABILITY_MIN
from saunter.apps.bench_stories import Heard as CartsHeard
from saunter.apps.replaying import Player, Responder, Step
from saunter.base.calibration import IDENTITY, Calibration
from saunter.base.errors import InputProblems, Refused
from saunter.base.time import MILLISECOND, MINUTE, SECOND
from saunter.learning import AuditTally, tally
from saunter.pipeline import Pipeline
from saunter.plan import Plan
from saunter.records import Alarm, AnyRecord, Envelope, Question, QuestionClosed, Reading, Tick
from saunter.settlement import calibrated

#: Saunter itself, and Saunter when nobody answers its questions.
SAUNTER: Final = "saunter"
WITHOUT_REVIEW: Final = "without-review"
BASELINES: Final[dict[str, Callable[[Plan], BaselineEngine]]] = {
    "nearest": nearest_engine,
    "competition-winner": winner_engine,
}
#: After the last reading time goes on in the steps of a running shop for as long as a receipt may take and a little more,
#: so that times to receipt are as exact at the end as before; then in leaps, so that every visit settles.
CLOSING: Final = (*(100 * MILLISECOND,) * 700, *(5 * SECOND,) * 12, 15 * MINUTE, 15 * MINUTE)
#: Alarms that say a person must make out a bill.
BY_HAND: Final = ("bill-refused",)


#: What a fault in a room may raise; the trial's later visits then go without receipts, and the fault is told.
CRASHES: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


class TrialResult(msgspec.Struct, frozen=True):
    """What every method made of a trial; `problems`: why it could not be played. `crash`: where a fault stopped the shop.

    `audits` is what random audits found, `overcharge_bound` the share of overcharged receipts that the shop wants certified.
    """

    trial: Trial
    methods: dict[str, MethodOutcome] = {}
    shop_s: float = 0.0
    problems: tuple[str, ...] = ()
    crash: str = ""
    audits: AuditTally = AuditTally()
    overcharge_bound: float = 1.0


@dataclass
class Careful:
    """A shop that a fault stops for good, as it would stop a running one, without stopping the bench."""

    step: Step
    crash: str = ""

    def __call__(self, reading: Reading) -> Sequence[AnyRecord]:
        """What the shop says; nothing once it has crashed."""
        if self.crash:
            return ()
        try:
            return self.step(reading)
        except Refused:
            raise
        except CRASHES as fault:
            place = extract_tb(fault.__traceback__)[-1]
            self.crash = f"{type(fault).__name__}: {fault} ({Path(place.filename).name}, line {place.lineno})"
            return ()


@dataclass
class Heard(CartsHeard):
    """Keeps questions and bills to be made by hand as well, by visit, and what became of audits."""

    questions: dict[str, int] = field(default_factory=dict)
    audits: list[Question] = field(default_factory=list)
    closings: list[QuestionClosed] = field(default_factory=list)
    by_hand: set[str] = field(default_factory=set)

    def hear(self, conclusions: Iterable[AnyRecord]) -> None:
        """Keep what the shop said."""
        for record in conclusions:
            if isinstance(record, Question):
                self.questions[record.visit] = self.questions.get(record.visit, 0) + 1
                if record.purpose == "audit":
                    self.audits.append(record)
            elif isinstance(record, QuestionClosed) and record.purpose == "audit":
                self.closings.append(record)
            elif isinstance(record, Alarm) and record.name in BY_HAND:
                self.by_hand.add(record.subject)
            super().hear((record,))


@dataclass
class BaselineRun:
    """A baseline's engine and the bills it has made."""

    engine: BaselineEngine
    bills: list[Billed] = field(default_factory=list)

    def take(self, reading: Reading) -> None:
        """One reading."""
        self.bills += self.engine.step(reading)


def play(trial: Trial, ideas: Ideas, calibration: Calibration = IDENTITY) -> TrialResult:
    """A trial from its first reading to its last receipt; where questions were asked, once more with nobody to answer."""
    staged = SUITES[trial.suite].staged
    try:
        with staged(trial) as stage:
            result = played(trial, stage, ideas, stage.reviewer if ideas.review else None, calibration=calibration)
        without_review = result.methods[SAUNTER]
        if any(visit.questions for visit in without_review.visits):
            with staged(trial) as stage:
                without_review = played(trial, stage, ideas, None, {}, calibration).methods[SAUNTER]
    except InputProblems as error:
        return TrialResult(trial, problems=tuple(map(str, error.problems)))
    return msgspec.structs.replace(result, methods={**result.methods, WITHOUT_REVIEW: without_review})


def play_alone(trial: Trial, ideas: Ideas) -> TrialResult:
    """A trial through Saunter with these ideas and nothing beside it."""
    try:
        with SUITES[trial.suite].staged(trial) as stage:
            return played(trial, stage, ideas, stage.reviewer if ideas.review else None, {})
    except InputProblems as error:
        return TrialResult(trial, problems=tuple(map(str, error.problems)))


def played(
    trial: Trial,
    stage: Stage,
    ideas: Ideas,
    responder: Responder | None = None,
    baselines: dict[str, Callable[[Plan], BaselineEngine]] = BASELINES,
    calibration: Calibration = IDENTITY,
) -> TrialResult:
    """Everything on stage, through Saunter and these baselines side by side."""
    plan, heard = stage.plan, Heard()
    step = Careful(pipeline_with(Pipeline(plan, calibration, switches=switches_of(ideas)), ideas).step)
    player = Player(step, True, plan.store, time.process_time, heard, responder=responder, closing=CLOSING)
    runs = {name: BaselineRun(make(plan)) for name, make in baselines.items()}
    _side_by_side(stage, player, heard, tuple(runs.values()))
    window = plan.policies.reorder_window_ms * MILLISECOND
    charged = {SAUNTER: charges_of(heard, window, calibration)}
    charged |= {name: charges_of_baseline(run.bills) for name, run in runs.items()}
    return TrialResult(
        trial,
        _outcomes(charged, heard, stage),
        round(heard.shop_s, 3),
        crash=step.crash,
        audits=tally(heard.audits, heard.closings),
        overcharge_bound=plan.policies.overcharge_bound,
    )


def _side_by_side(stage: Stage, player: Player, heard: Heard, runs: Sequence[BaselineRun]) -> None:
    """Gives every record to Saunter and every reading to the baselines, then lets time pass until all is settled."""
    for record in stage.records:
        if player.take(record) and isinstance(record, Reading):
            for run in runs:
                run.take(record)
    player.close()
    for tick in closing_ticks(heard.last, stage.plan.store) if runs else ():
        for run in runs:
            run.take(tick)


def _outcomes(charged: dict[str, dict[str, Charge]], heard: Heard, stage: Stage) -> dict[str, MethodOutcome]:
    """What each method's bills come to beside the truth; Saunter's wrong ones are explained. Who warmed up is left out."""
    answers = answers_of(heard.truth, stage.plan, heard.last + sum(CLOSING)).without(stage.warm_up)
    methods = {name: outcome_of(_without(charges, stage.warm_up), answers) for name, charges in charged.items()}
    return {**methods, SAUNTER: explained(methods[SAUNTER], heard, answers, stage.plan)}


def _without(charges: dict[str, Charge], parties: frozenset[str]) -> dict[str, Charge]:
    return {party: charge for party, charge in charges.items() if party not in parties}


def charges_of(heard: Heard, window: int, calibration: Calibration = IDENTITY) -> dict[str, Charge]:
    """Saunter's bills by party: receipts that the guard stamped; others are to be made out by hand.

    Carts are said by the belief; what the shop makes of their sureness is said after calibration, as settlement does. A receipt
    is stamped with the instant up to which everything was known; it is said a reorder `window` (ns) later.
    """
    receipts = {receipt.visit: receipt for receipt in heard.receipts}
    visits = {change.visit: change.party for change in heard.visits} | {each.visit: each.party for each in heard.receipts}
    found: dict[str, Charge] = {}
    for visit, party in visits.items():
        receipt, cart = receipts.get(visit), heard.carts.get(visit)
        sent = receipt if receipt is not None and receipt.id in heard.stamped else None
        lines = calibrated(cart, calibration).lines if cart else ()
        found[party] = Charge(
            pieces={line.sku: line.quantity for line in sent.lines} if sent else {},
            at=sent.envelope.arrived + window if sent else None,
            at_least={line.sku: tuple(p for p in line.at_least if p >= LINE_PROBABILITY_MIN) for line in lines},
            believed={line.sku: line.at_least for line in cart.lines} if cart and calibration != IDENTITY else {},
            questions=heard.questions.get(visit, 0),
            by_hand=visit in heard.by_hand or (receipt is not None and sent is None),
        )
    return found


def charges_of_baseline(bills: Iterable[Billed]) -> dict[str, Charge]:
    """A baseline's bills by party; it is always certain."""
    return {bill.party: Charge(bill.pieces, bill.at, {sku: (1.0,) * n for sku, n in bill.pieces.items()}) for bill in bills}


def closing_ticks(last: int, store: str) -> Iterable[Tick]:
    """The same passing of time after the last reading that Saunter is given."""
    now = last
    for number, pause in enumerate(CLOSING):
        now += pause
        yield Tick(envelope=Envelope(store=store, stream="replay/ticks", sequence=number, happened=now, arrived=now))
