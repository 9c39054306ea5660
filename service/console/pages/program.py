"""The account-based program: the board, nominations, and what sales and marketing say of them."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from routing.types.people import RepId
from service.api.program_actor import actor_of, parts_of
from service.api.program_nominations import NominateIn, NominationReviewIn
from service.auth import Scope
from service.console import forms
from service.console.actors import acting
from service.console.visit import Visit
from service.db import console
from service.db.program import nominations as stored
from service.db.program import placements, plans
from service.db.program import settings as settings_db
from service.problems import Conflict, Forbidden, Invalid, NotFound, Problem
from service.program import checks
from service.program.board import board
from service.program.core.criteria import CRITERIA
from service.program.core.review import OPEN, State, Verdict, in_order
from service.program.nominations import Nominating, Nominations
from service.program.reviews import Reviews, Speaking

VERDICTS = (
    (Verdict.APPROVE.value, "Approve"),
    (Verdict.WAITLIST.value, "Put it on the waitlist"),
    (Verdict.DECLINE.value, "Decline"),
)


def overview(visit: Visit) -> Response:
    """The quarter, the places, the strategic accounts, the groups, and the nominations for the next."""
    return _board(visit)


def nominate(visit: Visit) -> Response:
    """Nominate an account: a rep for herself, whoever may edit for anybody."""
    form, actor = visit.form, acting(visit)
    note = form.get("note", "").strip() or None
    said = {
        "account": form.get("account", "").strip(),
        "rep": form.get("rep") or actor.rep,
        "criteria": {name: note for name in CRITERIA if f"criterion_{name}" in form},
        "note": note,
    }
    try:
        read = forms.read(NominateIn, said, "The nomination is not valid")
        nominating = Nominating(
            account=read.account, rep=RepId(read.rep or ""), criteria=read.criteria, note=read.note
        )
        made, _ = Nominations(parts_of(visit.services)).nominate(nominating, actor)
    except (Invalid, Conflict) as problem:
        return _board(visit, problem)
    visit.services.bell.ring()
    return visit.go(f"/program/nominations/{made.id}")


def one(visit: Visit) -> Response:
    """A nomination: what the rep says, what the records show, what the sides say."""
    return _one(visit)


def review(visit: Visit) -> Response:
    """Say for a side what becomes of a nomination."""
    actor = acting(visit)
    with visit.services.database.read() as connection:
        settings = settings_db.current(connection)
    if not checks.sides_of(settings, actor):
        raise Forbidden(f"This takes a reviewer of the program, or {visit.takes(Scope.OPS_APPROVER)}")
    form = visit.form

    def work() -> None:
        rank = form.get("rank", "").strip()
        if rank and not rank.isdecimal():
            raise forms.wrong("rank", "must be a whole number, 1 for the best")
        read = forms.read(
            NominationReviewIn,
            {
                "side": form.get("side"),
                "verdict": form.get("verdict"),
                "reason": form.get("reason", "").strip() or None,
                "rank": int(rank[:5]) if rank else None,
            },
            "The verdict is not valid",
        )
        said = Speaking(side=read.side, verdict=read.verdict, reason=read.reason, rank=read.rank)
        Reviews(parts_of(visit.services)).review(visit.params["nomination_id"], said, actor)

    return _done(visit, work)


def withdraw(visit: Visit) -> Response:
    """Take a nomination back."""
    actor = acting(visit)

    def work() -> None:
        reason = visit.form.get("reason", "").strip()
        if not reason:
            raise forms.wrong("reason", "say why it is taken back")
        Nominations(parts_of(visit.services)).withdraw(visit.params["nomination_id"], reason[:500], actor)

    return _done(visit, work)


def _done(visit: Visit, work: Callable[[], None]) -> Response:
    try:
        work()
    except (Invalid, Conflict) as problem:
        return _one(visit, problem)
    visit.services.bell.ring()
    return visit.go(f"/program/nominations/{visit.params['nomination_id']}")


def _board(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        seen = board(connection, visit.services.now())
        found = {each.id: each for each in stored.of_quarter(connection, seen.upcoming.name)}
        ordered = [found[name] for name in in_order(each.standing for each in found.values())]
        order = list(State)
        return visit.show(
            "program.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            form=visit.form if problem else visit.query,
            board=seen,
            nominations=sorted(ordered, key=lambda each: (order.index(each.state), each.place or 0)),
            criteria=CRITERIA.values(),
            accounts=placements.about(connection, [each.account for each in ordered]),
            plans={each.account: each for each in plans.newest(connection, open_only=True)},
            actor=actor_of(connection, visit.caller),
            names=console.rep_names(connection),
        )


def _one(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        found = stored.get(connection, visit.params["nomination_id"])
        if found is None:
            raise NotFound("There is no nomination with this id")
        actor = actor_of(connection, visit.caller)
        sides = checks.sides_of(settings_db.current(connection), actor)
        return visit.show(
            "nomination.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            form=visit.form if problem else {},
            nomination=found,
            open=found.state in (*OPEN, State.DECLINED) and found.starts > visit.services.now(),
            account=placements.about(connection, [found.account]).get(found.account),
            criteria=CRITERIA,
            sides=[(side, side.title()) for side in sides],
            verdicts=VERDICTS,
            actor=actor,
            names=console.rep_names(connection),
        )
