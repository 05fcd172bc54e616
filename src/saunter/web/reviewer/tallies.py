"""What a reviewer has done today: the verdicts in the journal, read once and then only as they come."""

from __future__ import annotations

import statistics
import threading
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from saunter.base.time import SECOND
from saunter.ports.books import Books
from saunter.records import Verdict


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A reviewer's own figures of today: questions answered, the median look in seconds, and how many could not be told."""

    answered: int = 0
    seconds_median: float = 0.0
    cannot_tell: int = 0

    @property
    def cannot_tell_share(self) -> float:
        """The share that could not be told; 0 where nothing was answered."""
        return self.cannot_tell / self.answered if self.answered else 0.0


class Tallies:
    """Today's verdicts by reviewer. `timezone` says when the shop's day begins. Used from several threads."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._read_to = 0
        self._day: date | None = None
        self._looks: dict[str, list[tuple[bool, float]]] = {}
        self._lock = threading.Lock()

    def own(self, books: Books, reviewer: str, now: int) -> Own:
        """A reviewer's figures of the shop's day that `now` (ns UTC) lies in."""
        with self._lock:
            self._turn_to(self._day_of(now))
            for number, record in books.records(self._read_to, ("Verdict",)):
                self._read_to = number
                if isinstance(record, Verdict):
                    self._count(record)
            looks = self._looks.get(reviewer, [])
        seconds = [seconds for _, seconds in looks]
        return Own(
            answered=len(looks),
            seconds_median=statistics.median(seconds) if seconds else 0.0,
            cannot_tell=sum(untold for untold, _ in looks),
        )

    def _turn_to(self, day: date) -> None:
        if self._day != day:
            self._day = day
            self._looks = {}

    def _count(self, verdict: Verdict) -> None:
        if self._day_of(verdict.envelope.arrived) == self._day:
            self._looks.setdefault(verdict.reviewer, []).append((verdict.answer == "cannot tell", verdict.seconds))

    def _day_of(self, instant: int) -> date:
        return datetime.fromtimestamp(instant // SECOND, UTC).astimezone(self._zone).date()
