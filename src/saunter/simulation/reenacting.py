"""Labelled cases re-enacted: the plan learns the products that the labels name, and every case becomes a story.

What the labels leave open is decided here, and every decision that changes something is reported:

* A product is found by its barcode, else by its number without leading zeros, else by its name, else as the one product of
  the same weight on the labelled plates. One that the plan does not have is added with its labelled weight.
* A piece without name or weight cannot be played as a thing: the hand goes there and touches, and the truth has nothing.
* Where the thing lies: over the middle of the labelled plates; where the planogram has it on some of them, over those.
* Somebody who puts back what they do not hold does nothing but touch.
* Label times are whole seconds and sometimes equal: actions keep their order, wait for legs and hands, and never for longer
  than WAIT_MAX_S between one action and the next of the whole case.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from saunter.base.errors import Problem
from saunter.base.money import Money, exponent
from saunter.base.time import to_seconds
from saunter.plan import Plan, Plate, Product, Weight
from saunter.simulation import table
from saunter.simulation.cases import Case, CaseEvent, Labelled
from saunter.simulation.floor import Floor, Point, length_m
from saunter.simulation.story import Action, Enters, Leaves, Placement, PlateState, Presses, PutsBack, Story, Takes, Walks
from saunter.simulation.till import Till

#: Nobody in a case waits longer than this for the next thing to happen: longer labelled gaps are slips or empty shop time.
WAIT_MAX_S: Final = 20.0
#: A hand needs this long from one thing to the next at the same place: out, grip, lift or set down, back (table.REACH_S ...).
HAND_S: Final = 2 * table.REACH_S + table.GRIP_S + table.LIFT_S[1] + table.TOUCH_S[1]
#: People come in and go out one after another, this far apart, so that bodies do not stand in each other at the door.
DOOR_GAP_S: Final = 2.5
#: The shop is empty and at rest for this long before the first one comes in: scales have a level to differ from.
QUIET_S: Final = 3.0
#: A hand that only touches: grams and seconds (a light touch of the range measured on picks).
TOUCH_G: Final = 60.0
TOUCH_S: Final = 0.5
#: Two weights are the same product's when they differ by less than this share (labels copy the catalogue).
SAME_WEIGHT: Final = 0.01
#: The price of a product that only a label names: one unit of the currency, as nearly all of the NanoStore's.
_PRICE: Final = Decimal(1)


def plan_with_labels(plan: Plan, cases: Iterable[Case]) -> tuple[Plan, tuple[Problem, ...]]:
    """The plan with every product that the cases name; what was done for it is reported.

    A product without a barcode takes that of a label of the same name; one that the plan does not have is added with its
    labelled weight and no facing. The planogram stays as it is: what cases find elsewhere was misplaced.
    """
    renamed: dict[str, Product] = {}
    added: dict[str, Product] = {}
    report: list[Problem] = []
    for case in cases:
        for event in case.events:
            for label in event.products:
                product = _found(plan, label, event)
                if product is not None and not product.gtin and product.sku not in renamed and _gtin(label.barcode):
                    renamed[product.sku] = replace(product, sku=label.barcode, gtin=_gtin(label.barcode))
                    report.append(
                        Problem(case.name, 0, f"{product.name!r} has no barcode in the plan, it is {label.barcode} now")
                    )
                elif product is None and label.is_named and label.weight_g is not None and label.barcode not in added:
                    added[label.barcode] = _added(plan, label)
                    what = f"{label.barcode} ({label.name}) is not in the plan: added with its labelled {label.weight_g:g} g"
                    report.append(Problem(case.name, 0, what))
    return _with_products(plan, renamed, added), tuple(report)


def case_story(case: Case, plan: Plan, noise: str = "nanostore") -> tuple[Story, tuple[Problem, ...]]:
    """The story of a case in a plan that knows its products (`plan_with_labels`), and what could not be played as labelled.

    Plates are those of the plan named `g<gondola>s<shelf>p<plate>`. Parties are the shoppers, named by the tracker itself;
    there are no gate passes. Everybody comes in before their first action and leaves when the last of the case is done.
    """
    played = _Reenactment(case, plan)
    for event in _in_order(case.events):
        played.add(event)
    actions = played.finished()
    touched = {plate: _LIVE for placed in played.places for plate in placed}
    story = Story(
        title=f"the labelled case {case.name}",
        actions=tuple(sorted(actions, key=lambda action: action.at_s)),
        name=case.name,
        shop=plan.store,
        noise=noise,
        gates="none",
        hand_over=plan.policies.hand_over,
        placements=tuple(played.placements),
        plates=touched,
    )
    return story, tuple(played.report)


_LIVE: Final[PlateState] = "live"


def _in_order(events: Sequence[CaseEvent]) -> list[CaseEvent]:
    return sorted(events, key=lambda event: event.at)


@dataclass
class _Shopper:
    """How far one shopper's own time has come: where it stands and when its hands and legs are free again."""

    place: Point | None = None
    free_s: float = -math.inf
    actions: list[Action] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Move:
    """One thing that a hand does, at the earliest at `earliest_s`."""

    action: Takes | PutsBack | Presses
    earliest_s: float = -math.inf


@dataclass(frozen=True, slots=True)
class _Left:
    """A piece that somebody put on these plates at that second."""

    sku: str
    plates: tuple[str, ...]
    at_s: float


class _Reenactment:
    """Plays the events of one case in order of time; second 0 is the first label until `finished` shifts everything."""

    def __init__(self, case: Case, plan: Plan) -> None:
        self._case = case
        self._plan = plan
        self._floor = Floor(plan)
        self._shoppers = {shopper: _Shopper() for shopper in case.shoppers}
        self._till = Till(plan.policies.hand_over)
        for shopper in case.shoppers:
            self._till.enters(shopper, True)
        self._label_s = 0.0
        self._last_at: int | None = None
        self._left: list[_Left] = []
        self.placements: list[Placement] = []
        self.places: list[tuple[str, ...]] = []
        self.report: list[Problem] = []

    def add(self, event: CaseEvent) -> None:
        """One labelled action: all its pieces move in one grab."""
        self._label_s += min(WAIT_MAX_S, to_seconds(event.at - self._last_at)) if self._last_at is not None else 0.0
        self._last_at = event.at
        plates = self._plates(event)
        if not plates:
            return
        self.places.append(plates)
        moves = [self._move(event, plates, sku, quantity) for sku, quantity in self._moved(event).items()]
        touch = _Move(Presses(at_s=0.0, party=event.shopper, plates=plates, force_g=TOUCH_G, seconds=TOUCH_S))
        possible = [move for move in moves if move is not None] or [touch]
        at_s = self._acts(event, possible)
        for action in (move.action for move in possible):
            if isinstance(action, PutsBack):
                self._left += [_Left(action.sku, plates, at_s)] * action.quantity

    def finished(self) -> list[Action]:
        """All actions, with comings and goings, from second QUIET_S on."""
        first_s = {shopper: state.actions[0].at_s for shopper, state in self._shoppers.items() if state.actions}
        entries, exits = self._entries(first_s), self._exits()
        shift_s = QUIET_S - min(entries.values(), default=0.0)
        actions: list[Action] = []
        for shopper, entry_s in entries.items():
            mine = self._shoppers[shopper].actions
            actions.append(Enters(at_s=entry_s, party=shopper))
            actions.append(Walks(at_s=entry_s, party=shopper, to=_first_plate(mine[0])))
            actions += [*mine, Leaves(at_s=exits[shopper], party=shopper)]
        return [replace(action, at_s=round(action.at_s + shift_s, 3)) for action in actions]

    def _exits(self) -> dict[str, float]:
        """When each sets off for the door: when done, one after another."""
        exits: dict[str, float] = {}
        before_s = -math.inf
        for shopper, state in sorted(self._shoppers.items(), key=lambda entry: entry[1].free_s):
            exits[shopper] = before_s = max(state.free_s, before_s + DOOR_GAP_S)
        return exits

    def _entries(self, first_s: dict[str, float]) -> dict[str, float]:
        """When each comes in: in time for its first action, one after another."""
        entries: dict[str, float] = {}
        later_s = math.inf
        for shopper in sorted(first_s, key=lambda shopper: first_s[shopper], reverse=True):
            plate = self._plan.plates[_first_plate(self._shoppers[shopper].actions[0])]
            walk_s = self._walk_s(self._floor.door("in", "both"), plate)
            entries[shopper] = later_s = min(first_s[shopper] - walk_s - HAND_S, later_s - DOOR_GAP_S)
        return dict(sorted(entries.items(), key=lambda entry: entry[1]))

    def _move(self, event: CaseEvent, plates: tuple[str, ...], sku: str, quantity: int) -> _Move | None:
        """What a shopper does with some pieces of one product; None when it cannot have done that."""
        if not event.put_back:
            lying = self._lies_on(sku, plates)
            self._till.takes(event.shopper, sku, quantity)
            action = Takes(at_s=0.0, party=event.shopper, sku=sku, quantity=quantity, plates=lying)
            return _Move(action, self._picks_up(sku, lying, quantity))
        held = self._till.holds(event.shopper, sku)
        if held < quantity:
            self._say(event, f"{event.shopper} puts back {quantity} {sku} and holds {held}: played as a touch")
            return None
        self._till.puts_back(event.shopper, sku, quantity)
        return _Move(PutsBack(at_s=0.0, party=event.shopper, sku=sku, quantity=quantity, plates=plates))

    def _lies_on(self, sku: str, plates: tuple[str, ...]) -> tuple[str, ...]:
        """The labelled plates that the planogram gives to this product; all of them where it gives none."""
        own = {plate for facing in self._plan.facings if facing.sku == sku for plate in facing.plates}
        return tuple(plate for plate in plates if plate in own) or plates

    def _picks_up(self, sku: str, plates: tuple[str, ...], quantity: int) -> float:
        """Makes sure that pieces lie there: those left there before, others from the start. Returns the earliest second."""
        earliest_s, missing = -math.inf, quantity
        for left in [left for left in self._left if left.sku == sku and set(left.plates) <= set(plates)][:quantity]:
            self._left.remove(left)
            earliest_s, missing = max(earliest_s, left.at_s + HAND_S), missing - 1
        if missing:
            self.placements.append(Placement(sku, missing, plates))
        return earliest_s

    def _acts(self, event: CaseEvent, moves: list[_Move]) -> float:
        """Lets a shopper act as soon after the label as legs and hands allow; returns when."""
        shopper, plate = self._shoppers[event.shopper], self._plan.plates[_first_plate(moves[0].action)]
        at_s = max(self._label_s, *(move.earliest_s for move in moves))
        if shopper.place is not None:
            at_s = max(at_s, shopper.free_s + self._walk_s(shopper.place, plate))
        if at_s > self._label_s + WAIT_MAX_S:
            self._say(event, f"labels leave {event.shopper} no time: played {at_s - self._label_s:.0f} s late")
        shopper.place, shopper.free_s = self._floor.spots(plate)[0][0], at_s + HAND_S
        shopper.actions += [replace(move.action, at_s=at_s) for move in moves]
        return at_s

    def _walk_s(self, start: Point, plate: Plate) -> float:
        """How long a walk takes to the furthest of the places before a plate that others may leave free, from one of those
        beside `start`; alone, one stands where it is best, and nearby one does not walk.
        """
        spots = [spot for spot, _ in self._floor.spots(plate)]
        alone = len(self._shoppers) == 1
        if alone and math.dist(start, spots[0]) < table.SIDE_REACH_M:
            return 0.0
        aside_m = 0.0 if alone else 2 * table.SIDE_STEP_M
        return (max(length_m(self._floor.path(start, spot)) for spot in spots[: 1 if alone else None]) + aside_m) / table.WALK_MPS

    def _plates(self, event: CaseEvent) -> tuple[str, ...]:
        names = [f"g{event.gondola}s{event.shelf}p{number}" for number in event.plates]
        missing = [name for name in names if name not in self._plan.plates]
        if missing:
            self._say(event, f"the plan has no {' '.join(missing)}" + ("" if len(missing) < len(names) else ": left out"))
        return tuple(name for name in names if name in self._plan.plates)

    def _moved(self, event: CaseEvent) -> Counter[str]:
        """How many pieces of each product move."""
        moved: Counter[str] = Counter()
        for label in event.products:
            product = _found(self._plan, label, event)
            if product is None:
                named = f"{label.barcode} ({label.name})" if label.is_named else "nobody knows what"
                self._say(event, f"{named} has no weight to play it with: played as a touch, not in the truth")
            else:
                moved[product.sku] += 1
        if not event.products:
            self._say(event, "the label names no product: played as a touch")
        return moved

    def _say(self, event: CaseEvent, what: str) -> None:
        self.report.append(Problem(self._case.name, 0, f"event {event.number}: {what}"))


def _first_plate(action: Action) -> str:
    """The plate before which one stands for an action: the middle one."""
    plates: tuple[str, ...] = getattr(action, "plates", ())
    return plates[len(plates) // 2]


def _found(plan: Plan, label: Labelled, event: CaseEvent) -> Product | None:
    """The product that a label means; None where the plan has none, or nobody can tell."""
    if not label.is_named:
        return None
    exact = plan.products.get(label.barcode)
    if exact is not None:
        return exact
    number, name = label.barcode.lstrip("0"), _key(label.name)
    same = [p for p in plan.products.values() if number and number in (p.sku.lstrip("0"), p.gtin.lstrip("0"))]
    same = same or [p for p in plan.products.values() if name and not p.gtin and _key(p.name) == name]
    same = same or _of_this_weight_here(plan, label, event)
    return same[0] if len(same) == 1 else None


def _of_this_weight_here(plan: Plan, label: Labelled, event: CaseEvent) -> list[Product]:
    """The products without a barcode that lie on the labelled plates and weigh what the label says."""
    plates = {f"g{event.gondola}s{event.shelf}p{number}" for number in event.plates}
    here = {facing.sku for facing in plan.facings if plates & set(facing.plates)}
    return [
        product
        for product in plan.products.values()
        if product.sku in here
        and not product.gtin
        and product.weight.mean_g is not None
        and label.weight_g is not None
        and abs(product.weight.mean_g - label.weight_g) <= SAME_WEIGHT * label.weight_g
    ]


def _key(name: str) -> str:
    return "".join(name.split()).casefold()


def _gtin(barcode: str) -> str:
    """The digits padded to 14; empty when it is no such number."""
    return barcode.zfill(14) if barcode.isascii() and barcode.isdigit() and len(barcode) <= 14 else ""


def _added(plan: Plan, label: Labelled) -> Product:
    price = Money(int(_PRICE.scaleb(exponent(plan.currency))), plan.currency)
    tax = next(iter(plan.taxes), "")
    return Product(label.barcode, label.name or label.barcode, price, Weight(label.weight_g), _gtin(label.barcode), tax)


def _with_products(plan: Plan, renamed: dict[str, Product], added: dict[str, Product]) -> Plan:
    products = [renamed.get(sku, product) for sku, product in plan.products.items()] + list(added.values())
    facings = tuple(replace(f, sku=renamed[f.sku].sku) if f.sku in renamed else f for f in plan.facings)
    return replace(plan, products={product.sku: product for product in products}, facings=facings)
