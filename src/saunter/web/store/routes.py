"""The store's pages: `/store`, its panels, a visit's whole story, and what staff tell the shop."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from saunter.ports.desk import Desk, FloorNow, Live
from saunter.ports.documents import Bill, Check, Moment, Money, Visit, Warning
from saunter.records import AgeChecked, AlarmSeen, BillConfirmed, ReceiptLine, StoreCommand
from saunter.web import floor, svg
from saunter.web.kept import kept
from saunter.web.live import event, event_stream
from saunter.web.marks import colour
from saunter.web.problems import Problem
from saunter.web.rendering import document, documents, page, shop_now
from saunter.web.security import desk_of, signed_in
from saunter.web.store import views
from saunter.web.store.constants import ALARMS_MAX, GONE_MAX, LISTED_MAX
from saunter.web.store.gates import GateLog
from saunter.web.store.letters import Letters
from saunter.web.store.why import moments_behind
from saunter.web.telling import told

router = APIRouter(include_in_schema=False)
Panel = Literal["state", "tasks", "carts", "gone", "gates", "alarms"]
Action = Literal["open", "close", "shadow", "assisted", "automatic"]
#: Which panels a topic's changes are seen on.
PANELS: Final[dict[str, tuple[Panel, ...]]] = {
    "visits": ("carts", "gone", "tasks"),
    "gates": ("gates",),
    "checks": ("tasks",),
    "alarms": ("alarms",),
    "shop": ("state",),
}
#: What each action means, for the question "are you sure?".
ACTIONS: Final[dict[Action, str]] = {
    "open": "Open the shop: gates let people in",
    "close": "Close the shop: nobody comes in any more, those inside finish",
    "automatic": "Automatic: bills are charged as they are decided",
    "assisted": "Assisted: a person confirms every bill before it is charged",
    "shadow": "Shadow: bills are decided and shown, nothing is charged",
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
    return page(request, "store/store.html", map=drawn, **_all(request, desk))


@router.get("/store/panels/{panel}")
def panel_page(request: Request, panel: Panel) -> Response:
    """One panel by itself, for the page to put in place of the old one."""
    return page(request, f"store/{panel}.html", **_all(request, desk_of(request)))


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


@router.post("/store/alarms")
async def alarm_seen(
    request: Request, name: Annotated[str, Form(max_length=200)], subject: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """A manager has seen an alarm and takes care of it."""
    member, desk = signed_in(request, "manager"), desk_of(request)
    if not any(each.name == name and each.subject == subject for each in _alarms(desk)):
        raise Problem(409, "This alarm is no longer there.")
    await told(desk, AlarmSeen(envelope=desk.envelope("web/alarms"), name=name, subject=subject, by=member.staff))
    return _back("alarms")


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


def _all(request: Request, desk: Desk) -> dict[str, Any]:
    """What the panels show."""
    letters = kept(request, Letters, Letters)
    visits = _visits(desk)
    letters.keep({visit.party for visit in visits if visit.state != "settled"})
    alarms = views.alarms(_alarms(desk))
    return {
        "state_now": shop_now(desk), "actions": ACTIONS, "carts": views.carts(visits, letters.letter),
        "gone": views.gone(visits, GONE_MAX), "gates": kept(request, GateLog, GateLog).last(desk.books),
        "checks": views.open_checks(documents(desk, "check", Check, state="open", limit=LISTED_MAX)),
        "bills": views.held(_held(desk, visits), letters.letter, desk.plan.policies.charge_threshold),
        "letter": letters.letter, "colour": colour,
        "alarms": alarms[:ALARMS_MAX], "alarms_more": max(0, len(alarms) - ALARMS_MAX),
        "may_act": signed_in(request).role in ("staff", "manager"), "is_manager": signed_in(request).role == "manager",
    }  # fmt: skip


def _visits(desk: Desk) -> list[Visit]:
    """Every visit that is not over, and the newest of those that are."""
    settled = documents(desk, "visit", Visit, state="settled", limit=GONE_MAX)
    going = [documents(desk, "visit", Visit, state=state, limit=LISTED_MAX) for state in (*views.INSIDE, *views.LEAVING)]
    return [*(visit for found in going for visit in found), *settled]


def _held(desk: Desk, visits: list[Visit]) -> list[Bill]:
    """Held bills that wait for a confirmation, and not for a reviewer, an age check or a payment."""
    elsewhere = {visit.visit for visit in visits if visit.waits_for not in ("", "a confirmation")}
    bills = documents(desk, "bill", Bill, state="held", limit=LISTED_MAX)
    return [bill for bill in bills if bill.receipt.visit not in elsewhere]


def _alarms(desk: Desk) -> list[Warning]:
    return documents(desk, "alarm", Warning, limit=LISTED_MAX)


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
