"""How mistakes are answered: a kind page for people, problem+json for machines."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from saunter.base.errors import Refused
from saunter.web.problems import GoTo, Problem
from saunter.web.rendering import page


def is_for_machines(request: Request) -> bool:
    """Whether the answer is read by a program: everything below /api."""
    return request.url.path.startswith("/api")


def answer(request: Request, problem: Problem) -> Response:
    """A problem as its reader understands it."""
    title = HTTPStatus(problem.status).phrase
    if is_for_machines(request):
        body = {"type": "about:blank", "title": title, "status": problem.status, "detail": problem.detail}
        return JSONResponse(body, problem.status, problem.headers, media_type="application/problem+json")
    response = page(request, "error.html", status=problem.status, title=title, detail=problem.detail)
    response.headers.update(problem.headers)
    return response


async def on_problem(request: Request, error: Exception) -> Response:
    """Answers a `Problem`."""
    assert isinstance(error, Problem)
    return answer(request, error)


async def on_redirect(request: Request, error: Exception) -> Response:
    """Sends the person on; a machine is told that it has to sign in."""
    assert isinstance(error, GoTo)
    if is_for_machines(request):
        return answer(request, Problem(401, "sign in first"))
    return RedirectResponse(error.place, 303)


async def on_http(request: Request, error: Exception) -> Response:
    """Answers what the framework refuses: no such page, a method that a page does not take, a broken body."""
    assert isinstance(error, HTTPException)
    words = {404: "There is no such page here.", 405: "This page cannot be used like that."}
    return answer(request, Problem(error.status_code, words.get(error.status_code, str(error.detail)), error.headers))


async def on_mistakes(request: Request, error: Exception) -> Response:
    """Answers a body or a parameter that cannot be understood, all mistakes at once; what was typed is not repeated."""
    assert isinstance(error, RequestValidationError)
    found = [f"{'.'.join(str(part) for part in mistake['loc'][1:]) or 'body'}: {mistake['msg']}" for mistake in error.errors()]
    return answer(request, Problem(422, "; ".join(found)))


async def on_refusal(request: Request, error: Exception) -> Response:
    """Answers what the shop refuses, with its reason."""
    assert isinstance(error, Refused)
    return answer(request, Problem(409, str(error)))
