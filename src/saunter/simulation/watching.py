"""What somebody who watches sees: which choice of a question the true actions make right. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from saunter.base.ids import NOBODY
from saunter.base.time import SECOND
from saunter.records import Choice, Question, Receipt, TrueAction, TrueReceipt

#: The truth names the moment of a grab; the weight moves before it (hands resting) and after it (a slow lift): up to this
#: many nanoseconds outside the movement that a question is about.
MARGIN: Final = 3 * SECOND // 2
#: A piece that the same hands put back onto the same plates within this time was only held: whoever is asked about the
#: lift alone and sees it go back says "nothing", where that is a choice.
HELD: Final = 60 * SECOND

Seen = list[TrueAction]
#: Pieces that left (> 0) or came onto (< 0) the shelf, by product; products that came out even are left out.
Net = dict[str, int]

#: What the choices of a dispute say, by number (disputes/wording.py).
_KEPT: Final = 1
_NOT_KEPT: Final = 2
_SIGNS: Final = {"take": 1, "put back": -1, "restock": -1, "touch": 0}


def watched(question: Question, actions: Sequence[TrueAction]) -> int:
    """The number (from 1) of the choice that is right about a doubt; 0: none of these.

    `actions` may have happened anywhere, at any time; those at its plates count (at the floor, where it names none). In this
    order: what one party did there in that time, all in all; one single action of several; nothing, where all that was lifted
    went back or nobody did more than touch. A choice "nothing" of one party says that this party did nothing there, whatever
    others did.
    """
    here = [each for each in actions if set(each.plates) & set(question.plates) or not (each.plates or question.plates)]
    there = [each for each in here if question.started - MARGIN <= each.happened <= question.settled + MARGIN]
    nearest = sorted(there, key=lambda each: (_distance(question, each), each.happened, each.id))
    whole = {party: net(each for each in there if each.party == party) for party in dict.fromkeys(e.party for e in nearest)}
    found = [(party, changes) for party, changes in whole.items() if changes]
    found += [(each.party, net([each])) for each in nearest if whole[each.party] and each.sku]
    for party, changes in found:
        number = _choice(question.choices, party, changes)
        if number:
            return number
    nothing = _nothing(question.choices)
    about = question.choices[nothing - 1].party if nothing else NOBODY
    doers = [party for party, changes in whole.items() if changes and about in (party, NOBODY)]
    return nothing if not doers or _went_back(question, doers, here) else 0


def net(actions: Iterable[TrueAction]) -> Net:
    """What actions come to, by product."""
    found: Counter[str] = Counter()
    for each in actions:
        if each.sku:
            found[each.sku] += _SIGNS[each.action] * each.quantity
    return {sku: pieces for sku, pieces in sorted(found.items()) if pieces}


def audited(question: Question, receipt: Receipt, truth: TrueReceipt) -> int:
    """The number (from 1) of the choice that is right about a whole receipt."""
    charged = Counter({line.sku: line.quantity for line in receipt.lines})
    gtins = {line.gtin: line.sku for line in receipt.lines if line.gtin}
    true: Counter[str] = Counter()
    for line in truth.lines:
        true[line.sku or gtins.get(line.gtin, line.gtin)] += line.quantity
    over, missed = bool(charged - true), bool(true - charged)
    wanted = {(False, False): "right", (True, False): "too much", (False, True): "missing", (True, True): "both"}[over, missed]
    return next(number for number, choice in enumerate(question.choices, start=1) if choice.action == wanted)


def disputed(question: Question, receipt: Receipt, truth: TrueReceipt) -> int:
    """The number (from 1) of the choice that is right about a dispute; 0: there is no such choice.

    The first choice says that the shopper kept what the receipt charges, the second that not. Meant are the products that the
    choices name, or the whole receipt where they name none.
    """
    named = {change.sku for choice in question.choices for change in choice.changes}
    charged = Counter({line.sku: line.quantity for line in receipt.lines if line.sku in named or not named})
    true = Counter({line.sku: line.quantity for line in truth.lines})
    right = _NOT_KEPT if charged - true else _KEPT
    return right if right <= len(question.choices) else 0


def _choice(choices: Sequence[Choice], party: str, changes: Net) -> int:
    for number, choice in enumerate(choices, start=1):
        if choice.party == party and _changes(choice) == changes:
            return number
    return 0


def _changes(choice: Choice) -> Net:
    """A choice's changes by product: pieces that left the shelf count above zero, pieces that came below."""
    found: Counter[str] = Counter()
    for change in choice.changes:
        found[change.sku] += change.quantity
    return {sku: pieces for sku, pieces in sorted(found.items()) if pieces}


def _nothing(choices: Sequence[Choice]) -> int:
    return next((number for number, choice in enumerate(choices, start=1) if choice.action == "nothing" or not choice.changes), 0)


def _went_back(question: Question, parties: Iterable[str], here: Sequence[TrueAction]) -> bool:
    """Whether for each of these parties everything came out even soon around: what was lifted went back to these plates."""
    around = [each for each in here if question.started - HELD <= each.happened <= question.settled + HELD]
    return all(not net(each for each in around if each.party == party) for party in parties)


def _distance(question: Question, action: TrueAction) -> int:
    """How far an action lies outside the movement, ns; 0 inside it."""
    return max(question.started - action.happened, action.happened - question.settled, 0)
