"""The command line names every command, and loads only the one that is wanted."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from saunter.apps.main import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there_and_explains_itself(name: str) -> None:
    said = CliRunner().invoke(app, [name, "--help"])
    assert said.exit_code == 0, said.output
    assert f"Usage: saunter {name} " in said.output.replace("root", "saunter")


def test_help_names_every_command_and_waits_for_none_of_them() -> None:
    program = (
        "import sys; from saunter.apps.main import app; app(['--help'], standalone_mode=False);"
        "print('loaded:', *[name for name in ('numpy', 'scipy', 'sqlalchemy', 'fastapi') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60).stdout
    assert all(f"\n  {name} " in said for name in COMMANDS)
    assert said.splitlines()[-1] == "loaded:"


def test_a_command_that_does_not_exist_is_refused_by_name() -> None:
    said = CliRunner().invoke(app, ["checkout"])
    assert said.exit_code == 2 and "No such command 'checkout'" in said.output
