"""Errands that need a second party: one posts it and waits, others who are free nearby come along."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import simpy

from saunter.simulation.crowd import numbers
from saunter.simulation.crowd.errands import Errand, Errands
from saunter.simulation.crowd.hands import Grab
from saunter.simulation.crowd.lists import Line
from saunter.simulation.crowd.people import Body
from saunter.simulation.crowd.scenario import MEETINGS
from saunter.simulation.crowd.shop import Life, Party, Shop
from saunter.simulation.gestures import Dice
from saunter.simulation.stock import Piece

#: How many guests each kind of meeting wants.
GUESTS: Final[Mapping[str, int]] = {"hand over": 1, "reach across": 1, "crowd": 3, "simultaneous": 1, "crossing": 1}


@dataclass(eq=False)
class Meeting:
    """Somebody waits at a plate for others. `begins` fires True when all are there, False when the waiting is over."""

    kind: str
    party: Party
    host: Body
    sku: str
    plate: str
    begins: simpy.Event
    given: Piece | None = None
    coming: int = 0
    guests: list[tuple[Party, Body]] = field(default_factory=list)


class Meetings:
    """All meetings that are being waited for."""

    def __init__(self, shop: Shop, errands: Errands) -> None:
        self._shop, self._env, self._errands, self._hands = shop, shop.env, errands, shop.hands
        self._open: list[Meeting] = []
        errands.add({kind: self._host(kind) for kind in MEETINGS}, self.invitation)

    def invitation(self, party: Party, body: Body) -> Errand | None:
        """The guest's errand of a meeting near enough that still lacks somebody of another party."""
        for meeting in self._open:
            lacks = meeting.coming < GUESTS[meeting.kind] and not meeting.begins.triggered
            if lacks and meeting.party is not party and math.dist(meeting.host.place, body.place) <= numbers.MEETING_REACH_M:
                return partial(self._joins, meeting)
        return None

    def _joins(self, meeting: Meeting, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        """A guest goes there, buys there instead of one piece of its line, and does its part."""
        if line.pieces > 1:
            party.lines.append(Line(line.sku, line.pieces - 1))
        place = meeting.coming
        meeting.coming += 1
        if not (yield from self._errands.goes_to(body, meeting.plate, dice)) or meeting.begins.triggered:
            meeting.coming -= 1
            party.lines.append(Line(line.sku, 1))
            return
        meeting.guests.append((party, body))
        if len(meeting.guests) == GUESTS[meeting.kind]:
            meeting.begins.succeed(True)
        if (yield meeting.begins):
            yield from self._guest(meeting, party, body, place, dice)
        else:
            party.lines.append(Line(line.sku, 1))

    def _host(self, kind: str) -> Errand:
        def errand(party: Party, body: Body, line: Line, dice: Dice) -> Life:
            plate = self._errands.plate_of(line.sku, dice)
            if not (yield from self._errands.goes_to(body, plate, dice)):
                return
            meeting = Meeting(kind, party, body, line.sku, plate, self._env.event())
            if kind == "hand over":
                pieces = yield from self._errands.takes_for(party, body, line, kind, dice)
                if not pieces:
                    return
                meeting.given = pieces[0]
            if (yield from self._waits(meeting)):
                yield from self._begins(meeting, party, body, line, dice)
            elif kind != "hand over":
                yield from self._errands.takes_for(party, body, line, "take", dice)

        return errand

    def _waits(self, meeting: Meeting) -> Generator[simpy.Event, Any, bool]:
        self._open.append(meeting)
        yield meeting.begins | self._env.timeout(numbers.MEETING_WAIT_S)
        self._open.remove(meeting)
        if not meeting.begins.triggered:
            meeting.begins.succeed(bool(meeting.guests) and meeting.kind == "crowd")
        return bool((yield meeting.begins))

    def _begins(self, meeting: Meeting, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        """The host's part."""
        guest_party, guest = meeting.guests[0]
        match meeting.kind:
            case "hand over":
                yield from self._gives(meeting, party, guest_party, guest)
            case "reach across":
                yield self._env.timeout(float(dice.uniform(*numbers.REGARD_S)))
                yield from self._errands.takes_for(party, body, line, "take", dice)
            case _:
                yield from self._takes_with(meeting, party, body, line.sku, guest, dice)

    def _guest(self, meeting: Meeting, party: Party, body: Body, place: int, dice: Dice) -> Life:
        match meeting.kind:
            case "hand over":
                yield self._env.timeout(2 * self._hands.lead_s())
            case "reach across":
                yield from self._errands.takes_for(party, body, Line(meeting.sku, 1), meeting.kind, dice)
            case _:
                sku = self._errands.neighbours(meeting.sku)[place % len(self._errands.neighbours(meeting.sku))]
                yield from self._takes_with(meeting, party, body, sku, meeting.host, dice)

    def _takes_with(self, meeting: Meeting, party: Party, body: Body, sku: str, other: Body, dice: Dice) -> Life:
        """Takes at the same moment, within a crowd, or before changing places closely with the other."""
        latest_s = {"simultaneous": numbers.SAME_MOMENT_S, "crowd": numbers.CROWD_S}.get(meeting.kind, 1.0)
        how = Grab(after_s=float(dice.uniform(0.0, latest_s)))
        yield from self._errands.takes_for(party, body, Line(sku, 1), meeting.kind, dice, how)
        if meeting.kind == "crossing":
            place = (float(other.goal[0]), float(other.goal[1]))
            yield self._env.timeout(numbers.BREATH_S)
            yield self._shop.people.walks(body, place)

    def _gives(self, meeting: Meeting, party: Party, to: Party, taker: Body) -> Life:
        """The piece goes from hand to hand; who pays is the plan's policy."""
        home_s = self._hands.meets(meeting.host, taker)
        if meeting.given is not None and meeting.given in party.held:
            party.held.remove(meeting.given)
            to.held.append(meeting.given)
            if self._shop.plan.policies.hand_over == "holder":
                party.owed[meeting.sku] -= 1
                to.owed[meeting.sku] = to.owed.get(meeting.sku, 0) + 1
        yield self._errands.until(home_s)
