"""service/console/way_back.py: who is refused is led to a page, whatever they came from."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from service.console.routes import ROUTES
from tests.service.console.conftest import Console

PAGES = {each.path for each in ROUTES if "GET" in (each.methods or ())}
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def refused(console: Console, referer: str) -> str | None:
    """Where a form that is refused leads back to, below the base."""
    response = console.client.post(
        "/console/sources/crm/retry", data={"token": "old"}, headers={"referer": referer}
    )
    assert response.status_code == 403
    assert "This is not allowed" in response.text and "API key" not in response.text
    found = re.search(r'href="/console([^"]*)">[^<]*the page you came from', response.text)
    return found and found[1]


def test_who_is_refused_is_led_back_to_the_page_of_the_form(console: Console) -> None:
    here = "http://testserver/console"
    assert refused(console, f"{here}/sources/crm?state=dead&told=x") == "/sources/crm?state=dead"
    assert refused(console, f"{here}/reps/a%2Fb%20c/absences/end?x=1") == "/reps/a%2Fb%20c"
    assert refused(console, f"{here}/deliveries/destinations") == "/deliveries"
    assert refused(console, f"{here}/accounts/A-1/answers/5/undo") == "/accounts/A-1"
    for elsewhere in ("https://elsewhere.example/", "//evil", "javascript:x", "", f"{here}/nowhere/at/all"):
        assert refused(console, elsewhere) is None, elsewhere


def test_every_address_leads_back_to_one_that_is_shown(console: Console) -> None:
    wrong = []
    for route in ROUTES:
        address = re.sub(r"{\w+(:number)?(:path)?}", lambda part: "7" if part[1] else "a%20b", route.path)
        back = refused(console, f"http://testserver/console{address}")
        first = next((each for each in ROUTES if back and each.path_regex.match(unquote(back))), None)
        if first is None or first.path not in PAGES or (route.path in PAGES and back != address):
            wrong.append((address, back))
    assert not wrong
