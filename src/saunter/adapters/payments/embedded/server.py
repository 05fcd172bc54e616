"""The embedded provider's HTTP interface: commands, look-ups, its ledger. Here the faults strike."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from saunter.adapters.payments.embedded.faults import Faults
from saunter.adapters.payments.embedded.ledger import KeyReused, Ledger
from saunter.adapters.payments.embedded.webhooks import deliver, due_times
from saunter.adapters.payments.wire import Answer, Order

#: Bytes of an order; a larger body is no order.
ORDER_BYTES_MAX = 10_000
_DECLINES = {"authorise": "decline", "capture": "decline-capture", "refund": "decline-refund"}


class Dropped(Response):
    """An answer that never comes: the head of one is begun, then the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begins an answer and leaves."""
        headers = [(b"content-length", b"1000000"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


class Provider:
    """The embedded provider. With `webhook_url` every outcome is also told there, signed with `webhook_secret`.

    `secret`: what the shop must show as `Authorization: Bearer ...` (empty: nothing). `on_ready` is called once it serves.
    """

    def __init__(
        self,
        ledger: Ledger,
        faults: Faults,
        *,
        webhook_url: str = "",
        webhook_secret: bytes = b"",
        secret: str = "",
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._webhook_url = webhook_url
        self._webhook_secret = webhook_secret
        self._secret = secret
        self._on_ready = on_ready
        self._attempts: Counter[str] = Counter()

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/commands", self._order, methods=["POST"]),
            Route("/commands", self._look_up, methods=["GET"]),
            Route("/ledger", self._statement, methods=["GET"]),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, application: Starlette) -> AsyncIterator[None]:
        delivering = None
        if self._webhook_url:
            delivering = asyncio.create_task(deliver(self._ledger, self._webhook_url, self._webhook_secret))
        self._on_ready()
        yield
        if delivering is not None:
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering
        self._ledger.close()

    async def _order(self, request: Request) -> Response:
        """One command, carried out at most once; see `wire.Order` and `wire.Answer`."""
        if not self._is_known(request):
            return _said(401, "show the secret that the provider was started with as Authorization: Bearer ...")
        body = await request.body()
        try:
            order = msgspec.json.decode(body[: ORDER_BYTES_MAX + 1], type=Order)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            return _refused("", str(error))
        if _is_card_number(order.token):
            return _refused(order.key, "the token is a card number; send the token that the terminal gave for it")
        self._attempts[order.key] += 1
        attempt = self._attempts[order.key]
        return await self._struck(order, attempt) or await self._carried_out(order, attempt)

    async def _struck(self, order: Order, attempt: int) -> Response | None:
        """The faults that strike before anything is carried out."""
        if self._faults.strikes("fail", order.key, attempt):
            return _said(503, "told to fail; nothing was carried out")
        if self._faults.strikes("lose", order.key, attempt):
            return Dropped()
        if self._faults.strikes("stall", order.key, attempt):
            await asyncio.sleep(self._faults.delay_s)
        return None

    async def _carried_out(self, order: Order, attempt: int) -> Response:
        try:
            answer = await asyncio.to_thread(self._carry_out, order)
        except KeyReused as error:
            return _said(409, str(error))
        return await self._answered(answer, order.key, order.payment, attempt)

    def _carry_out(self, order: Order) -> Answer:
        now = time.time_ns()
        webhooks = due_times(order.key, self._faults, now) if self._webhook_url else ()
        is_declined = order.action in _DECLINES and self._faults.strikes(_DECLINES[order.action], order.key)
        refused = "told to decline" if is_declined else ""
        return self._ledger.carry_out(order, now, refused=refused, webhooks=webhooks)

    async def _answered(self, answer: Answer, key: str, payment: str, attempt: int) -> Response:
        """The answer, unless it gets lost or comes late on its way."""
        token = await asyncio.to_thread(self._ledger.token_of, payment)
        if self._faults.strikes("delay", key, attempt) or (token == "tok_slow" and attempt == 1):
            await asyncio.sleep(self._faults.delay_s)
        if self._faults.strikes("drop", key, attempt) or (token == "tok_dropped" and attempt == 1):
            return Dropped()
        return _json(404 if answer.outcome == "not found" else 200, answer)

    async def _look_up(self, request: Request) -> Response:
        """What became of the key in the query."""
        if not self._is_known(request):
            return _said(401, "show the secret that the provider was started with as Authorization: Bearer ...")
        key = request.query_params.get("key", "")
        if not key:
            return _refused("", "say which key: /commands?key=...")
        asked = f"look up {key}"
        self._attempts[asked] += 1
        attempt = self._attempts[asked]
        if self._faults.strikes("fail", asked, attempt):
            return _said(503, "told to fail")
        answer = await asyncio.to_thread(self._ledger.look_up, key)
        return await self._answered(answer, asked, "", attempt)

    async def _statement(self, request: Request) -> Response:
        """Every movement in order, and the sums by action: what an accountant compares the shop's books with."""
        if not self._is_known(request):
            return _said(401, "show the secret that the provider was started with as Authorization: Bearer ...")
        movements = await asyncio.to_thread(self._ledger.movements)
        sums = dict.fromkeys(("authorise", "capture", "release", "refund"), 0)
        for movement in movements:
            sums[movement.action] += movement.amount_minor
        return _json(200, {"movements": movements, "sums": sums})

    def _is_known(self, request: Request) -> bool:
        shown = request.headers.get("authorization", "")
        return not self._secret or hmac.compare_digest(shown.encode(), f"Bearer {self._secret}".encode())


def _is_card_number(token: str) -> bool:
    """Twelve to nineteen digits, however they are spaced, are taken for a card number."""
    digits = "".join(each for each in token if each not in " -.")
    return digits.isdigit() and 12 <= len(digits) <= 19


def _refused(key: str, reason: str) -> Response:
    """Refused for good: it left no trace, and the same again will be refused again."""
    return _json(422, Answer(key=key, outcome="declined", reason=reason))


def _said(status: int, reason: str) -> Response:
    return _json(status, {"reason": reason})


def _json(status: int, content: object) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
