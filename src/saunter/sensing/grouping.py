"""Steps of neighbouring plates that moved together become one step of the shelf, with what the plates beside it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saunter.base.time import SECOND
from saunter.sensing import constants as c
from saunter.sensing.segmentation import PlateStep


@dataclass(frozen=True, slots=True)
class Group:
    """Plate steps that are one movement; `members` sorted by plate."""

    members: tuple[PlateStep, ...]

    @property
    def started(self) -> int:
        """The last cell on which every member was still on its old level."""
        return min(step.started for step in self.members)

    @property
    def settled(self) -> int:
        """The first cell on which every member is on its new level."""
        return max(step.settled for step in self.members)

    @property
    def crossed(self) -> int:
        """When the largest member had done half of its change."""
        return max(self.members, key=lambda step: (abs(step.delta_g), -step.plate)).crossed


def together(one: PlateStep, other: PlateStep, places: Sequence[int]) -> bool:
    """Whether two plate steps belong to one movement: near on the board, and changing at the same time."""
    distance = abs(places[one.plate] - places[other.plate])
    if one.plate == other.plate or distance > c.NEIGHBOURS:
        return False
    apart = abs(one.crossed - other.crossed) * c.CELL
    if apart <= c.TOGETHER or (distance == 1 and one.delta_g * other.delta_g > 0 and apart <= c.BESIDE):
        return True
    overlap = max(one.started, other.started) <= min(one.settled, other.settled)
    return overlap and apart <= 2 * SECOND


def groups(steps: Sequence[PlateStep], places: Sequence[int]) -> list[Group]:
    """Partition the steps of one shelf into movements; two steps of one plate never share a group.

    `places` maps a plate's number to its place along the shelf. The largest changes come first, so that what bends along
    follows the goods and not the reverse. Sorted by time.
    """
    remaining = sorted(steps, key=lambda step: (-abs(step.delta_g), step.crossed, step.plate))
    found: list[list[PlateStep]] = []
    for step in remaining:
        home = _home(step, found, places)
        if home is None:
            found.append([step])
        else:
            home.append(step)
    made = [Group(tuple(sorted(members, key=lambda step: step.plate))) for members in found]
    return sorted(made, key=lambda group: (group.crossed, group.members[0].plate))


def _home(step: PlateStep, found: list[list[PlateStep]], places: Sequence[int]) -> list[PlateStep] | None:
    """The group nearest in time to which this step belongs: it moved with a member, and its plate is not in there yet."""
    fitting = [
        (min(abs(step.crossed - member.crossed) for member in members), number)
        for number, members in enumerate(found)
        if all(member.plate != step.plate for member in members) and any(together(step, member, places) for member in members)
    ]
    return found[min(fitting)[1]] if fitting else None
