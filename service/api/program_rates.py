"""Rates of currencies, by which measures of the program bring amounts into the home currency."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, Strict, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.program_actor import Approver
from service.api.views import answer
from service.auth import Scope
from service.db.measures import rates as db
from service.db.measures.rates import Rate
from service.db.program import settings as stored
from service.http.problems import problems
from service.problems import FieldError, Invalid, NotFound
from service.records.fields import Currency

api = APIRouter(route_class=Endpoint, tags=["program"], prefix="/v1/program/rates")

MOST = 1000
Day = Annotated[date, Strict(False), Field(ge=date(1970, 1, 1), le=date(2099, 12, 31))]


class RateIn(BaseModel):
    """What one unit of a currency is in the home currency, from a day until the next that has a rate."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    currency: Currency
    on: Day = Field(description="The first day on which it holds, in UTC.", examples=["2026-03-01"])
    rate: Annotated[
        Decimal,
        Strict(False),
        Field(
            gt=0,
            le=10**6,
            max_digits=20,
            decimal_places=10,
            description="Best as a text.",
            examples=["0.9213"],
        ),
    ]


class RatesIn(BaseModel):
    """Rates to store; one of the same currency and day is replaced."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    rates: Annotated[list[RateIn], Field(min_length=1, max_length=MOST)]
    home: Currency | None = Field(
        default=None, description="The currency they are in; the home currency of the settings unless said."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RateView:
    """A rate: from ``on`` (UTC) one unit of ``currency`` is ``rate`` units of the home currency."""

    currency: str
    on: date
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RateList:
    """Rates by currency and day. ``next_cursor`` is None on the last page."""

    home: str
    rates: Sequence[RateView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesChanged:
    """How many rates there were not before as they are now."""

    home: str
    changed: int


_LIST, _CHANGED = TypeAdapter(RateList), TypeAdapter(RatesChanged)


@api.get(
    "",
    response_model=RateList,
    summary="List the rates of currencies",
    operation_id="listRates",
    dependencies=[require(Scope.READ)],
    responses=problems(Invalid),
)
async def list_rates(
    services: ServicesDep,
    home: Annotated[
        str | None, Query(pattern="^[A-Z]{3}$", description="The home currency unless said.")
    ] = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$", description="Of one only.")] = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """What one unit of each currency is in the home currency, by currency and day."""
    after = _place(cursor)

    def read() -> RateList:
        with services.database.read() as connection:
            into = home or stored.current(connection).measures.home_currency
            found = db.page(connection, into, currency=currency, after=after, limit=limit + 1)
        shown = [RateView(currency=each.currency, on=each.day, rate=each.rate) for each in found[:limit]]
        return RateList(
            home=into, rates=shown, next_cursor=_cursor(shown[-1]) if len(found) > limit else None
        )

    return answer(_LIST, await run_in_threadpool(read))


@api.put(
    "",
    response_model=RatesChanged,
    summary="Store rates of currencies",
    operation_id="putRates",
    responses=problems(Invalid),
)
async def put_rates(body: RatesIn, services: ServicesDep, _caller: Approver) -> Response:
    """Each holds from its day until the next that is given. All of them are stored, or none."""
    work = services.database.transact
    return answer(_CHANGED, await run_in_threadpool(work, lambda connection: stored_rates(connection, body)))


def stored_rates(connection: Connection, body: RatesIn) -> RatesChanged:
    """Store the rates of a body. Raises Invalid for a rate of the home currency itself."""
    home = body.home or stored.current(connection).measures.home_currency
    own = [place for place, each in enumerate(body.rates) if each.currency == home]
    if own:
        error = FieldError(
            pointer=f"#/rates/{own[0]}/currency", detail=f"{home} is the home currency: it is 1"
        )
        raise Invalid("The rates cannot be stored", errors=[error])
    rates = [Rate(home=home, currency=each.currency, day=each.on, rate=each.rate) for each in body.rates]
    return RatesChanged(home=home, changed=db.put(connection, rates))


@api.delete(
    "/{currency}/{on}",
    status_code=204,
    summary="Take a rate back",
    operation_id="deleteRate",
    responses=problems(NotFound, Invalid),
)
async def delete_rate(
    currency: Currency,
    on: Day,
    services: ServicesDep,
    _caller: Approver,
    home: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
) -> None:
    """The rate before it holds again, until the next."""

    def work(connection: Connection) -> bool:
        into = home or stored.current(connection).measures.home_currency
        return db.remove(connection, into, currency, on)

    if not await run_in_threadpool(services.database.transact, work):
        raise NotFound("There is no rate of this currency and day")


def _cursor(last: RateView) -> str:
    return base64.urlsafe_b64encode(f"{last.currency} {last.on}".encode()).decode()


def _place(cursor: str | None) -> tuple[str, date] | None:
    if cursor is None:
        return None
    try:
        currency, _, day = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return currency, date.fromisoformat(day)
    except (ValueError, binascii.Error):
        error = FieldError(parameter="cursor", detail="must be a next_cursor of an earlier answer")
        raise Invalid("The cursor cannot be used", errors=[error]) from None
