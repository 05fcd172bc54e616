"""Money that did not come, or did not go back: what is owed to whom, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from saunter.ports.desk import Desk
from saunter.ports.documents import Bill, Money, Visit, Warning
from saunter.records import Receipt
from saunter.web.rendering import document, documents
from saunter.web.store.alarms import MONEY

#: By the state of the payment: what is wrong, and what to do. Any other state: it could not be collected.
WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "capture failed": (
            "was not paid: the provider declined",
            "The receipt stands, and nothing is asked again by itself. Ask the shopper for another way to pay when they come "
            "back, or settle it with the provider.",
        ),
        "refund failed": (
            "could not be given back: the provider declined",
            "Nothing is tried again by itself. Give it back in cash or by the provider's own pages, and note how.",
        ),
        "release failed": (
            "is still held: the provider declined to let it go",
            "Nothing was charged. The hold ends by itself at the card's bank; if the shopper asks, tell the provider.",
        ),
    }
)
_UNCOLLECTED: Final = (
    "could not be collected",
    "The receipt stands. Ask the shopper for another way to pay when they come back.",
)
#: Payments of one party that are looked at: a main one, one for the rest, and to be safe as many again.
_PAYMENTS_MAX: Final = 4


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A sum that waits for a manager. `visit` is empty where the books do not tell whose it is."""

    warning: Warning
    title: str
    do: str
    visit: str = ""
    left: int = 0
    amount_minor: int = 0
    currency: str = ""


def missing(desk: Desk, alarms: Sequence[Warning]) -> tuple[Missing, ...]:
    """What of these new alarms is money that waits to be settled, the oldest first."""
    found = [_missing(desk, each) for each in alarms if each.name in MONEY]
    return tuple(sorted(found, key=lambda each: (each.warning.first, each.warning.subject)))


def _missing(desk: Desk, warning: Warning) -> Missing:
    payment = document(desk, "payment", warning.subject, Money)
    state = payment.payment.state if payment else ""
    title, do = WORDS.get(state, _UNCOLLECTED)
    visit = _visit(desk, warning, payment)
    if visit is None:
        return Missing(warning=warning, title=title, do=do)
    return Missing(
        warning=warning, title=title, do=do, visit=visit.visit, left=visit.left, amount_minor=_amount(desk, visit, state),
        currency=visit.currency,
    )  # fmt: skip


def _visit(desk: Desk, warning: Warning, payment: Money | None) -> Visit | None:
    """Whose money it is: by the payment, or by the receipt where there was none."""
    if payment is not None:
        return next(iter(documents(desk, "visit", Visit, owner=payment.payment.party, limit=1)), None)
    receipt = desk.books.record(warning.subject)
    return document(desk, "visit", receipt.visit, Visit) if isinstance(receipt, Receipt) else None


def _amount(desk: Desk, visit: Visit, state: str) -> int:
    """What is still to come, to go back, or to be let go (minor units), by what the books know now."""
    payments = [each.payment for each in documents(desk, "payment", Money, owner=visit.party, limit=_PAYMENTS_MAX)]
    taken = sum(each.captured_minor - each.refunded_minor for each in payments)
    bill = document(desk, "bill", visit.visit, Bill)
    due = bill.due_minor if bill else 0
    if state == "release failed":
        return max((each.authorised_minor for each in payments), default=0)
    return abs(due - taken)
