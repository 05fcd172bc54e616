"""One change of weight along a shelf: which plates moved, where its centre lies, and how it splits from left to right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from saunter.plan import Plan, Plate
from saunter.records import ShelfStep
from saunter.shelves import constants as c

#: A change on a plate that is less certain than this, grams, says nothing: the plate was dead, frozen or disturbed.
UNSURE_G: Final = 100.0


@dataclass(frozen=True, slots=True)
class Part:
    """The change on one plate: grams (after minus before), its deviation, and the plate's span along the shelf in metres."""

    plate: str
    delta_g: float
    sd_g: float
    left_m: float
    right_m: float

    @property
    def centre_m(self) -> float:
        """The middle of the plate along its shelf."""
        return 0.5 * (self.left_m + self.right_m)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the weight: its grams (absolute), centre and standard deviation along the shelf, metres."""

    grams: float
    centre_m: float
    spread_m: float


@dataclass(frozen=True, slots=True)
class Movement:
    """The parts that moved, left to right, all with the sign of the whole unless `mixed`.

    `total_g` sums them; `sd_g` is the deviation of that sum from the plates' noise; `peak_g` tells of hands.
    """

    shelf: str
    parts: tuple[Part, ...]
    peak_g: float
    mixed: bool

    @property
    def total_g(self) -> float:
        """Grams after minus before over all moved plates."""
        return math.fsum(part.delta_g for part in self.parts)

    @property
    def sd_g(self) -> float:
        """Standard deviation of the total from noise alone."""
        return math.sqrt(math.fsum(part.sd_g**2 for part in self.parts))

    @property
    def main_plate(self) -> str:
        """The plate that changed most (leftmost of equals)."""
        return max(self.parts, key=lambda part: abs(part.delta_g)).plate

    def pieces(self, weights_g: Sequence[float]) -> list[Piece]:
        """Split the whole from left to right in proportion to the given weights, each piece with its place.

        Goods side by side leave side by side: the leftmost share of the weight belongs to the leftmost product.
        """
        whole = math.fsum(abs(part.delta_g) for part in self.parts)
        scale = whole / math.fsum(weights_g)
        shares = [weight * scale for weight in weights_g]
        stock = [[abs(part.delta_g), part] for part in self.parts]
        found, index = [], 0
        for number, share in enumerate(shares):
            taken: list[tuple[float, Part]] = []
            need = share
            while index < len(stock):
                left, part = stock[index]
                assert isinstance(left, float) and isinstance(part, Part)
                use = left if number == len(shares) - 1 else min(left, need)
                if use > 0:
                    taken.append((use, part))
                stock[index][0] = left - use
                need -= use
                if number < len(shares) - 1 and need <= 1e-9:
                    break
                index += 1
            found.append(_piece(taken) if taken else Piece(share, self.parts[-1].centre_m, 0.0))
        return found

    def whole(self) -> Piece:
        """Everything that moved as one piece."""
        return _piece([(abs(part.delta_g), part) for part in self.parts])


def _piece(taken: Sequence[tuple[float, Part]]) -> Piece:
    grams = math.fsum(weight for weight, _ in taken)
    centre = math.fsum(weight * part.centre_m for weight, part in taken) / grams
    variance = math.fsum(weight * (part.centre_m - centre) ** 2 for weight, part in taken) / grams
    return Piece(grams, centre, math.sqrt(variance))


def _part(plate: Plate, delta_g: float, sd_g: float) -> Part:
    return Part(plate.id, delta_g, sd_g, plate.along_m, plate.along_m + plate.width_m)


def from_step(plan: Plan, step: ShelfStep) -> list[Movement]:
    """The movements in one step of a shelf: one for each run of plates side by side that gained, or lost.

    Two hands at two places of a board in one moment are two movements, each with a place of its own.

    Plates that only bent along (less than MOVED_PART of the largest, or within their noise) are left out.
    """
    parts = [_part(plan.plates[p], d, s) for p, d, s in zip(step.plates, step.delta_g, step.sd_g, strict=True)]
    return from_parts(step.shelf, parts, step.peak_g)


def from_parts(shelf: str, parts: Sequence[Part], peak_g: float) -> list[Movement]:
    """The movements of changed plates, see `from_step`."""
    largest = max((abs(part.delta_g) for part in parts if part.sd_g < UNSURE_G), default=0.0)
    moved = [part for part in parts if abs(part.delta_g) >= max(c.MOVED_PART * largest, 3 * part.sd_g) and part.delta_g != 0]
    if not moved:
        moved = [max(parts, key=lambda part: abs(part.delta_g))]
    total = math.fsum(part.delta_g for part in moved)
    signs = {part.delta_g > 0 for part in moved}
    if len(signs) > 1 and abs(total) < 0.25 * largest:
        return [Movement(shelf, tuple(moved), peak_g, True)]
    unsure = [part for part in parts if part.sd_g >= UNSURE_G]
    return [Movement(shelf, tuple(run), peak_g, False) for run in _runs(moved, unsure)]


def _runs(parts: Sequence[Part], unsure: Sequence[Part]) -> list[list[Part]]:
    """Plates that moved the same way, side by side; a plate between of which nothing is known does not part them."""
    runs: list[list[Part]] = []
    for part in parts:
        if runs and (runs[-1][-1].delta_g > 0) == (part.delta_g > 0) and _is_beside(runs[-1][-1], part, unsure):
            runs[-1].append(part)
        else:
            runs.append([part])
    return runs


def _is_beside(left: Part, right: Part, unsure: Sequence[Part]) -> bool:
    between = sum(part.right_m - part.left_m for part in unsure if left.right_m <= part.left_m and part.right_m <= right.left_m)
    return right.left_m - left.right_m - between <= c.BESIDE_M


def joined(one: Sequence[Part], other: Sequence[Part]) -> list[Part]:
    """Two changes of one shelf after another as one change: plate by plate the sum, left to right."""
    merged = {part.plate: part for part in one}
    for part in other:
        old = merged.get(part.plate)
        delta, variance = (old.delta_g, old.sd_g**2) if old else (0.0, 0.0)
        merged[part.plate] = Part(part.plate, delta + part.delta_g, math.sqrt(variance + part.sd_g**2), part.left_m, part.right_m)
    return sorted(merged.values(), key=lambda part: part.left_m)
