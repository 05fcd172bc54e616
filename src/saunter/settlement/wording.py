"""How a question is put: one look, one key, and nobody is named. Letters stand for the others who may have been it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from saunter.base.ids import NOBODY, RESERVED_PARTIES, STAFF, UNREGISTERED
from saunter.plan.types import Product
from saunter.records import Answer, Choice, Doubt
from saunter.settlement.losses import CHOICES_MAX

#: The shopper whose receipt waits. A reviewer sees this person marked, not who it is.
PAYER: Final = "the shopper this receipt is for"
NOTHING: Final = "nothing was taken or put back"
_RESERVED: Final[Mapping[str, str]] = {
    NOBODY: "nobody who can be seen",
    STAFF: "a member of staff",
    UNREGISTERED: "somebody who came in without a key",
}


def asked(doubt: Doubt) -> str:
    """The question above the choices."""
    return f"What happened at shelf {doubt.shelf}?" if doubt.shelf else "Was something set down on the floor?"


def choices(doubt: Doubt, payer: str, products: Mapping[str, Product]) -> tuple[Choice, ...]:
    """The likeliest answers as choices, for keys 1 to 8."""
    shown = doubt.answers[:CHOICES_MAX]
    names = called(shown, payer)
    return tuple(
        Choice(
            party=answer.party, action=answer.action, changes=answer.changes, probability=answer.probability,
            text=_text(answer, names, products, doubt.shelf),
        )
        for answer in shown
    )  # fmt: skip


def called(answers: Sequence[Answer], payer: str) -> dict[str, str]:
    """What each party of the answers is called: shopper B, C, ... in the order of the answers (letters, not ids)."""
    names = {payer: PAYER, **_RESERVED}
    letter = ord("B")
    for answer in answers:
        if answer.party not in names:
            names[answer.party] = f"shopper {chr(letter)}"
            letter += 1
    return names


def _text(answer: Answer, names: Mapping[str, str], products: Mapping[str, Product], shelf: str) -> str:
    if answer.action == "nothing" or not answer.changes:
        return (
            NOTHING
            if answer.party in RESERVED_PARTIES or not answer.party
            else f"{names[answer.party]} took and put back nothing"
        )
    taken = [f"{change.quantity} {_name(change.sku, products)}" for change in answer.changes if change.quantity > 0]
    back = [f"{-change.quantity} {_name(change.sku, products)}" for change in answer.changes if change.quantity < 0]
    did = [
        f"{verb} {', '.join(things)}" for verb, things in (("took", taken), ("put back" if shelf else "set down", back)) if things
    ]
    return f"{names[answer.party]} {' and '.join(did)}"


def _name(sku: str, products: Mapping[str, Product]) -> str:
    return products[sku].name if sku in products else sku
