"""What random audits can show of wrong charges: the bounds hold as often as they promise, and nothing is certified early."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from tests.review.test_review import audit, receipt
from tests.settlement.beliefs import closed, shop

from saunter.base.randomness import generator
from saunter.learning import AuditTally, anytime_upper, certificate, clopper_pearson_upper, tally
from saunter.learning.certifying import ALPHA
from saunter.review import ReviewEngine

upper = cache(anytime_upper)
COUNTS = st.integers(0, 400).flatmap(lambda audits: st.tuples(st.integers(0, audits), st.just(audits)))


@pytest.mark.slow
@given(COUNTS.filter(lambda counts: counts[0] < counts[1]))
def test_the_exact_bound_is_the_rate_at_which_so_few_errors_have_one_chance_in_twenty(counts: tuple[int, int]) -> None:
    errors, audits = counts
    assert binom.cdf(errors, audits, clopper_pearson_upper(errors, audits)) == pytest.approx(ALPHA, abs=1e-9)


def test_both_bounds_know_nothing_without_audits_and_everything_wrong_is_everything_wrong() -> None:
    for bound in (clopper_pearson_upper, anytime_upper):
        assert bound(0, 0) == bound(7, 7) == 1.0
        with pytest.raises(ValueError, match="cannot be"):
            bound(3, 2)


def test_three_hundred_clean_audits_show_one_in_a_hundred() -> None:
    assert clopper_pearson_upper(0, 300) == pytest.approx(0.00994, abs=1e-5)
    assert anytime_upper(0, 300) == pytest.approx(0.01222, abs=1e-5)


@given(COUNTS)
def test_who_may_look_at_any_time_pays_with_a_wider_bound(counts: tuple[int, int]) -> None:
    errors, audits = counts
    assert anytime_upper(errors, audits) >= clopper_pearson_upper(errors, audits) - 1e-9
    assert anytime_upper(errors, audits) >= errors / audits if audits else True


@given(COUNTS)
def test_another_clean_audit_narrows_and_another_error_widens(counts: tuple[int, int]) -> None:
    errors, audits = counts
    assert anytime_upper(errors, audits + 1) <= anytime_upper(errors, audits) + 1e-9
    assert anytime_upper(errors + 1, audits + 1) >= anytime_upper(errors, audits + 1)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.002, 0.01, 0.05])
def test_looked_at_after_every_tenth_of_two_thousand_audits_the_bound_is_wrong_in_fewer_than_one_shop_in_twenty(
    rate: float,
) -> None:
    shops, audits = 1000, 2000
    errors = (generator(17, "audits", str(rate)).random((shops, audits)) < rate).cumsum(axis=1)
    looks = range(9, audits, 10)
    wrong = sum(any(upper(int(row[n]), n + 1) < rate for n in looks) for row in errors)
    fixed = sum(any(clopper_pearson_upper_of(int(row[n]), n + 1) < rate for n in looks) for row in errors)
    assert wrong / shops <= ALPHA
    if rate > 0.002:
        assert fixed / shops > 2 * ALPHA, "the bound for a fixed number of audits must not be looked at again and again"


@cache
def clopper_pearson_upper_of(errors: int, audits: int) -> float:
    return clopper_pearson_upper(errors, audits)


@pytest.mark.parametrize("rate", [0.002, 0.01, 0.2])
def test_the_exact_bound_holds_in_nineteen_of_twenty_shops_that_audit_a_fixed_number(rate: float) -> None:
    errors = generator(19, "fixed", str(rate)).binomial(800, rate, 4000)
    wrong = sum(clopper_pearson_upper_of(int(each), 800) < rate for each in errors)
    assert wrong / 4000 <= ALPHA + 4 * (ALPHA * (1 - ALPHA) / 4000) ** 0.5


def test_nothing_is_certified_before_enough_audits_and_the_text_says_what_they_can_show() -> None:
    early = certificate(AuditTally(audits=100), bound=0.005)
    assert early.state == "not yet certified"
    assert early.upper == early.lowest == pytest.approx(0.03288, abs=1e-5)
    assert str(early) == (
        "not yet certified: 0 overcharged of 100 audited receipts bound the rate by 0.033, not 0.005; "
        "the lowest rate that 100 audits can show is 0.033"
    )
    assert early.needed == 820
    assert certificate(AuditTally(audits=819), 0.005).state == "not yet certified"
    assert certificate(AuditTally(audits=820), 0.005).state == "certified"


def test_errors_and_looks_without_an_answer_are_counted() -> None:
    found = certificate(AuditTally(audits=3030, overcharged=5, missing=9, untold=30), bound=0.006)
    assert str(found) == (
        "certified: at most 0.006 of receipts overcharge "
        "(5 overcharged of 3000 audited receipts, 30 more could not be told, bound 0.005)"
    )
    assert found.lowest < found.upper
    assert certificate(AuditTally(audits=3000, overcharged=12), 0.006).state == "not yet certified"


def test_what_a_million_audits_cannot_show_says_so() -> None:
    assert certificate(AuditTally(), bound=1e-7).needed == 0


@pytest.mark.parametrize("bound", [0.0, 1.0, -0.1, float("nan")])
def test_a_bound_that_is_no_share_is_refused(bound: float) -> None:
    with pytest.raises(ValueError, match="a bound lies between 0 and 1"):
        certificate(AuditTally(), bound)


def test_the_tally_comes_from_what_the_review_room_said() -> None:
    questions = []
    engine = ReviewEngine(shop(audit_share=1.0))
    for number in range(6):
        engine.receive(receipt(f"visit-p{number}", f"p{number}"))
        questions.append(audit(engine))
    told = [
        closed(question.id, "", outcome)
        for question, outcome in zip(questions, ["answered", "answered", "answered", "cannot tell", "expired"], strict=False)
    ]
    keys = [1, 2, 4, 0, 0]
    told = [
        type(news)(**{**{n: getattr(news, n) for n in news.__struct_fields__}, "choice": key})
        for news, key in zip(told, keys, strict=True)
    ]
    late = [type(news)(**{**{n: getattr(news, n) for n in news.__struct_fields__}, "outcome": "late"}) for news in told[:1]]
    assert tally(questions, [*told, *late]) == AuditTally(audits=5, overcharged=2, missing=1, untold=2)
    assert tally(questions, []) == AuditTally()
