"""The shape of the code: short functions, short files, a meaning for every public name, nothing of one machine in it."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
#: Suffixes of files that hold no text of ours.
PICTURES = {".png", ".gif", ".jpg", ".mcap", ".gz"}
PLACES = ("work", "root", "home", "Users", "tmp")
MACHINE_PATH = re.compile(r"(?<![\w.\-/:~>}])/(?:" + "|".join(PLACES) + r")/[\w.]")
REGISTRY = re.compile("|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "index" + "-url", "find" + "-links")))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def files_of_the_project() -> list[Path]:
    """What git tracks or would track; where there is no git, everything outside hidden and built folders."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        hidden = ("__pycache__", "build", "dist", ".venv", ".git", ".hypothesis")
        inside = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        names = [str(path) for path in inside if not any(part in hidden or part.endswith("_cache") for part in path.parts)]
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_and_files_are_short(path: Path) -> None:
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions(path)}
    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES_MAX} == {}
    assert len(path.read_text().splitlines()) <= FILE_LINES_MAX


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_public_name_says_what_it_means(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the module does not say what it is for"
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    named = [*tree.body, *(inner for node in classes for inner in node.body)]
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    public = [node for node in named if isinstance(node, kinds) and node.name[0] != "_"]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def test_no_file_names_a_place_of_one_machine_or_a_registry() -> None:
    found = []
    for path in files_of_the_project():
        if path.suffix not in PICTURES:
            for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if MACHINE_PATH.search(row) or REGISTRY.search(row):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {row.strip()[:100]}")
    assert found == []


@pytest.mark.parametrize("text", ["see " + "/home" + "/me/x", "--index" + "-url x", 'open("' + "/root" + '/x")'])
def test_the_check_itself_notices_places_and_registries(text: str) -> None:
    assert MACHINE_PATH.search(text) or REGISTRY.search(text)


def test_pins_hold_names_versions_and_hashes_and_nothing_else() -> None:
    line = re.compile(r"[a-z0-9\-]+==[\w.]+( ; [\w.='\" <>!]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    for name in ("runtime.txt", "development.txt"):
        rows = (ROOT / "requirements" / name).read_text().splitlines()
        assert [row for row in rows if not line.fullmatch(row)] == []
        assert len(rows) > 100


def test_no_setting_is_bare_of_a_reason_to_skip() -> None:
    """Skips say in a sentence what is missing."""
    pattern = re.compile(r"pytest\.skip\(\s*\)|skipif\([^\"')]*\)")
    assert [str(path) for path in TESTS if path != Path(__file__) and pattern.search(path.read_text())] == []
