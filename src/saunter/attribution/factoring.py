"""Cart lines, doubtful tracks and shelves that have nothing to do with each other factor apart: many small groups."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saunter.attribution import constants as c
from saunter.attribution.worlds import Atom, Group, Happening, Trail, World, walk

#: A thing with a fate: ("line", party, sku), ("track", track) or ("shelf", shelf).
Name = tuple[str, ...]
Labels = NDArray[np.int64]
#: What one world remembers, oldest first.
Memory = list[Happening]


def apart(group: Group) -> list[Group]:
    """The group as independent groups, where the joint belief is a product of them to within INDEPENDENT.

    Marginals of every part stay exact, so no bill changes by it; `losses` stay what pruning took away. A group in which
    nothing is left is gone.
    """
    names = _names(group)
    weights = np.array(group.weights())
    labels = _all_labels(group.worlds, names)
    clusters = _clusters(names, labels, weights, group.worlds)
    if len(clusters) == 1:
        parts = [group]
    else:
        memories = [list(walk(world.trail))[::-1] for world in group.worlds]
        parts = [_part(group, cluster, labels, weights, memories) for cluster in clusters]
    return [part for part in map(_decided, parts) if _says_something(part)]


def _decided(group: Group) -> Group:
    """A group whose likeliest world is all but certain keeps only that one; what is dropped is a loss."""
    surest = max(group.weights())
    if 1 - surest > c.NEGLIGIBLE or len(group.worlds) == 1:
        return group
    best = max(group.worlds, key=lambda world: world.log_weight)
    decided = Group([best.weighing(0.0)], dict(group.losses), group.worlds_max)
    decided.loses(1 - surest)
    return decided


def _says_something(group: Group) -> bool:
    return any(world.counts or world.who or world.strays or world.passing for world in group.worlds)


def _names(group: Group) -> list[Name]:
    lines = [("line", *atom) for atom in sorted(group.atoms())]
    return [
        *lines,
        *(("track", track) for track in sorted(group.tracks())),
        *(("shelf", shelf) for shelf in sorted(group.shelves())),
    ]


def _all_labels(worlds: Sequence[World], names: Sequence[Name]) -> dict[Name, Labels]:
    """For each thing one small integer per world, (worlds,): worlds that say the same of it have the same."""
    atoms = [(name[1], name[2]) for name in names if name[0] == "line"]
    column = {atom: number for number, atom in enumerate(atoms)}
    counts = np.zeros((len(worlds), len(atoms)), np.int64)
    for row, world in enumerate(worlds):
        for atom, count in world.counts.items():
            counts[row, column[atom]] = count
    found: dict[Name, Labels] = {("line", *atom): counts[:, number] for number, atom in enumerate(atoms)}
    for name in names:
        if name[0] == "track":
            found[name] = _labels([world.who.get(name[1]) for world in worlds])
        elif name[0] == "shelf":
            found[name] = _labels([_on_shelf(world, name[1]) for world in worlds])
    return found


def _on_shelf(world: World, shelf: str) -> Hashable:
    strays = tuple(stray for stray in world.strays if stray.shelf == shelf)
    return (strays, tuple(load for load in world.passing if load.shelf == shelf))


def _labels(fates: Sequence[Hashable]) -> Labels:
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(fate, len(seen)) for fate in fates], np.int64)


def _clusters(
    names: Sequence[Name], labels: dict[Name, Labels], weights: NDArray[np.float64], worlds: Sequence[World]
) -> list[list[Name]]:
    """Connected components of pairwise dependence, in the order of the names."""
    varied = [name for name in names if (labels[name] != labels[name][0]).any()]
    limits = _limits(varied, {load.shelf for world in worlds for load in world.passing})
    bound = dependences([labels[name] for name in varied], weights) > np.minimum.outer(limits, limits)
    component = dict(zip(varied, _components(bound), strict=True))
    clusters: dict[int, list[Name]] = {}
    for number, name in enumerate(names):
        clusters.setdefault(component.get(name, -1 - number), []).append(name)
    return list(clusters.values())


def _limits(names: Sequence[Name], passing: Collection[str]) -> NDArray[np.float64]:
    """How far each thing may be from independence of another and still come apart.

    A load that passes may later turn out to be what a cart line says already; apart, both would count it.
    """
    by_kind = {"line": c.INDEPENDENT, "track": c.INDEPENDENT_TRACKS, "shelf": c.INDEPENDENT}
    return np.array([c.INDEPENDENT_PASSING if name[0] == "shelf" and name[1] in passing else by_kind[name[0]] for name in names])


def _components(bound: NDArray[np.bool_]) -> list[int]:
    """The number of the connected component of each node of an undirected graph, (n, n) adjacency; the diagonal is ignored."""
    component = [-1] * len(bound)
    for start in range(len(bound)):
        pending = [start] if component[start] < 0 else []
        while pending:
            node = pending.pop()
            if component[node] < 0:
                component[node] = start
                pending += [int(other) for other in np.flatnonzero(bound[node]) if component[other] < 0]
    return component


def dependences(labels: Sequence[Labels], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, n) total variation between the joint distribution of each two labels and the product of their marginals, 0 to 1.

    `labels` are n arrays (worlds,) of small integers, `weights` (worlds,) sum to one. The diagonal means nothing.
    """
    if not labels:
        return np.zeros((0, 0))
    widths = [int(label.max()) + 1 for label in labels]
    starts = np.concatenate(([0], np.cumsum(widths)[:-1]))
    chosen = np.zeros((len(weights), sum(widths)))
    rows = np.arange(len(weights))
    for start, label in zip(starts, labels, strict=True):
        chosen[rows, start + label] = 1.0
    weighted = chosen * weights[:, None]
    joint = np.einsum("wi,wj->ij", chosen, weighted)  # not BLAS: its threads cost more than so small a product
    marginal = weighted.sum(axis=0)
    gaps = np.abs(joint - np.outer(marginal, marginal))
    return np.asarray(0.5 * np.add.reduceat(np.add.reduceat(gaps, starts, axis=0), starts, axis=1))


def _part(
    group: Group, cluster: Sequence[Name], labels: dict[Name, Labels], weights: NDArray[np.float64], memories: list[Memory]
) -> Group:
    """The marginal over one cluster: worlds that agree on it become one, told as the likeliest of them tells it."""
    fate = _labels(list(zip(*(labels[name].tolist() for name in cluster), strict=True)))
    shares = np.bincount(fate, weights)
    order = np.lexsort((np.arange(len(weights)), -weights))
    tellers = {int(fate[number]): number for number in reversed(order.tolist())}
    names = _Names.of(cluster)
    about = _about([memories[number] for number in tellers.values()], names.lines)
    worlds = [
        _marginal(group.worlds[number], math.log(max(shares[label], 1e-300)), names, about, memories[number])
        for label, number in sorted(tellers.items())
    ]
    part = Group([], dict(group.losses), group.worlds_max)
    part.settle(worlds)
    return part


@dataclass(frozen=True, slots=True)
class _Names:
    """The things of one cluster by their kind."""

    lines: frozenset[Atom]
    tracks: frozenset[str]
    shelves: frozenset[str]

    @staticmethod
    def of(cluster: Sequence[Name]) -> _Names:
        """The things of this cluster."""
        lines = frozenset((name[1], name[2]) for name in cluster if name[0] == "line")
        tracks, shelves = (frozenset(name[1] for name in cluster if name[0] == kind) for kind in ("track", "shelf"))
        return _Names(lines, tracks, shelves)


def _about(memories: Iterable[Memory], lines: frozenset[Atom]) -> set[str]:
    """The interactions that in any world touched one of these lines."""
    return {
        happening.interaction
        for memory in memories
        for happening in memory
        for effect in happening.effects
        if (effect.party, effect.sku) in lines
    }


def _marginal(world: World, log_weight: float, names: _Names, about: set[str], memory: Memory) -> World:
    trail: Trail | None = None
    for happening in memory:
        if happening.interaction in about:
            trail = Trail(happening, trail)
    return World(
        log_weight,
        {atom: count for atom, count in world.counts.items() if atom in names.lines},
        {track: party for track, party in world.who.items() if track in names.tracks} if world.who else {},
        tuple(stray for stray in world.strays if stray.shelf in names.shelves),
        tuple(load for load in world.passing if load.shelf in names.shelves),
        trail,
    )
