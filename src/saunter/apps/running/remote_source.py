"""The world outside the shop's process: sensors, people and gates go on living when the shop is killed.

A crash test needs them outside, as they are in a real shop. The world keeps what it handed out until the shop has logged it, so
that a kill loses nothing; what it is told twice it hears once."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Sequence
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from saunter.ports.sources import Source
from saunter.records import AnyRecord, Tick, Truth

#: A request that ends the server's thread.
_OVER: Final = "over"


class SourceServer:
    """Serves one source on a local socket, to one shop after the other. A context manager."""

    def __init__(self, source: Source, address: Path) -> None:
        self._source, self._address = source, str(address)
        self._kept: list[AnyRecord] = []
        self._heard: dict[str, int] = {}
        self._listener = Listener(self._address, family="AF_UNIX")
        self._thread = threading.Thread(target=self._serve, name="world", daemon=True)

    def __enter__(self) -> SourceServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with Client(self._address, family="AF_UNIX") as connection:
            connection.send_bytes(pickle.dumps((_OVER, None, None)))
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            with self._listener.accept() as connection:
                if self._converse(connection):
                    return

    def _converse(self, connection: Connection[Any, Any]) -> bool:
        """Answers one shop until it goes away, however suddenly; True: the test is over."""
        try:
            while True:
                what, first, second = pickle.loads(connection.recv_bytes())
                if what == _OVER:
                    return True
                connection.send_bytes(pickle.dumps(self._answer(what, first, second), protocol=5))
        except (EOFError, ConnectionError):
            return False

    def _answer(self, what: str, first: Any, second: Any) -> Any:
        if what == "until":
            return self._until(first, second)
        if what == "hear":
            self._hear(first)
            return None
        return self._source.is_over() and not self._kept

    def _until(self, now: int, logged: dict[str, int]) -> list[AnyRecord]:
        """What is new by now, and before it what was handed out and never logged."""
        kept = [record for record in self._kept if record.envelope.sequence > logged.get(record.envelope.stream, -1)]
        self._kept = [*kept, *(record for record in self._source.until(now) if not isinstance(record, Tick | Truth))]
        return self._kept

    def _hear(self, records: Sequence[AnyRecord]) -> None:
        new = []
        for record in records:
            envelope = record.envelope
            if envelope.sequence > self._heard.get(envelope.stream, -1):
                self._heard[envelope.stream] = envelope.sequence
                new.append(record)
        self._source.hear(new)


class RemoteSource:
    """The shop's end: a `ports.sources.Source`. `logged` tells how far every stream is durable."""

    def __init__(self, address: Path, logged: dict[str, int]) -> None:
        self._connection = Client(str(address), family="AF_UNIX")
        self.logged = logged

    def until(self, now: int) -> Sequence[AnyRecord]:
        """Everything that has arrived by now and is not logged yet."""
        found: list[AnyRecord] = self._ask("until", now, self.logged)
        return found

    def hear(self, records: Sequence[AnyRecord]) -> None:
        """What the shop said."""
        if records:
            self._ask("hear", list(records))

    def is_over(self) -> bool:
        """Nothing will come any more."""
        return bool(self._ask("over?"))

    def close(self) -> None:
        """Goes away."""
        self._connection.close()

    def _ask(self, what: str, first: object = None, second: object = None) -> Any:
        self._connection.send_bytes(pickle.dumps((what, first, second), protocol=5))
        return pickle.loads(self._connection.recv_bytes())
