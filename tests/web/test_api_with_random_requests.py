"""Machines that ask strange things of the API are told what is wrong; nothing they can think of makes it crash."""

from __future__ import annotations

import itertools
import warnings
from collections import Counter

import pytest
from httpx import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.the_desk import WALL_S, PretendDesk, TestClient, admitted, client, form_token

from saunter.web.settings import Settings

with warnings.catch_warnings():  # it brings libraries that would rather have others
    warnings.simplefilter("ignore")
    import schemathesis

#: Requests per operation and kind of caller; a few hundred in all.
EXAMPLES = 20
#: Things that exist, to be asked for now and then: nobody guesses them.
THERE = {"gate": "door", "visit": "visit-p3", "question": "review/questions:0"}
GATES = ["POST /api/gates/{gate}/cards", "POST /api/gates/{gate}/codes"]
#: What the API describes for machines; a new operation belongs here.
OPERATIONS = {
    "POST /api/me/codes", "GET /me/receipts/{visit}.json", "POST /api/gates/{gate}/codes", "POST /api/gates/{gate}/cards",
    "GET /review", "POST /review/next", "GET /review/questions/{question}", "POST /review/questions/{question}",
    "POST /api/review/holds/{question}", "GET /api/review/events", "GET /api/figures",
}  # fmt: skip


def generous_desk() -> PretendDesk:
    """A desk that lets everybody in, so that a gate always has an answer."""
    desk = PretendDesk()
    desk.says = {"KeyPresented": [admitted()], "CardPresented": [admitted()]}
    return desk


def sent(browser: TestClient, case: schemathesis.Case) -> Response:
    """The request as the tool thought of it; it writes for another library than ours."""
    asked = case.as_transport_kwargs(base_url="http://testserver")
    asked["cookies"] = None
    if isinstance(asked.get("data"), str | bytes):
        asked["content"] = asked.pop("data")
    return browser.request(**asked)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "reached"),
    [
        ("shopper", ["GET /api/figures", "GET /me/receipts/{visit}.json", *GATES, "POST /api/me/codes"]),
        ("reviewer", ["GET /api/figures", "GET /api/review/events", "GET /review", "GET /review/questions/{question}", *GATES,
                      "POST /api/review/holds/{question}"]),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")  # what the tool and its libraries say about each other is not ours
def test_no_request_that_the_description_allows_or_forbids_is_answered_with_a_crash(role: str, reached: list[str]) -> None:
    clock = itertools.count(int(WALL_S), 2)  # pace is no matter here
    browser = client(generous_desk(), role, Settings(wall_s=lambda: float(next(clock))))
    browser.headers["X-CSRF-Token"] = form_token(browser)
    answered: dict[str, Counter[int]] = {}
    for found in schemathesis.openapi.from_dict(browser.get("/api/openapi.json").json()).get_all_operations():
        operation = found.ok()
        good, bad = (operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)

        @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=good | bad, is_there=st.booleans())
        def ask(case: schemathesis.Case, is_there: bool) -> None:
            if is_there:
                case.path_parameters = {name: THERE[name] for name in case.path_parameters or {}}
            said = sent(browser, case)
            answered.setdefault(case.operation.label, Counter())[said.status_code] += 1
            assert said.status_code < 500, f"{case.as_curl_command()}: {said.text[:300]}"

        ask()
    assert set(answered) == OPERATIONS
    assert [label for label, statuses in sorted(answered.items()) if statuses[200]] == reached
