"""What pages about one thing need: a hand-over, a dispute, an import, a report, a plan, begun as usual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2

from service.console.app import PATH
from service.db import plans
from service.db.engine import Database
from service.db.recorded import Span
from service.rulebook.plans import Planner, begin

CONTACTS = 500
"""Contacts that the plan is tried on."""
_PLAN = "bench"
_LEAVING = {"kind": "moves", "reason": "bench", "accounts": "keep", "opportunities": "keep"}
_LEAVING |= {"in_work": "keep", "covers": "keep", "team": "keep"}
_FILE = "account_id,name,website,Fax\n" + "".join(f"NEW-{n},Company {n},,1\n" for n in range(500))


def plan(database: Database) -> str:
    """A plan that has been worked out; its id."""
    with database.read() as connection:
        found = plans.get(connection, _PLAN)
    if found is None:
        now = datetime.now(UTC)
        span = Span(since=now - timedelta(days=1), until=now, limit=CONTACTS)
        begin(database, _PLAN, span, author="bench", now=now)
        Planner(database, lambda: now).run()
    return _PLAN


def others(api: httpx2.Client, console: httpx2.Client, known: dict[str, str]) -> dict[str, str]:
    """The ids of a hand-over that is planned, an open dispute, a file to be looked at and a kept report."""
    handover = _made(api.post("/v1/handovers", json=_LEAVING | {"rep": known["rep"]}))
    claim = {"decision_id": known["assigned"], "claimant": known["other"], "reason": "bench"}
    opened = api.post("/v1/disputes", json=claim)
    dispute = (
        _made(opened) if opened.status_code < 300 else api.get("/v1/disputes").json()["disputes"][0]["id"]
    )
    token = console.get(f"{PATH}/try").text.split('name="token" value="')[1].split('"')[0]
    sent = console.post(
        f"{PATH}/imports",
        data={"token": token, "kind": "accounts"},
        files={"file": ("a.csv", _FILE.encode())},
    )
    place = sent.headers["location"].rsplit("/", 1)[1]
    report = _made(api.post("/v1/program/reports", json={"account": known["account"]}))
    return {"handover_id": handover, "dispute_id": str(dispute), "import_id": place, "report_id": report}


def _made(answer: httpx2.Response) -> str:
    if answer.status_code >= 300:
        raise RuntimeError(answer.text)
    return str(answer.json()["id"])
