"""`saunter run` and `saunter demo`: a shop that is open, with its pages."""

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
from typing import Annotated, Final, Literal

import typer

from saunter.adapters.plans import load_plan
from saunter.adapters.storage import open_inputs
from saunter.apps.output import bad_input_exits, say
from saunter.apps.running.clocks import WallClock
from saunter.apps.running.guests import Guests
from saunter.apps.running.opening import INPUTS, OpenShop, Settings, open_shop, opens, secret
from saunter.apps.running.runner import heard_so_far
from saunter.apps.running.serving import WEBHOOKS, serve
from saunter.apps.running.sources import RecordedSource
from saunter.apps.shop import opened
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

PORT: Final = 8700
#: The demo's crowd: the noon hour of the generated convenience shop, and who lives in it.
DEMO_SCENARIO: Final = "rush"
#: How long the demo's shop waits after an exit before it decides the bill: a hand needs longer than that from shelf to gate.
DEMO_GRACE_MS: Final = 1000
#: So many made-up parties are inside at once, unless --parties says otherwise: as many as the scenario has.
PARTIES: Final = SUITES[DEMO_SCENARIO].parties_max
#: Sign-in names of the demo's staff, one per role.
Role = Literal["reviewer", "staff", "manager", "engineer"]
DEMO_STAFF: Final[tuple[Role, ...]] = ("reviewer", "staff", "engineer", "manager")
#: Later than everything (ns UTC).
LATEST: Final = 2**62

_Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the pages; 0: any free one.")]
_Host = Annotated[str, typer.Option(help="Address that the pages listen on.")]
_Speed = Annotated[float, typer.Option(min=0.1, max=100.0, help="How many times as fast as the wall clock the shop lives.")]
_Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the shop keeps its data.")]
_Books = Annotated[str, typer.Option(metavar="URL", help="Database of the books, such as postgresql+psycopg://...; else SQLite.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(name="demo")(demo_command)
    app.command(name="run")(run_command)


def demo_command(
    port: _Port = PORT,
    host: _Host = "127.0.0.1",
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the pretend world.")] = 1,
    speed: _Speed = 1.0,
    data: _Data = None,
    parties: Annotated[
        int, typer.Option(min=0, max=40, help="So many made-up parties are inside at once; 0: only you.")
    ] = PARTIES,
    answers: Annotated[
        bool, typer.Option("--answers/--no-answers", help="Whether made-up reviewers and staff answer, or only you do.")
    ] = True,
) -> None:
    """A made-up convenience shop, open for business: watch people come in, take things and walk out. Ctrl-C closes it.

    Everything is simulated but the shop itself: it sees noisy scales, tracked bodies and gates, and decides from them alone.
    Walk in yourself: open the page on a phone, hold your code to the gate, take things, walk out.
    Its data goes away with it, unless --data says where to keep it. Example: saunter demo --port 8700
    """
    with bad_input_exits(), ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="saunter-demo-")))
        plan = demo_plan(seed)
        known, then = _heard(folder, plan.store)
        start = max(time.time_ns(), then + SECOND)
        world = demo_world(plan, seed, start, known, parties=parties, answers=answers)
        wanted = Opening(plan, world, WallClock(speed, world.start_ns), folder, host, free_port(host, port), demo=True)
        raise typer.Exit(0 if _open(wanted) else 1)


def run_command(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The shop's plan: a folder with store.toml.")],
    recording: Annotated[Path, typer.Option(metavar="FILE", help="What the sensors say: a recording, played at its own pace.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="Where the shop keeps its data.")] = Path("shop-data"),
    port: _Port = PORT,
    host: _Host = "127.0.0.1",
    speed: _Speed = 1.0,
    books: _Books = "",
    provider: Annotated[str, typer.Option(metavar="URL", help="Payment provider; else a pretend one beside the shop.")] = "",
    until_over: Annotated[bool, typer.Option("--until-over", help="Stop when the recording is over and all is settled.")] = False,
) -> None:
    """Open a shop: its loop, its money, its pages. Kill it whenever you like; it goes on where it was.

    Example: saunter run my-shop --recording monday.mcap --speed 10
    """
    with bad_input_exits(), opened(recording) as told:
        shop_plan = load_plan(plan)
        records = iter(told.records())
        source = RecordedSource(records)
        if source.is_over():
            raise InputProblems([Problem(str(recording), 0, "it holds no readings", "give a recording with readings")])
        start = max(source.first, _heard(data, shop_plan.store)[1])
        wanted = Opening(
            shop_plan, source, WallClock(speed, start), data, host, free_port(host, port), books, provider,
            until_over=until_over,
        )  # fmt: skip
        raise typer.Exit(0 if _open(wanted) else 1)


def demo_plan(seed: int) -> Plan:
    """The demo's shop: its gates are metres from its shelves, so that a receipt need not wait long for what shelves owe."""
    plan = parse_plan(suite_plan_texts(DEMO_SCENARIO, seed))
    return replace(plan, policies=replace(plan.policies, exit_grace_ms=DEMO_GRACE_MS))


def demo_world(
    plan: Plan, seed: int, start: int, known: Mapping[str, int] | None = None, *, parties: int = PARTIES, answers: bool = True
) -> PretendShop:
    """The pretend world of the demo, which begins at `start` (ns UTC), with so many made-up `parties` inside at once; without
    `answers` its reviewers and staff leave all answers to people at pages. Where it follows upon another one, whose streams
    came as far as `known` says, its parties have other names and its streams go on behind."""
    day = datetime.fromtimestamp(start / SECOND, UTC).strftime("%d%H%M%S")
    return PretendShop(
        plan, replace(SUITES[DEMO_SCENARIO], parties_max=parties), seed, start_ns=start, after=known or {},
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


@dataclass(frozen=True)
class Opening:
    """How a shop is to be opened."""

    plan: Plan
    source: Source
    clock: WallClock
    data: Path
    host: str
    port: int
    books: str = ""
    provider: str = ""
    demo: bool = False
    until_over: bool = False


def _open(wanted: Opening) -> bool:
    """Opens the shop and its pages until it is stopped; False when its loop broke."""
    hooks = secret(wanted.data, "webhooks")
    url = f"http://{wanted.host}:{wanted.port}"
    settings = Settings(wanted.data, books=wanted.books, provider=wanted.provider, webhook=url + WEBHOOKS, webhook_secret=hooks)
    with open_shop(wanted.plan, wanted.source, wanted.clock, settings) as shop:
        staff = _staff(shop.personal, wanted.data, DEMO_STAFF if wanted.demo else DEMO_STAFF[-1:])
        if shop.runner.state.shop.opening.state == "closed":
            opens(shop)

        def ready() -> None:
            say(f"{wanted.plan.name} is open: {url}")
            for row in staff:
                say(f"  {row}")
            say("Stop it with Ctrl-C; killed, it goes on where it was." if not wanted.demo else "Stop it with Ctrl-C.")
            sys.stdout.flush()

        over = (lambda: _is_done(shop, wanted.source)) if wanted.until_over else (lambda: False)
        walker = Guests(wanted.source) if isinstance(wanted.source, PretendShop) else None
        return serve(
            shop,
            PageSettings(demo=wanted.demo, walker=walker, speed=wanted.clock.speed),
            wanted.host,
            wanted.port,
            ready,
            over,
            hooks,
        )


def _staff(personal: PersonalData, data: Path, names: Sequence[Role]) -> list[str]:
    """Makes the first people who may sign in, where there are none, and says how."""
    if personal.members():
        return []
    password = secret(data, "staff-password")
    for name in names:
        first_member(personal, name, password, name)
    return [f"staff sign in at /staff/sign-in as {', '.join(names)} with the password {password}"]


def _is_done(shop: OpenShop, source: Source) -> bool:
    """Whether the source is over, and long enough ago that every receipt is made and paid."""
    if shop.runner.turns % 20 or not source.is_over():
        return False
    open_visits = [each for each in shop.books.documents("visit", limit=10_000) if each.state not in ("settled", "abandoned")]
    return not open_visits and not shop.books.outgoing(LATEST) and not shop.runner.waiting
