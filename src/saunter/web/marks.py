"""Letters and colours that stand for parties on pages: the letter tells who, the colour only helps."""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Party colours of the house style (`static/base.css`).
COLOURS: Final = 8


def letters(number: int) -> str:
    """The mark of number n, from 0: A to Z, then AA, AB, ..."""
    high, low = divmod(number, len(ALPHABET))
    return (ALPHABET[high - 1] if high else "") + ALPHABET[low]


def colour(letter: str) -> int:
    """The party colour (1 to 8) that goes with a letter; 0 for marks that are none."""
    return (ALPHABET.index(letter[-1]) % COLOURS) + 1 if letter and letter[-1] in ALPHABET else 0
