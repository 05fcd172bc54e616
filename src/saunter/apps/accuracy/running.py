"""Many trials on all cores: spawned workers, results in the order of the trials, quiet on Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from saunter.apps.accuracy.playing import TrialResult
from saunter.apps.accuracy.trials import Trial

Play = Callable[[Trial], TrialResult]


def results_of(trials: Sequence[Trial], processes: int, play: Play) -> Iterator[TrialResult]:
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
