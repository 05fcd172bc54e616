"""Where products are meant to lie on their shelves, and who reached to which of them."""

from __future__ import annotations

from saunter.attribution import constants as c
from saunter.attribution.reach import Bodies
from saunter.plan import Plan
from saunter.records import Interaction

#: By product, the extents (metres along the shelf) of its facings on one shelf.
Homes = dict[str, list[tuple[float, float]]]


class Facings:
    """The facings of every shelf of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.homes = {shelf: _homes(plan, shelf) for shelf in plan.shelves}

    def reaches(self, interaction: Interaction, bodies: Bodies) -> dict[str, dict[str, float]]:
        """Where several products may have been taken at once: how well each track explains each of them in its own place."""
        plates = [self._plan.plates[plate] for plate in interaction.plates]
        moved = min(plate.along_m for plate in plates), max(plate.along_m + plate.width_m for plate in plates)
        homes = self.homes[interaction.shelf]
        found = {}
        for sku in _taken_with_others(interaction):
            stretches = [(max(left, moved[0]), min(right, moved[1])) for left, right in homes.get(sku, ())]
            reaches = [bodies.reach(interaction, stretch) for stretch in stretches if stretch[0] < stretch[1]]
            if reaches:
                found[sku] = {track: max(each[track].log_ratio for each in reaches) for track in reaches[0]}
        return found


def may_be_shared(interaction: Interaction) -> bool:
    """Whether it may have been several pieces, and so several hands."""
    candidates = [candidate for span in interaction.spans for candidate in span.candidates]
    return any(sum(change.quantity for change in each.changes) > 1 and each.probability >= c.SEVERAL_MIN for each in candidates)


def _taken_with_others(interaction: Interaction) -> list[str]:
    """The products that may have been taken in one moment with other products."""
    candidates = [candidate for span in interaction.spans for candidate in span.candidates]
    several = [each for each in candidates if len(each.changes) > 1 and each.probability >= c.SEVERAL_MIN]
    return sorted({change.sku for each in several for change in each.changes if change.quantity > 0})


def _homes(plan: Plan, shelf: str) -> Homes:
    found: Homes = {}
    for facing in plan.facings_by_shelf[shelf]:
        plates = [plan.plates[plate] for plate in facing.plates]
        found.setdefault(facing.sku, []).append((min(p.along_m for p in plates), max(p.along_m + p.width_m for p in plates)))
    return found
