"""The whole story in a real browser at a real demo: a visitor walks in, shops, walks out, asks why, and gets money back."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.e2e.the_demo import CHROMIUM, DESKTOP, PHONE, Eyes, a_page, opened_demo, unmistakable

NO_BROWSER = not CHROMIUM.exists()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NO_BROWSER, reason="the browser's story needs Debian's chromium"),
]
#: Milliseconds that walking, weighing and deciding may take on a busy machine.
PATIENCE_MS = 40_000
#: Pages that the story comes by, the reviewer's two left out: a rule may decide in place of a person.
PAGES_MIN = 12


def test_a_visitor_walks_in_takes_puts_back_leaves_asks_why_and_is_refunded(tmp_path: Path) -> None:
    eyes, (kept, returned) = Eyes(os.environ.get("SAUNTER_PICTURES", "")), unmistakable(2)
    with opened_demo(tmp_path / "data") as (address, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        reviewer = signed_in(browser, address, password)
        phone = a_page(browser, PHONE)
        comes_in(phone, address, eyes)
        takes_two_and_puts_one_back(phone, eyes, kept, returned)
        leaves(phone, eyes, kept, returned)
        asks_why(phone, eyes, kept)
        disputes_and_is_refunded(phone, reviewer, eyes, kept)
        for place, name in (("/", "first page"), ("/how-it-works", "how it works"), ("/figures", "figures")):
            phone.goto(address + place)
            eyes.look(phone, name)
        browser.close()
    assert eyes.found == []
    assert len(eyes.seen) >= PAGES_MIN


def signed_in(browser: Browser, address: str, password: str) -> Page:
    """A reviewer at a desk."""
    page = a_page(browser, DESKTOP)
    page.goto(f"{address}/staff/sign-in")
    page.get_by_label("Name").fill("reviewer")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/review")
    return page


def comes_in(phone: Page, address: str, eyes: Eyes) -> None:
    """Consent, a payment method, a code, the gate."""
    phone.goto(f"{address}/me")
    eyes.look(phone, "consent")
    phone.get_by_label("Run the shop").check()
    phone.get_by_label("Let a person look").check()
    phone.get_by_role("button", name="Agree and go on").click()
    phone.get_by_label("Last four digits").fill("4242")
    eyes.look(phone, "payment")
    phone.get_by_role("button", name="Use this").click()
    expect(phone.locator("#picture svg")).to_be_visible()
    eyes.look(phone, "code")
    phone.get_by_role("button", name="Hold this code to the gate").click()
    expect(phone.get_by_role("heading", name="You are in")).to_be_visible(timeout=PATIENCE_MS)


def takes_two_and_puts_one_back(phone: Page, eyes: Eyes, kept: str, returned: str) -> None:
    """What the body does is told to the pretend world alone; the bag fills with what the shop saw."""
    bag = phone.locator("#now .bag")
    for name in (returned, kept):
        phone.get_by_label("Search the goods").fill(name)
        phone.get_by_role("button", name=f"Take {name}").click()
    expect(bag).to_contain_text(kept, timeout=PATIENCE_MS)
    expect(bag).to_contain_text(returned, timeout=PATIENCE_MS)
    eyes.look(phone, "inside")
    phone.get_by_role("button", name=f"Put one back {returned}").click()
    expect(bag).not_to_contain_text(returned, timeout=PATIENCE_MS)
    expect(bag).to_contain_text(kept)


def leaves(phone: Page, eyes: Eyes, kept: str, returned: str) -> None:
    """Out of the door, and the receipt comes by itself: what was kept, and nothing else."""
    phone.get_by_role("button", name="Walk out").click()
    expect(phone.get_by_role("heading", name="Here is your receipt")).to_be_visible(timeout=PATIENCE_MS)
    eyes.look(phone, "after")
    phone.get_by_role("link", name="Open the receipt").click()
    lines = phone.locator(".lines > li")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text(kept)
    expect(phone.locator("main")).not_to_contain_text(returned)
    expect(phone.locator("main").get_by_text("paid", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    expect(phone.locator(".helped")).to_contain_text("decided by the machine alone")
    eyes.look(phone, "receipt")


def asks_why(phone: Page, eyes: Eyes, kept: str) -> None:
    """The moment behind the line: what the shelf weighed, where one stood, what it may have been."""
    phone.get_by_role("link", name=f"Why was I charged? {kept}").click()
    expect(phone.locator(".moment").filter(has_text=kept).first).to_be_visible()  # a slow lift can be two moments
    expect(phone.locator(".moment svg").first).to_be_visible()
    eyes.look(phone, "why")
    phone.get_by_role("link", name="Back to the receipt").click()


def disputes_and_is_refunded(phone: Page, reviewer: Page, eyes: Eyes, kept: str) -> None:
    """The shopper says no; the rule or a person decides, and the receipt says who did."""
    phone.get_by_text("Something is wrong here").click()
    phone.get_by_label("I did not take this").check()
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("status").filter(has_text="Thank you")).to_be_visible()
    is_asked = phone.get_by_text("Somebody is looking into").is_visible()
    expect(phone.locator(".helped")).to_contain_text("decided by the machine alone")
    eyes.look(phone, "disputed")
    if is_asked:
        answers_for_the_shopper(reviewer, eyes, kept)
    expect(phone.locator(".lines")).to_contain_text("was given back", timeout=PATIENCE_MS)
    by = "Decided by a person who looked" if is_asked else "Decided at once by the shop's rule"
    expect(phone.locator(".lines")).to_contain_text(by)
    if is_asked:
        expect(phone.locator(".helped")).to_contain_text("a person looked at what you disputed")
    expect(phone.locator(".sums")).to_contain_text("You pay€0.00")
    expect(phone.locator("main").get_by_text("refunded", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    eyes.look(phone, "refunded")


def answers_for_the_shopper(reviewer: Page, eyes: Eyes, kept: str) -> None:
    """The reviewer sees letters and grams, never who it was."""
    row = reviewer.get_by_role("row", name=re.compile("a shopper disputes a line"))
    expect(row).to_be_visible(timeout=PATIENCE_MS)
    eyes.look(reviewer, "queue")
    row.get_by_role("link").click()
    expect(reviewer.locator("h1")).to_contain_text(kept)
    eyes.look(reviewer, "question")
    reviewer.keyboard.press("2")
    reviewer.get_by_role("button", name="Send now").click()
    reviewer.wait_for_url("**/review?*")
