"""Reads a scenario from a small TOML text; every mistake at once."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from typing import Any, Final

from saunter.base.errors import InputProblems, Problem
from saunter.base.limits import PLAN_FILE_BYTES_MAX
from saunter.simulation.crowd.scenario import ODD, ORDINARY, Arrivals, Scenario
from saunter.simulation.shops import CONVENIENCE, shop_names
from saunter.simulation.table import PRESETS

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_KEYS: Final = (
    "title", "shop", "preset", "starts_at", "minutes", "parties_max", "staff", "groups", "odd_share",
    "arrivals", "ordinary", "odd",
)  # fmt: skip
_REMEDY: Final = "docs/simulation.md has a whole scenario to begin with"
#: No scenario is longer than a week (minutes), lets in more at once, or has larger groups or a larger staff.
MINUTES_MAX: Final = 7 * 24 * 60
PARTIES_MAX: Final = 200
GROUP_MAX: Final = 8
STAFF_MAX: Final = 10
#: More than this per hour no door lets through (one party every second).
PER_HOUR_MAX: Final = 3600


def parse_scenario(text: str, name: str) -> Scenario:
    """The scenario of a TOML text; `name` is its file's name, for messages. Raises InputProblems with every mistake."""
    if len(text.encode("utf-8", "replace")) > PLAN_FILE_BYTES_MAX:
        raise InputProblems([Problem(name, 0, f"larger than {PLAN_FILE_BYTES_MAX} bytes", "split it")])
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputProblems([Problem(name, 0, f"this is no TOML: {error}", _REMEDY)]) from None
    reader = _Reader(document, name)
    scenario = reader.scenario()
    if reader.problems:
        raise InputProblems(reader.problems)
    return scenario


class _Reader:
    """Takes a document apart; where something is wrong, something harmless stands in its place."""

    def __init__(self, document: dict[str, Any], name: str) -> None:
        self._document, self._name = document, name
        self.problems: list[Problem] = []
        for key in document:
            if key not in _KEYS:
                self._wrong(key, "is not known", f"the keys are {', '.join(_KEYS)}")

    def scenario(self) -> Scenario:
        """What the document says."""
        title = self._document.get("title", self._name)
        if not isinstance(title, str):
            self._wrong("title", f"is {title!r}", "write a text")
        return Scenario(
            name=self._name,
            title=str(title),
            shop=self._one_of("shop", (CONVENIENCE, *shop_names()), CONVENIENCE),
            preset=self._one_of("preset", tuple(PRESETS), "nanostore"),
            starts_min=self._clock("starts_at", self._document.get("starts_at", "12:00")),
            minutes=self._number("minutes", 1, MINUTES_MAX, 60),
            arrivals=self._arrivals(),
            parties_max=int(self._number("parties_max", 1, PARTIES_MAX, 20, is_whole=True)),
            groups=self._groups(),
            staff=int(self._number("staff", 0, STAFF_MAX, 0, is_whole=True)),
            odd_share=self._number("odd_share", 0, 1, 0),
            ordinary=self._weights("ordinary", ORDINARY),
            odd=self._weights("odd", ODD),
        )

    def _wrong(self, key: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(self._name, 0, f"{key} {what}", remedy))

    def _one_of(self, key: str, choices: tuple[str, ...], usual: str) -> str:
        value = self._document.get(key, usual)
        if value not in choices:
            self._wrong(key, f"is {value!r}", f"choose one of {', '.join(choices)}")
            return usual
        return str(value)

    def _clock(self, key: str, value: Any) -> float:
        match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self._wrong(key, f"is {value!r}", 'write a time of day such as "12:30"')
            return 0.0
        return int(match[1]) * 60.0 + int(match[2])

    def _number(self, key: str, low: float, high: float, usual: float, *, is_whole: bool = False) -> float:
        return self._checked(key, self._document.get(key, usual), low, high, is_whole=is_whole)

    def _checked(self, key: str, value: Any, low: float, high: float, *, is_whole: bool = False) -> float:
        kinds = int if is_whole else int | float
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            self._wrong(key, f"is {value!r}", f"give a {'whole ' if is_whole else ''}number from {low:g} to {high:g}")
            return low
        return float(value)

    def _arrivals(self) -> tuple[Arrivals, ...]:
        entries = self._document.get("arrivals")
        if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
            self._wrong("arrivals", "is missing or no list of tables", 'write [[arrivals]] with at = "12:00" and per_hour = 60')
            return (Arrivals(0.0, 0.0),)
        found = []
        for number, entry in enumerate(entries, 1):
            key = f"arrivals {number}"
            for other in sorted(set(entry) - {"at", "per_hour"}):
                self._wrong(f"{key}, {other}", "is not known", "the keys are at and per_hour")
            per_hour = self._checked(f"{key}, per_hour", entry.get("per_hour"), 0, PER_HOUR_MAX)
            found.append(Arrivals(self._clock(f"{key}, at", entry.get("at")), per_hour))
        if any(b.at_min <= a.at_min for a, b in pairwise(found)):
            self._wrong("arrivals", "are not in order of time", "let each begin later than the one before")
        return tuple(found)

    def _groups(self) -> tuple[float, ...]:
        value = self._document.get("groups", [1.0])
        if not isinstance(value, list) or not 0 < len(value) <= GROUP_MAX:
            self._wrong("groups", f"is {value!r}", f"list the shares of parties of 1, 2, ... up to {GROUP_MAX} people")
            return (1.0,)
        shares = [self._checked(f"groups, place {number}", share, 0, 1) for number, share in enumerate(value, 1)]
        if abs(sum(shares) - 1) > 1e-6:
            self._wrong("groups", f"add up to {sum(shares):g}", "let the shares add up to 1")
        return tuple(shares)

    def _weights(self, key: str, kinds: tuple[str, ...]) -> dict[str, float]:
        value = self._document.get(key, {kinds[0]: 1.0})
        if not isinstance(value, dict) or not value:
            self._wrong(key, "is no table of kinds and weights", f"write [{key}] with lines such as {kinds[0]} = 1")
            return {kinds[0]: 1.0}
        for kind in [kind for kind in value if kind not in kinds]:
            self._wrong(f"{key}, {kind}", "is not known", f"the kinds are {', '.join(kinds)}")
        weights = {kind: self._checked(f"{key}, {kind}", value[kind], 0, 1e6) for kind in kinds if kind in value}
        if not sum(weights.values()) > 0:
            self._wrong(key, "has no weight above 0", "give at least one kind a weight")
        return weights
