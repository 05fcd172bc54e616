"""`saunter bench web`: a shop trades and shows its pages in one process, and many phones of another follow their carts."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from saunter.apps.machine import Machine, memory_mib, this_machine
from saunter.apps.running.clocks import WallClock
from saunter.apps.running.opened import DEMO_SCENARIO, demo_plan, free_port
from saunter.apps.running.opening import OpenShop, Settings, open_shop, opens
from saunter.apps.running.serving import serve
from saunter.apps.web_phones import PROBE, Arrival, Connected, Heard, Phones
from saunter.base.errors import InputProblems, Problem
from saunter.plan import Plan
from saunter.ports.books import Document, Shopper
from saunter.ports.desk import Live
from saunter.ports.documents import CartItem, Visit
from saunter.simulation import SUITES, PretendShop
from saunter.web.security import DEVICE, fingerprint
from saunter.web.settings import Settings as PageSettings

HOST: Final = "127.0.0.1"
#: Files that a process has open beside its clients: databases, sockets of the shop, libraries.
FILES_BESIDE: Final = 200
#: Phones come when so many people are in the shop, or after so long (s): a shop that just opened has little to tell.
PEOPLE_MIN: Final = 10
WARM_S: Final = 60.0
#: Memory is noted so long after the last phone came (s).
SETTLED_S: Final = 3.0
#: Carts that changed in the same turn of a shop's loop are written together, as the shop does it (s).
TURN_S: Final = 0.1
#: A change that has not come so long after the last was told is lost (s).
LATE_S: Final = 10.0
#: Products in a probe's cart beside the one that changes: an ordinary basket.
BESIDE: Final = 4


class Load(msgspec.Struct, frozen=True):
    """What the pages are given: so many phones, whose carts change every `every_s` for `seconds`. Before that the shop trades for
    up to `warm_s`; afterwards changes may be `late_s` late."""

    clients: int
    seconds: float
    every_s: float
    seed: int
    warm_s: float = WARM_S
    late_s: float = LATE_S


class WebResult(msgspec.Struct, frozen=True):
    """What `saunter bench web --json` prints. Times are seconds from the shop telling a change of a cart to the phone having it,
    on one monotonic clock; quantiles are the nearest rank above.

    `updates_lost`: neither this version of the cart nor a newer one came. `memory_per_client_kib` is what the shop's process
    grew by while the phones came, divided by them. `people_inside`: people whom the shop itself had inside in the end, for it
    trades all the while. `behind_s_max`: how far it fell behind its clock. `load_average` is the machine's (1 min) at the end,
    the bench itself and other programs included.
    """

    clients: int
    every_s: float
    live_at_start: int
    live_at_end: int
    seconds: float
    updates: int
    updates_lost: int
    p50_s: float | None
    p99_s: float | None
    longest_s: float | None
    memory_per_client_kib: float
    memory_before_mib: float
    memory_with_clients_mib: float
    memory_at_end_mib: float
    people_inside: int
    behind_s_max: float
    seed: int
    load_average: float
    machine: Machine


class Update(msgspec.Struct, frozen=True):
    """A phone's cart got this version; the shop told it at this moment (seconds of the monotonic clock)."""

    phone: int
    version: int
    at_s: float


def web_bench(load: Load, progress: Callable[[str], None], plan: Plan | None = None) -> WebResult:
    """Opens a shop (the demo's, unless a plan is given) with its pages, lets phones follow, changes their carts, and counts."""
    allow_files(load.clients + FILES_BESIDE)
    plan = plan or demo_plan(load.seed)
    world = PretendShop(plan, SUITES[DEMO_SCENARIO], load.seed, start_ns=time.time_ns())
    port = free_port(HOST, 0)
    with (
        tempfile.TemporaryDirectory(prefix="saunter-web-") as folder,
        open_shop(plan, world, WallClock(1.0, world.start_ns), Settings(Path(folder))) as shop,
    ):
        opens(shop)
        bench = _Bench(shop, load, port, progress)
        try:
            served = serve(shop, PageSettings(demo=True), HOST, port, bench.start, bench.is_over)
        finally:
            bench.stop()
        if not served:
            raise RuntimeError("the shop's loop broke; see its message above")
        return bench.result()


def allow_files(needed: int) -> None:
    """Lets this process and its children have so many files open. Raises InputProblems where the system does not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        what = f"the system lets a process open {hard} files, {needed} are needed (one per phone and {FILES_BESIDE} beside)"
        remedy = f"raise the hard limit (ulimit -Hn), or give --clients {max(1, hard - FILES_BESIDE)}"
        raise InputProblems([Problem("--clients", 0, what, remedy)])
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


class Probes:
    """Shoppers who exist for the bench alone: a device, a party and a cart each. What changes is the name of one product."""

    def __init__(self, shop: OpenShop, count: int) -> None:
        self._shop, self.count = shop, count
        self._versions = [0] * count
        self.updates: list[Update] = []

    def come_in(self) -> tuple[str, ...]:
        """Makes them known to the shop; the cookies of their phones."""
        cookies, now = [], self._shop.desk.now()
        for phone in range(self.count):
            token, subject = f"device-of-{phone}", f"shopper-of-{phone}"
            self._shop.personal.keep_shopper(Shopper(subject=subject, device_hash=fingerprint(token), since=now))
            self._shop.personal.link(_party(phone), subject, now)
            cookies.append(f"{DEVICE}={token}")
        with self._shop.books.writing() as writing:
            writing.put([self._document(phone) for phone in range(self.count)])
        return tuple(cookies)

    def change(self, phones: Iterable[int]) -> None:
        """Something new in these carts: into the books, then to whoever looks, as the shop does it."""
        chosen = list(phones)
        for phone in chosen:
            self._versions[phone] += 1
        documents = [self._document(phone) for phone in chosen]
        with self._shop.books.writing() as writing:
            writing.put(documents)
        at_s = time.monotonic()
        self.updates += [Update(phone, self._versions[phone], at_s) for phone in chosen]
        lives = [Live(topic=f"party/{each.owner}", kind="visit", key=each.key, body=each.body) for each in documents]
        self._shop.runner.hub.publish(lives)

    def _document(self, phone: int) -> Document:
        product = next(iter(self._shop.desk.plan.products.values()))
        names = [product.name] * BESIDE + [f"{PROBE} {self._versions[phone]}"]
        items = tuple(
            CartItem(sku=product.sku, name=name, quantity=1, checking=0, unit_price_minor=product.price.minor, probability=1.0)
            for name in names
        )
        visit = Visit(
            visit=f"visit-{_party(phone)}", party=_party(phone), state="shopping", items=items, currency=product.price.currency
        )
        body = msgspec.json.encode(visit)
        return Document(kind="visit", key=visit.visit, owner=visit.party, state=visit.state, at=1, body=body)


def delays(updates: Iterable[Update], arrivals: Iterable[Arrival]) -> list[float | None]:
    """For each update the seconds until its phone showed it or something newer; None: that never happened."""
    shown: dict[int, tuple[list[int], list[float]]] = {}
    for arrival in arrivals:
        versions, times = shown.setdefault(arrival.phone, ([], []))
        if not versions or arrival.version > versions[-1]:
            versions.append(arrival.version)
            times.append(arrival.at_s)
    found: list[float | None] = []
    for update in updates:
        versions, times = shown.get(update.phone, ([], []))
        index = bisect_left(versions, update.version)
        found.append(times[index] - update.at_s if index < len(versions) else None)
    return found


def result_lines(result: WebResult) -> list[str]:
    """The figures for people."""
    machine = result.machine
    return [
        f"{result.live_at_end} of {result.clients} phones live in the end; {result.updates} changes of carts in "
        f"{result.seconds:.0f} s, {result.updates_lost} lost",
        f"from told to shown: median {_ms(result.p50_s)}, 99th percentile {_ms(result.p99_s)}, longest {_ms(result.longest_s)}",
        f"memory per phone {result.memory_per_client_kib:.0f} KiB ({result.memory_before_mib:.0f} MiB without, "
        f"{result.memory_with_clients_mib:.0f} MiB with them, {result.memory_at_end_mib:.0f} MiB in the end)",
        f"the shop was trading with {result.people_inside} people inside, {result.behind_s_max:.2f} s behind its clock at most; "
        f"load average {result.load_average:.1f} on {machine.cores} cores",
        f"commit {machine.commit or '(none)'}, {machine.cpu}, {machine.memory_gib} GiB, Python {machine.python}",
    ]


class _Bench:
    """What happens while the shop is open, in a thread beside it: phones come, carts change, phones tell what they saw."""

    def __init__(self, shop: OpenShop, load: Load, port: int, progress: Callable[[str], None]) -> None:
        self._shop, self._load, self._port, self._progress = shop, load, port, progress
        self._probes = Probes(shop, load.clients)
        self._memory: list[float] = []
        self._connected, self._heard = Connected(0), Heard(0, ())
        self._behind_s, self._inside = 0.0, 0
        self._broke: BaseException | None = None
        self._stopping, self._is_whole = threading.Event(), False
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, name="bench")

    def start(self) -> None:
        """The pages can be opened."""
        self._thread.start()

    def is_over(self) -> bool:
        """Everything was measured, or something went wrong."""
        return not self._thread.is_alive() and self._thread.ident is not None

    def stop(self) -> None:
        """The shop is closing: whatever is still going on here ends."""
        self._stopping.set()
        if self._process is not None:
            self._process.kill()
        if self._thread.ident is not None:
            self._thread.join()

    def result(self) -> WebResult:
        """All figures together. Raises what went wrong while they were taken."""
        if self._broke is not None:
            raise self._broke
        if not self._is_whole:
            raise RuntimeError("the shop was closed before everything was measured")
        waited = delays(self._probes.updates, self._heard.arrivals)
        came = [delay for delay in waited if delay is not None]
        before, with_clients, at_end = self._memory
        return WebResult(
            clients=self._load.clients,
            every_s=self._load.every_s,
            live_at_start=self._connected.live,
            live_at_end=self._heard.live,
            seconds=self._load.seconds,
            updates=len(waited),
            updates_lost=len(waited) - len(came),
            p50_s=_quantile(came, 0.5),
            p99_s=_quantile(came, 0.99),
            longest_s=_quantile(came, 1.0),
            memory_per_client_kib=round((with_clients - before) * 1024 / max(1, self._connected.live), 1),
            memory_before_mib=before,
            memory_with_clients_mib=with_clients,
            memory_at_end_mib=at_end,
            people_inside=self._inside,
            behind_s_max=round(self._behind_s, 3),
            seed=self._load.seed,
            load_average=round(os.getloadavg()[0], 2),
            machine=this_machine(),
        )

    def _run(self) -> None:
        try:
            self._measure()
        except BrokenPipeError:  # told at the very moment at which it was ended
            self._broke = RuntimeError("the phones ended early")
        except BaseException as error:  # noqa: BLE001 - the outermost loop of this thread: `end` raises it where it is heard
            self._broke = error

    def _measure(self) -> None:
        cookies = self._probes.come_in()
        self._warm_up()
        if self._stopping.is_set():
            return
        self._memory.append(memory_mib())
        with _phones(Phones(HOST, self._port, "/me/live", cookies)) as process:
            self._process = process
            self._connected = msgspec.json.decode(_line(process), type=Connected)
            if self._connected.refusal:
                self._progress(f"a phone was turned away: {self._connected.refusal}")
            self._progress(f"{self._connected.live} phones are live")
            self._stopping.wait(SETTLED_S)
            self._memory.append(memory_mib())
            self._change()
            self._memory.append(memory_mib())
            assert process.stdin is not None
            process.stdin.write("enough\n")
            process.stdin.flush()
            self._heard = msgspec.json.decode(_line(process), type=Heard)
        self._is_whole = not self._stopping.is_set()

    def _warm_up(self) -> None:
        until = time.monotonic() + self._load.warm_s
        while time.monotonic() < until and self._people_inside() < PEOPLE_MIN:
            if self._stopping.wait(1.0):
                return

    def _change(self) -> None:
        """Every cart in turn, evenly through the time; then whatever is late may still come."""
        began, done = time.monotonic(), 0
        while (passed := time.monotonic() - began) < self._load.seconds and not self._stopping.is_set():
            due = int(passed / self._load.every_s * self._load.clients)
            if due > done:
                chosen = dict.fromkeys(number % self._load.clients for number in range(done, due))
                self._probes.change(chosen)
                done = due
            self._behind_s = max(self._behind_s, self._shop.runner.late_s)
            self._stopping.wait(TURN_S)
        self._inside = self._people_inside()
        self._stopping.wait(self._load.late_s)

    def _people_inside(self) -> int:
        plan = self._shop.desk.plan
        found = self._shop.books.document("shop", plan.store)
        return int(msgspec.json.decode(found.body)["inside"]) if found else 0


@contextmanager
def _phones(wanted: Phones) -> Iterator[subprocess.Popen[str]]:
    """The process of the phones; it ends with the block."""
    command = [sys.executable, "-m", "saunter.apps.web_phones"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(msgspec.json.encode(wanted).decode() + "\n")
            process.stdin.flush()
            yield process
            process.wait(LATE_S)
        finally:
            if process.poll() is None:
                process.kill()


def _line(process: subprocess.Popen[str]) -> str:
    """The next line of the phones."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the process of the phones ended early; see its message above")
    return line


def _party(phone: int) -> str:
    return f"{PROBE}-{phone}"


def _quantile(values: list[float], share: float) -> float | None:
    return round(float(np.quantile(values, share, method="higher")), 4) if values else None


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.0f} ms"
