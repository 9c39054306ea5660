"""Whether the process lives and can serve, and its figures. Needs no key and says nothing secret."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from service.api.deps import ServicesDep
from service.api.endpoint import OpenEndpoint
from service.db import migrate, rulebooks
from service.services import Services

api = APIRouter(route_class=OpenEndpoint, tags=["health"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """The process answers."""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Whether contacts can be decided now; ``checks`` says what is missing."""

    ready: bool
    checks: dict[str, str]


@api.get("/livez", summary="Whether the process lives")
async def livez() -> Alive:
    """Answers as long as the process does. Not a reason to send traffic: see /readyz."""
    return Alive(status="alive")


@api.get("/readyz", summary="Whether contacts can be decided", responses={503: {"model": Ready}})
async def readyz(response: Response, services: ServicesDep) -> Ready:
    """The database answers and takes writes, its schema is this program's, a rulebook is live. Otherwise 503.

    A full or read-only disk shows once a write has failed, until one succeeds or for a minute.
    """
    checks = await run_in_threadpool(_checks, services)
    ready = all(found == "ok" for found in checks.values())
    response.status_code = 200 if ready else 503
    return Ready(ready=ready, checks=checks)


@api.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(services: ServicesDep) -> Response:
    """Counters and gauges in Prometheus' text format."""
    text = await run_in_threadpool(services.metrics.exposition)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _checks(services: Services) -> dict[str, str]:
    try:
        with services.database.read() as connection:
            if migrate.current(connection) != migrate.head():
                return {"database": "ok", "schema": "is of another version: run muster db upgrade"}
            live = rulebooks.live_version(connection)
    except SQLAlchemyError:
        return {"database": "does not answer"}
    return {
        "database": "ok",
        "writes": services.database.storage.trouble() or "ok",
        "schema": "ok",
        "rulebook": "ok" if live else "none is live: publish one",
    }
