"""What the review room holds: questions before people, questions that are over, and each reviewer's figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

import msgspec

from saunter.base.errors import Refused
from saunter.records import Look, Question, Verdict


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """A question that is closed: as much as tells an answer given twice from one that came late.

    `verdicts` are the ids of all verdicts about it, `reviewers` who gave them.
    """

    purpose: Literal["doubt", "audit", "dispute"]
    visit: str
    interaction: str
    choices: int
    verdicts: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """An interaction and the parties who may have been it: what an audit of their receipts will show."""

    look: Look
    parties: tuple[str, ...]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a reviewer has done: questions looked at, for how many seconds, and how many of them could not be told."""

    reviewer: str
    looked: int = 0
    cannot_tell: int = 0
    late: int = 0
    seconds: float = 0.0

    def after(self, verdict: Verdict, *, late: bool) -> Figures:
        """The figures with one more verdict."""
        return msgspec.structs.replace(
            self,
            looked=self.looked + 1,
            cannot_tell=self.cannot_tell + (verdict.answer == "cannot tell"),
            late=self.late + late,
            seconds=self.seconds + verdict.seconds,
        )


class Pressed(NamedTuple):
    """What a key means, as a Verdict writes it."""

    answer: Literal["choice", "none of these", "cannot tell"]
    choice: int


def pressed(question: Question, key: int) -> Pressed:
    """What a reviewer says who presses a key (0 to 9) at a question; a key that means nothing there raises Refused."""
    if key == 0:
        return Pressed("cannot tell", 0)
    if 1 <= key <= len(question.choices):
        return Pressed("choice", key)
    if key == len(question.choices) + 1 and question.purpose == "doubt":
        return Pressed("none of these", 0)
    raise Refused(f"key {key} means nothing at question {question.id}: it has {len(question.choices)} choices")


#: Who waits the hardest comes first: a shopper for the receipt, one for their money back, nobody.
_RANKS: Final = {"doubt": 0, "dispute": 1, "audit": 2}


def order(question: Question) -> tuple[int, int, str]:
    """Doubts before disputes before audits, then the one that is due first; ties by id."""
    return _RANKS[question.purpose], question.deadline, question.id


def check(verdict: Verdict, choices: int) -> None:
    """Raise Refused naming every fault of a verdict about a question with so many choices."""
    faults = list(_faults(verdict, choices))
    if faults:
        raise Refused(f"{verdict.id} cannot answer question {verdict.question}: {'; '.join(faults)}")


def _faults(verdict: Verdict, choices: int) -> Iterator[str]:
    if verdict.answer == "choice" and not 1 <= verdict.choice <= choices:
        yield f"there is no choice {verdict.choice}, it has 1 to {choices}"
    if verdict.answer != "choice" and verdict.choice:
        yield f"{verdict.answer!r} comes with choice 0, not {verdict.choice}"
    if not verdict.reviewer:
        yield "it does not say which reviewer it is from"
    if not (math.isfinite(verdict.seconds) and verdict.seconds >= 0):
        yield f"{verdict.seconds} seconds is no time to look"


def over(question: Question) -> Over:
    """A question as it is remembered once it is closed."""
    return Over(purpose=question.purpose, visit=question.visit, interaction=question.interaction, choices=len(question.choices))
