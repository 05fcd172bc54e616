"""What anybody may read: the shop and its live numbers, how it works, the notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse

from saunter.ports.desk import Desk, FloorNow, Live
from saunter.ports.documents import Counted
from saunter.web.floor import floor_map
from saunter.web.kept import kept
from saunter.web.live import event, event_stream
from saunter.web.notices import CURRENT, NOTICES
from saunter.web.problems import Problem
from saunter.web.public.views import last_bills, numbers
from saunter.web.rendering import document, fragment, page
from saunter.web.security import desk_of, settings_of
from saunter.web.store.letters import Letters
from saunter.web.store.views import floor_now
from saunter.web.words import language_of

router = APIRouter(include_in_schema=False)

_FOLLOWED: Final = ("shop", "figures")


@router.get("/")
async def landing(request: Request) -> HTMLResponse:
    """What this shop is, and what is going on in it. Only a pretend shop shows its floor to everybody."""
    desk, demo = desk_of(request), settings_of(request).demo
    floor = floor_map(desk.plan, "floor", desk.plan.name) if demo else None
    bills = last_bills(desk) if demo else []
    gate = next(iter(desk.plan.gates), "")
    return page(request, "public/landing.html", numbers=numbers(desk), floor=floor, bills=bills, gate=gate, demo=demo)


@router.get("/live")
async def live(request: Request) -> StreamingResponse:
    """The first page's changes: numbers always, floor and receipts in a pretend shop."""
    desk, demo = desk_of(request), settings_of(request).demo
    topics = (*_FOLLOWED, "floor", "visits") if demo else _FOLLOWED
    return event_stream(request, desk, topics, _shown(desk, language_of(request), kept(request, Letters, Letters)))


@router.get("/how-it-works")
async def how_it_works(request: Request) -> HTMLResponse:
    """What is sensed, decided by machine and looked at by people, with the figures of this shop."""
    desk = desk_of(request)
    counted = document(desk, "figures", desk.plan.store, Counted) or Counted()
    return page(request, "public/how.html", numbers=numbers(desk), counts=counted, notice=CURRENT)


@router.get("/notice/{version}")
async def notice(request: Request, version: str) -> HTMLResponse:
    """A version of the notice; earlier ones stay readable, for people agreed to them."""
    if version not in NOTICES:
        raise Problem(404, "There is no such notice.")
    return page(request, "public/notice.html", version=version, parts=NOTICES[version], is_current=version == CURRENT)


@router.get("/api/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """What machines may ask, described for machines."""
    return JSONResponse(request.app.openapi())


def _shown(desk: Desk, language: str, letters: Letters) -> Callable[[Live], bytes | None]:
    """Each change as the first page shows it: people as letters, never as parties."""

    def render(change: Live) -> bytes | None:
        if change.topic == "floor":
            now = msgspec.json.decode(change.body, type=FloorNow)
            return event("floor", msgspec.json.encode(floor_now(now, letters.letter, lambda x_m, y_m: "")))
        if change.topic != "visits":
            return _piece(desk, language, "numbers", numbers=numbers(desk))
        if change.kind == "bill":
            return _piece(desk, language, "receipts", bills=last_bills(desk))
        return None

    return render


def _piece(desk: Desk, language: str, name: str, **context: object) -> bytes:
    return event(name, msgspec.json.encode({"html": fragment(desk, language, f"public/{name}.html", **context)}))
