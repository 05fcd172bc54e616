"""How right receipts are: unit F1 and exact receipts (DESIGN 10). Pure functions over bills; nothing here prints or reads.

A unit item is one piece of one product on one party's bill. An item on the wrong party's bill is one miss there and one
false item here. Products are matched by barcode where both sides have one, else by sku where both have one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from saunter.base.errors import Problem


@dataclass(frozen=True, slots=True)
class Item:
    """`quantity` pieces of one product, named by sku, barcode or both (empty: not given)."""

    sku: str = ""
    gtin: str = ""
    quantity: int = 1
    name: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """What one visit was charged, or should have been. An empty `party`: the source does not name one.

    `in_time` false: settled so late after the exit that the receipt counts as wrong, whatever it says.
    """

    visit: str
    party: str
    items: tuple[Item, ...]
    in_time: bool = True


@dataclass(frozen=True, slots=True)
class VisitScore:
    """One visit: pieces charged rightly, charged wrongly and missed; `exact` when the receipt equals the truth line by line.

    `visit` is the charged visit's id, or the true one's where nothing was charged.
    """

    visit: str
    party: str
    right: int
    wrong: int
    missed: int
    exact: bool

    @property
    def counts(self) -> bool:
        """Whether there was anything to be right or wrong about: at least one true or charged piece."""
        return self.right + self.wrong + self.missed > 0


@dataclass(frozen=True, slots=True)
class Score:
    """Fractions from 0 to 1. With nothing true and nothing charged all of them are 1 (the competition's rule).

    `precision` of nothing charged and `recall` of nothing true are 1: nothing was charged wrongly, nothing was missed.
    `exact` is over the `visits_counted` visits with at least one true or charged piece.
    """

    unit_f1: float
    precision: float
    recall: float
    exact: float
    visits_counted: int
    visits: tuple[VisitScore, ...]


def score(charged: Sequence[Bill], true: Sequence[Bill]) -> Score:
    """Charged bills against the true ones, keyed by party. Several visits of one party are told apart for `exact` only.

    Within a party, visits pair by equal id first, the others in the order given.
    """
    right = wrong = missed = 0
    visits: list[VisitScore] = []
    for party in dict.fromkeys(bill.party for bill in (*true, *charged)):
        ours = [bill for bill in charged if bill.party == party]
        theirs = [bill for bill in true if bill.party == party]
        counts = _compare(_all_items(ours), _all_items(theirs))
        right, wrong, missed = right + counts[0], wrong + counts[1], missed + counts[2]
        visits.extend(_score_visit(party, mine, other) for mine, other in _pair(ours, theirs))
    counted = [visit for visit in visits if visit.counts]
    return Score(
        unit_f1=_fraction(2 * right, 2 * right + wrong + missed),
        precision=_fraction(right, right + wrong),
        recall=_fraction(right, right + missed),
        exact=_fraction(sum(visit.exact for visit in counted), len(counted)),
        visits_counted=len(counted),
        visits=tuple(visits),
    )


def name_parties(true: Sequence[Bill], parties: Sequence[str], where: str) -> tuple[tuple[Bill, ...], tuple[Problem, ...]]:
    """The true bills with a party each. A bill without one belongs to the only party there is, if both are alone.

    `parties` are those of the recording. Bills whose party stays open come back as problems, naming `where`.
    """
    distinct = tuple(dict.fromkeys(parties))
    named: list[Bill] = []
    problems: list[Problem] = []
    for bill in true:
        if bill.party:
            named.append(bill)
        elif len(true) == 1 and len(distinct) <= 1:
            named.append(replace(bill, party=distinct[0] if distinct else ""))
        else:
            visit = bill.visit or "(unnamed)"
            what = f"the true receipt of visit {visit} names no party, and there are {len(distinct)} in the recording"
            problems.append(Problem(where, 0, what, f'add "party", one of: {", ".join(distinct) or "(none)"}'))
    return tuple(named), tuple(problems)


def digits(gtin: str) -> str:
    """A barcode for comparing: its digits without leading zeros, `0` of nothing but zeros, empty when there are none."""
    marks = "".join(mark for mark in gtin if mark in "0123456789")
    return (marks.lstrip("0") or "0") if marks else ""


def _all_items(bills: Sequence[Bill]) -> list[Item]:
    return [item for bill in bills for item in bill.items]


def _pair(ours: list[Bill], theirs: list[Bill]) -> list[tuple[Bill | None, Bill | None]]:
    """Charged and true visits of one party side by side; None where one side has no more."""
    open_ours, pairs = list(ours), []
    open_theirs: list[Bill] = []
    for bill in theirs:
        same = next((mine for mine in open_ours if mine.visit == bill.visit), None) if bill.visit else None
        if same is None:
            open_theirs.append(bill)
        else:
            open_ours.remove(same)
            pairs.append((same, bill))
    longest = max(len(open_ours), len(open_theirs))
    rest = zip(_filled(open_ours, longest), _filled(open_theirs, longest), strict=True)
    return [*pairs, *rest]


def _filled(bills: list[Bill], length: int) -> list[Bill | None]:
    return [*bills, *[None] * (length - len(bills))]


def _score_visit(party: str, ours: Bill | None, theirs: Bill | None) -> VisitScore:
    counts = _compare(_all_items([ours] if ours else []), _all_items([theirs] if theirs else []))
    in_time = ours is None or ours.in_time
    visit = ours.visit if ours else theirs.visit if theirs else ""
    return VisitScore(visit, party, *counts, exact=counts[1] == counts[2] == 0 and in_time)


def _compare(ours: list[Item], theirs: list[Item]) -> tuple[int, int, int]:
    """Pieces right, wrong and missed. Barcodes pair first; sku pairs what is left where a barcode is missing on a side."""
    left = [item.quantity for item in ours]
    wanted = [item.quantity for item in theirs]
    for same in (_same_barcode, _same_sku):
        for (i, have), (j, want) in product(enumerate(ours), enumerate(theirs)):
            if same(have, want):
                pieces = min(left[i], wanted[j])
                left[i], wanted[j] = left[i] - pieces, wanted[j] - pieces
    return sum(item.quantity for item in ours) - sum(left), sum(left), sum(wanted)


def _same_barcode(one: Item, other: Item) -> bool:
    return digits(one.gtin) != "" and digits(one.gtin) == digits(other.gtin)


def _same_sku(one: Item, other: Item) -> bool:
    both_have_barcodes = digits(one.gtin) != "" and digits(other.gtin) != ""
    return not both_have_barcodes and one.sku != "" and one.sku == other.sku


def _fraction(part: float, whole: float) -> float:
    """The part of the whole, and 1 of nothing: where nothing could go wrong, nothing did."""
    return part / whole if whole else 1.0
