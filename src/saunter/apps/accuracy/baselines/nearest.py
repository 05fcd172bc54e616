"""Baseline `nearest`: each weight event by itself goes to the nearest person, as the product there of the nearest weight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from saunter.apps.accuracy.baselines.engine import BaselineEngine
from saunter.apps.accuracy.baselines.movements import Carts, Movement
from saunter.apps.accuracy.baselines.steps import StepDetector
from saunter.apps.accuracy.baselines.whereabouts import Points, Whereabouts
from saunter.base.geometry import box_distance
from saunter.base.ids import RESERVED_PARTIES
from saunter.plan import Plan

#: At most this many pieces go at once: nobody carries more of one product in two hands.
PIECES_MAX: Final = 6
#: A hand reaches into the space above a plate up to this height, metres, where the shelf above leaves it.
GRIP_M: Final = 0.3
#: A change of less than this share of the nearest explanation's weight was a touch, not goods.
TOUCH_SHARE: Final = 0.5


class NearestCashier:
    """Nearest wrist to the plates, nearest weight among what the planogram shows there. A put-back is the nearest weight in
    that person's cart; one that fits nothing in the cart is somebody else's misplaced goods, and changes no bill."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._there: dict[str, tuple[str, ...]] = {}
        for facing in plan.facings:
            for plate in facing.plates:
                self._there[plate] = (*self._there.get(plate, ()), facing.sku)

    def book(self, movement: Movement, where: Whereabouts, carts: Carts) -> None:
        """One event, decided at once."""
        near = where.nearest(movement.at, lambda points: self._distance_m(points, movement))
        if near is None or near.party in RESERVED_PARTIES:
            return
        taken = movement.total_g < 0
        skus = self._at(movement) if taken else tuple(sorted(carts.of(near.party)))
        best = self._explained(abs(movement.total_g), skus)
        if best is None:
            return
        sku, quantity = best
        if taken:
            carts.take(near.party, sku, quantity)
        else:
            carts.put_back(near.party, sku, min(quantity, carts.of(near.party)[sku]))

    def _explained(self, grams: float, skus: Iterable[str]) -> tuple[str, int] | None:
        """The product and number of pieces of the nearest weight; None where that would be less than half there."""
        options = [
            (abs(quantity * weight_g - grams), quantity, sku, quantity * weight_g)
            for sku in skus
            if (weight_g := self._plan.products[sku].weight.mean_g or 0.0) > 0
            for quantity in range(1, PIECES_MAX + 1)
        ]
        if not options:
            return None
        _, quantity, sku, whole_g = min(options)
        return None if grams < TOUCH_SHARE * whole_g else (sku, quantity)

    def _at(self, movement: Movement) -> tuple[str, ...]:
        """What the planogram shows on the plates that moved; on their whole shelf where it shows nothing there."""
        here = dict.fromkeys(sku for plate in movement.plates for sku in self._there.get(plate, ()))
        return tuple(here) or tuple(facing.sku for facing in self._plan.facings_by_shelf[movement.shelf])

    def _distance_m(self, points: Points, movement: Movement) -> Points:
        distances = []
        for name in movement.plates:
            plate = self._plan.plates[name]
            high = np.array([plate.width_m, plate.depth_m, min(plate.clearance_m, GRIP_M)])
            distances.append(box_distance(points, plate.frame, np.zeros(3), high))
        return np.asarray(np.min(distances, axis=0))


def nearest_engine(plan: Plan) -> BaselineEngine:
    """The whole shop by nearest person and nearest weight."""
    return BaselineEngine(plan, StepDetector(plan), NearestCashier(plan))
