"""What pages read, kept true to the journal: every record that is journalled changes the documents it concerns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast

import msgspec

from saunter.approvals import BILLS
from saunter.base.time import SECOND
from saunter.pipeline.counting import counted
from saunter.plan import Plan
from saunter.ports import documents as d
from saunter.ports.books import Document
from saunter.records import (
    AgeCheckAsked,
    AgeCheckClosed,
    Alarm,
    AlarmSeen,
    AnyRecord,
    Cart,
    CartLine,
    Correction,
    DisputeChanged,
    DisputeRaised,
    EntryDecided,
    GateCommand,
    GatePass,
    PaymentChanged,
    Question,
    QuestionClosed,
    Receipt,
    Settlement,
    Stamp,
    StoreChanged,
    Verdict,
    VisitChanged,
)

#: Pieces of which the belief is less sure than this are not worth a shopper's look while shopping.
SHOWN_MIN: Final = 0.1
#: Alarms are told apart by what raises them how often; so many nanoseconds make a day.
_DAY: Final = 24 * 3600 * SECOND

Find = Callable[[str, str], Document | None]
Doc = TypeVar("Doc", bound=msgspec.Struct)


@dataclass
class Notes:
    """What documents cannot tell by themselves: visits by party, which gate it came through and for how many bodies that opened,
    and open age checks with their visits. Nothing is kept of who has left."""

    visits: dict[str, str] = field(default_factory=dict)
    gates: dict[str, str] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)

    def note(self, record: AnyRecord) -> None:
        """Keep what later documents need."""
        match record:
            case GateCommand():
                self.people[record.party] = record.people
            case GatePass(direction="in"):
                self.gates[record.party] = record.gate
            case VisitChanged(state="settled" | "abandoned" | "unbilled"):
                for notes in (self.visits, self.gates, self.people):
                    cast(dict[str, object], notes).pop(record.party, None)
            case VisitChanged():
                self.visits[record.party] = record.visit
            case EntryDecided(outcome="denied") if record.party not in self.visits:
                self.people.pop(record.party, None)
            case AgeCheckAsked():
                self.checks[record.id] = record.visit
            case AgeCheckClosed():
                self.checks.pop(record.check, None)
            case _:
                pass


class Showing:
    """Documents as they follow from records. `find` reads what the books hold; everything newer is remembered here until
    the transaction that holds it is done. `visit_of` tells a party's visit, `preview` what a bill that waits would be; `notes`
    are kept over a restart."""

    def __init__(
        self,
        plan: Plan,
        find: Find,
        visit_of: Callable[[str], str],
        preview: Callable[[Settlement], Receipt],
        notes: Notes | None = None,
    ) -> None:
        self._plan, self._find, self._visit_of_party, self._preview = plan, find, visit_of, preview
        self._names = {sku: product.name for sku, product in plan.products.items()}
        self._fresh: dict[tuple[str, str], Document] = {}
        self.notes = notes or Notes()

    def show(self, records: Sequence[AnyRecord], now: int, moments: Sequence[d.Moment] = ()) -> list[Document]:
        """The documents that these records change, each once."""
        self._fresh = {}
        for record in records:
            self.notes.note(record)
            if handler := _HANDLERS.get(type(record)):
                handler(self, record, now)
        for moment in moments:
            self._put("moment", moment.interaction, moment, at=moment.started)
        counts = self._counted(records, now)
        if counts is not None:
            self._put("figures", self._plan.store, counts, at=0)
        return list(self._fresh.values())

    # -- reading and writing documents ---------------------------------------------------------------------------------

    def _get(self, kind: str, key: str, type_: type[Doc]) -> Doc | None:
        found = self._fresh.get((kind, key)) or self._find(kind, key)
        return None if found is None else msgspec.json.decode(found.body, type=type_)

    def _put(self, kind: str, key: str, body: msgspec.Struct, *, owner: str = "", state: str = "", at: int = 0) -> None:
        document = Document(kind=kind, key=key, body=msgspec.json.encode(body), owner=owner, state=state, at=at)
        self._fresh[kind, key] = document

    def _visit(self, visit: str) -> d.Visit | None:
        return self._get("visit", visit, d.Visit)

    def _keep_visit(self, visit: d.Visit) -> None:
        self._put("visit", visit.visit, visit, owner=visit.party, state=visit.state, at=visit.entered)

    def _bill(self, visit: str) -> d.Bill | None:
        return self._get("bill", visit, d.Bill)

    def _keep_bill(self, bill: d.Bill) -> None:
        self._put("bill", bill.receipt.visit, bill, owner=bill.receipt.party, state=bill.state, at=bill.at)

    def _change_visit(self, visit: str, **changes: object) -> None:
        found = self._visit(visit)
        if found is not None:
            self._keep_visit(msgspec.structs.replace(found, **changes))

    def _counted(self, records: Sequence[AnyRecord], now: int) -> d.Counted | None:
        before = self._get("figures", self._plan.store, d.Counted) or d.Counted()
        after = counted(before, records, now, self._left_of, self._plan)
        return None if after == before else after

    def _left_of(self, visit: str) -> int:
        found = self._visit(visit)
        return found.left if found else 0

    # -- coming in, shopping, leaving ----------------------------------------------------------------------------------

    def _visit_changed(self, record: VisitChanged, now: int) -> None:
        known = self._visit(record.visit)
        found = known or d.Visit(
            visit=record.visit, party=record.party, state=record.state, people=self.notes.people.get(record.party, 1),
            gate=self.notes.gates.get(record.party, ""),
            entered=record.happened, currency=self._plan.currency,
        )  # fmt: skip
        changes: dict[str, object] = {"state": record.state}
        if record.state == "leaving":
            changes["left"] = record.happened
        elif record.state == "settled":
            changes |= {"settled": now, "waits_for": ""}
        elif record.state == "unbilled":
            changes |= {"waits_for": "", "receipt": "", "total_minor": 0}
            self._never_charged(record.visit)
        self._keep_visit(msgspec.structs.replace(found, **changes))
        self._count_inside((record.state == "shopping") - (known is not None and known.state == "shopping"), found.people)

    def _never_charged(self, visit: str) -> None:
        """A receipt that the guard held back is shown to nobody; of a bill that somebody was shown, it is said."""
        bill = self._bill(visit)
        if self._find("bill", visit) is None:
            self._fresh.pop(("bill", visit), None)
        elif bill is not None:
            self._keep_bill(msgspec.structs.replace(bill, state="withdrawn"))

    def _count_inside(self, step: int, people: int) -> None:
        shop = self._shop()
        if step:
            inside = max(0, shop.inside + step * people)
            self._put("shop", self._plan.store, msgspec.structs.replace(shop, inside=inside), state=shop.state)

    def _shop(self) -> d.Shop:
        found = self._get("shop", self._plan.store, d.Shop)
        return found or d.Shop(store=self._plan.store, name=self._plan.name, state="closed", mode=self._plan.policies.mode)

    def _cart(self, record: Cart, now: int) -> None:
        items = tuple(item for line in record.lines if (item := self._item(line)) is not None)
        self._change_visit(record.visit, items=items)

    def _item(self, line: CartLine) -> d.CartItem | None:
        threshold = self._plan.policies.charge_threshold
        sure = sum(1 for probability in line.at_least if probability >= threshold)
        checking = sum(1 for probability in line.at_least if SHOWN_MIN <= probability < threshold)
        product = self._plan.products.get(line.sku)
        if product is None or not sure + checking:
            return None
        return d.CartItem(
            sku=line.sku, name=product.name, quantity=sure, checking=checking, unit_price_minor=product.price.minor,
            probability=line.at_least[max(sure - 1, 0)],
        )  # fmt: skip

    # -- questions, checks, bills --------------------------------------------------------------------------------------

    def _question(self, record: Question, now: int) -> None:
        moments = tuple(look.interaction for look in record.looks) or ((record.interaction,) if record.interaction else ())
        asked = d.Asked(question=record, state="open", moments=moments, asked=now)
        self._put("question", record.id, asked, owner=record.party, state="open", at=now)
        if record.purpose == "doubt":
            self._change_visit(record.visit, helped=True, waits_for="a reviewer")
        elif (bill := self._bill(record.visit)) is not None:
            self._keep_bill(msgspec.structs.replace(bill, helped=True))

    def _verdict(self, record: Verdict, now: int) -> None:
        found = self._get("question", record.question, d.Asked)
        if found is not None:
            asked = msgspec.structs.replace(found, by=(*found.by, record.reviewer), choice=record.choice, answer=record.answer)
            self._put("question", record.question, asked, owner=found.question.party, state=found.state, at=found.asked)

    def _question_closed(self, record: QuestionClosed, now: int) -> None:
        state = {"answered": "answered", "none of these": "answered", "late": "answered"}.get(record.outcome, record.outcome)
        for key in (record.question,):
            found = self._get("question", key, d.Asked)
            if found is not None:
                closed = msgspec.structs.replace(found, state=state, closed=now)
                self._put("question", key, closed, owner=found.question.party, state=state, at=found.asked)
        if record.purpose == "doubt":
            self._change_visit(record.visit, waits_for="")

    def _check_asked(self, record: AgeCheckAsked, now: int) -> None:
        self._put("check", record.id, d.Check(asked=record, state="open"), owner=record.party, state="open", at=now)

    def _check_closed(self, record: AgeCheckClosed, now: int) -> None:
        found = self._get("check", record.check, d.Check)
        if found is not None:
            check = msgspec.structs.replace(found, state=record.outcome, closed=now)
            self._put(
                "check", record.check, check, owner=found.asked.party, state=record.outcome, at=found.asked.envelope.arrived
            )
            self._change_visit(record.visit, waits_for="")

    def _settlement(self, record: Settlement, now: int) -> None:
        """The bill is decided; where a person must agree first, its visit says what it waits for. One agreed to waits no more."""
        if record.envelope.stream == BILLS:
            return
        waits = (
            "an age check" if self._has_open_check(record.visit) else "a confirmation" if self._shop().mode == "assisted" else ""
        )
        if waits:
            self._change_visit(record.visit, waits_for=waits)
            self._receipt(self._preview(record), now)

    def _has_open_check(self, visit: str) -> bool:
        return any(check == visit for check in self.notes.checks.values())

    def _receipt(self, record: Receipt, now: int) -> None:
        visit = self._visit(record.visit)
        days = self._plan.policies.dispute_days
        bill = d.Bill(
            receipt=record, state="held", names=self._names_of(record), at=now, helped=bool(visit and visit.helped),
            dropped=record.dropped, due_minor=record.total_minor, payment=visit.payment if visit else "",
            disputable_until=now + days * _DAY,
        )  # fmt: skip
        self._keep_bill(bill)
        self._change_visit(record.visit, receipt=record.id, total_minor=record.total_minor)

    def _names_of(self, receipt: Receipt) -> dict[str, str]:
        skus = [line.sku for line in receipt.lines] + [decision.sku for decision in receipt.dropped]
        return {sku: self._names.get(sku, sku) for sku in skus}

    def _stamp(self, record: Stamp, now: int) -> None:
        bill = self._bill(record.visit)
        if bill is not None:
            state = "shadow" if self._shop().mode == "shadow" else "sent"
            self._keep_bill(msgspec.structs.replace(bill, state=state, sent=now))

    # -- money and aftercare -------------------------------------------------------------------------------------------

    def _payment(self, record: PaymentChanged, now: int) -> None:
        self._put("payment", record.payment, d.Money(payment=record, at=now), owner=record.party, state=record.state, at=now)
        if record.payment.endswith("/more"):
            return
        visit = self.notes.visits.get(record.party) or self._fresh_visit(record.party) or self._visit_of_party(record.party)
        self._change_visit(visit, payment=record.state)
        bill = self._bill(visit)
        if bill is not None:
            self._keep_bill(msgspec.structs.replace(bill, payment=record.state))

    def _fresh_visit(self, party: str) -> str:
        """The visit of a party that has only just left."""
        return next((key for (kind, key), each in self._fresh.items() if kind == "visit" and each.owner == party), "")

    def _dispute_raised(self, record: DisputeRaised, now: int) -> None:
        bill = self._bill(record.visit)
        if bill is not None:
            dispute = d.Dispute(dispute=record.id, sku=record.sku, quantity=record.quantity, outcome="asked", raised=now)
            self._keep_bill(msgspec.structs.replace(bill, disputes=(*bill.disputes, dispute)))

    def _dispute_changed(self, record: DisputeChanged, now: int) -> None:
        bill = self._bill(record.visit)
        if bill is None:
            return
        changed = tuple(
            msgspec.structs.replace(
                each, outcome=record.outcome, quantity=record.quantity or each.quantity, by=record.by, reason=record.reason,
                settled=0 if record.outcome == "asked" else now,
            )
            if each.dispute == record.dispute else each
            for each in bill.disputes
        )  # fmt: skip
        self._keep_bill(msgspec.structs.replace(bill, disputes=changed))

    def _correction(self, record: Correction, now: int) -> None:
        bill = self._bill(record.visit)
        if bill is not None:
            due = bill.due_minor - record.total_minor
            self._keep_bill(msgspec.structs.replace(bill, corrections=(*bill.corrections, record), due_minor=due))

    # -- the shop ------------------------------------------------------------------------------------------------------

    def _alarm(self, record: Alarm, now: int) -> None:
        key = f"{record.name} {record.subject}"
        found = self._get("alarm", key, d.Warning)
        first, times = (found.first, found.times + 1) if found else (now, 1)
        warning = d.Warning(name=record.name, subject=record.subject, text=record.text, first=first, last=now, times=times)
        self._put("alarm", key, warning, state="new", at=now)

    def _alarm_seen(self, record: AlarmSeen, now: int) -> None:
        key = f"{record.name} {record.subject}"
        found = self._get("alarm", key, d.Warning)
        if found is not None:
            self._put("alarm", key, msgspec.structs.replace(found, state="seen"), state="seen", at=found.last)

    def _store(self, record: StoreChanged, now: int) -> None:
        shop = self._shop()
        opened = now if record.state == "opening" else shop.opened
        shop = msgspec.structs.replace(shop, state=record.state, mode=record.mode, reason=record.reason, opened=opened)
        self._put("shop", self._plan.store, shop, state=record.state)

    def _entry(self, record: EntryDecided, now: int) -> None:
        """Entries are told to the gate's own page as they happen; nothing is kept of them."""


_Handler = Callable[[Showing, AnyRecord, int], None]
#: Which documents follow from which record.
_HANDLERS: Final[dict[type, _Handler]] = cast(
    dict[type, _Handler],
    {
        VisitChanged: Showing._visit_changed,
        Cart: Showing._cart,
        Question: Showing._question,
        Verdict: Showing._verdict,
        QuestionClosed: Showing._question_closed,
        AgeCheckAsked: Showing._check_asked,
        AgeCheckClosed: Showing._check_closed,
        Settlement: Showing._settlement,
        Receipt: Showing._receipt,
        Stamp: Showing._stamp,
        PaymentChanged: Showing._payment,
        DisputeRaised: Showing._dispute_raised,
        DisputeChanged: Showing._dispute_changed,
        Correction: Showing._correction,
        Alarm: Showing._alarm,
        AlarmSeen: Showing._alarm_seen,
        StoreChanged: Showing._store,
        EntryDecided: Showing._entry,
    },
)
