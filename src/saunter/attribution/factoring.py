"""Parties that have nothing to do with each other (any more) factor apart: small groups instead of one huge product."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from saunter.attribution import constants as c
from saunter.attribution.worlds import Group, World, own_trail

#: Stands for what belongs to no party: tracks of nobody known; followed by a shelf's id: what lies there.
FLOOR = "\x00"


def apart(group: Group) -> list[Group]:
    """The group as independent groups, where the joint belief is a product of them to within INDEPENDENT.

    The error made by taking it for a product adds to each part's `lost`.
    """
    if len(group.parties) <= 1:
        return [group]
    shelves = {item.shelf for world in group.worlds for item in (*world.strays, *world.passing)}
    names = (*group.parties, FLOOR, *(FLOOR + shelf for shelf in sorted(shelves)))
    weights = np.array(group.weights())
    labels = {name: _labels([_fate(world, name) for world in group.worlds]) for name in names}
    clusters = _clusters(names, labels, weights)
    if len(clusters) == 1:
        return [group]
    return [_part(group, frozenset(cluster)) for cluster in clusters if cluster != [FLOOR]]


def _fate(world: World, name: str) -> Hashable:
    """All that a world says of one party (or of the floor)."""
    if name == FLOOR:
        return tuple(sorted((track, party) for track, party in world.who.items() if party not in world.carts))
    if name.startswith(FLOOR):
        shelf = name[1:]
        return (tuple(s for s in world.strays if s.shelf == shelf), tuple(load for load in world.passing if load.shelf == shelf))
    return (world.carts[name], frozenset(track for track, party in world.who.items() if party == name))


def _labels(fates: Sequence[Hashable]) -> NDArray[np.int64]:
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(fate, len(seen)) for fate in fates], np.int64)


def _clusters(names: Sequence[str], labels: dict[str, NDArray[np.int64]], weights: NDArray[np.float64]) -> list[list[str]]:
    """Connected components of pairwise dependence, in the order of the names."""
    home = {name: [name] for name in names}
    varied = [name for name in names if labels[name].any()]
    for one, other in combinations(varied, 2):
        if home[one] is not home[other] and dependence(labels[one], labels[other], weights) > c.INDEPENDENT:
            merged = home[one] + home[other]
            for name in merged:
                home[name] = merged
    unique = {id(cluster): cluster for cluster in home.values()}
    return list(unique.values())


def dependence(one: NDArray[np.int64], other: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    """Total variation between the joint distribution of two labels and the product of their marginals, 0 to 1."""
    joint = np.zeros((int(one.max()) + 1, int(other.max()) + 1))
    np.add.at(joint, (one, other), weights)
    return float(0.5 * np.abs(joint - joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)).sum())


def _part(group: Group, names: frozenset[str]) -> Group:
    worlds = [_marginal(world, names) for world in group.worlds]
    part = Group(worlds, group.lost, dict(group.interactions))
    part.settle(worlds)
    return part


def _marginal(world: World, names: frozenset[str]) -> World:
    floor = FLOOR in names
    return replace(
        world,
        carts={party: cart for party, cart in world.carts.items() if party in names},
        who={track: party for track, party in world.who.items() if party in names or (floor and party not in world.carts)},
        strays=tuple(stray for stray in world.strays if FLOOR + stray.shelf in names),
        passing=tuple(load for load in world.passing if FLOOR + load.shelf in names),
        trail=own_trail(world.trail, names),
    )
