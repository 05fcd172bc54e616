"""Simple step detection: a plate has come to rest when half a second of it stays within its own noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saunter.apps.accuracy.baselines.movements import Movement
from saunter.base.time import MILLISECOND, SECOND
from saunter.plan import Plan
from saunter.records import WeightBlock

Floats = NDArray[np.float64]

#: Weights are averaged over cells of this length: six samples at 60 Hz, short against a lift (0.1 to 1.2 s).
CELL: Final = 100 * MILLISECOND
#: A plate rests when this many cells stay within its limit (half a second: a hand that holds still longer is rare).
REST_CELLS: Final = 5
#: The limit: this many grams at least (a few quanta of 0.241 g, and the ringing of a shelf), and this many times the plate's
#: usual change from cell to cell, over so many cells (five seconds).
REST_G: Final = 4.0
REST_NOISES: Final = 6.0
NOISE_CELLS: Final = 50
#: The usual change is worked out anew every so many cells (once a second): it is a slow thing.
NOISE_EVERY: Final = 10
#: The smallest step that counts: a little below half of the lightest goods of a convenience shop (a chocolate bar, 25 g).
STEP_G: Final = 10.0
#: Plates beside each other that came to rest within this time of each other felt the same movement.
TOGETHER: Final = SECOND


@dataclass
class _Plates:
    """The running state of one stream's plates, all arrays (plates,): level at rest, where and when it was left."""

    names: tuple[str, ...]
    cell: int
    total: Floats
    samples: Floats
    recent: Floats  # (NOISE_CELLS, plates), a ring: cell number `cells` goes to that row modulo NOISE_CELLS
    level: Floats
    quickest_g: Floats
    quickest_at: NDArray[np.int64]
    usual: Floats
    cells: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    plate: str
    delta_g: float
    at: int
    rested: int


class StepDetector:
    """Finds every plate's steps and joins those of neighbours that fell together into one movement."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._order = {plate: place for shelf in plan.shelves.values() for place, plate in enumerate(shelf.plates)}
        self._streams: dict[str, _Plates] = {}
        self._open: dict[str, list[_Step]] = {}

    def weigh(self, block: WeightBlock) -> list[Movement]:
        """The movements that are complete by the end of this block."""
        state = self._streams.get(block.envelope.stream)
        if state is None or state.names != block.plates:
            state = self._streams[block.envelope.stream] = _fresh(block)
        cells = block.times // CELL
        for cell in sorted(set(cells.tolist())):
            if cell > state.cell:
                self._end_cell(state)
                state.cell = cell
            rows = block.grams[cells == cell].astype(np.float64)
            missing = np.isnan(rows)
            state.total += np.where(missing, 0.0, rows).sum(axis=0)
            state.samples += len(rows) - missing.sum(axis=0)
        return self._complete(state.cell * CELL, block.plates) if self._open else []

    def _end_cell(self, state: _Plates) -> None:
        """A cell is full: its mean joins the recent ones, and plates that came to rest elsewhere have made a step."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = state.total / state.samples
        change = np.abs(mean - state.recent[state.cells % NOISE_CELLS - 1])
        quicker = np.where(np.isnan(change), 0.0, change) > state.quickest_g
        state.quickest_g = np.where(quicker, change, state.quickest_g)
        state.quickest_at = np.where(quicker, state.cell * CELL, state.quickest_at)
        state.recent[state.cells % NOISE_CELLS] = mean
        state.cells += 1
        state.total[:], state.samples[:] = 0.0, 0.0
        self._rest(state)

    def _rest(self, state: _Plates) -> None:
        newest = state.cells % NOISE_CELLS
        last = state.recent[np.arange(newest - REST_CELLS, newest)]
        missing = np.isnan(last)
        seen = ~missing.any(axis=0)
        if state.cells % NOISE_EVERY == 0:
            state.usual = _median_change(np.roll(state.recent, -newest, axis=0))
        limit = np.maximum(REST_G, REST_NOISES * state.usual)
        known = np.where(missing, 0.0, last)
        resting = seen & (known.max(axis=0) - known.min(axis=0) <= limit)
        level = np.where(seen, known.sum(axis=0) / REST_CELLS, np.nan)
        step = level - state.level
        first = resting & np.isnan(state.level)
        for index in np.flatnonzero(resting & ~first & (np.abs(step) > np.maximum(STEP_G, limit))).tolist():
            made = _Step(state.names[index], float(step[index]), int(state.quickest_at[index]), state.cell * CELL)
            if made.plate in self._plan.plates:
                self._open.setdefault(self._plan.plates[made.plate].shelf, []).append(made)
        state.level = np.where(resting, level, state.level)
        state.quickest_g = np.where(resting, 0.0, state.quickest_g)

    def _complete(self, now: int, plates: tuple[str, ...]) -> list[Movement]:
        """Groups of steps to which no further one can belong any more."""
        found: list[Movement] = []
        for shelf in dict.fromkeys(self._plan.plates[plate].shelf for plate in plates if plate in self._plan.plates):
            steps = self._open.get(shelf, [])
            if steps and now - max(step.rested for step in steps) > TOGETHER:
                found += [_movement(shelf, group) for group in self._groups(steps)]
                del self._open[shelf]
        return found

    def _groups(self, steps: list[_Step]) -> list[list[_Step]]:
        """Steps of one shelf, joined where plates are neighbours, rest together and go the same way."""
        groups: list[list[_Step]] = []
        for step in sorted(steps, key=lambda each: (self._order[each.plate], each.rested)):
            for group in groups:
                if any(self._belong(step, other) for other in group):
                    group.append(step)
                    break
            else:
                groups.append([step])
        return groups

    def _belong(self, one: _Step, other: _Step) -> bool:
        near = abs(self._order[one.plate] - self._order[other.plate]) == 1
        return near and abs(one.rested - other.rested) <= TOGETHER and (one.delta_g > 0) == (other.delta_g > 0)


def _fresh(block: WeightBlock) -> _Plates:
    count = len(block.plates)
    nothing, unknown = np.zeros(count), np.full(count, np.nan)
    recent = np.full((NOISE_CELLS, count), np.nan)
    first = int(block.times[0]) // CELL if len(block.times) else 0
    at = np.zeros(count, dtype=np.int64)
    return _Plates(block.plates, first, nothing.copy(), nothing.copy(), recent, unknown, nothing.copy(), at, nothing.copy())


def _median_change(recent: Floats) -> Floats:
    """Each plate's usual change from cell to cell: what lies below half of them, 0 where nothing is known."""
    changes = np.sort(np.abs(np.diff(recent, axis=0)), axis=0)  # NaN sorts last
    known = np.sum(~np.isnan(changes), axis=0)
    middle = changes[np.maximum(known // 2 - 1, 0), np.arange(recent.shape[1])]
    return np.where(known > 0, middle, 0.0)


def _movement(shelf: str, steps: list[_Step]) -> Movement:
    largest = max(steps, key=lambda step: abs(step.delta_g))
    return Movement(largest.at, shelf, tuple(step.plate for step in steps), tuple(step.delta_g for step in steps))
