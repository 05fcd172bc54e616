"""The documents beside the README: their links lead somewhere, and the story that the README tells comes out as told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from saunter.apps.main import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((ROOT / "docs").rglob("*.md"))
DECISIONS = sorted(path for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "README.md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_tells_its_context_its_choice_and_what_was_given_up(decision: Path) -> None:
    number, _, _ = decision.stem.partition("-")
    text = decision.read_text()
    assert text.startswith(f"# {int(number)}. ")
    assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE) == ["Context", "Choice", "What was given up"]
    assert f"({decision.name})" in (decision.parent / "README.md").read_text()


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.stem[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.slow
def test_the_story_of_the_readme_comes_out_as_told(tmp_path: Path) -> None:
    stories = re.findall(r"^```\n(story: .*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(stories) == 1
    story, recording = tmp_path / "tea.scn", tmp_path / "tea.mcap"
    story.write_text(stories[0])
    made = CliRunner().invoke(app, ["simulate", str(story), "-o", str(recording)])
    assert made.exit_code == 0, made.output
    replayed = CliRunner().invoke(app, ["replay", str(recording), "--truth", "--json"])
    assert json.loads(replayed.stdout)["exact"] == 1.0
