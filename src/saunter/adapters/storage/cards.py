"""Refuses what looks like a card number. To be replaced by `saunter.base.cards`, which says the same for all of the shop."""

from __future__ import annotations

import re
from typing import Final

#: 13 to 19 digits, alone or in groups; not within longer words, so that a hash is rarely taken for one.
_RUN: Final = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ .\-]?[0-9]){12,18}(?![0-9A-Za-z])")
#: What twice a digit comes to in Luhn's sum.
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def looks_like_card_number(text: str) -> bool:
    """Whether a text holds 13 to 19 digits whose last one is their check digit (Luhn)."""
    return any(_has_check_digit([int(each) for each in run if each.isdigit()]) for run in _RUN.findall(text))


def _has_check_digit(digits: list[int]) -> bool:
    return (sum(digits[-1::-2]) + sum(_DOUBLED[each] for each in digits[-2::-2])) % 10 == 0
