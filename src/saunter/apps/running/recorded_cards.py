"""Cards for the people of a recording: whoever passes the gate inwards shows one shortly before, as at a shop's terminal.

A recording tells what sensors saw, and seldom how anybody meant to pay. With the pretend provider beside the shop everybody in
it gets a made-up card, so that holds, captures and receipts are those of a shop that trades."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from saunter.base.ids import RESERVED_PARTIES
from saunter.base.time import SECOND
from saunter.ports.sources import Source
from saunter.records import PURPOSES, AnyRecord, CardPresented, Envelope, GatePass, StoreChanged

STREAM: Final = "gate/recorded-cards"
NOTICE: Final = "recorded"
#: A card is shown so long before its party passes: a terminal and a provider answer within a second or two.
SHOWN_BEFORE: Final = 3 * SECOND
#: Whatever the shop said of itself, it is open so long after the recording began (see opening.OPENING_WITHIN): after a restart
#: nobody says again that it opened.
OPEN_WITHIN: Final = 20 * SECOND


class RecordedCards:
    """A source with a card for every party of another source. Cards wait until the shop is open. Memory holds what the other
    source says within SHOWN_BEFORE, and the names of its parties.

    Staff and nobody in particular get none.
    """

    def __init__(self, source: Source, store: str, first: int) -> None:
        self._source, self._store, self._first = source, store, first
        self._ahead: deque[AnyRecord] = deque()
        self._waiting: deque[GatePass] = deque()
        self._known: set[str] = set(RESERVED_PARTIES)
        self._shown = 0
        self._is_open = False

    def until(self, now: int) -> Sequence[AnyRecord]:
        """Everything that arrived up to now, and the cards of those who are about to come in."""
        for record in self._source.until(now + SHOWN_BEFORE):
            self._ahead.append(record)
            if isinstance(record, GatePass) and record.direction == "in" and not record.staff and record.party:
                self._comes(record)
        found: list[AnyRecord] = []
        if self._is_open or now >= self._first + OPEN_WITHIN:
            found += [self._card(each, now) for each in self._waiting]
            self._waiting.clear()
        while self._ahead and self._ahead[0].envelope.arrived <= now:
            found.append(self._ahead.popleft())
        return found

    def hear(self, records: Sequence[AnyRecord]) -> None:
        """Whether the shop is open."""
        for record in records:
            if isinstance(record, StoreChanged):
                self._is_open = record.state in ("open", "degraded")
        self._source.hear(records)

    def is_over(self) -> bool:
        """Whether all of it was handed out."""
        return self._source.is_over() and not self._ahead and not self._waiting

    def _comes(self, record: GatePass) -> None:
        if record.party not in self._known:
            self._known.add(record.party)
            self._waiting.append(record)

    def _card(self, record: GatePass, now: int) -> CardPresented:
        envelope = Envelope(store=self._store, stream=STREAM, sequence=self._shown, happened=now, arrived=now)
        self._shown += 1
        return CardPresented(
            envelope=envelope, gate=record.gate, party=record.party, method=f"card-{record.party}", people=record.people,
            purposes=PURPOSES, notice=NOTICE,
        )  # fmt: skip
