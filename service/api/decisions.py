"""Decisions: the log, one whole, and in words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from matching.types import MatchOutcome
from routing.types.decision import RoutingOutcome
from routing.types.facts import RoutingFacts
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import DecisionPage, DecisionView, answer, cursor, position, view
from service.auth import Scope
from service.db import decisions
from service.db.decisions import Filter, Position
from service.decision import Decision
from service.explanation import Explanation, explain
from service.http.problems import problems
from service.problems import Invalid, NotFound
from service.records.fields import Moment
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["decisions"])

_PAGE = TypeAdapter(DecisionPage)
_ONE = TypeAdapter(DecisionView)
_FACTS = TypeAdapter(RoutingFacts)
_WORDS = TypeAdapter(Explanation)


async def wanted(
    match_outcome: Annotated[MatchOutcome | None, Query()] = None,
    routing_outcome: Annotated[RoutingOutcome | None, Query()] = None,
    account: Annotated[str | None, Query(max_length=255, description="The account matched.")] = None,
    rep: Annotated[str | None, Query(max_length=255, description="The rep who got the contact.")] = None,
    rule: Annotated[str | None, Query(max_length=128, description="The rule that decided.")] = None,
    email: Annotated[str | None, Query(max_length=320, description="The contact's e-mail.")] = None,
    since: Annotated[Moment | None, Query(description="At or after this time.")] = None,
    until: Annotated[Moment | None, Query(description="Before this time.")] = None,
) -> Filter:
    """Which decisions are asked for."""
    return Filter(
        match_outcome=match_outcome,
        routing_outcome=routing_outcome,
        account=account,
        rep=rep,
        rule=rule,
        email=email.strip().lower() if email else None,
        since=since,
        until=until,
    )


@api.get(
    "/v1/decisions",
    response_model=DecisionPage,
    summary="List decisions, newest first",
    operation_id="listDecisions",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_decisions(
    services: ServicesDep,
    which: Annotated[Filter, Depends(wanted)],
    after: Annotated[str | None, Query(alias="cursor", max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Decisions that fit every filter given. ``next_cursor`` leads to the older ones."""
    place = position(after)

    def read() -> list[Decision]:
        with services.database.read() as connection:
            return decisions.page(connection, which, place, limit + 1)

    found = await run_in_threadpool(read)
    shown = found[:limit]
    more = cursor(Position(at=shown[-1].at, id=shown[-1].id)) if len(found) > limit else None
    return answer(_PAGE, DecisionPage(decisions=[view(each) for each in shown], next_cursor=more))


@api.get(
    "/v1/decisions/{decision_id}",
    response_model=DecisionView,
    summary="Read one decision",
    operation_id="getDecision",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_decision(decision_id: str, services: ServicesDep) -> Response:
    """The decision with every candidate, every rule's claim, the turn and the clocks."""
    return answer(_ONE, view(await _find(services, decision_id)))


@api.get(
    "/v1/decisions/{decision_id}/facts",
    response_model=RoutingFacts,
    summary="Read what a decision was taken on",
    operation_id="getDecisionFacts",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_facts(decision_id: str, services: ServicesDep) -> Response:
    """Owner, team, tier, opportunities, activities, earlier contacts and reps, as they were then."""
    return answer(_FACTS, (await _find(services, decision_id)).facts)


@api.get(
    "/v1/decisions/{decision_id}/explanation",
    response_model=Explanation,
    summary="Read a decision in words",
    operation_id="explainDecision",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_explanation(decision_id: str, services: ServicesDep) -> Response:
    """Why this account, why this rep, and why not the others. Rendered from the stored decision."""
    return answer(_WORDS, explain(await _find(services, decision_id)))


async def _find(services: Services, decision_id: str) -> Decision:
    def read() -> Decision | None:
        with services.database.read() as connection:
            return decisions.get(connection, decision_id)

    found = await run_in_threadpool(read)
    if found is None:
        raise NotFound("No decision has this id")
    return found
