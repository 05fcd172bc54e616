"""The smallest story there is, and the command line as it is typed: what the tests of several commands begin with."""

from __future__ import annotations

from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from saunter.apps.main import app

#: One shopper takes one loaf in the corner shop.
LOAF = """\
story: One loaf
shop: corner
noise: calm
seed: 3

00:00.0 p1 enters
00:08.0 p1 takes bread
00:14.0 p1 leaves
"""


def saunter(*words: str | Path) -> Result:
    """The command line with these words."""
    return CliRunner().invoke(app, [str(word) for word in words])
