"""A plan as a folder on disk: `store.toml`, `catalogue.csv` and `planogram.csv`, all UTF-8."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from saunter.base.errors import InputProblems, Problem
from saunter.base.limits import PLAN_FILE_BYTES_MAX
from saunter.plan import PLAN_FILES, Plan, parse_plan

_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


def read_plan_texts(folder: Path) -> dict[str, str]:
    """The texts of the plan's three files, by file name.

    Raises `InputProblems` naming every file that is missing, unreadable, too large or not UTF-8.
    """
    texts, problems = _read(folder)
    if problems:
        raise InputProblems(problems)
    return texts


def load_plan(folder: Path) -> Plan:
    """The plan of a folder. Raises `InputProblems` with every mistake, also of the other files when one cannot be read."""
    texts, problems = _read(folder)
    if not problems:
        return parse_plan(texts)
    if texts:
        try:
            parse_plan(texts)
        except InputProblems as error:
            unread = {problem.where for problem in problems}
            problems.extend(problem for problem in error.problems if problem.where not in unread)
    raise InputProblems(problems)


def write_plan_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the texts of a plan, making the folder if need be. Each file is replaced whole or not at all.

    Raises ValueError for a file name that no plan has, `InputProblems` when the disk refuses.
    """
    unknown = sorted(set(texts) - set(PLAN_FILES))
    if unknown:
        raise ValueError(f"a plan has no files {', '.join(unknown)}, only {', '.join(PLAN_FILES)}")
    for name in PLAN_FILES:
        if name in texts:
            _replace(folder / name, texts[name].encode("utf-8"))


def _read(folder: Path) -> tuple[dict[str, str], list[Problem]]:
    if not folder.is_dir():
        what = "this is not a folder" if folder.exists() else "there is no such folder"
        return {}, [Problem(str(folder), 0, what, f"name the folder that holds {', '.join(PLAN_FILES)}")]
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for name in PLAN_FILES:
        found = _text(folder, name)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            texts[name] = found
    return texts, problems


def _text(folder: Path, name: str) -> str | Problem:
    try:
        with (folder / name).open("rb") as file:
            content = file.read(PLAN_FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return Problem(name, 0, f"the file is missing in {folder}", "a plan needs it; docs/plan.md shows one")
    except OSError as error:
        return Problem(name, 0, f"the file cannot be read: {error.strerror}", f"look at {folder / name} and its permissions")
    if len(content) > PLAN_FILE_BYTES_MAX:
        what = f"the file is larger than {PLAN_FILE_BYTES_MAX:,} bytes"
        return Problem(name, 0, what, "is it the right file? split the shop into several stores if it is")
    return _decoded(name, content)


def _decoded(name: str, content: bytes) -> str | Problem:
    if content.startswith(_UTF_16_MARKS):
        return Problem(name, 1, "the file is UTF-16", "save it as UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        return Problem(name, line, f"byte 0x{byte:02X} is not UTF-8", "save the file as UTF-8; it looks like an older encoding")


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content)
        os.replace(fresh, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        what = f"the file cannot be written: {error.strerror}"
        raise InputProblems([Problem(str(path), 0, what, "choose a folder that you may write to")]) from error
