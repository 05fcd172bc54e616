"""Whatever comes in whatever order: the visit room keeps to its table, and how the input is chopped cannot matter."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from saunter.base.errors import Refused
from saunter.base.time import MILLISECOND, MINUTE, SECOND
from saunter.plan.types import Gate, Plan, Policies
from saunter.records import Alarm, Envelope, GatePass, PeopleFrame, Person, Receipt, Record, VisitChanged
from saunter.visit import TRANSITIONS, State, VisitEngine

PLAN = Plan(
    store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={"door": Gate("door", "both", 0.0, 0.0)},
    fixtures={}, shelves={}, plates={}, cameras={}, products={}, facings=(), taxes={},
    policies=Policies(exit_grace_ms=2000, sighting_timeout_ms=30000),
)  # fmt: skip

#: Steps of time on, beside and between the edges of the room's time-outs; a negative one makes a late record.
STEPS = st.sampled_from(
    [
        0, 1, -1, 40 * MILLISECOND, 2 * SECOND - 1, 2 * SECOND, 2 * SECOND + 1, 15 * SECOND, 28 * SECOND,
        30 * SECOND - 1, 30 * SECOND, 5 * MINUTE, 10 * MINUTE - 1, 10 * MINUTE,
    ]
)  # fmt: skip
PARTIES = st.sampled_from(["p1", "p2", "p1-2", "STAFF"])
VISITS = st.sampled_from(["visit-p1", "visit-p2", "visit-p1-2", "visit-p1-3", "visit-p2-2"])
PASSES = st.tuples(st.just("pass"), PARTIES, st.sampled_from(["in", "out"]), st.integers(1, 2), st.sampled_from(["", "t1", "t2"]))
FRAMES = st.tuples(
    st.just("frame"), st.lists(st.tuples(st.sampled_from(["", "p1", "p2", "NOBODY"]), st.sampled_from(["t1", "t2"])))
)
RECEIPTS = st.tuples(st.just("receipt"), VISITS)
EVENTS = st.lists(st.tuples(STEPS, st.one_of(PASSES, FRAMES, RECEIPTS)), max_size=25)


def records_of(events: Sequence[tuple[int, tuple]]) -> list[Record]:  # type: ignore[type-arg]
    at, made = 1000, []
    for sequence, (step, (kind, *what)) in enumerate(events):
        at += step
        envelope = Envelope(store="corner", stream=kind, sequence=sequence, happened=at, arrived=at)
        made.append(record_of(envelope, kind, what))
    return made


def record_of(envelope: Envelope, kind: str, what: list) -> Record:  # type: ignore[type-arg]
    if kind == "pass":
        party, direction, people, track = what
        return GatePass(
            envelope=envelope, gate="door", direction=direction, party=party, people=people, track=track, staff=party == "STAFF"
        )
    if kind == "frame":
        return PeopleFrame(
            envelope=envelope, people=tuple(Person(track=track, joints={}, party=party) for party, track in what[0])
        )
    party = what[0].removeprefix("visit-").removesuffix("-2").removesuffix("-3")
    return Receipt(
        envelope=envelope, visit=what[0], party=party, currency="EUR", lines=(), net_minor=0, tax_minor=0, total_minor=0
    )


def given_to(engine: VisitEngine, record: Record) -> bool:
    """Whether the room took the record; if not, it must be unchanged."""
    before = engine.snapshot()
    try:
        engine.receive(record)
    except Refused:
        assert engine.snapshot() == before
        return False
    return True


def undated(records: list[Record]) -> list[VisitChanged | Alarm]:
    """The changes and alarms without when they were said."""
    assert all(isinstance(record, VisitChanged | Alarm) for record in records)
    return [
        msgspec.structs.replace(record, envelope=msgspec.structs.replace(record.envelope, arrived=0))
        for record in records
        if isinstance(record, VisitChanged | Alarm)
    ]


def heard(records: list[Record]) -> list[VisitChanged]:
    """The changes without when they were said."""
    return [record for record in undated(records) if isinstance(record, VisitChanged)]


def ending(records: list[Record]) -> int:
    return max((record.happened for record in records), default=0) + 20 * MINUTE


@settings(max_examples=150, deadline=None)
@given(EVENTS)
def test_advancing_after_every_record_or_once_at_the_end_or_restarting_in_between_says_the_same(events: list) -> None:  # type: ignore[type-arg]
    records = records_of(events)
    at_once, step_by_step, restarted = VisitEngine(PLAN), VisitEngine(PLAN), VisitEngine(PLAN)
    stepwise: list[Record] = []
    clock = 0
    for record in records:
        taken = {given_to(engine, record) for engine in (at_once, step_by_step, restarted)}
        assert len(taken) == 1
        clock = max(clock, record.happened) if taken == {True} else clock
        stepwise += step_by_step.advance(clock)
        again = VisitEngine(PLAN)
        again.restore(restarted.snapshot())
        restarted = again
    afresh = restarted.advance(ending(records))
    whole = at_once.advance(ending(records))
    assert afresh == whole
    assert undated(whole) == undated(stepwise + step_by_step.advance(ending(records)))
    assert restarted.snapshot() == at_once.snapshot()


@settings(max_examples=150, deadline=None)
@given(EVENTS)
def test_every_visit_walks_along_the_table_and_no_party_shops_twice_at_once(events: list) -> None:  # type: ignore[type-arg]
    records = records_of(events)
    engine = VisitEngine(PLAN)
    taken = {record.id for record in records if given_to(engine, record)}
    told = engine.advance(ending(records))
    changes, alarms = heard(told), [each for each in told if isinstance(each, Alarm)]
    assert [change.envelope.sequence for change in changes] == list(range(len(changes)))
    states: dict[str, str] = {}
    for change in changes:
        before = State(states.get(change.visit, "expected"))
        assert State(change.state) in TRANSITIONS[before].values()
        states[change.visit] = change.state
        assert change.party not in ("STAFF", "NOBODY")
        shopping = [visit for visit, state in states.items() if state == "shopping" and of(changes, visit) == change.party]
        assert len(shopping) <= 1
    abandoned = [change.id for change in changes if change.state == "abandoned"]
    said = {change.id for change in changes}
    assert [(alarm.name, alarm.envelope.because) for alarm in alarms] == [("visit-abandoned", (id_,)) for id_ in abandoned]
    assert all(set(change.envelope.because) <= taken | said for change in changes)
    assert states == {visit.id: visit.state.value for visit in engine.open_visits()} | {
        visit: "settled" for visit, state in states.items() if state == "settled"
    }


def of(changes: list[VisitChanged], visit: str) -> str:
    """The one party of a visit."""
    (party,) = {change.party for change in changes if change.visit == visit}
    return party


@settings(max_examples=100, deadline=None)
@given(EVENTS)
def test_the_instants_of_one_visit_never_go_back(events: list) -> None:  # type: ignore[type-arg]
    records = records_of(events)
    engine = VisitEngine(PLAN)
    for record in records:
        given_to(engine, record)
    last: dict[str, int] = {}
    for change in heard(engine.advance(ending(records))):
        assert change.happened >= last.get(change.visit, 0)
        last[change.visit] = change.happened
