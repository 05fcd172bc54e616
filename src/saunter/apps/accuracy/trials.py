"""What is played: a trial says in a few words which world, and the stage gives its shop and its records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from saunter.apps.replaying import Responder
from saunter.plan import Plan
from saunter.records import AnyRecord


class Trial(msgspec.Struct, frozen=True):
    """A part of a suite that is played by itself, small enough to hand to another process.

    `name` is the case, story or scenario; `seed` and `part` choose the world, `visits` how many visits it should bring where
    the suite can choose, `share` how much of the scenario's day has gone by (by its parties). `file` and `store` are where
    labelled cases and their shop lie.
    """

    suite: str
    name: str
    seed: int
    part: int = 0
    visits: int = 0
    share: float = 0.0
    file: str = ""
    store: str = ""


@dataclass(frozen=True)
class Stage:
    """A trial ready to be played: the shop as its sensors' owner knows it, and all records in order of arrival.

    `records` bring ticks of their own, and the truth with a receipt for every visit; they can be iterated once. `reviewer`
    answers questions about this trial; None: nobody does. Parties of `warm_up` are there to fill the shop and are not scored.
    """

    plan: Plan
    records: Iterator[AnyRecord]
    reviewer: Responder | None = None
    warm_up: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """What the command line asked for. `visits` and `seeds` 0: the suite's default size; worlds are counted from `first_seed`.
    `data` is the folder of real data."""

    data: Path
    cases: Path | None = None
    visits: int = 0
    seeds: int = 0
    first_seed: int = 1
