"""What the guard has seen itself about each party: who may come in, what may be charged, what was told to the provider.

Nothing in here comes from the rooms that give commands. What does not fit what was seen before is not believed: then the
command that follows from it finds nothing to stand on.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from saunter.base.forgetting import LastHeard, UsedUp
from saunter.base.time import HOUR
from saunter.records import (
    CardPresented,
    Correction,
    EntryDecided,
    KeyIssued,
    PaymentAction,
    PaymentCommand,
    PaymentOutcome,
    Receipt,
    Record,
    VisitChanged,
)

#: Denials about one showing of a code: the party that the code once let in is not turned away by them.
_OF_ONE_SHOWING: Final = frozenset({"unknown code", "code used", "wrong gate", "already inside"})
#: A visit of which nothing more can come but what is disputed, and one that a lost party may still leave.
_OVER: Final = frozenset({"settled", "unbilled", "abandoned"})
#: ns. A party for which nothing was ever stamped and that never came in is remembered so long: longer than any code lives.
UNUSED_REMEMBERED: Final = 24 * HOUR
#: A visit in one of these is over without a bill: nobody saw the party leave, or no receipt could be made that may be sent.
_WITHOUT_BILL: Final = frozenset({"abandoned", "unbilled"})


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A payment command that was stamped, and what the provider said about it (empty: nothing certain yet)."""

    payment: str
    action: PaymentAction
    amount_minor: int
    method: str
    reference: str
    about: str
    outcome: Literal["", "done", "declined"] = ""

    @property
    def may_count(self) -> bool:
        """Whether it was carried out, for all that is known."""
        return self.outcome != "declined"


class Party(msgspec.Struct, kw_only=True):
    """One party. `entry` is the last word about its coming in, at `gate`; `people` 0: no key of it was seen.

    `receipt` was stamped (empty: none), over `total_minor`, of which `corrected_minor` were corrected away by `corrections`.
    `commands` are those stamped, by key; `references` what the provider calls each payment; `visits` say where each stands.
    """

    entry: Literal["", "authorising", "admitted", "denied"] = ""
    gate: str = ""
    opened: bool = False
    people: int = 0
    method: str = ""
    receipt: str = ""
    total_minor: int = 0
    corrected_minor: int = 0
    corrections: list[str] = []
    commands: dict[str, Sent] = {}
    references: dict[str, str] = {}
    visits: dict[str, str] = {}

    @property
    def is_given_up(self) -> bool:
        """Whether it was in the shop, and no visit of it goes on or waits for its bill."""
        return bool(self.visits) and _WITHOUT_BILL.issuperset(self.visits.values())

    @property
    def is_unused(self) -> bool:
        """Whether nothing was ever stamped for it and it was never inside."""
        return not (self.commands or self.visits or self.receipt or self.opened)

    @property
    def is_over(self) -> bool:
        """Whether no visit of it goes on, everything told to the provider is known, and nothing is held any more."""
        moves = [sent for sent in self.commands.values() if sent.action != "look up"]
        held = [sent.payment for sent in moves if sent.action == "authorise" and sent.outcome == "done"]
        ended = all(self.was_sent(payment, "capture", "release") for payment in held)
        return ended and all(sent.outcome for sent in moves) and _OVER.issuperset(self.visits.values())

    def sum_minor(self, action: PaymentAction, *, payment: str = "") -> int:
        """What this party's commands of one kind moved or may have moved; of one payment, or of all."""
        return sum(sent.amount_minor for sent in self.sent(action, payment=payment))

    def sent(self, action: PaymentAction, *, payment: str = "") -> list[Sent]:
        """The stamped commands of one kind that were carried out for all that is known."""
        found = [sent for sent in self.commands.values() if sent.action == action and sent.may_count]
        return [sent for sent in found if payment in ("", sent.payment)]

    def was_sent(self, payment: str, *actions: PaymentAction) -> bool:
        """Whether such a command was ever stamped for a payment, whatever became of it."""
        return any(sent.payment == payment and sent.action in actions for sent in self.commands.values())


class Books(msgspec.Struct, kw_only=True):
    """All parties; `keys` and `payments` say whose each is. `changes` is how many changes of visits were heard.

    A party that is over is forgotten some time after its last word: `unused` and `heard` are the orders of that. Of each for
    which a command or a gate was stamped a mark stays in `gone`, so that it is never taken for a new one.
    """

    parties: dict[str, Party] = {}
    keys: dict[str, str] = {}
    payments: dict[str, str] = {}
    changes: int = 0
    unused: LastHeard = msgspec.field(default_factory=LastHeard)
    heard: LastHeard = msgspec.field(default_factory=LastHeard)
    gone: UsedUp = msgspec.field(default_factory=UsedUp)

    def of(self, party: str) -> Party:
        """What was seen of a party; of one never seen, nothing."""
        return self.parties.get(party) or Party()

    def note(self, record: Record, currency: str) -> None:
        """Keeps what a record says, as far as it fits what was seen before."""
        match record:
            case KeyIssued() | CardPresented():
                party = self._known(record.party)
                party.people, party.method = party.people or record.people, party.method or record.method
            case EntryDecided():
                _note_entry(self._known(record.party), record)
            case VisitChanged() if record.envelope.sequence >= self.changes:
                self.changes = record.envelope.sequence + 1
                self._known(record.party).visits[record.visit] = record.state
            case Correction() if record.party in self.parties:
                _note_correction(self._known(record.party), record, currency)
            case PaymentOutcome() if record.key in self.keys:
                _note_outcome(self._known(self.keys[record.key]), record)
            case _:
                pass

    def passes(self, to: int, remembered: int) -> list[Party]:
        """A tick begins: the parties that are forgotten at it, for they were over, and not heard of for `remembered` ns."""
        for name in self.unused.passes(to, UNUSED_REMEMBERED):
            if self.parties[name].is_unused:
                del self.parties[name]
            else:
                self.heard.hears(name)
        found = []
        for name in self.heard.passes(to, remembered):
            if self.parties[name].is_over:
                found.append(self._forget(name))
            else:
                self.heard.hears(name)
        return found

    def _forget(self, name: str) -> Party:
        party = self.parties.pop(name)
        for key, sent in party.commands.items():
            del self.keys[key]
            self.payments.pop(sent.payment, None)
        if party.commands or party.opened:
            self.gone.add(name)
        return party

    def stamped_receipt(self, receipt: Receipt, *, charged: bool = True) -> None:
        """A receipt may be charged: the first of its party alone. In a shop that only watches (not `charged`) nothing is owed."""
        party = self._known(receipt.party)
        if not party.receipt:
            party.receipt, party.total_minor = receipt.id, receipt.total_minor if charged else 0

    def stamped_command(self, command: PaymentCommand) -> None:
        """A command may be sent, and counts from now on."""
        party = self._known(command.party)
        self.keys[command.key] = command.party
        self.payments.setdefault(command.payment, command.party)
        party.commands.setdefault(command.key, content(command))
        party.method = party.method or command.method

    def stamped_gate(self, party: str) -> None:
        """A gate may open for a party."""
        self._known(party).opened = True

    def _known(self, party: str) -> Party:
        (self.heard if party in self.heard.at else self.unused).hears(party)
        return self.parties.setdefault(party, Party())


def content(command: PaymentCommand) -> Sent:
    """What a command says, apart from where it stands in the log."""
    return Sent(
        payment=command.payment, action=command.action, amount_minor=command.amount_minor, method=command.method,
        reference=command.reference, about=command.about,
    )  # fmt: skip


def _note_entry(party: Party, entry: EntryDecided) -> None:
    if entry.outcome == "denied" and entry.reason in _OF_ONE_SHOWING:
        return
    party.entry, party.gate = entry.outcome, entry.gate


def _note_correction(party: Party, correction: Correction, currency: str) -> None:
    amount = correction.total_minor
    fits = (correction.receipt, correction.currency) == (party.receipt, currency) and correction.id not in party.corrections
    if fits and party.receipt and type(amount) is int and 0 < amount <= party.total_minor - party.corrected_minor:
        party.corrections.append(correction.id)
        party.corrected_minor += amount


def _note_outcome(party: Party, outcome: PaymentOutcome) -> None:
    """The first certain word about a command counts; done over another amount is not believed."""
    sent = party.commands.get(outcome.key)
    if sent is None or sent.outcome or sent.payment != outcome.payment or outcome.action not in (sent.action, "look up"):
        return
    if outcome.outcome == "declined":
        party.commands[outcome.key] = msgspec.structs.replace(sent, outcome="declined")
    elif outcome.outcome == "done" and (sent.action == "release" or outcome.amount_minor == sent.amount_minor):
        party.commands[outcome.key] = msgspec.structs.replace(sent, outcome="done")
        party.references[sent.payment] = party.references.get(sent.payment) or outcome.reference
