"""The console as an application of its own, to be mounted beside the API.

Server-rendered pages over the same repositories as the API. Nothing is loaded
from elsewhere, no script or style stands in a page, and no page decides
anything: it shows what was decided.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from service.console.rendering import render
from service.console.routes import ROUTES
from service.console.security import SecureHeaders
from service.console.way_back import stands_on
from service.problems import Internal, NotFound, Problem
from service.services import Services

PATH = "/console"


def console(services: Services) -> Starlette:
    """The console over these parts."""
    app = Starlette(
        routes=ROUTES,
        middleware=[Middleware(SecureHeaders)],
        exception_handlers={Problem: _on_problem, HTTPException: _on_http, Exception: _on_fault},
    )
    app.state.services = services
    return app


def routes(services: Services) -> tuple[Mount, Route]:
    """What an application adds to serve the console, and to lead to it from its root."""
    return Mount(PATH, app=console(services), name="console"), Route("/", _to_console)


async def _to_console(_: Request) -> Response:
    return RedirectResponse(PATH + "/", status_code=303)


async def _on_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return await run_in_threadpool(_answer, request, problem)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return await run_in_threadpool(_answer, request, NotFound("There is no such page"))
    problem = Internal("The console cannot do this")
    return await run_in_threadpool(_answer, request, problem, error.status_code)


async def _on_fault(request: Request, _: Exception) -> Response:
    """The last resort. The error goes on to the application around us, which logs it."""
    return await run_in_threadpool(_answer, request, Internal("A fault of the service. Nothing was changed."))


def _answer(request: Request, problem: Problem, status: int | None = None) -> Response:
    part = request.headers.get("hx-request") == "true"
    html = render(
        "problem_part.html" if part else "problem.html",
        base=request.scope.get("root_path", ""),
        title=type(problem).title,
        problem=problem,
        back=stands_on(request),
    )
    return HTMLResponse(html, status_code=status or type(problem).status, headers=dict(problem.headers))
