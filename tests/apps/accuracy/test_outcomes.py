"""What counts as right, late, over- and undercharged for one visit, by the definitions of DESIGN 10."""

from __future__ import annotations

from the_counter import counter

from saunter.apps.accuracy.outcomes import Answers, Charge, Word, answers_of, outcome_of
from saunter.base.time import SECOND
from saunter.records import Envelope, TrueAction, TrueLine, TrueReceipt

PRICES = {"oats": 100, "milk": 200, "soup": 300}


def envelope(second: float) -> Envelope:
    at = round(second * SECOND)
    return Envelope(store="counter", stream="truth", sequence=0, happened=at, arrived=at)


def took(party: str, sku: str, behaviour: str = "", quantity: int = 1) -> TrueAction:
    return TrueAction(
        envelope=envelope(50), party=party, action="take", sku=sku, gtin="", quantity=quantity, plates=("a",), behaviour=behaviour
    )


def answers(actions: tuple[TrueAction, ...] = (), **pieces: dict[str, int]) -> Answers:
    """Every party left at second 100; the play went on until second 2000."""
    return Answers(pieces, dict.fromkeys(pieces, 100 * SECOND), PRICES, actions, 2000 * SECOND)


def charge(at_s: float | None = 105.0, **pieces: int) -> Charge:
    return Charge(pieces, None if at_s is None else round(at_s * SECOND), {})


def test_a_receipt_that_says_the_truth_in_time_is_exact() -> None:
    [visit] = outcome_of({"p1": charge(oats=2)}, answers(p1={"oats": 2})).visits
    assert visit.exact
    assert (visit.right, visit.wrong, visit.missed, visit.to_receipt_s) == (2, 0, 0, 5.0)
    assert (visit.true_minor, visit.over_minor, visit.under_minor) == (200, 0, 0)


def test_sixty_seconds_after_the_exit_is_in_time_and_a_moment_later_is_wrong() -> None:
    for second, in_time in ((160.0, True), (160.001, False)):
        [visit] = outcome_of({"p1": charge(second, oats=1)}, answers(p1={"oats": 1})).visits
        assert (visit.exact, visit.late) == (in_time, not in_time)


def test_a_receipt_that_never_comes_is_wrong_and_waited_for_until_the_end() -> None:
    for charges in ({}, {"p1": charge(None)}):
        [visit] = outcome_of(charges, answers(p1={"oats": 1})).visits
        assert (visit.exact, visit.late, visit.missed, visit.to_receipt_s) == (False, True, 1, 1900.0)


def test_something_on_the_wrong_bill_is_charged_too_much_here_and_too_little_there() -> None:
    first, second = outcome_of({"p1": charge(soup=1), "p2": charge()}, answers(p1={}, p2={"soup": 1})).visits
    assert (first.wrong, first.over_minor, first.under_minor, first.exact) == (1, 300, 0, False)
    assert (second.missed, second.over_minor, second.under_minor, second.exact) == (1, 0, 300, False)


def test_who_took_nothing_and_pays_nothing_does_not_count() -> None:
    assert outcome_of({"p1": charge()}, answers(p1={})).visits == ()


def test_lines_are_said_true_and_charged_piece_by_piece() -> None:
    said = Charge({"oats": 1}, 105 * SECOND, {"oats": (0.99, 0.4), "milk": (0.2,)})
    [visit] = outcome_of({"p1": said}, answers(p1={"oats": 2, "soup": 1})).visits
    assert visit.words == (Word(0.99, True, True), Word(0.4, True, False), Word(0.2, False, False))
    assert visit.silent == 1


def test_an_action_is_right_when_its_line_is_right_and_touches_and_staff_belong_to_nobodys_bill() -> None:
    actions = (took("p1", "oats", "swap"), took("p1", "soup"), took("STAFF", "milk"), took("p1", ""))
    found = outcome_of({"p1": charge(oats=1)}, answers(actions, p1={"oats": 1, "soup": 1})).actions
    assert [(each.behaviour, each.right) for each in found] == [("swap", True), ("take", False)]


def test_truth_that_knows_only_the_barcode_is_found_in_the_plan_and_strange_goods_keep_their_name() -> None:
    lines = (TrueLine(gtin="0000000000001017"[-14:]), TrueLine(sku="toy", quantity=2), TrueLine(sku="milk"))
    receipt = TrueReceipt(envelope=envelope(90), visit="v", party="p1", lines=lines)
    plan = counter()
    by_barcode = plan.products["oats"].gtin
    receipt = TrueReceipt(
        envelope=envelope(90), visit="v", party="p1", lines=(TrueLine(gtin=by_barcode.lstrip("0")), *receipt.lines[1:])
    )
    found = answers_of([receipt], plan, 0)
    assert found.pieces == {"p1": {"oats": 1, "toy": 2, "milk": 1}}
    assert found.left == {"p1": 90 * SECOND}
