"""`saunter bench crash`: a shop is killed again and again while it trades; in the end all lines and cents must be as if not.

The world and the payment provider are processes of their own, as they are in a shop; the provider fails, delays, answers
twice and forgets to answer. Every world is traded without a kill first; the runs with kills are compared with that one."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import random
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from pathlib import Path
from typing import Final

import httpx

from saunter.adapters.storage import open_books
from saunter.apps.running.crash_child import DATA, PLAN, WORLD, trade
from saunter.apps.running.crash_points import CRASH_POINTS
from saunter.apps.running.opening import BOOKS, Settings, embedded_provider
from saunter.apps.running.remote_source import SourceServer
from saunter.plan import Plan, parse_plan
from saunter.records import Correction, PaymentChanged, Receipt, VisitChanged
from saunter.simulation import SUITES, PretendShop, shop_texts

#: Shops are forked off a process that has loaded the program but holds nothing of any shop: a life begins in milliseconds.
PROCESSES: Final = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["saunter.apps.bench_command", "saunter.apps.running.crash_child"])
_ASKING: Final = threading.Lock()
#: What the provider does wrong, by share of commands.
FAULTS: Final = "drop=0.08,fail=0.08,delay=0.05,twice=0.1,late-webhook=0.1"
#: How late its late answers are (s): longer than a command may wait at a crash test's speed.
DELAY_S: Final = 0.5
#: Where the killing happens beside the named points.
ANYWHERE: Final = "random moment"
#: A kill at a point comes when the new process has reached it up to so often; at a random moment, within so many seconds.
REACHED_MAX: Final = 40
SECONDS_MAX: Final = 4.0
#: Points that a process reaches only when money moves or the state is saved: killed at once there.
RARE: Final = ("before-provider-call", "after-provider-call", "after-outcome-told", "before-snapshot", "after-snapshot")
#: A world is traded so often with kills for each time without: playing it undisturbed costs as much as a run with kills.
RUNS_OF_A_WORLD: Final = 8
#: A process that neither ends nor is killed for so long has hung (s).
HUNG_S: Final = 300.0


@dataclass(frozen=True)
class Trade:
    """What came of a run: lines by visit, what each bill came to, what the provider's own ledger holds, and doubles."""

    lines: dict[str, dict[str, int]]
    owed_minor: dict[str, int]
    taken_minor: dict[str, int]
    receipts: Counter[str]
    open_payments: tuple[str, ...] = ()


@dataclass
class Found:
    """What a crash test found, over all runs."""

    kills: int = 0
    runs: int = 0
    visits: int = 0
    lost: int = 0
    doubled: int = 0
    changed: int = 0
    unbalanced_minor_units: int = 0
    unpaid: int = 0
    by_point: Counter[str] = field(default_factory=Counter)

    def document(self) -> dict[str, object]:
        """As printed with --json."""
        named = {name: self.by_point.get(name, 0) for name in (*CRASH_POINTS, ANYWHERE)}
        return {
            "kills": self.kills, "runs": self.runs, "visits": self.visits, "lost": self.lost, "doubled": self.doubled,
            "changed": self.changed, "unpaid": self.unpaid, "unbalanced_minor_units": self.unbalanced_minor_units,
            "by_point": named,
        }  # fmt: skip


def crash_bench(kills: int, visits: int, seed: int, progress: Callable[[str], None], workers: int | None = None) -> Found:
    """Kills a trading shop `kills` times, over as many worlds and runs as that takes, and compares each with the run without
    kills of the same world. `workers` shops trade at the same time (default: one per core)."""
    bench = _Bench(kills, visits, seed, progress)
    count = min(workers or os.cpu_count() or 1, kills)
    with ThreadPoolExecutor(count) as pool:
        for worker in [pool.submit(bench.work) for _ in range(count)]:
            worker.result()
    return bench.found


class _Bench:
    """What workers share: how many kills are left, where the next one is, the seeds of worlds, and what was found."""

    def __init__(self, kills: int, visits: int, seed: int, progress: Callable[[str], None]) -> None:
        self.found = Found()
        self._plan, self._visits, self._progress = crash_plan(), visits, progress
        self._left, self._seeds, self._turns = kills, itertools.count(seed), _turns(random.Random(seed))
        self._lock = threading.Lock()

    def work(self) -> None:
        """World after world, each without kills and then a few times with them, until no kill is left."""
        while self._left > 0:
            with self._lock:
                seed = next(self._seeds)
            undisturbed = self._traded(seed, disturbed=False)
            owed = sum(undisturbed.owed_minor.values())
            self._progress(f"world {seed} without kills: {len(undisturbed.lines)} receipts, {owed} minor units")
            for _ in range(RUNS_OF_A_WORLD):
                if self._left > 0:
                    trade = self._traded(seed, disturbed=True)
                    with self._lock:
                        self.found.runs += 1
                        _compare(self.found, undisturbed, trade)

    def _traded(self, seed: int, disturbed: bool) -> Trade:
        """One run of a world from its first shopper to its last cent."""
        with tempfile.TemporaryDirectory(prefix="saunter-crash-") as name:
            folder = Path(name)
            world = PretendShop(self._plan, SUITES["rush"], seed, visits=self._visits, waits_at_gate=False, decline=0.0)
            (folder / PLAN).write_bytes(pickle.dumps((self._plan, world.start_ns)))
            settings = Settings(folder, faults=FAULTS, delay_s=DELAY_S, seed=seed)
            with SourceServer(world, folder / WORLD), embedded_provider(settings) as provider:
                while True:
                    kill = self._next() if disturbed else None
                    point = _life(folder, provider, kill)
                    self._note(kill, point)
                    if point is None:
                        return _trade(folder, self._plan, provider)

    def _next(self) -> tuple[str, float] | None:
        """Where to kill the next life; None: nowhere, because enough kills are done or on their way."""
        with self._lock:
            if self._left <= 0:
                return None
            self._left -= 1
            return next(self._turns)

    def _note(self, kill: tuple[str, float] | None, point: str | None) -> None:
        """A kill that happened counts; one whose moment never came is still to do."""
        with self._lock:
            if kill is not None and point is None:
                self._left += 1
            elif point is not None:
                self.found.kills += 1
                self.found.by_point[point] += 1
                if self.found.kills % 10 == 0:
                    self._progress(f"{self.found.kills} kills")


def crash_plan() -> Plan:
    """The corner shop; its provider may take its time."""
    plan = parse_plan(shop_texts("corner"))
    return replace(plan, policies=replace(plan.policies, review="questions", payment_wait_ms=60_000))


def _turns(dice: random.Random) -> Iterator[tuple[str, float]]:
    """Where to kill next: every point in turn, in a new order each round."""
    while True:
        names = [*CRASH_POINTS, ANYWHERE]
        dice.shuffle(names)
        for name in names:
            yield (
                name,
                dice.uniform(0.05, SECONDS_MAX) if name == ANYWHERE else dice.randint(1, 2 if name in RARE else REACHED_MAX),
            )


def _life(folder: Path, provider: str, kill: tuple[str, float] | None) -> str | None:
    """One life of the shop's process: where it was killed, or None when it came to its end."""
    name, number = kill or ("", 0.0)
    armed = f"{name}:{number:.0f}" if name and name != ANYWHERE else ""
    status = _lived(folder, provider, armed, number if name == ANYWHERE else HUNG_S)
    if status is None:
        if name != ANYWHERE:
            raise RuntimeError(f"the shop neither ended nor was killed within {HUNG_S:g} s")
        return ANYWHERE
    if status == -signal.SIGKILL:
        return name
    if status:
        raise RuntimeError(f"the shop ended with exit status {status}; see its message above")
    return None


def _lived(folder: Path, provider: str, armed: str, seconds: float) -> int | None:
    """The exit status of one life; None: it went on beyond so many seconds, and was killed then.

    Starting a process asks all others how they ended, and an ending is told once: one thread at a time asks."""
    with _ASKING:
        process = PROCESSES.Process(target=trade, args=(folder, provider, armed))
        process.start()
    ended = bool(connection.wait([process.sentinel], seconds))
    if not ended:
        process.kill()
        connection.wait([process.sentinel])
    with _ASKING:
        process.join()
        return process.exitcode if ended else None


def _trade(folder: Path, plan: Plan, provider: str) -> Trade:
    """What the books say, and beside it what the provider's own ledger says."""
    lines: dict[str, dict[str, int]] = {}
    owed: Counter[str] = Counter()
    receipts: Counter[str] = Counter()
    states: dict[str, str] = {}
    with closing(open_books(str(folder / DATA / BOOKS), plan.store)) as books:
        for _, record in books.records(kinds=("Receipt", "Correction", "PaymentChanged", "VisitChanged")):
            match record:
                case Receipt():
                    receipts[record.visit] += 1
                    lines[record.visit] = {line.sku: line.quantity for line in record.lines}
                    owed[record.party] += record.total_minor
                case Correction():
                    owed[record.party] -= record.total_minor
                case PaymentChanged():
                    states[record.payment] = record.state
                case VisitChanged():
                    pass
    taken = _ledger(provider)
    return Trade(lines, dict(owed), taken, receipts, tuple(name for name, state in states.items() if state not in FINAL))


#: States of a payment in which nothing is on its way.
FINAL: Final = ("captured", "released", "declined", "refunded", "none", "authorised")


def _ledger(provider: str) -> dict[str, int]:
    """By party: what was captured less what was refunded, by the provider's own ledger."""
    taken: Counter[str] = Counter()
    for movement in httpx.get(f"{provider}/ledger", timeout=30).json()["movements"]:
        party = movement["payment"].removeprefix("pay/").removesuffix("/more")
        sign = {"capture": 1, "refund": -1}.get(movement["action"], 0)
        taken[party] += sign * movement["amount_minor"]
    return dict(taken)


def _compare(found: Found, undisturbed: Trade, trade: Trade) -> None:
    """What is not as it was without kills, visit by visit, and cent by cent against the provider's own ledger."""
    found.visits += len(undisturbed.lines)
    found.lost += len(undisturbed.lines.keys() - trade.lines.keys())
    found.doubled += sum(1 for count in trade.receipts.values() if count > 1)
    found.changed += sum(1 for visit, lines in trade.lines.items() if lines != undisturbed.lines.get(visit))
    parties = trade.owed_minor.keys() | trade.taken_minor.keys()
    found.unbalanced_minor_units += sum(abs(trade.owed_minor.get(p, 0) - trade.taken_minor.get(p, 0)) for p in parties)
    found.unpaid += len(trade.open_payments)
