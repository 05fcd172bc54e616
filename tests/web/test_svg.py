"""Charts and floor plans: what is drawn is what was counted, and every picture can be read as well."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from tests.web.the_desk import corner_shop

from saunter.ports.documents import Trace
from saunter.web import floor, svg
from saunter.web.svg import Column


def attribute(markup: str, name: str) -> list[str]:
    return re.findall(rf'\b{name}="([^"]*)"', markup)


def test_text_and_attributes_cannot_leave_their_place() -> None:
    made = svg.element("text", {"x": 1.0, "data-who": '"><script>'}, "<b>&", svg.element("title", None, "'"))
    assert made == '<text x="1" data-who="&#34;&gt;&lt;script&gt;">&lt;b&gt;&amp;<title>&#39;</title></text>'
    assert isinstance(made, Markup)


def test_a_picture_has_a_title_and_a_description_of_its_own_name() -> None:
    made = svg.picture("map", (10, 20), "The floor", "two gates", left=1.5)
    assert made == (
        '<svg viewBox="0 0 10 20" class="drawing chart" role="img" aria-labelledby="map-title map-desc" '
        'preserveAspectRatio="xMidYMid meet" data-left="1.5"><title id="map-title">The floor</title>'
        '<desc id="map-desc">two gates</desc></svg>'
    )


def test_bars_are_as_high_as_their_values_and_stand_in_the_table() -> None:
    chart = svg.bars("b", "Visits", "two hours", ("hour", "visits"), [Column("08", 5, "5 visits"), Column("09", 10, "10 visits")])
    heights = [float(high) for high in re.findall(r'class="bar"[^>]* height="([\d.]+)"', chart.svg)]
    assert heights == [pytest.approx(102.0), pytest.approx(204.0)]
    assert chart.rows == (("hour", "visits"), ("08", "5 visits"), ("09", "10 visits"))
    assert "nothing yet" not in chart.svg


@pytest.mark.parametrize("columns", [[], [Column("08", 0, "0 visits")]])
def test_a_chart_of_nothing_says_so(columns: list[Column]) -> None:
    assert "nothing yet" in svg.bars("b", "Visits", "none", ("hour", "visits"), columns).svg


def test_an_interval_shows_what_was_seen_between_its_ends_and_the_goal() -> None:
    chart = svg.interval("i", "Right", "3 of 4", 0.75, 0.2, 0.99, goal=0.9)
    (dot,) = re.findall(r'class="dot" cx="([\d.]+)"', chart.svg)
    ((low, high),) = re.findall(r'class="whisker" x1="([\d.]+)" x2="([\d.]+)"', chart.svg)
    (goal,) = re.findall(r'class="goal" x1="([\d.]+)"', chart.svg)
    assert svg.LEFT <= float(low) < float(dot) < float(goal) < float(high) <= svg.WIDTH
    assert chart.rows == (("what", "share"), ("seen", "75 %"), ("95 % interval", "20 % to 99 %"), ("goal", "90 %"))


@pytest.mark.parametrize(
    ("value", "said"), [(0.5, "50 %"), (0.972, "97.2 %"), (0.9998, "99.98 %"), (1.0, "100 %"), (0.0, "0 %"), (0.001, "0.1 %")]
)
def test_a_share_has_as_many_decimals_as_it_needs(value: float, said: str) -> None:
    assert svg.share(value) == said


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 8))
def test_ticks_are_few_round_and_within_the_range(low: float, wide: float, most: int) -> None:
    found = svg.ticks(low, low + wide, most)
    assert len(found) <= most + 1
    assert all(low - 1e-6 * max(abs(low), wide) <= tick <= low + wide + 1e-6 * max(abs(low), wide) for tick in found)


@given(st.floats(1e-3, 1e9))
def test_bars_reach_at_most_to_the_top_and_fill_half_of_the_height(highest: float) -> None:
    assert highest <= svg.ceiling(highest) * (1 + 1e-9)
    assert svg.ceiling(highest) <= 2 * highest * (1 + 1e-9)


def test_a_trace_is_told_in_words_and_its_playhead_begins_at_its_left_edge() -> None:
    lines = (Trace(plate="p1", times_s=(0.0, 1.0, 2.0), grams=(0.0, 40.0, -330.0)), Trace(plate="p2", times_s=(), grams=()))
    chart = svg.traces("t", "Weights", lines, ("p1",), (0.5, 1.5), 2.0)
    assert chart.rows == (
        ("plate", "change", "lowest to highest"),
        ("p1", "-330 g", "-330 to +40 g"),
        ("p2", "+0 g", "+0 to +0 g"),
    )
    assert "plate p1 -330 g; plate p2 +0 g" in chart.svg
    assert attribute(chart.svg, "data-duration") == ["2"]
    points = re.findall(r"<polyline[^>]* points=\"([^\"]*)\"", chart.svg)[0].split()
    assert [point.split(",")[0] for point in points] == [str(svg.LEFT), "340", "624"]
    assert len(re.findall(r'class="plate-line plate-0 asked"', chart.svg)) == 1


def test_a_moment_without_any_trace_still_draws() -> None:
    chart = svg.traces("t", "Weights", (), (), (0.0, 0.0), 0.0)
    assert chart.description == "no plate told anything"
    assert "NaN" not in chart.svg and "inf" not in chart.svg


def test_every_plate_and_gate_of_the_plan_is_on_the_map_once_and_inside_it() -> None:
    plan = corner_shop()
    drawn = floor.floor_map(plan, "map", "The floor", lit=("g1s1p1",))
    assert sorted(attribute(drawn, "data-plate")) == sorted(plan.plates)
    assert attribute(drawn, "data-gate") == list(plan.gates)
    assert len(re.findall('class="plate lit"', drawn)) == 1
    (box,) = attribute(drawn, "viewBox")
    _, _, width, height = map(float, box.split())
    for points in attribute(drawn, "points"):
        for x, y in (tuple(map(float, point.split(","))) for point in points.split()):
            assert 0 <= x <= width and 0 <= y <= height
    assert (width, height) == (660.0, 560.0)  # six by five metres and the margin


def test_up_on_the_floor_is_up_in_the_picture() -> None:
    plan = corner_shop()
    drawn = floor.floor_map(plan, "map", "The floor")
    ((x, y),) = re.findall(r'<rect class="gate" x="([\d.]+)" y="([\d.]+)"', drawn)
    assert (float(x) + 30, float(y) + 6) == (130.0, 500.0)  # the door, 1.0 m from the left and 0.3 m from the lower wall


def test_the_front_shows_all_plates_of_the_fixture_higher_shelves_above() -> None:
    plan = corner_shop()
    drawn = floor.front(plan, "front", "g1s1", ("g1s1p1", "g1s1p2"))
    expected = [plate for shelf in plan.fixtures["g1"].shelves for plate in plan.shelves[shelf].plates]
    assert attribute(drawn, "data-plate") == expected
    assert len(re.findall('class="cell lit"', drawn)) == 2
    tops = {
        plate: float(y) for y, plate in re.findall(r'class="cell[^"]*" x="[\d.]+" y="([\d.]+)"[^>]*data-plate="([^"]+)"', drawn)
    }
    assert tops["g1s1p1"] > tops["g1s3p1"] > tops["g1s5p1"]
    assert floor.front(plan, "front", "no such shelf", ()) == ""


def test_fronts_of_fixtures_that_are_turned_have_finite_sizes() -> None:
    plan = corner_shop()
    for shelf in plan.shelves:
        (box,) = attribute(floor.front(plan, "front", shelf, ()), "viewBox")
        assert all(math.isfinite(float(value)) and float(value) < 1000 for value in box.split())
