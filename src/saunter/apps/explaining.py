"""Why a line was charged or dropped, in a shopkeeper's words. Pure functions: records in, lines of text out.

Each line of a receipt leads back to the movements on the shelves that it rests on. For each of these the text says what
the plates felt and what the catalogue makes of it, what else it could have been, who was near, and what was hard about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from saunter.apps.open_visits import OpenVisit
from saunter.apps.reporting import kind_of, likeliest, name_of
from saunter.base.ids import NOBODY, STAFF, UNREGISTERED
from saunter.base.money import Money
from saunter.base.time import format_iso
from saunter.plan import Plan
from saunter.records import Approach, Attribution, Candidate, Decision, Receipt, ReceiptLine

#: Alternatives less likely than this are left out of the text (JSON has them all), and no more than so many are told.
ALTERNATIVE_MIN: Final = 0.001
ALTERNATIVES_MAX: Final = 4
_PEOPLE: Final = {NOBODY: "nobody", STAFF: "staff", UNREGISTERED: "somebody without a key"}
_VERBS: Final = {
    "touched": "only touched",
    "passing": "a load that went again",
    "unknown": "something that is not in the catalogue",
}
#: Movements that have nothing to do with a bill.
_HARMLESS: Final = ("touched",)


def explain_receipt(receipt: Receipt, events: Iterable[Attribution], plan: Plan) -> list[str]:
    """One receipt: each line with its reasons, then what was dropped and why. Without any line it says so."""
    by_id = {key: event for event in events for key in (event.interaction, event.id)}
    text = [f"Receipt of {receipt.party} (visit {receipt.visit}): {Money(receipt.total_minor, receipt.currency)}"]
    for line in receipt.lines:
        text.append(f"  {_line_head(line, receipt.currency)}")
        text.extend(f"    {row}" for row in _reasons(line.sku, line.because, by_id, plan))
    for decision in receipt.dropped:
        text.append(f"  {_dropped_head(decision, plan)}")
        text.extend(f"    {row}" for row in _reasons(decision.sku, decision.because, by_id, plan))
    if not receipt.lines and not receipt.dropped:
        text.append("  Nothing was taken, nothing is charged.")
    return text


def explain_open_visit(visit: OpenVisit, events: Iterable[Attribution], plan: Plan) -> list[str]:
    """A visit without a receipt: why, when its party was last seen, and what it would pay with the reasons of each line."""
    head = f"No receipt for {visit.party} (visit {visit.visit}): {visit.why}. Last seen {format_iso(visit.last_seen)[11:19]}."
    if visit.would_be is None:
        return [head, "  What it would pay could not be told."]
    first, *rest = explain_receipt(visit.would_be, events, plan)
    total = first.rpartition(": ")[2]
    return [head, f"  If it left now it would pay {total}:", *(f"  {row}" for row in rest)]


def explain_unbilled(receipts: Iterable[Receipt], events: Iterable[Attribution], plan: Plan) -> list[str]:
    """Movements that no receipt rests on, touches aside: staff's, a put-back that cancelled out, somebody unknown."""
    billed = {cause for receipt in receipts for cause in _causes(receipt)}
    text: list[str] = []
    for event in events:
        if event.interaction not in billed and event.id not in billed and kind_of(event) not in _HARMLESS:
            text.extend(f"  {row}" for row in explain_event(event, plan))
    return ["Movements on no receipt:", *text] if text else []


def explain_event(event: Attribution, plan: Plan, sku: str = "") -> list[str]:
    """One movement at a shelf: what was felt, what it could have been, who was near, what was doubted.

    `sku` names the product whose line is being explained; grams are compared with the explanation that contains it.
    """
    best = _candidate_for(event, sku)
    rows = [_felt(event, best, plan)]
    others = [candidate for candidate in event.candidates if candidate is not best and candidate.probability >= ALTERNATIVE_MIN]
    if others:
        told = sorted(others, key=lambda candidate: -candidate.probability)
        shown = "; ".join(f"{_in_words(each, plan)} {percent(each.probability)}" for each in told[:ALTERNATIVES_MAX])
        rest = f"; {len(told) - ALTERNATIVES_MAX} less likely ones" if len(told) > ALTERNATIVES_MAX else ""
        rows.append(f"  Could also have been: {shown}{rest}.")
    elif best is not None:
        rows.append("  Nothing else fits.")
    rows.append(f"  Who: {_who(event)}.")
    rows.extend(f"  Doubted: {doubt}." for doubt in (doubt.rstrip(".") for doubt in event.doubts))
    return rows


def percent(probability: float) -> str:
    """A probability for reading: whole percents, tenths near the ends, and never 0 % or 100 % unless it is exactly so."""
    if probability in (0.0, 1.0):
        return f"{probability:.0%}".replace("%", " %")
    if probability < 0.001:
        return "under 0.1 %"
    if probability > 0.999:
        return "over 99.9 %"
    places = 1 if probability < 0.1 or probability > 0.9 else 0
    return f"{100 * probability:.{places}f} %"


def _causes(receipt: Receipt) -> set[str]:
    charged = {cause for line in receipt.lines for cause in line.because}
    return charged | {cause for decision in receipt.dropped for cause in decision.because}


def _line_head(line: ReceiptLine, currency: str) -> str:
    price = Money(line.total_minor, currency)
    each = f" ({line.quantity} x {Money(line.unit_price_minor, currency)})" if line.quantity > 1 else ""
    return f"{line.quantity} x {line.name} [{line.sku}]: {price}{each}, {percent(line.probability)} sure"


def _dropped_head(decision: Decision, plan: Plan) -> str:
    threshold = percent(plan.policies.charge_threshold)
    name = name_of(decision.sku, plan.products)
    reason = decision.reason or "in doubt"
    return (
        f"Not charged: {decision.quantity} x {name} [{decision.sku}], {percent(decision.probability)} sure; "
        f"charging needs {threshold} ({reason})"
    )


def _reasons(sku: str, because: Sequence[str], events: Mapping[str, Attribution], plan: Plan) -> list[str]:
    known = dict.fromkeys(events[cause].interaction for cause in because if cause in events)
    found = sorted((events[interaction] for interaction in known), key=lambda event: (event.happened, event.interaction))
    later = {name: event for event in found for name in event.joins}
    if not found:
        return [
            f"Rests on {', '.join(because)}, which the recording's events do not hold." if because else "No cause is recorded."
        ]
    return [row for event in found for row in _reason(event, later.get(event.interaction), events, plan, sku)]


def _reason(event: Attribution, later: Attribution | None, events: Mapping[str, Attribution], plan: Plan, sku: str) -> list[str]:
    """One movement behind a line; where it was one with earlier or later ones, it says so instead of speaking for itself."""
    if later is not None:
        return [f"{_moved(event)}: the beginning of the movement at {_clock(later)}."]
    earlier = [events[name] for name in event.joins if name in events]
    rows = explain_event(event, plan, sku)
    if earlier:
        steps = [each.total_g for each in (*earlier, event)]
        grams = " and ".join(f"{abs(step):.0f} g" for step in steps)
        rows.insert(1, f"  One movement with what was felt before: {grams}, {abs(sum(steps)):.0f} g in all.")
    return rows


def _clock(event: Attribution) -> str:
    return format_iso(event.happened)[11:19]


def _moved(event: Attribution) -> str:
    plates = ("plate " if len(event.plates) == 1 else "plates ") + ", ".join(event.plates)
    return f"{_clock(event)} {plates} {'lost' if event.total_g < 0 else 'gained'} {abs(event.total_g):.0f} g"


def _candidate_for(event: Attribution, sku: str) -> Candidate | None:
    """The likeliest explanation that contains the product; the likeliest of all where none does."""
    with_it = [candidate for candidate in event.candidates if any(change.sku == sku for change in candidate.changes)]
    return max(with_it, key=lambda candidate: candidate.probability, default=likeliest(event))


def _felt(event: Attribution, best: Candidate | None, plan: Plan) -> str:
    felt = _moved(event) if event.plates else f"{_clock(event)} a hand at the floor"
    if best is None:
        return f"{felt}: no explanation."
    return f"{felt}: {_in_words(best, plan)} {percent(best.probability)}{_catalogue(best, plan) if event.plates else ''}."


def _in_words(candidate: Candidate, plan: Plan) -> str:
    if not candidate.changes:
        return _VERBS.get(candidate.action, candidate.action)
    taken = [
        f"{change.quantity} x {name_of(change.sku, plan.products)} taken" for change in candidate.changes if change.quantity > 0
    ]
    back = [
        f"{-change.quantity} x {name_of(change.sku, plan.products)} put back"
        for change in candidate.changes
        if change.quantity < 0
    ]
    return " and ".join((*taken, *back)) or candidate.action


def _catalogue(candidate: Candidate, plan: Plan) -> str:
    """What the catalogue says these changes weigh; empty where no product changed."""
    if not candidate.changes:
        return ""
    unknown = [name_of(change.sku, plan.products) for change in candidate.changes if _weight_g(change.sku, plan) is None]
    if unknown:
        return f" (the catalogue has no weight for {', '.join(dict.fromkeys(unknown))})"
    grams = sum(change.quantity * (_weight_g(change.sku, plan) or 0.0) for change in candidate.changes)
    return f" (by the catalogue {abs(grams):.0f} g)"


def _weight_g(sku: str, plan: Plan) -> float | None:
    product = plan.products.get(sku)
    return product.weight.mean_g if product else None


def _who(event: Attribution) -> str:
    """Who it was by the belief, likeliest first, with how near each came; those near but never believed come last."""
    near: dict[str, Approach] = {}
    for approach in event.near:
        near.setdefault(approach.party, approach)
    shares = sorted(event.shares, key=lambda share: (-share.probability, share.party))
    told = [share for share in shares if share.probability >= ALTERNATIVE_MIN or share.party in near]
    words = [f"{_person(share.party)} {percent(share.probability)}{_distance(near.get(share.party))}" for share in told]
    named = {share.party for share in shares}
    words += [f"{_person(party)} was near{_distance(approach)}" for party, approach in near.items() if party not in named]
    return ", ".join(words) or "nobody was weighed"


def _person(party: str) -> str:
    return _PEOPLE.get(party, party)


def _distance(approach: Approach | None) -> str:
    if approach is None:
        return ""
    if approach.distance_m < 0:
        return " (position unknown)"
    if approach.by == "unseen":
        return f" (last seen {approach.distance_m:.2f} m away)"
    part = approach.by.replace("_", " ")
    return f" ({part} {approach.distance_m:.2f} m away)" if part else f" ({approach.distance_m:.2f} m away)"
