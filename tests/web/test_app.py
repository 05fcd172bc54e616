"""The application as a whole: it starts, and says who may do what."""

from __future__ import annotations

from tests.web.the_desk import PretendDesk, client


def test_the_first_page_says_the_shop_is_open() -> None:
    said = client(PretendDesk()).get("/")
    assert said.status_code == 200
    assert "The Corner Shop" in said.text
    assert "state-open" in said.text
