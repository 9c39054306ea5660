"""Plans: the draft tried on many recorded contacts in the background, and every change to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.problems import RulebookInvalid
from routing.types.decision import RoutingOutcome
from service.api import rulebook_views as views
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.api.rulebook_draft import Editor, reading
from service.api.views import answer
from service.auth import Scope
from service.db import plans, rulebooks
from service.db.plans import Filter, Plan
from service.db.recorded import Span
from service.http.limits import Work
from service.http.problems import problems
from service.problems import Conflict, Invalid, NotFound
from service.rulebook.comparison import Compared
from service.rulebook.examination import examine
from service.rulebook.plans import BothSides, NothingLive, begin, both_sides

api = APIRouter(route_class=Endpoint, tags=["rulebook"], prefix="/v1/rulebook/plans")

PlanId = Annotated[str, Path(max_length=40)]
Text = Annotated[str | None, Query(max_length=255)]


class WholePlanIn(BaseModel):
    """Which recorded contacts to route again: those of the last days, the newest ``limit`` of them."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=30, ge=1, le=3660)
    limit: int | None = Field(default=None, ge=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanList:
    """Plans, the newest first."""

    plans: Sequence[Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Changed contacts in the order of time; ``matching`` fit the filters. ``next_after`` leads on."""

    changes: Sequence[Compared]
    matching: int
    next_after: int | None


_PLAN = TypeAdapter(Plan)
_PLANS = TypeAdapter(PlanList)
_CHANGES = TypeAdapter(ChangePage)
_SIDES = TypeAdapter(BothSides)


@api.post(
    "",
    response_model=Plan,
    status_code=202,
    summary="Plan the draft in the background",
    operation_id="startRulebookPlan",
    responses=problems(Invalid, Conflict),
)
@heavy(Work.RULES)
async def start_plan(services: ServicesDep, editor: Editor, wanted: WholePlanIn | None = None) -> Response:
    """Have a worker route the recorded contacts through the draft and the live rulebook. Changes nothing.

    Read the plan again to see how far it is; DELETE stops it. The draft may be
    edited meanwhile: the plan is of the text as it is now.
    """
    now, asked = services.now(), wanted or WholePlanIn()
    span = Span(since=now - timedelta(days=asked.days), until=now, limit=asked.limit)
    plan_id = services.new_id()
    try:
        await run_in_threadpool(partial(begin, services.database, plan_id, span, author=editor.name, now=now))
    except NothingLive as nothing:
        raise Conflict(str(nothing)) from None
    except RulebookInvalid:
        text = (await reading(services, rulebooks.draft)).text
        raise views.refusal(examine(text, now, test=False)) from None
    services.bell.ring()
    return answer(_PLAN, await reading(services, partial(_found, plan_id)), status=202)


@api.get(
    "", response_model=PlanList, summary="List plans", operation_id="listRulebookPlans",
    dependencies=[require(Scope.READ)],
)  # fmt: skip
async def list_plans(services: ServicesDep, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Response:
    """The newest plans, with what came of them. They are kept for 30 days."""
    return answer(_PLANS, PlanList(plans=await reading(services, lambda c: plans.newest(c, limit))))


@api.get(
    "/{plan_id}",
    response_model=Plan,
    summary="Read a plan",
    operation_id="getRulebookPlan",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_plan(plan_id: PlanId, services: ServicesDep) -> Response:
    """How far the plan is: `done` of `total` contacts; at the end `result` has the comparison."""
    return answer(_PLAN, await reading(services, partial(_found, plan_id)))


@api.delete(
    "/{plan_id}",
    response_model=Plan,
    summary="Stop a plan",
    operation_id="cancelRulebookPlan",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(NotFound),
)
async def cancel_plan(plan_id: PlanId, services: ServicesDep) -> Response:
    """Stop a plan that is under way; one that is done stays as it is."""
    now = services.now()
    await run_in_threadpool(services.database.transact, lambda c: plans.cancel(c, plan_id, now))
    return answer(_PLAN, await reading(services, partial(_found, plan_id)))


async def wanted_changes(
    rule: Annotated[str | None, Query(max_length=128, description="The rule before or after.")] = None,
    before_rule: Text = None,
    after_rule: Text = None,
    rep: Annotated[str | None, Query(max_length=255, description="Who had it or would have it.")] = None,
    pool: Annotated[str | None, Query(max_length=128, description="The pool before or after.")] = None,
    outcome: Annotated[RoutingOutcome | None, Query(description="The outcome after.")] = None,
    country: Text = None,
    region: Text = None,
    tier: Text = None,
) -> Filter:
    """Which changes are asked for."""
    return Filter(
        rule=rule,
        before_rule=before_rule,
        after_rule=after_rule,
        rep=rep,
        pool=pool,
        outcome=outcome,
        country=country,
        region=region,
        tier=tier,
    )


@api.get(
    "/{plan_id}/changes",
    response_model=ChangePage,
    summary="List the contacts that a plan moves",
    operation_id="listRulebookPlanChanges",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound, Invalid),
)
async def list_changes(
    plan_id: PlanId,
    services: ServicesDep,
    which: Annotated[Filter, Depends(wanted_changes)],
    after: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Each contact that ends in another place, with e-mail and company, before and after."""

    def read(connection: Connection) -> ChangePage:
        _found(plan_id, connection)
        found = plans.changes(connection, plan_id, which, after=after, limit=limit + 1)
        return ChangePage(
            changes=[each for _, each in found[:limit]],
            matching=plans.count(connection, plan_id, which),
            next_after=found[limit - 1][0] if len(found) > limit else None,
        )

    return answer(_CHANGES, await reading(services, read))


@api.get(
    "/{plan_id}/changes/{decision_id}",
    response_model=BothSides,
    summary="Explain a contact under both rulebooks of a plan",
    operation_id="explainRulebookPlanChange",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound, Conflict),
)
async def explain_change(
    plan_id: PlanId, decision_id: Annotated[str, Path(max_length=40)], services: ServicesDep
) -> Response:
    """Why the contact is where it is by the live rules, and why it would be elsewhere by the draft."""

    def read(connection: Connection) -> BothSides:
        try:
            found = both_sides(connection, plan_id, decision_id)
        except RulebookInvalid as invalid:
            raise Conflict(f"A rulebook cannot be read here: {invalid.problems[0].message}") from None
        if found is None:
            raise NotFound("No plan, or no decision, has this id")
        return found

    return answer(_SIDES, await reading(services, read))


def _found(plan_id: str, connection: Connection) -> Plan:
    found = plans.get(connection, plan_id)
    if found is None:
        raise NotFound("No plan has this id")
    return found
