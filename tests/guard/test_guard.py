"""The second pair of eyes: a sound receipt gets its stamp, any other an alarm that says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.errors import InputProblems, Refused
from saunter.guard import CHECKS, GuardEngine
from saunter.records import Alarm, Envelope, Receipt, ReceiptLine, Stamp, VisitChanged

BREAD = ReceiptLine(
    sku="bread", gtin="", name="Bread", quantity=2, unit_price_minor=250, net_minor=467, tax_code="food", tax_rate="0.07",
    tax_minor=33, total_minor=500, probability=0.9, because=("shelves:1",),
)  # fmt: skip
MUG = ReceiptLine(
    sku="mug", gtin="", name="Mug", quantity=1, unit_price_minor=1000, net_minor=1000, tax_code="ny", tax_rate="0.08875",
    tax_minor=89, total_minor=1089, probability=0.7, because=("shelves:2",),
)  # fmt: skip


def place(sequence: int = 7, store: str = "corner", because: tuple[str, ...] = ("settlement:7",)) -> Envelope:
    return Envelope(store=store, stream="ledger", sequence=sequence, happened=40, arrived=50, because=because)


def receipt(*lines: ReceiptLine, **other: Any) -> Receipt:
    fields: dict[str, Any] = {
        "envelope": place(),
        "visit": "visit-p1",
        "party": "p1",
        "currency": "EUR",
        "lines": lines,
        "net_minor": sum(line.net_minor for line in lines),
        "tax_minor": sum(line.tax_minor for line in lines),
        "total_minor": sum(line.total_minor for line in lines),
        "saving_minor": sum(line.saving_minor for line in lines),
    }
    return Receipt(**{**fields, **other})


def wrong(line: ReceiptLine, **fields: Any) -> ReceiptLine:
    return msgspec.structs.replace(line, **fields)


def guard() -> GuardEngine:
    """A guard that saw p1 leave: its bill is due."""
    return due(GuardEngine("corner", "EUR", charge_threshold=0.7, taxes_on_top={"ny"}))


def due(engine: GuardEngine, visit: str = "visit-p1", party: str = "p1", state: str = "settling") -> GuardEngine:
    changes = msgspec.json.decode(engine.snapshot())["books"]["changes"]
    engine.receive(VisitChanged(envelope=place(changes), visit=visit, party=party, state=state))
    return engine


def answer(engine: GuardEngine, asked: Receipt) -> Stamp | Alarm:
    if asked.envelope.store == "corner":
        due(engine, asked.visit, asked.party)
    engine.receive(asked)
    (said,) = engine.advance(60)
    assert isinstance(said, Stamp | Alarm)
    return said


def objections(asked: Receipt, engine: GuardEngine | None = None) -> list[str]:
    said = answer(engine or guard(), asked)
    assert isinstance(said, Alarm)
    assert (said.name, said.subject, said.envelope.because) == ("guard-refused", asked.id, (asked.id,))
    head, _, rest = said.text.partition("; look at it before anything is sent. ")
    assert head == f"receipt {asked.id} of {asked.visit!r} is held back"
    return rest.removesuffix(".").split(". ")


def own(sequence: int, because: str) -> Envelope:
    return Envelope(store="corner", stream="guard", sequence=sequence, happened=40, arrived=60, because=(because,))


def test_a_sound_receipt_is_stamped_and_the_stamp_names_every_check() -> None:
    assert answer(guard(), receipt(BREAD, MUG)) == Stamp(
        envelope=own(0, "ledger:7"), receipt="ledger:7", visit="visit-p1", checks=tuple(CHECKS)
    )


def test_savings_within_the_price_are_sound_with_tax_within_or_on_top_down_to_nothing_to_pay() -> None:
    gift = wrong(BREAD, saving_minor=500, promotions=("All off",), net_minor=0, tax_minor=0, total_minor=0)
    for line in (OFFER, CHEAP_MUG, gift):
        assert isinstance(answer(guard(), receipt(line)), Stamp)


def test_a_receipt_of_nothing_is_sound() -> None:
    assert isinstance(answer(guard(), receipt()), Stamp)


@pytest.mark.parametrize("state", ["shopping", "leaving", "abandoned", "unbilled", "settled"])
def test_a_visit_that_does_not_wait_for_its_bill_gets_none(state: str) -> None:
    engine = due(guard(), state=state)
    engine.receive(receipt(BREAD))
    (alarm,) = engine.advance(60)
    assert isinstance(alarm, Alarm)
    assert f"of a visit that waits for its bill? No: visit 'visit-p1' is {state}, no bill of it is due." in alarm.text


def test_a_visit_that_the_guard_never_saw_and_another_partys_get_no_bill() -> None:
    for asked in (receipt(BREAD, visit="visit-p7"), receipt(BREAD, party="p2")):
        engine = guard()
        engine.receive(asked)
        (alarm,) = engine.advance(60)
        assert isinstance(alarm, Alarm)
        assert f"visit {asked.visit!r} is none of this party that is remembered, no bill of it is due" in alarm.text


def test_a_refusal_is_an_alarm_that_says_what_and_what_to_do() -> None:
    assert answer(guard(), receipt(wrong(BREAD, because=()))) == Alarm(
        envelope=own(0, "ledger:7"),
        name="guard-refused",
        subject="ledger:7",
        text="receipt ledger:7 of 'visit-p1' is held back; look at it before anything is sent. "
        "every line has a cause? No: 'bread' is charged without a cause.",
    )


#: Two loaves, one of them half off: 5.00 - 1.25 = 3.75, of it 7/107 tax.
OFFER = msgspec.structs.replace(
    BREAD, saving_minor=125, promotions=("Half off the second",), net_minor=350, tax_minor=25, total_minor=375
)
#: A mug 10 % off with its tax on top: 9.00 and 79.875 cents.
CHEAP_MUG = msgspec.structs.replace(MUG, saving_minor=100, promotions=("10 % off",), net_minor=900, tax_minor=80, total_minor=980)
SAVED = "savings lie within the price and have a name? No: "
AMOUNTS = "amounts follow from price, quantity and tax? No: "
BREAD_FROM = AMOUNTS + "'bread': its amounts do not follow from "
MUG_FROM = AMOUNTS + "'mug': its amounts do not follow from "
SURE = "every line is sure enough? No: "
BALANCE = "net and tax make the total? No: "
NEGATIVE = "no amount is negative? No: "


@pytest.mark.parametrize(
    ("asked", "objected"),
    [
        (
            receipt(BREAD, envelope=place(store="castle")),
            ["of this shop and in its currency? No: it is of store 'castle', not 'corner'"],
        ),
        (receipt(BREAD, currency="USD"), ["of this shop and in its currency? No: it is in 'USD', the shop sells in EUR"]),
        (receipt(BREAD, visit=""), ["of a visit and a party that pays? No: it names no visit"]),
        (receipt(BREAD, party=""), ["of a visit and a party that pays? No: '' is no party that pays"]),
        (receipt(BREAD, party="STAFF"), ["of a visit and a party that pays? No: 'STAFF' is no party that pays"]),
        (receipt(BREAD, envelope=place(because=())), ["every line has a cause? No: the receipt follows from nothing"]),
        (receipt(MUG, wrong(BREAD, because=())), ["every line has a cause? No: 'bread' is charged without a cause"]),
        (receipt(wrong(BREAD, because=("shelves:1", ""))), ["every line has a cause? No: 'bread' is charged without a cause"]),
        (receipt(BREAD, BREAD), ["whole pieces, one line per product? No: 'bread' is charged on two lines"]),
        (
            receipt(wrong(BREAD, quantity=0, net_minor=0, tax_minor=0, total_minor=0)),
            ["whole pieces, one line per product? No: 0 pieces of 'bread'"],
        ),
        (receipt(wrong(BREAD, quantity=2.0)), ["whole pieces, one line per product? No: 2.0 pieces of 'bread'"]),
        (receipt(wrong(BREAD, probability=0.699999)), [SURE + "'bread' is charged at 0.699999, the shop asks for 0.7 to 1"]),
        (receipt(wrong(BREAD, probability=1.000001)), [SURE + "'bread' is charged at 1.000001, the shop asks for 0.7 to 1"]),
        (receipt(wrong(BREAD, probability=float("nan"))), [SURE + "'bread' is charged at nan, the shop asks for 0.7 to 1"]),
        (
            receipt(wrong(MUG, total_minor=1089.0), total_minor=1089),
            ["amounts are whole minor units? No: 'mug' has an amount that is no whole number of minor units"],
        ),
        (
            receipt(BREAD, total_minor=500.0),
            ["amounts are whole minor units? No: the receipt has an amount that is no whole number of minor units"],
        ),
        (
            receipt(wrong(MUG, unit_price_minor=-1000, net_minor=-1000, tax_minor=-89, total_minor=-1089), BREAD, BREAD, BREAD),
            [
                "whole pieces, one line per product? No: 'bread' is charged on two lines",
                NEGATIVE + "'mug' has a negative amount",
            ],
        ),
        (
            receipt(wrong(MUG, unit_price_minor=-1000, net_minor=-1000, tax_minor=-89, total_minor=-1089)),
            [NEGATIVE + "the receipt has a negative amount", NEGATIVE + "'mug' has a negative amount"],
        ),
        (
            receipt(wrong(BREAD, net_minor=466)),
            [BALANCE + "'bread': 466 + 33 is not 500", BALANCE + "466 + 33 is not 500"],
        ),
        (
            receipt(wrong(BREAD, net_minor=466), wrong(MUG, net_minor=1001, unit_price_minor=1001)),
            [BALANCE + "'bread': 466 + 33 is not 500", BALANCE + "'mug': 1001 + 89 is not 1089"],
        ),
        (
            receipt(BREAD, net_minor=466, total_minor=499),
            ["totals are the sums of the lines? No: its net is 466, the lines make 467",
             "totals are the sums of the lines? No: its total is 499, the lines make 500"],
        ),
        (
            receipt(BREAD, tax_minor=34, total_minor=501),
            ["totals are the sums of the lines? No: its tax is 34, the lines make 33",
             "totals are the sums of the lines? No: its total is 501, the lines make 500"],
        ),
        (
            receipt(BREAD, net_minor=468, tax_minor=32),
            ["totals are the sums of the lines? No: its net is 468, the lines make 467",
             "totals are the sums of the lines? No: its tax is 32, the lines make 33"],
        ),
        (
            receipt(OFFER, saving_minor=124),
            ["totals are the sums of the lines? No: its saving is 124, the lines make 125"],
        ),
        (receipt(wrong(OFFER, saving_minor=124)), [AMOUNTS + "'bread': its amounts do not follow from 2 x 250 less 124 at 0.07"]),
        (receipt(wrong(OFFER, saving_minor=125.0), saving_minor=125),
         ["amounts are whole minor units? No: 'bread' has an amount that is no whole number of minor units"]),
        (receipt(OFFER, saving_minor=125.0),
         ["amounts are whole minor units? No: the receipt has an amount that is no whole number of minor units"]),
        (receipt(wrong(OFFER, promotions=())), [SAVED + "'bread' saves 125 by no promotion"]),
        (receipt(wrong(OFFER, promotions=("",))), [SAVED + "'bread' saves 125 by no promotion"]),
        (receipt(wrong(BREAD, promotions=("Sale",))), [SAVED + "'bread' saves 0 by Sale"]),
        (
            receipt(wrong(OFFER, saving_minor=501, net_minor=0, tax_minor=0, total_minor=0)),
            [SAVED + "'bread' saves 501 of 500", AMOUNTS + "'bread': its amounts do not follow from 2 x 250 less 501 at 0.07"],
        ),
        (
            receipt(wrong(BREAD, saving_minor=-107, promotions=("Fee",), net_minor=567, tax_minor=40, total_minor=607)),
            [NEGATIVE + "the receipt has a negative amount", NEGATIVE + "'bread' has a negative amount"],
        ),
        (receipt(wrong(CHEAP_MUG, net_minor=1000, tax_minor=89, total_minor=1089)),
         [AMOUNTS + "'mug': its amounts do not follow from 1 x 1000 less 100 at 0.08875"]),
        (receipt(wrong(BREAD, net_minor=466, tax_minor=34)), [BREAD_FROM + "2 x 250 at 0.07"]),
        (receipt(wrong(BREAD, quantity=1)), [BREAD_FROM + "1 x 250 at 0.07"]),
        (receipt(wrong(MUG, unit_price_minor=999)), [MUG_FROM + "1 x 999 at 0.08875"]),
        (receipt(wrong(MUG, tax_minor=90, total_minor=1090)), [MUG_FROM + "1 x 1000 at 0.08875"]),
        (receipt(wrong(BREAD, tax_rate="-0.07")), [AMOUNTS + "'bread' has '-0.07' as its tax rate"]),
        (receipt(wrong(BREAD, tax_rate="1.07")), [AMOUNTS + "'bread' has '1.07' as its tax rate"]),
        (receipt(wrong(BREAD, tax_rate="7E-2")), [AMOUNTS + "'bread' has '7E-2' as its tax rate"]),
        (receipt(wrong(BREAD, tax_rate="")), [AMOUNTS + "'bread' has '' as its tax rate"]),
        (receipt(wrong(BREAD, tax_rate="\N{ARABIC-INDIC DIGIT ZERO}")), [AMOUNTS + "'bread' has '\u0660' as its tax rate"]),
    ],
)  # fmt: skip
def test_every_single_fault_is_objected_to_by_the_check_that_is_there_for_it(asked: Receipt, objected: list[str]) -> None:
    assert objections(asked) == objected


def test_a_tax_added_to_a_price_that_holds_it_already_is_noticed_and_so_is_one_left_out() -> None:
    twice = wrong(BREAD, net_minor=500, tax_minor=35, total_minor=535)
    assert objections(receipt(twice)) == [BREAD_FROM + "2 x 250 at 0.07"]
    never = wrong(MUG, net_minor=918, tax_minor=82, total_minor=1000)
    assert objections(receipt(never)) == [MUG_FROM + "1 x 1000 at 0.08875"]


def test_half_a_cent_of_tax_may_be_rounded_either_way_but_no_further() -> None:
    pin = wrong(MUG, unit_price_minor=1, net_minor=1, tax_rate="0.5")
    for tax, passes in ((0, True), (1, True), (2, False)):
        said = answer(guard(), receipt(wrong(pin, tax_minor=tax, total_minor=1 + tax)))
        assert isinstance(said, Stamp) is passes


def test_a_visit_is_billed_once_ever_even_after_a_restart() -> None:
    engine = guard()
    assert isinstance(answer(engine, receipt(BREAD)), Stamp)
    again = guard()
    again.restore(engine.snapshot())
    for each in (engine, again):
        objected = objections(receipt(MUG, envelope=place(8)), each)
        assert objected == ["the first of its visit? No: visit 'visit-p1' was billed before, by ledger:7"]
        objected = objections(receipt(MUG, visit="visit-p2"), each)
        assert objected == ["the first of its visit? No: the receipt id ledger:7 was stamped before"]
        assert isinstance(answer(each, receipt(MUG, visit="visit-p2", envelope=place(8))), Stamp)
    assert engine.snapshot() == again.snapshot()


def test_the_second_receipt_is_held_back_even_if_nothing_was_said_in_between() -> None:
    engine = guard()
    engine.receive(receipt(BREAD))
    engine.receive(receipt(BREAD, envelope=place(8)))
    assert [type(said) for said in engine.advance(60)] == [Stamp, Alarm]
    assert engine.advance(70) == []


def test_a_receipt_held_back_may_be_put_right() -> None:
    engine = guard()
    objections(receipt(BREAD, net_minor=1), engine)
    assert answer(engine, receipt(BREAD, envelope=place(8))) == Stamp(
        envelope=own(1, "ledger:8"), receipt="ledger:8", visit="visit-p1", checks=tuple(CHECKS)
    )


def test_the_guard_takes_nothing_that_no_receipt_or_command_follows_from() -> None:
    engine = guard()
    before = engine.snapshot()
    with pytest.raises(Refused, match="guard takes receipts, commands and what they follow from, not Alarm"):
        engine.receive(Alarm(envelope=place(), name="plate-dead", subject="g1", text=""))
    assert engine.snapshot() == before


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1, float("nan"), float("inf")])
def test_a_guard_is_not_told_a_threshold_that_lets_everything_pass(threshold: float) -> None:
    with pytest.raises(ValueError, match="a charge threshold lies above 0 and up to 1"):
        GuardEngine("corner", "EUR", charge_threshold=threshold, taxes_on_top=())


@pytest.mark.parametrize(
    "damage", [lambda good: good[:-1], lambda good: b"\xff" + good, lambda good: good.replace(b"corner", b"castle")]
)
def test_a_damaged_or_foreign_snapshot_is_refused_and_nothing_is_forgotten(damage: Callable[[bytes], bytes]) -> None:
    engine = guard()
    engine.receive(receipt(BREAD))
    before = engine.snapshot()
    with pytest.raises(InputProblems, match=r"guard snapshot: .* -> "):
        engine.restore(damage(before))
    assert engine.snapshot() == before


def test_a_snapshot_with_unsaid_stamps_and_alarms_continues_identically() -> None:
    engine, again = guard(), guard()
    engine.receive(receipt(BREAD))
    engine.receive(receipt(MUG, party="NOBODY", visit="visit-p2", envelope=place(8)))
    again.restore(engine.snapshot())
    assert again.advance(60) == engine.advance(60) != []
    assert again.snapshot() == engine.snapshot()


FIELDS = st.sampled_from(["quantity", "unit_price_minor", "net_minor", "tax_minor", "total_minor", "saving_minor"])


@given(FIELDS, st.integers(-3, 3).filter(bool), st.sampled_from([BREAD, MUG, OFFER, CHEAP_MUG]))
def test_no_number_of_a_line_can_be_moved_without_the_guard_noticing(field: str, shift: int, line: ReceiptLine) -> None:
    moved = wrong(line, **{field: getattr(line, field) + shift})
    assert isinstance(answer(guard(), receipt(moved)), Alarm)


@given(st.sampled_from(["net_minor", "tax_minor", "total_minor", "saving_minor"]), st.integers(-3, 3).filter(bool))
def test_no_total_can_be_moved_without_the_guard_noticing(field: str, shift: int) -> None:
    sound = receipt(BREAD, MUG)
    assert isinstance(answer(guard(), receipt(BREAD, MUG, **{field: getattr(sound, field) + shift})), Alarm)
