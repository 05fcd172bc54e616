"""Each idea of the belief that can be switched off matters: a story that comes out right with it, and not without."""

from __future__ import annotations

from tests.attribution.counter import Counter, chance, holds, idle, moved, reaching

from saunter.attribution import EVERYTHING, Switches
from saunter.records import Attribution

ONE_WORLD, NO_STRAYS = Switches(worlds=1), Switches(strays=False)


def gate_corrects(switches: Switches) -> set[str]:
    """t1 and t2 met and were more likely not swapped; the gate then sees t1 leave as p2. Who pays for what t1 took?"""
    shop = Counter(switches=switches).enters("p1", "t1").enters("p2", "t2").met("t1", "t2", 0.4, at_s=5.0)
    shop.takes("t1", "b3", 1000.0, 20.0, others=[idle("t2", 2.0)])
    shop.gate_saw("p2", "t1", 28.0)
    carts = {"p1": shop.leaves("p1", 30.0), "p2": shop.leaves("p2", 30.0)}
    return {party for party, cart in carts.items() if holds(cart)}


def flour_among_the_jams(switches: Switches) -> tuple[Counter, Attribution]:
    """p1 leaves the 1000 g flour among the jams; p2 takes a kilogram from there."""
    shop = Counter(switches=switches).enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "b3", 1000.0, 10.0, others=[idle("t2", 2.0)])
    shop.takes("t1", "a3", -1000.0, 20.0, others=[idle("t2", 2.0)])
    return shop, shop.takes("t2", "a3", 1000.0, 40.0, others=[idle("t1", 2.0)])


def test_a_world_that_was_the_less_likely_one_is_there_when_the_gate_proves_it() -> None:
    assert gate_corrects(EVERYTHING) == {"p2"}
    assert gate_corrects(ONE_WORLD) == {"p1"}


def test_with_one_world_every_doubt_is_decided_at_once() -> None:
    shop = Counter(switches=ONE_WORLD).enters("p1", "t1").enters("p2", "t2")
    shop.takes("t1", "a1", 250.0, 10.0, others=[reaching("t2", 0.15)])
    assert shop.engine.worlds() <= 1
    assert {chance(shop.leaves(party, 20.0), "jam-red") for party in ("p1", "p2")} <= {0.0, 1.0}


def test_a_thing_left_on_a_strange_shelf_is_known_there_only_while_it_is_remembered() -> None:
    shop, said = flour_among_the_jams(EVERYTHING)
    assert (moved(said), holds(shop.leaves("p2", 50.0))) == ("1 flour", {"flour": 1})
    shop, said = flour_among_the_jams(NO_STRAYS)
    assert holds(shop.leaves("p2", 50.0)) != {"flour": 1}
