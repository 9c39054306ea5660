"""Plans: the draft tried on recorded contacts, who gains and who loses, and each contact that moves."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from routing.problems import RulebookInvalid
from service.console.pages.drafting import show
from service.console.visit import Visit
from service.db import console as reads
from service.db import plans
from service.db.plans import OPEN, Filter, Plan
from service.db.recorded import Span
from service.problems import Conflict, Invalid, NotFound
from service.rulebook.plans import NothingLive, begin, both_sides

PAGE = 100
FILTERS = ("rule", "before_rule", "after_rule", "rep", "pool", "outcome", "country", "region", "tier")


def start(visit: Visit) -> Response:
    """Have a worker try the saved draft on the contacts of the last days."""
    days = visit.form.get("days", "30")
    if not days.isdecimal() or not 1 <= int(days[:5]) <= 3660:
        return show(visit, Invalid("The number of days must be from 1 to 3,660"))
    services, plan_id = visit.services, visit.services.new_id()
    now = services.now()
    span = Span(since=now - timedelta(days=int(days)), until=now, limit=None)
    try:
        begin(services.database, plan_id, span, author=visit.caller.name, now=now)
    except NothingLive as nothing:
        return show(visit, Conflict(str(nothing)))
    except RulebookInvalid:
        return show(visit, Invalid("The draft has faults; a plan needs one that can be read"))
    services.bell.ring()
    return visit.go(f"/rulebook/plans/{plan_id}")


def stop(visit: Visit) -> Response:
    """Stop a plan that is under way."""
    plan_id, now = visit.params["plan_id"], visit.services.now()
    visit.services.database.transact(lambda connection: plans.cancel(connection, plan_id, now))
    return visit.go(f"/rulebook/plans/{plan_id}")


def one(visit: Visit) -> Response:
    """How far a plan is; at the end who gains and who loses, by rep, rule, pool and place."""
    with visit.services.database.read() as connection:
        plan = _found(connection, visit.params["plan_id"])
        template = "plan_live.html" if visit.fragment else "plan.html"
        return visit.show(template, plan=plan, running=plan.state in OPEN, names=reads.rep_names(connection))


def changes(visit: Visit) -> Response:
    """The contacts that move, as far as they fit what was chosen."""
    chosen = {name: visit.query[name] for name in FILTERS if name in visit.query}
    after = visit.query.get("after", "")
    place = int(after) if after.isdecimal() and len(after) < 10 else None
    with visit.services.database.read() as connection:
        plan = _found(connection, visit.params["plan_id"])
        wanted = Filter(**chosen)
        found = plans.changes(connection, plan.id, wanted, after=place, limit=PAGE + 1)
        older = urlencode(chosen | {"after": str(found[PAGE - 1][0])}) if len(found) > PAGE else None
        return visit.show(
            "plan_changes.html",
            plan=plan,
            chosen=chosen,
            rows=[each for _, each in found[:PAGE]],
            matching=plans.count(connection, plan.id, wanted),
            older=older,
            names=reads.rep_names(connection),
        )


def change(visit: Visit) -> Response:
    """One contact under both rulebooks, side by side."""
    with visit.services.database.read() as connection:
        plan = _found(connection, visit.params["plan_id"])
        try:
            sides = both_sides(connection, plan.id, visit.params["decision_id"])
        except RulebookInvalid as invalid:
            raise Conflict(f"A rulebook cannot be read here: {invalid.problems[0].message}") from None
        if sides is None:
            raise NotFound("There is no decision with this id")
        return visit.show("plan_change.html", plan=plan, sides=sides, names=reads.rep_names(connection))


def _found(connection: Connection, plan_id: str) -> Plan:
    found = plans.get(connection, plan_id)
    if found is None:
        raise NotFound("There is no plan with this id; plans are kept for 30 days")
    return found
