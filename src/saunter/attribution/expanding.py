"""Worlds meet one interaction: each branches into those that may follow, and the likeliest of all are built."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saunter.attribution import constants as c
from saunter.attribution.branching import (
    Actor,
    Branch,
    Case,
    Changes,
    Holding,
    Setting,
    Surrounding,
    actors,
    cartless,
    cases,
    changes_of,
    comes_back,
    returned,
)
from saunter.attribution.worlds import World
from saunter.records import Candidate

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Offer:
    """Branches that each of some worlds (by number) may take; which of them are built is decided for all offers at once."""

    worlds: Sequence[int]
    branches: Sequence[Branch]

    def totals(self, weights: Floats) -> Floats:
        """Log weights of all new worlds: (worlds * branches,), world by world."""
        factors = np.array([branch.log_factor for branch in self.branches])
        return np.asarray(np.add.outer(weights[list(self.worlds)], factors)).ravel()


def expand(worlds: Sequence[World], setting: Setting) -> tuple[list[World], float]:
    """All worlds that may follow from these, those far below the best left out before they are built, and the
    probability of those left out.

    What was taken by whom depends on who is who and on strays, not on carts: worlds that agree there share the work.
    """
    worlds = [expired(world, setting.interaction.started) for world in worlds]
    offers = [
        offer for around, members in _surroundings(worlds, setting).items() for offer in _offers(around, members, worlds, setting)
    ]
    weights = np.array([world.log_weight for world in worlds])
    totals = [offer.totals(weights) for offer in offers]
    starts = np.cumsum([0, *(len(each) for each in totals)])
    chosen, left_out = _likeliest(np.concatenate(totals))
    homes = np.searchsorted(starts, chosen, side="right") - 1
    shelf, after = setting.interaction.shelf, []
    for index, home in zip(chosen.tolist(), homes.tolist(), strict=True):
        offer = offers[home]
        member, number = divmod(index - int(starts[home]), len(offer.branches))
        branch = offer.branches[number]
        world = worlds[offer.worlds[member]]
        after.append(world.after(branch.log_factor, branch.happening, shelf, branch.strays, branch.passing))
    return after, left_out


def _likeliest(totals: Floats) -> tuple[NDArray[np.intp], float]:
    """Which new worlds to build, likeliest first (ties by number), and the probability of all others."""
    ranked = np.argsort(-totals, kind="stable")[: c.PROPOSALS_MAX]
    ranked = ranked[totals[ranked] > totals[ranked[0]] + math.log(c.WEIGHT_MIN)]
    shares = np.exp(totals - totals[ranked[0]])
    return ranked, max(0.0, 1 - float(shares[ranked].sum() / shares.sum()))


def _surroundings(worlds: Sequence[World], setting: Setting) -> dict[Surrounding, list[int]]:
    """The worlds (by number) that share a surrounding."""
    doers: dict[tuple[str | None, ...], tuple[Actor, ...]] = {}
    found: dict[Surrounding, list[int]] = {}
    shelf, tracks = setting.interaction.shelf, list(setting.tracks)
    for number, world in enumerate(worlds):
        names = tuple(map(world.who.get, tracks)) if world.who else ()
        if names not in doers:
            doers[names] = actors(world.who, setting)
        strays = tuple(stray for stray in world.strays if stray.shelf == shelf)
        passing = tuple(load for load in world.passing if load.shelf == shelf)
        found.setdefault(Surrounding(doers[names], strays, passing), []).append(number)
    return found


def _offers(around: Surrounding, members: Sequence[int], worlds: Sequence[World], setting: Setting) -> Iterator[_Offer]:
    """What these worlds may become: whatever needs no cart, and what comes back out of the carts they hold."""
    here = list(cases(around, setting))
    yield _Offer(members, [branch for case, candidate in here for branch in cartless(case, candidate)])
    back = [(case, candidate) for case, candidate in here if comes_back(candidate)]
    if back:
        yield from _returns(back, members, worlds)


def _returns(back: Sequence[tuple[Case, Candidate]], members: Sequence[int], worlds: Sequence[World]) -> Iterator[_Offer]:
    owners = [_owners(worlds[number]) for number in members]
    for case, candidate in back:
        changes = changes_of(candidate)
        holdings: dict[Holding, list[int]] = {}
        for number, owned in zip(members, owners, strict=True):
            if changes[0][0] in owned:
                holdings.setdefault(_holding(worlds[number], owned[changes[0][0]], changes), []).append(number)
        for holding, holders in holdings.items():
            branches = list(returned(case, candidate, holding))
            if branches:
                yield _Offer(holders, branches)


def _owners(world: World) -> dict[str, list[str]]:
    """Who holds each product in this world."""
    found: dict[str, list[str]] = {}
    for owner, sku in world.counts:
        found.setdefault(sku, []).append(owner)
    return found


def _holding(world: World, owners: Sequence[str], changes: Changes) -> Holding:
    return tuple((owner, tuple(world.counts.get((owner, sku), 0) for sku, _ in changes)) for owner in owners)


def expired(world: World, at: int, within: int = c.RESOLVE_WITHIN) -> World:
    """The world with loads that should have gone again by `at` held against it."""
    stale = sum(1 for load in world.passing if at - load.settled > within)
    if not stale:
        return world
    kept = tuple(load for load in world.passing if at - load.settled <= within)
    return world.without_loads(kept, stale * math.log(c.NEVER_RESOLVED))
