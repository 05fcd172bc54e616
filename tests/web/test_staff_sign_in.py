"""Staff sign in and out."""

from __future__ import annotations

import pytest
from tests.web.the_desk import OTHER, WALL_S, PretendDesk, client, form_token

from saunter.web.access import RATES
from saunter.web.security import DEVICE
from saunter.web.settings import Settings
from saunter.web.staff.members import first_member

pytestmark = pytest.mark.slow  # argon2 takes its time, as it should


@pytest.fixture
def desk() -> PretendDesk:
    desk = PretendDesk(empty=True)
    first_member(desk.personal, "mara", "a long enough password", "manager")
    return desk


def sign_in(desk: PretendDesk, **fields: str):
    browser = client(desk)
    data = {"csrf": form_token(browser), "name": "mara", "password": "a long enough password"} | fields
    return browser, browser.post("/staff/sign-in", data=data)


def test_the_right_password_opens_what_the_role_may_see_until_sign_out(desk: PretendDesk) -> None:
    browser, said = sign_in(desk, next="/store")
    assert (said.status_code, said.headers["Location"]) == (303, "/store")
    cookie = next(
        value for value in said.headers.get_list("Set-Cookie") if value.startswith("saunter_staff=") and "Max-Age=0" not in value
    )
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert cookie.partition("=")[2].partition(";")[0] not in str(desk.personal.sessions)
    home = browser.get("/staff").text
    assert "Hello, mara" in home and "/review" in home and "/engine" not in home
    assert browser.post("/staff/sign-out", data={"csrf": form_token(browser, "/staff")}).status_code == 303
    assert browser.get("/staff").status_code == 303
    assert desk.personal.sessions == {}


@pytest.mark.parametrize("fields", [{"password": "another password"}, {"name": "nobody"}, {"name": ""}, {"password": ""}])
def test_a_wrong_name_and_a_wrong_password_are_told_alike(desk: PretendDesk, fields: dict[str, str]) -> None:
    browser, said = sign_in(desk, **fields)
    assert said.status_code == 401
    assert "That name and password do not go together" in said.text
    assert browser.get("/staff").status_code == 303


def test_a_form_token_seen_before_the_sign_in_is_worth_nothing_after_it(desk: PretendDesk) -> None:
    browser = client(desk)
    before = form_token(browser)
    browser.post("/staff/sign-in", data={"csrf": before, "name": "mara", "password": "a long enough password"})
    assert browser.post("/staff/sign-out", data={"csrf": before}).status_code == 403


@pytest.mark.parametrize("place", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:x"])
def test_nobody_is_sent_elsewhere_after_signing_in(desk: PretendDesk, place: str) -> None:
    assert sign_in(desk, next=place)[1].headers["Location"] == "/staff"


def test_guessing_is_slowed_down(desk: PretendDesk) -> None:
    browser = client(desk, settings=Settings(wall_s=lambda: WALL_S))
    data = {"csrf": form_token(browser), "name": "mara", "password": "guess"}
    answers = [browser.post("/staff/sign-in", data=data).status_code for _ in range(RATES["sign in"].burst + 1)]
    assert answers == [401] * RATES["sign in"].burst + [429]
    desk.personal.keep_shopper(OTHER)
    browser.cookies.set(DEVICE, "phone two")
    assert browser.post("/staff/sign-in", data=data).status_code == 429


def test_a_session_ends_with_the_shift(desk: PretendDesk) -> None:
    now = [WALL_S]
    browser = client(desk, settings=Settings(wall_s=lambda: now[0]))
    browser.post("/staff/sign-in", data={"csrf": form_token(browser), "name": "mara", "password": "a long enough password"})
    assert browser.get("/staff").status_code == 200
    now[0] += 10 * 3600
    assert browser.get("/staff").status_code == 303


def test_a_short_password_and_an_empty_name_are_refused_together(desk: PretendDesk) -> None:
    with pytest.raises(ValueError, match="give a name to sign in with; a password has at least 10 characters"):
        first_member(desk.personal, " ", "short")
