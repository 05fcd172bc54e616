"""What plates felt and where people stood around an interaction, so that a person can look at it again and again."""

from __future__ import annotations

import math
import string
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from saunter.base.ids import NOBODY, RESERVED_PARTIES
from saunter.base.time import MILLISECOND, SECOND, to_seconds
from saunter.plan import Plan
from saunter.ports.documents import Body, Candidate, Moment, Sketch, Trace
from saunter.records import SIDES, AnyRecord, Attribution, PeopleFrame, Place, WeightBlock
from saunter.records import Candidate as Explained

#: A moment shows so much before a movement began and after it settled: enough to see a hand come and go.
BEFORE: Final = 3 * SECOND
AFTER: Final = 3 * SECOND
#: The longest moment that is shown whole; of a longer one its last part.
LONGEST: Final = 40 * SECOND
#: What is kept to look back: the longest moment, its margins, and how late the belief may speak of it.
KEPT: Final = LONGEST + BEFORE + AFTER + 20 * SECOND
#: Weights and people are kept this often: a hand's visit to a shelf takes about a second.
WEIGHED_EVERY: Final = 100 * MILLISECOND
SEEN_EVERY: Final = 100 * MILLISECOND
#: A body is shown where it came this near to the shelf (m): who stood further away has nothing to do with it.
SHOWN_WITHIN_M: Final = 3.5
#: A moment that was shown is told anew for so long when the belief changes its mind: longer than a bill waits for an answer.
REWORDED_FOR: Final = 180 * SECOND
#: How many explanations a moment tells.
TOLD_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class _Seen:
    at: int
    places: tuple[Place | None, ...]


class Lookback:
    """The last minute of weights and people, thinned out. Memory is bounded by plates, bodies and KEPT."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._weights: dict[str, deque[tuple[int, float]]] = {}
        self._people: deque[_Seen] = deque()

    def note(self, record: AnyRecord) -> None:
        """Keep what is worth looking back at."""
        if isinstance(record, WeightBlock):
            self._weigh(record)
        elif isinstance(record, PeopleFrame) and (not self._people or record.happened - self._people[-1].at >= SEEN_EVERY):
            self._people.append(_Seen(record.happened, record.places))
            while self._people[0].at < record.happened - KEPT:
                self._people.popleft()

    def people_now(self) -> tuple[int, tuple[Place | None, ...]]:
        """The newest frame: when, and who stood where."""
        return (self._people[-1].at, self._people[-1].places) if self._people else (0, ())

    def reaches(self, at: int) -> bool:
        """Whether what was seen at an instant (ns UTC) is still kept."""
        newest = [kept[-1][0] for kept in self._weights.values() if kept] + ([self._people[-1].at] if self._people else [])
        return not newest or at >= max(newest) - KEPT

    def trace(self, plate: str, first: int, last: int) -> Trace:
        """What a plate weighed from `first` to `last` (ns UTC), above its first value."""
        found = [(at, grams) for at, grams in self._weights.get(plate, ()) if first <= at <= last]
        base = found[0][1] if found else 0.0
        return Trace(
            plate=plate,
            times_s=tuple(round(to_seconds(at - first), 2) for at, _ in found),
            grams=tuple(round(grams - base, 1) for _, grams in found),
        )

    def seen(self, first: int, last: int) -> Iterator[tuple[int, tuple[Place, ...]]]:
        """Who stood where, from `first` to `last` (ns UTC)."""
        for seen in self._people:
            if first <= seen.at <= last:
                yield seen.at, tuple(place for place in seen.places if place is not None)

    def _weigh(self, block: WeightBlock) -> None:
        order = np.argsort(block.times, kind="stable")
        times, grams = block.times[order].tolist(), block.grams[order].T.tolist()
        for plate, column in zip(block.plates, grams, strict=True):
            kept = self._weights.setdefault(plate, deque())
            row = bisect_left(times, kept[-1][0] + WEIGHED_EVERY) if kept else 0
            while row < len(times):
                if math.isfinite(column[row]):
                    kept.append((times[row], column[row]))
                    row = bisect_left(times, times[row] + WEIGHED_EVERY, row)
                else:
                    row += 1
            while kept and kept[0][0] < kept[-1][0] - KEPT:
                kept.popleft()


class Moments:
    """Makes a moment of every attribution, once what came after it has been seen too."""

    def __init__(self, plan: Plan, lookback: Lookback, party_of: Callable[[str], str]) -> None:
        self._plan, self._lookback, self._party_of = plan, lookback, party_of
        self._waiting: dict[str, Attribution] = {}
        self._made: dict[str, Moment] = {}

    def receive(self, told: Attribution) -> Moment | None:
        """A new word on an interaction. A moment that was shown already comes back with the new word in it."""
        made = self._made.get(told.interaction)
        if made is None:
            self._waiting[told.interaction] = told
            return None
        self._made[told.interaction] = self._worded(made, told)
        return self._made[told.interaction]

    def advance(self, now: int) -> list[Moment]:
        """Moments whose aftermath has been seen by now."""
        due = [told for told in self._waiting.values() if told.settled + AFTER + SECOND <= now]
        made = []
        for told in due:
            del self._waiting[told.interaction]
            if not self._lookback.reaches(told.settled):  # what was seen is gone: a moment that was shown stays as it is
                continue
            moment = self._made[told.interaction] = self._look(told)
            made.append(moment)
        for name in [name for name, moment in self._made.items() if moment.settled < now - REWORDED_FOR]:
            del self._made[name]
        return made

    def at_once(self, interaction: str) -> Moment | None:
        """The moment as far as it can be seen now: somebody is asked about it already."""
        told = self._waiting.get(interaction)
        return self._made.get(interaction) or (self._look(told) if told and self._lookback.reaches(told.settled) else None)

    def _look(self, told: Attribution) -> Moment:
        began = max(told.started - BEFORE, told.settled - LONGEST)
        last = told.settled + AFTER
        letters, sketches = self._sketched(told, began, last)
        moment = Moment(
            interaction=told.interaction, shelf=told.shelf, plates=told.plates, began=began, started=told.started,
            settled=told.settled, grams=round(told.total_g, 1),
            traces=tuple(self._lookback.trace(plate, began, last) for plate in told.plates), sketches=sketches, letters=letters,
        )  # fmt: skip
        return self._worded(moment, told)

    def _sketched(self, told: Attribution, first: int, last: int) -> tuple[dict[str, str], tuple[Sketch, ...]]:
        """Everybody near, each with a letter of their own: the nearest is A."""
        frames = list(self._lookback.seen(first, last))
        nearest: dict[str, float] = {}
        for _, places in frames:
            for place in places:
                distance = self._distance(told.plates, place)
                nearest[place.track] = min(distance, nearest.get(place.track, distance))
        tracks = sorted((distance, track) for track, distance in nearest.items() if distance <= SHOWN_WITHIN_M)
        named = {track: _letter(number) for number, (_, track) in enumerate(tracks)}
        sketches = tuple(
            Sketch(
                round(to_seconds(at - first), 2),
                tuple(_body(place, named[place.track]) for place in places if place.track in named),
            )
            for at, places in frames
        )
        letters: dict[str, str] = {}
        for track, letter in named.items():
            party = self._party_of(track)
            if party not in RESERVED_PARTIES:
                letters.setdefault(party, letter)
        return letters, sketches

    def _distance(self, plates: tuple[str, ...], place: Place) -> float:
        """From a body to the first of the plates along the floor (m); things on the floor are near to everybody."""
        if not plates or plates[0] not in self._plan.plates:
            return 0.0
        x, y, _ = self._plan.plates[plates[0]].frame.translation.tolist()
        return math.hypot(place.x_m - x, place.y_m - y)

    def _worded(self, moment: Moment, told: Attribution) -> Moment:
        candidates = tuple(Candidate(text=self._text(each), probability=each.probability) for each in told.candidates[:TOLD_MAX])
        shares = {share.party: share.probability for share in told.shares if share.probability > 0 or share.party == NOBODY}
        return Moment(
            interaction=moment.interaction, shelf=moment.shelf, plates=moment.plates, began=moment.began, started=moment.started,
            settled=moment.settled, grams=moment.grams, traces=moment.traces, sketches=moment.sketches, letters=moment.letters,
            candidates=candidates, shares=shares, doubts=told.doubts,
        )  # fmt: skip

    def _text(self, candidate: Explained) -> str:
        names = [f"{abs(change.quantity)} x {self._plan.products[change.sku].name}" for change in candidate.changes]
        return f"{candidate.action}: {', '.join(names)}" if names else candidate.action


def _letter(number: int) -> str:
    """A, B, ..., Z, A1, B1, ..."""
    rounds, place = divmod(number, len(string.ascii_uppercase))
    return string.ascii_uppercase[place] + (str(rounds) if rounds else "")


def _body(place: Place, label: str) -> Body:
    wrists = [wrist for side in SIDES if (wrist := place.arm(side)[2]) is not None]
    return Body(
        label, round(place.x_m, 2), round(place.y_m, 2), tuple((round(x, 2), round(y, 2), round(z, 2)) for x, y, z in wrists)
    )
