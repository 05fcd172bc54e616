"""What the detectors of the baselines hand on, and the carts that their cashiers keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from saunter.apps.accuracy.baselines.whereabouts import Whereabouts
from saunter.records import WeightBlock

Pieces = dict[str, int]


@dataclass(frozen=True, slots=True)
class Movement:
    """The weight on plates of one shelf changed. `plates` and `delta_g` run in parallel (negative: something left).

    `at` (ns UTC) is when the change was quickest: somebody's hand was there then.
    """

    at: int
    shelf: str
    plates: tuple[str, ...]
    delta_g: tuple[float, ...]

    @property
    def total_g(self) -> float:
        """The change over all its plates."""
        return sum(self.delta_g)


@dataclass
class Carts:
    """What each party holds by a baseline's reckoning: pieces by sku."""

    held: dict[str, Pieces] = field(default_factory=dict)

    def of(self, party: str) -> Pieces:
        """The cart of a party; changing it changes the cart."""
        return self.held.setdefault(party, {})

    def take(self, party: str, sku: str, quantity: int) -> None:
        """Pieces come into a cart."""
        cart = self.of(party)
        cart[sku] = cart.get(sku, 0) + quantity

    def put_back(self, party: str, sku: str, quantity: int) -> None:
        """Pieces leave a cart; never more than it holds."""
        cart = self.of(party)
        cart[sku] = cart.get(sku, 0) - quantity
        if cart[sku] <= 0:
            del cart[sku]


class Detector(Protocol):
    """Finds movements in weights."""

    def weigh(self, block: WeightBlock) -> Sequence[Movement]:
        """The movements that ended within this block."""


class Cashier(Protocol):
    """Decides who did a movement and what it was, at once and for good."""

    def book(self, movement: Movement, where: Whereabouts, carts: Carts) -> None:
        """Change the cart of whoever did it."""
