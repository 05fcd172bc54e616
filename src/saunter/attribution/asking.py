"""What a person could be asked about a cart, what each answer would make of it, and what an answer does to the worlds.

Movements that may be one (a hold, a lift in two steps) are asked about together, as an **episode**: what did this shopper
take or put back there, all in all? The answers of an episode divide the worlds into parts that exclude each other.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

from saunter.attribution import constants as c
from saunter.attribution.reporting import age, line_of
from saunter.attribution.worlds import Group, Happening, Trail, World, walk
from saunter.base.probability import rounded
from saunter.records import Answer, Attribution, CartLine, Change, Choice, Doubt, Question, Verdict

#: What one party took (positive) or put back over an episode: pieces by product, sorted by product.
Net = tuple[tuple[str, int], ...]
Episode = tuple[str, ...]
_Action = Literal["taken", "put back", "nothing"]


def net_of(trail: Trail | None, episode: Collection[str], party: str) -> Net:
    """What one world says this party took or put back over an episode; empty: nothing."""
    found: dict[str, int] = {}
    for happening in _told_once(trail, episode):
        for effect in happening.effects:
            if effect.party == party:
                found[effect.sku] = found.get(effect.sku, 0) + effect.count
    return tuple(sorted((sku, count) for sku, count in found.items() if count))


def _told_once(trail: Trail | None, episode: Collection[str]) -> Iterator[Happening]:
    """What a world says of an episode: the newest word on each interaction, none on those that a later one took in."""
    known: set[str] = set()
    for happening in walk(trail):
        if happening.interaction in episode and happening.interaction not in known:
            known.update((happening.interaction, *happening.joins))
            yield happening


def episodes_of(groups: Sequence[Group], interactions: Sequence[str]) -> list[Episode]:
    """The episodes of these interactions, oldest first within each: those that any world joins belong together."""
    members = {name: {name} for name in interactions}
    for group in groups:
        for world in group.worlds:
            for happening in walk(world.trail):
                together = {happening.interaction, *happening.joins}
                if happening.joins and together & members.keys():
                    merged = together.union(*(members.get(name, {name}) for name in together))
                    members.update(dict.fromkeys(merged, merged))
    unique = {id(each): each for name in interactions for each in (members[name],)}
    return [tuple(sorted(each, key=age)) for each in unique.values()]


def doubts_of(
    groups: Sequence[Group], party: str, lines: Sequence[CartLine], told: Mapping[str, Attribution]
) -> list[tuple[Doubt, Episode]]:
    """The episodes that leave lines of this party's cart in doubt, those that say most first, and their interactions."""
    doubtful = [line for line in lines if any(c.DOUBT_MIN <= chance <= 1 - c.DOUBT_MIN for chance in line.at_least)]
    causes = list(dict.fromkeys(name for line in doubtful for name in line.because if name in told))
    found = []
    for episode in episodes_of(groups, causes):
        doubt = _doubt(groups, party, lines, [told[name] for name in episode if name in told], episode)
        if doubt is not None:
            found.append((doubt, episode))
    found.sort(key=lambda item: (item[0].answers[0].probability, item[0].interaction))
    return found[: c.DOUBTS_MAX]


def _doubt(
    groups: Sequence[Group], party: str, lines: Sequence[CartLine], told: Sequence[Attribution], episode: Episode
) -> Doubt | None:
    parts = [_parts(group, episode, party) for group in groups]
    chances = max(parts, key=len)
    likely = sorted((net for net, chance in chances.items() if chance >= c.ANSWER_MIN), key=lambda net: (-chances[net], net))
    if len(likely) < 2:
        return None
    total = math.fsum(chances[net] for net in likely[: c.ANSWERS_MAX])
    answers = tuple(_answer(groups, party, lines, episode, net, chances[net] / total) for net in likely[: c.ANSWERS_MAX])
    last = told[-1]
    return Doubt(
        interaction=last.interaction,
        shelf=last.shelf,
        plates=tuple(dict.fromkeys(plate for each in told for plate in each.plates)),
        started=min(each.started for each in told),
        settled=max(each.settled for each in told),
        answers=answers,
    )


def _parts(group: Group, episode: Episode, party: str) -> dict[Net, float]:
    """How likely each answer is by one group; a group that remembers nothing of it has one: nothing."""
    found: dict[Net, float] = {}
    for weight, world in zip(group.weights(), group.worlds, strict=True):
        net = net_of(world.trail, episode, party)
        found[net] = found.get(net, 0.0) + weight
    return found


def _answer(
    groups: Sequence[Group], party: str, lines: Sequence[CartLine], episode: Episode, net: Net, probability: float
) -> Answer:
    given = [_given(group, episode, party, net) for group in groups]
    skus = dict.fromkeys((*(line.sku for line in lines), *(sku for sku, _ in net)))
    known = {line.sku: line for line in lines}
    changed = tuple(line for sku in skus if _differs(line := line_of(given, party, sku), known.get(sku)))
    action, changes = _words(net)
    return Answer(party=party, action=action, changes=changes, probability=rounded(probability), lines=changed)


def _given(group: Group, episode: Episode, party: str, net: Net) -> Group:
    """The group if that were so; unchanged where none of its worlds says so (it knows nothing of the episode)."""
    kept = [world for world in group.worlds if net_of(world.trail, episode, party) == net]
    return Group(kept) if kept and len(kept) < len(group.worlds) else group


def _differs(line: CartLine, known: CartLine | None) -> bool:
    return line.at_least != (known.at_least if known else ())


def _words(net: Net) -> tuple[_Action, tuple[Change, ...]]:
    changes = tuple(Change(sku=sku, quantity=count) for sku, count in net)
    if not net:
        return "nothing", ()
    return ("put back" if all(count < 0 for _, count in net) else "taken"), changes


def judged(world: World, question: Question, episode: Episode, party: str, verdict: Verdict) -> World:
    """The world after a reviewer's verdict: one in REVIEWER_ERROR is wrong, whichever way."""
    if verdict.answer == "cannot tell":
        return world
    net = net_of(world.trail, episode, party)
    offered = [_net(choice) for choice in question.choices]
    right = net not in offered if verdict.answer == "none of these" else net == offered[verdict.choice - 1]
    return world.weighing(world.log_weight + math.log(1 - c.REVIEWER_ERROR if right else c.REVIEWER_ERROR))


def _net(choice: Choice) -> Net:
    return tuple(sorted((change.sku, change.quantity) for change in choice.changes))
