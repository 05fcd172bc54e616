"""Changes as they come: server-sent events over what the desk says."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection

import msgspec
from fastapi import Request
from starlette.responses import StreamingResponse

from saunter.ports.desk import Desk, Live
from saunter.web.constants import KEEPALIVE_S, STREAMS_PER_DEVICE_MAX
from saunter.web.problems import Problem
from saunter.web.security import caller

#: What one change becomes on the wire, or None where it is nobody's business: by default `as_json`.
Render = Callable[[Live], bytes | None]


def as_json(change: Live) -> bytes:
    """The event is named after the first word of the topic; its data is `{"kind": ..., "topic": ..., "body": ...}`."""
    data = b'{"kind":%s,"topic":%s,"body":%s}' % (
        msgspec.json.encode(change.kind), msgspec.json.encode(change.topic), change.body.replace(b"\n", b" "),
    )  # fmt: skip
    return event(change.topic.partition("/")[0], data)


def event(name: str, data: bytes) -> bytes:
    """One server-sent event; `data` holds no line breaks."""
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


async def events(
    desk: Desk, topics: Collection[str], render: Render = as_json, keepalive_s: float = KEEPALIVE_S
) -> AsyncGenerator[bytes]:
    """The bytes of a stream: every change that `render` makes something of, and a sign of life where nothing changes."""
    changes = desk.follow(topics)
    coming = asyncio.ensure_future(_next(changes))
    try:
        yield b"retry: 2000\n\n"
        while True:
            done, _ = await asyncio.wait([coming], timeout=keepalive_s)
            if not done:
                yield b": still here\n\n"
                continue
            change = coming.result()
            if change is None:
                return
            coming = asyncio.ensure_future(_next(changes))
            said = render(change)
            if said is not None:
                yield said
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming
        await _close(changes)


async def _next(changes: AsyncIterator[Live]) -> Live | None:
    return await anext(changes, None)


async def _close(changes: AsyncIterator[Live]) -> None:
    close = getattr(changes, "aclose", None)
    if close is not None:
        await close()


def event_stream(request: Request, desk: Desk, topics: Collection[str], render: Render = as_json) -> StreamingResponse:
    """A page's live stream. One device holds a few open at most (429 beyond)."""
    open_streams: Counter[str] = request.app.state.streams
    device = caller(request)
    if open_streams[device] >= STREAMS_PER_DEVICE_MAX:
        raise Problem(429, "Too many open pages. Close some, then reload this one.", {"Retry-After": "5"})

    async def counted() -> AsyncIterator[bytes]:
        open_streams[device] += 1
        try:
            async with contextlib.aclosing(events(desk, topics, render)) as stream:
                async for piece in stream:
                    yield piece
        finally:
            open_streams[device] -= 1
            if not open_streams[device]:
                del open_streams[device]

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(counted(), media_type="text/event-stream", headers=headers)
