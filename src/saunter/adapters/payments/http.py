"""The shop's side of a payment provider over HTTP. What cannot be known for certain is the outcome `unknown`, never a guess."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Literal

import httpx
import msgspec

from saunter.adapters.payments.wire import SIGNATURE, TIMESTAMP, Answer, Order, check_signature
from saunter.base.limits import MESSAGE_BYTES_MAX
from saunter.records import Envelope, PaymentCommand, PaymentOutcome

#: Seconds until an answer is no longer waited for. The shop's own patience is the policy `payment_wait_ms`; this is less.
TIMEOUT_S: Final = 4.0
STREAM: Final = "payments"
_CERTAIN: Final = {200, 404, 422}


class HttpPayments:
    """A `ports.payments.PaymentProvider` over HTTP; may be used from several threads. Close it, or use it in a `with`.

    `url` is the provider's address, `store` fills the outcomes' envelopes. Tokens go into request bodies and nowhere else.
    """

    def __init__(self, url: str, *, store: str = "", timeout_s: float = TIMEOUT_S, secret: str = "") -> None:
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        self._client = httpx.Client(base_url=url, timeout=timeout_s, headers=headers)
        self._store = store

    def send(self, command: PaymentCommand, token: str) -> PaymentOutcome:
        """Carries out a command or looks one up. No answer, a broken one, or a server in trouble is the outcome `unknown`."""
        try:
            response = self._look_up(command) if command.action == "look up" else self._order(command, token)
        except httpx.HTTPError as error:
            return self._unknown(command, type(error).__name__)
        if response.status_code not in _CERTAIN or len(response.content) > MESSAGE_BYTES_MAX:
            return self._unknown(command, f"the provider answered {response.status_code}")
        try:
            answer = msgspec.json.decode(response.content, type=Answer)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return self._unknown(command, f"the provider's answer {response.status_code} cannot be read")
        return self._understood(command, answer, response.status_code)

    def close(self) -> None:
        """Lets go of the connections."""
        self._client.close()

    def __enter__(self) -> HttpPayments:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:  # fmt: skip
        self.close()

    def _order(self, command: PaymentCommand, token: str) -> httpx.Response:
        assert command.action != "look up", "a look-up orders nothing"
        order = Order(
            key=command.key, payment=command.payment, action=command.action, amount_minor=command.amount_minor,
            currency=command.currency, token=token, reference=command.reference,
        )  # fmt: skip
        return self._client.post("/commands", content=msgspec.json.encode(order), headers={"content-type": "application/json"})

    def _look_up(self, command: PaymentCommand) -> httpx.Response:
        return self._client.get("/commands", params={"key": command.about})

    def _understood(self, command: PaymentCommand, answer: Answer, status: int) -> PaymentOutcome:
        """An answer counts only if it is about this very command, and its status fits: 404 from a stranger says nothing."""
        looks_up = command.action == "look up"
        if not _fits(answer, command, status):
            return self._unknown(command, "the provider's answer is about something else")
        known = msgspec.structs.replace(answer, key=command.about or command.key)
        return _outcome(known, self._store, command.payment, "look-up" if looks_up else "reply", command.action)

    def _unknown(self, command: PaymentCommand, reason: str) -> PaymentOutcome:
        return PaymentOutcome(
            envelope=_envelope(self._store), payment=command.payment, key=command.about or command.key, action=command.action,
            outcome="unknown", reason=reason, source="look-up" if command.action == "look up" else "reply",
        )  # fmt: skip


def webhook_outcome(
    body: bytes, headers: Mapping[str, str], secret: bytes, *, now: int | None = None, store: str = ""
) -> PaymentOutcome:
    """What a webhook says; ValueError when its signature or its age is wrong, or it cannot be read. `now` in ns UTC."""
    lower = {name.lower(): value for name, value in headers.items()}
    instant = time.time_ns() if now is None else now
    check_signature(secret, lower.get(TIMESTAMP, ""), lower.get(SIGNATURE, ""), body, instant)
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"the webhook cannot be read: {error}") from error
    if answer.outcome == "not found" or not answer.payment:
        raise ValueError("the webhook tells of no command that was carried out or declined")
    return _outcome(answer, store, answer.payment, "webhook", answer.action)


def _fits(answer: Answer, command: PaymentCommand, status: int) -> bool:
    """200 tells what became of a command, 404 that a look-up found none, 422 that an order was refused and left no trace."""
    is_about_it = answer.key == (command.about or command.key)
    looks_up = command.action == "look up"
    if status == 404:
        return looks_up and is_about_it and answer.outcome == "not found"
    if status == 422:
        return not looks_up and (is_about_it or not answer.key) and answer.outcome == "declined"
    return is_about_it and answer.outcome != "not found" and answer.payment == command.payment


def _outcome(
    answer: Answer,
    store: str,
    payment: str,
    source: Literal["reply", "webhook", "look-up"],
    action: Literal["authorise", "capture", "release", "refund", "look up"],
) -> PaymentOutcome:
    return PaymentOutcome(
        envelope=_envelope(store), payment=payment, key=answer.key, action=answer.action if answer.payment else action,
        outcome=answer.outcome, amount_minor=answer.amount_minor, reference=answer.reference, reason=answer.reason, source=source,
    )  # fmt: skip


def _envelope(store: str) -> Envelope:
    """For the caller to fill: who logs the outcome says when and as which."""
    return Envelope(store=store, stream=STREAM, sequence=0, happened=0, arrived=0)
