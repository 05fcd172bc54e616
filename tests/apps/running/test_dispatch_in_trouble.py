"""Books that cannot be read for a moment stop no payment for good."""

from __future__ import annotations

import threading
from typing import Any, cast

import msgspec
import pytest
from tests.pipeline.the_stall import Provider, envelope

from saunter.apps.running.crash_points import CrashPoints
from saunter.apps.running.dispatch import Dispatcher
from saunter.base.errors import BooksError
from saunter.ports.books import Outgoing
from saunter.records import PaymentCommand, PaymentOutcome

CAPTURE = PaymentCommand(
    envelope=envelope("payment", 1, 5), payment="pay/p1", party="p1", action="capture", amount_minor=100, currency="EUR",
    key="key-1",
)  # fmt: skip


class Outbox:
    """One command, and what goes wrong the first time."""

    def __init__(self, trouble: str) -> None:
        self.trouble, self.met = trouble, threading.Event()

    def outgoing(self, now: int) -> list[Outgoing]:
        self._meets("outgoing")
        return [Outgoing(key="key-1", kind="payment", body=msgspec.json.encode(CAPTURE), due=0)]

    def tried(self, key: str, due: int) -> None:
        self._meets("tried")

    def _meets(self, place: str) -> None:
        if self.trouble == place:
            self.trouble = ""
            self.met.set()
            raise BooksError("books.db could not be written: database is locked")


@pytest.mark.parametrize("place", ["outgoing", "tried"])
def test_a_command_leaves_once_the_books_can_be_read_and_written_again(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    books, told, came = Outbox(place), list[PaymentOutcome](), threading.Event()

    def tell(outcome: PaymentOutcome) -> None:
        told.append(outcome)
        came.set()

    dispatcher = Dispatcher(cast(Any, books), lambda method: "", Provider(), tell, lambda: 10, CrashPoints())
    dispatcher.start()
    try:
        dispatcher.wake()
        assert books.met.wait(10)
        dispatcher.wake()
        assert came.wait(10)
    finally:
        dispatcher.stop()
    assert told[0].key == "key-1"
    assert "database is locked" in capsys.readouterr().err
