"""Why not her: what kept a rep from a contact, in a stored decision or in one that is tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.compiled import Rulebook
from routing.explain import why_not
from routing.problems import RulebookInvalid
from routing.types.people import RepId
from routing.why import why_not_rep
from service.api import rulebook_views
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint, heavy
from service.api.rulebook_draft import reading
from service.api.views import DecisionView, answer, view
from service.auth import Scope
from service.db import decisions, reps, rulebooks
from service.db.directory import directory
from service.decision import Decision
from service.explanation import Explanation, explain
from service.http.limits import Work
from service.http.problems import problems
from service.problems import FieldError, Invalid, NotFound, Unavailable
from service.records.contacts import ContactIn
from service.rulebook.examination import examine
from service.rulebook.live import compiled
from service.services import Services

api = APIRouter(route_class=Endpoint)

Rep = Annotated[str, Query(min_length=1, max_length=255, description="The rep's external id.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """What kept a rep from a contact, in sentences; ``has_it`` when nothing did."""

    rep: str
    name: str
    has_it: bool
    assignee: str | None
    rulebook: str
    reasons: Sequence[str]


class TryIn(BaseModel):
    """A contact to be decided without storing anything, by the live rules or by the draft."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    contact: ContactIn
    rulebook: Literal["live", "draft"] = "live"
    why_not: str | None = Field(default=None, min_length=1, max_length=255, description="A rep to ask about.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The decision that would be taken now, in full and in words; nothing was stored."""

    decision: DecisionView
    explanation: Explanation
    why_not: WhyNot | None


_WHY = TypeAdapter(WhyNot)
_TRIED = TypeAdapter(Tried)


@api.get(
    "/v1/decisions/{decision_id}/why-not",
    response_model=WhyNot,
    summary="Say why a rep did not get the contact",
    operation_id="explainWhyNot",
    tags=["decisions"],
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound, Invalid),
)
@heavy(Work.RULES)
async def get_why_not(decision_id: str, rep: Rep, services: ServicesDep) -> Response:
    """Each rule that asks for the rep and what became of it, each turn passed over, and what would differ."""

    def read(connection: Connection) -> WhyNot:
        found = decisions.get(connection, decision_id)
        if found is None:
            raise NotFound("No decision has this id")
        return _why_not(connection, found, rep, FieldError(parameter="rep", detail="names no rep"))

    return answer(_WHY, await reading(services, read))


@api.post(
    "/v1/rulebook/try",
    response_model=Tried,
    summary="Try a contact on the rulebook",
    operation_id="tryRulebook",
    tags=["rulebook"],
    dependencies=[require(Scope.MATCH)],
    responses=problems(Invalid, Unavailable),
)
@heavy(Work.RULES)
async def try_contact(wanted: TryIn, services: ServicesDep) -> Response:
    """The decision a contact would get now, by the live rules or by the draft, and why. Stores nothing."""
    return answer(_TRIED, await run_in_threadpool(_try, services, wanted))


def _try(services: Services, wanted: TryIn) -> Tried:
    rulebook = draft_rulebook(services) if wanted.rulebook == "draft" else None
    decision = services.flow.preview(wanted.contact.contact(), rulebook)
    asked = None
    if wanted.why_not is not None:
        unknown = FieldError(pointer="#/why_not", detail="names no rep")
        with services.database.read() as connection:
            asked = _why_not(connection, decision, wanted.why_not, unknown, rulebook)
    return Tried(decision=view(decision), explanation=explain(decision), why_not=asked)


def draft_rulebook(services: Services) -> Rulebook:
    """The draft, compiled. Raises Invalid, with every fault, for one that cannot be used."""
    with services.database.read() as connection:
        text = rulebooks.draft(connection).text
    try:
        return compiled(text)
    except RulebookInvalid:
        raise rulebook_views.refusal(examine(text, services.now(), test=False)) from None


def _why_not(
    connection: Connection,
    decision: Decision,
    rep: str,
    unknown: FieldError,
    rulebook: Rulebook | None = None,
) -> WhyNot:
    asked = RepId(rep)
    known = {**reps.by_id(connection, [asked]), **decision.facts.reps}
    if asked not in known:
        raise Invalid("There is no such rep", errors=[unknown])
    names = {each.id: each.name for each in known.values()}
    return WhyNot(
        rep=rep,
        name=names[asked],
        has_it=decision.routing.assignee == asked,
        assignee=decision.routing.assignee,
        rulebook=decision.versions.rulebook,
        reasons=reasons_against(
            connection, decision, asked, names, rulebook or rulebook_of(connection, decision)
        ),
    )


def rulebook_of(connection: Connection, decision: Decision) -> Rulebook | None:
    """The rulebook a decision was taken under; None where this program reads it no more."""
    stored = rulebooks.get(connection, decision.versions.rulebook)
    try:
        return compiled(stored.text) if stored is not None else None
    except RulebookInvalid:
        return None


def reasons_against(
    connection: Connection,
    decision: Decision,
    rep: RepId,
    names: Mapping[RepId, str],
    rulebook: Rulebook | None,
) -> tuple[str, ...]:
    """What kept a rep from a contact, and what would have to be different, in sentences."""
    if rulebook is None:
        return why_not(decision.routing, rep, names)
    pools = directory(connection).of(rep)  # as they are today
    return why_not_rep(decision.routing, rep, decision.facts, rulebook, decision.at, names, pools)
