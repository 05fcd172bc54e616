"""A fitted calibration as a small JSON file: what it says, and from which worlds it was learned."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from saunter.base.calibration import IDENTITY, Calibration
from saunter.base.errors import InputProblems, Problem

_MAKE_ONE: Final = "make one with: saunter bench calibration -o FILE"

Count = Annotated[int, msgspec.Meta(ge=0)]


class FittedCalibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How sure the belief should be, and where that is known from.

    `slope` and `offset` (nats) as in `base.calibration`. `verdict_labels` and `audit_labels` count what was learned from.
    They came from worlds of these `seeds` of a `suite`, played at this `commit` (empty: not known).
    """

    schema: Literal[1] = 1
    slope: Annotated[float, msgspec.Meta(gt=0)]
    offset: float
    verdict_labels: Count
    audit_labels: Count
    suite: str
    seeds: tuple[int, ...]
    commit: str = ""

    @property
    def calibration(self) -> Calibration:
        """The map itself."""
        return Calibration(self.slope, self.offset)


def read_calibration(file: Path) -> FittedCalibration:
    """The calibration of a file; raises InputProblems when it holds none, OSError when it cannot be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=FittedCalibration)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputProblems([Problem(str(file), 0, f"this is no calibration: {error}", _MAKE_ONE)]) from None


def calibration_of(fitted: FittedCalibration | None) -> Calibration:
    """The map to apply; without a file what the belief says is believed."""
    return IDENTITY if fitted is None else fitted.calibration


def check_other_seeds(fitted: FittedCalibration | None, seeds: Iterable[int]) -> None:
    """Raise InputProblems when worlds are to be judged from which the calibration was learned."""
    shared = sorted(set(fitted.seeds).intersection(seeds)) if fitted else []
    if shared:
        what = f"it was learned from seeds {', '.join(map(str, shared))}, which are to be played"
        remedy = "calibrate on other seeds, or play others with --first-seed"
        raise InputProblems([Problem("--calibration", 0, what, remedy)])
