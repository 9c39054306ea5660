"""The matching half alone: which account a contact belongs to. Nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from matching.types import MatchOutcome, MatchResult
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, takes_many
from service.api.schemas import ContactIn
from service.api.views import answer
from service.auth import Scope
from service.http.limits import Work
from service.http.problems import problems
from service.problems import Invalid, TooLarge, Unavailable

api = APIRouter(route_class=Endpoint, tags=["match"])


class ManyIn(BaseModel):
    """Several contacts to be matched."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    contacts: list[ContactIn] = Field(min_length=1)


def _kind(body: Any) -> str:
    return "ManyIn" if isinstance(body, dict) and "contacts" in body else "ContactIn"


# Told apart before they are checked, so that a contact with a mistake is not also told that it is no list.
OneOrManyIn = Annotated[
    Annotated[ContactIn, Tag("ContactIn")] | Annotated[ManyIn, Tag("ManyIn")], Discriminator(_kind)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatMatch:
    """A match in scalars only, for callers that map fields one by one.

    Nothing is ever missing or null: without an account the texts are empty and
    the score is 0. ``score`` is the probability that the account is right.
    """

    outcome: str
    matched: bool
    account_id: str
    account_name: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResults:
    """One result for each contact, in the order sent."""

    results: Sequence[MatchResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatMatches:
    """One result for each contact, in the order sent."""

    results: Sequence[FlatMatch]


_FULL: tuple[TypeAdapter[Any], TypeAdapter[Any]] = (TypeAdapter(MatchResult), TypeAdapter(MatchResults))
_FLAT: tuple[TypeAdapter[Any], TypeAdapter[Any]] = (TypeAdapter(FlatMatch), TypeAdapter(FlatMatches))


@api.post(
    "/v1/match",
    response_model=MatchResult | MatchResults | FlatMatch | FlatMatches,
    summary="Find the account that a contact belongs to",
    operation_id="matchContact",
    dependencies=[require(Scope.MATCH)],
    responses=problems(Invalid, TooLarge, Unavailable),
)
@takes_many
async def post_match(
    body: OneOrManyIn,
    services: ServicesDep,
    view: Annotated[Literal["full", "flat"], Query(description="`flat` answers in scalars only.")] = "full",
) -> Response:
    """Match one contact, or up to 1,000 as ``{"contacts": [...]}``; answers 200 also when nothing matches."""
    asked = body.contacts if isinstance(body, ManyIn) else [body]
    if len(asked) > services.settings.max_batch:
        raise TooLarge(
            f"A call has at most {services.settings.max_batch} contacts; send more in several calls"
        )
    many = isinstance(body, ManyIn)
    async with services.places.held(Work.MATCH) if many else nullcontext():  # one alone is quick
        results = await run_in_threadpool(services.flow.match, [contact.contact() for contact in asked])
    one, several = _FLAT if view == "flat" else _FULL
    shown: list[Any] = [flat(result) for result in results] if view == "flat" else results
    if many:
        return answer(several, FlatMatches(results=shown) if view == "flat" else MatchResults(results=shown))
    return answer(one, shown[0])


def flat(result: MatchResult) -> FlatMatch:
    """The result in scalars."""
    name = next((c.account_name for c in result.candidates if c.account_id == result.account_id), "")
    return FlatMatch(
        outcome=result.outcome,
        matched=result.outcome is MatchOutcome.MATCHED,
        account_id=result.account_id or "",
        account_name=name,
        score=result.score,
        reason=result.reason,
    )
