"""The phones of `saunter bench web`, a process of their own: each holds one live stream open and notes when changes arrive.

`python -m saunter.apps.web_phones`: on stdin first a line of JSON (`Phones`), then a line when it is enough; on stdout a line of
JSON when all have tried to connect (`Connected`), and one in the end (`Heard`)."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import Final

import msgspec

#: What the changing product of a probe's cart is called; a number follows.
PROBE: Final = "probe"
_PROBE: Final = re.compile(PROBE.encode() + rb" (\d+)")
#: Connections that are being opened at the same time: shoppers do not all come in the same instant.
AT_ONCE: Final = 50
#: Bytes of the longest line of a stream; a piece of the page is a few thousand.
LINE_BYTES_MAX: Final = 1 << 20
#: A phone that has no stream after so long was turned away (s).
CONNECT_S: Final = 60.0


class Phones(msgspec.Struct, frozen=True):
    """Where to connect: one phone per cookie."""

    host: str
    port: int
    path: str
    cookies: tuple[str, ...]


class Connected(msgspec.Struct, frozen=True):
    """How many phones have a stream; what the first that was turned away was told."""

    live: int
    refusal: str = ""


class Arrival(msgspec.Struct, frozen=True, array_like=True):
    """A phone showed this version of its cart at this moment (seconds of the machine's monotonic clock)."""

    phone: int
    version: int
    at_s: float


class Heard(msgspec.Struct, frozen=True):
    """Everything that arrived, in order, and how many streams were still open in the end."""

    live: int
    arrivals: tuple[Arrival, ...]


class Phone:
    """One phone and its stream."""

    def __init__(self, number: int, cookie: str, arrivals: list[Arrival]) -> None:
        self._number, self._cookie, self._arrivals = number, cookie, arrivals
        self._writer: asyncio.StreamWriter | None = None
        self.is_live = False
        self.refusal = ""
        self._task: asyncio.Task[None] | None = None

    async def connect(self, wanted: Phones) -> None:
        """Opens the stream; it is read from then on. Where that does not work, `refusal` says why."""
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._open(wanted)
        except (OSError, TimeoutError) as error:
            self.refusal = str(error) or type(error).__name__

    async def _open(self, wanted: Phones) -> None:
        reader, self._writer = await asyncio.open_connection(wanted.host, wanted.port, limit=LINE_BYTES_MAX)
        lines = (f"GET {wanted.path} HTTP/1.1", f"Host: {wanted.host}:{wanted.port}", f"Cookie: {self._cookie}", "", "")
        self._writer.write("\r\n".join(lines).encode())
        status = await reader.readline()
        if b" 200 " not in status:
            self.refusal = status.decode("latin-1").strip() or "it hung up"
            return
        while b"retry:" not in (line := await reader.readline()):
            if not line:
                self.refusal = "it hung up"
                return
        self.is_live = True
        self._task = asyncio.ensure_future(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                if line.startswith(b"data:") and (found := _PROBE.search(line)) is not None:
                    self._arrivals.append(Arrival(self._number, int(found[1]), time.monotonic()))
        except ConnectionError:
            pass
        self.is_live = False

    async def hang_up(self) -> None:
        """Closes the stream."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._writer is not None:
            self._writer.close()


async def follow(wanted: Phones) -> None:
    """All phones, until stdin says that it is enough."""
    arrivals: list[Arrival] = []
    phones = [Phone(number, cookie, arrivals) for number, cookie in enumerate(wanted.cookies)]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(phone: Phone) -> None:
        async with gate:
            await phone.connect(wanted)

    await asyncio.gather(*(one(phone) for phone in phones))
    refusal = next((phone.refusal for phone in phones if phone.refusal), "")
    _tell(Connected(sum(phone.is_live for phone in phones), refusal))
    await asyncio.to_thread(sys.stdin.readline)
    live = sum(phone.is_live for phone in phones)
    for phone in phones:
        await phone.hang_up()
    _tell(Heard(live, tuple(arrivals)))


def _tell(said: Connected | Heard) -> None:
    sys.stdout.write(msgspec.json.encode(said).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(follow(msgspec.json.decode(sys.stdin.readline(), type=Phones)))
