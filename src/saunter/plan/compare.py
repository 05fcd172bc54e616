"""Whether two plans are the same shop."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from saunter.plan.types import Plan

#: Lengths and rotation entries that differ by less are the same: a nanometre is noise of arithmetic.
TOLERANCE: Final = 1e-8


def plan_differences(first: Plan, second: Plan) -> tuple[str, ...]:
    """Where two plans differ, as paths such as `plates.g1s1p3.width_m: 0.1, 0.2`; empty when they are the same shop.

    Floats may differ by `TOLERANCE`; the order of mappings does not matter, that of lists (plates of a shelf) does.
    """
    return tuple(_differences("", first, second))


def _differences(path: str, first: object, second: object) -> Iterator[str]:
    if isinstance(first, float) and isinstance(second, float | int):
        same = abs(first - second) <= TOLERANCE
    elif isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        same = first.shape == second.shape and bool(np.all(np.abs(first - second) <= TOLERANCE))
    elif type(first) is not type(second):
        same = False
    elif dataclasses.is_dataclass(first):
        for entry in dataclasses.fields(first):
            yield from _differences(f"{path}.{entry.name}".lstrip("."), getattr(first, entry.name), getattr(second, entry.name))
        return
    elif isinstance(first, Mapping) and isinstance(second, Mapping):
        for key in [*first, *(key for key in second if key not in first)]:
            yield from _differences(f"{path}.{key}", first.get(key), second.get(key))
        return
    elif isinstance(first, tuple) and isinstance(second, tuple) and len(first) == len(second):
        for position, (one, other) in enumerate(zip(first, second, strict=True)):
            yield from _differences(f"{path}[{position}]", one, other)
        return
    else:
        same = first == second
    if not same:
        yield f"{path}: {first}, {second}"
