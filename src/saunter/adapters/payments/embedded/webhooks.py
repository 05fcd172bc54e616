"""Telling the shop of outcomes by itself: signed webhooks, sent until they are taken, as late and as often as told."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import httpx

from saunter.adapters.payments.embedded.faults import Faults
from saunter.adapters.payments.embedded.ledger import Ledger
from saunter.adapters.payments.wire import SIGNATURE, TIMESTAMP, signature
from saunter.base.time import SECOND, from_seconds

#: Seconds between looks at what is due: webhooks are a second way to know, not a fast one.
LOOK_S: Final = 0.1
#: Seconds until a webhook that was not taken is sent again, doubled each time up to the second number.
AGAIN_S: Final = 1
AGAIN_S_MAX: Final = 64
#: Seconds that the shop has to take one.
TIMEOUT_S: Final = 5.0


def due_times(key: str, faults: Faults, now: int) -> tuple[int, ...]:
    """When the webhook of a command is sent (ns UTC): once, at once; never, twice or late as the faults say."""
    if faults.strikes("no-webhook", key):
        return ()
    first = now + (from_seconds(faults.delay_s) if faults.strikes("late-webhook", key) else 0)
    return (first, first + from_seconds(faults.delay_s)) if faults.strikes("twice", key) else (first,)


async def deliver(ledger: Ledger, url: str, secret: bytes) -> None:
    """Sends what is due, for ever; a restart carries on with what was not taken."""
    async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
        while True:
            for number, body, tries in await asyncio.to_thread(ledger.due_webhooks, time.time_ns()):
                taken = await _send(client, url, secret, body)
                pause_s = min(AGAIN_S * 2**tries, AGAIN_S_MAX)
                again = None if taken else time.time_ns() + pause_s * SECOND
                await asyncio.to_thread(ledger.webhook_tried, number, again)
            await asyncio.sleep(LOOK_S)


async def _send(client: httpx.AsyncClient, url: str, secret: bytes, body: bytes) -> bool:
    at_s = time.time_ns() // SECOND
    headers = {"content-type": "application/json", TIMESTAMP: str(at_s), SIGNATURE: signature(secret, at_s, body)}
    try:
        return (await client.post(url, content=body, headers=headers)).is_success
    except httpx.HTTPError:
        return False
