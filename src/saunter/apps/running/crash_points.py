"""Named points around every commit and every call to the provider, at which a crash test kills the process.

Nothing happens at them unless a test arms one: "name:n" kills at the n-th time that the point is reached. The table is what
`saunter bench crash` goes through."""

from __future__ import annotations

import os
import signal
from typing import Final

#: Where the process may be killed on purpose, and what that moment means.
CRASH_POINTS: Final[dict[str, str]] = {
    "before-inputs-logged": "the batch is in memory only",
    "after-inputs-logged": "the batch is durable, nothing has been made of it",
    "before-books-commit": "everything is decided, nothing is written",
    "inside-books-commit": "the transaction is open, half of it is written",
    "after-books-commit": "the books hold it, nobody outside has heard of it",
    "before-snapshot": "the state is about to be saved",
    "after-snapshot": "the state is saved",
    "before-provider-call": "a stamped command is about to be sent",
    "after-provider-call": "the provider has answered, nobody has heard it",
    "after-outcome-told": "the answer is in the queue of the loop",
}


class CrashPoints:
    """Counts how often points are reached, and kills this process where it was told to."""

    def __init__(self, armed: str = "") -> None:
        self._name, _, number = armed.partition(":")
        self._left = int(number or 1)
        if self._name and self._name not in CRASH_POINTS:
            raise ValueError(f"there is no crash point {self._name!r}; there are {', '.join(CRASH_POINTS)}")

    def reached(self, name: str) -> None:
        """A point; mostly nothing happens."""
        if name != self._name:
            return
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
