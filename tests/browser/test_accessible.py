"""Every page by the rules of WCAG 2.2 AA that a program can check, in light and in dark, wide and narrow.

The rules are those of axe-core (Deque, MPL-2.0), which stands beside this file
unchanged, with its licence; it is no part of what is installed. Each page fits
the screen, loads little, and nothing from elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service.console.routes import ROUTES
from tests.browser.conftest import Demo
from tests.browser.test_console import sign_in
from tests.browser.webdriver import Browser

AXE = (Path(__file__).parent / "axe-4.14.1.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AUDIT = f"""axe.run(document, {{runOnly: {RULES}, resultTypes: ["violations"]}})
  .then(found => found.violations.map(
  each => each.id + ": " + each.nodes.map(node => node.html.slice(0, 160)).join(" | ")))"""
TOO_WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOADED = "return performance.getEntriesByType('resource').map(e => [e.name, e.transferSize])"

NOT_THERE = "the server responded with a status of 4"
"""What the browser complains of where a page says that there is nothing: a used link, a wrong address."""

PARTS = (
    *("/static/{name}", "/sign-in/back", "/rulebook/catalogue", "/reviews/accounts"),
    *("/imports/{import_id}/errors", "/imports/{import_id}/tried"),
)
"""What is no page of its own."""
UNFILLED = ("plan_id", "delivery_id")
"""What the demo does not have."""
BESIDES = (
    "/program/plans/new?account=ACC-1016",
    "/reviews?tab=held",
    "/rulebook/diff?before=live&after=draft",
    "/nowhere",
)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_every_page_keeps_the_rules(browser: Browser, demo: Demo, width: int, dark: bool) -> None:
    pages = _pages(demo)
    assert len(pages) >= 35
    sign_in(browser, demo)
    browser.resize(width, 900, dark=dark)
    browser.everywhere(AXE)
    found: dict[str, list[Any]] = {}
    for page in pages:
        browser.open(f"{demo.address}/console{page}")
        loaded = browser.run(LOADED)
        faults = [name for name, _ in loaded if not name.startswith(demo.address)]
        faults += [f"{wide} pixels too wide"] if (wide := browser.run(TOO_WIDE)) else []
        faults += [f"{size} bytes"] if (size := sum(size for _, size in loaded)) > 300_000 else []
        faults += browser.later(AUDIT)
        faults += [each for each in browser.complaints() if NOT_THERE not in each]
        if faults:
            found[page] = faults
    assert found == {}


def _pages(demo: Demo) -> list[str]:
    """The address of every page there is, filled with what the demo has."""
    key = {"Authorization": f"Bearer {demo.key}"}
    with httpx2.Client(base_url=demo.address, headers=key, trust_env=False, timeout=60) as client:
        decided = client.get("/v1/decisions", params={"rule": "emea", "limit": 1}).json()["decisions"][0][
            "id"
        ]
        waiting = client.get("/v1/reviews", params={"limit": 1}).json()["reviews"][0]["decision"]["id"]
        leaving = {"rep": "tom.ashby", "kind": "leaves", "reason": "New job", "accounts": "keep"}
        leaving |= {"opportunities": "keep", "in_work": "keep", "covers": "keep", "team": "keep"}
        client.post("/v1/sources", json={"name": "website-forms"})
        claim = {"decision_id": decided, "claimant": "marcus.bell", "reason": "I know them"}
        disputed = client.post("/v1/disputes", json=claim).json()
        known = {
            "decision_id": decided,
            "external_id": "ACC-1001",
            "rep": "sofia.lindgren",
            "name": "Inbound%20EMEA",
            "handover_id": client.post("/v1/handovers", json=leaving).json()["id"],
            "dispute_id": disputed.get("id") or client.get("/v1/disputes").json()["disputes"][0]["id"],
            "version": client.get("/v1/rulebook").json()["version"],
            "report": "speed-to-lead",
            "measure": "assigned",
            "counted": "revenue",
            "import_id": _imported(client),
            "nomination_id": client.get("/v1/program/nominations").json()["nominations"][0]["id"],
            "plan": client.get("/v1/program/plans").json()["plans"][-1]["id"],
            "campaign": client.get("/v1/program/campaigns").json()["campaigns"][-1]["campaign"]["id"],
            "account": "ACC-1001",
            "report_id": client.post("/v1/program/reports", json={"account": "ACC-1001"}).json()["id"],
            "meeting": client.get("/v1/program/meetings?days=60").json()["meetings"][0]["id"],
        }
    pages = []
    for route in ROUTES:
        if (
            "GET" not in (route.methods or ())
            or route.path in PARTS
            or any(n in route.path for n in UNFILLED)
        ):
            continue
        values = known | {"decision_id": waiting} if route.path.startswith("/reviews") else known
        values = values | {"name": "website-forms"} if route.path.startswith("/sources") else values
        path = re.sub(r":\w+}", "}", route.path)
        pages.append(path.format_map(values))
    return [*pages, *BESIDES, f"/rulebook/rollback?version={known['version']}"]


def _imported(client: httpx2.Client) -> str:
    """An import that came to nothing, with what is wrong."""
    headers = {"Content-Type": "text/csv"}
    sent = client.post("/v1/imports?kind=reps", content="rep_id,name,Fax\n,Ann,1\n", headers=headers)
    return str(sent.json()["id"])
