"""`saunter staff`: who may sign in at the pages of a shop."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Annotated, Literal

import typer

from saunter.adapters.storage import open_personal
from saunter.apps.options import AsJson, Data
from saunter.apps.output import BAD_INPUT, bad_input_exits, say, say_json, warn
from saunter.apps.running.opening import PERSONAL
from saunter.apps.shop_data import there
from saunter.web.staff.members import PASSWORD_CHARACTERS_MIN, first_member

app = typer.Typer(help="Who may sign in at the pages of a shop: reviewers, staff, managers, engineers.", no_args_is_help=True)


def register(line: typer.Typer) -> None:
    """Add the commands to the command line."""
    line.add_typer(app, name="staff")


@app.callback()
def _staff() -> None:
    """Who may sign in at the pages of a shop: reviewers, staff, managers, engineers."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")],
    role: Annotated[Literal["reviewer", "staff", "manager", "engineer"], typer.Option(help="What this person may do.")],
    data: Data,
) -> None:
    """A new member of staff; for a name that is there already, a new password and role.

    Example: saunter staff add ada --role reviewer --data shop-data

    The password is asked for, or read from the first line of stdin; it is never part of the command, which others on the same
    machine can read. The shop may be open meanwhile.
    """
    with bad_input_exits():
        file = there(data, PERSONAL)
        password = _password()
        with closing(open_personal(str(file))) as personal:
            is_new = personal.member(name.strip()) is None
            try:
                member = first_member(personal, name, password, role)
            except ValueError as error:
                warn(f"nobody was added: {error}")
                raise typer.Exit(BAD_INPUT) from None
    what = "may sign in" if is_new else "was there already and has a new password"
    say(f"{member.name} ({member.role}) {what}, at /staff/sign-in")


@app.command(name="list")
def list_command(data: Data, as_json: AsJson = False) -> None:
    """Everybody who may sign in, by name, with role.

    Example: saunter staff list --data shop-data
    """
    with bad_input_exits(), closing(open_personal(str(there(data, PERSONAL)))) as personal:
        members = personal.members()
    if as_json:
        say_json({"members": [{"name": each.name, "role": each.role} for each in members]})
        return
    for member in members:
        say(f"{member.role:<8}  {member.name}")


def _password() -> str:
    """From a person, who types it twice and unseen; from a program, the first line."""
    if sys.stdin.isatty():
        asked = f"Password (at least {PASSWORD_CHARACTERS_MIN} characters)"
        return str(typer.prompt(asked, hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
