"""What the environment decides, read in one place: where data lies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

#: Environment variable that names the folder of real data, and what holds without it (relative to the working directory).
DATA_VARIABLE: Final = "SAUNTER_DATA"
DATA_DEFAULT: Final = "../shared/data"


def data_folder(environment: Mapping[str, str]) -> Path:
    """The folder of real data: `SAUNTER_DATA`, else `../shared/data` beside the working directory. It need not exist."""
    return Path(environment.get(DATA_VARIABLE) or DATA_DEFAULT)
