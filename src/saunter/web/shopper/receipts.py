"""Receipts on the phone: to read, to keep, to understand and to dispute. Only their owner sees them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response

from saunter.base.money import Money, to_decimal_text
from saunter.base.time import format_iso
from saunter.ports.books import Shopper
from saunter.records import DisputeChanged, DisputeRaised
from saunter.web.notices import CURRENT
from saunter.web.problems import GoTo, Problem
from saunter.web.rendering import page
from saunter.web.security import desk_of, shopper_of
from saunter.web.shopper.drawing import moment_drawings
from saunter.web.shopper.views import Paper, evidence_of, history_of, how_sure, line_of, paper_of
from saunter.web.telling import told

router = APIRouter()

Claim = Literal["not taken", "fewer taken", "put back"]
CLAIMS: Final[tuple[Claim, ...]] = ("not taken", "fewer taken", "put back")


class LineOut(BaseModel):
    """One line of a receipt; amounts are whole minor units."""

    sku: str
    gtin: str
    name: str
    quantity: int
    unit_price_minor: int
    tax_rate: str
    tax_minor: int
    total_minor: int
    probability: float = Field(description="how sure the shop was when it charged")


class GivenBack(BaseModel):
    """Pieces of a line that were given back."""

    sku: str
    quantity: int
    total_minor: int
    reason: str


class ReceiptOut(BaseModel):
    """A receipt as a machine reads it. `due` is the total less what was given back, as a decimal string."""

    receipt: str
    visit: str
    store: str
    sent: str
    currency: str
    lines: list[LineOut]
    net_minor: int
    tax_minor: int
    total_minor: int
    given_back: list[GivenBack]
    due_minor: int
    due: str
    helped: bool = Field(description="whether a person looked at a moment of this visit")
    payment: str


@router.get("/me/receipts", include_in_schema=False)
async def history(request: Request) -> HTMLResponse:
    """All receipts of this shopper."""
    return page(request, "shopper/history.html", bills=history_of(desk_of(request), _shopper(request)))


@router.get("/me/receipts/{visit:path}.json", tags=["shopper"], summary="A receipt of one's own")
async def as_json(request: Request, visit: str) -> ReceiptOut:
    """The receipt for machines: what was charged, what was given back, and how sure the shop was."""
    return _out(_paper(request, visit))


@router.get("/me/receipts/{visit:path}.eml.html", include_in_schema=False)
async def for_mail(request: Request, visit: str) -> HTMLResponse:
    """The receipt for an e-mail: one file that needs nothing else. It is saved, not shown, so it may carry its own styles."""
    paper = _paper(request, visit)
    response = page(request, "shopper/mail.html", paper=paper)
    response.headers["Content-Disposition"] = 'attachment; filename="receipt.html"'
    return response


@router.get("/me/receipts/{visit:path}/lines/{sku}", include_in_schema=False)
async def why(request: Request, visit: str, sku: str) -> HTMLResponse:
    """Why was I charged? One line, down to the moments that speak for it."""
    desk, paper = desk_of(request), _paper(request, visit)
    line = line_of(paper, sku)
    evidence = evidence_of(desk, paper, line.line.because)
    drawn = [moment_drawings(desk.plan, index, each) for index, each in enumerate(evidence, start=1)]
    return page(
        request, "shopper/why.html", paper=paper, line=line, moments=list(zip(evidence, drawn, strict=True)), how_sure=how_sure
    )


@router.get("/me/receipts/{visit:path}", include_in_schema=False)
async def receipt(request: Request, visit: str, said: str = "") -> HTMLResponse:
    """The receipt itself, with a way to say that something on it is wrong."""
    paper = _paper(request, visit)
    return page(request, "shopper/receipt.html", paper=paper, claims=CLAIMS, notice=CURRENT, said=said == "thanks")


@router.post("/me/receipts/{visit:path}/disputes", include_in_schema=False)
async def dispute(
    request: Request,
    visit: str,
    sku: Annotated[str, Form(max_length=200)],
    claim: Annotated[Claim, Form()],
    quantity: Annotated[int, Form(ge=1, le=10_000)] = 1,
) -> Response:
    """Pieces of one line were not taken, says the shopper; the shop decides what follows."""
    desk, paper = desk_of(request), _paper(request, visit)
    line = line_of(paper, sku)
    if not 1 <= quantity <= line.disputable:
        raise Problem(409, "These pieces cannot be disputed any more. Staff in the shop will help you.")
    raised = DisputeRaised(
        envelope=desk.envelope("web/disputes"), visit=visit, receipt=paper.bill.receipt.id, sku=sku, quantity=quantity,
        claim=claim,
    )  # fmt: skip
    said = await told(desk, raised)
    refusals = [each.reason for each in said if isinstance(each, DisputeChanged) and each.outcome == "refused"]
    if refusals:
        raise Problem(409, refusals[0])
    return RedirectResponse(f"/me/receipts/{visit}?said=thanks", 303)


def _shopper(request: Request) -> Shopper:
    shopper = shopper_of(request)
    if shopper is None:
        raise GoTo("/me")
    return shopper


def _paper(request: Request, visit: str) -> Paper:
    return paper_of(desk_of(request), _shopper(request), visit)


def _out(paper: Paper) -> ReceiptOut:
    bill, receipt = paper.bill, paper.bill.receipt
    names = LineOut.model_fields
    return ReceiptOut(
        receipt=receipt.id, visit=receipt.visit, store=receipt.envelope.store, sent=format_iso(bill.sent or bill.at),
        currency=receipt.currency, net_minor=receipt.net_minor, tax_minor=receipt.tax_minor, total_minor=receipt.total_minor,
        lines=[LineOut(**{name: getattr(line, name) for name in names}) for line in receipt.lines],
        given_back=[
            GivenBack(sku=line.sku, quantity=line.quantity, total_minor=line.total_minor, reason=correction.reason)
            for correction in bill.corrections for line in correction.lines
        ],
        due_minor=bill.due_minor, due=to_decimal_text(Money(bill.due_minor, receipt.currency)), helped=bill.helped,
        payment=bill.payment,
    )  # fmt: skip
