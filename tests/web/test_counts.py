"""One piece, two pieces: how many of something, said as people say it, on every page and in every language."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from tests.web.the_desk import PretendDesk, client
from tests.web.the_morning import NOON

from saunter.ports.documents import Bill, Counted, Shop, Visit
from saunter.web.words import COUNTS, counted

WEB = Path(__file__).parents[2] / "src" / "saunter" / "web"
#: One of a thing that is said as if there were several, or several as if there were one.
WRONG = re.compile(
    r"(?<![\d.,])1 (people|pieces|visits|receipts|questions|moments|times|lines|alarms|sales|audits|checks|days|random checks"
    r"|Personen|Menschen|Einkäufe|Fragen|Tage|zufällige Prüfungen|audited receipts|disputed lines|settled visits)\b"
)


def said(html: str) -> str:
    """What a page says, without its markup; cells of a table and items of a list are apart."""
    html = re.sub(r"</?(td|th|tr|dt|dd|li|option)\b[^>]*>", " · ", html)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(("number", "english", "german"), [
    (0, "0 visits", "0 Einkäufe"), (1, "1 visit", "1 Einkauf"), (2, "2 visits", "2 Einkäufe"),
    (1200, "1,200 visits", "1.200 Einkäufe"),
])  # fmt: skip
def test_a_number_of_things_is_said_as_the_language_says_it(number: int, english: str, german: str) -> None:
    assert (counted("visit", number), counted("visit", number, "de")) == (english, german)


def test_whatever_a_language_counts_it_counts_as_english_does_and_somebody_asks_for_it() -> None:
    assert set(COUNTS["de"]) <= set(COUNTS["en"])
    text = "".join(path.read_text() for kind in ("*.html", "*.py") for path in WEB.rglob(kind) if path.name != "counts.py")
    assert [
        noun for noun in COUNTS["en"] if not re.search(f"""counted\\w*\\(['"]{noun}['"]|so_many\\(['"]{noun}['"]""", text)
    ] == []
    asked = set(re.findall(r't\.counted\("([^"]+)"', text))
    assert asked and asked <= set(COUNTS["de"])


def shop_of_ones() -> PretendDesk:
    """A shop in which there is one of everything."""
    desk = PretendDesk()
    desk.put("shop", "corner", Shop(store="corner", name="Corner", state="open", mode="automatic", inside=1, now=NOON))
    ones = Counted(
        visits=1, entered=1, questions=1, audits=1, touches=1, audited=1, audits_right=1, disputes=1, waits_s=(1.5,),
        baskets={"1": 1}, hours={"9": 1}, audits_over=1,
    )  # fmt: skip
    desk.put("figures", "corner", ones)
    bill = msgspec.json.decode(desk.books.kept["bill", "visit-p3"].body, type=Bill)
    line = msgspec.structs.replace(bill.receipt.lines[0], quantity=1)
    one = msgspec.structs.replace(bill, receipt=msgspec.structs.replace(bill.receipt, lines=(line,)))
    desk.put("bill", "visit-p3", one, owner="p3", state="sent", at=NOON)
    visit = msgspec.json.decode(desk.books.kept["visit", "visit-p1"].body, type=Visit)
    desk.put("visit", "visit-p1", msgspec.structs.replace(visit, items=visit.items[:1]), owner="p1", state="shopping", at=NOON)
    return desk


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("role", "place"), [
    ("anyone", "/"), ("anyone", "/how-it-works"), ("anyone", "/figures"), ("shopper", "/me"), ("shopper", "/me/receipts"),
    ("shopper", "/me/receipts/visit-p3"), ("manager", "/store"), ("manager", "/store/visits/visit-p3"), ("manager", "/figures"),
    ("reviewer", "/review"), ("engineer", "/engine"),
])  # fmt: skip
def test_no_page_says_one_things(role: str, place: str, language: str) -> None:
    page = client(shop_of_ones(), role).get(f"{place}?language={language}")
    assert page.status_code == 200
    assert WRONG.findall(said(page.text)) == []
