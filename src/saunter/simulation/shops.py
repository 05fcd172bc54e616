"""Made-up shops: the corner shop that comes with the package, and generated ones of any size for the benches."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from saunter.base.errors import InputProblems, Problem
from saunter.base.limits import PLATES_MAX
from saunter.base.randomness import generator
from saunter.simulation.convenience import convenience_texts

#: The generated convenience shop (convenience.py).
CONVENIENCE: Final = "convenience"
PLAN_FILES: Final = ("store.toml", "catalogue.csv", "planogram.csv")
#: A generated fixture: shelves, plates per shelf, width of a plate; fixtures stand in rows of four along aisles this far apart.
_SHELVES: Final = 5
_PLATES_PER_SHELF: Final = 12
_PLATE_M: Final = 0.1
_ROW: Final = 4
_AISLE_M: Final = 2.0
_BESIDE_M: Final = 1.6
#: Plates per product of a generated shop.
_FACING_PLATES: Final = 2


def shop_names() -> tuple[str, ...]:
    """The made-up shops that come with the package."""
    return tuple(
        sorted(
            folder.name for folder in files(__package__).joinpath("shops").iterdir() if folder.joinpath("store.toml").is_file()
        )
    )


def shop_texts(name: str, seed: int = 0) -> dict[str, str]:
    """The three texts of a made-up shop's plan, keyed by file name: one of `shop_names`, or `convenience`, whose goods and
    places the seed chooses. An unknown name raises InputProblems.
    """
    if name == CONVENIENCE:
        return convenience_texts(seed)
    if name not in shop_names():
        raise InputProblems(
            [
                Problem(
                    name,
                    0,
                    "there is no made-up shop of this name",
                    f"choose one of {', '.join((*shop_names(), CONVENIENCE))}, or give the folder of a plan with --shop",
                )
            ]
        )
    folder = files(__package__).joinpath("shops").joinpath(name)
    return {file: folder.joinpath(file).read_text(encoding="utf-8") for file in PLAN_FILES}


def demo_text() -> str:
    """The text of the story that `make demo` plays (stories/demo.scn of the package)."""
    return files(__package__).joinpath("stories").joinpath("demo.scn").read_text(encoding="utf-8")


def generated_shop(plates: int, seed: int) -> dict[str, str]:
    """A plan of exactly `plates` plates (1 to PLATES_MAX) with a product on every two, as three texts; for loads and benches."""
    if not 1 <= plates <= PLATES_MAX:
        raise ValueError(f"a shop has 1 to {PLATES_MAX} plates, not {plates}")
    shelves = list(_shelf_sizes(plates))
    fixtures = -(-len(shelves) // _SHELVES)
    rows = -(-fixtures // _ROW)
    width_m, depth_m = _ROW * _BESIDE_M + 1.0, rows * _AISLE_M + 2.0
    store = [_HEAD.format(width=width_m, depth=depth_m, seed=seed, plates=plates)]
    for number, size in enumerate(shelves):
        fixture, shelf = divmod(number, _SHELVES)
        if shelf == 0:
            row, place = divmod(fixture, _ROW)
            store.append(
                _FIXTURE.format(
                    number=fixture + 1, x=0.5 + place * _BESIDE_M, y=2.0 + row * _AISLE_M, width=_PLATES_PER_SHELF * _PLATE_M
                )
            )
        height_m = 0.2 + 0.33 * shelf
        store.append(
            _SHELF.format(
                fixture=fixture + 1, shelf=shelf + 1, z=height_m, plates="".join(_plate_texts(fixture + 1, shelf + 1, size))
            )
        )
    catalogue, planogram = _goods_texts(shelves, seed)
    return dict(zip(PLAN_FILES, ("".join(store), catalogue, planogram), strict=True))


def _shelf_sizes(plates: int) -> Iterator[int]:
    while plates > 0:
        yield min(plates, _PLATES_PER_SHELF)
        plates -= _PLATES_PER_SHELF


def _plate_texts(fixture: int, shelf: int, size: int) -> Iterator[str]:
    for plate in range(size):
        yield _PLATE.format(fixture=fixture, shelf=shelf, plate=plate + 1, x=round(plate * _PLATE_M, 3), width=_PLATE_M)


def _goods_texts(shelves: list[int], seed: int) -> tuple[str, str]:
    dice = generator(seed, "generated shop")
    catalogue, planogram, number = ["sku,name,price,grams"], ["sku,plates"], 0
    for index, size in enumerate(shelves):
        fixture, shelf = divmod(index, _SHELVES)
        for first in range(0, size, _FACING_PLATES):
            number += 1
            grams, cents = float(dice.lognormal(5.4, 0.7)), int(dice.integers(50, 900))
            names = [f"g{fixture + 1}s{shelf + 1}p{plate + 1}" for plate in range(first, min(first + _FACING_PLATES, size))]
            catalogue.append(f"item-{number},Item {number},{cents // 100}.{cents % 100:02d},{min(max(grams, 20.0), 2000.0):.0f}")
            planogram.append(f"item-{number},{' '.join(names)}")
    return "\n".join(catalogue) + "\n", "\n".join(planogram) + "\n"


_HEAD: Final = """[store]
id = "generated-{plates}-{seed}"
name = "Generated shop"
currency = "EUR"
locale = "en-IE"
timezone = "UTC"

[floor]
polygon_m = [[0, 0], [{width:.2f}, 0], [{width:.2f}, {depth:.2f}], [0, {depth:.2f}]]

[[gates]]
id = "door"
kind = "both"
position_m = [0.6, 0.3]
"""
_FIXTURE: Final = """
[[fixtures]]
id = "g{number}"
kind = "gondola"
position_m = [{x:.2f}, {y:.2f}, 0]
heading_deg = 0
size_m = [{width:.2f}, 0.4, 2.0]
"""
_SHELF: Final = """
[[fixtures.shelves]]
id = "g{fixture}s{shelf}"
position_m = [0, 0, {z:.2f}]
clearance_m = 0.28
{plates}"""
_PLATE: Final = """
[[fixtures.shelves.plates]]
id = "g{fixture}s{shelf}p{plate}"
position_m = [{x}, 0, 0]
size_m = [{width}, 0.4]
"""
