"""What a shopper does between the gates: look, walk, take, put back; one method per kind of errand, in one table."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from typing import Any

import numpy as np
import simpy

from saunter.plan import Facing, Plate
from saunter.simulation.crowd import numbers
from saunter.simulation.crowd.hands import Grab
from saunter.simulation.crowd.lists import Line
from saunter.simulation.crowd.people import Body
from saunter.simulation.crowd.scenario import PIECES_TAKEN, SEVERAL
from saunter.simulation.crowd.shop import Life, Party, Shop
from saunter.simulation.floor import Point
from saunter.simulation.gestures import Dice
from saunter.simulation.stock import Piece

#: An errand of one body; the line is what its party wants next.
Errand = Callable[[Party, Body, Line, Dice], Life]
#: What a body is invited to when it is free: a guest's errand, or nothing.
Invitations = Callable[[Party, Body], Errand | None]


class Errands:
    """The errands of all shoppers of a shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop, self._env, self._hands = shop, shop.env, shop.hands
        self._spots: dict[str, list[tuple[Point, float]]] = {}
        self.astray: list[tuple[float, Piece]] = []
        self._kinds: dict[str, Errand] = {
            "take": self._take,
            "two-handed": self._two_handed,
            "long hold": self._long_hold,
            "touch": self._touch,
            "put back": self._put_back,
            "misplace": self._misplace,
            "swap": self._swap,
            "floor": self._floor,
            "conceal": self._conceal,
        }
        self._invitations: Invitations | None = None

    def add(self, kinds: Mapping[str, Errand], invitations: Invitations) -> None:
        """Further kinds of errand, and what free bodies are invited to."""
        self._kinds |= kinds
        self._invitations = invitations

    def shopping(self, party: Party, body: Body, dice: Dice) -> Life:
        """One body works through its party's list, in the order of the way, and then is ready to go."""
        while party.lines:
            line = self._next_line(party, body, dice)
            invited = self._invitations and self._invitations(party, body)
            if invited:
                yield from invited(party, body, line, dice)
                continue
            if dice.random() < numbers.BROWSE_SHARE:
                yield from self._browse(body, dice)
            kind = self._chosen(dice)
            left = line.pieces - PIECES_TAKEN.get(kind, 1)
            if left > 0:
                party.lines.append(Line(line.sku, left))
            yield from self._kinds[kind](party, body, line, dice)

    def goes_to(self, body: Body, plate: str, dice: Dice, look_s: float = numbers.LOOK_S) -> Generator[simpy.Event, Any, bool]:
        """A body walks before a plate, waits a little where it is full, and looks (`look_s`: the median time); False: it could
        not get there."""
        for _ in range(numbers.TRIES_MAX):
            spot = next((each for each in self.spots(plate) if self._shop.people.is_free(each[0], body)), None)
            if spot is None:
                yield self._env.timeout(float(dice.uniform(*numbers.PAUSE_S)))
                continue
            is_there = yield self._shop.people.walks(body, *spot)
            if is_there:
                yield self._env.timeout(look_s * math.exp(numbers.LOOK_LOG_SD * float(dice.standard_normal())))
                return True
        return False

    def spots(self, plate: str) -> list[tuple[Point, float]]:
        """Where one may stand to reach a plate, best first: clear of furniture where there is such a place."""
        if plate not in self._spots:
            found = self._hands.floor.spots(self._shop.plan.plates[plate])
            points = np.array([point for point, _ in found])
            clear = self._shop.people.ways.clear(points, points)
            self._spots[plate] = [spot for spot, is_clear in zip(found, clear, strict=True) if is_clear] or found[:1]
        return self._spots[plate]

    def plate_of(self, sku: str, dice: Dice) -> str:
        """One of the plates where a product belongs."""
        home = self._hands.stock.home(sku)
        return home[int(dice.integers(len(home)))]

    def until(self, at_s: float) -> simpy.Event:
        """Fires at a second, or now when that is over."""
        return self._env.timeout(max(0.0, at_s - self._env.now))

    def carries(self, dice: Dice) -> simpy.Event:
        """Fires when a piece has been carried for a while."""
        return self._env.timeout(float(dice.uniform(*numbers.CARRIED_S)))

    def takes_for(
        self, party: Party, body: Body, line: Line, behaviour: str, dice: Dice, how: Grab | None = None
    ) -> Generator[simpy.Event, Any, list[Piece]]:
        """A body that stands there takes one piece for its party, and has it (empty: there was none)."""
        pieces, home_s = self._hands.takes(body, line.sku, 1, behaviour, dice, how=how)
        party.gets(pieces)
        yield self.until(home_s)
        return pieces

    def _next_line(self, party: Party, body: Body, dice: Dice) -> Line:
        """The line whose shelf is nearest, as far as the shopper knows the shop."""
        near_m = [math.dist(body.place, self.spots(self._hands.stock.home(line.sku)[0])[0][0]) for line in party.lines]
        guesses = np.array(near_m) * np.exp(0.3 * dice.standard_normal(len(near_m)))
        return party.lines.pop(int(np.argmin(guesses)))

    def _chosen(self, dice: Dice) -> str:
        scenario = self._shop.scenario
        weights = scenario.odd if dice.random() < scenario.odd_share else scenario.ordinary
        shares = np.array(list(weights.values()))
        return list(weights)[int(dice.choice(len(shares), p=shares / shares.sum()))]

    def _browse(self, body: Body, dice: Dice) -> Life:
        """Looks at something that is not on the list."""
        spots = self.spots(self.plate_of(self._shop.tastes.one(dice), dice))
        free = next((spot for spot in spots if self._shop.people.is_free(spot[0], body)), None)
        if free is not None:
            yield self._shop.people.walks(body, *free)
            yield self._env.timeout(float(dice.uniform(*numbers.BROWSE_S)))

    def _take(self, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        if not (yield from self.goes_to(body, self.plate_of(line.sku, dice), dice)):
            return
        left = line.pieces
        while left > 0:
            grab = min(left, numbers.GRAB_MAX)
            pieces, home_s = self._hands.takes(body, line.sku, grab, "take" if grab == 1 else SEVERAL, dice)
            party.gets(pieces)
            left = left - grab if pieces else 0
            yield self.until(home_s)

    def _two_handed(self, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        """Each hand takes one piece, nearly at once."""
        if not (yield from self.goes_to(body, self.plate_of(line.sku, dice), dice)):
            return
        home_s = self._env.now
        for is_left in (True, False):
            how = Grab(after_s=0.0 if is_left else float(dice.uniform(*numbers.SECOND_HAND_S)), is_left=is_left)
            pieces, hand_s = self._hands.takes(body, line.sku, 1, "two-handed", dice, how=how)
            party.gets(pieces)
            home_s = max(home_s, hand_s)
        yield self.until(home_s)

    def _long_hold(self, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        if (yield from self.goes_to(body, self.plate_of(line.sku, dice), dice)):
            how = Grab(held_s=float(dice.uniform(*numbers.LONG_HOLD_S)))
            yield from self.takes_for(party, body, line, "long hold", dice, how)

    def _touch(self, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        """Feels something that is not on the list."""
        plate = self.plate_of(self._shop.tastes.one(dice), dice)
        if (yield from self.goes_to(body, plate, dice)):
            yield self.until(self._hands.touches(body, self._plate(plate), "touch", dice))

    def _put_back(self, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        """Takes something else, regards it, and puts it back in its place."""
        other = Line(self._shop.tastes.one(dice), 1)
        if not (yield from self.goes_to(body, self.plate_of(other.sku, dice), dice)):
            return
        for piece in (yield from self.takes_for(party, body, other, "put back", dice)):
            yield self._env.timeout(float(dice.uniform(*numbers.REGARD_S)))
            yield from self.returns(party, body, piece, self.home_of_one(piece, dice), "put back", dice)

    def _misplace(self, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        """Takes something, walks on, and leaves it on some other shelf."""
        other = Line(self._shop.tastes.one(dice), 1)
        if not (yield from self.goes_to(body, self.plate_of(other.sku, dice), dice)):
            return
        for piece in (yield from self.takes_for(party, body, other, "misplace", dice)):
            yield self.carries(dice)
            plate = self._foreign_plate(piece, dice)
            if (yield from self.goes_to(body, plate, dice)):
                yield from self.returns(party, body, piece, (plate,), "misplace", dice)

    def _swap(self, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        """Takes something; later puts it back and takes what stands beside it."""
        plate = self.plate_of(line.sku, dice)
        if not (yield from self.goes_to(body, plate, dice)):
            return
        for piece in (yield from self.takes_for(party, body, line, "swap", dice)):
            yield self.carries(dice)
            if not (yield from self.goes_to(body, plate, dice)):
                return
            back_s = self._hands.puts(body, piece, self.home_of_one(piece, dice), "put back", "swap", dice)
            party.loses(piece)
            how = Grab(after_s=float(dice.uniform(*numbers.SWAP_GAP_S)))
            yield from self.takes_for(party, body, Line(self.neighbours(line.sku)[0], 1), "swap", dice, how)
            yield self.until(back_s)

    def _floor(self, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        """Takes something, walks on, and sets it down on the floor."""
        other = Line(self._shop.tastes.one(dice), 1)
        if not (yield from self.goes_to(body, self.plate_of(other.sku, dice), dice)):
            return
        for piece in (yield from self.takes_for(party, body, other, "floor", dice)):
            yield from self._browse(body, dice)
            home_s = self._hands.sets_down(body, piece, "floor")
            party.loses(piece)
            yield self.until(home_s)

    def _conceal(self, party: Party, body: Body, line: Line, dice: Dice) -> Life:
        """Takes something, turns away, and hides it in a bag at once."""
        if not (yield from self.goes_to(body, self.plate_of(line.sku, dice), dice)):
            return
        if (yield from self.takes_for(party, body, line, "conceal", dice)):
            body.heading += float(dice.uniform(*numbers.TURN_AWAY))
            yield self.until(self._hands.hides(body))

    def returns(self, party: Party, body: Body, piece: Piece, plates: tuple[str, ...], behaviour: str, dice: Dice) -> Life:
        """A body that stands there puts a piece on plates."""
        home_s = self._hands.puts(body, piece, plates, "put back", behaviour, dice)
        party.loses(piece)
        if not set(plates) <= set(self._hands.stock.home(piece.goods.sku)):
            self.astray.append((self._env.now, piece))
        yield self.until(home_s)

    def home_of_one(self, piece: Piece, dice: Dice) -> tuple[str, ...]:
        """Where a piece belongs: one plate of its facing, or two where it is wider than a plate."""
        home = self._hands.stock.home(piece.goods.sku)
        wide = min(len(home), 1 + int(piece.goods.width_m > self._plate(home[0]).width_m))
        first = int(dice.integers(0, len(home) - wide + 1))
        return home[first : first + wide]

    def neighbours(self, sku: str) -> list[str]:
        """The other products of the same shelf, the nearest first; the product itself where it is alone."""
        here = self._plate(self._hands.stock.home(sku)[0])
        others = [facing for facing in self._shop.plan.facings_by_shelf[here.shelf] if facing.sku != sku]
        return [facing.sku for facing in sorted(others, key=lambda facing: (self._gap(facing, here), facing.sku))] or [sku]

    def _gap(self, facing: Facing, plate: Plate) -> float:
        return round(min(abs(self._plate(other).along_m - plate.along_m) for other in facing.plates), 3)

    def _foreign_plate(self, piece: Piece, dice: Dice) -> str:
        """A plate in use where the piece does not belong and fits between the boards' ends."""
        used = list(dict.fromkeys(plate for facing in self._shop.plan.facings for plate in facing.plates))
        foreign = [plate for plate in used if plate not in self._hands.stock.home(piece.goods.sku)]
        return foreign[int(dice.integers(len(foreign)))]

    def _plate(self, plate: str) -> Plate:
        return self._shop.plan.plates[plate]
