"""The matching policy over HTTP: which one decides, which decided when, and another put in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from matching.policy import MatchPolicy, default_policy
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import answer
from service.auth import Caller, Scope
from service.db import policies
from service.http.problems import problems
from service.problems import FieldError, Invalid, NotFound
from service.services import Services
from service.stewardship import tuning
from service.stewardship.policy_slips import slips
from service.validation import pointer

api = APIRouter(route_class=Endpoint, tags=["policy"], prefix="/v1/policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """A policy with all its numbers. ``shipped``: it came with this release."""

    version: str
    name: str
    shipped: bool
    policy: MatchPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationView:
    """That a policy was put in force. ``version`` null: the one that ships with the release that runs."""

    version: str | None
    author: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyHistory:
    """Which policies were put in force, newest first. Empty: the shipped one has decided from the start."""

    live: str
    activations: Sequence[ActivationView]


class PolicyIn(BaseModel):
    """A policy to put in force: whole, by the version of one on record, or the one that ships."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    policy: MatchPolicy | None = Field(default=None, description="All of it, as GET /v1/policy has it.")
    version: str | None = Field(default=None, max_length=64, description="One that is on record.")
    shipped: bool = Field(default=False, description="The one that ships.")
    reason: str = Field(min_length=1, max_length=500, description="Why; it stays in the history.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.policy is not None) + (self.version is not None) + self.shipped != 1:
            raise ValueError("say which policy: one of policy, version and shipped")
        return self


_ONE = TypeAdapter(PolicyView)
_HISTORY = TypeAdapter(PolicyHistory)


@api.get(
    "",
    response_model=PolicyView,
    summary="The matching policy that decides",
    operation_id="getPolicy",
    dependencies=[require(Scope.READ)],
)
async def get_policy(services: ServicesDep) -> Response:
    """Points, thresholds, tie-breakers and switches; docs/matching.md says what each does."""
    return answer(_ONE, await run_in_threadpool(_live, services))


@api.get(
    "/history",
    response_model=PolicyHistory,
    summary="Which matching policy decided when",
    operation_id="listPolicyActivations",
    dependencies=[require(Scope.READ)],
)
async def list_policy_activations(
    services: ServicesDep, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Response:
    """Who put which policy in force, when and why."""

    def read() -> PolicyHistory:
        with services.database.read() as connection:
            live, found = services.flow.policy(connection), policies.activations(connection, limit)
        views = [
            ActivationView(version=each.version, author=each.author, reason=each.reason, at=each.at)
            for each in found
        ]
        return PolicyHistory(live=live.version, activations=views)

    return answer(_HISTORY, await run_in_threadpool(read))


@api.get(
    "/versions/{version}",
    response_model=PolicyView,
    summary="A matching policy on record",
    operation_id="getPolicyVersion",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_policy_version(version: Annotated[str, Path(max_length=64)], services: ServicesDep) -> Response:
    """One that decided at some time: decisions name the version that they were taken with."""

    def read() -> PolicyView:
        with services.database.read() as connection:
            return _view(_on_record(connection, version))

    return answer(_ONE, await run_in_threadpool(read))


@api.put(
    "",
    response_model=PolicyView,
    summary="Put a matching policy in force",
    operation_id="putPolicy",
    responses=problems(NotFound, Invalid),
)
async def put_policy(
    body: PolicyIn, services: ServicesDep, caller: Annotated[Caller, require(Scope.OPS_APPROVER)]
) -> Response:
    """It decides from the next match on. What was decided stays; `/v1/rematch` shows what would change.

    Who, when and why stays in the history and in the audit trail. One that is changed from the policy that
    ships and still bears its name is named `our own`.
    """

    def write() -> PolicyView:
        policy = tuning.called_own(body.policy) if body.policy is not None else None
        if policy is not None and (wrong := slips(policy)):
            errors = tuple(FieldError(pointer=pointer("#/policy", at), detail=words) for at, words in wrong)
            raise Invalid("The policy would not do what it says", errors=errors)
        if body.version is not None:
            with services.database.read() as connection:
                policy = _on_record(connection, body.version)
        tuning.activate(services.database, policy, author=caller.name, reason=body.reason, now=services.now)
        return _live(services)

    return answer(_ONE, await run_in_threadpool(write))


def _live(services: Services) -> PolicyView:
    with services.database.read() as connection:
        return _view(services.flow.policy(connection))


def _on_record(connection: Connection, version: str) -> MatchPolicy:
    shipped = default_policy()
    found = shipped if version == shipped.version else policies.get(connection, version)
    if found is None:
        raise NotFound("No matching policy of this version is on record")
    return found


def _view(policy: MatchPolicy) -> PolicyView:
    shipped = policy.version == default_policy().version
    return PolicyView(version=policy.version, name=policy.name, shipped=shipped, policy=policy)
