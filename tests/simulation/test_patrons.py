"""The pretend world as a source: keys before passes, gates that must open, answers, and the same again for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from tests.simulation.shopkeeping import STEP, Gatekeeper, corner, empty, of_kind, opened, packed, place, quiet

from saunter.base.errors import InputProblems, Refused
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.records import (
    AgeCheckAsked,
    AgeChecked,
    AnyRecord,
    CardPresented,
    Change,
    Choice,
    DisputeRaised,
    GateCommand,
    GatePass,
    KeyIssued,
    KeyPresented,
    PeopleFrame,
    Question,
    Receipt,
    ReceiptLine,
    Stamp,
    TrueReceipt,
    Verdict,
    WeightBlock,
)
from saunter.simulation import Habits, PretendShop, simulate_scenario
from saunter.simulation.crowd import coming, numbers

KEYS = (KeyIssued, KeyPresented, CardPresented)


@cache
def day() -> tuple[AnyRecord, ...]:
    """Two minutes with a keeper at the gate; every party's first payment method is declined."""
    return tuple(opened(PretendShop(corner(), quiet(), 3, decline=1.0)))


@cache
def open_loop() -> tuple[AnyRecord, ...]:
    shop = PretendShop(corner(), quiet(), 3, decline=0.3, waits_at_gate=False)
    return tuple(shop.until(2**62))


def seconds(record: AnyRecord) -> float:
    return record.envelope.happened / SECOND


@pytest.mark.slow
def test_records_come_in_order_of_arrival_and_each_stream_counts_up() -> None:
    for records in (day(), open_loop()):
        keys = [(record.envelope.arrived, record.envelope.stream) for record in records]
        assert keys == sorted(keys)
        counts: Counter[str] = Counter()
        for record in records:
            assert record.envelope.sequence == counts[record.envelope.stream]
            counts[record.envelope.stream] += 1


@pytest.mark.slow
def test_a_party_whose_payment_was_declined_takes_another_method_and_its_visit_has_the_name_of_that_key() -> None:
    issued = {each.party: each for each in of_kind(day(), KeyIssued, CardPresented)}
    receipts = {receipt.party: receipt.visit for receipt in of_kind(day(), TrueReceipt)}
    assert receipts
    assert receipts == {party: f"visit-{party}" for party in issued if not party.endswith("-first")}
    assert {each.party for each in of_kind(day(), GatePass)} == set(receipts)
    methods = {party: each.method for party, each in issued.items()}
    expected = {party: f"pm-{party}" for party in receipts} | {f"{p}-first": f"pm-{p}-declined" for p in receipts}
    assert methods == expected


@pytest.mark.slow
def test_as_many_bodies_pass_as_the_key_lets_in() -> None:
    people = {each.party: each.people for each in of_kind(day(), KeyIssued, CardPresented) if not each.party.endswith("-first")}
    into = Counter(each.party for each in of_kind(day(), GatePass) if each.direction == "in")
    assert dict(into) == people
    assert max(people.values()) > 1


@pytest.mark.slow
def test_nobody_passes_before_the_gate_has_opened_for_them() -> None:
    shop, opened_at = PretendShop(corner(), quiet(), 4), dict[str, int]()
    keeper = Gatekeeper()
    passes = list[GatePass]()
    now = shop.start_ns
    while not shop.is_over():
        now += STEP
        records = shop.until(now)
        passes += of_kind(records, GatePass)
        said = keeper.hears(records, now)
        opened_at |= {each.party: now for each in of_kind(said, GateCommand)}
        shop.hear(said)
    assert passes
    assert all(each.happened >= opened_at[each.party] for each in passes)


@pytest.mark.slow
def test_where_the_gate_stays_shut_everybody_goes_home_and_nobody_owes_anything() -> None:
    records = opened(PretendShop(corner(), quiet(minutes=1.0), 3), keeper=Gatekeeper(is_deaf=True))
    shown = of_kind(records, KeyPresented, CardPresented)
    assert len(shown) >= 2
    assert of_kind(records, GatePass, TrueReceipt) == []
    assert {len(frame.people) for frame in of_kind(records, PeopleFrame)} == {0}
    assert seconds(records[-1]) > max(seconds(each) for each in shown) + numbers.AT_GATE_S + 59.0


@pytest.mark.slow
def test_a_gate_that_opens_too_late_lets_nobody_in() -> None:
    shop, late = PretendShop(corner(), quiet(minutes=1.0, parties_max=1), 3), list[tuple[int, AnyRecord]]()
    keeper = Gatekeeper()

    def opens_late(now: int, records: object) -> list[AnyRecord]:
        late.extend((now + round((numbers.AT_GATE_S + 1.0) * SECOND), said) for said in keeper.hears(records, now))  # type: ignore[arg-type]
        return [said for at, said in late if at == now]

    records = opened(shop, keeper=Gatekeeper(is_deaf=True), also=opens_late)
    assert late
    assert of_kind(records, GatePass) == []


@pytest.mark.slow
def test_no_code_travels_and_keys_live_as_long_as_the_policy_says() -> None:
    keys = of_kind(day(), KeyIssued)
    lifetime = corner().policies.code_lifetime_ms * SECOND // 1000
    assert {key.expires - key.envelope.happened for key in keys} == {lifetime}
    assert [key.code_hash for key in keys] == [coming.hash_of(coming.code_of(3, key.party)) for key in keys]
    shown = {each.code_hash for each in of_kind(day(), KeyPresented)}
    assert shown == {key.code_hash for key in keys}
    assert not any(coming.code_of(3, key.party).encode() in packed(key) for key in keys)


def test_mostly_everything_is_agreed_to_and_always_that_the_shop_runs() -> None:
    chosen = [coming._purposes(np.random.default_rng(n)) for n in range(400)]
    shares = {purpose: np.mean([purpose in each for each in chosen]) for purpose in coming.PURPOSES}
    assert shares["run the shop"] == 1.0
    assert shares["review"] == pytest.approx(1 - numbers.NO_REVIEW_SHARE, abs=0.05)
    assert shares["training"] == shares["analytics"] == pytest.approx(1 - numbers.NO_TRAINING_SHARE, abs=0.08)


@pytest.mark.slow
def test_the_same_seed_and_the_same_calls_give_the_same_bytes() -> None:
    again = opened(PretendShop(corner(), quiet(), 3, decline=1.0))
    assert list(map(packed, again)) == list(map(packed, day()))


@pytest.mark.slow
def test_a_world_that_waits_for_nobody_is_the_scenario_to_the_byte_with_keys_between() -> None:
    plain = list(map(packed, simulate_scenario(corner(), quiet(), 3)))
    assert [packed(record) for record in open_loop() if not isinstance(record, KEYS)] == plain
    assert len(of_kind(open_loop(), *KEYS)) > 5


@pytest.mark.slow
def test_in_a_world_that_waits_for_nobody_keys_come_before_the_bodies() -> None:
    shown: dict[str, float] = {}
    by_hash = {key.code_hash: key.party for key in of_kind(open_loop(), KeyIssued)}
    issued: dict[str, float] = {}
    for record in open_loop():
        match record:
            case KeyIssued():
                issued[record.party] = seconds(record)
            case KeyPresented():
                shown[by_hash[record.code_hash]] = seconds(record)
                assert issued[by_hash[record.code_hash]] < seconds(record)
            case CardPresented():
                shown[record.party] = seconds(record)
            case GatePass(direction="in"):
                assert shown[record.party] < seconds(record)
    assert any(party.endswith("-first") for party in shown)


@pytest.mark.slow
@pytest.mark.parametrize(
    "pauses", [[STEP] * 1800, [7 * SECOND, 1, 30 * SECOND, SECOND // 3, 60 * SECOND]], ids=["often", "seldom"]
)
def test_how_often_it_is_asked_and_what_it_hears_changes_nothing_in_a_world_that_waits_for_nobody(pauses: list[int]) -> None:
    shop, told = PretendShop(corner(), quiet(), 3, decline=0.3, waits_at_gate=False), list[AnyRecord]()
    now = shop.start_ns
    for number, pause in enumerate(pauses):
        now += pause
        told += shop.until(now)
        shop.hear([GateCommand(envelope=place("entry", now, number), gate="door", party=f"p{number}", people=1)])
    told += shop.until(2**62)
    assert list(map(packed, told)) == list(map(packed, open_loop()))


@pytest.mark.slow
def test_a_world_may_begin_at_any_instant_with_names_and_numbers_that_follow_another_one() -> None:
    moved = PretendShop(
        corner(), quiet(), 3, decline=0.3, waits_at_gate=False, start_ns=1_900_000_000 * SECOND, name_of=lambda n: f"b{n}",
        after={"ticks": 99, "weights/g1": 7},
    )  # fmt: skip
    records, usual = moved.until(2**62), open_loop()
    offset = moved.start_ns - usual[0].envelope.arrived
    assert [each.envelope.arrived - offset for each in records] == [each.envelope.arrived for each in usual]
    firsts = {
        stream: next(e.envelope.sequence for e in records if e.envelope.stream == stream) for stream in ("ticks", "weights/g1")
    }
    assert firsts == {"ticks": 100, "weights/g1": 8}
    assert {each.party for each in of_kind(records, TrueReceipt)} == {f"b{r.party[1:]}" for r in of_kind(usual, TrueReceipt)}


@pytest.mark.slow
def test_a_controller_and_the_tracker_fall_silent_when_told_and_speak_again() -> None:
    shop = PretendShop(corner(), empty(), 1)
    shop.silences("g2", 4.0, 9.0)
    shop.silences("g2", 12.0, 14.0)
    shop.silences("people", 3.0, 6.0)
    records = shop.until(shop.start_ns + 20 * SECOND)

    def heard(kind: type, stream: str) -> set[int]:
        found = [each for each in of_kind(records, kind) if each.envelope.stream == stream]
        assert [each.envelope.sequence for each in found] == list(range(len(found)))
        return {int((each.envelope.happened - shop.start_ns) / SECOND) for each in found}

    assert heard(WeightBlock, "weights/g1") == set(range(20))
    assert heard(WeightBlock, "weights/g2") == set(range(20)) - {4, 5, 6, 7, 8, 12, 13}
    assert heard(PeopleFrame, "people") == set(range(20)) - {3, 4, 5}
    with pytest.raises(Refused, match="choose one of people, g1"):
        shop.silences("g9", 0.0, 1.0)


def test_a_reviewer_who_is_asked_answers_after_looking() -> None:
    habits = Habits(reviewers=1, accuracy=1.0, cannot_tell=0.0, spread=0.0)
    shop = PretendShop(corner(), empty(), 1, reviewers=habits)
    now = shop.start_ns + SECOND
    shop.until(now)
    choice = Choice(party="NOBODY", action="nothing", changes=(), probability=0.5, text="")
    taken = Choice(party="p1", action="taken", changes=(Change(sku="gum", quantity=1),), probability=0.5, text="")
    question = Question(
        envelope=place("settlement/questions", now), purpose="doubt", visit="visit-p1", interaction="i:0", shelf="g1s1",
        plates=("g1s1p1",), started=now, settled=now, text="", choices=(choice, taken), deadline=now + 45 * SECOND,
    )  # fmt: skip
    shop.hear([question])
    assert not shop.is_over()
    verdicts = of_kind(shop.until(now + 20 * SECOND), Verdict)
    assert [(each.question, each.choice, each.happened) for each in verdicts] == [(question.id, 1, now + 1 + 8 * SECOND)]
    nobody = PretendShop(corner(), empty(), 1, reviewers=None)
    nobody.hear([question])
    assert of_kind(nobody.until(now + 20 * SECOND), Verdict) == []


@pytest.mark.slow
def test_a_shopper_disputes_what_it_did_not_take_and_staff_look_at_those_who_take_beer() -> None:
    """The shop bills everybody for a tea that nobody took, and asks staff about every visit."""
    shop, said = PretendShop(corner(), quiet(minutes=0.5), 3, disputes=1.0), list[AnyRecord]()

    def bills(now: int, records: Sequence[AnyRecord]) -> list[AnyRecord]:
        told = list[AnyRecord]()
        for truth in of_kind(records, TrueReceipt):
            n = len(said)
            told += [receipt(truth, now, n), stamp(truth, now, n), asked(truth, now, n)]
        said.extend(told)
        return told

    records = opened(shop, also=bills)
    visits = {truth.visit for truth in of_kind(records, TrueReceipt)}
    assert visits
    assert {(each.visit, each.sku, each.claim) for each in of_kind(records, DisputeRaised)} == {
        (v, "tea", "not taken") for v in visits
    }
    assert {each.check for each in of_kind(records, AgeChecked)} == {each.id for each in of_kind(said, AgeCheckAsked)}
    keys = [(record.envelope.arrived, record.envelope.stream) for record in records]
    assert keys == sorted(keys)


def receipt(truth: TrueReceipt, now: int, n: int) -> Receipt:
    tea = ReceiptLine(
        sku="tea", gtin="", name="Tea", quantity=1, unit_price_minor=100, net_minor=100, tax_code="", tax_rate="0", tax_minor=0,
        total_minor=100, probability=0.9, because=(),
    )  # fmt: skip
    return Receipt(
        envelope=place("receipts", now, n), visit=truth.visit, party=truth.party, currency="EUR", lines=(tea,), net_minor=100,
        tax_minor=0, total_minor=100,
    )  # fmt: skip


def stamp(truth: TrueReceipt, now: int, n: int) -> Stamp:
    return Stamp(envelope=place("guard", now, n), receipt=f"receipts:{n}", visit=truth.visit, checks=())


def asked(truth: TrueReceipt, now: int, n: int) -> AgeCheckAsked:
    return AgeCheckAsked(
        envelope=place("approvals", now, n), visit=truth.visit, party=truth.party, sku="beer", name="Beer", minimum=18,
        probability=0.9,
    )  # fmt: skip


@pytest.mark.slow
def test_what_is_kept_in_mind_does_not_grow_with_time() -> None:
    shop, kept = PretendShop(corner(), quiet(minutes=600.0, parties_max=4), 3, decline=0.1), list[int]()
    opened(shop, until_s=600.0, also=lambda now, _: kept.append(shop.pending()) or ())
    assert np.mean(kept[4000:]) < 1.5 * np.mean(kept[2000:4000])
    assert max(kept) < 400


def test_a_shop_with_nothing_to_sell_is_no_world() -> None:
    bare = Plan(**{**{name: getattr(corner(), name) for name in corner().__dataclass_fields__}, "facings": ()})
    with pytest.raises(InputProblems, match="nothing has a place"):
        PretendShop(bare, quiet(), 1)
