"""Asking the shop at a gate, and waiting until it has decided."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import msgspec

from saunter.ports.desk import Desk, Live
from saunter.records import AnyRecord, CardPresented, EntryDecided, KeyPresented
from saunter.web.constants import GATE_WAIT_S


async def decided(desk: Desk, presented: KeyPresented | CardPresented, wait_s: float = GATE_WAIT_S) -> EntryDecided | None:
    """What the shop decides about a code or a card: admitted or denied, or `authorising` where the payment takes longer than
    `wait_s`. None: it said nothing. Raises Refused as the desk does."""
    changes = desk.follow(("gates",))  # before telling, so that nothing is missed
    try:
        found = _newest(presented.gate, await desk.tell(presented))
        if found is not None and found.outcome == "authorising":
            found = await _final(changes, found, wait_s)
        return found
    finally:
        close = getattr(changes, "aclose", None)
        if close is not None:
            await close()


def _newest(gate: str, said: Iterable[AnyRecord]) -> EntryDecided | None:
    found = [each for each in said if isinstance(each, EntryDecided) and each.gate == gate]
    return found[-1] if found else None


async def _final(changes: AsyncIterator[Live], so_far: EntryDecided, wait_s: float) -> EntryDecided:
    """Waits for the decision about the same party at the same gate that follows `authorising`."""
    try:
        async with asyncio.timeout(wait_s):
            async for change in changes:
                if change.kind != "EntryDecided":
                    continue
                heard = msgspec.json.decode(change.body, type=EntryDecided)
                if (heard.party, heard.gate) == (so_far.party, so_far.gate) and heard.outcome != "authorising":
                    return heard
    except TimeoutError:
        return so_far
    return so_far
