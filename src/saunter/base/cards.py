"""A card number never enters the shop: it is recognised wherever somebody may type or send one, and refused.

Cards are known by a provider's token and at most their last four digits. What looks like a whole number is refused before it
is logged, kept or shown, and the refusal names the field, never what stood in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

#: How many digits a card number has (ISO/IEC 7812): nothing shorter or longer is one.
CARD_DIGITS_MIN: Final = 12
CARD_DIGITS_MAX: Final = 19
#: The most digits of a trade number (GTIN-14). One in ten of them passes the test of card numbers by chance.
GOODS_DIGITS_MAX: Final = 14
#: Fields that hold trade numbers: there up to GOODS_DIGITS_MAX digits are a product, more are still taken for a card.
GOODS_FIELDS: Final = frozenset({"gtin", "sku"})

#: Kinds of characters that only space digits out: blanks, dashes, and what cannot be seen (zero width, soft hyphens).
_SPACING: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Pd"})
#: Characters of other kinds that people put between groups of digits: a minus sign and a full stop.
_BETWEEN: Final = "\u2212."
#: Digits in groups, with nothing but spacing between them; letters on either side make it part of some other id.
_RUN: Final = re.compile(r"(?<![^\W_])\d+(?: +\d+)*(?![^\W_])")


def looks_like_card_number(text: str) -> bool:
    """Whether a card number stands somewhere in a text: 12 to 19 digits, spaced out by blanks, dashes and stops or not, with a
    valid Luhn digit, and not inside a longer word. Digits of every script count. What stands beside it (an expiry, a security
    code) does not hide it: every stretch of whole groups is tried.

    One in ten numbers of that length passes by chance. Do not ask about hashes, and see `refuse_card_numbers` for goods.
    """
    return any(_is_luhn_valid(digits) for digits in _stretches(text))


def refuse_card_numbers(fields: Mapping[str, str]) -> None:
    """Raises ValueError naming every field (never its value) that holds what looks like a card number.

    In fields called `gtin` or `sku` numbers of up to 14 digits are goods and pass. The caller decides by the name of the
    field: a trade number under any other name is refused if it happens to look like a card's.
    """
    found = [name for name, value in fields.items() if _holds_card(name, value)]
    if found:
        raise ValueError(
            f"{', '.join(found)} looks like a card number; send the payment provider's token and the last four digits instead"
        )


def _holds_card(name: str, value: str) -> bool:
    shortest = GOODS_DIGITS_MAX + 1 if name in GOODS_FIELDS else CARD_DIGITS_MIN
    return any(len(digits) >= shortest and _is_luhn_valid(digits) for digits in _stretches(value))


def _stretches(text: str) -> Iterator[str]:
    """All stretches of whole groups of digits that have the length of a card number."""
    for run in _RUN.findall("".join(_plain(character) for character in text)):
        groups = run.split()
        for first in range(len(groups)):
            digits = ""
            for group in groups[first:]:
                digits += group
                if len(digits) > CARD_DIGITS_MAX:
                    break
                if len(digits) >= CARD_DIGITS_MIN:
                    yield digits


def _plain(character: str) -> str:
    """The character with all digits as 0-9 and all spacing as blanks."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return " " if character in _BETWEEN or unicodedata.category(character) in _SPACING else character


def _is_luhn_valid(digits: str) -> bool:
    """The check digit of ISO/IEC 7812: from the right every second digit is doubled, and the digits of all sum to tens. Nothing
    but zeros is a placeholder, no card."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total > 0 and total % 10 == 0
