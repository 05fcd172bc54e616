"""Careful reading of protobuf's JSON: a field that is missing is zero or empty, a field of the wrong kind is damage."""

from __future__ import annotations

import math
from typing import Any, Final

from saunter.base.time import SECOND, parse_iso

#: Instants outside 2000-01-01 .. 2100-01-01 are damage: they would also not fit the arithmetic of nanoseconds.
EARLIEST: Final = 946_684_800 * SECOND
LATEST: Final = 4_102_444_800 * SECOND

Fields = dict[str, Any]


class Damaged(ValueError):
    """One document (or row) cannot be used; the text says why. The rest of the file is not affected."""


def part(fields: Fields, *names: str) -> Fields:
    """The nested object at a path of names; empty where any of them is missing. Raises Damaged when one is no object."""
    here: Any = fields
    for name in names:
        here = here.get(name)
        if here is None:
            return {}
        if not isinstance(here, dict):
            raise Damaged(f"{name} is not an object")
    return dict(here)


def listing(fields: Fields, name: str) -> list[Any]:
    """The list in a field, empty where missing. Raises Damaged when it is no list."""
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Damaged(f"{name} is not a list")
    return value


def number(fields: Fields, name: str) -> float:
    """The number in a field, 0.0 where missing; NaN and infinity pass. Raises Damaged when it is no number."""
    value = _plain(fields.get(name))
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Damaged(f"{name} is not a number: {_shown(value)}")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise Damaged(f"{name} is not a number: {_shown(value)}") from None


def integer(fields: Fields, name: str) -> int:
    """The whole number in a field, 0 where missing. Raises Damaged when it is none."""
    value = number(fields, name)
    if not math.isfinite(value) or value != int(value) or abs(value) > 2**53:
        raise Damaged(f"{name} is not a whole number: {_shown(fields.get(name))}")
    return int(value)


def text(fields: Fields, name: str) -> str:
    """The text in a field, empty where missing; numbers become their digits. Raises Damaged for anything else."""
    value = _plain(fields.get(name))
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Damaged(f"{name} is not a text: {_shown(value)}")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def instant(fields: Fields, name: str) -> int | None:
    """The instant in a field of ISO-8601 text, ns UTC; None where missing. Raises Damaged when it is none of our time."""
    value = text(fields, name)
    if not value:
        return None
    try:
        return within_our_time(parse_iso(value))
    except (ValueError, OverflowError):
        raise Damaged(f"{name} is not an instant: {_shown(value)}") from None


def within_our_time(when: int) -> int:
    """The same instant; Damaged when it lies outside 2000 to 2100."""
    if not EARLIEST <= when < LATEST:
        raise Damaged("its time is not between the years 2000 and 2100")
    return when


def _plain(value: Any) -> Any:
    """MongoDB's extended JSON wraps numbers: `{"$numberLong": "5"}`."""
    if isinstance(value, dict) and len(value) == 1:
        (name,) = value
        if name.startswith("$number"):
            return value[name]
    return value


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
