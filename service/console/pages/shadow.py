"""The shadow: deciding beside another system, how the two compare, and each contact on which they differ."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from service.api.shadow import ModeIn, cursor_of, place
from service.console import forms
from service.console.visit import Visit
from service.db import console, shadow
from service.db.shadow import DISAGREEMENTS, Mode, Verdict
from service.problems import Invalid
from service.rulebook.beside import report

PAGE = 50
PERIODS = (7, 30, 90)
VERDICTS = {
    Verdict.AGREES: ("The same rep", "good"),
    Verdict.SAME_POOL: ("Another turn of the same pool", "info"),
    Verdict.DIFFERS: ("Another rep", "warn"),
    Verdict.UNASSIGNED: ("Nobody yet, by the rules", "warn"),
    Verdict.UNKNOWN: ("Their owner is not known", "quiet"),
}


def page(visit: Visit) -> Response:
    """Whether contacts are decided in the shadow, and how the rules compare with the other system."""
    return _show(visit)


def switch(visit: Visit) -> Response:
    """Decide contacts beside another system from now on, or for real."""
    if visit.form.get("to") == "off":
        visit.services.database.transact(lambda connection: shadow.switch(connection, None))
        return visit.go("/shadow")
    sources = forms.listed(visit.form.get("sources", ""))
    try:
        said = {"owner_field": visit.form.get("owner_field", "").strip(), "sources": sources or None}
        wanted = forms.read(ModeIn, said)
    except Invalid as problem:
        return _show(visit, problem)
    mode = Mode(
        sources=wanted.sources,
        owner_field=wanted.owner_field,
        since=visit.services.now(),
        author=visit.caller.name,
    )
    visit.services.database.transact(lambda connection: shadow.switch(connection, mode))
    return visit.go("/shadow")


def _show(visit: Visit, problem: Invalid | None = None) -> Response:
    text, verdict, rule = (visit.query.get(name, "") for name in ("days", "verdict", "rule"))
    days = int(text) if text in map(str, PERIODS) else 30
    since = visit.services.now() - timedelta(days=days)
    wanted = (Verdict(verdict),) if verdict in list(Verdict) else DISAGREEMENTS
    with visit.services.database.read() as connection:
        compared = report(connection, since)
        found = shadow.page(
            connection,
            since,
            wanted,
            rule=rule or None,
            after=place(visit.query.get("after")),
            limit=PAGE + 1,
        )
        names = console.rep_names(connection)
    older = None
    if len(found) > PAGE:
        chosen = {"days": str(days), "verdict": verdict, "rule": rule, "after": cursor_of(found[PAGE - 1])}
        older = urlencode({name: value for name, value in chosen.items() if value})
    return visit.show(
        "shadow.html",
        status=problem.status if problem else 200,
        problem=problem,
        form=visit.form if problem else {},
        report=compared,
        rows=found[:PAGE],
        older=older,
        days=days,
        periods=PERIODS,
        verdict=verdict,
        verdicts=VERDICTS,
        rule=rule,
        names=names,
    )
