"""Days at a stall: a key at the door, money held, a shelf, a receipt, and every cent where it belongs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pipeline.the_stall import Day, Provider, stall, stamped

from saunter.base.time import HOUR, SECOND
from saunter.pipeline.trading import HEARD_BY, Shop
from saunter.records import (
    AgeCheckAsked,
    AgeChecked,
    Alarm,
    AnyRecord,
    BillConfirmed,
    CommandStamp,
    Correction,
    DisputeChanged,
    DisputeRaised,
    EntryDecided,
    GateCommand,
    KeyIssued,
    KeyPresented,
    PaymentChanged,
    PaymentCommand,
    PaymentOutcome,
    Question,
    QuestionClosed,
    Receipt,
    Record,
    Settlement,
    Stamp,
    StoreChanged,
    StoreCommand,
    Verdict,
    VisitChanged,
)

COLA = "00:00.0  p1 enters\n00:03.0  p1 takes 2 cola from s1s1p1\n00:06.0  p1 leaves\n"
ENERGY = "00:00.0  p1 enters\n00:03.0  p1 takes 1 energy from s1s1p2\n00:06.0  p1 leaves\n"
NOTHING = "00:00.0  p1 enters\n00:06.0  p1 leaves\n"
#: Two are inside and the tracker sees nobody: who took the box cannot be told.
BOTH = (
    "people: none\n00:00.0  p1 enters\n00:00.5  p2 enters\n00:06.0  p1 takes 1 box from s1s1p5\n"
    "00:10.0  p1 leaves\n00:10.5  p2 leaves\n"
)


def steps(day: Day) -> list[str]:
    """What happened to gate, visit and money, in words."""
    found = []
    for each in day.said:
        match each:
            case EntryDecided():
                found.append(f"{each.party} {each.outcome} {each.reason}".strip())
            case GateCommand():
                found.append(f"gate for {each.party}")
            case VisitChanged():
                found.append(f"visit {each.state}")
            case PaymentCommand():
                found.append(f"{each.action} {each.amount_minor}")
            case PaymentChanged(state="authorised" | "captured" | "released" | "refunded" | "declined"):
                found.append(f"{each.state}")
            case Receipt():
                found.append(f"receipt {each.total_minor}")
            case Correction():
                found.append(f"gives back {each.total_minor}")
            case StoreChanged() | Stamp() | CommandStamp() | Alarm() | _:
                pass
    return found


def a_day(story: str = COLA, plan: Any = None, provider: Provider | None = None, **key: Any) -> Day:
    """Open, one party, one story."""
    day = Day(plan, provider).opens()
    day.comes(**key)
    day.shops(story)
    return day


def balances(day: Day) -> None:
    """The provider took what receipts say less what was corrected; nothing is held any more; nobody need look."""
    due: dict[str, int] = {}
    for receipt in day.of(Receipt):
        due[f"pay/{receipt.party}"] = receipt.total_minor
    for correction in day.of(Correction):
        due[f"pay/{correction.party}"] -= correction.total_minor
    assert {name: sum_ for name, sum_ in day.provider.sums().items() if sum_} == {
        name: sum_ for name, sum_ in due.items() if sum_
    }
    assert day.provider.held() == []
    assert [each.text for each in day.of(Alarm) if not each.name.startswith(("payment-unknown", "plate-"))] == []


def test_a_key_is_held_before_the_gate_opens_and_the_receipt_is_captured_to_the_cent() -> None:
    day = a_day()
    assert steps(day) == [
        "p1 authorising", "authorise 5000", "authorised", "p1 admitted", "gate for p1", "visit shopping", "visit leaving",
        "visit settling", "receipt 240", "visit settled", "capture 240", "captured",
    ]  # fmt: skip
    assert [(each.party, each.people) for each in day.opened] == [("p1", 1)]
    assert [(line.sku, line.quantity, line.total_minor) for line in day.of(Receipt)[0].lines] == [("cola", 2, 240)]
    balances(day)


def test_every_command_follows_from_something_in_the_journal() -> None:
    day = a_day()
    known = {each.id for each in day.said}
    for each in (*day.of(PaymentCommand), *day.of(GateCommand), *day.of(Receipt), *day.of(CommandStamp), *day.of(Stamp)):
        assert set(each.envelope.because) <= known, each


def test_no_record_is_said_twice() -> None:
    day = a_day()
    ids = [each.id for each in day.said]
    assert len(ids) == len(set(ids))


def test_who_takes_nothing_gets_the_hold_back() -> None:
    day = a_day(NOTHING)
    assert steps(day)[-5:] == ["visit settling", "receipt 0", "visit settled", "release 0", "released"]
    balances(day)


def test_a_declined_card_opens_no_gate() -> None:
    day = Day(provider=Provider(authorise=["declined"])).opens()
    day.comes()
    assert steps(day) == ["p1 authorising", "authorise 5000", "declined", "p1 denied payment declined"]
    assert day.opened == []


@pytest.mark.parametrize("way", ["unknown", "lost", "twice", "late"])
@pytest.mark.parametrize("action", ["authorise", "capture"])
def test_whatever_becomes_of_the_answer_money_moves_once(action: str, way: str) -> None:
    day = Day(provider=Provider(**{action: [way]})).opens()
    day.comes()
    day.passes(20)
    assert [each.party for each in day.opened] == ["p1"]
    day.shops(COLA)
    day.passes(20)
    assert day.provider.sums() == {"pay/p1": 240}
    balances(day)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(ill=st.dictionaries(
    st.sampled_from(["authorise", "capture", "refund", "look_up"]),
    st.lists(st.sampled_from(["unknown", "lost", "twice", "late", ""]), max_size=3), max_size=4,
))  # fmt: skip
def test_whatever_the_provider_does_the_books_balance_in_the_end(ill: dict[str, list[str]]) -> None:
    day = Day(stall(dispute_rule_share=0.0), Provider(**ill)).opens()
    day.comes()
    day.passes(30)
    if not day.opened:
        assert day.of(EntryDecided)[-1].reason == "payment unclear"
        day.passes(600)
        assert day.provider.sums() in ({}, {"pay/p1": 0})
        assert day.provider.held() == []
        return
    day.shops(COLA)
    day.passes(30)
    (receipt,) = day.of(Receipt)
    day.tell(DisputeRaised, visit=receipt.visit, receipt=receipt.id, sku="cola", quantity=1, claim="not taken")
    answer(day, 2)
    day.passes(600)
    assert day.provider.sums() == {"pay/p1": 120}
    balances(day)


# -- disputes ----------------------------------------------------------------------------------------------------------


def dispute(day: Day, quantity: int = 1, sku: str = "cola") -> None:
    (receipt,) = day.of(Receipt)
    day.tell(DisputeRaised, visit=receipt.visit, receipt=receipt.id, sku=sku, quantity=quantity, claim="not taken")


def answer(day: Day, choice: int, reviewer: str = "r1") -> None:
    """A reviewer presses a key on the newest question; 0: cannot tell."""
    question = day.of(Question)[-1]
    said: Any = "choice" if choice else "cannot tell"
    verdict = Verdict(
        envelope=day.place(f"reviewers/{reviewer}"),
        question=question.id,
        reviewer=reviewer,
        answer=said,
        choice=choice,
        seconds=3.0,
    )
    day.take(verdict)
    day.passes(1)


def test_a_dispute_that_a_reviewer_agrees_to_is_given_back_to_the_cent() -> None:
    day = a_day()
    dispute(day)
    (question,) = day.of(Question)
    assert (question.purpose, question.party, [choice.text for choice in question.choices]) == (
        "dispute", "p1", ["the shopper kept it", "the shopper did not keep it"],
    )  # fmt: skip
    answer(day, 2)
    assert [(each.outcome, each.quantity) for each in day.of(DisputeChanged)] == [("asked", 0), ("refunded", 1)]
    assert [(each.total_minor, each.receipt) for each in day.of(Correction)] == [(120, day.of(Receipt)[0].id)]
    assert steps(day)[-3:] == ["gives back 120", "refund 120", "captured"]
    assert day.provider.sums() == {"pay/p1": 120}
    balances(day)


def test_a_dispute_that_a_reviewer_denies_changes_nothing() -> None:
    day = a_day()
    dispute(day)
    answer(day, 1)
    assert [each.outcome for each in day.of(DisputeChanged)] == ["asked", "upheld"]
    assert day.provider.sums() == {"pay/p1": 240}
    balances(day)


def test_a_dispute_nobody_can_tell_is_asked_once_more_and_then_the_shopper_wins() -> None:
    day = a_day()
    dispute(day, 2)
    answer(day, 0, "r1")
    assert [each.again == "" for each in day.of(Question)] == [True, False]
    answer(day, 0, "r2")
    assert [each.outcome for each in day.of(DisputeChanged)] == ["asked", "refunded"]
    assert day.provider.sums() == {"pay/p1": 0}
    balances(day)


@pytest.mark.slow
def test_a_dispute_nobody_looks_at_is_given_back_after_a_day() -> None:
    day = a_day()
    dispute(day)
    day.passes(24 * 3600 + 600)
    assert [each.outcome for each in day.of(DisputeChanged)] == ["asked", "refunded"]
    assert day.provider.sums() == {"pay/p1": 120}


@pytest.mark.slow
def test_an_answer_that_comes_after_the_dispute_is_forgotten_costs_no_record_of_that_moment() -> None:
    day = a_day(plan=stall(dispute_days=1))
    dispute(day)
    day.passes(49 * 3600)
    answer(day, 2)
    assert [each.outcome for each in day.of(DisputeChanged)] == ["asked", "refunded"]
    assert day.of(QuestionClosed)[-1].outcome == "late"
    assert day.provider.sums() == {"pay/p1": 120}


# -- modes -------------------------------------------------------------------------------------------------------------


def test_a_shop_that_only_watches_charges_nothing_and_lets_the_hold_go() -> None:
    day = a_day(plan=stall(mode="shadow"))
    assert steps(day)[-5:] == ["visit settling", "receipt 240", "visit settled", "release 0", "released"]
    assert day.provider.sums() == {"pay/p1": 0}
    assert day.provider.held() == []
    assert day.of(Alarm) == []
    assert [stamp.receipt for stamp in day.of(Stamp)] == [day.of(Receipt)[0].id]


def test_a_receipt_that_was_never_charged_is_never_given_back() -> None:
    day = a_day(plan=stall(mode="shadow"))
    dispute(day)
    assert [each.outcome for each in day.of(DisputeChanged)] == ["refused"]
    assert day.provider.sums() == {"pay/p1": 0}


def test_the_mode_changes_while_somebody_shops_and_counts_from_then_on() -> None:
    day = Day(stall(mode="shadow")).opens()
    day.comes()
    day.tell(StoreCommand, action="automatic")
    day.shops(COLA)
    assert day.provider.sums() == {"pay/p1": 240}
    balances(day)


def test_in_mode_assisted_the_bill_waits_for_a_person_who_may_take_lines_off() -> None:
    day = a_day(plan=stall(mode="assisted"))
    assert day.of(Receipt) == []
    assert day.provider.sums() == {"pay/p1": 0}
    (settlement,) = day.of(Settlement)
    day.tell(BillConfirmed, receipt=settlement.id, by="m1", dropped=("cola",))
    assert steps(day)[-4:] == ["receipt 0", "visit settled", "release 0", "released"]
    balances(day)


def test_in_mode_assisted_a_bill_that_is_agreed_to_is_charged_as_it_stands() -> None:
    day = a_day(plan=stall(mode="assisted"))
    day.tell(BillConfirmed, receipt=day.of(Settlement)[0].id, by="m1")
    assert day.provider.sums() == {"pay/p1": 240}
    assert [each.envelope.stream for each in day.of(Settlement)] == ["settlement", "approvals/bills"]
    balances(day)


def test_who_is_old_enough_is_charged_once_staff_have_looked() -> None:
    day = a_day(ENERGY)
    (check,) = day.of(AgeCheckAsked)
    assert (check.sku, check.minimum, day.of(Receipt)) == ("energy", 16, [])
    day.tell(AgeChecked, check=check.id, approved=True, staff="s1")
    assert day.provider.sums() == {"pay/p1": 175}
    balances(day)


def test_an_age_check_refused_takes_the_line_off_and_says_so() -> None:
    day = a_day(ENERGY)
    day.tell(AgeChecked, check=day.of(AgeCheckAsked)[0].id, approved=False, staff="s1")
    (receipt,) = day.of(Receipt)
    assert (receipt.lines, receipt.total_minor) == ((), 0)
    assert "refused" in receipt.dropped[0].reason
    assert day.provider.sums() == {"pay/p1": 0}
    balances(day)


def test_an_age_check_that_nobody_makes_counts_as_refused() -> None:
    day = a_day(ENERGY)
    day.passes(180)
    assert day.of(Receipt)[0].total_minor == 0
    balances(day)


# -- who comes in, who is asked ----------------------------------------------------------------------------------------


def test_a_closed_shop_lets_nobody_in_and_asks_for_no_money() -> None:
    day = Day()
    day.comes()
    assert steps(day) == ["p1 denied shop closed"]
    assert (day.provider.calls, day.opened) == ([], [])


def test_a_closing_shop_lets_out_who_is_in_and_nobody_in() -> None:
    day = Day().opens()
    day.comes()
    day.tell(StoreCommand, action="close")
    day.comes("p2")
    assert "p2 denied shop closed" in steps(day)


def test_who_did_not_agree_to_run_the_shop_is_not_let_in() -> None:
    day = Day().opens()
    day.comes(purposes=("review",))
    assert steps(day) == ["p1 denied no consent"]
    assert day.opened == []


def asked_day(*purposes: Any, **policies: Any) -> Day:
    """A shelf at which two hands were at once, in a shop that asks."""
    day = Day(stall(review="questions", **policies)).opens()
    day.comes("p1", purposes)
    day.comes("p2", purposes)
    day.shops(BOTH, after_s=60.0)
    assert len(day.of(Receipt)) == 2
    return day


def test_where_everybody_agreed_a_person_is_asked_about_a_doubt() -> None:
    day = asked_day("run the shop", "review")
    assert {each.purpose for each in day.of(Question)} == {"doubt"}


def test_who_did_not_agree_to_review_is_never_asked_about_not_even_in_an_audit() -> None:
    day = asked_day("run the shop", audit_share=1.0)
    assert day.of(Question) == []


def test_who_has_no_key_in_a_shop_with_keys_agreed_to_nothing_and_is_never_asked_about() -> None:
    day = Day(stall(review="questions", audit_share=1.0)).opens()
    day.comes("p9", ("run the shop", "review"))
    day.shops(BOTH, after_s=60.0)
    assert day.of(Question) == []
    assert len(day.of(Receipt)) == 2


def test_where_everybody_agreed_receipts_nobody_was_asked_about_are_audited() -> None:
    day = a_day(plan=stall(review="questions", audit_share=1.0))
    assert [each.purpose for each in day.of(Question)] == ["audit"]


@pytest.mark.slow
def test_the_salt_decides_who_is_audited_and_the_same_salt_always_the_same() -> None:
    def audited(salt: str) -> bool:
        return bool(a_day(plan=stall(review="questions", audit_share=0.5, audit_salt=salt)).of(Question))

    draws = [audited(f"salt {number}") for number in range(6)]
    assert set(draws) == {True, False}
    assert draws == [audited(f"salt {number}") for number in range(6)]


# -- the guard stands between ------------------------------------------------------------------------------------------


def test_what_the_guard_does_not_stamp_is_never_sent_and_an_alarm_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    day = Day().opens()
    monkeypatch.setattr(day.shop.guard, "_hold_minor", 100)
    said = day.comes()
    assert stamped(said) == []
    assert day.provider.calls == []
    assert day.opened == []
    assert [each.name for each in day.of(Alarm)] == ["guard-refused"]


def test_every_command_that_left_had_a_stamp_of_its_own() -> None:
    day = a_day()
    commands = {each.id for each in (*day.of(PaymentCommand), *day.of(GateCommand))}
    assert len(commands) == 3
    assert {each.command for each in day.of(CommandStamp)} == commands


def test_a_receipt_without_a_stamp_is_not_charged(monkeypatch: pytest.MonkeyPatch) -> None:
    day = Day().opens()
    day.comes()
    monkeypatch.setattr(day.shop.guard, "_charge_threshold", 1.1)
    day.shops(COLA)
    assert [each.name for each in day.of(Alarm)] == ["guard-refused", "bill-refused"]
    assert day.provider.sums() == {"pay/p1": 0}
    assert day.provider.held() == []


# -- what is refused changes nothing -----------------------------------------------------------------------------------


def rooms(shop: Shop) -> dict[str, bytes]:
    """Everything that every room knows."""
    named = {name: getattr(shop, name) for name in ("opening", "consent", "entry", "payment", "guard", "approvals", "disputes")}
    named |= {"settlement": shop.settlement, "review": shop.pipeline.review}
    return {name: room.snapshot() for name, room in named.items()}


def wrong_inputs(day: Day) -> list[Record]:
    """What outsiders may tell that cannot be."""
    place, code = day.place, "ab" * 32
    key = {"code_hash": code, "expires": day.now + HOUR, "purposes": ("run the shop",)}
    return [
        KeyIssued(envelope=place("w"), party="p1", method="pm-other", **key),  # type: ignore[arg-type]
        KeyIssued(envelope=place("w"), party="", method="pm-p2", **key),  # type: ignore[arg-type]
        KeyPresented(envelope=place("w"), gate="nowhere", code_hash=code),
        AgeChecked(envelope=place("w"), check="approvals/checks:9", approved=True),
        BillConfirmed(envelope=place("w"), receipt="settlement:9"),
        StoreCommand(envelope=place("w"), action="open"),
    ]


def test_an_input_that_any_room_refuses_changes_no_room_at_all() -> None:
    from saunter.base.errors import Refused

    day = a_day()
    refused = 0
    for record in wrong_inputs(day):
        before, count = rooms(day.shop), len(day.said)
        try:
            day.take(record)  # type: ignore[arg-type]
        except Refused as refusal:
            refused += 1
            assert str(refusal)
            assert rooms(day.shop) == before, record
            assert len(day.said) == count
    assert refused >= 5


def test_a_key_that_only_a_later_room_refuses_is_named_and_lets_nobody_in() -> None:
    day = Day().opens()
    day.comes("p2/more")
    assert day.of(Alarm)[0].name == "payment-refused"
    day.passes(60)
    assert (day.opened, day.provider.calls) == ([], [])
    assert day.of(EntryDecided)[-1].outcome == "denied"


def test_an_outcome_about_money_that_is_not_ours_is_an_alarm_and_moves_nothing() -> None:
    day = a_day()
    day.tell(PaymentOutcome, payment="pay/nobody", key="x", action="capture", outcome="done", amount_minor=5)
    assert [each.name for each in day.of(Alarm)] == ["payment-contradiction"]
    assert day.provider.sums() == {"pay/p1": 240}


def test_every_room_that_the_table_names_is_one_of_the_shop() -> None:
    shop = Shop(stall())
    names = {name for rooms_ in HEARD_BY.values() for name in rooms_}
    assert all(hasattr(getattr(shop, name), "receive") for name in names)


def test_the_same_day_twice_is_the_same_to_the_last_record() -> None:
    first: list[AnyRecord] = a_day().said
    assert first == a_day().said


def test_time_that_stands_still_says_nothing_new() -> None:
    day = a_day()
    before = len(day.said)
    day.passes(0.5)
    assert day.said[before:] == []
    assert day.now > SECOND
