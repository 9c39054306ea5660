"""The application: the only place where its parts are put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import uuid_utils
from fastapi import FastAPI
from fastapi.routing import APIRoute

from service import __version__, log, problems
from service.access import Access
from service.api import deliveries, destinations, docs, health, keys, openapi, sources, webhooks
from service.api.deps import Services
from service.auth import Keys
from service.db.engine import Database
from service.metrics import Metrics
from service.settings import Settings

DESCRIPTION = """\
A contact comes in; Muster finds the account it belongs to, applies the rules of engagement, puts it in the
hands of one rep, and keeps why. Send `Authorization: Bearer KEY`. Errors are problem documents (RFC 9457).
Writes take an `Idempotency-Key`: a call repeated with the same key is done once. Times are RFC 3339 with an
offset.\
"""

RESOURCES = (
    webhooks.api,
    sources.api,
    destinations.api,
    deliveries.api,
    keys.api,
    health.api,
    openapi.api,
    docs.api,
)


def now() -> datetime:
    """The time, in UTC. The one clock of the application."""
    return datetime.now(UTC)


def new_id() -> str:
    """An identifier that sorts by the time it was made."""
    return str(uuid_utils.uuid7())


def compose(settings: Settings) -> Services:
    """The parts that the API, the worker and the command line share."""
    database = Database(settings.database_url)
    return Services(
        settings=settings,
        database=database,
        keys=Keys(
            database,
            pepper=settings.secret_key.get_secret_value() if settings.secret_key else None,
            bootstrap=settings.bootstrap_key.get_secret_value() if settings.bootstrap_key else None,
            now=now,
        ),
        metrics=Metrics(),
        now=now,
        new_id=new_id,
    )


def _operation_id(route: APIRoute) -> str:
    """The function's name in camel case: also a valid name in Apex, which makes it a method."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def create_app(settings: Settings) -> FastAPI:
    """The API and the console over the database that ``settings`` names."""
    log.configure(settings.log_level)
    services = compose(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        services.database.dispose()

    app = FastAPI(
        title="Muster",
        version=__version__,
        description=DESCRIPTION,
        generate_unique_id_function=_operation_id,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.openapi = partial(openapi.described, app)  # type: ignore[method-assign]
    for resource in RESOURCES:
        app.include_router(resource)
    problems.install(app)
    app.add_middleware(
        Access,
        metrics=services.metrics,
        new_id=services.new_id,
        encrypted=settings.base_url.startswith("https:"),
    )
    return app
