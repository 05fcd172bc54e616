"""A gate: its demo page, and what scanners and card terminals send."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse

from saunter.ports.books import Method
from saunter.ports.desk import Desk
from saunter.records import CardPresented, EntryDecided, KeyPresented, Purpose
from saunter.web.gate.deciding import decided
from saunter.web.notices import CURRENT
from saunter.web.problems import Problem
from saunter.web.rendering import page
from saunter.web.security import desk_of, fresh_id, settings_of
from saunter.web.shopper.codes import hash_of
from saunter.web.words import Words, language_of

router = APIRouter()

#: What a terminal's token may look like: it begins with a letter, as no card number does.
TOKEN: Final = r"^[A-Za-z][A-Za-z0-9_\-]{3,79}$"


class CodeShown(BaseModel):
    """A code that a scanner read."""

    code: Annotated[str, Field(min_length=1, max_length=100)]


class CardShown(BaseModel):
    """A card that was held to a terminal. `review`: the shopper pressed yes to a person looking at doubtful moments."""

    model_config = ConfigDict(extra="forbid")
    token: Annotated[str, Field(pattern=TOKEN)]
    last_four: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    people: Annotated[int, Field(ge=1, le=99)] = 1
    review: bool = False


class Said(BaseModel):
    """What the gate does. `reason` is why it stays shut, `words` what to tell the person in the language asked for."""

    outcome: Literal["admitted", "denied", "authorising"]
    reason: str = ""
    title: str
    words: str


@router.get("/gate/{gate:path}", include_in_schema=False)
async def gate_page(request: Request, gate: str) -> HTMLResponse:
    """The demo of a gate: a field that a scanner types into, and a button in place of a card."""
    desk = desk_of(request)
    _check(desk, gate)
    needs_secret = bool(settings_of(request).gate_secret)
    return page(
        request, "gate/gate.html", gate=gate, notice=CURRENT, token=fresh_id("tok"), needs_secret=needs_secret,
        people_max=desk.plan.policies.key_people_max,
    )  # fmt: skip


@router.post("/api/gates/{gate:path}/codes", tags=["gates"], summary="A scanner read a code")
async def code_shown(request: Request, gate: str, shown: CodeShown) -> Said:
    """Asks the shop whether this code opens this gate. Only the code's hash goes further than this."""
    desk = desk_of(request)
    _check(desk, gate)
    presented = KeyPresented(envelope=desk.envelope("web/gates"), gate=gate, code_hash=hash_of(shown.code))
    return said_of(await decided(desk, presented), Words(language_of(request)))


@router.post("/api/gates/{gate:path}/cards", tags=["gates"], summary="A card was held to the terminal")
async def card_shown(request: Request, gate: str, shown: CardShown) -> Said:
    """Comes in by card: the terminal showed the notice, and gives a token and the last four digits."""
    desk = desk_of(request)
    _check(desk, gate)
    purposes: tuple[Purpose, ...] = ("run the shop", "review") if shown.review else ("run the shop",)
    method = Method(method=fresh_id("method"), subject="", token=shown.token, last_four=shown.last_four, brand="card")
    try:
        desk.personal.keep_method(method)
    except ValueError:
        raise Problem(422, "A terminal sends a token and the last four digits, never a card number.") from None
    presented = CardPresented(
        envelope=desk.envelope("web/gates"), gate=gate, party=fresh_id("party"), method=method.method, people=shown.people,
        purposes=purposes, notice=CURRENT,
    )  # fmt: skip
    return said_of(await decided(desk, presented), Words(language_of(request)))


def _check(desk: Desk, gate: str) -> None:
    if gate not in desk.plan.gates:
        raise Problem(404, f"This shop has no such gate, only {', '.join(desk.plan.gates) or 'none'}.")


def said_of(found: EntryDecided | None, words: Words) -> Said:
    """What the gate says of a decision, in words."""
    if found is None:
        raise Problem(503, "The shop says nothing just now. Please try again.", {"Retry-After": "2"})
    text = words(f"denial.{found.reason}") if found.outcome == "denied" and found.reason else words(f"gate.{found.outcome}_text")
    return Said(outcome=found.outcome, reason=found.reason, title=words(f"gate.{found.outcome}"), words=text)
