"""What each product really weighs on each plate: the catalogue's word, corrected by what was seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

from saunter.plan import Plan, Product
from saunter.shelves import constants as c


@dataclass(slots=True)
class _Ratio:
    """A normal belief about a factor near 1: its mean and variance."""

    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class PieceWeight:
    """One piece of a product on a plate: mean grams, and the relative standard deviations of what all pieces share
    (catalogue, gain) and of what each piece has of its own.

    While nothing of the product was weighed, its catalogue entry is anywhere within `half_width` (relative) of the truth,
    and `gain` is what remains of `shared`; afterwards `half_width` is 0.
    """

    mean_g: float
    shared: float
    own: float
    half_width: float = 0.0
    gain: float = 0.0

    def of(self, pieces: int) -> tuple[float, float]:
        """Mean and standard deviation in grams of `pieces` pieces together."""
        relative = math.sqrt(self.shared**2 + self.own**2 / pieces)
        return pieces * self.mean_g, pieces * self.mean_g * relative


class WeightBook:
    """Weights by product and plate. Learned ratios: catalogue error by product, gain error by product and plate.

    A product of unknown weight has no entry until a first sure sighting gives it one.
    """

    def __init__(self, plan: Plan) -> None:
        self._catalogue: dict[str, float] = {
            sku: product.weight.mean_g for sku, product in plan.products.items() if product.weight.mean_g
        }
        self._own = {sku: _own_part(product) for sku, product in plan.products.items()}
        self._entry: dict[str, _Ratio] = {}
        self._plate: dict[tuple[str, str], _Ratio] = {}
        self._strange: dict[str, float] = {}
        self._seen: set[str] = set()

    def piece(self, sku: str, plate: str) -> PieceWeight | None:
        """What a piece of `sku` weighs on `plate`; None while nothing is known."""
        catalogue = self._catalogue.get(sku)
        if catalogue is None:
            return None
        entry = self._entry.get(sku)
        gain = self._plate.get((sku, plate))
        mean = (entry.mean if entry else 1.0) + (gain.mean if gain else 0.0)
        variance = (entry.variance if entry else c.CATALOGUE_ERROR**2) + (gain.variance if gain else c.GAIN_ERROR**2)
        if entry is None:
            return PieceWeight(catalogue * mean, math.sqrt(variance), self._own[sku], c.CATALOGUE_MAX, c.GAIN_ERROR)
        return PieceWeight(catalogue * mean, math.sqrt(variance), self._own[sku])

    def is_known(self, sku: str) -> bool:
        """Whether a piece of `sku` was surely weighed before: its entry cannot be plainly wrong any more."""
        return sku in self._seen

    def learn(self, sku: str, plate: str, pieces: int, grams: float, sd_g: float, probability: float) -> None:
        """Take in that `pieces` of `sku` weighed `grams` on `plate`, as far as that is believed.

        A weight more than FAR_OFF deviations off, believed all the same, is remembered; a second one that agrees with it means
        a wrong entry, and the product starts anew from there. One alone may be a mistake of the belief.
        """
        each = grams / pieces
        known = self.piece(sku, plate)
        if known is None:
            self._begin(sku, each, probability)
            return
        if abs(each - known.mean_g) > c.FAR_OFF * known.mean_g * math.hypot(known.shared, known.own):
            self._suspect(sku, each, probability)
            return
        if probability < 0.5:
            return
        if pieces == 1 and probability > c.SURE:
            self._seen.add(sku)
        catalogue = self._catalogue[sku]
        noise = ((sd_g / (pieces * catalogue)) ** 2 + self._own[sku] ** 2 / pieces + c.LEAK**2) / probability**2
        entry = self._entry.setdefault(sku, _Ratio(1.0, c.CATALOGUE_ERROR**2))
        gain = self._plate.setdefault((sku, plate), _Ratio(0.0, c.GAIN_ERROR**2))
        surprise = each / catalogue - entry.mean - gain.mean
        total = entry.variance + gain.variance + noise
        for ratio in (entry, gain):
            part = ratio.variance / total
            ratio.mean += part * surprise
            ratio.variance *= 1 - part

    def _suspect(self, sku: str, each: float, probability: float) -> None:
        if probability <= c.SURE:
            return
        earlier = self._strange.get(sku)
        if earlier is not None and abs(each - earlier) <= c.FAR_OFF * earlier * math.hypot(c.GAIN_ERROR, c.PIECE_ERROR):
            self._begin(sku, 0.5 * (each + earlier), probability)
        else:
            self._strange[sku] = each

    def _begin(self, sku: str, each: float, probability: float) -> None:
        """The product weighs what was weighed, but for gain and variation."""
        if probability <= c.SURE:
            return
        self._strange.pop(sku, None)
        self._catalogue[sku] = each
        self._entry[sku] = _Ratio(1.0, c.GAIN_ERROR**2 + c.PIECE_ERROR**2)
        self._plate = {key: ratio for key, ratio in self._plate.items() if key[0] != sku}


def _own_part(product: Product) -> float:
    weight = product.weight
    if weight.mean_g and weight.sd_g is not None:
        return max(weight.sd_g / weight.mean_g, 0.002)
    return c.PIECE_ERROR
