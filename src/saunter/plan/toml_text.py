"""The little TOML that a plan needs, written by hand: the standard library reads it but does not write it."""

from __future__ import annotations

import re
from collections.abc import Iterator

Value = str | bool | int | float | tuple["Value", ...]

_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\]')


def table(header: str, **values: Value) -> Iterator[str]:
    """The lines of one table."""
    yield header
    yield from pairs(**values)


def pairs(**values: Value) -> Iterator[str]:
    """One line per key."""
    for key, value in values.items():
        yield f"{key} = {literal(value)}"


def literal(value: Value) -> str:
    """A value as TOML. Floats keep every digit; a whole float is written without its `.0`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{_SPECIAL.sub(_escape, value)}"'
    if isinstance(value, tuple):
        return f"[{', '.join(literal(item) for item in value)}]"
    if isinstance(value, int):
        return str(value)
    return repr(float(value) + 0.0).removesuffix(".0")


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPED.get(character, f"\\u{ord(character):04X}")
