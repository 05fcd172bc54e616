"""A load for the speed bench: shoppers who come, take and put back at a steady pace, and leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from saunter.base.errors import InputProblems, Problem
from saunter.base.randomness import generator
from saunter.plan import Plan
from saunter.simulation.stock import Stock
from saunter.simulation.story import Action, Enters, Leaves, PutsBack, Story, Takes, Walks
from saunter.simulation.table import PRESETS

#: One interaction per party in this time; every tenth has a second party at the same plates (DESIGN 10).
PACE_S: Final = 20.0
CONTESTED_EVERY: Final = 10
#: Nobody goes further for the next thing than this, so that the pace can be kept on foot.
NEAR_M: Final = 6.0
#: Who holds this many pieces puts the next one back, so that shelves and carts stay as full as they are.
HELD_MAX: Final = 3
#: No more pieces of one product than this are off the shelf at once or for good: nobody restocks, and no shelf runs empty.
GONE_MAX: Final = 3
#: The first ones enter this far apart, and all of them within one pace: a shop that is full from the beginning.
_ENTRY_GAP_S: Final = 2.0
#: A visit lasts about this long, then somebody else comes in its place: thirty interactions are a full weekly basket.
STAY_S: Final = 600.0
#: The next one comes in this long after the one before set out for the door.
_CHANGE_GAP_S: Final = 3.0
#: How scales and cameras behave: as measured in a real shop.
_NOISE: Final = "nanostore"

#: Where each product stands on the floor plane, metres.
_Places = dict[str, tuple[float, float]]


@dataclass
class _Shopper:
    party: str
    first_s: float
    held: list[str] = field(default_factory=list)
    next_sku: str = ""
    last_sku: str = ""


def load_story(parties: int, seconds: float, seed: int, plan: Plan) -> Story:
    """`parties` shoppers for about `seconds`: one interaction per party every PACE_S, a tenth of them contested.

    In a contested one the party whose turn is half a pace later already stands at the same plates, and takes from there
    next. The first ones enter in the first seconds; who has stayed for STAY_S leaves, and a new party takes the turn.
    Raises InputProblems when the shop has too little to take for so many.
    """
    dice, places, spare = generator(seed, "load"), _places(plan), _spare(plan, seed)
    gap_s = min(_ENTRY_GAP_S, PACE_S / max(1, parties))
    shoppers = [_Shopper(f"p{n + 1}", n * gap_s) for n in range(parties)]
    actions: list[Action] = [_entry(shopper) for shopper in shoppers]
    start_s, entered, gone = parties * gap_s + 15.0, parties, Counter[str]()
    turns, step_s = int(max(0.0, seconds - start_s) / PACE_S) * parties, PACE_S / max(1, parties)
    for turn in range(turns):
        at_s, place = round(start_s + turn * step_s, 3), turn % parties
        shopper, partner = shoppers[place], shoppers[(turn + parties // 2) % parties]
        if at_s - shopper.first_s > STAY_S and not shopper.next_sku:
            entered += 1
            shoppers[place] = _Shopper(f"p{entered}", round(at_s + _CHANGE_GAP_S, 3))
            actions += [Leaves(at_s=at_s, party=shopper.party), _entry(shoppers[place])]
            continue
        sku = _goal(shopper, places, gone, spare, dice)
        is_contested = (turn + turn // parties) % CONTESTED_EVERY == 0 and gone[sku] + 1 < GONE_MAX
        if is_contested and _may_join(partner, shopper, places, sku):
            actions.append(_joining(partner, sku, at_s))
        actions.append(_interaction(shopper, sku, at_s))
        gone[sku] += 1 if isinstance(actions[-1], Takes) else -1
    actions += [Leaves(at_s=round(start_s + turns * step_s + 10.0, 3), party=shopper.party) for shopper in shoppers]
    return _story(actions, f"{parties} parties for {seconds:g} s", plan, seed)


def _story(actions: list[Action], title: str, plan: Plan, seed: int) -> Story:
    in_order = tuple(sorted(actions, key=lambda action: action.at_s))
    return Story(title, in_order, name="load", shop=plan.store, noise=_NOISE, seed=seed)


def _entry(shopper: _Shopper) -> Enters:
    return Enters(at_s=shopper.first_s, party=shopper.party)


def _joining(partner: _Shopper, sku: str, at_s: float) -> Walks:
    """A partner sets out to stand at the same plates when another acts there, and takes from there half a pace later."""
    partner.next_sku = sku
    return Walks(at_s=round(at_s - PACE_S / 2 + 2.5, 3), party=partner.party, to=sku)


def _spare(plan: Plan, seed: int) -> dict[str, int]:
    """How many pieces of each product may be off the shelf: GONE_MAX, or what there is, where that is less."""
    stock = Stock(plan, PRESETS[_NOISE], {}, seed)
    return {sku: min(GONE_MAX, stock.left(sku)) for sku in plan.products}


def _may_join(partner: _Shopper, shopper: _Shopper, places: _Places, sku: str) -> bool:
    """Whether a partner can stand at the same plates in time: another one, near by, and not on its way from the door."""
    is_new = not partner.last_sku and partner.first_s > PACE_S
    return partner is not shopper and not is_new and _is_near(places, partner.last_sku, sku)


def _interaction(shopper: _Shopper, sku: str, at_s: float) -> Action:
    shopper.last_sku = sku
    if sku in shopper.held and len(shopper.held) >= HELD_MAX:
        shopper.held.remove(sku)
        return PutsBack(at_s=at_s, party=shopper.party, sku=sku)
    shopper.held.append(sku)
    return Takes(at_s=at_s, party=shopper.party, sku=sku)


def _places(plan: Plan) -> _Places:
    """Where each product stands on the floor plane, metres."""
    found = {}
    for facing in plan.facings:
        plate = plan.plates[facing.plates[0]]
        x_m, y_m, _ = plate.frame.apply(np.array([plate.width_m / 2, plate.depth_m / 2, 0.0]))
        found[facing.sku] = (float(x_m), float(y_m))
    return found


def _is_near(places: _Places, one: str, other: str) -> bool:
    if not one:
        return True
    return float(np.hypot(*np.subtract(places[one], places[other]))) <= NEAR_M


def _goal(shopper: _Shopper, places: _Places, gone: Counter[str], spare: Mapping[str, int], dice: np.random.Generator) -> str:
    """What a shopper goes for next: what it stands at already; else what it holds, when that is enough; else anything near.

    Where many others were quicker at what it stands at, it goes elsewhere.
    """
    sku, shopper.next_sku = shopper.next_sku, ""
    if sku and gone[sku] < spare[sku]:
        return sku
    own = [sku for sku in shopper.held if _is_near(places, shopper.last_sku, sku)]
    if len(shopper.held) >= HELD_MAX and own:
        return own[int(dice.integers(len(own)))]
    near = [sku for sku in places if gone[sku] < spare[sku] and _is_near(places, shopper.last_sku, sku)]
    if not near:
        what = f"the {len(places)} products within reach are gone before the time is over: nobody restocks"
        raise InputProblems([Problem("load", 0, what, "give more plates, fewer parties or less time")])
    return near[int(dice.integers(len(near)))]
