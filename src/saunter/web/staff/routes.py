"""Signing in and out, and the first page of a member of staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from saunter.web.constants import SIGN_IN_CHARACTERS_MAX
from saunter.web.rendering import page
from saunter.web.security import desk_of, end_session, new_session, signed_in
from saunter.web.staff.members import member_with

router = APIRouter(include_in_schema=False)


@router.get("/staff/sign-in")
async def sign_in_page(request: Request, next: str = "/staff") -> HTMLResponse:
    """The form."""
    return page(request, "staff/sign_in.html", next=_inside(next), failed=False)


@router.post("/staff/sign-in")
async def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=SIGN_IN_CHARACTERS_MAX)] = "",
    password: Annotated[str, Form(max_length=SIGN_IN_CHARACTERS_MAX)] = "",
    next: Annotated[str, Form(max_length=SIGN_IN_CHARACTERS_MAX)] = "/staff",
) -> Response:
    """Name and password; what was wrong is not told."""
    member = await member_with(desk_of(request).personal, name.strip(), password)
    if member is None:
        return page(request, "staff/sign_in.html", status=401, next=_inside(next), failed=True)
    response = RedirectResponse(_inside(next), 303)
    end_session(request, response)
    new_session(request, response, member)
    return response


@router.post("/staff/sign-out")
async def sign_out(request: Request) -> RedirectResponse:
    """Ends the session here and in the books."""
    response = RedirectResponse("/", 303)
    end_session(request, response)
    return response


@router.get("/staff")
async def home(request: Request) -> HTMLResponse:
    """What this member of staff may see."""
    return page(request, "staff/home.html", who=signed_in(request))


def _inside(place: str) -> str:
    """A page of ours, or the first page: nobody is sent elsewhere by an address."""
    return place if place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable() else "/staff"
