"""A TOML text being judged: its values, the places of its keys, and every mistake found in it so far."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from saunter.base.errors import Problem
from saunter.plan.schema import EXAMPLES, PLATES_TAGS
from saunter.plan.toml_lines import Path, TomlLines

Model = TypeVar("Model", bound=BaseModel)

#: How one entry of an array of tables is called in a message.
_SINGULAR: Final = {
    "fixtures": "fixture", "shelves": "shelf", "plates": "plate", "gates": "gate", "cameras": "camera", "taxes": "tax",
    "promotions": "promotion",
}  # fmt: skip
_PLACE: Final = re.compile(r" \(at line (\d+), column \d+\)$| \(at end of document\)$")
_SHOWN_CHARACTERS: Final = 40


class TomlSource:
    """One TOML text under examination. `raw` is empty when it is no TOML at all; then `problems` says why."""

    def __init__(self, where: str, text: str) -> None:
        self.where = where
        self.problems: list[Problem] = []
        self._text = text
        self.raw: dict[str, Any] = self._loaded()

    @cached_property
    def _lines(self) -> TomlLines:
        return TomlLines(self._text)

    def line(self, path: Path) -> int:
        """The line of a key or table, or of the nearest thing around it; 0 when it is written nowhere."""
        return self._lines.line(path)

    def mistake(self, path: Path, what: str, remedy: str = "") -> None:
        """Note a mistake at a key or table. What it belongs to (`shelf g1s2: ...`) is put in front."""
        owner = self._owner(path)
        self.problems.append(Problem(self.where, self.line(path), f"{owner}: {what}" if owner else what, remedy))

    def tables(self, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The entries of a top-level array of tables with their positions; those of another type are left out."""
        entries = self.raw.get(key)
        for position, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict):
                yield position, entry

    def validated(self, model: type[Model], path: Path, value: object) -> Model | None:
        """`value` as a checked table, or None after noting every mistake in it."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for details in error.errors(include_url=False):
                self._note(model, path, details)
            return None

    def _loaded(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._text)
        except ValueError as error:
            match = _PLACE.search(str(error))
            line = int(match.group(1)) if match and match.group(1) else self._text.count("\n") + 1 if match else 0
            what = f"this is not TOML: {_PLACE.sub('', str(error))}"
            self.problems.append(Problem(self.where, line, what, "see docs/plan.md for an example of every table"))
        except RecursionError:
            what = "brackets are nested too deeply"
            self.problems.append(Problem(self.where, 0, what, "a plan needs no more than three levels of [ ]"))
        return {}

    def _note(self, model: type[BaseModel], path: Path, details: ErrorDetails) -> None:
        place: Path = (*path, *(part for part in details["loc"] if part not in PLATES_TAGS))
        key = next((part for part in reversed(place) if isinstance(part, str)), "")
        what, remedy = _explained(key, details, _known_keys(model, details["loc"]))
        self.mistake(place, what, remedy)

    def _owner(self, path: Path) -> str:
        """`fixture g1, shelf g1s2` for a path into that shelf; empty for tables that exist once."""
        names: list[str] = []
        value: Any = self.raw
        for part, following in pairwise(path):
            value = _child(value, part)
            entry = _child(value, following) if isinstance(following, int) else None
            if isinstance(part, str) and part in _SINGULAR and isinstance(entry, dict):
                names.append(f"{_SINGULAR[part]} {_entry_name(entry.get('code' if part == 'taxes' else 'id'), int(following))}")
        return ", ".join(names)


def _child(value: object, part: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _entry_name(name: object, position: int) -> str:
    return name.strip()[:_SHOWN_CHARACTERS] if isinstance(name, str) and name.strip() else f"number {position + 1}"


def _known_keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys of the table in which the mistake at `location` lies."""
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        inner = _inner_model(field.annotation) if field else None
        model = inner or model
    return list(model.model_fields)


def _inner_model(annotation: object) -> type[BaseModel] | None:
    """The first table type inside a field's type such as `tuple[ShelfTable, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None


def _explained(key: str, details: ErrorDetails, known: list[str]) -> tuple[str, str]:
    """A mistake in words, and what to do about it."""
    example = EXAMPLES.get(key, "")
    inside_list = bool(details["loc"]) and isinstance(details["loc"][-1], int)
    wrong_length = {"too_long": "many", "missing": "few" if inside_list else ""}.get(details["type"])
    if wrong_length:
        return f"`{key}` has too {wrong_length} values", f"write it like {example}" if example else ""
    if details["type"] == "missing":
        return f"`{key}` is missing", f"add {example}" if example else ""
    if details["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, known, n=1)
        return f"unknown key `{key}`", f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
    if details["type"] == "plan":
        remedy = details.get("ctx", {}).get("remedy", "") or (f"write it like {example}" if example else "")
        return details["msg"], remedy
    message = details["msg"][:1].lower() + details["msg"][1:]
    return f"`{key}`: {message}, but it is {_shown(details['input'])}", f"write it like {example}" if example else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
