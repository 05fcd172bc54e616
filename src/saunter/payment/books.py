"""What the payment room remembers: an account per party, with its one or two payments and every command given for them."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from saunter.payment.table import State
from saunter.records import PaymentAction, PaymentCommand

#: What the id of a payment over the rest of a receipt ends in.
REST = "/more"
#: A visit in one of these states has no bill, and none is on its way.
WITHOUT_BILL: Final = frozenset({"abandoned", "unbilled"})


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A command that was given under some key, and what became of it. `open`: not known yet."""

    action: PaymentAction
    amount_minor: int
    outcome: Literal["open", "done", "declined"] = "open"


class Waiting(msgspec.Struct, kw_only=True):
    """The one command of a payment whose outcome is not known. Instants and pauses in ns.

    `since`: when it was first given; `due`: when to do something about it; `pause`: the next pause between look-ups;
    `times`: how often it was given; `alarmed`: whether a person was told that it is unknown.
    """

    command: PaymentCommand
    since: int
    due: int
    pause: int
    times: int = 1
    alarmed: bool = False


class Payment(msgspec.Struct, kw_only=True):
    """One payment. Amounts are whole minor units.

    `wanted_minor` is what it is to hold. `refused_minor` was to be given back, and the provider declined. `given` are all
    commands by key, `counted` how many of each action, `contradictions` what was already told as an alarm.
    """

    id: str
    party: str
    wanted_minor: int
    state: State = State.NONE
    authorised_minor: int = 0
    captured_minor: int = 0
    refunded_minor: int = 0
    refused_minor: int = 0
    reference: str = ""
    given: dict[str, Given] = {}
    counted: dict[str, int] = {}
    waiting: Waiting | None = None
    contradictions: list[str] = []

    @property
    def is_rest(self) -> bool:
        """Whether it is the second payment of its party, over what the hold did not cover."""
        return self.id.endswith(REST)

    @property
    def left_minor(self) -> int:
        """What was taken and can still be given back."""
        return self.captured_minor - self.refunded_minor - self.refused_minor


class Account(msgspec.Struct, kw_only=True):
    """A party and what it owes. Empty `receipt`: not billed yet.

    `inside`: its visit was seen under way; `turned_away`: it was let in no further, so that its hold is to end. `visits` say
    where each of its visits stands.
    """

    party: str
    method: str = ""
    inside: bool = False
    turned_away: bool = False
    receipt: str = ""
    total_minor: int = 0
    corrected_minor: int = 0
    corrections: list[str] = []
    payments: dict[str, Payment] = {}
    visits: dict[str, str] = {}

    @property
    def given_up(self) -> bool:
        """Whether all its visits are over without a bill, so that its hold is to end."""
        return bool(self.visits) and WITHOUT_BILL.issuperset(self.visits.values())

    @property
    def main(self) -> Payment | None:
        """The payment that was authorised at the gate, if there was one."""
        return self.payments.get(main_id(self.party))

    @property
    def more(self) -> Payment | None:
        """The payment over the rest, if there is one."""
        return self.payments.get(main_id(self.party) + REST)


def main_id(party: str) -> str:
    """The id of a party's payment."""
    return f"pay/{party}"
