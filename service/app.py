"""The application: the only place where its parts are put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import uuid_utils
from fastapi import FastAPI

from service import problems
from service.access import Access
from service.api import health, keys
from service.api.deps import Services
from service.auth import Keys
from service.db.engine import Database
from service.metrics import Metrics
from service.settings import Settings

RESOURCES = (health.api, keys.api)


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


def create_app(settings: Settings) -> FastAPI:
    """The API and the console over the database that ``settings`` names."""
    services = compose(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        services.database.dispose()

    app = FastAPI(
        title="Muster",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
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
