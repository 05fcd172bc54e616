"""Forgetting what is over: when each thing was last heard of, and which ids are used up for good."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from typing import Final

import msgspec

from saunter.base.time import HOUR

#: Days beyond the days for disputes that what is over is remembered: the answer to a dispute of the last moment comes within
#: two days, and what a provider tells late within a week.
MARGIN_DAYS: Final = 7
#: Bytes that remain of an id that is used up. Of a million of them, one in 280 million fresh ids is taken for a used one, and
#: that costs its bearer a new key; a used one is never taken for fresh.
MARK_BYTES: Final = 6
#: No instant is earlier: the time before the first tick.
_BEGINNING: Final = -(2**63)


def remembered_for(dispute_days: int) -> int:
    """How long after the last word about it something that is over is remembered, in ns."""
    return (dispute_days + MARGIN_DAYS) * 24 * HOUR


class LastHeard(msgspec.Struct, kw_only=True):
    """When each of some things was last heard of, oldest first, by the clock of ticks: `now` is the last one (ns UTC)."""

    now: int = _BEGINNING
    at: dict[str, int] = {}

    def hears(self, name: str) -> None:
        """Something was just heard of: it is the newest."""
        self.at.pop(name, None)
        self.at[name] = self.now

    def passes(self, to: int, kept: int) -> list[str]:
        """A tick begins: what was silent for `kept` ns by the tick before is taken off and told, the oldest first.

        Everything that followed from that tick has been heard by now, however far time leapt. No more is looked at than is told.
        What was heard before the first tick counts as heard at it.
        """
        found: list[str] = []
        for name, at in self.at.items():
            if at + kept > self.now:
                break
            found.append(name)
        for name in found:
            del self.at[name]
        self.at = self.at if self.now > _BEGINNING else dict.fromkeys(self.at, to)
        self.now = max(self.now, to)
        return found


class UsedUp(msgspec.Struct, kw_only=True):
    """Ids that are used up for good. `MARK_BYTES` of each are kept, sorted: eight characters of a snapshot."""

    marks: bytes = b""

    def add(self, name: str) -> None:
        """An id is used up from now on."""
        place, mark = self._place(name), _mark(name)
        if self.marks[place : place + MARK_BYTES] != mark:
            self.marks = self.marks[:place] + mark + self.marks[place:]

    def __contains__(self, name: str) -> bool:
        place = self._place(name)
        return self.marks[place : place + MARK_BYTES] == _mark(name)

    def __len__(self) -> int:
        return len(self.marks) // MARK_BYTES

    def _place(self, name: str) -> int:
        """Where the mark of an id stands, or would stand."""
        found = bisect_left(range(len(self)), _mark(name), key=self._number)
        return found * MARK_BYTES

    def _number(self, number: int) -> bytes:
        return self.marks[number * MARK_BYTES : (number + 1) * MARK_BYTES]


def _mark(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=MARK_BYTES).digest()
