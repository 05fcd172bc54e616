"""Promotions on a bill: at most one per piece, the best for the shopper, split over the lines to the cent."""

from __future__ import annotations

import dataclasses
import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guard.test_guard_and_ledger_agree import answered_by

from saunter.base.errors import Refused
from saunter.base.money import Money, Rounding
from saunter.ledger import LedgerEngine, validate_receipt
from saunter.ledger.engine import TAKES_MAX
from saunter.ledger.savings import Basket, Saving, savings, split
from saunter.plan.types import Plan, Product, Promotion, Tax, Weight
from saunter.records import Decision, Envelope, Interaction, Receipt, Settlement, Stamp

TAXES = {"food": Tax("food", Decimal("0.07"), included=True), "ny": Tax("ny", Decimal("0.08875"), included=False)}
PRICES = {"bread": (250, "food"), "soap": (199, ""), "mug": (1000, "ny"), "gum": (5, ""), "tea": (199, "food"), "gift": (0, "")}
PRODUCTS = {sku: Product(sku, sku.title(), Money(minor, "EUR"), Weight(), tax_code=code) for sku, (minor, code) in PRICES.items()}


def percent(id_: str, *skus: str, off: str = "20", **limits: int) -> Promotion:
    return Promotion(id_, f"{off} % off", skus, "percent", percent=Decimal(off), **limits)


def off(id_: str, *skus: str, minor: int = 50) -> Promotion:
    return Promotion(id_, id_.title(), skus, "amount", amount=Money(minor, "EUR"))


def bundle(id_: str, *skus: str, pieces: int = 3, minor: int = 500, **limits: int) -> Promotion:
    return Promotion(id_, id_.title(), skus, "bundle", pieces=pieces, price=Money(minor, "EUR"), **limits)


def free(id_: str, *skus: str, pieces: int = 3) -> Promotion:
    return Promotion(id_, id_.title(), skus, "cheapest free", pieces=pieces)


def shop(*promotions: Promotion, rounding: str = "half_up") -> Plan:
    return Plan(
        store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
        cameras={}, products=PRODUCTS, facings=(), taxes=TAXES, price_rounding=rounding,  # type: ignore[arg-type]
        promotions={each.id: each for each in promotions},
    )  # fmt: skip


def saved(cart: dict[str, int], *promotions: Promotion, rounding: Rounding = Rounding.HALF_UP) -> dict[str, Saving]:
    return savings(
        [
            Basket(PRODUCTS[sku], quantity, tuple(each for each in promotions if sku in each.skus))
            for sku, quantity in cart.items()
        ],
        rounding,
    )


def settlement(n: int = 0, because: tuple[str, ...] = ("shelves/interactions:0",), **charges: int) -> Settlement:
    decisions = tuple(
        Decision(sku=sku, quantity=quantity, probability=0.9, action="charge", because=because)
        for sku, quantity in charges.items()
    )
    place = Envelope(store="corner", stream="settlement", sequence=n, happened=40 + n, arrived=50 + n)
    return Settlement(envelope=place, visit=f"visit-p{n}", party="p1", decisions=decisions)


def billed(plan: Plan, **charges: int) -> Receipt:
    engine = LedgerEngine(plan)
    engine.receive(settlement(**charges))
    (receipt,) = engine.advance(60)
    assert isinstance(receipt, Receipt)
    return receipt


def amounts(receipt: Receipt) -> list[tuple[str, int, int, int, int]]:
    return [(line.sku, line.saving_minor, line.net_minor, line.tax_minor, line.total_minor) for line in receipt.lines]


def test_a_percentage_is_rounded_on_the_piece_by_the_rule_that_the_plan_names() -> None:
    assert saved({"soap": 3}, percent("a", "soap")) == {"soap": Saving(120, ("20 % off",))}  # 39.8 -> 40 each
    assert saved({"gum": 1}, percent("a", "gum", off="50")) == {"gum": Saving(3, ("50 % off",))}  # 2.5 -> 3
    assert saved({"gum": 1}, percent("a", "gum", off="50"), rounding=Rounding.HALF_EVEN) == {"gum": Saving(2, ("50 % off",))}


def test_an_amount_off_is_never_more_than_the_price() -> None:
    assert saved({"gum": 2, "soap": 1}, off("less", "gum", "soap")) == {
        "gum": Saving(10, ("Less",)),
        "soap": Saving(50, ("Less",)),
    }


def test_of_two_promotions_on_a_piece_the_better_counts_and_of_equal_ones_the_first_id() -> None:
    assert saved({"mug": 1}, off("b", "mug", minor=100), percent("a", "mug", off="20")) == {"mug": Saving(200, ("20 % off",))}
    assert saved({"mug": 1}, off("b", "mug", minor=100), off("a", "mug", minor=100)) == {"mug": Saving(100, ("A",))}


def test_any_three_for_five_counts_complete_bundles_of_the_dearest_pieces_only() -> None:
    three = bundle("three", "bread", "tea")
    assert saved({"bread": 2}, three) == {}
    assert saved({"bread": 3}, three) == {"bread": Saving(250, ("Three",))}
    assert saved({"bread": 5}, three) == {"bread": Saving(250, ("Three",))}
    # 2 x 2.50 + 1.99 = 6.99 for 5.00: 1.99 by shelf prices 500 : 199 is 142.35 and 56.65; the larger remainder is tea's
    assert saved({"bread": 2, "tea": 2}, three) == {"bread": Saving(142, ("Three",)), "tea": Saving(57, ("Three",))}


def test_a_bundle_that_saves_nothing_is_left_alone() -> None:
    assert saved({"bread": 2}, bundle("two", "bread", pieces=2, minor=500)) == {}
    assert saved({"bread": 2}, bundle("two", "bread", pieces=2, minor=600)) == {}
    assert saved({"gift": 3}, free("x", "gift")) == {}


def test_equal_remainders_go_by_sku_and_nothing_is_lost() -> None:
    assert split(2, {"b": 1, "a": 1, "c": 1}) == {"a": 1, "b": 1, "c": 0}
    assert split(5, {"x": 0}) == {}


def test_the_cheapest_of_every_three_is_free_grouped_as_is_best_for_the_shopper() -> None:
    three = free("three", "mug", "bread", "soap")
    assert saved({"mug": 1, "bread": 1, "soap": 1}, three) == {"soap": Saving(199, ("Three",))}
    assert saved({"mug": 3, "soap": 3}, three) == {"mug": Saving(1000, ("Three",)), "soap": Saving(199, ("Three",))}


def test_it_is_the_cheapest_piece_that_is_free_whatever_the_goods_are_called() -> None:
    assert saved({"bread": 1, "mug": 1}, free("two", "bread", "mug", pieces=2)) == {"bread": Saving(250, ("Two",))}


def test_pieces_beside_a_bundle_keep_what_they_save_alone() -> None:
    assert saved({"bread": 4}, bundle("three", "bread"), off("less", "bread", minor=20)) == {
        "bread": Saving(270, ("Less", "Three"))
    }


def test_two_bundles_that_share_goods_are_weighed_against_each_other() -> None:
    pair, trio = bundle("pair", "bread", "soap", pieces=2, minor=300), bundle("trio", "bread", "mug", pieces=3, minor=1000)
    # trio takes a mug and two breads: 15.00 for 10.00; the pair would save 1.49 on a bread and a soap, and spoil it
    assert saved({"bread": 2, "mug": 1, "soap": 1}, pair, trio) == {
        "bread": Saving(167, ("Trio",)), "mug": Saving(333, ("Trio",)),
    }  # fmt: skip


def test_tax_is_taken_on_what_is_left_whether_within_the_price_or_on_top() -> None:
    receipt = billed(shop(percent("a", "bread", "mug")), bread=2, mug=1, soap=1)
    # bread 500 - 100 = 400, of it 7/107: 26.17; mug 1000 - 200 = 800, on top 8.875 %: 71
    assert amounts(receipt) == [("bread", 100, 374, 26, 400), ("mug", 200, 800, 71, 871), ("soap", 0, 199, 0, 199)]
    assert (receipt.saving_minor, receipt.net_minor, receipt.tax_minor, receipt.total_minor) == (300, 1373, 97, 1470)
    assert [line.promotions for line in receipt.lines] == [("20 % off",), ("20 % off",), ()]


def interaction(n: int, started: int) -> Interaction:
    place = Envelope(store="corner", stream="shelves/interactions", sequence=n, happened=started, arrived=started)
    return Interaction(
        envelope=place, shelf="s1", plates=("p",), total_g=-1.0, sd_g=1.0, centre_m=0.0, extent_m=0.0, started=started,
        settled=started + 1, spans=(),
    )  # fmt: skip


@pytest.mark.parametrize(("started", "saves"), [(9, 0), (10, 50), (19, 50), (20, 0)])
def test_the_promotion_at_the_take_holds_not_that_at_the_exit(started: int, saves: int) -> None:
    engine = LedgerEngine(shop(percent("a", "bread", since=10, until=20)))
    engine.receive(interaction(0, started))
    again = LedgerEngine(shop(percent("a", "bread", since=10, until=20)))
    again.restore(engine.snapshot())
    for each in (engine, again):
        each.receive(settlement(bread=1))
        (receipt,) = each.advance(60)
        assert isinstance(receipt, Receipt)
        assert receipt.saving_minor == saves


def test_with_takes_before_and_after_the_change_the_shopper_wins_and_without_any_the_bill_decides() -> None:
    plan = shop(percent("a", "bread", since=10, until=20), percent("b", "soap", since=30))
    engine = LedgerEngine(plan)
    for n, started in enumerate((5, 15)):
        engine.receive(interaction(n, started))
    engine.receive(settlement(because=("shelves/interactions:0", "shelves/interactions:1"), bread=1))
    engine.receive(settlement(n=1, because=("shelves/interactions:7",), bread=1, soap=1))
    assert [record.saving_minor for record in engine.advance(60) if isinstance(record, Receipt)] == [50, 40]


def test_takes_are_remembered_only_where_promotions_come_and_go_and_not_without_end() -> None:
    always, limited = LedgerEngine(shop(percent("a", "bread"))), LedgerEngine(shop(percent("a", "bread", since=10)))
    before = always.snapshot()
    always.receive(interaction(0, 5))
    assert always.snapshot() == before
    for n in range(TAKES_MAX + 1):
        limited.receive(interaction(n, 5))
    limited.receive(settlement(bread=1))
    limited.receive(settlement(n=1, because=("shelves/interactions:1",), bread=1))
    assert [record.saving_minor for record in limited.advance(60) if isinstance(record, Receipt)] == [50, 0]


def test_a_bill_that_waits_can_be_looked_at_before_it_is_made() -> None:
    engine = LedgerEngine(shop(percent("a", "bread")))
    before = engine.snapshot()
    shown = engine.preview(settlement(bread=2))
    assert (shown.id, shown.total_minor, engine.snapshot()) == ("settlement:0", 400, before)
    engine.receive(settlement(bread=2))
    (made,) = engine.advance(60)
    assert isinstance(made, Receipt)
    assert made.lines == shown.lines
    with pytest.raises(Refused, match="product 'ghost' has no price"):
        engine.preview(settlement(ghost=1))


IDS, DEAR, CHEAP = st.sampled_from("abcde"), st.sampled_from(["bread", "mug"]), st.sampled_from(["soap", "tea", "mug"])
PROMOTIONS = st.lists(
    st.one_of(
        st.builds(percent, IDS, st.just("bread"), st.sampled_from(["tea", "gum"]), off=st.sampled_from(["10", "33.3", "100"])),
        st.builds(off, IDS, st.just("soap"), st.just("gum"), minor=st.sampled_from([1, 60, 300])),
        st.builds(bundle, IDS, DEAR, CHEAP, pieces=st.integers(2, 3), minor=st.integers(0, 800)),
        st.builds(free, IDS, DEAR, CHEAP, pieces=st.integers(2, 3)),
    ),
    max_size=4,
    unique_by=lambda promotion: promotion.id,
)
CARTS = st.dictionaries(st.sampled_from(sorted(PRICES)), st.integers(1, 3), max_size=4).filter(
    lambda cart: sum(cart.values()) <= 6
)


def most(cart: dict[str, int], promotions: list[Promotion]) -> int:
    """The most that can be saved, by trying every way: each piece with any promotion that is for it, or none."""
    pieces = [sku for sku, quantity in cart.items() for _ in range(quantity)]
    best = 0
    for way in itertools.product(*([None, *(each for each in promotions if sku in each.skus)] for sku in pieces)):
        best = max(best, sum(by_hand(each, pieces, way) for each in promotions))
    return best


def by_hand(promotion: Promotion, pieces: list[str], way: tuple[Promotion | None, ...]) -> int:
    prices = sorted((PRICES[sku][0] for sku, chosen in zip(pieces, way, strict=True) if chosen is promotion), reverse=True)
    if promotion.kind == "percent":
        return sum(int(Decimal(price) * promotion.percent / 100 + Decimal("0.5")) for price in prices)
    if promotion.kind == "amount":
        return sum(min(price, promotion.amount.minor) for price in prices if promotion.amount)
    groups, rest = divmod(len(prices), promotion.pieces)
    if rest:
        return -(10**9)
    if promotion.kind == "bundle":
        return sum(prices) - groups * (promotion.price.minor if promotion.price else 0)
    return sum(prices[promotion.pieces - 1 :: promotion.pieces])


@settings(max_examples=80, deadline=None)
@given(CARTS, PROMOTIONS)
def test_nobody_finds_a_way_to_save_more(cart: dict[str, int], promotions: list[Promotion]) -> None:
    found = saved(cart, *promotions)
    assert sum(saving.minor for saving in found.values()) == most(cart, promotions)
    assert all(0 < saving.minor <= PRICES[sku][0] * cart[sku] and saving.promotions for sku, saving in found.items())


@settings(max_examples=60, deadline=None)
@given(CARTS, PROMOTIONS, st.randoms(use_true_random=False))
def test_the_order_of_goods_and_promotions_does_not_matter(cart: dict[str, int], promotions: list[Promotion], dice: Any) -> None:
    goods, offers = list(cart.items()), list(promotions)
    dice.shuffle(goods)
    dice.shuffle(offers)
    assert saved(dict(goods), *offers) == saved(cart, *promotions)


@settings(max_examples=60, deadline=None)
@given(CARTS, PROMOTIONS, st.sampled_from(["half_up", "half_even"]))
def test_a_bill_with_savings_is_sound_and_gets_its_stamp(
    cart: dict[str, int], promotions: list[Promotion], rounding: str
) -> None:
    receipt = billed(shop(*promotions, rounding=rounding), **cart)
    assert validate_receipt(receipt) == ()
    assert isinstance(answered_by(receipt, {"ny"}), Stamp)


def test_without_promotions_a_receipt_is_what_it_always_was() -> None:
    plain = billed(shop(), bread=2, mug=1)
    assert amounts(plain) == [("bread", 0, 467, 33, 500), ("mug", 0, 1000, 89, 1089)]
    assert billed(shop(percent("a", "tea")), bread=2, mug=1) == plain


@pytest.mark.slow
def test_a_trolley_full_of_one_product_and_five_offers_on_it_is_priced_in_a_moment() -> None:
    offers = [bundle(id_, "bread", "tea", "mug", minor=400 + n) for n, id_ in enumerate("abcde")]
    found = saved({"bread": 60, "tea": 60, "mug": 60}, *offers)
    assert sum(saving.minor for saving in found.values()) == 60 * (250 + 199 + 1000) - 60 * 400
    assert found["mug"].promotions == ("A",)


def test_the_whole_catalogue_on_offer_is_no_slower() -> None:
    wide = dataclasses.replace(bundle("wide", "bread"), skus=("bread", *(f"s{n}" for n in range(5_000))))
    assert saved({"bread": 300}, wide) == {"bread": Saving(100 * 250, ("Wide",))}
