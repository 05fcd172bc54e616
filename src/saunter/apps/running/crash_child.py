"""The shop of a crash test: a process of its own that trades until everything is settled and paid, unless it is killed before.

The folder holds `plan.pickle` (the plan, and when the world begins), `world` (the socket of the outside world) and the data."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Final

import msgspec

from saunter.adapters.storage import open_inputs
from saunter.apps.running.clocks import TURN, TurnClock
from saunter.apps.running.crash_points import CrashPoints
from saunter.apps.running.opening import INPUTS, OpenShop, Settings, open_shop, opens
from saunter.apps.running.remote_source import RemoteSource
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.ports.documents import Visit
from saunter.records import Tick

#: Files of a crash test's folder.
PLAN, WORLD, DATA = "plan.pickle", "world", "shop"
#: Snapshots come often, so that restarts are quick and snapshots are among what is interrupted.
SNAPSHOTS_EVERY: Final = 20 * SECOND
#: The loop takes longer turns than a live shop's, because a crash test waits for nothing but the disk.
TURNS: Final = 5 * TURN
#: Shop time after the world's end within which everything must be settled and paid; then the test tells what is not.
PATIENCE: Final = 3600 * SECOND


def trade(folder: Path, provider: str, armed: str) -> None:
    """Trades to the end, unless it is killed at the armed crash point before (empty: at none)."""
    plan, start = pickle.loads((folder / PLAN).read_bytes())
    source = RemoteSource(folder / WORLD, {})
    clock = TurnClock(_resumes(folder, plan, start))
    settings = Settings(
        folder / DATA,
        provider=provider,
        made_up_tokens=True,
        snapshot_every=SNAPSHOTS_EVERY,
        turn=TURNS,
        points=CrashPoints(armed),
    )
    with open_shop(plan, source, clock, settings) as shop:
        source.logged = shop.runner.state.seen
        shop.dispatcher.start()
        if shop.runner.state.now < start:
            opens(shop)
        over_at: list[int] = []
        shop.runner.run(lambda: _is_over(shop, source, over_at))
    source.close()


def _resumes(folder: Path, plan: Plan, start: int) -> int:
    """The shop time to go on from: the last tick that was logged."""
    (folder / DATA).mkdir(exist_ok=True)
    inputs = open_inputs(str(folder / DATA / INPUTS), plan.store)
    try:
        last = inputs.last()
        ticks = (
            [record.happened for _, batch in inputs.read(last - 1) for record in batch if isinstance(record, Tick)]
            if last
            else []
        )
        return max(ticks, default=start - TURN)
    finally:
        inputs.close()


def _is_over(shop: OpenShop, source: RemoteSource, over_at: list[int]) -> bool:
    """Whether the world has ended, every visit is settled and nothing is on its way to the provider."""
    if shop.runner.turns % 50 or not source.is_over():
        return False
    over_at.append(shop.runner.state.now)
    if shop.runner.state.now - over_at[0] > PATIENCE:
        return True
    quiet = not shop.books.outgoing(2**62) and not shop.runner.waiting
    return quiet and all(_is_settled(document.body) for document in shop.books.documents("visit", limit=100_000))


def _is_settled(body: bytes) -> bool:
    visit = msgspec.json.decode(body, type=Visit)
    return visit.state in ("settled", "abandoned", "unbilled")
