"""Ids are derived from where a record stands, never drawn at random: the same replay gives the same ids."""

from __future__ import annotations

import re
from typing import Final

#: Parties that are always possible explanations, beside the visitors.
NOBODY: Final = "NOBODY"
STAFF: Final = "STAFF"
UNREGISTERED: Final = "UNREGISTERED"
RESERVED_PARTIES: Final = (NOBODY, STAFF, UNREGISTERED)

_NAME = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_.\-/]{0,127}")


def record_id(stream: str, sequence: int) -> str:
    """The id of record number `sequence` of `stream`: `shelves/steps:12`. Unique within a store."""
    return f"{stream}:{sequence}"


def is_name(text: str) -> bool:
    """Whether a text can serve as the id of a store, plate, gate, stream, ...: 1-128 of letters, digits, `_ . - /`."""
    return _NAME.fullmatch(text) is not None
