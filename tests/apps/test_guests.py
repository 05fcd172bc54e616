"""A visitor of the demo as a body in its pretend world: pages say what it does, sensors say what the shop may know of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saunter.apps.running import guests
from saunter.apps.running.guests import Guests
from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.plan import parse_plan
from saunter.ports.walking import OVER as OVER_FOR_PAGES
from saunter.ports.walking import Walk
from saunter.records import Envelope, GateCommand, GatePass
from saunter.simulation import SUITES, PretendShop, suite_plan_texts
from saunter.simulation.crowd.guest import OVER

PLAN = parse_plan(suite_plan_texts("rush", 1))


@pytest.fixture
def world() -> PretendShop:
    """A shop without a crowd."""
    return PretendShop(PLAN, replace(SUITES["rush"], parties_max=0), 1)


def opened(party: str, at: int) -> GateCommand:
    """The shop opens the way in."""
    envelope = Envelope(store=PLAN.store, stream="entry/gates", sequence=0, happened=at, arrived=at)
    return GateCommand(envelope=envelope, gate="in", party=party, people=1)


def passes(world: PretendShop, seconds: float) -> list[tuple[str, str]]:
    """The world goes on; who went through which gate meanwhile."""
    records = world.until(world.start_ns + int(seconds * SECOND))
    return [(each.gate, each.party) for each in records if isinstance(each, GatePass) and each.party.startswith("party")]


@pytest.mark.slow
def test_a_visitor_comes_in_when_the_gate_opens_takes_puts_back_and_leaves(world: PretendShop) -> None:
    walker = Guests(world)
    ware = next(each for each in walker.stock() if each.pieces > 1)
    walker.arrives("party-p1", "in")
    assert passes(world, 2) == []
    assert walker.walk("party-p1") == Walk(doing="at the gate", held={}, queued=0, said="")
    world.hear([opened("party-p1", world.start_ns)])
    walker.takes("party-p1", ware.sku, 2)
    walker.puts_back("party-p1", ware.sku)
    assert passes(world, 10) == [("in", "party-p1")]
    passes(world, 60)
    assert walker.walk("party-p1") == Walk(doing="waiting", held={ware.sku: 1}, queued=0, said="")
    assert next(each for each in walker.stock() if each.sku == ware.sku).pieces == ware.pieces - 1
    walker.leaves("party-p1")
    assert passes(world, 90) == [("out", "party-p1")]
    gone = walker.walk("party-p1")
    assert gone is not None
    assert gone.doing == "gone"


def test_nobody_is_steered_who_did_not_come(world: PretendShop) -> None:
    walker = Guests(world)
    assert walker.walk("party-p1") is None
    with pytest.raises(Refused, match="Hold a code to the gate first"):
        walker.takes("party-p1", "anything")
    with pytest.raises(Refused, match="nobody comes in by 'roof'"):
        walker.arrives("party-p1", "roof")
    assert walker.walk("party-p1") is None


def test_so_many_visitors_walk_at_once_and_no_more(world: PretendShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "GUESTS_MAX", 2)
    walker = Guests(world)
    walker.arrives("party-p1", "in")
    walker.arrives("party-p2", "in")
    with pytest.raises(Refused, match="Too many visitors"):
        walker.arrives("party-p3", "in")
    walker.leaves("party-p1")
    world.until(world.start_ns + SECOND)
    walker.arrives("party-p3", "in")


def test_pages_and_the_world_agree_on_what_is_over() -> None:
    assert OVER_FOR_PAGES == OVER
