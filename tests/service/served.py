"""The API over a database of the test's own with a rulebook live, and a caller who may do everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter
from fastapi.testclient import TestClient

from service.app import create_app
from service.rulebook import publishing
from service.services import Services
from service.settings import Settings

KEY = "bootstrap-key-of-the-tests"
QUEUED = "version: 1\nrules: []\nfallback: {then: {queue: inbound}}\n"


@contextmanager
def served(
    database_url: str, *, rulebook: str = QUEUED, routes: APIRouter | None = None, **settings: Any
) -> Iterator[TestClient]:
    """A caller of the whole application, without a worker; every contact is queued but for the rulebook."""
    given = {"bootstrap_key": KEY, "worker": False} | settings
    app = create_app(Settings.from_env({}, database_url=database_url, **given))
    if routes is not None:
        app.include_router(routes)
    services: Services = app.state.services
    publishing.publish(services.database, rulebook, author="tests", reason=None, now=services.now())
    with TestClient(app, headers={"Authorization": f"Bearer {KEY}"}) as client:
        yield client


def services_of(client: TestClient) -> Services:
    """What the application behind a caller is made of."""
    found: Services = client.app.state.services  # type: ignore[attr-defined]
    return found
