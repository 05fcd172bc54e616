"""`saunter bench receipt`: how long after walking out a shopper has the receipt, on the wall clock, in a shop that is open."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from saunter.apps.machine import Machine, this_machine
from saunter.apps.output import count_of
from saunter.apps.running.clocks import WallClock
from saunter.apps.running.opened import demo_plan
from saunter.apps.running.opening import OpenShop, Settings, open_shop, opens
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.ports.desk import Live
from saunter.ports.documents import Bill, Visit
from saunter.ports.sources import Source
from saunter.records import AnyRecord, GatePass
from saunter.simulation import SUITES, PretendShop

#: Who comes in: the noon hour that `saunter demo` shows.
SCENARIO: Final = "rush"
#: The shop is open for so long before the first reading, so that opening it is not in the figures (wall seconds).
LEAD_S: Final = 5.0
#: After everybody has left and nobody will answer any more, receipts have so long to be sent (shop time).
PATIENCE: Final = 180 * SECOND
#: The end is looked for every so many turns of the loop: it takes a look into the books.
LOOKED_EVERY: Final = 20
#: What a visit waits for when a member of staff must agree first.
_STAFF_WAITS: Final = ("an age check", "a confirmation")


class ReceiptResult(msgspec.Struct, frozen=True):
    """What `saunter bench receipt --json` prints. Waits are wall seconds from an exit (the last pass outwards of a party) to
    its receipt sent, as an open page hears it; visits with nothing to charge and nothing in doubt are in `empty_visits` only.

    `reviewed_visits` waited for a reviewer's answer, `checked_visits` for a member of staff; both are in the median and p99.
    `p99_s` is the nearest rank above. `left_unseen`: no gate saw the party leave, so that there is no exit to count from.
    `unsent`: no receipt came at all. `behind_s_max`: how far the shop fell behind the clock (wall seconds). At another `speed`
    than 1 people answer so many times as fast too. `load_average` is the machine's (1 min) at the end, other programs included.
    """

    visits: int
    median_s: float | None
    p99_s: float | None
    longest_s: float | None
    reviewed_visits: int
    reviewed_median_s: float | None
    checked_visits: int
    checked_median_s: float | None
    alone_median_s: float | None
    empty_visits: int
    left_unseen: int
    unsent: int
    speed: float
    seed: int
    behind_s_max: float
    load_average: float
    machine: Machine


@dataclass
class Waits:
    """What an open page hears of visits and receipts, with the shop time at which it heard it."""

    left: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)
    reviewed: set[str] = field(default_factory=set)
    checked: set[str] = field(default_factory=set)

    def hear(self, live: Live, now: int) -> None:
        """A document that just came (`now`: ns of shop time). Staff restocking the shelves get no receipt and are no visit."""
        if live.kind == "visit":
            visit = msgspec.json.decode(live.body, type=Visit)
            if visit.left:
                self.left[visit.visit] = visit.left
            if visit.helped:
                self.reviewed.add(visit.visit)
            if visit.waits_for in _STAFF_WAITS:
                self.checked.add(visit.visit)
        elif live.kind == "bill":
            bill = msgspec.json.decode(live.body, type=Bill)
            if bill.state in ("sent", "shadow"):
                self.sent.setdefault(bill.receipt.visit, now)
                if not (bill.receipt.lines or bill.receipt.dropped):
                    self.empty.add(bill.receipt.visit)

    def result(self, exits: frozenset[int], speed: float, seed: int, behind_s: float) -> ReceiptResult:
        """All figures together. `exits` are the instants (ns) at which gates saw somebody leave."""
        counted = [visit for visit in self.left if visit not in self.empty]
        waits = {
            visit: (self.sent[visit] - self.left[visit]) / SECOND / speed
            for visit in counted
            if visit in self.sent and self.left[visit] in exits
        }
        alone = waits.keys() - self.reviewed - self.checked
        return ReceiptResult(
            visits=len(waits),
            median_s=_quantile(waits, waits, 0.5),
            p99_s=_quantile(waits, waits, 0.99),
            longest_s=_quantile(waits, waits, 1.0),
            reviewed_visits=len(waits.keys() & self.reviewed),
            reviewed_median_s=_quantile(waits, waits.keys() & self.reviewed, 0.5),
            checked_visits=len(waits.keys() & self.checked),
            checked_median_s=_quantile(waits, waits.keys() & self.checked, 0.5),
            alone_median_s=_quantile(waits, alone, 0.5),
            empty_visits=len(self.empty & self.left.keys()),
            left_unseen=sum(1 for visit in counted if self.left[visit] not in exits),
            unsent=sum(1 for visit in counted if visit not in self.sent),
            speed=speed,
            seed=seed,
            behind_s_max=round(behind_s / speed, 3),
            load_average=round(os.getloadavg()[0], 2),
            machine=this_machine(),
        )


def receipt_bench(
    visits: int, speed: float, seed: int, progress: Callable[[str], None], plan: Plan | None = None
) -> ReceiptResult:
    """Opens a shop (the demo's, unless a plan is given), lets so many parties in and out, and times their receipts."""
    plan = plan or demo_plan(seed)
    world = PretendShop(plan, SUITES[SCENARIO], seed, visits=visits, disputes=0.0)  # they come long after the receipts
    source, waits = _Watched(world), Waits()
    with tempfile.TemporaryDirectory(prefix="saunter-receipt-") as folder:
        clock = WallClock(speed, world.start_ns)
        with open_shop(plan, source, clock, Settings(Path(folder))) as shop:
            clock.start = world.start_ns - (clock.now() - world.start_ns) - int(LEAD_S * speed * SECOND)
            opens(shop)
            behind_s = asyncio.run(_followed(shop, source, waits, progress))
    return waits.result(frozenset(source.exits), speed, seed, behind_s)


def result_lines(result: ReceiptResult) -> list[str]:
    """The figures for people."""
    machine = result.machine
    pace = "" if result.speed == 1 else f", in a shop that lives {result.speed:g} times as fast as the wall clock"
    return [
        f"exit to receipt: median {_s(result.median_s)}, 99th percentile {_s(result.p99_s)} of {result.visits} visits{pace}",
        f"  alone: median {_s(result.alone_median_s)}",
        f"  a reviewer was asked: {result.reviewed_visits} visits, median {_s(result.reviewed_median_s)}",
        f"  staff had to agree: {result.checked_visits} visits, median {_s(result.checked_median_s)}",
        f"  nothing to charge: {result.empty_visits}; seen leaving by no gate: {result.left_unseen}; no receipt: {result.unsent}",
        f"the shop was {result.behind_s_max:.2f} s behind its clock at most; load average {result.load_average:.1f} "
        f"on {machine.cores} cores",
        f"commit {machine.commit or '(none)'}, {machine.cpu}, {machine.memory_gib} GiB, Python {machine.python}",
    ]


class _Watched(Source):
    """The pretend world, with a note of when gates saw somebody leave (ns)."""

    def __init__(self, world: PretendShop) -> None:
        self._world = world
        self.exits: set[int] = set()

    def until(self, now: int) -> Sequence[AnyRecord]:
        """What arrived by now."""
        found = self._world.until(now)
        self.exits |= {each.envelope.happened for each in found if isinstance(each, GatePass) and each.direction == "out"}
        return found

    def hear(self, records: Sequence[AnyRecord]) -> None:
        """What the shop said."""
        self._world.hear(records)

    def is_over(self) -> bool:
        """Everybody has left and nobody is about to answer."""
        return self._world.is_over()


class _Loop(threading.Thread):
    """The shop's loop, until the world is over and all is settled. `behind_s` is how late a turn ever was; what broke the loop
    is raised by `end`."""

    def __init__(self, shop: OpenShop, source: _Watched) -> None:
        super().__init__(name="shop")
        self._shop, self._source, self._over_at = shop, source, 0
        self._broke: BaseException | None = None
        self.behind_s = 0.0

    def run(self) -> None:
        """Trades."""
        try:
            self._shop.runner.run(self._is_done)
        except BaseException as error:  # noqa: BLE001 - the outermost loop of this thread: `end` raises it where it is heard
            self._broke = error

    def end(self) -> None:
        """Waits for the loop's last turn."""
        self._shop.runner.stopping.set()
        self.join()
        if self._broke is not None:
            raise self._broke

    def _is_done(self) -> bool:
        runner = self._shop.runner
        if self._source.exits:
            self.behind_s = max(self.behind_s, runner.late_s)
        if runner.turns % LOOKED_EVERY or not self._source.is_over():
            return False
        self._over_at = self._over_at or runner.state.now
        states = {document.state for document in self._shop.books.documents("visit", limit=100_000)}
        return states <= {"settled", "abandoned", "unbilled"} or runner.state.now - self._over_at > PATIENCE


async def _followed(shop: OpenShop, source: _Watched, waits: Waits, progress: Callable[[str], None]) -> float:
    """Hears every change of a visit while the shop trades, as a page does; how far it was behind its clock at most (s)."""
    changes, loop = shop.desk.follow(["visits"]), _Loop(shop, source)
    shop.dispatcher.start()
    loop.start()
    try:
        coming = asyncio.ensure_future(_next(changes))
        while loop.is_alive() or coming.done():
            done, _ = await asyncio.wait([coming], timeout=0.2)
            if done:
                told = len(waits.sent)
                waits.hear(coming.result(), shop.desk.now())
                coming = asyncio.ensure_future(_next(changes))
                if len(waits.sent) > told:
                    progress(f"{count_of(len(waits.sent), 'receipt')} sent")
        coming.cancel()
    finally:
        loop.end()
    return loop.behind_s


async def _next(changes: AsyncIterator[Live]) -> Live:
    return await anext(changes)


def _quantile(waits: Mapping[str, float], visits: Collection[str], share: float) -> float | None:
    chosen = [waits[visit] for visit in waits if visit in visits]
    return round(float(np.quantile(chosen, share, method="higher" if share > 0.5 else "linear")), 3) if chosen else None


def _s(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f} s"
