"""One possible course of events, and groups of parties whose possible courses hang together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from saunter.attribution import constants as c
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
    length: int


Cart = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class World:
    """One joint possibility: carts by party, who each track is, strays, passing loads; `log_weight` in nats."""

    log_weight: float
    carts: Mapping[str, Cart]
    who: Mapping[str, str]
    strays: tuple[Stray, ...] = ()
    passing: tuple[Passing, ...] = ()
    trail: Trail | None = None

    def key(self) -> tuple[object, ...]:
        """What makes two worlds the same from now on (how they came about does not)."""
        return (tuple(sorted(self.carts.items())), tuple(sorted(self.who.items())), self.strays, self.passing)

    def after(
        self,
        log_factor: float,
        happening: Happening,
        strays: tuple[Stray, ...] | None = None,
        passing: tuple[Passing, ...] | None = None,
    ) -> World:
        """The same world one happening later."""
        carts = dict(self.carts)
        for effect in happening.effects:
            if effect.party in carts:
                carts[effect.party] = changed_cart(carts[effect.party], effect.sku, effect.count)
        length = self.trail.length + 1 if self.trail else 1
        return World(
            self.log_weight + log_factor,
            carts,
            self.who,
            self.strays if strays is None else strays,
            self.passing if passing is None else passing,
            Trail(happening, self.trail, length),
        )


def changed_cart(cart: Cart, sku: str, count: int) -> Cart:
    """A cart with `count` more pieces of `sku` (fewer if negative, never below none), sorted by sku."""
    counts = dict(cart)
    counts[sku] = counts.get(sku, 0) + count
    return tuple(sorted((key, number) for key, number in counts.items() if number > 0))


def walk(trail: Trail | None) -> Iterable[Happening]:
    """The happenings of a trail, newest first."""
    while trail is not None:
        yield trail.happening
        trail = trail.before


@dataclass(slots=True)
class Group:
    """Parties whose fates are entangled: weighted worlds over their carts and tracks.

    `lost` bounds the probability that pruning took away (total variation), `parties` are the visitors inside.
    """

    worlds: list[World]
    lost: float = 0.0
    interactions: dict[str, None] = field(default_factory=dict)

    @property
    def parties(self) -> tuple[str, ...]:
        """The visitors inside, in order of entry."""
        return tuple(self.worlds[0].carts)

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
        self.lost = 1 - (1 - self.lost) * math.exp(min(0.0, left - norm))
        self.worlds = [replace(world, log_weight=world.log_weight - left) for world in kept]


def together(groups: list[Group]) -> Group:
    """Several independent groups as one: the products of their worlds, pruned."""
    whole = groups[0]
    for other in groups[1:]:
        worlds = [
            World(
                one.log_weight + two.log_weight,
                {**one.carts, **two.carts},
                {**one.who, **two.who},
                one.strays + two.strays,
                one.passing + two.passing,
                _merged(one.trail, two.trail),
            )
            for one in whole.worlds
            for two in other.worlds
        ]
        merged = Group(worlds, 1 - (1 - whole.lost) * (1 - other.lost), {**whole.interactions, **other.interactions})
        merged.settle(worlds)
        whole = merged
    return whole


def _merged(one: Trail | None, two: Trail | None) -> Trail | None:
    """Both memories in one chain, bounded; their order does not matter for what they say."""
    chain = one
    for happening in reversed(list(walk(two))):
        chain = Trail(happening, chain, chain.length + 1 if chain else 1)
    return chain


def own_trail(trail: Trail | None, parties: frozenset[str]) -> Trail | None:
    """The memory of what concerned these parties alone."""
    chain: Trail | None = None
    for happening in reversed(list(walk(trail))):
        effects = tuple(effect for effect in happening.effects if effect.party in parties)
        if effects:
            chain = Trail(replace(happening, effects=effects), chain, chain.length + 1 if chain else 1)
    return chain
