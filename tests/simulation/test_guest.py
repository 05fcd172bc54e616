"""A guest: somebody outside steers one body of the pretend world, and its visit is a visit like all others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import numpy as np
import pytest
from tests.simulation.shopkeeping import STEP, corner, empty, of_kind, opened, place, quiet

from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.records import AnyRecord, EntryDecided, GateCommand, GatePass, PeopleFrame, TrueAction, TrueReceipt, WeightBlock
from saunter.simulation import Guest, PretendShop
from saunter.simulation.crowd import numbers


class World:
    """An empty shop with one guest, and all that was told."""

    def __init__(self, shop: PretendShop | None = None) -> None:
        self.shop = shop or PretendShop(corner(), empty(), 1)
        self.guest = self.shop.guest("me")
        self.now, self.told, self.doings = self.shop.start_ns, list[AnyRecord](), ["outside"]

    def passes(self, seconds: float) -> None:
        for _ in range(round(seconds * SECOND / STEP)):
            self.now += STEP
            self.told += self.shop.until(self.now)
            self.doings.append(self.guest.state().doing)

    def passes_until(self, holds: Callable[[Guest], bool], most_s: float = 90.0) -> None:
        until = self.now + round(most_s * SECOND)
        while not holds(self.guest):
            assert self.now < until, self.guest.state()
            self.passes(0.1)

    def opens(self) -> None:
        self.shop.hear([GateCommand(envelope=place("entry", self.now), gate="door", party="me", people=1)])

    def enters(self) -> None:
        self.guest.arrives("door")
        self.opens()
        self.passes_until(lambda guest: guest.state().doing == "waiting" and guest.state().x_m > 0)

    def is_done(self) -> None:
        self.passes_until(lambda guest: guest.state().doing == "waiting" and guest.state().queued == 0)

    def level(self, plate: str, from_s: float, to_s: float) -> float:
        blocks = [b for b in of_kind(self.told, WeightBlock) if plate in b.plates]
        at = (np.concatenate([b.times for b in blocks]) - self.shop.start_ns) / SECOND
        grams = np.concatenate([b.grams[:, b.plates.index(plate)] for b in blocks])
        return float(np.nanmedian(grams[(at >= from_s) & (at < to_s)]))


@pytest.mark.slow
def test_a_guest_comes_in_takes_puts_back_and_leaves_and_the_truth_is_told_of_it() -> None:
    world = World()
    world.guest.arrives("door")
    world.passes(2.0)
    assert of_kind(world.told, GatePass) == []
    world.opens()
    world.guest.takes("muesli", 2)
    world.guest.takes("gum")
    world.guest.puts_back("muesli")
    world.passes_until(lambda guest: guest.state().queued == 0)
    world.is_done()
    assert world.guest.state().held == {"muesli": 1, "gum": 1}
    world.guest.leaves()
    world.passes_until(lambda guest: guest.is_over)
    world.passes(2.0)
    assert [doing for doing, _ in groupby(world.doings)] == [
        "outside", "at the gate", "waiting", "taking", "putting back", "waiting", "leaving", "gone",
    ]  # fmt: skip
    assert [(each.direction, each.party) for each in of_kind(world.told, GatePass)] == [("in", "me"), ("out", "me")]
    actions = [(each.party, each.action, each.sku, each.quantity) for each in of_kind(world.told, TrueAction)]
    assert actions == [("me", "take", "muesli", 2), ("me", "take", "gum", 1), ("me", "put back", "muesli", 1)]
    (receipt,) = of_kind(world.told, TrueReceipt)
    owed = [(line.sku, line.quantity) for line in receipt.lines]
    assert (receipt.visit, receipt.party, owed) == ("visit-me", "me", [("gum", 1), ("muesli", 1)])


@pytest.mark.slow
def test_what_a_guest_takes_leaves_a_hole_on_the_plates_and_cameras_see_it_walk() -> None:
    world = World()
    world.enters()
    world.passes(3.0)
    ware = next(ware for ware in world.shop.stock() if ware.sku == "cereal")
    world.guest.takes("cereal")
    world.is_done()
    world.passes(3.0)
    (action,) = of_kind(world.told, TrueAction)
    at_s, end_s = (action.happened - world.shop.start_ns) / SECOND, (world.now - world.shop.start_ns) / SECOND
    lost_g = sum(world.level(plate, at_s - 3, at_s - 1) - world.level(plate, end_s - 1.5, end_s) for plate in action.plates)
    assert lost_g > 0.7 * (corner().products["cereal"].weight.mean_g or 0)
    assert set(action.plates) <= set(corner().shelves[ware.shelf].plates)
    assert sum(len(frame.people) for frame in of_kind(world.told, PeopleFrame)) > 50
    assert [w.pieces for w in world.shop.stock() if w.sku == "cereal"] == [ware.pieces - 1]


@pytest.mark.slow
def test_a_guest_cannot_take_more_than_there_is_nor_put_back_what_it_does_not_hold() -> None:
    world = World()
    world.enters()
    there = next(ware.pieces for ware in world.shop.stock() if ware.sku == "rice")
    world.guest.takes("rice", there + 3)
    world.passes_until(lambda guest: guest.state().queued == 0)
    world.passes_until(lambda guest: guest.state().doing == "waiting", 300.0)
    name = corner().products["rice"].name
    assert (world.guest.state().held, world.guest.state().said) == ({"rice": there}, f"there is no more {name} to be had")
    world.guest.puts_back("gum")
    world.passes(1.0)
    assert world.guest.state().said == f"me holds no {corner().products['gum'].name}"


@pytest.mark.slow
def test_what_lies_astray_is_fetched_from_where_it_lies() -> None:
    world = World()
    shop = world.shop._running.shop
    stock, dice = shop.hands.stock, np.random.default_rng(1)
    pieces = stock.take("gum", stock.left("gum"), (), dice)
    stock.put(pieces[0], stock.home("cereal")[:1], dice)
    world.enters()
    world.guest.takes("gum")
    world.is_done()
    (action,) = of_kind(world.told, TrueAction)
    assert (action.sku, set(action.plates) & set(stock.home("cereal")[:1])) == ("gum", set(stock.home("cereal")[:1]))


def test_a_guest_whose_key_is_denied_is_turned_away_with_the_reason() -> None:
    world = World()
    world.guest.arrives("door")
    world.passes(0.5)
    denied = EntryDecided(envelope=place("entry", world.now), gate="door", party="me", outcome="denied", reason="shop full")
    world.shop.hear([denied])
    world.passes(0.5)
    assert (world.guest.state().doing, world.guest.state().said) == ("turned away", "shop full")
    with pytest.raises(Refused, match="another visit needs another key"):
        world.guest.takes("gum")


def test_a_gate_that_has_opened_is_not_shut_again_by_a_late_no() -> None:
    world = World()
    world.guest.arrives("door")
    world.passes(0.5)
    world.opens()
    late = EntryDecided(envelope=place("entry", world.now), gate="door", party="me", outcome="denied", reason="code expired")
    world.shop.hear([late])
    world.passes(2.0)
    assert [each.direction for each in of_kind(world.told, GatePass)] == ["in"]


@pytest.mark.slow
def test_a_guest_whom_nobody_steers_goes_home_from_the_gate_and_walks_out_of_the_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "GUEST_AT_GATE_S", 3.0)
    monkeypatch.setattr(numbers, "GUEST_IDLE_S", 3.0)
    outside = World()
    outside.guest.arrives("door")
    outside.passes(4.0)
    assert (outside.guest.state().doing, outside.guest.state().said) == ("turned away", "the gate did not open in time")
    inside = World()
    inside.enters()
    inside.passes_until(lambda guest: guest.is_over, 30.0)
    inside.passes(1.0)
    assert (inside.guest.state().doing, inside.guest.state().said) == ("gone", "nobody said anything for long")
    assert [receipt.lines for receipt in of_kind(inside.told, TrueReceipt)] == [()]


def test_commands_that_can_never_be_carried_out_are_refused_with_what_to_do() -> None:
    world = World()
    for command, words in (
        (lambda: world.guest.arrives("window"), "choose one of door"),
        (lambda: world.guest.takes("caviar"), "ask the shop's stock"),
        (lambda: world.guest.takes("gum", 0), "say 1 or more"),
        (lambda: world.shop.guest("not a name"), "choose an id"),
        (lambda: PretendShop(corner(), quiet(), 1, waits_at_gate=False).guest("me"), "make it with waits_at_gate"),
    ):
        with pytest.raises(Refused, match=words):
            command()
    assert world.guest.state().queued == 0
    world.guest.arrives("door")
    with pytest.raises(Refused, match="has come already"):
        world.guest.arrives("door")
    assert world.shop.guest("me") is world.guest


@pytest.mark.slow
def test_a_guest_walks_among_the_others_and_the_world_waits_until_it_has_left() -> None:
    shop = PretendShop(corner(), quiet(minutes=0.5), 3)
    guest = shop.guest("me")
    guest.arrives("door")
    guest.takes("muesli")
    hour_s = 600.0

    def steers(now: int, _: object) -> list[AnyRecord]:
        if now == shop.start_ns + 5 * SECOND:
            return [GateCommand(envelope=place("entry", now), gate="door", party="me", people=1)]
        if now == shop.start_ns + 400 * SECOND:
            guest.leaves()
        return []

    records = opened(shop, hour_s, also=steers)
    assert shop.is_over()
    receipts = {receipt.party: len(receipt.lines) for receipt in of_kind(records, TrueReceipt)}
    assert len(receipts) > 1
    assert receipts["me"] == 1
    with pytest.raises(Refused, match="everybody has left"):
        shop.guest("you")
