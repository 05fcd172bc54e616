"""Open pages hear what changed: the newest of each document, and a phone that sleeps never holds up the shop."""

from __future__ import annotations

import asyncio
import threading

from saunter.apps.running.hub import WAITING_MAX, Client, Hub
from saunter.ports.desk import Live


def live(topic: str, key: str, body: str, kind: str = "visit") -> Live:
    return Live(topic=topic, kind=kind, key=key, body=body.encode())


def taken(client: Client) -> list[str]:
    return [each.body.decode() for each in asyncio.run(client.take())]


def test_of_a_document_that_was_not_taken_yet_only_the_newest_is_told() -> None:
    client = Client(["visits"])
    for body in ("v1 old", "v2", "v1 new"):
        client.give(live("visits", body[:2], body))
    assert taken(client) == ["v2", "v1 new"]
    assert client.shed == 0


def test_two_bills_of_one_party_do_not_replace_each_other() -> None:
    client = Client(["party/p1"])
    client.give(live("party/p1", "visit-1", "first"))
    client.give(live("party/p1", "visit-2", "second"))
    assert taken(client) == ["first", "second"]


def test_every_decision_at_a_gate_is_told_even_of_the_same_party() -> None:
    client = Client(["gates"])
    for body in ("authorising", "admitted"):
        client.give(live("gates", "p1", body, "entry"))
    assert taken(client) == ["authorising", "admitted"]


def test_of_the_floor_only_this_instant_is_told() -> None:
    client = Client(["floor"])
    for number in range(5):
        client.give(live("floor", "", str(number), "floor"))
    assert taken(client) == ["4"]


def test_when_too_much_waits_the_floor_goes_first_and_then_the_oldest() -> None:
    client = Client(["floor", "visits"])
    client.give(live("visits", "first", "first"))
    client.give(live("floor", "", "floor", "floor"))
    for number in range(WAITING_MAX - 2):
        client.give(live("visits", str(number), str(number)))
    assert client.shed == 0
    client.give(live("visits", "one more", "one more"))
    assert client.shed == 1
    assert "floor" not in [each.body.decode() for each in client._waiting.values()]
    client.give(live("visits", "and one", "and one"))
    found = taken(client)
    assert (len(found), found[0], found[-1], client.shed) == (WAITING_MAX, "0", "and one", 2)


def test_pages_hear_what_the_shop_says_from_its_own_thread_and_a_slow_one_holds_up_nobody() -> None:
    async def pages() -> None:
        hub = Hub()
        quick, slow, other = hub.follow(["visits"]), hub.follow(["visits"]), hub.follow(["alarms"])
        assert hub.clients == 3
        waits = asyncio.ensure_future(anext(quick))
        await asyncio.sleep(0)

        def shop() -> None:
            for number in range(10 * WAITING_MAX):
                hub.publish([live("visits", str(number), str(number))])

        thread = threading.Thread(target=shop)
        thread.start()
        await asyncio.to_thread(thread.join)
        assert (await waits).topic == "visits"
        client = next(iter(hub._clients["alarms"]))
        assert client._waiting == {}
        assert max(len(each._waiting) for each in hub._clients["visits"]) <= WAITING_MAX
        await quick.aclose()  # type: ignore[attr-defined]
        assert hub.clients == 2
        for each in (slow, other):
            await asyncio.wait_for(each.aclose(), 1)  # type: ignore[attr-defined]

    asyncio.run(pages())


def test_a_page_that_went_away_is_forgotten_with_its_topics() -> None:
    async def page() -> Hub:
        hub = Hub()
        told = hub.follow(["visits", "alarms"])
        reads = asyncio.ensure_future(anext(told))
        await asyncio.sleep(0)
        hub.publish([live("visits", "v", "v")])
        await reads
        await told.aclose()  # type: ignore[attr-defined]
        assert (hub.clients, hub._clients) == (0, {})
        return hub

    hub = asyncio.run(page())
    hub.publish([live("visits", "v", "v")])  # the pages' loop is closed: nobody is told, nothing breaks


def test_before_any_page_is_open_nothing_happens() -> None:
    Hub().publish([live("visits", "v", "v")])
