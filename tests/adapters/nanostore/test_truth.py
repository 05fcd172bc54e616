"""Labelled truth: actions and receipts, whatever spelling the label uses for a barcode or a time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saunter.adapters.datasets.nanostore.fields import Damaged
from saunter.adapters.datasets.nanostore.truth import parse_label_time
from saunter.base.errors import InputProblems
from saunter.base.time import SECOND, parse_iso
from saunter.records import TrueAction, TrueLine, TrueReceipt

TEA = {"barcode": "012345678905", "name": "Tea"}
JAM = {"barcode": "36000291452", "name": "Jam"}


def event(
    second: int, shopper: str, *products: dict[str, Any], put_back: bool = False, plates: tuple[int, ...] = (1, 2)
) -> dict[str, Any]:
    when = f"2020-03-01_10-00-{second:02d}"
    place = {"gondola": 1, "shelf": 2, "plates": list(plates)}
    return {"time": when, "put_back": put_back, "shopper": shopper, **place, "products": list(products)}


def loaded(shop: Any, make: Any, *events: Any, party: str | None = "p1", targets: list[Any] | None = None) -> Any:
    shop.export([make.weights(1, make.start + index * 200_000_000) for index in range(50)], targets or [])
    (shop.folder / "truth.json").write_text(json.dumps({"case": "x", "events": list(events)}))
    return shop.load(party=party)


def test_events_become_actions_and_the_receipt_of_the_declared_party(shop: Any, make: Any) -> None:
    imported = loaded(shop, make, event(3, "77", JAM), event(1, "77", TEA, plates=(2, 9)))
    first, second, receipt = imported.truth
    assert isinstance(first, TrueAction)
    assert (first.party, first.action, first.sku, first.gtin, first.quantity) == (
        "p1",
        "take",
        "012345678905",
        "00012345678905",
        1,
    )
    assert (first.plates, first.happened, first.id) == (("g1s2p2",), make.start + SECOND, "truth/actions:0")
    assert (second.sku, second.plates) == ("36000291452", ("g1s2p1", "g1s2p2"))
    lines = (
        TrueLine(sku="012345678905", gtin="00012345678905", quantity=1, name="Tea"),
        TrueLine(sku="36000291452", gtin="00036000291452", quantity=1, name="Jam"),
    )
    assert isinstance(receipt, TrueReceipt)
    assert (receipt.visit, receipt.party, receipt.lines, receipt.id) == ("visit-p1", "p1", lines, "truth/receipts:0")


def test_what_was_put_back_is_not_on_the_receipt(shop: Any, make: Any) -> None:
    imported = loaded(
        shop, make, event(1, "77", TEA, TEA, JAM), event(2, "77", TEA, put_back=True), event(3, "77", JAM, put_back=True)
    )
    assert imported.truth[-1].lines == (TrueLine(sku="012345678905", gtin="00012345678905", quantity=1, name="Tea"),)
    assert [action.action for action in imported.truth[:-1]] == ["take", "take", "take", "put back", "put back"]


def test_several_shoppers_keep_their_own_ids(shop: Any, make: Any) -> None:
    imported = loaded(shop, make, event(1, "77", TEA), event(2, "-88", JAM))
    assert [(receipt.party, receipt.visit) for receipt in imported.truth if isinstance(receipt, TrueReceipt)] == [
        ("-88", "visit--88"),
        ("77", "visit-77"),
    ]


def test_with_tracked_people_the_shopper_keeps_the_trackers_id(shop: Any, make: Any) -> None:
    imported = loaded(shop, make, event(1, "77", TEA), targets=[make.people(make.start, make.person("77"))])
    assert imported.truth[-1].party == "77"


def test_a_negative_target_and_a_negative_shopper_meet_as_one_party(shop: Any, make: Any) -> None:
    imported = loaded(shop, make, event(1, "-77", TEA), party=None, targets=[make.people(make.start, make.person("-77"))])
    seen = {person.party for frame in make.of(imported.records, "people") for person in frame.people}
    assert {truth.party for truth in imported.truth} == seen == {"-77"}


def test_more_put_back_than_taken_leaves_nothing_on_the_receipt_and_is_said(shop: Any, make: Any) -> None:
    imported = loaded(shop, make, event(1, "77", TEA, put_back=True))
    assert imported.truth[-1].lines == ()
    assert any("put back 1 more of 012345678905 than taken" in line for line in make.said(imported))


def test_a_label_may_write_the_barcode_another_way(shop: Any, make: Any) -> None:
    shop.export([make.weights(1, make.start)], [])
    shop.documents("products.json", [make.product("120130", "Soda", 370), make.product("012345678905", "Tea", 50)])
    labels = [{"barcode": "01201303", "name": "?"}, {"barcode": "12345678905", "name": ""}, {"barcode": "", "name": "TEA"}]
    (shop.folder / "truth.json").write_text(json.dumps({"events": [event(0, "77", *labels)]}))
    imported = shop.load()
    assert [action.sku for action in imported.truth[:-1]] == ["120130", "012345678905", "012345678905"]
    assert "truth.json: barcode 01201303 of a label is another way to write 120130" in make.said(imported)


def test_a_product_the_catalogue_does_not_have_keeps_its_barcode(shop: Any, make: Any) -> None:
    imported = loaded(shop, make, event(1, "77", {"barcode": "4006381333931", "name": "Pen"}, {"name": "UNKOWN"}))
    assert imported.truth[-1].lines == (
        TrueLine(sku="", gtin="04006381333931", name="Pen"),
        TrueLine(sku="", gtin="", name="UNKOWN"),
    )
    assert any("product 4006381333931 ('Pen') is not in the catalogue" in line for line in make.said(imported))


def test_events_that_make_no_sense_are_said_and_cost_themselves_only(shop: Any, make: Any) -> None:
    wrong = [
        7,
        event(1, "", TEA),
        event(1, "77"),
        event(1, "77", TEA) | {"time": "noon"},
        event(1, "77", TEA) | {"put_back": "no"},
    ]
    imported = loaded(shop, make, *wrong, event(1, "77", TEA))
    lost = [problem.what for problem in imported.report if problem.where == "truth.json"]
    assert [text.partition(" lost")[0] for text in lost] == [f"event {index}" for index in range(1, 6)]
    assert len(imported.truth) == 2


def test_labels_outside_the_recording_are_said(shop: Any, make: Any) -> None:
    imported = loaded(shop, make, event(59, "77", TEA))
    assert any("1 labelled actions lie outside the recording" in line for line in make.said(imported))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"events": 3}'])
def test_a_file_that_is_no_truth_is_an_error(shop: Any, make: Any, content: str) -> None:
    shop.export([make.weights(1, make.start)], [])
    (shop.folder / "truth.json").write_text(content)
    with pytest.raises(InputProblems, match=r"truth\.json"):
        shop.load()


@pytest.mark.parametrize(
    ("label", "instant"),
    [
        ("2020-01-28_22-24-15", "2020-01-28T22:24:15Z"),
        ("1:52 + 2019-11-07_02-41-19", "2019-11-07T02:43:11Z"),
        ("02_24_2020_10:00:59", "2020-02-24T10:00:59Z"),
        ("2020-01-28T22:24:15.5Z", "2020-01-28T22:24:15.5Z"),
    ],
)
def test_times_of_labels_come_in_three_forms(label: str, instant: str) -> None:
    assert parse_label_time(label) == parse_iso(instant)


@pytest.mark.parametrize("label", ["", "noon", "2020-13-01_00-00-00", "1970-01-01_00-00-00"])
def test_other_times_are_refused(label: str) -> None:
    with pytest.raises(Damaged):
        parse_label_time(label)
