"""The shopper's phone: consent, payment method, entry code, live cart, erasing. Receipts stand in `receipts`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from saunter.base.time import MILLISECOND, to_seconds
from saunter.ports.books import Agreement, Method, Shopper
from saunter.ports.desk import Desk, Live
from saunter.records import ConsentChanged, PersonErased
from saunter.web.constants import DEVICE_S, FIELD_CHARACTERS_MAX
from saunter.web.live import event, event_stream
from saunter.web.notices import CURRENT, NEEDED, PURPOSE_KEYS, purposes_of
from saunter.web.problems import GoTo, Problem
from saunter.web.rendering import fragment, page
from saunter.web.security import DEVICE, desk_of, drop_cookie, fingerprint, fresh_id, set_cookie, settings_of, shopper_of
from saunter.web.shopper.codes import issue, picture_of
from saunter.web.shopper.views import Now, live_topics, now_of
from saunter.web.telling import told
from saunter.web.words import Words, language_of

router = APIRouter()

#: What a payment token may look like; a card number never does.
TOKEN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_\-]{3,79}")


class CodeWanted(BaseModel):
    """An entry code for so many people."""

    people: int = Field(1, ge=1, le=99, description="how many people come in on this code, the shopper included")


class Code(BaseModel):
    """An entry code to show at the gate, once."""

    code: str = Field(description="the code as text; the gate's scanner reads the same from the picture")
    picture: str = Field(description="the code as a QR picture, SVG")
    people: int
    seconds: float = Field(description="how long it holds from now on")


@router.get("/me", include_in_schema=False)
async def me(request: Request, next: str = "") -> HTMLResponse:
    """The phone's first page: whatever comes next for this shopper."""
    desk, shopper = desk_of(request), shopper_of(request)
    if shopper is None:
        return _consent_page(request, "shopper/welcome.html", ())
    if NEEDED not in _agreed(desk, shopper):
        return page(request, "shopper/staffed.html")
    methods = desk.personal.methods(shopper.subject)
    if not methods:
        return page(request, "shopper/payment.html", token=fresh_id("tok"), wrong=())
    now = now_of(desk, shopper)
    if next == "code" and now.stage in ("receipt", "lost", "unbilled"):
        now = Now(stage="code")
    return page(request, "shopper/me.html", now=now, method=methods[0], people_max=desk.plan.policies.key_people_max)


@router.post("/me/consent", include_in_schema=False)
async def agree(
    request: Request,
    purpose: Annotated[list[str] | None, Form(max_length=8)] = None,
    notice: Annotated[str, Form(max_length=FIELD_CHARACTERS_MAX)] = "",
) -> Response:
    """What a shopper agrees to from now on. Without running the shop nothing is kept of somebody new."""
    if notice != CURRENT:
        raise GoTo("/me")
    purposes, desk, shopper = purposes_of(purpose or []), desk_of(request), shopper_of(request)
    if shopper is None and NEEDED not in purposes:
        return page(request, "shopper/staffed.html")
    subject, language = shopper.subject if shopper else fresh_id("shopper"), language_of(request)
    changed = ConsentChanged(
        envelope=desk.envelope("web/consent"), subject=subject, purposes=purposes, notice=notice, language=language
    )
    await told(desk, changed)
    response = RedirectResponse("/me/privacy?saved=1" if shopper else "/me", 303)
    if shopper is None:
        _keep_new_shopper(request, response, subject)
    desk.personal.agree(Agreement(subject=subject, purposes=purposes, notice=notice, language=language, at=changed.happened))
    return response


@router.get("/me/privacy", include_in_schema=False)
async def privacy(request: Request, saved: str = "") -> HTMLResponse:
    """What was agreed to, how is paid, and erasing it all."""
    return _privacy(request, saved=bool(saved))


@router.get("/me/payment", include_in_schema=False)
async def payment(request: Request) -> HTMLResponse:
    """The pretend terminal."""
    return page(request, "shopper/payment.html", token=fresh_id("tok"), wrong=())


@router.post("/me/payment", include_in_schema=False)
async def add_method(
    request: Request,
    token: Annotated[str, Form(max_length=FIELD_CHARACTERS_MAX)] = "",
    last_four: Annotated[str, Form(max_length=FIELD_CHARACTERS_MAX)] = "",
    brand: Annotated[str, Form(max_length=FIELD_CHARACTERS_MAX)] = "",
) -> Response:
    """A payment method as a terminal gives it: its token and the last four digits."""
    wrong = method_mistakes(token, last_four)
    if wrong:
        return page(request, "shopper/payment.html", status=422, token=fresh_id("tok"), wrong=wrong)
    method = Method(
        method=fresh_id("method"), subject=_shopper(request).subject, token=token, last_four=last_four,
        brand=brand if brand in ("card", "debit card", "voucher") else "card",
    )  # fmt: skip
    try:
        desk_of(request).personal.keep_method(method)
    except ValueError:
        return page(request, "shopper/payment.html", status=422, token=fresh_id("tok"), wrong=("token",))
    return RedirectResponse("/me", 303)


@router.post("/api/me/codes", tags=["shopper"], summary="A one-use entry code")
async def new_code(request: Request, wanted: CodeWanted) -> Code:
    """A fresh code; the one before simply expires."""
    desk, shopper = desk_of(request), _shopper(request)
    methods = desk.personal.methods(shopper.subject)
    if NEEDED not in _agreed(desk, shopper) or not methods:
        raise Problem(409, "Agree to the notice and add a payment method first.")
    if wanted.people > desk.plan.policies.key_people_max:
        raise Problem(422, f"One code lets in {desk.plan.policies.key_people_max} people at most.")
    reply = await issue(desk, shopper, methods[0], wanted.people)
    seconds = to_seconds(desk.plan.policies.code_lifetime_ms * MILLISECOND) / settings_of(request).speed
    return Code(code=reply.code, picture=str(picture_of(reply.code)), people=wanted.people, seconds=seconds)


@router.get("/me/live", include_in_schema=False)
async def live(request: Request) -> StreamingResponse:
    """The cart as it changes: each event brings the piece of the page anew."""
    desk, shopper = desk_of(request), _shopper(request)
    return event_stream(request, desk, live_topics(desk, shopper), shown_to(desk, shopper, language_of(request)))


@router.post("/me/erase", include_in_schema=False)
async def erase(request: Request, word: Annotated[str, Form(max_length=FIELD_CHARACTERS_MAX)] = "") -> Response:
    """Everything about this shopper is gone; the books keep receipts that are nobody's any more."""
    if word.strip().casefold() != Words(language_of(request))("erase.word").casefold():
        return _privacy(request, status=422, mistyped=True)
    desk, shopper = desk_of(request), _shopper(request)
    await told(desk, PersonErased(envelope=desk.envelope("web/erasures"), subject=shopper.subject))
    desk.personal.erase(shopper.subject)
    request.state.shopper = None
    response = page(request, "shopper/erased.html")
    drop_cookie(request, response, DEVICE)
    return response


def method_mistakes(token: str, last_four: str) -> tuple[str, ...]:
    """The fields that do not look like what a terminal gives."""
    checks = {
        "token": TOKEN.fullmatch(token) is not None,
        "last_four": len(last_four) == 4 and last_four.isascii() and last_four.isdigit(),
    }
    return tuple(field for field, is_right in checks.items() if not is_right)


def shown_to(desk: Desk, shopper: Shopper, language: str) -> Callable[[Live], bytes]:
    """Makes each change of one's own visit into the piece of the page that shows it."""

    def render(_: Live) -> bytes:
        now = now_of(desk, shopper)
        html = fragment(desk, language, "shopper/now.html", now=now)
        return event("now", msgspec.json.encode({"stage": now.stage, "html": html}))

    return render


def _shopper(request: Request) -> Shopper:
    shopper = shopper_of(request)
    if shopper is None:
        raise GoTo("/me")
    return shopper


def _agreed(desk: Desk, shopper: Shopper) -> tuple[str, ...]:
    newest = next(iter(desk.personal.agreements(shopper.subject)), None)
    return newest.purposes if newest else ()


def _keep_new_shopper(request: Request, response: Response, subject: str) -> None:
    """From now on this phone is known again, by nothing but its cookie."""
    token, desk = secrets.token_urlsafe(32), desk_of(request)
    shopper = Shopper(subject=subject, device_hash=fingerprint(token), language=language_of(request), since=desk.now())
    desk.personal.keep_shopper(shopper)
    set_cookie(request, response, DEVICE, token, DEVICE_S)


def _consent_page(request: Request, template: str, chosen: tuple[str, ...], status: int = 200, **context: object) -> HTMLResponse:
    common = {"purposes": tuple(PURPOSE_KEYS.values()), "chosen": chosen, "notice": CURRENT, "needed": PURPOSE_KEYS[NEEDED]}
    return page(request, template, status=status, **common, **context)


def _privacy(request: Request, *, status: int = 200, saved: bool = False, mistyped: bool = False) -> HTMLResponse:
    desk, shopper = desk_of(request), _shopper(request)
    agreements = desk.personal.agreements(shopper.subject)
    chosen = tuple(PURPOSE_KEYS[purpose] for purpose in (agreements[0].purposes if agreements else ()))
    return _consent_page(
        request, "shopper/privacy.html", chosen, status=status, methods=desk.personal.methods(shopper.subject),
        agreements=agreements, purpose_keys=PURPOSE_KEYS, saved=saved, mistyped=mistyped,
    )  # fmt: skip
