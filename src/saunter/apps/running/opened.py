"""Opening a shop as the commands do: the demo's plan and world, staff that may sign in, pages, and when it is over."""

from __future__ import annotations

import socket
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from saunter.adapters.plans import load_plan
from saunter.adapters.storage import open_inputs
from saunter.apps.output import say
from saunter.apps.running.clocks import WallClock
from saunter.apps.running.guests import Guests
from saunter.apps.running.opening import INPUTS, OpenShop, Settings, open_shop, opens, secret
from saunter.apps.running.recorded_cards import RecordedCards
from saunter.apps.running.runner import heard_so_far
from saunter.apps.running.serving import WEBHOOKS, serve
from saunter.apps.running.sources import RecordedSource
from saunter.apps.shop import opened, plan_of
from saunter.base.errors import InputProblems, Problem
from saunter.base.ids import STAFF
from saunter.base.time import SECOND
from saunter.plan import Plan, parse_plan
from saunter.ports.books import PersonalData
from saunter.ports.sources import Source
from saunter.simulation import SUITES, PretendShop, suite_plan_texts
from saunter.simulation.patrons import STAFF_DELAY_S
from saunter.simulation.reviewer import Habits
from saunter.web.settings import Settings as PageSettings
from saunter.web.staff.members import first_member

#: The demo's crowd: the noon hour of the generated convenience shop, and who lives in it.
DEMO_SCENARIO: Final = "rush"
#: How long the demo's shop waits after an exit before it decides the bill: a hand needs longer than that from shelf to gate.
DEMO_GRACE_MS: Final = 1000
#: Sign-in names of the demo's staff, one per role.
Role = Literal["reviewer", "staff", "manager", "engineer"]
DEMO_STAFF: Final[tuple[Role, ...]] = ("reviewer", "staff", "engineer", "manager")
#: Later than everything (ns UTC).
_LATEST: Final = 2**62


@dataclass(frozen=True)
class Opening:
    """How a shop is to be opened: the address of its pages, how fast it lives, where its data and its money are kept."""

    data: Path
    host: str
    port: int
    speed: float = 1.0
    books: str = ""
    provider: str = ""
    demo: bool = False
    until_over: bool = False


def open_demo(host: str, port: int, seed: int, speed: float, data: Path | None, parties: int | None, answers: bool) -> bool:
    """The demo, until it is stopped; False when its loop broke. `parties` None: as many inside as the scenario has."""
    with ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="saunter-demo-")))
        plan = demo_plan(seed)
        known, then = _heard(folder, plan.store)
        world = demo_world(plan, seed, max(time.time_ns(), then + SECOND), known, parties=parties, answers=answers)
        wanted = Opening(folder, host, free_port(host, port), speed, demo=True)
        return open_and_serve(plan, world, world.start_ns, wanted)


def open_on_recording(plan: Path | None, recording: Path, wanted: Opening) -> bool:
    """A shop that hears what a recording tells, until it is stopped (or over, where that is wanted). `plan` None: the
    recording's own."""
    with opened(recording) as told:
        shop = load_plan(plan) if plan else plan_of(told, str(recording))
        source = RecordedSource(iter(told.records()))
        if source.is_over():
            raise InputProblems([Problem(str(recording), 0, "it holds no readings", "give a recording with readings")])
        start = max(source.first, _heard(wanted.data, shop.store)[1])
        paying = source if wanted.provider else RecordedCards(source, shop.store, source.first)
        return open_and_serve(shop, paying, start, replace(wanted, port=free_port(wanted.host, wanted.port)))


def demo_plan(seed: int) -> Plan:
    """The demo's shop: its gates are metres from its shelves, so that a receipt need not wait long for what shelves owe."""
    plan = parse_plan(suite_plan_texts(DEMO_SCENARIO, seed))
    return replace(plan, policies=replace(plan.policies, exit_grace_ms=DEMO_GRACE_MS))


def demo_world(
    plan: Plan, seed: int, start: int, known: Mapping[str, int] | None = None, *, parties: int | None = None, answers: bool = True
) -> PretendShop:
    """The pretend world of the demo, which begins at `start` (ns UTC), with so many made-up `parties` inside at once; without
    `answers` its reviewers and staff leave all answers to people at pages. Where it follows upon another one, whose streams
    came as far as `known` says, its parties have other names and its streams go on behind."""
    day = datetime.fromtimestamp(start / SECOND, UTC).strftime("%d%H%M%S")
    scenario = SUITES[DEMO_SCENARIO] if parties is None else replace(SUITES[DEMO_SCENARIO], parties_max=parties)
    return PretendShop(
        plan, scenario, seed, start_ns=start, after=known or {},
        name_of=lambda number: STAFF if number == 0 else f"v{day}-{number}",
        reviewers=Habits() if answers else None, staff_delay_s=STAFF_DELAY_S if answers else None,
    )  # fmt: skip


def _heard(data: Path, store: str) -> tuple[dict[str, int], int]:
    """How far every input stream came in the data of an earlier run, and the shop's time then (0: there was none)."""
    if not (data / INPUTS).exists():
        return {}, 0
    with closing(open_inputs(str(data / INPUTS), store)) as inputs:
        return heard_so_far(inputs, store)


def free_port(host: str, port: int) -> int:
    """The port, or any free one for 0. A port that is taken raises InputProblems."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            what = f"port {port} of {host} cannot be opened: {error.strerror}"
            raise InputProblems([Problem("--port", 0, what, "choose another with --port, or 0 for any free one")]) from None
        return int(probe.getsockname()[1])


def open_and_serve(plan: Plan, source: Source, start: int, wanted: Opening) -> bool:
    """Opens the shop at `start` (ns UTC) and serves its pages until it is stopped; False when its loop broke."""
    hooks, url = secret(wanted.data, "webhooks"), f"http://{wanted.host}:{wanted.port}"
    clock = WallClock(wanted.speed, start)
    settings = Settings(wanted.data, books=wanted.books, provider=wanted.provider, webhook=url + WEBHOOKS, webhook_secret=hooks)
    with open_shop(plan, source, clock, settings) as shop:
        clock.begin()
        staff = _staff(shop.personal, wanted.data, DEMO_STAFF if wanted.demo else DEMO_STAFF[-1:])
        if shop.runner.state.shop.opening.state == "closed":
            opens(shop)

        def ready() -> None:
            goes_on = "" if wanted.demo else "; killed, it goes on where it was"
            for row in (f"{plan.name} is open: {url}", *staff, f"Stop it with Ctrl-C{goes_on}."):
                say(row)
            sys.stdout.flush()

        over = (lambda: _is_done(shop, source)) if wanted.until_over else (lambda: False)
        walker = Guests(source) if isinstance(source, PretendShop) else None
        pages = PageSettings(demo=wanted.demo, walker=walker, speed=wanted.speed)
        return serve(shop, pages, wanted.host, wanted.port, ready, over, hooks)


def _staff(personal: PersonalData, data: Path, names: Sequence[Role]) -> list[str]:
    """Makes the first people who may sign in, where there are none, and says how."""
    if personal.members():
        return []
    password = secret(data, "staff-password")
    for name in names:
        first_member(personal, name, password, name)
    return [f"  staff sign in at /staff/sign-in as {', '.join(names)} with the password {password}"]


def _is_done(shop: OpenShop, source: Source) -> bool:
    """Whether the source is over, and long enough ago that every receipt is made and paid."""
    if shop.runner.turns % 20 or not source.is_over():
        return False
    open_visits = [
        each for each in shop.books.documents("visit", limit=10_000) if each.state not in ("settled", "abandoned", "unbilled")
    ]
    return not open_visits and not shop.books.outgoing(_LATEST) and not shop.runner.waiting
