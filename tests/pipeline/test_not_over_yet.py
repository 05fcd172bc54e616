"""What is not over is never forgotten, however long it lasts: room by room, two months of ticks."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.approvals.test_approvals import cart as live_cart
from tests.approvals.test_approvals import charge, checked, confirmed, desk, left, said, settlement
from tests.guard.test_guard_commands import Watched, coming_in, shopping
from tests.ledger.test_corrections import corrected, refuses, sold
from tests.payment.till import receipt_of
from tests.visit.test_visit_stories import gate, receipt, seen, shop, tracked
from tests.visit.test_visit_stories import refuses as visit_refuses
from tests.visit.test_visit_stories import said as visits

from saunter.base.time import HOUR, MINUTE
from saunter.records import Envelope, Settlement, Stamp, Tick
from saunter.visit import VisitEngine

DAY = 24 * HOUR


def days(first: int, last: int) -> Iterable[Tick]:
    """A tick a day."""
    for number in range(first, last):
        place = Envelope(store="corner", stream="ticks", sequence=number, happened=number * DAY, arrived=number * DAY)
        yield Tick(envelope=place)


def two_months(watched: Watched) -> Watched:
    for tick in days(1, 61):
        watched.sees(tick)
    return watched


def test_the_guard_remembers_a_hold_until_it_has_ended() -> None:
    assert two_months(shopping()).entry("denied", "code expired").asks("release") == []


def test_the_guard_remembers_a_command_until_its_outcome_is_known() -> None:
    watched = two_months(coming_in().does("authorise", 5000))
    assert watched.outcome("authorise").entry("denied", "shop closed").asks("release") == []


def test_the_guard_remembers_a_visit_until_its_bill_is_made() -> None:
    watched = two_months(Watched().key().visit("settling", visit="visit-p1"))
    watched.engine.receive(receipt_of(watched.place("ledger"), "p1", 300))
    assert [type(each) for each in watched.engine.advance(60)] == [Stamp]


def test_the_guard_forgets_what_is_over_and_a_key_that_nobody_used_sooner() -> None:
    watched = shopping().visit("abandoned").does("release").outcome("release", amount=0).key("p2")
    for tick in days(1, 4):
        watched.sees(tick)
    assert (b'"p1"' in watched.engine.snapshot(), b'"p2"' in watched.engine.snapshot()) == (True, False)
    for tick in days(4, 61):
        watched.sees(tick)
    assert b'"p1"' not in watched.engine.snapshot()


def walked_out() -> VisitEngine:
    """p1 came in with a track, and left; its bill is due."""
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in", track="body-4"))
    engine.receive(gate(100, "p1", "out"))
    return engine


def test_a_visit_that_waits_for_its_bill_gets_it_after_two_months() -> None:
    engine = walked_out()
    engine.advance(MINUTE)
    for tick in days(1, 61):
        engine.receive(tick)
    engine.receive(receipt(61 * DAY, "visit-p1", "p1"))
    assert visits(engine, 61 * DAY)[-1] == ("visit-p1", "settled", 61 * DAY)


def test_a_party_that_left_by_a_gate_is_not_taken_for_a_new_one_by_a_late_sighting() -> None:
    engine = walked_out()
    engine.advance(MINUTE)
    engine.receive(receipt(MINUTE, "visit-p1", "p1"))
    engine.advance(MINUTE)
    for tick in days(1, 61):
        engine.receive(tick)
    assert b'"p1"' not in engine.snapshot()
    visit_refuses(engine, receipt(61 * DAY, "visit-p1", "p1"), "visit 'visit-p1' is not known, or was over long ago")
    engine.receive(seen(61 * DAY, "p1"))
    assert engine.open_visits() == ()
    engine.receive(gate(62 * DAY, "p1", "in"))
    assert visits(engine, 62 * DAY) == [("visit-p1-2", "shopping", 62 * DAY)]


def test_nothing_of_a_lost_party_is_left_after_two_months_not_even_its_track() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in", track="body-4"))
    engine.advance(HOUR)
    for tick in days(1, 61):
        engine.receive(tick)
    assert engine.open_visits() == ()
    assert b"body-4" not in engine.snapshot()
    engine.receive(tracked(61 * DAY, "body-4"))
    assert engine.open_visits() == ()


def test_no_two_visits_share_a_name_even_if_one_is_forgotten_and_parties_are_called_like_second_visits() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1-2", "in"))
    engine.advance(HOUR)
    for tick in days(1, 61):
        engine.receive(tick)
    engine.receive(gate(61 * DAY, "p1", "in"))
    engine.receive(gate(61 * DAY + HOUR, "p1", "in"))
    assert [visit.id for visit in engine.open_visits()] == ["visit-p1", "visit-p1-3"]


def test_a_bill_that_waits_for_a_person_waits_for_two_months_and_what_was_refused_stays_off_it() -> None:
    engine = desk(live_cart(gin=0.9), left(), checked(False), settlement(charge("gin"), charge("gum")), mode="assisted")
    engine.advance(0)
    for tick in days(1, 61):
        engine.receive(tick)
    engine.receive(confirmed())
    assert engine.waiting() == {}
    (bill,) = engine.advance(61 * DAY)
    assert isinstance(bill, Settlement)
    assert [(each.sku, each.action) for each in bill.decisions] == [("gin", "drop"), ("gum", "charge")]


def test_an_age_check_of_a_party_that_nobody_saw_leave_is_void_in_the_end() -> None:
    engine = desk(live_cart(gin=0.9))
    assert len(said(engine)) == 1
    for tick in days(1, 61):
        engine.receive(tick)
    assert ["void" in each for each in said(engine, 61 * DAY)] == [True]
    assert b"visit-p1" not in engine.snapshot()


def test_what_approvals_handed_on_or_heard_of_is_forgotten() -> None:
    engine = desk(settlement(charge("gum")), left(visit="visit-p2"))
    engine.advance(0)
    for tick in days(1, 61):
        engine.receive(tick)
    assert b"visit-p" not in engine.snapshot()


@pytest.mark.parametrize(("corrected_on", "possible"), [(30, True), (None, False)])
def test_a_receipt_is_remembered_from_its_last_correction_on(corrected_on: int | None, possible: bool) -> None:
    engine, sold_on = sold(bread=2)
    for tick in days(1, 50):
        engine.receive(tick)
        if tick.happened == (corrected_on or 0) * DAY:
            corrected(engine, sold_on, {"bread": 1})
    if possible:
        refuses(engine, sold_on, {"bread": 2}, "2 pieces of 'bread' are more than the 1 that were charged and not given back")
        assert corrected(engine, sold_on, {"bread": 1}).total_minor == 250
    else:
        refuses(engine, sold_on, {"bread": 1}, "or the time for corrections of it is over; nothing is given back")
