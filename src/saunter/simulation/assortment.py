"""What a made-up convenience shop sells: kinds of goods with their pack sizes, prices and taxes. Every brand is invented.

Gross weights are guesses from the net contents printed on such packs: a 33 cl can is 352 g, a 150 g bag of crisps 160 g.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack size as its label says it, its gross weight in grams, and its usual price in cents."""

    label: str
    grams: float
    cents: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Goods that share a shelf: what they are called, their packs (over 20 g apart), sorts, tax code, and how wide they stand.

    `plates` are the numbers of plates that a facing may take, likeliest first. `flags` stand in the catalogue: `age-18`.
    """

    word: str
    packs: tuple[Pack, ...]
    sorts: tuple[str, ...]
    tax: str
    plates: tuple[int, ...]
    flags: tuple[str, ...] = ()


BRANDS: Final = ("Kestrel", "Hollin", "Brackwater", "Orlo", "Fennimore", "Tansy", "Quill", "Marrow Lane")

_CANS: Final = (
    Pack("25 cl", 268, 120), Pack("33 cl", 352, 125), Pack("44 cl", 466, 170), Pack("50 cl", 528, 160),
    Pack("75 cl", 790, 210), Pack("1 l", 1045, 260), Pack("1.5 l", 1560, 290),
)  # fmt: skip
_POTS: Final = (
    Pack("100 g", 108, 75), Pack("125 g", 135, 85), Pack("150 g", 164, 95), Pack("200 g", 218, 130),
    Pack("250 g", 268, 165), Pack("400 g", 426, 240), Pack("500 g", 530, 280),
)  # fmt: skip
_BAGS: Final = (
    Pack("30 g", 36, 90), Pack("50 g", 58, 110), Pack("80 g", 90, 160), Pack("110 g", 122, 190),
    Pack("150 g", 160, 230), Pack("200 g", 212, 290), Pack("275 g", 288, 350),
)  # fmt: skip
_BARS: Final = (
    Pack("35 g", 38, 95), Pack("60 g", 63, 130), Pack("100 g", 107, 180), Pack("145 g", 152, 240),
    Pack("180 g", 189, 290), Pack("220 g", 231, 330), Pack("300 g", 312, 420),
)  # fmt: skip
_TINS: Final = (
    Pack("80 g", 112, 140), Pack("145 g", 196, 190), Pack("200 g", 255, 150), Pack("300 g", 368, 190),
    Pack("400 g", 478, 170), Pack("560 g", 655, 250), Pack("800 g", 925, 320),
)  # fmt: skip
_MEALS: Final = (
    Pack("120 g", 138, 290), Pack("150 g", 172, 340), Pack("180 g", 204, 390), Pack("220 g", 248, 440),
    Pack("300 g", 330, 490), Pack("380 g", 415, 560), Pack("450 g", 492, 620),
)  # fmt: skip
_HOME: Final = (
    Pack("75 ml", 98, 240), Pack("100 ml", 128, 310), Pack("250 ml", 282, 350), Pack("400 ml", 445, 420),
    Pack("500 ml", 560, 390), Pack("750 ml", 815, 450), Pack("1 l", 1090, 520),
)  # fmt: skip

#: What stands in the wall fridge, one kind per shelf in turn.
CHILLED: Final = (
    Kind("Cola", _CANS, ("classic", "zero", "cherry", "lime"), "standard", (1, 2)),
    Kind("Yoghurt", _POTS, ("plain", "berry", "vanilla", "peach", "honey"), "food", (1, 2)),
    Kind("Sandwich", _MEALS, ("cheese", "ham", "egg", "tuna", "hummus"), "food", (1,)),
    Kind("Milk", _CANS, ("whole", "light", "oat", "cocoa"), "food", (1, 2)),
    Kind("Juice", _CANS, ("orange", "apple", "carrot", "mango"), "food", (1, 2)),
    Kind("Salad", _MEALS, ("pasta", "greek", "bean", "chicken"), "food", (1, 2)),
    Kind("Cheese", _POTS, ("mild", "mature", "smoked", "soft"), "food", (1, 2)),
    Kind("Beer", _CANS, ("lager", "pale ale", "wheat"), "standard", (1, 2), ("age-18",)),
)
#: What stands on the gondolas, one kind per shelf in turn.
AMBIENT: Final = (
    Kind("Crisps", _BAGS, ("salt", "paprika", "vinegar", "chili"), "standard", (2, 1)),
    Kind("Chocolate", _BARS, ("milk", "dark", "nut", "mint"), "standard", (1, 2)),
    Kind("Water", _CANS, ("still", "sparkling", "lemon"), "standard", (2, 3, 5)),
    Kind("Biscuits", _BAGS, ("butter", "oat", "ginger", "cocoa"), "standard", (1, 2)),
    Kind("Sweets", _BAGS, ("bears", "mints", "toffee", "liquorice"), "standard", (1,)),
    Kind("Soup", _TINS, ("tomato", "lentil", "chicken", "leek"), "food", (1, 2)),
    Kind("Noodles", _MEALS, ("beef", "veggie", "curry", "prawn"), "food", (1, 2)),
    Kind("Beans", _TINS, ("baked", "kidney", "white", "chick"), "food", (1, 2)),
    Kind("Soft drink", _CANS, ("orange", "lemon", "ginger", "elder"), "standard", (2, 1, 4)),
    Kind("Muesli bar", _BARS, ("nut", "berry", "date", "seed"), "standard", (1,)),
    Kind("Bread", _MEALS, ("rye", "white", "seeded", "rolls"), "food", (2, 1)),
    Kind("Care", _HOME, ("shampoo", "soap", "lotion", "rinse"), "standard", (1,)),
    Kind("Nuts", _BAGS, ("peanut", "cashew", "mix", "almond"), "standard", (1, 2)),
    Kind("Tea and coffee", _POTS, ("black", "green", "mint", "roast"), "food", (1, 2)),
    Kind("Jam and sauce", _TINS, ("cherry", "plum", "basil", "mustard"), "food", (1, 2)),
    Kind("Cleaning", _HOME, ("lemon", "pine", "fresh", "mild"), "standard", (1, 2)),
)
