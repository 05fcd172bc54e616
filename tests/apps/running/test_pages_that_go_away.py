"""Pages that go away leave nothing behind, whatever they had read, and never trip up the shop."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from tests.web.the_desk import PretendDesk

from saunter.apps.running.hub import Hub
from saunter.apps.running.live_desk import LiveDesk
from saunter.apps.running.runner import Answer
from saunter.ports.desk import Live
from saunter.records import AlarmSeen, Envelope
from saunter.web.gate.deciding import decided
from saunter.web.live import events


def live(key: str, body: str) -> Live:
    return Live(topic="gates", kind="EntryDecided", key=key, body=body.encode())


class HubDesk(PretendDesk):
    """A desk with a real hub behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.hub = Hub()

    def follow(self, topics: Any) -> Any:
        return self.hub.follow(topics)


def test_a_page_that_never_read_a_change_is_let_go_as_well() -> None:
    async def looks() -> int:
        hub = Hub()
        following = cast(Any, hub.follow(("gates", "floor")))
        assert hub.clients == 1
        await following.aclose()
        await following.aclose()
        return hub.clients

    assert asyncio.run(looks()) == 0


def test_a_gate_that_decides_at_once_leaves_nobody_waiting_for_changes() -> None:
    async def shows() -> int:
        desk = HubDesk()
        presented = cast(Any, SimpleNamespace(gate="door"))
        assert await decided(desk, presented) is None
        return desk.hub.clients

    assert asyncio.run(shows()) == 0


def test_a_phone_that_hangs_up_before_the_first_change_is_let_go() -> None:
    async def connects() -> int:
        desk = HubDesk()
        stream = events(desk, ("gates",))
        assert await anext(stream) == b"retry: 2000\n\n"
        await stream.aclose()
        return desk.hub.clients

    assert asyncio.run(connects()) == 0


def test_changes_are_read_in_order_and_every_decision_of_a_gate_is_one() -> None:
    async def reads() -> list[bytes]:
        hub = Hub()
        following = hub.follow(("gates",))
        hub.publish([live("", "denied"), live("", "denied again"), live("p1", "authorising"), live("p1", "admitted")])
        return [(await anext(following)).body for _ in range(4)]

    assert asyncio.run(reads()) == [b"denied", b"denied again", b"authorising", b"admitted"]


def test_an_answer_to_pages_that_were_closed_meanwhile_does_not_stop_the_shop() -> None:
    answers: list[Answer] = []
    runner = SimpleNamespace(plan=None, books=None, tell=lambda record, answer: answers.append(answer))
    desk = LiveDesk(cast(Any, runner), cast(Any, None))
    seen = AlarmSeen(envelope=Envelope(store="corner", stream="web", sequence=0, happened=0, arrived=0), name="a", subject="")
    assert asyncio.run(desk.tell(seen, wait_s=0.0)) == []
    answers[0].done([])
