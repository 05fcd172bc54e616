"""Figures with their intervals: known values, edges, and what must hold for any counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.apps.bench_rates import BINS, Bin, Calibration, Rate, calibration, f1_rate, wilson


def test_the_interval_of_nine_right_receipts_in_ten_is_wilsons() -> None:
    assert wilson(9, 10) == Rate(0.9, 0.595850, 0.982124, 10)


def test_all_right_and_none_right_keep_doubt_on_the_open_side_only() -> None:
    assert wilson(40, 40) == Rate(1.0, 0.912378, 1.0, 40)
    assert wilson(0, 40) == Rate(0.0, 0.0, 0.087622, 40)


def test_of_no_cases_nothing_went_wrong_and_nothing_is_known() -> None:
    assert wilson(0, 0) == Rate(1.0, 0.0, 1.0, 0)
    assert f1_rate(0, 0, 0) == Rate(1.0, 0.0, 1.0, 0)
    assert calibration([], []) == Calibration(0.0, 0, ())


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_fraction_always_lies_within_its_interval(part: int, more: int) -> None:
    rate = wilson(part, part + more)
    assert 0 <= rate.low <= rate.fraction <= rate.high <= 1
    mirrored = wilson(more, part + more)
    if part + more:
        assert (rate.low, rate.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=2e-6)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_unit_f1_with_an_interval_is_the_unit_f1_of_the_score(right: int, wrong: int, missed: int) -> None:
    rate = f1_rate(right, right + wrong, right + missed)
    pieces = 2 * right + wrong + missed
    assert rate.fraction == pytest.approx(2 * right / pieces if pieces else 1.0, abs=2e-6)
    assert rate.low <= rate.fraction <= rate.high
    assert rate.of == right + wrong + missed


def test_lines_that_come_true_as_often_as_they_were_said_to_have_no_calibration_error() -> None:
    said, so = [0.5] * 20, [True, False] * 10
    assert calibration(said, so) == Calibration(0.0, 20, (Bin(2, 0.5, 0.5),) * BINS)


def test_the_calibration_error_weighs_each_bin_by_its_lines() -> None:
    said = [0.9, 0.1, 0.6]
    so = [True, True, False]
    bins = (Bin(1, 0.1, 1.0), Bin(1, 0.6, 0.0), Bin(1, 0.9, 1.0))
    assert calibration(said, so) == Calibration(round((0.9 + 0.6 + 0.1) / 3, 6), 3, bins)


@given(st.lists(st.tuples(st.floats(0.05, 1.0), st.booleans()), min_size=1, max_size=80))
def test_bins_hold_every_line_once_equally_many_and_in_order(lines: list[tuple[float, bool]]) -> None:
    found = calibration([said for said, _ in lines], [so for _, so in lines])
    sizes = [each.lines for each in found.bins]
    assert sum(sizes) == found.lines == len(lines)
    assert max(sizes) - min(sizes) <= 1
    assert [each.said for each in found.bins] == sorted(each.said for each in found.bins)
    assert 0 <= found.error <= 1
