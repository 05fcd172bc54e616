"""What anybody may read."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from saunter.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/")
async def landing(request: Request) -> HTMLResponse:
    """What this shop is."""
    return page(request, "public/landing.html")
