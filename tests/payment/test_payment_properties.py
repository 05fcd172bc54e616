"""Whatever the network does to commands and answers, the money is right: lost, late, twice, and in any order.

The provider here carries out each key once, as ours does; between it and the shop anything may happen. In the end
everything is delivered, and then the books agree with the provider.
"""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.payment.till import PLAN, Till

from saunter.payment import PaymentEngine
from saunter.records import PaymentAction, PaymentCommand, PaymentOutcome

ACTIONS: tuple[PaymentAction, ...] = ("authorise", "capture", "release", "refund")


class Provider:
    """Carries out each key once, and declines those of an action it was told to decline."""

    def __init__(self, declines: set[str]) -> None:
        self.declines = declines
        self.known: dict[str, PaymentCommand] = {}

    def carry_out(self, command: PaymentCommand) -> None:
        if command.action != "look up":
            before = self.known.setdefault(command.key, command)
            assert (before.action, before.amount_minor) == (command.action, command.amount_minor)

    def answer(self, command: PaymentCommand, till: Till) -> PaymentOutcome:
        about = command.about or command.key
        found = self.known.get(about)
        if found is None:
            return PaymentOutcome(
                envelope=till.envelope("payments"), payment=command.payment, key=about, action="look up", outcome="not found",
                source="look-up",
            )  # fmt: skip
        is_declined = found.action in self.declines
        return PaymentOutcome(
            envelope=till.envelope("payments"), payment=command.payment, key=about, action=found.action,
            outcome="declined" if is_declined else "done", amount_minor=0 if is_declined else found.amount_minor,
            reference="" if is_declined else f"ref-{command.payment}",
        )  # fmt: skip

    def sum(self, action: PaymentAction) -> int:
        return sum(each.amount_minor for each in self.known.values() if each.action == action and action not in self.declines)


def silence(command: PaymentCommand, till: Till) -> PaymentOutcome:
    return PaymentOutcome(
        envelope=till.envelope("payments"), payment=command.payment, key=command.about or command.key, action=command.action,
        outcome="unknown",
    )  # fmt: skip


def check(till: Till, provider: Provider) -> None:
    """What holds at every moment."""
    assert provider.sum("capture") <= provider.sum("authorise")
    assert provider.sum("refund") <= provider.sum("capture")
    for payment in ("pay/p1", "pay/p1/more"):
        captures = {each.key for each in till.given if each.payment == payment and each.action == "capture"}
        assert len(captures) <= 1, "never two captures of one payment"
    for change in till.changes:
        assert 0 <= change.refunded_minor <= change.captured_minor <= change.authorised_minor


def restart(till: Till) -> None:
    snapshot = till.engine.snapshot()
    till.engine = PaymentEngine(PLAN)
    till.engine.restore(snapshot)


def weather(till: Till, provider: Provider, draw: st.DataObject, seen: int) -> int:
    """One thing happens to one command: it is carried out or not, answered or not, late, again, or time passes."""
    fate = draw.draw(st.sampled_from(["lost", "done unheard", "answered", "old answer", "timed out", "wait", "restart"]))
    if fate == "wait":
        till.later(draw.draw(st.sampled_from([0.5, 5.0, 60.0])))
    elif fate == "restart":
        restart(till)
    elif fate == "old answer" or seen >= len(till.given):
        old = draw.draw(st.sampled_from(till.given))
        till.take(provider.answer(old, till))
    else:
        command = till.given[seen]
        seen += 1
        if fate in ("done unheard", "answered", "timed out"):
            provider.carry_out(command)
        if fate == "answered":
            till.take(provider.answer(command, till))
        elif fate == "timed out":
            till.take(silence(command, till))
    return seen


def calm(till: Till, provider: Provider) -> None:
    """From now on everything is carried out and answered."""
    seen = len(till.given)
    for _ in range(60):
        till.later(301)
        if seen == len(till.given):
            return
        while seen < len(till.given):
            assert len(till.given) < 500, "it asks for ever"
            command = till.given[seen]
            provider.carry_out(command)
            till.take(provider.answer(command, till))
            seen += 1
    raise AssertionError("it never comes to rest")


@pytest.mark.slow
@settings(max_examples=150)
@given(
    st.sampled_from([0, 1, 4999, 5000, 5001, 12_345]), st.sampled_from([0, 1, 500, 12_345]), st.data(),
    st.sets(st.sampled_from(ACTIONS), max_size=1), st.booleans(),
)  # fmt: skip
def test_in_the_end_the_provider_took_exactly_what_the_receipt_says(
    total: int, corrected: int, draw: st.DataObject, declines: set[str], turned_away: bool
) -> None:
    till, provider, seen = Till(), Provider(declines), 0
    till.key()
    till.entry("authorising")
    steps = [lambda: till.receipt(total), lambda: till.correct(min(corrected, total)) if min(corrected, total) else None]
    if turned_away:
        steps.insert(0, lambda: till.entry("denied", "payment unclear"))
    for step in steps:
        for _ in range(draw.draw(st.integers(0, 8))):
            seen = weather(till, provider, draw, seen)
            check(till, provider)
        step()
    for _ in range(draw.draw(st.integers(0, 8))):
        seen = weather(till, provider, draw, seen)
        check(till, provider)
    calm(till, provider)
    check(till, provider)
    books = msgspec.json.decode(till.engine.snapshot())["accounts"]["p1"]["payments"].values()
    for name, action in (("authorised_minor", "authorise"), ("captured_minor", "capture"), ("refunded_minor", "refund")):
        assert sum(payment[name] for payment in books) == provider.sum(action)  # type: ignore[arg-type]
    assert all(payment["waiting"] is None for payment in books)
    if not declines & {"authorise", "capture"}:
        assert provider.sum("capture") == total
        assert provider.sum("refund") == (0 if declines == {"refund"} else min(corrected, total))


@given(st.integers(0, 10_000), st.lists(st.integers(1, 3), max_size=4), st.randoms(use_true_random=False))
def test_outcomes_in_any_order_and_number_leave_the_same_money(total: int, repeats: list[int], shuffler: object) -> None:
    till, provider = Till().shopping(), Provider(set())
    till.receipt(total)
    for command in till.given:
        provider.carry_out(command)
    answers = [provider.answer(command, till) for command in till.given for _ in range(1 + sum(repeats))]
    shuffler.shuffle(answers)  # type: ignore[attr-defined]
    for answer in answers:
        till.take(answer)
    calm(till, provider)
    assert provider.sum("capture") == total
    assert len({command.key for command in till.given if command.action == "capture"}) <= 2
