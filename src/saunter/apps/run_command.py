"""`saunter run` and `saunter demo`: a shop that is open, with its pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from saunter.apps.output import bad_input_exits

PORT: Final = 8700

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
        int | None, typer.Option(min=0, max=40, help="So many made-up parties are inside at once, at most; 0: only you.")
    ] = None,
    answers: Annotated[
        bool, typer.Option("--answers/--no-answers", help="Whether made-up reviewers and staff answer, or only you do.")
    ] = True,
) -> None:
    """A made-up convenience shop, open for business: watch people come in, take things and walk out. Ctrl-C closes it.

    Everything is simulated but the shop itself: it sees noisy scales, tracked bodies and gates, and decides from them alone.
    Walk in yourself: open the page on a phone, hold your code to the gate, take things, walk out.
    Its data goes away with it, unless --data says where to keep it. Example: saunter demo --port 8700
    """
    from saunter.apps.running.opened import open_demo

    with bad_input_exits():
        raise typer.Exit(0 if open_demo(host, port, seed, speed, data, parties, answers) else 1)


def run_command(
    recording: Annotated[Path, typer.Option(metavar="FILE", help="What the sensors say: a recording, played at its own pace.")],
    plan: Annotated[
        Path | None, typer.Argument(metavar="PLAN", help="The shop's plan: a folder with store.toml; else the recording's own.")
    ] = None,
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

    At the pretend provider everybody who comes in pays with a made-up card, shown shortly before.
    """
    from saunter.apps.running.opened import Opening, open_on_recording

    with bad_input_exits():
        wanted = Opening(data, host, port, speed, books, provider, until_over=until_over)
        raise typer.Exit(0 if open_on_recording(plan, recording, wanted) else 1)
