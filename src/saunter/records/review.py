"""What a reviewer is asked, and what was answered. A verdict is evidence like a gram: it reweights the belief."""

from __future__ import annotations

from typing import Literal

import msgspec

from saunter.records.decisions import Change
from saunter.records.envelope import Record


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One answer a reviewer may give: this party did this, with these changes; how likely the belief holds it.

    `changes` empty: nothing left or came (a touch, a load that passed). `text` is what the reviewer reads, without names.
    """

    party: str
    action: Literal["taken", "put back", "nothing"]
    changes: tuple[Change, ...]
    probability: float
    text: str


class Question(Record, frozen=True, kw_only=True):
    """One look, one key: who did what at a shelf. Choice n is given by key n; 0 is "cannot tell".

    A `doubt` holds up the receipt of `visit` until its verdict or `deadline` (ns UTC). An `audit` is drawn at random among
    sure receipts after they were settled, holds nothing up, and can only lead to a refund. `plates` and the time from
    `started` to `settled` say where to look. `loss_removed` is the expected loss (minor units) that the answer takes away.
    """

    purpose: Literal["doubt", "audit"]
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


class Verdict(Record, frozen=True, kw_only=True):
    """A reviewer's answer to a question, as a reading of its own: `choice` n from 1, or 0 with the reason in `answer`.

    "none of these" says that what happened is not among the choices. `seconds` is how long the reviewer looked.
    """

    question: str
    answer: Literal["choice", "none of these", "cannot tell"]
    choice: int = 0
    reviewer: str = ""
    seconds: float = 0.0
