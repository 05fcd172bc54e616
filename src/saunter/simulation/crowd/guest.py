"""A guest: a body in the pretend shop whom somebody outside steers. It walks, reaches and weighs as all others do."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

import simpy

from saunter.base.errors import Refused
from saunter.base.randomness import generator
from saunter.plan import Gate
from saunter.simulation.crowd import numbers
from saunter.simulation.crowd.errands import Errands
from saunter.simulation.crowd.people import Body
from saunter.simulation.crowd.scenario import SEVERAL
from saunter.simulation.crowd.shop import Life, Party, Shop
from saunter.simulation.stock import Piece

#: Guests are numbered from here on; no crowd is so large.
GUEST_NUMBERS: Final = 1_000_000
#: What a guest can be doing. "outside" is before it was told to come, "turned away" means that the gate stayed shut.
Doing = Literal["outside", "at the gate", "waiting", "taking", "putting back", "leaving", "gone", "turned away"]
#: Doings after which a guest is never seen again.
OVER: Final[tuple[Doing, ...]] = ("gone", "turned away")


@dataclass(frozen=True, slots=True)
class GuestState:
    """Where a guest is and what it is at.

    `x_m`, `y_m`: its place, metres (0 while it is outside); `held` {sku: pieces} in its hands and bags; `queued`: commands
    that wait for the present one; `said`: how the last command ended, if not as wished.
    """

    party: str
    doing: Doing
    x_m: float
    y_m: float
    held: dict[str, int]
    queued: int
    said: str


class Guest:
    """Commands are taken at any moment, also while another is carried out, and are done one after the other.

    `opens` and `denied` come from the gate. A command that can never be carried out raises Refused and changes nothing; what
    turns out to be impossible on the spot is told by `state().said`.
    """

    def __init__(self, shop: Shop, errands: Errands, party: str, number: int) -> None:
        self._shop, self._env, self._hands, self._errands = shop, shop.env, shop.hands, errands
        self.party, self._number = party, number
        self._dice = generator(shop.seed, "guest", party)
        self._todo: deque[Callable[[Party, Body], Life]] = deque()
        self._gate: Gate | None = None
        self._doing: Doing = "outside"
        self._is_open = self._is_leaving = False
        self._body: Body | None = None
        self._held: list[Piece] = []
        self._said = ""

    # -- what it is told -----------------------------------------------------------------------------------------------

    def arrives(self, gate: str) -> None:
        """It comes to a gate, and walks in as soon as the gate opens for its party."""
        gates = {each.id: each for each in self._shop.plan.gates.values() if each.kind in ("in", "both")}
        if gate not in gates:
            raise Refused(f"nobody comes in by {gate!r}; choose one of {', '.join(gates)}")
        if self._doing != "outside" or self._gate is not None:
            raise Refused(f"{self.party} has come already; another visit needs another key")
        self._gate = gates[gate]

    def takes(self, sku: str, pieces: int = 1) -> None:
        """It walks to where a product lies and takes pieces."""
        self._check(sku, pieces)
        self._todo.append(partial(self._take, sku, pieces))

    def puts_back(self, sku: str, pieces: int = 1) -> None:
        """It puts pieces that it holds back where they belong."""
        self._check(sku, pieces)
        self._todo.append(partial(self._put_back, sku, pieces))

    def leaves(self) -> None:
        """It walks out, or goes home from before the gate, once everything before that is done."""
        self._check_steered()
        self._is_leaving = True

    def opens(self) -> None:
        """The gate opens for it."""
        self._is_open = True

    def denied(self, reason: str) -> None:
        """The gate stays shut."""
        if self._body is None and self._doing not in OVER and not self._is_open:
            self._doing, self._said = "turned away", reason

    def state(self) -> GuestState:
        """Where it is and what it is doing."""
        x_m, y_m = (0.0, 0.0) if self._body is None else (float(self._body.place[0]), float(self._body.place[1]))
        held = Counter(piece.goods.sku for piece in self._held)
        return GuestState(self.party, self._doing, round(x_m, 3), round(y_m, 3), dict(held), len(self._todo), self._said)

    @property
    def is_over(self) -> bool:
        """Whether it will never be seen again."""
        return self._doing in OVER

    def _check(self, sku: str, pieces: int) -> None:
        self._check_steered()
        if not self._hands.stock.home(sku):
            raise Refused(f"{sku!r} has no place in this shop; ask the shop's stock what can be taken")
        if pieces < 1:
            raise Refused(f"{pieces} pieces cannot be taken or put back; say 1 or more")

    def _check_steered(self) -> None:
        if self.is_over or self._is_leaving:
            raise Refused(f"{self.party} is leaving or has left; another visit needs another key")

    # -- what it does --------------------------------------------------------------------------------------------------

    def life(self) -> Life:
        """From before the gate to behind it again."""
        yield from self._waits_outside()
        if self.is_over:
            return
        party = Party(self._number, [], [], held=self._held)
        self._shop.parties[self._number] = party
        body = self._body = yield from self._shop.comes_in(self._number, self._dice, self._gate)
        party.bodies.append(body)
        yield from self._shop.steps_aside(body, self._dice)
        yield from self._obeys(party, body)
        self._doing = "leaving"
        yield from self._shop.goes_out(body)
        self._shop.leaves(party)
        self._doing, self._body = "gone", None

    def _waits_outside(self) -> Life:
        """Until the gate opens for it; it goes home when that takes too long, or when it is told to."""
        since_s = self._env.now
        while not self.is_over:
            if self._gate is not None and self._doing == "outside":
                self._doing, since_s = "at the gate", self._env.now
            if self._gate is not None and self._is_open:
                self._doing = "waiting"
                return
            if self._is_leaving or self._env.now - since_s > numbers.GUEST_AT_GATE_S:
                self._doing = "turned away"
                self._said = "" if self._is_leaving else "the gate did not open in time"
                return
            yield self._env.timeout(numbers.GUEST_ASKS_S)

    def _obeys(self, party: Party, body: Body) -> Life:
        """Does what it is told until it is told to leave, or is not told anything for long."""
        idle_since_s = self._env.now
        while self._todo or not self._is_leaving:
            if self._todo:
                yield from self._todo.popleft()(party, body)
                self._doing, idle_since_s = "waiting", self._env.now
            elif self._env.now - idle_since_s > numbers.GUEST_IDLE_S:
                self._is_leaving, self._said = True, "nobody said anything for long"
            else:
                yield self._env.timeout(numbers.GUEST_ASKS_S)

    def _take(self, sku: str, pieces: int, party: Party, body: Body) -> Life:
        self._doing, self._said = "taking", ""
        left = pieces
        while left > 0:
            plate = self._nearest(sku, body)
            if not plate:
                self._said = f"there is no more {self._shop.plan.products[sku].name} to be had"
                return
            if not (yield from self._errands.goes_to(body, plate, self._dice, numbers.GUEST_LOOK_S)):
                self._said = "it is too crowded there"
                return
            got = yield from self._grabs(sku, left, plate, party, body)
            left -= got

    def _grabs(self, sku: str, wanted: int, plate: str, party: Party, body: Body) -> Generator[simpy.Event, Any, int]:
        """One grab from a shelf: what a hand holds, as far as it is still there; how many pieces it got."""
        is_home = plate in self._hands.stock.home(sku)
        there = self._at_home(sku) if is_home else [plate]
        grab = min(wanted, numbers.GRAB_MAX if is_home else 1, len(there))
        plates = () if is_home else (plate,)
        behaviour = "take" if grab == 1 else SEVERAL
        pieces, home_s = self._hands.takes(body, sku, grab, behaviour, self._dice, plates=plates) if grab else ([], 0.0)
        party.gets(pieces)
        yield self._errands.until(home_s)
        return len(pieces)

    def _put_back(self, sku: str, pieces: int, party: Party, body: Body) -> Life:
        self._doing, self._said = "putting back", ""
        for _ in range(pieces):
            piece = next((held for held in reversed(party.held) if held.goods.sku == sku), None)
            if piece is None:
                self._said = f"{self.party} holds no {self._shop.plan.products[sku].name}"
                return
            home = self._errands.home_of_one(piece, self._dice)
            if not (yield from self._errands.goes_to(body, home[0], self._dice, numbers.GUEST_LOOK_S)):
                self._said = "it is too crowded there"
                return
            yield from self._errands.returns(party, body, piece, home, "put back", self._dice)

    def _nearest(self, sku: str, body: Body) -> str:
        """The nearest plate under a piece of a product: where it belongs, or else where it lies astray; empty: there is none."""
        lying = [self._hands.stock.plate_under(piece) for piece in self._hands.stock.of(sku)]
        plates = sorted(set(self._at_home(sku) or lying))
        return min(plates, key=lambda plate: math.dist(body.place, self._errands.spots(plate)[0][0]), default="")

    def _at_home(self, sku: str) -> list[str]:
        """The plate under each piece of a product that lies where it belongs."""
        stock = self._hands.stock
        return [plate for piece in stock.of(sku) if (plate := stock.plate_under(piece)) in stock.home(sku)]
