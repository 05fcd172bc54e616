"""What may have been set down on the floor: worlds branch when a hand was there, over what it held."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from saunter.attribution import constants as c
from saunter.attribution.belief import Belief
from saunter.attribution.worlds import Atom, Effect, Group, Happening, World, walk
from saunter.base.habits import FLOOR_WRIST_M
from saunter.base.ids import RESERVED_PARTIES
from saunter.plan import Plan
from saunter.records import Attribution, HandAtFloor

#: What was taken last is what may well have been taken at all.
_TAKEN_MIN = 0.25
#: ... and who may have been at a shelf by more than this was there.
_AT_SHELF_MIN = 0.2


@dataclass(frozen=True, slots=True)
class Held:
    """What each party that the hand may belong to holds in it: the line of what it took last."""

    track: str
    atoms: Mapping[str, Atom]
    loose: str

    def of(self, world: World) -> Atom | None:
        """What the hand holds in this world; None: nothing that is known of."""
        atom = self.atoms.get(world.who.get(self.track, self.loose))
        return atom if atom is not None and world.counts.get(atom, 0) > 0 else None


def low_boards(plan: Plan) -> frozenset[str]:
    """Plates so low that a hand on them looks like one at the floor."""
    return frozenset(name for name, plate in plan.plates.items() if plate.frame.translation[2] <= FLOOR_WRIST_M)


def held_by(belief: Belief, record: HandAtFloor, told: Mapping[str, Attribution], low: Collection[str]) -> Held:
    """What the hand at the floor may hold, for each party that its body may be; `low` are the plates of low boards."""
    group, loose = belief.of_track(record.track), belief.loose.get(record.track, "")
    parties = {world.who.get(record.track, loose) for world in group.worlds} if group else {loose}
    free = sorted(party for party in parties - {*RESERVED_PARTIES, ""} if not _at_a_low_board(party, record, told.values(), low))
    found = {party: _taken_last(belief, party, record, told) for party in free}
    return Held(record.track, {party: atom for party, atom in found.items() if atom is not None}, loose)


def set_down(belief: Belief, record: HandAtFloor, held: Held) -> Group:
    """All that is concerned as one group, in which the thing was set down in some worlds and not in others."""
    known = belief.of_track(record.track)
    groups = [group for party, atom in held.atoms.items() for group in belief.holding(party) if atom in group.atoms()]
    whole = belief.join([*([known] if known else []), *groups])
    whole.settle(after for world in whole.worlds for after in _branches(world, record, held))
    return whole


def _branches(world: World, record: HandAtFloor, held: Held) -> Iterator[World]:
    atom = held.of(world)
    kept = Happening(record.id, "touched", (), ())
    if atom is None:
        yield world.after(0.0, kept, "", (), ())
        return
    party, sku = atom
    gone = Happening(record.id, "put back", (Effect(party, sku, -1),), ((sku, -1),))
    yield world.after(math.log(1 - c.SET_DOWN), kept, "", (), ())
    yield world.after(math.log(c.SET_DOWN), gone, "", (), ())


def _at_a_low_board(party: str, record: HandAtFloor, told: Iterable[Attribution], low: Collection[str]) -> bool:
    """Whether the party's hand was at a low board meanwhile: then it went down to that, and set nothing down. A higher board
    is no reason for a hand to be low: what was taken there a moment ago may lie on the floor now."""
    first, last = record.started - c.REACHING, record.settled + c.REACHING
    return any(
        share.party == party and share.probability >= _AT_SHELF_MIN
        for each in told
        if each.started <= last and each.settled >= first and any(plate in low for plate in each.plates)
        for share in each.shares
    )


def _taken_last(belief: Belief, party: str, record: HandAtFloor, told: Mapping[str, Attribution]) -> Atom | None:
    """The line of what the party took last and did not put back since, not too long ago."""
    moved: dict[tuple[int, str, Atom, bool], float] = {}
    for group in belief.holding(party):
        for weight, world in zip(group.weights(), group.worlds, strict=True):
            for happening in walk(world.trail):
                at = told[happening.interaction].happened if happening.interaction in told else record.settled + 1
                for effect in happening.effects if at <= record.started else ():
                    if effect.party == party and (party, effect.sku) in group.atoms():
                        key = (at, happening.interaction, (party, effect.sku), effect.count > 0)
                        moved[key] = moved.get(key, 0.0) + weight
    put_back = Counter[Atom]()
    for at, _, atom, was_taken in sorted((key for key, weight in moved.items() if weight >= _TAKEN_MIN), reverse=True):
        if not was_taken:
            put_back[atom] += 1
        elif put_back[atom]:
            put_back[atom] -= 1
        else:
            return atom if record.started - at <= c.IN_HAND else None
    return None
