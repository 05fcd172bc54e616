"""What a group of worlds says when asked: who did an interaction and what it was, and what is in a cart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from saunter.attribution.worlds import Group, Happening, Trail, walk
from saunter.base.ids import NOBODY
from saunter.base.probability import DECIMALS, rounded
from saunter.records import Candidate, CartLine, Change, Share

#: Shares and candidates below this are not worth a line.
SHOWN_MIN = 5e-4
#: An interaction is a cause of a line when it carries at least this part of what its main cause carries.
CAUSE_PART = 0.01


@dataclass(frozen=True, slots=True)
class Word:
    """What one world says of interactions: its probability, and a happening for each it remembers."""

    weight: float
    happenings: Mapping[str, Happening]


def words_of(group: Group, newest_only: bool = False) -> list[Word]:
    """Every world's word on all interactions in its memory (or only on the newest): an earlier movement that a later
    one took in was a touch."""
    return [
        Word(weight, _remembered(world.trail, newest_only)) for weight, world in zip(group.weights(), group.worlds, strict=True)
    ]


def remembered(group: Group) -> set[str]:
    """The interactions that any world of the group remembers."""
    return {
        name for world in group.worlds for happening in walk(world.trail) for name in (happening.interaction, *happening.joins)
    }


def _remembered(trail: Trail | None, newest_only: bool) -> dict[str, Happening]:
    found: dict[str, Happening] = {}
    for happening in walk(trail):
        found.setdefault(happening.interaction, happening)
        for name in happening.joins:
            found.setdefault(name, Happening(name, "touched", (), (), (happening.interaction,)))
        if newest_only:
            break
    return found


def _about(words: Sequence[Word], interaction: str) -> list[tuple[float, Happening]]:
    return [(word.weight, word.happenings[interaction]) for word in words if interaction in word.happenings]


def candidates_of(words: Sequence[Word], interaction: str) -> tuple[Candidate, ...]:
    """Marginal over what happened; an explanation nobody shares is left out, probabilities sum to one."""
    weights: dict[tuple[str, tuple[tuple[str, int], ...]], float] = {}
    for weight, happening in _about(words, interaction):
        key = ("touched" if happening.action == "passing" else happening.action, happening.changes)
        weights[key] = weights.get(key, 0.0) + weight
    total = math.fsum(weights.values()) or 1.0
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Candidate(
            action=action,  # type: ignore[arg-type]
            changes=tuple(Change(sku=sku, quantity=count) for sku, count in changes),
            probability=rounded(weight / total),
        )
        for (action, changes), weight in ranked
        if weight / total >= SHOWN_MIN or weight == ranked[0][1]
    )


def joins_of(words: Sequence[Word], interaction: str, best: Candidate) -> tuple[str, ...]:
    """The earlier interactions that the likeliest explanation takes in, by most of the weight."""
    changes = tuple((change.sku, change.quantity) for change in best.changes)
    weights: dict[tuple[str, ...], float] = {}
    for weight, happening in _about(words, interaction):
        if happening.changes == changes:
            weights[happening.joins] = weights.get(happening.joins, 0.0) + weight
    return max(sorted(weights), key=lambda joins: weights[joins], default=())


def shares_of(words: Sequence[Word], interaction: str, touching: Mapping[str, float]) -> tuple[Share, ...]:
    """Marginal over who did it; where no cart changed, `touching` tells who was near. NOBODY is always there."""
    weights: dict[str, float] = {NOBODY: 0.0}
    for weight, happening in _about(words, interaction):
        pieces = sum(abs(effect.count) for effect in happening.effects)
        if pieces:
            for effect in happening.effects:
                weights[effect.party] = weights.get(effect.party, 0.0) + weight * abs(effect.count) / pieces
        elif happening.changes:
            weights[NOBODY] += weight
        else:
            for party, share in touching.items():
                weights[party] = weights.get(party, 0.0) + weight * share
    total = math.fsum(weights.values())
    if total <= 0:
        return (Share(party=NOBODY, probability=1.0),)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Share(party=party, probability=rounded(weight / total))
        for party, weight in ranked
        if party == NOBODY or weight / total >= SHOWN_MIN
    )


def line_of(groups: Sequence[Group], party: str, sku: str) -> CartLine:
    """One cart line: P(at least k pieces), and the interactions behind it with the pieces each carries.

    What independent groups say of the line adds up: the distribution of the sum is the convolution of theirs.
    """
    about = [group for group in groups if (party, sku) in group.atoms()]
    chances = np.ones(1)
    for group in about:
        counts = np.array([world.counts.get((party, sku), 0) for world in group.worlds])
        chances = np.convolve(chances, np.bincount(counts, group.weights()))
    at_least = np.cumsum(chances[::-1])[::-1][1:]
    carried = _carried(about, party, sku)
    largest = max((abs(share) for share in carried.values()), default=0.0)
    causes = [(name, share) for name, share in carried.items() if abs(share) >= CAUSE_PART * largest]
    return CartLine(
        sku=sku,
        at_least=tuple(rounded(float(value)) for value in at_least if value >= 0.5 * 10**-DECIMALS),
        because=tuple(name for name, _ in causes),
        cause_shares=tuple(round(share, 6) for _, share in causes),
    )


def _carried(groups: Sequence[Group], party: str, sku: str) -> dict[str, float]:
    """Expected pieces that each interaction brought into the line, oldest first; an interaction that two groups remember
    counts by the one that says more of it."""
    found: dict[str, float] = {}
    for group in groups:
        here: dict[str, float] = {}
        for weight, world in zip(group.weights(), group.worlds, strict=True):
            for name, pieces in _brought(world.trail, party, sku).items():
                here[name] = here.get(name, 0.0) + weight * pieces
        for name, share in here.items():
            if abs(share) > abs(found.get(name, 0.0)):
                found[name] = share
    return dict(sorted(found.items(), key=lambda item: age(item[0])))


def _brought(trail: Trail | None, party: str, sku: str) -> dict[str, int]:
    """By interaction, the pieces that one world says it brought; each interaction counts once."""
    found: dict[str, int] = {}
    for happening in walk(trail):
        pieces = sum(effect.count for effect in happening.effects if (effect.party, effect.sku) == (party, sku))
        for name in (*happening.joins, happening.interaction):
            if pieces:
                found.setdefault(name, pieces)
    return found


def age(name: str) -> tuple[str, int, str]:
    """Sorts what happened by stream (shelves before floors), the oldest first."""
    stream, _, number = name.rpartition(":")
    return stream, int(number) if number.isdigit() else 0, name
