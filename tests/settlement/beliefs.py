"""Small beliefs made of weighted worlds, and the carts with doubts that follow from them exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from saunter.base.money import Money
from saunter.base.time import MILLISECOND, SECOND
from saunter.plan.types import Plan, Policies, Product, Weight
from saunter.records import Answer, Awaited, Cart, CartLine, Change, Doubt, Envelope, QuestionClosed

PRICES = {"gum": 90, "water": 200, "cheese": 700, "ham": 2500}
#: When the first cart of a story comes.
NOON = 1_000 * SECOND


def shop(**policies: Any) -> Plan:
    """A shop that asks, with these policies beside."""
    products = {sku: Product(sku, sku.title(), Money(minor, "EUR"), Weight()) for sku, minor in PRICES.items()}
    return Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
        cameras={}, products=products, facings=(), taxes={}, policies=Policies(**{"review": "questions", **policies}),
    )  # fmt: skip


@dataclass(frozen=True)
class Did:
    """What happened at one interaction in one world: who took how many of what; nobody and nothing: a touch."""

    party: str = ""
    sku: str = ""
    pieces: int = 0


@dataclass(frozen=True)
class World:
    """One way it may have been: its weight, and what happened at each interaction (by its name)."""

    weight: float
    did: Mapping[str, Did]


NOTHING = Did()


def lines(worlds: Sequence[World], party: str) -> dict[str, CartLine]:
    """The marginals of a party's cart."""
    total = math.fsum(world.weight for world in worlds)
    skus = sorted({did.sku for world in worlds for did in world.did.values() if did.party == party})
    found = {}
    for sku in skus:
        counts = [
            (world.weight / total, sum(did.pieces for did in world.did.values() if (did.party, did.sku) == (party, sku)))
            for world in worlds
        ]
        most = max(count for _, count in counts)
        chances = tuple(min(1.0, math.fsum(w for w, count in counts if count >= k)) for k in range(1, most + 1))
        found[sku] = CartLine(sku=sku, at_least=chances, because=("shelves/interactions:0",))
    return found


def answers(worlds: Sequence[World], name: str, party: str) -> tuple[Answer, ...]:
    """What may have happened at an interaction, and the party's cart under each, likeliest first."""
    total = math.fsum(world.weight for world in worlds)
    now = lines(worlds, party)
    found = []
    for did in dict.fromkeys(world.did.get(name, NOTHING) for world in worlds):
        so = [world for world in worlds if world.did.get(name, NOTHING) == did]
        chance = math.fsum(world.weight for world in so) / total
        then = lines(so, party)
        gone = {sku: CartLine(sku=sku, at_least=(), because=()) for sku in now if sku not in then}
        found.append(answer(did, chance, tuple({**then, **gone}.values())))
    return tuple(sorted(found, key=lambda each: -each.probability))


def answer(did: Did, chance: float, after: tuple[CartLine, ...]) -> Answer:
    changes = (Change(sku=did.sku, quantity=did.pieces),) if did.pieces else ()
    return Answer(
        party=did.party or "NOBODY", action="taken" if did.pieces else "nothing", changes=changes, probability=chance, lines=after
    )


def cart(worlds: Sequence[World], party: str = "p1", *, at: int = NOON, n: int = 0, awaited_ms: int = 0) -> Cart:
    """The final cart of a party, with a doubt for every interaction of which the worlds disagree; each took a second."""
    names = sorted({name for world in worlds for name in world.did})
    doubts = []
    for number, name in enumerate(names):
        found = answers(worlds, name, party)
        if len(found) > 1 and any(each.lines for each in found):
            started = NOON - (100 - number) * SECOND
            doubts.append(
                Doubt(interaction=name, shelf="s1", plates=("s1p1",), started=started, settled=started + SECOND, answers=found)
            )
    awaited = (Awaited(until=at + awaited_ms * MILLISECOND, reason="a load may go back"),) if awaited_ms else ()
    place = Envelope(store="corner", stream="attribution/carts", sequence=n, happened=at, arrived=at)
    return Cart(
        envelope=place, visit=f"visit-{party}", party=party, lines=tuple(lines(worlds, party).values()), final=True,
        doubts=tuple(doubts), awaited=awaited,
    )  # fmt: skip


def knowing(worlds: Sequence[World], name: str, did: Did, accuracy: float = 1.0) -> list[World]:
    """The worlds after a reviewer of some accuracy said what happened at an interaction."""
    chance = {True: accuracy, False: 1.0 - accuracy}
    found = [replace(world, weight=world.weight * chance[world.did.get(name, NOTHING) == did]) for world in worlds]
    return [world for world in found if world.weight > 0]


def closed(question: str, interaction: str, outcome: str = "answered", *, visit: str = "visit-p1", n: int = 0) -> QuestionClosed:
    """What the review room says of a question."""
    place = Envelope(store="corner", stream="review/closed", sequence=n, happened=NOON, arrived=NOON)
    return QuestionClosed(
        envelope=place, question=question, purpose="doubt", visit=visit, interaction=interaction,
        outcome=outcome, verdict=f"verdicts:{n}", choice=1,
    )  # type: ignore[arg-type] # fmt: skip
