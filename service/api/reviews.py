"""What waits for a person: uncertain matches, open questions, contacts held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from matching.types import AccountId
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.schemas import Identifier
from service.api.views import DecisionView, answer, view
from service.auth import Caller, Scope
from service.db import waiting
from service.db.waiting import Kind
from service.decision import from_json
from service.problems import Conflict, Invalid, NotFound, problems

api = APIRouter(route_class=Endpoint, tags=["reviews"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """An open matter with the decision it is about; ``due_at`` is when it settles itself, if ever."""

    kind: Kind
    due_at: datetime | None
    decision: DecisionView


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Open matters, the oldest first. ``next_cursor`` is None on the last page."""

    reviews: Sequence[Review]
    next_cursor: int | None


_PAGE = TypeAdapter(ReviewPage)
_DECISION = TypeAdapter(DecisionView)


class AnswerIn(BaseModel):
    """A person's word: the account of an uncertain match, or the answer to a rule's question."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    account_id: Identifier | None = None
    answer: Identifier | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.account_id is None) == (self.answer is None):
            raise ValueError("needs either account_id (for a match) or answer (for a question)")
        return self


@api.get(
    "/v1/reviews",
    response_model=ReviewPage,
    summary="List what waits for a person",
    operation_id="listReviews",
    dependencies=[require(Scope.READ)],
)
async def list_reviews(
    services: ServicesDep,
    kind: Annotated[list[Kind] | None, Query(description="Only these kinds; default: all.")] = None,
    cursor: Annotated[int | None, Query(ge=0, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Uncertain matches, open questions and held contacts, the oldest first."""

    def read() -> ReviewPage:
        with services.database.read() as connection:
            rows = waiting.page(connection, kind or list(Kind), cursor, limit + 1)
        shown = [
            Review(kind=wait.kind, due_at=wait.due_at, decision=view(from_json(body)))
            for _, wait, body in rows[:limit]
        ]
        return ReviewPage(reviews=shown, next_cursor=rows[limit - 1][0] if len(rows) > limit else None)

    return answer(_PAGE, await run_in_threadpool(read))


@api.post(
    "/v1/reviews/{decision_id}",
    response_model=DecisionView,
    summary="Settle what waits for a person",
    operation_id="settleReview",
    responses=problems(NotFound, Conflict, Invalid),
)
async def settle_review(
    decision_id: str,
    said: AnswerIn,
    services: ServicesDep,
    caller: Annotated[Caller, require(Scope.OPS_EDITOR)],
) -> Response:
    """Confirm the account of a match, or answer a question; the contact is decided again with it."""
    if said.account_id is not None:
        settled = await run_in_threadpool(
            services.desk.confirm, decision_id, AccountId(said.account_id), caller.name
        )
    else:
        assert said.answer is not None
        settled = await run_in_threadpool(services.desk.answer, decision_id, said.answer, caller.name)
    return answer(_DECISION, view(settled))
