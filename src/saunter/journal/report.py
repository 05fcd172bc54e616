"""What went wrong while reading: the same trouble is told once, with how often and how many messages it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from saunter.base.errors import Problem
from saunter.base.limits import PROBLEMS_SHOWN_MAX

_OTHERS: Final = "others"


@dataclass(slots=True)
class _Trouble:
    what: str
    remedy: str
    lost: int = 0
    times: int = 0


class Report:
    """Collects troubles by key in the order of their first appearance; bounded, so memory stays flat on any input."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._troubles: dict[str, _Trouble] = {}
        self.lost = 0

    def note(self, key: str, what: str, remedy: str = "", lost: int = 0, times: int = 1) -> None:
        """One more case of the trouble `key`; the first case's words stand for all. `lost` counts messages that it cost."""
        if key not in self._troubles and len(self._troubles) >= PROBLEMS_SHOWN_MAX:
            key, what, remedy = _OTHERS, f"there is more trouble than the {PROBLEMS_SHOWN_MAX} sorts listed here", ""
        trouble = self._troubles.setdefault(key, _Trouble(what, remedy))
        trouble.times += times
        trouble.lost += lost
        self.lost += lost

    def copy(self) -> Report:
        """An independent report that starts with the same troubles."""
        other = Report(self._where)
        for key, trouble in self._troubles.items():
            other.note(key, trouble.what, trouble.remedy, trouble.lost, trouble.times)
        return other

    def problems(self) -> tuple[Problem, ...]:
        """One problem per trouble, worded for a person."""
        return tuple(Problem(self._where, 0, _sentence(trouble), trouble.remedy) for trouble in self._troubles.values())


def messages(count: int) -> str:
    """`1 message`, `2 messages`."""
    return f"{count} message" if count == 1 else f"{count} messages"


def _sentence(trouble: _Trouble) -> str:
    again = f", and {trouble.times - 1} more like it" if trouble.times > 1 else ""
    cost = f"; {messages(trouble.lost)} lost" if trouble.lost else ""
    return f"{trouble.what}{again}{cost}"
