"""Staff on the floor: refill what runs low and put away what lies astray, as long as the shop is open."""

from __future__ import annotations

from saunter.base.randomness import generator
from saunter.simulation import table
from saunter.simulation.crowd import numbers
from saunter.simulation.crowd.errands import Errands
from saunter.simulation.crowd.people import Body
from saunter.simulation.crowd.scenario import REFILL, TIDY
from saunter.simulation.crowd.shop import STAFF_NUMBER, Life, Shop
from saunter.simulation.gestures import Dice
from saunter.simulation.stock import Piece


class Staff:
    """The members of staff of a shop."""

    def __init__(self, shop: Shop, errands: Errands) -> None:
        self._shop, self._env, self._errands, self._stock = shop, shop.env, errands, shop.hands.stock
        self._full = {sku: self._stock.left(sku) for sku in shop.tastes.skus}
        self._busy: set[str] = set()
        for number in range(shop.scenario.staff):
            self._env.process(self._works(generator(shop.seed, "staff", str(number))))

    def _works(self, dice: Dice) -> Life:
        body = yield from self._shop.comes_in(STAFF_NUMBER, dice)
        while not self._shop.is_empty:
            astray = next((found for found in self._errands.astray if self._env.now - found[0] > numbers.ASTRAY_S), None)
            low = [sku for sku in self._full if self._is_low(sku)]
            if astray is not None:
                self._errands.astray.remove(astray)
                yield from self._tidies(body, astray[1], dice)
            elif low:
                yield from self._refills(body, min(low, key=self._share), dice)
            else:
                yield from self._shop.steps_aside(body, dice)
            yield self._env.timeout(float(dice.uniform(*numbers.REST_S)))
        yield from self._shop.goes_out(body)

    def _share(self, sku: str) -> float:
        return self._stock.left(sku) / max(1, self._full[sku])

    def _is_low(self, sku: str) -> bool:
        return sku not in self._busy and self._share(sku) < numbers.REFILL_BELOW

    def _refills(self, body: Body, sku: str, dice: Dice) -> Life:
        self._busy.add(sku)
        if (yield from self._errands.goes_to(body, self._errands.plate_of(sku, dice), dice)):
            for _ in range(min(numbers.REFILL_MAX, self._full[sku] - self._stock.left(sku))):
                piece = self._stock.new(sku)
                self._shop.hands.puts(body, piece, self._errands.home_of_one(piece, dice), "restock", REFILL, dice)
                yield self._env.timeout(table.RESTOCK_GAP_S)
        self._busy.discard(sku)

    def _tidies(self, body: Body, piece: Piece, dice: Dice) -> Life:
        """Fetches a piece from where it lies astray, if it is still there, and puts it where it belongs."""
        found = self._stock.lying(piece.number)
        plate = None if found is None else self._stock.plate_under(found)
        if plate is None or not (yield from self._errands.goes_to(body, plate, dice)):
            return
        pieces, home_s = self._shop.hands.takes(body, piece.goods.sku, 1, TIDY, dice, plates=(plate,))
        yield self._errands.until(home_s)
        for fetched in pieces:
            home = self._errands.home_of_one(fetched, dice)
            while not (yield from self._errands.goes_to(body, home[0], dice)):
                yield self._env.timeout(float(dice.uniform(*numbers.REST_S)))
            yield self._errands.until(self._shop.hands.puts(body, fetched, home, "put back", TIDY, dice))
