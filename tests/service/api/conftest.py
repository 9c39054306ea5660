"""The API over a database of the test's own, and callers with and without keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings

BOOTSTRAP = "bootstrap-key-of-the-tests"


@pytest.fixture
def settings(database_url: str) -> Settings:
    """The settings of the application under test."""
    return Settings.from_env({}, database_url=database_url, bootstrap_key=BOOTSTRAP, worker=False)


@pytest.fixture
def anonymous(settings: Settings) -> Iterator[TestClient]:
    """A caller without a key."""
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def admin(anonymous: TestClient) -> TestClient:
    """A caller who may do everything."""
    anonymous.headers["Authorization"] = f"Bearer {BOOTSTRAP}"
    return anonymous


def beside(client: TestClient) -> TestClient:
    """Another caller of the same running application, without a key."""
    other = TestClient(client.app)
    other.portal = client.portal  # its event loop is where batches are gathered
    return other
