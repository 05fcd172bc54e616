"""Who is looking at which question: a question is handed to one reviewer at a time, until it is answered or let go.

Kept in memory alone. After a restart every question is free again, and an answer given twice does no harm: the review room
takes the first.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from saunter.web.reviewer.constants import LEASE_S, REMEMBERED_MAX


@dataclass(slots=True)
class _Lease:
    reviewer: str
    began_s: float
    until_s: float


class Leases:
    """Which reviewer holds which question. Instants are seconds of a clock of the caller's. Used from several threads."""

    def __init__(self, lease_s: float = LEASE_S) -> None:
        self._lease_s = lease_s
        self._held: dict[str, _Lease] = {}
        self._answered: dict[tuple[str, str], None] = {}
        self._lock = threading.Lock()

    def take(self, question: str, reviewer: str, at_s: float) -> bool:
        """Gives a question to a reviewer, or keeps it with whoever holds it already: False where that is somebody else."""
        with self._lock:
            self._forget(at_s)
            held = self._held.get(question)
            if held is not None and held.reviewer != reviewer:
                return False
            began_s = at_s if held is None else held.began_s
            self._held[question] = _Lease(reviewer, began_s, at_s + self._lease_s)
            return True

    def release(self, question: str, reviewer: str) -> None:
        """Lets a question go; somebody else's stays where it is."""
        with self._lock:
            held = self._held.get(question)
            if held is not None and held.reviewer == reviewer:
                del self._held[question]

    def finish(self, question: str, reviewer: str) -> None:
        """Lets a question go because this reviewer has answered it: it is not handed to them again."""
        self.release(question, reviewer)
        with self._lock:
            self._answered[question, reviewer] = None
            if len(self._answered) > REMEMBERED_MAX:
                del self._answered[next(iter(self._answered))]

    def has_answered(self, question: str, reviewer: str) -> bool:
        """Whether this reviewer has answered a question, even if the shop's books do not say so yet."""
        with self._lock:
            return (question, reviewer) in self._answered

    def holder(self, question: str, at_s: float) -> str:
        """Who holds a question; empty: nobody."""
        with self._lock:
            self._forget(at_s)
            held = self._held.get(question)
            return "" if held is None else held.reviewer

    def seconds(self, question: str, reviewer: str, at_s: float) -> float:
        """How long a reviewer has been looking at a question; 0 where it is not theirs (any more)."""
        with self._lock:
            held = self._held.get(question)
            return 0.0 if held is None or held.reviewer != reviewer else max(0.0, at_s - held.began_s)

    def _forget(self, at_s: float) -> None:
        for question in [question for question, held in self._held.items() if held.until_s <= at_s]:
            del self._held[question]
