"""The sensing room: weight blocks in, shelf steps and plate health out."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np

from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.records import Envelope, PlateHealth, ShelfStep, WeightBlock
from saunter.sensing import constants as c
from saunter.sensing.grid import CellGrid
from saunter.sensing.grouping import Group, groups
from saunter.sensing.health import LIVE, STATES, Health
from saunter.sensing.levels import Episode, Levels
from saunter.sensing.segmentation import PlateStep, steps

#: Cells before a disturbance that are looked at again to find its true beginning.
LOOK_BACK = 2 * c.CHUNK_CELLS
#: The deviation of a change that could not be measured, grams: it says nothing.
UNKNOWN_G = 1e3
STEPS, HEALTH = "sensing/steps", "sensing/health"


class SensingEngine:
    """Weights of all plates of a shop, cleaned into steps of shelves.

    `receive` takes weight blocks in order of time; `advance(to)` judges every chunk of 0.25 s that ended before `to` and
    for which all controllers have delivered (a stalled one is waited for one second).
    """

    def __init__(self, plan: Plan) -> None:
        self._store = plan.store
        self._plates = tuple(plan.plates)
        self._shelf = [plan.plates[plate].shelf for plate in self._plates]
        self._place = [0] * len(self._plates)
        self._of_shelf: Mapping[str, list[int]] = {}
        self._lay_out(plan)
        self._grid = CellGrid(self._plates)
        self._levels = Levels(len(self._plates))
        self._health = Health(len(self._plates))
        self._pending: dict[str, list[PlateStep]] = {}
        self._held: list[Episode] = []
        self._sequence = {STEPS: 0, HEALTH: 0}
        self._disturbed: dict[int, deque[tuple[int, int]]] = {}

    def _lay_out(self, plan: Plan) -> None:
        number = {plate: index for index, plate in enumerate(self._plates)}
        self._of_shelf = {shelf.id: [number[plate] for plate in shelf.plates] for shelf in plan.shelves.values()}
        for members in self._of_shelf.values():
            for place, plate in enumerate(members):
                self._place[plate] = place

    def receive(self, block: WeightBlock) -> None:
        """Take one block. Raises Refused, and stays unchanged, when no plate of it is in the plan or time runs ahead."""
        if not any(plate in self._number for plate in block.plates):
            raise Refused(f"{block.id}: none of its plates is in the plan; is this the plan of that shop?")
        self._grid.add(block)

    @property
    def _number(self) -> Mapping[str, int]:
        return self._grid.index

    @property
    def late_samples(self) -> int:
        """How many samples came after their moment had been judged, and were left out."""
        return self._grid.late_samples

    def unsettled_since(self) -> int | None:
        """When the oldest disturbance that is still running began (ns), or None: what is not yet said may lie after it."""
        opened = self._levels.opened
        cells = [int(opened[opened >= 0].min())] if (opened >= 0).any() else []
        cells += [step.started for pending in self._pending.values() for step in pending]
        cells += [episode.first for episode in self._held]
        return min(cells) * c.CELL if cells else None

    def advance(self, to: int) -> list[ShelfStep | PlateHealth]:
        """Everything that is certain enough to say at instant `to`, in order of time."""
        said: list[ShelfStep | PlateHealth] = []
        next_cell = self._grid.next_cell
        if next_cell is None:
            return said
        if to - next_cell * c.CELL > 60 * SECOND:
            self._grid.skip_to((to - 20 * SECOND) // c.CHUNK * c.CHUNK_CELLS)
        reached = self._grid.reached(to - c.SILENT)
        until = to - min(self._grid.delay(), c.STALL)
        if reached is None or reached < until:
            until = max((reached or 0) - c.CELL, to - c.STALL)
        while (self._grid.next_cell or 0) + c.CHUNK_CELLS <= until // c.CELL:
            said.extend(self._chunk(to))
        return said

    def _chunk(self, to: int) -> list[ShelfStep | PlateHealth]:
        first = self._grid.next_cell or 0
        width = c.CHUNK_CELLS - first % c.CHUNK_CELLS
        cells = self._grid.take(width)
        if width < c.CHUNK_CELLS:
            return []
        said: list[ShelfStep | PlateHealth] = [self._name(int(plate), first, to) for plate in self._health.advance(cells)]
        muted = self._health.state != LIVE
        self._held.extend(self._levels.advance(cells, first, muted))
        self._levels.hold(muted)
        self._split()
        for shelf in sorted(self._pending):
            said.extend(self._release(shelf, to))
        return said

    def _name(self, plate: int, cell: int, to: int) -> PlateHealth:
        state = STATES[self._health.state[plate]]
        text = (
            ""
            if state == "live"
            else f"plate {self._plates[plate]} is {state}: check its cable and controller; takes there are in doubt"
        )
        envelope = self._envelope(HEALTH, cell * c.CELL, to, ())
        return PlateHealth(envelope=envelope, plate=self._plates[plate], state=state, text=text)

    def _split(self) -> None:
        """Turn ended disturbances into plate steps, except where the plate stands so still that it may be dying."""
        suspicious, dead = self._health.suspicious, self._health.state != LIVE
        waiting: list[Episode] = []
        for episode in self._held:
            if dead[episode.plate]:
                self._levels.level[episode.plate] = episode.before_g
            elif suspicious[episode.plate]:
                waiting.append(episode)
            else:
                found = self._steps_of(episode)
                self._pending.setdefault(self._shelf[episode.plate], []).extend(found)
                self._disturbed.setdefault(episode.plate, deque(maxlen=8)).append((episode.first, episode.last))
        self._held = waiting

    def _steps_of(self, episode: Episode) -> list[PlateStep]:
        first = max(episode.first - LOOK_BACK, (self._grid.next_cell or 0) - c.HISTORY_CELLS // 2, self._well_since(episode))
        signal = self._grid.look(first, episode.last)[:, episode.plate]
        signal = signal[~np.isnan(signal)]
        noise = max(episode.noise_g, float(signal[-4 * c.CHUNK_CELLS :].std())) if episode.cut else episode.noise_g
        return steps(signal, first, episode.plate, episode.before_g, episode.after_g, noise)

    def _well_since(self, episode: Episode) -> int:
        """The cell in which a plate recovered just before or during a disturbance: what it showed before means nothing."""
        origin = (self._grid.next_cell or 0) - self._health.cells
        illness = self._health.illness(episode.plate, episode.first - LOOK_BACK - origin, episode.last - origin)
        return origin + illness[1] if illness else 0

    def _release(self, shelf: str, to: int) -> list[ShelfStep]:
        """Say the movements of a shelf whose neighbourhood has come to rest; the rest stays pending."""
        pending = self._pending[shelf]
        if not pending:
            del self._pending[shelf]
            return []
        said: list[ShelfStep] = []
        kept: list[PlateStep] = []
        for group in groups(pending, self._place):
            if self._disturbed_beside(group, shelf):
                kept.extend(group.members)
            else:
                said.append(self._say(group, shelf, to))
        self._pending[shelf] = kept
        return said

    def _disturbed_beside(self, group: Group, shelf: str) -> bool:
        opened = self._levels.opened
        held = {episode.plate: episode.first for episode in self._held}
        for plate in self._around(group, shelf):
            since = held.get(plate, int(opened[plate]))
            if 0 <= since <= group.settled + c.TOGETHER // c.CELL:
                return True
        return False

    def _around(self, group: Group, shelf: str) -> list[int]:
        places = {self._place[step.plate] for step in group.members}
        low, high = min(places) - c.NEIGHBOURS, max(places) + c.NEIGHBOURS
        return [plate for plate in self._of_shelf[shelf] if low <= self._place[plate] <= high]

    def _say(self, group: Group, shelf: str, to: int) -> ShelfStep:
        members = {step.plate: step for step in group.members}
        around = self._around(group, shelf)
        changes = [(members[p].delta_g, members[p].sd_g) if p in members else self._beside(p, group) for p in around]
        bad = tuple(self._plates[p] for p in around if self._health.state[p] != LIVE)
        recovered = self._since_illness(members, group)
        return ShelfStep(
            envelope=self._envelope(STEPS, group.crossed * c.CELL, to, ()),
            shelf=shelf,
            plates=tuple(self._plates[p] for p in around),
            delta_g=tuple(round(delta, 3) for delta, _ in changes),
            sd_g=tuple(round(sd, 3) for _, sd in changes),
            started=min((group.started, *recovered.values())) * c.CELL,
            settled=group.settled * c.CELL,
            peak_g=round(max(step.peak_g for step in group.members), 1),
            doubtful=(*bad, *(self._plates[p] for p in recovered)),
        )

    def _since_illness(self, members: Mapping[int, PlateStep], group: Group) -> dict[int, int]:
        """Members that were frozen or silent until this change: it may have happened any time since they were last well."""
        origin = (self._grid.next_cell or 0) - self._health.cells
        first, last = group.started - 2 * LOOK_BACK - origin, group.settled + LOOK_BACK - origin
        found = {plate: self._health.illness(plate, first, last) for plate in members}
        return {plate: origin + illness[0] for plate, illness in found.items() if illness is not None}

    def _beside(self, plate: int, group: Group) -> tuple[float, float]:
        """What a plate did that has no step of its own: the difference of half-second means before and after."""
        oldest = (self._grid.next_cell or 0) - c.HISTORY_CELLS // 2
        before = self._grid.look(max(group.started - LOOK_BACK, oldest), group.started + 1)[:, plate]
        after = self._grid.look(group.settled, min(group.settled + LOOK_BACK, self._grid.next_cell or 0))[:, plate]
        before, after = before[~np.isnan(before)], after[~np.isnan(after)]
        if len(before) == 0 or len(after) == 0 or self._health.state[plate] != LIVE or self._was_disturbed(plate, group):
            return 0.0, UNKNOWN_G
        error = float(self._levels.noise[plate]) * c.CHUNK_MEAN_FACTOR
        swing = 0.5 * float(np.hypot(before.std(), after.std()))
        return float(after.mean() - before.mean()), max(error, swing, c.NOISE_FLOOR_G)

    def _was_disturbed(self, plate: int, group: Group) -> bool:
        """Whether the plate had a disturbance of its own in the same seconds: what it changed is said there, and only there."""
        opened = int(self._levels.opened[plate])
        running = [(opened, self._grid.next_cell or 0)] if opened >= 0 else []
        held = [(episode.first, episode.last) for episode in self._held if episode.plate == plate]
        return any(
            first <= group.settled + LOOK_BACK and last >= group.started - LOOK_BACK
            for first, last in (*self._disturbed.get(plate, ()), *running, *held)
        )

    def _envelope(self, stream: str, happened: int, to: int, because: tuple[str, ...]) -> Envelope:
        sequence = self._sequence[stream]
        self._sequence[stream] = sequence + 1
        return Envelope(store=self._store, stream=stream, sequence=sequence, happened=happened, arrived=to, because=because)
