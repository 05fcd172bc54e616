"""Bills from three places: a truth file, the truth channels of a recording, and the receipts that were made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Final

import msgspec

from saunter.apps.scoring import Bill, Item
from saunter.base.errors import InputProblems, Problem
from saunter.base.time import SECOND
from saunter.records import Receipt, TrueAction, TrueReceipt, Truth, VisitChanged

#: A receipt that comes later after the exit than this counts as wrong (DESIGN 10).
SETTLED_WITHIN: Final = 60 * SECOND
#: The state of the visit table that begins with the exit.
LEAVING: Final = "leaving"

_Text = Annotated[str, msgspec.Meta(max_length=1000)]


class _Line(msgspec.Struct, frozen=True):
    """One line of a truth file; keys that a scorer has no use for are left alone."""

    sku: _Text = ""
    gtin: _Text = ""
    quantity: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    name: str = ""


class _Receipt(msgspec.Struct, frozen=True):
    """One receipt of a truth file."""

    lines: tuple[_Line, ...]
    visit: _Text = ""
    party: _Text = ""


class _File(msgspec.Struct, frozen=True):
    """A truth file: `{"receipts": [{"visit": "...", "party": "...", "lines": [{"sku": "...", "quantity": 1}]}]}`."""

    receipts: tuple[msgspec.Raw, ...]


def read_bills(content: bytes, where: str) -> tuple[Bill, ...]:
    """The bills of a truth file (DESIGN 7). All mistakes at once, each naming its receipt, as InputProblems."""
    form = 'the form is {"receipts": [{"visit": "...", "party": "...", "lines": [{"sku": "...", "gtin": "...", "quantity": 1}]}]}'
    try:
        receipts = msgspec.json.decode(content, type=_File).receipts
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputProblems([Problem(where, 0, f"this is no truth file: {error}", form)]) from None
    bills: list[Bill] = []
    problems: list[Problem] = []
    for number, raw in enumerate(receipts, start=1):
        try:
            receipt = msgspec.json.decode(raw, type=_Receipt)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            problems.append(Problem(where, 0, f"receipt {number}: {error}", form))
            continue
        for position, line in enumerate(receipt.lines, start=1):
            if not line.sku and not line.gtin:
                problems.append(Problem(where, 0, f"receipt {number}, line {position} names no product", 'give "sku" or "gtin"'))
        items = tuple(Item(line.sku, line.gtin, line.quantity, line.name) for line in receipt.lines)
        bills.append(Bill(receipt.visit, receipt.party, items))
    if problems:
        raise InputProblems(problems)
    return tuple(bills)


def true_bills(truth: Iterable[Truth]) -> tuple[Bill, ...]:
    """The bills of a recording's truth channels: its receipts, or, where there are none, what its actions add up to."""
    records = tuple(truth)
    receipts = [record for record in records if isinstance(record, TrueReceipt)]
    if receipts:
        return tuple(_bill_of_receipt(receipt) for receipt in receipts)
    return _bills_of_actions([record for record in records if isinstance(record, TrueAction)])


def charged_bills(receipts: Sequence[Receipt], visits: Sequence[VisitChanged]) -> tuple[Bill, ...]:
    """The bills of receipts as made. One that came more than a minute after its visit's exit is not `in_time`."""
    left = {change.visit: change.happened for change in visits if change.state == LEAVING}
    return tuple(
        Bill(
            visit=receipt.visit,
            party=receipt.party,
            items=tuple(Item(line.sku, line.gtin, line.quantity, line.name) for line in receipt.lines),
            in_time=receipt.visit not in left or receipt.envelope.arrived - left[receipt.visit] <= SETTLED_WITHIN,
        )
        for receipt in receipts
    )


def _bill_of_receipt(receipt: TrueReceipt) -> Bill:
    items = tuple(Item(line.sku, line.gtin, line.quantity, line.name) for line in receipt.lines)
    return Bill(receipt.visit, receipt.party, items)


def _bills_of_actions(actions: Sequence[TrueAction]) -> tuple[Bill, ...]:
    """Takes minus put-backs per party and product; parties that only touched get an empty bill."""
    signs = {"take": 1, "put back": -1}
    held: dict[str, dict[tuple[str, str], int]] = {}
    for action in actions:
        if action.action != "restock":
            lines = held.setdefault(action.party, {})
            key = (action.sku, action.gtin)
            lines[key] = lines.get(key, 0) + signs.get(action.action, 0) * action.quantity
    return tuple(
        Bill("", party, tuple(Item(sku, gtin, quantity) for (sku, gtin), quantity in lines.items() if quantity > 0))
        for party, lines in held.items()
    )
