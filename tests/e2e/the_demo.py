"""The demo as a visitor finds it: a process of its own, and real browsers at its pages."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from saunter.plan import Plan, parse_plan
from saunter.simulation import suite_plan_texts

CHROMIUM = Path("/usr/bin/chromium")
#: How many times as fast as the wall's clock the shop lives: walking takes longest.
SPEED = 4
SEED = 1
#: Seconds within which a process on a busy machine opens its shop, and closes it.
OPENS_S = 60.0
CLOSES_S = 30.0
#: What is looked at by scheme: everything once, and in the dark what alone is different there.
RULES: dict[str, dict[str, object]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@contextmanager
def opened_demo(data: Path) -> Iterator[tuple[str, str]]:
    """A demo without a crowd, in which nobody answers but people at pages: its address and the staff's password."""
    command = [sys.executable, "-m", "saunter", "demo", "--port", "0", "--speed", str(SPEED), "--seed", str(SEED)]
    command += ["--data", str(data), "--parties", "0", "--no-answers"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ)) as process:
        try:
            said = _said_until(process, "Stop it")
            found = re.search(r"open: (http://\S+)\n.*password (\S+)", said, re.DOTALL)
            assert found, f"the demo did not open:\n{said}"
            yield found[1], found[2]
        finally:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=CLOSES_S)
        assert b"Traceback" not in rest, rest.decode()


def _said_until(process: subprocess.Popen[bytes], words: str) -> str:
    assert process.stdout is not None
    said, until = b"", time.monotonic() + OPENS_S
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdout, selectors.EVENT_READ)
        while words.encode() not in said and time.monotonic() < until and waiting.select(until - time.monotonic()):
            piece = os.read(process.stdout.fileno(), 4096)
            if not piece:
                break
            said += piece
    return said.decode()


def unmistakable(pieces: int) -> list[str]:
    """Names of products that weigh like nothing else on their shelf, for everybody of any age: the most distinct first."""
    plan = parse_plan(suite_plan_texts("rush", SEED))
    adults_too = [sku for sku in dict.fromkeys(facing.sku for facing in plan.facings) if not plan.products[sku].minimum_age]
    return [plan.products[sku].name for sku in sorted(adults_too, key=lambda sku: -_distance_g(plan, sku))[:pieces]]


def _distance_g(plan: Plan, sku: str) -> float:
    """How many grams the nearest other product on the same shelf is away."""
    shelf_of = {facing.sku: plan.plates[facing.plates[0]].shelf for facing in plan.facings}
    others = [other for other, shelf in shelf_of.items() if other != sku and shelf == shelf_of[sku]]
    weight = plan.products[sku].weight.mean_g
    return min((abs(plan.products[other].weight.mean_g - weight) for other in others), default=0.0)


@dataclass
class Eyes:
    """Looks at pages as different people do: on a phone and a desk, light and dark, with what reads pages aloud. `found` is
    what is wrong; pictures are kept in `folder`, to be looked at by people (empty: none are made)."""

    folder: str = ""
    found: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def look(self, page: Page, name: str) -> None:
        """One page in all its forms."""
        usual = page.viewport_size
        self.seen.append(name)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            for kind, size in (("phone", PHONE), ("desktop", DESKTOP)):
                page.set_viewport_size(size)  # type: ignore[arg-type]
                place = f"{name}, {kind}, {scheme}"
                said = Axe().run(page, options=RULES[scheme]).response["violations"]
                self.found += [f"{place}: {each['id']}: {each['nodes'][0]['html'][:160]}" for each in said]
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    self.found.append(f"{place}: wider than the screen")
                if self.folder:
                    page.screenshot(path=Path(self.folder) / f"{len(self.seen):02} {place}.png", full_page=True)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if usual:
            page.set_viewport_size(usual)


def a_page(browser: Browser, size: dict[str, int]) -> Page:
    """A browser of somebody who was never here."""
    context = browser.new_context(viewport=size, reduced_motion="reduce", locale="en-IE")  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    return context.new_page()
