"""After a version went live: the shares beside those before, and what each rule decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from sqlalchemy import Connection
from starlette.responses import Response

from routing.problems import RulebookInvalid
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.rulebook_draft import reading
from service.api.views import answer
from service.auth import Scope
from service.http.problems import problems
from service.problems import Conflict, NotFound
from service.rulebook.usage import UsageReport, usage
from service.rulebook.watch import Watch, watch

api = APIRouter(route_class=Endpoint, tags=["rulebook"])

_WATCH = TypeAdapter(Watch)
_USAGE = TypeAdapter(UsageReport)


@api.get(
    "/v1/rulebook/watch",
    response_model=Watch,
    summary="Watch what the live version does",
    operation_id="watchRulebook",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_watch(services: ServicesDep) -> Response:
    """The shares of rules, of the fallback, of what is held or has no account, since the version went live.

    Beside them those before it, in the same hours of the week where there were
    enough. `drifted` marks what chance does not explain; `alarms` what was told.
    """
    now = services.now()

    def read(connection: Connection) -> Watch:
        found = watch(connection, now)
        if found is None:
            raise NotFound("No rulebook is live yet; publish one first")
        return found

    return answer(_WATCH, await reading(services, read))


@api.get(
    "/v1/rulebook/rules/report",
    response_model=UsageReport,
    summary="Report what each rule decided",
    operation_id="reportRules",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound, Conflict),
)
async def report_rules(services: ServicesDep, days: Annotated[int, Query(ge=1, le=3660)] = 30) -> Response:
    """Each rule's share of the last days' decisions, when it last decided, and the rules that never do.

    For a rule that took none, `obstacles` says what became of it in the newest
    decisions: which condition it failed, or which rule stands above it.
    """
    until = services.now()

    def read(connection: Connection) -> UsageReport:
        try:
            found = usage(connection, until - timedelta(days=days), until)
        except RulebookInvalid as invalid:
            raise Conflict(f"The live rulebook cannot be read here: {invalid.problems[0].message}") from None
        if found is None:
            raise NotFound("No rulebook is live yet; publish one first")
        return found

    return answer(_USAGE, await reading(services, read))
