"""The client over HTTP: what is not certain is unknown, and nothing raises. And webhooks: only a true and fresh one counts."""

from __future__ import annotations

import logging
from collections.abc import Callable

import httpx
import msgspec
import pytest
from tests.adapters.payments.provider import command

from saunter.adapters.payments import HttpPayments, webhook_outcome
from saunter.adapters.payments.wire import Answer, Order, signature
from saunter.base.time import SECOND
from saunter.records import PaymentOutcome

DONE = Answer(key="k", outcome="done", payment="pay/p1", action="capture", amount_minor=300, currency="EUR", reference="r")


def answered(reply: Callable[[httpx.Request], httpx.Response], looks_up: bool = False) -> PaymentOutcome:
    """The outcome of a capture (or of a look-up of it) with a provider that replies like that."""
    with HttpPayments("http://provider", store="corner") as client:
        client._client.close()
        client._client = httpx.Client(base_url="http://provider", transport=httpx.MockTransport(reply))
        asked = command("look up", key="l", about="k") if looks_up else command("capture", 300, key="k")
        return client.send(asked, "")


def raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def reply(request: httpx.Request) -> httpx.Response:
        raise error

    return reply


def replying(status: int, content: object) -> Callable[[httpx.Request], httpx.Response]:
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return lambda request: httpx.Response(status, content=body)


@pytest.mark.parametrize("looks_up", [False, True])
@pytest.mark.parametrize(
    "reply",
    [
        raising(httpx.ConnectError("refused")),
        raising(httpx.ConnectTimeout("slow")),
        raising(httpx.ReadTimeout("slow")),
        raising(httpx.RemoteProtocolError("closed")),
        replying(500, DONE),
        replying(503, {"reason": "busy"}),
        replying(429, DONE),
        replying(401, DONE),
        replying(409, DONE),
        replying(302, DONE),
        replying(404, b"<html>no such page</html>"),
        replying(404, {"detail": "Not Found"}),
        replying(404, DONE),
        replying(200, b""),
        replying(200, b"{"),
        replying(200, b"\xff"),
        replying(200, b'{"key":' + b"[" * 100_000),
        replying(200, {"key": "k"}),
        replying(200, {"key": "k", "outcome": "perhaps"}),
        replying(200, {"key": "k", "outcome": "done", "amount_minor": 3.5}),
        replying(200, msgspec.structs.replace(DONE, key="other")),
        replying(200, msgspec.structs.replace(DONE, payment="pay/p2")),
        replying(200, msgspec.structs.replace(DONE, payment="")),
        replying(422, DONE),
        replying(200, Answer(key="k", outcome="not found")),
        replying(200, Answer(key="k", outcome="not found", payment="pay/p1")),
        replying(422, Answer(key="other", outcome="declined")),
        replying(422, {"detail": "no such field"}),
    ],
)
def test_what_is_not_certain_is_unknown(reply: Callable[[httpx.Request], httpx.Response], looks_up: bool) -> None:
    outcome = answered(reply, looks_up)
    assert (outcome.key, outcome.outcome, outcome.amount_minor, outcome.payment) == ("k", "unknown", 0, "pay/p1")
    assert outcome.source == ("look-up" if looks_up else "reply")
    assert outcome.reason


def test_what_is_certain_is_told() -> None:
    assert answered(replying(200, DONE)).outcome == "done"
    assert answered(replying(200, DONE), looks_up=True).source == "look-up"
    assert answered(replying(404, Answer(key="k", outcome="not found")), looks_up=True).outcome == "not found"
    assert answered(replying(404, Answer(key="k", outcome="not found"))).outcome == "unknown", "only a look-up asks that"
    refused = answered(replying(422, Answer(key="k", outcome="declined", reason="no")))
    assert (refused.outcome, refused.reason, refused.action) == ("declined", "no", "capture")


def test_tokens_are_neither_logged_nor_printed(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), HttpPayments("http://127.0.0.1:1", timeout_s=0.2) as client:
        outcome = client.send(command("authorise", 1), "tok_very_secret")
    assert outcome.outcome == "unknown"
    order = Order(key="k", payment="p", action="authorise", amount_minor=1, currency="EUR", token="tok_very_secret")
    assert "tok_very_secret" not in caplog.text + repr(outcome) + repr(order)


BODY = msgspec.json.encode(DONE)
SECRET = b"between us"
NOW = 1_700_000_000 * SECOND


def headers(body: bytes = BODY, at_s: int = 1_700_000_000, secret: bytes = SECRET) -> dict[str, str]:
    return {"Saunter-Timestamp": str(at_s), "Saunter-Signature": signature(secret, at_s, body)}


def test_a_true_webhook_is_an_outcome() -> None:
    outcome = webhook_outcome(BODY, headers(), SECRET, now=NOW, store="corner")
    assert (outcome.payment, outcome.key, outcome.action, outcome.outcome) == ("pay/p1", "k", "capture", "done")
    assert (outcome.amount_minor, outcome.reference, outcome.source) == (300, "r", "webhook")


@pytest.mark.parametrize("late_s", [-300, 0, 300])
def test_a_webhook_may_be_five_minutes_old(late_s: int) -> None:
    assert webhook_outcome(BODY, headers(), SECRET, now=NOW + late_s * SECOND).outcome == "done"


@pytest.mark.parametrize(
    ("body", "told", "secret", "late_s", "words"),
    [
        (BODY.replace(b"300", b"301"), headers(), SECRET, 0, "signature is wrong"),
        (BODY, headers(secret=b"another"), SECRET, 0, "signature is wrong"),
        (BODY, headers(secret=b""), b"", 0, "signature is wrong"),
        (BODY, {**headers(), "Saunter-Timestamp": "1700000001"}, SECRET, 0, "signature is wrong"),
        (BODY, {**headers(), "Saunter-Signature": "v1=\xff"}, SECRET, 0, "signature is wrong"),
        (BODY, {"Saunter-Timestamp": "1700000000"}, SECRET, 0, "signature is wrong"),
        (BODY, {}, SECRET, 0, "no saunter-timestamp"),
        (BODY, {**headers(), "Saunter-Timestamp": "soon"}, SECRET, 0, "no saunter-timestamp"),
        (BODY, headers(), SECRET, 301, "more than 300 s"),
        (BODY, headers(), SECRET, -301, "more than 300 s"),
        (b"{}", headers(b"{}"), SECRET, 0, "cannot be read"),
        (b"\xff", headers(b"\xff"), SECRET, 0, "cannot be read"),
        (b'{"key":"k","outcome":"not found"}', headers(b'{"key":"k","outcome":"not found"}'), SECRET, 0, "tells of no command"),
    ],
)
def test_any_other_webhook_is_refused_in_words(body: bytes, told: dict[str, str], secret: bytes, late_s: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        webhook_outcome(body, told, secret, now=NOW + late_s * SECOND)
