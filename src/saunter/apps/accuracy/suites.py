"""The suites by name: which trials each has, and how one is put on stage. Only this module knows where worlds come from."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

from saunter.apps.accuracy.trials import Stage, Trial, Wanted
from saunter.apps.cases import Played, cases_of, played_cases, store_of
from saunter.base.errors import Problem
from saunter.base.randomness import generator
from saunter.plan import Plan, parse_plan
from saunter.records import AnyRecord, Truth
from saunter.simulation import SUITES as SCENARIOS
from saunter.simulation import SimulatedReviewers, simulate, simulate_scenario, suite_plan_texts

#: The labelled cases, below the folder of real data.
CASES: Final = Path("nanostore") / "cases.json"
#: Worlds per labelled case unless asked otherwise: twenty cases four times take a minute on two cores.
CASE_SEEDS: Final = 4
#: How the re-enacted shop's scales and cameras behave: as measured in the real one.
CASE_NOISE: Final = "nanostore"
#: A crowd's visits and seeds unless asked otherwise: what two cores play in about three minutes.
CROWD_VISITS: Final = 80
CROWD_SEEDS: Final = 4
#: At most this many visits are played in one piece, so that all cores have work; enough for the shop to fill up.
PART_VISITS: Final = 50
#: A piece of a day begins this much earlier, minutes, so that the shop is as full as it would be: as long as most visits.
WARM_UP_MIN: Final = 6.0
#: No piece begins later than this before the day's end, minutes: it would be cut short.
DAYS_END_MIN: Final = 90.0
#: A piece's world is seeded with its seed times this plus its number: no two pieces of any seed share one.
PARTS_MAX: Final = 10_000


@dataclass(frozen=True)
class Suite:
    """One suite: its trials in a fixed order, and how to stage one of them."""

    trials: Callable[[Wanted], list[Trial]]
    staged: Callable[[Trial], AbstractContextManager[Stage]]


def case_trials(wanted: Wanted) -> list[Trial]:
    """Every labelled case in every world; raises InputProblems when the cases or their shop are absent or faulty."""
    file = wanted.cases or wanted.data / CASES
    names = [case.name for case in cases_of(file, ())]
    store = store_of(file, None, wanted.data)
    seeds = range(wanted.first_seed, wanted.first_seed + (wanted.seeds or CASE_SEEDS))
    return [Trial("nanostore", name, seed, file=str(file), store=str(store)) for seed in seeds for name in names]


@contextmanager
def staged_case(trial: Trial) -> Iterator[Stage]:
    """One case re-enacted, written as a database export into a temporary folder, and imported from there.

    Truth does not go through the export; it comes first among the records.
    """
    from saunter.adapters.datasets.nanostore import import_nanostore, write_export

    played = next(each for each in _played(trial.file, trial.store) if each.case.name == trial.name)
    truth: list[AnyRecord] = []

    def noted() -> Iterator[AnyRecord]:
        for record in simulate(played.plan, played.story, trial.seed):
            if isinstance(record, Truth):
                truth.append(record)
            yield record

    with tempfile.TemporaryDirectory(prefix="saunter-accuracy-") as folder:
        export = Path(folder) / trial.name
        write_export(export, played.plan, noted())
        imported = import_nanostore(export, store=Path(trial.store))
        yield Stage(imported.plan, chain(truth, imported.records), SimulatedReviewers(trial.seed))


@lru_cache(maxsize=4)
def _played(file: str, store: str) -> tuple[Played, ...]:
    """All cases of a file in their shops: what lies where is learned from all labels of a day together."""
    return tuple(played_cases(cases_of(Path(file), ()), Path(store), CASE_NOISE))


def crowd_trials(name: str) -> Callable[[Wanted], list[Trial]]:
    """Maker of a crowd suite's trials: the visits wanted, spread evenly over the seeds, each seed's in pieces."""

    def trials(wanted: Wanted) -> list[Trial]:
        seeds = wanted.seeds or CROWD_SEEDS
        visits = wanted.visits or CROWD_VISITS
        shares = [visits // seeds + (number < visits % seeds) for number in range(seeds)]
        found = [
            (seed, part, size)
            for seed, share in enumerate(shares, wanted.first_seed)
            for part, size in enumerate(pieces_of(share))
        ]
        return [
            Trial(name, name, seed, part, size, share=round(_time_of_day(seed, number, len(found)), 6))
            for number, (seed, part, size) in enumerate(found)
        ]

    return trials


def _time_of_day(seed: int, number: int, pieces: int) -> float:
    """Where in the day a piece begins: the day's parties cut into equal runs, one piece somewhere in each."""
    return (number + float(generator(seed, "time of day", str(number)).random())) / pieces


def pieces_of(visits: int) -> list[int]:
    """So many visits in as few pieces of at most PART_VISITS as there can be, of nearly equal size."""
    parts = -(-visits // PART_VISITS)
    return [visits // parts + (number < visits % parts) for number in range(parts)]


@contextmanager
def staged_crowd(trial: Trial) -> Iterator[Stage]:
    """A stretch of a crowd's day, made while it is played: the seed chooses the shop, seed and part the people.

    It begins WARM_UP_MIN earlier, so that the shop is as full as at that time of day; who comes in then is not scored.
    Parties have the same names in every stretch, so each salts its audits anew: else the same few names were always drawn.
    """
    world = trial.seed * PARTS_MAX + trial.part
    plan, scenario = salted(parse_plan(suite_plan_texts(trial.name, trial.seed)), f"world {world}"), SCENARIOS[trial.name]
    begins = min(scenario.minute_of(trial.share), scenario.starts_min + scenario.minutes - DAYS_END_MIN)
    earlier = max(scenario.starts_min, begins - WARM_UP_MIN)
    before = round(scenario.expected(earlier, begins))
    records = simulate_scenario(plan, scenario.from_minute(earlier), world, before + trial.visits)
    yield Stage(plan, records, SimulatedReviewers(world), frozenset(f"p{number}" for number in range(1, before + 1)))


def salted(plan: Plan, salt: str) -> Plan:
    """The shop with another secret by which its audits are drawn."""
    return replace(plan, policies=replace(plan.policies, audit_salt=salt))


SUITES: Final[dict[str, Suite]] = {
    **{name: Suite(crowd_trials(name), staged_crowd) for name in SCENARIOS},
    "nanostore": Suite(case_trials, staged_case),
}


def suite_problems(name: str) -> list[Problem]:
    """What is wrong with a suite's name as it was typed; empty: nothing."""
    if name in SUITES:
        return []
    return [Problem("--suite", 0, f"there is no suite {name}", f"choose one of {', '.join(SUITES)}")]
