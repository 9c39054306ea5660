"""Disputes: who claims what, on which evidence, whose turn it is to settle it, until when."""

from __future__ import annotations

from starlette.responses import Response

from routing.types.decision import Credit
from routing.types.people import RepId
from service.console import forms
from service.console.visit import Visit
from service.db import console
from service.db import disputes as stored
from service.db.disputes import Level, Resolution
from service.disputes.disputes import Claimed, Disputes, Settled
from service.problems import Conflict, Invalid, NotFound, Problem

LISTED = 100
LEVELS = {
    Level.PEERS: "The two reps",
    Level.MANAGERS: "Their managers",
    Level.REVOPS: "Revenue operations",
}
RESOLUTIONS = (
    (Resolution.KEEP.value, "Whoever has the contact keeps it"),
    (Resolution.REASSIGN.value, "The claimant gets it, or whoever is named below"),
    (Resolution.SPLIT.value, "The contact stays, the credit is divided"),
    (Resolution.WITHDRAWN.value, "The claim was given up"),
)


def listing(visit: Visit) -> Response:
    """Disputes that are open, or all, the newest first."""
    every = visit.query.get("state") == "all"
    with visit.services.database.read() as connection:
        return visit.show(
            "disputes.html",
            disputes=stored.newest(connection, open_only=not every, rep=visit.query.get("rep"), limit=LISTED),
            every=every,
            levels=LEVELS,
            names=console.rep_names(connection),
        )


def blank(visit: Visit) -> Response:
    """The form to open one."""
    return _form(visit)


def start(visit: Visit) -> Response:
    """Open a dispute about the contact of a decision; its evidence is put together now."""
    form, hours = visit.form, visit.form.get("hours", "").strip() or "24"
    try:
        if not hours.isdecimal() or not 1 <= int(hours[:4]) <= 720:
            raise forms.wrong("hours", "must be from 1 to 720")
        if not form.get("claimant") or not form.get("reason", "").strip():
            raise forms.wrong("claimant", "say who claims the contact, and why")
        claimed = Claimed(
            decision_id=form.get("decision", "").strip(),
            claimant=RepId(form["claimant"]),
            reason=form["reason"].strip()[:500],
            hours=int(hours),
            freeze="freeze" in form,
        )
        opened = _all_of(visit).open(claimed, visit.caller.name)
    except (Invalid, Conflict, NotFound) as problem:
        return _form(visit, problem)
    visit.services.bell.ring()
    return visit.go(f"/disputes/{opened.id}")


def one(visit: Visit) -> Response:
    """One dispute with its evidence and its steps."""
    return _show(visit)


def settle(visit: Visit) -> Response:
    """Settle it; both are told, and what was decided is done at once."""
    form = visit.form
    try:
        if form.get("resolution") not in list(Resolution) or not form.get("note", "").strip():
            raise forms.wrong("note", "choose how it is settled, and say on what grounds")
        settled = Settled(
            resolution=Resolution(form["resolution"]),
            to=RepId(form["to"]) if form.get("to") else None,
            credits=_credits(form.get("credit", "")),
            note=form["note"].strip()[:500],
        )
        _all_of(visit).resolve(visit.params["dispute_id"], settled, visit.caller.name)
    except (Invalid, Conflict) as problem:
        return _show(visit, problem)
    visit.services.bell.ring()
    return visit.go(f"/disputes/{visit.params['dispute_id']}")


def _credits(text: str) -> tuple[Credit, ...]:
    """Lines such as ``sourced ana 50``: the kind, the rep, percents. Raises Invalid."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = line.split()
        share = parts[-1].removesuffix("%") if len(parts) == 3 else ""
        if not share.isdecimal() or not 1 <= int(share[:4]) <= 100:
            raise forms.wrong("credit", "is written one to a line, as: sourced ana.lopez 50%")
        found.append(
            Credit(kind=parts[0][:64], rep=RepId(parts[1]), share=int(share[:4]) / 100, rule="dispute")
        )
    return tuple(found)


def _all_of(visit: Visit) -> Disputes:
    services = visit.services
    return Disputes(services.database, services.desk, clock=services.now, new_id=services.new_id)


def _show(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        found = stored.get(connection, visit.params["dispute_id"])
        if found is None:
            raise NotFound("There is no dispute with this id")
        return visit.show(
            "dispute.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            form=visit.form if problem else {},
            dispute=found,
            steps=stored.steps_of(connection, found.id),
            levels=LEVELS,
            resolutions=RESOLUTIONS,
            names=console.rep_names(connection),
        )


def _form(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        return visit.show(
            "dispute_new.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            said=visit.form if problem else visit.query,
            reps=list(console.rep_names(connection).items()),
        )
