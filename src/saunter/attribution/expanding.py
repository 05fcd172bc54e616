"""One world meets one interaction: every explanation x every possible actor, each a world of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from saunter.attribution import constants as c
from saunter.attribution.worlds import Effect, Happening, Passing, Stray, World
from saunter.base.habits import quantity_log_prior
from saunter.base.ids import STAFF
from saunter.base.probability import log_sum, normal_log_density
from saunter.records import Candidate, Interaction, Span

Changes = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds an interaction: how near each track and each positionless party came, and the shelf's facings.

    `tracks` and `unplaced` hold log likelihood ratios, `loose` the party of each track that is in no doubt; `present`
    counts the parties in the shop, `pieces` what each is expected to hold; `homes` maps a sku to the extents (metres along
    the shelf) of its facings on this shelf, `facings` counts all of them.
    """

    interaction: Interaction
    tracks: Mapping[str, float]
    loose: Mapping[str, str]
    unplaced: Mapping[str, float]
    present: int
    pieces: Mapping[str, float]
    homes: Mapping[str, Sequence[tuple[float, float]]]
    facings: int


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who may have done it: the party, and the log of prior x reach."""

    party: str
    log_weight: float


@dataclass(frozen=True, slots=True)
class _Branch:
    """A world to be: what it costs (nats), what happened, what lies where afterwards."""

    log_factor: float
    happening: Happening
    strays: tuple[Stray, ...]
    passing: tuple[Passing, ...]


def actors(world: World, setting: Setting) -> list[Actor]:
    """The parties that may have acted in this world, nearest first; a party of several bodies counts by its nearest."""
    reach = dict(setting.unplaced)
    for track, ratio in setting.tracks.items():
        party = world.who.get(track) or setting.loose.get(track)
        if party is not None:
            reach[party] = max(ratio, reach.get(party, ratio))
    if not reach:
        return []
    best = max(reach.values())
    prior = -math.log(max(setting.present, 1))
    ranked = sorted(((-ratio, party) for party, ratio in reach.items() if ratio > best - c.ACTOR_NATS))
    return [Actor(party, prior - negative) for negative, party in ranked[: c.ACTORS_MAX]]


@dataclass(frozen=True, slots=True)
class _Case:
    """One world meeting one span of the interaction: who may have acted, and which loads stay passing."""

    world: World
    setting: Setting
    span: Span
    doers: Sequence[Actor]
    passing: tuple[Passing, ...]

    def branch(
        self,
        log_factor: float,
        action: str,
        effects: tuple[Effect, ...] = (),
        changes: Changes = (),
        strays: tuple[Stray, ...] | None = None,
    ) -> _Branch:
        """A world to be, in which this happened."""
        happening = Happening(self.setting.interaction.id, action, effects, changes, self.span.joins)
        return _Branch(log_factor, happening, self.world.strays if strays is None else strays, self.passing)


def expand(worlds: Sequence[World], setting: Setting) -> tuple[list[World], float]:
    """All worlds that may follow from these, those far below the best left out before they are built, and the
    probability of those left out.

    What was taken by whom depends on who is who and on strays, not on carts: worlds that agree there share the work.
    """
    worlds = [expired(world, setting.interaction.started) for world in worlds]
    plots: dict[tuple[object, ...], _Plot] = {}
    proposals: list[tuple[float, int, _Branch]] = []
    for number, world in enumerate(worlds):
        key = (frozenset(world.who.items()), world.strays, world.passing)
        if key not in plots:
            plots[key] = _plot(world, setting)
        plot, weight = plots[key], world.log_weight
        proposals += [(weight + branch.log_factor, number, branch) for branch in plot.branches]
        held = {sku for _, sku in world.counts} if plot.returns else ()
        for case, candidate in plot.returns:
            if candidate.changes[0].sku in held:
                mine = replace(case, world=world)
                proposals += [(world.log_weight + branch.log_factor, number, branch) for branch in _from_carts(mine, candidate)]
    totals = np.array([total for total, _, _ in proposals])
    likeliest = np.argsort(-totals, kind="stable")[: c.PROPOSALS_MAX]
    likeliest = likeliest[totals[likeliest] > totals[likeliest[0]] + math.log(c.WEIGHT_MIN)]
    shares = np.exp(totals - totals[likeliest[0]])
    left_out = max(0.0, 1 - float(shares[likeliest].sum() / shares.sum()))
    kept = [proposals[index] for index in likeliest.tolist()]
    after = [worlds[n].after(branch.log_factor, branch.happening, branch.strays, branch.passing) for _, n, branch in kept]
    return after, left_out


@dataclass(frozen=True, slots=True)
class _Plot:
    """What is common to all worlds that agree on who is who and on what lies about: branches that no cart matters to,
    and candidates for which something must come out of a cart."""

    branches: list[_Branch]
    returns: list[tuple[_Case, Candidate]]


def _plot(world: World, setting: Setting) -> _Plot:
    cases = list(_cases(world, setting))
    branches = [branch for case, candidate in cases for branch in _cartless(case, candidate)]
    return _Plot(branches, [(case, candidate) for case, candidate in cases if _comes_back(candidate)])


def _cases(world: World, setting: Setting) -> Iterator[tuple[_Case, Candidate]]:
    pending = {load.interaction for load in world.passing if load.shelf == setting.interaction.shelf}
    doers = actors(world, setting)
    for span in setting.interaction.spans:
        if pending.issuperset(span.joins):
            case = _case(world, setting, span, doers)
            for candidate in span.candidates:
                if candidate.probability >= c.CANDIDATE_MIN or _may_matter(candidate, world):
                    yield case, candidate


def _may_matter(candidate: Candidate, world: World) -> bool:
    """Whether carts, strays or the touch itself may make likely what the shelf alone hardly believes."""
    if not candidate.changes or candidate.changes[0].quantity < 0:
        return True
    return any(stray.sku == candidate.changes[0].sku for stray in world.strays)


def _comes_back(candidate: Candidate) -> bool:
    return bool(candidate.changes) and candidate.changes[0].quantity < 0


def _case(world: World, setting: Setting, span: Span, doers: Sequence[Actor]) -> _Case:
    passing = world.passing
    if span.joins:
        passing = tuple(load for load in passing if load.interaction not in span.joins)
    return _Case(world, setting, span, doers, passing)


def expired(world: World, at: int, within: int = c.RESOLVE_WITHIN) -> World:
    """The world with loads that should have gone again by `at` held against it."""
    stale = sum(1 for load in world.passing if at - load.settled > within)
    if not stale:
        return world
    kept = tuple(load for load in world.passing if at - load.settled <= within)
    return replace(world, log_weight=world.log_weight + stale * math.log(c.NEVER_RESOLVED), passing=kept)


def _cartless(case: _Case, candidate: Candidate) -> Iterator[_Branch]:
    """Branches that do not depend on what anybody holds."""
    changes = _changes(candidate)
    if not changes:
        yield _without_change(case, candidate)
    elif changes[0][1] > 0:
        yield from _taken(case, candidate, changes)
    else:
        yield from _from_nowhere(case, candidate, changes)


def _changes(candidate: Candidate) -> Changes:
    return tuple((change.sku, change.quantity) for change in candidate.changes)


def _without_change(case: _Case, candidate: Candidate) -> _Branch:
    """Touched, unknown or passing: no cart changes; somebody was there, or nobody."""
    somebody = log_sum(actor.log_weight for actor in case.doers)
    factor = log_sum((math.log(c.NOBODY_TOUCHES), math.log(1 - c.NOBODY_TOUCHES) + somebody))
    branch = case.branch(candidate.log_likelihood + candidate.log_prior + factor, candidate.action)
    if candidate.action != "passing":
        return branch
    interaction = case.setting.interaction
    loads = (Passing(name, interaction.shelf, interaction.settled) for name in (*case.span.joins, interaction.id))
    return replace(branch, passing=(*case.passing, *loads))


def _taken(case: _Case, candidate: Candidate, changes: Changes) -> Iterator[_Branch]:
    log_prior, strays = _from_strays(case.world, case.setting, changes, candidate.log_prior)
    base = candidate.log_likelihood + log_prior
    for actor in case.doers:
        effects = tuple(Effect(actor.party, sku, count) for sku, count in changes)
        yield case.branch(base + actor.log_weight, "taken", effects, changes, strays)
    yield case.branch(base + math.log(c.NOBODY_TAKES), "taken", (), changes, strays)
    for effects, factor in _shared(changes, case.doers, case.setting.present):
        yield case.branch(base + factor, "taken", effects, changes, strays)


def _from_strays(world: World, setting: Setting, changes: Changes, log_prior: float) -> tuple[float, tuple[Stray, ...]]:
    """Prior and remaining strays when a single product was taken that lies here because somebody left it here."""
    if len(changes) != 1:
        return log_prior, world.strays
    sku, count = changes[0]
    interaction = setting.interaction
    for stray in world.strays:
        distance = abs(stray.centre_m - interaction.centre_m)
        if stray.sku != sku or stray.shelf != interaction.shelf or stray.count < count or distance > 6 * c.STRAY_SD_M:
            continue
        from_here = -math.log(setting.facings + 1) + normal_log_density(distance, c.STRAY_SD_M) + quantity_log_prior(count)
        rest = tuple(
            Stray(s.shelf, s.centre_m, s.sku, s.count - count) if s is stray else s
            for s in world.strays
            if s is not stray or s.count > count
        )
        return (log_sum((log_prior, from_here)), rest) if from_here > log_prior else (log_prior, world.strays)
    return log_prior, world.strays


def _shared(changes: Changes, doers: Sequence[Actor], present: int) -> Iterator[tuple[tuple[Effect, ...], float]]:
    """Two parties acting in the same moment: every way to share the pieces between two of the three nearest.

    One hand taking n at once becomes two hands taking fewer each; the second acts by coincidence.
    """
    pieces = [sku for sku, count in changes for _ in range(count)]
    if not 2 <= len(pieces) <= 3:
        return
    together = sum(quantity_log_prior(count) for _, count in changes)
    near = doers[:3]
    for number, one in enumerate(near):
        for other in near[number + 1 :]:
            for mask in range(1, 2 ** len(pieces) - 1):
                first = [sku for index, sku in enumerate(pieces) if mask >> index & 1]
                if _seen_before(pieces, mask):
                    continue
                second = [sku for index, sku in enumerate(pieces) if not mask >> index & 1]
                singles = sum(quantity_log_prior(part.count(sku)) for part in (first, second) for sku in set(part))
                coincidence = math.log(c.COINCIDENCE) + math.log(max(present, 1))
                effects = _counted(one.party, first) + _counted(other.party, second)
                yield effects, one.log_weight + other.log_weight + coincidence + singles - together


def _seen_before(pieces: Sequence[str], mask: int) -> bool:
    """Whether an equal sharing with a smaller mask exists: equal neighbours must be given out in order."""
    return any(pieces[i] == pieces[i - 1] and mask >> i & 1 and not mask >> (i - 1) & 1 for i in range(1, len(pieces)))


def _counted(party: str, skus: Sequence[str]) -> tuple[Effect, ...]:
    return tuple(Effect(party, sku, skus.count(sku)) for sku in sorted(set(skus)))


def _from_nowhere(case: _Case, candidate: Candidate, changes: Changes) -> Iterator[_Branch]:
    """Put back out of no cart that we know: staff restocks, or a take was missed."""
    base = candidate.log_likelihood + candidate.log_prior
    for actor in case.doers:
        if actor.party == STAFF:
            effects = tuple(Effect(STAFF, sku, count) for sku, count in changes)
            yield case.branch(base + actor.log_weight - math.log(case.setting.facings + 1), "put back", effects, changes)
    strays = _left_astray(case.world, case.setting, changes)
    somebody = log_sum((math.log(c.NOBODY_TAKES), *(actor.log_weight for actor in case.doers)))
    yield case.branch(base + math.log(c.GHOST) + somebody, "put back", (), changes, strays)


def _from_carts(case: _Case, candidate: Candidate) -> Iterator[_Branch]:
    """Put back out of a cart: by the one who holds it, or by another to whom it was handed."""
    changes = _changes(candidate)
    base = candidate.log_likelihood + candidate.log_prior
    strays = _left_astray(case.world, case.setting, changes)
    for actor in case.doers:
        if actor.party == STAFF:
            continue
        for owner, chance in _owners(case, actor.party, changes):
            effects = tuple(Effect(owner, sku, count) for sku, count in changes)
            yield case.branch(base + actor.log_weight + chance, "put back", effects, changes, strays)


def _owners(case: _Case, party: str, changes: Changes) -> Iterator[tuple[str, float]]:
    """Whose cart it came from: the actor's own, or another's who handed it over; log chance of choosing these pieces."""
    counts = case.world.counts
    holders = {owner: None for owner, sku in counts if sku == changes[0][0]}
    for owner in holders:
        held = [counts.get((owner, sku), 0) for sku, _ in changes]
        if all(here >= -count for here, (_, count) in zip(held, changes, strict=True)):
            size = max(case.setting.pieces.get(owner, 0.0), sum(held))
            chosen = sum(math.log(here / size) for here in held)
            yield owner, chosen + (0.0 if owner == party else math.log(c.HANDED_OVER))


def _left_astray(world: World, setting: Setting, changes: Changes) -> tuple[Stray, ...]:
    """Strays afterwards: pieces put where they have no facing lie there from now on."""
    interaction = setting.interaction
    left = []
    for sku, count in changes:
        home = any(left_m - 0.1 <= interaction.centre_m <= right_m + 0.1 for left_m, right_m in setting.homes.get(sku, ()))
        if not home:
            left.append(Stray(interaction.shelf, interaction.centre_m, sku, -count))
    return world.strays + tuple(left)
