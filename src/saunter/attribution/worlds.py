"""One possible course of events, and groups of parties whose possible courses hang together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from saunter.attribution import constants as c
from saunter.base.ids import RESERVED_PARTIES, UNREGISTERED
from saunter.base.probability import log_add, log_sum


@dataclass(frozen=True, slots=True)
class Stray:
    """Pieces of a product lying where somebody left them."""

    shelf: str
    centre_m: float
    sku: str
    count: int


@dataclass(frozen=True, slots=True)
class Passing:
    """A load on a shelf that must go again: the interaction that brought it, and when it had settled.

    `reach` are the log likelihood ratios of those who may have brought it, `log_somebody` what its world was charged for it.
    """

    interaction: str
    shelf: str
    settled: int
    reach: tuple[tuple[str, float], ...] = ()
    log_somebody: float = 0.0


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

    def after(
        self, log_factor: float, happening: Happening, shelf: str, strays: tuple[Stray, ...], passing: tuple[Passing, ...]
    ) -> World:
        """The same world one happening later; `strays` and `passing` are what then lies and passes on that shelf."""
        counts = self.counts
        if happening.effects:
            counts = dict(counts)
            for effect in happening.effects:
                _add(counts, effect)
        if self.strays:
            strays = (*(stray for stray in self.strays if stray.shelf != shelf), *strays)
        if self.passing:
            passing = (*(load for load in self.passing if load.shelf != shelf), *passing)
        trail = Trail(happening, self.trail)
        return World(self.log_weight + log_factor, counts, self.who, strays, passing, trail)

    def weighing(self, log_weight: float) -> World:
        """The same world with another weight."""
        return World(log_weight, self.counts, self.who, self.strays, self.passing, self.trail)

    def swapped(self, one: str, other: str) -> Mapping[str, str]:
        """Who doubtful tracks are if these two changed bodies; one that was a party long gone is nobody we know."""
        return {**self.who, one: self.who.get(other, UNREGISTERED), other: self.who.get(one, UNREGISTERED)}

    def named(self, log_factor: float, who: Mapping[str, str]) -> World:
        """The same world in which doubtful tracks are others."""
        return World(self.log_weight + log_factor, self.counts, who, self.strays, self.passing, self.trail)

    def without_loads(self, kept: tuple[Passing, ...], log_factor: float) -> World:
        """The same world in which only these loads still pass."""
        return World(self.log_weight + log_factor, self.counts, self.who, self.strays, kept, self.trail)


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
    At most `worlds_max` worlds are kept.
    """

    worlds: list[World]
    losses: dict[Loss, None] = field(default_factory=dict)
    worlds_max: int = field(default=c.WORLDS_MAX, compare=False)
    _seen: list[World] | None = field(default=None, repr=False, compare=False)
    _atoms: set[Atom] = field(default_factory=set, repr=False, compare=False)
    _tracks: set[str] = field(default_factory=set, repr=False, compare=False)
    _shelves: set[str] = field(default_factory=set, repr=False, compare=False)
    _weights: list[float] = field(default_factory=list, repr=False, compare=False)
    _pieces: dict[str, float] | None = field(default=None, repr=False, compare=False)

    def _look(self) -> None:
        """Note what the worlds are about; worlds are replaced as a whole list, never changed in place."""
        if self._seen is self.worlds:
            return
        self._seen = self.worlds
        norm = log_sum(world.log_weight for world in self.worlds)
        self._weights = [math.exp(world.log_weight - norm) for world in self.worlds]
        self._pieces = None
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
        self._look()
        return self._weights

    def pieces(self) -> dict[str, float]:
        """How many pieces each party is expected to hold of the lines that stand here."""
        self._look()
        if self._pieces is None:
            self._pieces = {}
            for weight, world in zip(self._weights, self.worlds, strict=True):
                for (party, _), count in world.counts.items():
                    self._pieces[party] = self._pieces.get(party, 0.0) + weight * count
        return self._pieces

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
                merged[key] = better.weighing(log_add(old.log_weight, world.log_weight))
        ranked = sorted(merged.values(), key=lambda world: -world.log_weight)
        norm = log_sum(world.log_weight for world in ranked)
        kept = [world for world in ranked[: self.worlds_max] if world.log_weight - norm > math.log(c.WEIGHT_MIN)]
        left = log_sum(world.log_weight for world in kept)
        self.loses(1 - math.exp(min(0.0, left - norm)))
        self.worlds = [world.weighing(world.log_weight - left) for world in kept]


def together(groups: list[Group]) -> Group:
    """Several independent groups (their worlds' weights sum to one) as one: the likeliest products of their worlds."""
    whole = groups[0]
    for other in groups[1:]:
        pairs = [
            (one.log_weight + two.log_weight, i, j) for i, one in enumerate(whole.worlds) for j, two in enumerate(other.worlds)
        ]
        pairs.sort(key=lambda pair: -pair[0])
        floor = pairs[0][0] + math.log(c.WEIGHT_MIN)
        kept = _products(whole.worlds, other.worlds, [pair for pair in pairs[: whole.worlds_max] if pair[0] > floor])
        norm = log_sum(world.log_weight for world in kept)
        losses = {**whole.losses, **other.losses}
        whole = Group([world.weighing(world.log_weight - norm) for world in kept], losses, whole.worlds_max)
        whole.loses(1 - math.exp(min(0.0, norm)))
    return whole


def _products(ones: list[World], twos: list[World], pairs: list[tuple[float, int, int]]) -> list[World]:
    """For each (log weight, number of one, number of other) the world in which both are so."""
    known = {i: {id(happening) for happening in walk(ones[i].trail)} for _, i, _ in pairs}
    memories = {j: list(walk(twos[j].trail))[::-1] for _, _, j in pairs}
    return [_both(weight, ones[i], twos[j], _chained(ones[i].trail, known[i], memories[j])) for weight, i, j in pairs]


def _both(log_weight: float, one: World, two: World, trail: Trail | None) -> World:
    counts = dict(one.counts)
    for atom, count in two.counts.items():
        counts[atom] = counts.get(atom, 0) + count
    return World(log_weight, counts, {**one.who, **two.who}, one.strays + two.strays, one.passing + two.passing, trail)


def _chained(chain: Trail | None, known: set[int], memory: list[Happening]) -> Trail | None:
    """Both memories in one chain, what both remember once; their order does not matter for what they say."""
    for happening in memory:
        if id(happening) not in known:
            chain = Trail(happening, chain)
    return chain
