"""`python -m saunter`: the same command line as `saunter`."""

from __future__ import annotations

from saunter.apps.main import app

if __name__ == "__main__":
    app(prog_name="saunter")
