"""The matching half alone: which account a contact belongs to. Nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, WrapValidator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from matching.types import MatchOutcome, MatchResult
from service.api.contacts import checked
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, takes_each
from service.api.views import answer
from service.auth import Scope
from service.flow.flow import Flow
from service.http.limits import Work
from service.http.problems import problems
from service.problems import Invalid, Problem, TooLarge, Unavailable
from service.records.contacts import ContactIn

api = APIRouter(route_class=Endpoint, tags=["match"])


class ManyIn(BaseModel):
    """Several contacts to be matched. Each is judged by itself: a bad one does not stop the others."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    # Described as contacts; each is read by itself, by `checked`.
    contacts: list[Annotated[ContactIn, WrapValidator(lambda item, _: item)]] = Field(min_length=1)


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
    the score is 0. ``score`` is the probability that the account is right. Of
    several contacts one that is not valid has the outcome ``refused``, and
    ``reason`` says what is wrong with it.
    """

    outcome: str
    matched: bool
    account_id: str
    account_name: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMatch:
    """One contact of several that is not valid: ``problem`` names each field that is wrong."""

    outcome: Literal["refused"] = "refused"
    status: int
    problem: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResults:
    """One result for each contact, in the order sent; one that is not valid has its problem instead."""

    results: Sequence[MatchResult | RefusedMatch]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatMatches:
    """One result for each contact, in the order sent."""

    results: Sequence[FlatMatch]


REFUSED = "refused"
_ONE, _MANY = TypeAdapter(MatchResult), TypeAdapter(MatchResults)
_ONE_FLAT, _MANY_FLAT = TypeAdapter(FlatMatch), TypeAdapter(FlatMatches)


@api.post(
    "/v1/match",
    response_model=MatchResult | MatchResults | FlatMatch | FlatMatches,
    summary="Find the account that a contact belongs to",
    operation_id="matchContact",
    dependencies=[require(Scope.MATCH)],
    responses=problems(Invalid, TooLarge, Unavailable),
)
@takes_each("contacts")
async def post_match(
    body: OneOrManyIn,
    services: ServicesDep,
    view: Annotated[Literal["full", "flat"], Query(description="`flat` answers in scalars only.")] = "full",
) -> Response:
    """Match one contact, or up to 1,000 as ``{"contacts": [...]}``; answers 200 also when nothing matches.

    Of several, one that is not valid gets its own problem and stops no other.
    """
    if isinstance(body, ContactIn):  # one alone is quick
        (result,) = await run_in_threadpool(services.flow.match, [body.contact()])
        return answer(_ONE_FLAT, flat(result)) if view == "flat" else answer(_ONE, result)
    most = services.settings.max_batch
    if len(body.contacts) > most:
        raise TooLarge(f"A call has at most {most} contacts; send more in several calls")
    async with services.places.held(Work.MATCH):
        results = await run_in_threadpool(_match_each, services.flow, body.contacts)
    if view == "flat":
        shown = [_flat_refused(each) if isinstance(each, Problem) else flat(each) for each in results]
        return answer(_MANY_FLAT, FlatMatches(results=shown))
    full = [_refused(each) if isinstance(each, Problem) else each for each in results]
    return answer(_MANY, MatchResults(results=full))


def _match_each(flow: Flow, items: Sequence[Any]) -> list[MatchResult | Problem]:
    """The match of each contact, or what is wrong with it."""
    read = [checked(item, index) for index, item in enumerate(items)]
    results = iter(flow.match([each.contact() for each in read if isinstance(each, ContactIn)]))
    return [each if isinstance(each, Problem) else next(results) for each in read]


def _refused(problem: Problem) -> RefusedMatch:
    return RefusedMatch(status=type(problem).status, problem=problem.document())


def _flat_refused(problem: Problem) -> FlatMatch:
    reason = "; ".join(f"{error.pointer} {error.detail}" for error in problem.errors)
    return FlatMatch(outcome=REFUSED, matched=False, account_id="", account_name="", score=0.0, reason=reason)


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
