"""What a final cart comes to: charged, dropped, and why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.errors import InputProblems, Refused
from saunter.base.money import Money
from saunter.plan.types import Plan, Policies, Product, Weight
from saunter.records import Alarm, Cart, CartLine, Decision, Envelope, Record, Settlement
from saunter.settlement import SettlementEngine

SKUS = ("apple", "bread", "cheese")


def shop(threshold: float = 0.7) -> Plan:
    products = {sku: Product(sku, sku.title(), Money(199, "EUR"), Weight()) for sku in SKUS}
    return Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
        cameras={}, products=products, facings=(), taxes={}, policies=Policies(charge_threshold=threshold),
    )  # fmt: skip


def line(sku: str, *at_least: float) -> CartLine:
    return CartLine(sku=sku, at_least=at_least, because=(f"attribution:{sku}",))


def cart(
    *lines: CartLine, visit: str = "visit-p1", party: str = "p1", final: bool = True, store: str = "corner", n: int = 0
) -> Cart:
    place = Envelope(store=store, stream="attribution/carts", sequence=n, happened=40 + n, arrived=50 + n)
    return Cart(envelope=place, visit=visit, party=party, lines=lines, final=final)


def decision(sku: str, action: str, quantity: int, probability: float) -> Decision:
    reason = {"charge": "sure enough", "drop": "in doubt, the shopper wins"}[action]
    because = (f"attribution:{sku}",)
    return Decision(sku=sku, quantity=quantity, probability=probability, action=action, because=because, reason=reason)  # type: ignore[arg-type]


def decisions(*lines: CartLine, threshold: float = 0.7) -> tuple[Decision, ...]:
    engine = SettlementEngine(shop(threshold))
    engine.receive(cart(*lines))
    (settlement,) = engine.advance(60)
    assert isinstance(settlement, Settlement)
    return settlement.decisions


def refuses(engine: SettlementEngine, record: Record, match: str) -> None:
    before = engine.snapshot()
    with pytest.raises(Refused, match=match):
        engine.receive(record)
    assert engine.snapshot() == before


def test_a_final_cart_becomes_one_settlement_with_its_reasons() -> None:
    engine = SettlementEngine(shop())
    engine.receive(cart(line("bread", 0.99, 0.8, 0.4, 0.06, 0.01), line("apple", 0.3), line("cheese", 0.9), n=3))
    place = Envelope(store="corner", stream="settlement", sequence=0, happened=43, arrived=70, because=("attribution/carts:3",))
    assert engine.advance(70) == [
        Settlement(
            envelope=place,
            visit="visit-p1",
            party="p1",
            decisions=(
                decision("bread", "charge", 2, 0.8),
                decision("bread", "drop", 2, 0.4),
                decision("apple", "drop", 1, 0.3),
                decision("cheese", "charge", 1, 0.9),
            ),
        )
    ]
    assert engine.advance(80) == []


def test_exactly_at_the_threshold_is_charged_and_a_millionth_below_is_dropped() -> None:
    assert decisions(line("apple", 0.7)) == (decision("apple", "charge", 1, 0.7),)
    assert decisions(line("apple", 0.699999)) == (decision("apple", "drop", 1, 0.699999),)


def test_the_store_decides_how_sure_is_sure_enough() -> None:
    assert decisions(line("apple", 0.95), threshold=0.96) == (decision("apple", "drop", 1, 0.95),)
    assert decisions(line("apple", 1.0), threshold=1.0) == (decision("apple", "charge", 1, 1.0),)


def test_a_doubt_of_one_in_twenty_is_told_and_a_smaller_one_is_noise() -> None:
    assert decisions(line("apple", 0.05)) == (decision("apple", "drop", 1, 0.05),)
    assert decisions(line("apple", 0.049999)) == ()


def test_a_store_that_charges_on_a_faint_suspicion_has_nothing_left_to_drop() -> None:
    assert decisions(line("apple", 0.9, 0.03), threshold=0.02) == (decision("apple", "charge", 2, 0.03),)
    assert decisions(line("apple", 0.03), threshold=0.02) == (decision("apple", "charge", 1, 0.03),)


def test_two_equal_probabilities_rounded_one_unit_apart_are_no_fault() -> None:
    assert decisions(line("apple", 0.699999, 0.7)) == (decision("apple", "charge", 2, 0.7),)


def test_somebody_who_took_nothing_gets_an_empty_settlement() -> None:
    assert decisions() == ()
    assert decisions(CartLine(sku="apple", at_least=(), because=())) == ()


def test_a_cart_so_far_decides_nothing() -> None:
    engine = SettlementEngine(shop())
    engine.receive(cart(line("apple", 0.9), final=False))
    assert engine.advance(100) == []
    engine.receive(cart(line("apple", 0.9)))
    engine.receive(cart(final=False))
    assert len(engine.advance(100)) == 1


def test_a_visit_is_settled_once_and_another_visit_is_free() -> None:
    engine = SettlementEngine(shop())
    engine.receive(cart(line("apple", 0.9)))
    for advanced in (False, True):
        if advanced:
            engine.advance(60)
        refuses(engine, cart(n=1), "visit 'visit-p1' is settled already, by settlement:0")
    engine.receive(cart(visit="visit-p1-2", n=2))
    assert [record.id for record in engine.advance(70)] == ["settlement:1"]


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (cart(line("plum", 0.9)), "product 'plum' is not in the catalogue"),
        (cart(line("apple", 0.9), line("apple", 0.8)), "product 'apple' stands on two lines"),
        (cart(line("apple", 1.1)), "no probability"),
        (cart(line("apple", -0.1)), "no probability"),
        (cart(line("apple", float("nan"))), "no probability"),
        (cart(line("apple", 0.5, 0.500002)), "more pieces cannot be more likely than fewer"),
        (cart(CartLine(sku="apple", at_least=(0.9,), because=())), "has no cause"),
        (cart(party="NOBODY"), "'NOBODY' is no party that pays"),
        (cart(party=""), "'' is no party that pays"),
        (cart(visit=""), "names no visit"),
        (cart(store="castle"), "belongs to store 'castle'"),
        (cart(line("plum", 2.0), party="STAFF"), "'plum' is not in .*; product 'plum' has something .*; 'STAFF' is no party"),
        (
            Alarm(
                envelope=Envelope(store="corner", stream="ticks", sequence=0, happened=0, arrived=0),
                name="plate-dead",
                subject="g1",
                text="",
            ),
            "takes carts, keys and closed questions, not Alarm",
        ),
    ],
)
def test_a_faulty_cart_is_refused_with_every_reason_and_changes_nothing(record: Record, match: str) -> None:
    refuses(SettlementEngine(shop()), record, match)


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.01, float("nan")])
def test_a_threshold_that_charges_everything_or_nothing_is_no_threshold(threshold: float) -> None:
    with pytest.raises(ValueError, match="a charge threshold lies above 0 and up to 1"):
        SettlementEngine(shop(threshold))


PROBABILITIES = st.lists(st.sampled_from([0.0, 0.049999, 0.05, 0.3, 0.699999, 0.7, 0.700001, 1.0]) | st.floats(0, 1), max_size=6)


@given(PROBABILITIES, st.sampled_from([0.02, 0.5, 0.7, 1.0]))
def test_never_a_piece_is_charged_below_the_threshold_nor_one_above_it_forgotten(
    probabilities: list[float], threshold: float
) -> None:
    at_least = sorted(probabilities, reverse=True)
    made = decisions(line("apple", *at_least), threshold=threshold)
    charged = sum(each.quantity for each in made if each.action == "charge")
    dropped = sum(each.quantity for each in made if each.action == "drop")
    assert all(probability >= threshold for probability in at_least[:charged])
    assert all(probability < threshold for probability in at_least[charged:])
    assert all(probability >= 0.05 for probability in at_least[charged : charged + dropped])
    assert all(probability < 0.05 for probability in at_least[charged + dropped :])
    assert [each.probability for each in made] == [
        at_least[place] for place, wanted in ((charged - 1, charged), (charged, dropped)) if wanted
    ]


def test_a_restart_from_a_snapshot_continues_identically() -> None:
    engine, again = SettlementEngine(shop()), SettlementEngine(shop())
    engine.receive(cart(line("apple", 0.9)))
    again.restore(engine.snapshot())
    for each in (engine, again):
        refuses(each, cart(n=1), "settled already")
        each.receive(cart(line("bread", 0.8), visit="visit-p2", party="p2", n=2))
    assert again.advance(60) == engine.advance(60) != []
    assert again.snapshot() == engine.snapshot()


@pytest.mark.parametrize(
    "damage", [lambda good: good[:-1], lambda good: b"\xff" + good, lambda good: good.replace(b"corner", b"castle")]
)
def test_a_damaged_or_foreign_snapshot_is_refused_and_changes_nothing(damage: Callable[[bytes], bytes]) -> None:
    engine = SettlementEngine(shop())
    engine.receive(cart(line("apple", 0.9)))
    before = engine.snapshot()
    with pytest.raises(InputProblems, match=r"settlement snapshot: .* -> "):
        engine.restore(damage(before))
    assert engine.snapshot() == before
