"""Labelled cases as others wrote them: three forms of time, pieces nobody could name, and every mistake said at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.errors import InputProblems
from saunter.base.time import parse_iso
from saunter.simulation import parse_cases
from saunter.simulation.cases import Case, CaseEvent, Labelled, label_time

COLA: dict[str, Any] = {"barcode": "0290", "name": "Cola", "weight_g": 352.0}


def event(**changes: Any) -> dict[str, Any]:
    first = {"time": "2019-11-07_02-35-28", "put_back": False, "shopper": "-77", "gondola": 1, "shelf": 2, "plates": [5, 4]}
    return first | {"products": [COLA]} | changes


def text(*events: Any, name: str = "morning") -> str:
    return json.dumps([{"case": name, "events": list(events)}])


def mistakes(content: str) -> list[str]:
    with pytest.raises(InputProblems) as caught:
        parse_cases(content, "cases.json")
    return [str(problem) for problem in caught.value.problems]


def test_a_case_is_read_as_it_was_labelled() -> None:
    second = event(time="0:43 + 2020-04-18_00-04-07", put_back=True, products=[COLA, COLA, {"barcode": "UNKOWN", "weight_g": 0}])
    cola = Labelled("0290", "Cola", 352.0)
    assert parse_cases(text(event(), second), "cases.json") == (
        Case(
            "morning",
            (
                CaseEvent(parse_iso("2019-11-07T02:35:28Z"), 1, "-77", False, 1, 2, (4, 5), (cola,)),
                CaseEvent(
                    parse_iso("2020-04-18T00:04:50Z"), 2, "-77", True, 1, 2, (4, 5), (cola, cola, Labelled("UNKOWN", "", None))
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("label", "instant"),
    [
        ("2019-11-07_02-35-28", "2019-11-07T02:35:28Z"),
        ("11_07_2019_03:08:19", "2019-11-07T03:08:19Z"),
        ("1:52 + 2019-11-07_02-41-19", "2019-11-07T02:43:11Z"),
        ("10:03 + 11_07_2019_03:08:19", "2019-11-07T03:18:22Z"),
    ],
)
def test_times_come_in_three_forms(label: str, instant: str) -> None:
    assert label_time(label) == parse_iso(instant)


@pytest.mark.parametrize("label", ["", "noon", "2019-13-07_02-35-28", "1:75 + 2019-11-07_02-41-19", "1:52 +", "11_07_2019"])
def test_other_times_are_none(label: str) -> None:
    assert label_time(label) is None


@pytest.mark.parametrize(("barcode", "named"), [("UNKOWN", False), ("unknown", False), ("", False), ("0290", True)])
def test_a_piece_that_nobody_could_name_is_known_as_such(barcode: str, named: bool) -> None:
    assert Labelled(barcode, "", None).is_named is named


@pytest.mark.parametrize("grams", [0, 1, 1.0, None])
def test_a_weight_of_nothing_or_one_gram_means_that_nobody_weighed_it(grams: float | None) -> None:
    (case,) = parse_cases(text(event(products=[COLA | {"weight_g": grams}])), "cases.json")
    assert case.events[0].products[0].weight_g is None


def test_every_mistake_is_said_at_once_with_its_case_and_event() -> None:
    wrong = event(time="noon", shopper="NOBODY", put_back="no", gondola=0, shelf=True, plates=[], products=[7])
    assert mistakes(text(event(), wrong, 5, event(products=[COLA | {"barcode": 290, "weight_g": -1}]))) == [
        "cases.json: case morning, event 2: its time is 'noon'; write 2019-11-07_02-35-28, 11_07_2019_03:08:19, "
        "or 1:52 + either of them",
        "cases.json: case morning, event 2: its shopper is 'NOBODY'; give a text of letters and digits that names one party",
        "cases.json: case morning, event 2: its put_back is 'no'; write true or false",
        "cases.json: case morning, event 2: its gondola is 0; give its number, from 1",
        "cases.json: case morning, event 2: its shelf is True; give its number, from 1",
        "cases.json: case morning, event 2: its plates are []; list the numbers of the plates that felt it",
        "cases.json: case morning, event 2: its products are [7]; list one object per piece, [] for a hand that took nothing",
        "cases.json: case morning, event 3: it is not an object",
        "cases.json: case morning, event 4: a product has barcode 290 and name 'Cola'; both are texts",
        "cases.json: case morning, event 4: a product weighs -1; give grams, 0 where unknown",
    ]


def test_cases_need_names_of_their_own_that_can_name_a_file() -> None:
    twice = json.dumps([{"case": name, "events": [event()]} for name in ("a", "a", "../b", "", "..")])
    said = mistakes(twice)
    assert [line.split(": ", 1)[1].split(":")[0] for line in said[:3]] == [
        "case 3 has no usable name",
        "case 4 has no usable name",
        "case 5 has no usable name",
    ]
    assert said[3] == "cases.json: there are 2 cases of the name a -> give each a name of its own"


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", '"x"', '[{"case": "a"}]', '[{"case": "a", "events": []}]', "[" * 9999])
def test_what_is_no_list_of_cases_is_said_with_the_form(content: str) -> None:
    assert any("events" in line and line.startswith("cases.json") for line in mistakes(content))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from([*event(), "barcode"]), children, max_size=4)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(event())), json_values))
def test_whatever_an_event_holds_it_is_read_or_refused_in_words(changes: dict[str, Any]) -> None:
    try:
        cases = parse_cases(text(event(**changes)), "cases.json")
    except InputProblems as problems:
        assert all(problem.what.startswith("case morning, event 1: ") for problem in problems.problems)
    else:
        assert len(cases[0].events) == 1
