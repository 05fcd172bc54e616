"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]
Calibration = Annotated[
    Path | None,
    typer.Option(
        "--calibration", metavar="FILE", help="Apply what `bench calibration` learned from other seeds.", show_default=False
    ),
]
Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The folder where the shop keeps its data.")]
RecordingFile = Annotated[Path, typer.Argument(metavar="FILE", help="A recording (.mcap).")]
