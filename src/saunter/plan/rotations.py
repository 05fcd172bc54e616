"""Rotation matrices written down for people: a heading about the vertical where that is all, else a Rodrigues vector."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from saunter.base.geometry import Array, Transform, from_rodrigues

#: Decimals of a heading in degrees, of a relative position in metres, and of a Rodrigues vector in radians: far below
#: anything measurable, far above floating-point noise, so that writing what was read gives the same text.
HEADING_DECIMALS: Final = 10
POSITION_DECIMALS: Final = 10
ROTATION_DECIMALS: Final = 12
_LEVEL: Final = 1e-12
_EXACT: Final = 1e-6


def relative(child: Transform, parent: Transform) -> Transform:
    """The child's frame as seen from the parent, both given in the shop frame."""
    back = parent.rotation.T
    return Transform(back @ child.rotation, back @ (child.translation - parent.translation))


def heading_of(rotation: Array) -> float | None:
    """The heading in degrees in (-180, 180] of a rotation (3, 3) about the vertical alone; None for any other rotation."""
    tilt = max(abs(rotation[2, 0]), abs(rotation[2, 1]), abs(rotation[0, 2]), abs(rotation[1, 2]))
    if tilt > _LEVEL or rotation[2, 2] < 0:
        return None
    degrees = round(math.degrees(math.atan2(rotation[1, 0], rotation[0, 0])), HEADING_DECIMALS)
    return 180.0 if degrees == -180.0 else degrees + 0.0


def rodrigues_of(rotation: Array) -> tuple[float, float, float]:
    """The Rodrigues vector (axis times angle in [0, pi] radians) of a rotation (3, 3), by way of its unit quaternion.

    Shepperd's choice of the largest component keeps it exact near half turns. Raises ValueError when the matrix is not
    a rotation.
    """
    w, axis = _quaternion(rotation)
    sine = float(np.linalg.norm(axis))
    vector = axis * (2.0 * math.atan2(sine, w) / sine) if sine > 0 else axis
    rounded = tuple(round(float(value), ROTATION_DECIMALS) + 0.0 for value in vector)
    written = (rounded[0], rounded[1], rounded[2])
    if not np.allclose(from_rodrigues(written, (0.0, 0.0, 0.0)).rotation, rotation, rtol=0.0, atol=_EXACT):
        raise ValueError(f"not a rotation: {rotation.tolist()}")
    return written


def _quaternion(rotation: Array) -> tuple[float, Array]:
    """Scalar (>= 0) and vector part of the unit quaternion; of the two signs of a half turn the lexically larger axis."""
    trace = float(np.trace(rotation))
    squares = np.array([trace, rotation[0, 0], rotation[1, 1], rotation[2, 2]])
    largest = int(np.argmax(squares))
    quaternion = np.empty(4)
    if largest == 0:
        quaternion[0] = 1.0 + trace
        quaternion[1:] = _antisymmetric(rotation)
    else:
        i, j, k = largest - 1, largest % 3, (largest + 1) % 3
        quaternion[0] = rotation[k, j] - rotation[j, k]
        quaternion[1 + i] = 1.0 + 2.0 * rotation[i, i] - trace
        quaternion[1 + j] = rotation[i, j] + rotation[j, i]
        quaternion[1 + k] = rotation[i, k] + rotation[k, i]
    quaternion /= np.linalg.norm(quaternion)
    half_turn = abs(quaternion[0]) < _LEVEL
    leading = next((value for value in quaternion[1:] if abs(value) > _LEVEL), 1.0)
    if (quaternion[0] < 0 and not half_turn) or (half_turn and leading < 0):
        quaternion = -quaternion
    return max(float(quaternion[0]), 0.0), quaternion[1:]


def _antisymmetric(rotation: Array) -> Array:
    return np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
