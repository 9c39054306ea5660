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

from service.api.deps import Services
from service.auth import Scope
from service.console.pages import (
    access,
    accounts,
    audit,
    decisions,
    deliveries,
    drafting,
    overview,
    planning,
    pools,
    releasing,
    reviews,
    rulebook,
    signing,
    sources,
    trying,
)
from service.console.rendering import render
from service.console.security import SecureHeaders
from service.console.static_files import STATIC
from service.console.visit import open_page, page
from service.problems import Internal, NotFound, Problem

PATH = "/console"
_FOR_EVER = "public, max-age=31536000, immutable"


async def static(request: Request) -> Response:
    """A file that the pages load."""
    found = STATIC.get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    kept = _FOR_EVER if request.query_params.get("v") == found.digest else "no-cache"
    headers = {"cache-control": kept, "vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            found.packed, media_type=found.media_type, headers=headers | {"content-encoding": "gzip"}
        )
    return Response(found.body, media_type=found.media_type, headers=headers)


ROUTES = (
    Route("/", page(overview.overview)),
    Route("/sign-in", open_page(signing.ask)),
    Route("/sign-in", open_page(signing.sign_in), methods=["POST"]),
    Route("/sign-out", page(signing.sign_out, needs=None), methods=["POST"]),
    Route("/sign-in/away", open_page(signing.away), methods=["POST"]),
    Route("/sign-in/back", open_page(signing.back)),
    Route("/password", open_page(signing.ask_password)),
    Route("/password", open_page(signing.set_password), methods=["POST"]),
    Route("/access", page(access.overview, needs=Scope.ADMIN)),
    Route("/access/people", page(access.invite, needs=Scope.ADMIN), methods=["POST"]),
    Route("/access/people/{person_id}", page(access.change, needs=Scope.ADMIN), methods=["POST"]),
    Route("/access/keys", page(access.make_key, needs=Scope.ADMIN), methods=["POST"]),
    Route("/access/keys/{key_id}/revoke", page(access.revoke_key, needs=Scope.ADMIN), methods=["POST"]),
    Route("/audit", page(audit.listing, needs=Scope.ADMIN)),
    Route("/decisions", page(decisions.listing)),
    Route("/decisions/{decision_id}", page(decisions.one)),
    Route("/reviews", page(reviews.listing)),
    Route("/reviews/accounts", page(reviews.accounts)),
    Route("/reviews/{decision_id}", page(reviews.one)),
    Route("/reviews/{decision_id}/claim", page(reviews.hold, needs=Scope.OPS_EDITOR), methods=["POST"]),
    Route("/reviews/{decision_id}/leave", page(reviews.put_back, needs=Scope.OPS_EDITOR), methods=["POST"]),
    Route("/reviews/{decision_id}/settle", page(reviews.settle, needs=Scope.OPS_EDITOR), methods=["POST"]),
    Route("/reviews/{decision_id}/again", page(reviews.again, needs=Scope.OPS_EDITOR), methods=["POST"]),
    Route("/reviews/{decision_id}/undo", page(reviews.undo, needs=Scope.OPS_EDITOR), methods=["POST"]),
    Route("/try", page(trying.blank)),
    Route("/try", page(trying.preview, needs=Scope.MATCH), methods=["POST"]),
    Route("/accounts", page(accounts.search)),
    Route("/accounts/{external_id:path}", page(accounts.one)),
    Route("/pools", page(pools.listing)),
    Route("/pools/{name:path}", page(pools.one)),
    Route("/rulebook", page(rulebook.live)),
    Route("/rulebook/diff", page(rulebook.diff)),
    Route("/rulebook/draft", page(drafting.one)),
    Route("/rulebook/draft", page(drafting.save, needs=Scope.OPS_EDITOR), methods=["POST"]),
    Route("/rulebook/draft/drop", page(drafting.drop, needs=Scope.OPS_EDITOR), methods=["POST"]),
    Route("/rulebook/draft/check", page(drafting.check), methods=["POST"]),
    Route("/rulebook/draft/tests", page(drafting.test), methods=["POST"]),
    Route("/rulebook/draft/review", page(releasing.review, needs=Scope.OPS_APPROVER), methods=["POST"]),
    Route("/rulebook/draft/publish", page(releasing.publish, needs=Scope.OPS_APPROVER), methods=["POST"]),
    Route("/rulebook/catalogue", page(drafting.catalogue)),
    Route("/rulebook/rollback", page(releasing.roll_back, needs=Scope.OPS_APPROVER), methods=["POST"]),
    Route(
        "/rulebook/schedule/{schedule_id:int}/cancel",
        page(releasing.cancel, needs=Scope.OPS_APPROVER),
        methods=["POST"],
    ),
    Route("/rulebook/plans", page(planning.start, needs=Scope.OPS_EDITOR), methods=["POST"]),
    Route("/rulebook/plans/{plan_id}", page(planning.one)),
    Route("/rulebook/plans/{plan_id}/stop", page(planning.stop, needs=Scope.OPS_EDITOR), methods=["POST"]),
    Route("/rulebook/plans/{plan_id}/changes", page(planning.changes)),
    Route("/rulebook/plans/{plan_id}/changes/{decision_id}", page(planning.change)),
    Route("/rulebook/{version}", page(rulebook.version)),
    Route("/sources", page(sources.listing)),
    Route("/sources/{name}", page(sources.one)),
    Route("/sources/{name}/retry", page(sources.retry, needs=Scope.OPS_EDITOR), methods=["POST"]),
    Route(
        "/sources/{name}/items/{item:int}/retry",
        page(sources.retry, needs=Scope.OPS_EDITOR),
        methods=["POST"],
    ),
    Route("/deliveries", page(deliveries.listing)),
    Route(
        "/deliveries/{delivery_id:int}/replay",
        page(deliveries.replay, needs=Scope.OPS_EDITOR),
        methods=["POST"],
    ),
    Route(
        "/destinations/{destination_id}/replay",
        page(deliveries.replay_dead, needs=Scope.OPS_EDITOR),
        methods=["POST"],
    ),
    Route("/static/{name}", static),
)


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
    html = render(
        "problem.html",
        base=request.scope.get("root_path", ""),
        title=type(problem).title,
        detail=problem.detail,
    )
    return HTMLResponse(html, status_code=status or type(problem).status)
