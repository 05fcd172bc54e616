"""What really happened: known only in simulations and labelled recordings; no room may read it."""

from __future__ import annotations

from typing import Literal

import msgspec

from saunter.records.envelope import Record


class TrueAction(Record, frozen=True, kw_only=True):
    """A labelled action: who did what with which product at which plates (`happened` says when).

    `behaviour` names what it was part of ("swap", "misplace", ...), so that errors can be told by behaviour; empty: not said.
    """

    party: str
    action: Literal["take", "put back", "touch", "restock"]
    sku: str
    gtin: str
    quantity: int
    plates: tuple[str, ...]
    behaviour: str = ""


class TrueLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One product of a true receipt. Either `sku` or `gtin` may be empty; a scorer matches by what both sides have."""

    sku: str = ""
    gtin: str = ""
    quantity: int = 1
    name: str = ""


class TrueReceipt(Record, frozen=True, kw_only=True):
    """The right bill of one visit."""

    visit: str
    party: str
    lines: tuple[TrueLine, ...]


Truth = TrueAction | TrueReceipt
