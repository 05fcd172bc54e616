"""The figures: exact intervals, honest words, the same numbers for people and machines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, poisson
from tests.web.the_desk import ROLES, PretendDesk, client
from tests.web.the_morning import doc

from saunter.learning import anytime_upper, clopper_pearson_upper
from saunter.ports.documents import Counted
from saunter.web.figures import views
from saunter.web.figures.certainty import everyday_bound, interval_of_count, interval_of_share
from saunter.web.words import counted as counted_words

COUNTS = st.integers(0, 3000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))


@given(COUNTS)
def test_the_everyday_bound_is_the_learning_rooms_own(count: tuple[int, int]) -> None:
    assert everyday_bound(*count) == pytest.approx(anytime_upper(*count), abs=1e-9)


@given(COUNTS)
def test_a_bound_that_may_be_looked_at_every_day_is_never_below_one_that_may_be_looked_at_once(count: tuple[int, int]) -> None:
    assert everyday_bound(*count) >= clopper_pearson_upper(*count) - 1e-9


@given(COUNTS.filter(lambda count: count[1] > 0))
def test_at_the_ends_of_the_interval_what_was_seen_has_just_the_chance_that_is_left(count: tuple[int, int]) -> None:
    part, whole = count
    low, high = interval_of_share(part, whole)
    assert low <= part / whole <= high
    if part:
        assert binom.sf(part - 1, whole, low) == pytest.approx(0.025, rel=1e-6)
    if part < whole:
        assert binom.cdf(part, whole, high) == pytest.approx(0.025, rel=1e-6)


@given(st.integers(0, 5000))
def test_the_interval_of_a_count_is_exact_as_well(count: int) -> None:
    low, high = interval_of_count(count)
    assert poisson.cdf(count, high) == pytest.approx(0.025, rel=1e-6)
    assert low == 0.0 if count == 0 else poisson.sf(count - 1, low) == pytest.approx(0.025, rel=1e-6)


def test_a_share_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="4 of 3 is no share"):
        interval_of_share(4, 3)


def test_nothing_is_claimed_before_anything_was_counted() -> None:
    found = views.figures(Counted(), 0.001, "EUR")
    assert (found.reviews_per_1000, found.touches_per_1000, found.exact, found.overcharged, found.waits) == (None,) * 5
    assert found.certificate == "not yet certified"
    assert views.certificate_words(found).startswith("Not yet certified: no random audit is closed yet")
    assert [chart.description for chart in views.charts(Counted(), found)] == ["no receipt yet", "no visit yet", "no receipt yet"]


def test_reviews_count_questions_and_audits_and_touches_count_everything() -> None:
    counted = Counted(visits=2000, questions=9, audits=3, touches=21)
    found = views.figures(counted, 0.001, "EUR")
    assert found.reviews_per_1000 is not None and found.touches_per_1000 is not None
    assert (found.reviews_per_1000.rate, found.reviews_per_1000.count, found.reviews_per_1000.of) == (6.0, 12, 2000)
    assert found.reviews_per_1000.low < 6.0 < found.reviews_per_1000.high
    assert found.touches_per_1000.rate == 10.5


@pytest.mark.parametrize(
    ("audited", "over", "state"),
    [(3, 0, "not yet certified"), (6000, 0, "certified"), (6000, 9, "not yet certified")],
)
def test_the_certificate_is_given_only_below_the_bound(audited: int, over: int, state: str) -> None:
    counted = Counted(visits=10_000, audited=audited, audits_right=audited - over, audits_over=over)
    found = views.figures(counted, 0.001, "EUR")
    assert found.certificate == state
    assert (found.upper <= found.bound) == (state == "certified")
    assert views.certificate_words(found).startswith("Certified" if state == "certified" else "Not yet certified")
    assert f"{over} of {audited:,} audited receipts charged too much" in views.certificate_words(found)


def test_the_99th_percentile_is_a_wait_that_somebody_had() -> None:
    found = views.waits([1.0] * 198 + [30.0, 50.0])
    assert found == views.Waits(median_s=1.0, p99_s=30.0, longest_s=50.0, of=200)
    assert views.waits([2.0]) == views.Waits(median_s=2.0, p99_s=2.0, longest_s=2.0, of=1)


def test_every_wait_is_in_one_bar_and_a_wait_at_the_edge_in_the_lower() -> None:
    counted = Counted(visits=5, waits_s=(0.5, 1.0, 1.01, 60.0, 61.0))
    chart = views.charts(counted, views.figures(counted, 0.001, "EUR"))[0]
    assert [row[1] for row in chart.rows[1:]] == [counted_words("receipt", n) for n in (2, 1, 0, 0, 0, 0, 1, 1)]


def test_hours_are_in_order_without_gaps_and_large_baskets_share_a_bar() -> None:
    counted = Counted(visits=9, hours={"10": 2, "8": 1, "noise": 3}, baskets={"1": 4, "14": 2, "12+": 1})
    _, hours, baskets = views.charts(counted, views.figures(counted, 0.001, "EUR"))
    assert [row[0] for row in hours.rows[1:]][-3:] == ["08", "09", "10"]
    assert baskets.rows[-1] == ("12+", "3 receipts")
    assert baskets.rows[1] == ("1", "4 receipts")


@pytest.mark.parametrize("role", ["anyone", "shopper", *ROLES])
def test_the_figures_are_public_and_the_counts_are_for_those_who_run_the_shop(role: str) -> None:
    said = client(PretendDesk(), role).get("/figures")
    assert said.status_code == 200
    assert "not yet certified" in said.text
    assert ("What was counted" in said.text) == (role in ("manager", "engineer"))


def test_machines_read_the_same_figures() -> None:
    said = client(PretendDesk()).get("/api/figures").json()
    assert {key: said[key] for key in ("visits", "certificate", "disputes", "refunded_minor", "currency")} == {
        "visits": 412, "certificate": "not yet certified", "disputes": 4, "refunded_minor": 415, "currency": "EUR",
    }  # fmt: skip
    assert said["reviews_per_1000"]["rate"] == pytest.approx(29.126)
    assert said["exact"] == {"rate": 1.0, "low": 0.292402, "high": 1.0, "count": 3, "of": 3}
    assert said["hours"]["8"] == 61


def test_a_shop_that_never_opened_has_a_figures_page_too() -> None:
    browser = client(PretendDesk(empty=True))
    assert "nothing counted yet" in browser.get("/figures").text
    assert browser.get("/api/figures").json()["exact"] is None


@pytest.mark.parametrize("place", ["/engine", "/engine/panel"])
@pytest.mark.parametrize("role", ["anyone", "shopper", *ROLES])
def test_the_engine_is_for_engineers(place: str, role: str) -> None:
    said = client(PretendDesk(), role).get(place)
    assert said.status_code == {"engineer": 200, "anyone": 303, "shopper": 303}.get(role, 403)
    if role == "engineer":
        assert "inputs waiting" in said.text and "g2s3p4" in said.text and "151 of 152 without an alarm" in said.text


def test_what_stands_in_the_books_is_escaped() -> None:
    desk = PretendDesk()
    desk.books.put([doc("figures", "corner", Counted(visits=3, hours={"<b>": 1}, baskets={"<i>": 2}, waits_s=(1.0,)))])
    assert "<b>" not in client(desk).get("/figures").text
