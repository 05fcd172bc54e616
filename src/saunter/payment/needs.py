"""What an account needs next: the command that brings its payments nearer to what its receipt and corrections say.

Everything follows from the account as it stands, never from the order in which things were heard. So whatever comes late,
twice or out of order, the same commands follow in the end.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from saunter.payment.books import Account, Payment
from saunter.payment.table import UNKNOWN, Event, State

#: Whether anything is held is not known yet.
_OPEN_HOLDS: Final = frozenset({State.NONE, State.AUTHORISING, State.AUTHORISE_UNKNOWN, State.AUTHORISED})
#: These bring in nothing of a receipt: nothing is held, or not for long.
_WITHOUT_HOLD: Final = frozenset(
    {State.DECLINED, State.RELEASING, State.RELEASE_UNKNOWN, State.RELEASED, State.RELEASE_FAILED}
)  # fmt: skip
#: While one of these, what was taken and given back is not final: a refund waits.
_UNDER_WAY: Final = _OPEN_HOLDS | (UNKNOWN - {State.RELEASE_UNKNOWN}) | {State.CAPTURING, State.REFUNDING}
_REFUNDABLE: Final = frozenset({State.CAPTURED, State.REFUND_FAILED})


class Need(NamedTuple):
    """The next command of a payment: the event of the table that stands for it, and its amount (0: none)."""

    payment: Payment
    event: Event
    amount_minor: int


def next_need(account: Account) -> Need | None:
    """The next command to give; None: nothing can be done, or nothing until an outcome is known."""
    for payment in account.payments.values():
        if payment.state is State.NONE:
            return Need(payment, Event.AUTHORISE, payment.wanted_minor)
        if payment.state is State.AUTHORISED and (need := _of_a_hold(account, payment)):
            return need
    return _refund(account)


def uncovered_minor(account: Account) -> int:
    """What no hold covers of a billed receipt: the amount of a second payment. 0 while that is not known, or once it exists."""
    main = account.main
    if not account.receipt or account.more is not None or (main is not None and main.state in _OPEN_HOLDS):
        return 0
    if main is None or main.state in _WITHOUT_HOLD:
        return account.total_minor
    return max(0, account.total_minor - main.authorised_minor)


def _of_a_hold(account: Account, payment: Payment) -> Need | None:
    """A hold is taken as far as the receipt goes, or ended; it stays while there is no receipt and the party may be inside."""
    if not account.receipt:
        return Need(payment, Event.RELEASE, 0) if account.turned_away or account.given_up else None
    amount = min(account.total_minor, payment.authorised_minor)
    return Need(payment, Event.CAPTURE, amount) if amount else Need(payment, Event.RELEASE, 0)


def _refund(account: Account) -> Need | None:
    """What was taken beyond what is due is given back, once all that is under way is known."""
    payments = list(account.payments.values())
    if not account.receipt or uncovered_minor(account) or any(payment.state in _UNDER_WAY for payment in payments):
        return None
    over = sum(payment.left_minor for payment in payments) - (account.total_minor - account.corrected_minor)
    for payment in payments:
        if over > 0 and payment.state in _REFUNDABLE and payment.left_minor > 0:
            return Need(payment, Event.REFUND, min(over, payment.left_minor))
    return None
