"""What a payment goes through, as stories: every line that the room says, and nothing else."""

from __future__ import annotations

from tests.payment.till import Till, plan


def test_an_ordinary_visit_is_held_taken_and_partly_given_back() -> None:
    till = Till()
    assert till.key() == []
    assert till.entry("authorising") == ["authorise 5000 [corner/pay/p1/authorise/1]", "pay/p1 is authorising 0/0/0"]
    assert till.outcome("done") == ["pay/p1 is authorised 5000/0/0"]
    assert till.entry("admitted") == []
    assert till.visit("shopping") == []
    assert till.receipt(1234) == ["capture 1234 [corner/pay/p1/capture/1]", "pay/p1 is capturing 5000/0/0"]
    assert till.outcome("done") == ["pay/p1 is captured 5000/1234/0"]
    assert till.correct(234) == ["refund 234 [corner/pay/p1/refund/1]", "pay/p1 is refunding 5000/1234/0"]
    assert till.outcome("done") == ["pay/p1 is captured 5000/1234/234"]
    assert till.correct(1000) == ["refund 1000 [corner/pay/p1/refund/2]", "pay/p1 is refunding 5000/1234/234"]
    assert till.outcome("done") == ["pay/p1 is refunded 5000/1234/1234"]
    assert till.later(100_000) == []


def test_a_command_says_what_it_follows_from_and_who_pays() -> None:
    till = Till().shopping()
    till.receipt(300)
    till.outcome("done")
    till.correct(100)
    assert [(each.method, each.reference) for each in till.given] == [
        ("card-1", ""),
        ("card-1", "ref-pay/p1"),
        ("card-1", "ref-pay/p1"),
    ]
    assert [each.envelope.because for each in till.given] == [("inputs:2",), ("ledger:6",), ("ledger:6", "corrections:8")]


def test_a_receipt_of_nothing_ends_the_hold() -> None:
    till = Till().shopping()
    assert till.receipt(0) == ["release 0 [corner/pay/p1/release/1]", "pay/p1 is releasing 5000/0/0"]
    assert till.outcome("done") == ["pay/p1 is released 5000/0/0"]


def test_what_the_hold_does_not_cover_is_a_second_payment() -> None:
    till = Till().shopping()
    assert till.receipt(6000) == [
        "capture 5000 [corner/pay/p1/capture/1]",
        "pay/p1 is capturing 5000/0/0",
        "authorise 1000 [corner/pay/p1/more/authorise/1]",
        "pay/p1/more is authorising 0/0/0",
    ]
    assert till.outcome("done", payment="pay/p1/more") == [
        "pay/p1/more is authorised 1000/0/0",
        "capture 1000 [corner/pay/p1/more/capture/1]",
        "pay/p1/more is capturing 1000/0/0",
    ]
    assert till.correct(5500) == [], "it waits until both captures are known"
    assert till.outcome("done", payment="pay/p1/more") == ["pay/p1/more is captured 1000/1000/0"]
    assert till.outcome("done") == [
        "pay/p1 is captured 5000/5000/0",
        "refund 5000 [corner/pay/p1/refund/1]",
        "pay/p1 is refunding 5000/5000/0",
    ]
    assert till.outcome("done") == [
        "pay/p1 is refunded 5000/5000/5000",
        "refund 500 [corner/pay/p1/more/refund/1]",
        "pay/p1/more is refunding 1000/1000/0",
    ]
    assert till.outcome("done", payment="pay/p1/more") == ["pay/p1/more is captured 1000/1000/500"]


def test_exactly_the_hold_needs_no_second_payment() -> None:
    till = Till().shopping()
    assert till.receipt(5000) == ["capture 5000 [corner/pay/p1/capture/1]", "pay/p1 is capturing 5000/0/0"]


def test_a_shop_that_holds_nothing_asks_for_the_whole_receipt_afterwards() -> None:
    till = Till(plan(hold_amount="0.00"))
    till.shopping()
    assert till.receipt(700) == [
        "release 0 [corner/pay/p1/release/1]",
        "pay/p1 is releasing 0/0/0",
        "authorise 700 [corner/pay/p1/more/authorise/1]",
        "pay/p1/more is authorising 0/0/0",
    ]


def test_a_declined_card_is_said_and_needs_nobody() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    assert till.outcome("declined", reason="no funds") == ["pay/p1 is declined 0/0/0 (no funds)"]
    assert till.entry("denied", "payment declined") == []


def test_who_is_turned_away_gets_the_hold_back_also_when_it_is_known_only_later() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    assert till.later(5) == [
        "pay/p1 is authorise unknown 0/0/0 (no answer)",
        "look up 0 [corner/pay/p1/look up/1] about [corner/pay/p1/authorise/1]",
    ]
    assert till.entry("denied", "payment unclear") == []
    assert till.outcome("done", source="look-up") == [
        "pay/p1 is authorised 5000/0/0",
        "release 0 [corner/pay/p1/release/1]",
        "pay/p1 is releasing 5000/0/0",
    ]
    assert till.outcome("done") == ["pay/p1 is released 5000/0/0"]


def test_who_is_turned_away_and_tries_again_keeps_the_hold() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    till.outcome("unknown")
    till.entry("denied", "payment unclear")
    assert till.entry("authorising") == ["pay/p1 is authorise unknown 0/0/0 (asked again)"]
    assert till.outcome("done") == ["pay/p1 is authorised 5000/0/0"]


def test_an_admitted_party_that_never_came_in_gets_its_hold_back() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    till.outcome("done")
    till.entry("admitted")
    assert till.entry("denied", "code expired") == ["release 0 [corner/pay/p1/release/1]", "pay/p1 is releasing 5000/0/0"]


def test_a_code_shown_twice_does_not_end_the_hold_of_the_party_that_it_let_in() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    till.outcome("done")
    till.entry("admitted")
    assert till.entry("denied", "code used") == []
    till.visit("shopping")
    assert till.entry("denied", "code expired") == []
    assert till.visit("leaving") == []
    assert till.receipt(100)[0] == "capture 100 [corner/pay/p1/capture/1]"


def test_a_party_that_nobody_sees_leave_gets_its_hold_back_and_pays_anew_if_it_leaves_after_all() -> None:
    till = Till().shopping()
    assert till.visit("abandoned") == ["release 0 [corner/pay/p1/release/1]", "pay/p1 is releasing 5000/0/0"]
    assert till.outcome("done") == ["pay/p1 is released 5000/0/0"]
    assert till.later(600) == []
    assert till.visit("leaving") == []
    assert till.receipt(900)[0] == "authorise 900 [corner/pay/p1/more/authorise/1]"
    assert till.outcome("done", payment="pay/p1/more")[1] == "capture 900 [corner/pay/p1/more/capture/1]"
    assert till.outcome("done", payment="pay/p1/more") == ["pay/p1/more is captured 900/900/0"]


def test_a_visit_without_a_bill_gives_its_hold_back() -> None:
    till = Till().shopping()
    assert till.visit("leaving") == []
    assert till.visit("settling") == []
    assert till.visit("unbilled")[0] == "release 0 [corner/pay/p1/release/1]"


def test_a_receipt_that_comes_while_the_hold_of_a_lost_party_ends_is_asked_for_at_once() -> None:
    till = Till().shopping()
    till.visit("abandoned")
    till.visit("shopping")
    assert till.receipt(900)[0] == "authorise 900 [corner/pay/p1/more/authorise/1]"
    assert till.outcome("declined", action="release")[0] == "pay/p1 is release failed 5000/0/0"


def test_a_party_that_is_lost_and_seen_again_in_one_moment_keeps_its_hold() -> None:
    till = Till().shopping()
    for state in ("abandoned", "shopping"):
        till.engine.receive(till.change(state))
    assert till.later(0) == []
    assert till.receipt(100)[0] == "capture 100 [corner/pay/p1/capture/1]"


def test_the_hold_of_a_lost_party_stays_while_another_visit_of_it_may_be_billed() -> None:
    till = Till().shopping()
    till.visit("settling")
    till.visit("shopping", visit="visit-p1-2")
    assert till.visit("abandoned", visit="visit-p1-2") == []
    assert till.receipt(100)[0] == "capture 100 [corner/pay/p1/capture/1]"


def test_a_hold_that_comes_when_its_party_was_given_up_already_is_let_go() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    till.visit("shopping")
    assert till.visit("abandoned") == []
    assert till.outcome("done") == [
        "pay/p1 is authorised 5000/0/0", "release 0 [corner/pay/p1/release/1]", "pay/p1 is releasing 5000/0/0",
    ]  # fmt: skip


def test_what_was_heard_of_a_lost_party_outlives_a_restart() -> None:
    till = Till().shopping()
    till.engine.receive(till.change("abandoned"))
    till.engine.restore(till.engine.snapshot())
    till.guard.receive(till.change("abandoned"))
    assert till.later(0)[0] == "release 0 [corner/pay/p1/release/1]"


def test_who_comes_in_after_all_is_asked_for_the_whole_receipt() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    till.outcome("done")
    till.entry("denied", "shop closed")
    assert till.receipt(900) == ["authorise 900 [corner/pay/p1/more/authorise/1]", "pay/p1/more is authorising 0/0/0"]
    assert till.outcome("done") == ["pay/p1 is released 5000/0/0"]
    till.outcome("done", payment="pay/p1/more")
    assert till.outcome("done", payment="pay/p1/more") == ["pay/p1/more is captured 900/900/0"]


def test_a_receipt_waits_for_an_authorisation_that_is_unknown() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    till.outcome("unknown", reason="timed out")
    till.entry("admitted")
    assert till.receipt(6000) == []
    assert till.outcome("done", source="webhook")[:2] == [
        "pay/p1 is authorised 5000/0/0",
        "capture 5000 [corner/pay/p1/capture/1]",
    ]


def test_asked_to_authorise_again_the_room_says_where_the_payment_stands() -> None:
    till = Till()
    till.key()
    till.entry("authorising")
    till.outcome("done")
    assert till.entry("authorising") == ["pay/p1 is authorised 5000/0/0 (asked again)"]


def test_an_unknown_outcome_is_looked_up_with_growing_pauses_and_a_person_is_told() -> None:
    till = Till().shopping()
    till.receipt(300)
    about = "about [corner/pay/p1/capture/1]"
    assert till.later(4.999) == []
    assert till.later(0.001) == [
        "pay/p1 is capture unknown 5000/0/0 (no answer)",
        f"look up 0 [corner/pay/p1/look up/1] {about}",
    ]
    for number, pause in enumerate((1, 2, 4, 8, 16, 32, 64), start=2):
        assert till.later(pause - 0.5) == []
        said = till.later(0.5)
        assert said[0] == f"look up 0 [corner/pay/p1/look up/{number}] {about}"
        assert len(said) == 1 or number == 8
    assert said[1:] == [
        "alarm payment-unknown pay/p1: nobody knows whether capture 3.00 EUR (corner/pay/p1/capture/1) was carried out; it is "
        "looked up again and again. See whether the provider can be reached"
    ]
    later = [each for _ in range(40) for each in till.later(300)]
    assert len(later) == 40
    assert all(each.startswith("look up") for each in later), "for ever, and without a second alarm"
    assert till.outcome("done", source="look-up") == ["pay/p1 is captured 5000/300/0"]
    assert till.later(1000) == []


def test_a_command_that_never_came_is_given_again_under_the_same_key() -> None:
    till = Till().shopping()
    till.receipt(300)
    till.outcome("unknown")
    assert till.outcome("not found", source="look-up") == [
        "capture 300 [corner/pay/p1/capture/1]",
        "pay/p1 is capturing 5000/0/0",
    ]
    assert till.given[-1].envelope.because == ("payment:3", "payments:8")
    assert till.outcome("not found", source="look-up") == [], "told twice, given again once"
    assert till.later(5) == [
        "pay/p1 is capture unknown 5000/0/0 (no answer)",
        "look up 0 [corner/pay/p1/look up/2] about [corner/pay/p1/capture/1]",
    ]
    assert till.outcome("done") == ["pay/p1 is captured 5000/300/0"]
    assert till.outcome("not found", source="look-up") == [], "it came late, and is known better"


def test_what_comes_twice_or_late_or_says_nothing_new_is_passed_over() -> None:
    till = Till().shopping()
    assert till.outcome("done", 3) == []
    till.receipt(300)
    assert till.outcome("done", action="authorise", source="webhook") == []
    assert till.outcome("done", 3) == ["pay/p1 is captured 5000/300/0"]
    assert till.outcome("unknown") == []
    assert till.later(1000) == []


def test_silence_about_an_old_command_says_nothing_about_the_one_under_way() -> None:
    till = Till().shopping()
    till.receipt(300)
    assert till.outcome("unknown", action="authorise") == []
    till.outcome("unknown")
    assert till.outcome("not found", action="authorise") == []


CANNOT_BE = "alarm payment-contradiction pay/p1: what the provider says cannot be: "
COMPARE = ". Nothing was changed by it; compare the provider's ledger with the books"


def test_what_contradicts_the_books_is_an_alarm_and_changes_nothing() -> None:
    till = Till().shopping()
    till.receipt(300)
    key = "'corner/pay/p1/capture/1'"
    assert till.outcome("done", amount_minor=299) == [
        f"{CANNOT_BE}{key} was given over 300, the provider carried out 299{COMPARE}"
    ]
    assert till.outcome("done", amount_minor=299) == [], "told once"
    assert till.outcome("done", reference="other") == [f"{CANNOT_BE}{key} is of 'ref-pay/p1', the provider says 'other'{COMPARE}"]
    wrong = till.outcome("done", key="corner/pay/p1/capture/1", action="capture", amount_minor=300.0)
    assert wrong == [f"{CANNOT_BE}{key} was given over 300, the provider carried out 300.0{COMPARE}"]
    assert till.outcome("done") == ["pay/p1 is captured 5000/300/0"]
    assert till.outcome("declined") == [f"{CANNOT_BE}{key} was done, now the provider says declined{COMPARE}"]
    assert till.outcome("done", key="k") == [f"{CANNOT_BE}no command was ever given under the key 'k'{COMPARE}"]
    assert till.correct(300)[0] == "refund 300 [corner/pay/p1/refund/1]"


def test_an_outcome_of_another_action_or_of_nobodys_payment_cannot_be() -> None:
    till = Till().shopping()
    till.receipt(300)
    capture = till.given[-1]
    assert till.outcome("done", key=till.given[0].key) == [
        f"{CANNOT_BE}'corner/pay/p1/authorise/1' was given to authorise, the provider says capture{COMPARE}"
    ]
    stray = till.given[-1]
    assert stray is capture
    till.given.append(type(stray)(**{**{name: getattr(stray, name) for name in stray.__struct_fields__}, "payment": "pay/p9"}))
    assert till.outcome("done", payment="pay/p9") == [
        f"{CANNOT_BE.replace('p1', 'p9')}it speaks of 'pay/p9', no payment of ours{COMPARE}"
    ]


def test_a_capture_that_is_declined_is_told_to_a_person_and_nothing_is_lost() -> None:
    till = Till().shopping()
    till.receipt(6000)
    assert till.outcome("declined", reason="hold expired") == [
        "pay/p1 is capture failed 5000/0/0 (hold expired)",
        "alarm payment-failed pay/p1: capture 50.00 EUR (corner/pay/p1/capture/1) was declined. Nothing is asked again; settle "
        "it with the provider or with the shopper",
    ]
    till.outcome("done", payment="pay/p1/more")
    till.outcome("done", payment="pay/p1/more")
    assert till.correct(5000) == [], "10.00 were taken of 10.00 due: nothing to give back"
    assert till.correct(400)[0] == "refund 400 [corner/pay/p1/more/refund/1]"


def test_a_rest_that_is_declined_is_told_to_a_person() -> None:
    till = Till().shopping()
    till.receipt(6000)
    till.outcome("done")
    assert till.outcome("declined", payment="pay/p1/more") == [
        "pay/p1/more is declined 0/0/0",
        "alarm payment-uncollected pay/p1/more: 10.00 EUR of receipt ledger:6 (declined) cannot be collected. The receipt "
        "stands; ask the shopper for another way to pay",
    ]


def test_a_receipt_of_somebody_without_a_way_to_pay_is_told_to_a_person_once() -> None:
    till = Till()
    assert till.receipt(300, "p7") == [
        "alarm payment-uncollected ledger:1: 3.00 EUR of receipt ledger:1 (party 'p7' gave no way to pay) cannot be collected. "
        "The receipt stands; ask the shopper for another way to pay"
    ]
    assert till.correct(300, "p7") == []


def test_a_refund_that_is_declined_does_not_stop_the_next() -> None:
    till = Till().shopping()
    till.receipt(300)
    till.outcome("done")
    till.correct(100)
    assert till.outcome("declined")[0] == "pay/p1 is refund failed 5000/300/0"
    assert till.correct(50) == ["refund 50 [corner/pay/p1/refund/2]", "pay/p1 is refunding 5000/300/0"]
    assert till.outcome("done") == ["pay/p1 is captured 5000/300/50"]
    assert till.correct(150)[0] == "refund 150 [corner/pay/p1/refund/3]"
    assert till.outcome("done") == ["pay/p1 is captured 5000/300/200"]


def test_a_release_that_is_declined_is_told_to_a_person() -> None:
    till = Till().shopping()
    till.receipt(0)
    assert [each[:35] for each in till.outcome("declined")] == [
        "pay/p1 is release failed 5000/0/0", "alarm payment-failed pay/p1: releas",
    ]  # fmt: skip


def test_corrections_that_come_while_a_refund_is_under_way_wait_for_it() -> None:
    till = Till().shopping()
    till.receipt(300)
    assert till.correct(100) == []
    assert till.outcome("done")[1:] == ["refund 100 [corner/pay/p1/refund/1]", "pay/p1 is refunding 5000/300/0"]
    assert till.correct(50) == []
    assert till.correct(25) == []
    assert till.outcome("done") == [
        "pay/p1 is captured 5000/300/100",
        "refund 75 [corner/pay/p1/refund/2]",
        "pay/p1 is refunding 5000/300/100",
    ]
