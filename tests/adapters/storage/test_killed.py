"""A shop that is killed at any moment has everything that it said it had written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from saunter.adapters.storage import open_books, open_inputs, verify

SHOP = """
import sys
from the_corner import document, entered, tick
from saunter.adapters.storage import open_books, open_inputs
from saunter.ports.books import Outgoing
address, store, inputs = sys.argv[1:]
books, log = open_books(address, store), open_inputs(inputs, store)
def inputs():
    yield from (number for number, _ in log.read(books.progress()))
    while True:
        number = log.append([tick(log.last(), store)])
        print("logged", number, flush=True)
        yield number
for number in inputs():
    with books.writing() as writing:
        writing.append([entered(2 * number - 2, store), entered(2 * number - 1, store)])
        writing.put([document(body=str(number).encode())])
        writing.send([Outgoing(key=f"k{number}", kind="payment", body=b"{}")])
        writing.heard(number)
    print("committed", number, flush=True)
    if number % 5 == 0:
        log.save(number, str(number).encode() * 1000)
        log.forget(number)
        print("saved", number, flush=True)
"""


def killed_after(lines: int, *arguments: str) -> dict[str, int]:
    """What the shop said last of each sort before it was killed; it says at least so many lines."""
    here = str(Path(__file__).parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([here, *sys.path])}
    command = [sys.executable, "-c", SHOP, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as shop:
        assert shop.stdout is not None
        said = [shop.stdout.readline() for _ in range(lines)]
        shop.send_signal(signal.SIGKILL)
        said += shop.stdout.readlines()
    found = {"logged": 0, "committed": 0, "saved": 0}
    found.update((line.split()[0], int(line.split()[1])) for line in said if line.endswith("\n"))
    return found


@pytest.mark.slow
def test_what_a_killed_shop_said_it_had_written_is_there(address: str, store: str, tmp_path: Path) -> None:
    inputs = tmp_path / "inputs.db"
    for lines in (1, 20, 33):
        said = killed_after(lines, address, store, str(inputs))
        books, log = open_books(address, store), open_inputs(inputs, store)
        heard = books.progress()
        document = books.document("visit", "visit-p1")
        assert heard >= said["committed"] and log.last() >= said["logged"] and log.last() >= heard
        assert [record.envelope.sequence for _, record in books.records()] == list(range(2 * heard))
        assert document is None if heard == 0 else document is not None and document.body == str(heard).encode()
        assert len(books.outgoing(0, limit=10_000)) == heard
        saved = dict(log.snapshots())
        assert max(saved, default=0) >= said["saved"]
        assert all(snapshot == str(number).encode() * 1000 for number, snapshot in saved.items())
        first = max(saved, default=0)
        assert [number for number, _ in log.read(first)] == list(range(first + 1, log.last() + 1))
        assert [problem for problem in verify(books) if not problem.startswith("document")] == []
        books.close()
        log.close()
