"""What open pages are told after each turn: documents by topic, decisions at gates, and the floor as it is now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from saunter.apps.running.hub import Hub
from saunter.base.time import SECOND
from saunter.pipeline.moments import Lookback
from saunter.ports.books import Document
from saunter.ports.desk import FloorNow, Live
from saunter.ports.documents import Body
from saunter.records import SIDES, AnyRecord, EntryDecided, Interaction, PlateHealth

#: A plate that changed is shown as such for so long.
CHANGED_SHOWN: Final = 2 * SECOND
#: What is told to pages under which topic, by the kind of document.
TOPICS: Final = {
    "shop": "shop", "visit": "visits", "bill": "visits", "question": "questions", "check": "checks", "alarm": "alarms",
    "figures": "figures", "payment": "payments", "moment": "moments",
}  # fmt: skip


class Watching:
    """Tells pages. It remembers nothing that must survive: which plates changed a moment ago."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._changed: dict[str, int] = {}

    def note(self, said: Sequence[AnyRecord], plates: dict[str, str], now: int) -> None:
        """Which plates pages show as changed, frozen or silent; `plates` is that of the last two kinds."""
        for record in said:
            if isinstance(record, PlateHealth):
                plates.pop(record.plate, None)
                if record.state != "live":
                    plates[record.plate] = record.state
            elif isinstance(record, Interaction):
                self._changed |= dict.fromkeys(record.plates, now)
        self._changed = {plate: at for plate, at in self._changed.items() if at > now - CHANGED_SHOWN}

    def tell(
        self, said: Sequence[AnyRecord], documents: Sequence[Document], lookback: Lookback, plates: dict[str, str],
        party_of: Callable[[str], str],
    ) -> None:  # fmt: skip
        """Everything that is new since the last turn, to whoever looks."""
        entries = [
            Live(topic="gates", kind="EntryDecided", key=record.party, body=msgspec.json.encode(record))
            for record in said
            if isinstance(record, EntryDecided)
        ]
        told = [Live(topic=TOPICS[each.kind], kind=each.kind, body=each.body, key=each.key) for each in documents]
        self.hub.publish([*told, *_of_parties(documents), *entries, self._floor(lookback, plates, party_of)])

    def _floor(self, lookback: Lookback, plates: dict[str, str], party_of: Callable[[str], str]) -> Live:
        at, places = lookback.people_now()
        bodies = []
        for place in places:
            if place is not None:
                hands = tuple(wrist for side in SIDES if (wrist := place.arm(side)[2]) is not None)
                bodies.append(Body(party_of(place.track), round(place.x_m, 2), round(place.y_m, 2), hands))
        now = FloorNow(at=at, bodies=tuple(bodies), plates={**dict.fromkeys(self._changed, "changed"), **plates})
        return Live(topic="floor", kind="floor", body=msgspec.json.encode(now))


def _of_parties(documents: Sequence[Document]) -> list[Live]:
    """A party's own visit and bill, under its own topic."""
    return [
        Live(topic=f"party/{each.owner}", kind=each.kind, body=each.body, key=each.key)
        for each in documents
        if each.owner and each.kind in ("visit", "bill")
    ]
