"""Who is asking, and may they: cookies, form tokens, roles and pace. Enforced for every route by `allowed`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from saunter.base.time import SECOND
from saunter.ports.books import Member, Shopper
from saunter.ports.desk import Desk
from saunter.web.access import ACCESS, Access, Pace
from saunter.web.constants import DEVICE_S, SESSION_S
from saunter.web.problems import GoTo, Problem
from saunter.web.settings import Settings

#: Cookies: a browser's form token, a phone, a signed-in member of staff.
BROWSER: Final = "saunter_browser"
DEVICE: Final = "saunter_device"
STAFF: Final = "saunter_staff"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz"


def desk_of(request: Request) -> Desk:
    """The running shop that these pages belong to."""
    desk: Desk = request.app.state.desk
    return desk


def settings_of(request: Request) -> Settings:
    """How these pages are run."""
    settings: Settings = request.app.state.settings
    return settings


def fresh_id(prefix: str) -> str:
    """A new opaque id that nobody can guess, of letters only, so that it never looks like a card number."""
    return f"{prefix}-{''.join(secrets.choice(_LETTERS) for _ in range(24))}"


def fingerprint(token: str) -> str:
    """The SHA-256 (hex) of a token: all of it that is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def caller(request: Request) -> str:
    """Who is asking, as far as pace goes: the device or session where its cookie is known, otherwise the address."""
    member, shopper = signed_in_member(request), shopper_of(request)
    if member is not None:
        return f"staff {member.staff}"
    if shopper is not None:
        return f"device {shopper.subject}"
    return address(request)


def address(request: Request) -> str:
    """Where a request comes from. One house has one address, or a whole network of them (the first 64 bits of IPv6)."""
    host = request.client.host if request.client else ""
    try:
        found = ip_address(host)
    except ValueError:  # a name, or a socket that has none
        return f"address {host}"
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return f"address {IPv6Network((int(found) >> 64 << 64, 64))}"
    return f"address {host}"


def shopper_of(request: Request) -> Shopper | None:
    """The shopper whose phone this is, if it has our cookie and was not erased."""
    if not hasattr(request.state, "shopper"):
        token = read_cookie(request, DEVICE)
        request.state.shopper = desk_of(request).personal.by_device(fingerprint(token)) if token else None
    shopper: Shopper | None = request.state.shopper
    return shopper


def signed_in_member(request: Request) -> Member | None:
    """The member of staff who is signed in here, if any."""
    if not hasattr(request.state, "member"):
        token = read_cookie(request, STAFF)
        wall = wall_ns(request)
        request.state.member = desk_of(request).personal.session(fingerprint(token), wall) if token else None
    member: Member | None = request.state.member
    return member


def wall_ns(request: Request) -> int:
    """The clock that sessions end by (ns): the pages' own, for the shop's may run faster."""
    return int(settings_of(request).wall_s() * SECOND)


def signed_in(request: Request, *roles: str) -> Member:
    """The member of staff who asks. Not signed in: sent to the sign-in; another role than `roles` (none: any): 403."""
    member = signed_in_member(request)
    if member is None:
        raise GoTo(f"/staff/sign-in?next={quote(request.url.path)}")
    if roles and member.role not in roles:
        raise Problem(403, f"This is for {' or '.join(roles)}; you are signed in as {member.role}.")
    return member


async def allowed(request: Request) -> None:
    """The door of every route: pace, role, and the form token, as `ACCESS` says. A route that does not stand there is shut."""
    route = request.scope.get("route")
    access = ACCESS.get(("GET" if request.method == "HEAD" else request.method, getattr(route, "path", "")))
    if access is None:
        raise Problem(404, "There is no such page here.")
    _check_pace(request, _own_pace(request, access))
    _check_role(request, access)
    if access.session and request.method not in _SAFE:
        await _check_token(request)
    _check_pace(request, _shared_paces(request, access))


def _check_pace(request: Request, paces: tuple[tuple[Pace, str], ...]) -> None:
    for pace, who in paces:
        wait_s = request.app.state.paces.wait_s(pace, who)
        if wait_s:
            raise Problem(429, f"That was a little fast. Please try again in {wait_s} s.", {"Retry-After": str(wait_s)})


def _own_pace(request: Request, access: Access) -> tuple[tuple[Pace, str], ...]:
    """What is counted of a request for whoever sends it. A new phone is no new chance to guess a password."""
    return ((access.pace, address(request) if access.pace == "sign in" else caller(request)),)


def _shared_paces(request: Request, access: Access) -> tuple[tuple[Pace, str], ...]:
    """What many share: a thousand new phones in one house are no way to take all codes that a shop can keep. Counted only of who
    may ask at all, so that strangers cannot use it up by asking in vain."""
    return (("codes of an address", address(request)), ("codes of all", "all")) if access.pace == "code" else ()


def _check_role(request: Request, access: Access) -> None:
    if "anyone" in access.roles:
        return
    if "gate" in access.roles:
        _check_gate(request)
    elif "shopper" in access.roles:
        if shopper_of(request) is None:
            raise GoTo("/me")
    else:
        signed_in(request, *access.roles)


def _check_gate(request: Request) -> None:
    secret = settings_of(request).gate_secret
    if secret and not hmac.compare_digest(request.headers.get("X-Gate-Secret", "").encode(), secret.encode()):
        raise Problem(401, "Send the gate's secret in the header X-Gate-Secret.")


async def _check_token(request: Request) -> None:
    """A request that changes something comes from a page of ours: it carries the token that only such a page knows."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    given = request.headers.get("X-CSRF-Token", "")
    if not given and request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        given = str((await request.form()).get("csrf", ""))
    browser = read_cookie(request, BROWSER)
    if site not in ("same-origin", "none") or not browser or not hmac.compare_digest(given.encode(), _token_of(browser).encode()):
        raise Problem(403, "This page is out of date. Go back, reload it, and try once more.")


def csrf_token(request: Request) -> str:
    """The form token of this browser; `page` hands out the cookie that belongs to it."""
    if not hasattr(request.state, "browser"):
        request.state.browser = read_cookie(request, BROWSER) or secrets.token_urlsafe(24)
    return _token_of(request.state.browser)


def keep_browser(request: Request, response: Response) -> None:
    """Gives a browser the cookie of its form token, once."""
    browser = getattr(request.state, "browser", "")
    if browser and browser != read_cookie(request, BROWSER):
        set_cookie(request, response, BROWSER, browser, DEVICE_S)


def new_browser(request: Request, response: Response) -> None:
    """A new form token after signing in or out: one seen before is worth nothing."""
    set_cookie(request, response, BROWSER, secrets.token_urlsafe(24), DEVICE_S)


def new_session(request: Request, response: Response, member: Member) -> None:
    """Signs a member of staff in at this browser."""
    token = secrets.token_urlsafe(32)
    until = wall_ns(request) + SESSION_S * SECOND
    desk_of(request).personal.keep_session(fingerprint(token), member.name, until)
    set_cookie(request, response, STAFF, token, SESSION_S)
    new_browser(request, response)


def end_session(request: Request, response: Response) -> None:
    """Signs out."""
    token = read_cookie(request, STAFF)
    if token:
        desk_of(request).personal.end_session(fingerprint(token))
    drop_cookie(request, response, STAFF)
    new_browser(request, response)


def cookie_name(request: Request, name: str) -> str:
    """Over https cookies are bound to this very host."""
    return f"__Host-{name}" if settings_of(request).secure else name


def read_cookie(request: Request, name: str) -> str:
    """A cookie's value; empty: none."""
    return request.cookies.get(cookie_name(request, name), "")


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """A cookie that no script can read. A sign-in is never sent from elsewhere; a phone stays known when a link led to us."""
    response.set_cookie(
        cookie_name(request, name), value, max_age=seconds, path="/",
        secure=settings_of(request).secure, httponly=True, samesite="strict" if name == STAFF else "lax",
    )  # fmt: skip


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Takes a cookie back."""
    response.delete_cookie(
        cookie_name(request, name), path="/", secure=settings_of(request).secure, httponly=True, samesite="strict"
    )


def _token_of(browser: str) -> str:
    digest = hmac.digest(browser.encode(), b"saunter form token", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
