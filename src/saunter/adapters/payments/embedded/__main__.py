"""Starts the embedded payment provider as a process of its own."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from typing import Final

import uvicorn

from saunter.adapters.payments.embedded.faults import FAULTS, TOKENS, Faults, parse_faults
from saunter.adapters.payments.embedded.ledger import Ledger
from saunter.adapters.payments.embedded.server import Provider

#: Secrets come by environment: a command line is there for everybody to read.
WEBHOOK_SECRET: Final = "SAUNTER_WEBHOOK_SECRET"
PROVIDER_SECRET: Final = "SAUNTER_PROVIDER_SECRET"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    tables = ["faults:", *(f"  {name:<16} {text}" for name, text in FAULTS.items())]
    tables += ["", "tokens:", *(f"  {name:<24} {text}" for name, text in TOKENS.items())]
    tables += ["", f"{WEBHOOK_SECRET} signs webhooks; {PROVIDER_SECRET} is what the shop must show (none: nothing)."]
    made = argparse.ArgumentParser(
        prog="python -m saunter.adapters.payments.embedded",
        description="A payment provider with a ledger of its own, for demonstrations and tests.",
        epilog="\n".join(tables),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--database", required=True, help="the ledger's file; it is made if it is not there")
    made.add_argument("--port", type=int, default=8701, help="0: a free one; the line 'listening on ...' says which")
    made.add_argument("--webhook", default="", metavar="URL", help="where outcomes are told by themselves")
    made.add_argument("--faults", default="", metavar="LIST", help='what goes wrong how often: "drop=0.1,twice=0.1"')
    made.add_argument("--seed", default="0", help="which commands the faults strike")
    made.add_argument("--stop-with-stdin", action="store_true", help="stop when whoever started it is gone")
    made.add_argument("--delay-s", type=float, default=6.0, help="how late late ones are, seconds")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until it is told to stop; says `listening on 127.0.0.1:PORT` once it does."""
    command_line = parser()
    options = command_line.parse_args(arguments)
    try:
        faults = Faults(parse_faults(options.faults), options.seed, options.delay_s)
    except ValueError as error:
        command_line.error(str(error))
    secret = os.environ.get(WEBHOOK_SECRET, "").encode()
    if options.webhook and not secret:
        command_line.error(f"webhooks are signed; set {WEBHOOK_SECRET} to the secret that the shop uses")
    if options.stop_with_stdin:
        threading.Thread(target=_stop_with_stdin, name="starter", daemon=True).start()
    with socket.create_server(("127.0.0.1", options.port), backlog=128) as listening:
        where = f"{listening.getsockname()[0]}:{listening.getsockname()[1]}"
        provider = Provider(
            Ledger(options.database), faults, webhook_url=options.webhook, webhook_secret=secret,
            secret=os.environ.get(PROVIDER_SECRET, ""), on_ready=lambda: _say(f"listening on {where}"),
        )  # fmt: skip
        config = uvicorn.Config(provider.application(), log_level="critical", access_log=False)
        uvicorn.Server(config).run(sockets=[listening])


def _stop_with_stdin() -> None:
    """Waits for the end of stdin: it comes when the process that started this one ends, however it ends."""
    while sys.stdin.buffer.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
