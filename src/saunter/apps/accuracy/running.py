"""Many trials on all cores: spawned workers, results in the order of the trials, progress on stderr, quiet on Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from saunter.apps.output import Watcher

Job = TypeVar("Job")
Result = TypeVar("Result")


def watched(title: str, jobs: Sequence[Job], processes: int, play: Callable[[Job], Result]) -> Iterator[Result]:
    """Every job's result, shown as progress on stderr once it is there. `processes` 0: one per core."""
    with Watcher(title, len(jobs)) as watcher:
        for done, result in enumerate(results_of(jobs, processes or os.cpu_count() or 1, play), start=1):
            watcher.advance_to(done)
            yield result


def results_of(jobs: Sequence[Job], processes: int, play: Callable[[Job], Result]) -> Iterator[Result]:
    """Every job played, in their order; in this process where one is enough. `play` must be picklable by name.

    On an interrupt no further job is begun, workers end, and the interrupt goes on to the caller.
    """
    if processes == 1:
        yield from map(play, jobs)
        return
    pool = ProcessPoolExecutor(min(processes, max(1, len(jobs))), mp_context=get_context("spawn"), initializer=_die_quietly)
    try:
        yield from pool.map(play, jobs)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _die_quietly() -> None:
    """In a worker: an interrupt ends it at once, without a traceback between the parent's words; so does the parent's end."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """Ends this process once it is not this parent's child any more: whoever kills a bench means its workers too."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
