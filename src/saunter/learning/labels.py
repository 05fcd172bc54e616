"""What a verdict or an audit says of probabilities that were said before. Pure functions over records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from saunter.records import AnyRecord, Cart, CartLine, Doubt, Question, QuestionClosed, Receipt

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


@dataclass(frozen=True, slots=True)
class Labels:
    """All labels of some time of a shop, by where they came from: answers to doubts, and random audits."""

    verdicts: tuple[Label, ...] = ()
    audits: tuple[Label, ...] = ()

    @property
    def together(self) -> tuple[Label, ...]:
        """Both kinds: verdicts speak of doubtful lines, audits of sure ones."""
        return (*self.verdicts, *self.audits)


def labels_in(records: Iterable[AnyRecord]) -> Labels:
    """Everything to be learned from what a shop said. Of the records only carts, receipts, questions and what became of them
    matter; a truth among them teaches nothing.

    An answer is held against the very cart or receipt about which it was asked, the first cause of its question: what the
    shop said later knew more. Of several answers to a question the first that teaches anything counts.
    """
    records = list(records)
    said = {record.id: record for record in records if isinstance(record, Cart | Receipt)}
    asked = {record.id: record for record in records if isinstance(record, Question) and not record.again}
    taught: dict[str, tuple[Label, ...]] = dict.fromkeys(asked, ())
    for closed in records:
        if isinstance(closed, QuestionClosed) and taught.get(closed.question) == ():
            question = asked[closed.question]
            taught[question.id] = _taught(said.get(question.envelope.because[0]), question, closed)
    verdicts, audits = (
        tuple(label for name, labels in taught.items() if asked[name].purpose == purpose for label in labels)
        for purpose in ("doubt", "audit")
    )
    return Labels(verdicts, audits)


def _taught(about: Cart | Receipt | None, question: Question, closed: QuestionClosed) -> tuple[Label, ...]:
    match about:
        case Cart():
            return labels_of_verdict(about, closed)
        case Receipt():
            return labels_of_audit(about, question, closed)
        case None:
            return ()


def labels_of_verdict(cart: Cart, closed: QuestionClosed) -> tuple[Label, ...]:
    """What an answer teaches about the cart it was asked for: one label per piece that it decides. None if it is not a
    choice: "none of these" leaves open what was.

    Only pieces that one answer would have shown to be there and another not to be there: what every answer leaves as sure as
    it was has not been looked at, and would only say what the belief says of itself.
    """
    doubt = next((doubt for doubt in cart.doubts if doubt.interaction == closed.interaction), None)
    if doubt is None or closed.purpose != "doubt" or closed.outcome not in ("answered", "late") or closed.choice < 1:
        return ()
    if closed.choice > len(doubt.answers):
        return ()
    return tuple(_verdict_labels(cart, doubt, closed.choice - 1))


def labels_of_audit(receipt: Receipt, question: Question, closed: QuestionClosed) -> tuple[Label, ...]:
    """What an audit teaches about its receipt: whether all that was charged was taken. Nothing if nobody could tell, or
    nothing was charged."""
    if not receipt.lines or closed.outcome not in ("answered", "late") or closed.choice < 1:
        return ()
    found = question.choices[closed.choice - 1].action
    return (Label(tuple(line.probability for line in receipt.lines), found in ("right", "missing")),)


def _verdict_labels(cart: Cart, doubt: Doubt, given: int) -> Iterator[Label]:
    said = _at_least(cart.lines)
    carts = [{**said, **_at_least(answer.lines)} for answer in doubt.answers]
    for sku in dict.fromkeys(sku for answer in doubt.answers for sku in _at_least(answer.lines)):
        for piece in range(max(len(after.get(sku, ())) for after in carts)):
            chances = [_chance(after.get(sku, ()), piece) for after in carts]
            told = chances[given]
            if max(chances) >= DECIDED and min(chances) <= 1.0 - DECIDED and (told >= DECIDED or told <= 1.0 - DECIDED):
                yield Label((_chance(said.get(sku, ()), piece),), told >= DECIDED)


def _at_least(lines: Iterable[CartLine]) -> dict[str, Sequence[float]]:
    return {line.sku: line.at_least for line in lines}


def _chance(at_least: Sequence[float], piece: int) -> float:
    """The probability that at least one piece more than `piece` of a line is there; pieces it does not speak of are not."""
    return at_least[piece] if piece < len(at_least) else 0.0
