"""What a phone shows, worked out from the shop's documents alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from saunter.base.ids import RESERVED_PARTIES
from saunter.base.time import HOUR, MINUTE
from saunter.ports.books import Shopper
from saunter.ports.desk import Desk
from saunter.ports.documents import Bill, Dispute, Moment, Visit
from saunter.records import Correction, CorrectionLine, Decision, ReceiptLine
from saunter.web.problems import Problem
from saunter.web.rendering import document, documents

#: Parties (one per entry code) among which the visit of this moment is looked for; codes that expired unused count.
RECENT_PARTIES_MAX: Final = 20
#: Parties whose receipts the history looks for.
HISTORY_PARTIES_MAX: Final = 400
#: A receipt stays the first thing on the phone for so long (ns); then comes the next entry code.
RECEIPT_FIRST: Final = 20 * MINUTE
#: ... and that somebody was lost from sight, counted from when they came in: longer than anybody shops, and over the next day.
LOST_FIRST: Final = 4 * HOUR
#: Records walked from a line to the moments behind it; a line of fifty interactions needs fewer.
WALK_MAX: Final = 300
#: How sure in words: at least so sure, and the key of the words.
SURE: Final = ((0.99, "certain"), (0.95, "very"), (0.8, "rather"), (0.5, "likely"), (0.0, "unlikely"))

Helped = Literal["helped", "helped_later", "checked", "alone"]
Stage = Literal["code", "inside", "adding up", "receipt", "lost", "unbilled"]
_STAGES: Final[dict[str, Stage]] = {
    "expected": "inside", "shopping": "inside", "leaving": "adding up", "settling": "adding up", "settled": "receipt",
    "abandoned": "lost", "unbilled": "unbilled",
}  # fmt: skip


#: How long what became of a visit is shown before the next code.
_FIRST: Final[dict[Stage, int]] = {"receipt": RECEIPT_FIRST, "unbilled": RECEIPT_FIRST, "lost": LOST_FIRST}


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """What the phone shows first. `sofar_minor` is what is sure in the cart; `pieces` all pieces, sure or not."""

    stage: Stage
    visit: Visit | None = None
    sofar_minor: int = 0
    pieces: int = 0
    has_bill: bool = False


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a receipt with what became of it: pieces given back, disputes, and how many pieces may still be disputed."""

    line: ReceiptLine
    sure: str
    given_back: int
    disputes: tuple[Dispute, ...]
    disputable: int


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A whole receipt as its owner reads it. `dropped` are (name, pieces) that were in doubt and are not charged; `taxes`
    (rate, amount) by rate; `helped` says whether a person looked at it: before it went, only afterwards because of a dispute
    or because it was drawn at random, or not at all; `is_open`: lines may still be disputed."""

    visit: Visit
    bill: Bill
    lines: tuple[Line, ...]
    dropped: tuple[tuple[str, Decision], ...]
    taxes: tuple[tuple[str, int], ...]
    helped: Helped
    is_open: bool


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One moment behind a line: the belief about who it was, reduced to me, others and nobody."""

    moment: Moment
    letter: str
    mine: float
    others: float
    nobody: float


def now_of(desk: Desk, shopper: Shopper) -> Now:
    """What this phone should show now: the visit that is going on, a receipt that just came, or the next entry code."""
    for party in desk.personal.parties(shopper.subject, RECENT_PARTIES_MAX):
        for visit in documents(desk, "visit", Visit, owner=party, limit=1):
            stage = _STAGES.get(visit.state, "inside")
            ended = visit.settled or visit.left or visit.entered
            if stage in _FIRST and desk.now() - ended > _FIRST[stage]:
                continue
            bill = document(desk, "bill", visit.visit, Bill)
            return Now(
                stage=stage, visit=visit, sofar_minor=sum(item.quantity * item.unit_price_minor for item in visit.items),
                pieces=sum(item.quantity + item.checking for item in visit.items),
                has_bill=bill is not None and bill.state != "held",
            )  # fmt: skip
    return Now(stage="code")


def live_topics(desk: Desk, shopper: Shopper) -> list[str]:
    """What a phone follows: its own parties and nothing else."""
    return [f"party/{party}" for party in desk.personal.parties(shopper.subject, RECENT_PARTIES_MAX)]


def history_of(desk: Desk, shopper: Shopper) -> list[Bill]:
    """The shopper's receipts, newest first; those that still wait for somebody are not shown yet."""
    found = [
        bill
        for party in desk.personal.parties(shopper.subject, HISTORY_PARTIES_MAX)
        for bill in documents(desk, "bill", Bill, owner=party, limit=1)
        if bill.state != "held"
    ]
    return sorted(found, key=lambda bill: -bill.at)


def paper_of(desk: Desk, shopper: Shopper, visit: str) -> Paper:
    """A receipt for its owner. Anybody else's, and one that is not there (yet), raises the same Problem 404."""
    bill, seen = document(desk, "bill", visit, Bill), document(desk, "visit", visit, Visit)
    if bill is None or seen is None or bill.state == "held" or desk.personal.subject_of(bill.receipt.party) != shopper.subject:
        raise Problem(404, "There is no such receipt of yours.")
    may = desk.now() <= bill.disputable_until and bill.state == "sent"
    rates = sorted({line.tax_rate for line in bill.receipt.lines})
    return Paper(
        visit=seen, bill=bill, lines=tuple(_line(bill, line, may=may) for line in bill.receipt.lines),
        dropped=tuple((bill.names.get(each.sku, each.sku), each) for each in bill.dropped),
        taxes=tuple((rate, sum(line.tax_minor for line in bill.receipt.lines if line.tax_rate == rate)) for rate in rates),
        helped=_helped(seen, bill), is_open=may,
    )  # fmt: skip


def line_of(paper: Paper, sku: str) -> Line:
    """One line of a receipt; Problem 404 where there is none of this product."""
    found = next((line for line in paper.lines if line.line.sku == sku), None)
    if found is None:
        raise Problem(404, "There is no such line on this receipt.")
    return found


def evidence_of(desk: Desk, paper: Paper, because: tuple[str, ...]) -> list[Evidence]:
    """The moments behind a line, in the order they happened."""
    party = paper.bill.receipt.party
    moments = sorted(_moments(desk, because), key=lambda moment: moment.started)
    return [_evidence(moment, party) for moment in moments]


def how_sure(probability: float) -> str:
    """The key of the words for a probability."""
    return next(word for least, word in SURE if probability >= least)


def _helped(visit: Visit, bill: Bill) -> Helped:
    """A bill says that somebody was asked, of a dispute as soon as it is raised; that alone is nobody's look yet."""
    if visit.helped:
        return "helped"
    if any(dispute.by in ("reviewer", "staff") for dispute in bill.disputes):
        return "helped_later"
    is_asked = any(dispute.outcome == "asked" for dispute in bill.disputes)
    return "checked" if bill.helped and not is_asked else "alone"


def _line(bill: Bill, line: ReceiptLine, *, may: bool) -> Line:
    back = sum(given.quantity for correction in bill.corrections for given in _given(correction, line.sku))
    disputes = tuple(dispute for dispute in bill.disputes if dispute.sku == line.sku)
    is_open = may and not any(dispute.outcome != "refused" for dispute in disputes)
    return Line(
        line=line, sure=how_sure(line.probability), given_back=back, disputes=disputes,
        disputable=max(0, line.quantity - back) if is_open else 0,
    )  # fmt: skip


def _given(correction: Correction, sku: str) -> Iterator[CorrectionLine]:
    return (line for line in correction.lines if line.sku == sku)


def _moments(desk: Desk, because: tuple[str, ...]) -> Iterator[Moment]:
    """Walks from a line along `because` until it meets moments."""
    waiting, seen = list(because), set(because)
    while waiting and len(seen) <= WALK_MAX:
        id_ = waiting.pop(0)
        moment = document(desk, "moment", id_, Moment)
        if moment is not None:
            yield moment
            continue
        record = desk.books.record(id_)
        further = [each for each in (record.envelope.because if record else ()) if each not in seen]
        seen.update(further)
        waiting += further


def _evidence(moment: Moment, party: str) -> Evidence:
    mine = moment.shares.get(party, 0.0)
    nobody = sum(share for name, share in moment.shares.items() if name in RESERVED_PARTIES)
    return Evidence(
        moment=moment, letter=moment.letters.get(party, ""), mine=mine, nobody=nobody,
        others=max(0.0, sum(moment.shares.values()) - mine - nobody),
    )  # fmt: skip
