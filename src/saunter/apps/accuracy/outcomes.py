"""What one method made of one visit, beside what was true. Pure functions over bills and records; everything is picklable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from saunter.apps.bills import SETTLED_WITHIN, true_bills
from saunter.apps.scoring import Bill, Item, VisitScore, digits, score
from saunter.base.time import to_seconds
from saunter.plan import Plan
from saunter.records import TrueAction, TrueReceipt, Truth

Pieces = dict[str, int]


class Word(msgspec.Struct, frozen=True, array_like=True):
    """A method's probability that a party holds at least so many pieces of a product, whether it was so, and whether so
    many were charged. `believed` is what the belief said before a calibration changed it; None: just this."""

    said: float
    so: bool
    charged: bool
    believed: float | None = None


class VisitOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One visit with something true or charged, by one method.

    Pieces by sku. Money in minor units at shelf prices. `to_receipt_s` from the true exit to the receipt in shop time; where
    none came, to the end of what was played. `questions` put to a person about it; `by_hand`: no receipt could be sent.
    `words` are the lines as last believed; `silent` counts true pieces of which no line speaks. `told` explains a wrong visit,
    `cause` says why in one line.
    """

    party: str
    right: int
    wrong: int
    missed: int
    exact: bool
    late: bool
    true_minor: int
    over_minor: int
    under_minor: int
    to_receipt_s: float
    questions: int = 0
    by_hand: bool = False
    words: tuple[Word, ...] = ()
    silent: int = 0
    charged: Pieces = {}
    true: Pieces = {}
    told: tuple[str, ...] = ()
    cause: str = ""


class ActionOutcome(msgspec.Struct, frozen=True, array_like=True):
    """A true action, and whether the line it belongs to came out right on its party's receipt."""

    behaviour: str
    right: bool


class MethodOutcome(msgspec.Struct, frozen=True):
    """What one method made of one trial."""

    visits: tuple[VisitOutcome, ...]
    actions: tuple[ActionOutcome, ...] = ()


@dataclass(frozen=True)
class Charge:
    """A party's bill by some method: pieces by sku, when it was sent (ns UTC; None: never), and what the method said.

    `believed` are the products' probabilities before calibration, where there was one.
    """

    pieces: Mapping[str, int]
    at: int | None
    at_least: Mapping[str, Sequence[float]]
    believed: Mapping[str, Sequence[float]] = field(default_factory=dict)
    questions: int = 0
    by_hand: bool = False


@dataclass(frozen=True)
class Answers:
    """The truth of a trial: pieces and exits by party, prices by sku, actions, and the instant up to which it was played."""

    pieces: Mapping[str, Pieces]
    left: Mapping[str, int]
    price_minor: Mapping[str, int]
    actions: tuple[TrueAction, ...]
    until: int

    def without(self, parties: frozenset[str]) -> Answers:
        """The truth about everybody else."""
        pieces = {party: each for party, each in self.pieces.items() if party not in parties}
        return replace(self, pieces=pieces, actions=tuple(each for each in self.actions if each.party not in parties))


def answers_of(truth: Sequence[Truth], plan: Plan, until: int) -> Answers:
    """The truth in the plan's own skus: what the plan knows by barcode only is found by it, the rest keeps its name."""
    by_gtin = {digits(product.gtin): sku for sku, product in plan.products.items() if digits(product.gtin)}
    pieces: dict[str, Pieces] = {}
    for bill in true_bills(truth):
        mine = pieces.setdefault(bill.party, {})
        for item in bill.items:
            sku = sku_of(item.sku, item.gtin, plan, by_gtin)
            mine[sku] = mine.get(sku, 0) + item.quantity
    left = {record.party: record.happened for record in truth if isinstance(record, TrueReceipt)}
    prices = {sku: product.price.minor for sku, product in plan.products.items()}
    return Answers(pieces, left, prices, tuple(record for record in truth if isinstance(record, TrueAction)), until)


def sku_of(sku: str, gtin: str, plan: Plan, by_gtin: Mapping[str, str]) -> str:
    """A product's sku in this plan; its own name, else its barcode, where the plan has no such product."""
    if sku in plan.products:
        return sku
    return by_gtin.get(digits(gtin), sku or gtin)


def outcome_of(charges: Mapping[str, Charge], answers: Answers) -> MethodOutcome:
    """Every visit with something true or charged, and every true action, by one method."""
    ours = [_bill(party, charge.pieces) for party, charge in charges.items()]
    theirs = [_bill(party, pieces) for party, pieces in answers.pieces.items()]
    nothing = Charge({}, None, {})
    scored = [visit for visit in score(ours, theirs).visits if visit.counts]
    visits = tuple(_visit(visit, charges.get(visit.party, nothing), answers) for visit in scored)
    return MethodOutcome(visits, tuple(_actions(charges, answers)))


def _visit(scored: VisitScore, charge: Charge, answers: Answers) -> VisitOutcome:
    true, left = answers.pieces.get(scored.party, {}), answers.left.get(scored.party, answers.until)
    to_receipt = (answers.until if charge.at is None else charge.at) - left
    late = charge.at is None or to_receipt > SETTLED_WITHIN
    words = tuple(words_of(charge, true))
    sales, over, under = _money(charge.pieces, true, answers.price_minor)
    return VisitOutcome(
        party=scored.party, right=scored.right, wrong=scored.wrong, missed=scored.missed, exact=scored.exact and not late,
        late=late, true_minor=sales, over_minor=over, under_minor=under, to_receipt_s=round(to_seconds(to_receipt), 3),
        questions=charge.questions, by_hand=charge.by_hand, words=words,
        silent=sum(true.values()) - sum(word.so for word in words), charged=dict(charge.pieces), true=dict(true),
    )  # fmt: skip


def words_of(charge: Charge, true: Mapping[str, int]) -> Iterable[Word]:
    """Each line and number of pieces that a method gave a probability, with whether it was so."""
    for sku, probabilities in charge.at_least.items():
        believed = charge.believed.get(sku, (None,) * len(probabilities))
        for pieces, (probability, before) in enumerate(zip(probabilities, believed, strict=False), start=1):
            yield Word(round(probability, 6), true.get(sku, 0) >= pieces, charge.pieces.get(sku, 0) >= pieces, before)


def _bill(party: str, pieces: Mapping[str, int]) -> Bill:
    return Bill(party, party, tuple(Item(sku, quantity=quantity) for sku, quantity in pieces.items() if quantity))


def _money(charged: Mapping[str, int], true: Mapping[str, int], price_minor: Mapping[str, int]) -> tuple[int, int, int]:
    """True sales, overcharge and undercharge at shelf prices; what the shop has no price for counts nothing."""
    sales = over = under = 0
    for sku in {**charged, **true}:
        price, have, want = price_minor.get(sku, 0), charged.get(sku, 0), true.get(sku, 0)
        sales, over, under = sales + want * price, over + max(0, have - want) * price, under + max(0, want - have) * price
    return sales, over, under


def _actions(charges: Mapping[str, Charge], answers: Answers) -> Iterable[ActionOutcome]:
    for action in answers.actions:
        if action.party in answers.pieces and action.sku:
            charge = charges.get(action.party)
            have = charge.pieces.get(action.sku, 0) if charge else 0
            right = have == answers.pieces[action.party].get(action.sku, 0)
            yield ActionOutcome(behaviour_of(action), right)


def behaviour_of(action: TrueAction) -> str:
    """What kind of thing it was: the behaviour that the pretend world names, else the plain action."""
    return action.behaviour or action.action
