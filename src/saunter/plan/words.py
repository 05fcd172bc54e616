"""Lists and numbers in messages."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

_LISTED_MAX = 8


def listed(names: Sequence[str]) -> str:
    """`a, b, c`, and beyond eight names only how many more there are."""
    shown = ", ".join(names[:_LISTED_MAX])
    return shown if len(names) <= _LISTED_MAX else f"{shown} and {len(names) - _LISTED_MAX:,} more"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 plate`, `12 plates`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def metres(length_m: float) -> str:
    """A length to the centimetre, without needless zeros: `1.2 m`."""
    return f"{round(length_m, 2) + 0.0:.2f}".rstrip("0").rstrip(".") + " m"


def percent(rate: Decimal) -> str:
    """A rate in per cent with the decimals it has: `13.5 %`, `0 %`, `100 %`."""
    return f"{(rate * 100).normalize():f} %"


def grams(weight_g: float) -> str:
    """A weight to the tenth of a gram: `330 g`, `39.3 g`."""
    return f"{weight_g:.1f}".removesuffix(".0") + " g"
