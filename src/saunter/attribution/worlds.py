"""One possible course of events, and groups of parties whose possible courses hang together."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from saunter.attribution import constants as c
from saunter.base.ids import RESERVED_PARTIES
from saunter.base.probability import log_sum


@dataclass(frozen=True, slots=True)
class Stray:
    """Pieces of a product lying where somebody left them."""

    shelf: str
    centre_m: float
    sku: str
    count: int


@dataclass(frozen=True, slots=True)
class Passing:
    """A load on a shelf that must go again: the interaction that brought it, and when it had settled."""

    interaction: str
    shelf: str
    settled: int


@dataclass(frozen=True, slots=True)
class Effect:
    """A party's cart gained (or, negative, lost) `count` pieces of `sku`."""

    party: str
    sku: str
    count: int


@dataclass(frozen=True, slots=True)
class Happening:
    """What one world says one interaction was: the action, its effects, and which earlier ones it took in."""

    interaction: str
    action: str
    effects: tuple[Effect, ...]
    changes: tuple[tuple[str, int], ...]
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trail:
    """How a world came about, newest first: a chain shared between worlds."""

    happening: Happening
    before: Trail | None


#: A line of a cart: the party and the product.
Atom = tuple[str, str]


@dataclass(frozen=True, slots=True)
class World:
    """One joint possibility: pieces by cart line, who each doubtful track is, strays, passing loads.

    `log_weight` in nats; a line that is absent holds nothing.
    """

    log_weight: float
    counts: Mapping[Atom, int] = field(default_factory=dict)
    who: Mapping[str, str] = field(default_factory=dict)
    strays: tuple[Stray, ...] = ()
    passing: tuple[Passing, ...] = ()
    trail: Trail | None = None

    def key(self) -> tuple[object, ...]:
        """What makes two worlds the same from now on (how they came about does not)."""
        return (frozenset(self.counts.items()), frozenset(self.who.items()), self.strays, self.passing)

    def after(self, log_factor: float, happening: Happening, strays: tuple[Stray, ...], passing: tuple[Passing, ...]) -> World:
        """The same world one happening later."""
        counts = self.counts
        if happening.effects:
            counts = dict(counts)
            for effect in happening.effects:
                _add(counts, effect)
        trail = Trail(happening, self.trail)
        return World(self.log_weight + log_factor, counts, self.who, strays, passing, trail)


def _add(counts: dict[Atom, int], effect: Effect) -> None:
    """Put pieces into a cart line or take them out; nothing stays as no line. Carts of STAFF and such are not kept."""
    if effect.party in RESERVED_PARTIES:
        return
    atom = (effect.party, effect.sku)
    left = counts.pop(atom, 0) + effect.count
    if left > 0:
        counts[atom] = left


def walk(trail: Trail | None) -> Iterable[Happening]:
    """The happenings of a trail, newest first."""
    while trail is not None:
        yield trail.happening
        trail = trail.before


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """One pruning: the probability it took away. Groups that came from the pruned one share it, and count it once."""

    probability: float


def lost_to(losses: Iterable[Loss]) -> float:
    """The probability that these prunings may have moved together: the union bound, at most one."""
    return min(1.0, math.fsum(loss.probability for loss in losses))


@dataclass(slots=True)
class Group:
    """Cart lines, tracks and shelves whose fates are entangled: weighted worlds over them.

    A line may stand in several groups: what was taken independently adds up.
    `losses` are the prunings behind it, oldest first; their sum bounds how far any marginal is off (total variation).
    """

    worlds: list[World]
    losses: dict[Loss, None] = field(default_factory=dict)
    _seen: list[World] | None = field(default=None, repr=False, compare=False)
    _atoms: set[Atom] = field(default_factory=set, repr=False, compare=False)
    _tracks: set[str] = field(default_factory=set, repr=False, compare=False)
    _shelves: set[str] = field(default_factory=set, repr=False, compare=False)

    def _look(self) -> None:
        """Note what the worlds are about; worlds are replaced as a whole list, never changed in place."""
        if self._seen is self.worlds:
            return
        self._seen = self.worlds
        self._atoms = {atom for world in self.worlds for atom in world.counts}
        self._tracks = {track for world in self.worlds for track in world.who}
        astray = {stray.shelf for world in self.worlds for stray in world.strays}
        self._shelves = astray | {load.shelf for world in self.worlds for load in world.passing}

    def loses(self, probability: float) -> None:
        """So much probability was taken away; beyond a limit the old losses are summed up into one."""
        if probability <= 1e-9:
            return
        if len(self.losses) >= c.LOSSES_MAX:
            self.losses = {Loss(lost_to(self.losses)): None}
        self.losses[Loss(probability)] = None

    def atoms(self) -> set[Atom]:
        """The cart lines that any world has something in."""
        self._look()
        return self._atoms

    def chance(self, atom: Atom) -> float:
        """The probability that the line holds anything, as far as this group says."""
        if all(atom in world.counts for world in self.worlds):
            return 1.0
        return math.fsum(w for w, world in zip(self.weights(), self.worlds, strict=True) if atom in world.counts)

    def tracks(self) -> set[str]:
        """The tracks whose party is in doubt here."""
        self._look()
        return self._tracks

    def shelves(self) -> set[str]:
        """The shelves where something lies astray or must go again."""
        self._look()
        return self._shelves

    def weights(self) -> list[float]:
        """Probabilities of the worlds, summing to one."""
        norm = log_sum(world.log_weight for world in self.worlds)
        return [math.exp(world.log_weight - norm) for world in self.worlds]

    def settle(self, worlds: Iterable[World]) -> None:
        """Take over new worlds: merge equal ones, drop the hopeless with a stated error, normalise."""
        merged: dict[tuple[object, ...], World] = {}
        for world in worlds:
            key = world.key()
            old = merged.get(key)
            if old is None:
                merged[key] = world
            else:
                better = old if old.log_weight >= world.log_weight else world
                merged[key] = replace(better, log_weight=log_sum((old.log_weight, world.log_weight)))
        ranked = sorted(merged.values(), key=lambda world: -world.log_weight)
        norm = log_sum(world.log_weight for world in ranked)
        kept = [world for world in ranked[: c.WORLDS_MAX] if world.log_weight - norm > math.log(c.WEIGHT_MIN)]
        left = log_sum(world.log_weight for world in kept)
        self.loses(1 - math.exp(min(0.0, left - norm)))
        self.worlds = [replace(world, log_weight=world.log_weight - left) for world in kept]


def together(groups: list[Group]) -> Group:
    """Several independent groups (their worlds' weights sum to one) as one: the likeliest products of their worlds."""
    whole = groups[0]
    for other in groups[1:]:
        pairs = [(one.log_weight + two.log_weight, one, two) for one in whole.worlds for two in other.worlds]
        pairs.sort(key=lambda pair: -pair[0])
        floor = pairs[0][0] + math.log(c.WEIGHT_MIN)
        kept = [_both(*pair) for pair in pairs[: c.WORLDS_MAX] if pair[0] > floor]
        norm = log_sum(world.log_weight for world in kept)
        losses = {**whole.losses, **other.losses}
        whole = Group([replace(world, log_weight=world.log_weight - norm) for world in kept], losses)
        whole.loses(1 - math.exp(min(0.0, norm)))
    return whole


def _both(log_weight: float, one: World, two: World) -> World:
    counts = dict(one.counts)
    for atom, count in two.counts.items():
        counts[atom] = counts.get(atom, 0) + count
    return World(
        log_weight,
        counts,
        {**one.who, **two.who},
        one.strays + two.strays,
        one.passing + two.passing,
        _chained(one.trail, two.trail),
    )


def _chained(one: Trail | None, two: Trail | None) -> Trail | None:
    """Both memories in one chain, what both remember once; their order does not matter for what they say."""
    known = set(walk(one))
    chain = one
    for happening in reversed([each for each in walk(two) if each not in known]):
        chain = Trail(happening, chain)
    return chain


def only(trail: Trail | None, interactions: Container[str]) -> Trail | None:
    """The part of a memory that is about these interactions."""
    chain: Trail | None = None
    for happening in reversed([each for each in walk(trail) if each.interaction in interactions]):
        chain = Trail(happening, chain)
    return chain
