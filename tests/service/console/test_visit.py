"""service/console/visit.py: what a page knows of its reader."""

from __future__ import annotations

from typing import Any, cast

import pytest

from service.api.deps import Services
from service.console.visit import ZONE, Visit


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
