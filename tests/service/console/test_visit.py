"""service/console/visit.py: what a page knows of its reader."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from service.console.app import routes
from service.console.visit import ZONE, Visit
from service.http.limits import Places
from service.services import Services
from tests.service.console.conftest import Console, sign_in


@pytest.mark.parametrize(
    ("said", "zone"),
    [("Europe%2FBerlin", "Europe/Berlin"), ("", "UTC"), ("Mars%2FPhobos", "UTC"), ("..%2F..%2Fetc", "UTC")],
)
def test_the_zone_is_the_one_of_the_readers_computer(said: str, zone: str) -> None:
    services = cast(Services, cast(Any, None))
    visit = Visit(
        services=services, session=None, base="", path="/", secure=False, fragment=False, cookies={ZONE: said}
    )
    assert visit.zone == zone


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_that_takes_long_says_to_wait_when_there_is_no_place_for_it(console: Console) -> None:
    crowded = replace(console.services, places=Places(at_once=0, in_line=0))
    client = TestClient(Starlette(routes=routes(crowded)), follow_redirects=False)
    sign_in(Console(services=crowded, client=client))
    refused = client.get("/console/pace")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert "Not available just now" in refused.text
    assert client.get("/console/").status_code == 200
