"""Stored contacts matched again, after accounts or answers changed."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from matching.types import AccountId
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.api.views import answer
from service.auth import Scope
from service.http.limits import Work
from service.http.problems import problems
from service.problems import Invalid, Unavailable
from service.records.contacts import Identifier
from service.records.fields import Moment
from service.stewardship.rematch import CHUNK, Found, Rematch, Which

api = APIRouter(route_class=Endpoint, tags=["reports"])

_FOUND = TypeAdapter(Found)


class RematchIn(BaseModel):
    """Which contacts to match again: exactly one of ``account_id``, ``since`` and ``all``."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    account_id: Identifier | None = Field(
        default=None, description="Contacts that are or may be on this account."
    )
    since: Moment | None = Field(default=None, description="Contacts heard of since then.")
    all: Literal[True] | None = None
    apply: bool = Field(default=False, description="Decide anew the contacts whose match changes.")
    after: Annotated[int, Field(ge=0, le=2**62, description="`next_after` of the last answer.")] = 0
    limit: Annotated[int, Field(ge=1, le=1000, description="How many contacts to look at.")] = CHUNK

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum(given is not None for given in (self.account_id, self.since, self.all)) != 1:
            raise ValueError("needs exactly one of account_id, since and all")
        return self

    def which(self) -> Which:
        """The contacts that are asked for."""
        account = AccountId(self.account_id) if self.account_id is not None else None
        return Which(account_id=account, since=self.since)


@api.post(
    "/v1/rematch",
    response_model=Found,
    summary="Match stored contacts again",
    operation_id="rematch",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(Invalid, Unavailable),
)
@heavy(Work.MATCH)
async def post_rematch(body: RematchIn, services: ServicesDep) -> Response:
    """Show whose match would change now, and why; nothing is stored unless `apply` is true.

    A call looks at up to `limit` contacts; follow `next_after` until it is null.
    Applying the same change twice is applying it once.
    """
    rematch = Rematch(services.database, services.flow)

    def work() -> Found:
        return rematch.look(body.which(), after=body.after, limit=body.limit, apply=body.apply)

    return answer(_FOUND, await run_in_threadpool(work))
