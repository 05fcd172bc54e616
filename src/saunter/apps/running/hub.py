"""Tells every page that is open what has just changed, without ever holding up the shop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from typing import Final

from saunter.ports.desk import Live

#: Changes that wait for one client. A phone that cannot take them for this long has gone away or is asleep.
WAITING_MAX: Final = 200


class Client:
    """One open page: what it follows, and what it has not been given yet. Documents replace their older selves."""

    def __init__(self, topics: Collection[str]) -> None:
        self.topics = frozenset(topics)
        self._waiting: dict[str, Live] = {}
        self._awake = asyncio.Event()
        self.shed = 0

    def give(self, live: Live) -> None:
        """A change; of a document that has not been taken yet only the newest is kept. What happens at a gate is no document:
        every decision is told."""
        key = f"{live.topic} {live.kind} {live.body!r}" if live.topic == "gates" else f"{live.topic} {live.kind} {live.key}"
        self._waiting.pop(key, None)
        self._waiting[key] = live
        if len(self._waiting) > WAITING_MAX:
            self._waiting.pop(next((each for each in self._waiting if each.startswith("floor")), next(iter(self._waiting))))
            self.shed += 1
        self._awake.set()

    async def take(self) -> list[Live]:
        """Everything that waits, as soon as there is anything."""
        await self._awake.wait()
        self._awake.clear()
        found, self._waiting = list(self._waiting.values()), {}
        return found


class Following:
    """What one open page reads. `aclose` lets the page go, also one that never read anything: a generator that was not begun
    would not notice."""

    def __init__(self, client: Client, leave: Callable[[], None]) -> None:
        self._client, self._leave = client, leave
        self._taken: deque[Live] = deque()

    def __aiter__(self) -> Following:
        return self

    async def __anext__(self) -> Live:
        while not self._taken:
            self._taken.extend(await self._client.take())
        return self._taken.popleft()

    async def aclose(self) -> None:
        """Nothing more is kept for this page."""
        self._leave()


class Hub:
    """All open pages. `publish` may be called from the shop's thread; everything else happens on the pages' own loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: dict[str, set[Client]] = {}

    @property
    def clients(self) -> int:
        """How many pages are open."""
        return len({id(client) for clients in self._clients.values() for client in clients})

    def publish(self, changes: Collection[Live]) -> None:
        """Changes for whoever follows them."""
        loop = self._loop
        if loop is not None and changes and not loop.is_closed():
            with suppress(RuntimeError):  # the pages were closed this very moment
                loop.call_soon_threadsafe(self._spread, tuple(changes))

    def follow(self, topics: Collection[str]) -> AsyncIterator[Live]:
        """Changes of these topics as they come, from now on; it ends when whoever reads it goes away."""
        self._loop = asyncio.get_running_loop()
        client = Client(topics)
        for topic in client.topics:
            self._clients.setdefault(topic, set()).add(client)
        return Following(client, lambda: self._leave(client))

    def _leave(self, client: Client) -> None:
        """A page went away. Saying so twice does nothing."""
        for topic in client.topics:
            clients = self._clients.get(topic, set())
            clients.discard(client)
            if not clients:
                self._clients.pop(topic, None)

    def _spread(self, changes: tuple[Live, ...]) -> None:
        for live in changes:
            for client in self._clients.get(live.topic, ()):
                client.give(live)
