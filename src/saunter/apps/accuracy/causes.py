"""Why a visit came out wrong, in one line: the true actions about it beside what the shop thought of each. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from saunter.apps.accuracy.outcomes import VisitOutcome
from saunter.base.time import SECOND
from saunter.records import Approach, Attribution, Candidate, TrueAction

#: A movement tells of a true action when it began or came to rest within this time of it, at one of its plates.
ABOUT: Final = 4 * SECOND
#: A movement was understood when the right party and the right product each had this probability.
UNDERSTOOD: Final = 0.9
#: Explanations and parties less likely than this are not told, of the others so many, and so many causes.
TOLD_MIN: Final = 0.05
TOLD_MAX: Final = 3
CAUSES_MAX: Final = 2
#: Said where every movement was understood and the bill is wrong all the same.
NO_CAUSE: Final = "every movement was understood"


def cause_of(visit: VisitOutcome, events: Sequence[Attribution], actions: Sequence[TrueAction]) -> str:
    """The causes of a wrong visit, of its own actions first, then of others' actions that it was charged for."""
    mine = [action for action in actions if action.party == visit.party and action.sku in _disputed(visit)]
    own = [cause for action in mine for cause in _of_action(action, events)]
    others = () if own else _of_others(visit, events, actions)
    late = ["late"] if visit.late else []
    found = list(dict.fromkeys((*late, *own, *others)))
    return "; ".join(found[:CAUSES_MAX]) or NO_CAUSE


def tells_of(event: Attribution, action: TrueAction) -> bool:
    """Whether a movement on the shelves may be this action."""
    return event.started - ABOUT <= action.happened <= event.settled + ABOUT and not set(action.plates).isdisjoint(event.plates)


def exchanged(visit: VisitOutcome) -> str:
    """What was charged in place of what: `c072 x3 instead of c071 x1`."""
    wrong = {sku: number - visit.true.get(sku, 0) for sku, number in visit.charged.items()}
    missed = {sku: number - visit.charged.get(sku, 0) for sku, number in visit.true.items()}
    return f"{_pieces(wrong)} instead of {_pieces(missed)}"


def _pieces(numbers: dict[str, int]) -> str:
    return ", ".join(f"{sku} x{number}" for sku, number in numbers.items() if number > 0) or "nothing"


def _disputed(visit: VisitOutcome) -> set[str]:
    return {sku for sku in {**visit.true, **visit.charged} if visit.true.get(sku, 0) != visit.charged.get(sku, 0)}


def _of_action(action: TrueAction, events: Sequence[Attribution]) -> Iterable[str]:
    """What went wrong with one true action; nothing where it was understood."""
    odd = "" if action.behaviour in ("", "take", action.action) else f" [{action.behaviour}]"
    event = min(
        (each for each in events if tells_of(each, action)), key=lambda e: abs(e.happened - action.happened), default=None
    )
    if action.action == "put back" and not action.plates:
        yield "set down on the floor"
    elif event is None:
        yield f"never felt: {action.action} {action.sku} x{action.quantity}{odd}"
    else:
        who, what = _share(event, action.party), _certainty(event, action)
        if min(who, what) < UNDERSTOOD:
            yield (_who(event, action.party) if who <= what else _what(event, action)) + odd


def _of_others(visit: VisitOutcome, events: Sequence[Attribution], actions: Sequence[TrueAction]) -> Iterable[str]:
    """Somebody else's actions with a disputed product that this party was thought to have done."""
    for action in actions:
        if action.party != visit.party and action.sku in _disputed(visit):
            for event in events:
                if tells_of(event, action) and _share(event, visit.party) >= TOLD_MIN:
                    yield _who(event, action.party)


def _share(event: Attribution, party: str) -> float:
    return sum(share.probability for share in event.shares if share.party == party)


def _certainty(event: Attribution, action: TrueAction) -> float:
    """How likely the movement was thought to be this product, so many pieces, this way."""
    signed = action.quantity if action.action == "take" else -action.quantity
    return sum(
        candidate.probability
        for candidate in event.candidates
        if any((change.sku, change.quantity) == (action.sku, signed) for change in candidate.changes)
    )


def _who(event: Attribution, truly: str) -> str:
    near: dict[str, Approach] = {}
    for approach in event.near:
        near.setdefault(approach.party, approach)
    ranked = sorted(event.shares, key=lambda share: (-share.probability, share.party))
    told = [share for share in ranked[:TOLD_MAX] if share.probability >= TOLD_MIN]
    words = [f"{share.party} {share.probability:.2f}{_distance(near.get(share.party))}" for share in told]
    return f"who: {', '.join(words) or 'nobody was weighed'}, truly {truly}{_distance(near.get(truly))}"


def _distance(approach: Approach | None) -> str:
    return "" if approach is None or approach.distance_m < 0 else f" ({approach.by} {approach.distance_m:.2f} m)"


def _what(event: Attribution, action: TrueAction) -> str:
    ranked = sorted(event.candidates, key=lambda candidate: -candidate.probability)
    told = [candidate for candidate in ranked[:TOLD_MAX] if candidate.probability >= TOLD_MIN]
    words = ", ".join(f"{_in_short(candidate)} {candidate.probability:.2f}" for candidate in told)
    back = "" if action.action == "take" else " back"
    return f"what: {words or 'nothing was weighed'}, truly {action.sku} x{action.quantity}{back}"


def _in_short(candidate: Candidate) -> str:
    changes = [f"{each.sku} x{abs(each.quantity)}{'' if each.quantity > 0 else ' back'}" for each in candidate.changes]
    return " + ".join(changes) or candidate.action
