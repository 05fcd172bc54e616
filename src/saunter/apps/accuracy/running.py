"""Many trials on all cores: spawned workers, results in the order of the trials, progress on stderr, quiet on Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from saunter.apps.accuracy.trials import Trial
from saunter.apps.output import Watcher

Result = TypeVar("Result")


def watched(trials: Sequence[Trial], processes: int, play: Callable[[Trial], Result]) -> Iterator[Result]:
    """Every trial's result, shown as progress on stderr once it is there."""
    with Watcher(f"playing {len(trials)} trials", len(trials)) as watcher:
        for done, result in enumerate(results_of(trials, processes, play), start=1):
            watcher.advance_to(done)
            yield result


def results_of(trials: Sequence[Trial], processes: int, play: Callable[[Trial], Result]) -> Iterator[Result]:
    """Every trial played, in their order; in this process where one is enough. `play` must be picklable by name.

    On an interrupt no further trial is begun, workers end, and the interrupt goes on to the caller.
    """
    if processes == 1:
        yield from map(play, trials)
        return
    pool = ProcessPoolExecutor(min(processes, max(1, len(trials))), mp_context=get_context("spawn"), initializer=_die_quietly)
    try:
        yield from pool.map(play, trials)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _die_quietly() -> None:
    """In a worker: an interrupt ends it at once, without a traceback between the parent's words."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
