"""One decision as a story: who came in, which account, which rule, whose turn, and what followed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from routing.route import route_contact
from routing.types.decision import Verdict
from routing.types.people import RepId
from service.api.views import clock_state
from service.api.why import draft_rulebook, reasons_against, rulebook_of
from service.console.story import Otherwise, otherwise, tell
from service.console.visit import Visit
from service.db import (
    assignments,
    clocks,
    console,
    credit,
    decision_list,
    decisions,
    disputes,
    handovers,
    outbox,
)
from service.db.directory import directory
from service.db.outbox import Filter
from service.decision import Decision, to_json
from service.desk.matters import in_words
from service.problems import Invalid, NotFound

MESSAGES = 20
SHARES = 50


def one(visit: Visit) -> Response:
    """One decision, told from beginning to end; on request why not somebody else, and the draft's view."""
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
            decision=decision,
            names=names,
            story=tell(decision, names),
            won=next((claim for claim in decision.routing.claims if claim.verdict is Verdict.WON), None),
            stored=json.dumps(to_json(decision), indent=2, ensure_ascii=False),
            answered=in_words,
            preview=False,
            **_under_the_draft(visit, connection, decision, names),
            **_since(visit, connection, decision),
        )


def _since(visit: Visit, connection: Connection, decision: Decision) -> dict[str, Any]:
    """What has become of the contact since: whose hands, clocks, messages, credit, disputes, hand-overs."""
    now = visit.services.now()
    person = decisions.contact_row(connection, decision.id)
    assert person is not None, "a stored decision has its contact"
    hands = assignments.of_contact(connection, person)
    ids = [each.id for each in hands]
    ticking = clocks.of(connection, ids)
    return {
        "open_matters": console.open_matters(connection, decision.id),
        "settled": console.settled_matters(connection, decision.id),
        "hands": hands,
        "clocks": {key: [clock_state(each, now) for each in ticking.get(key, [])] for key in ids},
        "deliveries": outbox.page(connection, Filter(decision_id=decision.id), None, MESSAGES),
        "credits": credit.page(connection, credit.Filter(contact_row=person), 0, SHARES),
        "disputes": disputes.about(connection, person),
        "handed_over": handovers.of_assignments(connection, ids),
        "history": decision_list.history(connection, decision.id),
    }


def _why_not(
    connection: Connection, decision: Decision, rep: str, names: Mapping[str, str]
) -> tuple[str, ...]:
    known = {RepId(key): name for key, name in names.items()}
    return reasons_against(connection, decision, RepId(rep), known, rulebook_of(connection, decision))


def _under_the_draft(
    visit: Visit, connection: Connection, decision: Decision, names: Mapping[str, str]
) -> dict[str, Any]:
    """Where it is asked for: the decision routed by the draft, on its own facts, with today's pools."""
    found: Otherwise | None = None
    unusable = False
    if "draft" in visit.query:
        try:
            rulebook = draft_rulebook(visit.services)
        except Invalid:
            unusable = True
        else:
            routed, _ = route_contact(decision.facts, rulebook, directory(connection), decision.at)
            found = otherwise(decision, routed, names)
    return {"otherwise": found, "draft_unusable": unusable}
