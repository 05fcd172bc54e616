"""A real embedded provider in a process of its own, and a shop's ear for its webhooks, for the tests."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from saunter.records import Envelope, PaymentAction, PaymentCommand

ROOT = Path(__file__).parents[3]
SECRET = "a secret of the tests"


class Running:
    """One provider process; `url` is where it listens. Stop it, or kill it."""

    def __init__(self, database: Path, *options: str, **environment: str) -> None:
        command = [
            sys.executable,
            "-m",
            "saunter.adapters.payments.embedded",
            "--database",
            str(database),
            "--port",
            "0",
            *options,
        ]
        variables = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "SAUNTER_WEBHOOK_SECRET": SECRET, **environment}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("listening on 127.0.0.1:"), line
        self.url = "http://" + line.removeprefix("listening on ").strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def ledger(self) -> Any:
        return httpx.get(f"{self.url}/ledger").json()

    def moved(self) -> list[tuple[str, int]]:
        return [(each["action"], each["amount_minor"]) for each in self.ledger()["movements"]]


class Ear:
    """Hears webhooks: bodies and headers, in order of arrival. It refuses the first `refuses` of them."""

    def __init__(self, refuses: int = 0) -> None:
        heard: queue.Queue[tuple[bytes, dict[str, str]]] = queue.Queue()
        left = [refuses]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                left[0] -= 1
                self.send_response(500 if left[0] >= 0 else 204)
                self.end_headers()
                heard.put((body, dict(self.headers)))

            def log_message(self, *_: Any) -> None:
                pass

        self._heard = heard
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def next(self) -> tuple[bytes, dict[str, str]]:
        return self._heard.get(timeout=20)

    def next_key(self) -> str:
        return str(json.loads(self.next()[0])["key"])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def command(
    action: PaymentAction, amount: int = 0, payment: str = "pay/p1", key: str = "", **other: Any
) -> PaymentCommand:  # fmt: skip
    envelope = Envelope(store="corner", stream="payment", sequence=0, happened=0, arrived=0)
    fields = {"currency": "EUR", "party": "p1", "method": "card-1", **other}
    return PaymentCommand(
        envelope=envelope,
        payment=payment,
        action=action,
        amount_minor=amount,
        key=key or f"corner/{payment}/{action}/1",
        **fields,
    )
