"""Parties that nobody sees leave: staff are told, what is held is let go, and whoever leaves after all pays then."""

from __future__ import annotations

import pytest
from tests.pipeline.test_trading import steps
from tests.pipeline.the_stall import Day, Provider, stall

from saunter.pipeline.showing import Showing
from saunter.ports import documents as d
from saunter.ports.books import Document
from saunter.records import Alarm, GatePass, PaymentCommand, Receipt, VisitChanged

#: The tracker sees nobody, and nobody walks out.
LOST = "people: none\n00:00.0  p1 enters\n00:05.0  p1 takes 2 cola from s1s1p1\n"


def lost_day(provider: Provider | None = None, **policies: object) -> Day:
    """p1 comes in, takes two colas, and is seen by nothing for eleven minutes."""
    day = Day(stall(**policies), provider).opens()
    day.comes()
    day.shops(LOST)
    day.passes(660)
    return day


def goes(day: Day) -> None:
    """p1 walks out through the door."""
    day.take(GatePass(envelope=day.place("gates/door"), gate="door", direction="out", party="p1"))
    day.passes(10)


def alarms(day: Day) -> list[tuple[str, str]]:
    return [(each.name, each.subject) for each in day.of(Alarm) if not each.name.startswith("plate-")]


def test_staff_are_told_who_was_lost_nothing_is_charged_and_the_hold_ends_with_the_guards_stamp() -> None:
    day = lost_day()
    assert steps(day)[-4:] == ["visit shopping", "visit abandoned", "release 0", "released"]
    assert alarms(day) == [("visit-abandoned", "visit-p1")]
    assert day.of(Receipt) == []
    assert day.provider.held() == []
    assert day.provider.sums() == {"pay/p1": 0}
    assert (day.shop.entry.inside(), day.shop.entry.places_taken()) == (0, 0)


def test_who_leaves_after_all_is_charged_by_a_payment_of_its_own_to_the_cent() -> None:
    day = lost_day()
    goes(day)
    assert steps(day)[-9:] == [
        "released", "visit leaving", "visit settling", "receipt 240", "visit settled", "authorise 240", "authorised",
        "capture 240", "captured",
    ]  # fmt: skip
    assert day.provider.sums() == {"pay/p1": 0, "pay/p1/more": 240}
    assert day.provider.held() == []
    assert alarms(day) == [("visit-abandoned", "visit-p1")]


def test_who_leaves_after_all_and_whose_card_is_declined_then_is_told_to_staff() -> None:
    day = lost_day(Provider(authorise=["", "declined"]))
    goes(day)
    assert [name for name, _ in alarms(day)] == ["visit-abandoned", "payment-uncollected"]
    assert day.provider.sums() == {"pay/p1": 0}


@pytest.mark.parametrize("way", ["unknown", "lost", "twice", "late"])
def test_whatever_becomes_of_the_release_the_hold_ends_once(way: str) -> None:
    day = lost_day(Provider(release=[way]))
    assert day.provider.held() == []
    assert len({each.key for each in day.of(PaymentCommand) if each.action == "release"}) == 1
    goes(day)
    assert day.provider.sums()["pay/p1/more"] == 240


def test_pages_do_not_count_a_lost_party_inside() -> None:
    kept: dict[tuple[str, str], Document] = {}
    day = lost_day()
    showing = Showing(day.plan, lambda kind, key: kept.get((kind, key)), lambda party: f"visit-{party}", day.shop.ledger.preview)
    inside = []
    for record in day.said:
        kept |= {(each.kind, each.key): each for each in showing.show([record], record.envelope.arrived)}
        if isinstance(record, VisitChanged):
            shop = showing._get("shop", "stall", d.Shop)
            inside.append((record.state, shop.inside if shop else 0))
    assert inside == [("shopping", 1), ("abandoned", 0)]
    visit = showing._get("visit", "visit-p1", d.Visit)
    assert visit is not None
    assert (visit.state, visit.payment) == ("abandoned", "released")
