"""The store's pages: `/store`, its panels, a visit's whole story, and what staff tell the shop."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from saunter.ports.books import Place
from saunter.ports.desk import Desk, FloorNow, Live
from saunter.ports.documents import Bill, Check, Moment, Money, Visit, Warning
from saunter.records import AgeChecked, AlarmSeen, BillConfirmed, ReceiptLine, StoreCommand
from saunter.web import floor, svg
from saunter.web.kept import kept
from saunter.web.live import event, event_stream
from saunter.web.problems import Problem
from saunter.web.rendering import document, documents, page
from saunter.web.security import desk_of, signed_in
from saunter.web.store import views
from saunter.web.store.alarms import MONEY, item, kind_of
from saunter.web.store.constants import ALARMS_PAGE
from saunter.web.store.letters import Letters
from saunter.web.store.money import WORDS
from saunter.web.store.panels import ACTIONS, Action, Panel, everything, new_alarms, who_in
from saunter.web.store.panels import panel as panel_of
from saunter.web.store.why import moments_behind
from saunter.web.telling import told

router = APIRouter(include_in_schema=False)
#: An instant in an address or a form: nineteen digits alone would be a card number one time in ten (`web.shield`).
SPELLED: Final = r"^t\d{1,19}$"
#: Which panels a topic's changes are seen on.
PANELS: Final[dict[str, tuple[Panel, ...]]] = {
    "visits": ("carts", "gone", "tasks"),
    "gates": ("gates",),
    "checks": ("tasks",),
    "alarms": ("alarms", "tasks"),
    "shop": ("state",),
}


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt line with the moments it follows from, drawn."""

    line: ReceiptLine
    moments: tuple[tuple[Moment, svg.Chart], ...]


class _Places:
    """Says where a floor point is; the plan's geometry is worked out once."""

    def __init__(self, near: views.Place) -> None:
        self.near = near


@router.get("/store")
def store_page(request: Request) -> Response:
    """The whole shop on one page."""
    desk = desk_of(request)
    drawn = floor.floor_map(desk.plan, "map", f"Floor of {desk.plan.name}, live")
    return page(request, "store/store.html", map=drawn, **everything(request))


@router.get("/store/panels/{panel}")
def panel_page(request: Request, panel: Panel) -> Response:
    """One panel by itself, for the page to put in place of the old one."""
    return page(request, f"store/{panel}.html", **panel_of(request, panel))


@router.get("/store/visits/{visit:path}")
def visit_page(request: Request, visit: str) -> Response:
    """A visit: its receipt line by line, why, what became of it, and its payment."""
    desk = desk_of(request)
    found = document(desk, "visit", visit, Visit)
    if found is None:
        raise Problem(404, "There is no visit of this name in the books.")
    bill = document(desk, "bill", visit, Bill)
    payments = documents(desk, "payment", Money, owner=found.party, limit=3)
    lines = [_why(desk, line, number) for number, line in enumerate(bill.receipt.lines)] if bill else []
    return page(
        request,
        "store/visit.html",
        visit=found,
        bill=bill,
        lines=lines,
        payments=payments,
        standing=views.standing(found),
        names=_names(bill),
        failed=WORDS,
    )


@router.post("/store/commands")
async def command(request: Request, action: Annotated[Action, Form()], sure: Annotated[str, Form()] = "") -> Response:
    """Opens or closes the shop or changes its mode, once the manager has said that they are sure."""
    member = signed_in(request, "manager")
    if sure != "yes":
        raise Problem(422, f"{ACTIONS[action]}. Go back and tick the box that says you are sure.")
    desk = desk_of(request)
    await told(desk, StoreCommand(envelope=desk.envelope("web/commands"), action=action, by=member.staff))
    return _back("state")


@router.post("/store/checks")
async def age_check(
    request: Request, check: Annotated[str, Form(max_length=200)], approved: Annotated[Literal["yes", "no"], Form()]
) -> Response:
    """Somebody looked whether a shopper is old enough."""
    member, desk = signed_in(request, "staff", "manager"), desk_of(request)
    asked = document(desk, "check", check, Check)
    if asked is None or asked.state != "open":
        raise Problem(409, "This check is over: somebody else made it, or the goods went back. Nothing was changed.")
    checked = AgeChecked(envelope=desk.envelope("web/checks"), check=check, approved=approved == "yes", staff=member.staff)
    await told(desk, checked)
    return _back("tasks")


@router.post("/store/bills")
async def confirm_bill(
    request: Request,
    visit: Annotated[str, Form(max_length=200)],
    receipt: Annotated[str, Form(max_length=200)],
    dropped: Annotated[list[str] | None, Form(max_length=500)] = None,
) -> Response:
    """Lets a held bill go, without the lines that were ticked off."""
    member, desk = signed_in(request, "staff", "manager"), desk_of(request)
    bill = document(desk, "bill", visit, Bill)
    if bill is None or bill.state != "held" or bill.receipt.id != receipt:
        raise Problem(409, "This bill no longer waits, or another one took its place. Nothing was changed.")
    unknown = sorted(set(dropped or ()) - {line.sku for line in bill.receipt.lines})
    if unknown:
        raise Problem(422, "A line to drop is not on this bill. Go back, reload the page and try again.")
    confirmed = BillConfirmed(
        envelope=desk.envelope("web/bills"), receipt=receipt, by=member.staff, dropped=tuple(sorted(set(dropped or ())))
    )
    await told(desk, confirmed)
    return _back("tasks")


@router.get("/store/alarms")
def all_alarms(request: Request, at: Annotated[str, Query(pattern=SPELLED)] = "t0", key: str = "") -> Response:
    """Every alarm there ever was, page by page, the newest first."""
    desk = desk_of(request)
    after = Place(instant(at), key) if key else None
    found = desk.books.documents("alarm", limit=ALARMS_PAGE + 1, after=after)
    who = who_in(desk, kept(request, Letters, Letters))
    warnings = [msgspec.json.decode(each.body, type=Warning) for each in found[:ALARMS_PAGE]]
    rows = [(kind_of(each.name), item(each, who)) for each in warnings]
    older = found[ALARMS_PAGE - 1].place if len(found) > ALARMS_PAGE else None
    return page(request, "store/all_alarms.html", rows=rows, older=older, is_first=after is None)


@router.post("/store/alarms")
async def alarm_seen(
    request: Request,
    name: Annotated[str, Form(max_length=200)],
    subject: Annotated[str, Form(max_length=200)] = "",
    until: Annotated[str, Form(pattern=SPELLED)] = "t0",
) -> Response:
    """Somebody has seen to an alarm, or to all of a name up to the instant that the page showed (`until`, ns UTC)."""
    member, desk = signed_in(request, "staff", "manager"), desk_of(request)
    if kind_of(name).only_manager and member.role != "manager":
        raise Problem(403, "This is about money: a manager says when it is settled.")
    last = instant(until)
    meant = [each for each in new_alarms(desk) if each.name == name and (each.last <= last if last else each.subject == subject)]
    if not meant:
        raise Problem(409, "Nobody needs to see to this any more. Nothing was changed.")
    seen = [AlarmSeen(envelope=desk.envelope("web/alarms"), name=name, subject=each.subject, by=member.staff) for each in meant]
    await asyncio.gather(*(told(desk, each) for each in seen))
    return _back("tasks" if name in MONEY else "alarms")


@router.get("/api/store/events")
def events(request: Request) -> Response:
    """The floor as it moves, and the names of panels whose content changed."""
    letter = kept(request, Letters, Letters).letter
    near = _near(request)

    def render(change: Live) -> bytes | None:
        if change.topic == "floor":
            now = msgspec.json.decode(change.body, type=FloorNow)
            return event("floor", msgspec.json.encode(views.floor_now(now, letter, near)))
        return event("changed", msgspec.json.encode(PANELS[change.topic])) if change.topic in PANELS else None

    return event_stream(request, desk_of(request), ("floor", *PANELS), render)


def _near(request: Request) -> views.Place:
    return kept(request, _Places, lambda: _Places(views.places(desk_of(request).plan))).near


def _why(desk: Desk, line: ReceiptLine, number: int) -> Why:
    moments = moments_behind(desk.books, line.because)
    return Why(line=line, moments=tuple((moment, _trace(moment, f"why-{number}-{n}")) for n, moment in enumerate(moments)))


def _trace(moment: Moment, name: str) -> svg.Chart:
    started, settled = ((at - moment.began) / 1e9 for at in (moment.started, moment.settled))
    last = max([settled, 1.0, *(trace.times_s[-1] for trace in moment.traces if trace.times_s)])
    title = f"What the plates of shelf {moment.shelf} weighed"
    return svg.traces(name, title, moment.traces, moment.plates, (started, settled), last)


def _names(bill: Bill | None) -> dict[str, str]:
    """What the products of a bill are called."""
    return {} if bill is None else bill.names | {line.sku: line.name for line in bill.receipt.lines}


def _back(place: str) -> Response:
    return RedirectResponse(f"/store#{place}", 303)


def instant(spelled: str) -> int:
    """What was spelled (ns UTC)."""
    return int(spelled.removeprefix("t"))
