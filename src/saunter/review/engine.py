"""The review room: questions before people, until somebody has answered or the receipt cannot wait any longer."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from saunter.base.errors import Refused
from saunter.base.ids import RESERVED_PARTIES
from saunter.base.snapshots import restored
from saunter.base.time import from_seconds
from saunter.plan.types import Plan
from saunter.records import Attribution, Envelope, Look, Question, QuestionClosed, Receipt, Record, Verdict
from saunter.review.auditing import audit_of, drawn
from saunter.review.constants import CLOSED_MAX, MOMENT_SHARE_MIN, MOMENTS_MAX, OPEN_MAX
from saunter.review.queue import Figures, Moment, Over, check, order, over

QUESTIONS: Final = "review/questions"
CLOSED: Final = "review/closed"
Outcome = Literal["answered", "none of these", "cannot tell", "expired", "late"]
#: What an answer makes of its question.
_OUTCOMES: Final[dict[str, Outcome]] = {"choice": "answered", "none of these": "none of these", "cannot tell": "cannot tell"}


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot.

    `open` and `over` are keyed by a question's first id; `first` leads from every id of a question there. `asked` are the
    visits about which somebody was asked, until their receipts; `moments` by interaction.
    """

    store: str
    sequence: dict[str, int] = msgspec.field(default_factory=lambda: {QUESTIONS: 0, CLOSED: 0})
    open: dict[str, Question] = msgspec.field(default_factory=dict)
    over: dict[str, Over] = msgspec.field(default_factory=dict)
    first: dict[str, str] = msgspec.field(default_factory=dict)
    asked: dict[str, None] = msgspec.field(default_factory=dict)
    moments: dict[str, Moment] = msgspec.field(default_factory=dict)
    figures: dict[str, Figures] = msgspec.field(default_factory=dict)
    pending: list[Question | QuestionClosed] = msgspec.field(default_factory=list)


class ReviewEngine:
    """Questions (doubts and disputes) and verdicts in; out comes what became of each question, a second opinion where one
    cannot tell, and audits.

    Whether a verdict is in time is judged by when it arrived, not by when it is processed. Attributions and receipts are
    taken as well: they tell what an audit has to show, and when to draw one.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._memory = _Memory(store=plan.store)

    def receive(self, record: Record) -> None:
        """Take a Question, Verdict, Attribution or Receipt; others, and verdicts that answer nothing, raise Refused."""
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        match record:
            case Question():
                self._put(record)
            case Verdict():
                self._hear(record)
            case Attribution():
                self._remember(record)
            case Receipt():
                self._draw(record)
            case _:
                raise Refused(f"review takes questions, verdicts, attributions and receipts, not {type(record).__name__}")

    def advance(self, to: int) -> list[Record]:
        """What was closed or asked since the last call, in order; what nobody answered by its deadline, up to `to`, expires."""
        for first, question in list(self._memory.open.items()):
            if question.deadline < to:
                self._close(first, "expired", question.deadline)
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def open_questions(self) -> tuple[Question, ...]:
        """The questions before people, in the order in which they should be looked at."""
        return tuple(sorted(self._memory.open.values(), key=order))

    def next_for(self, reviewer: str, at: int) -> Question | None:
        """What a reviewer who is free at `at` (ns UTC) should look at: nothing seen before, nothing that a look of the expected
        length would answer too late. None: nothing to do."""
        until = at + from_seconds(self._plan.policies.question_seconds)
        questions = self.open_questions()
        return next((each for each in questions if reviewer not in each.not_to and each.deadline >= until), None)

    def figures(self) -> tuple[Figures, ...]:
        """What each reviewer has done, by name."""
        return tuple(self._memory.figures[name] for name in sorted(self._memory.figures))

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "review", self._plan.store)

    # -- questions and verdicts ----------------------------------------------------------------------------------------

    def _put(self, question: Question) -> None:
        if question.id in self._memory.first:
            raise Refused(f"question {question.id} was put before")
        if question.purpose == "doubt":
            self._memory.asked[question.visit] = None
        self._memory.first[question.id] = question.id
        self._memory.open[question.id] = question
        if len(self._memory.open) > OPEN_MAX:
            self._close(question.id, "expired", question.envelope.arrived)

    def _hear(self, verdict: Verdict) -> None:
        first = self._memory.first.get(verdict.question)
        if first is None:
            raise Refused(f"{verdict.id}: question {verdict.question!r} was never put, or long ago")
        question = self._memory.open.get(first)
        if question is None:
            self._hear_late(first, verdict)
            return
        check(verdict, len(question.choices))
        if verdict.reviewer in question.not_to:
            if verdict.answer != "cannot tell":
                raise Refused(f"{verdict.id}: {verdict.reviewer} could not tell {verdict.question} before")
        elif verdict.envelope.arrived > question.deadline:
            self._close(first, "expired", question.deadline)
            self._hear_late(first, verdict)
        else:
            self._note(verdict, late=False)
            self._answer(first, question, verdict)

    def _answer(self, first: str, question: Question, verdict: Verdict) -> None:
        enough = verdict.envelope.arrived + from_seconds(self._plan.policies.question_seconds) <= question.deadline
        if verdict.answer == "cannot tell" and not question.not_to and enough:
            self._ask_another(first, question, verdict)
        else:
            self._close(first, _OUTCOMES[verdict.answer], verdict.envelope.arrived, verdict)

    def _ask_another(self, first: str, question: Question, verdict: Verdict) -> None:
        """Once more, to somebody else."""
        envelope = self._envelope(QUESTIONS, verdict.envelope.arrived, (first, verdict.id))
        again = msgspec.structs.replace(question, envelope=envelope, again=first, not_to=(verdict.reviewer,))
        self._memory.first[again.id] = first
        self._memory.open[first] = again
        self._memory.pending.append(again)

    def _hear_late(self, first: str, verdict: Verdict) -> None:
        """An answer to a closed question: kept and told once, unless the same reviewer gives it twice."""
        ended = self._memory.over[first]
        check(verdict, ended.choices)
        if verdict.id in ended.verdicts or verdict.reviewer in ended.reviewers:
            return
        self._note(verdict, late=True)
        self._memory.over[first] = self._with(ended, verdict)
        self._say_closed(first, ended, "late", verdict.envelope.arrived, verdict)

    def _close(self, first: str, outcome: Outcome, at: int, verdict: Verdict | None = None) -> None:
        question = self._memory.open.pop(first)
        ended = msgspec.structs.replace(over(question), reviewers=question.not_to)
        self._memory.over[first] = ended if verdict is None else self._with(ended, verdict)
        self._say_closed(first, ended, outcome, at, verdict)
        if len(self._memory.over) > CLOSED_MAX:
            oldest = next(iter(self._memory.over))
            del self._memory.over[oldest]
            self._memory.first = {name: to for name, to in self._memory.first.items() if to != oldest}

    def _say_closed(self, first: str, ended: Over, outcome: Outcome, at: int, verdict: Verdict | None) -> None:
        because = (first,) if verdict is None else (first, verdict.id)
        self._memory.pending.append(
            QuestionClosed(
                envelope=self._envelope(CLOSED, at, because), question=first, purpose=ended.purpose, visit=ended.visit,
                interaction=ended.interaction, outcome=outcome,
                verdict="" if verdict is None else verdict.id, choice=0 if verdict is None else verdict.choice,
            )
        )  # fmt: skip

    @staticmethod
    def _with(ended: Over, verdict: Verdict) -> Over:
        return msgspec.structs.replace(
            ended, verdicts=(*ended.verdicts, verdict.id), reviewers=(*ended.reviewers, verdict.reviewer)
        )

    def _note(self, verdict: Verdict, *, late: bool) -> None:
        known = self._memory.figures.get(verdict.reviewer) or Figures(reviewer=verdict.reviewer)
        self._memory.figures[verdict.reviewer] = known.after(verdict, late=late)

    # -- audits --------------------------------------------------------------------------------------------------------

    def _remember(self, told: Attribution) -> None:
        """The newest word on an interaction: whose audits would show it."""
        parties = tuple(
            share.party for share in told.shares if share.party not in RESERVED_PARTIES and share.probability >= MOMENT_SHARE_MIN
        )
        self._memory.moments.pop(told.interaction, None)
        if not parties:
            return
        look = Look(
            interaction=told.interaction, shelf=told.shelf, plates=told.plates, started=told.started, settled=told.settled
        )
        self._memory.moments[told.interaction] = Moment(look=look, parties=parties)
        if len(self._memory.moments) > MOMENTS_MAX:
            del self._memory.moments[next(iter(self._memory.moments))]

    def _draw(self, receipt: Receipt) -> None:
        looks = self._moments_of(receipt.party)
        asked = receipt.visit in self._memory.asked
        self._memory.asked.pop(receipt.visit, None)
        policies = self._plan.policies
        if asked or not drawn(receipt.visit, self._plan.store, policies.audit_salt, policies.audit_share):
            return
        if len(self._memory.open) >= OPEN_MAX:
            return
        question = audit_of(receipt, looks, self._envelope(QUESTIONS, receipt.envelope.arrived, (receipt.id,)))
        self._memory.first[question.id] = question.id
        self._memory.open[question.id] = question
        self._memory.pending.append(question)

    def _moments_of(self, party: str) -> list[Look]:
        """What an audit of a party shows, in time; whoever else it may have been keeps the moments."""
        looks: list[Look] = []
        for name, moment in list(self._memory.moments.items()):
            if party not in moment.parties:
                continue
            looks.append(moment.look)
            others = tuple(other for other in moment.parties if other != party)
            if others:
                self._memory.moments[name] = Moment(look=moment.look, parties=others)
            else:
                del self._memory.moments[name]
        return sorted(looks, key=lambda look: (look.started, look.interaction))

    def _envelope(self, stream: str, at: int, because: tuple[str, ...]) -> Envelope:
        sequence = self._memory.sequence[stream]
        self._memory.sequence[stream] = sequence + 1
        return Envelope(store=self._plan.store, stream=stream, sequence=sequence, happened=at, arrived=at, because=because)
