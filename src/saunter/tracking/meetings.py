"""Meetings of two bodies: who came close to whom, and how likely their tracker took each for the other afterwards."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from saunter.base.time import to_seconds
from saunter.tracking import constants as c
from saunter.tracking.bodies import Look, Scatter, Track

Velocities = tuple[tuple[float, float], tuple[float, float]]
Pair = tuple[str, str]


@dataclass(slots=True)
class Meeting:
    """Two bodies close together: since when, how close at most, how each was moving and what it looked like before.

    `log_odds` of a swap by prior and motion stand once they have parted, at `parted`.
    """

    since: int
    distance_m: float
    velocities: Velocities
    looks: tuple[Look | None, Look | None]
    parted: int = 0
    log_odds: float = 0.0


@dataclass(frozen=True, slots=True)
class Judged:
    """A meeting that is over, and the probability that the two were swapped."""

    pair: Pair
    distance_m: float
    swap_probability: float


def swap_log_odds(prior: float, before: Velocities, after: Velocities, seconds: float) -> float:
    """How likely two tracks were swapped in a meeting of so many seconds, by how both moved before and after; log odds.

    Bodies keep moving as they did (a constant velocity with a normal error): names that reverse their motion while the
    bodies walk on have been swapped. The longer the meeting, the less motion tells.
    """
    sd = math.hypot(c.MOTION_SD_M_S, c.FORGETTING_M_S2 * seconds)
    kept = sum(math.dist(old, new) ** 2 for old, new in zip(before, after, strict=True))
    crossed = sum(math.dist(old, new) ** 2 for old, new in zip(before, after[::-1], strict=True))
    moving = all(max(math.hypot(*one), math.hypot(*other)) > c.MOVING_M_S for one, other in (before, after))
    prior = prior if moving else prior * c.STANDING
    return math.log(prior / (1 - prior)) + (kept - crossed) / (2 * sd**2)


def swap_probability(prior: float, before: Velocities, after: Velocities, seconds: float) -> float:
    """The probability that belongs to `swap_log_odds`."""
    return _probability(swap_log_odds(prior, before, after, seconds))


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


class Meetings:
    """All meetings that go on, and those that are over and wait for a look at who came out of them."""

    def __init__(self, scatter: Scatter) -> None:
        self._scatter = scatter
        self._running: dict[Pair, Meeting] = {}
        self._parted: dict[Pair, Meeting] = {}

    def seen(self, at: int, present: Collection[str], tracks: Mapping[str, Track], known: Collection[str]) -> list[Judged]:
        """A frame showed these tracks: what was judged with it, in the order of the names. `known` are tracks whose source
        names the party itself."""
        judged: list[Judged] = []
        for pair in sorted({*_near(present, tracks), *self._of(present)}):
            a, b = tracks[pair[0]], tracks[pair[1]]
            distance = math.hypot(a.x_m - b.x_m, a.y_m - b.y_m)
            meeting = self._running.get(pair)
            if meeting is None and distance < c.MEETING_M:
                judged += self._judge(pair, tracks)
                self._running[pair] = Meeting(at, distance, (a.velocity(), b.velocity()), (a.look(), b.look()))
            elif meeting is not None and distance > c.PARTED_M:
                self._part(pair, at, (a, b), pair[0] in known and pair[1] in known)
            elif meeting is not None:
                meeting.distance_m = min(distance, meeting.distance_m)
        for pair in [*self._parted]:
            if self._is_ripe(pair, at, tracks):
                judged += self._judge(pair, tracks)
        return judged

    def exchanged(self, pair: Pair, tracks: Mapping[str, Track]) -> None:
        """Two tracks jumped to each other's places: what was known of one's looks and motion is the other's from now on."""
        a, b = tracks[pair[0]], tracks[pair[1]]
        a.looks, b.looks = b.looks, a.looks
        self._parted.pop(pair, None)
        meeting = self._running.get(pair)
        if meeting is not None:
            meeting.velocities, meeting.looks = meeting.velocities[::-1], meeting.looks[::-1]
        self._look_anew(pair, tracks)

    def _look_anew(self, pair: Pair, tracks: Mapping[str, Track]) -> None:
        """Two were swapped: in their other meetings they go by what they look like now."""
        for other, meeting in (*self._running.items(), *self._parted.items()):
            if other != pair and (other[0] in pair or other[1] in pair):
                one, two = (
                    tracks[name].look() if name in pair and name in tracks else look
                    for name, look in zip(other, meeting.looks, strict=True)
                )
                meeting.looks = (one, two)

    def forget(self, gone: Collection[str], tracks: Mapping[str, Track]) -> list[Judged]:
        """These tracks are over: what waits for a look at them is judged by what is known."""
        judged: list[Judged] = []
        for pair in [pair for pair in self._parted if pair[0] in gone or pair[1] in gone]:
            judged += self._judge(pair, tracks)
        self._running = {pair: each for pair, each in self._running.items() if pair[0] not in gone and pair[1] not in gone}
        return judged

    def _of(self, present: Collection[str]) -> Iterator[Pair]:
        return (pair for pair in self._running if pair[0] in present and pair[1] in present)

    def _part(self, pair: Pair, at: int, tracks: tuple[Track, Track], are_known: bool) -> None:
        meeting = self._running.pop(pair)
        prior = c.SWAP_NAMED if are_known else c.SWAP_ANONYMOUS
        after = (tracks[0].velocity(), tracks[1].velocity())
        meeting.parted = at
        meeting.log_odds = swap_log_odds(prior, meeting.velocities, after, to_seconds(at - meeting.since))
        self._parted[pair] = meeting

    def _is_ripe(self, pair: Pair, at: int, tracks: Mapping[str, Track]) -> bool:
        """Whether there is nothing more to wait for: looks enough, time over, or nothing to compare with."""
        meeting = self._parted[pair]
        if None in meeting.looks or at - meeting.parted >= c.LOOKS_AFTER:
            return True
        after = [tracks[name].look(meeting.parted) for name in pair if name in tracks]
        return len(after) < 2 or all(look is not None and look.count >= c.LOOKS_ENOUGH for look in after)

    def _judge(self, pair: Pair, tracks: Mapping[str, Track]) -> list[Judged]:
        meeting = self._parted.pop(pair, None)
        if meeting is None:
            return []
        log_odds = meeting.log_odds
        before = [look for look in meeting.looks if look is not None]
        after = [look for name in pair if name in tracks and (look := tracks[name].look(meeting.parted)) is not None]
        if len(before) == len(after) == 2:
            log_odds += self._scatter.log_swapped(before, after)
        for name in pair:
            if name in tracks:
                tracks[name].forget_looks(meeting.parted)
        chance = min(c.SWAP_MAX, _probability(log_odds))
        if chance > 0.5:
            self._look_anew(pair, tracks)
        return [Judged(pair, meeting.distance_m, chance)] if chance >= c.SWAP_MIN else []


def _near(present: Collection[str], tracks: Mapping[str, Track]) -> Iterator[Pair]:
    """Pairs of tracks that may be closer than MEETING_M: a sweep along x instead of all pairs."""
    along = sorted((tracks[track].x_m, tracks[track].y_m, track) for track in present)
    for number, (x_m, y_m, one) in enumerate(along):
        for place in range(number + 1, len(along)):
            other_x, other_y, other = along[place]
            if other_x - x_m >= c.MEETING_M:
                break
            if abs(other_y - y_m) < c.MEETING_M:
                yield (one, other) if one < other else (other, one)
