"""The floors are linted: nothing below the adapters touches a clock, dice, disk, network, environment or log."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "saunter"
#: Floors F5 and F6 may meet the outside world; `simulation` may read its packaged shops but gets its dice handed in.
OUTER = ("adapters", "apps", "simulation", "web")

WORLD = {
    "asyncio", "concurrent", "ctypes", "fcntl", "getpass", "glob", "http", "logging", "multiprocessing", "os", "pathlib",
    "platform", "queue", "requests", "resource", "select", "selectors", "shutil", "signal", "socket", "socketserver",
    "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "urllib", "weakref",
}  # fmt: skip
CHANCE = {"random", "secrets", "uuid", "time"}
BUILTINS = {"open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__", "globals", "hash"}
#: Where a module may do what the others may not, and why.
ALLOWED = {
    ("base/time.py", "datetime"),  # formats and parses instants; never asks what time it is
    ("base/randomness.py", "np.random"),  # the one place that makes generators, from a seed
}


def modules(*, outer: bool) -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("*.py")) if (path.relative_to(SOURCE).parts[0] in OUTER) == outer]


def offences(tree: ast.AST, place: str, forbidden: set[str]) -> list[str]:
    found = []
    for node in ast.walk(tree):
        for name in imported(node):
            if name.split(".")[0] in forbidden | {"datetime"}:
                found.append((node, name.split(".")[0]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILTINS and forbidden & WORLD:
            found.append((node, node.func.id))
        if isinstance(node, ast.Attribute) and is_dice(node):
            found.append((node, "np.random"))
    return [f"{place}:{getattr(node, 'lineno', 0)}: {name}" for node, name in found if (place, name) not in ALLOWED]


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module or ""]
    return []


def is_dice(node: ast.Attribute) -> bool:
    """`np.random.<anything>` except the name of the type that is handed in."""
    inner = node.value
    return (
        isinstance(inner, ast.Attribute)
        and inner.attr == "random"
        and isinstance(inner.value, ast.Name)
        and inner.value.id in ("np", "numpy")
        and node.attr not in ("Generator",)
    )


@pytest.mark.parametrize("path", modules(outer=False), ids=lambda path: str(path.relative_to(SOURCE)))
def test_below_the_adapters_nothing_touches_clock_dice_disk_network_environment_or_log(path: Path) -> None:
    place = str(path.relative_to(SOURCE))
    assert offences(ast.parse(path.read_text()), place, WORLD | CHANCE) == []


@pytest.mark.parametrize(
    "path", [path for path in modules(outer=True) if "simulation" in path.parts], ids=lambda path: str(path.relative_to(SOURCE))
)
def test_the_pretend_world_has_no_clock_and_no_dice_of_its_own(path: Path) -> None:
    assert offences(ast.parse(path.read_text()), str(path.relative_to(SOURCE)), CHANCE) == []


@pytest.mark.parametrize(
    "code",
    [
        "import time", "import os.path", "from pathlib import Path", "from datetime import datetime", "import random",
        "x = open('a')", "import numpy as np\nnp.random.default_rng()", "def f():\n    import logging", "print(1)",
    ],
)  # fmt: skip
def test_the_check_itself_notices_each_kind_of_offence(code: str) -> None:
    assert offences(ast.parse(code), "shelves/x.py", WORLD | CHANCE) != []


def test_the_check_lets_honest_code_pass() -> None:
    code = "import numpy as np\nfrom saunter.base import time\ndef f(dice: np.random.Generator) -> None:\n    dice.random()"
    assert offences(ast.parse(code), "shelves/x.py", WORLD | CHANCE) == []


def test_every_folder_has_chosen_its_floor() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract for contract in contracts if contract["type"] == "layers")
    assert layers["exhaustive"]
    on_floors = {name.strip() for layer in layers["layers"] for name in layer.split("|")}
    folders = {path.name for path in SOURCE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert folders | {"__main__"} == on_floors
