"""`saunter`: the command line. This module names the commands; each lives in its own, loaded when it is wanted."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from saunter import __version__

_HELP = "A shop without checkouts: from sensor readings to the right receipt, with a reason for every line. Try: saunter demo"
#: Every command, the module of `saunter.apps` that holds it, and what the list of commands says of it.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("run_command", "A made-up shop, open for business: watch people shop."),
    "run": ("run_command", "Open a shop: its loop, its money, its pages."),
    "tour": ("tour_command", "A pretend shop in the terminal: receipts, reasons, truth."),
    "replay": ("replay_command", "Receipts from a recording, as the shop had made them."),
    "simulate": ("simulate_command", "A recording with truth, from a story, scenario or cases."),
    "backup": ("books_command", "The books and personal data as they are now, in a folder."),
    "restore": ("books_command", "Put a backup into a data folder that holds no shop yet."),
    "plan": ("plan_command", "Check a shop's plan, or take it out of a recording."),
    "recording": ("recording_command", "Look into a recording."),
    "import": ("import_command", "Make a recording of other people's data."),
    "bench": ("bench_command", "Measure Saunter; all figures in the docs come from here."),
    "staff": ("staff_command", "Who may sign in at the pages of a shop."),
    "books": ("books_command", "Look through the books of a shop."),
}


class _Lazy(TyperGroup):
    """Loads the module of the command that is wanted: `saunter --help` must not wait for a database or a belief."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        line = typer.Typer(rich_markup_mode=None)
        line.callback()(lambda: None)
        import_module(f"saunter.apps.{COMMANDS[cmd_name][0]}").register(line)
        return typer.main.get_group(line).commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The table, as `--help` prints it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])


app = typer.Typer(
    cls=_Lazy,
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
