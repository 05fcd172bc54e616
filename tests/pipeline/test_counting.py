"""The counts behind the figures page: each record counts once, for what it is."""

from __future__ import annotations

import msgspec
from tests.pipeline.test_trading import a_day, answer, dispute
from tests.pipeline.the_stall import Day, stall

from saunter.base.time import SECOND
from saunter.pipeline.counting import WAITS_MAX, counted
from saunter.ports.documents import Counted
from saunter.records import Receipt, Stamp, VisitChanged


def counts(day: Day, before: Counted | None = None) -> Counted:
    left = {each.visit: each.happened for each in day.of(VisitChanged) if each.state == "leaving"}
    return counted(before or Counted(), day.said, day.now, lambda visit: left.get(visit, 0), day.plan)


def test_a_paid_and_disputed_day_is_counted() -> None:
    day = a_day()
    dispute(day)
    answer(day, 2)
    found = counts(day)
    assert (found.entered, found.visits, found.sales_minor, found.refunded_minor) == (1, 1, 240, 120)
    assert (found.disputes, found.touches, found.questions, found.audits) == (1, 2, 0, 0)
    assert found.baskets == {"2": 1}
    assert list(found.hours) == ["08"]
    assert 2 < found.waits_s[0] < 20


def test_who_took_nothing_is_no_sale() -> None:
    day = a_day("00:00.0  p1 enters\n00:06.0  p1 leaves\n")
    assert (counts(day).entered, counts(day).visits, counts(day).waits_s) == (1, 0, ())


def test_audits_count_by_what_they_found() -> None:
    found = []
    for choice in (1, 2, 3, 4):
        day = a_day(plan=stall(review="questions", audit_share=1.0))
        answer(day, choice)
        after = counts(day)
        found.append((after.audits, after.audited, after.audits_right, after.audits_over, after.questions))
    assert found == [(1, 1, 1, 0, 0), (1, 1, 0, 1, 0), (1, 1, 0, 0, 0), (1, 1, 0, 1, 0)]


def test_an_audit_that_nobody_could_tell_is_drawn_but_not_counted_as_looked_at() -> None:
    day = a_day(plan=stall(review="questions", audit_share=1.0))
    answer(day, 0, "r1")
    answer(day, 0, "r2")
    assert (counts(day).audited, counts(day).audits_right) == (0, 0)


def test_only_the_newest_waits_are_kept_and_one_without_an_exit_has_none() -> None:
    day = a_day()
    before = Counted(waits_s=tuple(range(WAITS_MAX)))
    after = counts(day, before)
    assert (len(after.waits_s), after.waits_s[0]) == (WAITS_MAX, 1)
    receipt, stamp = *day.of(Receipt), *day.of(Stamp)
    alone = counted(Counted(), [receipt, stamp], receipt.happened + SECOND, lambda visit: 0, day.plan)
    assert (alone.visits, alone.waits_s) == (1, ())


def test_a_receipt_that_the_guard_holds_back_is_no_sale() -> None:
    day = a_day()
    receipts = day.of(Receipt)
    assert counted(Counted(), receipts, day.now, lambda visit: 0, day.plan) == Counted()


def test_what_counts_for_nothing_changes_nothing() -> None:
    assert counted(Counted(), [], 0, lambda visit: 0, stall()) == Counted()
    day = Day().opens()
    assert msgspec.json.encode(counts(day)) == msgspec.json.encode(Counted())
