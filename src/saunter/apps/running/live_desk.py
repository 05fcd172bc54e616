"""The desk of a shop that runs in this process: what its pages see, and how they tell it something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import suppress

from saunter.apps.running.runner import Answer, Runner
from saunter.base.errors import Refused
from saunter.ports.books import PersonalData
from saunter.ports.desk import Live
from saunter.records import AnyRecord, Envelope


class LiveDesk:
    """Implements `ports.desk.Desk`. Pages run on their own event loop, the shop in its own thread."""

    def __init__(self, runner: Runner, personal: PersonalData) -> None:
        self._runner = runner
        self.plan, self.books, self.personal = runner.plan, runner.books, personal

    def now(self) -> int:
        """The shop's clock."""
        return self._runner.clock.now()

    def envelope(self, stream: str) -> Envelope:
        """The next envelope of an input stream."""
        return self._runner.envelope(stream)

    async def tell(self, record: AnyRecord, wait_s: float = 2.0) -> list[AnyRecord]:
        """Gives the shop an input and waits for what it says to it."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[list[AnyRecord] | Refused] = loop.create_future()

        def done(reply: list[AnyRecord] | Refused) -> None:
            with suppress(RuntimeError):  # the pages were closed meanwhile: nobody waits, and the shop must not stumble over it
                loop.call_soon_threadsafe(lambda: None if heard.done() else heard.set_result(reply))

        self._runner.tell(record, Answer(done))
        try:
            reply = await asyncio.wait_for(heard, wait_s)
        except TimeoutError:
            return []
        if isinstance(reply, Refused):
            raise reply
        return reply

    def follow(self, topics: Collection[str]) -> AsyncIterator[Live]:
        """Changes as they come."""
        return self._runner.hub.follow(topics)

    def status(self) -> dict[str, str]:
        """Facts for engineers."""
        runner = self._runner
        return {
            "inputs that wait": str(runner.waiting),
            "behind the clock": f"{runner.late_s:.2f} s",
            "pages open": str(runner.hub.clients),
            "turns taken": str(runner.turns),
            "worlds": str(runner.state.shop.pipeline.attribution.worlds()),
            "books up to input": str(runner.books.progress()),
        }
