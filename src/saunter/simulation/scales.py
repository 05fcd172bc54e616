"""What scale controllers send: true loads through gains, noise, vibration, drift, faults and clocks, block by block.

Nothing here grows with time: effects that are over become part of the resting load.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saunter.base.geometry import Array
from saunter.base.randomness import generator
from saunter.base.time import from_seconds
from saunter.plan import Plan
from saunter.records import Envelope, WeightBlock
from saunter.simulation import table
from saunter.simulation.gestures import Effect
from saunter.simulation.schedule import Schedule
from saunter.simulation.stock import Piece, footprint
from saunter.simulation.story import PlateState, Story
from saunter.simulation.table import Preset


@dataclass(frozen=True, slots=True)
class Channels:
    """The fixed facts of one fixture's channels: all (plates,) in the order of `plates`."""

    plates: tuple[str, ...]
    gain: Array
    offset_g: Array
    sd_g: Array
    drift_g: Array
    vibration_share: Array


def channels(plan: Plan, fixture: str, preset: Preset, seed: int) -> Channels:
    """Draws what the channels of a fixture are like: gain, resting offset, noise, drift per square root of DRIFT_SPAN_S."""
    plates = tuple(plate for shelf in plan.fixtures[fixture].shelves for plate in plan.shelves[shelf].plates)
    dice, n = generator(seed, "channels", fixture), len(plates)
    gain = 1.0 + np.clip(dice.normal(0.0, preset.gain_sd, n), -preset.gain_error_max, preset.gain_error_max)
    rank = dice.uniform(0.0, 0.99, n)
    sd_g = np.exp(np.interp(rank, table.SD_PROBABILITIES, np.log(preset.sd_g)))
    drift_g = preset.drift_median_g / 0.6745 * np.exp(table.DRIFT_LOG_SD * dice.standard_normal(n) - table.DRIFT_LOG_SD**2 / 4)
    low, high = table.VIBRATION_SHARE
    share = low + (high - low) * rank * dice.uniform(0.7, 1.0, n)
    return Channels(plates, gain, dice.uniform(*table.OFFSET_G, n), sd_g, drift_g, share)


class Noise:
    """Coloured noise of one fixture: independent per channel, plus narrow vibration modes that a shelf's channels share."""

    def __init__(self, plan: Plan, fixture: str, facts: Channels, dice: np.random.Generator) -> None:
        shelf_of = [plan.plates[plate].shelf for plate in facts.plates]
        shelves = list(dict.fromkeys(shelf_of))
        modes = len(shelves) * table.VIBRATION_MODES
        self._dice = dice
        self._own_g = facts.sd_g * np.sqrt(1 - facts.vibration_share) * math.sqrt(1 - table.NOISE_CORRELATION**2)
        self._spread = np.zeros((modes, len(facts.plates)))
        for column, shelf in enumerate(shelf_of):
            first = shelves.index(shelf) * table.VIBRATION_MODES
            mix = dice.normal(size=table.VIBRATION_MODES)
            felt_g = facts.sd_g[column] * math.sqrt(facts.vibration_share[column])
            self._spread[first : first + table.VIBRATION_MODES, column] = felt_g * mix / np.linalg.norm(mix)
        self._modes = resonators(dice.uniform(*table.VIBRATION_HZ, modes))
        self._mode_state = np.zeros((modes, 2))
        self._own_filter, self._own_decay = _low_pass(table.NOISE_CORRELATION)
        self._own_state = np.zeros(len(facts.plates))
        for _ in range(20):
            self.block()

    def block(self) -> Array:
        """The next BLOCK_SAMPLES samples of noise, grams: (samples, plates)."""
        n, samples = len(self._own_g), table.BLOCK_SAMPLES
        own = self._own_filter @ (self._dice.standard_normal((samples, n)) * self._own_g) + self._own_decay * self._own_state
        self._own_state = own[-1]
        modes = len(self._mode_state)
        pushed = np.concatenate([self._mode_state, self._dice.standard_normal((modes, samples))], axis=1)
        swinging = np.matmul(self._modes, pushed[:, :, None])[:, :, 0]
        self._mode_state = swinging[:, -2:]
        return np.asarray(own + swinging.T @ self._spread)


def resonators(hz: Array) -> Array:
    """Noise-driven resonators of unit variance at `hz` (modes,): matrices (modes, samples, 2 + samples) that turn the last two
    values and fresh normal numbers into the next block. y[k] = 2 r cos(w) y[k-1] - r^2 y[k-2] + e[k] (an AR(2) process).
    """
    radius = math.exp(-math.pi * table.VIBRATION_WIDTH_HZ / table.SAMPLE_RATE_HZ)
    cosine = np.cos(2 * math.pi * hz / table.SAMPLE_RATE_HZ)
    square = radius * radius
    variance = (1 + square) / ((1 - square) * ((1 + square) ** 2 - 4 * square * cosine**2))
    rows = np.zeros((len(hz), table.BLOCK_SAMPLES + 2, table.BLOCK_SAMPLES + 2))
    rows[:, 0, 0] = rows[:, 1, 1] = 1.0
    for k in range(table.BLOCK_SAMPLES):
        rows[:, k + 2] = (2 * radius * cosine)[:, None] * rows[:, k + 1] - square * rows[:, k]
        rows[:, k + 2, k + 2] += 1 / np.sqrt(variance)
    return rows[:, 2:]


def _low_pass(correlation: float) -> tuple[Array, Array]:
    steps = np.arange(table.BLOCK_SAMPLES)
    powers: Array = np.tril(np.power(correlation, np.maximum(steps[:, None] - steps[None, :], 0.0)))
    decay: Array = np.power(correlation, steps + 1.0)[:, None]
    return powers, decay


class Scale:
    """One fixture's controller. `blocks` is the stream of what it sends; `adds` lets something happen to its plates.

    `pieces` is the stock of the whole shop at the start; plates that nothing belongs on are unused where the preset says so.
    """

    def __init__(self, plan: Plan, fixture: str, preset: Preset, pieces: list[Piece], seed: int) -> None:
        self._preset, self._fixture, self._store = preset, fixture, plan.store
        self.facts = channels(plan, fixture, preset, seed)
        self._dice = generator(seed, "scale", fixture)
        self._noise = Noise(plan, fixture, self.facts, self._dice)
        self._column = {plate: column for column, plate in enumerate(self.facts.plates)}
        self._columns = {shelf: self._slice(plan.shelves[shelf].plates) for shelf in plan.fixtures[fixture].shelves}
        self._rest_g = self._resting(plan, pieces)
        self._coming: list[tuple[float, int, Effect]] = []
        self._added = 0
        self._active: list[Effect] = []
        self._stuck_g: dict[int, float] = {}
        self._last = self._rest_g.astype(np.float32)
        self._changes = deque(self._unused(plan))
        self._silences: list[tuple[float, float]] = []
        self._sequence, self._arrived = 0, 0
        self._phase_s, self._ahead_s = (
            self._dice.uniform(0.0, 1 / table.SAMPLE_RATE_HZ),
            self._dice.uniform(0.0, preset.clock_offset_s),
        )

    @property
    def shelves(self) -> tuple[str, ...]:
        """The shelves whose plates it weighs."""
        return tuple(self._columns)

    @property
    def pending(self) -> int:
        """How many effects are still to come or at work."""
        return len(self._coming) + len(self._active)

    def adds(self, effect: Effect) -> None:
        """Lets an effect happen; it must not have begun before the last block that was sent."""
        heapq.heappush(self._coming, (effect.start_s, self._added, effect))
        self._added += 1

    def falls_silent(self, from_s: float, to_s: float) -> None:
        """Nothing is sent of what begins between these seconds."""
        self._silences = [span for span in self._silences if span[1] > from_s - table.SILENCE_KEPT_S] + [(from_s, to_s)]

    def becomes(self, changes: Iterable[tuple[float, str, PlateState]]) -> None:
        """Plates of this fixture change their states (second, plate, state); others are ignored."""
        mine = [(at_s, self._column[plate], state) for at_s, plate, state in changes if plate in self._column]
        self._changes = deque(sorted([*self._changes, *mine], key=lambda change: change[0]))

    def blocks(self, start_ns: int, end_s: float) -> Iterator[WeightBlock]:
        """The controller's blocks in order of arrival, from second 0 to `end_s`; lost and silent ones are left out."""
        block_s = table.BLOCK_SAMPLES / table.SAMPLE_RATE_HZ
        for number in range(int((end_s - self._phase_s) / block_s)):
            block = self.block(number, start_ns)
            if block is not None:
                yield block

    def block(self, number: int, start_ns: int) -> WeightBlock | None:
        """Block `number` (0, 1, 2, ... in turn), over the BLOCK_SAMPLES samples from about number * 0.2 s on; None: lost."""
        seconds = np.arange(table.BLOCK_SAMPLES) / table.SAMPLE_RATE_HZ
        t = self._phase_s + number * (table.BLOCK_SAMPLES / table.SAMPLE_RATE_HZ) + seconds
        grams, times = self._grams(t), start_ns + np.rint((t + self._clock()) * 1e9).astype(np.int64)
        latency_s = self._dice.uniform(*table.BLOCK_LATENCY_S)
        if self._dice.random() < self._preset.block_loss or any(a <= t[0] < b for a, b in self._silences):
            return None
        self._arrived = max(self._arrived + 1, start_ns + from_seconds(float(t[-1]) + latency_s))
        envelope = Envelope(
            store=self._store,
            stream=f"weights/{self._fixture}",
            sequence=self._sequence,
            happened=int(times[0]),
            arrived=self._arrived,
        )
        self._sequence += 1
        return WeightBlock(envelope, self.facts.plates, table.SAMPLE_RATE_HZ, times, grams)

    def loads(self, t: Array) -> Array:
        """What rests and moves on the plates at times `t` (samples,), through their gains, without noise; times only go on."""
        grams = np.repeat(self._rest_g[None, :], len(t), axis=0)
        while self._coming and self._coming[0][0] <= t[-1]:
            self._active.append(heapq.heappop(self._coming)[2])
        still = []
        for effect in self._active:
            where = self._columns[effect.shelf]
            felt = effect.grams * self.facts.gain[where]
            if effect.end_s <= t[0]:
                self._rest_g[where] += effect.lasting * felt
                grams[:, where] += effect.lasting * felt
                continue
            grams[:, where] += self._shape(effect, t)[:, None] * felt
            still.append(effect)
        self._active = still
        return grams

    @staticmethod
    def _shape(effect: Effect, t: Array) -> Array:
        shape = np.where(t < effect.start_s, 0.0, effect.shape(t))
        return np.where(t >= effect.end_s, effect.lasting, shape)

    def _grams(self, t: Array) -> NDArray[np.float32]:
        n, preset = len(self.facts.plates), self._preset
        grams = self.loads(t) + self._noise.block()
        self._rest_g += (
            self.facts.drift_g * math.sqrt(len(t) / table.SAMPLE_RATE_HZ / table.DRIFT_SPAN_S) * self._dice.standard_normal(n)
        )
        for _ in range(self._dice.poisson(preset.spikes_per_channel_hour * n * len(t) / table.SAMPLE_RATE_HZ / 3600)):
            size = math.exp(self._dice.uniform(*np.log(table.SPIKE_G)))
            grams[self._dice.integers(len(t)), self._dice.integers(n)] += size * self._dice.choice([-1.0, 1.0])
        read = (np.rint(grams / table.QUANTUM_G) * table.QUANTUM_G).astype(np.float32)
        for _ in range(self._dice.poisson(preset.value_loss * read.size)):
            read[self._dice.integers(len(t)), self._dice.integers(n)] = np.nan
        self._break(read, t)
        return read

    def _break(self, read: NDArray[np.float32], t: Array) -> None:
        """Dead plates give nothing, frozen ones their last value, unused ones a constant: from the sample where it began."""
        live = read.copy() if self._changes else read
        for column, value_g in self._stuck_g.items():
            read[:, column] = value_g
        while self._changes and self._changes[0][0] <= t[-1]:
            at_s, column, state = self._changes.popleft()
            first = int(np.searchsorted(t, at_s))
            self._stuck_g.pop(column, None)
            read[first:, column] = live[first:, column]
            if state != "live":
                before_g = read[first - 1, column] if first else self._last[column]
                value_g = {"dead": math.nan, "unused": table.UNUSED_G}.get(state, float(before_g))
                self._stuck_g[column] = value_g
                read[first:, column] = value_g
        self._last = read[-1].copy()

    def _clock(self) -> float:
        """How far the device's clock is ahead, seconds; now and then it steps back, or forward again."""
        steps_per_s = self._preset.clock_steps_per_hour / 3600
        if self._dice.random() < steps_per_s * table.BLOCK_SAMPLES / table.SAMPLE_RATE_HZ:
            self._ahead_s += -table.CLOCK_STEP_S if self._ahead_s >= table.CLOCK_STEP_S else table.CLOCK_STEP_S
        return self._ahead_s

    def _resting(self, plan: Plan, pieces: list[Piece]) -> Array:
        """What every plate reads before anything happens: its offset and the stock on it."""
        load_g = np.zeros(len(self.facts.plates))
        for piece in pieces:
            if piece.shelf in self._columns:
                load_g[self._columns[piece.shelf]] += piece.weight_g * footprint(
                    plan, piece.shelf, piece.along_m, piece.goods.width_m
                )
        return self.facts.offset_g + self.facts.gain * load_g

    def _unused(self, plan: Plan) -> list[tuple[float, int, PlateState]]:
        """The plates that nothing belongs on, where the preset has such read a constant: (second, column, state)."""
        if not self._preset.unused_is_constant:
            return []
        used = {plate for facing in plan.facings for plate in facing.plates}
        return [(-1.0, column, "unused") for plate, column in self._column.items() if plate not in used]

    def _slice(self, plates: tuple[str, ...]) -> slice:
        return slice(self._column[plates[0]], self._column[plates[-1]] + 1) if plates else slice(0, 0)


def scale_of_story(plan: Plan, fixture: str, story: Story, schedule: Schedule, seed: int) -> Scale:
    """The controller of one fixture, with everything that a story will do to its plates."""
    scale = Scale(plan, fixture, table.PRESETS[story.noise], schedule.stock_at_start, seed)
    for effect in schedule.effects:
        if effect.shelf in scale.shelves:
            scale.adds(effect)
    scale.becomes((-1.0, plate, state) for plate, state in story.plates.items())
    scale.becomes(schedule.plate_changes)
    for start_s, end_s, name in schedule.silences:
        if name == fixture:
            scale.falls_silent(start_s, end_s)
    return scale
