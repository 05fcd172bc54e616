"""A phone and a gate in a real browser: from the notice to the receipt, and pages that everybody can read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from tests.web.the_desk import WALL_S, PretendDesk, admitted
from tests.web.the_morning import NOON, item

from saunter.ports.desk import Live
from saunter.ports.documents import Visit
from saunter.records import KeyIssued, KeyPresented
from saunter.web.app import create_app
from saunter.web.security import DEVICE
from saunter.web.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
NO_BROWSER = not CHROMIUM.exists()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(NO_BROWSER, reason="the browser's tests need Debian's chromium")]
PAGES = (
    "/", "/how-it-works", "/notice/1", "/gate/door", "/staff/sign-in", "/me", "/me/receipts", "/me/receipts/visit-p3",
    "/me/receipts/visit-p5", "/me/receipts/visit-p3/lines/choc-dark", "/me/privacy", "/me/payment",
)  # fmt: skip


class Shop:
    """The pages at an address of this machine, and browsers at them."""

    def __init__(self, desk: PretendDesk, address: str, browser: Browser) -> None:
        self.desk, self.address, self._browser = desk, address, browser

    def phone(self, token: str = "", scheme: str = "light", language: str = "en") -> BrowserContext:
        """Somebody's phone."""
        size = {"width": 390, "height": 844}
        context = self._browser.new_context(
            viewport=size, color_scheme=scheme, locale=language, base_url=self.address, reduced_motion="reduce"
        )  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        if token:
            context.add_cookies([{"name": DEVICE, "value": token, "url": self.address}])
        return context

    def show(self, visit: Visit) -> None:
        """The shop writes a visit and says so."""
        self.desk.put("visit", visit.visit, visit, owner=visit.party, state=visit.state, at=visit.entered)
        self.desk.change(Live(topic=f"party/{visit.party}", kind="visit", body=msgspec.json.encode(visit)))


@pytest.fixture
def shop() -> Iterator[Shop]:
    desk = PretendDesk(stays=True)
    desk.says["KeyPresented"] = [admitted()]
    app = create_app(desk, Settings(wall_s=lambda: WALL_S, demo=True))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2, ws="none"))
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


def test_a_phone_goes_from_the_notice_through_the_gate_to_its_cart_and_receipt(shop: Shop) -> None:
    phone = shop.phone().new_page()
    phone.goto("/me")
    expect(phone.locator("input[name=purpose]:checked")).to_have_count(0)
    phone.get_by_label("Run the shop").check()
    phone.get_by_role("button", name="Agree and go on").click()
    phone.get_by_label("Last four digits").fill("4242")
    phone.get_by_role("button", name="Use this").click()
    expect(phone.locator("#picture svg")).to_be_visible()
    phone.get_by_role("button", name="One more").click()
    expect(phone.locator("#people")).to_have_text("2")
    with phone.expect_response("**/api/me/codes"):
        phone.get_by_role("button", name="New code").click()
    code = phone.locator("#code-text").inner_text()

    gate = shop.phone().new_page()
    gate.goto("/gate/door")
    gate.get_by_label("Code").fill(code)
    gate.keyboard.press("Enter")
    expect(gate.locator("#sign-title")).to_have_text("Welcome")
    key = [told for told in shop.desk.told if isinstance(told, KeyIssued)][-1]
    shown = shop.desk.told[-1]
    assert isinstance(shown, KeyPresented) and shown.code_hash == key.code_hash and key.people == 2

    visit = Visit(visit="visit-new", party=key.party, state="shopping", people=2, entered=NOON, currency="EUR")
    shop.show(visit)
    expect(phone.get_by_role("heading", level=1)).to_have_text("You are in")
    expect(phone.locator("#code-page")).to_be_hidden()
    shop.show(msgspec.structs.replace(visit, items=(item(shop.desk.plan, "bread", 1, 1, 0.9),)))
    expect(phone.locator(".bag li")).to_contain_text("1 more, checking")
    shop.show(msgspec.structs.replace(visit, state="settled", settled=NOON, total_minor=280))
    expect(phone.get_by_role("heading", level=1)).to_have_text("Here is your receipt")


def test_a_family_that_presses_five_times_is_given_one_code_for_all_of_them(shop: Shop) -> None:
    page = shop.phone("phone two").new_page()
    shop.desk.personal.links = {}
    page.clock.install()
    page.goto("/me")
    expect(page.locator("#picture svg")).to_be_visible()
    for _ in range(5):
        page.get_by_role("button", name="One more").click()
    expect(page.locator("#people")).to_have_text("6")
    with page.expect_response("**/api/me/codes"):
        page.clock.run_for(1000)
    page.clock.run_for(2000)
    assert [told.people for told in shop.desk.told if isinstance(told, KeyIssued)] == [1, 6]


def test_a_line_is_disputed_by_keyboard_alone(shop: Shop) -> None:
    page = shop.phone("phone one").new_page()
    page.goto("/me/receipts/visit-p3")
    page.get_by_text("Something is wrong here").nth(2).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/visit-p3?said=thanks")
    (raised,) = shop.desk.told
    assert (raised.sku, raised.claim, raised.quantity) == ("choc-dark", "not taken", 2)


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "de")])
def test_everybody_can_read_the_pages(shop: Shop, scheme: str, language: str) -> None:
    phone = shop.phone("phone one", scheme, language)
    found, wide = {}, []
    for place in PAGES:
        page = phone.new_page()
        page.goto(place)
        checked = Axe().run(page).response
        assert len(checked["passes"]) > 10
        found |= {f"{place} {each['id']}": each["nodes"][0]["html"] for each in checked["violations"]}
        wide += [place] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else []
        page.close()
    assert (found, wide) == ({}, [])
