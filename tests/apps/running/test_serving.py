"""What a payment provider tells by itself reaches the shop, if it is signed, and nobody else does by that address."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast

import msgspec
from tests.web.the_desk import PretendDesk, TestClient

from saunter.adapters.payments.wire import SIGNATURE, TIMESTAMP, Answer, signature
from saunter.apps.running.serving import WEBHOOKS, webhooks
from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.records import PaymentOutcome
from saunter.web.app import create_app

SECRET = b"between us"
CAPTURED = Answer(
    key="corner/pay/p1/capture/1", outcome="done", payment="pay/p1", action="capture", amount_minor=240, currency="EUR",
    reference="emb_1",
)  # fmt: skip


class Loop:
    """The shop's loop as a provider meets it."""

    def __init__(self, refuses: str = "") -> None:
        self.told: list[PaymentOutcome] = []
        self.refuses = refuses

    def tell_outcome(self, outcome: PaymentOutcome) -> None:
        if self.refuses:
            raise Refused(self.refuses)
        self.told.append(outcome)


def calls(loop: Loop, *, signed_by: bytes = SECRET, late_s: int = 0) -> int:
    """The provider calls the pages of a shop; the status of the answer."""
    app = create_app(PretendDesk())
    app.include_router(webhooks(cast(Any, SimpleNamespace(runner=loop)), SECRET.decode()))
    body, at_s = msgspec.json.encode(CAPTURED), time.time_ns() // SECOND - late_s
    headers = {"content-type": "application/json", TIMESTAMP: str(at_s), SIGNATURE: signature(signed_by, at_s, body)}
    return TestClient(app).post(WEBHOOKS, content=body, headers=headers).status_code


def test_what_the_provider_signed_reaches_the_shop_without_a_page_a_cookie_or_a_form_token() -> None:
    loop = Loop()
    assert calls(loop) == 204
    (outcome,) = loop.told
    assert (outcome.key, outcome.outcome, outcome.amount_minor, outcome.source) == (CAPTURED.key, "done", 240, "webhook")


def test_what_somebody_else_signed_or_what_was_recorded_long_ago_is_turned_away() -> None:
    loop = Loop()
    assert (calls(loop, signed_by=b"a guess"), calls(loop, late_s=301)) == (400, 400)
    assert loop.told == []


def test_a_shop_with_too_much_to_do_says_so_and_the_provider_will_tell_again() -> None:
    assert calls(Loop("come again")) >= 400
