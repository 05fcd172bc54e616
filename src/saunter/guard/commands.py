"""What the guard asks of a command that moves money or opens a gate, in two tables. Written apart from the payment room."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from saunter.base.ids import RESERVED_PARTIES
from saunter.guard.books import Books, Party, content
from saunter.records import GateCommand, PaymentCommand


@dataclass(frozen=True, slots=True)
class Seen:
    """What the guard was told or has seen. `hold_minor` is the most that is held before the gate opens."""

    store: str
    currency: str
    hold_minor: int
    books: Books

    def again(self, command: PaymentCommand) -> bool:
        """Whether this very command was stamped before: given again under its key, it moves nothing twice."""
        return self.books.of(command.party).commands.get(command.key) is not None


PaymentCheck = Callable[[PaymentCommand, Seen], Iterator[str]]
GateCheck = Callable[[GateCommand, Seen], Iterator[str]]
_MOVES_NOTHING: Final = ("release", "look up")


def _is_ours(command: PaymentCommand, seen: Seen) -> Iterator[str]:
    if command.envelope.store != seen.store:
        yield f"it is of store {command.envelope.store!r}, not {seen.store!r}"
    if command.currency != seen.currency:
        yield f"it is in {command.currency!r}, the shop sells in {seen.currency}"


def _is_somebodys(command: PaymentCommand, seen: Seen) -> Iterator[str]:
    if not command.party or command.party in RESERVED_PARTIES:
        yield f"{command.party!r} is no party that pays"
    owner = seen.books.payments.get(command.payment, command.party)
    if not command.payment or owner != command.party:
        yield f"payment {command.payment!r} is of party {owner!r}"
    known = seen.books.of(command.party).method
    if command.action == "authorise" and (not command.method or known not in ("", command.method)):
        yield f"it names {command.method!r}, the party pays with {known!r}"


def _is_not_over(command: PaymentCommand | GateCommand, seen: Seen) -> Iterator[str]:
    if command.party in seen.books.gone:
        yield f"party {command.party!r} was over and forgotten long ago; whoever comes again needs a new key"


def _has_a_cause(command: PaymentCommand | GateCommand, seen: Seen) -> Iterator[str]:
    if not all(command.envelope.because or ("",)):
        yield "it follows from nothing"


def _is_whole(command: PaymentCommand, seen: Seen) -> Iterator[str]:
    amount = command.amount_minor
    if type(amount) is not int:
        yield f"{amount!r} is no whole number of minor units"
    elif amount < 0:
        yield f"{amount} is negative"
    elif command.action in _MOVES_NOTHING and amount:
        yield f"a {command.action} moves nothing, this one {amount}"
    elif command.action in ("capture", "refund") and not amount:
        yield f"a {command.action} of nothing"


def _has_its_own_key(command: PaymentCommand, seen: Seen) -> Iterator[str]:
    if not command.key:
        yield "it has no key"
    owner = seen.books.keys.get(command.key, command.party)
    before = seen.books.of(owner).commands.get(command.key)
    if owner != command.party or (before is not None and _without_outcome(before) != _without_outcome(content(command))):
        yield f"the key {command.key!r} was used for another command"


def _is_of_the_payment_known(command: PaymentCommand, seen: Seen) -> Iterator[str]:
    known = seen.books.of(command.party).references.get(command.payment, "")
    if command.action != "look up" and known != command.reference and not seen.again(command):
        yield f"the provider calls the payment {known!r}, the command {command.reference!r}"


def _holds_what_is_asked(command: PaymentCommand, seen: Seen) -> Iterator[str]:
    if command.action != "authorise" or seen.again(command):
        return
    party = seen.books.of(command.party)
    if party.was_sent(command.payment, "authorise"):
        yield f"payment {command.payment!r} was authorised before"
    most = party.total_minor - _covered(party) if party.receipt else seen.hold_minor
    if not party.receipt and party.entry not in ("authorising", "admitted"):
        yield f"party {command.party!r} neither comes in nor has a receipt"
    elif command.amount_minor > most - (0 if party.receipt else party.sum_minor("authorise")):
        yield f"it holds {command.amount_minor}, no more than {most} may be held"


def _takes_what_is_owed(command: PaymentCommand, seen: Seen) -> Iterator[str]:
    if command.action != "capture" or seen.again(command):
        return
    party = seen.books.of(command.party)
    if not party.receipt:
        yield f"party {command.party!r} has no receipt that was stamped"
    if party.was_sent(command.payment, "capture", "release"):
        yield f"payment {command.payment!r} was captured or released before"
    held = sum(sent.amount_minor for sent in party.sent("authorise", payment=command.payment) if sent.outcome == "done")
    if command.amount_minor > held:
        yield f"it takes {command.amount_minor}, {held} are held"
    taken = party.sum_minor("capture")
    if command.amount_minor + taken > party.total_minor:
        yield f"it takes {command.amount_minor} after {taken}, the receipt says {party.total_minor}"


def _releases_what_is_not_owed(command: PaymentCommand, seen: Seen) -> Iterator[str]:
    if command.action != "release" or seen.again(command):
        return
    party = seen.books.of(command.party)
    holds = [sent for sent in party.sent("authorise", payment=command.payment) if sent.outcome == "done"]
    if not holds:
        yield f"payment {command.payment!r} holds nothing"
    if party.was_sent(command.payment, "capture", "release"):
        yield f"payment {command.payment!r} was captured or released before"
    if party.receipt and min(party.total_minor, sum(sent.amount_minor for sent in holds)) > 0:
        yield f"party {command.party!r} owes {party.total_minor}"
    elif not party.receipt and party.entry != "denied" and not party.is_given_up:
        yield f"party {command.party!r} may be in the shop"


def _gives_back_what_was_taken(command: PaymentCommand, seen: Seen) -> Iterator[str]:
    if command.action != "refund" or seen.again(command):
        return
    party = seen.books.of(command.party)
    taken = sum(sent.amount_minor for sent in party.sent("capture", payment=command.payment) if sent.outcome == "done")
    back = party.sum_minor("refund", payment=command.payment)
    if command.amount_minor + back > taken:
        yield f"it gives back {command.amount_minor} after {back}, {taken} were taken"
    asked = party.sum_minor("refund")
    if command.amount_minor + asked > party.corrected_minor:
        yield f"it gives back {command.amount_minor} after {asked}, corrections say {party.corrected_minor}"


def _looks_up_what_was_sent(command: PaymentCommand, seen: Seen) -> Iterator[str]:
    about = seen.books.of(command.party).commands.get(command.about)
    if command.action == "look up" and (about is None or about.payment != command.payment):
        yield f"no command with the key {command.about!r} was stamped for payment {command.payment!r}"
    if command.action != "look up" and command.about:
        yield f"only a look-up is about another command, this one is about {command.about!r}"


def _covered(party: Party) -> int:
    """What of a receipt is taken by captures, or is held and may still be taken."""
    payments = dict.fromkeys(sent.payment for sent in party.commands.values())
    return sum(_covered_by(party, payment) for payment in payments)


def _covered_by(party: Party, payment: str) -> int:
    captures = [sent for sent in party.commands.values() if sent.action == "capture" and sent.payment == payment]
    if captures:
        return sum(sent.amount_minor for sent in captures)
    return 0 if party.was_sent(payment, "release") else party.sum_minor("authorise", payment=payment)


def _without_outcome(sent: object) -> tuple[object, ...]:
    return tuple(getattr(sent, name) for name in ("payment", "action", "amount_minor", "method", "reference", "about"))


#: Every check of a payment command by the name that a stamp carries. A command must pass all of them.
PAYMENT_CHECKS: Final[Mapping[str, PaymentCheck]] = MappingProxyType(
    {
        "of this shop and in its currency": _is_ours,
        "of a party that pays, its own payment and method": _is_somebodys,
        "of a party that is not long over": _is_not_over,
        "it has a cause": _has_a_cause,
        "whole minor units, none negative": _is_whole,
        "its key is used for nothing else": _has_its_own_key,
        "of the payment that the provider knows": _is_of_the_payment_known,
        "holds no more than an entry or a receipt asks for": _holds_what_is_asked,
        "takes once, what is held and what the receipt says": _takes_what_is_owed,
        "ends a hold only where nothing is owed": _releases_what_is_not_owed,
        "gives back no more than was taken and corrected": _gives_back_what_was_taken,
        "looks up only what was sent": _looks_up_what_was_sent,
    }
)


def _is_of_this_shop(command: GateCommand, seen: Seen) -> Iterator[str]:
    if command.envelope.store != seen.store:
        yield f"it is of store {command.envelope.store!r}, not {seen.store!r}"


def _was_admitted(command: GateCommand, seen: Seen) -> Iterator[str]:
    party = seen.books.of(command.party)
    if command.party in RESERVED_PARTIES or party.entry != "admitted":
        yield f"party {command.party!r} was not admitted"
    elif party.gate != command.gate:
        yield f"party {command.party!r} was admitted at gate {party.gate!r}, not {command.gate!r}"


def _opens_once(command: GateCommand, seen: Seen) -> Iterator[str]:
    if seen.books.of(command.party).opened:
        yield f"a gate was opened for party {command.party!r} before"


def _is_for_whom_the_key_is(command: GateCommand, seen: Seen) -> Iterator[str]:
    known = seen.books.of(command.party).people
    if type(command.people) is not int or command.people < 1:
        yield f"it is for {command.people!r} people"
    elif known and command.people > known:
        yield f"it is for {command.people} people, the key for {known}"


#: Every check of a gate command by the name that a stamp carries.
GATE_CHECKS: Final[Mapping[str, GateCheck]] = MappingProxyType(
    {
        "of this shop": _is_of_this_shop,
        "of a party that is not long over": _is_not_over,
        "it has a cause": _has_a_cause,
        "of a party that was admitted at this gate": _was_admitted,
        "opens once for it": _opens_once,
        "for no more people than its key": _is_for_whom_the_key_is,
    }
)


def payment_objections(command: PaymentCommand, seen: Seen) -> tuple[str, ...]:
    """Everything that speaks against sending a payment command, check by check; empty: nothing does."""
    return tuple(f"{name}? No: {fault}" for name, check in PAYMENT_CHECKS.items() for fault in check(command, seen))


def gate_objections(command: GateCommand, seen: Seen) -> tuple[str, ...]:
    """Everything that speaks against opening a gate, check by check; empty: nothing does."""
    return tuple(f"{name}? No: {fault}" for name, check in GATE_CHECKS.items() for fault in check(command, seen))
