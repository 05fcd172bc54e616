"""At the gate: codes and cards in, a decision in words out."""

from __future__ import annotations

import asyncio
from typing import get_args

import msgspec
import pytest
from tests.web.the_desk import WALL_S, PretendDesk, admitted, client

from saunter.ports.desk import Live
from saunter.records import CardPresented, Denial, EntryDecided, KeyPresented
from saunter.web.gate.deciding import decided
from saunter.web.settings import Settings
from saunter.web.shopper.codes import hash_of
from saunter.web.words import TABLES


def said(outcome: str, reason: str = "") -> EntryDecided:
    return msgspec.structs.replace(admitted(), outcome=outcome, reason=reason)


def test_a_good_code_opens_and_only_its_hash_goes_further() -> None:
    desk = PretendDesk()
    desk.says["KeyPresented"] = [said("authorising"), said("admitted")]
    answer = client(desk).post("/api/gates/door/codes", json={"code": "abcd efgh-JKMN PQRS"})
    assert answer.json() == {"outcome": "admitted", "reason": "", "title": "Welcome", "words": "Please come in."}
    (told,) = desk.told
    assert isinstance(told, KeyPresented)
    assert (told.gate, told.code_hash) == ("door", hash_of("ABCD-EFGH-JKMN-PQRS"))
    assert "abcd" not in msgspec.json.encode(told).decode().lower().replace(told.code_hash, "")


@pytest.mark.parametrize("reason", get_args(Denial))
def test_every_reason_to_stay_shut_is_told_in_every_language(reason: str) -> None:
    desk = PretendDesk()
    desk.says["KeyPresented"] = [said("denied", reason)]
    for language, table in TABLES.items():
        answer = client(desk).post("/api/gates/door/codes", json={"code": "x"}, headers={"Accept-Language": language}).json()
        assert answer == {
            "outcome": "denied",
            "reason": reason,
            "title": table["gate.denied"],
            "words": table[f"denial.{reason}"],
        }


def test_the_gate_waits_for_the_payment_of_this_party_and_no_other() -> None:
    desk = PretendDesk(stays=True)
    desk.says["KeyPresented"] = [said("authorising")]
    elsewhere = msgspec.structs.replace(said("denied", "shop full"), party="p8")
    desk.changes = [
        Live(topic="gates", kind="EntryDecided", body=msgspec.json.encode(each)) for each in (elsewhere, said("admitted"))
    ]
    presented = KeyPresented(envelope=desk.envelope("web/gates"), gate="door", code_hash="x")
    assert asyncio.run(decided(desk, presented)) == said("admitted")
    desk.changes = []
    assert asyncio.run(decided(desk, presented, wait_s=0.01)) == said("authorising")
    assert desk.followers == 0


def test_a_card_comes_in_under_a_fresh_party_with_what_the_terminal_showed() -> None:
    desk = PretendDesk()
    desk.says["CardPresented"] = [admitted()]
    for review in (False, True):
        body = {"token": "tok-abc", "last_four": "4242", "people": 2, "review": review}
        assert client(desk).post("/api/gates/door/cards", json=body).json()["outcome"] == "admitted"
    first, second = desk.told
    assert isinstance(first, CardPresented) and isinstance(second, CardPresented)
    assert (first.people, first.notice, first.purposes) == (2, "1", ("run the shop",))
    assert second.purposes == ("run the shop", "review")
    assert first.party != second.party and first.method != second.method
    kept = desk.personal.method(first.method)
    assert kept is not None and (kept.token, kept.last_four, kept.subject) == ("tok-abc", "4242", "")
    assert "tok-abc" not in msgspec.json.encode(first).decode()


@pytest.mark.parametrize("wrong", [{"token": "4111111111111112"}, {"last_four": "12345"}, {"people": 0}, {"card": "x"}])
def test_a_card_that_is_more_than_token_and_four_digits_is_refused(wrong: dict[str, object]) -> None:
    desk = PretendDesk()
    body = {"token": "tok-abc", "last_four": "4242"} | wrong
    assert client(desk).post("/api/gates/door/cards", json=body).status_code == 422
    assert desk.told == []


def test_a_real_gate_sends_its_secret() -> None:
    desk = PretendDesk()
    desk.says["KeyPresented"] = [admitted()]
    gates = client(desk, settings=Settings(gate_secret="open sesame", wall_s=lambda: WALL_S))
    for headers, status in (({}, 401), ({"X-Gate-Secret": "open"}, 401), ({"X-Gate-Secret": "open sesame"}, 200)):
        assert gates.post("/api/gates/door/codes", json={"code": "x"}, headers=headers).status_code == status
    assert len(desk.told) == 1
    assert 'id="secret"' in gates.get("/gate/door").text


def test_a_silent_and_a_refusing_shop_leave_the_gate_shut_with_words() -> None:
    desk = PretendDesk()
    silent = client(desk).post("/api/gates/door/codes", json={"code": "x"})
    assert (silent.status_code, silent.headers["Retry-After"]) == (503, "2")
    desk.refuses["KeyPresented"] = "the shop has no such gate"
    refused = client(desk).post("/api/gates/door/codes", json={"code": "x"})
    assert (refused.status_code, refused.json()["detail"]) == (409, "the shop has no such gate")
    assert client(desk).post("/api/gates/roof/codes", json={"code": "x"}).status_code == 404
    assert client(desk).get("/gate/roof").status_code == 404
