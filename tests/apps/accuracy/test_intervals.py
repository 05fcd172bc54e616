"""Intervals hold what they promise, and the same visits give the same ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.apps.accuracy.intervals import bootstrap, quantile, quantile_interval, ratio, weights_of
from saunter.base.randomness import generator


def test_every_resample_draws_as_many_visits_as_there_are() -> None:
    weights = weights_of(7)
    assert weights.shape == (1000, 7)
    assert set(weights.sum(axis=1)) == {7.0}
    assert weights.mean() == pytest.approx(1.0)


def test_the_same_visits_give_the_same_interval_and_no_visits_none() -> None:
    values = [0.0, 1.0, 2.0, 30.0]
    once, again = (bootstrap([values], lambda sums: sums[0] / 4, weights_of(4)) for _ in range(2))
    assert once == again
    assert bootstrap([[]], lambda sums: sums[0], weights_of(0)) == (0.0, 0.0)


def test_the_bootstrap_of_a_mean_agrees_with_its_standard_error() -> None:
    values = generator(3, "values").normal(10.0, 2.0, 400).tolist()
    low, high = bootstrap([values], lambda sums: sums[0] / 400, weights_of(400))
    half = 1.96 * float(np.std(values)) / 20
    assert (low, high) == pytest.approx((np.mean(values) - half, np.mean(values) + half), abs=0.04)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2.0), (0.51, 3.0), (0.99, 4.0), (0.25, 1.0), (1.0, 4.0)])
def test_a_quantile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, expected: float) -> None:
    assert quantile([4.0, 2.0, 1.0, 3.0], share) == expected


def test_the_interval_of_a_median_covers_the_true_one_about_nineteen_times_of_twenty() -> None:
    dice = generator(5, "medians")
    covered = sum(low <= 0.0 <= high for low, high in (quantile_interval(dice.normal(size=60).tolist(), 0.5) for _ in range(400)))
    assert 0.93 <= covered / 400 <= 0.99


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0.01, 0.99))
def test_a_quantile_lies_within_its_interval(values: list[float], share: float) -> None:
    low, high = quantile_interval(values, share)
    assert low <= quantile(values, share) <= high


def test_nothing_by_nothing_is_what_is_said_of_nothing() -> None:
    assert ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0]), 1.0).tolist() == [0.5, 1.0]
    assert quantile([], 0.5) == 0.0
    assert quantile_interval([], 0.5) == (0.0, 0.0)
