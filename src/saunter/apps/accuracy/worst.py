"""The worst visits of a suite, each with its story: what was charged, what was true, and what the shop thought of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from saunter.apps.accuracy.causes import cause_of, exchanged, tells_of
from saunter.apps.accuracy.outcomes import Answers, MethodOutcome, Pieces, VisitOutcome
from saunter.apps.accuracy.trials import Trial
from saunter.apps.explaining import explain_event, explain_receipt
from saunter.apps.replaying import Replayed
from saunter.apps.reporting import events_of, name_of
from saunter.plan import Plan
from saunter.records import Attribution

#: An explanation longer than this is cut: the first reasons matter most.
ROWS_MAX: Final = 60


class WorstVisit(msgspec.Struct, frozen=True):
    """A visit that came out wrong. `explanation` is what a person would read, line by line; `exchange` what was charged in
    place of what, and `cause` why, each in a few words."""

    trial: str
    seed: int
    part: int
    party: str
    wrong: int
    missed: int
    late: bool
    over_minor: int
    under_minor: int
    charged: Pieces
    true: Pieces
    explanation: tuple[str, ...]
    exchange: str
    cause: str


def explained(outcome: MethodOutcome, replayed: Replayed, answers: Answers, plan: Plan) -> MethodOutcome:
    """The outcome with an explanation at every visit that is not exact."""
    events = events_of(replayed)

    def why(visit: VisitOutcome) -> VisitOutcome:
        told = tuple(_told(visit, replayed, events, answers, plan))
        return msgspec.structs.replace(visit, told=told, cause=cause_of(visit, events, answers.actions))

    return MethodOutcome(tuple(visit if visit.exact else why(visit) for visit in outcome.visits), outcome.actions)


def worst_visits(outcomes: Iterable[tuple[Trial, MethodOutcome]], count: int) -> tuple[WorstVisit, ...]:
    """The visits with the most wrong and missed pieces, of equal ones those with the most money wrong, then as played."""
    wrong = [(trial, visit) for trial, outcome in outcomes for visit in outcome.visits if not visit.exact]
    wrong.sort(key=lambda entry: (-entry[1].wrong - entry[1].missed, -entry[1].over_minor - entry[1].under_minor))
    return tuple(_worst(trial, visit) for trial, visit in wrong[:count])


def worst_lines(worst: Sequence[WorstVisit]) -> list[str]:
    """The same for people."""
    rows: list[str] = []
    for number, visit in enumerate(worst, start=1):
        late = ", late" if visit.late else ""
        rows.append(
            f"{number}. {visit.trial}, seed {visit.seed}, part {visit.part}, {visit.party}: "
            f"{visit.wrong} wrong, {visit.missed} missed{late}"
        )
        rows += [f"   {row}" for row in visit.explanation]
        rows.append("")
    return rows


def worst_table(worst: Sequence[WorstVisit]) -> list[str]:
    """One row per visit, as it is written in a document; money in minor units."""
    rows = [
        f"| {visit.trial} {visit.seed}/{visit.part} {visit.party} | {visit.wrong} | {visit.missed} "
        f"| {visit.over_minor} | {visit.under_minor} | {visit.exchange} | {visit.cause} |"
        for visit in worst
    ]
    return ["| visit (seed/part) | wrong | missed | over | under | charged | cause |", "|---|---|---|---|---|---|---|", *rows]


def _worst(trial: Trial, visit: VisitOutcome) -> WorstVisit:
    return WorstVisit(
        trial.name, trial.seed, trial.part, visit.party, visit.wrong, visit.missed, visit.late, visit.over_minor,
        visit.under_minor, visit.charged, visit.true, visit.told, exchanged(visit), visit.cause,
    )  # fmt: skip


def _told(visit: VisitOutcome, replayed: Replayed, events: Sequence[Attribution], answers: Answers, plan: Plan) -> Iterable[str]:
    """What was true and charged, the receipt with its reasons, and the movements about which the truth knows better."""
    rows = [f"True: {_listed(visit.true, plan)}.", f"Charged: {_listed(visit.charged, plan)}."]
    receipt = next((each for each in replayed.receipts if each.party == visit.party), None)
    rows += ["No receipt was made."] if receipt is None else explain_receipt(receipt, events, plan)
    disputed = {sku for sku in {**visit.true, **visit.charged} if visit.true.get(sku, 0) != visit.charged.get(sku, 0)}
    for action in answers.actions:
        if action.party == visit.party and action.sku in disputed:
            rows.append(f"In truth: {action.action} {action.quantity} x {name_of(action.sku, plan.products)} at this movement:")
            near = [event for event in events if tells_of(event, action)]
            rows += [f"  {row}" for event in near for row in explain_event(event, plan, action.sku)] or ["  None was felt."]
    return rows if len(rows) <= ROWS_MAX else [*rows[:ROWS_MAX], f"... and {len(rows) - ROWS_MAX} more lines"]


def _listed(pieces: Mapping[str, int], plan: Plan) -> str:
    return ", ".join(f"{quantity} x {name_of(sku, plan.products)} [{sku}]" for sku, quantity in pieces.items()) or "nothing"
