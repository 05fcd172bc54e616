"""What the gates decided last, from the journal: read once, then only what is new."""

from __future__ import annotations

import threading
from collections import deque

import msgspec

from saunter.ports.books import Books
from saunter.records import EntryDecided
from saunter.web.store.constants import GATE_EVENTS_MAX


class GateEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A decision at a gate, in words for staff. `kind`: admitted, denied or authorising."""

    at: int
    gate: str
    party: str
    kind: str
    words: str


class GateLog:
    """The last decisions at the gates, newest first. Used from several threads."""

    def __init__(self) -> None:
        self._read_to = 0
        self._last: deque[GateEvent] = deque(maxlen=GATE_EVENTS_MAX)
        self._lock = threading.Lock()

    def last(self, books: Books) -> tuple[GateEvent, ...]:
        """The newest decisions."""
        with self._lock:
            for number, record in books.records(self._read_to, ("EntryDecided",)):
                self._read_to = number
                if isinstance(record, EntryDecided):
                    self._keep(_event(record))
            return tuple(self._last)

    def _keep(self, event: GateEvent) -> None:
        """What became of asking the payment provider takes the place of the asking."""
        asking = next((each for each in self._last if each.party == event.party and each.kind == "authorising"), None)
        if asking is not None and event.party:
            self._last.remove(asking)
        self._last.appendleft(event)


def _event(decided: EntryDecided) -> GateEvent:
    words = {"admitted": "let in", "denied": f"kept shut: {decided.reason}", "authorising": "asking the payment provider"}
    return GateEvent(
        at=decided.happened, gate=decided.gate, party=decided.party, kind=decided.outcome, words=words[decided.outcome]
    )
