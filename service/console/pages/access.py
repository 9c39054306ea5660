"""Who may do what: the people and the API keys, for admins."""

from __future__ import annotations

from starlette.responses import Response

from service.api.people import invitation_link
from service.auth import Scope
from service.console.visit import Visit
from service.problems import Conflict, Invalid, NotFound


def overview(visit: Visit) -> Response:
    """Everybody who may sign in, and every API key."""
    return _show(visit)


def invite(visit: Visit) -> Response:
    """Invite somebody, and show their link this once."""
    try:
        made = visit.services.people.add(
            visit.form.get("email", ""),
            frozenset({_role(visit)}),
            name=visit.form.get("name", "").strip() or None,
            by=_who(visit),
        )
    except (Conflict, Invalid) as problem:
        return _show(visit, status=problem.status, problem=f"{problem.detail}.")
    return _show(visit, link=invitation_link(visit.services, made.text), told=made.person.email)


def change(visit: Visit) -> Response:
    """Do one of the things that can be done to somebody."""
    person_id, wanted = visit.params["person_id"], visit.form.get("do", "")
    people = visit.services.people
    try:
        if wanted == "link":
            made = people.invite(person_id)
            return _show(visit, link=invitation_link(visit.services, made.text), told=made.person.email)
        if wanted == "sign-out":
            people.sign_out(person_id)
        elif wanted == "role":
            people.change(person_id, name=None, roles=frozenset({_role(visit)}), active=None)
        elif wanted in ("activate", "deactivate"):
            people.change(person_id, name=None, roles=None, active=wanted == "activate")
        else:
            raise Invalid("There is no such thing to do to somebody")
    except (Conflict, Invalid, NotFound) as problem:
        return _show(visit, status=problem.status, problem=f"{problem.detail}.")
    return visit.go("/access")


def make_key(visit: Visit) -> Response:
    """Make an API key, and show its text this once."""
    name = visit.form.get("name", "").strip()[:200]
    if not name:
        return _show(visit, status=422, problem="A key needs a name, e.g. what uses it.")
    _, text = visit.services.keys.create(name, frozenset({_role(visit)}), created_by=_who(visit))
    return _show(visit, key=text, told=name)


def revoke_key(visit: Visit) -> Response:
    """End an API key at once."""
    if not visit.services.keys.revoke(visit.params["key_id"]):
        raise NotFound("There is no API key with this id")
    return visit.go("/access")


def _role(visit: Visit) -> Scope:
    try:
        return Scope(visit.form.get("role", ""))
    except ValueError:
        raise Invalid("Choose a role") from None


def _who(visit: Visit) -> str:
    return visit.session.caller.name if visit.session else ""


def _show(visit: Visit, *, status: int = 200, **said: str) -> Response:
    shown = {"link": None, "key": None, "told": None, "problem": None} | said
    return visit.show(
        "access.html",
        status=status,
        people=visit.services.people.listed(),
        keys=visit.services.keys.listed(),
        roles=list(Scope),
        now=visit.services.now(),
        **shown,
    )
