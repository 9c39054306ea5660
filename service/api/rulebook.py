"""The rulebook: what is live, what was live, publishing and taking back. The draft has a file of its own."""

from __future__ import annotations

import difflib
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.problems import RulebookInvalid
from routing.schema import rulebook_schema
from service.api import rulebook_draft, rulebook_plans, rulebook_release, rulebook_watch
from service.api import rulebook_views as views
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.api.revision import IfMatch, IfNoneMatch, same, tagged
from service.api.rulebook_draft import reading
from service.api.rulebook_release import Approver, changing, looked_at
from service.api.views import answer
from service.auth import Scope
from service.db import approvals, rulebooks
from service.http.limits import Work
from service.http.problems import problems
from service.problems import Conflict, FieldError, Invalid, NotFound, RevisionNeeded, Stale
from service.rulebook import publishing
from service.rulebook.live import compiled

api = APIRouter(route_class=Endpoint, tags=["rulebook"])
api.include_router(rulebook_draft.api)
api.include_router(rulebook_release.api)
api.include_router(rulebook_watch.api)
api.include_router(rulebook_plans.api)

VersionPath = Annotated[str, Path(min_length=4, max_length=64, description="A version, or how it begins.")]

_LIVE = TypeAdapter(views.LiveView)
_PUBLISHED = TypeAdapter(views.PublishedView)
_ROLLED_BACK = TypeAdapter(views.RollbackView)
_HISTORY = TypeAdapter(views.HistoryPage)
_VERSION = TypeAdapter(views.VersionView)
_DIFF = TypeAdapter(views.DiffView)
_SCHEMA = TypeAdapter(dict[str, Any])


class PublishIn(BaseModel):
    """Why the draft goes live."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=1000, examples=["New territory for Brazil from May"])


class RollbackIn(BaseModel):
    """Why, and to which version; without one to the version that the live one replaced."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=1000, examples=["Fallback share doubled"])
    version: str | None = Field(default=None, min_length=4, max_length=64)


@api.get(
    "/v1/rulebook",
    response_model=views.LiveView,
    summary="Read the live rulebook",
    operation_id="getRulebook",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound) | {304: {"description": "The version in If-None-Match is live."}},
)
async def get_rulebook(services: ServicesDep, if_none_match: IfNoneMatch = None) -> Response:
    """The text that decides now, what is in it, and who put it live, when and why. ETag is its version."""

    def read(connection: Connection) -> views.LiveView | None:
        live = rulebooks.live_version(connection)
        if live is None:
            raise NotFound("No rulebook is live yet; publish one first")
        if same(if_none_match, live):
            return None
        stored, [said] = rulebooks.get(connection, live), rulebooks.publications(connection, limit=1)
        reviews = approvals.of_publications(connection, [said.id])
        assert stored is not None
        return views.LiveView(
            version=live,
            text=stored.text,
            published=views.publication(said, live, reviews.get(said.id, ())),
            summary=_summary(stored.text),
        )

    found = await reading(services, read)
    if found is None:
        return Response(status_code=304)
    return answer(_LIVE, found, headers=tagged(found.version))


@api.get(
    "/v1/rulebook/schema",
    summary="Read the JSON Schema of rulebooks, for editors",
    operation_id="getRulebookSchema",
    dependencies=[require(Scope.READ)],
)
async def get_schema() -> Response:
    """What may be written, with descriptions: editors complete and explain with it."""
    return answer(_SCHEMA, rulebook_schema())


# --- going live -------------------------------------------------------------------


@api.post(
    "/v1/rulebook/publish",
    response_model=views.PublishedView,
    summary="Put the draft live",
    operation_id="publishRulebook",
    responses=problems(Invalid, Conflict, RevisionNeeded, Stale),
)
@heavy(Work.RULES)
async def publish(
    wanted: PublishIn, services: ServicesDep, approver: Approver, if_match: IfMatch = None
) -> Response:
    """Put the draft live that If-Match names, if it has no fault and its tests pass.

    An error of lint that the file does not allow (docs/rulebook-lint.md) refuses it too; warnings are in
    the answer. The first look at thousands of rules takes most of a minute, unless a check took it before.
    Reps and pools it names must exist; where MUSTER_RULEBOOK_APPROVAL is set,
    somebody other than its authors must have approved it. The next decision of every process is
    taken under it.
    """
    put_live = partial(
        publishing.publish_draft,
        services.database,
        looked_at(if_match),
        author=approver.name,
        reason=wanted.reason,
        now=services.now(),
        four_eyes=services.settings.rulebook_approval,
    )
    done = await changing(put_live)
    said = done.publication
    reviews = await reading(services, lambda c: approvals.of_publications(c, [said.id]))
    shown = views.published(done, reviews.get(said.id, ()))
    return answer(_PUBLISHED, shown, headers=tagged(said.version))


@api.post(
    "/v1/rulebook/rollback",
    response_model=views.RollbackView,
    summary="Put an earlier version live again",
    operation_id="rollBackRulebook",
    responses=problems(Invalid, Conflict),
)
async def roll_back(wanted: RollbackIn, services: ServicesDep, approver: Approver) -> Response:
    """Put the version live that the present one replaced, or the one that is named.

    It is refused only where that version cannot be read at all; what else is
    wrong with it today is in the answer.
    """
    back = partial(
        publishing.roll_back,
        services.database,
        wanted.version,
        author=approver.name,
        reason=wanted.reason,
        now=services.now(),
    )
    try:
        done = await run_in_threadpool(back)
    except publishing.NothingToRollBackTo as nothing:
        raise Conflict(str(nothing)) from None
    except RulebookInvalid as invalid:
        raise Conflict(f"This version cannot be read any more: {invalid.problems[0].message}") from None
    said = done.publication
    shown = views.RollbackView(
        published=views.publication(said, said.version),
        problems=done.warnings.problems,
        findings=done.warnings.findings,
        failures=[views.test(failed) for failed in done.warnings.failures],
    )
    return answer(_ROLLED_BACK, shown, headers=tagged(said.version))


# --- what was live ----------------------------------------------------------------


@api.get(
    "/v1/rulebook/versions",
    response_model=views.HistoryPage,
    summary="List publications, newest first",
    operation_id="listRulebookVersions",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_versions(
    services: ServicesDep,
    cursor: Annotated[str | None, Query(max_length=18)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Which version was put live when, by whom and why. ``next_cursor`` leads to the older ones."""
    before = _place(cursor)

    def read(connection: Connection) -> views.HistoryPage:
        live = rulebooks.live_version(connection)
        found = rulebooks.publications(connection, before=before, limit=limit + 1)
        more = str(found[limit - 1].id) if len(found) > limit else None
        reviews = approvals.of_publications(connection, [said.id for said in found[:limit]])
        shown = [views.publication(said, live, reviews.get(said.id, ())) for said in found[:limit]]
        return views.HistoryPage(publications=shown, next_cursor=more)

    return answer(_HISTORY, await reading(services, read))


@api.get(
    "/v1/rulebook/versions/{version}",
    response_model=views.VersionView,
    summary="Read one version",
    operation_id="getRulebookVersion",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_version(version: VersionPath, services: ServicesDep) -> Response:
    """The text of a version and what is in it. A version never changes."""

    def read(connection: Connection) -> views.VersionView:
        stored = rulebooks.get(connection, _one(connection, version))
        assert stored is not None
        return views.version(stored, rulebooks.live_version(connection), _summary(stored.text))

    found = await reading(services, read)
    return answer(_VERSION, found, headers=tagged(found.version))


@api.get(
    "/v1/rulebook/diff",
    response_model=views.DiffView,
    summary="Compare two versions",
    operation_id="diffRulebook",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_diff(
    services: ServicesDep,
    before: Annotated[str, Query(max_length=64, description="A version, or `live`.")] = "live",
    after: Annotated[str, Query(max_length=64, description="A version, `live` or `draft`.")] = "draft",
) -> Response:
    """The lines in which two texts differ, as a unified diff; by default what the draft would change."""

    def read(connection: Connection) -> views.DiffView:
        old, new = _named(connection, before), _named(connection, after)
        lines = difflib.unified_diff(
            old.splitlines(keepends=True), new.splitlines(keepends=True), before, after
        )
        return views.DiffView(before=before, after=after, diff="".join(lines))

    return answer(_DIFF, await reading(services, read))


def _summary(text: str) -> views.Summary | None:
    try:
        return views.summary(compiled(text))
    except RulebookInvalid:
        return None


def _one(connection: Connection, version: str) -> str:
    found = rulebooks.find(connection, version)
    if not found:
        raise NotFound("There is no version that begins so")
    if len(found) > 1:
        raise NotFound("More than one version begins so; give more of it")
    return found[0]


def _named(connection: Connection, name: str) -> str:
    """The text of a version, of the live one or of the draft."""
    if name == "draft":
        return rulebooks.draft(connection).text
    version = rulebooks.live_version(connection) if name == "live" else _one(connection, name)
    stored = rulebooks.get(connection, version) if version is not None else None
    return stored.text if stored is not None else ""


def _place(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isdecimal() or not cursor.isascii():
        error = FieldError(parameter="cursor", detail="must be a next_cursor of an earlier answer")
        raise Invalid("The cursor cannot be used", errors=[error])
    return int(cursor)
