"""What a verdict or an audit says of probabilities that were said before. Pure functions over records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from saunter.records import Cart, CartLine, Question, QuestionClosed, Receipt

#: A piece counts as decided by an answer if it leaves it at least this likely to be there, or not there. Below, the answer
#: says too little about the piece to teach anything.
DECIDED: Final = 0.95


@dataclass(frozen=True, slots=True)
class Label:
    """Probabilities that were said of one or more things, and whether all of them came true.

    An audit that finds a receipt wrong does not say which line; so the label keeps them together, instead of guessing one or
    leaving out just those receipts where the belief was mistaken.
    """

    said: tuple[float, ...]
    all_true: bool


def labels_of_verdict(cart: Cart, closed: QuestionClosed) -> tuple[Label, ...]:
    """What an answer teaches about the cart it was asked for: one label per piece that it decides. None if it is not a
    choice: "none of these" leaves open what was."""
    doubt = next((doubt for doubt in cart.doubts if doubt.interaction == closed.interaction), None)
    if doubt is None or closed.purpose != "doubt" or closed.outcome not in ("answered", "late") or closed.choice < 1:
        return ()
    if closed.choice > len(doubt.answers):
        return ()
    said = {line.sku: line for line in cart.lines}
    return tuple(label for line in doubt.answers[closed.choice - 1].lines for label in _pieces(said.get(line.sku), line))


def labels_of_audit(receipt: Receipt, question: Question, closed: QuestionClosed) -> tuple[Label, ...]:
    """What an audit teaches about its receipt: whether all that was charged was taken. Nothing if nobody could tell, or
    nothing was charged."""
    if not receipt.lines or closed.outcome not in ("answered", "late") or closed.choice < 1:
        return ()
    found = question.choices[closed.choice - 1].action
    return (Label(tuple(line.probability for line in receipt.lines), found in ("right", "missing")),)


def _pieces(said: CartLine | None, after: CartLine) -> Iterator[Label]:
    before = said.at_least if said is not None else ()
    for earlier, now in zip_longest(before, after.at_least, fillvalue=0.0):
        if now >= DECIDED or now <= 1.0 - DECIDED:
            yield Label((earlier,), now >= DECIDED)
