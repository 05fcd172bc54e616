"""The cheapest thing to do with a bill now: settle it, ask one question, or wait for evidence. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from saunter.base.time import from_seconds
from saunter.records import Cart, Doubt
from saunter.settlement.losses import Costs, by_sku
from saunter.settlement.table import State

#: A visit waits for evidence at most this part of its whole wait: the other half is kept for a question to a person.
EVIDENCE_SHARE: Final = 0.5


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A bill that is not settled yet: its newest final cart, and what was done about it. Instants are ns UTC.

    `opened` is when its first final cart came, `deadline` when it must be settled. `looked_at` are interactions about
    which nobody is asked (again) for it, `questions` how many it has asked, `closed` the ids of what became of them.
    In state asked or waiting, `question` is the id of the question it depends on, `interaction` what that is about (empty:
    none), and `until` ends the wait.
    """

    cart: Cart
    opened: int
    deadline: int
    state: State = State.DECIDING
    question: str = ""
    interaction: str = ""
    until: int = 0
    looked_at: tuple[str, ...] = ()
    questions: int = 0
    closed: tuple[str, ...] = ()


class Settle(msgspec.Struct, frozen=True):
    """Charge and drop now."""


class Ask(msgspec.Struct, frozen=True):
    """Ask about this doubt; `removed` is the expected loss (minor units) that the answer takes away."""

    doubt: Doubt
    removed: float


class Wait(msgspec.Struct, frozen=True):
    """Wait until an instant; `question` about `interaction` is another visit's that is waited for (empty: what the cart
    awaits)."""

    until: int
    question: str = ""
    interaction: str = ""


Step = Settle | Ask | Wait


def cheapest(bill: Bill, now: int, costs: Costs, questions_max: int, being_asked: Mapping[str, str]) -> Step:
    """The cheapest next step. `being_asked` are the interactions before a person now, with their questions' ids.

    Waiting comes before asking, where as much is at stake as a question costs: it takes nobody's time.
    """
    lines = by_sku(bill.cart.lines)
    until = min(bill.deadline, awaited(bill))
    if until > now and costs.loss(lines) > costs.asking(costs.look_seconds):
        return Wait(until)
    found = best(bill.cart, costs, bill.looked_at)
    if found is None:
        return Settle()
    question = being_asked.get(found.doubt.interaction, "")
    if question and now < bill.deadline:
        return Wait(bill.deadline, question, found.doubt.interaction)
    if bill.questions >= questions_max or now + from_seconds(costs.seconds(found.doubt)) > bill.deadline:
        return Settle()
    return found


def best(cart: Cart, costs: Costs, looked_at: Collection[str] = ()) -> Ask | None:
    """Of the questions that remove more expected loss than they cost, the one that removes most per second of a reviewer.

    Of equal ones the one that comes first in the cart. None: no question is worth its whole cost.
    """
    lines = by_sku(cart.lines)
    asks = [Ask(doubt, costs.removed(lines, doubt)) for doubt in cart.doubts if doubt.interaction not in looked_at]
    worth = [ask for ask in asks if ask.removed > costs.asking(costs.seconds(ask.doubt))]
    return max(worth, key=lambda ask: ask.removed / costs.seconds(ask.doubt), default=None)


def awaited(bill: Bill) -> int:
    """Until when the bill would wait for what its cart awaits; 0: for nothing."""
    latest = max((each.until for each in bill.cart.awaited), default=0)
    return min(latest, bill.opened + int(EVIDENCE_SHARE * (bill.deadline - bill.opened)))
