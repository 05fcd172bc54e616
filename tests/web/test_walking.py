"""Walking in oneself, on the demo's pages: the phone steers a body, and no other phone does; a real shop has no such pages."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import pytest
from tests.web.the_desk import WALL_S, PretendDesk, TestClient, admitted, client, form_token

from saunter.base.errors import Refused
from saunter.ports.walking import Doing, OnShelf, Walk
from saunter.records import EntryDecided, KeyIssued, KeyPresented
from saunter.web.access import ACCESS
from saunter.web.settings import Settings
from saunter.web.walking.views import QUEUE_MAX
from saunter.web.words import TABLES

WALKING = [place for place in ACCESS if "/me/walking" in place[1]]


@dataclass
class Strings:
    """A walker without a world: what it was told, and where it says that bodies are."""

    told: list[tuple[str, ...]] = field(default_factory=list)
    walks: dict[str, Walk] = field(default_factory=dict)
    no: str = ""

    def stock(self) -> list[OnShelf]:
        return [
            OnShelf(sku="milk", name="Milk 1 l", fixture="g3", shelf="g3s1", pieces=4),
            OnShelf(sku="choc-dark", name="Dark chocolate", fixture="g1", shelf="g1s1", pieces=0),
        ]

    def arrives(self, party: str, gate: str) -> None:
        self._hears("arrives", party, gate)
        self.walks[party] = Walk(doing="at the gate", held={}, queued=0, said="")

    def takes(self, party: str, sku: str, pieces: int = 1) -> None:
        self._hears("takes", party, sku, str(pieces))

    def puts_back(self, party: str, sku: str, pieces: int = 1) -> None:
        self._hears("puts back", party, sku, str(pieces))

    def leaves(self, party: str) -> None:
        self._hears("leaves", party)

    def walk(self, party: str) -> Walk | None:
        return self.walks.get(party)

    def _hears(self, *words: str) -> None:
        if self.no:
            raise Refused(self.no)
        self.told.append(words)


def phone(walker: Strings | None, desk: PretendDesk | None = None, role: str = "shopper") -> TestClient:
    """A phone at the demo's pages."""
    browser = client(desk or PretendDesk(), role, Settings(wall_s=lambda: WALL_S, walker=walker))
    browser.headers["X-CSRF-Token"] = form_token(browser)
    return browser


def inside(*, doing: Doing = "waiting", queued: int = 0, said: str = "", party: str = "p1") -> Strings:
    """Our shopper's body, two bars of chocolate in its hands."""
    return Strings(walks={party: Walk(doing=doing, held={"choc-dark": 2}, queued=queued, said=said)})


@pytest.mark.parametrize(("method", "path"), WALKING)
def test_a_shop_without_a_pretend_world_has_no_such_pages(method: str, path: str) -> None:
    said = phone(None).request(method, path, json={"code": "ABCD", "sku": "milk"} if method == "POST" else None)
    assert said.status_code == 404


def test_only_the_demos_phone_offers_to_hold_the_code_to_the_gate() -> None:
    assert "hold-go" not in phone(None).get("/me").text
    assert "hold-go" in phone(Strings()).get("/me").text


def test_a_body_stands_at_the_way_in_before_the_code_is_held_to_it() -> None:
    walker, desk = Strings(), PretendDesk()
    desk.says["KeyPresented"] = [admitted(party="p5")]
    said = phone(walker, desk).post("/api/me/walking/gate", json={"code": "ABCD-EFGH-JKMN-PQRS"})
    assert (said.json()["outcome"], said.json()["title"]) == ("admitted", "Welcome")
    assert walker.told == [("arrives", "p5", "door")]
    assert [type(told) for told in desk.told] == [KeyPresented]


def test_a_fresh_code_is_a_fresh_body() -> None:
    walker, desk = Strings(), PretendDesk()
    browser = phone(walker, desk)
    code = browser.post("/api/me/codes", json={}).json()["code"]
    (key,) = (told for told in desk.told if isinstance(told, KeyIssued))
    desk.says["KeyPresented"] = [admitted(party=key.party)]
    browser.post("/api/me/walking/gate", json={"code": code})
    assert walker.told == [("arrives", key.party, "door")]
    (presented,) = (told for told in desk.told if isinstance(told, KeyPresented))
    assert presented.code_hash == key.code_hash


def test_whoever_is_denied_goes_home_and_is_told_why() -> None:
    walker, desk = Strings(), PretendDesk()
    no = admitted(party="p5")
    desk.says["KeyPresented"] = [msgspec.structs.replace(no, outcome="denied", reason="shop full")]
    said = phone(walker, desk).post("/api/me/walking/gate", json={"code": "ABCD-EFGH-JKMN-PQRS"}).json()
    assert (said["outcome"], said["words"]) == ("denied", "The shop is full. Somebody will leave soon; please wait a moment.")
    assert walker.told == [("arrives", "p5", "door"), ("leaves", "p5")]


@pytest.mark.parametrize("found", [[], [admitted(party="somebody")]])
def test_a_body_goes_home_when_the_gate_opens_for_somebody_else_or_says_nothing(found: list[EntryDecided]) -> None:
    walker, desk = Strings(), PretendDesk()
    desk.says["KeyPresented"] = list(found)
    said = phone(walker, desk).post("/api/me/walking/gate", json={"code": "ABCD-EFGH-JKMN-PQRS"})
    assert said.status_code == (200 if found else 503)
    assert walker.told[-1] == ("leaves", "p5")


def test_nobody_walks_in_twice_at_once() -> None:
    walker = inside()
    said = phone(walker).post("/api/me/walking/gate", json={"code": "ABCD-EFGH-JKMN-PQRS"})
    assert (said.status_code, said.json()["detail"]) == (409, "You walk in the shop already. Walk out first.")
    assert walker.told == []


def test_the_body_takes_puts_back_and_leaves_as_it_is_told() -> None:
    walker = inside()
    browser = phone(walker)
    said = [
        browser.post("/api/me/walking/takes", json={"sku": "milk", "pieces": 2}),
        browser.post("/api/me/walking/returns", json={"sku": "choc-dark"}),
        browser.post("/api/me/walking/exit"),
    ]
    assert [(each.status_code, each.json()) for each in said] == [
        (200, {"queued": 1}),
        (200, {"queued": 1}),
        (200, {"queued": 0}),
    ]
    assert walker.told == [("takes", "p1", "milk", "2"), ("puts back", "p1", "choc-dark", "1"), ("leaves", "p1")]


@pytest.mark.parametrize("path", ["takes", "returns", "exit"])
@pytest.mark.parametrize(
    "walker", [Strings(), inside(doing="gone"), inside(doing="turned away"), inside(party="p2"), inside(queued=QUEUE_MAX)]
)
def test_nobody_steers_a_body_that_is_not_theirs_is_gone_or_has_enough_to_do(walker: Strings, path: str) -> None:
    said = phone(walker).post(f"/api/me/walking/{path}", json={"sku": "milk"})
    assert said.status_code == 409
    assert walker.told == []


def test_what_the_world_refuses_is_told_in_its_words() -> None:
    walker = inside()
    walker.no = "'milk' has no place in this shop"
    said = phone(walker).post("/api/me/walking/takes", json={"sku": "milk"})
    assert (said.status_code, said.json()["detail"]) == (409, "'milk' has no place in this shop")


def test_the_panel_says_what_one_truly_holds_and_what_is_sold_out() -> None:
    shown = phone(inside(doing="taking", queued=2, said="it is too crowded there")).get("/me/walking").text
    for words in ('data-doing="taking"', 'data-sold-out="choc-dark"', "(then 2 more)", "It is too crowded there.", "2 × "):
        assert words in shown
    assert phone(Strings()).get("/me/walking").text.strip() == ""


def test_the_goods_stand_by_fixture_with_price_and_what_is_gone() -> None:
    shown = phone(Strings()).get("/me/walking/goods").text
    assert shown.count('<details class="place"') == 2
    assert "Milk 1 l" in shown
    assert "€" in shown
    assert shown.count("disabled") == 1


def test_there_are_words_for_everything_that_a_body_can_do() -> None:
    for table in TABLES.values():
        assert all(f"walk.doing.{doing}" in table for doing in Doing.__args__)
