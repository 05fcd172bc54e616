"""`/figures` for everybody, `/api/figures` for machines, and `/engine` for engineers."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from saunter.ports.desk import Desk
from saunter.ports.documents import Counted, Warning
from saunter.web.figures import views
from saunter.web.rendering import document, documents, page
from saunter.web.security import desk_of, signed_in_member

router = APIRouter(tags=["figures"])
#: Alarms on the engineers' page.
ALARMS_SHOWN = 20


@router.get("/figures", include_in_schema=False)
def figures_page(request: Request) -> Response:
    """What the shop's own counts say; managers and engineers see the counts themselves as well."""
    desk, member = desk_of(request), signed_in_member(request)
    counted = _counted(desk)
    found = _figures(desk, counted)
    return page(
        request, "figures/figures.html", found=found, counts=counted, charts=views.charts(counted, found),
        exact=None if found.exact is None else views.exact_chart(found.exact),
        certificate=views.certificate_words(found), goals=(views.MEDIAN_GOAL_S, views.P99_GOAL_S),
        detail=member is not None and member.role in ("manager", "engineer"),
    )  # fmt: skip


@router.get("/api/figures")
def figures_of_the_shop(request: Request) -> Response:
    """All figures as JSON: rates with exact 95 % intervals; null where nothing was counted yet."""
    desk = desk_of(request)
    return Response(msgspec.json.encode(_figures(desk, _counted(desk))), media_type="application/json")


@router.get("/engine", include_in_schema=False)
def engine_page(request: Request) -> Response:
    """How the running shop itself is: queues, lag, plates that are not well, the last alarms."""
    return page(request, "figures/engine.html", **_engine(desk_of(request)))


@router.get("/engine/panel", include_in_schema=False)
def engine_panel(request: Request) -> Response:
    """The part of the page that changes."""
    return page(request, "figures/engine_panel.html", **_engine(desk_of(request)))


def _counted(desk: Desk) -> Counted:
    return document(desk, "figures", desk.plan.store, Counted) or Counted()


def _figures(desk: Desk, counted: Counted) -> views.Figures:
    return views.figures(counted, desk.plan.policies.overcharge_bound, desk.plan.currency)


def _engine(desk: Desk) -> dict[str, Any]:
    alarms = documents(desk, "alarm", Warning, limit=ALARMS_SHOWN)
    about = {alarm.subject: alarm for alarm in alarms if alarm.subject in desk.plan.plates}
    return {
        "facts": dict(sorted(desk.status().items())),
        "alarms": alarms,
        "plates": about,
        "plates_in_all": len(desk.plan.plates),
    }
