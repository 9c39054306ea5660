"""Nominations of the program: made by reps, reviewed by sales and marketing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.types.people import RepId
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.program import AccountQuery
from service.api.program_actor import Reader, acting, parts_of
from service.api.views import answer, older, position
from service.auth import Scope
from service.db.decisions import Position
from service.db.program import nominations as db
from service.db.program import settings as stored
from service.db.program.nominations import Nomination
from service.http.problems import problems
from service.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from service.program.checks import PROBLEM
from service.program.core.criteria import CRITERIA, Criterion, Evidence
from service.program.core.quarters import upcoming
from service.program.core.review import State, Verdict, in_order
from service.program.nominations import Nominating, Nominations
from service.program.parts import wrong
from service.program.reviews import Reviews, Speaking
from service.records.contacts import Identifier

api = APIRouter(route_class=Endpoint, tags=["program"], prefix="/v1/program")

Text = Annotated[str, Field(min_length=1, max_length=500)]
Side = Literal["sales", "marketing"]


class NominateIn(BaseModel):
    """An account that a rep wants to be strategic in the next quarter, and why."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    account: Identifier
    rep: Identifier | None = Field(
        default=None, description="Who nominates; the rep with the caller's e-mail address unless said."
    )
    criteria: dict[Criterion, Text | None] = Field(
        default={},
        description="The criteria that hold, each with what speaks for it. See `/v1/program/criteria`.",
    )
    note: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    quarter: Annotated[str, Field(max_length=16)] | None = Field(
        default=None, description="The quarter, as a check; it must be the next one."
    )


class NominationReviewIn(BaseModel):
    """What a side says of a nomination."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    side: Side
    verdict: Verdict
    reason: Text | None = Field(default=None, description="Why; a decline needs one.")
    rank: int | None = Field(default=None, ge=1, le=10_000, description="Its place in the side's order.")


class RankingIn(BaseModel):
    """The order in which a side wants the open nominations of a quarter."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    side: Side
    order: Annotated[list[Identifier], Field(max_length=1000)] = Field(
        description="Ids of nominations, the best first. One that is left out has no rank."
    )


class WithdrawIn(BaseModel):
    """Why a nomination is taken back."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationList:
    """Nominations of a quarter in the order of their ranks, or of an account or rep, the newest first.

    ``next_cursor`` is None on the last page.
    """

    nominations: Sequence[Nomination]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionView:
    """A criterion: what it means, and what the records must show."""

    criterion: Criterion
    title: str
    shown_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionList:
    """The criteria, and how many a nomination needs."""

    criteria: Sequence[CriterionView]
    needed: int
    evidence_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceList:
    """What the records say of an account now, criterion by criterion."""

    account: str
    evidence: Sequence[Evidence]


_ONE: TypeAdapter[Nomination] = TypeAdapter(Nomination)
_MANY = TypeAdapter(NominationList)
_CRITERIA = TypeAdapter(CriterionList)
_EVIDENCE = TypeAdapter(EvidenceList)


@api.get(
    "/criteria",
    response_model=CriterionList,
    summary="List the criteria of a nomination",
    operation_id="listCriteria",
    dependencies=[require(Scope.READ)],
)
async def list_criteria(services: ServicesDep) -> Response:
    """What speaks for an account, what the records must show for it, and how many it takes."""

    def read() -> CriterionList:
        with services.database.read() as connection:
            settings = stored.current(connection).criteria
        return CriterionList(
            criteria=[
                CriterionView(criterion=each.criterion, title=each.title, shown_by=each.shown_by)
                for each in CRITERIA.values()
            ],
            needed=settings.needed,
            evidence_required=settings.evidence_required,
        )

    return answer(_CRITERIA, await run_in_threadpool(read))


@api.get(
    "/evidence",
    response_model=EvidenceList,
    summary="See which criteria an account meets",
    operation_id="getEvidence",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def get_evidence(services: ServicesDep, account: AccountQuery) -> Response:
    """Contacts, activities, opportunities and renewals that bear each criterion out. Nothing is stored."""
    found = await run_in_threadpool(Nominations(parts_of(services)).examine, account)
    return answer(_EVIDENCE, EvidenceList(account=account, evidence=found))


@api.get(
    "/nominations",
    response_model=NominationList,
    summary="List nominations",
    operation_id="listNominations",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_nominations(
    services: ServicesDep,
    quarter: Annotated[str | None, Query(max_length=16, description="The next one unless said.")] = None,
    account: Annotated[str | None, Query(max_length=255, description="Of one account, of any time.")] = None,
    rep: Annotated[str | None, Query(max_length=255, description="By one rep, of any time.")] = None,
    state: Annotated[State | None, Query(description="In one state only.")] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> Response:
    """Those of a quarter, the best ranked first; or those of an account or a rep, the newest first."""
    place = position(cursor)

    def read() -> list[Nomination]:
        with services.database.read() as connection:
            if account is not None or rep is not None:
                return db.newest(
                    connection,
                    account=account,
                    rep=rep,
                    quarter=quarter,
                    state=state,
                    after=place,
                    limit=limit + 1,
                )
            name = quarter or upcoming(stored.current(connection), services.now()).name
            found = {each.id: each for each in db.of_quarter(connection, name)}
        ordered = [found[name] for name in in_order(each.standing for each in found.values())]
        return [each for each in _behind(ordered, place) if state in (None, each.state)]

    found = await run_in_threadpool(read)
    page = NominationList(nominations=found[:limit], next_cursor=older(found, limit))
    return answer(_MANY, page)


@api.post(
    "/nominations",
    response_model=Nomination,
    status_code=201,
    summary="Nominate an account",
    operation_id="nominateAccount",
    responses=problems(Invalid, Conflict, Forbidden)
    | {200: {"model": Nomination, "description": "It was made before."}},
)
async def nominate(body: NominateIn, services: ServicesDep, caller: Reader) -> Response:
    """Ask for an account to be strategic in the next quarter, while the window is open.

    A rep nominates for herself, with a key or session of her own; for others it needs `ops-editor`. It
    needs a criterion that she says or the records show to hold; the evidence is kept with it. Outside
    the window the answer is 409, and says when it opens.
    """
    actor = await acting(services, caller)
    rep = body.rep or actor.rep
    if rep is None:
        raise wrong(PROBLEM, "rep", "must say which rep nominates; no rep has the caller's e-mail address")
    said = Nominating(
        account=body.account,
        rep=RepId(rep),
        criteria=body.criteria,
        note=body.note,
        quarter=body.quarter,
    )
    found, new = await run_in_threadpool(Nominations(parts_of(services)).nominate, said, actor)
    place = {"Location": f"/v1/program/nominations/{found.id}"}
    return answer(_ONE, found, 201 if new else 200, place)


@api.get(
    "/nominations/{nomination_id}",
    response_model=Nomination,
    summary="Read a nomination",
    operation_id="getNomination",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_nomination(nomination_id: str, services: ServicesDep) -> Response:
    """The nomination with its evidence and what each side says."""

    def read() -> Nomination | None:
        with services.database.read() as connection:
            return db.get(connection, nomination_id)

    found = await run_in_threadpool(read)
    if found is None:
        raise NotFound("There is no nomination with this id")
    return answer(_ONE, found)


@api.post(
    "/nominations/{nomination_id}/review",
    response_model=Nomination,
    summary="Approve, decline or waitlist a nomination",
    operation_id="reviewNomination",
    responses=problems(NotFound, Invalid, Conflict, Forbidden),
)
async def review(
    nomination_id: str, body: NominationReviewIn, services: ServicesDep, caller: Reader
) -> Response:
    """Say what a side thinks, as one of its reviewers in the settings, or with the scope `ops-approver`.

    When every side approves it has a place from the quarter's start; when none is free the answer is 409
    and nothing changes. One no declines it. Until the quarter begins, what was said may be said anew.
    """
    actor = await acting(services, caller)
    said = Speaking(side=body.side, verdict=body.verdict, reason=body.reason, rank=body.rank)
    found = await run_in_threadpool(Reviews(parts_of(services)).review, nomination_id, said, actor)
    return answer(_ONE, found)


@api.post(
    "/nominations/{nomination_id}/withdraw",
    response_model=Nomination,
    summary="Take a nomination back",
    operation_id="withdrawNomination",
    responses=problems(NotFound, Conflict, Forbidden),
)
async def withdraw(nomination_id: str, body: WithdrawIn, services: ServicesDep, caller: Reader) -> Response:
    """The rep who nominated may, or `ops-editor`. A place it had goes to the first on the waitlist."""
    actor = await acting(services, caller)
    take_back = Nominations(parts_of(services)).withdraw
    return answer(_ONE, await run_in_threadpool(take_back, nomination_id, body.reason, actor))


@api.post(
    "/nominations/{nomination_id}/refresh",
    response_model=Nomination,
    summary="Look at the evidence of a nomination anew",
    operation_id="refreshNomination",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(NotFound, Conflict),
)
async def refresh(nomination_id: str, services: ServicesDep) -> Response:
    """Read the records again, for those who review it now."""
    return answer(_ONE, await run_in_threadpool(Nominations(parts_of(services)).refresh, nomination_id))


@api.put(
    "/quarters/{quarter}/ranking",
    response_model=NominationList,
    summary="Rank the nominations of a quarter",
    operation_id="rankNominations",
    responses=problems(Invalid, Forbidden),
)
async def rank(quarter: str, body: RankingIn, services: ServicesDep, caller: Reader) -> Response:
    """Put the open nominations into a side's order, as one of its reviewers. The waitlist follows it."""
    actor = await acting(services, caller)
    found = await run_in_threadpool(Reviews(parts_of(services)).rank, quarter, body.side, body.order, actor)
    by_id = {each.id: each for each in found}
    ordered = [by_id[name] for name in in_order(each.standing for each in found)]
    return answer(_MANY, NominationList(nominations=ordered))


def _behind(ordered: list[Nomination], place: Position | None) -> list[Nomination]:
    """What follows a nomination in an order that is not that of time. Raises Invalid when it is not in it."""
    if place is None:
        return ordered
    ids = [each.id for each in ordered]
    if place.id not in ids:
        error = FieldError(parameter="cursor", detail="must be a next_cursor of an answer for this quarter")
        raise Invalid("The cursor cannot be used", errors=[error])
    return ordered[ids.index(place.id) + 1 :]
