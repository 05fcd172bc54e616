"""The three files of a plan folder, by name."""

from __future__ import annotations

from typing import Final

STORE_FILE: Final = "store.toml"
CATALOGUE_FILE: Final = "catalogue.csv"
PLANOGRAM_FILE: Final = "planogram.csv"
#: Every file of a plan, in the order they are read.
PLAN_FILES: Final = (STORE_FILE, CATALOGUE_FILE, PLANOGRAM_FILE)
