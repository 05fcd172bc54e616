"""Breaks what guards money, one piece at a time, and sees whether a test notices: `python tests/mutants.py`.

Run by hand, not by pytest: it runs the tests of three rooms some hundred times. It works on a copy of the source, so that the
checkout stays as it is. Four kinds of breaking, each found in the syntax tree: a fault that is not told any more, a condition
turned round, an exception that is not raised, and a transition missing from a table. `-o FILE` writes the list as Markdown.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What is broken, and the tests of its room. What those do not notice is shown to the others.
ROOMS = {"guard": ("tests/guard",), "ledger": ("tests/ledger", "tests/guard"), "payment": ("tests/payment",)}
OTHERS = ("tests/guard", "tests/ledger", "tests/payment", "tests/pipeline")


#: A document that says what the table says is no judge of the table.
BY_MEANING = "not holds_the_table"


@dataclass(frozen=True)
class Mutant:
    """One piece of source and what stands in its place."""

    file: Path
    line: int
    start: int
    end: int
    text: str
    what: str


def mutants(file: Path) -> Iterator[Mutant]:
    """Everything in a file that can be broken."""
    source = file.read_text(encoding="utf-8")
    starts = [0]
    for row in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(row.encode()))

    def made(node: ast.expr | ast.stmt, text: str, what: str) -> Mutant:
        assert node.end_lineno is not None and node.end_col_offset is not None
        first, last = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        return Mutant(file, node.lineno, first, last, text, what)

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
            yield made(node, "yield from ()", f"not told: {_short(node)}")
        elif isinstance(node, ast.If):
            yield made(node.test, f"(not ({ast.unparse(node.test)}))", f"turned round: if {_short(node.test)}")
        elif isinstance(node, ast.Raise) and node.exc is not None:
            yield made(node, "pass", f"not raised: {_short(node)}")
        elif isinstance(node, ast.Dict):
            yield from (made_without(node, place, made) for place in range(len(node.keys)) if _is_step(node, place))


def made_without(node: ast.Dict, place: int, made: object) -> Mutant:
    """A table without one of its transitions."""
    keys = [
        f"{ast.unparse(k)}: {ast.unparse(v)}"
        for n, (k, v) in enumerate(zip(node.keys, node.values, strict=True))
        if k and n != place
    ]
    gone = f"{ast.unparse(node.keys[place])} to {ast.unparse(node.values[place])}"  # type: ignore[arg-type]
    return made(node, "{" + ", ".join(keys) + "}", f"no transition: {gone}")  # type: ignore[operator, no-any-return]


def _is_step(node: ast.Dict, place: int) -> bool:
    """Whether an entry of a dictionary is an event that leads to a state."""
    return [_owner(node.keys[place]), _owner(node.values[place])] == ["Event", "State"]


def _owner(node: ast.expr | None) -> str:
    return node.value.id if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else ""


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:87]}..."


def noticed(copy: Path, mutant: Mutant, tests: tuple[str, ...]) -> str:
    """The first test that fails with the mutant in place; empty: none does."""
    target = copy / mutant.file.relative_to(ROOT)
    whole = target.read_bytes()
    target.write_bytes(whole[: mutant.start] + mutant.text.encode() + whole[mutant.end :])
    try:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-m",
            "not slow",
            "-k",
            BY_MEANING,
            *tests,
        ]
        environment = {**os.environ, "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=600, check=False)
    finally:
        target.write_bytes(whole)
    if done.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return found[1].removeprefix("tests/") if found else "the program does not start"


def main() -> None:
    """Breaks everything, and writes what noticed it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="where the list goes (Markdown); else to the terminal")
    parser.add_argument("--only", default="", help="only files with this in their path")
    parser.add_argument("--room", choices=tuple(ROOMS), action="append", help="only this room")
    wanted = parser.parse_args()
    rows, left = [], 0
    with tempfile.TemporaryDirectory(prefix="saunter-mutants-") as folder:
        copy = Path(folder)
        for name in ("src", "tests", "stories", "docs", "pyproject.toml"):
            from_, to = ROOT / name, copy / name
            shutil.copytree(from_, to) if from_.is_dir() else shutil.copy(from_, to)
        for room in wanted.room or ROOMS:
            for file in sorted((ROOT / "src/saunter" / room).glob("*.py")):
                for mutant in mutants(file) if wanted.only in str(file) else ():
                    by = noticed(copy, mutant, ROOMS[room]) or noticed(copy, mutant, OTHERS)
                    left += not by
                    what = mutant.what.replace("|", "\\|")
                    rows.append(f"| {room}/{file.name}:{mutant.line} | `{what}` | {by or '**nobody**'} |")
                    sys.stderr.write(f"{len(rows)}: {rows[-1]}\n")
    text = "\n".join(
        [f"{len(rows)} were broken, {left} unnoticed.", "", "| where | what was broken | noticed by |", "|---|---|---|", *rows]
    )
    wanted.output.write_text(text + "\n", encoding="utf-8") if wanted.output else sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
