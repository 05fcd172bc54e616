"""A shop of one shelf with four plates, whose weights and people the tests make by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from saunter.base.geometry import from_heading
from saunter.base.money import Money
from saunter.base.randomness import generator
from saunter.base.time import SECOND
from saunter.plan import Facing, Fixture, Gate, Plan, Plate, Product, Shelf, Weight
from saunter.records import Envelope, GatePass, Joint, PeopleFrame, Person, Reading, Tick, WeightBlock

PLATES = ("a", "b", "c", "d")
RATE_HZ = 60
#: Where each plate's middle is, metres.
MIDDLES = {name: (0.05 + 0.1 * place, 0.2) for place, name in enumerate(PLATES)}
FRAME = from_heading(0.0, (0.0, 0.0, 1.0))


def counter() -> Plan:
    plates = {
        name: Plate(name, "board", "rack", from_heading(0.0, (0.1 * place, 0.0, 1.0)), 0.1, 0.4, 0.3, 0.1 * place)
        for place, name in enumerate(PLATES)
    }
    goods = {"oats": 60.0, "milk": 1030.0, "soup": 400.0, "tea": 110.0}
    return Plan(
        store="counter", name="The counter", currency="EUR", locale="en", timezone="UTC",
        floor_m=((-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)), cameras={}, taxes={},
        gates={"door": Gate("door", "both", 0.0, -3.0)},
        fixtures={"rack": Fixture("rack", "gondola", FRAME, 0.4, 0.4, 1.5, ("board",))},
        shelves={"board": Shelf("board", "rack", PLATES)},
        plates=plates,
        products={
            sku: Product(sku, sku, Money(100, "EUR"), Weight(grams, 1.0), gtin=f"0000000000{number}017")
            for number, (sku, grams) in enumerate(goods.items(), start=1)
        },
        facings=(Facing("oats", ("a",)), Facing("milk", ("b",)), Facing("soup", ("c",)), Facing("tea", ("d",))),
    )  # fmt: skip


@dataclass
class Counter:
    """A script of the counter: who comes and goes, where hands are, and what changes on the plates at which second."""

    seconds: float = 20.0
    noise_g: float = 0.3
    steps: list[tuple[float, Mapping[str, float]]] = field(default_factory=list)
    hands: dict[str, list[tuple[float, float, str]]] = field(default_factory=dict)
    presses: list[tuple[float, float, str, float]] = field(default_factory=list)
    gaps: list[tuple[float, float, str]] = field(default_factory=list)
    breaks: dict[str, float] = field(default_factory=dict)

    def changes(self, second: float, **grams: float) -> Counter:
        """From this second on plates weigh so much more (less: negative)."""
        self.steps.append((second, grams))
        return self

    def reaches(self, party: str, start: float, end: float, plate: str) -> Counter:
        """A party has a wrist over a plate during these seconds; else it stands two metres away."""
        self.hands.setdefault(party, []).append((start, end, plate))
        return self

    def presses_on(self, start: float, end: float, plate: str, grams: float) -> Counter:
        """Something presses on a plate for a while."""
        self.presses.append((start, end, plate, grams))
        return self

    def is_silent(self, start: float, end: float, plate: str) -> Counter:
        """A plate sends no values for a while."""
        self.gaps.append((start, end, plate))
        return self

    def readings(self) -> Iterator[Reading]:
        """Everything the sensors say, in order of arrival: each party enters at 1 s and leaves 4 s before the end."""
        records = [*self.blocks(), *self._frames(), *self._passes(), *_ticks(self.seconds + 8)]
        yield from sorted(records, key=lambda record: (record.envelope.arrived, record.envelope.stream))

    def blocks(self) -> Iterator[WeightBlock]:
        """The weights, twelve samples to a block."""
        count = int(self.seconds * RATE_HZ)
        seconds = np.arange(count) / RATE_HZ
        grams = generator(1, "counter").normal(2000.0, self.noise_g, (count, len(PLATES)))
        for when, changed in self.steps:
            for plate, by_g in changed.items():
                grams[seconds >= when, PLATES.index(plate)] += by_g
        for start, end, plate, by_g in self.presses:
            grams[(seconds >= start) & (seconds < end), PLATES.index(plate)] += by_g
        for start, end, plate in self.gaps:
            grams[(seconds >= start) & (seconds < end), PLATES.index(plate)] = np.nan
        times = (seconds * SECOND).astype(np.int64)
        for number, first in enumerate(range(0, count, 12)):
            part = slice(first, min(first + 12, count))
            envelope = _envelope("weights/rack", number, float(seconds[part][0]), late_s=0.21)
            yield WeightBlock(envelope, PLATES, RATE_HZ, times[part], grams[part].astype(np.float32))

    def _frames(self) -> Iterator[PeopleFrame]:
        for number in range(int(self.seconds * 10)):
            second = number / 10
            people = tuple(
                Person(track=self._track(party, second), joints=self._joints(party, second))
                for party in self.hands
                if 1.0 <= second <= self.seconds - 4 and not 0 <= second - self.breaks.get(party, 1e9) < 1
            )
            yield PeopleFrame(envelope=_envelope("people", number, second, late_s=0.1), people=people)

    def _track(self, party: str, second: float) -> str:
        """The tracker's name for a party; another one after its track broke, a second unseen in between."""
        return f"track-{party}" + ("-again" if second >= self.breaks.get(party, 1e9) else "")

    def _joints(self, party: str, second: float) -> dict[str, Joint]:
        place = 2.0 + 0.1 * sorted(self.hands).index(party)
        for start, end, plate in self.hands[party]:
            if start <= second <= end:
                x_m, y_m = MIDDLES[plate]
                return {"right_wrist": Joint(x_m, y_m, 1.05), "head": Joint(x_m, -0.5, 1.6)}
        return {"head": Joint(place, -2.0, 1.6), "right_wrist": Joint(place, -2.0, 0.9)}

    def _passes(self) -> Iterator[GatePass]:
        for number, party in enumerate(self.hands):
            for direction, second in (("in", 0.9), ("out", self.seconds - 4)):
                track = self._track(party, second)
                yield GatePass(
                    envelope=_envelope("gates", 2 * number + (direction == "out"), second, late_s=0.02),
                    gate="door", direction=direction, party=party, track=track,  # type: ignore[arg-type]
                )  # fmt: skip


def _ticks(seconds: float) -> Iterable[Tick]:
    return (Tick(envelope=_envelope("ticks", number, number / 10)) for number in range(int(seconds * 10)))


def _envelope(stream: str, number: int, second: float, late_s: float = 0.0) -> Envelope:
    happened = round(second * SECOND)
    return Envelope(store="counter", stream=stream, sequence=number, happened=happened, arrived=happened + round(late_s * SECOND))
