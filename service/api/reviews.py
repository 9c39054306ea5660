"""What waits for a person: uncertain matches, open questions, contacts held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from matching.types import AccountId
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import DecisionView, answer, view
from service.auth import Caller, Scope
from service.db import waiting
from service.db.memory import Answer
from service.db.waiting import Kind
from service.decision import Decision, from_json
from service.http.problems import problems
from service.problems import Conflict, Invalid, NotFound
from service.records.accounts import AccountFields, AccountRecord
from service.records.contacts import Identifier
from service.records.fields import Identifier as RecordId
from service.stewardship.memory import Said
from service.stewardship.reviews import Reviews

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
    next_cursor: str | None


_PAGE = TypeAdapter(ReviewPage)
_ABOUT_A_MATCH = ("account_id", "never", "none", "new_account")


class NewAccountIn(AccountFields):
    """An account to create. Without ``external_id`` it is only noted that one should be created."""

    external_id: RecordId | None = Field(default=None, description="The CRM's id of the account.")


class AnswerIn(BaseModel):
    """A person's word: on the account of an uncertain match, or the answer to a rule's question.

    Exactly one of ``account_id``, ``never``, ``none``, ``new_account`` (for a
    match) and ``answer`` (for a question).
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    account_id: Identifier | None = Field(default=None, description="It is this account.")
    never: Identifier | None = Field(default=None, description="It is never this account.")
    none: Literal[True] | None = Field(default=None, description="It is none of the candidates.")
    new_account: NewAccountIn | None = Field(
        default=None, description="It is a new account, created under the name that the contact gave."
    )
    answer: Identifier | None = Field(default=None, description="One of the question's answers.")
    apply_to_same_company: bool = Field(
        default=False,
        description="Settle the other open matches of this company name and domain in the same way.",
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        given = [name for name in (*_ABOUT_A_MATCH, "answer") if getattr(self, name) is not None]
        if len(given) != 1:
            one_of = ", ".join(_ABOUT_A_MATCH)
            raise ValueError(f"needs exactly one of {one_of} (for a match) or answer (for a question)")
        if self.apply_to_same_company and self.answer is not None:
            raise ValueError("apply_to_same_company is for matches; a question is about one contact")
        return self

    def said(self) -> Said:
        """What is said of the match."""
        if self.account_id is not None:
            return Said(answer=Answer.ACCOUNT, account_id=AccountId(self.account_id))
        if self.never is not None:
            return Said(answer=Answer.NEVER, account_id=AccountId(self.never))
        if self.new_account is None:
            return Said(answer=Answer.NONE)
        if self.new_account.external_id is None:
            return Said(answer=Answer.NEW_ACCOUNT)
        record = AccountRecord.model_validate(self.new_account.model_dump(exclude_unset=True))
        return Said(answer=Answer.NEW_ACCOUNT, account_id=AccountId(record.external_id), record=record)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledView(DecisionView):
    """The new decision. ``also_settled`` are the decisions on other contacts of the same company."""

    also_settled: Sequence[str]


_SETTLED = TypeAdapter(SettledView)


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
    cursor: Annotated[
        str | None, Query(pattern="^[0-9]{1,18}$", description="`next_cursor` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Uncertain matches, open questions and held contacts, the oldest first."""

    def read() -> ReviewPage:
        with services.database.read() as connection:
            rows = waiting.page(connection, kind or list(Kind), int(cursor) if cursor else None, limit + 1)
        shown = [
            Review(kind=wait.kind, due_at=wait.due_at, decision=view(from_json(body)))
            for _, wait, body in rows[:limit]
        ]
        return ReviewPage(reviews=shown, next_cursor=str(rows[limit - 1][0]) if len(rows) > limit else None)

    return answer(_PAGE, await run_in_threadpool(read))


@api.post(
    "/v1/reviews/{decision_id}",
    response_model=SettledView,
    summary="Settle what waits for a person",
    operation_id="settleReview",
    responses=problems(NotFound, Conflict, Invalid),
)
async def settle_review(
    decision_id: str,
    body: AnswerIn,
    services: ServicesDep,
    caller: Annotated[Caller, require(Scope.OPS_EDITOR)],
) -> Response:
    """Say whose a contact is, or answer a question; the contact is decided again with it.

    What is said of a match is remembered for its company name and domain, see
    `/v1/memory`. The same answer again gets the same decision; where somebody
    else answered otherwise before, the answer is 409 and says who.
    """
    reviews = Reviews(services.database, services.flow, services.now)

    def settle() -> SettledView:
        if body.answer is not None:
            return _settled(services.desk.answer(decision_id, body.answer, caller.name), [])
        said = body.said()
        decision = reviews.settle(decision_id, said, caller.name)
        alike = reviews.settle_alike(decision_id, said, caller.name) if body.apply_to_same_company else []
        return _settled(decision, alike)

    settled = await run_in_threadpool(settle)
    services.bell.ring()
    return answer(_SETTLED, settled)


def _settled(decision: Decision, alike: Sequence[Decision]) -> SettledView:
    seen = view(decision)
    shown = {each.name: getattr(seen, each.name) for each in fields(DecisionView)}
    return SettledView(**shown, also_settled=[each.id for each in alike])
