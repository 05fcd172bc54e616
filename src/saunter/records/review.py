"""What a reviewer is asked, and what was answered. A verdict is evidence like a gram: it reweights the belief."""

from __future__ import annotations

from typing import Literal

import msgspec

from saunter.records.decisions import Change
from saunter.records.envelope import Record


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One answer a reviewer may give: this party did this, with these changes; how likely the belief holds it.

    `changes` empty: nothing left or came (a touch, a load that passed). `text` is what the reviewer reads, without names.
    An audit asks about a whole receipt instead: it is right, holds something too much, lacks something, or both. A dispute asks
    about one line of it: "right" (with the disputed pieces as `changes`: they were kept), or "too much".
    """

    party: str
    action: Literal["taken", "put back", "nothing", "right", "too much", "missing", "both"]
    changes: tuple[Change, ...]
    probability: float
    text: str


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to watch: an interaction, where it was, and from when to when (ns UTC)."""

    interaction: str
    shelf: str
    plates: tuple[str, ...]
    started: int
    settled: int


class Question(Record, frozen=True, kw_only=True):
    """One look, one key: who did what at a shelf. Choice n is given by key n; the key after the last choice says "none of
    these", key 0 "cannot tell"; hence at most eight choices.

    A `doubt` holds up the receipt of `visit` until its verdict or `deadline` (ns UTC). An `audit` is drawn at random among
    receipts that nobody was asked about, after they were settled; it holds nothing up and can only lead to a refund. A `dispute`
    is asked because a shopper says that a line is wrong; it can only lead to a refund, too.
    `party` is the shopper whom the receipt is for. `plates` and the time from `started` to `settled` say where to look; an
    audit lists in `looks` every moment of the visit, a dispute those behind its line, and its `interaction` and `shelf` are
    empty. `loss_removed` is the expected loss (minor units) that the answer takes away. When a reviewer could not tell, the
    question is put once more:
    `again` is then the id of the first question, and `not_to` the reviewers who have seen it.
    """

    purpose: Literal["doubt", "audit", "dispute"]
    visit: str
    interaction: str
    shelf: str
    plates: tuple[str, ...]
    started: int
    settled: int
    text: str
    choices: tuple[Choice, ...]
    deadline: int
    loss_removed: float = 0.0
    party: str = ""
    looks: tuple[Look, ...] = ()
    again: str = ""
    not_to: tuple[str, ...] = ()


class Verdict(Record, frozen=True, kw_only=True):
    """A reviewer's answer to a question, as a reading of its own: `choice` n from 1, or 0 with the reason in `answer`.

    "none of these" says that what happened is not among the choices. `seconds` is how long the reviewer looked.
    """

    question: str
    answer: Literal["choice", "none of these", "cannot tell"]
    choice: int = 0
    reviewer: str = ""
    seconds: float = 0.0


class QuestionClosed(Record, frozen=True, kw_only=True):
    """What became of a question (its first id, if it was put twice). `verdict` and `choice` are those that closed it.

    answered: one of the choices; cannot tell: two reviewers could not, or there was no time for a second one; expired:
    nobody answered by the deadline; late: an answer came after the question was closed. It is kept, and may only refund.
    """

    question: str
    purpose: Literal["doubt", "audit", "dispute"]
    visit: str
    interaction: str
    outcome: Literal["answered", "none of these", "cannot tell", "expired", "late"]
    verdict: str = ""
    choice: int = 0
