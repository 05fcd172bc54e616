"""How far the belief's sureness can be trusted, learned from answers of other days."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review.test_review import audit, receipt
from tests.settlement.beliefs import Did, World, cart, closed, shop

from saunter.apps.bench_rates import calibration as calibration_error
from saunter.attribution.constants import REVIEWER_ERROR
from saunter.base.calibration import IDENTITY, Calibration, log_odds, logistic
from saunter.base.randomness import generator
from saunter.learning import Label, Prior, fitted, labels_of_audit, labels_of_verdict
from saunter.learning.fitting import ANSWER_ERROR, _surprise
from saunter.review import ReviewEngine
from saunter.settlement import SettlementEngine

HAM = Did("p1", "ham", 1)
TAKEN_OR_NOT = [World(0.6, {"i:0": HAM}), World(0.4, {"i:0": Did("p2", "ham", 1)})]


def boastful(seed: int, lines: int, group: int = 1, *, slips: float = ANSWER_ERROR) -> list[Label]:
    """A belief whose log-odds are twice what they should be, and what people say came true."""
    dice = generator(seed, "boast")
    true = logistic_of(dice.normal(1.5, 1.2, (lines, group)))
    said = logistic_of(2.0 * np.log(true / (1 - true)))
    so = dice.random((lines, group)) < true
    told = so.all(axis=1) != (dice.random(lines) < slips)
    return [Label(tuple(row), bool(hit)) for row, hit in zip(said.tolist(), told, strict=True)]


def logistic_of(values: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-values))


def test_without_labels_what_is_said_is_believed_to_the_last_bit() -> None:
    assert fitted([]) == fitted([Label((), True)]) == IDENTITY
    assert [IDENTITY.of(said) for said in (0.0, 1.0, 0.1234567891)] == [0.0, 1.0, 0.1234567891]


@pytest.mark.slow
@pytest.mark.parametrize("group", [1, 3])
def test_a_belief_that_boasts_is_corrected_by_labels_of_other_seeds(group: int) -> None:
    learned = fitted(label for seed in range(4) for label in boastful(seed, 1500, group))
    assert learned.slope == pytest.approx(0.5, abs=0.05)
    assert learned.offset == pytest.approx(0.0, abs=0.12)
    fresh = boastful(99, 20_000, slips=0.0)  # of 4,000 lines chance alone makes up to 0.02
    before = calibration_error([label.said[0] for label in fresh], [label.all_true for label in fresh])
    after = calibration_error([learned.of(label.said[0]) for label in fresh], [label.all_true for label in fresh])
    assert before.error > 0.05
    assert after.error < 0.02


def test_few_labels_change_little_and_many_change_much() -> None:
    slopes = [fitted(boastful(5, lines)).slope for lines in (3, 30, 3000)]
    assert 0.75 < slopes[0] <= 1.0  # within one standard deviation of the prior
    assert slopes[0] > slopes[1] > slopes[2]
    assert slopes[2] == pytest.approx(0.5, abs=0.05)


def test_one_wrong_line_that_was_sure_is_doubted_but_not_thrown_out() -> None:
    learned = fitted([Label((0.999999,), False)], answer_error=0.0)
    assert learned.slope < 1.0
    assert 0.99 < learned.of(0.999999) < 0.999999


def test_slips_of_those_who_answer_are_not_blamed_on_a_belief_that_is_right() -> None:
    dice = generator(11, "slips")
    labels = [Label((0.999,), bool(dice.random() < 0.98)) for _ in range(500)]
    assert fitted(labels).of(0.999) > 0.99
    assert fitted(labels, answer_error=0.0).of(0.999) < 0.99


def test_the_share_of_slips_is_the_one_that_the_belief_takes_for_true() -> None:
    assert ANSWER_ERROR == REVIEWER_ERROR


def test_a_narrow_prior_keeps_closer_to_what_is_said() -> None:
    labels = boastful(7, 100)
    assert fitted(labels, Prior(log_slope_sd=0.05, offset_sd=0.05)).slope > fitted(labels).slope


@given(st.floats(0.05, 5), st.floats(-4, 4), st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_a_calibration_keeps_the_order_of_probabilities(slope: float, offset: float, said: list[float]) -> None:
    worth = [Calibration(slope, offset).of(each) for each in sorted(said)]
    assert worth == sorted(worth)
    assert all(0.0 <= each <= 1.0 for each in worth)


@given(st.floats(0.000001, 0.999999))
def test_log_odds_and_back_is_the_same(said: float) -> None:
    assert logistic(log_odds(said)) == pytest.approx(said)


@pytest.mark.parametrize(("slope", "offset"), [(0.0, 0.0), (-1.0, 0.0), (float("nan"), 0.0), (1.0, float("inf"))])
def test_a_calibration_that_would_turn_the_order_round_is_refused(slope: float, offset: float) -> None:
    with pytest.raises(ValueError, match="finite slope above 0"):
        Calibration(slope, offset)


def test_the_same_labels_give_the_same_calibration() -> None:
    assert fitted(boastful(3, 200)) == fitted(boastful(3, 200))


@pytest.mark.parametrize("slips", [0.0, ANSWER_ERROR])
def test_the_slope_of_the_surprise_is_what_small_steps_measure(slips: float) -> None:
    labels = boastful(1, 20, 2) + boastful(2, 20)
    flat = np.array([log_odds(said) for label in labels for said in label.said])
    starts = np.cumsum([0, *(len(label.said) for label in labels[:-1])])
    so = np.array([label.all_true for label in labels])
    sds, at, step = np.array([0.25, 0.5]), np.array([0.3, -0.2]), 1e-6
    told = _surprise(at, flat, starts, so, sds, slips)[1]
    for number, along in enumerate(np.eye(2) * step):
        above, below = (_surprise(point, flat, starts, so, sds, slips)[0] for point in (at + along, at - along))
        assert told[number] == pytest.approx((above - below) / (2 * step), rel=1e-5)


# -- where labels come from --------------------------------------------------------------------------------------------


def test_an_answer_labels_the_pieces_that_it_decides() -> None:
    made = cart(TAKEN_OR_NOT)
    (answers,) = (doubt.answers for doubt in made.doubts)
    assert [answer.party for answer in answers] == ["p1", "p2"]
    found = labels_of_verdict(made, closed("settlement/questions:0", "i:0"))
    assert found == (Label((0.6,), True),)


def test_an_answer_for_another_or_for_none_labels_nothing_it_does_not_decide() -> None:
    made = cart(TAKEN_OR_NOT)
    assert labels_of_verdict(made, closed("settlement/questions:0", "i:9")) == ()
    for outcome in ("cannot tell", "expired", "none of these"):
        assert labels_of_verdict(made, closed("settlement/questions:0", "i:0", outcome)) == ()
    undecided = cart([*TAKEN_OR_NOT, World(0.5, {"i:0": HAM, "i:1": HAM})])
    labels = labels_of_verdict(undecided, closed("settlement/questions:0", "i:0"))
    assert labels == (Label((undecided.lines[0].at_least[0],), True),)


def test_an_audit_labels_the_charged_lines_together() -> None:
    bill = receipt("visit-p1", "p1", ("ham", 0.9), ("gum", 0.8))
    engine = ReviewEngine(shop(audit_share=1.0))
    engine.receive(bill)
    question = audit(engine)
    outcomes = {choice.action: number for number, choice in enumerate(question.choices, start=1)}

    def told(action: str) -> tuple[Label, ...]:
        news = closed(question.id, "")
        return labels_of_audit(bill, question, type(news)(**{**fields(news), "choice": outcomes[action]}))

    assert told("right") == told("missing") == (Label((0.9, 0.8), True),)
    assert told("too much") == told("both") == (Label((0.9, 0.8), False),)
    assert labels_of_audit(bill, question, closed(question.id, "", "expired")) == ()
    assert labels_of_audit(receipt(), question, closed(question.id, "")) == ()


def fields(record: object) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}  # type: ignore[attr-defined]


# -- and where it is applied -------------------------------------------------------------------------------------------


def test_a_shop_that_knows_how_much_its_belief_boasts_charges_less() -> None:
    made = cart([World(0.9, {"i:0": HAM}), World(0.1, {})])
    for calibration, action, said in ((IDENTITY, "charge", 0.9), (Calibration(0.5, 0.0), "drop", 0.75)):
        engine = SettlementEngine(shop(questions_max=0), calibration)
        engine.receive(made)
        (settlement,) = engine.advance(0)
        (decision,) = settlement.decisions  # type: ignore[attr-defined]
        assert (decision.action, decision.probability) == (action, said)
