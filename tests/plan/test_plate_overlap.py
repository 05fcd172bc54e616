"""Whether two plates claim the same space, compared with a linear program that looks for a common point."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog

from saunter.base.geometry import Array, Transform, from_rodrigues
from saunter.plan import Plate
from saunter.plan.overlap import overlapping_plates

THICK_M, TOUCH_M = 0.01, 0.002
turns = st.tuples(*[st.one_of(st.sampled_from([0.0, np.pi / 2, np.pi / 4]), st.floats(-2.0, 2.0))] * 3)
places = st.tuples(*[st.floats(-0.4, 0.4)] * 3)


def plate(name: str, frame: Transform, width_m: float, depth_m: float) -> Plate:
    return Plate(name, "shelf", "fixture", frame, width_m, depth_m, 0.3, 0.0)


def walls(plate_: Plate) -> tuple[Array, Array]:
    """The six half spaces `normals @ x <= limits` of the plate, shrunk by what counts as touching."""
    sizes = np.array([plate_.width_m, plate_.depth_m, THICK_M])
    normals = np.vstack([plate_.frame.rotation.T, -plate_.frame.rotation.T])
    start = plate_.frame.rotation.T @ plate_.frame.translation
    return normals, np.concatenate([start + sizes, -start]) - TOUCH_M / 2


def depth_of_overlap(first: Plate, second: Plate) -> float:
    """How far the walls of both could be moved inwards until no point is common; negative when none is."""
    normals, limits = (np.concatenate(parts) for parts in zip(walls(first), walls(second), strict=True))
    found = linprog([0, 0, 0, -1], A_ub=np.column_stack([normals, np.ones(12)]), b_ub=limits, bounds=[(None, None)] * 4)
    return float(found.x[3])


@given(turns, turns, places, st.sampled_from([0.1, 0.5]), st.sampled_from([0.02, 0.4]))
def test_two_plates_overlap_exactly_when_they_have_a_common_point(
    turn: tuple[float, float, float],
    other_turn: tuple[float, float, float],
    place: tuple[float, float, float],
    width_m: float,
    depth_m: float,
) -> None:
    first = plate("a", from_rodrigues(turn, (0.0, 0.0, 0.0)), 0.4, 0.3)
    second = plate("b", from_rodrigues(other_turn, place), width_m, depth_m)
    depth_m = depth_of_overlap(first, second)
    assume(abs(depth_m) > 1e-5)
    assert overlapping_plates([first, second]) == ([(0, 1)] if depth_m > 0 else [])
    assert overlapping_plates([second, first]) == ([(0, 1)] if depth_m > 0 else [])


def test_tipped_plates_whose_edges_pass_each_other_closely_are_judged_rightly() -> None:
    rng = np.random.default_rng(7)
    missed = 0
    for _ in range(400):
        first = plate("a", from_rodrigues(tuple(rng.uniform(-2, 2, 3)), (0.0, 0.0, 0.0)), 0.4, 0.3)
        second = plate("b", from_rodrigues(tuple(rng.uniform(-2, 2, 3)), tuple(rng.uniform(-0.3, 0.3, 3))), 0.5, 0.4)
        depth_m = depth_of_overlap(first, second)
        if abs(depth_m) > 1e-5:
            assert overlapping_plates([first, second]) == ([(0, 1)] if depth_m > 0 else [])
            missed += depth_m < 0
    assert 50 < missed < 350, "both outcomes were tried"
