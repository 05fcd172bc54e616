"""The options of the accuracy benches: what is played, without which ideas, and what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from saunter.apps.accuracy.ideas import idea_names
from saunter.apps.accuracy.suites import SUITES

ALL_SUITES: Final = ", ".join(SUITES)
_ALL_IDEAS: Final = ", ".join(idea_names())

SuiteName = Annotated[str, typer.Option("--suite", help=f"One of {ALL_SUITES}.")]
Cases = Annotated[
    Path | None, typer.Option("--cases", metavar="FILE", help="Labelled cases for the suite nanostore; else those of the data.")
]
Visits = Annotated[int, typer.Option("--visits", min=0, max=1_000_000, help="Visits in all; 0: the suite's own size.")]
Seeds = Annotated[int, typer.Option("--seeds", min=0, max=1000, help="Different worlds; 0: the suite's own number.")]
FirstSeed = Annotated[
    int, typer.Option("--first-seed", min=1, max=1_000_000, help="The first world's seed; for worlds nobody looked at.")
]
Worst = Annotated[int, typer.Option("--worst", min=0, max=1000, metavar="N", help="Tell of the N worst visits, and why.")]
WorstTable = Annotated[bool, typer.Option("--worst-table", help="Tell of the worst visits in a table, a row and one cause each.")]
Without = Annotated[
    list[str] | None, typer.Option("--without", metavar="NAME", help=f"Switch an idea off; may be repeated: {_ALL_IDEAS}.")
]
IdeaNames = Annotated[
    list[str] | None, typer.Option("--ideas", metavar="NAME", help=f"Only this idea, else all; may be repeated: {_ALL_IDEAS}.")
]
Plots = Annotated[Path | None, typer.Option("--plots", metavar="DIR", help="Draw pictures (SVG) into this folder.")]
Processes = Annotated[int, typer.Option("--processes", min=0, max=256, help="Trials played at the same time; 0: one per core.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="The table as it is written in a document.")]
