"""A number that decides who pays stands in the documents as it stands in the source: name, value, and why."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from saunter.base.time import MILLISECOND, SECOND

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "saunter"
#: Which document speaks of which rooms; every module of a room is read, for a number may stand beside its only use.
DOCUMENTS = {
    "sensing.md": ("sensing",),
    "belief.md": ("base/habits.py", "shelves", "tracking", "attribution", "pipeline/engine.py", "pipeline/reorder.py"),
    "running.md": ("pipeline/trading.py", "pipeline/showing.py", "pipeline/counting.py", "pipeline/moments.py", "apps/running"),
    "entry.md": ("entry", "consent", "opening", "base/cards.py"),
    "money.md": ("payment", "guard", "base/forgetting.py"),
    "settlement.md": ("settlement", "review", "learning", "simulation/reviewer.py", "simulation/watching.py"),
}
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)` \| (-?[\d.]+(?:e-?\d+)?)(?: ([^|]*?))? \| ([^|]+?) \|$")
TITLE = re.compile(r"^#+ Numbers of `([\w/]+)`$")
#: Instants and durations are nanoseconds in the source; people read seconds.
SCALES = {"ms": MILLISECOND, "s": SECOND}


class Number(NamedTuple):
    """A number and where it stands: the module relative to `src/saunter` without `.py`, and its name."""

    module: str
    name: str


def modules(room: str) -> list[Path]:
    return [SOURCE / room] if room.endswith(".py") else sorted((SOURCE / room).glob("*.py"))


def names(tree: ast.Module) -> list[str]:
    """Public names in capitals that the module itself defines."""
    declared = [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    assigned = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    targets = [*declared, *assigned]
    return [target.id for target in targets if isinstance(target, ast.Name) and re.fullmatch("[A-Z][A-Z0-9_]*", target.id)]


def in_the_source(document: str) -> dict[Number, float]:
    found = {}
    for path in (path for room in DOCUMENTS[document] for path in modules(room)):
        place = path.relative_to(SOURCE).with_suffix("").as_posix()
        module = importlib.import_module("saunter." + place.replace("/", "."))
        for name in names(ast.parse(path.read_text())):
            value = getattr(module, name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[Number(place, name)] = value
    return found


def in_the_document(text: str) -> dict[Number, float]:
    """The rows of all tables below a title `Numbers of ...`; a row that does not read as one is an error."""
    found: dict[Number, float] = {}
    module = ""
    for row in text.splitlines():
        if row.startswith("#"):
            title = TITLE.match(row)
            module = title[1] if title else ""
        elif module and row.startswith("| `"):
            match = ROW.match(row)
            assert match is not None, f"not `name`, number and unit, reason: {row}"
            found[Number(module, match[1])] = float(match[2]) * scale(module, match[1], match[3])
    return found


def scale(module: str, name: str, unit: str | None) -> int:
    """Nanoseconds per unit where the source counts nanoseconds; 1 for numbers that are seconds by name, and all others."""
    value = getattr(importlib.import_module("saunter." + module.replace("/", ".")), name, 0)
    return SCALES.get(unit or "", 1) if isinstance(value, int) else 1


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_number_stands_in_its_document_with_its_value(document: str) -> None:
    source = in_the_source(document)
    told = in_the_document((ROOT / "docs" / document).read_text())
    assert len(source) >= (5 if document != "sensing.md" and document != "belief.md" else 20)
    assert sorted(source.keys() - told.keys()) == [], f"say in docs/{document} what these are"
    assert sorted(told.keys() - source.keys()) == [], f"docs/{document} tells of numbers that are gone"
    differing = {number: (told[number], value) for number, value in source.items() if told[number] != pytest.approx(value)}
    assert differing == {}, f"docs/{document} says one value, the source another"


def test_a_wrong_value_and_a_row_without_reason_would_be_noticed() -> None:
    right = "## Numbers of `sensing/constants`\n| `CELL` | 50 ms | one cell |"
    cell = Number("sensing/constants", "CELL")
    assert in_the_document(right) == {cell: 50 * MILLISECOND}
    assert in_the_document(right.replace("50 ms", "0.06 s")) == {cell: 60 * MILLISECOND}
    assert in_the_document("## Another title\n| `CELL` | 50 ms | one cell |") == {}
    with pytest.raises(AssertionError, match="not `name`, number and unit, reason"):
        in_the_document(right.replace("one cell ", ""))
