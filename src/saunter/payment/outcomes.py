"""What an outcome means for a payment: something new, nothing new, or a contradiction that a person must look at."""

from __future__ import annotations

from typing import NamedTuple

from saunter.payment.books import Given, Payment
from saunter.payment.table import AWAITED, UNKNOWN, Event
from saunter.records import PaymentOutcome


class Judgement(NamedTuple):
    """`event` is what happened to the payment (None: nothing new); `contradiction` what cannot be, in words (empty: none)."""

    event: Event | None = None
    contradiction: str = ""


NOTHING_NEW = Judgement()


def judged(payment: Payment, outcome: PaymentOutcome) -> Judgement:
    """What an outcome says beyond what is known already. Late and repeated ones say nothing new."""
    given = payment.given.get(outcome.key)
    if given is None:
        return Judgement(contradiction=f"no command was ever given under the key {outcome.key!r}")
    if outcome.action not in (given.action, "look up"):
        return Judgement(contradiction=f"{outcome.key!r} was given to {given.action}, the provider says {outcome.action}")
    if outcome.outcome in ("unknown", "not found"):
        return _of_not_knowing(payment, given, outcome)
    return _of_certainty(payment, given, outcome)


def _of_certainty(payment: Payment, given: Given, outcome: PaymentOutcome) -> Judgement:
    """Done or declined: new if nothing certain was known, wrong if something else was."""
    if given.outcome not in ("open", outcome.outcome):
        return Judgement(contradiction=f"{outcome.key!r} was {given.outcome}, now the provider says {outcome.outcome}")
    wrong = _wrong(payment, given, outcome) if outcome.outcome == "done" else ""
    if wrong:
        return Judgement(contradiction=wrong)
    if given.outcome != "open":
        return NOTHING_NEW
    return Judgement(_done(payment, given) if outcome.outcome == "done" else Event.DECLINED)


def _of_not_knowing(payment: Payment, given: Given, outcome: PaymentOutcome) -> Judgement:
    """Silence makes an awaited outcome unknown; "not found" settles an unknown one. Both say nothing about a known one."""
    if given.outcome != "open":
        return NOTHING_NEW
    if outcome.outcome == "unknown" and payment.state in AWAITED:
        return Judgement(Event.NO_ANSWER)
    if outcome.outcome == "not found" and payment.state in UNKNOWN:
        return Judgement(Event.NOT_FOUND)
    return NOTHING_NEW


def _wrong(payment: Payment, given: Given, outcome: PaymentOutcome) -> str:
    """What is wrong with something carried out, in words; empty: nothing."""
    possible = {given.amount_minor, payment.authorised_minor} if given.action == "release" else {given.amount_minor}
    if type(outcome.amount_minor) is not int or outcome.amount_minor not in possible:
        return f"{outcome.key!r} was given over {given.amount_minor}, the provider carried out {outcome.amount_minor!r}"
    if payment.reference and outcome.reference and outcome.reference != payment.reference:
        return f"{outcome.key!r} is of {payment.reference!r}, the provider says {outcome.reference!r}"
    return ""


def _done(payment: Payment, given: Given) -> Event:
    gives_the_last = given.action == "refund" and payment.refunded_minor + given.amount_minor == payment.captured_minor
    return Event.ALL_BACK if gives_the_last else Event.DONE
