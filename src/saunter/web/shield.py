"""The outermost layer of the pages: what no request may carry, and what every answer says to the browser."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saunter.base.cards import looks_like_card_number
from saunter.plan import Plan
from saunter.web.answers import answer
from saunter.web.constants import BODY_BYTES_MAX, TARGET_CHARACTERS_MAX
from saunter.web.problems import Problem

#: What every answer tells the browser: scripts and styles from our own files only, nobody may frame us, nothing is leaked.
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"


class Shield:
    """Refuses what is too long, of a strange kind, unreadable, or looks like a card number, on every route alike, before any
    page sees it; and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp, plan: Plan, *, secure: bool) -> None:
        self._app = app
        self._plan = plan
        self._headers = {**HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            body = await _body(scope, receive)
            self._check(scope, body)
        except Problem as problem:
            response = answer(Request(scope, receive), problem)
            await response(scope, receive, with_headers)
            return
        await self._app(scope, _again(body, receive), with_headers)

    def _check(self, scope: Scope, body: bytes) -> None:
        target = [scope["path"], *(text for pair in parse_qsl(scope["query_string"].decode("latin-1")) for text in pair)]
        texts = [*target, *_texts(scope, body)]
        if sum(len(text) for text in target) > TARGET_CHARACTERS_MAX:
            raise Problem(414, "This address is too long.")
        if any(not _is_readable(text) for text in texts):
            raise Problem(400, "Something in this request is not readable text.")
        if any(looks_like_card_number(text) and text not in self._known for text in texts[1:]):
            raise Problem(422, "This looks like a card number. Never type one here: the shop must not know it.")

    @property
    def _known(self) -> Mapping[str, object]:
        """A product's own number may look like a card's; a product of the plan is none."""
        return self._plan.products


def _is_readable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body, up to the limit."""
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return b""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_BYTES_MAX:
            raise Problem(413, f"This is too much at once; {BODY_BYTES_MAX // 1024} KiB are the most.")
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read, once more; afterwards whatever the server says (that the browser went away)."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _texts(scope: Scope, body: bytes) -> Iterable[str]:
    """Every text in a body."""
    if not body:
        return []
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == _FORM:
            return [text for pair in parse_qsl(body.decode(), keep_blank_values=True) for text in pair]
        if kind == _JSON:
            return list(_leaves(json.loads(body)))
    except (ValueError, RecursionError):
        raise Problem(400, f"The body is not readable as {kind}.") from None
    raise Problem(415, f"Send {_JSON} or {_FORM}.")


def _leaves(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield str(value)
