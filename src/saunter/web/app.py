"""The pages of a running shop as one web application."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from saunter.base.errors import Refused
from saunter.ports.desk import Desk
from saunter.web.access import ACCESS
from saunter.web.answers import on_http, on_mistakes, on_problem, on_redirect, on_refusal
from saunter.web.paces import Paces
from saunter.web.problems import GoTo, Problem
from saunter.web.security import allowed
from saunter.web.settings import Settings
from saunter.web.shield import Shield

#: The modules with a `router` each, which holds whole paths and no routers within.
ROUTED: Final = (
    "public.routes", "staff.routes", "shopper.routes", "shopper.receipts", "walking.routes", "gate.routes", "reviewer.routes",
    "store.routes", "figures.routes",
)  # fmt: skip

#: Every way of being told no, as machines read it (RFC 9457).
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": "What is wrong, and what to do about it",
        "content": {"application/problem+json": {"schema": {
            "type": "object", "required": ["title", "status", "detail"],
            "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
                           "detail": {"type": "string"}},
        }}},
    }
    for status in ("4XX", 422, 503)
}  # fmt: skip


def create_app(desk: Desk, settings: Settings | None = None) -> FastAPI:
    """The pages for one shop. Raises ValueError naming every route that does not stand in `access.ACCESS`."""
    chosen = settings or Settings()
    app = FastAPI(
        title="Saunter", description="What phones, gates, reviewers and staff ask of the shop.", version="1",
        docs_url=None, redoc_url=None, openapi_url=None, responses=ANSWERS, dependencies=[Depends(allowed)],
        middleware=[Middleware(Shield, plan=desk.plan, secure=chosen.secure)],
        exception_handlers={
            Problem: on_problem, GoTo: on_redirect, HTTPException: on_http, Refused: on_refusal,
            RequestValidationError: on_mistakes,
        },
    )  # fmt: skip
    app.state.desk, app.state.settings = desk, chosen
    app.state.paces, app.state.streams = Paces(chosen.wall_s), Counter()
    for router in routers():
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    return app


def routers() -> list[APIRouter]:
    """The routers of all rooms. Raises ValueError naming every route whose access nobody decided."""
    found: list[APIRouter] = [import_module(f"saunter.web.{name}").router for name in ROUTED]
    undecided = [place for router in found for place in places(router) if place not in ACCESS]
    if undecided:
        raise ValueError(f"say in saunter.web.access who may use {', '.join(f'{method} {path}' for method, path in undecided)}")
    return found


def places(router: APIRouter) -> list[tuple[str, str]]:
    """Every route of a router as it stands in `ACCESS`. Raises ValueError for what is no plain route: nothing slips in."""
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    if len(routes) < len(router.routes):
        raise ValueError("a router of the pages holds plain routes only; name routers within routers in ROUTED")
    return [(method, route.path) for route in routes for method in sorted(route.methods or ()) if method != "HEAD"]
