"""Staff at a real browser: the reviewer's keys, the living map, and pages that everybody can read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.web.the_desk import WALL_S, PretendDesk
from tests.web.the_morning import NOON, envelope, item
from tests.web.the_review import AUDIT, DOUBT, doubt, put, review_desk

from saunter.ports.desk import FloorNow, Live
from saunter.ports.documents import Body, Check, Visit, Warning
from saunter.records import AgeCheckAsked, Verdict
from saunter.web.app import create_app
from saunter.web.security import STAFF
from saunter.web.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
NO_BROWSER = not CHROMIUM.exists()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NO_BROWSER, reason="the browser's tests need Debian's chromium"),
]


class Shop:
    """The pages at an address of this machine, and a browser at them."""

    def __init__(self, desk: PretendDesk, address: str, browser: Browser) -> None:
        self.desk, self.address, self._browser = desk, address, browser

    def page(self, role: str, place: str, *, scheme: str = "light", width: int = 1280) -> Page:
        """A page as somebody sees it; its clock is the test's."""
        size = {"width": width, "height": 800}
        context = self._browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        context.add_cookies([{"name": STAFF, "value": f"session {role}", "url": self.address}])
        page = context.new_page()
        page.clock.install()
        page.goto(self.address + place)
        return page

    def answers(self) -> list[tuple[str, str, int]]:
        """What reviewers said."""
        return [(told.question, told.answer, told.choice) for told in self.desk.told if isinstance(told, Verdict)]


@pytest.fixture
def shop() -> Iterator[Shop]:
    desk = review_desk(stays=True)
    put(desk, doubt(sequence=9, left_s=44))
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(desk, Settings(wall_s=lambda: WALL_S)), log_level="error", timeout_graceful_shutdown=2, ws="none"
        )
    )
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
                yield Shop(desk, f"http://127.0.0.1:{door.getsockname()[1]}", browser)
                browser.close()
        finally:
            server.should_exit = True
            thread.join()


def test_an_answer_is_held_back_can_be_undone_and_then_leads_to_the_next_question(shop: Shop) -> None:
    page = shop.page("reviewer", f"/review/questions/{DOUBT}")
    page.keyboard.press("2")
    expect(page.locator("#held-said")).to_have_text("“Person A took 1 Kestrel Cola 33 cl” is sent in 4 seconds.")
    page.clock.run_for(3000)
    expect(page.locator("#held-left")).to_have_text("1 s")
    page.keyboard.press("u")
    expect(page.locator("#held")).to_be_hidden()
    page.clock.run_for(6000)
    assert shop.answers() == []
    page.keyboard.press("1")
    page.clock.run_for(4200)
    page.wait_for_url("**/settlement/questions:9")
    assert shop.answers() == [(DOUBT, "choice", 1)]


def test_a_second_key_replaces_the_first_and_enter_sends_at_once(shop: Shop) -> None:
    page = shop.page("reviewer", f"/review/questions/{DOUBT}")
    page.keyboard.press("3")
    page.clock.run_for(2000)
    page.keyboard.press("0")
    expect(page.locator(".answer.chosen")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/settlement/questions:9")
    assert shop.answers() == [(DOUBT, "cannot tell", 0)]
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{AUDIT}")
    assert shop.answers()[1:] == [("settlement/questions:9", "none of these", 0)]


def test_the_replay_is_played_paused_and_scrubbed_by_keys(shop: Shop) -> None:
    page = shop.page("reviewer", f"/review/questions/{DOUBT}")
    expect(page.locator(".clock")).to_have_text("1.0 s")  # two seconds before it happened
    body = page.locator(".floor-map .people .body").first
    before = body.get_attribute("cx")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".clock")).to_have_text("1.2 s")
    assert body.get_attribute("cx") != before
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator(".clock")).to_have_text("0.2 s")
    page.keyboard.press(" ")
    expect(page.locator(".play-word")).to_have_text("Pause")
    page.clock.run_for(1000)
    page.keyboard.press(" ")
    expect(page.locator(".play-word")).to_have_text("Play")
    assert 1.0 <= float(page.locator(".position").input_value()) <= 1.3
    page.locator(".pace").select_option("0.25")
    page.locator(".play").click()
    page.clock.run_for(1000)
    page.locator(".play").click()
    assert 1.2 <= float(page.locator(".position").input_value()) <= 1.6


def test_keys_can_be_switched_off(shop: Shop) -> None:
    page = shop.page("reviewer", f"/review/questions/{DOUBT}")
    page.get_by_label("Keys").uncheck()
    page.keyboard.press("1")
    expect(page.locator("#held")).to_be_hidden()
    page.get_by_role("button", name="Person B took").click()
    page.get_by_role("button", name="Send now").click()
    page.wait_for_url("**/settlement/questions:9")
    assert shop.answers() == [(DOUBT, "choice", 1)]


def test_when_the_time_is_over_nothing_can_be_answered_any_more(shop: Shop) -> None:
    page = shop.page("reviewer", f"/review/questions/{DOUBT}")
    page.keyboard.press("1")
    put(shop.desk, doubt(), state="expired")
    shop.desk.change(Live(topic="questions", kind="question", body=b"{}"))
    expect(page.locator("#over")).to_be_visible()
    page.clock.run_for(6000)
    page.keyboard.press("2")
    expect(page.locator("#held")).to_be_hidden()
    assert shop.answers() == []


def test_people_and_plates_move_on_the_map_and_in_the_table(shop: Shop) -> None:
    page = shop.page("staff", "/store")
    expect(page.locator("#map-said")).to_have_text("waiting for the first sight")
    page.clock.run_for(2000)
    bodies = (Body("p1", 1.0, 1.0, ((1.2, 1.4, 1.0),)), Body("STAFF", 5.0, 2.0))
    now = FloorNow(at=NOON, bodies=bodies, plates={"g1s1p3": "moving"})
    shop.desk.change(Live(topic="floor", kind="FloorNow", body=msgspec.json.encode(now)))
    expect(page.locator("#map-said")).to_have_text("2 people in sight")
    expect(page.locator("#map .people .body")).to_have_count(2)
    assert page.locator("#map .people .body").first.get_attribute("cx") == "130"
    expect(page.locator('[data-plate="g1s1p3"]')).to_have_class("plate moving")
    page.get_by_text("The same as a table").click()
    expect(page.locator("#people-rows tr").first).to_have_text("Aat gate dooryes")
    shop.desk.change(Live(topic="floor", kind="FloorNow", body=msgspec.json.encode(FloorNow(at=NOON, bodies=()))))
    expect(page.locator("#map .people .body")).to_have_count(0)
    expect(page.locator('[data-plate="g1s1p3"]')).to_have_class("plate")


def crowd(shop: Shop, parties: int) -> None:
    """So many more parties inside, each with a loaf; every third with an age check, and alarms of one kind about all."""
    plan = shop.desk.plan
    for number in range(parties):
        party, at = f"q{number}", NOON + number
        goods = (item(plan, "bread" if number % 4 else "energy", 1 + number % 2, 0, 0.99),)
        visit = Visit(visit=f"visit-{party}", party=party, state="shopping", entered=at, currency="EUR", items=goods)
        shop.desk.put("visit", visit.visit, visit, owner=party, state="shopping", at=at)
        alarm = Warning(name="gate-contradicts-track", subject=f"t{number}", text="look", first=at, last=at)
        shop.desk.put("alarm", f"{alarm.name} {alarm.subject}", alarm, state="new", at=at)
        if number % 3 == 0:
            where = envelope("approvals/asked", 10 + number)
            asked = AgeCheckAsked(
                envelope=where, visit=visit.visit, party=party, sku="energy", name="Energy", minimum=16, probability=0.9
            )
            shop.desk.put("check", asked.id, Check(asked=asked, state="open"), owner=party, state="open", at=at)


def test_forty_carts_are_searched_and_stay_as_they_were_left_while_the_shop_goes_on(shop: Shop) -> None:
    crowd(shop, 38)
    page = shop.page("manager", "/store")
    carts = page.locator(".cart:visible")
    expect(carts).to_have_count(40)
    page.locator("#cart-visit-q3 > summary").click()
    page.get_by_label("Search the carts").fill("voltaire")
    expect(carts).to_have_count(11)
    page.locator("#alarms-gate-contradicts-track > summary").click()
    page.get_by_label("Search the carts").focus()
    left = Visit(visit="visit-q0", party="q0", state="settled")
    shop.desk.put("visit", "visit-q0", left, owner="q0", state="settled", at=NOON)
    for topic in ("visits", "alarms"):
        shop.desk.change(Live(topic=topic, kind="x", body=b"{}"))
    page.clock.run_for(1000)
    expect(carts).to_have_count(10)
    expect(page.locator('[data-counts="carts"]')).to_have_text("39")
    expect(page.get_by_label("Search the carts")).to_be_focused()
    expect(page.locator("#alarms-gate-contradicts-track")).to_have_attribute("open", "")
    page.get_by_label("Search the carts").fill("nothing of that")
    expect(page.get_by_text("Nobody's cart is called or holds that.")).to_be_visible()
    page.get_by_label("Search the carts").fill("")
    expect(page.locator("#cart-visit-q3")).to_have_attribute("open", "")


def test_what_is_to_be_done_is_said_in_one_sentence_and_not_all_over_again(shop: Shop) -> None:
    page = shop.page("staff", "/store")
    expect(page.locator("#said")).to_have_text("")
    crowd(shop, 7)
    for topic in ("checks", "alarms"):
        shop.desk.change(Live(topic=topic, kind="x", body=b"{}"))
        page.clock.run_for(1000)
    expect(page.locator('[data-counts="tasks"]')).to_have_text("5")
    expect(page.locator("#said")).to_have_text("Alarms: 9")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_crowded_shop_is_no_longer_than_a_few_screens_and_can_be_read_by_everybody(shop: Shop, width: int) -> None:
    crowd(shop, 38)
    page = shop.page("manager", "/store", width=width)
    screens = page.evaluate("document.documentElement.scrollHeight / innerHeight")
    assert screens < (5 if width == 390 else 3)
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []


PAGES = [
    ("reviewer", "/review"), ("reviewer", f"/review/questions/{DOUBT}"), ("reviewer", f"/review/questions/{AUDIT}"),
    ("manager", "/store"), ("manager", "/store/alarms"), ("manager", "/store/visits/visit-p5"), ("manager", "/figures"),
    ("engineer", "/engine"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_of_the_staff_can_be_read_by_everybody(shop: Shop, scheme: str, width: int) -> None:
    found = []
    for role, place in PAGES:
        page = shop.page(role, place, scheme=scheme, width=width)
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true; }")
        result = Axe().run(page)
        found += [f"{place}: {each['id']} {each['nodes'][0]['html'][:120]}" for each in result.response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{place} is wider than the screen")
        page.context.close()
    assert found == []
