"""Hand-overs: asked for, previewed thing by thing, then done; undone as long as nobody has touched it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from service.console import handover_form
from service.console.visit import Visit
from service.db import console, handovers
from service.db.directory import directory
from service.handover.handovers import Handovers
from service.handover.plan import ItemState, State
from service.handover.request import Kind
from service.problems import Conflict, Invalid, NotFound, Problem, Stale

LISTED = 50
PAGE = 100


def listing(visit: Visit) -> Response:
    """The newest hand-overs, plans included."""
    with visit.services.database.read() as connection:
        return visit.show(
            "handovers.html",
            handovers=handovers.newest(connection, visit.query.get("rep"), LISTED),
            kinds=handover_form.KINDS,
            names=console.rep_names(connection),
        )


def blank(visit: Visit) -> Response:
    """The form: who goes, and what is to become of what they have."""
    return _form(visit)


def plan(visit: Visit) -> Response:
    """Work out what would pass, and to whom. Nothing changes."""
    try:
        wanted = handover_form.request(visit.form, ZoneInfo(visit.zone))
        made = _all_of(visit).plan(wanted, visit.caller.name)
    except Invalid as problem:
        return _form(visit, problem)
    return visit.go(f"/handovers/{made.id}")


def one(visit: Visit) -> Response:
    """What would pass, or has: how much of each kind, to whom, and each thing by itself."""
    return _show(visit)


def apply(visit: Visit) -> Response:
    """Do what was planned, if the world is as the plan saw it."""
    seen = frozenset({visit.form.get("digest", "")})
    return _do(visit, lambda all_of: all_of.apply(visit.params["handover_id"], visit.caller.name, seen))


def undo(visit: Visit) -> Response:
    """Put everything back, if nobody has touched any of it since."""
    return _do(visit, lambda all_of: all_of.undo(visit.params["handover_id"], visit.caller.name))


def again(visit: Visit) -> Response:
    """Plan the same once more, by the world as it is now."""
    all_of = _all_of(visit)
    try:
        made = all_of.plan(all_of.get(visit.params["handover_id"]).request, visit.caller.name)
    except Invalid as problem:
        return _show(visit, problem)
    return visit.go(f"/handovers/{made.id}")


def _do(visit: Visit, work: Callable[[Handovers], object]) -> Response:
    try:
        work(_all_of(visit))
    except (Stale, Conflict, Invalid) as problem:
        return _show(visit, problem)
    visit.services.bell.ring()
    return visit.go(f"/handovers/{visit.params['handover_id']}")


def _all_of(visit: Visit) -> Handovers:
    services = visit.services
    return Handovers(
        services.database, services.flow, services.desk, clock=services.now, new_id=services.new_id
    )


def _show(visit: Visit, problem: Problem | None = None) -> Response:
    handover_id, after = visit.params["handover_id"], visit.query.get("after", "")
    state = visit.query.get("state", "")
    place = int(after) if after.isdecimal() and len(after) < 10 else -1
    states = (ItemState(state),) if state in list(ItemState) else tuple(ItemState)
    with visit.services.database.read() as connection:
        found = handovers.get(connection, handover_id)
        if found is None:
            raise NotFound("There is no hand-over with this id")
        counts = handovers.counts(connection, handover_id)
        items = handovers.in_state(connection, handover_id, states, after=place, limit=PAGE + 1)
        names = console.rep_names(connection)
    shown = items[:PAGE]
    more = {"state": state, "after": str(shown[-1].place)} if len(items) > PAGE else None
    return visit.show(
        "handover_live.html" if visit.fragment else "handover.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        handover=found,
        kinds=handover_form.KINDS,
        counts=counts,
        total=sum(each.count for each in counts),
        done=sum(each.count for each in counts if each.state is not ItemState.PLANNED),
        at_work=found.state in handovers.AT_WORK,
        can_undo=found.state is State.APPLIED,
        items=shown,
        state=state,
        states=[each.value for each in ItemState],
        more=urlencode(more) if more else None,
        names=names,
    )


def _form(visit: Visit, problem: Problem | None = None) -> Response:
    said = visit.form if problem else visit.query
    kind = said.get("kind", "")
    with visit.services.database.read() as connection:
        known = directory(connection)
    reps = [
        (rep.id, rep.name)
        for rep in sorted(known.reps.values(), key=lambda rep: rep.name.casefold())
        if rep.active
    ]
    others = [each for each in reps if each[0] != said.get("rep")]
    return visit.show(
        "handover_new.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        said=said,
        kind=kind if kind in list(Kind) else "",
        kinds=handover_form.KINDS,
        reps=reps,
        pools=sorted(known.pools),
        work=handover_form.WORK,
        deals=handover_form.DEALS,
        usual=handover_form.USUAL,
        receivers=handover_form.receivers(others, sorted(known.pools)),
    )
