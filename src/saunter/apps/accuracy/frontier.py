"""Reviews against errors: what would happen if every line less sure than a limit were asked about. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from saunter.apps.accuracy.outcomes import VisitOutcome


class FrontierPoint(msgspec.Struct, frozen=True):
    """Asking about every line whose probability lies further than `doubt` from 0 and 1: questions asked, and visits still
    without the exact receipt, each per 1,000 visits. The answers are taken for right."""

    doubt: float
    reviews_per_1000: float
    errors_per_1000: float


def frontier_of(visits: Sequence[VisitOutcome]) -> tuple[FrontierPoint, ...]:
    """The curve from asking nothing to asking about every line, a point wherever something changes.

    A visit stays wrong when a line that was not asked about came out wrong, when no line speaks of something taken, or
    when its receipt was late. `visits` are those of the shop without a reviewer.
    """
    doubts = sorted({_doubt(word.said) for visit in visits for word in visit.words}, reverse=True)
    asked, open_lines = 0, [sum(word.so != word.charged for word in visit.words) for visit in visits]
    hopeless = [visit.late or visit.silent > 0 for visit in visits]
    by_doubt: dict[float, list[tuple[int, bool]]] = {}
    for number, visit in enumerate(visits):
        for word in visit.words:
            by_doubt.setdefault(_doubt(word.said), []).append((number, word.so != word.charged))
    wrong = sum(bool(lines) or lost for lines, lost in zip(open_lines, hopeless, strict=True))
    points = [_point(1.0, asked, wrong, len(visits))] if visits else []
    for doubt in doubts:
        for number, was_wrong in by_doubt[doubt]:
            asked += 1
            if was_wrong:
                open_lines[number] -= 1
                wrong -= open_lines[number] == 0 and not hopeless[number]
        points.append(_point(doubt, asked, wrong, len(visits)))
    return tuple(points)


def _doubt(said: float) -> float:
    """How far a probability lies from being sure, rounded so that the curve has no more corners than can be seen."""
    return round(min(said, 1 - said), 4)


def _point(doubt: float, asked: int, wrong: int, visits: int) -> FrontierPoint:
    return FrontierPoint(doubt, round(1000 * asked / visits, 3), round(1000 * wrong / visits, 3))
