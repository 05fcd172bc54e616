"""Opens a shop: its stores of data, its payment provider, its loop and its pages, and closes them again in order."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from saunter.adapters.payments import HttpPayments
from saunter.adapters.storage import open_books, open_inputs, open_personal
from saunter.apps.running.clocks import TURN, Clock
from saunter.apps.running.crash_points import CrashPoints
from saunter.apps.running.dispatch import Dispatcher
from saunter.apps.running.hub import Hub
from saunter.apps.running.live_desk import LiveDesk
from saunter.apps.running.runner import SNAPSHOT_EVERY, Runner
from saunter.base.errors import InputProblems, Problem
from saunter.plan import Plan
from saunter.ports.books import Books, InputLog, PersonalData
from saunter.ports.sources import Source
from saunter.records import StoreCommand

#: Files of a shop's data folder.
BOOKS, PERSONAL, INPUTS, PROVIDER, SECRETS = "books.db", "personal.db", "inputs.db", "provider.db", "secrets"


@dataclass(frozen=True)
class Settings:
    """Where a shop keeps its data and whom it pays through. `books` is a database address, or empty: SQLite in `data`.

    `provider` is the address of a payment provider; empty: the embedded one is started beside the shop, with `faults`
    (`delay_s` is how late its late answers are), and
    tells outcomes to `webhook` (an address; empty: it does not), signed with `webhook_secret`. Where `made_up_tokens`
    are wanted, another provider is an embedded one too. The loop takes a `turn` (ns of
    shop time) at a time and saves its state every `snapshot_every`.
    """

    data: Path
    books: str = ""
    provider: str = ""
    made_up_tokens: bool = False
    faults: str = ""
    delay_s: float = 6.0
    webhook: str = ""
    webhook_secret: str = ""
    seed: int = 1
    snapshot_every: int = SNAPSHOT_EVERY
    turn: int = TURN
    points: CrashPoints = field(default_factory=CrashPoints)


@dataclass(frozen=True)
class OpenShop:
    """A shop that runs."""

    runner: Runner
    desk: LiveDesk
    books: Books
    personal: PersonalData
    inputs: InputLog
    dispatcher: Dispatcher
    provider: str


@contextmanager
def open_shop(plan: Plan, source: Source, clock: Clock, settings: Settings) -> Iterator[OpenShop]:
    """Everything a running shop needs, recovered from whatever was there before; the loop itself is not running yet.

    Raises InputProblems when the data folder is another shop's or another process runs it.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(only_one(settings.data))
        books = stack.enter_context(closing(open_books(settings.books or str(settings.data / BOOKS), plan.store)))
        personal = stack.enter_context(closing(open_personal(str(settings.data / PERSONAL))))
        inputs = stack.enter_context(closing(open_inputs(str(settings.data / INPUTS), plan.store)))
        _check(books, inputs, settings.data)
        provider = settings.provider or stack.enter_context(embedded_provider(settings))
        payments = stack.enter_context(closing(HttpPayments(provider)))
        runner = Runner(
            plan, source, books, inputs, clock,
            hub=Hub(), points=settings.points, snapshot_every=settings.snapshot_every, turn=settings.turn,
        )  # fmt: skip
        tokens = token_of if settings.provider and not settings.made_up_tokens else pretend_token_of
        dispatcher = Dispatcher(books, partial(tokens, personal), payments, runner.tell_outcome, clock.now, settings.points)
        runner.wake = dispatcher.wake
        runner.recover()
        stack.callback(dispatcher.stop)
        yield OpenShop(runner, LiveDesk(runner, personal), books, personal, inputs, dispatcher, provider)


def _check(books: Books, inputs: InputLog, data: Path) -> None:
    """Books that have heard of inputs which the log does not hold belong to another log: nobody could go on from them."""
    if inputs.last() < books.progress():
        what = "the books here know more than the log of inputs: they are restored ones, or another folder's"
        remedy = "read and check them; to trade, start the shop on the folder it last ran on, or open it in a new one"
        raise InputProblems([Problem(str(data), 0, what, remedy)])


def token_of(personal: PersonalData, method: str) -> str:
    """The token of a payment method; empty where nobody's personal data has it (any more): a provider declines that."""
    known = personal.method(method)
    return known.token if known else ""


def pretend_token_of(personal: PersonalData, method: str) -> str:
    """For the embedded provider alone. Pretend shoppers have no method in the personal data: their token is made of its id, and
    one that is to be declined says so."""
    made_up = "tok_declined" if method.endswith("-declined") else f"tok_{method}"
    return token_of(personal, method) or made_up


@contextmanager
def running(shop: OpenShop) -> Iterator[threading.Thread]:
    """The loop and the dispatcher in threads of their own, until the block ends; then they finish what they do."""
    thread = threading.Thread(target=shop.runner.run, name="shop")
    shop.dispatcher.start()
    thread.start()
    try:
        yield thread
    finally:
        shop.runner.stopping.set()
        thread.join()


def opens(shop: OpenShop, by: str = "") -> None:
    """Tells a closed shop to open."""
    shop.runner.tell(StoreCommand(envelope=shop.runner.envelope("staff/commands"), action="open", by=by))


@contextmanager
def embedded_provider(settings: Settings) -> Iterator[str]:
    """The pretend payment provider as a process of its own, with its own ledger; its address."""
    command = [sys.executable, "-m", "saunter.adapters.payments.embedded", "--port", "0", "--stop-with-stdin"]
    command += ["--database", str(settings.data / PROVIDER)]
    if settings.faults:
        command += ["--faults", settings.faults, "--seed", str(settings.seed), "--delay-s", str(settings.delay_s)]
    command += ["--webhook", settings.webhook] if settings.webhook else []
    environment = {**os.environ, "SAUNTER_WEBHOOK_SECRET": settings.webhook_secret} if settings.webhook else None
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if "listening on" not in line:
            raise InputProblems([Problem("payment provider", 0, "it did not start", "see what it wrote above")])
        yield "http://" + line.rsplit(" ", 1)[1].strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """One writer per store: a second process on the same data folder is refused. The lock goes with its process."""
    import fcntl

    file = (data / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        what = "another process runs this shop"
        raise InputProblems([Problem(str(data), 0, what, "stop it first, or choose another folder with --data")]) from None
    try:
        yield
    finally:
        file.close()


def secret(data: Path, name: str) -> str:
    """A secret of this shop, made once and kept in its data folder for its owner's eyes only."""
    folder = data / SECRETS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / name
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(secrets.token_urlsafe(16))
    return file.read_text(encoding="utf-8")
