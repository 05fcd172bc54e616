"""The NanoStore bench: one real recording through the shop as it is, with wrong catalogue weights, and chopped otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, groupby, pairwise
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from saunter.adapters.datasets.nanostore import Imported, import_nanostore
from saunter.apps.bench_rates import Rate, wilson
from saunter.apps.bills import charged_bills, true_bills
from saunter.apps.machine import Machine
from saunter.apps.replaying import Replayed, replay
from saunter.apps.reporting import kind_of, likeliest
from saunter.apps.scoring import Bill, Score, score
from saunter.apps.settings import DATA_VARIABLE
from saunter.base.errors import InputProblems, Problem
from saunter.base.time import MILLISECOND, SECOND, format_iso
from saunter.pipeline import Pipeline
from saunter.plan import Plan, Product
from saunter.records import AnyRecord, Attribution, Envelope, Reading, TrueAction, WeightBlock

#: The recording, below the folder of real data.
CASE: Final = Path("nanostore") / "cps-test-01"
#: Nobody was tracked in it, so this party is declared present from first to last.
PARTY: Final = "p1"
#: How far a catalogue may lie about weights here: every weight is multiplied by a factor from this range.
FACTORS: Final = (0.93, 1.07)
#: The blocks, in samples, that the same recording is cut into anew. Sixty at 60 Hz just fit the reorder window.
BLOCK_SAMPLES: Final = (1, 5, 31, 60)
#: No new block spans a hole longer than this: its first sample would come too late.
_HOLE: Final = 250 * MILLISECOND
#: Events of these kinds change no cart.
_TOUCHED: Final = "touched"


class Event(msgspec.Struct, frozen=True):
    """A movement the shop made more of than a touch. `products`: pieces taken (put back: negative) by sku."""

    at: str
    kind: str
    products: dict[str, int]


class Failure(msgspec.Struct, frozen=True):
    """A run whose receipt was not exact. `run` seeds its factors."""

    run: int
    charged: dict[str, int]
    true: dict[str, int]
    events_above_touched: int


class Rescaled(msgspec.Struct, frozen=True):
    """Runs with every catalogue weight wrong by a factor of its own, and how many of them gave the exact receipt.

    `events_right`: how many told of every true action by an event with its product, and of nothing else above touched.
    """

    runs: int
    factor_low: float
    factor_high: float
    exact: Rate
    events_right: Rate
    failures: tuple[Failure, ...]


class Chopping(msgspec.Struct, frozen=True):
    """Whether every record said is the same, to the last byte, when the weights come in blocks of other sizes."""

    identical: bool
    block_samples: tuple[int, ...]
    differing: tuple[int, ...]


class NanostoreResult(msgspec.Struct, frozen=True):
    """What `saunter bench nanostore --json` prints.

    `time_error_max_s`: the largest distance of a true action (labelled in whole seconds) from the event that tells of it;
    null where one is not told of. `real_time_factor` as in `bench speed`: shop seconds per CPU second inside `step`.
    """

    case: str
    unit_f1: float
    exact: float
    events_above_touched: int
    events: tuple[Event, ...]
    time_error_max_s: float | None
    rescaled: Rescaled
    chopping: Chopping
    real_time_factor: float
    shop_seconds: float
    machine: Machine


@dataclass(frozen=True)
class Case:
    """The recording in memory: its shop, its readings by arrival, and what really happened."""

    plan: Plan
    readings: tuple[AnyRecord, ...]
    bills: tuple[Bill, ...]
    actions: tuple[TrueAction, ...]


@dataclass(frozen=True)
class Run:
    """One replay of the case: what was kept of it, every record said, and the score."""

    replayed: Replayed
    said: tuple[AnyRecord, ...]
    score: Score

    @property
    def exact(self) -> bool:
        """Whether the receipt is the true one."""
        return self.score.exact == 1

    @property
    def events(self) -> tuple[Attribution, ...]:
        """The last word on every movement that the shop takes for more than a touch."""
        return tuple(event for event in self.replayed.attributions.values() if kind_of(event) != _TOUCHED)


def load_case(data: Path) -> Case:
    """The recording below a folder of real data; raises InputProblems that name the folder's variable where it is absent."""
    folder = data / CASE
    if not folder.is_dir():
        remedy = f"set {DATA_VARIABLE} to the folder that holds {CASE}, or name it: --data DIR"
        raise InputProblems([Problem(str(folder), 0, "the recording to measure on is not here", remedy)])
    imported: Imported = import_nanostore(folder, data=data, party=PARTY)
    actions = tuple(record for record in imported.truth if isinstance(record, TrueAction))
    if not actions:
        raise InputProblems([Problem(str(folder), 0, "holds no truth to measure against", "put truth.json beside the weights")])
    return Case(imported.plan, tuple(imported.records), true_bills(imported.truth), actions)


def run_case(case: Case, plan: Plan, readings: Iterable[AnyRecord]) -> Run:
    """Readings through a fresh shop with this plan, until every visit has settled."""
    pipeline, said, replayed = Pipeline(plan), list[AnyRecord](), Replayed()

    def step(reading: Reading) -> Sequence[AnyRecord]:
        found = pipeline.step(reading)
        said.extend(found)
        return found

    for _ in replay(readings, step, True, plan.store, time.process_time, replayed):
        pass
    return Run(replayed, tuple(said), score(charged_bills(replayed.receipts, replayed.visits), case.bills))


def rescaled_plan(plan: Plan, run: int) -> Plan:
    """The plan with each product's catalogue weight multiplied by a random factor; `run` seeds them all."""
    factors = np.random.default_rng(run).uniform(*FACTORS, size=len(plan.products))
    products = {
        sku: _weighing(product, float(factor)) for (sku, product), factor in zip(plan.products.items(), factors, strict=True)
    }
    return replace(plan, products=products)


def rescaled_runs(case: Case, runs: int) -> Iterator[Run]:
    """The case once for each run from 0, with that run's wrong weights."""
    for run in range(runs):
        yield run_case(case, rescaled_plan(case.plan, run), case.readings)


def rescaled_result(case: Case, runs: Sequence[Run]) -> Rescaled:
    """How many runs were exact, and which were not."""
    failures = tuple(
        Failure(number, _pieces(charged_bills(run.replayed.receipts, ())), _pieces(case.bills), len(run.events))
        for number, run in enumerate(runs)
        if not run.exact
    )
    events_right = sum(tells_all(run.events, case.actions) for run in runs)
    exact = wilson(len(runs) - len(failures), len(runs))
    return Rescaled(len(runs), *FACTORS, exact, wilson(events_right, len(runs)), failures)


def rechopped(readings: Iterable[AnyRecord], samples: int) -> list[AnyRecord]:
    """The same readings with all weights in blocks of so many samples, each arriving with its last one.

    Blocks are shorter before a hole and where plates, rate or the direction of time change.
    """
    by_stream: dict[str, list[WeightBlock]] = {}
    found: list[AnyRecord] = []
    for reading in readings:
        if isinstance(reading, WeightBlock):
            by_stream.setdefault(reading.envelope.stream, []).append(reading)
        else:
            found.append(reading)
    for blocks in by_stream.values():
        found += _cut(blocks, samples)
    return sorted(found, key=lambda reading: (reading.envelope.arrived, reading.envelope.stream))


def differing_chops(case: Case, plain: Run) -> Iterator[tuple[int, bool]]:
    """For each size of block: whether anything the shop says differs from what it said of the recording as it is."""
    encode = msgspec.json.encode
    before = [encode(record) for record in plain.said]
    for samples in BLOCK_SAMPLES:
        run = run_case(case, case.plan, rechopped(case.readings, samples))
        yield samples, [encode(record) for record in run.said] != before


def time_error_max_s(events: Iterable[Attribution], actions: Iterable[TrueAction]) -> float | None:
    """The largest distance in seconds of a true action from the nearest event with its product; None where one has none."""
    told = [(event.happened, set(_changes(event))) for event in events]
    worst = 0.0
    for action in actions:
        near = [abs(when - action.happened) / SECOND for when, skus in told if action.sku in skus]
        if not near:
            return None
        worst = max(worst, min(near))
    return round(worst, 3)


def tells_all(events: Sequence[Attribution], actions: Sequence[TrueAction]) -> bool:
    """Whether every true action is told of, and nothing else."""
    return len(events) == len(actions) and time_error_max_s(events, actions) is not None


def nanostore_result(
    case: Case, plain: Run, rescaled: Rescaled, chops: Sequence[tuple[int, bool]], machine: Machine
) -> NanostoreResult:
    """All figures of the bench together."""
    differing = tuple(samples for samples, differs in chops if differs)
    spent = plain.replayed.step_cpu_s
    return NanostoreResult(
        case=CASE.name,
        unit_f1=round(plain.score.unit_f1, 6),
        exact=round(plain.score.exact, 6),
        events_above_touched=len(plain.events),
        events=tuple(Event(format_iso(event.happened), kind_of(event), _changes(event)) for event in plain.events),
        time_error_max_s=time_error_max_s(plain.events, case.actions),
        rescaled=rescaled,
        chopping=Chopping(not differing, tuple(samples for samples, _ in chops), differing),
        real_time_factor=round(plain.replayed.shop_s / spent, 2) if spent else 0.0,
        shop_seconds=round(plain.replayed.shop_s, 3),
        machine=machine,
    )


def nanostore_lines(result: NanostoreResult) -> list[str]:
    """The figures for people."""
    rescaled, chopping = result.rescaled, result.chopping
    late = "an action is not told of" if result.time_error_max_s is None else f"at most {result.time_error_max_s:.2f} s off"
    chops = "the same records" if chopping.identical else f"other records at {', '.join(map(str, chopping.differing))} samples"
    return [
        f"{result.case}: unit F1 {result.unit_f1:.4f}, exact receipts {result.exact:.4f}",
        f"{result.events_above_touched} events above touched, {late}",
        *(f"  {event.at}  {event.kind}  {event.products}" for event in result.events),
        f"weights wrong by {rescaled.factor_low} to {rescaled.factor_high}: exact {rescaled.exact}",
        *(
            f"  run {failure.run}: charged {failure.charged}, true {failure.true}, {failure.events_above_touched} events"
            for failure in rescaled.failures
        ),
        f"blocks of {', '.join(map(str, chopping.block_samples))} samples: {chops}",
        f"{result.real_time_factor:.0f} times faster than real time over {result.shop_seconds:.1f} s of shop time",
    ]


def _weighing(product: Product, factor: float) -> Product:
    mean_g = product.weight.mean_g
    return product if mean_g is None else replace(product, weight=replace(product.weight, mean_g=mean_g * factor))


def _changes(event: Attribution) -> dict[str, int]:
    best = likeliest(event)
    return {change.sku: change.quantity for change in best.changes} if best else {}


def _pieces(bills: Iterable[Bill]) -> dict[str, int]:
    return {item.sku: item.quantity for bill in bills for item in bill.items}


def _cut(blocks: Sequence[WeightBlock], samples: int) -> Iterator[WeightBlock]:
    """One stream's blocks joined, and cut into new ones."""
    number = count()
    for (plates, rate_hz), alike in groupby(blocks, key=lambda block: (block.plates, block.rate_hz)):
        group = list(alike)
        times, grams = np.concatenate([block.times for block in group]), np.concatenate([block.grams for block in group])
        steps = np.diff(times)
        edges = [0, *(np.flatnonzero((steps <= 0) | (steps > _HOLE)) + 1).tolist(), len(times)]
        for begin, end in pairwise(edges):
            for first in range(begin, end, samples):
                part = slice(first, min(first + samples, end))
                old, when = group[0].envelope, times[part]
                envelope = Envelope(
                    store=old.store, stream=old.stream, sequence=next(number), happened=int(when[0]), arrived=int(when[-1])
                )
                yield WeightBlock(envelope, plates, rate_hz, when, grams[part])
