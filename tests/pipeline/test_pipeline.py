"""The whole shop as one function: time passes only by ticks, and bad readings never stop it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pipeline.playing import Played, closing_ticks, digest, shop, through

from saunter.base.time import MILLISECOND, SECOND
from saunter.pipeline import Pipeline, run
from saunter.pipeline.engine import UNSETTLED_WAIT
from saunter.plan import Plan
from saunter.records import (
    Alarm,
    AnyRecord,
    Attribution,
    Cart,
    Envelope,
    GatePass,
    PeopleFrame,
    Reading,
    Receipt,
    Tick,
    TrueAction,
    TrueReceipt,
    VisitChanged,
    WeightBlock,
)
from saunter.simulation import parse_story, simulate
from saunter.simulation.table import START_NS

TEXT = """story: one of each
shop: corner
noise: calm
seed: 3
00:00.0  p1 enters
00:02.0  p2 enters
00:08.0  p1 takes 1 water from g1s3p2
00:10.0  p2 takes 2 crackers from g2s3p2
00:13.0  p2 puts back 1 crackers on g2s3p2
00:16.0  p1 leaves
00:18.0  p2 leaves
"""
BILLS = {"p1": {"water": 1}, "p2": {"crackers": 1}}


@cache
def corner() -> Plan:
    return shop("corner")


@cache
def readings(text: str = TEXT, seed: int = 3) -> tuple[Reading, ...]:
    story = parse_story(text, "test.scn")
    return tuple(r for r in simulate(corner(), story, seed) if not isinstance(r, TrueAction | TrueReceipt))


@cache
def usual() -> Played:
    return through(corner(), readings())


def envelope(stream: str, at_s: float, sequence: int = 10**6) -> Envelope:
    at = START_NS + round(at_s * SECOND)
    return Envelope(store="corner", stream=stream, sequence=sequence, happened=at, arrived=at)


def passes(at_s: float, **changes: object) -> GatePass:
    fields: dict[str, object] = {"envelope": envelope("gates", at_s), "gate": "door", "direction": "in", "party": "p3"}
    return GatePass(**{**fields, **changes})  # type: ignore[arg-type]


def strange_weights() -> WeightBlock:
    """From a scale that the plan does not know."""
    times = np.array([START_NS + 5 * SECOND], np.int64)
    return WeightBlock(envelope("weights/zz", 5.0), ("zz1",), 60.0, times, np.zeros((1, 1), np.float32))


def put_in(extra: Reading) -> list[AnyRecord]:
    """The usual readings with one more where it arrives."""
    return sorted([*readings(), extra], key=lambda reading: reading.envelope.arrived)


def alarms(played: Played, name: str) -> list[Alarm]:
    return [alarm for alarm in played.of(Alarm) if alarm.name == name]


@pytest.mark.slow
def test_the_usual_day_ends_with_the_right_bills_and_no_alarm() -> None:
    assert usual().bills == BILLS
    assert usual().alarms == []
    assert [change.state for change in usual().of(VisitChanged) if change.party == "p1"] == [
        "shopping", "leaving", "settling", "settled",
    ]  # fmt: skip


@pytest.mark.slow
def test_nothing_is_said_before_time_passes() -> None:
    pipeline = Pipeline(corner())
    said = [record for reading in readings() if not isinstance(reading, Tick) for record in pipeline.step(reading)]
    assert said == []


@pytest.mark.slow
def test_a_tick_that_is_not_later_than_the_last_says_nothing() -> None:
    pipeline = Pipeline(corner())
    for reading in readings():
        said = pipeline.step(reading)
        if isinstance(reading, Tick):
            assert pipeline.step(reading) == []
            assert pipeline.step(Tick(envelope=envelope("back", -100.0))) == []
    assert said is not None


@pytest.mark.slow
@pytest.mark.parametrize("every_ms", [100, 300, 1000])
def test_slower_clocks_say_the_same_later(every_ms: int) -> None:
    """Only when things are said depends on the ticks, not what is said."""
    told = through(corner(), [r for r in readings() if not isinstance(r, Tick) or r.envelope.sequence % (every_ms // 100) == 0])
    assert told.bills == BILLS
    assert events(told) == events(usual())


def events(played: Played) -> list[tuple[object, ...]]:
    return [(said.happened, said.plates, said.total_g, said.candidates[0], said.shares[0]) for said in played.of(Attribution)]


@pytest.mark.slow
def test_run_is_the_same_as_step_by_step() -> None:
    every = [*readings(), *closing_ticks("corner", usual().ended)]
    assert digest(run(corner(), every)) == digest(usual().said)


@pytest.mark.slow
@settings(max_examples=5)
@given(st.integers(0, 2**32), st.sampled_from([50, 300, 700]))
def test_shuffled_within_the_window_the_shop_says_the_same_to_the_last_byte(seed: int, late_ms: int) -> None:
    dice = np.random.default_rng(seed)
    arrivals = [
        reading.envelope.arrived + (0 if isinstance(reading, Tick) else int(dice.integers(late_ms * MILLISECOND)))
        for reading in readings()
    ]
    order = sorted(range(len(arrivals)), key=lambda number: (arrivals[number], number))
    assert digest(through(corner(), [readings()[number] for number in order]).said) == digest(usual().said)


# -- late and bad readings ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("late_ms", "is_late"), [(899, False), (1101, True)])
def test_a_frame_later_than_the_window_is_left_out_and_named(late_ms: int, is_late: bool) -> None:
    frames = [reading for reading in readings() if isinstance(reading, PeopleFrame)]
    moved = frames[60]
    at = moved.happened + late_ms * MILLISECOND
    others = [reading for reading in readings() if reading is not moved]
    first = next(number for number, reading in enumerate(others) if reading.envelope.arrived > at)
    told = through(corner(), [*others[:first], moved, *others[first:]])
    assert [alarm.subject for alarm in alarms(told, "late-readings")] == (["people"] if is_late else [])
    assert told.bills == BILLS


@pytest.mark.slow
def test_of_hundreds_of_late_readings_the_first_of_each_hundred_is_named() -> None:
    clock = Tick(envelope=envelope("clock", 3600.0))
    frames = [PeopleFrame(envelope=envelope("people", number / 10, number), people=()) for number in range(250)]
    told = through(corner(), [clock, *frames])
    assert [alarm.text.split()[0] for alarm in alarms(told, "late-readings")] == ["1", "101", "201"]
    assert all("reorder_window_ms" in alarm.text for alarm in alarms(told, "late-readings"))


@pytest.mark.slow
def test_late_weights_are_named_too() -> None:
    blocks = [reading for reading in readings() if isinstance(reading, WeightBlock)]
    moved = blocks[200]
    others = [reading for reading in readings() if reading is not moved]
    first = next(n for n, reading in enumerate(others) if reading.envelope.arrived > moved.happened + 4 * SECOND)
    told = through(corner(), [*others[:first], moved, *others[first:]])
    assert [alarm.name for alarm in told.alarms] == ["late-readings"]
    assert told.bills == BILLS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (passes(5.0, gate="hatch"), "hatch"),
        (passes(5.0, party="", track=""), "needs a party"),
        (passes(5.0, party="p7", direction="out"), "p7"),
        (passes(5.0, party="no name!"), "no name!"),
        (passes(5.0, people=0), "0 people"),
        (passes(5.0, envelope=msgspec.structs.replace(envelope("gates", 5.0), store="elsewhere")), "elsewhere"),
        (strange_weights(), "none of its plates is in the plan"),
    ],
)  # fmt: skip
def test_a_reading_the_shop_cannot_use_becomes_an_alarm_and_the_shop_goes_on(bad: Reading, says: str) -> None:
    told = through(corner(), put_in(bad))
    (alarm,) = alarms(told, "reading-refused")
    assert says in alarm.text
    assert alarm.subject == bad.id
    assert told.bills == BILLS
    assert events(told) == events(usual())


@pytest.mark.slow
def test_a_shop_without_any_reading_says_nothing() -> None:
    pipeline = Pipeline(corner())
    assert [record for tick in closing_ticks("corner", START_NS) for record in pipeline.step(tick)] == []


# -- bills -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_bill_waits_for_a_shelf_that_is_still_moving_but_not_for_ever() -> None:
    """Somebody leans on a shelf while p1 walks out: the bill comes when the shelf rests, at the latest after its time."""
    calm = "00:08.0  p1 takes 1 water from g1s3p2\n00:14.0  p1 leaves\n"
    text = "story: lean\nshop: corner\nnoise: calm\nseed: 1\n00:00.0  p1 enters\n00:01.0  p2 enters\n"
    leant = text + calm.replace("00:14.0", "00:12.0  p2 leans on g4s1 with 300 g for 15 s\n00:14.0")
    told = through(corner(), readings(leant + "00:40.0  p2 leaves\n", 1))
    (receipt,) = [receipt for receipt in told.receipts if receipt.party == "p1"]
    assert {line.sku: line.quantity for line in receipt.lines} == {"water": 1}
    left = next(change for change in told.of(VisitChanged) if (change.party, change.state) == ("p1", "settling"))
    assert receipt.envelope.arrived - left.happened <= UNSETTLED_WAIT + 2 * SECOND


@pytest.mark.slow
def test_carts_are_final_and_come_once_per_visit_before_their_receipt() -> None:
    order = [(type(record).__name__, record.visit) for record in usual().said if isinstance(record, Cart | Receipt)]
    assert order == [("Cart", "visit-p1"), ("Receipt", "visit-p1"), ("Cart", "visit-p2"), ("Receipt", "visit-p2")]
    assert all(cart.final for cart in usual().of(Cart))


@pytest.mark.slow
def test_a_visitor_who_comes_back_gets_a_second_bill_for_the_second_visit_only() -> None:
    text = TEXT.split("00:02.0", maxsplit=1)[0] + (
        "00:08.0  p1 takes 1 water from g1s3p2\n00:12.0  p1 leaves\n00:22.0  p2 enters\n"
        "00:30.0  p2 takes 1 soup from g4s1p2\n00:36.0  p2 leaves\n"
    )
    same_key = [msgspec.structs.replace(r, party="p1") if isinstance(r, GatePass) else r for r in readings(text, 5)]
    told = through(corner(), same_key)
    assert [(receipt.visit, [line.sku for line in receipt.lines]) for receipt in told.receipts] == [
        ("visit-p1", ["water"]),
        ("visit-p1-2", ["soup"]),
    ]
    assert told.stamped == [receipt.id for receipt in told.receipts]


@pytest.mark.slow
def test_the_shop_learns_from_what_was_surely_taken_what_things_weigh() -> None:
    pipeline = Pipeline(corner())
    before = pipeline.shelves.book.piece("water", "g1s3p2")
    for reading in readings():
        pipeline.step(reading)
    after = pipeline.shelves.book.piece("water", "g1s3p2")
    assert before is not None and after is not None
    assert after.shared < before.shared


@pytest.mark.slow
def test_with_a_threshold_of_one_only_certainties_are_charged_and_the_rest_is_dropped_openly() -> None:
    strict = replace(corner(), policies=replace(corner().policies, charge_threshold=1.0))
    told = through(strict, readings())
    for receipt in told.receipts:
        assert all(line.probability == 1.0 for line in receipt.lines)
        charged = {line.sku for line in receipt.lines}
        assert {decision.sku for decision in receipt.dropped} | charged == set(BILLS[receipt.party])


@pytest.mark.slow
def test_whatever_the_shop_says_follows_from_something_and_was_known_no_earlier_than_it_happened() -> None:
    for record in usual().said:
        assert record.envelope.arrived >= record.envelope.happened - SECOND
        assert record.envelope.store == "corner"
        if type(record).__name__ not in ("ShelfStep", "PlateHealth"):
            assert record.envelope.because, record.id
