"""Deliveries: every message to every destination, what became of it, and sending it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.auth import Scope
from service.db import outbox
from service.db.outbox import Delivery, Filter, State
from service.delivery.outbox import EventType
from service.http.problems import problems
from service.problems import Conflict, NotFound

api = APIRouter(route_class=Endpoint, tags=["deliveries"], prefix="/v1/deliveries")

DeliveryId = Annotated[int, Path(ge=0, le=2**62)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """Deliveries, newest first. ``next_before`` is None on the last page."""

    deliveries: tuple[Delivery, ...]
    next_before: int | None


@api.get("", summary="List deliveries", dependencies=[require(Scope.READ)])
async def list_deliveries(
    services: ServicesDep,
    destination: str | None = None,
    state: State | None = None,
    event: EventType | None = None,
    decision: str | None = None,
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeliveryPage:
    """Messages with their bodies and the last answer, newest first; `state=dead` are those given up."""
    wanted = Filter(destination_id=destination, state=state, type=event, decision_id=decision)

    def read() -> list[Delivery]:
        with services.database.read() as connection:
            return outbox.page(connection, wanted, before, limit)

    found = await run_in_threadpool(read)
    return DeliveryPage(deliveries=tuple(found), next_before=found[-1].id if len(found) == limit else None)


@api.get(
    "/{delivery_id}",
    summary="Read a delivery",
    dependencies=[require(Scope.READ)],
    responses=problems(NotFound),
)
async def get_delivery(delivery_id: DeliveryId, services: ServicesDep) -> Delivery:
    """One message with its body and the last answer."""

    def read() -> Delivery | None:
        with services.database.read() as connection:
            return outbox.get(connection, delivery_id)

    return _found(await run_in_threadpool(read))


@api.post(
    "/{delivery_id}/replay",
    summary="Send a message again",
    dependencies=[require(Scope.OPS_EDITOR)],
    responses=problems(NotFound, Conflict),
)
async def replay_delivery(delivery_id: DeliveryId, services: ServicesDep) -> Delivery:
    """Send a message again that was delivered or given up, with the same id and ten new attempts."""
    now = services.now()

    def work() -> Delivery:
        done = services.database.transact(lambda c: outbox.replay(c, delivery_id, now))
        with services.database.read() as connection:
            found = _found(outbox.get(connection, delivery_id))
        if not done:
            raise Conflict(
                "The message is still on its way; it will be tried again by itself"
                if found.payload
                else "What the message said was deleted; there is nothing left to send"
            )
        return found

    found = await run_in_threadpool(work)
    services.bell.ring()
    return found


def _found(delivery: Delivery | None) -> Delivery:
    if delivery is None:
        raise NotFound("There is no delivery with this id")
    return delivery
