"""The reviewer's pages: `/review`, one question at a time, and what its scripts ask."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from saunter.base.errors import Refused
from saunter.ports.books import Member
from saunter.ports.desk import Desk, Live
from saunter.ports.documents import Asked, Moment
from saunter.records import Verdict
from saunter.web import floor, svg
from saunter.web.kept import kept
from saunter.web.live import event, event_stream
from saunter.web.marks import colour
from saunter.web.problems import Problem
from saunter.web.rendering import document, documents, page
from saunter.web.reviewer import views
from saunter.web.reviewer.constants import LEASE_S, LOOK_S_MAX, QUEUE_MAX, SHOWN_MAX, UNDO_S
from saunter.web.reviewer.leases import Leases
from saunter.web.reviewer.tallies import Tallies
from saunter.web.security import desk_of, settings_of, signed_in
from saunter.web.telling import told

router = APIRouter(tags=["review"])
#: What the queue's page says after something happened.
SAID: Final = {
    "thanks": "Thank you. Nothing else waits for you right now.",
    "late": "That question was over before your answer came. Nothing was changed by it.",
    "taken": "Somebody else is looking at that question.",
    "over": "That question is no longer open for you.",
    "back": "You gave the question back. Somebody else may take it.",
}
#: The streams of records that these pages tell the shop.
VERDICTS: Final = "web/verdicts"


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A moment with its pictures."""

    seen: views.Seen
    number: int
    floor: Markup
    front: Markup
    trace: svg.Chart
    data: Markup


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A renewed hold on a question: seconds of the shop's clock until it is due; `open` False: it is over, or somebody else's."""

    open: bool
    left_s: int


@router.get("/review")
def queue_page(request: Request, said: str = "") -> Response:
    """The queue and the reviewer's own figures."""
    desk, member = desk_of(request), _member(request)
    own = _tallies(request).own(desk.books, member.staff, desk.now())
    found = _queue(request, desk, member)
    return page(request, "reviewer/queue.html", queue=found, own=own, said=SAID.get(said, ""), purposes=views.PURPOSES)


@router.post("/review/next")
def take_next(request: Request) -> Response:
    """Hands the reviewer the next question, and only to this one."""
    return _to_next(request, _member(request), "thanks")


@router.get("/review/questions/{question:path}")
def question_page(request: Request, question: str) -> Response:
    """One question with its moments. Looking at it takes it, unless somebody else has."""
    desk, member = desk_of(request), _member(request)
    asked = _open_one(desk, question)
    if asked is None or not _may_see(request, asked, member):
        return _to_queue("over")
    first = views.first_id(asked.question)
    if not _leases(request).take(first, member.staff, _wall_s(request)):
        return _to_queue("taken")
    drawn = [_draw(desk, asked, moment, number) for number, moment in enumerate(_moments(desk, asked), 1)]
    letters = drawn[0].seen.moment.letters if len(drawn) == 1 else {}
    return page(
        request, "reviewer/question.html", asked=asked, first=first, drawn=drawn, undo_s=UNDO_S, lease_s=int(LEASE_S),
        keys=views.keys(asked.question, letters), left_s=views.left_s(asked.question, desk.now()),
        purpose=views.PURPOSES.get(asked.question.purpose, asked.question.purpose),
        payer=letters.get(asked.question.party, ""), colour=colour,
    )  # fmt: skip


@router.post("/review/questions/{question:path}")
async def answer(
    request: Request, question: str, key: Annotated[str, Form(max_length=8)], seconds: Annotated[float, Form()] = 0.0
) -> Response:
    """Takes an answer (a key, or "leave" to give the question back) and hands out the next question."""
    member = _member(request)
    if key == "leave":
        _leases(request).release(question, member.staff)
        return _to_queue("back")
    asked = await run_in_threadpool(_open_one, desk_of(request), question)
    if asked is None or not _may_see(request, asked, member):
        return _to_queue("late")
    pressed = _pressed(asked, key)
    if not _leases(request).take(views.first_id(asked.question), member.staff, _wall_s(request)):
        return _to_queue("taken")
    try:
        await _tell(request, asked, member, pressed, seconds)
    except Refused:
        _leases(request).release(views.first_id(asked.question), member.staff)
        return _to_queue("late")
    _leases(request).finish(views.first_id(asked.question), member.staff)
    return await run_in_threadpool(_to_next, request, member, "thanks")


@router.post("/api/review/holds/{question:path}")
def hold(request: Request, question: str) -> Response:
    """Keeps a question a while longer and says how long there is still time."""
    desk, member = desk_of(request), _member(request)
    asked = _open_one(desk, question)
    mine = asked is not None and _may_see(request, asked, member)
    mine = mine and _leases(request).take(question, member.staff, _wall_s(request))
    left_s = views.left_s(asked.question, desk.now()) if asked is not None else 0
    return Response(msgspec.json.encode(Held(open=mine, left_s=left_s)), media_type="application/json")


@router.get("/api/review/events")
def events(request: Request) -> Response:
    """The queue as it changes, without a word about shoppers."""
    desk, member = desk_of(request), _member(request)

    def render(change: Live) -> bytes | None:
        return event("queue", msgspec.json.encode(_queue(request, desk, member)))

    return event_stream(request, desk, ("questions",), render)


def _member(request: Request) -> Member:
    return signed_in(request, "reviewer", "manager")


def _wall_s(request: Request) -> float:
    return settings_of(request).wall_s()


def _leases(request: Request) -> Leases:
    return kept(request, Leases, Leases)


def _tallies(request: Request) -> Tallies:
    return kept(request, Tallies, lambda: Tallies(desk_of(request).plan.timezone))


def _may_see(request: Request, asked: Asked, member: Member) -> bool:
    """Whether a question is for this reviewer, who has not answered it a moment ago."""
    return views.may_see(asked, member.staff) and not _leases(request).has_answered(views.first_id(asked.question), member.staff)


def _queue(request: Request, desk: Desk, member: Member) -> views.Queue:
    leases, at_s = _leases(request), _wall_s(request)
    waiting = [asked for asked in _waiting(desk) if _may_see(request, asked, member)]
    firsts = [views.first_id(asked.question) for asked in waiting]
    holders = {first: leases.holder(first, at_s) for first in firsts}
    return views.queue(waiting, holders, member.staff, desk.now(), SHOWN_MAX)


def _waiting(desk: Desk) -> list[Asked]:
    """Open questions; where one is put a second time, only the second."""
    found = documents(desk, "question", Asked, state="open", limit=QUEUE_MAX)
    again = {asked.question.again for asked in found if asked.question.again}
    return [asked for asked in found if asked.question.id not in again]


def _open_one(desk: Desk, first: str) -> Asked | None:
    return next((asked for asked in _waiting(desk) if views.first_id(asked.question) == first), None)


def _moments(desk: Desk, asked: Asked) -> list[Moment]:
    names = asked.moments or tuple(
        filter(None, [asked.question.interaction, *(look.interaction for look in asked.question.looks)])
    )
    return [moment for name in names if (moment := document(desk, "moment", name, Moment)) is not None]


def _draw(desk: Desk, asked: Asked, moment: Moment, number: int) -> Drawn:
    seen = views.seen(moment, asked.question, desk.plan)
    window = (seen.replay.started_s, seen.replay.settled_s)
    traces, plates = moment.traces, moment.plates
    return Drawn(
        seen=seen,
        number=number,
        floor=floor.floor_map(desk.plan, f"floor-{number}", "Floor sketch of the moment", lit=plates),
        front=floor.front(desk.plan, f"front-{number}", moment.shelf, plates),
        trace=svg.traces(f"trace-{number}", "What the plates weighed", traces, plates, window, seen.replay.duration_s),
        data=Markup(views.data(seen.replay)),  # escaped for this place by `data`
    )


def _pressed(asked: Asked, key: str) -> views.Key:
    for known in views.keys(asked.question, {}):
        if str(known.key) == key:
            return known
    raise Problem(422, "That key means nothing at this question. Go back and choose one of those shown.")


async def _tell(request: Request, asked: Asked, member: Member, pressed: views.Key, seconds: float) -> None:
    kind, choice = views.said(pressed)
    desk, first = desk_of(request), views.first_id(asked.question)
    looked_s = _leases(request).seconds(first, member.staff, _wall_s(request))
    verdict = Verdict(
        envelope=desk.envelope(VERDICTS), question=first, answer=kind, choice=choice, reviewer=member.staff,
        seconds=round(look_seconds(seconds, looked_s), 3),
    )  # fmt: skip
    await told(desk, verdict)


def look_seconds(told_s: float, held_s: float) -> float:
    """How long a reviewer looked: what the page measured, but never longer than the question was theirs."""
    most = min(held_s, LOOK_S_MAX)
    return told_s if 0.0 < told_s <= most else most


def _to_next(request: Request, member: Member, otherwise: str) -> Response:
    """To the next question that is free."""
    desk, leases, at_s = desk_of(request), _leases(request), _wall_s(request)
    for asked in views.in_order(_waiting(desk)):
        first = views.first_id(asked.question)
        if _may_see(request, asked, member) and leases.take(first, member.staff, at_s):
            return RedirectResponse(f"/review/questions/{first}", 303)
    return _to_queue(otherwise)


def _to_queue(said: str) -> Response:
    return RedirectResponse(f"/review?said={said}", 303)
