"""What stands on the shelves, piece by piece: where it lies, how wide it is, what it weighs, which plates feel it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from saunter.base.geometry import Array
from saunter.base.randomness import generator
from saunter.plan import Facing, Plan, Plate, Product
from saunter.simulation import table
from saunter.simulation.table import Preset


@dataclass(frozen=True, slots=True)
class Goods:
    """One product as it really is: true mean weight and spread in grams, width and depth of a piece in metres."""

    sku: str
    weight_g: float
    sd_g: float
    width_m: float
    depth_m: float


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing on a shelf. Its middle lies `along_m` along the shelf and `behind_m` from the front edge; row 0 is in front."""

    number: int
    goods: Goods
    weight_g: float
    shelf: str
    along_m: float
    behind_m: float
    row: int


class Stock:
    """All pieces of the shop, and the true weight of every product (the catalogue lies, by the preset's error)."""

    def __init__(self, plan: Plan, preset: Preset, weights_g: dict[str, float], seed: int) -> None:
        self._plan = plan
        self._dice = generator(seed, "pieces")
        self._goods = {sku: _goods(product, preset, weights_g.get(sku), seed) for sku, product in plan.products.items()}
        self._pieces: dict[int, Piece] = {}
        self._by_sku: dict[str, list[int]] = {sku: [] for sku in plan.products}
        self._made = 0
        self._facings: dict[str, list[Facing]] = {}
        for facing in plan.facings:
            self._facings.setdefault(facing.sku, []).append(facing)
            self._fill(facing)

    def pieces(self) -> list[Piece]:
        """Everything that lies on the shelves now."""
        return list(self._pieces.values())

    def goods(self, sku: str) -> Goods:
        """The product as it really is."""
        return self._goods[sku]

    def left(self, sku: str) -> int:
        """How many pieces of a product lie anywhere in the shop."""
        return len(self._by_sku[sku])

    def of(self, sku: str) -> list[Piece]:
        """The pieces of a product that lie anywhere in the shop."""
        return [self._pieces[number] for number in self._by_sku[sku]]

    def lying(self, number: int) -> Piece | None:
        """A piece as it lies now; None: it lies nowhere."""
        return self._pieces.get(number)

    def plate_under(self, piece: Piece) -> str:
        """The plate nearest to a lying piece's middle."""
        plates = [self._plan.plates[plate] for plate in self._plan.shelves[piece.shelf].plates]
        return min(plates, key=lambda plate: abs(plate.along_m + plate.width_m / 2 - piece.along_m)).id

    def home(self, sku: str) -> tuple[str, ...]:
        """The plates where a product belongs (its first facing); empty when the planogram does not know."""
        facings = self._facings.get(sku, ())
        return facings[0].plates if facings else ()

    def new(self, sku: str) -> Piece:
        """A fresh piece that lies nowhere yet."""
        goods = self._goods[sku]
        weight_g = max(1.0, self._dice.normal(goods.weight_g, goods.sd_g))
        self._made += 1
        return Piece(self._made, goods, float(weight_g), "", 0.0, 0.0, 0)

    def take(self, sku: str, quantity: int, plates: tuple[str, ...], dice: np.random.Generator) -> list[Piece]:
        """Lifts pieces: from `plates`, best covering them all; or from where the product belongs; front rows first.

        Raises LookupError, in words, when there are not enough; nothing is lifted then.
        """
        standing = [self._pieces[number] for number in self._by_sku[sku]]
        standing = [standing[i] for i in dice.permutation(len(standing))]
        chosen = self._on(standing, plates) if plates else self._at_home(standing)
        if len(chosen) < quantity:
            where = f"on {' '.join(plates)}" if plates else "in the shop"
            raise LookupError(f"there are {len(chosen)} {sku} {where}, not {quantity}")
        first = chosen[0]
        nearest = sorted(
            chosen[1:], key=lambda piece: (piece.shelf != first.shelf, abs(piece.along_m - first.along_m) + 0.1 * piece.row)
        )
        taken = [first, *nearest[: quantity - 1]]
        for piece in taken:
            del self._pieces[piece.number]
            self._by_sku[sku].remove(piece.number)
        return taken

    def put(self, piece: Piece, plates: tuple[str, ...], dice: np.random.Generator) -> Piece:
        """Sets a piece down over the middle of `plates` (one: somewhere on it), in front; returns it as it lies."""
        first, last = self._plan.plates[plates[0]], self._plan.plates[plates[-1]]
        left_m, right_m = first.along_m, last.along_m + last.width_m
        room_m = max(0.0, (right_m - left_m) - piece.goods.width_m) if len(plates) == 1 else 0.0
        along_m = (left_m + right_m) / 2 + float(dice.uniform(-0.5, 0.5)) * room_m
        along_m += float(dice.normal(0.0, table.PLACEMENT_SD_SHARE)) * piece.goods.width_m * (len(plates) == 1)
        lying = Piece(piece.number, piece.goods, piece.weight_g, first.shelf, along_m, piece.goods.depth_m / 2, 0)
        return self._laid(lying)

    def shares(self, piece: Piece) -> Array:
        """How a piece's weight presses on the plates of its shelf, left to right: shares (plates,), sum 1, leaks included."""
        return footprint(self._plan, piece.shelf, piece.along_m, piece.goods.width_m)

    def _laid(self, piece: Piece) -> Piece:
        self._pieces[piece.number] = piece
        self._by_sku[piece.goods.sku].append(piece.number)
        return piece

    def _fill(self, facing: Facing) -> None:
        goods, plates = self._goods[facing.sku], [self._plan.plates[plate] for plate in facing.plates]
        left_m, width_m = plates[0].along_m, plates[-1].along_m + plates[-1].width_m - plates[0].along_m
        columns = max(1, int(width_m / (goods.width_m * 1.05)))
        rows = max(1, min(table.ROWS_MAX, int(plates[0].depth_m / (goods.depth_m * 1.05))))
        for row in range(rows):
            for column in range(columns):
                off_m = float(self._dice.normal(0.0, table.PLACEMENT_SD_SHARE)) * goods.width_m
                along_m = left_m + (column + 0.5) * width_m / columns + off_m
                new = self.new(facing.sku)
                behind_m = (row + 0.5) * goods.depth_m * 1.05
                self._laid(Piece(new.number, goods, new.weight_g, plates[0].shelf, along_m, behind_m, row))

    def _on(self, pieces: list[Piece], plates: tuple[str, ...]) -> list[Piece]:
        shelf = self._plan.shelves[self._plan.plates[plates[0]].shelf]
        columns = [shelf.plates.index(plate) for plate in plates if plate in shelf.plates]
        room_m = sum(self._plan.plates[plate].width_m for plate in plates)
        scored = []
        for piece in pieces:
            if piece.shelf == shelf.id:
                shares = self.shares(piece)[columns]
                if float(shares.sum()) > 0.5 * min(1.0, room_m / piece.goods.width_m):
                    scored.append((piece.row, -round(float(shares.min()), 1), piece))
        return [piece for _, _, piece in sorted(scored, key=lambda item: item[:2])]

    def _at_home(self, pieces: list[Piece]) -> list[Piece]:
        return sorted(pieces, key=lambda piece: (not self._lies_at_home(piece), piece.row))

    def _lies_at_home(self, piece: Piece) -> bool:
        for facing in self._facings.get(piece.goods.sku, ()):
            first, last = self._plan.plates[facing.plates[0]], self._plan.plates[facing.plates[-1]]
            if first.shelf == piece.shelf and first.along_m <= piece.along_m <= last.along_m + last.width_m:
                return True
        return False


def footprint(plan: Plan, shelf: str, along_m: float, width_m: float) -> Array:
    """Shares (plates of the shelf,) of a load `width_m` wide around `along_m`: overlap, then the leak to neighbours; sum 1."""
    plates = [plan.plates[plate] for plate in plan.shelves[shelf].plates]
    overlap = np.array([_overlap_m(plate, along_m, width_m) for plate in plates])
    if overlap.sum() <= 0:
        nearest = min(range(len(plates)), key=lambda i: abs(plates[i].along_m + plates[i].width_m / 2 - along_m))
        overlap[nearest] = 1.0
    shares: Array = leaks(shelf, len(plates)) @ (overlap / overlap.sum())
    return shares


@cache
def leaks(shelf: str, plates: int) -> Array:
    """How weight on one plate of a shelf is felt by all: (plates, plates), columns sum to 1. It is the steel's, not a seed's."""
    leak = generator(0, "leak", shelf).uniform(*table.LEAK, size=plates)
    mixing = np.zeros((plates, plates))
    for near in range(1, min(table.LEAK_REACH, plates - 1) + 1):
        for column in range(plates):
            for row in (column - near, column + near):
                if 0 <= row < plates:
                    mixing[row, column] = leak[column] * table.LEAK_FALL ** (near - 1)
    whole: Array = mixing + np.diag(1.0 - mixing.sum(axis=0))
    return whole


def _overlap_m(plate: Plate, along_m: float, width_m: float) -> float:
    left, right = along_m - width_m / 2, along_m + width_m / 2
    return max(0.0, min(right, plate.along_m + plate.width_m) - max(left, plate.along_m))


def _goods(product: Product, preset: Preset, stated_g: float | None, seed: int) -> Goods:
    dice = generator(seed, "goods", product.sku)
    error = float(np.clip(dice.normal(0.0, preset.catalogue_sd), -preset.catalogue_error_max, preset.catalogue_error_max))
    unknown_g = table.UNKNOWN_WEIGHT_G * math.exp(table.UNKNOWN_LOG_SD * float(dice.standard_normal()))
    known_g = product.weight.mean_g
    weight_g = stated_g or (unknown_g if known_g is None else known_g * (1 + error))
    sd_g = product.weight.sd_g if product.weight.sd_g is not None else table.PIECE_SD_SHARE * weight_g
    shape = generator(0, "shape", product.sku)
    cube_m = table.PIECE_WIDTH_M * (weight_g / 300.0) ** (1 / 3)
    widths = np.clip(cube_m * np.exp(table.PIECE_WIDTH_LOG_SD * shape.standard_normal(2)), *table.PIECE_WIDTH_RANGE_M)
    return Goods(product.sku, weight_g, sd_g, float(widths[0]), float(widths[1]))
