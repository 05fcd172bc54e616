"""A made-up convenience shop of 60 square metres and 312 plates as three plan texts: a wall fridge and two islands.

The floor is 10 m x 6 m. People come in and go out in the front wall; six cameras hang at the ceiling.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from saunter.base.randomness import generator
from saunter.simulation.assortment import AMBIENT, BRANDS, CHILLED, Kind, Pack

#: A module is 1.2 m of shelf front: plates of 0.2 m on every shelf.
PLATES_PER_SHELF: Final = 6
PLATE_M: Final = 0.2
#: This share of facings has another product on its shelf within TWIN_G, grams (guess: no planogram was counted).
TWIN_SHARE: Final = 0.6
TWIN_G: Final = 10.0
#: Twins are the same pack of another sort: their weights lie this far around the pack's, so any two are within TWIN_G.
_TWIN_SPREAD_G: Final = 4.0
#: Between pieces of one product the catalogue states this spread, as a share of the weight (guess).
_SD_SHARE: Final = 0.008
_MODULE_M: Final = PLATES_PER_SHELF * PLATE_M


@dataclass(frozen=True, slots=True)
class _Module:
    """Where one module stands (floor point of its front left corner, heading), how deep and high it is, and its shelves."""

    name: str
    kind: str
    x_m: float
    y_m: float
    heading_deg: int
    depth_m: float
    height_m: float
    shelves_m: tuple[float, ...]


_FRIDGE_SHELVES_M: Final = (0.25, 0.6, 0.95, 1.3, 1.6)
_GONDOLA_SHELVES_M: Final = (0.2, 0.55, 0.9, 1.2)


def _modules() -> list[_Module]:
    """The fridge along the back wall, then two islands of two modules on each side; fronts face the aisles."""
    found = [_Module(f"f{n + 1}", "fridge", 2.6 + n * _MODULE_M, 5.5, 0, 0.5, 1.95, _FRIDGE_SHELVES_M) for n in range(4)]
    for island, middle_m in enumerate((3.3, 6.7)):
        for n in range(2):
            low_m, high_m = 1.6 + n * _MODULE_M, 1.6 + (n + 1) * _MODULE_M
            name = f"g{island * 4 + n * 2 + 1}"
            found.append(_Module(name, "gondola", middle_m - 0.4, high_m, -90, 0.4, 1.5, _GONDOLA_SHELVES_M))
            name = f"g{island * 4 + n * 2 + 2}"
            found.append(_Module(name, "gondola", middle_m + 0.4, low_m, 90, 0.4, 1.5, _GONDOLA_SHELVES_M))
    return found


@dataclass(frozen=True, slots=True)
class _Line:
    """One product with its facing."""

    sku: str
    name: str
    cents: int
    tax: str
    grams: float
    plates: tuple[str, ...]
    flags: tuple[str, ...]


def convenience_texts(seed: int) -> dict[str, str]:
    """The plan of a convenience shop, keyed by file name; the seed chooses goods, prices, weights and facings."""
    dice, lines, share = generator(seed, "convenience shop"), list[_Line](), _Share()
    kinds = {"fridge": _in_turn(CHILLED, dice), "gondola": _in_turn(AMBIENT, dice)}
    store = [_HEAD.format(seed=seed)]
    for module in _modules():
        store.append(
            _FIXTURE.format(
                name=module.name,
                kind=module.kind,
                x=module.x_m,
                y=module.y_m,
                turn=module.heading_deg,
                width=_MODULE_M,
                depth=module.depth_m,
                height=module.height_m,
            )
        )
        for shelf, height_m in enumerate(module.shelves_m, 1):
            name = f"{module.name}s{shelf}"
            clear_m = min([z for z in (*module.shelves_m, module.height_m) if z > height_m]) - height_m - 0.03
            store.append(_SHELF.format(name=name, z=height_m, clear=clear_m, plates=PLATES_PER_SHELF))
            lines += _shelf_lines(next(kinds[module.kind]), name, share, len(lines), dice)
    return {"store.toml": "".join(store), "catalogue.csv": _catalogue(lines), "planogram.csv": _planogram(lines)}


class _Share:
    """Keeps the share of facings with a twin on their shelf at TWIN_SHARE, shelf by shelf."""

    def __init__(self) -> None:
        self.facings = self.twins = 0

    def next(self, facings: int, dice: np.random.Generator) -> int:
        """How many of the next shelf's facings have a twin: 0 or 2 and more; the sum stays near the share."""
        wanted = TWIN_SHARE * (self.facings + facings) - self.twins + float(dice.uniform(-1.0, 1.0))
        choices = [0, *range(2, facings + 1)]
        chosen: int = min(choices, key=lambda number: (abs(number - wanted), number))
        self.facings, self.twins = self.facings + facings, self.twins + chosen
        return chosen


def _in_turn(kinds: tuple[Kind, ...], dice: np.random.Generator) -> Iterator[Kind]:
    while True:
        for index in dice.permutation(len(kinds)):
            yield kinds[int(index)]


def _shelf_lines(kind: Kind, shelf: str, share: _Share, made: int, dice: np.random.Generator) -> list[_Line]:
    """The products of one shelf, left to right."""
    widths = _widths(kind, dice)
    twins = share.next(len(widths), dice)
    packs = [kind.packs[int(i)] for i in dice.permutation(len(kind.packs))]
    chosen: list[tuple[Pack, bool]] = []
    while len(chosen) < twins:
        left = twins - len(chosen)
        size = left if left <= 3 else int(dice.choice([2, min(3, left - 2)]))
        pack = packs.pop()
        chosen += [(pack, True)] * size
    chosen += [(packs.pop(), False) for _ in range(len(widths) - twins)]
    sorts = [f"{brand} {kind.word} {sort}" for brand in BRANDS for sort in kind.sorts]
    names = [sorts[int(i)] for i in dice.permutation(len(sorts))[: len(widths)]]
    lines, first = [], 0
    for number, (width, (pack, _)) in enumerate(zip(widths, chosen, strict=True)):
        grams = pack.grams + float(dice.uniform(-_TWIN_SPREAD_G, _TWIN_SPREAD_G))
        cents = int(round(pack.cents * float(dice.uniform(0.8, 1.3)) / 5) * 5)
        plates = tuple(f"{shelf}p{plate + 1}" for plate in range(first, first + width))
        sku = f"c{made + number + 1:03d}"
        lines.append(_Line(sku, f"{names[number]} {pack.label}", cents, kind.tax, grams, plates, kind.flags))
        first += width
    return lines


def _widths(kind: Kind, dice: np.random.Generator) -> list[int]:
    """How many plates each facing of a shelf takes; together all of them."""
    chances = 0.5 ** np.arange(1, len(kind.plates) + 1)
    widths, left = list[int](), PLATES_PER_SHELF
    while left > 0:
        width = min(left, int(dice.choice(kind.plates, p=chances / chances.sum())))
        widths.append(width)
        left -= width
    return widths


def _catalogue(lines: list[_Line]) -> str:
    rows = ["sku,gtin,name,price,tax_code,unit,grams,grams_sd,flags"]
    for number, line in enumerate(lines):
        gtin, price = _gtin(number), f"{line.cents // 100}.{line.cents % 100:02d}"
        grams, flags = f"{line.grams:.1f},{line.grams * _SD_SHARE:.1f}", " ".join(line.flags)
        rows.append(f"{line.sku},{gtin},{line.name},{price},{line.tax},piece,{grams},{flags}")
    return "\n".join(rows) + "\n"


def _gtin(number: int) -> str:
    """A barcode for use within a shop only (prefix 29), with its check digit."""
    digits = f"29{number + 1000:010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def _planogram(lines: list[_Line]) -> str:
    return "\n".join(["sku,plates", *(f"{line.sku},{' '.join(line.plates)}" for line in lines)]) + "\n"


_HEAD: Final = """# A made-up convenience shop of 60 square metres, number {seed}. Every name in it is invented.
[store]
id = "convenience-{seed}"
name = "Convenience shop {seed}"
currency = "EUR"
locale = "en-IE"
timezone = "UTC"

[policies]
review = "questions"
question_cost = "1.00"

[floor]
polygon_m = [[0, 0], [10, 0], [10, 6], [0, 6]]

[[taxes]]
code = "food"
rate = "0"
included = true

[[taxes]]
code = "standard"
rate = "0.23"
included = true

[[gates]]
id = "in"
kind = "in"
position_m = [1.0, 0.3]

[[gates]]
id = "out"
kind = "out"
position_m = [2.4, 0.3]

[[cameras]]
id = "cam1"
position_m = [0.15, 0.15, 2.8]
target_m = [3.5, 3.0, 0.8]
fov_deg = 95

[[cameras]]
id = "cam2"
position_m = [9.85, 0.15, 2.8]
target_m = [6.5, 3.0, 0.8]
fov_deg = 95

[[cameras]]
id = "cam3"
position_m = [0.15, 5.85, 2.8]
target_m = [3.5, 3.0, 0.8]
fov_deg = 95

[[cameras]]
id = "cam4"
position_m = [9.85, 5.85, 2.8]
target_m = [6.5, 3.0, 0.8]
fov_deg = 95

[[cameras]]
id = "cam5"
position_m = [5.0, 0.15, 2.8]
target_m = [5.0, 3.5, 0.6]
fov_deg = 95

[[cameras]]
id = "cam6"
position_m = [5.0, 3.9, 2.8]
target_m = [5.0, 5.6, 0.9]
fov_deg = 110
"""
_FIXTURE: Final = """
[[fixtures]]
id = "{name}"
kind = "{kind}"
position_m = [{x:.2f}, {y:.2f}, 0]
heading_deg = {turn}
size_m = [{width:.2f}, {depth}, {height}]
"""
_SHELF: Final = """
[[fixtures.shelves]]
id = "{name}"
position_m = [0, 0, {z}]
clearance_m = {clear:.2f}
plates = {plates}
"""
