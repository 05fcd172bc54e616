"""Live streams: what changes reaches the page, and nothing is left open behind it."""

from __future__ import annotations

import asyncio

from tests.web.the_desk import PretendDesk, client, events_of

from saunter.ports.desk import Live
from saunter.web.constants import STREAMS_PER_DEVICE_MAX
from saunter.web.live import events


def change(topic: str, body: bytes = b'{"a":\n1}') -> Live:
    return Live(topic=topic, kind="visit", body=body)


async def first(desk: PretendDesk, count: int, **options: object) -> list[bytes]:
    stream = events(desk, ("party/p1", "shop"), **options)  # type: ignore[arg-type]
    found = [await anext(stream) for _ in range(count)]
    await stream.aclose()
    return found


def test_changes_of_followed_topics_come_in_order_and_others_do_not() -> None:
    desk = PretendDesk()
    desk.changes = [change("party/p1"), change("party/p2"), change("shop", b"{}")]

    async def all_of_it() -> list[bytes]:
        return [piece async for piece in events(desk, ("party/p1", "shop"))]

    text = b"".join(asyncio.run(all_of_it())).decode()
    assert text.startswith("retry: 2000\n\n")
    assert events_of(text) == [
        ("party", {"kind": "visit", "topic": "party/p1", "body": {"a": 1}}),
        ("shop", {"kind": "visit", "topic": "shop", "body": {}}),
    ]
    assert desk.followers == 0


def test_a_silent_stream_gives_signs_of_life_and_misses_nothing_after_them() -> None:
    desk = PretendDesk(stays=True)

    async def story() -> list[bytes]:
        stream = events(desk, ("shop",), keepalive_s=0.005)
        found = [await anext(stream), await anext(stream), await anext(stream)]
        desk.change(change("shop", b"1"))
        while not found[-1].startswith(b"event"):
            found.append(await anext(stream))
        await stream.aclose()
        return found

    found = asyncio.run(story())
    assert found[1] == found[2] == b": still here\n\n"
    assert found[-1] == b'event: shop\ndata: {"kind":"visit","topic":"shop","body":1}\n\n'
    assert desk.followers == 0


def test_what_is_nobodys_business_is_left_out() -> None:
    desk = PretendDesk()
    desk.changes = [change("shop"), change("party/p1")]
    found = asyncio.run(first(desk, 2, render=lambda each: None if each.topic == "shop" else b"x"))
    assert found == [b"retry: 2000\n\n", b"x"]


def test_one_device_holds_a_few_streams_at_most() -> None:
    browser = client(PretendDesk(), "shopper")
    assert browser.get("/me/live").status_code == 200
    assert dict(browser.app.state.streams) == {}
    browser.app.state.streams["device shopper-one"] = STREAMS_PER_DEVICE_MAX
    assert browser.get("/me/live").status_code == 429
