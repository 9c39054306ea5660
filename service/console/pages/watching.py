"""After a version went live: the shares beside those before, the alarms, and what each rule decides."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection
from starlette.responses import Response

from routing.problems import RulebookInvalid
from service.console.visit import Visit
from service.problems import Conflict
from service.rulebook.usage import UsageReport, usage
from service.rulebook.watch import watch

PERIODS = (7, 30, 90, 365)
BASELINES = {
    "same_hours": "the same hours of the week, in the four weeks before",
    "same_version": "the four weeks before, under the version before",
    "four_weeks": "the four weeks before, whatever was live",
    "none": "nothing yet: there were too few decisions before",
}


def page(visit: Visit) -> Response:
    """How the live version does, and what each rule decides; only the former for the page of the rules."""
    now, text = visit.services.now(), visit.query.get("days", "")
    days = int(text) if text in map(str, PERIODS) else PERIODS[1]
    with visit.services.database.read() as connection:
        used = None if visit.fragment else _used(connection, now, days)
        return visit.show(
            "watch_live.html" if visit.fragment else "watch.html",
            watch=watch(connection, now),
            whole=not visit.fragment,
            usage=used,
            days=days,
            periods=PERIODS,
            baselines=BASELINES,
            highest=max((each.share for each in used.rules), default=0.0) or 1.0 if used else 1.0,
        )


def _used(connection: Connection, now: datetime, days: int) -> UsageReport | None:
    try:
        return usage(connection, now - timedelta(days=days), now)
    except RulebookInvalid as invalid:
        raise Conflict(f"The live rulebook cannot be read here: {invalid.problems[0].message}") from None
