"""The reviewer's pages as browsers use them: a question goes to one person, its answer to the shop, and no name to anybody."""

from __future__ import annotations

import msgspec
import pytest
from tests.web.the_desk import ROLES, WALL_S, PretendDesk, TestClient, client, events_of, form_token
from tests.web.the_morning import NOON
from tests.web.the_review import AUDIT, DOUBT, NAMES, doubt, put, review_desk

from saunter.base.time import SECOND
from saunter.ports.desk import Live
from saunter.records import Envelope, Verdict
from saunter.web.app import create_app
from saunter.web.security import STAFF
from saunter.web.settings import Settings


class Wall:
    """A clock of the wall that tests turn."""

    def __init__(self) -> None:
        self.at_s = WALL_S

    def __call__(self) -> float:
        return self.at_s


def two_reviewers(desk: PretendDesk, wall: Wall) -> tuple[TestClient, TestClient]:
    """A reviewer and a manager at the same pages."""
    app = create_app(desk, Settings(wall_s=wall))
    found = []
    for role in ("reviewer", "manager"):
        browser = TestClient(app, follow_redirects=False)
        browser.cookies.set(STAFF, f"session {role}")
        found.append(browser)
    return found[0], found[1]


def answer(browser: TestClient, question: str, key: object, **more: object) -> tuple[int, str]:
    """Presses a key; the status and where the browser is sent."""
    form = {"csrf": form_token(browser, "/review"), "key": str(key), **more}
    said = browser.post(f"/review/questions/{question}", data=form)
    return said.status_code, said.headers.get("location", "")


PLACES = [
    ("GET", "/review"), ("POST", "/review/next"), ("GET", f"/review/questions/{DOUBT}"), ("POST", f"/review/questions/{DOUBT}"),
    ("POST", f"/api/review/holds/{DOUBT}"), ("GET", "/api/review/events"),
]  # fmt: skip


@pytest.mark.parametrize("role", ["anyone", "shopper", *ROLES])
@pytest.mark.parametrize(("method", "place"), PLACES)
def test_only_reviewers_and_managers_see_questions(method: str, place: str, role: str) -> None:
    browser = client(review_desk(), role)
    form = {"csrf": form_token(browser, "/staff/sign-in"), "key": "1"} if method == "POST" else None
    status = browser.request(method, place, data=form).status_code
    if role in ("reviewer", "manager"):
        assert status in (200, 303)
    elif role in ("anyone", "shopper"):
        assert status == (401 if place.startswith("/api") else 303)
    else:
        assert status == 403


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_a_reviewer_gets_says_who_a_shopper_is(place: tuple[str, str]) -> None:
    desk = review_desk()
    desk.changes = [Live(topic="questions", kind="Asked", body=desk.books.document("question", DOUBT).body)]  # type: ignore[union-attr]
    browser = client(desk, "reviewer")
    form = {"csrf": form_token(browser, "/review"), "key": "1"} if place[0] == "POST" else None
    said = browser.request(*place, data=form)
    got = said.text + str(said.headers)
    assert [name for name in (*NAMES, "guest-gone", "probability", "shares") if name in got] == []


def test_an_audit_shows_every_moment_and_no_name_either() -> None:
    said = client(review_desk(), "reviewer").get(f"/review/questions/{AUDIT}").text
    assert said.count('class="moment"') == 2
    assert [name for name in (*NAMES, "guest-gone") if name in said] == []


def test_the_queue_shows_what_waits_and_how_long_there_is_time() -> None:
    said = client(review_desk(), "reviewer").get("/review").text
    assert said.index("a receipt waits for this") < said.index("random check of a settled receipt")
    assert 'data-left="30"' in said
    assert "Nothing waits. New questions appear here by themselves." in said  # hidden until it is so


def test_taking_the_next_question_hands_it_to_one_reviewer_only() -> None:
    first, second = two_reviewers(review_desk(), Wall())
    for browser, place in ((first, f"/review/questions/{DOUBT}"), (second, f"/review/questions/{AUDIT}")):
        token = form_token(browser, "/review")
        assert browser.post("/review/next", data={"csrf": token}).headers["location"] == place
    assert second.get(f"/review/questions/{DOUBT}").headers["location"] == "/review?said=taken"
    assert "being looked at" in second.get("/review").text
    assert answer(second, DOUBT, 1) == (303, "/review?said=taken")


def test_who_closed_the_page_loses_the_question_after_a_minute_and_who_stays_keeps_it() -> None:
    wall, desk = Wall(), review_desk()
    first, second = two_reviewers(desk, wall)
    assert first.get(f"/review/questions/{DOUBT}").status_code == 200
    token = form_token(first, "/review")
    wall.at_s += 40
    held = first.post(f"/api/review/holds/{DOUBT}", headers={"X-CSRF-Token": token})
    assert held.json() == {"open": True, "left_s": 30}
    wall.at_s += 40
    assert second.get(f"/review/questions/{DOUBT}").status_code == 303
    wall.at_s += 21
    assert second.get(f"/review/questions/{DOUBT}").status_code == 200
    token = form_token(first, "/review")
    assert not first.post(f"/api/review/holds/{DOUBT}", headers={"X-CSRF-Token": token}).json()["open"]


def told(desk: PretendDesk) -> list[tuple[str, str, int, str, float]]:
    verdicts = [record for record in desk.told if isinstance(record, Verdict)]
    return [(each.question, each.answer, each.choice, each.reviewer, each.seconds) for each in verdicts]


@pytest.mark.parametrize(
    ("key", "answer_", "choice"),
    [(1, "choice", 1), (4, "choice", 4), (5, "none of these", 0), (0, "cannot tell", 0)],
)
def test_a_key_is_told_to_the_shop_as_a_verdict_and_the_next_question_follows(key: int, answer_: str, choice: int) -> None:
    desk, wall = review_desk(), Wall()
    browser, _ = two_reviewers(desk, wall)
    browser.get(f"/review/questions/{DOUBT}")
    wall.at_s += 9
    assert answer(browser, DOUBT, key, seconds="4.25") == (303, f"/review/questions/{AUDIT}")
    assert told(desk) == [(DOUBT, answer_, choice, "staff-reviewer", 4.25)]
    assert desk.told[0].envelope == Envelope(store="corner", stream="web/verdicts", sequence=0, happened=NOON, arrived=NOON)


@pytest.mark.parametrize("key", ["6", "9", "", "x", "-1", "01", "1 "])
def test_a_key_that_means_nothing_there_is_refused_and_nothing_is_told(key: str) -> None:
    desk = review_desk()
    status, _ = answer(client(desk, "reviewer"), DOUBT, key)
    assert (status, desk.told) == (422, [])


def test_without_the_pages_token_nothing_is_told() -> None:
    desk = review_desk()
    browser = client(desk, "reviewer")
    assert browser.post(f"/review/questions/{DOUBT}", data={"key": "1"}).status_code == 403
    assert desk.told == []


def test_an_answer_that_the_shop_refuses_or_that_came_late_changes_nothing_and_says_so() -> None:
    desk = review_desk()
    desk.refuses["Verdict"] = "the question was closed"
    browser = client(desk, "reviewer")
    assert answer(browser, DOUBT, 1) == (303, "/review?said=late")
    assert "over before your answer came" in browser.get("/review?said=late").text
    put(desk, doubt(), state="expired")
    assert answer(browser, DOUBT, 1) == (303, "/review?said=late")
    assert desk.told == []


def test_a_question_just_answered_is_not_handed_out_again_although_the_books_still_hold_it_open() -> None:
    desk = review_desk()
    first, second = two_reviewers(desk, Wall())
    answer(first, DOUBT, 0)
    assert answer(first, AUDIT, 1) == (303, "/review?said=thanks")
    assert answer(first, DOUBT, 1) == (303, "/review?said=late")
    assert first.get(f"/review/questions/{DOUBT}").headers["location"] == "/review?said=over"
    assert second.get(f"/review/questions/{DOUBT}").status_code == 200
    assert [each[0] for each in told(desk)] == [DOUBT, AUDIT]


def test_after_the_last_question_comes_a_thank_you() -> None:
    desk = review_desk()
    browser = client(desk, "reviewer")
    put(desk, doubt(), state="expired")
    assert answer(browser, AUDIT, 1) == (303, "/review?said=thanks")
    assert told(desk)[0][:4] == (AUDIT, "choice", 1, "staff-reviewer")


def test_giving_a_question_back_frees_it_for_somebody_else() -> None:
    first, second = two_reviewers(review_desk(), Wall())
    first.get(f"/review/questions/{DOUBT}")
    assert answer(first, DOUBT, "leave") == (303, "/review?said=back")
    assert second.get(f"/review/questions/{DOUBT}").status_code == 200


def test_a_second_look_is_marked_goes_to_somebody_else_and_its_answer_names_the_first_question() -> None:
    desk = review_desk()
    put(desk, doubt(), state="open", by=("staff-reviewer",))
    put(desk, doubt(sequence=3, again=DOUBT, not_to=("staff-reviewer",)))
    first, second = two_reviewers(desk, Wall())
    assert "second look" not in first.get("/review").text
    assert first.get(f"/review/questions/{DOUBT}").headers["location"] == "/review?said=over"
    assert answer(first, DOUBT, 1) == (303, "/review?said=late")
    page = second.get("/review").text
    assert page.count("a receipt waits for this") == 1 and "second look" in page
    assert "second look" in second.get(f"/review/questions/{DOUBT}").text
    answer(second, DOUBT, 2)
    assert told(desk)[0][:4] == (DOUBT, "choice", 2, "staff-manager")


def test_the_live_queue_brings_rows_without_names() -> None:
    desk = review_desk()
    desk.changes = [Live(topic="questions", kind="Asked", body=desk.books.document("question", DOUBT).body)]  # type: ignore[union-attr]
    ((name, queue),) = events_of(client(desk, "reviewer").get("/api/review/events").text)
    assert name == "queue"
    assert queue == {
        "rows": [
            {"id": DOUBT, "purpose": "doubt", "place": "shelf g1s1", "left_s": 30, "again": False, "taken": False, "mine": False},
            {
                "id": AUDIT,
                "purpose": "audit",
                "place": "2 moments",
                "left_s": 86400,
                "again": False,
                "taken": False,
                "mine": False,
            },
        ],
        "waiting": 2,
        "free": 2,
    }


def test_own_figures_follow_what_was_answered() -> None:
    desk, wall = review_desk(), Wall()
    browser, _ = two_reviewers(desk, wall)
    browser.get(f"/review/questions/{DOUBT}")
    wall.at_s += 8
    answer(browser, DOUBT, 0)
    page = browser.get("/review").text
    assert '<strong class="number">1</strong>' in page
    assert '<strong class="number">8 s</strong>' in page
    assert "100%" in page


def test_a_question_without_pictures_says_so_and_can_still_be_answered() -> None:
    desk = review_desk()
    put(desk, msgspec.structs.replace(doubt(), interaction="shelves/interactions:99"))
    page = client(desk, "reviewer").get(f"/review/questions/{DOUBT}")
    assert "There is no picture of this moment." in page.text
    assert page.text.count('name="key" value="') == 7  # six keys and giving it back


@pytest.mark.parametrize("place", ["nothing:1", "%00", "settlement/questions:7/x", "é"])
def test_a_question_that_is_not_there_sends_back_to_the_queue(place: str) -> None:
    assert client(review_desk(), "reviewer").get(f"/review/questions/{place}").status_code in (303, 400)


def test_a_question_says_until_when_there_is_time() -> None:
    desk = review_desk()
    desk.at = NOON + 22 * SECOND
    assert 'data-left="8"' in client(desk, "reviewer").get(f"/review/questions/{DOUBT}").text
