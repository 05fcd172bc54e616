"""Stamped commands leave for the provider, each by its key; what comes back is told, and only the books close anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from tests.pipeline.the_stall import Provider, envelope

from saunter.apps.running.crash_points import CRASH_POINTS, CrashPoints
from saunter.apps.running.dispatch import AGAIN_AFTER, Dispatcher
from saunter.ports.books import Outgoing
from saunter.records import PaymentAction, PaymentCommand, PaymentOutcome


def command(number: int, action: PaymentAction = "capture") -> PaymentCommand:
    return PaymentCommand(
        envelope=envelope("payment", number, 5), payment=f"pay/p{number}", party=f"p{number}", action=action, amount_minor=100,
        currency="EUR", key=f"key-{number}", method=f"pm-{number}",
    )  # fmt: skip


class Outbox:
    """Books of which a dispatcher sees only the outbox."""

    def __init__(self, *commands: PaymentCommand, kind: Any = "payment") -> None:
        self.rows = {c.key: Outgoing(key=c.key, kind=kind, body=msgspec.json.encode(c)) for c in commands}
        self.lock, self.looked = threading.Lock(), threading.Semaphore(0)

    def outgoing(self, now: int, limit: int = 100) -> list[Outgoing]:
        self.looked.release()
        with self.lock:
            return [each for each in self.rows.values() if each.due <= now and each.state != "closed"][:limit]

    def tried(self, key: str, due: int) -> None:
        with self.lock:
            row = self.rows[key]
            self.rows[key] = msgspec.structs.replace(row, state="sent", due=due, tries=row.tries + 1)


class Reached(CrashPoints):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def reached(self, name: str) -> None:
        self.names.append(name)


class Desk:
    """Where outcomes are told; `waits_for` returns once so many came."""

    def __init__(self) -> None:
        self.told: list[PaymentOutcome] = []
        self.came = threading.Condition()

    def tell(self, outcome: PaymentOutcome) -> None:
        with self.came:
            self.told.append(outcome)
            self.came.notify_all()

    def waits_for(self, count: int) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.told) >= count, 10)


@contextmanager
def working(
    books: Any, provider: Any, desk: Desk, now: Callable[[], int] = lambda: 10, points: CrashPoints | None = None
) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(books, lambda method: f"tok-{method}", provider, desk.tell, now, points or CrashPoints())
    dispatcher.start()
    dispatcher.wake()
    try:
        yield dispatcher
    finally:
        dispatcher.stop()


class Tokens(Provider):
    """Remembers which token came with which command."""

    def __init__(self, **ill: list[str]) -> None:
        super().__init__(**ill)
        self.tokens: dict[str, str] = {}

    def send(self, command: PaymentCommand, token: str = "") -> PaymentOutcome:
        self.tokens[command.key] = token
        return super().send(command, token)


def test_what_is_due_is_sent_once_and_its_outcome_told_with_the_command_it_is_about() -> None:
    books, provider, desk, points = Outbox(command(0, "authorise"), command(1)), Tokens(), Desk(), Reached()
    with working(books, provider, desk, points=points) as dispatcher:
        desk.waits_for(2)
        for _ in range(5):
            dispatcher.wake()
    assert sorted(each.key for each in provider.calls) == ["key-0", "key-1"]
    assert {each.key: each.envelope.because for each in desk.told} == {"key-0": ("payment:0",), "key-1": ("payment:1",)}
    assert provider.tokens == {"key-0": "tok-pm-0", "key-1": ""}
    assert sorted(set(points.names)) == ["after-outcome-told", "after-provider-call", "before-provider-call"]


def test_a_dispatcher_closes_nothing_by_itself_and_gives_a_command_again_after_a_while() -> None:
    books, provider, desk, now = Outbox(command(0)), Provider(), Desk(), [10]
    with working(books, provider, desk, lambda: now[0]) as dispatcher:
        desk.waits_for(1)
        assert books.rows["key-0"] == msgspec.structs.replace(books.rows["key-0"], state="sent", due=10 + AGAIN_AFTER, tries=1)
        now[0] += AGAIN_AFTER
        dispatcher.wake()
        desk.waits_for(2)
    assert [each.key for each in provider.calls] == ["key-0", "key-0"]
    assert len(provider.done) == 1


def test_an_outcome_that_nobody_knows_is_told_as_such() -> None:
    books, desk = Outbox(command(0)), Desk()
    with working(books, Provider(capture=["unknown"]), desk):
        desk.waits_for(1)
    assert [each.outcome for each in desk.told] == ["unknown"]


def test_while_a_command_is_on_its_way_it_is_not_sent_again() -> None:
    inside, may_go = threading.Event(), threading.Event()

    class Slow(Provider):
        def send(self, command: PaymentCommand, token: str = "") -> PaymentOutcome:
            inside.set()
            assert may_go.wait(10)
            return super().send(command, token)

    books, provider, desk = Outbox(command(0)), Slow(), Desk()
    with working(books, provider, desk, lambda: 2**62) as dispatcher:
        assert inside.wait(10)
        books.rows["key-0"] = msgspec.structs.replace(books.rows["key-0"], due=0)
        for _ in range(3):  # once it looks again it is done with what it saw before
            dispatcher.wake()
            assert books.looked.acquire(timeout=10)
        assert books.rows["key-0"].tries == 1
        books.rows["key-0"] = msgspec.structs.replace(books.rows["key-0"], state="closed")
        may_go.set()
        desk.waits_for(1)
    assert len(provider.calls) == 1


def test_what_is_no_payment_stays_in_the_outbox() -> None:
    books, provider = Outbox(command(0), kind="gate"), Provider()
    with working(books, provider, Desk()) as dispatcher:
        dispatcher.wake()
    assert (provider.calls, books.rows["key-0"].tries) == ([], 0)


def test_stopping_before_it_began_is_harmless() -> None:
    Dispatcher(Outbox(), str, Provider(), Desk().tell, lambda: 0, CrashPoints()).stop()  # type: ignore[arg-type]


def test_a_crash_point_nobody_knows_is_a_mistake_and_the_environment_arms_one(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[Sequence[int]] = []
    monkeypatch.setattr("saunter.apps.running.crash_points.os.kill", lambda *told: killed.append(told))
    with pytest.raises(ValueError, match="there are before-inputs-logged"):
        CrashPoints("nowhere:1")
    points = CrashPoints("before-provider-call:2")
    for name in (*CRASH_POINTS, "before-provider-call"):
        assert killed == []
        points.reached(name)
    assert len(killed) == 1
    CrashPoints().reached("before-provider-call")
    assert len(killed) == 1
