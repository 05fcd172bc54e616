"""Doubts about places: what stands outside the floor, overlaps, lies out of reach or is seen by no camera."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from saunter.base.errors import Problem
from saunter.plan.files import STORE_FILE
from saunter.plan.overlap import overlapping_plates
from saunter.plan.polygons import outside_m
from saunter.plan.sight import CAMERA_RANGE_M, camera_views, plate_centres, unseen_fraction
from saunter.plan.types import Fixture, Plan, Shelf
from saunter.plan.words import counted, listed, metres

#: Highest grip of a small adult standing (5th percentile of women, about 1.85 m) and a little more on tiptoe.
REACH_HEIGHT_M: Final = 2.0
#: Plans are drawn to the centimetre; a fixture may stand so far into the wall.
_DRAWN_M: Final = 0.05
#: Beyond this a plate weighs its load only in part, and things slide off it.
_TILT_DEG_MAX: Final = 30.0
#: A camera that sees less of the floor than this is probably aimed or placed wrongly.
_SEEN_MIN: Final = 0.05
#: If so much of the floor is unseen, people are lost in it.
_UNSEEN_MAX: Final = 0.1


def place_warnings(plan: Plan) -> Iterator[Problem]:
    """Doubts about gates, fixtures, shelves, plates and cameras, in that order."""
    yield from _gates(plan)
    for fixture in plan.fixtures.values():
        yield from _fixture(plan, fixture)
    yield from _shelves(plan)
    yield from _overlaps(plan)
    yield from _cameras(plan)


def _warning(what: str, remedy: str) -> Problem:
    return Problem(STORE_FILE, 0, what, remedy)


def _gates(plan: Plan) -> Iterator[Problem]:
    kinds = {gate.kind for gate in plan.gates.values()}
    for way, verb in (("in", "enter"), ("out", "leave")):
        if not kinds & {way, "both"}:
            remedy = (
                f'add a [[gates]] table of kind "{way}" or "both"; without it a visit lasts from the first to the last sighting'
            )
            yield _warning(f"no gate lets people {verb}", remedy)


def _fixture(plan: Plan, fixture: Fixture) -> Iterator[Problem]:
    box = itertools.product((0.0, fixture.width_m), (0.0, fixture.depth_m), (0.0, fixture.height_m))
    corners = fixture.frame.apply(np.array(list(box)))
    away_m = max(outside_m(float(x), float(y), plan.floor_m) for x, y, _ in corners)
    if away_m > _DRAWN_M:
        remedy = "move or turn it, or correct the floor polygon"
        yield _warning(f"fixture {fixture.id} reaches {metres(away_m)} beyond the floor", remedy)
    lowest_m = float(corners[:, 2].min())
    if lowest_m < -_DRAWN_M:
        yield _warning(
            f"fixture {fixture.id} reaches {metres(-lowest_m)} below the floor", "raise its position_m or correct its rotation"
        )
    if not fixture.shelves:
        yield _warning(f"fixture {fixture.id} has no shelves", "add [[fixtures.shelves]] tables, or leave it as a mere obstacle")


def _shelves(plan: Plan) -> Iterator[Problem]:
    heights_m = dict(zip(plan.plates, plate_centres(plan)[:, 2].tolist(), strict=True))
    for shelf in plan.shelves.values():
        if not shelf.plates:
            yield _warning(
                f"shelf {shelf.id} has no plates: what is taken there is never noticed", "add plates, or remove the shelf"
            )
        yield from _reach(shelf, heights_m)
        yield from _tilt(plan, shelf)


def _reach(shelf: Shelf, heights_m: dict[str, float]) -> Iterator[Problem]:
    high = [plate for plate in shelf.plates if heights_m[plate] > REACH_HEIGHT_M]
    low = [plate for plate in shelf.plates if heights_m[plate] < -_DRAWN_M]
    if high:
        top_m = max(heights_m[plate] for plate in high)
        limit = f"above the {metres(REACH_HEIGHT_M)} that most people reach"
        what = f"shelf {shelf.id}: {listed(high)} up to {metres(top_m)} high, {limit}"
        yield _warning(what, "check position_m of the shelf and its fixture")
    if low:
        bottom_m = min(heights_m[plate] for plate in low)
        what = f"shelf {shelf.id}: {listed(low)} {metres(-bottom_m)} below the floor"
        yield _warning(what, "check position_m and rotation of the shelf and its fixture")


def _tilt(plan: Plan, shelf: Shelf) -> Iterator[Problem]:
    upright = [float(plan.plates[plate].frame.rotation[2, 2]) for plate in shelf.plates]
    tilt_deg = math.degrees(math.acos(max(-1.0, min([1.0, *upright]))))
    if tilt_deg > _TILT_DEG_MAX:
        what = f"shelf {shelf.id}: a plate is tilted by {tilt_deg:.0f} degrees and weighs its load only in part"
        yield _warning(what, "check rotation of the shelf and its fixture: it is in radians")


def _overlaps(plan: Plan) -> Iterator[Problem]:
    plates = list(plan.plates.values())
    pairs: dict[tuple[str, str], list[str]] = {}
    for first, second in overlapping_plates(plates):
        one, other = plates[first], plates[second]
        pairs.setdefault((one.shelf, other.shelf), []).append(f"{one.id} and {other.id}")
    for (one_shelf, other_shelf), overlaps in pairs.items():
        where = f"on shelf {one_shelf}" if one_shelf == other_shelf else f"of the shelves {one_shelf} and {other_shelf}"
        remedy = "two plates cannot be in one place: check position_m and size_m"
        yield _warning(f"plates {where} overlap: {listed(overlaps)}", remedy)


def _cameras(plan: Plan) -> Iterator[Problem]:
    for view in camera_views(plan):
        if view.floor_fraction < _SEEN_MIN:
            seen = f"{view.floor_fraction:.0%} of the floor and {counted(view.plates, 'plate')}"
            what = f"camera {view.camera} sees {seen} within {metres(CAMERA_RANGE_M)}"
            yield _warning(what, "check its position_m, target_m and fov_deg")
    unseen = unseen_fraction(plan)
    if plan.cameras and unseen > _UNSEEN_MAX:
        yield _warning(
            f"no camera sees {unseen:.0%} of the floor", f"add or turn a camera; each sees {metres(CAMERA_RANGE_M)} far"
        )
