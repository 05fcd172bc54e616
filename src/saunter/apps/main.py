"""`saunter`: the command line. Each command lives in its own module; this one only names them."""

from __future__ import annotations

from typing import Annotated

import typer

from saunter import __version__
from saunter.apps import (
    bench_command,
    books_command,
    import_command,
    plan_command,
    recording_command,
    replay_command,
    run_command,
    simulate_command,
    staff_command,
    tour_command,
)

_HELP = "A shop without checkouts: from sensor readings to the right receipt, with a reason for every line. Try: saunter demo"

app = typer.Typer(
    help=_HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"saunter {__version__}")
        raise typer.Exit


@app.callback(help=_HELP)
def _every_command(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """What holds for every command."""


run_command.register(app)
tour_command.register(app)
replay_command.register(app)
simulate_command.register(app)
books_command.register(app)
app.add_typer(plan_command.app, name="plan")
app.add_typer(recording_command.app, name="recording")
app.add_typer(import_command.app, name="import")
app.add_typer(bench_command.app, name="bench")
app.add_typer(staff_command.app, name="staff")
app.add_typer(books_command.app, name="books")
