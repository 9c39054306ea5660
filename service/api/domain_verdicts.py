"""Domains of an account: what people say of those that its contacts came with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.views import answer
from service.auth import Caller, Scope
from service.db import accounts, domain_verdicts
from service.db.domain_verdicts import Standing, Verdict, Word
from service.http.problems import problems
from service.problems import NotFound
from service.records.fields import Reason
from service.services import Services

api = APIRouter(route_class=Endpoint, tags=["accounts"], prefix="/v1/accounts")

Editor = Annotated[Caller, require(Scope.OPS_EDITOR)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDomains:
    """By name. ``verdict`` is null for a domain that the CRM or another system gave; ``part`` is the host
    below it that is the account's, where it has no more than that (`ng.acme.com` of `acme.com`).
    """

    domains: Sequence[Standing]


class VerdictIn(BaseModel):
    """What is said of a domain: `trust` counts at once, `never` is not learned again, `quarantine` takes
    either back: it counts once two contacts came with it.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    verdict: Verdict
    reason: Reason | None = Field(default=None, examples=["their agency's domain"])


_ALL = TypeAdapter(AccountDomains)


@api.get(
    "/{external_id:path}/domains",
    response_model=AccountDomains,
    summary="List the domains of an account",
    operation_id="listAccountDomains",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def list_account_domains(external_id: str, services: ServicesDep) -> Response:
    """Each with where it is from, whether it counts, and what was said of it; also those taken away."""
    return answer(_ALL, await run_in_threadpool(_read, services, external_id))


@api.put(
    "/{external_id:path}/domains/{domain}",
    response_model=AccountDomains,
    summary="Say whether a learned domain is the account's",
    operation_id="putAccountDomain",
    responses=problems(NotFound),
)
async def put_account_domain(
    external_id: str, domain: str, body: VerdictIn, services: ServicesDep, caller: Editor
) -> Response:
    """Of a domain that contacts of the account came with, or, `trust` alone, of one of which it has a
    part: all of it is then the account's. Said again, it changes nothing; the audit log keeps the reason.
    """
    word, now = Word(by=caller.name, reason=body.reason), services.now()

    def judge(connection: Connection) -> Verdict | None:
        return domain_verdicts.judge(connection, external_id, domain, body.verdict, word, now)

    if await run_in_threadpool(services.database.transact, judge) is None:
        raise NotFound("The account learned no such domain from its contacts, nor has it a part of it")
    return answer(_ALL, await run_in_threadpool(_read, services, external_id))


def _read(services: Services, external_id: str) -> AccountDomains:
    with services.database.read() as connection:
        account = accounts.get(connection, external_id)
        if account is None:
            raise NotFound("There is no account with this external_id")
        return AccountDomains(domains=domain_verdicts.standings(connection, account))
