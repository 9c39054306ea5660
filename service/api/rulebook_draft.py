"""The draft of the rulebook, and what it would do: checks, tests, a try on the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.problems import RulebookInvalid
from routing.reading import MAX_BYTES
from service.api import rulebook_views as views
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy, takes_many
from service.api.revision import IfMatch, seen, stale, tagged
from service.api.views import answer
from service.auth import Caller, Scope
from service.db import approvals, rulebooks
from service.db.approvals import Review
from service.db.directory import directory
from service.db.recorded import Span
from service.db.rulebooks import Draft
from service.http.limits import Work
from service.http.problems import problems
from service.problems import (
    Conflict,
    Invalid,
    Malformed,
    RevisionNeeded,
    Stale,
    TooLarge,
    UnsupportedMediaType,
)
from service.rulebook import approval
from service.rulebook.comparison import Comparison
from service.rulebook.examination import COME_BACK, Examination, examine
from service.rulebook.live import compiled
from service.rulebook.replay import replay
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["rulebook"])
T = TypeVar("T")

YAML = ("application/yaml", "text/yaml", "application/x-yaml", "text/x-yaml")
_BODY = {
    "requestBody": {"content": {kind: {"schema": {"type": "string"}} for kind in YAML[:2]}, "required": False}
}
_PLANNED = 10_000
"""Contacts that a plan over HTTP routes at most; `muster rules plan` has no such limit."""

Editor = Annotated[Caller, require(Scope.OPS_EDITOR)]

_DRAFT = TypeAdapter(views.DraftView)
_CHECK = TypeAdapter(views.CheckView)
_TESTS = TypeAdapter(views.TestsView)
_PLAN = TypeAdapter(Comparison)


class PlanIn(BaseModel):
    """Which recorded contacts to route again: those of the last days, the newest ``limit`` of them."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=30, ge=1, le=3660)
    limit: int = Field(default=_PLANNED, ge=1, le=_PLANNED)


@api.get(
    "/v1/rulebook/draft",
    response_model=views.DraftView,
    summary="Read the draft",
    operation_id="getRulebookDraft",
    dependencies=[require(Scope.READ)],
)
async def get_draft(services: ServicesDep) -> Response:
    """The draft with what is wrong with it. ETag is what a change of it, or its publication, must name."""
    return await _draft_answer(services, await reading(services, rulebooks.draft))


@api.put(
    "/v1/rulebook/draft",
    response_model=views.DraftView,
    summary="Replace the draft",
    operation_id="putRulebookDraft",
    openapi_extra=_BODY,
    responses=problems(Malformed, TooLarge, UnsupportedMediaType, RevisionNeeded, Stale),
)
@takes_many
async def put_draft(
    request: Request, services: ServicesDep, editor: Editor, if_match: IfMatch = None
) -> Response:
    """Save the draft, also one that is not valid yet; the answer lists what is wrong with it."""
    based_on = seen(if_match)
    text = await _text(request)
    if text is None:
        raise Malformed("The body is empty; send the rulebook's text, or DELETE the draft")
    save = partial(rulebooks.save_draft, text=text, author=editor.name, at=services.now())
    return await _draft_answer(services, await _change_draft(services, based_on, save))


@api.delete(
    "/v1/rulebook/draft",
    response_model=views.DraftView,
    summary="Give up the draft",
    operation_id="deleteRulebookDraft",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(RevisionNeeded, Stale),
)
async def delete_draft(services: ServicesDep, if_match: IfMatch = None) -> Response:
    """Drop what was drafted; the draft is the live text again."""
    drop = partial(rulebooks.drop_draft, at=services.now())
    return await _draft_answer(services, await _change_draft(services, seen(if_match), drop))


# --- what would happen ------------------------------------------------------------


@api.post(
    "/v1/rulebook/check",
    response_model=views.CheckView,
    summary="Check a rulebook",
    operation_id="checkRulebook",
    dependencies=[require(Scope.READ)],
    openapi_extra=_BODY,
    responses=problems(Malformed, TooLarge, UnsupportedMediaType),
)
@takes_many
@heavy(Work.RULES)
async def check(request: Request, services: ServicesDep) -> Response:
    """Every fault of the text in the body, or of the draft, with line, column and what would be right.

    Where there is none, also what it probably does not mean to do (docs/rulebook-lint.md): each finding
    has a `witness`, a contact that shows it and has been routed by these rules. About a large book a worker
    reasons: `pending` says that it is not done, then ask again after `Retry-After`.
    """
    text = await _text_or_draft(request, services)
    found = await _examine(services, text, reason=True)
    later = {"Retry-After": str(COME_BACK)} if found.pending and not found.given_up else {}
    return answer(_CHECK, views.check(found), headers=later)


@api.post(
    "/v1/rulebook/test",
    response_model=views.TestsView,
    summary="Run the tests of a rulebook",
    operation_id="testRulebook",
    dependencies=[require(Scope.READ)],
    openapi_extra=_BODY,
    responses=problems(Malformed, TooLarge, UnsupportedMediaType),
)
@takes_many
@heavy(Work.RULES)
async def test(request: Request, services: ServicesDep) -> Response:
    """Run the tests inside the text in the body, or inside the draft."""
    text = await _text_or_draft(request, services)
    return answer(_TESTS, views.tests(await _examine(services, text, test=True)))


@api.post(
    "/v1/rulebook/draft/plan",
    response_model=Comparison,
    summary="Route recorded contacts through the draft and the live rulebook",
    operation_id="planRulebookDraft",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(Invalid, Conflict),
)
@heavy(Work.RULES)
async def plan(services: ServicesDep, wanted: PlanIn | None = None) -> Response:
    """Which assignments would change, who gains, who loses, by which rule. Changes nothing."""
    until = services.now()
    asked = wanted or PlanIn()
    span = Span(since=until - timedelta(days=asked.days), until=until, limit=asked.limit)
    return answer(_PLAN, await run_in_threadpool(_plan, services, span))


def _plan(services: Services, span: Span) -> Comparison:
    with services.database.read() as connection:
        draft = rulebooks.draft(connection)
        live = rulebooks.get(connection, draft.live) if draft.live is not None else None
    if live is None:
        raise Conflict("No rulebook is live yet; there is nothing to compare the draft with")
    try:
        after = compiled(draft.text)
    except RulebookInvalid:
        examination = examine(draft.text, span.until, test=False)
        raise views.refusal(examination) from None
    return replay(services.database, after, span, live=compiled(live.text))


async def reading(services: Services, work: Callable[[Connection], T]) -> T:
    """What ``work`` reads, in one consistent state of the database, off the event loop."""

    def run() -> T:
        with services.database.read() as connection:
            return work(connection)

    return await run_in_threadpool(run)


async def _examine(services: Services, text: str, *, test: bool = False, reason: bool = False) -> Examination:
    known = await reading(services, directory)
    look = partial(examine, known=known, test=test, reason=reason, database=services.database)
    return await run_in_threadpool(look, text, services.now())


async def _draft_answer(services: Services, draft: Draft) -> Response:
    examination = await _examine(services, draft.text)

    def said(connection: Connection) -> tuple[tuple[str, ...], list[Review]]:
        return approvals.authors(connection), approvals.of_draft(connection, draft.etag)

    authors, reviews = await reading(services, said)
    lacking = approval.lacking(reviews, authors, four_eyes=services.settings.rulebook_approval)
    shown = views.draft(draft, examination, authors, reviews, lacking)
    return answer(_DRAFT, shown, headers=tagged(draft.etag))


async def _change_draft(
    services: Services, based_on: frozenset[str], change: Callable[[Connection], Draft]
) -> Draft:
    def run(connection: Connection) -> Draft:
        present = rulebooks.draft(connection, lock=True)
        if present.etag not in based_on:
            raise stale(present.etag)
        return change(connection)

    return await run_in_threadpool(services.database.transact, run)


async def _text_or_draft(request: Request, services: Services) -> str:
    text = await _text(request)
    return text if text is not None else (await reading(services, rulebooks.draft)).text


async def _text(request: Request) -> str | None:
    """The rulebook in the body, None for an empty body. Raises UnsupportedMediaType, TooLarge, Malformed."""
    raw = await request.body()
    if not raw:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in YAML:
        raise UnsupportedMediaType(f"Send the rulebook's text as Content-Type: {YAML[0]} or {YAML[1]}")
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"A rulebook has at most {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"The rulebook is not UTF-8: see byte {error.start}") from None
    if "\0" in text:
        raise Malformed("The rulebook has a character of value 0; leave it out")
    return text
