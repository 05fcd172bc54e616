"""One world meets one interaction: every explanation x every possible actor, each a world of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from saunter.attribution import constants as c
from saunter.attribution.worlds import Effect, Happening, Passing, Stray, World
from saunter.base.habits import quantity_log_prior
from saunter.base.ids import NOBODY, STAFF, UNREGISTERED
from saunter.base.probability import log_sum, normal_log_density
from saunter.records import Candidate, Interaction, Span

Changes = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds an interaction: how near each track and each positionless party came, and the shelf's facings.

    `tracks` and `unplaced` hold log likelihood ratios; `present` counts the parties in the shop; `homes` maps a sku to
    the extents (metres along the shelf) of its facings on this shelf, `facings` counts all of them.
    """

    interaction: Interaction
    tracks: Mapping[str, float]
    loose: Mapping[str, str]
    unplaced: Mapping[str, float]
    present: int
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
    reach: dict[str, float] = {party: ratio for party, ratio in setting.unplaced.items() if party in world.carts}
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


def expand(world: World, setting: Setting) -> list[World]:
    """All worlds that may follow, those far below the best left out."""
    world = expired(world, setting.interaction.started)
    here = [load for load in world.passing if load.shelf == setting.interaction.shelf]
    pending = {load.interaction for load in here}
    doers = actors(world, setting)
    branches = [
        branch
        for span in setting.interaction.spans
        if pending.issuperset(span.joins)
        for candidate in span.candidates
        for branch in _branches(world, setting, span, candidate, doers)
    ]
    best = max(branch.log_factor for branch in branches)
    return [
        world.after(branch.log_factor, branch.happening, branch.strays, branch.passing)
        for branch in branches
        if branch.log_factor > best - c.EXPLANATION_NATS
    ]


def expired(world: World, at: int, within: int = c.RESOLVE_WITHIN) -> World:
    """The world with loads that should have gone again by `at` held against it."""
    stale = sum(1 for load in world.passing if at - load.settled > within)
    if not stale:
        return world
    kept = tuple(load for load in world.passing if at - load.settled <= within)
    return World(world.log_weight + stale * math.log(c.NEVER_RESOLVED), world.carts, world.who, world.strays, kept, world.trail)


def _branches(world: World, setting: Setting, span: Span, candidate: Candidate, doers: Sequence[Actor]) -> Iterator[_Branch]:
    changes: Changes = tuple((change.sku, change.quantity) for change in candidate.changes)
    passing = tuple(load for load in world.passing if load.interaction not in span.joins)
    base = candidate.log_likelihood + candidate.log_prior
    if not changes:
        yield _without_change(world, setting, span, candidate, doers, passing)
    elif changes[0][1] > 0:
        yield from _taken(world, setting, span, candidate, changes, doers, passing)
    else:
        yield from _put_back(world, setting, span, base, changes, doers, passing)


def _without_change(
    world: World, setting: Setting, span: Span, candidate: Candidate, doers: Sequence[Actor], passing: tuple[Passing, ...]
) -> _Branch:
    """Touched, unknown or passing: no cart changes; somebody was there, or nobody."""
    somebody = log_sum(actor.log_weight for actor in doers)
    factor = log_sum((math.log(c.NOBODY_TOUCHES), math.log(1 - c.NOBODY_TOUCHES) + somebody))
    if candidate.action == "passing":
        interaction = setting.interaction
        passing = (
            *(Passing(name, interaction.shelf, interaction.settled) for name in span.joins),
            *passing,
            Passing(interaction.id, interaction.shelf, interaction.settled),
        )
    happening = Happening(setting.interaction.id, candidate.action, (), (), span.joins)
    return _Branch(candidate.log_likelihood + candidate.log_prior + factor, happening, world.strays, passing)


def _taken(
    world: World,
    setting: Setting,
    span: Span,
    candidate: Candidate,
    changes: Changes,
    doers: Sequence[Actor],
    passing: tuple[Passing, ...],
) -> Iterator[_Branch]:
    log_prior, strays = _from_strays(world, setting, changes, candidate.log_prior)
    base = candidate.log_likelihood + log_prior
    for actor in doers:
        effects = tuple(Effect(actor.party, sku, count) for sku, count in changes)
        yield _Branch(base + actor.log_weight, _happening(setting, span, "taken", effects, changes), strays, passing)
    yield _Branch(base + math.log(c.NOBODY_TAKES), _happening(setting, span, "taken", (), changes), strays, passing)
    for effects, factor in _shared(changes, doers, setting.present):
        yield _Branch(base + factor, _happening(setting, span, "taken", effects, changes), strays, passing)


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
            Stray(s.shelf, s.centre_m, s.sku, s.count - count) if s is stray else s for s in world.strays if s is not stray or s.count > count
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


def _put_back(
    world: World, setting: Setting, span: Span, base: float, changes: Changes, doers: Sequence[Actor], passing: tuple[Passing, ...]
) -> Iterator[_Branch]:
    strays = _left_astray(world, setting, changes)
    for actor in doers:
        if actor.party == STAFF:
            effects = tuple(Effect(STAFF, sku, count) for sku, count in changes)
            factor = base + actor.log_weight - math.log(setting.facings + 1)
            yield _Branch(factor, _happening(setting, span, "put back", effects, changes), world.strays, passing)
            continue
        for owner, chance in _owners(world, actor.party, changes):
            effects = tuple(Effect(owner, sku, count) for sku, count in changes)
            yield _Branch(base + actor.log_weight + chance, _happening(setting, span, "put back", effects, changes), strays, passing)
    somebody = log_sum((math.log(c.NOBODY_TAKES), *(actor.log_weight for actor in doers)))
    ghost = base + math.log(c.GHOST) + somebody
    yield _Branch(ghost, _happening(setting, span, "put back", (), changes), strays, passing)


def _owners(world: World, party: str, changes: Changes) -> Iterator[tuple[str, float]]:
    """Whose cart it came from: the actor's own, or another's who handed it over; log chance of choosing these pieces."""
    for owner, cart in world.carts.items():
        counts = dict(cart)
        if all(counts.get(sku, 0) >= -count for sku, count in changes):
            total = sum(counts.values())
            chosen = sum(math.log(counts[sku] / total) for sku, _ in changes)
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


def _happening(setting: Setting, span: Span, action: str, effects: tuple[Effect, ...], changes: Changes) -> Happening:
    return Happening(setting.interaction.id, action, effects, changes, span.joins)


#: Parties whose carts are not kept.
CARTLESS = (NOBODY, STAFF, UNREGISTERED)
