"""What could have changed: every product that could be there x how many, weighed against grams, spread and place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal

import numpy as np

from saunter.base.habits import OTHER_PRODUCT, quantity_log_prior
from saunter.base.probability import log_sum, normal_log_density, rounded
from saunter.plan import Plan
from saunter.records import Candidate, Change
from saunter.shelves import constants as c
from saunter.shelves.movement import Movement, Piece
from saunter.shelves.weights import WeightBook

_Changes = tuple[tuple[str, int], ...]
#: Log-uniform weights: the density at g grams is 1 / (g * this).
_LOG_RANGE = math.log(c.WEIGHT_G_MAX / c.WEIGHT_G_MIN)


@dataclass(frozen=True, slots=True)
class Home:
    """A facing as the room sees it: the product and its extent along the shelf, metres."""

    sku: str
    left_m: float
    right_m: float

    @property
    def centre_m(self) -> float:
        """The middle of the facing."""
        return 0.5 * (self.left_m + self.right_m)


@dataclass(frozen=True, slots=True)
class _Shelf:
    homes: tuple[Home, ...]
    length_m: float


def any_weight(grams: float) -> float:
    """Log density (per gram) of a thing of which nothing is known weighing `grams`."""
    return -math.log(max(abs(grams), c.WEIGHT_G_MIN) * _LOG_RANGE)


def place_log_density(piece: Piece, left_m: float, right_m: float, shelf_m: float) -> float:
    """Log density (per metre) of a piece's centre given that it comes from the facing between left and right."""
    outside = max(left_m - piece.centre_m, piece.centre_m - right_m, 0.0)
    width = right_m - left_m + 2.5 * c.PLACE_SD_M
    near = math.log1p(-c.STRAY_PIECE) - math.log(width) - 0.5 * (outside / c.PLACE_SD_M) ** 2
    return log_sum((near, math.log(c.STRAY_PIECE / max(shelf_m, 0.05))))


def spread_log_factor(piece: Piece) -> float:
    """Log factor for how widely the weight of one piece lay: it rests on its footprint."""
    return -0.5 * (max(0.0, piece.spread_m - c.FOOTPRINT_SD_M) / (0.5 * c.FOOTPRINT_SD_M)) ** 2


def blurred_uniform_log_density(error: float, half_width: float, sd: float) -> float | None:
    """Log density at `error` of a uniform error within +-half_width plus a normal one; None beyond five deviations."""
    if abs(error) >= half_width + 5 * sd:
        return None
    root = sd * math.sqrt(2)
    low, high = (abs(error) - half_width) / root, (abs(error) + half_width) / root
    return math.log(0.5 * (math.erfc(low) - math.erfc(high))) - math.log(2 * half_width)


class Explainer:
    """Candidates for a movement, by weight, spread and place; it knows the plan and the book of learned weights."""

    def __init__(self, plan: Plan, book: WeightBook) -> None:
        self._book = book
        self._skus = tuple(sku for sku, item in plan.products.items() if item.sold_by == "piece")
        self._shelves = {shelf: _shelf(plan, shelf) for shelf in plan.shelves}
        self._strays = _stray_log_priors(plan, self._skus)
        self._grams = np.array([plan.products[sku].weight.mean_g or np.nan for sku in self._skus])

    def explain(self, movement: Movement) -> list[Candidate]:
        """Every explanation worth keeping, likeliest first, probabilities summing to one."""
        shelf = self._shelves[movement.shelf]
        found: dict[_Changes, tuple[float, float]] = {}
        if not movement.mixed:
            for changes, likelihood, prior in self._products(movement, shelf):
                old = found.get(changes)
                if old is None or sum(old) < likelihood + prior:
                    found[changes] = (likelihood, prior)
        return _ranked(movement, found, shelf.length_m)

    def _products(self, movement: Movement, shelf: _Shelf) -> Iterator[tuple[_Changes, float, float]]:
        sign = 1 if movement.total_g < 0 else -1
        homes = [home for home in shelf.homes if _in_reach(home, movement)]
        each = -math.log(max(len(shelf.homes), 1)) if sign > 0 else math.log(c.PRIOR_HOME)
        for home, pieces in product(homes, range(1, c.PIECES_MAX + 1)):
            weighed = self._weigh(movement, ((home.sku, pieces),))
            if weighed is not None:
                prior = each + quantity_log_prior(pieces) + self._place(movement, shelf, ((home, pieces),))
                yield ((home.sku, sign * pieces),), weighed, prior
        yield from self._mixed_grabs(movement, shelf, homes, sign, each)
        for sku, pieces in self._anywhere(movement):
            weighed = self._weigh(movement, ((sku, pieces),))
            if weighed is not None:
                share = self._strays[sku] if sign > 0 else math.log((1 - c.PRIOR_HOME) / len(self._shelves))
                yield ((sku, sign * pieces),), weighed, share + quantity_log_prior(pieces) - math.log(shelf.length_m)

    def _mixed_grabs(
        self, movement: Movement, shelf: _Shelf, homes: Sequence[Home], sign: int, each: float
    ) -> Iterator[tuple[_Changes, float, float]]:
        ordered = sorted(homes, key=lambda home: (home.centre_m, home.sku))
        for number in range(2, c.PRODUCTS_MAX + 1):
            for group in combinations(ordered, number):
                if len({home.sku for home in group}) < number:
                    continue
                for counts in product(range(1, 4 - number + 1), repeat=number):
                    changed = tuple((home.sku, count) for home, count in zip(group, counts, strict=True))
                    weighed = self._weigh(movement, changed)
                    if weighed is None:
                        continue
                    prior = number * each + (number - 1) * math.log(OTHER_PRODUCT) + sum(map(quantity_log_prior, counts))
                    prior += self._place(movement, shelf, tuple(zip(group, counts, strict=True)))
                    yield tuple(sorted((sku, sign * count) for sku, count in changed)), weighed, prior

    def _place(self, movement: Movement, shelf: _Shelf, taken: Sequence[tuple[Home, int]]) -> float:
        """Log density of where the weight lay, piece by piece from left to right, each in its product's facing.

        Only the first piece's place is a free density; the first of a further product counts relative to the shelf's
        length, further pieces of one product relative to the width of its facing.
        """
        known = [self._book.piece(home.sku, movement.main_plate) for home, _ in taken]
        pieces = [
            (home, each.mean_g if each else 1.0) for each, (home, count) in zip(known, taken, strict=True) for _ in range(count)
        ]
        total = (len(taken) - 1) * math.log(shelf.length_m)
        total += sum((count - 1) * math.log(home.right_m - home.left_m + 2.5 * c.PLACE_SD_M) for home, count in taken)
        for (home, _), piece in zip(pieces, movement.pieces([grams for _, grams in pieces]), strict=True):
            total += place_log_density(piece, home.left_m, home.right_m, shelf.length_m) + spread_log_factor(piece)
        return total

    def _weigh(self, movement: Movement, changed: Sequence[tuple[str, int]]) -> float | None:
        """Log density of the total grams given the changes; None when it is out of the question."""
        mean = variance = 0.0
        unknown = False
        for sku, count in changed:
            piece = self._book.piece(sku, movement.main_plate)
            if piece is None:
                unknown = True
                continue
            grams, sd = piece.of(count)
            mean, variance = mean + grams, variance + sd**2
        whole = abs(movement.total_g)
        single = len(changed) == 1 and changed[0][1] == 1
        if unknown:
            return any_weight(whole) if single else None
        blur = movement.sd_g**2 + (c.LEAK * whole) ** 2
        fits = self._fits(movement, changed[0], whole, blur) if len(changed) == 1 else None
        if len(changed) > 1 and abs(whole - mean) < 5 * math.sqrt(variance + blur):
            fits = math.log1p(-c.WRONG_ENTRY) + normal_log_density(whole - mean, math.sqrt(variance + blur))
        if single and mean / c.WRONG_FACTOR < whole < mean * c.WRONG_FACTOR:
            chance = c.WRONG_SINCE if self._book.is_known(changed[0][0]) else c.WRONG_ENTRY
            wrong = math.log(chance) - math.log(whole * 2 * math.log(c.WRONG_FACTOR))
            return wrong if fits is None else log_sum((fits, wrong))
        return fits

    def _fits(self, movement: Movement, changed: tuple[str, int], whole: float, blur: float) -> float | None:
        """Log density of the grams of one product, its catalogue entry being about right; None when out of the question."""
        piece = self._book.piece(changed[0], movement.main_plate)
        assert piece is not None
        mean, sd = piece.of(changed[1])
        right = math.log1p(-c.WRONG_ENTRY)
        if piece.half_width == 0.0:
            sd = math.hypot(sd, math.sqrt(blur))
            return right + normal_log_density(whole - mean, sd) if abs(whole - mean) < 5 * sd else None
        sd = math.sqrt(mean**2 * (piece.gain**2 + piece.own**2 / changed[1]) + blur)
        density = blurred_uniform_log_density(whole - mean, piece.half_width * mean, sd)
        return None if density is None else right + density

    def _anywhere(self, movement: Movement) -> list[tuple[str, int]]:
        """Products of the whole catalogue whose weight fits, with how many of them, best first and bounded."""
        whole = abs(movement.total_g)
        found: list[tuple[float, str, int]] = []
        for pieces in (1, 2, 3):
            with np.errstate(invalid="ignore"):
                off = np.abs(pieces * self._grams - whole) / np.maximum(0.07 * whole + movement.sd_g, 0.5)
                close = np.flatnonzero(off < 3.5)
            found.extend((float(off[index]) + pieces, self._skus[index], pieces) for index in close.tolist())
        found.sort()
        return [(sku, pieces) for _, sku, pieces in found[:60]]


def _touch_log_density(grams: float, sd_g: float) -> float:
    soft = math.log1p(-c.HARD_TOUCH) + normal_log_density(grams, sd_g)
    hard = math.log(c.HARD_TOUCH) + normal_log_density(grams, c.HARD_FACTOR * sd_g)
    return log_sum((soft, hard))


def _stray_log_priors(plan: Plan, skus: Sequence[str]) -> dict[str, float]:
    """Log prior of each product being what lies misplaced somewhere: goods on show, and rarely others."""
    faced = {facing.sku for facing in plan.facings}
    weights = {sku: 1.0 if sku in faced else c.UNFACED for sku in skus}
    total = math.fsum(weights.values())
    return {sku: math.log(c.PRIOR_ELSEWHERE * weight / total) for sku, weight in weights.items()}


def _shelf(plan: Plan, shelf: str) -> _Shelf:
    homes = []
    for facing in plan.facings_by_shelf[shelf]:
        plates = [plan.plates[plate] for plate in facing.plates]
        if plan.products[facing.sku].sold_by == "piece":
            homes.append(Home(facing.sku, min(p.along_m for p in plates), max(p.along_m + p.width_m for p in plates)))
    ends = [plan.plates[plate] for plate in plan.shelves[shelf].plates]
    length = max((p.along_m + p.width_m for p in ends), default=1.0) - min((p.along_m for p in ends), default=0.0)
    return _Shelf(tuple(homes), max(length, 0.05))


def _in_reach(home: Home, movement: Movement) -> bool:
    margin = 5 * c.PLACE_SD_M
    return home.left_m - margin <= movement.parts[-1].right_m and movement.parts[0].left_m <= home.right_m + margin


Action = Literal["taken", "put back", "touched", "unknown", "passing"]
_Scored = tuple[Action, _Changes, float, float]


def _ranked(
    movement: Movement, found: dict[tuple[tuple[str, int], ...], tuple[float, float]], length_m: float
) -> list[Candidate]:
    action: Action = "taken" if movement.total_g < 0 else "put back"
    kept = sorted(found.items(), key=lambda item: (-sum(item[1]), item[0]))[: c.CANDIDATES_MAX]
    scored = _without_change(movement, length_m)
    scored += [(action, changes, likelihood, prior) for changes, (likelihood, prior) in kept]
    norm = log_sum(likelihood + prior for _, _, likelihood, prior in scored)
    candidates = [_candidate(each, norm) for each in scored if not each[1] or each[2] + each[3] - norm > -c.NATS_DROPPED]
    return sorted(candidates, key=lambda item: -item.probability)


def _without_change(movement: Movement, length_m: float) -> list[_Scored]:
    """Explanations in which no product changed: a touch, a strange thing, a load that goes again."""
    total, uniform = movement.total_g, -math.log(length_m)
    spread = math.sqrt(movement.sd_g**2 + c.TOUCH_SD_G**2 + (c.TOUCH_PEAK_PART * movement.peak_g) ** 2)
    scored: list[_Scored] = [
        ("touched", (), _touch_log_density(total, spread), math.log(c.PRIOR_TOUCHED) + uniform),
        ("unknown", (), any_weight(total), math.log(c.PRIOR_UNKNOWN) + uniform),
    ]
    if abs(total) > c.PASSING_SIGMAS * spread:
        scored.append(("passing", (), any_weight(total), math.log(c.PRIOR_PASSING) + uniform))
    return scored


def _candidate(scored: _Scored, norm: float) -> Candidate:
    action, changes, likelihood, prior = scored
    return Candidate(
        action=action,
        changes=tuple(Change(sku=sku, quantity=count) for sku, count in changes),
        probability=rounded(math.exp(likelihood + prior - norm)),
        log_likelihood=round(likelihood, 6),
        log_prior=round(prior, 6),
    )
