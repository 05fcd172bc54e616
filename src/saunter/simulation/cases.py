"""Labelled real cases (who took or put back what, where and when) as data: the form of the NanoStore's `cases.json`.

What a case says is kept as it stands; `reenacting` makes a story of it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from saunter.base.errors import InputProblems, Problem
from saunter.base.ids import RESERVED_PARTIES, is_name
from saunter.base.limits import PLAN_FILE_BYTES_MAX
from saunter.base.time import MINUTE, SECOND, parse_iso

#: The two forms of an instant; either may stand behind an offset, `1:52 + 2019-11-07_02-41-19`.
_FORMS: Final = (
    re.compile(r"(?P<day>\d{4}-\d\d-\d\d)_(?P<hour>\d\d)-(?P<minute>\d\d)-(?P<second>\d\d)"),
    re.compile(r"(?P<m>\d\d)_(?P<d>\d\d)_(?P<y>\d{4})_(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"),
)
_OFFSET = re.compile(r"(\d{1,4}):([0-5]\d)\s*\+\s*(.+)")
#: Labels whose product nobody could name; the first is how the source spells it.
UNNAMED: Final = ("UNKOWN", "UNKNOWN", "")
#: A labelled weight of at most this many grams stands for "not weighed" (the source writes 0 or 1).
NOT_WEIGHED_G: Final = 1.0
_EVENTS_MAX: Final = 10_000
_NUMBER_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Labelled:
    """One piece as a label names it: barcode and name as written, grams (None: nobody weighed it)."""

    barcode: str
    name: str
    weight_g: float | None

    @property
    def is_named(self) -> bool:
        """Whether the label knows which product it was."""
        return self.barcode.upper() not in UNNAMED


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One labelled action. `at` is ns UTC by the label, whole seconds. `products` holds an entry per piece; empty: the label
    says that a hand was there, and nothing else. Gondola, shelf and plates are the source's numbers. `number` counts from 1.
    """

    at: int
    number: int
    shopper: str
    put_back: bool
    gondola: int
    shelf: int
    plates: tuple[int, ...]
    products: tuple[Labelled, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its name and its actions in the order of the file (which need not be that of time)."""

    name: str
    events: tuple[CaseEvent, ...]

    @property
    def shoppers(self) -> tuple[str, ...]:
        """Everybody in the case, in the order of the file."""
        return tuple(dict.fromkeys(event.shopper for event in self.events))


def parse_cases(text: str, name: str) -> tuple[Case, ...]:
    """The cases of a text, a JSON list of `{"case": ..., "events": [...]}`; `name` is its file's name, for messages.

    Raises InputProblems with every mistake at once, each naming its case and event.
    """
    if len(text.encode("utf-8", "replace")) > PLAN_FILE_BYTES_MAX:
        raise InputProblems([Problem(name, 0, f"larger than {PLAN_FILE_BYTES_MAX} bytes", "split it")])
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        raise InputProblems([Problem(name, line, f"this is no JSON: {error}", _REMEDY)]) from None
    if not isinstance(entries, list) or not entries:
        raise InputProblems([Problem(name, 0, "this is no list of cases", _REMEDY)])
    problems: list[Problem] = []
    cases = [_case(entry, number, name, problems) for number, entry in enumerate(entries, 1)]
    problems += _repeated([case.name for case in cases], name)
    if problems:
        raise InputProblems(problems)
    return tuple(cases)


_REMEDY: Final = 'the form is [{"case": "...", "events": [{"time": "...", "shopper": "...", "put_back": false, ...}]}]'


def _case(entry: Any, number: int, where: str, problems: list[Problem]) -> Case:
    name = entry.get("case") if isinstance(entry, dict) else None
    events = entry.get("events") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not is_name(name) or "/" in name or set(name) <= {"."}:
        problems.append(
            Problem(where, 0, f"case {number} has no usable name: {_shown(name)}", 'give "case", such as "morning-1"')
        )
        name = f"case-{number}"
    if not isinstance(events, list) or not 0 < len(events) <= _EVENTS_MAX:
        problems.append(Problem(where, 0, f"case {name} has no list of 1 to {_EVENTS_MAX} events", _REMEDY))
        events = []
    found: list[CaseEvent] = []
    for position, event in enumerate(events, 1):
        reader = _Reader(event if isinstance(event, dict) else {})
        made = reader.event(position)
        if not isinstance(event, dict):
            reader.wrong = ["it is not an object"]
        problems += [Problem(where, 0, f"case {name}, event {position}: {what}") for what in reader.wrong]
        found.append(made)
    return Case(name, tuple(found))


def _repeated(names: list[str], where: str) -> Iterator[Problem]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(where, 0, f"there are {names.count(name)} cases of the name {name}", "give each a name of its own")


@dataclass
class _Reader:
    """Reads one event; every mistake in it lands in `wrong`, and something harmless stands in its place."""

    fields: dict[str, Any]

    def __post_init__(self) -> None:
        self.wrong: list[str] = []

    def event(self, number: int) -> CaseEvent:
        """The event; only usable when nothing is wrong."""
        return CaseEvent(
            at=self._time(),
            number=number,
            shopper=self._shopper(),
            put_back=self._put_back(),
            gondola=self._number("gondola", self.fields.get("gondola")),
            shelf=self._number("shelf", self.fields.get("shelf")),
            plates=self._plates(),
            products=self._products(),
        )

    def _time(self) -> int:
        label = self.fields.get("time")
        when = label_time(label) if isinstance(label, str) else None
        if when is None:
            forms = "2019-11-07_02-35-28, 11_07_2019_03:08:19, or 1:52 + either of them"
            self.wrong.append(f"its time is {_shown(label)}; write {forms}")
        return when or 0

    def _shopper(self) -> str:
        shopper = self.fields.get("shopper")
        if not isinstance(shopper, str) or not is_name(shopper) or shopper in RESERVED_PARTIES:
            self.wrong.append(f"its shopper is {_shown(shopper)}; give a text of letters and digits that names one party")
            return ""
        return shopper

    def _put_back(self) -> bool:
        put_back = self.fields.get("put_back", False)
        if not isinstance(put_back, bool):
            self.wrong.append(f"its put_back is {_shown(put_back)}; write true or false")
        return put_back is True

    def _number(self, what: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _NUMBER_MAX:
            self.wrong.append(f"its {what} is {_shown(value)}; give its number, from 1")
            return 0
        return value

    def _plates(self) -> tuple[int, ...]:
        plates = self.fields.get("plates")
        if not isinstance(plates, list) or not plates or len(plates) > _NUMBER_MAX:
            self.wrong.append(f"its plates are {_shown(plates)}; list the numbers of the plates that felt it")
            return ()
        return tuple(sorted({self._number("plate", plate) for plate in plates}))

    def _products(self) -> tuple[Labelled, ...]:
        products = self.fields.get("products")
        if not isinstance(products, list) or not all(isinstance(product, dict) for product in products):
            self.wrong.append(f"its products are {_shown(products)}; list one object per piece, [] for a hand that took nothing")
            return ()
        return tuple(self._labelled(product) for product in products)

    def _labelled(self, product: dict[str, Any]) -> Labelled:
        barcode, name, grams = (product.get(key) for key in ("barcode", "name", "weight_g"))
        if not isinstance(barcode, str) or not isinstance(name, str | None):
            self.wrong.append(f"a product has barcode {_shown(barcode)} and name {_shown(name)}; both are texts")
            barcode, name = "", ""
        if isinstance(grams, bool) or not isinstance(grams, int | float | None) or not _is_weight(grams):
            self.wrong.append(f"a product weighs {_shown(grams)}; give grams, 0 where unknown")
            grams = None
        return Labelled(barcode.strip(), (name or "").strip(), None if grams is None or grams <= NOT_WEIGHED_G else float(grams))


def label_time(label: str) -> int | None:
    """The instant of a label in any of its three forms, ns UTC; None when it is none of them."""
    match = _OFFSET.fullmatch(label.strip())
    shift = int(match[1]) * MINUTE + int(match[2]) * SECOND if match else 0
    base = match[3].strip() if match else label.strip()
    found = next((found for form in _FORMS if (found := form.fullmatch(base))), None)
    if found is None:
        return None
    parts = found.groupdict()
    day = parts.get("day") or f"{parts['y']}-{parts['m']}-{parts['d']}"
    try:
        return parse_iso(f"{day}T{parts['hour']}:{parts['minute']}:{parts['second']}Z") + shift
    except (ValueError, OverflowError):
        return None


def _is_weight(grams: float | None) -> bool:
    return grams is None or (math.isfinite(grams) and 0 <= grams <= 1e6)


def _shown(value: Any) -> str:
    shown = repr(value)
    return "missing" if value is None else shown if len(shown) <= 60 else shown[:57] + "..."
