"""What replay says to machines: receipts and events as plain structures, ready for JSON. Pure functions over records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from saunter.apps.open_visits import OpenVisit
from saunter.apps.replaying import Replayed
from saunter.apps.scoring import Score, VisitScore
from saunter.base.money import Money, to_decimal_text
from saunter.base.time import format_iso
from saunter.plan import Plan, Product
from saunter.records import Alarm, Approach, Attribution, Candidate, Decision, Interaction, Receipt, ReceiptLine, Share

#: What a candidate's action is called outside: a passing load changed nothing, like a touch.
_KINDS: Final = {"passing": "touched"}
#: Said of a movement for which no party was weighed.
NOT_ATTRIBUTED: Final = "nobody was weighed as the one who did it"


class LineView(msgspec.Struct, frozen=True):
    """One charged product. Amounts are decimal strings in the receipt's currency, `total` with tax; `gtin` may be empty.
    `saving` is what `promotions` take off the shelf price."""

    sku: str
    gtin: str
    name: str
    quantity: int
    probability: float
    unit_price: str
    tax_code: str
    tax_rate: str
    tax: str
    total: str
    saving: str
    promotions: tuple[str, ...]
    because: tuple[str, ...]


class DroppedView(msgspec.Struct, frozen=True):
    """Pieces that were in doubt and not charged: how many, how likely at least one of them was taken, and why."""

    sku: str
    gtin: str
    name: str
    quantity: int
    probability: float
    reason: str
    because: tuple[str, ...]


class ReceiptView(msgspec.Struct, frozen=True):
    """One settled visit. `at` (ISO-8601 UTC) is when the receipt was made; not `stamped`: the guard would not let it out."""

    visit: str
    party: str
    at: str
    lines: tuple[LineView, ...]
    net: str
    tax: str
    total: str
    saving: str
    currency: str
    dropped: tuple[DroppedView, ...]
    stamped: bool


class OpenVisitView(msgspec.Struct, frozen=True):
    """A visit without a receipt: where it stands, why, when its party was last seen (ISO-8601 UTC), and what it would pay.

    `would_be` null: the shop could not tell.
    """

    visit: str
    party: str
    state: str
    why: str
    last_seen: str
    would_be: ReceiptView | None


class ChangeView(msgspec.Struct, frozen=True):
    """Pieces of one product that left the shelf (`quantity` > 0) or came onto it (< 0)."""

    sku: str
    name: str
    quantity: int


class CandidateView(msgspec.Struct, frozen=True):
    """One explanation of an event."""

    action: str
    changes: tuple[ChangeView, ...]
    probability: float


class EventView(msgspec.Struct, frozen=True):
    """One interaction by the latest word on it. `grams` after minus before; `kind` is the likeliest candidate's action."""

    id: str
    at: str
    started: str
    settled: str
    kind: str
    shelf: str
    plates: tuple[str, ...]
    grams: float
    candidates: tuple[CandidateView, ...]
    shares: tuple[Share, ...]
    near: tuple[Approach, ...]
    doubts: tuple[str, ...]


class AlarmView(msgspec.Struct, frozen=True):
    """Something a person should know."""

    at: str
    name: str
    subject: str
    text: str


class ReplayView(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that `saunter replay --json` prints. The figures of the second half are there only where the truth is known."""

    receipts: tuple[ReceiptView, ...]
    open_visits: tuple[OpenVisitView, ...]
    events: tuple[EventView, ...]
    alarms: tuple[AlarmView, ...]
    problems: tuple[str, ...]
    real_time_factor: float
    shop_seconds: float
    cpu_seconds: float
    unit_f1: float | None = None
    precision: float | None = None
    recall: float | None = None
    exact: float | None = None
    visits_counted: int | None = None
    visits: tuple[VisitScore, ...] | None = None
    explanation: tuple[str, ...] | None = None


class ReceiptsFile(msgspec.Struct, frozen=True):
    """The file of receipts that others can read (DESIGN 7); `--truth` reads it too."""

    receipts: tuple[ReceiptView, ...]


def replay_view(
    replayed: Replayed, plan: Plan, problems: Iterable[str], score: Score | None, explanation: tuple[str, ...] | None = None
) -> ReplayView:
    """The whole result of a replay; `problems` in words, those of reading the file included; `explanation` line by line."""
    view = ReplayView(
        receipts=tuple(receipt_view(receipt, plan, receipt.id in replayed.stamped) for receipt in replayed.receipts),
        open_visits=tuple(open_visit_view(visit, plan) for visit in replayed.open_visits),
        events=tuple(event_view(event, plan) for event in events_of(replayed)),
        alarms=tuple(alarm_view(alarm) for alarm in replayed.alarms),
        problems=tuple(problems),
        real_time_factor=round(replayed.real_time_factor, 3),
        shop_seconds=replayed.shop_s,
        cpu_seconds=round(replayed.cpu_s, 3),
        explanation=explanation,
    )
    if score is None:
        return view
    return msgspec.structs.replace(
        view,
        unit_f1=score.unit_f1,
        precision=score.precision,
        recall=score.recall,
        exact=score.exact,
        visits_counted=score.visits_counted,
        visits=score.visits,
    )


def receipts_file(replayed: Replayed, plan: Plan) -> ReceiptsFile:
    """The receipts alone, as a file for others."""
    return ReceiptsFile(tuple(receipt_view(receipt, plan, receipt.id in replayed.stamped) for receipt in replayed.receipts))


def events_of(replayed: Replayed) -> list[Attribution]:
    """The latest word on every interaction, in order of time (ties by id). One that was never attributed comes as the
    shelf saw it, with no shares and a doubt that says so."""
    unattributed = [each for key, each in replayed.interactions.items() if key not in replayed.attributions]
    events = [*replayed.attributions.values(), *map(_as_event, unattributed)]
    return sorted(events, key=lambda event: (event.happened, event.interaction))


def receipt_view(receipt: Receipt, plan: Plan, stamped: bool) -> ReceiptView:
    """A receipt as others can read it: amounts as decimal strings, names beside codes."""
    return ReceiptView(
        visit=receipt.visit,
        party=receipt.party,
        at=format_iso(receipt.envelope.arrived),
        lines=tuple(_line_view(line, receipt.currency) for line in receipt.lines),
        net=_amount(receipt.net_minor, receipt.currency),
        tax=_amount(receipt.tax_minor, receipt.currency),
        total=_amount(receipt.total_minor, receipt.currency),
        saving=_amount(receipt.saving_minor, receipt.currency),
        currency=receipt.currency,
        dropped=tuple(_dropped_view(decision, plan.products) for decision in receipt.dropped),
        stamped=stamped,
    )


def open_visit_view(visit: OpenVisit, plan: Plan) -> OpenVisitView:
    """A visit without a receipt as others can read it; a bill that was only pretended is not `stamped`."""
    return OpenVisitView(
        visit=visit.visit,
        party=visit.party,
        state=visit.state,
        why=visit.why,
        last_seen=format_iso(visit.last_seen),
        would_be=None if visit.would_be is None else receipt_view(visit.would_be, plan, stamped=False),
    )


def event_view(event: Attribution, plan: Plan) -> EventView:
    """One event as others can read it."""
    return EventView(
        id=event.interaction,
        at=format_iso(event.happened),
        started=format_iso(event.started),
        settled=format_iso(event.settled),
        kind=kind_of(event),
        shelf=event.shelf,
        plates=event.plates,
        grams=round(event.total_g, 2),
        candidates=tuple(_candidate_view(candidate, plan.products) for candidate in event.candidates),
        shares=event.shares,
        near=event.near,
        doubts=event.doubts,
    )


def alarm_view(alarm: Alarm) -> AlarmView:
    """An alarm as others can read it."""
    return AlarmView(at=format_iso(alarm.happened), name=alarm.name, subject=alarm.subject, text=alarm.text)


def likeliest(event: Attribution) -> Candidate | None:
    """The most probable explanation, the first of equals; None where there is none."""
    return max(event.candidates, key=lambda candidate: candidate.probability, default=None)


def kind_of(event: Attribution) -> str:
    """What most likely happened: `taken`, `put back`, `moved`, `touched` or `unknown`."""
    best = likeliest(event)
    return "unknown" if best is None else _KINDS.get(best.action, best.action)


def name_of(sku: str, products: Mapping[str, Product]) -> str:
    """A product's name; its sku where the catalogue does not have it."""
    return products[sku].name if sku in products else sku


def _as_event(interaction: Interaction) -> Attribution:
    return Attribution(
        envelope=interaction.envelope,
        interaction=interaction.id,
        shelf=interaction.shelf,
        plates=interaction.plates,
        started=interaction.started,
        settled=interaction.settled,
        total_g=interaction.total_g,
        candidates=interaction.spans[0].candidates if interaction.spans else (),
        shares=(),
        doubts=(NOT_ATTRIBUTED,),
    )


def _line_view(line: ReceiptLine, currency: str) -> LineView:
    return LineView(
        sku=line.sku,
        gtin=line.gtin,
        name=line.name,
        quantity=line.quantity,
        probability=line.probability,
        unit_price=_amount(line.unit_price_minor, currency),
        tax_code=line.tax_code,
        tax_rate=line.tax_rate,
        tax=_amount(line.tax_minor, currency),
        total=_amount(line.total_minor, currency),
        saving=_amount(line.saving_minor, currency),
        promotions=line.promotions,
        because=line.because,
    )


def _dropped_view(decision: Decision, products: Mapping[str, Product]) -> DroppedView:
    known = products.get(decision.sku)
    return DroppedView(
        sku=decision.sku,
        gtin=known.gtin if known else "",
        name=name_of(decision.sku, products),
        quantity=decision.quantity,
        probability=decision.probability,
        reason=decision.reason,
        because=decision.because,
    )


def _candidate_view(candidate: Candidate, products: Mapping[str, Product]) -> CandidateView:
    changes = tuple(ChangeView(change.sku, name_of(change.sku, products), change.quantity) for change in candidate.changes)
    return CandidateView(action=candidate.action, changes=changes, probability=candidate.probability)


def _amount(minor: int, currency: str) -> str:
    return to_decimal_text(Money(minor, currency))
