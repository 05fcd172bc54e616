"""The documents beside the README: their links lead somewhere, and the story that the README tells comes out as told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from saunter.apps.main import app
from saunter.simulation import demo_text

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


#: Words of the README's table of JSON that are values and not keys, or options.
VALUES = {"taken", "put back", "moved", "touched", "unknown", "null", "--truth", "--explain"}


def keys_told() -> dict[str, set[str]]:
    """What the README's table of JSON says: for each of its rows the words that it calls keys, the rows' own names as `top`."""
    table = re.findall(r"^\| (.+) \| (.+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    told: dict[str, set[str]] = {"top": set()}
    for names, words in table:
        keys = re.findall(r"`([^`]+)`", names)
        if not names.startswith("…"):
            told["top"] |= set(keys)
        for key in keys:
            told[key] = set(re.findall(r"`([^`]+)`", words)) - VALUES - {"replay"}
    return told


def keys_printed(value: object, name: str, found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Every key of a JSON document, by the name of the list or object that holds it."""
    if isinstance(value, list):
        for each in value:
            keys_printed(each, name, found)
    elif isinstance(value, dict):
        found.setdefault(name, set()).update(value)
        for key, inner in value.items():
            keys_printed(inner, key, found)
    return found


@pytest.mark.slow
def test_every_key_of_the_json_is_in_the_readme_and_no_other(tmp_path: Path) -> None:
    recording, story = tmp_path / "demo.mcap", tmp_path / "demo.scn"
    story.write_text(demo_text().replace("00:58.0  p4 leaves\n", "plate g1s5p1 is dead\n"))
    assert CliRunner().invoke(app, ["simulate", str(story), "-o", str(recording)]).exit_code == 0
    printed = json.loads(CliRunner().invoke(app, ["replay", str(recording), "--truth", "--explain", "--json"]).stdout)
    found, told = keys_printed(printed, "top", {}), keys_told()
    assert set(found) == {
        "top", "receipts", "lines", "dropped", "open_visits", "would_be", "events", "candidates", "changes", "shares", "near",
        "alarms", "visits",
    }  # fmt: skip
    assert told["top"] == found["top"]
    assert told["candidates"] == found["candidates"] | found["changes"]
    assert told["shares"] == found["shares"] | found["near"]
    assert found["would_be"] == found["receipts"]
    for row in ("receipts", "lines", "dropped", "open_visits", "events", "alarms", "visits"):
        assert told[row] == found[row], row
