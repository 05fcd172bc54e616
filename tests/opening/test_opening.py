"""A store opens, misses plates, closes, and changes how it settles."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saunter.base.errors import InputProblems, Refused
from saunter.base.geometry import Transform
from saunter.base.time import MINUTE, SECOND
from saunter.opening import TRANSITIONS, OpeningEngine, State
from saunter.plan.types import Plan, Plate, Policies
from saunter.records import Envelope, PlateHealth, Record, StoreChanged, StoreCommand, Tick, VisitChanged, WeightBlock

LISTENS = 15 * SECOND
WAITS = 30 * MINUTE


def shop(*plates: str, mode: str = "automatic") -> Plan:
    frame = Transform(np.eye(3), np.zeros(3))
    return Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={},
        plates={plate: Plate(plate, "s1", "f1", frame, 0.1, 0.1, 0.1, 0.0) for plate in plates},  # type: ignore[arg-type]
        cameras={}, products={}, facings=(), taxes={}, policies=Policies(mode=mode),  # type: ignore[arg-type]
    )  # fmt: skip


def envelope(stream: str, at: int, store: str = "corner") -> Envelope:
    return Envelope(store=store, stream=stream, sequence=at, happened=at, arrived=at)


def command(at: int, action: str) -> StoreCommand:
    return StoreCommand(envelope=envelope("orders", at), action=action, by="m1")  # type: ignore[arg-type]


def weights(at: int, **grams: float) -> WeightBlock:
    values = np.array([list(grams.values())], np.float32).reshape(1, len(grams))
    return WeightBlock(envelope("weights", at), tuple(grams), 60.0, np.array([at], np.int64), values)


def health(at: int, plate: str, state: str) -> PlateHealth:
    return PlateHealth(envelope=envelope("health", at), plate=plate, state=state)  # type: ignore[arg-type]


def visit(at: int, party: str, state: str) -> VisitChanged:
    return VisitChanged(envelope=envelope("visit", at), visit=f"visit-{party}", party=party, state=state)


def told(said: list[Record]) -> list[str]:
    changes = [each for each in said if isinstance(each, StoreChanged)]
    assert len(changes) == len(said)
    return [f"{each.state}: {each.reason}" for each in changes]


def heard(engine: OpeningEngine, *records: Record | WeightBlock) -> list[str]:
    """What the room says to these records, each followed by letting time pass to it."""
    said: list[str] = []
    for record in records:
        engine.receive(record)
        said += told(engine.advance(record.envelope.arrived))
    return said


def opened(*plates: str) -> OpeningEngine:
    engine = OpeningEngine(shop(*plates))
    heard(engine, command(1, "open"), weights(2, **dict.fromkeys(plates, 0.0)))
    assert engine.state is State.OPEN
    return engine


# -- opening ------------------------------------------------------------------------------------------------------------


def test_a_store_begins_closed_in_the_mode_of_its_plan_and_says_nothing() -> None:
    engine = OpeningEngine(shop("a", mode="shadow"))
    assert (engine.state, engine.mode, engine.advance(MINUTE)) == (State.CLOSED, "shadow", [])
    assert engine.possible() == ("open", "assisted", "automatic")


def test_it_opens_once_a_weight_of_every_plate_came_in() -> None:
    engine = OpeningEngine(shop("a", "b"))
    assert heard(engine, command(1, "open"), weights(2, a=5.0, b=float("nan"))) == ["opening: listening to the plates"]
    assert heard(engine, weights(3, b=0.0)) == ["open: every plate is live"]


def test_each_change_is_a_whole_record_that_names_its_causes() -> None:
    engine = OpeningEngine(shop("a"))
    engine.receive(command(1, "open"))
    engine.receive(health(2, "a", "live"))

    def change(sequence: int, happened: int, state: str, reason: str, *because: str) -> StoreChanged:
        place = Envelope(store="corner", stream="store", sequence=sequence, happened=happened, arrived=5, because=because)
        return StoreChanged(envelope=place, state=state, mode="automatic", reason=reason)  # type: ignore[arg-type]

    assert engine.advance(5) == [
        change(0, 1, "opening", "listening to the plates", "orders:1"),
        change(1, 2, "open", "every plate is live", "health:2", "store:0"),
    ]


def test_plates_heard_before_it_was_told_to_open_need_not_be_heard_again() -> None:
    engine = OpeningEngine(shop("a"))
    assert heard(engine, weights(1, a=0.0), command(2, "open")) == [
        "opening: listening to the plates", "open: every plate is live",
    ]  # fmt: skip


def test_a_store_without_plates_opens_at_once() -> None:
    assert heard(OpeningEngine(shop()), command(1, "open"))[-1] == "open: every plate is live"


def test_plates_not_heard_in_time_are_named_and_it_opens_without_them() -> None:
    engine = OpeningEngine(shop("a", "b", "c"))
    heard(engine, command(1, "open"), weights(2, a=0.0), health(3, "c", "frozen"))
    assert told(engine.advance(LISTENS)) == []
    assert told(engine.advance(1 + LISTENS)) == ["degraded: plates to look at: b (not heard yet), c (frozen)"]
    assert heard(engine, weights(2 + LISTENS, b=1.0)) == ["degraded: plates to look at: c (frozen)"]
    assert heard(engine, health(3 + LISTENS, "c", "live")) == ["open: every plate is live"]


def test_of_many_missing_plates_ten_are_named_and_the_rest_are_counted() -> None:
    engine = OpeningEngine(shop(*(f"p{number:02}" for number in range(12))))
    heard(engine, command(0, "open"))
    [said] = told(engine.advance(LISTENS))
    assert said.endswith("p08 (not heard yet), p09 (not heard yet) and 2 more")
    assert len(engine.missing()) == 12


# -- open ---------------------------------------------------------------------------------------------------------------


def test_a_plate_that_falls_silent_degrades_the_store_and_one_that_recovers_opens_it_again() -> None:
    engine = opened("a", "b")
    assert heard(engine, health(3, "b", "silent")) == ["degraded: plates to look at: b (silent)"]
    assert heard(engine, health(4, "a", "frozen")) == ["degraded: plates to look at: a (frozen), b (silent)"]
    assert heard(engine, health(5, "a", "frozen"), weights(6, a=1.0)) == []
    assert heard(engine, health(7, "b", "frozen")) == ["degraded: plates to look at: a (frozen), b (frozen)"]
    assert heard(engine, health(8, "a", "live"), health(9, "b", "live"))[-1] == "open: every plate is live"


def test_while_it_is_closed_plates_change_without_a_word_and_are_known_when_it_opens() -> None:
    engine = OpeningEngine(shop("a"))
    assert heard(engine, weights(1, a=0.0), health(2, "a", "silent")) == []
    heard(engine, command(3, "open"))
    assert told(engine.advance(3 + LISTENS)) == ["degraded: plates to look at: a (silent)"]


# -- closing ------------------------------------------------------------------------------------------------------------


def test_it_closes_at_once_when_nobody_is_inside() -> None:
    assert heard(opened("a"), command(3, "close")) == ["closing: nobody is let in any more", "closed: nobody is inside"]


@pytest.mark.parametrize("gone", ["leaving", "abandoned", "settled"])
def test_it_waits_for_everybody_inside_also_for_who_walked_in_meanwhile(gone: str) -> None:
    engine = opened("a")
    heard(engine, visit(3, "p1", "shopping"))
    assert heard(engine, command(4, "close"), visit(5, "p2", "shopping"), visit(6, "p1", gone)) == [
        "closing: nobody is let in any more"
    ]
    assert heard(engine, visit(7, "p2", gone)) == ["closed: nobody is inside"]


def test_it_closes_after_half_an_hour_and_names_who_may_be_inside() -> None:
    engine = opened("a")
    heard(engine, visit(3, "p2", "shopping"), visit(3, "p1", "shopping"), command(4, "close"))
    assert told(engine.advance(3 + WAITS)) == []
    assert told(engine.advance(4 + WAITS)) == ["closed: closed although somebody may be inside: look for p1, p2"]
    again = heard(engine, command(5 + WAITS, "open"), command(6 + WAITS, "close"))
    assert again[-1] == "closed: nobody is inside"


def test_a_closing_store_can_be_opened_again() -> None:
    engine = opened("a")
    heard(engine, visit(3, "p1", "shopping"), command(4, "close"))
    assert heard(engine, command(5, "open"))[-1] == "open: every plate is live"
    assert heard(engine, visit(6, "p1", "leaving")) == []


def test_an_opening_store_can_be_closed() -> None:
    engine = OpeningEngine(shop("a"))
    assert heard(engine, command(1, "open"), command(2, "close"))[-1] == "closed: nobody is inside"


# -- modes --------------------------------------------------------------------------------------------------------------


def test_the_mode_changes_at_any_time_and_the_state_stays() -> None:
    engine = opened("a")
    assert heard(engine, command(3, "shadow"), command(4, "assisted"), command(5, "close"), command(6, "automatic")) == [
        "open: settles in mode shadow from now on", "open: settles in mode assisted from now on",
        "closing: nobody is let in any more", "closed: nobody is inside", "closed: settles in mode automatic from now on",
    ]  # fmt: skip


# -- what cannot be -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (
            command(9, "open"),
            "the store is open in mode automatic and cannot be told 'open'; possible now: close, shadow, assisted$",
        ),
        (command(9, "automatic"), "cannot be told 'automatic'; possible now: close, shadow, assisted$"),
        (health(9, "z", "live"), "the plan has no plate 'z'"),
        (Tick(envelope=envelope("ticks", 9)), "opening takes commands, weights, plate health and visits, not Tick"),
        (Tick(envelope=envelope("ticks", 9, "castle")), "belongs to store 'castle'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_is_possible_and_changes_nothing(record: Record, match: str) -> None:
    engine = opened("a")
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        engine.receive(record)
    assert engine.snapshot() == before


def test_a_command_is_judged_by_how_the_store_stands_when_it_comes() -> None:
    engine = opened("a")
    heard(engine, visit(3, "p1", "shopping"), command(4, "close"))
    with pytest.raises(Refused, match="the store is closed in mode automatic and cannot be told 'close'"):
        engine.receive(command(4 + WAITS, "close"))


@pytest.mark.parametrize("damage", [lambda good: good[:-1], lambda good: good.replace(b"corner", b"castle")])
def test_a_damaged_or_foreign_snapshot_is_refused_with_advice_and_changes_nothing(damage: Callable[[bytes], bytes]) -> None:
    engine = opened("a")
    before = engine.snapshot()
    with pytest.raises(InputProblems, match=r"opening snapshot: .* -> "):
        engine.restore(damage(before))
    assert engine.snapshot() == before


def test_a_plate_that_the_plan_has_lost_is_not_missed_after_a_restart() -> None:
    engine = OpeningEngine(shop("a", "b"))
    heard(engine, weights(1, a=0.0))
    smaller = OpeningEngine(shop("a"))
    smaller.restore(engine.snapshot())
    assert heard(smaller, command(2, "open"))[-1] == "open: every plate is live"


EVENTS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, SECOND, LISTENS - 1, LISTENS, WAITS - 1, WAITS, -SECOND]),
        st.one_of(
            st.tuples(st.just(command), st.sampled_from(["open", "open", "close", "shadow", "automatic"])),
            st.tuples(st.just(health), st.sampled_from(["a", "b"]), st.sampled_from(["live", "live", "frozen", "silent"])),
            st.tuples(st.just(visit), st.sampled_from(["p1", "p2"]), st.sampled_from(["shopping", "leaving", "abandoned"])),
        ),
    ),
    max_size=30,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(EVENTS)
def test_the_store_walks_along_its_table_however_the_input_is_chopped_and_wherever_it_restarts(events: list) -> None:  # type: ignore[type-arg]
    at_once, stepwise, restarted = (OpeningEngine(shop("a", "b")) for _ in range(3))
    said: list[Record] = []
    at = latest = SECOND
    for step, (make, *what) in events:
        at = max(0, at + step)
        taken = {given_to(engine, make(at, *what)) for engine in (at_once, stepwise, restarted)}
        assert len(taken) == 1
        if taken == {True}:
            latest = max(latest, at)
            said += stepwise.advance(at)
        again = OpeningEngine(shop("a", "b"))
        again.restore(restarted.snapshot())
        restarted = again
    whole = at_once.advance(latest + WAITS)
    assert restarted.advance(latest + WAITS) == whole
    assert timeless(said + stepwise.advance(latest + WAITS)) == timeless(whole)
    state = State.CLOSED
    for change in whole:
        assert isinstance(change, StoreChanged)
        assert change.state in {*TRANSITIONS[state].values(), state}
        assert change.state != "open" or "live" in change.reason or "mode" in change.reason
        state = State(change.state)
    assert at_once.state is state
    assert not (state is State.OPEN and at_once.missing())
    assert not (state is State.DEGRADED and not at_once.missing())


def given_to(engine: OpeningEngine, record: Record) -> bool:
    """Whether the room took the record; if not, it must be unchanged."""
    before = engine.snapshot()
    try:
        engine.receive(record)
    except Refused:
        assert engine.snapshot() == before
        return False
    return True


def timeless(records: list[Record]) -> list[Record]:
    return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=0)) for each in records]
