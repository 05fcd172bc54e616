"""The payment room: entries, receipts and corrections become commands to the provider; outcomes become what is known of money."""

from __future__ import annotations

from typing import Final, assert_never

import msgspec

from saunter.base.errors import Refused
from saunter.base.forgetting import LastHeard, remembered_for
from saunter.base.ids import RESERVED_PARTIES
from saunter.base.money import Money, parse_money
from saunter.base.snapshots import restored
from saunter.base.time import MILLISECOND
from saunter.payment.alarms import Name, text
from saunter.payment.books import REST, Account, Given, Payment, Waiting, main_id
from saunter.payment.constants import (
    LOOK_UP_GROWTH,
    LOOK_UP_PAUSE,
    LOOK_UP_PAUSE_MAX,
    UNKNOWN_ALARM_AFTER,
    UNPAID_REMEMBERED,
)
from saunter.payment.needs import Need, next_need, uncovered_minor
from saunter.payment.outcomes import judged
from saunter.payment.table import UNKNOWN, Event, State, after
from saunter.plan.types import Plan
from saunter.records import (
    Alarm,
    CardPresented,
    Correction,
    EntryDecided,
    Envelope,
    KeyIssued,
    PaymentAction,
    PaymentChanged,
    PaymentCommand,
    PaymentOutcome,
    Receipt,
    Record,
    Tick,
    VisitChanged,
)

STREAM: Final = "payment"
#: The guard's alarm that a command is not sent.
HELD_BACK: Final = "guard-refused"
#: A denial for one of these is about one showing of a code, not about the party that the code once let in.
_OF_ONE_SHOWING: Final = frozenset({"unknown code", "code used", "wrong gate", "already inside"})
_ACTIONS: Final[dict[Event, PaymentAction]] = {
    Event.AUTHORISE: "authorise", Event.CAPTURE: "capture", Event.RELEASE: "release", Event.REFUND: "refund",
}  # fmt: skip


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot. `accounts` by party; `unpaid` and `heard` are when they were last heard of, those
    for which nothing was held or billed when last looked at, and the others.
    `given_up` are parties whose last visit ended without a bill since the last `advance`, with the word of it."""

    store: str
    sequence: int = 0
    accounts: dict[str, Account] = {}
    unpaid: LastHeard = msgspec.field(default_factory=LastHeard)
    heard: LastHeard = msgspec.field(default_factory=LastHeard)
    given_up: dict[str, VisitChanged] = {}
    pending: list[PaymentCommand | PaymentChanged | Alarm] = []


class PaymentEngine:
    """One payment per party: held before the gate opens, taken when the receipt comes, given back when it is corrected.

    Receipts that it is given may be charged. Every command has a key of its own; what became of it is asked until known.
    """

    def __init__(self, plan: Plan) -> None:
        self._store = plan.store
        self._currency = plan.currency
        self._hold_minor = parse_money(plan.policies.hold_amount, plan.currency).minor
        self._wait = plan.policies.payment_wait_ms * MILLISECOND
        self._remembered = remembered_for(plan.policies.dispute_days)
        self._memory = _Memory(store=plan.store)
        self._payments: dict[str, Payment] = {}
        self._waiting: set[str] = set()

    def receive(self, record: Record) -> None:
        """Take a key, card, entry, receipt, correction, visit, outcome or the guard's refusal; other kinds raise Refused.

        So does what contradicts the shop's own books: a second receipt of a party, or more given back than was charged.
        What contradicts them from outside is an alarm.
        """
        if record.envelope.store != self._store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._store!r}")
        match record:
            case KeyIssued() | CardPresented():
                self._take_method(record)
            case EntryDecided():
                self._take_entry(record)
            case VisitChanged():
                self._take_visit(record)
            case Receipt():
                self._take_receipt(record)
            case Correction():
                self._take_correction(record)
            case PaymentOutcome():
                self._take_outcome(record)
            case Alarm():
                self._take_refusal(record)
            case Tick():
                self._forget(record.happened)
            case _:
                raise Refused(f"payment takes keys, entries, visits, bills and outcomes, not {type(record).__name__}")

    def advance(self, to: int) -> list[Record]:
        """What was said since the last call, in order; commands without an answer by `to` (ns UTC) are looked up."""
        for id_ in sorted(self._waiting):
            self._look_after(self._payments[id_], to)
        self._let_go()
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "payment", self._store)
        payments = [payment for account in self._memory.accounts.values() for payment in account.payments.values()]
        self._payments = {payment.id: payment for payment in payments}
        self._waiting = {payment.id for payment in payments if payment.waiting is not None}

    # What comes in.

    def _take_method(self, record: KeyIssued | CardPresented) -> None:
        account = self._memory.accounts.get(record.party)
        if not record.party or record.party in RESERVED_PARTIES or record.party.endswith(REST):
            raise Refused(f"{record.id}: {record.party!r} is no party that can pay")
        if account is not None and account.method not in ("", record.method):
            raise Refused(f"{record.id}: party {record.party!r} pays with another method already")
        self._account(record.party).method = record.method

    def _take_entry(self, entry: EntryDecided) -> None:
        account = self._memory.accounts.get(entry.party)
        if entry.outcome == "authorising" and (account is None or not account.method):
            raise Refused(f"{entry.id}: party {entry.party!r} has no method to pay with; a key or a card must come first")
        if account is None:
            return
        self._hears(entry.party)
        if entry.outcome == "denied":
            account.turned_away |= not account.inside and entry.reason not in _OF_ONE_SHOWING
        else:
            account.turned_away = False
        if entry.outcome == "authorising" and account.main is None:
            self._open(account, main_id(entry.party), self._hold_minor)
        elif entry.outcome == "authorising" and account.main is not None:
            self._say_changed(account.main, entry, "asked again")
        self._give_commands(account, entry)

    def _take_visit(self, visit: VisitChanged) -> None:
        """A party that came in keeps its hold whatever its code is shown for afterwards, unless it is given up."""
        account = self._memory.accounts.get(visit.party)
        if account is None:
            return
        self._hears(visit.party)
        account.inside |= visit.state != "expected"
        account.visits[visit.visit] = visit.state
        if account.given_up:
            self._memory.given_up[visit.party] = visit

    def _take_receipt(self, receipt: Receipt) -> None:
        known = self._memory.accounts.get(receipt.party)
        if receipt.currency != self._currency or type(receipt.total_minor) is not int or receipt.total_minor < 0:
            raise Refused(f"{receipt.id} is over {receipt.total_minor!r} {receipt.currency}, not a sum in {self._currency}")
        if known is not None and known.receipt:
            raise Refused(f"{receipt.id}: party {receipt.party!r} has its receipt already, {known.receipt}")
        account = self._account(receipt.party)
        account.receipt, account.total_minor = receipt.id, receipt.total_minor
        self._give_commands(account, receipt)

    def _take_correction(self, correction: Correction) -> None:
        account = self._memory.accounts.get(correction.party)
        if account is None or not account.receipt or account.receipt != correction.receipt:
            raise Refused(
                f"{correction.id} corrects {correction.receipt!r}, which party {correction.party!r} was not charged, or long ago"
            )
        if correction.id in account.corrections:
            raise Refused(f"{correction.id} was taken before")
        left = account.total_minor - account.corrected_minor
        amount = correction.total_minor
        if correction.currency != self._currency or type(amount) is not int or not 0 < amount <= left:
            what = f"{amount!r} minor units of {correction.currency}"
            raise Refused(f"{correction.id} gives back {what}, {left} of {self._currency} are left of receipt {account.receipt}")
        account.corrections.append(correction.id)
        account.corrected_minor += amount
        self._hears(correction.party)
        self._give_commands(account, correction)

    def _take_outcome(self, outcome: PaymentOutcome) -> None:
        payment = self._payments.get(outcome.payment)
        if payment is None:
            self._alarm(
                "payment-contradiction", outcome.payment, f"it speaks of {outcome.payment!r}, no payment of ours", outcome
            )
            return
        event, contradiction = judged(payment, outcome)
        if contradiction and contradiction not in payment.contradictions:
            payment.contradictions.append(contradiction)
            self._alarm("payment-contradiction", payment.id, contradiction, outcome)
        if event is not None:
            self._happen(payment, event, outcome, outcome.reference, outcome.reason)

    def _take_refusal(self, alarm: Alarm) -> None:
        """The guard let a command not pass. If it was never given before, it is certain that it was not carried out."""
        for payment in (self._payments[id_] for id_ in sorted(self._waiting)):
            waiting = payment.waiting
            if alarm.name == HELD_BACK and waiting and waiting.command.id == alarm.subject and waiting.times == 1:
                self._happen(payment, Event.DECLINED, alarm, "", "held back by the guard")

    # What follows from it.

    def _let_go(self) -> None:
        """Holds of parties that were given up end, once all of the moment is heard: some are seen again at once."""
        given_up, self._memory.given_up = self._memory.given_up, {}
        for party, change in given_up.items():
            self._give_commands(self._memory.accounts[party], change)

    def _happen(self, payment: Payment, event: Event, cause: Record, reference: str, reason: str) -> None:
        """An outcome became known, or became unknown: the table's next state, the sums, and what follows."""
        waiting = payment.waiting
        assert waiting is not None, f"{payment.id} waits for nothing"
        account = self._memory.accounts[payment.party]
        self._hears(payment.party)
        payment.state = after(payment.state, event)
        payment.reference = payment.reference or reference
        if event is Event.NO_ANSWER:
            self._say_changed(payment, cause, reason)
            self._look_up(payment, waiting, cause.envelope.arrived, cause.happened, (waiting.command.id, cause.id))
        elif event is Event.NOT_FOUND:
            self._give_again(payment, waiting, cause)
        else:
            self._close(payment, waiting, event)
            self._say_changed(payment, cause, reason)
            self._say_declined(payment, waiting.command, event, cause)
        self._give_commands(account, cause)

    def _close(self, payment: Payment, waiting: Waiting, event: Event) -> None:
        """The outcome is known for good."""
        payment.waiting = None
        self._waiting.discard(payment.id)
        command = waiting.command
        outcome = msgspec.structs.replace(payment.given[command.key], outcome="declined" if event is Event.DECLINED else "done")
        payment.given[command.key] = outcome
        if event is Event.DECLINED:
            payment.refused_minor += command.amount_minor if command.action == "refund" else 0
            return
        match command.action:
            case "authorise":
                payment.authorised_minor += command.amount_minor
            case "capture":
                payment.captured_minor += command.amount_minor
            case "refund":
                payment.refunded_minor += command.amount_minor
            case "release" | "look up":
                pass
            case _:
                assert_never(command.action)

    def _give_commands(self, account: Account, cause: Record) -> None:
        """Every command that the account needs and can be given now."""
        while need := next_need(account):
            self._give(account, need, cause)
        uncovered = uncovered_minor(account)
        if uncovered and account.method:
            self._open(account, main_id(account.party) + REST, uncovered)
            self._give_commands(account, cause)
        elif uncovered and account.receipt == cause.id:
            what = f"{Money(uncovered, self._currency)} of receipt {account.receipt} (party {account.party!r} gave no way to pay)"
            self._alarm("payment-uncollected", account.receipt, what, cause)

    def _open(self, account: Account, id_: str, wanted_minor: int) -> None:
        self._payments[id_] = account.payments[id_] = Payment(id=id_, party=account.party, wanted_minor=wanted_minor)

    def _give(self, account: Account, need: Need, cause: Record) -> None:
        payment, event, amount = need
        payment.state = after(payment.state, event)
        action = _ACTIONS[event]
        command = PaymentCommand(
            envelope=self._envelope(cause.happened, cause.envelope.arrived, _because(account, action, cause)),
            payment=payment.id, party=payment.party, action=action, amount_minor=amount, currency=self._currency,
            key=self._key(payment, action), method=account.method, reference=payment.reference,
        )  # fmt: skip
        payment.given[command.key] = Given(action=action, amount_minor=amount)
        arrived = cause.envelope.arrived
        payment.waiting = Waiting(command=command, since=arrived, due=arrived + self._wait, pause=LOOK_UP_PAUSE)
        self._waiting.add(payment.id)
        self._memory.pending.append(command)
        self._say_changed(payment, cause)

    def _give_again(self, payment: Payment, waiting: Waiting, cause: Record) -> None:
        """It never came to the provider: the same command once more, under the same key."""
        because = (waiting.command.id, cause.id)
        envelope = self._envelope(cause.happened, cause.envelope.arrived, because)
        waiting.command = msgspec.structs.replace(waiting.command, envelope=envelope)
        waiting.times += 1
        waiting.due = cause.envelope.arrived + self._wait
        self._memory.pending.append(waiting.command)
        self._say_changed(payment, cause)

    def _look_after(self, payment: Payment, to: int) -> None:
        """Silence until now makes an outcome unknown; an unknown one is looked up, and after a while a person is told."""
        waiting = payment.waiting
        if waiting is None or waiting.due > to:
            return
        if payment.state not in UNKNOWN:
            payment.state = after(payment.state, Event.NO_ANSWER)
            self._say_changed(payment, waiting.command, "no answer", happened=waiting.due)
        self._look_up(payment, waiting, to, waiting.due, (waiting.command.id,))
        if not waiting.alarmed and to - waiting.since >= UNKNOWN_ALARM_AFTER:
            waiting.alarmed = True
            what = f"{waiting.command.action} {Money(waiting.command.amount_minor, self._currency)} ({waiting.command.key})"
            self._alarm("payment-unknown", payment.id, what, waiting.command)

    def _look_up(self, payment: Payment, waiting: Waiting, now: int, happened: int, because: tuple[str, ...]) -> None:
        """Asks what became of the command; the pause until the next time grows."""
        look_up = PaymentCommand(
            envelope=self._envelope(happened, now, because), payment=payment.id, party=payment.party, action="look up",
            amount_minor=0, currency=self._currency, key=self._key(payment, "look up"), reference=payment.reference,
            about=waiting.command.key,
        )  # fmt: skip
        self._memory.pending.append(look_up)
        waiting.due = now + waiting.pause
        waiting.pause = min(waiting.pause * LOOK_UP_GROWTH, LOOK_UP_PAUSE_MAX)

    def _forget(self, to: int) -> None:
        """Parties long gone are forgotten; never one with a command whose outcome is unknown, or with a hold."""
        accounts, heard = self._memory.accounts, self._memory.heard
        for party in self._memory.unpaid.passes(to, UNPAID_REMEMBERED):
            if accounts[party].payments or accounts[party].receipt:
                heard.hears(party)
            else:
                del accounts[party]
        for party in heard.passes(to, self._remembered):
            payments = accounts[party].payments.values()
            if any(payment.waiting or payment.state is State.AUTHORISED for payment in payments):
                heard.hears(party)
            else:
                for id_ in accounts.pop(party).payments:
                    del self._payments[id_]

    # What is said.

    def _say_changed(self, payment: Payment, cause: Record, reason: str = "", happened: int | None = None) -> None:
        envelope = self._envelope(cause.happened if happened is None else happened, cause.envelope.arrived, (cause.id,))
        changed = PaymentChanged(
            envelope=envelope, payment=payment.id, party=payment.party, state=payment.state, currency=self._currency,
            authorised_minor=payment.authorised_minor, captured_minor=payment.captured_minor,
            refunded_minor=payment.refunded_minor, reference=payment.reference, reason=reason,
        )  # fmt: skip
        self._memory.pending.append(changed)

    def _say_declined(self, payment: Payment, command: PaymentCommand, event: Event, cause: Record) -> None:
        """A declined entry is an everyday matter; anything else that is declined needs a person."""
        if event is not Event.DECLINED or (command.action == "authorise" and not payment.is_rest):
            return
        amount = Money(command.amount_minor, self._currency)
        if command.action == "authorise":
            receipt = self._memory.accounts[payment.party].receipt
            self._alarm("payment-uncollected", payment.id, f"{amount} of receipt {receipt} (declined)", cause)
        else:
            self._alarm("payment-failed", payment.id, f"{command.action} {amount} ({command.key})", cause)

    def _alarm(self, name: Name, subject: str, what: str, cause: Record) -> None:
        envelope = self._envelope(cause.happened, cause.envelope.arrived, (cause.id,))
        self._memory.pending.append(Alarm(envelope=envelope, name=name, subject=subject, text=text(name, what)))

    def _account(self, party: str) -> Account:
        self._hears(party)
        return self._memory.accounts.setdefault(party, Account(party=party))

    def _hears(self, party: str) -> None:
        (self._memory.heard if party in self._memory.heard.at else self._memory.unpaid).hears(party)

    def _key(self, payment: Payment, action: PaymentAction) -> str:
        number = payment.counted[action] = payment.counted.get(action, 0) + 1
        return f"{self._store}/{payment.id}/{action}/{number}"

    def _envelope(self, happened: int, arrived: int, because: tuple[str, ...]) -> Envelope:
        sequence = self._memory.sequence
        self._memory.sequence += 1
        return Envelope(
            store=self._store, stream=STREAM, sequence=sequence, happened=happened, arrived=arrived, because=because
        )  # fmt: skip


def _because(account: Account, action: PaymentAction, cause: Record) -> tuple[str, ...]:
    """The receipt and corrections that a command follows from, and what made it possible just now."""
    named = [account.receipt] if account.receipt else []
    named += account.corrections if action == "refund" else []
    return tuple(dict.fromkeys([*named, cause.id]))
