"""Visitors of the demo as bodies in its pretend world: what the pages ask for, the world's guests do."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from saunter.base.errors import Refused
from saunter.ports.walking import OnShelf, Walk
from saunter.simulation import PretendShop
from saunter.simulation.crowd.guest import Guest

#: Guests inside at once. Each is a body that the world moves and the shop tracks; more would slow the demo for everybody.
GUESTS_MAX: Final = 20
#: Visits that are remembered, the gone ones first forgotten: a phone shows what its body held until it looks away.
VISITS_KEPT: Final = 100


class Guests:
    """Implements `ports.walking.Walker` over a PretendShop. Pages call it from their own threads; the world hears commands at
    any moment, so a lock is held only while bodies come and are forgotten."""

    def __init__(self, world: PretendShop) -> None:
        self._world = world
        self._guests: dict[str, Guest] = {}
        self._lock = threading.Lock()

    def stock(self) -> Sequence[OnShelf]:
        """What can be taken where."""
        return [
            OnShelf(sku=ware.sku, name=ware.name, fixture=ware.fixture, shelf=ware.shelf, pieces=ware.pieces)
            for ware in self._world.stock()
        ]

    def arrives(self, party: str, gate: str) -> None:
        """A body comes to a gate."""
        with self._lock:
            if sum(not guest.is_over for guest in self._guests.values()) >= GUESTS_MAX:
                raise Refused("Too many visitors walk in this shop already. Please try again in a few minutes.")
            guest = self._world.guest(party)
            guest.arrives(gate)
            self._guests[party] = guest
            gone = [each for each, known in self._guests.items() if known.is_over]
            for each in gone[: max(0, len(self._guests) - VISITS_KEPT)]:
                del self._guests[each]

    def takes(self, party: str, sku: str, pieces: int = 1) -> None:
        """It walks to a product and takes pieces."""
        self._guest(party).takes(sku, pieces)

    def puts_back(self, party: str, sku: str, pieces: int = 1) -> None:
        """It puts pieces back."""
        self._guest(party).puts_back(sku, pieces)

    def leaves(self, party: str) -> None:
        """It walks out."""
        self._guest(party).leaves()

    def walk(self, party: str) -> Walk | None:
        """Where a party's body is."""
        guest = self._guests.get(party)
        if guest is None:
            return None
        state = guest.state()
        return Walk(doing=state.doing, held=state.held, queued=state.queued, said=state.said)

    def _guest(self, party: str) -> Guest:
        guest = self._guests.get(party)
        if guest is None:
            raise Refused("Nobody walks for this code yet. Hold a code to the gate first.")
        return guest
