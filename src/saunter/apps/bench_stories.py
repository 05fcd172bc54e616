"""The stories bench: every story in several pretend worlds, its receipts beside the truth, its doubts beside what came true."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Literal

import msgspec

from saunter.apps.bench_rates import Calibration, Rate, calibration, f1_rate, wilson
from saunter.apps.bills import charged_bills, true_bills
from saunter.apps.machine import Machine
from saunter.apps.replaying import Replayed, replay
from saunter.apps.scoring import Bill, VisitScore, score
from saunter.apps.stories import played, shop_of, story_of
from saunter.base.errors import InputProblems, Problem
from saunter.pipeline import Pipeline
from saunter.plan import Plan
from saunter.records import AnyRecord, Cart
from saunter.simulation import Story

#: The other worlds of a story are those of these seeds and on, its own left out.
OTHER_SEEDS_FROM: Final = 101
#: Lines less likely than this are not asked about: there are ever more of them, and nobody would be charged for them.
LINE_PROBABILITY_MIN: Final = 0.05

Pieces = dict[str, int]
Verdict = Literal["exact", "in doubt", "failing"]


class Visit(msgspec.Struct, frozen=True):
    """A visit with something true or charged: what was charged, and what should have been, in pieces by sku.

    `in doubt`: not the truth, but as the story says it may be (`expect doubt`). `late`: settled over a minute after the exit.
    """

    story: str
    seed: int
    party: str
    verdict: Verdict
    charged: Pieces
    true: Pieces
    late: bool


class Sales(msgspec.Struct, frozen=True):
    """Shelf prices of one currency, integer minor units: what was really taken, charged too much, and charged too little."""

    currency: str
    true_minor: int
    over_minor: int
    under_minor: int
    overcharge_per_1000: float
    undercharge_per_1000: float


class StoriesResult(msgspec.Struct, frozen=True):
    """What `saunter bench stories --json` prints. Intervals take visits and pieces as independent.

    `visits` have something true or charged, `visits_empty` neither. `exact_or_in_doubt` also counts the visits that differ
    from the truth only where their story declares a doubt. `calibration` is over the cart lines as last believed, each
    number of pieces by itself.
    """

    stories: int
    seeds: int
    plays: int
    visits: int
    visits_empty: int
    unit_f1: Rate
    precision: Rate
    recall: Rate
    exact: Rate
    visits_in_doubt: int
    exact_or_in_doubt: Rate
    sales: tuple[Sales, ...]
    calibration: Calibration
    lost_probability_max: float
    failing: tuple[Visit, ...]
    machine: Machine


@dataclass(frozen=True)
class Job:
    """A story to play, and the seed of the world to play it in."""

    file: str
    seed: int


@dataclass(frozen=True)
class Play:
    """What one story in one world gave. `said` and `so` run in parallel: lines' probabilities, and whether it was so.

    `right`, `charged` and `true` count pieces; `empty` visits had none of them. `problems`: why it could not be played.
    """

    problems: tuple[Problem, ...] = ()
    visits: tuple[Visit, ...] = ()
    empty: int = 0
    right: int = 0
    charged: int = 0
    true: int = 0
    currency: str = ""
    money_minor: tuple[int, int, int] = (0, 0, 0)
    said: tuple[float, ...] = ()
    so: tuple[bool, ...] = ()
    lost_probability: float = 0.0


@dataclass
class Heard(Replayed):
    """Keeps the last word on every cart as well, and the most that pruning may have moved."""

    carts: dict[str, Cart] = field(default_factory=dict)
    lost_probability: float = 0.0

    def hear(self, conclusions: Iterable[AnyRecord]) -> None:
        """Keep what the shop said."""
        for record in conclusions:
            if isinstance(record, Cart):
                self.carts[record.visit] = record
                self.lost_probability = max(self.lost_probability, record.lost_probability)
            super().hear((record,))


def jobs_of(folder: Path, seeds: int) -> list[Job]:
    """Every story of a folder in so many worlds, its own first; raises InputProblems with all mistakes in all stories."""
    files = sorted(folder.glob("*.scn"))
    problems: list[Problem] = []
    if not files:
        what = "no stories (*.scn) here" if folder.is_dir() else "no such folder"
        problems.append(Problem(str(folder), 0, what, "name the folder of stories, for example: saunter bench stories stories"))
    jobs: list[Job] = []
    for file in files:
        try:
            story = story_of(str(file))
        except InputProblems as error:
            problems += error.problems
        else:
            jobs += [Job(str(file), seed) for seed in seeds_of(story.seed, seeds)]
    if problems:
        raise InputProblems(problems)
    return jobs


def seeds_of(own: int, seeds: int) -> list[int]:
    """A story's own seed and `seeds` - 1 others."""
    return [own, *islice((seed for seed in count(OTHER_SEEDS_FROM) if seed != own), seeds - 1)]


def plays(jobs: Sequence[Job], processes: int) -> Iterator[Play]:
    """Every job played, in their order; in this process where one is enough."""
    if processes == 1:
        yield from map(play, jobs)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(play, jobs)


def play(job: Job) -> Play:
    """One story in one world, from its first reading to its last receipt."""
    try:
        story = story_of(job.file)
        plan, records = played(shop_of(story, None), story, job.seed)
        heard = Heard()
        for _ in replay(records, Pipeline(plan).step, True, plan.store, time.process_time, heard):
            pass
    except InputProblems as error:
        return Play(problems=error.problems)
    return judged(heard, story, plan, Path(job.file).stem, job.seed)


def judged(heard: Heard, story: Story, plan: Plan, name: str, seed: int) -> Play:
    """What the shop said of a story, compared with what really happened in it."""
    ours, theirs = charged_bills(heard.receipts, heard.visits), true_bills(heard.truth)
    scored, charged, true = score(ours, theirs), _pieces_by_party(ours), _pieces_by_party(theirs)
    late = {bill.party for bill in ours if not bill.in_time}
    visits = tuple(_visit(visit, story, name, seed, charged, true, late) for visit in scored.visits if visit.counts)
    pieces = sum(sum(bill.values()) for bill in charged.values())
    lines = [line for cart in heard.carts.values() for line in lines_of(cart, true.get(cart.party, {}))]
    return Play(
        visits=visits,
        empty=len(scored.visits) - len(visits),
        right=round(scored.precision * pieces),
        charged=pieces,
        true=sum(sum(bill.values()) for bill in true.values()),
        currency=plan.currency,
        money_minor=money_of(plan, charged, true),
        said=tuple(said for said, _ in lines),
        so=tuple(so for _, so in lines),
        lost_probability=heard.lost_probability,
    )


def lines_of(cart: Cart, true: Mapping[str, int]) -> list[tuple[float, bool]]:
    """For each product and number of pieces likely enough: the probability of at least so many, and whether it was so."""
    return [
        (probability, true.get(line.sku, 0) >= pieces)
        for line in cart.lines
        for pieces, probability in enumerate(line.at_least, start=1)
        if probability >= LINE_PROBABILITY_MIN
    ]


def money_of(plan: Plan, charged: Mapping[str, Pieces], true: Mapping[str, Pieces]) -> tuple[int, int, int]:
    """True sales, overcharge and undercharge in minor units at shelf prices, compared per party and product."""
    sales = over = under = 0
    for party in {**charged, **true}:
        ours, theirs = charged.get(party, {}), true.get(party, {})
        for sku in {**ours, **theirs}:
            price, have, want = plan.products[sku].price.minor, ours.get(sku, 0), theirs.get(sku, 0)
            sales, over, under = sales + want * price, over + max(0, have - want) * price, under + max(0, want - have) * price
    return sales, over, under


def stories_result(jobs: Sequence[Job], done: Sequence[Play], machine: Machine) -> StoriesResult:
    """All figures of the bench together; raises InputProblems when a story could not be played."""
    if problems := dict.fromkeys(problem for one in done for problem in one.problems):
        raise InputProblems(problems)
    visits = [visit for one in done for visit in one.visits]
    verdicts = Counter(visit.verdict for visit in visits)
    stories = len({job.file for job in jobs})
    right, charged, true = (sum(getattr(one, name) for one in done) for name in ("right", "charged", "true"))
    return StoriesResult(
        stories=stories,
        seeds=len(jobs) // max(stories, 1),
        plays=len(done),
        visits=len(visits),
        visits_empty=sum(one.empty for one in done),
        unit_f1=f1_rate(right, charged, true),
        precision=wilson(right, charged),
        recall=wilson(right, true),
        exact=wilson(verdicts["exact"], len(visits)),
        visits_in_doubt=verdicts["in doubt"],
        exact_or_in_doubt=wilson(verdicts["exact"] + verdicts["in doubt"], len(visits)),
        sales=_sales(done),
        calibration=calibration([said for one in done for said in one.said], [so for one in done for so in one.so]),
        lost_probability_max=max((one.lost_probability for one in done), default=0.0),
        failing=tuple(visit for visit in visits if visit.verdict == "failing"),
        machine=machine,
    )


def stories_lines(result: StoriesResult) -> list[str]:
    """The figures for people."""
    return [
        f"{result.stories} stories, each in {result.seeds} worlds: {result.visits} visits",
        f"unit F1 {result.unit_f1}",
        f"precision {result.precision}",
        f"recall {result.recall}",
        f"exact receipts {result.exact}",
        f"exact, or as a declared doubt allows: {result.exact_or_in_doubt}; {result.visits_in_doubt} visits in doubt",
        *(
            f"of 1,000 {sales.currency} of true sales: {sales.overcharge_per_1000:.2f} overcharged, "
            f"{sales.undercharge_per_1000:.2f} undercharged"
            for sales in result.sales
        ),
        f"calibration error {result.calibration.error:.4f} over {result.calibration.lines} lines",
        f"at most {result.lost_probability_max:.6f} of the belief pruned away",
        *(
            f"  {visit.story}, seed {visit.seed}, {visit.party}: charged {visit.charged}, true {visit.true}"
            + (", late" if visit.late else "")
            for visit in result.failing
        ),
    ]


def _visit(
    visit: VisitScore,
    story: Story,
    name: str,
    seed: int,
    charged: Mapping[str, Pieces],
    true: Mapping[str, Pieces],
    late: Collection[str],
) -> Visit:
    """A visit with its verdict; the others of the story are taken as they should be."""
    ours, is_late = charged.get(visit.party, {}), visit.party in late
    verdict: Verdict = "exact" if visit.exact else "failing"
    if not visit.exact and not is_late and not story.complaints({**story.expected, visit.party: ours}):
        verdict = "in doubt"
    return Visit(name, seed, visit.party, verdict, ours, true.get(visit.party, {}), is_late)


def _pieces_by_party(bills: Iterable[Bill]) -> dict[str, Pieces]:
    """What each party was charged or owes, over all its visits."""
    found: dict[str, Pieces] = {}
    for bill in bills:
        pieces = found.setdefault(bill.party, {})
        for item in bill.items:
            pieces[item.sku] = pieces.get(item.sku, 0) + item.quantity
    return found


def _sales(done: Sequence[Play]) -> tuple[Sales, ...]:
    found = []
    for currency in sorted({one.currency for one in done}):
        money = [one.money_minor for one in done if one.currency == currency]
        sales, over, under = (sum(amounts) for amounts in zip(*money, strict=True))
        per_1000 = (round(1000 * amount / sales, 3) if sales else 0.0 for amount in (over, under))
        found.append(Sales(currency, sales, over, under, *per_1000))
    return tuple(found)
