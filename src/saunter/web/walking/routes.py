"""Walking in oneself: a phone holds its code to the gate, and steers the body that comes in. Only the demo has a walker."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse

from saunter.base.errors import Refused
from saunter.ports.books import Shopper
from saunter.ports.walking import OVER, Walker
from saunter.records import KeyPresented
from saunter.web.gate.deciding import decided
from saunter.web.gate.routes import CodeShown, Said, said_of
from saunter.web.problems import GoTo, Problem
from saunter.web.rendering import fragment
from saunter.web.security import desk_of, settings_of, shopper_of
from saunter.web.shopper.codes import hash_of
from saunter.web.walking.views import QUEUE_MAX, Mine, mine_of, places_of, ways_in
from saunter.web.words import Words, language_of

router = APIRouter(include_in_schema=False)  # part of the demo, not of a shop

#: Pieces that one tap takes at most: what one visitor can want of a shelf without emptying it for all.
PIECES_MAX: Final = 6


class Wanted(BaseModel):
    """Pieces of a product, to be taken or put back."""

    sku: Annotated[str, Field(min_length=1, max_length=200)]
    pieces: Annotated[int, Field(ge=1, le=PIECES_MAX)] = 1


class Heard(BaseModel):
    """The body was told."""

    queued: int = Field(description="how many commands wait for the present one")


@router.get("/me/walking")
async def walking(request: Request) -> HTMLResponse:
    """The piece of the page that says where one's body is and what it truly holds; empty before one came to a gate."""
    desk = desk_of(request)
    mine = mine_of(desk, _walker(request), _shopper(request))
    return _piece(fragment(desk, language_of(request), "walking/mine.html", mine=mine))


@router.get("/me/walking/goods")
async def goods(request: Request) -> HTMLResponse:
    """The piece of the page with everything that can be taken, by shelf."""
    desk = desk_of(request)
    places = places_of(desk.plan, _walker(request).stock())
    return _piece(fragment(desk, language_of(request), "walking/goods.html", places=places))


@router.post("/api/me/walking/gate")
async def hold(request: Request, shown: CodeShown) -> Said:
    """A body comes to the way in and holds the phone's newest code to the gate."""
    desk, walker, shopper = desk_of(request), _walker(request), _shopper(request)
    mine = mine_of(desk, walker, shopper)
    if mine is not None and mine.walk.doing not in OVER:
        raise Problem(409, "You walk in the shop already. Walk out first.")
    party, gate = next(iter(desk.personal.parties(shopper.subject, 1)), ""), next(iter(ways_in(desk.plan)), "")
    if not party or not gate:
        raise Problem(409, "There is no code or no gate to hold it to. Make a new code.")
    walker.arrives(party, gate)  # before the gate is asked, so that somebody stands there when it opens
    found = await decided(desk, KeyPresented(envelope=desk.envelope("web/gates"), gate=gate, code_hash=hash_of(shown.code)))
    if found is None or found.outcome == "denied" or found.party != party:
        _goes_home(walker, party)
    return said_of(found, Words(language_of(request)))


@router.post("/api/me/walking/takes")
async def take(request: Request, wanted: Wanted) -> Heard:
    """The body walks to a product and takes it."""
    mine = _steered(request)
    _walker(request).takes(mine.party, wanted.sku, wanted.pieces)
    return Heard(queued=mine.walk.queued + 1)


@router.post("/api/me/walking/returns")
async def put_back(request: Request, wanted: Wanted) -> Heard:
    """The body puts a product back where it belongs."""
    mine = _steered(request)
    _walker(request).puts_back(mine.party, wanted.sku, wanted.pieces)
    return Heard(queued=mine.walk.queued + 1)


@router.post("/api/me/walking/exit")
async def leave(request: Request) -> Heard:
    """The body walks out once it has done what it was told before."""
    mine = _steered(request)
    _walker(request).leaves(mine.party)
    return Heard(queued=mine.walk.queued)


def _walker(request: Request) -> Walker:
    walker = settings_of(request).walker
    if walker is None:
        raise Problem(404, "There is no such page here.")
    return walker


def _shopper(request: Request) -> Shopper:
    shopper = shopper_of(request)
    if shopper is None:
        raise GoTo("/me")
    return shopper


def _steered(request: Request) -> Mine:
    """One's own body, as long as it can be told something."""
    mine = mine_of(desk_of(request), _walker(request), _shopper(request))
    if mine is None or mine.walk.doing in OVER:
        raise Problem(409, "Nobody walks for you just now. Hold a code to the gate first.")
    if mine.walk.queued >= QUEUE_MAX:
        raise Problem(409, "One thing after the other, please: wait until some of it is done.")
    return mine


def _goes_home(walker: Walker, party: str) -> None:
    """The gate stays shut for it, or opened for somebody else: whoever stands there goes."""
    with suppress(Refused):  # it went by itself
        walker.leaves(party)


def _piece(html: str) -> HTMLResponse:
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})
