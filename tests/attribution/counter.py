"""A made-up larder with people before it: who stands where, what the boards feel, and what the belief makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from tests.shelves.goods import START, larder, step

from saunter.attribution import EVERYTHING, AttributionEngine, Switches
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.records import (
    Attribution,
    Cart,
    Continuation,
    Envelope,
    Interaction,
    Joint,
    PeopleFrame,
    Person,
    Share,
    TrackLeft,
    TrackNamed,
    TracksMet,
    VisitChanged,
)
from saunter.shelves import ShelvesEngine

#: Where a hand is when it is at a plate's goods, and where its owner stands: metres along the board, before it, above.
HAND = (0.2, 1.1)
STAND_M = -0.45


def instant(at_s: float) -> int:
    """Nanoseconds UTC of a second of the story."""
    return START + round(at_s * SECOND)


def person(track: str, x_m: float, y_m: float = STAND_M, wrist: tuple[float, float, float] | None = None) -> Person:
    """A body that stands at a floor point, with one wrist where it is (None: hidden)."""
    joints = {"head": Joint(x_m, y_m, 1.6), "foot": Joint(x_m, y_m, 0.0)}
    return Person(track=track, joints=joints if wrist is None else {**joints, "right_wrist": Joint(*wrist)})


def reaching(track: str, x_m: float) -> Person:
    """Somebody whose hand is over board `a` at `x_m`."""
    return person(track, x_m, STAND_M, (x_m, HAND[0], HAND[1]))


def idle(track: str, x_m: float, y_m: float = STAND_M) -> Person:
    """Somebody whose hands hang down."""
    return person(track, x_m, y_m, (x_m, y_m, 0.8))


def resting(body: Person) -> Person:
    """The same body with its hand at its side, if it was over the board."""
    wrist = body.joints.get("right_wrist")
    if wrist is None or (wrist.y_m, wrist.z_m) != HAND:
        return body
    return idle(body.track, body.joints["foot"].x_m, body.joints["foot"].y_m)


class Counter:
    """The shop's belief about a larder, told what happens in plain words. Seconds count from the story's beginning."""

    def __init__(self, plan: Plan | None = None, switches: Switches = EVERYTHING) -> None:
        self.plan = plan or larder()
        self.engine = AttributionEngine(self.plan, switches)
        self._shelves = ShelvesEngine(self.plan)
        self._sequence = 0

    def _envelope(self, stream: str, at_s: float) -> Envelope:
        self._sequence += 1
        return Envelope(store="larder", stream=stream, sequence=self._sequence, happened=instant(at_s), arrived=instant(at_s))

    def enters(self, party: str, track: str = "", at_s: float = 0.0) -> Counter:
        """A party comes in; its body is `track`, if anybody knows."""
        if track:
            self.named(track, {party: 1.0}, at_s=at_s)
        self._visit(party, "shopping", at_s)
        return self

    def named(
        self, track: str, names: Mapping[str, float], continues: Mapping[str, float] | None = None, at_s: float = 0.0
    ) -> Counter:
        """Who a track may be."""
        shares = tuple(Share(party=party, probability=chance) for party, chance in names.items())
        earlier = tuple(Continuation(track=name, probability=chance) for name, chance in (continues or {}).items())
        self.engine.receive(TrackNamed(envelope=self._envelope("who", at_s), track=track, names=shares, continues=earlier))
        return self

    def met(self, one: str, other: str, swap: float, at_s: float = 0.0) -> Counter:
        """Two tracks may have been swapped."""
        record = TracksMet(envelope=self._envelope("who", at_s), one=one, other=other, distance_m=0.1, swap_probability=swap)
        self.engine.receive(record)
        return self

    def gate_saw(self, party: str, track: str, at_s: float) -> Counter:
        """A party went out, and the gate knows the track."""
        self.engine.receive(TrackLeft(envelope=self._envelope("who", at_s), track=track, party=party))
        return self

    def seen(self, people: Sequence[Person], from_s: float, to_s: float) -> Counter:
        """People stand so for a while, ten frames a second."""
        for number in range(round((to_s - from_s) * 10) + 1):
            self.engine.receive(PeopleFrame(envelope=self._envelope("people", from_s + number / 10), people=tuple(people)))
        return self

    def felt(self, deltas: Mapping[str, float], at_s: float) -> Attribution:
        """A board feels a change: the belief's word on it."""
        self._shelves.receive(step(deltas, at_s=at_s, sequence=self._sequence))
        (interaction,) = self._shelves.advance(instant(at_s))
        return self.told(interaction)

    def told(self, interaction: Interaction) -> Attribution:
        """An interaction as it is: the belief's word on it."""
        self.engine.receive(interaction)
        said = [record for record in self.engine.advance(interaction.happened) if isinstance(record, Attribution)]
        assert [record.interaction for record in said] == [interaction.id]
        return said[0]

    def takes(self, track: str, plate: str, grams: float, at_s: float, others: Sequence[Person] = ()) -> Attribution:
        """A hand comes to a plate, so much leaves it, and the hand goes; so do the hands of others who reach."""
        here = self.plan.plates[plate].frame.translation[0] + 0.05
        there = [reaching(track, here), *others]
        self.seen([resting(each) for each in there], at_s - 1.0, at_s - 0.6)
        self.seen(there, at_s - 0.5, at_s + 0.5)
        self.seen([resting(each) for each in there], at_s + 0.6, at_s + 1.0)
        return self.felt({plate: -grams}, at_s)

    def leaves(self, party: str, at_s: float) -> Cart:
        """A party goes and its bill is due two seconds later: its last cart."""
        self._visit(party, "leaving", at_s)
        self._visit(party, "settling", at_s + 2.0)
        (cart,) = [record for record in self.engine.advance(instant(at_s + 2.0)) if isinstance(record, Cart)]
        return cart

    def _visit(self, party: str, state: str, at_s: float) -> None:
        envelope = self._envelope("visit", at_s)
        self.engine.receive(VisitChanged(envelope=envelope, visit=f"visit-{party}", party=party, state=state))


def holds(cart: Cart, at_least: float = 0.7) -> dict[str, int]:
    """What a cart surely holds."""
    found = {line.sku: sum(chance >= at_least for chance in line.at_least) for line in cart.lines}
    return {sku: pieces for sku, pieces in found.items() if pieces}


def chance(cart: Cart, sku: str, pieces: int = 1) -> float:
    """P(at least so many pieces)."""
    for line in cart.lines:
        if line.sku == sku and len(line.at_least) >= pieces:
            return line.at_least[pieces - 1]
    return 0.0


def shares(said: Attribution) -> dict[str, float]:
    """Who did it."""
    return {share.party: share.probability for share in said.shares}


def moved(said: Attribution) -> str:
    """The likeliest explanation in words."""
    best = said.candidates[0]
    return " + ".join(f"{change.quantity} {change.sku}" for change in best.changes) or best.action


def replaced(interaction: Interaction, **changes: object) -> Interaction:
    """The same interaction, but."""
    return msgspec.structs.replace(interaction, **changes)
