"""Baseline `competition-winner`: the method of the team that won the AutoCheckout competition of 2020 (docs/accuracy.md).

Y. Bao, X. Cao, C. Li, M. Zhang: Multi-Person Shopping (MPS) for Cashier-Less Store, Carnegie Mellon University, 2020
(unpublished). Written anew from the description of its steps and numbers; no line of theirs is in here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import erfc, sqrt
from typing import Final

import numpy as np

from saunter.apps.accuracy.baselines.engine import BaselineEngine
from saunter.apps.accuracy.baselines.movements import Carts, Movement
from saunter.apps.accuracy.baselines.whereabouts import Points, Whereabouts
from saunter.apps.accuracy.baselines.windows import WindowDetector
from saunter.base.ids import RESERVED_PARTIES
from saunter.plan import Plan

#: How the two scores of a product add up (as published).
ARRANGEMENT: Final = 0.8
WEIGHT: Final = 0.2
#: The standard deviation of an event's weight and of a product's, grams (as published).
WEIGHT_SD_G: Final = 10.0
#: A plate takes part in a take from this share of the lightest product on its shelf on (as published).
ACTIVE_SHARE: Final = 1 / 3
#: A take lighter than this share of its product is jitter, and a put-back lighter than this share of its (as published).
TAKE_SHARE: Final = 0.4
PUT_BACK_SHARE: Final = 0.75


class WinnerCashier:
    """Arrangement and weight score the products of a moving planogram; the nearest hand pays.

    Put-backs are taken out of that hand's receipt by the nearest weight, and the product then lies there too.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._weight_g = {sku: product.weight.mean_g or 0.0 for sku, product in plan.products.items()}
        self._there: dict[str, list[str]] = {plate: [] for plate in plan.plates}
        for facing in plan.facings:
            for plate in facing.plates:
                self._there[plate].append(facing.sku)

    def book(self, movement: Movement, where: Whereabouts, carts: Carts) -> None:
        """One event of a shelf; a take is first torn into pieces that lie apart by the planogram."""
        if movement.total_g > 0:
            self._book_put_back(movement, where, carts)
            return
        for part in self._split(movement):
            party = self._who(part, where)
            best = self._best(part)
            if party is not None and best is not None and abs(part.total_g) >= TAKE_SHARE * self._weight_g[best]:
                pieces = max(1, round(abs(part.total_g) / self._weight_g[best])) if self._weight_g[best] else 1
                carts.take(party, best, pieces)

    def _book_put_back(self, movement: Movement, where: Whereabouts, carts: Carts) -> None:
        party = self._who(movement, where)
        held = carts.of(party) if party is not None else {}
        options = [
            (abs(pieces * self._weight_g[sku] - movement.total_g), sku, pieces)
            for sku, quantity in held.items()
            for pieces in range(1, quantity + 1)
        ]
        if party is None or not options:
            return
        _, sku, pieces = min(options)
        if movement.total_g < PUT_BACK_SHARE * self._weight_g[sku]:
            return
        carts.put_back(party, sku, pieces)
        for plate, delta_g in zip(movement.plates, movement.delta_g, strict=True):
            if delta_g > ACTIVE_SHARE * self._weight_g[sku] and sku not in self._there[plate]:
                self._there[plate].append(sku)

    def _split(self, movement: Movement) -> Iterator[Movement]:
        """Runs of active plates of which each has a product in common with the run before it."""
        weights = [self._weight_g[sku] for sku in self._on_shelf(movement) if self._weight_g[sku] > 0]
        least_g = ACTIVE_SHARE * min(weights, default=0.0)
        groups: list[list[int]] = []
        shown: set[str] = set()
        for index, change_g in enumerate(movement.delta_g):
            if abs(change_g) < least_g:
                continue
            here = set(self._there[movement.plates[index]])
            if groups and here & shown:
                groups[-1].append(index)
                shown |= here
            else:
                groups.append([index])
                shown = here
        for group in groups:
            plates = tuple(movement.plates[index] for index in group)
            delta_g = tuple(movement.delta_g[index] for index in group)
            if sum(delta_g) < 0:
                yield replace(movement, plates=plates, delta_g=delta_g)

    def _best(self, movement: Movement) -> str | None:
        """The product with the highest score; of equal ones the first by sku. None where the shop sells nothing."""
        scores = {sku: WEIGHT * _overlap(abs(movement.total_g) - weight_g) for sku, weight_g in self._weight_g.items()}
        for plate, delta_g in zip(movement.plates, movement.delta_g, strict=True):
            for sku in self._there[plate]:
                scores[sku] += ARRANGEMENT * delta_g / movement.total_g
        return min(scores, key=lambda sku: (-scores[sku], sku), default=None)

    def _on_shelf(self, movement: Movement) -> dict[str, None]:
        return dict.fromkeys(sku for plate in self._plan.shelves[movement.shelf].plates for sku in self._there[plate])

    def _who(self, movement: Movement, where: Whereabouts) -> str | None:
        """Who was nearest, with a wrist if one was seen, to the middle of the change at its liveliest moment."""
        middle = self._middle(movement)
        near = where.nearest(movement.at, lambda points: np.asarray(np.linalg.norm(points - middle, axis=-1)))
        return None if near is None or near.party in RESERVED_PARTIES else near.party

    def _middle(self, movement: Movement) -> Points:
        """The middles of the plates, each counting by its share of the change."""
        shares = np.abs(movement.delta_g) / np.sum(np.abs(movement.delta_g))
        plates = [self._plan.plates[plate] for plate in movement.plates]
        middles = [plate.frame.apply(np.array([plate.width_m / 2, plate.depth_m / 2, 0.0])) for plate in plates]
        return np.asarray(shares @ np.array(middles))


def _overlap(apart_g: float) -> float:
    """The area common to two normal densities of WEIGHT_SD_G whose means lie so far apart: 1 for equal means."""
    return erfc(abs(apart_g) / (2 * sqrt(2) * WEIGHT_SD_G))


def winner_engine(plan: Plan) -> BaselineEngine:
    """The whole shop by the competition winner's method."""
    return BaselineEngine(plan, WindowDetector(plan), WinnerCashier(plan))
