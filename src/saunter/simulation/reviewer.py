"""The pretend reviewers: people who watch what happened and press a key. Alone of all rooms' partners they know the truth,
because they stand for somebody who sees the video; nothing else may."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np

from saunter.base.randomness import generator
from saunter.base.time import HOUR, from_seconds
from saunter.records import (
    AnyRecord,
    Envelope,
    Question,
    QuestionClosed,
    Receipt,
    TrueAction,
    TrueReceipt,
    Verdict,
)
from saunter.simulation.watching import Seen, audited, disputed, watched

Answer = Literal["choice", "none of these", "cannot tell"]

#: How long pretend reviewers remember what truly happened: longer than any visit of the pretend shops lasts.
REMEMBERED: Final = 4 * HOUR
#: What happened at no plate at all.
_FLOOR: Final = ""
#: Actions heard between two clearings of that memory.
_CLEARED_EVERY: Final = 1000


class Responder(Protocol):
    """Somebody outside the shop who hears what it says and answers with readings."""

    def hear(self, records: Iterable[AnyRecord]) -> None:
        """Take note of what was said (and, for those who watch, of what truly happened)."""

    def due(self, before_ns: int) -> list[Verdict]:
        """Everything answered before an instant (ns UTC), in order, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How pretend reviewers work. Stated guesses, to be replaced by the figures of real ones (`ReviewEngine.figures`).

    `reviewers`: how many are at work at once, each with one question at a time. `accuracy`: how often an answer is right,
    `cannot_tell`: the share of looks without an answer. `seconds` on average per look, log-normal with a standard deviation
    of `spread` in nats: half a nat makes one look in twenty longer than twice the average.
    """

    reviewers: int = 2
    accuracy: float = 0.97
    cannot_tell: float = 0.03
    seconds: float = 8.0
    spread: float = 0.5

    def __post_init__(self) -> None:
        shares = (self.accuracy, self.cannot_tell)
        if self.reviewers < 1 or not all(0 <= share <= 1 for share in shares) or not (self.seconds > 0 and self.spread >= 0):
            raise ValueError(f"at least one reviewer, shares from 0 to 1, seconds above 0, spread from 0: {self}")


class SimulatedReviewers:
    """Reviewers who answer questions: a `Responder`.

    Each question's dice depend on the seed and its id alone, so that the same questions get the same answers whatever else
    is asked; when they come depends on the queue. Doubts come before disputes and audits, then what is due first; nobody
    begins what an average look could not answer in time. Audits and disputes wait until the true receipt of their visit is
    known. Let `hear` have everything that the shop says and all truth as it streams by.
    """

    def __init__(self, seed: int, habits: Habits | None = None) -> None:
        self._seed = seed
        self._habits = habits or Habits()
        self._free_at = {f"reviewer-{number + 1}": -(2**63) for number in range(self._habits.reviewers)}
        self._given = dict.fromkeys(self._free_at, 0)
        self._seen: dict[str, Seen] = {}
        self._receipts: dict[str, Receipt] = {}
        self._true_receipts: dict[str, TrueReceipt] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._answered: list[Verdict] = []
        self._passed = -(2**63)
        self._actions = 0

    def hear(self, records: Iterable[AnyRecord]) -> None:
        """Take note of questions, what became of them, receipts, and the truth; everything else passes by."""
        for record in records:
            match record:
                case TrueAction():
                    self._watch(record)
                case Question():
                    self._waiting[record.id] = _Waiting(record, max(record.envelope.arrived, self._passed))
                case QuestionClosed():
                    self._forget(record)
                case Receipt():
                    self._receipts[record.visit] = record
                case TrueReceipt():
                    self._true_receipts[record.visit] = record
                case _:
                    pass

    @property
    def is_idle(self) -> bool:
        """Whether nobody is about to answer anything."""
        return not self._answered and self._next_look() is None

    def due(self, before_ns: int) -> list[Verdict]:
        """The verdicts given before an instant (ns UTC), in the order of their time, each once."""
        while (look := self._next_look()) is not None and look.at < before_ns:
            self._look(look)
        self._passed = max(self._passed, before_ns)
        given = [verdict for verdict in self._answered if verdict.happened < before_ns]
        self._answered = [verdict for verdict in self._answered if verdict.happened >= before_ns]
        return sorted(given, key=lambda verdict: (verdict.happened, verdict.envelope.stream))

    # -- what they know ------------------------------------------------------------------------------------------------

    def _watch(self, action: TrueAction) -> None:
        for plate in action.plates or (_FLOOR,):
            self._seen.setdefault(plate, []).append(action)
        self._actions += 1
        if self._actions % _CLEARED_EVERY == 0:
            since = action.happened - REMEMBERED
            for plate, actions in self._seen.items():
                self._seen[plate] = [each for each in actions if each.happened >= since]
            self._receipts = {visit: each for visit, each in self._receipts.items() if each.happened >= since}
            self._true_receipts = {visit: each for visit, each in self._true_receipts.items() if each.happened >= since}

    def _forget(self, closed: QuestionClosed) -> None:
        """A closed question is nobody's work any more; who looks at it already finishes the look."""
        gone = [name for name, each in self._waiting.items() if closed.question in (name, each.question.again)]
        for name in gone:
            del self._waiting[name]

    def _can_be_told(self, question: Question) -> bool:
        known = question.visit in self._receipts and question.visit in self._true_receipts
        return question.purpose == "doubt" or known

    # -- how they work -------------------------------------------------------------------------------------------------

    def _next_look(self) -> _Look | None:
        """The next time that somebody who is free turns to a question; ties go to the reviewer named first."""
        looks = [look for name in self._free_at if (look := self._next_of(name)) is not None]
        return min(looks, key=lambda look: (look.at, look.reviewer), default=None)

    def _next_of(self, reviewer: str) -> _Look | None:
        able = [w for w in self._waiting.values() if reviewer not in w.question.not_to and self._can_be_told(w.question)]
        if not able:
            return None
        at = max(self._free_at[reviewer], min(waiting.since for waiting in able))
        first = min((waiting.question for waiting in able if waiting.since <= at), key=_order)
        return _Look(reviewer, first, at)

    def _look(self, look: _Look) -> None:
        del self._waiting[look.question.id]
        if look.question.deadline < look.at + from_seconds(self._habits.seconds):
            return
        dice = generator(self._seed, "reviewer", look.question.id)
        seconds = self._seconds(dice)
        at = look.at + from_seconds(seconds)
        self._free_at[look.reviewer] = at
        answer, choice = self._answer(look.question, dice)
        place = Envelope(
            store=look.question.envelope.store, stream=f"verdicts/{look.reviewer}", sequence=self._given[look.reviewer],
            happened=at, arrived=at, because=(look.question.id,),
        )  # fmt: skip
        self._given[look.reviewer] += 1
        self._answered.append(
            Verdict(
                envelope=place, question=look.question.id, answer=answer, choice=choice, reviewer=look.reviewer,
                seconds=round(seconds, 3),
            )
        )  # fmt: skip

    def _seconds(self, dice: np.random.Generator) -> float:
        """A log-normal time whose mean is the stated one."""
        habits = self._habits
        return float(habits.seconds * math.exp(habits.spread * dice.standard_normal() - habits.spread**2 / 2))

    def _answer(self, question: Question, dice: np.random.Generator) -> tuple[Answer, int]:
        """The answer and its choice. Option 0 stands for none of these; of an audit or dispute one option is right."""
        unsure, wrong, which = dice.random(3)
        if unsure < self._habits.cannot_tell:
            return "cannot tell", 0
        option = self._right(question)
        if wrong >= self._habits.accuracy:
            options = range(0 if question.purpose == "doubt" else 1, len(question.choices) + 1)
            others = [other for other in options if other != option]
            option = others[int(which * len(others))] if others else option
        return ("choice", option) if option else ("none of these", 0)

    def _right(self, question: Question) -> int:
        if question.purpose != "doubt":
            judged = audited if question.purpose == "audit" else disputed
            return judged(question, self._receipts[question.visit], self._true_receipts[question.visit])
        actions = {each.id: each for plate in question.plates or (_FLOOR,) for each in self._seen.get(plate, ())}
        return watched(question, tuple(actions.values()))


@dataclass(frozen=True, slots=True)
class _Waiting:
    question: Question
    since: int


@dataclass(frozen=True, slots=True)
class _Look:
    reviewer: str
    question: Question
    at: int


def _order(question: Question) -> tuple[bool, int, str]:
    return question.purpose != "doubt", question.deadline, question.id
