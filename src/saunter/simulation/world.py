"""The pretend shop as one stream: a story goes in, readings and the truth come out in order of arrival."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from saunter.base.errors import InputProblems, Problem
from saunter.base.ids import STAFF
from saunter.base.time import from_seconds
from saunter.plan import Plan
from saunter.records import AnyRecord, Envelope, GatePass, Tick, TrueAction, TrueLine, TrueReceipt
from saunter.simulation import table
from saunter.simulation.bodies import Pass
from saunter.simulation.people import Tracker
from saunter.simulation.scales import scale_of_story
from saunter.simulation.schedule import Schedule, Scheduler
from saunter.simulation.story import Story


def story_problems(plan: Plan, story: Story, seed: int) -> list[Problem]:
    """Everything that this shop cannot play of a story: its own mistakes, unknown things, empty shelves, ways too long.

    One complaint a line, the gravest; what may only follow from another mistake of the same party is left out.
    """
    found = [*story.problems(), *_plan_problems(plan, story)]
    return found if story.noise not in table.PRESETS else _with_scheduled(found, story, Scheduler(plan, story, seed))


def _with_scheduled(found: list[Problem], story: Story, scheduler: Scheduler) -> list[Problem]:
    told = {problem.line for problem in found if problem.line}
    unsure = {action.line for action in story.actions if getattr(action, "party", "") in story.shaky}
    found += [each for each in scheduler.unknown if each.line not in told]
    known = {*told, *unsure, *(each.line for each in scheduler.unknown)}
    found += [each for each in scheduler.problems if each.line not in known]
    return sorted(found, key=lambda problem: problem.line)


def simulate(plan: Plan, story: Story, seed: int) -> Iterator[AnyRecord]:
    """Plays a story: all records in order of `arrived` (ties by stream), from the story's 00:00.0 to AFTER_S past its end.

    Streams: `weights/<fixture>` (blocks of 12 samples at 60 Hz), `people`, `gates`, `ticks` (each 100 ms), and the truth in
    `truth/actions` and `truth/receipts` (visit `visit-<party>`). Nothing but the truth's streams knows what happened.
    Equal arguments give equal records. Raises InputProblems, before the first record, when the story cannot be played here.
    """
    found = [*story.problems(), *_plan_problems(plan, story)]
    if story.noise not in table.PRESETS:
        raise InputProblems(found)
    scheduler = Scheduler(plan, story, seed)
    problems = _with_scheduled(found, story, scheduler)
    if problems:
        raise InputProblems(problems)
    return _merged(plan, story, scheduler.schedule, seed)


def _merged(plan: Plan, story: Story, schedule: Schedule, seed: int) -> Iterator[AnyRecord]:
    end_s = schedule.end_s + table.AFTER_S
    sources: list[Iterator[AnyRecord]] = [
        scale_of_story(plan, fixture, story, schedule, seed).blocks(table.START_NS, end_s)
        for fixture, facts in plan.fixtures.items()
        if any(plan.shelves[shelf].plates for shelf in facts.shelves)
    ]
    if story.people != "none":
        sources.append(Tracker(plan, story, schedule.bodies, seed).frames(table.START_NS, end_s))
    if story.gates != "none":
        sources.append(_passes(plan, story, schedule))
    sources += [_ticks(plan, end_s), _true_actions(plan, schedule), _true_receipts(plan, story, schedule)]
    return heapq.merge(*sources, key=lambda record: (record.envelope.arrived, record.envelope.stream))


def _plan_problems(plan: Plan, story: Story) -> list[Problem]:
    found = []
    if plan.policies.hand_over != story.hand_over:
        what = f"the story says `hand-over: {story.hand_over}`, but the plan's policy is {plan.policies.hand_over}"
        found.append(Problem(story.name, 0, what, "let both say the same"))
    if story.gates == "named" and not any(gate.kind in ("in", "both") for gate in plan.gates.values()):
        what = "this shop has no gate that leads in, so nothing would name the parties"
        found.append(Problem(story.name, 0, what, "say `gates: none`: then the tracker itself names them"))
    named = {(sku, "product", sku in plan.products) for sku in story.weights_g}
    named |= {(plate, "plate", plate in plan.plates) for plate in (*story.plates, *story.alarms)}
    named |= {(plate, "plate", plate in plan.plates) for quiet in story.quiet for plate in quiet.plates}
    return found + [Problem(story.name, 0, f"this shop has no {kind} {name}") for name, kind, known in sorted(named) if not known]


def _envelope(plan: Plan, stream: str, sequence: int, at_s: float, late_s: float = 0.0) -> Envelope:
    happened = table.START_NS + from_seconds(at_s)
    return Envelope(
        store=plan.store, stream=stream, sequence=sequence, happened=happened, arrived=happened + from_seconds(late_s)
    )


def _ticks(plan: Plan, end_s: float) -> Iterator[Tick]:
    for number in range(int(end_s / table.TICK_S) + 1):
        yield Tick(envelope=_envelope(plan, table.STREAM_TICKS, number, number * table.TICK_S))


def _passes(plan: Plan, story: Story, schedule: Schedule) -> Iterator[GatePass]:
    for sequence, passed in enumerate(sorted(schedule.bodies.passes, key=lambda passed: passed.at_s)):
        is_known = passed.is_in or story.exits == "named"
        yield GatePass(
            envelope=_envelope(plan, table.STREAM_GATES, sequence, passed.at_s, table.GATE_LATENCY_S),
            gate=passed.gate,
            direction="in" if passed.is_in else "out",
            party=passed.body.party if is_known else "",
            track=_track_at(schedule, passed) if story.people != "none" else "",
            staff=passed.body.party == STAFF and is_known,
        )


def _track_at(schedule: Schedule, passed: Pass) -> str:
    """What the tracker calls a body when it passes a gate."""
    number, track = schedule.bodies.all.index(passed.body), ""
    for renaming in sorted(schedule.bodies.renamings, key=lambda renaming: renaming.at_s):
        if renaming.at_s <= passed.at_s:
            track = dict(renaming.names).get(number, track)
    return track


def _true_actions(plan: Plan, schedule: Schedule) -> Iterator[TrueAction]:
    for sequence, event in enumerate(sorted(schedule.truth, key=lambda event: event.at_s)):
        yield TrueAction(
            envelope=_envelope(plan, table.STREAM_ACTIONS, sequence, event.at_s),
            party=event.party,
            action=event.action,
            sku=event.sku,
            gtin=plan.products[event.sku].gtin if event.sku else "",
            quantity=event.quantity,
            plates=event.plates,
        )


def _true_receipts(plan: Plan, story: Story, schedule: Schedule) -> Iterator[TrueReceipt]:
    """The right bills, each when its party has left; of those who stay, at the end of the story."""
    left_s = {body.party: min(body.left_s, schedule.end_s) for body in schedule.bodies.all}
    bills = sorted(story.true_receipts.items(), key=lambda bill: left_s[bill[0]])
    for sequence, (party, lines) in enumerate(bills):
        products = [(plan.products[sku], quantity) for sku, quantity in lines.items()]
        yield TrueReceipt(
            envelope=_envelope(plan, table.STREAM_RECEIPTS, sequence, left_s[party]),
            visit=f"visit-{party}",
            party=party,
            lines=tuple(TrueLine(sku=p.sku, gtin=p.gtin, quantity=quantity, name=p.name) for p, quantity in products),
        )
