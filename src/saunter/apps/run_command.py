"""`saunter run` and `saunter demo`: a shop that is open, with its pages."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from saunter.apps.output import bad_input_exits, say
from saunter.base.errors import InputProblems, Problem
from saunter.base.time import SECOND
from saunter.plan import Plan, parse_plan
from saunter.ports.sources import Source

PORT: Final = 8700
#: The demo's crowd: the noon hour of the generated convenience shop, and who lives in it.
DEMO_SCENARIO: Final = "rush"
#: Sign-in names of the demo's staff, one per role.
DEMO_STAFF: Final = ("reviewer", "staff", "manager", "engineer")

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
) -> None:
    """A made-up convenience shop, open for business: watch people come in, take things and walk out. Ctrl-C closes it.

    Everything is simulated but the shop itself: it sees noisy scales, tracked bodies and gates, and decides from them alone.
    Its data goes away with it, unless --data says where to keep it. Example: saunter demo --port 8700
    """
    from saunter.simulation import SUITES, suite_plan_texts

    with bad_input_exits(), ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="saunter-demo-")))
        plan = parse_plan(suite_plan_texts(DEMO_SCENARIO, seed))
        start = time.time_ns()
        with _books_know(folder, plan) as after:
            world = _pretend(plan, SUITES[DEMO_SCENARIO], seed, start, after)
        raise typer.Exit(0 if _open(plan, world, start, folder, host, port, speed, "", demo=True) else 1)


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
    from saunter.apps.running.sources import RecordedSource
    from saunter.apps.shop import opened
    from saunter.adapters.plans import read_plan

    with bad_input_exits(), opened(recording) as told:
        shop_plan = read_plan(plan)
        records = iter(told.records())
        source = RecordedSource(records)
        if source.is_over():
            raise InputProblems([Problem(str(recording), 0, "it holds no readings", "give a recording with readings")])
        start = source.first
        ended = _open(shop_plan, source, start, data, host, port, speed, books, provider=provider, until_over=until_over)
        raise typer.Exit(0 if ended else 1)


def _open(
    plan: Plan,
    source: Source,
    start: int,
    data: Path,
    host: str,
    port: int,
    speed: float,
    books: str,
    *,
    provider: str = "",
    demo: bool = False,
    until_over: bool = False,
) -> bool:
    """Opens the shop and its pages until it is stopped."""
    from saunter.apps.running.clocks import WallClock
    from saunter.apps.running.opening import Settings, open_shop, opens, secret
    from saunter.apps.running.serving import serve
    from saunter.web.settings import Settings as PageSettings

    clock = WallClock(speed, start)
    hooks = secret(data, "webhooks")
    settings = Settings(data, books=books, provider=provider, webhook=f"http://{host}:{port}", webhook_secret=hooks)
    with open_shop(plan, source, clock, settings) as shop:
        password = _staff(shop.personal, data, demo)
        if shop.runner.state.shop.opening.state == "closed":
            opens(shop)
        url = f"http://{host}:{port}"

        def ready() -> None:
            say(f"{plan.name} is open: {url}")
            if password:
                say(f"Staff sign in at {url}/staff/sign-in as {password}")
            say("Stop it with Ctrl-C.")
            sys.stdout.flush()

        return serve(shop, PageSettings(demo=demo), host, port, ready, hooks)


def _staff(personal: object, data: Path, demo: bool) -> str:
    """Makes the first people who may sign in; how, in words (empty: there are some already)."""
    return ""


@contextmanager
def _books_know(folder: Path, plan: Plan) -> Iterator[dict[str, int]]:
    """How far every stream has come in this shop's data, if it has any."""
    yield {}


def _pretend(plan: Plan, scenario: object, seed: int, start: int, after: dict[str, int]) -> Source:
    """The pretend world, which begins now."""
    raise NotImplementedError


_ = (replace, SECOND)
