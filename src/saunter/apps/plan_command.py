"""`saunter plan`: is a plan complete and consistent; the plan that a recording brings, as files."""

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


@app.command()
def extract(
    recording: Annotated[Path, typer.Argument(metavar="FILE", help="A recording.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where its plan goes: store.toml, catalogue.csv, planogram.csv.")],
) -> None:
    """The plan that a recording brings, as files to look at, to change, and to open a shop with.

    Example: saunter plan extract monday.mcap my-shop

    A folder that holds a plan already is left as it is.
    """
    from saunter.adapters.plans import write_plan_texts
    from saunter.apps.shop import opened, plan_of
    from saunter.base.errors import InputProblems, Problem
    from saunter.plan import describe_plan

    with bad_input_exits(), opened(recording) as told:
        plan = plan_of(told, str(recording))
        if there := [name for name in told.plan_texts if (folder / name).exists()]:
            raise InputProblems(
                [Problem(str(folder / name), 0, "it is there already", "choose another folder") for name in there]
            )
        write_plan_texts(folder, told.plan_texts)
        say(describe_plan(plan))
        say(f"Written to {folder}; next: saunter plan check {folder}")
