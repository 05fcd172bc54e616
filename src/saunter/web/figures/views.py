"""The figures page from what was counted: every rate with what it is a rate of, and honest words where too little is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import numpy as np

from saunter.ports.documents import Counted
from saunter.web.figures.certainty import everyday_bound, interval_of_count, interval_of_share
from saunter.web.svg import Chart, Column, bars, interval, share
from saunter.web.words import counted as so_many

#: Upper ends of the classes of waiting, seconds: what a person feels as at once, soon, a while, and too long.
WAITS_S: Final = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 60.0)
#: What the house wants: receipts within these seconds, median and 99th percentile.
MEDIAN_GOAL_S: Final = 3.0
P99_GOAL_S: Final = 60.0
#: Baskets of so many pieces and more share a bar.
PIECES_MAX: Final = 12


class PerThousand(msgspec.Struct, frozen=True, kw_only=True):
    """How often something happened per 1,000 sales, with its exact 95 % interval; `of` sales were counted."""

    rate: float
    low: float
    high: float
    count: int
    of: int


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A share with its exact 95 % interval: `count` of `of`."""

    rate: float
    low: float
    high: float
    count: int
    of: int


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds from the exit to the receipt over the last `of` receipts."""

    median_s: float
    p99_s: float
    longest_s: float
    of: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop can say of itself. A figure that nothing was counted for yet is missing (null).

    `certificate` is about receipts that charge what was not taken: certified only when random audits alone bound their share
    by `bound`, however often one looks; `upper` is the bound so far and `lowest` what as many audits without an error show.
    """

    visits: int
    reviews_per_1000: PerThousand | None
    touches_per_1000: PerThousand | None
    exact: Share | None
    overcharged: Share | None
    certificate: Literal["certified", "not yet certified"]
    bound: float
    upper: float
    lowest: float
    waits: Waits | None
    disputes: int
    refunded_minor: int
    sales_minor: int
    currency: str
    hours: dict[str, int]
    baskets: dict[str, int]


def figures(counted: Counted, bound: float, currency: str) -> Figures:
    """All figures; `bound` is the share of overcharged receipts that the store's policy allows."""
    audited = counted.audited
    over = min(counted.audits_over, audited)
    upper = everyday_bound(over, audited)
    return Figures(
        visits=counted.visits,
        reviews_per_1000=per_thousand(counted.questions + counted.audits, counted.visits),
        touches_per_1000=per_thousand(counted.touches, counted.visits),
        exact=part(min(counted.audits_right, audited), audited),
        overcharged=part(over, audited),
        certificate="certified" if upper <= bound else "not yet certified",
        bound=bound,
        upper=round(upper, 6),
        lowest=round(everyday_bound(0, audited), 6),
        waits=waits(counted.waits_s),
        disputes=counted.disputes,
        refunded_minor=counted.refunded_minor,
        sales_minor=counted.sales_minor,
        currency=currency,
        hours=dict(sorted(counted.hours.items())),
        baskets=dict(sorted(counted.baskets.items(), key=lambda item: _number(item[0]))),
    )


def per_thousand(count: int, of: int) -> PerThousand | None:
    """A rate per 1,000; None where nothing was sold."""
    if of <= 0:
        return None
    low, high = interval_of_count(count)
    return PerThousand(rate=_per(count, of), low=_per(low, of), high=_per(high, of), count=count, of=of)


def _per(count: float, of: int) -> float:
    return round(1000 * count / of, 3)


def part(count: int, of: int) -> Share | None:
    """A share; None where nothing was counted."""
    if of <= 0:
        return None
    low, high = interval_of_share(count, of)
    return Share(rate=round(count / of, 6), low=round(low, 6), high=round(high, 6), count=count, of=of)


def waits(seconds: Sequence[float]) -> Waits | None:
    """Median, 99th percentile (a wait that really was, not one between two) and longest; None without receipts."""
    if not seconds:
        return None
    p99 = float(np.quantile(seconds, 0.99, method="higher"))
    return Waits(
        median_s=round(float(np.median(seconds)), 3), p99_s=round(p99, 3), longest_s=round(max(seconds), 3), of=len(seconds)
    )


def certificate_words(found: Figures) -> str:
    """What may be said about overcharging, in one honest sentence or two."""
    if found.overcharged is None:
        return (
            f"Not yet certified: no random audit is closed yet, so nothing can be said about how often a receipt charges too "
            f"much. The goal is at most {share(found.bound)}."
        )
    seen = f"{found.overcharged.count} of {so_many('audited receipt', found.overcharged.of)} charged too much"
    if found.certificate == "certified":
        return f"Certified: at most {share(found.bound)} of receipts charge too much ({seen}; bound {share(found.upper)})."
    return (
        f"Not yet certified: {seen}. That bounds the rate by {share(found.upper)}, and the goal is {share(found.bound)}; "
        f"{so_many('audit', found.overcharged.of)} can show {share(found.lowest)} at best."
    )


def charts(counted: Counted, found: Figures) -> tuple[Chart, ...]:
    """The plots of the page, each with its table."""
    return _wait_chart(counted.waits_s, found.waits), _hour_chart(counted.hours), _basket_chart(counted.baskets)


def exact_chart(exact: Share) -> Chart:
    """The share of audited receipts that were right, with its interval."""
    said = f"right line by line: {exact.count} of {so_many('audited receipt', exact.of)}, {share(exact.rate)}"
    return interval("exact", "Receipts that were exactly right", said, exact.rate, exact.low, exact.high)


def _wait_chart(seconds: Sequence[float], found: Waits | None) -> Chart:
    classes = [0] * (len(WAITS_S) + 1)
    for each in seconds:
        classes[next((n for n, end in enumerate(WAITS_S) if each <= end), len(WAITS_S))] += 1
    names = [f"≤ {end:g} s" for end in WAITS_S] + [f"> {WAITS_S[-1]:g} s"]
    columns = [Column(name, number, so_many("receipt", number)) for name, number in zip(names, classes, strict=True)]
    said = "no receipt yet" if found is None else f"median {found.median_s:.1f} s, 99 of 100 within {found.p99_s:.1f} s"
    return bars("waits", "Time from the exit to the receipt", said, ("seconds", "receipts"), columns)


def _hour_chart(hours: dict[str, int]) -> Chart:
    known = {_number(hour): number for hour, number in hours.items() if _number(hour) < 24}
    first, last = (min(known), max(known)) if known else (8, 20)
    columns = [Column(f"{hour:02d}", known.get(hour, 0), so_many("visit", known.get(hour, 0))) for hour in range(first, last + 1)]
    busiest = max(columns, key=lambda column: column.value)
    said = f"busiest hour {busiest.label} with {busiest.words}" if busiest.value else "no visit yet"
    return bars("hours", "Visits by hour of the day", said, ("hour", "visits"), columns)


def _basket_chart(baskets: dict[str, int]) -> Chart:
    sizes: dict[int, int] = {}
    for pieces, number in baskets.items():
        size = min(_number(pieces), PIECES_MAX)
        sizes[size] = sizes.get(size, 0) + number
    last = max(sizes, default=5)
    columns = [
        Column(f"{size}{'+' if size == PIECES_MAX else ''}", sizes.get(size, 0), so_many("receipt", sizes.get(size, 0)))
        for size in range(min(sizes, default=1), last + 1)
    ]
    sold = sum(_number(size) * number for size, number in baskets.items())
    receipts = sum(baskets.values())
    said = f"{sold / receipts:.1f} pieces on average" if receipts else "no receipt yet"
    return bars("baskets", "Pieces on a receipt", said, ("pieces", "receipts"), columns)


def _number(text: str) -> int:
    """The number that a count's key begins with: 8 of "8", "08" and "08:00", 12 of "12+"; 0 without one."""
    digits = re.match(r"\d{1,6}", text)
    return int(digits[0]) if digits else 0
