"""Whether somebody typed a card number where none belongs. The shop never wants to know one."""

from __future__ import annotations

import re
from typing import Final

#: 13 to 19 digits, as on cards, with the blanks, dashes and dots that people put between them; not part of a longer word.
_RUN: Final = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ \-.\u00a0]{0,2}[0-9]){11,18}(?![0-9A-Za-z])")


def looks_like_card_number(text: str) -> bool:
    """Whether 12 to 19 digits that pass the cards' check digit (Luhn) stand in a text, however they are spaced."""
    return any(_is_luhn([int(digit) for digit in run.group() if digit.isdigit()]) for run in _RUN.finditer(text))


def _is_luhn(digits: list[int]) -> bool:
    doubled = (2 * digit - 9 * (digit > 4) for digit in digits[-2::-2])
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0 and any(digits)
