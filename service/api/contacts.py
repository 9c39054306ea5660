"""Contacts in: each is matched, routed and stored, and the decision is the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, event_prefix, require
from service.api.endpoint import Endpoint, heavy, takes_each
from service.api.views import DecisionView, answer, view
from service.auth import Scope
from service.decision import Handled, Incoming
from service.http.limits import Work
from service.http.problems import problems
from service.problems import Invalid, KeyReused, Problem, TooLarge, Unavailable
from service.records.contacts import ContactIn
from service.strict_json import Spoilt
from service.validation import field_errors

api = APIRouter(route_class=Endpoint, tags=["contacts"])

Prefix = Annotated[str | None, Depends(event_prefix)]


class ContactsIn(BaseModel):
    """Several contacts. Each is judged by itself: a bad one does not stop the others."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    contacts: list[Any] = Field(description="Contacts as for `POST /v1/contacts`.", min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """What became of one contact of a batch.

    ``status`` is 201 for a new decision, 200 for one that was taken before, or
    that of the ``problem``; of ``decision`` and ``problem`` one is set.
    """

    status: int
    decision: DecisionView | None
    problem: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """One item for each contact, in the order sent."""

    results: Sequence[BatchItem]


_ONE = TypeAdapter(DecisionView)
_MANY = TypeAdapter(BatchResult)
_ELSEWHERE = "This event id or Idempotency-Key was used before with another body; the first call stands"


@api.post(
    "/v1/contacts",
    status_code=201,
    response_model=DecisionView,
    summary="Match a contact to its account and put it in the hands of one rep",
    operation_id="decideContact",
    dependencies=[require(Scope.INTAKE)],
    responses=problems(Invalid, KeyReused, Unavailable)
    | {200: {"model": DecisionView, "description": "The event was decided before: that decision."}},
)
async def post_contact(contact: ContactIn, services: ServicesDep, prefix: Prefix) -> Response:
    """Decide who acts on the contact, by when and why; the answer is the stored decision.

    The same event sent again is answered with the same decision and 200. The
    event is told by ``event_id``, else by the Idempotency-Key, else by its content.
    """
    handled = await services.batcher.submit(contact.incoming(_key(prefix)))
    if handled.conflict:
        raise KeyReused(_ELSEWHERE)
    return answer(_ONE, view(handled.decision), 200 if handled.repeated else 201)


@api.post(
    "/v1/contacts/batch",
    response_model=BatchResult,
    summary="Decide up to 1,000 contacts in one call",
    operation_id="decideContacts",
    dependencies=[require(Scope.INTAKE)],
    responses=problems(Invalid, TooLarge, Unavailable),
)
@takes_each("contacts")
@heavy(Work.DECIDE)
async def post_contacts(contacts: ContactsIn, services: ServicesDep, prefix: Prefix) -> Response:
    """Decide every contact that is valid; one that is not gets its own problem and stops no other."""
    most = services.settings.max_batch
    if len(contacts.contacts) > most:
        raise TooLarge(f"A batch has at most {most} contacts; send more in several calls")
    read = [read_item(item, index, prefix) for index, item in enumerate(contacts.contacts)]
    incoming = [each for each in read if isinstance(each, Incoming)]
    handled = iter(await run_in_threadpool(services.flow.handle, incoming))
    results = [_refused(each) if isinstance(each, Problem) else _item(next(handled)) for each in read]
    return answer(_MANY, BatchResult(results=results))


def read_item(item: Any, index: int, prefix: str | None) -> Incoming | Problem:
    """One contact of a batch, or what is wrong with it."""
    contact = checked(item, index)
    return contact if isinstance(contact, Problem) else contact.incoming(_key(prefix, index))


def checked(item: Any, index: int) -> ContactIn | Problem:
    """The contact at ``index`` of a body's ``contacts``, or what is wrong with it."""
    if isinstance(item, Spoilt):
        return Invalid("The contact is not valid", errors=item.errors)
    try:
        return ContactIn.model_validate(item)
    except ValidationError as error:
        found = field_errors(error.errors(include_input=False), ContactIn, f"#/contacts/{index}")
        return Invalid("The contact is not valid", errors=found)


def _key(prefix: str | None, index: int | None = None) -> str | None:
    """The event key that an Idempotency-Key makes, for one contact or the one at ``index`` of a batch."""
    if prefix is None:
        return None
    digest = hashlib.sha256(prefix.encode()).hexdigest()
    return f"call:{digest}" if index is None else f"call:{digest}:{index}"


def _item(handled: Handled) -> BatchItem:
    if handled.conflict:
        return _refused(KeyReused(_ELSEWHERE))
    return BatchItem(status=200 if handled.repeated else 201, decision=view(handled.decision), problem=None)


def _refused(problem: Problem) -> BatchItem:
    return BatchItem(status=type(problem).status, decision=None, problem=problem.document())
