"""A bare shelf of plates for the tests of this folder: signals drawn by hand, fed to the sensing room in blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from saunter.base.geometry import from_heading
from saunter.base.randomness import generator
from saunter.base.time import SECOND
from saunter.plan import Fixture, Plan, Plate, Shelf
from saunter.records import Envelope, PlateHealth, ShelfStep, WeightBlock
from saunter.sensing import SensingEngine

START = 1_709_539_200 * SECOND
RATE_HZ = 60.0
QUANTUM_G = 0.241
Grams = NDArray[np.float64]
Times = NDArray[np.int64]
Said = list[ShelfStep | PlateHealth]


def board(plates: int = 6, shelves: int = 1) -> Plan:
    """A shop that is nothing but shelves `a`, `b`, ... of plates `a1`, `a2`, ... a hand's breadth each."""
    frame = from_heading(0.0, (0.0, 0.0, 1.0))
    letters = "abcdefgh"[:shelves]
    names = {letter: tuple(f"{letter}{number + 1}" for number in range(plates)) for letter in letters}
    return Plan(
        store="board", name="The board", currency="EUR", locale="en", timezone="UTC",
        floor_m=((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)), gates={}, cameras={},
        fixtures={"rack": Fixture("rack", "gondola", frame, 0.1 * plates, 0.4, 1.2, tuple(letters))},
        shelves={letter: Shelf(letter, "rack", names[letter]) for letter in letters},
        plates={
            name: Plate(name, letter, "rack", frame, width_m=0.1, depth_m=0.4, clearance_m=0.3, along_m=0.1 * place)
            for letter in letters for place, name in enumerate(names[letter])
        },
        products={}, facings=(), taxes={},
    )  # fmt: skip


class Drawing:
    """What all plates feel, sample by sample, until it is read: (samples, plates) grams."""

    def __init__(
        self, seconds: float, plates: int = 6, noise_g: float = 0.4, seed: int = 1, quantum_g: float = QUANTUM_G
    ) -> None:
        self.seconds = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
        self._quantum_g = quantum_g
        dice = generator(seed, "drawing")
        self.grams: Grams = dice.uniform(-5000, 5000, plates) + noise_g * dice.standard_normal((len(self.seconds), plates))

    def step(self, plate: int, at_s: float, grams: float, takes_s: float = 0.2) -> Drawing:
        """The weight changes by so much, evenly over `takes_s` from `at_s` on."""
        self.grams[:, plate] += grams * np.clip((self.seconds - at_s) / max(takes_s, 1e-9), 0.0, 1.0)
        return self

    def press(self, plate: int, at_s: float, grams: float, lasts_s: float, edge_s: float = 0.1) -> Drawing:
        """A hand presses and lets go."""
        return self.step(plate, at_s, grams, edge_s).step(plate, at_s + lasts_s, -grams, edge_s)

    def shake(self, plates: Iterable[int], at_s: float, grams: float, hz: float, decay_s: float, phase: float = 0.0) -> Drawing:
        """The board swings and comes to rest: a slam or a lean let go."""
        after = np.maximum(self.seconds - at_s, 0.0)
        swing = grams * np.sin(2 * math.pi * hz * after + phase) * np.exp(-after / decay_s) * (self.seconds >= at_s)
        for plate in plates:
            self.grams[:, plate] += swing
        return self

    def swing(self, plates: Iterable[int], from_s: float, to_s: float, grams: float, hz: float) -> Drawing:
        """The board swings evenly, softly begun and ended."""
        edge = np.clip((self.seconds - from_s) / 0.2, 0, 1) * np.clip((to_s - self.seconds) / 0.2, 0, 1)
        for plate in plates:
            self.grams[:, plate] += grams * edge * np.sin(2 * math.pi * hz * self.seconds)
        return self

    def spike(self, plate: int, at_s: float, grams: float) -> Drawing:
        """One wild sample."""
        self.grams[round(at_s * RATE_HZ), plate] += grams
        return self

    def constant(self, plate: int, from_s: float, to_s: float = math.inf, value_g: float | None = None) -> Drawing:
        """One value for ever (frozen), or none at all when it is NaN."""
        span = (self.seconds >= from_s) & (self.seconds < to_s)
        self.grams[span, plate] = self.grams[span, plate][0] if value_g is None else value_g
        return self

    @property
    def read(self) -> Grams:
        """What the converter makes of it: whole quanta."""
        return np.asarray(np.rint(self.grams / self._quantum_g) * self._quantum_g) if self._quantum_g else self.grams

    @property
    def times(self) -> Times:
        """When the samples were taken, ns UTC."""
        return START + np.rint(self.seconds * SECOND).astype(np.int64)


def blocks(
    plates: Sequence[str], times: Times, grams: Grams, lengths: Sequence[int], stream: str = "weights/rack"
) -> list[WeightBlock]:
    """The samples in blocks of these lengths, over and over."""
    found, first, number = list[WeightBlock](), 0, 0
    while first < len(times):
        last = min(first + lengths[number % len(lengths)], len(times))
        moment = times[first:last]
        envelope = Envelope(store="board", stream=stream, sequence=number, happened=int(moment[0]), arrived=int(moment.max()))
        found.append(WeightBlock(envelope, tuple(plates), RATE_HZ, moment, grams[first:last].astype(np.float32)))
        first, number = last, number + 1
    return found


def sensed(plan: Plan, sent: Iterable[WeightBlock], every_ns: int = SECOND // 10, after_s: float = 4.0) -> Said:
    """Blocks in order of their beginnings, time passing evenly: everything the room says."""
    engine, said, now = SensingEngine(plan), Said(), None
    for block in sent:
        now = block.happened // every_ns * every_ns if now is None else now
        while now < block.happened:
            said += engine.advance(now)
            now += every_ns
        engine.receive(block)
    assert now is not None
    for _ in range(round(after_s * SECOND / every_ns)):
        said += engine.advance(now)
        now += every_ns
    return said


def felt(drawing: Drawing, lengths: Sequence[int] = (12,), plan: Plan | None = None) -> list[ShelfStep]:
    """The steps of a drawing on a board."""
    plan = plan or board(drawing.grams.shape[1])
    said = sensed(plan, blocks(tuple(plan.plates), drawing.times, drawing.read, lengths))
    return [step for step in said if isinstance(step, ShelfStep)]


def total_g(step: ShelfStep) -> float:
    """Grams over all plates that were measured."""
    return math.fsum(delta for delta, sd in zip(step.delta_g, step.sd_g, strict=True) if sd < 100)


def sd_g(step: ShelfStep) -> float:
    """The deviation of that sum."""
    return math.sqrt(math.fsum(sd * sd for sd in step.sd_g if sd < 100))


def seconds_of(step: ShelfStep) -> float:
    """When it happened, seconds since the drawing's beginning."""
    return (step.happened - START) / SECOND


def main_plate(step: ShelfStep) -> str:
    """The plate that changed most."""
    return max(zip(step.plates, step.delta_g, strict=True), key=lambda item: abs(item[1]))[0]
