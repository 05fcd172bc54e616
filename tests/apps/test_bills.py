"""Where bills come from: a truth file, the recording's own truth, the receipts that were made."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from the_kiosk import change, envelope, kiosk, receipt_of

from saunter.apps.bills import charged_bills, read_bills, true_bills
from saunter.apps.output import json_bytes
from saunter.apps.replaying import Replayed
from saunter.apps.reporting import receipts_file
from saunter.apps.scoring import Bill, Item, score
from saunter.base.errors import InputProblems
from saunter.records import TrueAction, TrueLine, TrueReceipt


def read(value: object) -> tuple[Bill, ...]:
    return read_bills(json.dumps(value).encode(), "true.json")


def problems_of(content: bytes) -> list[str]:
    with pytest.raises(InputProblems) as caught:
        read_bills(content, "true.json")
    return [str(problem) for problem in caught.value.problems]


def test_a_truth_file_names_products_by_sku_or_barcode_and_may_leave_out_quantity_party_and_visit() -> None:
    lines = [{"sku": "oats", "quantity": 2}, {"gtin": "0123", "name": "Milk", "price": "1.20"}]
    assert read({"receipts": [{"lines": lines, "total": "5.18"}, {"visit": "v2", "party": "p2", "lines": []}]}) == (
        Bill("", "", (Item("oats", "", 2), Item("", "0123", 1, "Milk"))),
        Bill("v2", "p2", ()),
    )


def test_every_mistake_of_a_truth_file_is_told_at_once() -> None:
    bad = {
        "receipts": [{"lines": [{"quantity": 1}]}, {"party": "p1"}, {"lines": [{"sku": "oats", "quantity": 0}]}, {"lines": []}]
    }
    found = problems_of(json.dumps(bad).encode())
    assert [text.split(" -> ")[0] for text in found] == [
        "true.json: receipt 1, line 1 names no product",
        "true.json: receipt 2: Object missing required field `lines`",
        "true.json: receipt 3: Expected `int` >= 1 - at `$.lines[0].quantity`",
    ]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\xfe", b'{"receipts": 3}', b"[" * 100_000])
def test_what_is_no_truth_file_is_said_with_the_form_that_one_has(content: bytes) -> None:
    (text,) = problems_of(content)
    assert text.startswith("true.json: this is no truth file: ")
    assert '{"receipts": [{"visit"' in text


KEYS = st.sampled_from(["receipts", "lines", "sku", "quantity", "party"])
TREES = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner))


@given(st.binary(max_size=200) | TREES.map(lambda value: json.dumps(value).encode()))
def test_any_content_gives_bills_or_problems_and_never_anything_else(content: bytes) -> None:
    try:
        bills = read_bills(content, "true.json")
    except InputProblems as error:
        assert error.problems
    else:
        assert all(isinstance(bill, Bill) for bill in bills)


def true_receipt(party: str, *lines: TrueLine) -> TrueReceipt:
    return TrueReceipt(envelope=envelope("truth/receipts", 9.0), visit=f"visit-{party}", party=party, lines=lines)


def action(party: str, what: str, sku: str, quantity: int = 1) -> TrueAction:
    return TrueAction(
        envelope=envelope("truth/actions", 1.0), party=party, action=what, sku=sku, gtin="", quantity=quantity, plates=("left",)
    )  # type: ignore[arg-type]


def test_the_recordings_own_receipts_are_the_truth() -> None:
    truth = [action("p1", "take", "milk"), true_receipt("p1", TrueLine(sku="oats", quantity=2, name="Oat bar"))]
    assert true_bills(truth) == (Bill("visit-p1", "p1", (Item("oats", "", 2, "Oat bar"),)),)


def test_a_recording_with_labelled_actions_only_owes_what_they_add_up_to() -> None:
    truth = [
        action("p1", "take", "oats", 3), action("p1", "put back", "oats"), action("p1", "take", "milk"),
        action("p1", "put back", "milk"), action("p2", "touch", "oats"), action("STAFF", "restock", "oats", 9),
    ]  # fmt: skip
    assert true_bills(truth) == (Bill("", "p1", (Item("oats", "", 2),)), Bill("", "p2", ()))


def test_a_receipt_more_than_a_minute_after_the_exit_is_late_exactly_a_minute_is_not() -> None:
    left = [change("p1", "shopping", 0.0), change("p1", "leaving", 10.0)]
    in_time = [charged_bills([receipt_of(second=second)], left)[0].in_time for second in (11.0, 70.0, 70.1)]
    assert in_time == [True, True, False]
    assert charged_bills([receipt_of(second=999.0)], [])[0].in_time


def test_the_receipts_that_replay_writes_can_be_read_as_a_truth_file_and_score_one() -> None:
    made = Replayed(receipts=[receipt_of("p1"), receipt_of("p2")])
    read_back = read_bills(json_bytes(receipts_file(made, kiosk())), "out.json")
    found = score(charged_bills(made.receipts, []), read_back)
    assert (found.unit_f1, found.exact, found.visits_counted) == (1, 1, 2)
