"""Which plates claim the same space: oriented boxes compared by the separating axis theorem (Gottschalk 1996)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saunter.base.geometry import Array
from saunter.plan.types import Plate

#: Plates may touch, and plans are drawn to the millimetre: so much overlap is none.
_TOUCH_M: Final = 0.002
#: A plate is taken to be a centimetre thick.
_THICK_M: Final = 0.01
_PARALLEL: Final = 1e-6


def overlapping_plates(plates: Sequence[Plate]) -> list[tuple[int, int]]:
    """Pairs of positions in `plates` (first < second, sorted) whose plates overlap by more than two millimetres."""
    if len(plates) < 2:
        return []
    rotations = np.array([plate.frame.rotation for plate in plates])
    halves = np.maximum(np.array([[plate.width_m, plate.depth_m, _THICK_M] for plate in plates]) / 2 - _TOUCH_M / 2, 1e-6)
    sizes = np.array([[plate.width_m, plate.depth_m, _THICK_M] for plate in plates])
    centres = np.array([plate.frame.translation for plate in plates]) + np.einsum("nij,nj->ni", rotations, sizes / 2)
    reach = np.einsum("nij,nj->ni", np.abs(rotations), halves)
    found: list[tuple[int, int]] = []
    for first, others in _near(centres - reach, centres + reach):
        hit = others[_meet(first, others, centres, rotations, halves)]
        found.extend((min(first, int(other)), max(first, int(other))) for other in hit)
    return sorted(found)


def _near(low: Array, high: Array) -> list[tuple[int, NDArray[np.intp]]]:
    """For each plate the later ones along a sweep whose upright bounding boxes meet its own."""
    axis = int(np.argmax(np.ptp(low, axis=0)))
    order = np.argsort(low[:, axis], kind="stable")
    low, high = low[order], high[order]
    ends = np.searchsorted(low[:, axis], high[:, axis], side="left")
    pairs: list[tuple[int, NDArray[np.intp]]] = []
    for position, end in enumerate(ends):
        rivals = slice(position + 1, int(end))
        meets = np.all((low[rivals] < high[position]) & (high[rivals] > low[position]), axis=1)
        if meets.any():
            pairs.append((int(order[position]), order[rivals][meets]))
    return pairs


def _meet(first: int, others: NDArray[np.intp], centres: Array, rotations: Array, halves: Array) -> NDArray[np.bool_]:
    """Whether box `first` and each of the boxes `others` (n,) meet: no axis separates them."""
    own, their = rotations[first], rotations[others]
    offset = (centres[others] - centres[first]) @ own
    turn = np.einsum("ji,njk->nik", own, their)
    size = np.abs(turn) + _PARALLEL
    a, b = halves[first], halves[others]
    apart = np.any(np.abs(offset) > a + np.einsum("nik,nk->ni", size, b), axis=1)
    apart |= np.any(np.abs(np.einsum("nik,ni->nk", turn, offset)) > np.einsum("nik,i->nk", size, a) + b, axis=1)
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        for m in range(3):
            p, q = (m + 1) % 3, (m + 2) % 3
            distance = np.abs(offset[:, k] * turn[:, j, m] - offset[:, j] * turn[:, k, m])
            radius = a[j] * size[:, k, m] + a[k] * size[:, j, m] + b[:, p] * size[:, i, q] + b[:, q] * size[:, i, p]
            apart |= distance > radius
    return np.asarray(~apart)
