"""Parties come, shop and leave: what the visit room says about it, and when."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from saunter.base.errors import InputProblems, Refused
from saunter.base.time import MINUTE, SECOND
from saunter.plan.types import Gate, Plan, Policies
from saunter.records import Alarm, Envelope, GatePass, PeopleFrame, Person, Receipt, Record, VisitChanged
from saunter.visit import VisitEngine

GRACE = 2 * SECOND
TIMEOUT = 30 * SECOND
HOUR_LATER = 60 * MINUTE
HOUR = 60 * MINUTE


def shop(*, gates: bool = True, grace_ms: int = 2000) -> Plan:
    door = {"door": Gate("door", "both", 0.0, 0.0)} if gates else {}
    return Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates=door, fixtures={}, shelves={},
        plates={}, cameras={}, products={}, facings=(), taxes={},
        policies=Policies(exit_grace_ms=grace_ms, sighting_timeout_ms=30000),
    )  # fmt: skip


def envelope(stream: str, at: int, store: str = "corner") -> Envelope:
    return Envelope(store=store, stream=stream, sequence=at, happened=at, arrived=at)


def gate(at: int, party: str, direction: str, **more: object) -> GatePass:
    return GatePass(envelope=envelope("gates", at), gate="door", direction=direction, party=party, **more)  # type: ignore[arg-type]


def seen(at: int, *parties: str) -> PeopleFrame:
    people = tuple(Person(track=f"track-of-{party}", joints={}, party=party) for party in parties)
    return PeopleFrame(envelope=envelope("people", at), people=people)


def tracked(at: int, *tracks: str) -> PeopleFrame:
    return PeopleFrame(envelope=envelope("people", at), people=tuple(Person(track=track, joints={}) for track in tracks))


def receipt(at: int, visit: str, party: str) -> Receipt:
    return Receipt(
        envelope=envelope("ledger", at),
        visit=visit,
        party=party,
        currency="EUR",
        lines=(),
        net_minor=0,
        tax_minor=0,
        total_minor=0,
    )


def changes(records: list[Record]) -> list[tuple[str, str, int]]:
    """Visit, state and instant of each change; of what is no change, alarms are all there is."""
    assert all(isinstance(record, VisitChanged | Alarm) for record in records)
    return [(record.visit, record.state, record.happened) for record in records if isinstance(record, VisitChanged)]


def said(engine: VisitEngine, to: int) -> list[tuple[str, str, int]]:
    return changes(engine.advance(to))


def refuses(engine: VisitEngine, record: Record, match: str) -> None:
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        engine.receive(record)
    assert engine.snapshot() == before


def test_somebody_comes_in_by_the_gate_shops_leaves_and_gets_a_receipt() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(5, "p1", "in"))
    engine.receive(gate(100, "p1", "out"))
    engine.advance(100 + GRACE)
    engine.receive(receipt(100 + GRACE, "visit-p1", "p1"))
    assert said(engine, 200 + GRACE) == [("visit-p1", "settled", 100 + GRACE)]
    assert engine.open_visits() == ()


def test_every_change_is_a_whole_record_that_names_its_causes() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(5, "p1", "in"))
    engine.receive(gate(100, "p1", "out"))

    def change(sequence: int, state: str, happened: int, *because: str) -> VisitChanged:
        place = Envelope(
            store="corner", stream="visit", sequence=sequence, happened=happened, arrived=100 + GRACE, because=because
        )
        return VisitChanged(envelope=place, visit="visit-p1", party="p1", state=state)

    assert engine.advance(100 + GRACE) == [
        change(0, "shopping", 5, "gates:5"),
        change(1, "leaving", 100, "visit:0", "gates:100"),
        change(2, "settling", 100 + GRACE, "visit:1", "gates:100"),
    ]


def test_the_grace_ends_exactly_at_its_edge_and_not_a_nanosecond_before() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in"))
    engine.receive(gate(100, "p1", "out"))
    assert said(engine, 99 + GRACE)[-1] == ("visit-p1", "leaving", 100)
    assert said(engine, 100 + GRACE) == [("visit-p1", "settling", 100 + GRACE)]
    assert said(engine, 100 + GRACE) == []


def test_a_shop_without_grace_settles_in_the_instant_of_the_exit() -> None:
    engine = VisitEngine(shop(grace_ms=0))
    engine.receive(gate(0, "p1", "in"))
    engine.receive(gate(7, "p1", "out"))
    assert said(engine, 7) == [("visit-p1", "shopping", 0), ("visit-p1", "leaving", 7), ("visit-p1", "settling", 7)]


def test_a_re_entry_after_leaving_is_a_second_visit_even_while_the_first_is_being_settled() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in"))
    engine.receive(gate(10, "p1", "out"))
    engine.receive(gate(20, "p1", "in"))
    assert said(engine, 10 + GRACE) == [
        ("visit-p1", "shopping", 0),
        ("visit-p1", "leaving", 10),
        ("visit-p1-2", "shopping", 20),
        ("visit-p1", "settling", 10 + GRACE),
    ]
    engine.receive(receipt(10 + GRACE, "visit-p1", "p1"))
    engine.receive(gate(11 + GRACE, "p1", "out"))
    engine.receive(gate(12 + GRACE, "p1", "in"))
    assert [visit.id for visit in engine.open_visits()] == ["visit-p1-2", "visit-p1-3"]


def test_visit_ids_never_meet_even_if_a_party_is_called_like_a_second_visit() -> None:
    engine = VisitEngine(shop())
    for at, party, direction in ((0, "p1-2", "in"), (1, "p1", "in"), (2, "p1", "out"), (3, "p1", "in")):
        engine.receive(gate(at, party, direction))
    assert [(visit.id, visit.party) for visit in engine.open_visits()] == [
        ("visit-p1-2", "p1-2"), ("visit-p1", "p1"), ("visit-p1-3", "p1"),
    ]  # fmt: skip


def test_a_group_on_one_key_is_one_visit_until_the_last_of_it_has_left() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in", people=2))
    engine.receive(gate(1, "p1", "in"))
    engine.receive(gate(10, "p1", "out", people=2))
    assert said(engine, 10) == [("visit-p1", "shopping", 0)]
    engine.receive(gate(20, "p1", "out"))
    assert said(engine, 20) == [("visit-p1", "leaving", 20)]


def test_a_group_whose_last_body_is_never_seen_to_leave_has_left_with_its_last_sign() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in", people=2))
    engine.receive(gate(10, "p1", "out"))
    assert said(engine, 9 + 10 * MINUTE) == [("visit-p1", "shopping", 0)]
    assert said(engine, 10 + 10 * MINUTE) == [("visit-p1", "leaving", 10), ("visit-p1", "settling", 10 + 10 * MINUTE)]


def test_staff_and_other_reserved_parties_make_no_visit() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "STAFF", "in", staff=True))
    engine.receive(gate(1, "badge-7", "in", staff=True))
    engine.receive(gate(2, "UNREGISTERED", "in"))
    engine.receive(seen(3, "STAFF", "NOBODY", "UNREGISTERED"))
    engine.receive(gate(4, "STAFF", "out", staff=True))
    assert engine.advance(HOUR_LATER) == []
    assert engine.parties_present(3) == ()


def test_a_gate_party_lost_from_sight_for_ten_minutes_is_abandoned_exactly_then() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in"))
    engine.receive(seen(50, "p1"))
    assert said(engine, 49 + 10 * MINUTE) == [("visit-p1", "shopping", 0)]
    assert said(engine, 50 + 10 * MINUTE) == [("visit-p1", "abandoned", 50 + 10 * MINUTE)]
    assert said(engine, HOUR_LATER) == []
    assert [visit.state for visit in engine.open_visits()] == ["abandoned"]


def test_staff_are_told_once_who_was_lost_from_sight_since_when_and_what_to_do() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(8 * HOUR, "p1", "in"))
    engine.receive(seen(8 * HOUR + 5 * MINUTE, "p1"))
    assert not [each for each in engine.advance(8 * HOUR + 15 * MINUTE - 1) if isinstance(each, Alarm)]
    change, alarm = engine.advance(8 * HOUR + 15 * MINUTE)
    assert isinstance(alarm, Alarm)
    assert (alarm.name, alarm.subject, alarm.envelope.because) == ("visit-abandoned", "visit-p1", (change.id,))
    assert alarm.text == (
        "p1 (visit-p1) came in at 08:00, was last seen at 08:05, 10 minutes before this, and no gate saw it leave. It is not "
        "counted inside any more, nothing is charged, and what is held for it is let go. See whether somebody needs help, or "
        "whether a gate or the tracker missed them; if they are seen to leave after all, their receipt is made and charged then"
    )
    assert engine.advance(12 * HOUR) == []


def test_an_abandoned_party_that_is_sighted_again_shops_on() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in"))
    engine.advance(11 * MINUTE)
    engine.receive(seen(12 * MINUTE, "p1"))
    engine.receive(gate(13 * MINUTE, "p1", "out"))
    assert said(engine, 13 * MINUTE) == [("visit-p1", "shopping", 12 * MINUTE), ("visit-p1", "leaving", 13 * MINUTE)]


def test_an_abandoned_party_may_still_leave_by_the_gate() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in"))
    engine.receive(gate(10 * MINUTE, "p1", "out"))
    assert said(engine, 10 * MINUTE) == [
        ("visit-p1", "shopping", 0), ("visit-p1", "abandoned", 10 * MINUTE), ("visit-p1", "leaving", 10 * MINUTE),
    ]  # fmt: skip


def test_a_re_entry_of_an_abandoned_party_is_a_new_visit_and_the_old_one_stays_for_the_staff() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in"))
    engine.receive(gate(20 * MINUTE, "p1", "in"))
    assert [(visit.id, visit.state.value) for visit in engine.open_visits()] == [
        ("visit-p1", "abandoned"),
        ("visit-p1-2", "shopping"),
    ]


def test_the_track_that_the_gate_saw_keeps_a_party_in_sight() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in", track="body-4"))
    for minute in (9, 18):
        engine.receive(tracked(minute * MINUTE, "body-4", "body-5"))
    assert said(engine, 27 * MINUTE) == [("visit-p1", "shopping", 0)]
    assert said(engine, 28 * MINUTE) == [("visit-p1", "abandoned", 28 * MINUTE)]


def test_the_track_of_an_abandoned_visit_counts_for_the_visit_that_its_party_began_since() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in", track="body-4"))
    engine.receive(gate(20 * MINUTE, "p1", "in"))
    engine.receive(tracked(29 * MINUTE, "body-4"))
    assert [(visit.id, visit.state.value, visit.last_seen) for visit in engine.open_visits()] == [
        ("visit-p1", "abandoned", 0), ("visit-p1-2", "shopping", 29 * MINUTE),
    ]  # fmt: skip


def test_the_track_that_a_gate_named_is_forgotten_with_the_last_visit_and_not_before() -> None:
    engine = VisitEngine(shop())
    for at, direction in ((0, "in"), (1, "out"), (2, "in")):
        engine.receive(gate(at, "p1", direction, track="body-4"))
    engine.receive(receipt(2 + GRACE, "visit-p1", "p1"))
    engine.receive(tracked(MINUTE, "body-4"))
    assert [(visit.id, visit.last_seen) for visit in engine.open_visits()] == [("visit-p1-2", MINUTE)]
    engine.receive(gate(2 * MINUTE, "p1", "out"))
    engine.receive(receipt(3 * MINUTE, "visit-p1-2", "p1"))
    assert b"body-4" not in engine.snapshot()


def test_without_gates_a_visit_runs_from_the_first_to_the_last_sighting() -> None:
    engine = VisitEngine(shop(gates=False))
    for at in (7, 7 + TIMEOUT - 1, 9 + TIMEOUT):
        engine.receive(seen(at, "p1", "p1"))
    last = 9 + TIMEOUT
    assert said(engine, last + TIMEOUT - 1) == [("visit-p1", "shopping", 7)]
    changed = engine.advance(last + TIMEOUT)
    assert changes(changed) == [("visit-p1", "leaving", last), ("visit-p1", "settling", last + TIMEOUT)]
    assert [change.envelope.because for change in changed] == [("visit:0", f"people:{last}"), ("visit:1", f"people:{last}")]


def test_a_sighting_exactly_at_the_time_out_comes_too_late_whether_time_was_advanced_or_not() -> None:
    for advanced in (False, True):
        engine = VisitEngine(shop(gates=False))
        engine.receive(seen(0, "p1"))
        heard = said(engine, TIMEOUT) if advanced else []
        engine.receive(seen(TIMEOUT, "p1"))
        assert heard + said(engine, TIMEOUT) == [
            ("visit-p1", "shopping", 0), ("visit-p1", "leaving", 0), ("visit-p1", "settling", TIMEOUT),
            ("visit-p1-2", "shopping", TIMEOUT),
        ]  # fmt: skip


def test_a_sighting_a_nanosecond_before_the_time_out_keeps_the_visit() -> None:
    engine = VisitEngine(shop(gates=False))
    engine.receive(seen(0, "p1"))
    engine.receive(seen(TIMEOUT - 1, "p1"))
    assert said(engine, TIMEOUT) == [("visit-p1", "shopping", 0)]


def test_a_party_seen_outside_after_its_exit_makes_no_new_visit() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in"))
    engine.receive(gate(10, "p1", "out"))
    engine.receive(seen(20, "p1"))
    engine.advance(10 + GRACE)
    engine.receive(receipt(10 + GRACE, "visit-p1", "p1"))
    engine.receive(seen(30 + GRACE, "p1"))
    assert said(engine, HOUR_LATER) == [("visit-p1", "settled", 10 + GRACE)]


def test_a_party_sighted_just_before_its_gate_pass_has_one_visit_and_only_the_gate_ends_it() -> None:
    engine = VisitEngine(shop())
    engine.receive(seen(0, "p1"))
    engine.receive(gate(5, "p1", "in"))
    engine.receive(gate(2 * MINUTE, "p1", "out"))
    assert said(engine, 2 * MINUTE) == [("visit-p1", "shopping", 0), ("visit-p1", "leaving", 2 * MINUTE)]


def test_a_party_known_by_sight_that_leaves_by_the_gate_is_not_taken_for_a_new_one_outside() -> None:
    engine = VisitEngine(shop())
    engine.receive(seen(0, "p1"))
    engine.receive(gate(10, "p1", "out"))
    engine.receive(seen(20, "p1"))
    assert said(engine, 20) == [("visit-p1", "shopping", 0), ("visit-p1", "leaving", 10)]


def test_a_plan_that_knows_no_gates_takes_a_pass_through_any() -> None:
    engine = VisitEngine(shop(gates=False))
    engine.receive(gate(0, "p1", "in"))
    assert said(engine, 0) == [("visit-p1", "shopping", 0)]


def test_who_is_present_is_listed_by_id_whoever_came_first() -> None:
    engine = VisitEngine(shop())
    engine.receive(seen(0, "p3", "p1", "p6", "p2", "p5", "p4"))
    assert engine.parties_present(0) == ("p1", "p2", "p3", "p4", "p5", "p6")


def test_two_time_outs_in_one_instant_are_told_in_the_order_the_visits_began() -> None:
    engine = VisitEngine(shop(gates=False))
    engine.receive(seen(0, "p2", "p1"))
    assert said(engine, TIMEOUT) == [
        ("visit-p2", "shopping", 0), ("visit-p1", "shopping", 0), ("visit-p2", "leaving", 0), ("visit-p2", "settling", TIMEOUT),
        ("visit-p1", "leaving", 0), ("visit-p1", "settling", TIMEOUT),
    ]  # fmt: skip


def test_who_was_present_is_known_for_the_past_of_open_visits() -> None:
    engine = VisitEngine(shop())
    engine.receive(seen(0, "p2"))
    engine.receive(gate(10, "p1", "in"))
    engine.receive(gate(20, "p1", "out"))
    assert [engine.parties_present(at) for at in (0, 9, 10, 20, 21)] == [("p2",), ("p2",), ("p1", "p2"), ("p1", "p2"), ("p2",)]
    assert [engine.parties_present(TIMEOUT + more) for more in (-1, 0)] == [("p2",), ()]
    engine.advance(TIMEOUT)
    assert [engine.parties_present(at) for at in (-1, 0, 1)] == [(), ("p2",), ()]


def test_an_abandoned_party_counts_as_present_until_it_was_given_up() -> None:
    engine = VisitEngine(shop())
    engine.receive(gate(0, "p1", "in"))
    engine.advance(HOUR_LATER)
    assert [engine.parties_present(at) for at in (0, 10 * MINUTE, 10 * MINUTE + 1)] == [("p1",), ("p1",), ()]


def with_party(party: str) -> VisitEngine:
    engine = VisitEngine(shop())
    engine.receive(gate(0, party, "in"))
    engine.advance(50)
    return engine


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (gate(60, "p2", "out"), "party 'p2' has no visit that could end"),
        (gate(49, "p1", "out"), "too late"),
        (seen(49, "p1"), "too late"),
        (gate(60, "", "in"), "not the id of a party"),
        (gate(60, "p 1", "in"), "not the id of a party"),
        (seen(60, "p1", "p 1"), "not the id of a party"),
        (gate(60, "p1", "in", people=0), "0 people cannot pass"),
        (
            GatePass(envelope=envelope("gates", 60), gate="window", direction="in", party="p2"),
            "the plan has no gate 'window'; it has door",
        ),
        (GatePass(envelope=envelope("gates", 60, "other"), gate="door", direction="in", party="p2"), "belongs to store 'other'"),
        (receipt(60, "visit-p1", "p1"), "a visit that is shopping cannot take the event 'billed'"),
        (receipt(60, "visit-p9", "p9"), "visit 'visit-p9' is not known"),
        (
            Alarm(envelope=envelope("ticks", 60), name="plate-dead", subject="g1", text=""),
            "takes gate passes, people, receipts and bills refused, not Alarm",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(record: Record, match: str) -> None:
    refuses(with_party("p1"), record, match)


def test_a_receipt_counts_once_for_the_right_party_and_only_after_the_grace() -> None:
    engine = with_party("p1")
    engine.receive(gate(100, "p1", "out"))
    refuses(engine, gate(101, "p1", "out"), "visit-p1: a visit that is leaving cannot take the event 'left'")
    refuses(engine, receipt(99 + GRACE, "visit-p1", "p1"), "a visit that is leaving cannot take the event 'billed'")
    refuses(engine, receipt(100 + GRACE, "visit-p1", "p2"), "is of party 'p1', not 'p2'")
    engine.receive(receipt(100 + GRACE, "visit-p1", "p1"))
    refuses(engine, receipt(101 + GRACE, "visit-p1", "p1"), "is over already")
    refuses(engine, gate(101 + GRACE, "p1", "out"), "has no visit that could end")


def refused_bill(at: int, visit: str, name: str = "bill-refused") -> Alarm:
    return Alarm(envelope=envelope("alarms", at), name=name, subject=visit, text="")


def test_a_visit_whose_bill_is_refused_is_over_without_one_and_its_party_may_come_again() -> None:
    engine = with_party("p1")
    engine.receive(gate(100, "p1", "out"))
    refuses(engine, refused_bill(99 + GRACE, "visit-p1"), "a visit that is leaving cannot take the event 'refused'")
    refuses(engine, refused_bill(100 + GRACE, "visit-p2"), "visit 'visit-p2' is not known")
    refuses(engine, refused_bill(100 + GRACE, "visit-p1", "plate-dead"), "bills refused, not Alarm")
    engine.receive(refused_bill(100 + GRACE, "visit-p1"))
    assert said(engine, 100 + GRACE)[-2:] == [("visit-p1", "settling", 100 + GRACE), ("visit-p1", "unbilled", 100 + GRACE)]
    refuses(engine, receipt(101 + GRACE, "visit-p1", "p1"), "is over already")
    refuses(engine, refused_bill(101 + GRACE, "visit-p1"), "is over already")
    engine.receive(gate(102 + GRACE, "p1", "in"))
    assert said(engine, 102 + GRACE) == [("visit-p1-2", "shopping", 102 + GRACE)]


def test_a_receipt_for_an_abandoned_visit_is_refused() -> None:
    engine = with_party("p1")
    refuses(engine, receipt(11 * MINUTE, "visit-p1", "p1"), "a visit that is abandoned cannot take")


def test_a_receipt_dated_before_the_settling_does_not_turn_time_round() -> None:
    engine = with_party("p1")
    engine.receive(gate(100, "p1", "out"))
    engine.advance(500 + GRACE)
    engine.receive(receipt(100, "visit-p1", "p1"))
    refuses(engine, gate(499 + GRACE, "p2", "in"), "too late")
    assert said(engine, 500 + GRACE) == [("visit-p1", "settled", 100 + GRACE)]


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="time cannot go back from 50 to 49"):
        with_party("p1").advance(49)


@pytest.mark.parametrize(
    "damage",
    [
        lambda good: good[:-1],
        lambda good: b"",
        lambda good: b"\xff" + good,
        lambda good: good.replace(b"shopping", b"sleeping"),
        lambda good: good.replace(b"corner", b"castle"),
    ],
)
def test_a_damaged_or_foreign_snapshot_is_refused_with_advice_and_changes_nothing(damage: Callable[[bytes], bytes]) -> None:
    engine = with_party("p1")
    before = engine.snapshot()
    with pytest.raises(InputProblems, match=r"visit snapshot: .* -> "):
        engine.restore(damage(before))
    assert engine.snapshot() == before
