"""What brings readings to a running shop: sensors, a recording at its pace, or the pretend world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from saunter.records import AnyRecord


class Source(Protocol):
    """Readings as they arrive. The running loop asks again and again; nothing is pushed, so a slow shop slows its source."""

    def until(self, now: int) -> Sequence[AnyRecord]:
        """Everything that arrived up to `now` (ns UTC, the shop's clock) and was not handed out yet, in order of arrival.

        Truth may be among it: it goes to pretend reviewers and to scores, never to the shop.
        """

    def hear(self, records: Sequence[AnyRecord]) -> None:
        """What the shop said, in order: a pretend world answers (a gate opens, a reviewer looks); a recording does nothing."""

    def is_over(self) -> bool:
        """Nothing will ever come any more."""
