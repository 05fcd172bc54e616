"""The second pair of eyes on commands: what follows from what the guard saw itself is stamped, any other is an alarm."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.errors import Refused
from saunter.guard import GATE_CHECKS, PAYMENT_CHECKS, GuardEngine
from saunter.records import (
    Alarm,
    CommandStamp,
    Correction,
    EntryDecided,
    Envelope,
    GateCommand,
    KeyIssued,
    PaymentCommand,
    PaymentOutcome,
    Receipt,
    ReceiptLine,
    Record,
    Stamp,
    VisitChanged,
)


class Watched:
    """A guard, and short verbs for what it sees of p1 (or another party). Commands come back as `stamped` or as objections."""

    def __init__(self) -> None:
        self.engine = GuardEngine("corner", "EUR", charge_threshold=0.7, taxes_on_top=(), hold_minor=5000)
        self.sequence = 0

    def place(self, stream: str = "payment", **other: Any) -> Envelope:
        self.sequence += 1
        fields = {"store": "corner", "stream": stream, "sequence": self.sequence, "because": ("cause:1",), **other}
        return Envelope(happened=40, arrived=50, **fields)

    def sees(self, record: Record) -> Watched:
        self.engine.receive(record)
        assert self.engine.advance(60) == [], "what is only seen is not answered"
        return self

    def key(self, party: str = "p1", people: int = 2) -> Watched:
        issued = KeyIssued(envelope=self.place(), party=party, code_hash="", expires=0, method="card-1", people=people)
        return self.sees(issued)

    def entry(self, outcome: Any, reason: Any = "", party: str = "p1", gate: str = "in") -> Watched:
        return self.sees(EntryDecided(envelope=self.place(), gate=gate, party=party, outcome=outcome, reason=reason))

    def visit(self, state: str, party: str = "p1", visit: str = "", **other: Any) -> Watched:
        place = self.place("visit", **other)
        return self.sees(VisitChanged(envelope=place, visit=visit or f"visit-{party}-1", party=party, state=state))

    def receipt(self, total: int, party: str = "p1", stamped: bool = True, number: int = 1) -> Watched:
        line = ReceiptLine(
            sku="tea", gtin="", name="", quantity=1, unit_price_minor=total, net_minor=total, tax_code="", tax_rate="0",
            tax_minor=0, total_minor=total, probability=1.0 if stamped else 0.1, because=("shelves:1",),
        )  # fmt: skip
        receipt = Receipt(
            envelope=Envelope(store="corner", stream=f"ledger-{party}", sequence=number, happened=0, arrived=0, because=("s:1",)),
            visit=f"visit-{party}-{number}", party=party, currency="EUR", lines=(line,) if total else (), net_minor=total,
            tax_minor=0, total_minor=total,
        )  # fmt: skip
        self.visit("settling", party, receipt.visit).engine.receive(receipt)
        (said,) = self.engine.advance(60)
        assert isinstance(said, Stamp) is stamped
        return self

    def correction(self, total: Any, party: str = "p1", **other: Any) -> Watched:
        fields = {"envelope": self.place("corrections"), "receipt": f"ledger-{party}:1", "currency": "EUR", **other}
        return self.sees(
            Correction(visit="", party=party, lines=(), net_minor=0, tax_minor=0, total_minor=total, reason="", **fields)
        )

    def outcome(self, action: Any, outcome: Any = "done", amount: int = 5000, payment: str = "pay/p1", **other: Any) -> Watched:
        fields = {"key": f"corner/{payment}/{action}/1", "reference": f"ref-{payment}" if outcome == "done" else "", **other}
        told = PaymentOutcome(
            envelope=self.place("payments"), payment=payment, action=action, outcome=outcome, amount_minor=amount, **fields
        )
        return self.sees(told)

    def command(self, action: Any, amount: Any = 0, party: str = "p1", payment: str = "", **other: Any) -> PaymentCommand:
        payment = payment or f"pay/{party}"
        known = "" if action == "authorise" else f"ref-{payment}"
        fields = {
            "envelope": self.place(), "currency": "EUR", "key": f"corner/{payment}/{action}/1", "method": "card-1",
            "reference": known, **other,
        }  # fmt: skip
        return PaymentCommand(payment=payment, party=party, action=action, amount_minor=amount, **fields)

    def says(self, command: PaymentCommand | GateCommand) -> list[str]:
        """Empty: stamped; else the objections, check by check."""
        before = self.engine.snapshot()
        self.engine.receive(command)
        (said,) = self.engine.advance(60)
        assert said.envelope.because == (command.id,)
        if isinstance(said, CommandStamp):
            checks = PAYMENT_CHECKS if isinstance(command, PaymentCommand) else GATE_CHECKS
            assert (said.command, said.checks) == (command.id, tuple(checks))
            return []
        assert isinstance(said, Alarm)
        assert (said.name, said.subject) == ("guard-refused", command.id)
        assert _books(before) == _books(self.engine.snapshot()), "what is held back counts for nothing"
        return said.text.split(" is held back; look at it before anything is sent. ")[1].removesuffix(".").split(". ")

    def asks(self, action: Any, amount: Any = 0, **other: Any) -> list[str]:
        return self.says(self.command(action, amount, **other))

    def does(self, action: Any, amount: Any = 0, **other: Any) -> Watched:
        """A command that is stamped."""
        assert self.asks(action, amount, **other) == []
        return self

    def gate(self, party: str = "p1", gate: str = "in", people: Any = 2, **other: Any) -> list[str]:
        return self.says(
            GateCommand(**{"envelope": self.place("entry"), "party": party, "gate": gate, "people": people, **other})
        )


def _books(snapshot: bytes) -> Any:
    return msgspec.json.decode(snapshot)["books"]


def coming_in() -> Watched:
    return Watched().key().entry("authorising")


def shopping() -> Watched:
    return coming_in().does("authorise", 5000).outcome("authorise").entry("admitted")


def billed(total: int = 300) -> Watched:
    return shopping().receipt(total)


def charged(total: int = 300) -> Watched:
    return billed(total).does("capture", total).outcome("capture", amount=total)


def corrected(total: int = 300, back: int = 100) -> Watched:
    return charged(total).correction(back)


def test_a_whole_visit_is_stamped_command_by_command() -> None:
    watched = Watched().key().entry("authorising")
    assert watched.asks("authorise", 5000) == []
    assert watched.asks("look up", about="corner/pay/p1/authorise/1", reference="") == []
    watched.outcome("authorise").entry("admitted")
    assert watched.gate() == []
    watched.receipt(6000)
    assert watched.asks("capture", 5000) == []
    assert watched.asks("authorise", 1000, payment="pay/p1/more") == []
    watched.outcome("authorise", amount=1000, payment="pay/p1/more").outcome("capture")
    assert watched.asks("capture", 1000, payment="pay/p1/more") == []
    watched.outcome("capture", amount=1000, payment="pay/p1/more").correction(5500)
    assert watched.asks("refund", 5000) == []
    assert watched.asks("refund", 500, payment="pay/p1/more") == []


def test_holds_of_who_was_turned_away_or_took_nothing_are_ended() -> None:
    assert shopping().entry("denied", "code expired").asks("release") == []
    assert billed(0).asks("release") == []


def test_a_command_given_again_under_its_key_is_stamped_again() -> None:
    for watched, action, amount in ((coming_in(), "authorise", 5000), (billed(), "capture", 300), (corrected(), "refund", 100)):
        assert watched.asks(action, amount) == []
        assert watched.asks(action, amount) == []


def test_the_hold_of_a_party_that_nobody_saw_leave_is_ended_only_while_it_is_given_up() -> None:
    may_be_inside = [ENDS + "party 'p1' may be in the shop"]
    assert shopping().visit("shopping").asks("release") == may_be_inside
    lost = shopping().visit("shopping").visit("abandoned")
    lost.engine.restore(lost.engine.snapshot())
    assert lost.asks("release") == []
    assert shopping().visit("settling").visit("unbilled").asks("release") == []
    assert shopping().visit("abandoned", "p2").asks("release") == may_be_inside
    assert shopping().visit("abandoned").visit("shopping").asks("release") == may_be_inside
    assert shopping().visit("abandoned").visit("leaving").asks("release") == may_be_inside
    assert shopping().visit("settling").visit("abandoned", visit="visit-p1-2").asks("release") == may_be_inside
    assert shopping().visit("abandoned").receipt(300).asks("release") == [ENDS + "party 'p1' owes 300"]
    with pytest.raises(Refused, match="belongs to store 'castle'"):
        shopping().visit("abandoned", store="castle")


OURS = "of this shop and in its currency? No: "
SOMEBODYS = "of a party that pays, its own payment and method? No: "
CAUSE = "it has a cause? No: "
WHOLE = "whole minor units, none negative? No: "
KEY = "its key is used for nothing else? No: "
KNOWN = "of the payment that the provider knows? No: "
HOLDS = "holds no more than an entry or a receipt asks for? No: "
TAKES = "takes once, what is held and what the receipt says? No: "
ENDS = "ends a hold only where nothing is owed? No: "
BACK = "gives back no more than was taken and corrected? No: "
LOOKS = "looks up only what was sent? No: "


@pytest.mark.parametrize(
    ("fields", "objected"),
    [
        ({"envelope": Envelope(store="castle", stream="s", sequence=1, happened=0, arrived=0, because=("c:1",))},
         [OURS + "it is of store 'castle', not 'corner'"]),
        ({"currency": "USD"}, [OURS + "it is in 'USD', the shop sells in EUR"]),
        ({"method": "card-2"}, [SOMEBODYS + "it names 'card-2', the party pays with 'card-1'"]),
        ({"method": ""}, [SOMEBODYS + "it names '', the party pays with 'card-1'"]),
        ({"envelope": Envelope(store="corner", stream="s", sequence=1, happened=0, arrived=0)},
         [CAUSE + "it follows from nothing"]),
        ({"amount": 5000.0}, [WHOLE + "5000.0 is no whole number of minor units"]),
        ({"amount": True}, [WHOLE + "True is no whole number of minor units"]),
        ({"amount": -1}, [WHOLE + "-1 is negative"]),
        ({"key": ""}, [KEY + "it has no key"]),
        ({"reference": "ref"}, [KNOWN + "the provider calls the payment '', the command 'ref'"]),
        ({"amount": 5001}, [HOLDS + "it holds 5001, no more than 5000 may be held"]),
        ({"about": "k"}, [LOOKS + "only a look-up is about another command, this one is about 'k'"]),
    ],
)  # fmt: skip
def test_every_single_fault_of_a_hold_is_objected_to(fields: dict[str, Any], objected: list[str]) -> None:
    assert coming_in().asks("authorise", **{"amount": 5000, **fields}) == objected


@pytest.mark.parametrize("party", ["", "NOBODY", "STAFF", "UNREGISTERED"])
def test_nobodys_money_is_moved_for_nobody(party: str) -> None:
    watched = Watched().entry("authorising", party=party)
    assert watched.asks("authorise", 5000, party=party, payment="pay/x") == [SOMEBODYS + f"{party!r} is no party that pays"]


def test_nothing_is_held_of_whom_the_guard_did_not_see_coming_in() -> None:
    nobody = [HOLDS + "party 'p1' neither comes in nor has a receipt"]
    assert Watched().asks("authorise", 5000) == nobody
    assert coming_in().entry("denied", "no consent").asks("authorise", 5000) == nobody
    assert coming_in().entry("denied", "code used").asks("authorise", 5000) == []


def test_a_payment_is_held_once_and_a_party_only_once_before_its_receipt() -> None:
    watched = coming_in().does("authorise", 5000)
    assert watched.asks("authorise", 5000, key="k2") == [
        HOLDS + "payment 'pay/p1' was authorised before", HOLDS + "it holds 5000, no more than 5000 may be held",
    ]  # fmt: skip
    assert watched.asks("authorise", 1, payment="pay/p1/more") == [HOLDS + "it holds 1, no more than 5000 may be held"]
    declined = watched.outcome("authorise", "declined")
    assert declined.asks("authorise", 5000, key="k2") == [HOLDS + "payment 'pay/p1' was authorised before"]


def test_a_payment_is_its_partys_alone() -> None:
    watched = shopping().key("p2").entry("authorising", party="p2")
    assert watched.asks("authorise", 5000, party="p2", payment="pay/p1") == [
        SOMEBODYS + "payment 'pay/p1' is of party 'p1'",
        KEY + "the key 'corner/pay/p1/authorise/1' was used for another command",
    ]


def test_after_a_receipt_no_more_is_held_than_it_says() -> None:
    assert billed(6000).asks("authorise", 1001, payment="pay/p1/more") == [HOLDS + "it holds 1001, no more than 1000 may be held"]
    taken = billed(6000).does("capture", 5000).outcome("capture", "declined")
    assert taken.asks("authorise", 6000, payment="pay/p1/more") == [HOLDS + "it holds 6000, no more than 1000 may be held"]
    released = shopping().entry("denied", "shop closed").does("release").receipt(900)
    assert released.asks("authorise", 901, payment="pay/p1/more") == [HOLDS + "it holds 901, no more than 900 may be held"]
    assert released.asks("authorise", 900, payment="pay/p1/more") == []


def test_a_receipt_that_was_held_back_is_no_reason_to_take_anything() -> None:
    assert shopping().receipt(300, stamped=False).asks("capture", 300) == [
        TAKES + "party 'p1' has no receipt that was stamped", TAKES + "it takes 300 after 0, the receipt says 0",
    ]  # fmt: skip
    assert shopping().receipt(300, "p2").asks("capture", 300)[0] == TAKES + "party 'p1' has no receipt that was stamped"


@pytest.mark.parametrize(
    ("watched", "amount", "objected"),
    [
        (billed(300), 301, ["it takes 301 after 0, the receipt says 300"]),
        (billed(6000), 5001, ["it takes 5001, 5000 are held"]),
        (charged(300), 1, ["payment 'pay/p1' was captured or released before", "it takes 1 after 300, the receipt says 300"]),
        (billed(300).does("capture", 300), 300,
         ["payment 'pay/p1' was captured or released before", "it takes 300 after 300, the receipt says 300"]),
        (billed(300).does("capture", 300).outcome("capture", "declined"), 300,
         ["payment 'pay/p1' was captured or released before"]),
        (coming_in().does("authorise", 5000).receipt(300), 300, ["it takes 300, 0 are held"]),
        (coming_in().does("authorise", 5000).outcome("authorise", "declined").receipt(300), 300, ["it takes 300, 0 are held"]),
        (coming_in().does("authorise", 5000).outcome("authorise", amount=4999).receipt(300), 300, ["it takes 300, 0 are held"]),
        (coming_in().does("authorise", 5000).outcome("authorise", payment="pay/p2").receipt(300), 300,
         ["it takes 300, 0 are held"]),
        (shopping().entry("denied", "shop closed").does("release").receipt(300), 300,
         ["payment 'pay/p1' was captured or released before"]),
    ],
)  # fmt: skip
def test_no_more_is_taken_than_is_held_and_owed_and_nothing_twice(watched: Watched, amount: int, objected: list[str]) -> None:
    watched.engine.restore(watched.engine.snapshot())
    reference = msgspec.json.decode(watched.engine.snapshot())["books"]["parties"]["p1"]["references"].get("pay/p1", "")
    assert watched.asks("capture", amount, key="k2", reference=reference) == [TAKES + each for each in objected]


def test_a_capture_and_a_refund_of_nothing_or_a_release_of_something_makes_no_sense() -> None:
    assert billed().asks("capture", 0) == [WHOLE + "a capture of nothing"]
    assert corrected().asks("refund", 0) == [WHOLE + "a refund of nothing"]
    assert billed(0).asks("release", 5000) == [WHOLE + "a release moves nothing, this one 5000"]
    about = "corner/pay/p1/authorise/1"
    assert shopping().asks("look up", 1, about=about) == [WHOLE + "a look up moves nothing, this one 1"]


def test_the_provider_is_told_of_the_payment_that_it_knows() -> None:
    known = KNOWN + "the provider calls the payment 'ref-pay/p1', the command 'ref-pay/p2'"
    assert billed().asks("capture", 300, reference="ref-pay/p2") == [known]
    assert corrected().asks("refund", 100, reference="ref-pay/p2") == [known]


def test_a_key_is_used_for_one_command_only() -> None:
    watched = corrected().does("refund", 50)
    used = [KEY + "the key 'corner/pay/p1/refund/1' was used for another command"]
    assert watched.asks("refund", 49) == used
    assert watched.asks("refund", 50, payment="pay/p1/more", key="corner/pay/p1/refund/1") == used
    assert watched.asks("refund", 50, method="card-2") == used
    assert watched.asks("look up", about="corner/pay/p1/refund/1", key="corner/pay/p1/refund/1") == used
    assert watched.asks("refund", 50, key="k2") == []


@pytest.mark.parametrize(
    ("watched", "objected"),
    [
        (shopping(), ["party 'p1' may be in the shop"]),
        (shopping().entry("denied", "code used"), ["party 'p1' may be in the shop"]),
        (shopping().entry("denied", "already inside"), ["party 'p1' may be in the shop"]),
        (coming_in().does("authorise", 5000), ["payment 'pay/p1' holds nothing", "party 'p1' may be in the shop"]),
        (billed(300), ["party 'p1' owes 300"]),
        (billed(300).entry("denied", "shop closed"), ["party 'p1' owes 300"]),
        (charged(300), ["payment 'pay/p1' was captured or released before", "party 'p1' owes 300"]),
        (billed(0).does("release", key="k2"), ["payment 'pay/p1' was captured or released before"]),
    ],
)
def test_a_hold_is_not_ended_while_something_is_or_may_be_owed(watched: Watched, objected: list[str]) -> None:
    reference = msgspec.json.decode(watched.engine.snapshot())["books"]["parties"]["p1"]["references"].get("pay/p1", "")
    assert watched.asks("release", reference=reference) == [ENDS + each for each in objected]


@pytest.mark.parametrize(
    ("watched", "amount", "objected"),
    [
        (charged(), 1, ["it gives back 1 after 0, corrections say 0"]),
        (corrected(), 101, ["it gives back 101 after 0, corrections say 100"]),
        (corrected().does("refund", 60), 41, ["it gives back 41 after 60, corrections say 100"]),
        (billed().correction(100), 100, ["it gives back 100 after 0, 0 were taken"]),
        (billed().does("capture", 300).correction(100), 100, ["it gives back 100 after 0, 0 were taken"]),
        (charged().correction(301), 1, ["it gives back 1 after 0, corrections say 0"]),
        (charged().correction(200).correction(101), 201, ["it gives back 201 after 0, corrections say 200"]),
        (charged().correction(-1), 1, ["it gives back 1 after 0, corrections say 0"]),
        (charged().correction(1.0), 1, ["it gives back 1 after 0, corrections say 0"]),
        (charged().correction(100, currency="USD"), 1, ["it gives back 1 after 0, corrections say 0"]),
        (charged().correction(100, receipt="ledger-p2:1"), 1, ["it gives back 1 after 0, corrections say 0"]),
        (charged().correction(100, "p2"), 1, ["it gives back 1 after 0, corrections say 0"]),
    ],
)
def test_no_more_is_given_back_than_was_taken_and_corrected(watched: Watched, amount: int, objected: list[str]) -> None:
    assert watched.asks("refund", amount, key="k2") == [BACK + each for each in objected]


def test_no_more_is_given_back_to_one_payment_than_it_brought_whatever_the_other_brought() -> None:
    watched = billed(6000).does("capture", 5000).does("authorise", 1000, payment="pay/p1/more").outcome("capture")
    watched.outcome("authorise", amount=1000, payment="pay/p1/more").does("capture", 1000, payment="pay/p1/more")
    watched.outcome("capture", amount=1000, payment="pay/p1/more").correction(5500).does("refund", 5000)
    assert watched.asks("refund", 500, key="k2") == [BACK + "it gives back 500 after 5000, 5000 were taken"]


def test_a_party_is_charged_by_its_first_receipt_alone() -> None:
    assert billed(300).receipt(400, number=2).asks("capture", 400) == [TAKES + "it takes 400 after 0, the receipt says 300"]


def test_a_correction_seen_twice_counts_once_and_a_declined_refund_not_at_all() -> None:
    place = Envelope(store="corner", stream="corrections", sequence=9, happened=0, arrived=0)
    watched = charged().correction(100, envelope=place).correction(100, envelope=place)
    assert watched.asks("refund", 101) == [BACK + "it gives back 101 after 0, corrections say 100"]
    assert watched.does("refund", 100).outcome("refund", "declined").asks("refund", 100, key="k2") == []


def test_only_the_first_certain_word_about_a_command_counts() -> None:
    watched = shopping().outcome("authorise", "declined").receipt(300)
    assert watched.asks("capture", 300) == []
    watched = coming_in().does("authorise", 5000).outcome("authorise", "unknown").outcome("authorise", "not found")
    assert watched.outcome("look up", key="corner/pay/p1/authorise/1").receipt(300).asks("capture", 300) == []


@pytest.mark.parametrize("about", ["", "k", "corner/pay/p1/capture/1"])
def test_only_what_was_sent_is_looked_up(about: str) -> None:
    missing = LOOKS + f"no command with the key {about!r} was stamped for payment 'pay/p1'"
    assert shopping().asks("look up", about=about, key="l") == [missing]
    assert shopping().asks("look up", payment="pay/p1/more", about="corner/pay/p1/authorise/1", key="l") == [
        LOOKS + "no command with the key 'corner/pay/p1/authorise/1' was stamped for payment 'pay/p1/more'"
    ]


ADMITTED = "of a party that was admitted at this gate? No: "
PEOPLE = "for no more people than its key? No: "


@pytest.mark.parametrize(
    ("watched", "command", "objected"),
    [
        (Watched(), {}, [ADMITTED + "party 'p1' was not admitted"]),
        (coming_in(), {}, [ADMITTED + "party 'p1' was not admitted"]),
        (shopping().entry("denied", "code expired"), {}, [ADMITTED + "party 'p1' was not admitted"]),
        (Watched().entry("admitted", party="NOBODY"), {"party": "NOBODY"}, [ADMITTED + "party 'NOBODY' was not admitted"]),
        (shopping(), {"party": "p2"}, [ADMITTED + "party 'p2' was not admitted"]),
        (shopping(), {"gate": "out"}, [ADMITTED + "party 'p1' was admitted at gate 'in', not 'out'"]),
        (shopping(), {"people": 3}, [PEOPLE + "it is for 3 people, the key for 2"]),
        (shopping(), {"people": 0}, [PEOPLE + "it is for 0 people"]),
        (shopping(), {"people": 1.0}, [PEOPLE + "it is for 1.0 people"]),
        (shopping(), {"envelope": Envelope(store="castle", stream="e", sequence=1, happened=0, arrived=0, because=("c:1",))},
         ["of this shop? No: it is of store 'castle', not 'corner'"]),
        (shopping(), {"envelope": Envelope(store="corner", stream="e", sequence=1, happened=0, arrived=0)},
         ["it has a cause? No: it follows from nothing"]),
    ],
)  # fmt: skip
def test_a_gate_opens_for_those_admitted_at_it_alone(watched: Watched, command: dict[str, Any], objected: list[str]) -> None:
    assert watched.gate(**command) == objected


def test_a_gate_opens_once_for_a_party_also_after_a_restart() -> None:
    watched, again = shopping(), Watched()
    assert watched.gate(people=1) == []
    again.engine.restore(watched.engine.snapshot())
    again.sequence = watched.sequence
    for each in (watched, again):
        assert each.gate(people=1) == ["opens once for it? No: a gate was opened for party 'p1' before"]


def test_what_is_seen_of_another_store_is_refused() -> None:
    watched = Watched()
    place = Envelope(store="castle", stream="entry", sequence=1, happened=0, arrived=0)
    with pytest.raises(Refused, match="entry:1 belongs to store 'castle', this is 'corner'"):
        watched.engine.receive(EntryDecided(envelope=place, gate="in", party="p1", outcome="admitted"))


@pytest.mark.parametrize("hold", [-1, 1.5, True])
def test_a_guard_is_not_told_a_hold_that_is_none(hold: Any) -> None:
    with pytest.raises(ValueError, match="a hold is a whole number of minor units from 0 on"):
        GuardEngine("corner", "EUR", charge_threshold=0.7, taxes_on_top=(), hold_minor=hold)


def test_a_guard_that_was_told_of_no_hold_lets_none_pass() -> None:
    watched = coming_in()
    watched.engine = GuardEngine("corner", "EUR", charge_threshold=0.7, taxes_on_top=())
    watched.entry("authorising")
    assert watched.asks("authorise", 1) == [HOLDS + "it holds 1, no more than 0 may be held"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["authorise", "capture", "release", "refund"]), st.integers(0, 400),
        st.sampled_from(["pay/p1", "pay/p1/more"]),
        st.sampled_from(["done", "declined", ""]),
    ),
    max_size=12,
)  # fmt: skip


@given(STEPS, st.integers(0, 400), st.integers(0, 400))
def test_whatever_commands_come_no_more_is_taken_than_the_receipt_says(steps: list[Any], total: int, back: int) -> None:
    watched = coming_in()
    moved = {"authorise": 0, "capture": 0, "release": 0, "refund": 0}
    for number, (action, drawn, payment, outcome) in enumerate(steps):
        if number == 2:
            watched.receipt(total).correction(back)
        amount = 0 if action == "release" else drawn
        known = msgspec.json.decode(watched.engine.snapshot())["books"]["parties"]["p1"]["references"].get(payment, "")
        if watched.asks(action, amount, payment=payment, key=f"k{number}", reference=known) == []:
            moved[action] += 0 if outcome == "declined" else amount
            if outcome:
                watched.outcome(action, outcome, amount, payment, key=f"k{number}")
    assert moved["capture"] <= total
    assert moved["refund"] <= min(moved["capture"], back if back <= total else 0)
    assert moved["capture"] <= moved["authorise"]
