"""The documents are executed: what the README tells people to type works, and what it points to exists."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("SAUNTER_DATA") or ROOT / ".." / "shared" / "data").resolve()
DOCUMENTS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
#: Commands that are run with a smaller load than the README's, so that the tests stay quick.
SMALLER = {
    "saunter bench speed --json": "--seconds 60 --plates 24 --parties 2",
    "saunter bench accuracy --suite ordinary --json": "--visits 3 --seeds 1 --processes 1",
}


def blocks() -> list[list[str]]:
    found = re.findall(r"^```console\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return [[row[2:] for row in block.splitlines() if row.startswith("$ ")] for block in found]


def commands(program: str) -> list[list[str]]:
    chosen = [[row for row in block if row.startswith(f"{program} ")] for block in blocks()]
    return [block for block in chosen if block]


@pytest.mark.slow
@pytest.mark.parametrize("block", commands("saunter"), ids=lambda block: block[0])
def test_what_the_readme_says_to_type_works(block: list[str], tmp_path: Path) -> None:
    here = tmp_path / "saunter"
    here.mkdir()
    (here / "src").symlink_to(ROOT / "src")
    if any("../shared/data/nanostore" in row for row in block) and not (DATA / "nanostore").is_dir():
        pytest.skip("nanostore/ is not in SAUNTER_DATA, so the import of the README cannot be run")
    if DATA.is_dir():
        (tmp_path / "shared").mkdir()
        (tmp_path / "shared" / "data").symlink_to(DATA)
    run = "import sys; from saunter.apps.main import app; sys.argv[0] = 'saunter'; app()"
    environment = {key: value for key, value in os.environ.items() if key != "SAUNTER_DATA"}
    environment["PYTHONPATH"] = str(ROOT / "src")
    for row in block:
        words = shlex.split(f"{row} {SMALLER.get(row, '')}")[1:]
        done = subprocess.run([sys.executable, "-c", run, *words], cwd=here, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, f"{row}\n{done.stderr.decode()}"
        assert done.stdout


def test_every_make_command_of_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"\bmake ([a-z]+)`", path.read_text())}
    named |= {row.split()[1] for block in commands("make") for row in block}
    assert {"setup", "demo", "test", "check"} <= named
    assert named <= targets


def test_every_command_of_saunter_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    for command in ("demo", "replay", "simulate", "import nanostore", "recording info", "plan check", "bench speed"):
        assert re.search(rf"(saunter|make) {command}\b", text), command


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []
