"""Gives stamped commands to the payment provider, and what it says back to the shop. Sent at least once, by key at most once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from saunter.apps.running.crash_points import CrashPoints
from saunter.base.errors import BooksError
from saunter.base.time import SECOND
from saunter.ports.books import Books, Outgoing
from saunter.ports.payments import PaymentProvider
from saunter.records import PaymentCommand, PaymentOutcome

#: Commands on their way at the same time: a provider's answer takes about as long as a network round trip.
AT_ONCE: Final = 8
#: A command whose outcome has not reached the books is given to the provider again after so long, by the same key (shop time).
AGAIN_AFTER: Final = 30 * SECOND
#: How often the outbox is looked at when nobody woke the dispatcher (wall seconds).
LOOK_EVERY_S: Final = 0.5


class Dispatcher:
    """A thread that empties the outbox. It knows no table of payments: it sends what is there and tells what came back."""

    def __init__(
        self,
        books: Books,
        token_of: Callable[[str], str],
        provider: PaymentProvider,
        tell: Callable[[PaymentOutcome], None],
        now: Callable[[], int],
        points: CrashPoints,
    ) -> None:
        self._books, self._token_of, self._provider = books, token_of, provider
        self._tell, self._now, self._points = tell, now, points
        self._wake, self._stop = threading.Event(), threading.Event()
        self._on_the_way: set[str] = set()
        self._thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begins to send."""
        self._thread.start()

    def wake(self) -> None:
        """Something new may be in the outbox."""
        self._wake.set()

    def stop(self) -> None:
        """Finishes what is on the way and ends."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="provider") as pool:
            while not self._stop.is_set():
                self._wake.wait(LOOK_EVERY_S)
                self._wake.clear()
                try:
                    self._empty(pool)
                except BooksError as error:  # nothing is lost: what is due stays due, and is looked at again
                    sys.stderr.write(f"the outbox could not be looked at, payments wait: {error}\n")

    def _empty(self, pool: ThreadPoolExecutor) -> None:
        for outgoing in self._books.outgoing(self._now()):
            if outgoing.kind == "payment" and outgoing.key not in self._on_the_way:
                self._books.tried(outgoing.key, self._now() + AGAIN_AFTER)
                self._on_the_way.add(outgoing.key)
                pool.submit(self._send, outgoing).add_done_callback(_raised)

    def _send(self, outgoing: Outgoing) -> None:
        try:
            command = msgspec.json.decode(outgoing.body, type=PaymentCommand)
            token = self._token_of(command.method) if command.action == "authorise" else ""
            self._points.reached("before-provider-call")
            outcome = self._provider.send(command, token)
            self._points.reached("after-provider-call")
            place = msgspec.structs.replace(outcome.envelope, because=(command.id,))
            self._tell(msgspec.structs.replace(outcome, envelope=place))
            self._points.reached("after-outcome-told")
        finally:
            self._on_the_way.discard(outgoing.key)


def _raised(future: object) -> None:
    """A fault in the dispatcher itself must not pass in silence."""
    error = future.exception()  # type: ignore[attr-defined]
    if error is not None:
        raise error
