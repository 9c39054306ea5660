"""Plans of strategic accounts: read, written, agreed to, ended; their meetings with agenda and checklist."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import Response

from routing.types.facts import ProgramTier
from service.api.program_actor import actor_of, parts_of
from service.api.program_plans import AgreeIn, EndIn, HoldIn
from service.auth import Scope
from service.console import forms, plan_form
from service.console.actors import acting
from service.console.visit import Visit
from service.db import account_list, console
from service.db.program import campaigns, meetings, placements, plays
from service.db.program import plans as stored
from service.db.program import settings as settings_db
from service.problems import Conflict, Forbidden, Invalid, NotFound, Problem, Stale
from service.program.checks import speaks_for
from service.program.core.plans import Plan, missing
from service.program.meetings import Meetings
from service.program.notices import team_of
from service.program.plans import Plans

LISTED = 200
KNOWN = 50
AHEAD = timedelta(days=14)
EMPTY = Plan()


def listing(visit: Visit) -> Response:
    """The open plans, or all, with the meetings that are due, and the strategic accounts without a plan."""
    every = visit.query.get("state") == "all"
    now = visit.services.now()
    with visit.services.database.read() as connection:
        found = stored.newest(connection, open_only=not every, limit=LISTED)
        due = meetings.open_until(connection, now + AHEAD)
        strategic = placements.holding(connection, now, tier=ProgramTier.STRATEGIC)
        planned = {each.account for each in found if each.ended_at is None}
        ids = [*(each.account for each in found), *(each.account for each in strategic)]
        return visit.show(
            "program_plans.html",
            plans=found,
            every=every,
            meetings=[each for each in due if each.due_at > now],
            overdue=[each for each in due if each.due_at <= now],
            by_id={each.id: each for each in found},
            without=[each.account for each in strategic if each.account not in planned],
            accounts=placements.about(connection, ids),
            now=now,
        )


def blank(visit: Visit) -> Response:
    """The form for a plan of an account that has none; to the list where no account is said."""
    account = visit.query.get("account")
    if account is None:
        return visit.go("/program/plans")
    with visit.services.database.read() as connection:
        found = stored.open_of(connection, account)
    if found is not None:
        return visit.go(f"/program/plans/{found.id}/edit")
    return _form(visit, account, None)


def edit(visit: Visit) -> Response:
    """The form for a plan that there is."""
    found = _found(visit)
    return _form(visit, found.account, found)


def write(visit: Visit) -> Response:
    """Store what a plan says: a new one, or a further revision."""
    account, revision = visit.form.get("account", ""), visit.form.get("revision", "")
    actor = acting(visit)
    try:
        plan = plan_form.read(visit.form, ZoneInfo(visit.zone))
        seen = int(revision) if revision.isdecimal() and len(revision) < 9 else None
        made, _ = Plans(parts_of(visit.services)).write(account, plan, seen, actor)
    except (Invalid, Conflict, Stale) as problem:
        with visit.services.database.read() as connection:
            found = stored.open_of(connection, account)
        return _form(visit, account, found, problem)
    visit.services.bell.ring()
    return visit.go(f"/program/plans/{made.id}")


def one(visit: Visit) -> Response:
    """A plan: what it says, who agrees, its campaigns, what changed, its meetings."""
    return _one(visit)


def agree(visit: Visit) -> Response:
    """Agree to the revision that was read, for sales or marketing."""
    actor = acting(visit)

    def work() -> None:
        said = {name: visit.form[name] for name in ("side", "revision", "rep") if visit.form.get(name)}
        read = forms.read(AgreeIn, said, "This cannot be agreed to")
        plans = Plans(parts_of(visit.services))
        plans.agree(visit.params["plan"], read.side, read.revision, read.rep, actor)

    return _done(visit, work)


def end(visit: Visit) -> Response:
    """End a plan, with the campaigns that carry it out."""
    actor = acting(visit)

    def work() -> None:
        read = forms.read(EndIn, {"reason": visit.form.get("reason", "").strip()}, "This cannot be ended")
        Plans(parts_of(visit.services)).end(visit.params["plan"], read.reason, actor)

    return _done(visit, work)


def focus(visit: Visit) -> Response:
    """Plan a focus session."""
    actor = acting(visit)

    def work() -> None:
        at = forms.moment(visit.form, "at", ZoneInfo(visit.zone))
        if at is None:
            raise forms.wrong("at", "say when it is held", "The session cannot be planned")
        Meetings(parts_of(visit.services)).focus(visit.params["plan"], at, actor)

    return _done(visit, work)


def meeting(visit: Visit) -> Response:
    """A review or focus session: its agenda, its checklist, what was said."""
    return _meeting(visit)


def hold(visit: Visit) -> Response:
    """Tick what is done, keep notes, say that it was held."""
    form, actor = visit.form, acting(visit)
    done = [value for name, value in form.items() if name.startswith("item_")]
    notes = form.get("notes", "").strip() or None
    try:
        said = {"done": done, "notes": notes, "held": "held" in form}
        read = forms.read(HoldIn, said, "The meeting is not valid")
        holding = Meetings(parts_of(visit.services)).hold
        holding(visit.params["meeting"], read.done, read.notes, read.held, actor)
    except Invalid as problem:
        return _meeting(visit, problem)
    return visit.go(f"/program/meetings/{visit.params['meeting']}")


def _done(visit: Visit, work: Callable[[], None]) -> Response:
    try:
        work()
    except (Invalid, Conflict, Stale) as problem:
        return _one(visit, problem)
    visit.services.bell.ring()
    return visit.go(f"/program/plans/{visit.params['plan']}")


def _found(visit: Visit) -> stored.Stored:
    with visit.services.database.read() as connection:
        found = stored.get(connection, visit.params["plan"])
    if found is None:
        raise NotFound("There is no plan with this id")
    return found


def _one(visit: Visit, problem: Problem | None = None) -> Response:
    found = _found(visit)
    agenda = Meetings(parts_of(visit.services)).agenda(found.id) if found.ended_at is None else None
    with visit.services.database.read() as connection:
        return visit.show(
            "program_plan.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            plan=found,
            gaps=missing(found.plan),
            agenda=agenda,
            campaigns=campaigns.newest(connection, account=found.account, limit=LISTED),
            meetings=meetings.of_plan(connection, found.id),
            plays=plays.every(connection),
            **_people(visit, connection, found.account),
        )


def _form(
    visit: Visit, account: str, found: stored.Stored | None, problem: Problem | None = None
) -> Response:
    said = plan_form.texts(found.plan if found else EMPTY, ZoneInfo(visit.zone))
    with visit.services.database.read() as connection:
        people = _people(visit, connection, account)
        if people["account"] is None:
            raise NotFound("There is no account with this id")
        if not people["writes"]:
            raise Forbidden(f"This takes the account's team, or {visit.takes(Scope.OPS_EDITOR)}")
        return visit.show(
            "program_plan_form.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            plan=found,
            form=visit.form if problem else said,
            lists=plan_form.LISTS,
            plays=[each for each in plays.every(connection).values() if each.active],
            known=account_list.people(connection, account, limit=KNOWN)[0],
            **people,
        )


def _meeting(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        found = meetings.get(connection, visit.params["meeting"])
        plan = stored.get(connection, found.plan_id) if found else None
        if found is None or plan is None:
            raise NotFound("There is no meeting with this id")
        return visit.show(
            "program_meeting.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            meeting=found,
            plan=plan,
            **_people(visit, connection, plan.account),
        )


def _people(visit: Visit, connection: Connection, account: str) -> dict[str, object]:
    """The account with its team; whether the reader may write its plan, and agree to it for marketing."""
    settings = settings_db.current(connection)
    actor = actor_of(connection, visit.caller)
    team = team_of(connection, account, settings.team, visit.services.now())
    return {
        "account": placements.about(connection, [account]).get(account),
        "account_id": account,
        "team": team,
        "names": console.rep_names(connection),
        "actor": actor,
        "writes": actor.edits or (actor.rep is not None and actor.rep in team.values()),
        "markets": speaks_for(settings, "marketing", actor),
    }
