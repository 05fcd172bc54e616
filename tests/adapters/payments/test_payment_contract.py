"""What every payment provider must do, tried on the client over HTTP with a real embedded provider behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.adapters.payments.provider import Running, command

from saunter.adapters.payments import HttpPayments
from saunter.ports.payments import PaymentProvider
from saunter.records import Envelope, PaymentOutcome

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    provider = Running(tmp_path_factory.mktemp("provider") / "ledger.sqlite", "--delay-s", "1")
    yield provider
    provider.kill()


@pytest.fixture
def payments(running: Running) -> Iterator[PaymentProvider]:
    with HttpPayments(running.url, timeout_s=5) as client:
        yield client


@pytest.fixture
def payment(request: pytest.FixtureRequest) -> str:
    """Every test has a payment of its own."""
    return f"pay/{request.node.name}"


def test_a_payment_is_held_taken_and_given_back(payments: PaymentProvider, payment: str) -> None:
    held = payments.send(command("authorise", 5000, payment), "tok_x")
    assert held == PaymentOutcome(
        envelope=Envelope(store="", stream="payments", sequence=0, happened=0, arrived=0), payment=payment,
        key=f"corner/{payment}/authorise/1", action="authorise", outcome="done", amount_minor=5000, reference=held.reference,
        source="reply",
    )  # fmt: skip
    assert held.reference
    taken = payments.send(command("capture", 1234, payment, reference=held.reference), "")
    assert (taken.outcome, taken.amount_minor, taken.reference) == ("done", 1234, held.reference)
    for number, (amount, outcome) in enumerate(((1000, "done"), (235, "declined"), (234, "done"), (1, "declined"))):
        back = payments.send(command("refund", amount, payment, f"{payment}/refund/{number}", reference=held.reference), "")
        assert (back.outcome, back.amount_minor) == (outcome, amount if outcome == "done" else 0)
    assert back.reason == "1 cannot be given back of 0 taken"


def test_a_hold_is_released_once_and_nothing_can_be_taken_after(payments: PaymentProvider, payment: str) -> None:
    payments.send(command("authorise", 5000, payment), "tok_x")
    ended = payments.send(command("release", 0, payment), "")
    assert (ended.outcome, ended.amount_minor) == ("done", 5000)
    assert payments.send(command("release", 0, payment, "again"), "").reason == "nothing is held"
    assert payments.send(command("capture", 1, payment), "").reason == "nothing is held"


def test_the_same_key_is_carried_out_once_however_often_it_comes(
    payments: PaymentProvider, running: Running, payment: str
) -> None:
    payments.send(command("authorise", 5000, payment), "tok_x")
    outcomes = [payments.send(command("capture", 300, payment), "") for _ in range(3)]
    assert outcomes[0] == outcomes[1] == outcomes[2]
    moved = [each for each in running.ledger()["movements"] if each["payment"] == payment]
    assert [(each["action"], each["amount_minor"]) for each in moved] == [("authorise", 5000), ("capture", 300)]


def test_the_same_key_with_other_content_is_unknown_and_moves_nothing(payments: PaymentProvider, payment: str) -> None:
    payments.send(command("authorise", 5000, payment), "tok_x")
    wrong = payments.send(command("authorise", 6000, payment), "tok_x")
    assert (wrong.outcome, wrong.reason) == ("unknown", "the provider answered 409")
    found = payments.send(command("look up", 0, payment, "l", about=f"corner/{payment}/authorise/1"), "")
    assert (found.outcome, found.amount_minor) == ("done", 5000)


def test_a_look_up_tells_what_became_of_a_key_or_that_it_never_came(payments: PaymentProvider, payment: str) -> None:
    key = f"corner/{payment}/authorise/1"
    look_up = command("look up", 0, payment, "l", about=key)
    never = payments.send(look_up, "")
    assert (never.key, never.outcome, never.source, never.action) == (key, "not found", "look-up", "look up")
    payments.send(command("authorise", 5000, payment), "tok_declined")
    declined = payments.send(look_up, "")
    assert (declined.key, declined.outcome, declined.action) == (key, "declined", "authorise")
    assert (declined.source, declined.reason) == ("look-up", "the card was declined")


@pytest.mark.parametrize(
    ("amount", "reason"), [(0, "0 cannot be taken of 5000 held"), (5001, "5001 cannot be taken of 5000 held")]
)
def test_no_more_than_the_hold_is_taken(payments: PaymentProvider, payment: str, amount: int, reason: str) -> None:
    payments.send(command("authorise", 5000, payment), "tok_x")
    outcome = payments.send(command("capture", amount, payment), "")
    assert (outcome.outcome, outcome.reason, outcome.amount_minor) == ("declined", reason, 0)


def test_a_hold_is_taken_once(payments: PaymentProvider, payment: str) -> None:
    payments.send(command("authorise", 5000, payment), "tok_x")
    payments.send(command("capture", 1, payment), "")
    assert payments.send(command("capture", 1, payment, "second"), "").reason == "nothing is held"
    assert payments.send(command("authorise", 1, payment, "third"), "tok_x").reason == "the payment was authorised before"


def test_another_currency_or_reference_is_declined(payments: PaymentProvider, payment: str) -> None:
    reference = payments.send(command("authorise", 5000, payment), "tok_x").reference
    assert payments.send(command("capture", 1, payment, "a", currency="USD"), "").reason == "the payment is in EUR, not in USD"
    wrong = payments.send(command("capture", 1, payment, "b", reference="emb_other"), "")
    assert wrong.reason == f"the payment is {reference}, not emb_other"


@pytest.mark.parametrize("token", ["4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005"])
def test_a_card_number_is_refused_and_not_repeated(payments: PaymentProvider, payment: str, token: str) -> None:
    outcome = payments.send(command("authorise", 5000, payment), token)
    assert outcome.outcome == "declined"
    assert "is a card number" in outcome.reason
    assert token not in outcome.reason
    known = payments.send(command("look up", 0, payment, "l", about=f"corner/{payment}/authorise/1"), "")
    assert known.outcome == "not found"


@pytest.mark.parametrize(("amount", "currency"), [(-1, "EUR"), (10**9 + 1, "EUR"), (1, "euro"), (1.5, "EUR")])
def test_an_order_that_makes_no_sense_is_declined_and_leaves_no_trace(
    payments: PaymentProvider, payment: str, amount: int, currency: str
) -> None:
    outcome = payments.send(command("authorise", amount, payment, currency=currency), "tok_x")
    assert (outcome.outcome, outcome.amount_minor) == ("declined", 0)
    known = payments.send(command("look up", 0, payment, "l", about=f"corner/{payment}/authorise/1"), "")
    assert known.outcome == "not found"


@pytest.mark.parametrize(
    ("token", "fates"),
    [
        ("tok_insufficient_funds", ["declined", "declined", "declined"]),
        ("tok_capture_declined", ["done", "declined", "declined"]),
        ("tok_refund_declined", ["done", "done", "declined"]),
        ("tok_dropped", ["unknown", "unknown", "unknown"]),
        ("tok_slow", ["done", "done", "done"]),
    ],
)
def test_special_tokens_have_a_fate_of_their_own(payments: PaymentProvider, payment: str, token: str, fates: list[str]) -> None:
    steps = [command("authorise", 5000, payment), command("capture", 3000, payment), command("refund", 1, payment)]
    assert [payments.send(step, token if step.action == "authorise" else "").outcome for step in steps] == fates


def test_a_hold_that_cannot_be_ended(payments: PaymentProvider, payment: str) -> None:
    payments.send(command("authorise", 5000, payment), "tok_release_declined")
    assert payments.send(command("release", 0, payment), "").outcome == "declined"
