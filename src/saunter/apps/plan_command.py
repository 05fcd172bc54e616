"""`saunter plan check`: is this plan complete and consistent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from saunter.apps.output import bad_input_exits, say, warn_problems

app = typer.Typer(help="Look at a shop's plan.", no_args_is_help=True)


def register(line: typer.Typer) -> None:
    """Add the commands to the command line."""
    line.add_typer(app, name="plan")


@app.callback()
def _plan() -> None:
    """Look at a shop's plan."""


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The plan's folder: store.toml, catalogue.csv, planogram.csv.")],
) -> None:
    """Is this plan complete and consistent? Every mistake is named with its file and line.

    Example: saunter plan check shops/corner

    Exits with 0 when the plan can be used (remarks may remain), with 2 when it cannot.
    """
    from saunter.adapters.plans.folder import load_plan
    from saunter.plan import check_plan, describe_plan

    with bad_input_exits():
        plan = load_plan(folder)
        remarks = check_plan(plan)
        say(describe_plan(plan))
        warn_problems(remarks)
        say(f"The plan can be used; {len(remarks)} remarks." if remarks else "The plan can be used.")
