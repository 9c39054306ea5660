"""The list of decisions, and one decision as a story."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from routing.route import route_contact
from routing.types import RepId, Verdict
from service.api.views import cursor, position
from service.api.why import draft_rulebook, reasons_against, rulebook_of
from service.console.story import Otherwise, otherwise, tell
from service.console.visit import Visit
from service.db import assignments, console, decisions, outbox
from service.db.console import Wanted
from service.db.decisions import Position
from service.db.directory import directory
from service.db.outbox import Filter
from service.decision import Decision, to_json
from service.problems import NotFound

PAGE = 40
FILTERS = ("match_outcome", "routing_outcome", "account", "rep", "rule")


def listing(visit: Visit) -> Response:
    """Decisions, newest first, as far as they fit the filters."""
    chosen = {name: visit.query[name] for name in (*FILTERS, "search") if name in visit.query}
    after = position(visit.query.get("after"))
    with visit.services.database.read() as connection:
        place = (after.at, after.id) if after else None
        rows = console.decisions(connection, Wanted(**chosen), place, PAGE + 1)
        shown = rows[:PAGE]
        older = None
        if len(rows) > PAGE:
            older = urlencode(chosen | {"after": cursor(Position(at=shown[-1].at, id=shown[-1].id))})
        values: dict[str, Any] = {
            "rows": shown,
            "older": older,
            "chosen": chosen,
            "first": after is None,
            "reps": console.rep_names(connection),
            "accounts": console.account_names(
                connection, [chosen.get("account"), *(r.account for r in shown)]
            ),
        }
        if visit.fragment:
            return visit.show("decision_rows.html" if after else "decision_list.html", **values)
        return visit.show("decisions.html", rules=console.rules_used(connection), **values)


def one(visit: Visit) -> Response:
    """One decision: who came in, which account, which rule, whose turn, by when."""
    with visit.services.database.read() as connection:
        decision = decisions.get(connection, visit.params["decision_id"])
        if decision is None:
            raise NotFound("There is no decision with this id")
        names = console.rep_names(connection)
        asked_about = visit.query.get("why_not")
        return visit.show(
            "decision.html",
            asked_about=asked_about,
            why_not=_why_not(connection, decision, asked_about, names) if asked_about in names else (),
            otherwise=_under_the_draft(visit, connection, decision, names)
            if "draft" in visit.query
            else None,
            decision=decision,
            names=names,
            story=tell(decision, names),
            won=next((claim for claim in decision.routing.claims if claim.verdict is Verdict.WON), None),
            assignment=assignments.get(connection, decision.assignment.id) if decision.assignment else None,
            open_matters=console.open_matters(connection, decision.id),
            history=console.history(connection, decision.id),
            deliveries=outbox.page(connection, Filter(decision_id=decision.id), None, 20),
            stored=json.dumps(to_json(decision), indent=2, ensure_ascii=False),
            preview=False,
        )


def _why_not(
    connection: Connection, decision: Decision, rep: str, names: Mapping[str, str]
) -> tuple[str, ...]:
    known = {RepId(key): name for key, name in names.items()}
    return reasons_against(decision, RepId(rep), known, rulebook_of(connection, decision))


def _under_the_draft(
    visit: Visit, connection: Connection, decision: Decision, names: Mapping[str, str]
) -> Otherwise | None:
    """Where it is asked for: the decision routed by the draft, on its own facts, with today's pools."""
    if "draft" not in visit.query:
        return None
    routed, _ = route_contact(
        decision.facts, draft_rulebook(visit.services), directory(connection), decision.at
    )
    return otherwise(decision, routed, names)
