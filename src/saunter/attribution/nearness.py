"""Who was near a movement, as it is told: for people to read, and to share out touches that changed no cart."""

from __future__ import annotations

import math
from collections.abc import Mapping

from saunter.attribution import constants as c
from saunter.attribution.branching import Setting
from saunter.attribution.reach import Reach
from saunter.attribution.worlds import Group
from saunter.base.ids import NOBODY
from saunter.records import Approach, Interaction


def touching(group: Group, setting: Setting) -> dict[str, float]:
    """Who may have touched when no cart changed: by reach, against nobody."""
    best = group.worlds[0]
    ratio = {party: math.exp(value) for party, value in setting.unplaced.items()}
    for track, value in setting.tracks.items():
        party = best.who.get(track) or setting.loose.get(track)
        if party is not None and party not in setting.gone:
            ratio[party] = max(math.exp(value), ratio.get(party, 0.0))
    count = max(setting.present, 1)
    weights = {party: (1 - c.NOBODY_TOUCHES) * value / count for party, value in ratio.items()}
    weights[NOBODY] = c.NOBODY_TOUCHES
    total = sum(weights.values())
    return {party: weight / total for party, weight in weights.items()}


def near_by(group: Group, reaches: Mapping[str, Reach], setting: Setting) -> tuple[Approach, ...]:
    """Who was near by the likeliest world, nearest first; then those of whom nobody knows where they were."""
    best = group.worlds[0]
    found = []
    for track, reach in reaches.items():
        party = best.who.get(track) or setting.loose.get(track)
        if party is not None and party not in setting.gone and reach.log_ratio > math.log(0.05):
            found.append(Approach(party=party, by=reach.by, distance_m=round(reach.distance_m, 3)))
    found += [Approach(party=party, by="position unknown", distance_m=-1.0) for party in sorted(setting.unplaced)]
    return tuple(sorted(found, key=lambda item: (item.distance_m < 0, abs(item.distance_m), item.party)))


def doubts_about(interaction: Interaction, near: tuple[Approach, ...], joins: tuple[str, ...]) -> tuple[str, ...]:
    """What was hard about it, in words; `joins` are the earlier movements that its likeliest explanation takes in."""
    found = [f"plate {plate} was dead, frozen or unsettled" for plate in interaction.doubtful]
    if not near:
        found.append("nobody was seen in reach")
    elif near[0].by == "unseen":
        found.append("nobody was in view at that moment; the nearest was seen shortly before or after")
    reached = [item.party for item in near if item.by == "wrist" and item.distance_m < 0.3]
    if len(set(reached)) > 1:
        found.append(f"the hands of {' and '.join(sorted(set(reached)))} were all near")
    if len(interaction.spans) > 1 and not joins:
        found.append("it may be one movement with what happened there just before")
    return tuple(found)
