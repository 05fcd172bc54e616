"""A body in the pretend shop that a visitor of the demo steers from the phone. A real shop has none: people bring their own.

What is in here is the pretend world's own knowledge. The shop never hears of it; it sees readings alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

#: What a steered body can be doing. "outside": it has not come yet; "turned away": the gate stayed shut.
Doing = Literal["outside", "at the gate", "waiting", "taking", "putting back", "leaving", "gone", "turned away"]
#: Doings after which a body is never seen again.
OVER: tuple[Doing, ...] = ("gone", "turned away")


class OnShelf(msgspec.Struct, frozen=True, kw_only=True):
    """A product that can be taken: `pieces` of it lie in the shop now, most of them on `shelf` of `fixture`."""

    sku: str
    name: str
    fixture: str
    shelf: str
    pieces: int


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """Where a steered body is. `held` {sku: pieces} is what it truly holds, `queued` how many commands wait for the present
    one, `said` how the last command ended, if not as wished; empty: nothing to say."""

    doing: Doing
    held: dict[str, int]
    queued: int
    said: str


class Walker(Protocol):
    """Steers bodies by their parties. Commands are carried out one after the other; one that can never be carried out raises
    Refused, with the reason, and changes nothing. All of it may be called from any thread."""

    def stock(self) -> Sequence[OnShelf]:
        """What can be taken where, in the order of the shelves."""

    def arrives(self, party: str, gate: str) -> None:
        """A body comes to a gate, and walks in as soon as the shop opens it for its party."""

    def takes(self, party: str, sku: str, pieces: int = 1) -> None:
        """It walks to where a product lies and takes pieces."""

    def puts_back(self, party: str, sku: str, pieces: int = 1) -> None:
        """It puts pieces that it holds back where they belong."""

    def leaves(self, party: str) -> None:
        """It walks out, once everything before that is done."""

    def walk(self, party: str) -> Walk | None:
        """Where a party's body is; None: it never came, or was forgotten long after it left."""
