"""What anybody may read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import msgspec
import pytest
from tests.web.the_desk import WALL_S, PretendDesk, client, events_of
from tests.web.the_morning import NOON

from saunter.ports.desk import FloorNow, Live
from saunter.ports.documents import Body
from saunter.web.notices import CURRENT, NOTICES, PURPOSE_KEYS
from saunter.web.settings import Settings
from saunter.web.words import LANGUAGES, TABLES

WEB = Path(__file__).parents[2] / "src" / "saunter" / "web"


def test_every_language_says_everything_with_the_same_values() -> None:
    english = TABLES["en"]
    assert list(TABLES) == list(LANGUAGES)
    for table in TABLES.values():
        assert list(table) == list(english)
        for key, text in table.items():
            assert text.strip(), key
            assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english[key])), key


def test_no_language_says_a_key_twice() -> None:
    for language in TABLES:
        (table,) = (
            node for node in ast.walk(ast.parse((WEB / "words" / f"{language}.py").read_text())) if isinstance(node, ast.Dict)
        )
        keys = [ast.literal_eval(key) for key in table.keys if key is not None]
        assert len(keys) == len(set(keys))


def test_every_word_is_said_somewhere() -> None:
    text = "".join(path.read_text() for kind in ("*.html", "*.py") for path in WEB.rglob(kind) if path.parent.name != "words")
    begun = {match[1] for match in re.finditer(r'"([a-z_.]+\.)" ~|f"([a-z_.]+\.)\{', text)} | {
        "denial.",
        "gate.",
        "notice.",
        "purpose.",
    }
    unsaid = [
        key for key in TABLES["en"] if f'"{key}"' not in text and not any(key.startswith(str(start)) for start in begun if start)
    ]
    assert unsaid == []


@pytest.mark.parametrize("place", ["/", "/how-it-works", "/notice/1", "/staff/sign-in", "/gate/door", "/me", "/nothing"])
def test_pages_speak_the_readers_language(place: str) -> None:
    for language, asked in (
        ("de", "de-DE,de;q=0.9,en;q=0.5"),
        ("en", "en-GB"),
        ("en", "fr;q=oops,xx"),
        ("en", "de;q=0.2,en;q=0.9"),
    ):
        said = client(PretendDesk()).get(place, headers={"Accept-Language": asked})
        assert f'<html lang="{language}">' in said.text
        assert said.headers["Content-Language"] == language


def test_a_choice_of_language_is_remembered() -> None:
    browser = client(PretendDesk())
    browser.get("/?language=de")
    assert '<html lang="de">' in browser.get("/").text
    browser.get("/?language=tlh")
    assert '<html lang="de">' in browser.get("/").text


def test_how_it_works_tells_the_figures_of_this_shop() -> None:
    text = " ".join(client(PretendDesk()).get("/how-it-works").text.split())
    assert "So far 412 visits: 9 questions to a person, and 3 random checks." in text
    assert "That is 29.1 looks per 1,000 visits; with disputes, age checks and corrections, 51.0 human touches per 1,000." in text
    assert "Finished so far: 3 random checks. The receipt was right in 3." in text
    assert "€50.00 are reserved" in text


def test_a_shop_that_counted_nothing_claims_nothing() -> None:
    text = client(PretendDesk(empty=True)).get("/how-it-works").text
    assert "No visit was settled yet" in text
    assert "not yet certified" in text
    assert "Half of all receipts" not in text


def test_every_notice_ever_shown_stays_readable_and_no_other_exists() -> None:
    assert CURRENT in NOTICES
    for version in NOTICES:
        assert client(PretendDesk()).get(f"/notice/{version}").status_code == 200
    assert client(PretendDesk()).get("/notice/99").status_code == 404
    assert len(PURPOSE_KEYS) == 4


def test_only_a_pretend_shop_shows_its_floor_to_everybody_and_never_a_party() -> None:
    now = FloorNow(
        at=NOON, bodies=(Body("party-xyz", 1.0, 2.0, ((1.1, 2.2, 1.0),)), Body("STAFF", 2.0, 2.0)), plates={"g1s1p1": "moving"}
    )
    desk = PretendDesk()
    desk.changes = [
        Live(topic="floor", kind="floor", body=msgspec.json.encode(now)),
        Live(topic="figures", kind="figures", body=b"{}"),
    ]
    real = client(desk)
    assert [name for name, _ in events_of(real.get("/live").text)] == ["numbers"]
    assert "floor-map" not in real.get("/").text
    demo = client(desk, settings=Settings(demo=True, wall_s=lambda: WALL_S))
    stream = demo.get("/live").text
    (_, floor), (name, _) = events_of(stream)
    assert name == "numbers" and "party-xyz" not in stream
    assert [each["letter"] for each in floor["people"]] == ["A", "S"]
    page = demo.get("/").text
    assert "floor-map" in page and "visit-p" not in page and "€5.65" in page


def test_receipts_show_up_on_the_first_page_once_they_are_settled() -> None:
    desk = PretendDesk()
    found = [desk.books.document(kind, key) for kind, key in (("visit", "visit-p1"), ("visit", "visit-p3"), ("bill", "visit-p3"))]
    desk.changes = [Live(topic="visits", kind=each.kind, body=each.body) for each in found if each]
    demo = client(desk, settings=Settings(demo=True, wall_s=lambda: WALL_S))
    ((name, said),) = events_of(demo.get("/live").text)
    assert name == "receipts" and "Greenhythe Milk" in said["html"]


def test_machines_find_the_api_described() -> None:
    described = client(PretendDesk()).get("/api/openapi.json").json()
    assert {"/api/me/codes", "/api/gates/{gate}/codes", "/api/gates/{gate}/cards", "/api/figures"} <= set(described["paths"])
    assert not [path for path in described["paths"] if path.startswith(("/staff", "/me/consent", "/store"))]
    code = described["paths"]["/api/me/codes"]["post"]
    assert "application/problem+json" in code["responses"]["4XX"]["content"]
