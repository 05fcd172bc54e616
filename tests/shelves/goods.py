"""A made-up board of goods for the tests of this folder, and ways to say what its plates felt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from saunter.base.geometry import from_heading
from saunter.base.money import Money
from saunter.base.time import SECOND
from saunter.plan import Facing, Fixture, Plan, Plate, Product, Shelf, Weight
from saunter.records import Attribution, Candidate, Change, Envelope, Interaction, Share, ShelfStep
from saunter.shelves import ShelvesEngine

START = 1_709_539_200 * SECOND
#: sku: (grams, plates). Jams weigh the same, honey nearly so; ghost's weight nobody knows; the crate weighs six jars.
GOODS: dict[str, tuple[float | None, tuple[str, ...]]] = {
    "jam-red": (250.0, ("a1", "a2")),
    "jam-black": (250.0, ("a3", "a4")),
    "honey": (262.0, ("a5", "a6")),
    "gum": (15.0, ("a7",)),
    "ghost": (None, ("a8",)),
    "crate": (1500.0, ("b1", "b2")),
    "flour": (1000.0, ("b3", "b4")),
}
HEIGHTS_M = {"a": 1.0, "b": 1.4}


def larder(**grams: float | None) -> Plan:
    """Two boards, `a` of eight plates and `b` of four; keyword arguments give a product another catalogue weight."""
    frame = from_heading(0.0, (0.0, 0.0, 0.0))
    names = {"a": tuple(f"a{n}" for n in range(1, 9)), "b": tuple(f"b{n}" for n in range(1, 5))}
    weights = {sku: grams.get(sku.replace("-", "_"), weight) for sku, (weight, _) in GOODS.items()}
    return Plan(
        store="larder", name="The larder", currency="EUR", locale="en", timezone="UTC",
        floor_m=((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)), gates={}, cameras={},
        fixtures={"rack": Fixture("rack", "gondola", frame, 0.8, 0.4, 1.2, ("a", "b"))},
        shelves={shelf: Shelf(shelf, "rack", plates) for shelf, plates in names.items()},
        plates={
            name: Plate(
                name, shelf, "rack", from_heading(0.0, (0.1 * place, 0.0, HEIGHTS_M[shelf])),
                width_m=0.1, depth_m=0.4, clearance_m=0.3, along_m=0.1 * place,
            )
            for shelf, plates in names.items() for place, name in enumerate(plates)
        },
        products={sku: Product(sku, sku.title(), Money(199, "EUR"), Weight(weight)) for sku, weight in weights.items()},
        facings=tuple(Facing(sku, plates) for sku, (_, plates) in GOODS.items()), taxes={},
    )  # fmt: skip


def without(plan: Plan, *skus: str) -> Plan:
    """The same larder without some facings; the products stay in the catalogue."""
    return replace(plan, facings=tuple(facing for facing in plan.facings if facing.sku not in skus))


def step(
    deltas: Mapping[str, float], at_s: float = 10.0, sd_g: float = 0.5, peak_g: float = 50.0, sequence: int = 0
) -> ShelfStep:
    """A shelf felt these plates change by so many grams."""
    instant = START + round(at_s * SECOND)
    return ShelfStep(
        envelope=Envelope(store="larder", stream="sensing/steps", sequence=sequence, happened=instant, arrived=instant),
        shelf=next(iter(deltas))[0], plates=tuple(deltas), delta_g=tuple(deltas.values()), sd_g=(sd_g,) * len(deltas),
        started=instant - SECOND // 5, settled=instant + SECOND // 5, peak_g=peak_g,
    )  # fmt: skip


def all_explained(plan: Plan, deltas: Mapping[str, float], sds: Mapping[str, float] | None = None) -> list[Interaction]:
    """What a fresh shelves room makes of one step that may be several movements; deviations by plate."""
    engine = ShelvesEngine(plan)
    told = step(deltas)
    engine.receive(told if sds is None else msgspec.structs.replace(told, sd_g=tuple(sds[plate] for plate in deltas)))
    return engine.advance(START + 20 * SECOND)


def explained(plan: Plan, deltas: Mapping[str, float], sd_g: float = 0.5, peak_g: float = 50.0) -> Interaction:
    """What a fresh shelves room makes of one step."""
    engine = ShelvesEngine(plan)
    engine.receive(step(deltas, sd_g=sd_g, peak_g=peak_g))
    (interaction,) = engine.advance(START + 20 * SECOND)
    return interaction


def chances(interaction: Interaction, span: int = 0) -> dict[str, float]:
    """`2 jam-red` -> probability (taken), `-1 jam-red` (put back), `touched`, `unknown`, `passing`."""
    found = {}
    for candidate in interaction.spans[span].candidates:
        name = " + ".join(sorted(f"{change.quantity} {change.sku}" for change in candidate.changes)) or candidate.action
        found[name] = candidate.probability
    return found


def best(interaction: Interaction, span: int = 0) -> str:
    """The likeliest explanation."""
    found = chances(interaction, span)
    return max(found, key=lambda name: found[name])


def taught(interaction: Interaction, sku: str, pieces: int = 1, probability: float = 1.0) -> Attribution:
    """The word of the attribution room on an interaction: so many pieces of one product were taken, surely or not."""
    candidates = (
        Candidate(action="taken", changes=(Change(sku=sku, quantity=pieces),), probability=probability),
        Candidate(action="touched", changes=(), probability=1 - probability),
    )
    now = interaction.happened
    return Attribution(
        envelope=Envelope(store="larder", stream="attribution/interactions", sequence=0, happened=now, arrived=now),
        interaction=interaction.id, shelf=interaction.shelf, plates=interaction.plates, started=interaction.started,
        settled=interaction.settled, total_g=interaction.total_g, candidates=candidates,
        shares=(Share(party="p1", probability=1.0), Share(party="NOBODY", probability=0.0)),
    )  # fmt: skip
