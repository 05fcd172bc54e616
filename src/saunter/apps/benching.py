"""The speed bench: a made-up load through the shop, timed inside and with reading, room by room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from saunter.apps.machine import Machine, memory_mib, peak_memory_mib
from saunter.apps.replaying import CpuClock, Replayed, replay
from saunter.pipeline import Pipeline
from saunter.records import AnyRecord, Attribution, Interaction, Observation, Reading

#: The rooms whose time is told apart, by their names in the pipeline. What they leave over is the pipeline's own.
ROOMS: Final = ("sensing", "tracking", "shelves", "attribution", "visit", "settlement", "review", "ledger", "guard")
#: How often the memory held is noted, so that one can see it stay flat: this many times over the recording.
MEMORY_NOTES: Final = 12


class Load(msgspec.Struct, frozen=True):
    """What the shop is given (DESIGN 10): plates at 60 Hz, parties with one interaction each every 20 s, a tenth contested."""

    plates: int
    parties: int
    seconds: float
    seed: int


class MemoryNote(msgspec.Struct, frozen=True):
    """Memory held by the process when so much shop time was through."""

    shop_seconds: float
    mib: float


class SpeedResult(msgspec.Struct, frozen=True):
    """What `saunter bench speed --json` prints. Times are CPU seconds of this process, all its threads together.

    `real_time_factor` counts what happens inside `step`: sensing to receipt. `with_decoding` also reading from the file.
    `rooms` are CPU seconds per room from a second, instrumented pass over the same readings (timing costs a little).
    """

    real_time_factor: float
    real_time_factor_with_decoding: float
    shop_seconds: float
    step_cpu_seconds: float
    total_cpu_seconds: float
    load: Load
    readings: int
    interactions: int
    receipts: int
    unit_f1: float
    exact: float
    rooms: dict[str, float]
    peak_memory_mib: float
    memory: tuple[MemoryNote, ...]
    machine: Machine


@dataclass
class Counted(Replayed):
    """Keeps counts, receipts and visits; forgets the rest, so that the bench's own memory stays flat."""

    interactions_heard: int = 0
    alarms_heard: int = 0
    memory: list[MemoryNote] = field(default_factory=list)

    def hear(self, conclusions: Iterable[AnyRecord]) -> None:
        """Count interactions; keep what the score needs."""
        for record in conclusions:
            if isinstance(record, Interaction):
                self.interactions_heard += 1
            elif not isinstance(record, Attribution | Observation):
                super().hear((record,))


def timed_pass(records: Iterable[AnyRecord], pipeline: Pipeline, store: str, cpu: CpuClock, span_s: float) -> Iterator[Counted]:
    """One pass over the readings, timed; the growing result after each reading. `span_s` is about how long they last."""
    result, every_s = Counted(), max(span_s / MEMORY_NOTES, 1e-9)
    for _ in replay(records, pipeline.step, True, store, cpu, result):
        if len(result.memory) * every_s <= result.shop_s:
            result.memory.append(MemoryNote(round(result.shop_s, 1), memory_mib()))
        yield result


def timed_rooms(records: Iterable[AnyRecord], pipeline: Pipeline, cpu: CpuClock, spent: dict[str, float]) -> Iterator[int]:
    """A pass of its own that fills `spent` with CPU seconds per room, yielding the number of readings so far.

    `pipeline` is what the rooms leave over: reordering, and carrying records from room to room.
    """
    spent.update(dict.fromkeys((*ROOMS, "pipeline"), 0.0))
    for name in ROOMS:
        setattr(pipeline, name, _Timed(getattr(pipeline, name), name, spent, cpu))
    total, done = 0.0, 0
    for record in records:
        if isinstance(record, Reading):
            before = cpu()
            pipeline.step(record)
            total, done = total + cpu() - before, done + 1
            yield done
    spent["pipeline"] = total - sum(spent[name] for name in ROOMS)


def speed_result(
    counted: Counted, rooms: dict[str, float], load: Load, figures: tuple[float, float], machine: Machine
) -> SpeedResult:
    """All figures of a bench together; `figures` are unit F1 and exact receipts, so that speed is never told without them."""
    seconds = counted.shop_s
    return SpeedResult(
        real_time_factor=round(seconds / counted.step_cpu_s, 2) if counted.step_cpu_s else 0.0,
        real_time_factor_with_decoding=round(seconds / counted.cpu_s, 2) if counted.cpu_s else 0.0,
        shop_seconds=round(seconds, 3),
        step_cpu_seconds=round(counted.step_cpu_s, 3),
        total_cpu_seconds=round(counted.cpu_s, 3),
        load=load,
        readings=counted.readings,
        interactions=counted.interactions_heard,
        receipts=len(counted.receipts),
        unit_f1=round(figures[0], 6),
        exact=round(figures[1], 6),
        rooms={name: round(seconds, 3) for name, seconds in rooms.items()},
        peak_memory_mib=peak_memory_mib(),
        memory=tuple(counted.memory),
        machine=machine,
    )


def result_lines(result: SpeedResult) -> list[str]:
    """The figures for people."""
    load, machine = result.load, result.machine
    total = sum(result.rooms.values()) or 1.0
    first, last = (result.memory[0], result.memory[-1]) if result.memory else (MemoryNote(0, 0), MemoryNote(0, 0))
    return [
        f"{result.real_time_factor:.0f} times faster than real time on one core, sensing to receipt "
        f"({result.real_time_factor_with_decoding:.0f} with reading the recording)",
        f"load: {load.plates} plates at 60 Hz, {load.parties} parties, {result.interactions} interactions "
        f"in {result.shop_seconds:.0f} s of shop time",
        f"receipts: {result.receipts}, unit F1 {result.unit_f1:.4f}, exact {result.exact:.4f}",
        *(
            f"  {name:<12} {spent:8.2f} s  {spent / total:5.1%}"
            for name, spent in sorted(result.rooms.items(), key=lambda x: -x[1])
        ),
        f"memory: {first.mib:.0f} MiB at {first.shop_seconds:.0f} s, {last.mib:.0f} MiB at {last.shop_seconds:.0f} s, "
        f"peak {result.peak_memory_mib:.0f} MiB",
        f"commit {machine.commit or '(none)'}, {machine.cpu}, {machine.cores} cores, {machine.memory_gib} GiB, "
        f"Python {machine.python}",
    ]


class _Timed:
    """A room that notes how long each of its calls takes; everything else is the room itself."""

    def __init__(self, room: object, name: str, spent: dict[str, float], cpu: CpuClock) -> None:
        self._room, self._name, self._spent, self._cpu = room, name, spent, cpu

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._room, attribute)
        if not callable(found):
            return found

        def timed(*arguments: Any) -> Any:
            before = self._cpu()
            try:
                return found(*arguments)
            finally:
                self._spent[self._name] += self._cpu() - before

        setattr(self, attribute, timed)
        return timed
